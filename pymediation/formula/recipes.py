"""What a design learns about one variable, and the columns it makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import ArgumentError, ArgumentTypeError
from pymediation.formula.contrasts import Contrasts, contrast_columns, default_contrasts, read_contrasts
from pymediation.formula.functions import numbers
from pymediation.formula.nodes import Node
from pymediation.formula.values import (
    Factor,
    Logical,
    Matrix,
    Text,
    Value,
    align_levels,
    as_factor,
    read_column,
)

__all__ = ["Recipe", "learn_recipe", "read_override", "recipe_coding", "recipe_data"]

_TRUTH = ("FALSE", "TRUE")


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """One variable of a formula as the fit has seen it.

    Attributes
    ----------
    text : str
        The variable as R writes it.
    node : Node
        Its expression.
    levels : tuple of str or None
        The levels that occur, None for numbers.
    ordered : bool
        Whether the levels are ordered.
    contrasts : Contrasts
        The contrasts of the fit.
    suffixes : tuple of str
        For numbers what is appended to `text` to name each column.
    """

    text: str
    node: Node
    levels: tuple[str, ...] | None
    ordered: bool
    contrasts: Contrasts
    suffixes: tuple[str, ...]


def learn_recipe(text: str, node: Node, value: Value, contrasts: Any = None) -> Recipe:
    """Learn the levels or columns of a variable from the rows of the fit.

    Parameters
    ----------
    text : str
        The variable as R writes it.
    node : Node
        Its expression.
    value : Value
        Its values, none missing.
    contrasts : str, array_like or Contrasts, optional
        Contrasts to be used instead of the default or those of ``C()``.

    Returns
    -------
    Recipe
        What was learnt.
    """
    default = default_contrasts(False)
    if isinstance(value, (Factor, Text, Logical)):
        ordered = isinstance(value, Factor) and value.ordered
        own = value.contrasts if isinstance(value, Factor) else None
        chosen = own or default_contrasts(ordered)
        if contrasts is not None:
            chosen = read_contrasts(contrasts, text)
        recipe = Recipe(text, node, _levels(value), ordered, chosen, ())
        recipe_coding(recipe, False, False)  # refuses what cannot be coded
        return recipe
    if not isinstance(value, Matrix):
        return Recipe(text, node, None, False, default, ("",))
    count = value.values.shape[1]
    names = value.names or tuple(str(number) for number in range(1, count + 1))
    return Recipe(text, node, None, False, default, names if count > 1 else ("",))


def _levels(value: Factor | Text | Logical) -> tuple[str, ...]:
    """Return the levels that occur; truth values always have both."""
    if isinstance(value, Logical):
        return _TRUTH
    factor = as_factor(value)
    present = np.zeros(len(factor.levels), dtype=bool)
    present[factor.codes[factor.codes >= 0]] = True
    return tuple(level for level, seen in zip(factor.levels, present, strict=True) if seen)


def recipe_coding(recipe: Recipe, full: bool, default: bool) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return the coding of a categorical variable and the suffixes of its columns.

    Parameters
    ----------
    recipe : Recipe
        A recipe with K levels.
    full : bool
        Whether each level has its indicator.
    default : bool
        Whether to use R's default contrasts instead of those of the fit.

    Returns
    -------
    coding : ndarray, shape (K + 1, c)
        A row per level, and a last one of NaN for missing values, whose code is -1.
    suffixes : tuple of str
        What is appended to the variable's name.
    """
    levels = recipe.levels or ()
    if full:
        coding, suffixes = np.eye(len(levels)), levels
    else:
        coding, suffixes = contrast_columns(recipe.contrasts, levels, recipe.text)
        if default:
            width = coding.shape[1]
            chosen = default_contrasts(recipe.ordered)
            coding, suffixes = contrast_columns(chosen, levels, recipe.text)
            if coding.shape[1] != width:
                raise ArgumentError(
                    f"The contrasts of {recipe.text!r} have {width} columns, R's default "
                    f"{coding.shape[1]}; the coefficients cannot be used with `default_contrasts`."
                )
    return np.vstack([coding, np.full(coding.shape[1], np.nan)]), suffixes


