"""What a column of data is: factor or numbers, its levels, and how its values are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.design.expressions import bare_factor
from pymediation.errors import DataMismatchError
from pymediation.fitted import FittedModel

__all__ = [
    "category_codes",
    "coded_as_factor",
    "codes_in",
    "count_differences",
    "is_factor",
    "label_text",
    "levels_of",
    "plain",
    "rows_that_differ",
]

_CODED = re.compile(r"\s*(?:C|factor|as[._]factor|ordered|as[._]ordered)\s*\(")
# Values that differ by less were stored with fewer digits, not observed on someone else.
_SAME = 1e-6


def is_factor(column: pd.Series) -> bool:
    """Whether a column is a factor or text."""
    return isinstance(column.dtype, pd.CategoricalDtype) or not (
        pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype)
    )


def coded_as_factor(model: FittedModel, name: str) -> bool:
    """Whether a model's formula codes a column as a factor, as in ``C(arm)`` or ``factor(arm)``."""
    factors = {factor for term in model.design.terms for factor in term.factors}
    return any(_CODED.match(factor) and bare_factor(factor) == name for factor in factors)


def levels_of(column: pd.Series) -> list[Any]:
    """Return the levels of a column that occur in it: in their order, sorted if it is no factor."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.cat.remove_unused_categories().cat.categories)
    return sorted(column.unique(), key=str if is_factor(column) else None)


def label_text(level: object) -> str:
    """Return the text by which levels are compared: 1, 1.0 and "1" are the same level."""
    if isinstance(level, Real) and not isinstance(level, (bool, np.bool_)):
        return f"{float(level):.15g}"
    return str(level)


def codes_in(column: pd.Series, levels: Sequence[Any]) -> NDArray[np.intp]:
    """Return the place of each value among the levels, compared as text; -1 where it is none of them."""
    places = {label_text(level): place for place, level in enumerate(levels)}
    values, inverse = np.unique(column.map(label_text).to_numpy(dtype=str), return_inverse=True)
    return np.array([places.get(str(value), -1) for value in values], dtype=np.intp)[inverse]


def plain(value: object) -> object:
    """Return a value whose ``repr`` reads well: NumPy scalars as those of Python."""
    return value.item() if isinstance(value, np.generic) else value


def count_differences(left: pd.Series, right: pd.Series) -> int:
    """Count the rows on which two columns differ, numbers by more than rounding."""
    return int(np.sum(rows_that_differ(left, right)))


def rows_that_differ(left: pd.Series, right: pd.Series) -> NDArray[np.bool_]:
    """Return on which rows two columns differ, numbers by more than rounding."""
    if is_factor(left) or is_factor(right):
        return np.asarray(left.astype(str).to_numpy() != right.astype(str).to_numpy())
    a, b = (column.to_numpy(dtype=float) for column in (left, right))
    scale = float(np.max(np.abs(b), initial=0.0))
    return np.asarray(np.abs(a - b) > _SAME * np.maximum(np.abs(b), _SAME * scale))


def category_codes(values: NDArray[Any], categories: tuple[Any, ...]) -> NDArray[np.intp]:
    """Return the code of the category of each value.

    Parameters
    ----------
    values : ndarray, shape (n,)
    categories : tuple of K labels

    Returns
    -------
    ndarray of int, shape (n,)

    Raises
    ------
    DataMismatchError
        A value that is none of the categories.
    """
    codes = pd.Index(categories).get_indexer(pd.Index(values))
    if np.any(codes < 0):
        odd = values[int(np.argmax(codes < 0))]
        msg = f"{odd!r} is not among the categories {', '.join(map(repr, categories))}"
        raise DataMismatchError(msg)
    return np.asarray(codes, dtype=np.intp)
