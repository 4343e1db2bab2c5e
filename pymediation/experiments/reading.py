"""The columns of an experiment: found by name, turned into numbers, and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.errors import (
    ArgumentError,
    ArgumentTypeError,
    NotEstimableError,
    UnknownArgumentError,
    UnknownNameError,
    did_you_mean,
)
from pymediation.setting.options import unknown_arguments
from pymediation.warn import warn

__all__ = ["BINARY", "ENCOURAGEMENT", "Columns", "check_values", "read_columns", "refuse_unknown"]

FloatArray = NDArray[np.float64]

BINARY: Final = (0.0, 1.0)
ENCOURAGEMENT: Final = (-1.0, 0.0, 1.0)
_SHOWN = 6  # values that a message lists
_HOW_READ: Final = {
    "position": "a factor stands for 0, 1, ... in the order of its levels",
    "label": "a factor is read by its labels",
}

# Arguments of functions that take models, and what to say of them here.
_FOREIGN: Final = {
    "weights": "every row counts once",
    "subset": "choose rows of data before the call",
    "na_action": "rows with missing values are left out",
    "family": "there is no model",
}


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The variables of an experiment, rows with missing values left out.

    Attributes
    ----------
    function : str
        The function that reads them, for messages.
    names : mapping of str to str
        Argument -> name of the column.
    values : mapping of str to ndarray, shape (n,)
        Argument -> numbers.
    factors : Literal["position", "label"]
        How factors were read.
    idle : mapping of str to list
        Argument -> levels of a factor that no row has, and that count where levels are read by position.
    """

    function: str
    names: Mapping[str, str]
    values: Mapping[str, FloatArray]
    factors: Literal["position", "label"]
    idle: Mapping[str, list[Any]]

    @property
    def nobs(self) -> int:
        """Rows used."""
        return len(next(iter(self.values.values())))

    def __getitem__(self, argument: str) -> FloatArray:
        """Return the numbers of a variable."""
        return self.values[argument]

    def describe(self, argument: str) -> str:
        """Name a variable in a message."""
        return f"{self.function}: {argument}={self.names[argument]!r}"


def read_columns(
    function: str, data: Any, names: Mapping[str, Any], *, factors: Literal["position", "label"]
) -> Columns:
    """Read the variables of an experiment.

    Rows in which one of them is missing are left out with a warning. Booleans are 0 and 1, text is read as
    numbers.

    Parameters
    ----------
    function : str
        Name of the calling function.
    data : DataFrame
    names : mapping
        Argument -> name of a column.
    factors : {"position", "label"}
        Whether a factor stands for the positions of its levels, from 0, or for the numbers that its labels
        are.

    Raises
    ------
    ArgumentTypeError
        `data` is no data frame, or a name is no text.
    UnknownNameError
        A name is not a column.
    ArgumentError
        A column that is named twice, or has values that are not finite numbers.
    NotEstimableError
        No row is complete.
    """
    chosen = _chosen(function, data, names)
    complete = chosen.notna().all(axis=1).to_numpy()
    if not complete.all():
        gaps = ", ".join(f"{name!r}: {int(n)}" for name, n in chosen.isna().sum().items() if n)
        if not complete.any():
            msg = f"{function}: every row has a missing value ({gaps}); nothing is left to estimate from."
            raise NotEstimableError(msg)
        warn(
            f"NA's in data. Observations with missing data removed: {int((~complete).sum())} of "
            f"{len(chosen)} rows ({gaps})."
        )
    used = chosen.loc[complete]
    if used.empty:
        raise NotEstimableError(f"{function}: data has no rows.")
    idle = {argument: _idle_levels(used[name]) for argument, name in names.items()}
    read = Columns(function, dict(names), {}, factors, idle)
    values = {argument: _numbers(used[name], read, argument) for argument, name in names.items()}
    return replace(read, values=values)


