"""Rows counted in the cells of a table of discrete variables, in the data and in bootstrap resamples.

All estimators here are functions of such counts, so that a bootstrap is one array of counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.engine.resamples import successive_counts
from pymediation.streams import Stream

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Table", "Tally", "group_variances", "resampled", "share", "table_of", "tally"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Which cell each row is in.

    Attributes
    ----------
    cells : ndarray of int, shape (n,)
        Position of the cell in C order.
    shape : tuple of int
        Numbers of values of the variables.
    weights : ndarray, shape (n,), or None
        What is summed within cells beside the rows counted: an outcome that is not discrete.
    """

    cells: NDArray[np.int64]
    shape: tuple[int, ...]
    weights: FloatArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Counts of rows by cell, of the data or of many resamples.

    Attributes
    ----------
    counts : ndarray, shape (..., *shape)
        Rows in each cell.
    sums : ndarray, shape (..., *shape)
        Sums of the weights in each cell; zeros if there are none.
    """

    counts: FloatArray
    sums: FloatArray


def table_of(
    variables: Sequence[FloatArray], values: Sequence[ArrayLike], weights: FloatArray | None = None
) -> Table:
    """Cross-tabulate variables whose values are known.

    Parameters
    ----------
    variables : sequence of ndarray, shape (n,)
    values : sequence of array_like
        The distinct values of each in ascending order: the axes of the table.
    weights : ndarray, shape (n,), optional
    """
    codes = tuple(np.searchsorted(of, x) for x, of in zip(variables, values, strict=True))
    shape = tuple(np.size(of) for of in values)
    return Table(np.ravel_multi_index(codes, shape).astype(np.int64), shape, weights)


def tally(table: Table) -> Tally:
    """Count the rows of the data, shape (1, *shape)."""
    return _Counting.of(table)(np.ones((1, table.cells.size)))


def resampled(
    table: Table, estimator: Callable[[Tally], FloatArray], sims: int, stream: Stream
) -> FloatArray:
    """Return estimates from bootstrap resamples of whole rows.

    Parameters
    ----------
    table : Table
    estimator : callable
        Takes the counts of R samples and returns k quantities of each, shape (R, k).
    sims : int
        Number of resamples.
    stream : Stream
        Advanced by ``(sims + 1) * n`` indices, as R draws them: resample after resample, the last of which
        is not used.

    Returns
    -------
    ndarray, shape (sims, k)
    """
    n, counting = table.cells.size, _Counting.of(table)
    blocks = [estimator(counting(counts)) for _, counts in successive_counts(stream, n, sims)]
    stream.integers(n, size=n)
    return np.concatenate(blocks)


@dataclass(frozen=True, slots=True, eq=False)
class _Counting:
    """The matrices that turn how often each row was drawn into counts and sums by cell."""

    shape: tuple[int, ...]
    members: csr_array
    weights: csr_array | None

    @classmethod
    def of(cls, table: Table) -> _Counting:
        """Set up the matrices of a table, a row per cell."""
        from scipy.sparse import csr_array

        def by_cell(values: FloatArray) -> csr_array:
            place = (table.cells, np.arange(table.cells.size))
            return csr_array((values, place), shape=(int(np.prod(table.shape)), table.cells.size))

        summed = None if table.weights is None else by_cell(table.weights)
        return cls(table.shape, by_cell(np.ones(table.cells.size)), summed)

    def __call__(self, drawn: NDArray[Any]) -> Tally:
        """Count rows drawn so often, shape (R, n)."""
        shape = (len(drawn), *self.shape)
        counts = (self.members @ drawn.T).T.reshape(shape)
        sums = np.zeros(shape) if self.weights is None else (self.weights @ drawn.T).T.reshape(shape)
        return Tally(counts, sums)


def share(part: NDArray[Any], whole: NDArray[Any]) -> FloatArray:
    """Return a ratio of counts; that of an empty group is NaN, and is not warned about here."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return part / whole


def group_variances(codes: NDArray[np.int64], groups: int, y: FloatArray) -> FloatArray:
    """Return the variance of y in each group (divisor: rows - 1), NaN for fewer than two rows."""
    n = np.bincount(codes, minlength=groups).astype(np.float64)
    mean = share(np.bincount(codes, weights=y, minlength=groups), n)
    squares = np.bincount(codes, weights=(y - mean[codes]) ** 2, minlength=groups)
    return np.where(n > 1, share(squares, n - 1.0), np.nan)
