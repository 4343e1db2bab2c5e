"""The raw columns a formula needs, collected from data and environment into one private frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pymediation.errors import ArgumentTypeError, DataMismatchError, UnknownNameError, did_you_mean
from pymediation.formula.evaluate import MatrixColumns, Scope, is_constant_name
from pymediation.formula.values import read_column

__all__ = ["Gathered", "column_names", "gather"]


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """The columns of the variables of a formula on all rows, what else its names mean, and the row labels."""

    frame: pd.DataFrame
    scope: Scope
    index: pd.Index


def column_names(data: Any) -> list[str] | None:
    """Return the names that ``.`` may stand for, None without data.

    Parameters
    ----------
    data : DataFrame, mapping or None
        The data; in a mapping only arrays count.

    Returns
    -------
    list of str or None
        Names in order.

    Raises
    ------
    ArgumentTypeError
        If `data` is of another type.
    """
    if data is None:
        return None
    if isinstance(data, pd.DataFrame):
        return list(dict.fromkeys(str(name) for name in data.columns.get_level_values(0)))
    if isinstance(data, Mapping):
        return [str(name) for name, values in data.items() if np.ndim(values) > 0]
    raise ArgumentTypeError(
        f"`data` must be a DataFrame, a mapping of arrays or None, not {type(data).__name__}."
    )


def gather(
    names: Iterable[str],
    functions: Iterable[str],
    data: Any,
    environment: Mapping[str, Any] | None,
    source: str,
) -> Gathered:
    """Collect the variables of a formula; columns of `data` go before those of `environment`.

    Parameters
    ----------
    names, functions : iterable of str
        The variables and the functions that are used.
    data : DataFrame, mapping or None
        The data.
    environment : mapping, optional
        Arrays with a value per row, constants and functions.
    source : str
        The formula, for messages.

    Returns
    -------
    Gathered
        The columns, copied.

    Raises
    ------
    UnknownNameError
        If a variable is nowhere.
    DataMismatchError
        If the variables differ in length.
    """
    environment = environment or {}
    known = dict(zip(column_names(data) or [], _labels(data), strict=True))
    collected = _Collector(source)
    if isinstance(data, pd.DataFrame):
        collected.rows, collected.owner, collected.index = len(data), "data", data.index
    for name in names:
        if name in known:
            collected.add(name, _column(data, known[name], name))
        elif name in environment and not callable(environment[name]):
            collected.add(name, environment[name])
        elif not is_constant_name(name):
            _refuse_name(name, source, known, environment)
    used = {name: environment[name] for name in functions if callable(environment.get(name))}
    return collected.result(used)


def _labels(data: Any) -> Sequence[Any]:
    """Return the keys of the columns in `data`, which need not be text."""
    if isinstance(data, pd.DataFrame):
        return list(dict.fromkeys(data.columns.get_level_values(0)))
    return [] if data is None else [name for name, values in data.items() if np.ndim(values) > 0]


def _column(data: Any, label: Any, name: str) -> Any:
    """Return a column of the data."""
    column = data[label]
    if isinstance(column, pd.DataFrame) and isinstance(data, pd.DataFrame) and data.columns.nlevels == 1:
        raise DataMismatchError(f"`data` has {column.shape[1]} columns named {name!r}. Rename all but one.")
    return column


def _refuse_name(name: str, source: str, known: Iterable[str], environment: Mapping[str, Any]) -> None:
    """Raise for a variable that is nowhere."""
    columns = list(known)
    have = f"`data` has the columns {columns}" if columns else "there are no data"
    arrays = [str(key) for key, value in environment.items() if np.ndim(value) > 0 and not callable(value)]
    raise UnknownNameError(
        f"The formula {source!r} names {name!r}, which is neither a column of the data nor a variable given "
        f"besides; {have}.{did_you_mean(name, [*columns, *arrays])}"
    )


class _Collector:
    """Gathers columns of one length."""

    def __init__(self, source: str) -> None:
        """Start without rows; the first variable says how many there are, unless the data do."""
        self.source = source
        self.rows: int | None = None
        self.owner = ""
        self.index: pd.Index | None = None
        self.columns: dict[str, Any] = {}
        self.matrices: dict[str, MatrixColumns] = {}
        self.constants: dict[str, Any] = {}

    def add(self, name: str, values: Any) -> None:
        """Take a variable: a constant, a column or a matrix."""
        dimensions = np.ndim(values)
        if dimensions == 0:
            self.constants[name] = read_column(np.asarray(values), name)
            return
        if dimensions > 2:
            raise ArgumentTypeError(f"{name!r} has {dimensions} dimensions; a variable has one or two.")
        self._check_length(name, values)
        if dimensions == 1:
            typed = values if hasattr(values, "dtype") else pd.Series(list(values))
            self.columns[name] = typed.array if isinstance(typed, pd.Series) else typed
        else:
            self._add_matrix(name, values)

    def _add_matrix(self, name: str, values: Any) -> None:
        """Keep a matrix as plain columns ``name[, 1]``, ``name[, 2]``, ..."""
        labels = tuple(str(label) for label in values.columns) if isinstance(values, pd.DataFrame) else None
        array = np.asarray(values, dtype=np.float64)
        columns = tuple(f"{name}[, {number}]" for number in range(1, array.shape[1] + 1))
        self.columns |= dict(zip(columns, array.T, strict=True))
        self.matrices[name] = MatrixColumns(columns, labels)

    def _check_length(self, name: str, values: Any) -> None:
        """Refuse variables of different lengths."""
        if self.index is None and isinstance(values, (pd.Series, pd.DataFrame)):
            self.index = values.index
        if self.rows is None:
            self.rows, self.owner = len(values), repr(name)
        if len(values) != self.rows:
            raise DataMismatchError(
                f"In {self.source!r} the variable {name!r} has {len(values)} values and {self.owner} has "
                f"{self.rows} rows. Give variables of one length."
            )

    def result(self, functions: Mapping[str, Any]) -> Gathered:
        """Return what was gathered."""
        if self.rows is None:
            raise ArgumentTypeError(
                f"There are no data for {self.source!r}. Give a DataFrame, or arrays for its variables."
            )
        rows = pd.RangeIndex(self.rows)
        frame = pd.DataFrame(self.columns, index=rows, copy=True)
        index = rows if self.index is None else self.index
        return Gathered(frame, Scope(self.matrices, self.constants, functions), index)
