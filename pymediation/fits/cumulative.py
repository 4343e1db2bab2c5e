"""Distributions of cumulative models, as data, and the category probabilities that follow from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from pymediation.errors import ArgumentError, did_you_mean

__all__ = ["Distribution", "OrderedMethod", "category_probabilities", "get_distribution"]

FloatArray = NDArray[np.float64]
OrderedMethod = Literal["logistic", "probit", "loglog", "cloglog", "cauchit"]

LOGIT_TO_PROBIT = 1.7  # by what R scales logits down for all other distributions


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution F of the latent variable of a cumulative model.

    Attributes
    ----------
    name : str
        R's name of the method.
    cdf, density : callable
        F and its derivative, elementwise.
    start_link : str
        Link of the binomial model that gives the starting values.
    start_scale : float
        Divisor of the logits that space the starting thresholds.
    log_concave : bool
        Whether the density is log-concave. Then so is the probability of an interval, as a function of both
        its ends.
    """

    name: str
    cdf: Callable[[Any], Any]
    density: Callable[[Any], Any]
    start_link: str
    start_scale: float
    log_concave: bool


def _logistic(x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


def _logistic_density(x: Any) -> Any:
    """Logistic density, without cancellation in the tails."""
    odds = np.exp(-np.abs(x))
    return odds / np.square(1 + odds)


def _normal_density(x: Any) -> Any:
    """exp(-x^2 / 2) / sqrt(2 pi)."""
    with np.errstate(over="ignore"):
        return np.exp(-0.5 * np.square(x)) * (1 / np.sqrt(2 * np.pi))


def _gumbel(x: Any) -> Any:
    """exp(-exp(-x))."""
    with np.errstate(over="ignore"):
        return np.exp(-np.exp(-x))


def _gumbel_density(x: Any) -> Any:
    """exp(-x - exp(-x))."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(x == -np.inf, 0.0, np.exp(-x - np.exp(-x)))


def _reversed_gumbel(x: Any) -> Any:
    """1 - exp(-exp(x)): R takes this difference too, though it has few digits far below 0."""
    return 1 - _gumbel(-np.asarray(x))


def _reversed_gumbel_density(x: Any) -> Any:
    """exp(x - exp(x))."""
    return _gumbel_density(-np.asarray(x))


def _cauchy(x: Any) -> Any:
    """Cauchy distribution function, exact in both tails."""
    return np.arctan2(1.0, -np.asarray(x)) / np.pi


def _cauchy_density(x: Any) -> Any:
    """Cauchy density."""
    with np.errstate(over="ignore"):
        return 1 / (np.pi * (1 + np.square(x)))


_DISTRIBUTIONS = {
    distribution.name: distribution
    for distribution in (
        Distribution("logistic", _logistic, _logistic_density, "logit", 1.0, True),
        Distribution("probit", ndtr, _normal_density, "probit", LOGIT_TO_PROBIT, True),
        Distribution("loglog", _gumbel, _gumbel_density, "probit", LOGIT_TO_PROBIT, True),
        Distribution("cloglog", _reversed_gumbel, _reversed_gumbel_density, "probit", LOGIT_TO_PROBIT, True),
        Distribution("cauchit", _cauchy, _cauchy_density, "cauchit", LOGIT_TO_PROBIT, False),
    )
}


def get_distribution(method: str) -> Distribution:
    """Return the distribution of a cumulative model by R's name of the method.

    Parameters
    ----------
    method : {"logistic", "probit", "loglog", "cloglog", "cauchit"}
        R's name.

    Returns
    -------
    Distribution

    Raises
    ------
    ArgumentError
        If there is no such method.

    Examples
    --------
    >>> float(get_distribution("logistic").cdf(0.0))
    0.5
    """
    if method not in _DISTRIBUTIONS:
        known = get_args(OrderedMethod)
        msg = (
            f"method {method!r} is not known; choose one of {', '.join(known)}.{did_you_mean(method, known)}"
        )
        raise ArgumentError(msg)
    return _DISTRIBUTIONS[method]


def category_probabilities(eta: ArrayLike, zeta: ArrayLike, method: str = "logistic") -> FloatArray:
    r"""Return the probabilities of the K categories of a cumulative model.

    .. math:: P(Y = j) = F(\zeta_j - \eta) - F(\zeta_{j-1} - \eta), \qquad
              P(Y = K) = 1 - F(\zeta_{K-1} - \eta)

    Parameters
    ----------
    eta : array_like, shape (...)
        Linear predictors, without intercept.
    zeta : array_like, shape (..., K - 1)
        Thresholds in ascending order. The leading axes broadcast against those of `eta`: for predictors
        (R, n) of R replicates pass ``zeta[:, None, :]``. Equal neighbours and infinite ones, as they stand
        for categories absent from a replicate, give a probability of exactly 0.
    method : {"logistic", "probit", "loglog", "cloglog", "cauchit"}
        F, by R's name.

    Returns
    -------
    ndarray, shape (..., K)

    Examples
    --------
    >>> category_probabilities(0.0, [-1.0, 1.0]).round(4).tolist()
    [0.2689, 0.4621, 0.2689]
    >>> category_probabilities([0.0, 1.0], [0.0, np.inf]).round(4).tolist()
    [[0.5, 0.5, 0.0], [0.2689, 0.7311, 0.0]]
    """
    predictor, thresholds = np.asarray(eta, dtype=np.float64), np.asarray(zeta, dtype=np.float64)
    if thresholds.ndim == 0 or thresholds.shape[-1] == 0:
        msg = f"zeta must have its K - 1 thresholds on the last axis, not the shape {thresholds.shape}"
        raise ArgumentError(msg)
    below = get_distribution(method).cdf(thresholds - predictor[..., None])
    probabilities = np.empty((*below.shape[:-1], below.shape[-1] + 1))
    probabilities[..., 0] = below[..., 0]
    np.subtract(below[..., 1:], below[..., :-1], out=probabilities[..., 1:-1])
    np.subtract(1.0, below[..., -1], out=probabilities[..., -1])
    return probabilities
