"""R's reference cases for links, families and fits, as arrays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.families import Family, Link, get_family, get_link, power_link
from pymediation.fits import LinearFit, fit_glm, fit_ols

FloatArray = NDArray[np.float64]
REFERENCE: dict[str, Any] = json.loads((Path(__file__).parents[1] / "r" / "fits.json").read_text())
POWERS = {"mu^0.333": 1 / 3, "mu^0.5": 0.5, "mu^2": 2.0}


def numbers(values: Any) -> FloatArray:
    """Return R's numbers, NA as NaN, with the shape they are nested in."""
    read = np.vectorize(lambda v: np.nan if v == "NA" else float(v), otypes=[float])
    return read(np.array(values, dtype=object))


def column(name: str | None) -> FloatArray | None:
    """Return a column of the data, or None."""
    return None if name is None else np.array(REFERENCE["data"][name], dtype=float)


def design(case: dict[str, Any]) -> FloatArray:
    """Return the design matrix of a case, the intercept first."""
    names = [case["design"]] if isinstance(case["design"], str) else case["design"]
    return np.column_stack([np.ones(len(REFERENCE["data"]["x"])), *map(column, names)])


def link_of(name: str) -> Link:
    """Return a link by R's name, power links included."""
    return power_link(POWERS[name]) if name in POWERS else get_link(name)


def family_of(case: dict[str, Any]) -> Family:
    """Return the family of a case."""
    theta = 2.5 if case["family"] == "Negative Binomial" else None
    return get_family(case["family"], link_of(case["link"]), theta=theta, variance=case.get("variance"))


def is_linear(case: dict[str, Any]) -> bool:
    """Return whether R fitted the case with lm."""
    return case["family"] in (None, "NA")


def fit_case(case: dict[str, Any]) -> LinearFit:
    """Fit a case as R did."""
    y, X, w, o = column(case["response"]), design(case), column(case["weights"]), column(case["offset"])
    if is_linear(case):
        return fit_ols(y, X, w, o)
    return fit_glm(y, X, family_of(case), w, o, maxit=case["maxit"], start=case["start"])


def label(case: dict[str, Any]) -> str:
    """Name a case by what it fits."""
    parts = [case.get(key) for key in ("name", "response", "family", "link", "weights", "offset")]
    return "-".join(part for part in parts if isinstance(part, str) and part != "NA")


def condition(case: dict[str, Any]) -> float:
    """Return the condition number of the columns R keeps, each scaled to unit length."""
    kept = design(case)[:, ~np.isnan(numbers(case["coef"]))]
    return float(np.linalg.cond(kept / np.linalg.norm(kept, axis=0)))


def worst(actual: Any, expected: Any) -> float:
    """Return the largest error relative to the largest entry; NaNs must be in the same places."""
    ours, theirs = np.asarray(actual, dtype=float), numbers(expected)
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    return float(np.nanmax(np.abs(ours - theirs)) / np.nanmax(np.abs(theirs)))


def check_derivatives(problem: Any, weights: FloatArray, at: FloatArray, tolerance: float) -> None:
    """Compare gradient and curvature of a log-likelihood of n rows with central differences."""
    place, step = problem.evaluate(weights, at), 1e-5
    close = {"rtol": tolerance, "atol": tolerance * weights.shape[1]}
    for j in range(problem.n_parameters):
        up, down = at.copy(), at.copy()
        up[0, j] += step
        down[0, j] -= step
        above, below = problem.evaluate(weights, up), problem.evaluate(weights, down)
        slope = (above.loglik - below.loglik) / (2 * step)
        np.testing.assert_allclose(place.gradient[:, j], slope, **close)
        bend = -(above.gradient - below.gradient) / (2 * step)
        np.testing.assert_allclose(place.curvature[:, j], bend, **close)
