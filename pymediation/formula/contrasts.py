"""How a factor becomes columns: R's contrasts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import ArgumentError, FormulaError, did_you_mean
from pymediation.formula.polynomials import learn_poly, poly_columns

__all__ = ["Contrasts", "contrast_columns", "contrast_name", "default_contrasts", "read_contrasts"]

Floats = NDArray[np.float64]
Coding = tuple[Floats, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Contrasts:
    """A contrast by its name, or by its matrix.

    Attributes
    ----------
    name : str
        ``"treatment"``, ``"SAS"``, ``"sum"``, ``"helmert"``, ``"poly"`` or ``"matrix"``.
    base : int
        For treatment contrasts the reference level, from 1.
    rows : tuple of tuple of float, optional
        For a matrix its rows, one per level.
    labels : tuple of str, optional
        For a matrix the names of its columns.
    size : int, optional
        The number of levels it was written for: 3 for ``contr.sum(3)``.
    numbered : bool
        Whether treatment contrasts name their columns by number: R does where it was called.
    """

    name: str
    base: int = 1
    rows: tuple[tuple[float, ...], ...] | None = None
    labels: tuple[str, ...] | None = None
    size: int | None = None
    numbered: bool = False


def default_contrasts(ordered: bool) -> Contrasts:
    """Return R's default: polynomials for ordered factors, else treatment contrasts."""
    return Contrasts("poly" if ordered else "treatment")


def contrast_name(text: str) -> str | None:
    """Return the contrast a text such as ``"contr.sum"`` or ``"sum"`` names, None if none."""
    short = text.removeprefix("contr.").removeprefix("contr_")
    return short if short in _CODINGS else None


def read_contrasts(given: Any, owner: str) -> Contrasts:
    """Read a contrast given by name or as a matrix (levels by columns).

    Parameters
    ----------
    given : str, array_like or Contrasts
        What was given; a DataFrame also names the columns.
    owner : str
        The factor it is for.

    Returns
    -------
    Contrasts
        The contrast.

    Raises
    ------
    ArgumentError
        If the name is unknown or the array is not a matrix.
    """
    if isinstance(given, Contrasts):
        return given
    if isinstance(given, str):
        name = contrast_name(given)
        if name is None:
            known = [f"contr.{name}" for name in _CODINGS]
            raise ArgumentError(
                f"{given!r} is not a contrast for {owner!r}; the contrasts are {known}, or give a matrix."
                f"{did_you_mean(given, known)}"
            )
        return Contrasts(name)
    matrix = np.asarray(given, dtype=np.float64)
    if matrix.ndim != 2:
        raise ArgumentError(f"Contrasts for {owner!r} must be a name or a matrix with a row per level.")
    labels = tuple(str(name) for name in given.columns) if hasattr(given, "columns") else None
    return Contrasts("matrix", rows=tuple(map(tuple, matrix.tolist())), labels=labels)


def contrast_columns(contrasts: Contrasts, levels: tuple[str, ...], owner: str) -> Coding:
    """Return the matrix of a contrast and the suffixes of its columns.

    Parameters
    ----------
    contrasts : Contrasts
        The contrast.
    levels : tuple of str
        The K levels.
    owner : str
        The factor, for messages.

    Returns
    -------
    coding : ndarray, shape (K, c)
        Row k is what level k contributes to the columns.
    suffixes : tuple of str
        What is appended to the factor's name, by column.

    Raises
    ------
    FormulaError
        If there are fewer than two levels, or the matrix or reference does not fit them.
    """
    if len(levels) < 2:
        found = f"only the level {levels[0]!r}" if levels else "no level"
        raise FormulaError(
            f"{owner!r} has {found} in the rows used. A factor needs at least two levels; remove it from the "
            "formula."
        )
    size = contrasts.size if contrasts.rows is None else len(contrasts.rows)
    if size not in (None, len(levels)):
        raise FormulaError(
            f"The contrasts of {owner!r} are for {size} levels; the factor has {len(levels)}: {list(levels)}."
        )
    if contrasts.rows is not None:
        matrix = np.array(contrasts.rows, dtype=np.float64)
        return matrix, contrasts.labels or _numbers(matrix.shape[1])
    if not 1 <= contrasts.base <= len(levels):
        raise FormulaError(f"base={contrasts.base} is not one of the {len(levels)} levels of {owner!r}.")
    names = _numbers(len(levels)) if contrasts.numbered else levels
    return _CODINGS[contrasts.name](names, contrasts.base)


def _numbers(count: int) -> tuple[str, ...]:
    """Return the suffixes 1, 2, ..."""
    return tuple(str(number) for number in range(1, count + 1))


def _treatment(levels: tuple[str, ...], base: int) -> Coding:
    """Code each level but the reference by an indicator."""
    kept = [code for code in range(len(levels)) if code != base - 1]
    return np.eye(len(levels))[:, kept], tuple(levels[code] for code in kept)


def _sas(levels: tuple[str, ...], base: int) -> Coding:
    """Treatment contrasts with the last level as reference."""
    return _treatment(levels, len(levels))


def _sum(levels: tuple[str, ...], base: int) -> Coding:
    """Deviations from the mean of the levels; the last level is minus all others."""
    count = len(levels) - 1
    return np.vstack([np.eye(count), np.full(count, -1.0)]), _numbers(count)


def _helmert(levels: tuple[str, ...], base: int) -> Coding:
    """Each level against the mean of those before it."""
    count = len(levels) - 1
    coding = np.triu(np.full((count + 1, count), -1.0))
    coding[np.arange(1, count + 1), np.arange(count)] = np.arange(1, count + 1)
    return coding, _numbers(count)


def _poly(levels: tuple[str, ...], base: int) -> Coding:
    """Orthonormal polynomials in the number of the level."""
    scores = np.arange(1.0, len(levels) + 1)
    names = [".L", ".Q", ".C", *(f"^{degree}" for degree in range(4, len(levels)))]
    coding = poly_columns(learn_poly(scores, len(levels) - 1), scores)
    return coding, tuple(names[: len(levels) - 1])


_CODINGS: Final[dict[str, Callable[[tuple[str, ...], int], Coding]]] = {
    "treatment": _treatment,
    "SAS": _sas,
    "sum": _sum,
    "helmert": _helmert,
    "poly": _poly,
}