def refuse_unknown(function: str, unknown: Mapping[str, object], known: tuple[str, ...]) -> None:
    """Refuse arguments that do not exist.

    Raises
    ------
    UnknownArgumentError
        It suggests the closest one.
    """
    for name in unknown:
        if name in _FOREIGN:
            raise UnknownArgumentError(f"{function}() has no argument {name!r}: {_FOREIGN[name]}.")
    unknown_arguments(unknown, known, function=function, models="data")


def check_values(columns: Columns, allowed: Mapping[str, tuple[float, ...]]) -> None:
    """Refuse variables that take other values than these, or not all of them.

    Raises
    ------
    ArgumentError
        It names the column, the values found and the values allowed.
    """
    for argument, accepted in allowed.items():
        found = np.unique(columns[argument])
        if found.tolist() == list(accepted):
            continue
        wanted = f"{', '.join(f'{value:g}' for value in accepted[:-1])} and {accepted[-1]:g}"
        only = " only" if np.isin(found, accepted).all() else ""
        msg = (
            f"{columns.describe(argument)} must take exactly the values {wanted}, each at least once; it "
            f"takes {_listed([f'{value:g}' for value in found])}{only} ({_HOW_READ[columns.factors]})."
        )
        if columns.idle[argument] and columns.factors == "position":
            idle = _listed([repr(level) for level in columns.idle[argument]])
            msg += f" No row has {idle}, which counts as a level: use .cat.remove_unused_categories()."
        raise ArgumentError(msg)


def _chosen(function: str, data: Any, names: Mapping[str, Any]) -> pd.DataFrame:
    """Return the named columns."""
    if not isinstance(data, pd.DataFrame):
        msg = f"{function}: data must be a pandas DataFrame; got {type(data).__name__}."
        raise ArgumentTypeError(msg)
    for argument, name in names.items():
        if not isinstance(name, str):
            msg = f"{function}: {argument} must be the name of a column of data; got {name!r}."
            raise ArgumentTypeError(msg)
        if name not in data.columns:
            hint = did_you_mean(name, map(str, data.columns))
            msg = (
                f"{function}: {argument}={name!r} is not a column of data.{hint} It has "
                f"{_listed([repr(column) for column in data.columns])}."
            )
            raise UnknownNameError(msg)
        if isinstance(data[name], pd.DataFrame):
            raise ArgumentError(f"{function}: {argument}={name!r} is the name of several columns of data.")
    repeated = [name for name in names.values() if list(names.values()).count(name) > 1]
    if repeated:
        of = " and ".join(argument for argument, name in names.items() if name == repeated[0])
        raise ArgumentError(f"{function}: {of} name the same column, {repeated[0]!r}. Each needs its own.")
    return data[list(names.values())]


def _idle_levels(column: pd.Series) -> list[Any]:
    """Return the levels of a factor that do not occur."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return []
    levels = column.cat.categories
    return levels[np.bincount(column.cat.codes, minlength=len(levels)) == 0].tolist()


def _numbers(column: pd.Series, read: Columns, argument: str) -> FloatArray:
    """Return the values of a column without gaps as numbers."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        if read.factors == "position":
            return np.asarray(column.cat.codes, dtype=np.float64)
        column = column.astype(column.cat.categories.dtype)
    try:
        numbers = _converted(column)
    except (TypeError, ValueError):
        odd = column if column.dtype.kind in "mMc" else column[pd.to_numeric(column, errors="coerce").isna()]
        msg = (
            f"{read.describe(argument)} must hold numbers; it has "
            f"{_listed(list(dict.fromkeys(map(repr, odd))))} ({_HOW_READ[read.factors]}, text as numbers)."
        )
        raise ArgumentError(msg) from None
    if not np.isfinite(numbers).all():
        count = int((~np.isfinite(numbers)).sum())
        raise ArgumentError(f"{read.describe(argument)} has {count} infinite values; it must be finite.")
    return numbers


def _converted(column: pd.Series) -> FloatArray:
    """Convert a column to numbers; dates, which pandas would count in nanoseconds, are none."""
    if column.dtype.kind in "mMc":
        raise TypeError
    return pd.to_numeric(column).to_numpy(dtype=np.float64)


def _listed(texts: list[str]) -> str:
    """List texts, not too many of them."""
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more
