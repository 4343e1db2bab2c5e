"""Means of shifted normal probabilities, at many shifts for the price of a few."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

__all__ = ["mean_probabilities", "nodes_needed"]

FloatArray = NDArray[np.float64]

# Largest interpolation error; rounding in the means themselves is about 1e-15.
_TOLERANCE = 1e-13
# Cells of predictors held at a time: 2 MB.
_CELLS = 262_144


def mean_probabilities(
    X: FloatArray, coef: FloatArray, shifts: FloatArray, weights: FloatArray, *, exact: bool = False
) -> FloatArray:
    r"""Return :math:`\sum_i w_i \Phi(x_i'b_s + h_{ps})` for each draw s and each of P shifts.

    Parameters
    ----------
    X : ndarray, shape (n, k)
        Design.
    coef : ndarray, shape (S, k)
        Coefficients of each draw.
    shifts : ndarray, shape (P, S)
        Shifts of each draw's predictors.
    weights : ndarray, shape (n,)
        Weights that sum to 1.
    exact : bool
        Evaluate at every shift. Otherwise a draw's mean, an entire function of the shift, is evaluated at
        Chebyshev nodes of the range of its shifts and interpolated, if that is less work.

    Returns
    -------
    ndarray, shape (P, S)
    """
    low, high = shifts.min(axis=0), shifts.max(axis=0)
    centre, half = (low + high) / 2, (high - low) / 2
    count = nodes_needed(float(half.max()))
    if exact or count >= shifts.shape[0]:
        return _evaluate(X, coef, shifts, weights)
    angles = np.asarray((np.arange(count) + 0.5) * (np.pi / count), dtype=np.float64)
    values = _evaluate(X, coef, centre + np.cos(angles)[:, None] * half, weights)
    return _interpolate(values, angles, (shifts - centre) / np.where(half > 0, half, 1.0))


def nodes_needed(half_width: float) -> int:
    r"""Return how many Chebyshev nodes interpolate a mean of normal probabilities to full accuracy.

    On the Bernstein ellipse of parameter r around the interval, whose imaginary half-axis is
    y = w (r - 1/r) / 2, a normal probability is at most M = 1 + y exp(y²/2) / sqrt(2 pi), so that the error
    of m nodes is at most 4 M r^(1-m) / (r - 1). The best r decides.

    Parameters
    ----------
    half_width : float
        Half the length w of the interval.

    Examples
    --------
    >>> nodes_needed(0.0) < nodes_needed(3.0) < nodes_needed(6.0)
    True
    """
    r = 1 + np.geomspace(1e-2, 1e4, 2000)
    y = half_width * (r - 1 / r) / 2
    log_bound = np.log(4) + np.logaddexp(0.0, y**2 / 2 + np.log(np.maximum(y, 1e-300))) - np.log(r - 1)
    return int(np.ceil(np.min((log_bound - np.log(_TOLERANCE)) / np.log(r)))) + 1


def _evaluate(X: FloatArray, coef: FloatArray, shifts: FloatArray, weights: FloatArray) -> FloatArray:
    """Evaluate all means, a block of draws at a time."""
    points, sims = shifts.shape
    means = np.empty((points, sims))
    width = max(1, _CELLS // X.shape[0])
    for first in range(0, sims, width):
        block = slice(first, min(first + width, sims))
        predictors = X @ coef[block].T
        shifted = np.empty_like(predictors)
        for point in range(points):
            np.add(predictors, shifts[point, block], out=shifted)
            means[point, block] = weights @ ndtr(shifted, out=shifted)
    return means


def _interpolate(values: FloatArray, angles: FloatArray, places: FloatArray) -> FloatArray:
    """Evaluate at places in [-1, 1], shape (P, S), what takes values (m, S) at the nodes cos(angles)."""
    count = angles.size
    series = (2 / count) * np.cos(np.arange(count)[:, None] * angles) @ values
    series[0] /= 2
    ahead = behind = np.zeros_like(places)
    for term in series[:0:-1]:  # Clenshaw's recurrence
        ahead, behind = term + 2 * places * ahead - behind, ahead
    return series[0] + places * ahead - behind
