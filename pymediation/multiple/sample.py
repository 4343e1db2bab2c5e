"""The columns of the data as arrays, with everything checked that the regressions take for granted."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.columns import is_factor, levels_of, plain
from pymediation.errors import ArgumentError, ArgumentTypeError, NotEstimableError
from pymediation.multiple.request import MultimedRequest

__all__ = ["Covariates", "Sample", "read_sample"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_SHOWN = 5  # values that a message lists


@dataclass(frozen=True, slots=True, eq=False)
class Covariates:
    """The p columns that covariates have in a design, and which rows have which level.

    Attributes
    ----------
    columns : ndarray, shape (n, p)
        Numbers, and an indicator for every level of a factor but the first.
    names : tuple of str
        Names of the columns.
    numeric : int
        How many of the covariates are numbers.
    levels : tuple of ndarray of bool, shape (n, number of levels)
        For each factor, which level a row has.
    """

    columns: FloatArray
    names: tuple[str, ...]
    numeric: int
    levels: tuple[BoolArray, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The rows that are complete.

    Attributes
    ----------
    y, t, m : ndarray, shape (n,)
        Outcome, treatment (0 or 1) and mediator of interest.
    W : ndarray, shape (n, K)
        Alternative mediators; K is 0 in the parallel design.
    covariates : Covariates
    manipulated : ndarray of bool, shape (n,), or None
        Rows of the experiment in which the mediator was manipulated; None in the single design.
    weights : ndarray, shape (n,), or None
        Case weights.
    dropped : int
        Rows left out for a missing value.
    """

    y: FloatArray
    t: FloatArray
    m: FloatArray
    W: FloatArray
    covariates: Covariates
    manipulated: BoolArray | None
    weights: FloatArray | None
    dropped: int

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.y.size


def read_sample(data: pd.DataFrame, request: MultimedRequest) -> Sample:
    """Read the columns of a request.

    Rows with a missing value in any of the columns named are left out, as in R.

    Parameters
    ----------
    data : DataFrame
    request : MultimedRequest

    Raises
    ------
    ArgumentError, ArgumentTypeError
        A column does not hold what its role asks for.
    NotEstimableError
        No row is complete, or a variable is constant.
    """
    table = data.loc[:, list(request.columns)]
    complete = table.notna().all(axis=1).to_numpy()
    if not complete.any():
        missing = ", ".join(f"{name!r} {int(table[name].isna().sum())}" for name in table.columns)
        msg = f"No row of data has a value in every column named. Missing values, of {len(data)}: {missing}."
        raise NotEstimableError(msg)
    frame = table.loc[complete]
    parallel = request.design == "parallel"
    treat = request.name("treat")
    t = _zero_or_one(frame[treat], "treat")
    manipulated = None
    if parallel:
        experiment = request.name("experiment")
        manipulated = _zero_or_one(frame[experiment], "experiment") == 1
        _check_arms(t, manipulated, treat, experiment)
    alternatives = [_varying(frame[name], "med_alt") for name in request.used.get("med_alt", ())]
    return Sample(
        y=_varying(frame[request.name("outcome")], "outcome"),
        t=t,
        m=_varying(frame[request.name("med_main")], "med_main"),
        W=np.column_stack(alternatives) if alternatives else np.empty((len(frame), 0)),
        covariates=_covariates(frame, request.used.get("covariates", ())),
        manipulated=manipulated,
        weights=_weights(frame[request.name("weight")]) if "weight" in request.used else None,
        dropped=int(np.sum(~complete)),
    )


def _numbers(column: pd.Series, argument: str, accepted: str) -> FloatArray:
    """Return a column as finite numbers; False and True are 0 and 1."""
    real = pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_complex_dtype(column.dtype)
    if not (real or pd.api.types.is_bool_dtype(column.dtype)) or isinstance(
        column.dtype, pd.CategoricalDtype
    ):
        kind = "a factor" if isinstance(column.dtype, pd.CategoricalDtype) else f"of type {column.dtype}"
        msg = (
            f"{argument}={column.name!r} must be {accepted}, but the column is {kind}, with the values "
            f"{_listed(column)}. Convert it, for example by pandas.to_numeric() or by a comparison such as "
            f"(data[{column.name!r}] == value).astype(int)."
        )
        raise ArgumentTypeError(msg)
    values = column.to_numpy(dtype=np.float64)
    infinite = np.flatnonzero(~np.isfinite(values))
    if infinite.size:
        msg = (
            f"{argument}={column.name!r} must be finite, but {infinite.size} of {values.size} values are "
            f"not, the first in row {column.index[infinite[0]]!r} ({values[infinite[0]]:g}). Drop or replace "
            "them."
        )
        raise ArgumentError(msg)
    return values


