"""Rows of data from wherever they are: a data frame, an iterator of them, Dask, or Parquet by pyarrow."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.columns import is_factor, plain
from pymediation.errors import ArgumentError, ArgumentTypeError, UnknownNameError, did_you_mean

__all__ = ["USED_UP", "UsedUp", "evenly", "frames_of", "kept", "like", "refuse_rows", "weights_of"]

FloatArray = NDArray[np.float64]

_ACCEPTED = (
    "a DataFrame, an iterator of DataFrames, a Dask DataFrame, a pyarrow Table or Dataset, or the path of a "
    "Parquet file or folder (or a list of paths)"
)


@dataclass(frozen=True, slots=True)
class UsedUp:
    """In the place of an iterator in the record of a call: it has been read, and cannot be read again."""


USED_UP = UsedUp()


def kept(newdata: Any) -> Any:
    """Return what the record of a call keeps of rows that it read."""
    return USED_UP if isinstance(newdata, Iterator) else newdata


def frames_of(newdata: Any, columns: list[str]) -> Iterator[pd.DataFrame]:
    """Yield the rows as data frames with the columns wanted, one after the other.

    Parameters
    ----------
    newdata : DataFrame, iterable of DataFrames, Dask DataFrame, pyarrow Table or Dataset, path or paths
        Only a part of it is in memory at a time.
    columns : list of str

    Raises
    ------
    ArgumentTypeError
        It is nothing of the kind.
    UnknownNameError
        A column does not exist.
    """
    if isinstance(newdata, UsedUp):
        msg = (
            "The newdata of this analysis was an iterator, which has been read to its end. Call mediate() "
            "again with a new one, or with a DataFrame, a Dask DataFrame or a Parquet dataset, which can be "
            "read again."
        )
        raise ArgumentError(msg)
    if isinstance(newdata, (str, os.PathLike)) or _paths(newdata):
        newdata = _parquet(newdata)
    for frame in _parts(newdata, columns):
        if not isinstance(frame, pd.DataFrame):
            raise ArgumentTypeError(f"newdata must be {_ACCEPTED}; an item of it is {_shown(frame)}.")
        yield _selected(frame, columns)


def _paths(newdata: object) -> bool:
    """Whether it is a list of paths."""
    return (
        isinstance(newdata, list)
        and bool(newdata)
        and all(isinstance(item, (str, os.PathLike)) for item in newdata)
    )


def _parts(newdata: Any, columns: list[str]) -> Iterator[Any]:
    """Yield the parts that the rows come in."""
    if isinstance(newdata, pd.DataFrame):
        yield newdata
    elif hasattr(newdata, "partitions") and hasattr(newdata, "npartitions"):  # Dask
        chosen = newdata[_existing(newdata.columns, columns)]
        for place in range(chosen.npartitions):
            yield chosen.partitions[place].compute()
    elif any(hasattr(newdata, name) for name in ("to_batches", "iter_batches")):  # pyarrow
        yield from (batch.to_pandas() for batch in _batches(newdata, columns))
    elif hasattr(newdata, "to_pandas"):  # a record batch
        yield _frame(newdata, columns)
    elif isinstance(newdata, Iterable) and not isinstance(newdata, (bytes, dict)):
        yield from (_frame(part, columns) for part in newdata)
    else:
        raise ArgumentTypeError(f"newdata must be {_ACCEPTED}; got {_shown(newdata)}.")


def _frame(part: Any, columns: list[str]) -> Any:
    """Return a part of the rows as a data frame: a table or record batch without what is not wanted."""
    if not hasattr(part, "to_pandas"):
        return part
    names = getattr(getattr(part, "schema", None), "names", None)
    return (part.select(_existing(names, columns)) if isinstance(names, list) else part).to_pandas()


def _batches(newdata: Any, columns: list[str]) -> Iterable[Any]:
    """Return the record batches of a pyarrow table, dataset or file, of the columns wanted."""
    batches: Iterable[Any]
    if hasattr(newdata, "iter_batches"):  # a file
        batches = newdata.iter_batches(columns=_existing(newdata.schema_arrow.names, columns))
    elif hasattr(newdata, "scanner"):  # a dataset reads no more than it is asked for
        batches = newdata.to_batches(columns=_existing(newdata.schema.names, columns))
    elif hasattr(newdata, "select"):  # a table
        batches = newdata.select(_existing(newdata.schema.names, columns)).to_batches()
    else:
        batches = newdata.to_batches()
    return batches


def _parquet(path: Any) -> Any:
    """Return the Parquet dataset at a path, or at several; folders named ``column=value`` are columns."""
    try:
        from pyarrow import dataset
    except ImportError as error:
        msg = f"newdata={str(path)!r} is read by pyarrow, which is not installed: pip install pyarrow."
        raise ArgumentError(msg) from error
    try:
        return dataset.dataset(path, format="parquet", partitioning="hive")
    except (OSError, ValueError) as error:
        raise ArgumentError(f"newdata={str(path)!r} cannot be read as Parquet: {error}.") from error


def _existing(found: Iterable[Any], columns: list[str]) -> list[str]:
    """Return the columns wanted after requiring that they exist."""
    names = [str(name) for name in found]
    for name in columns:
        if name not in names:
            msg = (
                f"newdata has no column {name!r}, which the analysis reads; it has "
                f"{', '.join(map(repr, names)) or 'no columns at all'}.{did_you_mean(name, names)}"
            )
            raise UnknownNameError(msg)
    return columns


def _selected(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return the columns wanted."""
    return frame[_existing(frame.columns, columns)]


