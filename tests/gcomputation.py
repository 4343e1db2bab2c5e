"""Effects by their definition: outcomes averaged over the distribution of the mediator, for each row.

Nothing of the package is used. Fits are those of statsmodels, or a few lines of maximum likelihood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, log_ndtr
from scipy.stats import norm

__all__ = [
    "binary_nodes",
    "category_nodes",
    "design",
    "effects_by_definition",
    "effects_of_means",
    "gumbel_quadrature",
    "maximum_likelihood",
    "normal_nodes",
    "ordered_likelihood",
    "shared_nodes",
    "tobit_likelihood",
    "weibull_likelihood",
]

# Mediators under treatment and under control of all rows, and how probable they are.
Node = tuple[Any, Any, Any]


def effects_by_definition(
    outcome: Callable[[int, Any], Any], nodes: Iterable[Node]
) -> dict[str, tuple[float, float]]:
    """Return for each effect its value, and the standard deviation of one evaluation with drawn mediators.

    ``outcome(t, m)`` is the mean outcome of all rows under treatment t and with mediators m.
    """
    first, second = dict[str, Any](), dict[str, Any]()
    for m1, m0, chance in nodes:
        y11, y10, y01, y00 = outcome(1, m1), outcome(1, m0), outcome(0, m1), outcome(0, m0)
        found = {"d1": y11 - y10, "d0": y01 - y00, "z1": y11 - y01, "z0": y10 - y00, "tau": y11 - y00}
        for name, value in found.items():
            first[name] = first.get(name, 0.0) + chance * value
            second[name] = second.get(name, 0.0) + chance * value**2
    return {
        name: (
            float(np.mean(first[name])),
            float(np.sqrt(max(0.0, np.sum(second[name] - first[name] ** 2))) / n),
        )
        for name in first
        if (n := first[name].size)
    }


def effects_of_means(mean: Callable[[int, int], Any]) -> dict[str, float]:
    """Return the effects, given the mean outcome under treatment t with the mediators of treatment s."""
    y11, y10, y01, y00 = (float(mean(t, s)) for t, s in product((1, 0), repeat=2))
    return {"d0": y01 - y00, "d1": y11 - y10, "z0": y10 - y00, "z1": y11 - y01, "tau": y11 - y00}


def category_nodes(treated: Any, control: Any) -> Iterator[Node]:
    """Yield all pairs of categories with probabilities (n, K); the arms are drawn independently."""
    for j, k in product(range(treated.shape[1]), repeat=2):
        yield j, k, treated[:, j] * control[:, k]


def binary_nodes(treated: Any, control: Any) -> Iterator[Node]:
    """Yield the pairs of a mediator that is 1 with probabilities (n,)."""
    return category_nodes(*(np.column_stack([1 - p, p]) for p in (treated, control)))


def shared_nodes(treated: Any, control: Any, errors: tuple[Any, Any]) -> Iterator[Node]:
    """Yield the mediators at the nodes of an error that both arms share, given as nodes and weights."""
    for error, weight in zip(*errors, strict=True):
        yield treated + error, control + error, np.full(np.shape(treated), weight)


def normal_nodes(treated: Any, control: Any, sd: float) -> Iterator[Node]:
    """Yield the mediators at the nodes of a normal error."""
    z, weights = np.polynomial.hermite_e.hermegauss(20)
    return shared_nodes(treated, control, (sd * z, weights / weights.sum()))


def gumbel_quadrature(scale: float) -> tuple[Any, Any]:
    """Return nodes and weights of `scale` times the log of an exponential: midpoints of 1000 quantiles."""
    p = (np.arange(1000) + 0.5) / 1000
    return scale * np.log(-np.log1p(-p)), np.full(1000, 1 / 1000)


def maximum_likelihood(log_likelihood: Callable[[Any], Any], start: Any) -> Any:
    """Return the maximum of a sum of log-likelihoods."""
    found = minimize(
        lambda theta: -np.sum(log_likelihood(theta)), start, method="BFGS", options={"gtol": 1e-4}
    )
    return found.x


def tobit_likelihood(X: Any, y: Any, lower: float, upper: float) -> Callable[[Any], Any]:
    """Return the log-likelihood in (coefficients, log sd) of a normal response cut off at limits."""

    def log_likelihood(theta: Any) -> Any:
        eta, sd = X @ theta[:-1], np.exp(theta[-1])
        inside = norm.logpdf(y, eta, sd)
        return np.where(
            y <= lower,
            log_ndtr((lower - eta) / sd),
            np.where(y >= upper, log_ndtr((eta - upper) / sd), inside),
        )

    return log_likelihood


def ordered_likelihood(X: Any, codes: Any) -> Callable[[Any], Any]:
    """Return the log-likelihood of three ordered categories in (coefficients, threshold, log of the step)."""

    def log_likelihood(theta: Any) -> Any:
        thresholds = np.array([-np.inf, theta[-2], theta[-2] + np.exp(theta[-1]), np.inf])
        eta = X @ theta[:-2]
        return np.log(expit(thresholds[codes + 1] - eta) - expit(thresholds[codes] - eta))

    return log_likelihood


def weibull_likelihood(X: Any, time: Any, event: Any, scale: float | None = None) -> Callable[[Any], Any]:
    """Return the log-likelihood of log time = x'b + scale W, W the log of an exponential, right-censored."""

    def log_likelihood(theta: Any) -> Any:
        b, s = (theta, scale) if scale is not None else (theta[:-1], np.exp(theta[-1]))
        w = (np.log(time) - X @ b) / s
        return event * (w - np.log(s)) - np.exp(w)

    return log_likelihood


def design(data: pd.DataFrame, *columns: Any) -> Any:
    """Return a design matrix with a constant."""
    return np.column_stack([np.ones(len(data)), *columns])
