"""Tables of data: loading, building, subsetting, missing rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pymediation.errors import ArgumentError, UnknownNameError, did_you_mean
from pymediation.r._arrays import is_factor, is_scalar, numeric_values

__all__ = [
    "complete_cases",
    "data",
    "data_frame",
    "head",
    "is_na",
    "na_omit",
    "ncol",
    "nrow",
    "subset",
    "table",
    "tail",
]

# Tables of R's package that are not bundled with this one, and where they are.
_NOT_BUNDLED = ("student", "school")
_ELSEWHERE = (
    " R's {0!r} is not bundled: with statsmodels, get_rdataset({0!r}, 'mediation').data downloads it."
)


def data(name: str, package: str = "mediation") -> pd.DataFrame:
    """Return a data set of the package.

    R puts the data set into the caller's workspace; here it is returned: ``framing = data("framing")``.

    Parameters
    ----------
    name : str
        ``"framing"``, ``"jobs"``, ``"boundsdata"`` or ``"CEDdata"``.
    package : str
        Accepted as in R's ``data("framing", package = "mediation")``; not used.

    Returns
    -------
    DataFrame
        A fresh copy, factors as Categoricals with R's levels.

    Raises
    ------
    UnknownNameError
        If there is no data set of that name.

    Examples
    --------
    >>> from pymediation.r import data
    >>> data("framing").shape
    (265, 15)
    """
    from pymediation import datasets

    loaders = {n.removeprefix("load_"): getattr(datasets, n) for n in dir(datasets) if n.startswith("load_")}
    if name not in loaders:
        elsewhere = _ELSEWHERE.format(name) if name in _NOT_BUNDLED else did_you_mean(name, loaders)
        raise UnknownNameError(
            f"There is no data set {name!r}, only {', '.join(sorted(loaders))}.{elsewhere}"
        )
    return loaders[name]()


def data_frame(*args: Mapping[str, Any], **columns: Any) -> pd.DataFrame:
    """Build a DataFrame from columns; shorter ones are recycled.

    Parameters
    ----------
    *args : mapping or DataFrame
        Columns whose names are not Python names, e.g. ``{"body.mass": x}``.
    **columns : scalar or array_like
        Columns by name.

    Returns
    -------
    DataFrame
        Indexed by the first column given that has an index, else 0, 1, ...

    Raises
    ------
    ArgumentError
        If a length does not divide the number of rows.

    Examples
    --------
    >>> from pymediation.r import data_frame
    >>> data_frame(x=[1, 2], g="a").to_numpy().tolist()
    [[1, 'a'], [2, 'a']]
    """
    given: dict[str, Any] = {}
    for table in args:
        given |= {str(name): table[name] for name in table}
    given |= columns
    sizes = {name: 1 if is_scalar(value) else len(value) for name, value in given.items()}
    rows = max(sizes.values(), default=0)
    uneven = [name for name, size in sizes.items() if size == 0 or rows % size]
    if uneven:
        raise ArgumentError(f"Columns of {rows} rows are needed; {uneven[0]!r} has {sizes[uneven[0]]}.")
    indexed = [v.index for v in given.values() if isinstance(v, pd.Series) and len(v) == rows]
    index = indexed[0] if indexed else pd.RangeIndex(rows)
    return pd.DataFrame({name: _column(value, rows) for name, value in given.items()}, index=index)


def _column(value: Any, rows: int) -> Any:
    """Return a column of the right length, by position."""
    if is_factor(value):
        values = pd.Categorical(value)
        return values.take(np.resize(np.arange(len(values)), rows))
    if is_scalar(value):
        return [value] * rows
    column = pd.Series(value).array
    return column if len(column) == rows else column.take(np.resize(np.arange(len(column)), rows))


def subset(x: pd.DataFrame, subset: Any = None, select: Sequence[str] | str | None = None) -> pd.DataFrame:
    """Return the rows that meet a condition and the columns asked for.

    Parameters
    ----------
    x : DataFrame, n rows
        The data.
    subset : array_like of bool, shape (n,), optional
        The condition, e.g. ``d.age > 30``; rows where it is missing are dropped.
    select : str or sequence of str, optional
        Columns; a leading ``"-"`` leaves a column out.

    Returns
    -------
    DataFrame

    Raises
    ------
    UnknownNameError
        If a column does not exist.

    Examples
    --------
    >>> import pandas as pd
    >>> from pymediation.r import subset
    >>> d = pd.DataFrame({"x": [1, 2], "y": [3, 4]})
    >>> subset(d, d.x > 1, "y").to_numpy().tolist()
    [[4]]
    """
    if subset is not None:
        x = x[numeric_values(subset, "subset").ravel() == 1]
    if select is None:
        return x
    wanted = [select] if isinstance(select, str) else list(select)
    dropped = [name[1:] for name in wanted if name.startswith("-") and name not in x.columns]
    kept = [name for name in wanted if name[1:] not in dropped]
    for name in (*kept, *dropped):
        if name not in x.columns:
            raise UnknownNameError(f"`select`: there is no column {name!r}.{did_you_mean(name, x.columns)}")
    return x[kept] if kept else x.drop(columns=dropped)


def is_na(x: Any) -> Any:
    """Tell which values are missing.

    Examples
    --------
    >>> from pymediation.r import NA, is_na
    >>> is_na([1, NA]).tolist()
    [False, True]
    """
    return pd.isna(np.asarray(x, dtype=object) if isinstance(x, (list, tuple)) else x)


def complete_cases(*args: Any) -> Any:
    """Tell which rows have no missing value in any of the arguments.

    Parameters
    ----------
    *args : DataFrame, Series or array_like
        Variables or tables of one length n.

    Returns
    -------
    Series or ndarray of bool, shape (n,)
        A Series if the first argument has an index, ready for ``d[complete_cases(d)]``.

    Raises
    ------
    ArgumentError
        If the lengths differ or nothing is given.

    Examples
    --------
    >>> import pandas as pd
    >>> from pymediation.r import NA, complete_cases
    >>> complete_cases(pd.DataFrame({"x": [1, NA], "y": [3, 4]})).tolist()
    [True, False]
    """
    if not args:
        raise ArgumentError("complete_cases() needs at least one variable or DataFrame.")
    tables = [pd.DataFrame(arg).isna().to_numpy() for arg in args]
    if len({len(table) for table in tables}) > 1:
        raise ArgumentError(f"All arguments must have as many rows; they have {[len(t) for t in tables]}.")
    complete = ~np.column_stack(tables).any(axis=1)
    index = getattr(args[0], "index", None)
    return pd.Series(complete, index=index) if isinstance(index, pd.Index) else complete


def na_omit(object: Any) -> Any:
    """Drop the rows that have a missing value; the index of the others stays.

    Parameters
    ----------
    object : DataFrame, Series or array_like
        The data.

    Returns
    -------
    same kind as `object`

    Examples
    --------
    >>> import pandas as pd
    >>> from pymediation.r import NA, na_omit
    >>> na_omit(pd.DataFrame({"x": [1, NA, 3]})).index.tolist()
    [0, 2]
    """
    if isinstance(object, (pd.DataFrame, pd.Series)):
        return object.dropna()
    return np.asarray(object)[np.asarray(complete_cases(object))]


def nrow(x: Any) -> int | None:
    """Return the number of rows of a table, None for a vector.

    Examples
    --------
    >>> import numpy as np
    >>> from pymediation.r import ncol, nrow
    >>> nrow(np.ones((3, 2))), ncol(np.ones((3, 2)))
    (3, 2)
    """
    shape = np.shape(x)
    return shape[0] if len(shape) > 1 else None


def ncol(x: Any) -> int | None:
    """Return the number of columns of a table, None for a vector; see `nrow`."""
    shape = np.shape(x)
    return shape[1] if len(shape) > 1 else None


def head(x: Any, n: int = 6) -> Any:
    """Return the first `n` rows or elements, or all but the last ``-n``.

    Examples
    --------
    >>> from pymediation.r import head, tail
    >>> head([1, 2, 3], 2), head([1, 2, 3], -2), tail([1, 2, 3], 2)
    ([1, 2], [1], [2, 3])
    """
    rows = slice(None, n)
    return x.iloc[rows] if hasattr(x, "iloc") else x[rows]


def tail(x: Any, n: int = 6) -> Any:
    """Return the last `n` rows or elements, or all but the first ``-n``; see `head`."""
    size = len(x)
    rows = slice(max(0, size - n) if n >= 0 else min(size, -n), None)
    return x.iloc[rows] if hasattr(x, "iloc") else x[rows]


def table(x: Any, y: Any = None) -> Any:
    """Count the values of a variable, or the pairs of values of two; missing ones are left out.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Factors count their unused levels too.

    Returns
    -------
    Series or DataFrame
        Counts by sorted value (rows: `x`, columns: `y`).

    Examples
    --------
    >>> from pymediation.r import table
    >>> table(["b", "a", "b"]).to_dict()
    {'a': 1, 'b': 2}
    """
    rows = pd.Categorical(x)
    if y is None:
        return pd.Series(rows).value_counts(sort=False)
    columns = pd.Categorical(y)
    known = (rows.codes >= 0) & (columns.codes >= 0)
    counts = np.zeros((len(rows.categories), len(columns.categories)), dtype=np.int64)
    np.add.at(counts, (rows.codes[known], columns.codes[known]), 1)
    return pd.DataFrame(counts, index=rows.categories, columns=columns.categories)
