"""Numbers cut into intervals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from pymediation.errors import ArgumentError
from pymediation.r._arrays import is_scalar, numeric_values, rewrap

__all__ = ["cut"]


def cut(
    x: Any,
    breaks: Any,
    labels: Sequence[str] | Literal[False] | None = None,
    include_lowest: bool = False,
    right: bool = True,
    dig_lab: int = 3,
    ordered_result: bool = False,
) -> Any:
    """Divide numbers into intervals, as R's ``cut``.

    Parameters
    ----------
    x : array_like, shape (n,)
        The numbers.
    breaks : int or array_like
        The cut points (at least two), or the number of intervals of equal length; these then cover the
        range of `x`, widened by a thousandth at both ends.
    labels : sequence of str or False, optional
        Names of the intervals; ``False`` returns codes from 1. Default: ``"(a,b]"``.
    include_lowest : bool
        Whether the outermost cut point on the open side belongs to its interval.
    right : bool
        Whether intervals are closed on the right.
    dig_lab : int
        Significant digits in the names; more are used when names would coincide.
    ordered_result : bool
        Whether the factor is ordered.

    Returns
    -------
    Series or Categorical, or floats if ``labels=False``
        Values outside all intervals are missing.

    Raises
    ------
    ArgumentError
        If the cut points are not distinct or `labels` has the wrong length.

    Examples
    --------
    >>> from pymediation.r import cut
    >>> cut([1, 5, 9], breaks=[0, 5, 10]).tolist()
    ['(0,5]', '(0,5]', '(5,10]']
    """
    values = numeric_values(x)
    points = _cut_points(values, breaks)
    if len(np.unique(points)) != len(points):
        raise ArgumentError(f"`breaks` must be distinct, got {points.tolist()}.")
    codes = _interval_codes(values, points, include_lowest, right)
    if labels is False:
        return rewrap(np.where(codes < 0, np.nan, codes + 1.0), x)
    names = _interval_names(points, include_lowest, right, dig_lab)
    if labels is not None:
        names = list(labels)
    if len(names) != len(points) - 1:
        raise ArgumentError(f"`labels` has {len(names)} names for {len(points) - 1} intervals.")
    return rewrap(pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(names, ordered_result)), x)


def _cut_points(values: np.ndarray, breaks: Any) -> np.ndarray:
    """Return the sorted cut points; a number of intervals is spread over the range."""
    if not is_scalar(breaks):
        return np.sort(numeric_values(breaks, "breaks"))
    if breaks < 2:
        raise ArgumentError(f"`breaks` must be cut points or a number of intervals from 2 up; got {breaks}.")
    low, high = np.nanmin(values), np.nanmax(values)
    width = high - low
    if width == 0:
        width = abs(low) or 1.0
        return np.linspace(low - width / 1000, high + width / 1000, int(breaks) + 1)
    points = np.linspace(low, high, int(breaks) + 1)
    points[[0, -1]] = low - width / 1000, high + width / 1000
    return points


def _interval_codes(values: np.ndarray, points: np.ndarray, lowest: bool, right: bool) -> np.ndarray:
    """Return the number of each value's interval from 0, -1 outside all of them."""
    codes = np.searchsorted(points, values, side="left" if right else "right") - 1
    if lowest and right:
        codes[values == points[0]] = 0
    elif lowest:
        codes[values == points[-1]] = len(points) - 2
    outside = np.isnan(values) | (codes < 0) | (codes > len(points) - 2)
    return np.where(outside, -1, codes)


def _interval_names(points: np.ndarray, lowest: bool, right: bool, digits: int) -> list[str]:
    """Write the intervals with as many digits as it takes to tell the cut points apart."""
    for precision in range(digits, max(12, digits) + 1):
        text = [f"{point:.{precision}g}" for point in points]
        if len(set(text)) == len(text):
            break
    opening, closing = ("(", "]") if right else ("[", ")")
    names = [f"{opening}{a},{b}{closing}" for a, b in pairwise(text)]
    if lowest and right:
        names[0] = "[" + names[0][1:]
    elif lowest:
        names[-1] = names[-1][:-1] + "]"
    return names
