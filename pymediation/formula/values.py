"""What an expression of a formula evaluates to: numbers, truth values, text, factors or matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.errors import ArgumentTypeError, DataMismatchError, UnknownNameError, did_you_mean
from pymediation.formula.text import level_text, sort_text

if TYPE_CHECKING:
    from pymediation.formula.contrasts import Contrasts

__all__ = [
    "Factor",
    "Logical",
    "Matrix",
    "Text",
    "Value",
    "align_levels",
    "as_factor",
    "blank_out",
    "check_finite",
    "is_missing",
    "read_column",
    "take_rows",
]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """Codes from 0 (-1 where missing) into `levels`."""

    codes: NDArray[np.intp]
    levels: tuple[str, ...]
    ordered: bool = False
    contrasts: Contrasts | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Logical:
    """Truth values as 0, 1 and NaN."""

    values: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """Strings, None where missing."""

    values: NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Several columns of numbers under one name; `names` is None if the columns have none."""

    values: Floats
    names: tuple[str, ...] | None = None


Value: TypeAlias = Floats | Factor | Logical | Text | Matrix
"""Numbers are plain float arrays, of shape () for constants."""


def read_column(values: Any, name: str) -> Value:
    """Convert a column as pandas or NumPy holds it.

    Parameters
    ----------
    values : Series, Categorical, array or scalar
        The column.
    name : str
        What it is called, for messages.

    Returns
    -------
    Value
        Categoricals become factors with their levels as text, booleans truth values, strings text.

    Raises
    ------
    ArgumentTypeError
        If the column holds something a model cannot use, such as dates.
    """
    dtype = getattr(values, "dtype", None)
    if isinstance(dtype, pd.CategoricalDtype):
        codes = np.asarray(pd.Categorical(values).codes, dtype=np.intp)
        return Factor(codes, tuple(level_text(level) for level in dtype.categories), bool(dtype.ordered))
    if dtype is None or np.ndim(values) == 0:
        values = np.asarray(values.item() if hasattr(values, "item") else values)
        dtype = values.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return Logical(_floats(values))
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype):
        return _floats(values)
    if (
        pd.api.types.is_object_dtype(dtype)
        or isinstance(dtype, pd.StringDtype)
        or getattr(dtype, "kind", "") == "U"
    ):
        return _read_objects(values, name)
    raise ArgumentTypeError(
        f"Column {name!r} has type {dtype}; a formula uses numbers, booleans, text and categoricals. "
        "Convert it, dates for example to a number of days."
    )


def _floats(values: Any) -> Floats:
    """Return floats, NaN where missing."""
    if hasattr(values, "to_numpy"):
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
    return np.asarray(values, dtype=np.float64)


def _read_objects(values: Any, name: str) -> Value:
    """Find out what a column of Python objects holds."""
    flat = np.asarray(values, dtype=object)
    kind = pd.api.types.infer_dtype(flat.reshape(-1), skipna=True)
    if kind == "string":
        return Text(blank_out(flat, pd.isna(flat)))
    if kind in ("boolean", "integer", "floating", "mixed-integer-float", "decimal", "empty"):
        numbers = np.where(pd.isna(flat), np.nan, flat).astype(np.float64)
        return Logical(numbers) if kind == "boolean" else numbers
    raise ArgumentTypeError(
        f"Column {name!r} holds Python objects of kind {kind!r}; a formula uses numbers, booleans, text and "
        "categoricals. Convert it to one of these."
    )


def blank_out(text: Any, missing: Any) -> NDArray[np.object_]:
    """Return text with None where it is missing."""
    if not np.any(missing):
        return np.asarray(text, dtype=object)
    kept = np.array(text, dtype=object)
    kept[np.asarray(missing)] = None
    return kept


def is_missing(value: Value) -> NDArray[np.bool_]:
    """Return, by row, whether a value is missing; in a matrix, whether one in the row is."""
    match value:
        case Factor(codes):
            return codes < 0
        case Text(text):
            return np.asarray(pd.isna(text))
        case Logical(numbers):
            return np.isnan(numbers)
        case Matrix(numbers):
            return np.asarray(np.isnan(numbers).any(axis=1))
        case _:
            return np.isnan(value)


