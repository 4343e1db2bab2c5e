"""Confidence intervals for a quantity that is only known to lie between two estimated bounds.

Imbens, G. W. and Manski, C. F. (2004). Confidence intervals for partially identified parameters.
Econometrica 72, 1845-1857.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

__all__ = ["confidence_region", "critical_value", "critical_value_on_grid"]

FloatArray: TypeAlias = NDArray[np.float64]

# Halvings of the bracket: as many as leave it no wider than the spacing of doubles.
_HALVINGS = 64
# R's search: 0, 0.001, ..., 10.
_STEP, _STEPS = 0.001, 10_000
# Steps beside the exact root among which the best of the grid must be.
_BESIDE = np.arange(-2, 3)


def critical_value(width: ArrayLike, level: float) -> FloatArray:
    r"""Return the number of standard errors to go beyond either bound.

    The smallest :math:`C \ge 0` with

    .. math:: \Phi(C + w) - \Phi(-C) \ge \text{level}.

    Parameters
    ----------
    width : array_like
        Distance w of the upper bound from the lower in standard errors (the larger one of the two bounds).
        May be negative (estimated bounds that cross), infinite or missing.
    level : float
        Between 0 and 1.

    Returns
    -------
    ndarray of the shape of `width`
        Between the one-sided normal quantile (far bounds) and the two-sided one (bounds that coincide), more
        if the bounds cross; missing where `width` is.

    Examples
    --------
    >>> critical_value([0.0, 1.0, 10.0], 0.95).round(4)
    array([1.96  , 1.6815, 1.6449])
    """
    w = np.asarray(width, dtype=np.float64)
    # Tails are added, not probabilities near 1 subtracted, so that levels near 1 keep their digits.
    low, high = np.zeros(w.shape), ndtri((1.0 + level) / 2.0) + np.maximum(-w, 0.0)
    with np.errstate(invalid="ignore"):  # an infinite bracket, where the width is -inf
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            enough = ndtr(-(middle + w)) + ndtr(-middle) <= 1.0 - level
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(np.isnan(w), np.nan, low)


def critical_value_on_grid(width: ArrayLike, level: float) -> FloatArray:
    """Return R's value for `critical_value`: the best of 0, 0.001, ..., 10, of equally good ones the first.

    Parameters
    ----------
    width, level
        As in `critical_value`.

    Returns
    -------
    ndarray of the shape of `width`

    Examples
    --------
    >>> critical_value_on_grid([0.0, 1.0, 10.0], 0.95)
    array([1.96 , 1.681, 1.645])
    """
    w = np.asarray(width, dtype=np.float64)[..., np.newaxis]
    root = np.nan_to_num(critical_value(w, level), nan=0.0, posinf=_STEP * _STEPS)
    steps = np.clip(np.rint(root / _STEP) + _BESIDE, 0, _STEPS)
    missed = np.abs(ndtr(steps * _STEP + w) - ndtr(-steps * _STEP) - level)
    best = np.argmin(np.nan_to_num(missed), axis=-1, keepdims=True)
    return np.where(np.isnan(w), np.nan, np.take_along_axis(steps, best, axis=-1) * _STEP)[..., 0]


def confidence_region(
    lower: ArrayLike,
    upper: ArrayLike,
    se_lower: ArrayLike,
    se_upper: ArrayLike,
    level: float,
    critical: Callable[[ArrayLike, float], FloatArray] = critical_value,
) -> tuple[FloatArray, FloatArray]:
    """Return intervals that cover the quantity itself, wherever it is between the bounds.

    Parameters
    ----------
    lower, upper : array_like
        Estimated bounds.
    se_lower, se_upper : array_like
        Their standard errors, 0 or more.
    level : float
        Probability of covering the quantity.
    critical : callable
        `critical_value`, or `critical_value_on_grid` for R's numbers.

    Returns
    -------
    tuple of ndarray
        Lower and upper ends; missing where a bound or a standard error is.

    Examples
    --------
    >>> low, high = confidence_region(-0.1, 0.4, 0.02, 0.03, 0.95)
    >>> round(float(low), 4), round(float(high), 4)
    (-0.1329, 0.4493)
    """
    low, high, below, above = (np.asarray(x, dtype=np.float64) for x in (lower, upper, se_lower, se_upper))
    with np.errstate(divide="ignore", invalid="ignore"):
        width = (high - low) / np.maximum(below, above)
    # Bounds known exactly: nothing to add, wherever they are.
    C = np.where(np.maximum(below, above) == 0.0, 0.0, critical(width, level))
    return low - C * below, high + C * above
