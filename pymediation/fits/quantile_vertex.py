"""The vertex at which the simplex method of Barrodale and Roberts minimises an asymmetric absolute loss.

When several vertices are optimal, as with indicators or rounded data, which one a program reports depends
on the order of its pivots. This is the order of the published method, with ties broken as R's ``rq`` breaks
them; sums run in a fixed order too, because rounding decides between columns that promise the same gain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray

__all__ = ["Vertex", "find_vertex"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

TOLERANCE = float(np.finfo(float).eps ** (2 / 3))  # entries and gains below it count as zero
PIVOTS_PER_CELL = 10  # pivots allowed per row and column, against cycling


@dataclass(frozen=True, slots=True)
class Vertex:
    """Rows (k,) that are fitted exactly, coefficients (k,), and whether the vertex was proved optimal."""

    basis: IntArray
    coef: FloatArray
    optimal: bool


@dataclass(slots=True)
class _Tableau:
    """The simplex tableau: a row per observation, a column per coefficient or exactly fitted observation.

    Signs are such that every variable outside the columns is 0 or more. Rows above `top` hold coefficients,
    which are free and never leave. `gain` is the rate at which the loss, doubled, falls as the variable of a
    column grows; the variable of opposite sign has gain -2 less that.
    """

    entries: FloatArray  # (n, k + 1), the value of the row's variable last
    gain: FloatArray  # (k + 1,)
    observation: IntArray  # (n,), of each row
    fitted: IntArray  # (k,), observation of each column, or -1
    top: int


def find_vertex(y: FloatArray, X: FloatArray, tau: float) -> Vertex | None:
    """Minimise sum_i rho_tau(y_i - x_i'b); None when X has not full column rank to R's tolerance."""
    tableau = _start(y, X, tau)
    k = X.shape[1]
    optimal = False
    for _ in range(PIVOTS_PER_CELL * (y.size + k) * k):
        column = _entering(tableau)
        if column is None:
            optimal = True
            break
        row = _leaving(tableau, column)
        if row is None:
            return None
        _exchange(tableau, row, column)
    if tableau.top < k:
        return None
    basis = np.sort(tableau.fitted)
    coef = np.linalg.solve(X[basis], y[basis]).astype(np.float64, copy=False)
    return Vertex(basis, coef, optimal)


def _start(y: FloatArray, X: FloatArray, tau: float) -> _Tableau:
    """Return the tableau at coefficients of 0."""
    n, k = X.shape
    entries = np.column_stack((X, y))
    negative = y < 0
    everything = _sum_in_order(entries)
    entries[negative] *= -1
    gain = 2 * _sum_in_order(entries[negative]) + tau * (2 * everything)
    return _Tableau(entries, gain, np.arange(n), np.full(k, -1), 0)


def _sum_in_order(rows: FloatArray) -> FloatArray:
    """Sum rows from the first to the last, not pairwise."""
    if not rows.shape[0]:
        return np.zeros(rows.shape[1])
    total: FloatArray = np.cumsum(rows, axis=0)[-1]
    return total


def _entering(tableau: _Tableau) -> int | None:
    """Choose the column of largest gain, turned so that its variable is to grow; None at the optimum.

    As long as there are coefficients outside, one of them comes in, even at no gain.
    """
    k = tableau.fitted.size
    gain = tableau.gain[:k]
    if tableau.top < k:
        j = int(np.argmax(np.where(tableau.fitted < 0, np.abs(gain), -1.0)))
        if gain[j] < 0:
            _turn(tableau, j, 0.0)
        return j
    best = np.maximum(gain, -2 - gain)
    j = int(np.argmax(best))
    if best[j] <= TOLERANCE:
        return None
    if gain[j] < best[j]:
        _turn(tableau, j, 2.0)
    return j


def _turn(tableau: _Tableau, column: int, cost: float) -> None:
    """Let the variable of opposite sign stand for the column."""
    tableau.entries[:, column] *= -1
    tableau.gain[column] = -tableau.gain[column] - cost


def _leaving(tableau: _Tableau, column: int) -> int | None:
    """Choose the row at which the loss stops falling, and change the sign of the residuals passed before.

    None when no row stops the fall: the column is then spanned by others.
    """
    below = tableau.entries[tableau.top :, column]
    positive = np.flatnonzero(below > TOLERANCE)
    if positive.size == 0 and tableau.top < tableau.fitted.size:
        _turn(tableau, column, 0.0)
        positive = np.flatnonzero(below > TOLERANCE)
    rows = positive + tableau.top
    entry = below[positive]
    ratio = tableau.entries[rows, -1] / entry
    order = np.argsort(ratio, kind="stable")
    stop = _stop(tableau.gain[column], entry[order])
    if stop is None:
        return None
    limit = int(np.searchsorted(ratio[order], ratio[order[stop]], side="right"))
    ends = np.append(np.flatnonzero(np.diff(ratio[order[:limit]])) + 1, limit)
    if ends.size < limit:
        order[:limit] = list(_listed(order[:limit].tolist(), ends.tolist(), ratio.size))
        stop = _stop(tableau.gain[column], entry[order])
        if stop is None:
            return None
    passed = rows[order[:stop]]
    steps = np.concatenate((tableau.gain[None], np.repeat(tableau.entries[passed], 2, axis=0)))
    tableau.gain = np.subtract.reduce(steps, axis=0)
    tableau.entries[passed] *= -1
    return int(rows[order[stop]])


def _stop(gain: float, entries: FloatArray) -> int | None:
    """Return the first place where passing would leave no gain; each row passed takes twice its entry."""
    left = np.subtract.accumulate(np.concatenate(([gain], np.repeat(entries, 2))))[2::2]
    done = left <= TOLERANCE
    stop = int(np.argmax(done)) if done.size else 0
    return stop if done.size and done[stop] else None


def _listed(order: list[int], ends: list[int], size: int) -> Iterator[int]:
    """Yield members, sorted and with the ends of groups of equal ratio, as a shrinking list offers them.

    The list is searched for its first smallest member; that one is taken out, and the last member of the
    list moves to its place.
    """
    place, member = list(range(size)), list(range(size))
    begin = 0
    for end in ends:
        among = set(order[begin:end])
        queue = [(place[e], e) for e in among]
        heapify(queue)
        while among:
            at, e = heappop(queue)
            if e not in among or place[e] != at:
                continue
            among.discard(e)
            yield e
            last = member.pop()
            if last != e:
                member[at], place[last] = last, at
                if last in among:
                    heappush(queue, (at, last))
        begin = end


def _exchange(tableau: _Tableau, i: int, j: int) -> None:
    """Pivot: the variables of row i and column j change places."""
    T, gain = tableau.entries, tableau.gain
    pivot, column, rate = T[i, j], T[:, j].copy(), gain[j]
    row = T[i] / pivot
    T -= np.outer(column, row)
    T[i], T[:, j] = row, -column / pivot
    T[i, j] = 1 / pivot
    gain -= rate * row
    gain[j] = -rate / pivot
    incoming = tableau.fitted[j]
    tableau.fitted[j] = tableau.observation[i]
    tableau.observation[i] = incoming
    if incoming < 0:  # a coefficient came in: its row is kept out of later searches
        pair, swapped = [i, tableau.top], [tableau.top, i]
        T[pair] = T[swapped]
        tableau.observation[pair] = tableau.observation[swapped]
        tableau.top += 1