def _listed(column: pd.Series) -> str:
    """List the values of a column, not too many of them."""
    values = column.unique().tolist()
    with suppress(TypeError):
        values = sorted(values)
    shown = ", ".join(repr(value) for value in values[:_SHOWN])
    return shown if len(values) <= _SHOWN else f"{shown} and {len(values) - _SHOWN} more"


def _varying(column: pd.Series, argument: str) -> FloatArray:
    """Return a numeric column that is not constant."""
    values = _numbers(column, argument, "a column of numbers")
    if np.all(values == values[0]):
        rows = "the one complete row" if values.size == 1 else f"all {values.size} complete rows"
        msg = f"{argument}={column.name!r} is constant ({values[0]:g} in {rows}); it has to vary."
        raise NotEstimableError(msg)
    return values


def _zero_or_one(column: pd.Series, argument: str) -> FloatArray:
    """Return a column of zeros and ones that has both."""
    accepted = "a column of 0 and 1, of both"
    values = _numbers(column, argument, accepted)
    found = np.unique(values)
    if found.size != 2 or found[0] != 0 or found[1] != 1:
        name = column.name
        msg = (
            f"{argument}={name!r} must be {accepted}, but its values in complete rows are {_listed(column)}."
        )
        if found.size == 2:
            msg += f" Recode it, for example as (data[{name!r}] == {plain(found[1])!r}).astype(int)."
        raise ArgumentError(msg)
    return values


def _check_arms(t: FloatArray, manipulated: BoolArray, treat: str, experiment: str) -> None:
    """Refuse an experiment without treated or without control rows."""
    for value in (0, 1):
        rows = t[manipulated == bool(value)]
        if np.all(rows == rows[0]):
            msg = (
                f"In the rows with {experiment} = {value} the treatment {treat!r} is always {rows[0]:g}; "
                "each of the two experiments needs treated and control rows."
            )
            raise NotEstimableError(msg)


def _weights(column: pd.Series) -> FloatArray:
    """Return weights, none of them negative."""
    values = _numbers(column, "weight", "a column of numbers, 0 or more")
    if (values < 0).any():
        row = column.index[int(np.flatnonzero(values < 0)[0])]
        msg = (
            f"weight={column.name!r} must be 0 or more, but {int(np.sum(values < 0))} of {values.size} "
            f"values are negative, the first in row {row!r} ({values.min():g} is the smallest)."
        )
        raise ArgumentError(msg)
    if not values.any():
        raise NotEstimableError(f"weight={column.name!r} is 0 in every row, so that no row is left to fit.")
    return values


def _covariates(frame: pd.DataFrame, names: tuple[str, ...]) -> Covariates:
    """Return the covariates' columns of the design."""
    columns: list[FloatArray] = []
    labels: list[str] = []
    levels: list[BoolArray] = []
    numeric = 0
    for name in names:
        column = frame[name]
        if not is_factor(column):
            columns.append(_numbers(column, "covariates", "numbers, truth values or a factor"))
            labels.append(name)
            numeric += 1
            continue
        found = _levels(column)
        codes = np.asarray(column.to_numpy()[:, np.newaxis] == np.array(found, dtype=object), dtype=bool)
        levels.append(codes)
        columns += list(codes[:, 1:].T.astype(np.float64))
        labels += [f"{name}{level}" for level in found[1:]]
    table = np.column_stack(columns) if columns else np.empty((len(frame), 0))
    return Covariates(table, tuple(labels), numeric, tuple(levels))


def _levels(column: pd.Series) -> list[Any]:
    """Return the levels of a factor that occur, at least two of them."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype) or pd.api.types.is_timedelta64_dtype(column.dtype):
        msg = (
            f"covariates: {column.name!r} must be numbers, truth values or a factor, but it is of type "
            f"{column.dtype}. Convert it to a number, such as days since a date."
        )
        raise ArgumentTypeError(msg)
    found = levels_of(column)
    if len(found) < 2:
        msg = (
            f"covariates: the factor {column.name!r} has one level only in complete rows ({_listed(column)}"
            "); it needs two or more. Leave it out."
        )
        raise NotEstimableError(msg)
    return found