def take_rows(value: Value, rows: NDArray[Any]) -> Value:
    """Return the chosen rows of a value."""
    match value:
        case Factor(codes, levels, ordered, contrasts):
            return Factor(codes[rows], levels, ordered, contrasts)
        case Text(text):
            return Text(text[rows])
        case Logical(numbers):
            return Logical(numbers[rows])
        case Matrix(numbers, names):
            return Matrix(numbers[rows], names)
        case _:
            return value[rows]


def as_factor(value: Value) -> Factor:
    """Return a value as a factor, its levels sorted as R sorts them; a factor stays as it is."""
    match value:
        case Factor():
            return value
        case Logical(numbers):
            return as_factor_numbers(numbers, lambda number: "TRUE" if number else "FALSE")
        case Text(text):
            codes, found = pd.factorize(text)
            levels = sort_text(found)
            rank = np.array([levels.index(level) for level in found] + [-1], dtype=np.intp)
            return Factor(rank[codes], tuple(levels))
        case Matrix():
            raise ArgumentTypeError("A matrix cannot become a factor; use one of its columns.")
        case _:
            return as_factor_numbers(value, level_text)


def as_factor_numbers(numbers: Floats, name: Any) -> Factor:
    """Return numbers as a factor with sorted levels; those that are written alike are one level."""
    codes, found = pd.factorize(np.atleast_1d(numbers), sort=True)
    texts = [name(number) for number in found]
    levels = tuple(dict.fromkeys(texts))
    if len(levels) < len(texts):
        codes = np.array([levels.index(text) for text in texts] + [-1])[codes]
    return Factor(np.asarray(codes, dtype=np.intp), levels)


def align_levels(
    value: Value, levels: tuple[str, ...], name: str, *, strict: bool = True
) -> NDArray[np.intp]:
    """Return codes into known `levels`, whatever levels the new rows have themselves.

    Parameters
    ----------
    value : Value
        The new rows.
    levels : tuple of str
        The levels that were learnt.
    name : str
        The factor, for messages.
    strict : bool
        Whether a level that is not known is an error; if not, it is missing.

    Returns
    -------
    ndarray of int, shape (n,)
        Codes from 0, -1 where missing.

    Raises
    ------
    UnknownNameError
        If a level occurs that is not known.
    """
    if isinstance(value, Text):
        codes = pd.Index(levels, dtype=object).get_indexer(pd.Index(value.values))
        strange = (codes < 0) & ~is_missing(value)
        if strict and strange.any():
            _refuse_level(str(value.values[strange][0]), levels, name)
        return np.asarray(codes, dtype=np.intp)
    factor = as_factor(value)
    if factor.levels == levels:
        return factor.codes
    place = {level: code for code, level in enumerate(levels)}
    unknown = -2 if strict else -1
    lookup = np.array([place.get(level, unknown) for level in factor.levels] + [-1], dtype=np.intp)
    codes = lookup[factor.codes]
    if codes.size and codes.min() == -2:
        _refuse_level(factor.levels[factor.codes[codes == -2][0]], levels, name)
    return codes


def _refuse_level(level: str, levels: tuple[str, ...], name: str) -> None:
    """Raise for a level that was not there when the model was fitted."""
    raise UnknownNameError(
        f"{level!r} is not a level of {name!r} in the data of the fit; its levels are {list(levels)}. "
        f"Use one of these.{did_you_mean(level, levels)}"
    )


def check_finite(value: Value, name: str) -> None:
    """Refuse infinite numbers."""
    numbers = value.values if isinstance(value, Matrix) else value
    if isinstance(numbers, np.ndarray) and np.isinf(numbers).any():
        where = np.flatnonzero(np.isinf(numbers).reshape(len(numbers), -1).any(axis=1))
        raise DataMismatchError(
            f"{name!r} is infinite in {len(where)} row(s), first in row {where[0]} of those used. "
            "Remove these rows or make the values missing."
        )
