"""The intervals of many adaptive integrations, ranked by their errors in QUADPACK's way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pymediation.instruments.gauss_kronrod import RuleValues

__all__ = ["Ranking"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

_FIRST_ROOM = 12  # intervals that there is room for at the beginning


@dataclass(slots=True, eq=False)
class Ranking:
    """Intervals in rows, L integrations in columns.

    Attributes
    ----------
    lower, upper, values, errors : ndarray, shape (room, L)
    order : ndarray of int, shape (room, L)
        Intervals by descending error. Once there are many, only as many places are right as can still be
        reached before the limit.
    position : ndarray of int, shape (L,)
        Place in the order of the interval to be bisected next.
    interval : ndarray of int, shape (L,)
        That interval.
    error : ndarray, shape (L,)
        Its error.
    limit : int
        Largest number of intervals.
    """

    lower: FloatArray
    upper: FloatArray
    values: FloatArray
    errors: FloatArray
    order: IntArray
    position: IntArray
    interval: IntArray
    error: FloatArray
    limit: int

    @classmethod
    def begin(cls, value: FloatArray, error: FloatArray, limit: int) -> Ranking:
        """Return rankings of the one interval (0, 1)."""
        room, k = min(_FIRST_ROOM, limit), value.size
        lower, upper, values, errors = (np.zeros((room, k)) for _ in range(4))
        upper[0], values[0], errors[0] = 1.0, value, error
        order, none = np.zeros((room, k), dtype=np.intp), np.zeros(k, dtype=np.intp)
        return cls(lower, upper, values, errors, order, none, none.copy(), error.copy(), limit)

    def only(self, keep: BoolArray) -> Ranking:
        """Return some of the integrations."""
        return Ranking(
            lower=self.lower[:, keep],
            upper=self.upper[:, keep],
            values=self.values[:, keep],
            errors=self.errors[:, keep],
            order=self.order[:, keep],
            position=self.position[keep],
            interval=self.interval[keep],
            error=self.error[keep],
            limit=self.limit,
        )

    @property
    def _columns(self) -> IntArray:
        """Return 0, ..., L - 1."""
        return np.arange(self.interval.size)

    def ends(self) -> tuple[FloatArray, FloatArray]:
        """Return the ends of the interval to be bisected next."""
        return self.lower[self.interval, self._columns], self.upper[self.interval, self._columns]

    def value(self) -> FloatArray:
        """Return the integral over that interval."""
        return self.values[self.interval, self._columns]

    def width(self) -> FloatArray:
        """Return its width."""
        lower, upper = self.ends()
        return np.abs(upper - lower)

    def half_width(self) -> FloatArray:
        """Return the width of its left half."""
        lower, upper = self.ends()
        return np.abs(0.5 * (lower + upper) - lower)

    def sums(self, last: int) -> FloatArray:
        """Return the sums of the integrals over the first `last` intervals."""
        total = self.values[0].copy()
        for row in self.values[1:last]:
            total += row
        return total

    def split(self, left: RuleValues, right: RuleValues, last: int) -> None:
        """Replace the interval by its halves, and rank them.

        Parameters
        ----------
        left, right : RuleValues
            Of the halves.
        last : int
            Number of intervals from now on. The half with the larger error takes the interval's place, the
            other one the last.
        """
        if last > self.lower.shape[0]:
            self._make_room()
        columns, old, new = self._columns, self.interval, last - 1
        lower, upper = self.ends()
        middle = 0.5 * (lower + upper)
        swap = right.error > left.error
        self.lower[old, columns], self.upper[old, columns] = (
            np.where(swap, middle, lower),
            np.where(swap, upper, middle),
        )
        self.lower[new], self.upper[new] = np.where(swap, lower, middle), np.where(swap, middle, upper)
        self.values[old, columns] = np.where(swap, right.value, left.value)
        self.values[new] = np.where(swap, left.value, right.value)
        larger, smaller = (
            np.where(swap, right.error, left.error),
            np.where(swap, left.error, right.error),
        )
        self.errors[old, columns], self.errors[new] = larger, smaller
        self._rank(larger, smaller, last)

    def _make_room(self) -> None:
        """Double the number of rows."""
        more = min(self.lower.shape[0], self.limit - self.lower.shape[0])
        for name in ("lower", "upper", "values", "errors", "order"):
            part = getattr(self, name)
            setattr(self, name, np.concatenate((part, np.zeros((more, part.shape[1]), dtype=part.dtype))))

    def _rank(self, larger: FloatArray, smaller: FloatArray, last: int) -> None:
        """Insert the two halves into the order: the larger from above, the smaller from below."""
        if last == 2:
            self.order[1] = 1
            self._take(np.zeros_like(self.position))
            return
        length = last if last <= self.limit // 2 + 2 else self.limit + 3 - last
        rows, at = np.arange(length)[:, np.newaxis], self.position
        others = rows[: length - 2] + (rows[: length - 2] >= at)
        ranked = np.take_along_axis(self.order, others, axis=0)
        errors = np.take_along_axis(self.errors, ranked, axis=0)
        above = rows[: length - 2] < at
        first = np.where(above, errors >= larger, errors > larger).sum(axis=0)
        second = np.maximum(first + 1, 1 + (errors > smaller).sum(axis=0))
        source = np.clip(rows - (rows > first) - (rows > second), 0, length - 3)
        order = np.take_along_axis(ranked, source, axis=0)
        order = np.where(rows == first, self.interval, order)
        self.order[:length] = np.where(rows == second, last - 1, order)
        self._take(np.minimum(at, first))

    def _take(self, position: IntArray) -> None:
        """Make the intervals at some places of the order those to be bisected next."""
        self.position = position
        self.interval = self.order[position, self._columns]
        self.error = self.errors[self.interval, self._columns]

    def restart(self, lanes: IntArray) -> None:
        """Go back to the interval with the largest error."""
        self.position[lanes] = 0
        self.interval[lanes] = self.order[0, lanes]
        self.error[lanes] = self.errors[self.interval[lanes], lanes]

    def next_above(self, looking: BoolArray, width: FloatArray, last: int, limit: int) -> BoolArray:
        """Move on, from the place reached, to the first interval that is wider than `width`.

        Parameters
        ----------
        looking : ndarray of bool, shape (L,)
            Integrations that look for one.
        width : ndarray, shape (L,)
        last, limit : int
            Number of intervals, and the largest one.

        Returns
        -------
        ndarray of bool, shape (L,)
            Where there is one. Elsewhere the place is beyond the last that was tried.
        """
        found = np.zeros(looking.size, dtype=bool)
        reach = last if last <= 2 + limit // 2 else limit + 3 - last
        lanes = np.flatnonzero(looking & (self.position < reach))
        while lanes.size:
            interval = self.order[np.minimum(self.position[lanes], self.order.shape[0] - 1), lanes]
            self.interval[lanes], self.error[lanes] = interval, self.errors[interval, lanes]
            wide = np.abs(self.upper[interval, lanes] - self.lower[interval, lanes]) > width[lanes]
            found[lanes[wide]] = True
            lanes = lanes[~wide]
            self.position[lanes] += 1
            lanes = lanes[self.position[lanes] < reach]
        return found
