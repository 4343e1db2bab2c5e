"""What is timed: data and models, calls, how long R took for the same, and what is aimed at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import studies
from studies import Study
from tasks import IVMEDIATE, MEDIATE, MEDSENS, MULTIMED, Task

__all__ = ["WORKLOADS", "Recorded", "Workload", "workload"]

P = 10  # covariates of the larger workloads
P_LARGE = 3  # covariates of the largest
DESIGNS, BESIDE_DESIGNS = 4, 64  # what a call with a million rows may add: designs of its outcome model, MB


@dataclass(frozen=True, slots=True)
class Recorded:
    """A run of R that tests/reference keeps.

    Attributes
    ----------
    kind : {"mediate", "medsens", "multimed", "ivmediate"}
        R's function, and the file.
    name : str
        The run's name in it.
    sims : int
        Draws or replicates.
    same : bool
        Whether its data and models are those of the workload; else models of the same kinds on `jobs`.
    """

    kind: Literal["mediate", "medsens", "multimed", "ivmediate"]
    name: str
    sims: int
    same: bool = False


@dataclass(frozen=True, slots=True)
class Workload:
    """One call of ``mediate``, or of another function.

    Attributes
    ----------
    name, what : str
        Short name and description.
    study : callable
        Makes the data and fits the models; not timed.
    n, sims : int
        Rows and draws (or replicates).
    task : Task
        What is called.
    options : dict
        Further arguments of it.
    r_seconds : float or None
        Seconds that R took, see README.md; None where R does not fit in memory.
    r_draws : int or None
        Draws that an R with the package is timed with, the time then scaled; None where R cannot.
    recorded : Recorded or None
        A run of R to compare with where there is no R.
    faster_than_r, budget : float or None
        Aims: how many times faster than R, and at most how many units.
    memory : float or None
        Aim: at most how many MB the call adds to what is in use before it.
    runs : int
        Timed runs; the median counts.
    statsmodels, pingouin : int or None
        Draws or replicates that the other packages are timed with, then scaled; None where they have no such
        model.
    short : bool
        Whether it is part of the short run.
    """

    name: str
    what: str
    study: Callable[[], Study]
    n: int
    sims: int = 1000
    task: Task = MEDIATE
    options: dict[str, Any] = field(default_factory=dict)
    r_seconds: float | None = None
    r_draws: int | None = None
    recorded: Recorded | None = None
    faster_than_r: float | None = None
    budget: float | None = None
    memory: float | None = None
    runs: int = 5
    statsmodels: int | None = None
    pingouin: int | None = None
    short: bool = True


def workload(name: str) -> Workload:
    """Return the workload of a name."""
    return next(case for case in WORKLOADS if case.name == name)


def _variant(name: str, what: str, study: Callable[[], Study], **settings: Any) -> Workload:
    """Return a variant of a workload, which R does not run and for which no aim was set."""
    without = dict.fromkeys(("r_draws", "recorded", "faster_than_r", "budget"))
    return Workload(name, what, study, **settings | without)


def _two_workers(name: str, what: str, study: Callable[[], Study], **settings: Any) -> list[Workload]:
    """Return a workload on one thread, and with `n_jobs=2` and the progress bar."""
    one = Workload(name, what, study, **settings)
    both = settings | {"options": one.options | {"n_jobs": 2, "progress": True}}
    return [one, _variant(f"{name}j", f"{what}; n_jobs=2", study, **both)]


def _two_settings(name: str, what: str, study: Callable[[], Study], **settings: Any) -> list[Workload]:
    """Return a sensitivity analysis that gives R's numbers, and one that gives the right ones."""
    given = settings.pop("options") | {"rho_by": 0.05}
    r = Workload(name, what, study, task=MEDSENS, options=given | {"compat": "R"}, **settings)
    fixed = settings | {"options": given, "task": MEDSENS}
    return [r, _variant(f"{name}+", f"{what}; corrected", study, **fixed)]


def _large(
    name: str, what: str, study: Callable[[int], Study], columns: int, **settings: Any
) -> list[Workload]:
    """Return a workload with 100,000 rows, to which the settings belong, and one with a million."""
    small = Workload(name, what, lambda: study(100_000), 100_000, runs=3, r_draws=50, **settings)
    memory = DESIGNS * 1_000_000 * columns * 8 / 2**20 + BESIDE_DESIGNS
    large: dict[str, Any] = {
        "budget": settings.get("budget"),
        "memory": memory,
        "statsmodels": 3,
        "runs": 2,
        "short": False,
    }
    return [small, Workload(f"{name}-1e6", what, lambda: study(1_000_000), 1_000_000, **large)]


