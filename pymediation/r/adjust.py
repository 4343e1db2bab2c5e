"""P-values adjusted for multiple testing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import ArgumentError
from pymediation.r._arrays import is_scalar, numeric_values, rewrap, text_of

__all__ = ["p_adjust"]

Floats = NDArray[np.float64]

_ADJUSTMENTS = ("holm", "hochberg", "hommel", "bonferroni", "BH", "BY", "fdr", "none")


def p_adjust(p: Any, method: str = "holm", n: int | None = None) -> Any:
    r"""Adjust p-values for multiple testing.

    With the sorted p-values :math:`p_{(1)} \le \dots \le p_{(n)}`: Bonferroni :math:`n p`; Holm
    :math:`\max_{j \le i} (n - j + 1) p_{(j)}`; Hochberg the minimum over :math:`j \ge i` of the same; BH (or
    "fdr") :math:`\min_{j \ge i} n p_{(j)} / j`; BY the same times :math:`\sum_j 1/j`; Hommel by the closure
    of Simes tests. All are capped at 1.

    Parameters
    ----------
    p : array_like, shape (m,)
        The p-values. Missing ones stay missing and do not count.
    method : {"holm", "hochberg", "hommel", "bonferroni", "BH", "BY", "fdr", "none"}
        The procedure.
    n : int, optional
        The number of tests, at least the number of p-values given, which is the default.

    Returns
    -------
    Series or ndarray, shape (m,)
        Adjusted p-values; a Series keeps its index.

    Raises
    ------
    ArgumentError
        If the method is unknown or `n` is too small.

    References
    ----------
    Wright, S. P. (1992). Adjusted p-values for simultaneous inference. Biometrics 48, 1005-1013.

    Examples
    --------
    >>> from pymediation.r import p_adjust
    >>> p_adjust([0.25, 0.5, 1.0], "fdr").tolist()
    [0.75, 0.75, 1.0]
    """
    if method not in _ADJUSTMENTS:
        raise ArgumentError(f"`method` must be one of {', '.join(_ADJUSTMENTS)}, not {text_of(method)!r}.")
    values = np.atleast_1d(numeric_values(p, "p")).astype(float)
    known = ~np.isnan(values)
    count = int(known.sum()) if n is None else int(n)
    if count < known.sum():
        raise ArgumentError(f"`n` is {count}, but there are {int(known.sum())} p-values.")
    result = values.copy()
    if count > 1:
        result[known] = _adjust(values[known], method, count)
    return float(result[0]) if is_scalar(p) else rewrap(result, p)


def _adjust(p: Floats, method: str, n: int) -> Floats:
    """Adjust p-values none of which is missing."""
    if method == "none":
        return p
    if method == "bonferroni":
        return np.minimum(1.0, n * p)
    if method == "hommel":
        return _hommel(p, n)
    order = np.argsort(p, kind="stable")
    rank = np.arange(1, len(p) + 1)
    factor = {"holm": n + 1 - rank, "hochberg": n + 1 - rank}.get(method, n / rank)
    if method == "BY":
        factor = factor * (1.0 / np.arange(1, n + 1)).sum()
    raw = factor * p[order]
    running = np.maximum.accumulate(raw) if method == "holm" else np.minimum.accumulate(raw[::-1])[::-1]
    result = np.empty_like(p)
    result[order] = np.minimum(1.0, running)
    return result


def _hommel(p: Floats, n: int) -> Floats:
    r"""Adjust by Hommel's method: the largest Simes p-value over all sets of tests that hold a test.

    With m tests in the set, the worst set of hypothesis i is itself with the m - 1 largest others.
    """
    padded = np.concatenate([p, np.ones(n - len(p))])
    order = np.argsort(padded, kind="stable")
    ordered = padded[order]
    adjusted = np.full(n, (n * ordered / np.arange(1, n + 1)).min())
    for size in range(n - 1, 1, -1):
        others = ordered[n - size + 1 :]
        simes = (size * others / np.arange(2, size + 1)).min()
        low = slice(0, n - size + 1)
        adjusted[low] = np.maximum(adjusted[low], np.minimum(simes, size * ordered[low]))
        inside = slice(n - size + 1, n)
        adjusted[inside] = np.maximum(adjusted[inside], adjusted[n - size])
    result = np.empty(n)
    result[order] = np.maximum(adjusted, ordered)
    return result[: len(p)]
