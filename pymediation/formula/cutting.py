"""Numbers divided into intervals: the cut points, each number's interval, and the names of the intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError

__all__ = ["Intervals", "interval_codes", "interval_names", "learn_intervals"]

Floats = NDArray[np.float64]

_MOST_DIGITS: Final = 12
_MARGIN: Final = 1 / 1000  # of the range, by which intervals of equal length reach beyond it


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Intervals between ascending cut points.

    Attributes
    ----------
    points : ndarray, shape (k + 1,)
        The cut points of k intervals.
    lowest : bool
        Whether the outermost cut point on the open side belongs to its interval.
    right : bool
        Whether intervals are closed on the right.
    """

    points: Floats
    lowest: bool
    right: bool


def learn_intervals(values: Floats, breaks: ArrayLike, *, lowest: bool, right: bool) -> Intervals:
    """Return the intervals between given cut points, or so many of equal length over the range.

    Parameters
    ----------
    values : ndarray, shape (n,)
        The numbers; NaN is passed over.
    breaks : array_like
        At least two cut points, or the number of intervals.
    lowest, right : bool
        See :class:`Intervals`.

    Returns
    -------
    Intervals

    Raises
    ------
    ArgumentError
        If the cut points are not distinct, or fewer than two intervals are asked for.
    """
    points = np.sort(np.atleast_1d(np.asarray(breaks, dtype=np.float64)))
    if points.size == 1:
        points = _equal_lengths(values, float(points[0]))
    if np.unique(points).size != points.size:
        raise ArgumentError(f"`breaks` must be distinct, got {points.tolist()}.")
    return Intervals(points, lowest, right)


def _equal_lengths(values: Floats, number: float) -> Floats:
    """Return cut points of equal distance that cover the range, widened at both ends."""
    if not number >= 2:
        raise ArgumentError(
            f"`breaks` must be cut points or a number of intervals from 2 up; got {number:g}."
        )
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if low == high:
        margin = (abs(low) or 1.0) * _MARGIN
        return np.linspace(low - margin, high + margin, int(number) + 1)
    points = np.linspace(low, high, int(number) + 1)
    margin = (high - low) * _MARGIN
    points[[0, -1]] = low - margin, high + margin
    return points


def interval_codes(intervals: Intervals, values: Floats) -> NDArray[np.intp]:
    """Return the number of each value's interval from 0; -1 for NaN and outside all of them."""
    points, last = intervals.points, intervals.points.size - 2
    codes = np.searchsorted(points, values, side="left" if intervals.right else "right") - 1
    if intervals.lowest:
        edge, code = (points[0], 0) if intervals.right else (points[-1], last)
        codes = np.where(values == edge, code, codes)
    outside = np.isnan(values) | (codes < 0) | (codes > last)
    return np.where(outside, -1, codes).astype(np.intp)


def interval_names(
    intervals: Intervals, labels: Sequence[str] | None = None, digits: int = 3
) -> tuple[str, ...]:
    """Return the names of the intervals.

    Parameters
    ----------
    intervals : Intervals
    labels : sequence of str, optional
        The names to use. Default: ``"(a,b]"``.
    digits : int
        Significant digits of the cut points in default names; more are used when names would coincide.

    Returns
    -------
    tuple of str

    Raises
    ------
    ArgumentError
        If there are not as many labels as intervals.
    """
    number = intervals.points.size - 1
    names = _default_names(intervals, digits) if labels is None else tuple(labels)
    if len(names) != number:
        raise ArgumentError(f"`labels` has {len(names)} names for {number} intervals.")
    return names


def _default_names(intervals: Intervals, digits: int) -> tuple[str, ...]:
    """Write the intervals with as many digits as it takes to tell the cut points apart."""
    for precision in range(digits, max(_MOST_DIGITS, digits) + 1):
        written = [f"{point:.{precision}g}" for point in intervals.points]
        if len(set(written)) == len(written):
            break
    opening, closing = ("(", "]") if intervals.right else ("[", ")")
    names = [f"{opening}{low},{high}{closing}" for low, high in pairwise(written)]
    if intervals.lowest and intervals.right:
        names[0] = "[" + names[0][1:]
    elif intervals.lowest:
        names[-1] = names[-1][:-1] + "]"
    return tuple(names)
