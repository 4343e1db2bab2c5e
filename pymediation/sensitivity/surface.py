"""Effects over a plane of two R-squares, and the levels of their contours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pymediation.sensitivity.request import sequence

__all__ = ["contour_levels", "pretty", "shares", "stretched_surface", "surface"]

FloatArray = NDArray[np.float64]

_STEP = 0.01  # between points of either axis
_FINE = 0.0001  # between points of R's table of the effect
_SLACK = 1e-10  # R's allowance for rounding
_INTERVALS = 10
_TAILS = (0.1, 0.9)


def shares(rho_by: float) -> FloatArray:
    """Return the points of either axis: shares of variance 0, 0.01, ... up to 1 - rho_by."""
    return sequence(0.0, 1 - rho_by, _STEP)


def surface(rho: FloatArray, effect: FloatArray, points: FloatArray, sign: int) -> FloatArray:
    r"""Return the effect at :math:`\rho = \pm\sqrt{R^2_M R^2_Y}` for all pairs of points.

    Parameters
    ----------
    rho, effect : ndarray, shape (L,)
        The effect over the grid of correlations; between its points it is taken as linear.
    points : ndarray, shape (G,)
        Shares of residual variance.
    sign : {1, -1}
        Whether the confounder moves mediator and outcome in the same direction.

    Returns
    -------
    ndarray, shape (G, G)
        A row per share of the mediator's, a column per share of the outcome's variance; NaN off the grid.
    """
    wanted = sign * np.sqrt(np.outer(points, points))
    ends = (rho[0] - _SLACK, rho[-1] + _SLACK)
    inside = (wanted >= ends[0]) & (wanted <= ends[1])
    return np.where(inside, np.interp(wanted, rho, effect), np.nan)


def stretched_surface(effect: FloatArray, points: FloatArray, rho_by: float, sign: int) -> FloatArray:
    """Return R's surface: the effect at the correlation r / (1 - rho_by), NaN where r > (1 - rho_by)^2.

    R reads half of the curve as if its end, 1 - rho_by, were the largest *product* of two shares, and takes
    the number of its fine steps for one of steps in the correlation.

    Parameters
    ----------
    effect : ndarray, shape (L,)
    points : ndarray, shape (G,)
    rho_by : float
    sign : {1, -1}
    """
    middle = int((effect.size + 1) / 2)
    half = effect[middle - 1 :] if sign > 0 else effect[:middle]
    count = int(np.floor((1 - rho_by) ** 2 / _FINE + _SLACK)) + 1
    fine = np.interp(np.linspace(0, half.size - 1, count), np.arange(half.size), half)
    if sign < 0:
        fine = fine[::-1]
    r = np.round(np.sqrt(np.outer(points, points)), 4)
    places = (r / _FINE + 1).astype(np.int64)
    return np.where(places <= count, fine[np.minimum(places, count) - 1], np.nan)


def contour_levels(effect: FloatArray) -> FloatArray:
    """Return round numbers, about ten steps apart from the 10 % to the 90 % quantile of the effect."""
    low, high = np.quantile(effect, _TAILS)
    return pretty(float(low), float(high))


def pretty(low: float, high: float) -> FloatArray:
    """Return multiples of 1, 2 or 5 times a power of ten that cover an interval in about ten steps.

    Examples
    --------
    >>> pretty(-0.2, 3.9).tolist()
    [-0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0]
    """
    if not high > low:
        return np.array([low])
    unit = _round_unit((high - low) / _INTERVALS)
    first, last = np.floor(low / unit + _SLACK), np.ceil(high / unit - _SLACK)
    while first * unit > low + _SLACK * unit:
        first -= 1
    while last * unit < high - _SLACK * unit:
        last += 1
    missing = 3 - int(last - first)
    if missing > 0:
        below = missing // 2
        first, last = first - below - (missing % 2 if first < 0 else 0), last + below
        last += 3 - (last - first)
    return unit * np.arange(first, last + 1)


def _round_unit(cell: float) -> float:
    """Return the round number near a step."""
    base = 10.0 ** np.floor(np.log10(cell))
    unit = base
    for factor, bias in ((2, 1.5), (5, 2.75), (10, 1.5)):
        if not factor * base - cell < bias * (cell - unit):
            break
        unit = factor * base
    return float(unit)
