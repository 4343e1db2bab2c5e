"""What is timed: models, calls, and how long R took for the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["WORKLOADS", "Models", "Workload"]

SEED = 2014
P = 10  # covariates of the larger workloads
P_LARGE = 3  # covariates of the largest


@dataclass(frozen=True, slots=True)
class Models:
    """Two fitted models and the call they are for."""

    mediator: Any
    outcome: Any
    treat: str
    mediator_name: str


def mediated(case: Workload, models: Models) -> None:
    """Run a mediation analysis."""
    from pymediation import RStream, mediate

    names = {"treat": models.treat, "mediator": models.mediator_name}
    mediate(models.mediator, models.outcome, sims=case.sims, rng=RStream(SEED), **names, **case.options)


def beside_alternative(case: Workload, data: pd.DataFrame) -> None:
    """Run the analysis of the paper's section 6.2."""
    from pymediation import RStream, multimed

    multimed("immigr", "emo", "p_harm", "treat", data=data, sims=case.sims, rng=RStream(SEED), **case.options)


def with_noncompliance(case: Workload, models: tuple[Any, Any, Any]) -> None:
    """Run the analysis of the paper's section 7.2."""
    from pymediation import RStream, ivmediate

    names = {"enc": "treat", "treat": "comply"}
    ivmediate(*models, sims=case.sims, boot=False, rng=RStream(SEED), **names, **case.options)


@dataclass(frozen=True, slots=True)
class Workload:
    """One call of ``mediate``, or of another function.

    Attributes
    ----------
    name, what : str
        Short name and description.
    models : callable
        Fits the two models, or returns the data; not timed.
    n, sims : int
        Rows and draws (or replicates).
    call : callable
        ``call(workload, models)`` is what is timed.
    options : dict
        Further arguments of it.
    r_seconds : float or None
        Seconds that R took, see README.md; None where R does not fit in memory.
    faster_than_r, budget : float or None
        Aims: how many times faster than R, and at most how many units.
    runs : int
        Timed runs; the median counts.
    peer_sims : int or None
        Draws that statsmodels' own mediation class is timed with; None where it is not.
    pingouin : bool
        Whether pingouin can do it: linear models, no interaction, bootstrap.
    short : bool
        Whether it is part of the short run.
    """

    name: str
    what: str
    models: Callable[[], Any]
    n: int
    sims: int = 1000
    call: Callable[[Workload, Any], None] = mediated
    options: dict[str, Any] = field(default_factory=dict)
    r_seconds: float | None = None
    faster_than_r: float | None = None
    budget: float | None = None
    runs: int = 5
    peer_sims: int | None = None
    pingouin: bool = False
    short: bool = True


def framing() -> Models:
    """Fit the models of the paper's first example."""
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    from pymediation.datasets import load_framing

    data = load_framing()
    covariates = "treat + age + educ + gender + income"
    probit = sm.families.Binomial(sm.families.links.Probit())
    return Models(
        smf.ols(f"emo ~ {covariates}", data).fit(),
        smf.glm(f"cong_mesg ~ emo + {covariates}", data, family=probit).fit(),
        "treat",
        "emo",
    )


def encouragement(*, binary: bool) -> tuple[Any, Any, Any]:
    """Fit the models of the paper's section 7.2, with its mediator or a continuous one."""
    import pymediation.r as R

    data, covariates = R.data("jobs"), "sex + age + marital + nonwhite + educ + income"
    mediator = "job_dich" if binary else "job_seek"
    formula = f"{mediator} ~ comply + treat + {covariates}"
    return (
        R.lm(f"comply ~ treat + {covariates}", data=data),
        R.glm(formula, R.binomial, data=data) if binary else R.lm(formula, data=data),
        R.lm(f"depress2 ~ {mediator} * (comply + treat) + {covariates}", data=data),
    )


def framing_data() -> pd.DataFrame:
    """Return the data of the paper's first example."""
    from pymediation.datasets import load_framing

    return load_framing()


