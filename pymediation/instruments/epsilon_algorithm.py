"""Wynn's epsilon algorithm on many sequences at once, with QUADPACK's guards (Piessens et al. 1983)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pymediation.instruments.gauss_kronrod import EPSILON, OVERFLOW

__all__ = ["EpsilonTable"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

_LIMIT = 50  # elements of the table
_IRREGULAR = 1e-4


@dataclass(slots=True, eq=False)
class EpsilonTable:
    """The last two diagonals of the epsilon table of K sequences.

    Attributes
    ----------
    table : ndarray, shape (53, K)
        Elements 1, 2, ...; row 0 is not used.
    n : ndarray of int, shape (K,)
        Number of elements in use.
    calls : ndarray of int, shape (K,)
        How often `extrapolate` was called.
    recent : ndarray, shape (3, K)
        The last three results.
    """

    table: FloatArray
    n: IntArray
    calls: IntArray
    recent: FloatArray

    @classmethod
    def starting_at(cls, first: FloatArray) -> EpsilonTable:
        """Return tables that hold the first elements (K,), with room for the second."""
        table = np.zeros((_LIMIT + 3, first.size))
        table[1] = first
        return cls(
            table, np.full(first.size, 2), np.zeros(first.size, dtype=np.intp), np.zeros((3, first.size))
        )

    def only(self, keep: BoolArray) -> EpsilonTable:
        """Return the tables to go on with."""
        return EpsilonTable(self.table[:, keep], self.n[keep], self.calls[keep], self.recent[:, keep])

    def extrapolate(self, lanes: IntArray, newest: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Append an element to some sequences and extrapolate them.

        Parameters
        ----------
        lanes : ndarray of int, shape (k,)
        newest : ndarray, shape (k,)

        Returns
        -------
        result, error : ndarray, shape (k,)
            The estimate of the limit, and of its absolute error.
        """
        self.n[lanes] += 1
        self.table[self.n[lanes], lanes] = newest
        self.calls[lanes] += 1
        with np.errstate(all="ignore"):
            return self._extrapolate(lanes)

    def _extrapolate(self, lanes: IntArray) -> tuple[FloatArray, FloatArray]:
        """Form the next diagonal."""
        T, n = self.table, self.n[lanes].copy()
        result, error = T[n, lanes].copy(), np.full(lanes.size, OVERFLOW)
        going = n >= 3
        T[n[going] + 2, lanes[going]] = T[n[going], lanes[going]]
        T[n[going], lanes[going]] = OVERFLOW
        length, converged, elements = (n - 1) // 2, np.zeros(lanes.size, dtype=bool), n.copy()
        live = going.copy()
        for i in range(1, int(length.max(initial=0)) + 1):
            now = np.flatnonzero(live & (i <= length))
            if not now.size:
                break
            outcome = _element(T, lanes[now], n[now] - 2 * (i - 1), error[now])
            result[now] = np.where(outcome.better, outcome.result, result[now])
            error[now] = np.where(outcome.better, outcome.error, error[now])
            converged[now] |= outcome.converged
            elements[now] = np.where(outcome.irregular, 2 * i - 1, elements[now])
            live[now] &= ~(outcome.converged | outcome.irregular)
        finished = np.flatnonzero(going & ~converged)
        self._shift(lanes[finished], n[finished], elements[finished])
        error[finished] = self._compare(lanes[finished], result[finished])
        return result, np.maximum(error, 5.0 * EPSILON * np.abs(result))

    def _shift(self, lanes: IntArray, before: IntArray, after: IntArray) -> None:
        """Move the new diagonal to the beginning of the table."""
        T = self.table
        after = np.where(after == _LIMIT, 2 * (_LIMIT // 2) - 1, after)
        for parity in (1, 0):
            moving = before % 2 == parity
            begin = 1 if parity else 2
            moved, longest = lanes[moving], (before[moving] - 1) // 2 + 1
            for i in range(int(longest.max(initial=0))):
                those = moved[i < longest]
                T[begin + 2 * i, those] = T[begin + 2 * i + 2, those]
        shorter = np.flatnonzero(before != after)
        for i in range(1, int(after[shorter].max(initial=0)) + 1):
            those = shorter[i <= after[shorter]]
            T[i, lanes[those]] = T[before[those] - after[those] + i, lanes[those]]
        self.n[lanes] = after

    def _compare(self, lanes: IntArray, result: FloatArray) -> FloatArray:
        """Estimate errors from the last three results, once there are as many, and keep the new ones."""
        calls, error = self.calls[lanes], np.full(lanes.size, OVERFLOW)
        early = calls < 4
        self.recent[calls[early] - 1, lanes[early]] = result[early]
        late, value = lanes[~early], result[~early]
        first, second, third = self.recent[:, late]
        error[~early] = np.abs(value - third) + np.abs(value - second) + np.abs(value - first)
        self.recent[:, late] = second, third, value
        return error


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one element of the new diagonal yields, each (k,)."""

    result: FloatArray
    error: FloatArray
    better: BoolArray
    converged: BoolArray
    irregular: BoolArray


def _element(T: FloatArray, lanes: IntArray, k1: IntArray, best: FloatArray) -> _Outcome:
    """Compute one element of the new diagonal from its neighbours, and write it into the table."""
    e0, e1, e2 = T[k1 - 2, lanes], T[k1 - 1, lanes], T[k1 + 2, lanes]
    delta2, delta3 = e2 - e1, e1 - e0
    err2, err3, size1 = np.abs(delta2), np.abs(delta3), np.abs(e1)
    tol2, tol3 = np.maximum(np.abs(e2), size1) * EPSILON, np.maximum(size1, np.abs(e0)) * EPSILON
    converged = (err2 <= tol2) & (err3 <= tol3)
    e3 = T[k1, lanes]
    delta1 = e1 - e3
    tol1 = np.maximum(size1, np.abs(e3)) * EPSILON
    ss = 1.0 / delta1 + 1.0 / delta2 - 1.0 / delta3
    equal = (np.abs(delta1) <= tol1) | (err2 <= tol2) | (err3 <= tol3)
    irregular = ~converged & (equal | ~(np.abs(ss * e1) > _IRREGULAR))
    regular = ~converged & ~irregular
    new = e1 + 1.0 / ss
    T[k1, lanes] = np.where(regular, new, np.where(converged, e3, e1))
    error = err2 + np.abs(new - e2) + err3
    close = np.maximum(err2 + err3, 5.0 * EPSILON * np.abs(e2))
    return _Outcome(
        result=np.where(converged, e2, new),
        error=np.where(converged, close, error),
        better=converged | (regular & ~(error > best)),
        converged=converged,
        irregular=irregular,
    )
