"""Summary statistics with R's defaults (n - 1, quantiles of type 7, missing values not dropped)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.errors import ArgumentError
from pymediation.r._arrays import numeric_values, rewrap

__all__ = ["cor", "mean", "median", "quantile", "scale", "sd", "var"]

Floats = NDArray[np.float64]

_QUANTILE_METHODS = {
    1: "inverted_cdf",
    2: "averaged_inverted_cdf",
    3: "closest_observation",
    4: "interpolated_inverted_cdf",
    5: "hazen",
    6: "weibull",
    8: "median_unbiased",
    9: "normal_unbiased",
}


class Quantiles(pd.Series):
    """Quantiles by name (``q["25%"]``) or by position (``q[0]``)."""

    @property
    def _constructor(self) -> type[pd.Series]:
        """Let pandas build ordinary Series from this one."""
        return pd.Series

    def __getitem__(self, key: Any) -> Any:
        """Return the quantile at an integer position, or what pandas returns for any other key."""
        if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
            return self.iloc[key]
        return super().__getitem__(key)

    def __float__(self) -> float:  # type: ignore[override]
        """Return the value if there is one only."""
        return float(self.iloc[0]) if len(self) == 1 else float(np.asarray(self))


def _observed(x: Any, na_rm: bool) -> Floats:
    """Return the values, without the missing ones if asked for."""
    values = numeric_values(x).ravel()
    return values[~np.isnan(values)] if na_rm else values


def _mean(values: Floats) -> float:
    """Average in extended precision with a second pass over the residuals, as R does."""
    if values.size == 0:
        return float("nan")
    wide = values.astype(np.longdouble)
    first = wide.sum() / values.size
    if not np.isfinite(first):
        return float(first)
    return float(first + (wide - first).sum() / values.size)


def mean(x: Any, na_rm: bool = False) -> float:
    """Return the arithmetic mean.

    Parameters
    ----------
    x : array_like, shape (n,)
        The values.
    na_rm : bool
        Whether to drop missing values first. If not, one missing value makes the mean NaN, also for a
        pandas Series.

    Returns
    -------
    float
        The mean; NaN if there is no value.

    Examples
    --------
    >>> from pymediation.r import NA, mean
    >>> mean([1, 2, NA]), mean([1, 2, NA], na_rm=True)
    (nan, 1.5)
    """
    return _mean(_observed(x, na_rm))


def median(x: Any, na_rm: bool = False) -> float:
    """Return the median; parameters as for `mean`.

    Examples
    --------
    >>> from pymediation.r import median
    >>> median([3, 1, 2, 10])
    2.5
    """
    values = _observed(x, na_rm)
    return float(np.median(values)) if values.size else float("nan")


def var(x: Any, y: Any = None, na_rm: bool = False) -> Any:
    r"""Return the variance :math:`\sum_i (x_i - \bar x)^2 / (n - 1)`, or covariances.

    Parameters
    ----------
    x : array_like, shape (n,), or DataFrame
        The values; a DataFrame gives the covariance matrix of its columns.
    y : array_like, shape (n,), optional
        If given, the covariance of `x` and `y` is returned.
    na_rm : bool
        Whether to drop rows with missing values first.

    Returns
    -------
    float or DataFrame
        NaN with fewer than two values.

    Examples
    --------
    >>> from pymediation.r import var
    >>> var([1, 2, 3, 4])
    1.6666666666666667
    """
    if isinstance(x, pd.DataFrame):
        return _pairwise(x.dropna() if na_rm else x, lambda a, b: _covariance(a, b))
    first = numeric_values(x).ravel()
    second = first if y is None else numeric_values(y, "y").ravel()
    if na_rm:
        keep = ~(np.isnan(first) | np.isnan(second))
        first, second = first[keep], second[keep]
    return _covariance(first, second)


def sd(x: Any, na_rm: bool = False) -> float:
    """Return the standard deviation with denominator n - 1; parameters as for `mean`.

    Examples
    --------
    >>> from pymediation.r import sd
    >>> sd([1, 2, 3, 4, 5])
    1.5811388300841898
    """
    values = _observed(x, na_rm)
    return float(np.sqrt(_covariance(values, values)))


def _covariance(x: Floats, y: Floats) -> float:
    """Return the covariance with denominator n - 1, summed in extended precision."""
    if len(x) != len(y):
        raise ArgumentError(f"`x` has {len(x)} values and `y` has {len(y)}; they must have as many.")
    if len(x) < 2:
        return float("nan")
    deviations = (x.astype(np.longdouble) - _mean(x)) * (y.astype(np.longdouble) - _mean(y))
    return float(deviations.sum() / (len(x) - 1))


def _pairwise(frame: pd.DataFrame, statistic: Callable[[Floats, Floats], float]) -> pd.DataFrame:
    """Evaluate a symmetric statistic for every pair of columns."""
    columns = [numeric_values(frame[name], name) for name in frame.columns]
    values = [[statistic(a, b) for b in columns] for a in columns]
    return pd.DataFrame(values, index=frame.columns, columns=frame.columns)


def cor(x: Any, y: Any = None, use: str = "everything", method: str = "pearson") -> Any:
    """Return a correlation, or the correlation matrix of a DataFrame.

    Parameters
    ----------
    x : array_like, shape (n,), or DataFrame
        The values.
    y : array_like, shape (n,), optional
        The second variable; needed unless `x` is a DataFrame.
    use : {"everything", "complete.obs", "pairwise.complete.obs"}
        What to do with missing values: a missing correlation, drop rows with any, drop rows pair by pair.
    method : {"pearson", "spearman"}
        Product moment, or the same of the ranks.

    Returns
    -------
    float or DataFrame

    Raises
    ------
    ArgumentError
        If an option is unknown or `y` is missing.

    Examples
    --------
    >>> from pymediation.r import cor
    >>> cor([1, 2, 3], [2, 4, 6])
    1.0
    """
    if use not in ("everything", "complete.obs", "pairwise.complete.obs"):
        raise ArgumentError(
            f"`use` must be 'everything', 'complete.obs' or 'pairwise.complete.obs', not {use!r}."
        )
    if method not in ("pearson", "spearman"):
        raise ArgumentError(f"`method` must be 'pearson' or 'spearman', not {method!r}.")

    def one(a: Floats, b: Floats) -> float:
        return _correlation(a, b, drop=use != "everything", ranks=method == "spearman")

    if isinstance(x, pd.DataFrame):
        return _pairwise(x.dropna() if use == "complete.obs" else x, one)
    if y is None:
        raise ArgumentError("Give both `x` and `y`, or a DataFrame as `x`.")
    return one(numeric_values(x).ravel(), numeric_values(y, "y").ravel())


def _correlation(x: Floats, y: Floats, drop: bool, ranks: bool) -> float:
    """Return one correlation."""
    if len(x) != len(y):
        raise ArgumentError(f"`x` has {len(x)} values and `y` has {len(y)}; they must have as many.")
    keep = ~(np.isnan(x) | np.isnan(y))
    if drop:
        x, y = x[keep], y[keep]
    elif not keep.all():
        return float("nan")
    if ranks:
        from scipy.stats import rankdata

        x, y = rankdata(x), rankdata(y)
    spread = _covariance(x, x) * _covariance(y, y)
    if not spread > 0:
        return float("nan")
    return float(np.clip(_covariance(x, y) / np.sqrt(spread), -1.0, 1.0))


def quantile(
    x: Any,
    probs: Any = (0.0, 0.25, 0.5, 0.75, 1.0),
    na_rm: bool = False,
    names: bool = True,
    type: int = 7,
) -> Any:
    r"""Return sample quantiles, by default of R's type 7.

    Type 7 interpolates the order statistics at position :math:`1 + (n - 1) p`.

    Parameters
    ----------
    x : array_like, shape (n,)
        The values.
    probs : float or sequence of float
        Probabilities in [0, 1].
    na_rm : bool
        Whether to drop missing values first.
    names : bool
        Whether the result carries names such as ``"25%"``.
    type : int
        One of R's nine definitions.

    Returns
    -------
    Series or ndarray, shape (len(probs),)
        ``q["25%"]`` and ``q[0]`` both work, the position counting *from 0*.

    Raises
    ------
    ArgumentError
        If values are missing and `na_rm` is false, or an option is out of range.

    References
    ----------
    Hyndman, R. J. and Fan, Y. (1996). Sample quantiles in statistical packages. The American
    Statistician 50, 361-365.

    Examples
    --------
    >>> from pymediation.r import quantile
    >>> q = quantile([1, 2, 3, 4], [0.25, 0.75])
    >>> float(q[0]), float(q["75%"])
    (1.75, 3.25)
    """
    values = _observed(x, na_rm)
    if np.isnan(values).any():
        raise ArgumentError(
            f"`x` has {int(np.isnan(values).sum())} missing value(s). Use na_rm=TRUE to leave them out."
        )
    levels = np.atleast_1d(np.asarray(probs, dtype=float))
    if not ((levels >= 0) & (levels <= 1)).all():
        raise ArgumentError(f"`probs` must be in [0, 1], got {levels.tolist()}.")
    result = _quantiles(np.sort(values), levels, type)
    if not names:
        return result
    return Quantiles(result, index=[f"{100 * level:.7g}%" for level in levels])


def _quantiles(ordered: Floats, probs: Floats, kind: int) -> Floats:
    """Return quantiles of sorted values by one of the nine definitions."""
    if ordered.size == 0:
        return np.full(probs.shape, np.nan)
    if kind != 7:
        if kind not in _QUANTILE_METHODS:
            raise ArgumentError(f"`type` must be one of 1, ..., 9, not {kind!r}.")
        return np.asarray(np.quantile(ordered, probs, method=_QUANTILE_METHODS[kind]))  # type: ignore[call-overload]
    position = (ordered.size - 1) * probs
    below = np.floor(position + 4 * np.finfo(float).eps).astype(int)
    share = position - below
    share[np.abs(share) < 4 * np.finfo(float).eps] = 0.0
    above = np.minimum(below + 1, ordered.size - 1)
    mixed = (1 - share) * ordered[below] + share * ordered[above]
    return np.where((share == 0) | (ordered[below] == ordered[above]), ordered[below], mixed)


def scale(x: Any, center: Any = True, scale: Any = True) -> Any:
    r"""Centre and standardise columns, as R's ``scale``.

    :math:`z_i = (x_i - \bar x) / s` with :math:`s^2 = \sum_i (x_i - \bar x)^2 / (n - 1)`. Without
    centring, `s` is the root mean square :math:`\sqrt{\sum_i x_i^2 / (n - 1)}`. Missing values are left
    out of both and stay missing.

    Parameters
    ----------
    x : Series, DataFrame or array_like, shape (n,) or (n, k)
        Numeric columns.
    center : bool, float or sequence of k floats
        Subtract the mean (True), nothing (False), or these numbers.
    scale : bool, float or sequence of k floats
        Divide by the spread (True), by nothing (False), or by these numbers.

    Returns
    -------
    same kind and shape as `x`
        A Series or DataFrame keeps its index and names.

    Examples
    --------
    >>> from pymediation.r import scale
    >>> scale([1, 2, 3]).tolist()
    [-1.0, 0.0, 1.0]
    """
    if isinstance(x, pd.DataFrame):
        values = np.column_stack([numeric_values(x[name], str(name)) for name in x.columns])
        return pd.DataFrame(_standardise(values, center, scale), index=x.index, columns=x.columns)
    values = numeric_values(x)
    flat = values[:, None] if values.ndim == 1 else values
    return rewrap(_standardise(flat, center, scale).reshape(values.shape), x)


def _standardise(values: Floats, center: Any, scale: Any) -> Floats:
    """Apply `scale` to the columns of a matrix."""
    observed = [column[~np.isnan(column)] for column in values.T]
    middle = _per_column(center, [_mean(column) for column in observed], "center")
    if middle is not None:
        values = values - middle
        observed = [column - m for column, m in zip(observed, middle, strict=True)]
    spreads = [np.sqrt(np.square(c.astype(np.longdouble)).sum() / max(1, len(c) - 1)) for c in observed]
    spread = _per_column(scale, spreads, "scale")
    return values if spread is None else values / spread


def _per_column(option: Any, computed: Sequence[Any], argument: str) -> Floats | None:
    """Return one number per column: computed ones, none at all, or those given."""
    if isinstance(option, (bool, np.bool_)) or option is None:
        return np.asarray(computed, dtype=float) if option else None
    given = np.atleast_1d(np.asarray(option, dtype=float))
    if len(given) not in (1, len(computed)):
        raise ArgumentError(f"`{argument}` has {len(given)} numbers for {len(computed)} column(s).")
    return np.broadcast_to(given, (len(computed),)).astype(float)