def simulated(n: int, p: int, *, binary: bool) -> pd.DataFrame:
    """Simulate treatment, p covariates, mediator and outcome; the last two 0/1 if `binary`."""
    rng = np.random.default_rng(SEED)
    data = pd.DataFrame(rng.standard_normal((n, p)), columns=[f"x{j}" for j in range(p)])
    data["t"] = rng.integers(0, 2, n)
    shared = 0.1 * data.filter(like="x").sum(axis=1)
    data["m"] = _response(0.5 * data["t"] + shared, rng, binary)
    data["y"] = _response(0.3 * data["t"] + 0.4 * data["m"] + shared, rng, binary)
    return data


def _response(eta: pd.Series, rng: np.random.Generator, binary: bool) -> Any:
    """Draw a response around its linear predictor."""
    if binary:
        return (rng.random(eta.size) < 1 / (1 + np.exp(-eta))).astype(int)
    return eta + rng.standard_normal(eta.size)


def linear(n: int, p: int, *, interaction: bool) -> Models:
    """Fit two linear models."""
    import statsmodels.formula.api as smf

    data, covariates = simulated(n, p, binary=False), " + ".join(f"x{j}" for j in range(p))
    product = "t * m" if interaction else "t + m"
    return Models(
        smf.ols(f"m ~ t + {covariates}", data).fit(),
        smf.ols(f"y ~ {product} + {covariates}", data).fit(),
        "t",
        "m",
    )


def logistic(n: int, p: int) -> Models:
    """Fit two logistic models."""
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    data, covariates = simulated(n, p, binary=True), " + ".join(f"x{j}" for j in range(p))
    family = sm.families.Binomial()
    return Models(
        smf.glm(f"m ~ t + {covariates}", data, family=family).fit(),
        smf.glm(f"y ~ t + m + {covariates}", data, family=family).fit(),
        "t",
        "m",
    )


def further(n: int, p: int) -> tuple[pd.DataFrame, str]:
    """Add grades, a 0/1 outcome and censored times to `simulated`; return them and the covariates."""
    data = simulated(n, p, binary=False)
    data["grade"] = pd.cut(data["m"], [-np.inf, -0.5, 0.25, 1.0, np.inf], labels=list("abcd"))
    data["high"] = (data["y"] > 0).astype(int)
    time = np.exp(
        0.5 + 0.3 * data["t"] + 0.2 * data["m"] + np.log(np.random.default_rng(SEED).exponential(size=n))
    )
    data["time"], data["event"] = np.minimum(time, 5.0), (time < 5.0).astype(float)
    return data, " + ".join(f"x{j}" for j in range(p))


def ordered(n: int, p: int) -> Models:
    """Fit an ordered probit of four categories, which are a factor in a probit."""
    import pymediation.r as R

    data, covariates = further(n, p)
    probit = R.binomial("probit")
    return Models(
        R.polr(f"grade ~ t + {covariates}", data=data, method="probit"),
        R.glm(f"high ~ t + grade + {covariates}", data=data, family=probit),
        "t",
        "grade",
    )


def survival(n: int, p: int) -> Models:
    """Fit a linear mediator and a Weibull model of censored times."""
    import pymediation.r as R

    data, covariates = further(n, p)
    return Models(
        R.lm(f"m ~ t + {covariates}", data=data),
        R.survreg(f"Surv(time, event) ~ t + m + {covariates}", data=data),
        "t",
        "m",
    )


def quantile(n: int, p: int) -> Models:
    """Fit two median regressions."""
    import pymediation.r as R

    data, covariates = further(n, p)
    return Models(
        R.rq(f"m ~ t + {covariates}", data=data),
        R.rq(f"y ~ t + m + {covariates}", data=data),
        "t",
        "m",
    )


def _two_ways(name: str, what: str, models: Callable[[], Models], **settings: Any) -> list[Workload]:
    """Return a workload on one thread, and on two with the progress bar."""
    one = Workload(name, what, models, **settings)
    both = settings | {
        "options": one.options | {"n_jobs": 2, "progress": True},
        "faster_than_r": None,
        "budget": None,
    }
    return [one, Workload(f"{name}j", f"{what}; 2 threads", models, **both)]