WORKLOADS: tuple[Workload, ...] = (
    Workload(
        "W1", "lm, probit; robust SE", studies.framing, 265, options={"robustSE": True},
        r_seconds=3.2, r_draws=1000, recorded=Recorded("mediate", "jss_framing_robust", 100, same=True),
        faster_than_r=60, budget=16, runs=9, statsmodels=20,
    ),
    Workload(
        "W2", "lm, probit; bootstrap", studies.framing, 265, options={"boot": True},
        r_seconds=12.4, r_draws=1000, recorded=Recorded("mediate", "jss_framing_boot", 100, same=True),
        faster_than_r=100, budget=40, runs=9, statsmodels=20,
    ),
    Workload(
        "W3", "lm, lm, interaction; bootstrap", partial(studies.linear, 10_000, P, interaction=True), 10_000,
        options={"boot": True}, r_seconds=40, r_draws=100,
        recorded=Recorded("mediate", "jobs_lm_lm_boot", 100),
        faster_than_r=55, budget=6, statsmodels=10,
    ),
    Workload(
        "W3n", "lm, lm; bootstrap", partial(studies.linear, 10_000, P, interaction=False), 10_000,
        options={"boot": True}, r_seconds=39, r_draws=100,
        faster_than_r=80, budget=4, statsmodels=10, pingouin=1000,
    ),
    Workload(
        "W4", "logit, logit", partial(studies.logistic, 10_000, P), 10_000,
        r_seconds=15.7, r_draws=200, recorded=Recorded("mediate", "jobs_logit_robust", 60),
        faster_than_r=35, budget=4, statsmodels=10,
    ),
    Workload(
        "W4b", "logit, logit; bootstrap", partial(studies.logistic, 10_000, P), 10_000,
        options={"boot": True}, r_seconds=113, r_draws=50,
        recorded=Recorded("mediate", "jobs_logit_logit_boot", 60),
        faster_than_r=30, budget=30, runs=3, statsmodels=10,
    ),
    *_two_workers(
        "W5", "ordered, probit; bootstrap", partial(studies.ordered, 1000, P_LARGE), n=1000,
        options={"boot": True}, r_seconds=64.5, r_draws=50,
        recorded=Recorded("mediate", "jobs_polr_logistic_boot", 30), faster_than_r=30, budget=180, runs=3,
    ),
    Workload(
        "W6", "lm, survival", partial(studies.survival, 1000, P_LARGE), 1000,
        r_seconds=3.7, r_draws=1000, recorded=Recorded("mediate", "jobs_survreg_weibull", 60),
        faster_than_r=70, budget=4, runs=9,
    ),
    *_two_workers(
        "W7", "quantile, quantile; bootstrap", partial(studies.quantile, 1000, P_LARGE), n=1000,
        options={"boot": True}, r_seconds=720, r_draws=10,
        recorded=Recorded("mediate", "jobs_rq_mediator_boot", 8), faster_than_r=45, budget=1250, runs=3,
    ),
    *_two_settings(
        "W8", "medsens of lm, probit; ACME", studies.framing, n=265, options={"effect_type": "indirect"},
        r_seconds=4.4, r_draws=1000, recorded=Recorded("medsens", "bo_framing_jss", 100, same=True),
        faster_than_r=15, budget=90,
    ),
    *_two_settings(
        "W8d", "medsens of lm, probit; ACME and ADE", studies.framing, n=265,
        options={"effect_type": "both"}, r_seconds=7.4, r_draws=1000,
        recorded=Recorded("medsens", "bo_framing_both", 100, same=True),
        faster_than_r=30, budget=80,
    ),
    *_two_settings(
        "W8b", "medsens of probit, lm", partial(studies.binary_mediator, 1000, P_LARGE), n=1000,
        options={"effect_type": "indirect"}, r_seconds=300, r_draws=10,
        recorded=Recorded("medsens", "bm_jobs_both", 50), faster_than_r=400, budget=50,
    ),
    Workload(
        "S1", "medsens of lm, lm", partial(studies.linear, 1000, P_LARGE, interaction=False), 1000,
        task=MEDSENS, options={"effect_type": "both", "rho_by": 0.05},
    ),
    Workload(
        "S2", "medsens of probit, probit", partial(studies.binary_both, 1000, P_LARGE), 1000,
        task=MEDSENS, options={"effect_type": "both", "rho_by": 0.05},
    ),
    Workload(
        "W9", "multimed, 4 covariates; bootstrap", studies.framing_data, 265, task=MULTIMED,
        options={"covariates": ["age", "educ", "gender", "income"]},
        r_seconds=8.1, r_draws=1000, recorded=Recorded("multimed", "single_framing", 100, same=True),
        faster_than_r=120, budget=18, runs=9,
    ),
    Workload(
        "W10", "ivmediate, binary mediator", partial(studies.encouragement, binary=True), 899, task=IVMEDIATE,
        r_seconds=9.6, r_draws=1000, recorded=Recorded("ivmediate", "iv_jss_quasi_bayes", 50, same=True),
        faster_than_r=100, budget=8, runs=9,
    ),
    Workload(
        "W10c", "ivmediate, continuous mediator", partial(studies.encouragement, binary=False), 899,
        task=IVMEDIATE, r_seconds=59_000, r_draws=2,
        recorded=Recorded("ivmediate", "iv_continuous_quasi_bayes", 20, same=True),
        faster_than_r=200, budget=20_000, runs=1, short=False,
    ),
    Workload("M1", "lmer, lmer with random slope", partial(studies.schools, 10_000, binary=False), 10_000),
    Workload("M2", "lmer, glmer", partial(studies.schools, 10_000, binary=True), 10_000, runs=3),
    *_large(
        "W11l", "lm, lm", partial(studies.linear, p=P_LARGE, interaction=False), 6, r_seconds=90,
        recorded=Recorded("mediate", "jobs_lm_lm", 100), statsmodels=5, pingouin=50,
    ),
    *_large(
        "W11i", "lm, lm, interaction", partial(studies.linear, p=P_LARGE, interaction=True), 7, r_seconds=90,
        recorded=Recorded("mediate", "jobs_lm_lm_interaction", 100), faster_than_r=30, statsmodels=5,
    ),
    *_large(
        "W11g", "logit, logit", partial(studies.logistic, p=P_LARGE), 6, r_seconds=132,
        recorded=Recorded("mediate", "jobs_logit_robust", 60), faster_than_r=30, budget=4, statsmodels=5,
    ),
)  # fmt: skip
