"""From evaluated factors to the columns of a design matrix, whichever library read the formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.design.base import Term
from pymediation.design.ordering import FormulaOrder, interaction_order
from pymediation.errors import ArgumentError, FormulaError, UnknownNameError, did_you_mean

__all__ = [
    "Block",
    "Coding",
    "CodingTerm",
    "Evaluated",
    "FactorCoding",
    "arrange",
    "assemble",
    "column_of",
    "encode",
    "poly_contrasts",
    "treatment_contrasts",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

_SHOWN = 5  # rows or levels listed in a message


@dataclass(frozen=True, slots=True)
class FactorCoding:
    """What was learnt about one factor.

    Attributes
    ----------
    text : str
        The factor as the library spells it.
    variables : frozenset of str
        Data columns it reads.
    levels : tuple or None
        Levels in order; None for a numeric factor.
    width : int
        Columns of a numeric factor.
    """

    text: str
    variables: frozenset[str]
    levels: tuple[Any, ...] | None = None
    width: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Columns that are products of coded factors; the first factor's columns vary fastest.

    Attributes
    ----------
    factors : tuple of str
        Factors in the order of multiplication.
    widths : tuple of int
        Columns of each coded factor.
    matrices : mapping
        Factor -> coding matrix: a row per level (or per column of a numeric factor of which only some are
        used), a column per column of the coded factor.
    columns : ndarray of int
        Where the columns go in the design matrix.
    scale : float
        Constant multiplier.
    """

    factors: tuple[str, ...]
    widths: tuple[int, ...]
    matrices: Mapping[str, FloatArray]
    columns: IntArray
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class CodingTerm:
    """A term as the library orders and codes it; ``columns`` of its blocks are positions in that order."""

    factors: tuple[str, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Coding:
    """Everything needed to turn evaluated factors into a design matrix in R's column order."""

    names: tuple[str, ...]
    terms: tuple[Term, ...]
    factors: Mapping[str, FactorCoding]
    blocks: tuple[Block, ...]
    permutation: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Evaluated:
    """A factor on n rows: level codes, shape (n,), or numbers, shape (n, width)."""

    values: NDArray[Any]
    ordered: bool = False


def arrange(
    names: Sequence[str],
    terms: Sequence[CodingTerm],
    factors: Mapping[str, FactorCoding],
    order: FormulaOrder,
) -> Coding:
    """Bring the terms of a library into R's order.

    Parameters
    ----------
    names : sequence of str
        Column names in the library's order.
    terms : sequence of CodingTerm
        Terms in the library's order.
    factors : mapping
        Factor text -> what was learnt about it.
    order : FormulaOrder
        The order of the formula.
    """
    sorted_terms: list[Term] = []
    blocks: list[Block] = []
    permutation: list[int] = []
    for i in order.sort_terms([term.factors for term in terms]):
        term, start = terms[i], len(permutation)
        for block in term.blocks:
            here = interaction_order(block.widths, order.sort_factors(block.factors))
            targets = np.empty_like(here)
            targets[here] = len(permutation) + np.arange(here.size)
            blocks.append(replace(block, columns=targets))
            permutation.extend(block.columns[here].tolist())
        in_order = tuple(term.factors[j] for j in order.sort_factors(term.factors))
        sorted_terms.append(Term(":".join(in_order) or "1", in_order, slice(start, len(permutation))))
    permutation_array = np.array(permutation, dtype=np.intp)
    permutation_array.setflags(write=False)
    return Coding(
        tuple(names[j] for j in permutation), tuple(sorted_terms), factors, tuple(blocks), permutation_array
    )


def assemble(
    coding: Coding, evaluated: Mapping[str, Evaluated], n: int, *, default_contrasts: bool = False
) -> FloatArray:
    """Multiply coded factors into the n rows of the design matrix.

    Parameters
    ----------
    coding : Coding
        The recipe, k columns.
    evaluated : mapping
        Factor text -> its values on the n rows.
    n : int
        Number of rows.
    default_contrasts : bool
        Use R's default contrasts for every factor that is coded with contrasts.

    Returns
    -------
    ndarray, shape (n, k)
    """
    out = np.empty((n, len(coding.names)))
    for block in coding.blocks:
        product = np.full((n, 1), block.scale)
        for text in block.factors:
            factor, matrix = evaluated[text], block.matrices.get(text)
            if default_contrasts and matrix is not None and coding.factors[text].levels is not None:
                matrix = _default_coding(matrix, text, ordered=factor.ordered)
            product = _times(product, _coded(factor.values, matrix))
        out[:, block.columns] = product
    return out


def _coded(values: NDArray[Any], matrix: FloatArray | None) -> FloatArray:
    """Apply a coding matrix to level codes or to columns of numbers."""
    if matrix is None:
        return values
    coded: FloatArray = matrix[values] if values.ndim == 1 else values @ matrix
    return coded


def _times(left: FloatArray, right: FloatArray) -> FloatArray:
    """Return all products of a column of `left` and one of `right`, those of `left` varying fastest."""
    if left.shape[1] == 1 or right.shape[1] == 1:
        return left * right
    return (left[:, None, :] * right[:, :, None]).reshape(left.shape[0], -1)


def treatment_contrasts(levels: int) -> FloatArray:
    """Return R's ``contr.treatment``: indicators of all levels but the first, shape (levels, levels - 1)."""
    return np.eye(levels)[:, 1:]


def poly_contrasts(levels: int) -> FloatArray:
    """Return R's ``contr.poly``: orthonormal polynomials of equal spacing, shape (levels, levels - 1)."""
    scores = np.arange(levels) - (levels - 1) / 2
    q, r = np.linalg.qr(np.vander(scores, increasing=True))
    return (q * np.sign(np.diag(r)))[:, 1:]


def _default_coding(matrix: FloatArray, text: str, *, ordered: bool) -> FloatArray:
    """Exchange contrasts for R's default ones; indicators of all levels stay."""
    levels, width = matrix.shape
    if width == levels:
        return matrix
    if width != levels - 1:
        msg = (
            f"{text!r} has {levels} levels coded in {width} columns; R's default contrasts need "
            f"{levels - 1}. Refit with the default contrasts."
        )
        raise FormulaError(msg)
    return poly_contrasts(levels) if ordered else treatment_contrasts(levels)


def column_of(frame: pd.DataFrame, name: str, reader: str) -> pd.Series:
    """Return a column of the data, or raise `UnknownNameError` naming it and the factor that reads it."""
    if name not in frame:
        known = ", ".join(repr(str(column)) for column in frame.columns)
        hint = did_you_mean(name, map(str, frame.columns))
        msg = f"Column {name!r}, which {reader!r} reads, is not in the data; its columns: {known}.{hint}"
        raise UnknownNameError(msg)
    return frame[name]


def encode(factor: FactorCoding, value: Any, frame: pd.DataFrame) -> Evaluated:
    """Check the values of a factor and turn them into codes or numbers.

    Parameters
    ----------
    factor : FactorCoding
        What was learnt about it.
    value : array-like or mapping of array-likes
        Its labels (categorical) or numbers, for the n rows.
    frame : DataFrame
        The n rows, to say where a missing value comes from.

    Raises
    ------
    ArgumentError
        Missing values, values that are not numbers, a wrong number of rows or columns.
    UnknownNameError
        A level that the model was not fitted with.
    """
    if factor.levels is not None:
        codes = _level_codes(factor, value)
        _check_rows(factor, codes.shape[0], frame)
        _refuse_missing(factor, codes < 0, frame)
        dtype = getattr(value, "dtype", None)
        return Evaluated(codes, ordered=isinstance(dtype, pd.CategoricalDtype) and bool(dtype.ordered))
    numbers = _numbers(factor, value)
    _check_rows(factor, numbers.shape[0], frame)
    if numbers.shape[1] != factor.width:
        found = numbers.shape[1]
        msg = f"{factor.text!r} has {found} columns of values; the model was fitted with {factor.width}."
        raise ArgumentError(msg)
    _refuse_missing(factor, np.asarray(np.isnan(numbers).any(axis=1)), frame)
    return Evaluated(numbers)


def _level_codes(factor: FactorCoding, value: Any) -> IntArray:
    """Return the position of each label among the levels; -1 where it is missing."""
    codes, found = pd.factorize(value if isinstance(value, pd.Series | pd.Categorical) else np.ravel(value))
    levels = factor.levels or ()
    position = {level: i for i, level in enumerate(levels)}
    unknown = [label for label in found if label not in position]
    if unknown:
        column = ", ".join(sorted(factor.variables)) or factor.text
        msg = (
            f"Column {column!r}: {_listed(unknown)} is not a level of {factor.text!r}; the model was fitted "
            f"with {_listed(levels, len(levels))}.{did_you_mean(str(unknown[0]), map(str, levels))}"
        )
        raise UnknownNameError(msg)
    table = np.array([position[label] for label in found] + [-1], dtype=np.intp)
    return table[codes]


def _numbers(factor: FactorCoding, value: Any) -> FloatArray:
    """Return numbers as an array of shape (n, width)."""
    if isinstance(value, Mapping):
        columns = [part for key, part in value.items() if not str(key).startswith("__")]
        return np.column_stack([_numbers(factor, part) for part in columns])
    try:
        if isinstance(value, pd.Series | pd.DataFrame):
            numbers = value.to_numpy(dtype=float, na_value=np.nan)
        else:
            numbers = np.asarray(value, dtype=float)
    except (TypeError, ValueError) as error:
        msg = f"{factor.text!r} was numeric when the model was fitted; now its values are not: {error}."
        raise ArgumentError(msg) from error
    return numbers.reshape(-1, 1) if numbers.ndim < 2 else numbers


def _check_rows(factor: FactorCoding, rows: int, frame: pd.DataFrame) -> None:
    """Raise unless a factor has one value per row."""
    if rows != len(frame):
        msg = f"{factor.text!r} has {rows} values for {len(frame)} rows."
        raise ArgumentError(msg)


def _refuse_missing(factor: FactorCoding, missing: NDArray[np.bool_], frame: pd.DataFrame) -> None:
    """Raise for missing values, naming the column they come from."""
    if not missing.any():
        return
    rows = _listed(np.flatnonzero(missing).tolist())
    culprits = [name for name in sorted(factor.variables) if name in frame and frame[name].isna().any()]
    if culprits:
        msg = (
            f"Cannot evaluate {factor.text!r}: column {culprits[0]!r} is missing in row {rows}. Drop or "
            "complete these rows."
        )
    else:
        msg = f"{factor.text!r} is not a number in row {rows}."
    raise ArgumentError(msg)


def _listed(items: Sequence[Any], shown: int = _SHOWN) -> str:
    """Return the first items as text."""
    text = ", ".join(repr(getattr(item, "item", lambda item=item: item)()) for item in items[:shown])
    return text if len(items) <= shown else f"{text}, ... ({len(items)} in all)"