def _shown(thing: object) -> str:
    """Say what was given."""
    return (
        f"{thing!r}" if isinstance(thing, (int, float, str, type(None))) else f"a {type(thing).__qualname__}"
    )


def evenly(frames: Iterable[pd.DataFrame], rows: int) -> Iterator[pd.DataFrame]:
    """Cut rows into blocks of one size, however they come, so that results do not depend on that.

    Parameters
    ----------
    frames : iterable of DataFrames
    rows : int
        Rows of all blocks but the last, which may be shorter.
    """
    waiting: list[pd.DataFrame] = []
    count = 0
    for frame in frames:
        start = 0
        while len(frame) - start >= rows - count:
            waiting.append(frame.iloc[start : start + rows - count])
            start += rows - count
            yield _joined(waiting)
            waiting, count = [], 0
        if start < len(frame):
            waiting.append(frame.iloc[start:])
            count += len(frame) - start
    if waiting:
        yield _joined(waiting)


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Join rows, numbered from 0."""
    return frames[0].reset_index(drop=True) if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def like(own: pd.Series, block: pd.DataFrame, first: int, *, learned: bool = False) -> Any:
    """Return a column of new rows in the kind of the column that a model was fitted to.

    Parameters
    ----------
    own : Series
        The model's column.
    block : DataFrame
        New rows.
    first : int
        Place of the first of them in all of newdata.
    learned : bool
        For a learner, which sees types: numbers keep that of the model's column if it can hold them, and
        values may be missing where that column has missing values too.

    Raises
    ------
    ArgumentError
        Missing or infinite values.
    ArgumentTypeError
        Text in the place of numbers.
    UnknownNameError
        A level that the model was not fitted with.
    """
    column = block[own.name]
    missing = column.isna().to_numpy()
    if not (learned and own.isna().any()):
        refuse_rows(column, missing, first, "is missing", "Drop such rows, or fill them in.")
    if isinstance(own.dtype, pd.CategoricalDtype):
        values = column.astype(object)
        levels = own.cat.categories
        unknown = (levels.get_indexer(pd.Index(values)) < 0) & ~missing
        _refuse_level(column, unknown, first, list(levels))
        return pd.Categorical(values, dtype=own.dtype)
    if is_factor(own):
        return column.astype(object).to_numpy()
    numbers = _numbers(column, first)
    if pd.api.types.is_bool_dtype(own.dtype):
        return numbers.astype(bool)
    return _typed(numbers, own.dtype) if learned else numbers


def _typed(numbers: FloatArray, dtype: Any) -> Any:
    """Return numbers in a type, fractions and missing values in the place of integers as they are."""
    whole = bool(np.all(numbers % 1 == 0))
    return pd.array(numbers).astype(dtype) if whole or not pd.api.types.is_integer_dtype(dtype) else numbers


def weights_of(block: pd.DataFrame, name: str | None, first: int) -> FloatArray:
    """Return the weights of new rows, one each where no column holds them.

    Parameters
    ----------
    block : DataFrame
    name : str or None
        The column.
    first : int
        Place of the first row in all of newdata.
    """
    if name is None:
        return np.ones(len(block))
    column = block[name]
    refuse_rows(column, column.isna().to_numpy(), first, "is missing", "Every row needs a weight.")
    weights = _numbers(column, first)
    refuse_rows(column, weights < 0, first, "is negative", "A weight is 0 or more.")
    return weights


def _numbers(column: pd.Series, first: int) -> FloatArray:
    """Return finite numbers; decimals, which databases have, are such."""
    if pd.api.types.is_object_dtype(column.dtype) and pd.api.types.infer_dtype(column) == "decimal":
        column = column.astype(float)
    if not (pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype)):
        msg = (
            f"Column {column.name!r} of newdata must hold numbers, as that of the models does; it holds "
            f"{column.dtype} (the first, in row {first}: {plain(column.iloc[0])!r})."
        )
        raise ArgumentTypeError(msg)
    numbers = column.to_numpy(dtype=float)
    infinite = ~(np.isfinite(numbers) | column.isna().to_numpy())
    refuse_rows(column, infinite, first, "is not finite", "Drop or correct such rows.")
    return numbers


def refuse_rows(column: pd.Series, bad: NDArray[np.bool_], first: int, what: str, remedy: str) -> None:
    """Refuse values of a column of new rows.

    Parameters
    ----------
    column : Series
    bad : ndarray of bool, shape (n,)
        Which.
    first : int
        Place of the first row in all of newdata.
    what, remedy : str
        What is wrong with them, and what to do about it.

    Raises
    ------
    ArgumentError
        Naming the column and the first bad row, counted from 0.
    """
    if bad.any():
        place = int(np.argmax(bad))
        msg = f"Column {column.name!r} of newdata {what} in row {first + place} (counted from 0). {remedy}"
        raise ArgumentError(msg)


def _refuse_level(column: pd.Series, bad: NDArray[np.bool_], first: int, levels: list[Any]) -> None:
    """Refuse levels that the models do not know."""
    if bad.any():
        place = int(np.argmax(bad))
        value = plain(column.iloc[place])
        msg = (
            f"Column {column.name!r} of newdata is {value!r} in row {first + place} (counted from 0), which "
            f"the models were not fitted with; they know {', '.join(repr(plain(level)) for level in levels)}."
            f"{did_you_mean(str(value), map(str, levels))}"
        )
        raise UnknownNameError(msg)
