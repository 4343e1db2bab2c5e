"""How far our numbers are from R's: effects and their intervals, and the estimates of the fits.

    python benchmarks/agreement.py [CASE ...]     # records R's fits of the models; needs Rscript

Differences are in standard errors: of an effect, the width of R's 95% interval over 3.92; of a coefficient,
R's own.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from studies import SEED, Study
from tasks import Effect, numbers_of
from workloads import WORKLOADS, Workload, workload

__all__ = ["from_fits", "from_recorded", "from_run"]

HERE = Path(__file__).resolve().parent
FITS = HERE / "r_fits.json"
TESTS = HERE.parent / "tests"
NORMAL_WIDTH = 3.92  # of a 95% interval, in standard errors
Numbers = Mapping[str, NDArray[np.float64]]


def largest(ours: Numbers, theirs: Numbers, effects: tuple[Effect, ...]) -> float:
    """Return the largest difference of estimates and ends, where R has both, in standard errors."""
    found = []
    for effect in effects:
        names = (effect.estimate, *effect.ends)
        if not all(name in theirs and np.isfinite(theirs[name]).any() for name in names):
            continue
        lower, upper = np.split(np.concatenate([theirs[name] for name in effect.ends]), 2)
        error = (upper - lower) / NORMAL_WIDTH
        found += [_furthest(ours[name], theirs[name], error) for name in names]
    if not found:
        raise LookupError("R reported none of the effects")
    return max(found)


def _furthest(ours: NDArray[np.float64], theirs: NDArray[np.float64], error: NDArray[np.float64]) -> float:
    """Return the largest difference in units of errors; infinite where R has a number and we have none."""
    scaled = np.abs(ours - theirs) / np.resize(error, theirs.shape)
    asked = np.isfinite(theirs)
    return float(np.max(np.where(np.isfinite(ours), scaled, np.inf)[asked], initial=0.0))


def from_run(case: Workload, study: Study, theirs: Numbers, sims: int) -> float:
    """Return how far a workload with so many draws is from R's numbers for the same."""
    from pymediation import RStream

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prepared = case.task.prepare(study)
        ours = case.task.run(prepared, sims, RStream(SEED), case.options)
    return largest(numbers_of(ours, case.task), theirs, case.task.effects)


def from_recorded(case: Workload) -> float | None:
    """Return how far we are from the recorded run of R that belongs to a workload, if there is one."""
    if case.recorded is None:
        return None
    sys.path.append(str(TESTS))  # the tests read the recorded runs from the text that R was given
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = _RUNNERS[case.recorded.kind](case.recorded.name)
    return largest(numbers_of(ours, case.task), {k: _flat(v) for k, v in theirs.items()}, case.task.effects)


def _mediate(name: str) -> tuple[Any, dict[str, Any]]:
    """Return our numbers and R's of a recorded run of ``mediate``."""
    import r_cases

    import pymediation as pm

    case, tables = r_cases.cases()[name], r_cases.data()
    models = [r_cases.fit_dialect(case[model], tables) for model in ("mediator_model", "outcome_model")]
    given = r_cases.arguments(case["call"], tables)
    return pm.mediate(*models, rng=pm.RStream(case["seed"]), compat="R", **given), case


def _medsens(name: str) -> tuple[Any, dict[str, Any]]:
    """Return our numbers and R's of a recorded run of ``medsens``."""
    from sensitivity import sens_cases

    return sens_cases.run(name)[0], sens_cases.cases()[name]["result"]


def _multimed(name: str) -> tuple[Any, dict[str, Any]]:
    """Return our numbers and R's of a recorded run of ``multimed``."""
    import multimed_cases

    import pymediation as pm

    case = multimed_cases.cases()[name]
    given = multimed_cases.arguments(name)
    return pm.multimed(**given, rng=pm.RStream(case["seed"])), case["result"]


def _ivmediate(name: str) -> tuple[Any, dict[str, Any]]:
    """Return our numbers and R's of a recorded run of ``ivmediate``."""
    import instrument_cases

    import pymediation.r as R

    case = instrument_cases.cases()[name]
    models = [instrument_cases.fitted(text, R.data("jobs")) for text in case["formulas"].values()]
    R.set_seed(case["seed"])
    return R.ivmediate(*models, **instrument_cases.call_options(case["call"])), case["result"]


_RUNNERS = {"mediate": _mediate, "medsens": _medsens, "multimed": _multimed, "ivmediate": _ivmediate}


def _flat(values: Any) -> NDArray[np.float64]:
    """Return recorded numbers, flat by rows; empty for what is no number."""
    try:
        return np.ravel(np.array(values, dtype=float))
    except (TypeError, ValueError):
        return np.empty(0)


def from_fits(case: Workload, study: Study) -> float | None:
    """Return how far estimates and standard errors are from R's, if R's fits of these data are known."""
    known = json.loads(FITS.read_text(encoding="utf-8"))["fits"].get(case.name)
    if known is None or known["data"] != study.fingerprint():
        return None
    found = []
    roles = ("treatment", "mediator", "outcome")[-len(study.models) :]
    for model, role, theirs in zip(study.models, roles, known["models"], strict=True):
        coef, error, r_coef, r_error = *_estimates(model, role), *map(_flat, (theirs["coef"], theirs["se"]))
        found.append(_furthest(coef, r_coef, r_error))
        if error is not None:
            found.append(_furthest(error, r_error, r_error))
    return max(found)


def _estimates(model: Any, role: Any) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Return what the engine works with: estimates by R's rules, and standard errors if there are any."""
    from pymediation.adapters import adapt

    fit: Any = adapt(model, role).fit
    parts = [fit.coef, getattr(fit, "zeta", []), [fit.log_scale] if hasattr(fit, "log_scale") else []]
    if hasattr(fit, "unscaled_cov"):
        covariance = fit.dispersion * fit.unscaled_cov
    else:
        covariance = getattr(fit, "cov", None)
    return np.concatenate(parts), None if covariance is None else np.sqrt(np.diag(covariance))


def main() -> None:
    """Record R's fits of the models of all workloads, or of some."""
    from rside import fits_in_r

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", default=[case.name for case in WORKLOADS])
    fits = json.loads(FITS.read_text(encoding="utf-8"))["fits"] if FITS.exists() else {}
    for case in map(workload, parser.parse_args().cases):
        study = case.study()
        # Mixed models are compared by the tests, each part to its own tolerance.
        if study.models and not any("lmer(" in call for call in study.r_models):
            fits[case.name] = {"data": study.fingerprint(), "models": fits_in_r(study)}
    about = "R 4.2.2, MASS 7.3-58.2, survival 3.5-3, quantreg 5.94: estimates and standard errors"
    lines = ",\n".join(f'  "{name}": {json.dumps(one)}' for name, one in fits.items())
    FITS.write_text(f'{{"about": "{about}",\n "fits": {{\n{lines}\n}}}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
