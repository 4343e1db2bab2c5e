"""Numbers cut into intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from pymediation.formula.cutting import interval_codes, interval_names, learn_intervals
from pymediation.r._arrays import numeric_values, rewrap

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
    intervals = learn_intervals(values, breaks, lowest=include_lowest, right=right)
    codes = interval_codes(intervals, values)
    if labels is False:
        return rewrap(np.where(codes < 0, np.nan, codes + 1.0), x)
    names = interval_names(intervals, labels, dig_lab)
    return rewrap(pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(list(names), ordered_result)), x)
