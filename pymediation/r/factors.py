"""Factors with R's rules, kept as pandas categoricals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pymediation.errors import ArgumentError, UnknownNameError, did_you_mean
from pymediation.formula.text import sort_text
from pymediation.r._arrays import as_categorical, is_factor, is_scalar, rewrap, text_of
from pymediation.warn import warn

__all__ = [
    "as_character",
    "as_factor",
    "as_integer",
    "as_numeric",
    "droplevels",
    "factor",
    "levels",
    "nlevels",
    "ordered",
    "relevel",
]


def factor(
    x: Any,
    levels: Sequence[Any] | None = None,
    labels: Sequence[Any] | None = None,
    ordered: bool | None = None,
) -> Any:
    """Turn values into categories, as R's ``factor``.

    Without `levels` the levels are the distinct values, text sorted as in English (``a B c``, not by
    character code); a factor loses its unused levels. Values that are not among `levels` become missing.
    Levels keep the type of the values: the levels of ``factor([0, 1])`` are the numbers 0 and 1, so that
    ``g == 1`` goes on working.

    Parameters
    ----------
    x : sequence, array or Series, shape (n,)
        The values.
    levels : sequence, optional
        The levels, in order.
    labels : sequence, optional
        New names of the levels, one per level. Two levels with one name are merged.
    ordered : bool, optional
        Whether the order of the levels has a meaning. Default: as `x` has it.

    Returns
    -------
    Series or Categorical
        A Series on the index of `x` if `x` is one, else a Categorical.

    Raises
    ------
    ArgumentError
        If there is not one label per level, or a level is given twice.

    Examples
    --------
    >>> from pymediation.r import factor
    >>> factor(["low", "high", "low"], levels=["low", "high"]).categories.tolist()
    ['low', 'high']
    """
    if ordered is None:
        ordered = bool(is_factor(x) and pd.Categorical(x).ordered)
    chosen = _default_levels(x) if levels is None else list(levels)
    if len(set(chosen)) != len(chosen):
        raise ArgumentError(f"`levels` holds a level twice: {chosen}. Give each level once.")
    values = pd.Categorical(_plain(x, chosen), categories=chosen, ordered=ordered)
    if labels is not None:
        values = _relabel(values, list(labels))
    return rewrap(values, x)


def _default_levels(x: Any) -> list[Any]:
    """Return the levels a factor gets when none are given."""
    if is_factor(x):
        values = pd.Categorical(x)
        used = np.unique(values.codes[values.codes >= 0])
        return [values.categories[code] for code in used]
    found = pd.Series(x).dropna().unique().tolist()
    return sort_text(found) if all(isinstance(value, str) for value in found) else sorted(found)


def _plain(x: Any, levels: list[Any]) -> Any:
    """Return values comparable with `levels`; R compares as text, so text levels of numbers match."""
    values = pd.Series(np.asarray(x) if isinstance(x, pd.Series) else x)
    if all(isinstance(level, str) for level in levels) and levels and not values.dropna().empty:
        return values.map(text_of, na_action="ignore").astype(object)
    return values.astype(object)


def _relabel(values: pd.Categorical, labels: list[Any]) -> pd.Categorical:
    """Rename the categories, merging those that get the same name."""
    if len(labels) != len(values.categories):
        raise ArgumentError(
            f"`labels` has {len(labels)} names for {len(values.categories)} levels "
            f"({values.categories.tolist()}). Give one name per level."
        )
    merged = list(dict.fromkeys(labels))
    new_code = np.array([merged.index(label) for label in labels] + [-1])
    dtype = pd.CategoricalDtype(merged, ordered=bool(values.ordered))
    return pd.Categorical.from_codes(new_code[values.codes], dtype=dtype)


def as_factor(x: Any) -> Any:
    """Return `x` as a factor; one that is a factor already stays as it is, unused levels included.

    Parameters
    ----------
    x : sequence, array or Series, shape (n,)
        The values.

    Returns
    -------
    Series or Categorical
        See `factor`.

    Examples
    --------
    >>> from pymediation.r import as_factor, levels
    >>> levels(as_factor([3, 1, 3]))
    [1, 3]
    """
    return x if is_factor(x) else factor(x)


def ordered(x: Any, levels: Sequence[Any] | None = None, labels: Sequence[Any] | None = None) -> Any:
    """Turn values into ordered categories; parameters and result as for `factor`.

    Examples
    --------
    >>> from pymediation.r import ordered
    >>> bool(ordered(["lo", "hi"], levels=["lo", "hi"]).ordered)
    True
    """
    return factor(x, levels, labels, ordered=True)


def levels(x: Any) -> list[Any]:
    """Return the levels of a factor, in order.

    Parameters
    ----------
    x : Series or Categorical
        A factor.

    Returns
    -------
    list
        The levels; empty if `x` is not a factor (R returns ``NULL``).

    Examples
    --------
    >>> from pymediation.r import factor, levels
    >>> levels(factor(["b", "a"]))
    ['a', 'b']
    """
    return as_categorical(x).categories.tolist() if is_factor(x) else []


def nlevels(x: Any) -> int:
    """Return the number of levels of a factor, 0 if `x` is not one.

    Examples
    --------
    >>> from pymediation.r import factor, nlevels
    >>> nlevels(factor(["b", "a", "b"]))
    2
    """
    return len(levels(x))


def as_numeric(x: Any) -> Any:
    """Return numbers: the codes 1, 2, ... of a factor, the values of anything else.

    Parameters
    ----------
    x : scalar, sequence, array or Series
        A factor gives its codes *from 1*, as in R. Text is read as numbers.

    Returns
    -------
    float, ndarray or Series
        Floats, NaN where missing; a Series keeps its index.

    Warns
    -----
    PymediationWarning
        If text that is not a number became missing.

    Examples
    --------
    >>> from pymediation.r import as_numeric, factor
    >>> as_numeric(factor(["no", "yes", "no"])).tolist()
    [1.0, 2.0, 1.0]
    """
    if is_factor(x):
        codes = as_categorical(x).codes.astype(float)
        return rewrap(np.where(codes < 0, np.nan, codes + 1), x)
    values = pd.Series([x] if is_scalar(x) else np.asarray(x))
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    lost = np.isnan(numbers) & values.notna().to_numpy()
    if lost.any():
        example = values[lost].iloc[0]
        _warn(f"{int(lost.sum())} value(s) are not numbers and became missing, e.g. {example!r}.")
    return float(numbers[0]) if is_scalar(x) else rewrap(numbers, x)


def _warn(message: str) -> None:
    """Warn from two levels up: the caller of the public function."""
    warn(message)


def as_integer(x: Any) -> Any:
    """Return whole numbers: the codes of a factor, other values truncated toward zero.

    Parameters
    ----------
    x : scalar, sequence, array or Series
        As for `as_numeric`.

    Returns
    -------
    int, ndarray or Series
        int64, or floats with NaN if a value is missing.

    Examples
    --------
    >>> from pymediation.r import as_integer
    >>> as_integer([1.9, -1.9]).tolist()
    [1, -1]
    """
    numbers = as_numeric(x)
    whole = np.trunc(np.asarray(numbers))
    if np.isfinite(whole).all():
        whole = whole.astype(np.int64)
    return whole[()] if is_scalar(x) else rewrap(whole, x)


def as_character(x: Any) -> Any:
    """Return text: the labels of a factor, other values as R writes them.

    Parameters
    ----------
    x : scalar, sequence, array or Series
        The values; numbers are written with up to 15 significant digits, ``1.0`` as ``"1"``.

    Returns
    -------
    str, ndarray of object or Series
        Missing values stay missing.

    Examples
    --------
    >>> from pymediation.r import as_character
    >>> as_character([1.0, 0.5]).tolist()
    ['1', '0.5']
    """
    if is_scalar(x):
        return text_of(x)
    values = pd.Series(np.asarray(x)).astype(object).map(text_of, na_action="ignore")
    return rewrap(values.to_numpy(), x)


def relevel(x: Any, ref: Any) -> Any:
    """Make one level of a factor the first, hence the reference of the contrasts.

    Parameters
    ----------
    x : Series or Categorical
        An unordered factor.
    ref : str or int
        The level's name, or as in R its position *from 1*.

    Returns
    -------
    Series or Categorical
        The factor with its levels reordered.

    Raises
    ------
    ArgumentError
        If the factor is ordered, or the position is not one of its levels.
    UnknownNameError
        If there is no level of that name.

    Examples
    --------
    >>> from pymediation.r import factor, levels, relevel
    >>> levels(relevel(factor(["a", "b", "c"]), ref="b"))
    ['b', 'a', 'c']
    """
    values = as_categorical(x)
    if values.ordered:
        raise ArgumentError("relevel() is for unordered factors; `x` is ordered. Use factor(x, levels=...).")
    names = [text_of(level) for level in values.categories]
    if isinstance(ref, (int, np.integer)) and not isinstance(ref, bool):
        if not 1 <= ref <= len(names):
            raise ArgumentError(f"`ref` must be one of the levels {names}, or a position from 1; got {ref}.")
        position = int(ref) - 1
    elif text_of(ref) in names:
        position = names.index(text_of(ref))
    else:
        raise UnknownNameError(f"`ref` = {ref!r} is not one of the levels {names}.{did_you_mean(ref, names)}")
    order = values.categories.tolist()
    order.insert(0, order.pop(position))
    return rewrap(values.reorder_categories(order), x)


def droplevels(x: Any) -> Any:
    """Drop the levels that do not occur, in a factor or in every factor of a DataFrame.

    Parameters
    ----------
    x : Series, Categorical or DataFrame
        What to clean.

    Returns
    -------
    same kind as `x`
        A copy.

    Examples
    --------
    >>> from pymediation.r import droplevels, factor, levels
    >>> levels(droplevels(factor(["a", "b"])[:1]))
    ['a']
    """
    if isinstance(x, pd.DataFrame):
        return x.assign(**{name: droplevels(x[name]) for name in x.columns if is_factor(x[name])})
    return rewrap(as_categorical(x).remove_unused_categories(), x)
