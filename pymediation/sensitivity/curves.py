"""Effects as functions of the error correlation, and where they cross zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

__all__ = ["Curve", "covers_zero", "crossing", "from_draws", "from_variance"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One effect over the grid of L correlations.

    Attributes
    ----------
    estimate, lower, upper : ndarray, shape (L,)
        Estimate and interval limits at each correlation.
    """

    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray


def from_draws(draws: FloatArray, level: float) -> Curve:
    """Return means and equal-tailed intervals of draws of shape (L, S)."""
    tail = (1 - level) / 2
    lower, upper = np.quantile(draws, [tail, 1 - tail], axis=1)
    return Curve(draws.mean(axis=1), lower, upper)


def from_variance(estimate: FloatArray, variance: FloatArray, level: float) -> Curve:
    """Return normal intervals around estimates of shape (L,)."""
    tail, spread = (1 - level) / 2, np.sqrt(variance)
    return Curve(estimate, estimate + ndtri(tail) * spread, estimate + ndtri(1 - tail) * spread)


def covers_zero(curve: Curve) -> NDArray[np.int64]:
    """Return 1 where the interval contains zero, else 0."""
    return ((curve.lower < 0) & (curve.upper > 0)).astype(np.int64)


def crossing(rho: FloatArray, curve: Curve) -> FloatArray:
    """Return the grid points at which the estimate is closest to zero: one, or all of a tie."""
    size = np.abs(curve.estimate)
    return rho[size == size.min()]