def _large(name: str, what: str, models: Callable[[int], Models], **settings: Any) -> list[Workload]:
    """Return a workload with 100,000 and with a million rows; the settings are those of the former."""
    small = Workload(name, what, lambda: models(100_000), 100_000, runs=3, **settings)
    large = {"budget": settings.get("budget"), "runs": 1, "short": False}
    return [small, Workload(f"{name}-1e6", what, lambda: models(1_000_000), 1_000_000, **large)]


WORKLOADS: tuple[Workload, ...] = (
    Workload(
        "W1", "lm, probit; robust SE", framing, 265, options={"robustSE": True},
        r_seconds=3.2, faster_than_r=60, budget=16, runs=9, peer_sims=20,
    ),
    Workload(
        "W2", "lm, probit; bootstrap", framing, 265, options={"boot": True},
        r_seconds=12.4, faster_than_r=100, budget=40, runs=9, peer_sims=20,
    ),
    Workload(
        "W3", "lm, lm, interaction; bootstrap", lambda: linear(10_000, P, interaction=True), 10_000,
        options={"boot": True}, r_seconds=40, faster_than_r=55, budget=6, peer_sims=10,
    ),
    Workload(
        "W3n", "lm, lm; bootstrap", lambda: linear(10_000, P, interaction=False), 10_000,
        options={"boot": True}, r_seconds=39, faster_than_r=80, budget=4, peer_sims=10, pingouin=True,
    ),
    Workload(
        "W4", "logit, logit", lambda: logistic(10_000, P), 10_000,
        r_seconds=15.7, faster_than_r=35, budget=4, peer_sims=10,
    ),
    Workload(
        "W4b", "logit, logit; bootstrap", lambda: logistic(10_000, P), 10_000,
        options={"boot": True}, r_seconds=113, faster_than_r=30, budget=30, runs=3, peer_sims=10,
    ),
    *_two_ways(
        "W5", "ordered, probit; bootstrap", lambda: ordered(1000, P_LARGE), n=1000,
        options={"boot": True}, r_seconds=64.5, faster_than_r=30, budget=180, runs=3,
    ),
    Workload(
        "W6", "lm, survival", lambda: survival(1000, P_LARGE), 1000,
        r_seconds=3.7, faster_than_r=70, budget=4, runs=9,
    ),
    *_two_ways(
        "W7", "quantile, quantile; bootstrap", lambda: quantile(1000, P_LARGE), n=1000,
        options={"boot": True}, r_seconds=720, faster_than_r=45, budget=1250, runs=1,
    ),
    Workload(
        "W9", "multimed, 4 covariates; bootstrap", framing_data, 265, call=beside_alternative,
        options={"covariates": ["age", "educ", "gender", "income"]},
        r_seconds=8.1, faster_than_r=120, budget=18, runs=9,
    ),
    Workload(
        "W10", "ivmediate, binary mediator", partial(encouragement, binary=True), 899,
        call=with_noncompliance, options={"mediator": "job_dich"},
        r_seconds=9.6, faster_than_r=100, budget=8, runs=9,
    ),
    Workload(
        "W10c", "ivmediate, continuous mediator", partial(encouragement, binary=False), 899,
        call=with_noncompliance, options={"mediator": "job_seek"},
        r_seconds=59_000, faster_than_r=200, budget=20_000, runs=1, short=False,
    ),
    *_large("W11l", "lm, lm", partial(linear, p=P_LARGE, interaction=False), r_seconds=90),
    *_large(
        "W11i", "lm, lm, interaction", partial(linear, p=P_LARGE, interaction=True),
        r_seconds=90, faster_than_r=30,
    ),
    *_large("W11g", "logit, logit", partial(logistic, p=P_LARGE), r_seconds=132, faster_than_r=30, budget=4),
)  # fmt: skip
