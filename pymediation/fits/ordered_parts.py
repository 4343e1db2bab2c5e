"""The rows of resamples in parts, of which the first weigh most."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pymediation.fits.ordered_likelihood import Likelihood, cut

__all__ = ["Part", "make_parts"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

OFTEN = (1.5, 2.5)  # rows that weigh more than so many times the average come first
SHARES = (0.0, 0.125, 0.4, 1.0)  # how the rows of each category are divided


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the rows of R resamples, m in each, with equally many of a category in all of them.

    Attributes
    ----------
    rows : ndarray of int, shape (R, m)
        Which rows, by category.
    weights : ndarray, shape (R, m)
        Their weights.
    below, above : int
        Columns before `below` have an upper limit, those from `above` on a lower one.
    first : int
        The first row of the likelihood that has a lower limit.
    share : ndarray, shape (R, m)
        The rows' probabilities at the point evaluated last, written in place.
    """

    rows: NDArray[np.int32]
    weights: FloatArray
    below: int
    above: int
    first: int
    share: FloatArray

    @property
    def size(self) -> int:
        """Number of rows of a resample."""
        return self.rows.shape[1]

    def limits(
        self, upper: FloatArray, lower: FloatArray, which: IntArray, at: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return upper limits (b, below) and lower limits (b, m - above) of resamples `which`, cut as R does.

        They are taken from lines `at` of the limits of all rows that have them.
        """
        rows, line = self.rows[which], at[:, None]
        return cut(
            upper.ravel().take(rows[:, : self.below] + upper.shape[1] * line),
            lower.ravel().take(rows[:, self.above :] + (lower.shape[1] * line - self.first)),
        )

    def spread(self, values: FloatArray, which: IntArray, table: FloatArray) -> None:
        """Put values (a, m) of resamples `which` where their rows are in a table (a, n)."""
        places = self.rows[which] + table.shape[1] * np.arange(which.size)[:, None]
        table.ravel()[places] = values


def make_parts(likelihood: Likelihood) -> list[Part]:
    """Divide the rows that R resamples have drawn; those drawn often come first."""
    weights, starts = likelihood.weights, likelihood.starts
    category = np.repeat(np.arange(starts.size - 1), np.diff(starts))
    rank = np.full(weights.shape, len(OFTEN) + 1, dtype=np.int16)
    average = weights.sum() / max(1, weights.size)
    for least in (0.0, *(average * often for often in OFTEN)):
        rank -= weights > least
    rank += (len(OFTEN) + 2) * category.astype(np.int16)
    order = np.argsort(rank, axis=1, kind="stable")
    drawn = [(weights[:, start:stop] > 0).sum(axis=1).max(initial=0) for start, stop in pairwise(starts)]
    edges = starts[:-1] + np.ceil(np.multiply.outer(SHARES, drawn)).astype(np.intp)
    return [_part(likelihood, order, begin, end) for begin, end in pairwise(edges)]


def _part(likelihood: Likelihood, order: IntArray, begin: IntArray, end: IntArray) -> Part:
    """Put the rows between two columns of each category side by side."""
    columns = np.concatenate([np.arange(b, e) for b, e in zip(begin, end, strict=True)])
    rows = order[:, columns]
    widths = end - begin
    return Part(
        rows=rows.astype(np.int32),
        weights=np.take_along_axis(likelihood.weights, rows, axis=1),
        below=columns.size - int(widths[-1]),
        above=int(widths[0]),
        first=likelihood.above,
        share=np.ones(rows.shape),
    )
