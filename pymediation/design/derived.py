"""Columns that were computed from the treatment or the mediator, found by their values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.design.smooth_design import SmoothVariable

__all__ = ["follows_order_of", "product_of"]

FloatArray = NDArray[np.float64]

_RTOL = 1e-12  # a stored product differs from one computed again by rounding only
_LARGEST = 3  # followed factors of a product
_FEW = 8  # distinct values from which on an order is no coincidence


@dataclass(frozen=True, slots=True, eq=False)
class _Atom:
    """A possible factor of a product: a column, or the indicator of one of its two values."""

    column: str
    value: Any
    numbers: FloatArray

    @property
    def is_column(self) -> bool:
        """Whether it is the column itself."""
        return self.value is None


def product_of(name: str, frame: pd.DataFrame, follow: Sequence[str]) -> SmoothVariable:
    """Write a column as a product of followed columns and at most one other, if it is one.

    Parameters
    ----------
    name : str
        The column.
    frame : DataFrame
    follow : sequence of str
        Columns (treatment, mediator, control) whose products are looked for. The indicators of the values of
        a two-valued one count as factors too, such as the 1 - t of ``m * (1 - t)``.

    Returns
    -------
    SmoothVariable
        Of the column itself where it is no product.

    Examples
    --------
    >>> frame = pd.DataFrame({"t": [0.0, 1, 1, 0], "m": [2.0, 3, 5, 7]})
    >>> product_of("mc", frame.assign(mc=frame.m * (1 - frame.t)), ["t", "m"])
    SmoothVariable(name='mc', columns=('m',), indicators=(('t', 0.0),))
    """
    if name in follow:
        return SmoothVariable(name, (name,))
    wanted = frame[name].to_numpy(dtype=np.float64)
    atoms = _atoms([column for column in follow if column in frame], frame)
    others = {c: _numbers(frame[c]) for c in frame.columns if c != name and c not in follow}
    found = [
        (len({atom.column for atom in chosen}), other is None, -len(chosen), chosen, other)
        for size in range(1, _LARGEST + 1)
        for chosen in combinations_with_replacement(atoms, size)
        for other in _completions(wanted, chosen, others)
    ]
    if not found:
        return SmoothVariable(name, (name,))
    *_, chosen, other = max(found, key=lambda item: item[:3])
    columns = [atom.column for atom in chosen if atom.is_column] + ([] if other is None else [other])
    return SmoothVariable(
        name, tuple(columns), tuple((atom.column, atom.value) for atom in chosen if not atom.is_column)
    )


def _numbers(column: pd.Series) -> FloatArray | None:
    """Return a column as numbers; None for factors and text."""
    numeric = pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype)
    return column.to_numpy(dtype=np.float64, na_value=np.nan) if numeric else None


def _atoms(follow: Sequence[str], frame: pd.DataFrame) -> list[_Atom]:
    """Return the followed columns, and the indicators of their values that are no such columns."""
    columns = ((column, _numbers(frame[column])) for column in follow)
    atoms = [_Atom(column, None, numbers) for column, numbers in columns if numbers is not None]
    for column in follow:
        values = frame[column].unique().tolist()
        for value in values if len(values) == 2 else ():
            indicator = (frame[column].to_numpy() == value).astype(np.float64)
            if not any(np.array_equal(indicator, atom.numbers) for atom in atoms):
                atoms.append(_Atom(column, value, indicator))
    return atoms


def _completions(
    wanted: FloatArray, chosen: Sequence[_Atom], others: dict[str, FloatArray | None]
) -> Iterable[str | None]:
    """Yield the columns that complete the chosen factors to the column wanted; None if it needs none."""
    product = np.prod([atom.numbers for atom in chosen], axis=0)
    if np.allclose(product, wanted, rtol=_RTOL, atol=0):
        yield None
        return
    if len(chosen) > 1 and len({(atom.column, atom.value) for atom in chosen}) < len(chosen):
        return  # a power, times another column: not looked for
    for name, values in others.items():
        if values is not None and np.allclose(product * values, wanted, rtol=_RTOL, atol=0):
            yield name


def follows_order_of(values: FloatArray, mediator: FloatArray, arms: NDArray[Any]) -> bool:
    """Whether values rise or fall with the mediator, row by row, in each arm in which they vary.

    Parameters
    ----------
    values, mediator : ndarray, shape (n,)
    arms : ndarray, shape (n,)
        The treatment of each row.
    """
    varying = False
    for arm in pd.unique(arms):
        rows = arms == arm
        own, by = values[rows], mediator[rows]
        if np.ptp(own) == 0:
            continue
        order = np.argsort(by, kind="stable")
        steps, moved = np.diff(own[order]), np.diff(by[order]) > 0
        monotone = np.all(steps >= 0) or np.all(steps <= 0)
        if not monotone or np.any(steps[~moved] != 0) or np.unique(own).size < _FEW:
            return False
        varying = True
    return varying