def recipe_data(recipe: Recipe, value: Value) -> NDArray[Any]:
    """Return codes of levels, or numbers, of a variable on any rows.

    Parameters
    ----------
    recipe : Recipe
        What was learnt at the fit.
    value : Value
        The variable on the rows.

    Returns
    -------
    ndarray, shape (n,) or (n, c)
        Codes from 0 (-1 where missing) or floats.

    Raises
    ------
    UnknownNameError
        If a level was not there at the fit.
    ArgumentTypeError
        If the variable was numeric at the fit and is not now, or the other way round.
    """
    if recipe.levels is None:
        if isinstance(value, (Factor, Text)):
            raise ArgumentTypeError(
                f"{recipe.text!r} was numeric in the data of the fit and is categorical in these rows; "
                "convert it."
            )
        array = numbers(value)
        if _width(array) != len(recipe.suffixes):
            raise ArgumentTypeError(
                f"{recipe.text!r} had {len(recipe.suffixes)} columns in the data of the fit."
            )
        return array
    if recipe.levels == _TRUTH and isinstance(value, np.ndarray) and np.isin(value, (0.0, 1.0)).all():
        value = Logical(value)
    if isinstance(value, Logical) and recipe.levels == _TRUTH:
        return np.where(np.isnan(value.values), -1, value.values != 0).astype(np.intp)
    return align_levels(value, recipe.levels, recipe.text)


def _width(array: NDArray[Any]) -> int:
    """Return the number of columns."""
    return 1 if array.ndim == 1 else array.shape[1]


def read_override(recipe: Recipe, given: Any, rows: int) -> NDArray[Any]:
    """Return values that a caller gives for a variable, in the form of `recipe_data`.

    Parameters
    ----------
    recipe : Recipe
        What was learnt at the fit.
    given : array_like
        n values or one. For a categorical variable text, booleans and categoricals are labels; numbers
        are codes from 0.
    rows : int
        Number of rows n.

    Returns
    -------
    ndarray, shape (n,) or (n, c)
        Codes or floats.

    Raises
    ------
    ArgumentError
        If there are not n values, or a code is out of range.
    """
    array = given if hasattr(given, "dtype") else np.asarray(given)
    if array.ndim and len(array) != rows:
        raise ArgumentError(f"`values[{recipe.text!r}]` has {len(array)} values for {rows} rows.")
    if recipe.levels is None:
        return _override_numbers(recipe, np.asarray(array, dtype=np.float64), rows)
    value = read_column(array, recipe.text)
    if isinstance(value, np.ndarray):
        codes = np.where(np.isnan(value), -1, value).astype(np.intp)
        if codes.size and (codes.max() >= len(recipe.levels) or codes.min() < -1 or np.any(value % 1 > 0)):
            raise ArgumentError(
                f"`values[{recipe.text!r}]` must be codes 0..{len(recipe.levels) - 1} or labels from "
                f"{list(recipe.levels)}."
            )
    else:
        codes = recipe_data(recipe, _one_dimensional(value))
    return np.broadcast_to(codes, (rows,))


def _one_dimensional(value: Value) -> Value:
    """Turn one label into a column of one."""
    if isinstance(value, (Text, Logical)) and value.values.ndim == 0:
        return type(value)(value.values.reshape(1))  # type: ignore[arg-type]
    return value


def _override_numbers(recipe: Recipe, array: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    """Spread numbers over the rows and check the number of columns."""
    width = len(recipe.suffixes)
    if array.ndim < 2 and width == 1:
        return np.broadcast_to(array, (rows,))
    if array.ndim != 2 or array.shape[1] != width:
        raise ArgumentError(
            f"`values[{recipe.text!r}]` must have shape ({rows}, {width}), not {array.shape}."
        )
    return array
