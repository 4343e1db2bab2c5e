"""Adaptive integration over the real line, of many integrands together, as QUADPACK's QAGI.

After Piessens et al. (1983): the interval with the largest error is bisected, and the sequence of sums
extrapolated, until the estimated error is small enough. Every integral takes its own course exactly as if it
were computed alone: subdivisions, extrapolation, and the reasons to stop. What is shared is the work: in
each round all integrals that go on bisect one interval, and intervals that several integrands of a problem
bisect are evaluated once.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pymediation.instruments.epsilon_algorithm import EpsilonTable
from pymediation.instruments.gauss_kronrod import (
    EPSILON,
    OVERFLOW,
    UNDERFLOW,
    Integrand,
    RuleValues,
    apply_rule,
)
from pymediation.instruments.worst_first import Ranking

__all__ = ["LIMIT", "TOLERANCE", "Integrals", "integrate_line"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

TOLERANCE = 2.0**-13  # R's default: the fourth root of the machine epsilon
LIMIT = 100  # R's default

# Status of an integral, QUADPACK's numbers.
_MAXIMUM_REACHED, _ROUNDING, _EXTRAPOLATED_ROUNDING, _BAD_POINT, _NO_CONVERGENCE, _DIVERGENT = (
    1,
    2,
    3,
    4,
    5,
    6,
)


class Integrals(NamedTuple):
    """E integrals of each of P problems, shape (E, P).

    Attributes
    ----------
    value : ndarray
        Whatever the status.
    status : ndarray of int
        0: success. 1: too many intervals. 2: rounding errors. 3: a bad point of the integrand. 4: no
        convergence. 5: probably divergent.
    """

    value: FloatArray
    status: IntArray


def integrate_line(
    integrand: Integrand, problems: int, count: int, *, tolerance: float = TOLERANCE, limit: int = LIMIT
) -> Integrals:
    """Integrate over the real line.

    Parameters
    ----------
    integrand : callable
        ``integrand(which, x)``: `count` integrands of the problems `which` (R,) at x (R, J), shape (count,
        R, J).
    problems : int
        Number of problems P.
    count : int
        Number of integrands E of each.
    tolerance : float
        Both the absolute and the relative error that is asked for.
    limit : int
        Largest number of intervals.

    Examples
    --------
    >>> def normal(which, x):
    ...     return np.exp(-((x - which[:, None]) ** 2))[None]
    >>> found = integrate_line(normal, 2, 1)
    >>> (found.value / np.sqrt(np.pi)).round(4).tolist(), found.status.tolist()
    ([[1.0, 1.0]], [[0, 0]])
    """
    every = np.arange(problems)
    with np.errstate(all="ignore"):
        whole = apply_rule(integrand, every, np.zeros(problems), np.ones(problems), count)
        value, status = whole.value.ravel().copy(), _first_status(whole, tolerance, limit).ravel()
        begun = _Lanes.begin(whole, status < 0, limit)
        status[status < 0] = 0
        lanes: _Lanes | None = begun
        last = 1
        while lanes is not None and lanes.id.size:
            last += 1
            left, right = _bisected(integrand, lanes, problems, count)
            done = lanes.advance(left, right, last, tolerance, limit)
            if last == limit:
                done[:] = True
            if done.any():
                ended = lanes.only(done)
                value[ended.id], status[ended.id] = ended.conclude(last)
                lanes = lanes.only(~done)
    shape = (count, problems)
    return Integrals(value.reshape(shape), np.where(status > 2, status - 1, status).reshape(shape))


def _first_status(whole: RuleValues, tolerance: float, limit: int) -> IntArray:
    """Return the status of integrals that end with the first application of the rule, -1 for the others."""
    bound = np.maximum(tolerance, tolerance * np.abs(whole.value))
    rounding = (whole.error <= 100.0 * EPSILON * whole.size) & (whole.error > bound)
    status = np.where(rounding, _ROUNDING, _MAXIMUM_REACHED if limit == 1 else 0)
    enough = ((whole.error <= bound) & (whole.error != whole.spread)) | (whole.error == 0)
    return np.where((status != 0) | enough, status, -1).astype(np.intp)


def _bisected(
    integrand: Integrand, lanes: _Lanes, problems: int, count: int
) -> tuple[RuleValues, RuleValues]:
    """Apply the rule to the halves of the interval that each lane bisects.

    Lanes of one problem that bisect the same interval share the evaluation.
    """
    lower, upper = lanes.worst()
    effect, problem = np.divmod(lanes.id, problems)
    ends = np.full((2, count, problems), np.nan)
    ends[0, effect, problem], ends[1, effect, problem] = lower, upper
    owner = np.repeat(np.arange(count)[:, np.newaxis], problems, axis=1)
    for e in range(1, count):
        for earlier in range(e - 1, -1, -1):
            same = (ends[0, e] == ends[0, earlier]) & (ends[1, e] == ends[1, earlier])
            owner[e, same] = earlier
    own = owner[effect, problem]
    request = np.empty((count, problems), dtype=np.intp)
    asking = np.flatnonzero(own == effect)
    request[effect[asking], problem[asking]] = np.arange(asking.size)
    place = request[own, problem]
    which, a, b = problem[asking], lower[asking], upper[asking]
    middle = 0.5 * (a + b)
    both = apply_rule(
        integrand, np.tile(which, 2), np.concatenate((a, middle)), np.concatenate((middle, b)), count
    )
    left = RuleValues(*(part[effect, place] for part in both))
    right = RuleValues(*(part[effect, place + asking.size] for part in both))
    return left, right


@dataclass(slots=True, eq=False)
class _Lanes:
    """Integrals that go on, each (L,); the names are explained where they are used.

    Attributes
    ----------
    id : ndarray of int
        Which integral it is.
    ranking : Ranking
        Its intervals, those with larger errors first.
    table : EpsilonTable
        Its sums, extrapolated.
    """

    id: IntArray
    ranking: Ranking
    table: EpsilonTable
    area: FloatArray
    errsum: FloatArray
    result: FloatArray
    abserr: FloatArray
    correction: FloatArray
    size: FloatArray
    one_sign: BoolArray
    small: FloatArray
    large_errors: FloatArray
    target: FloatArray
    extrapolating: BoolArray
    exhausted: BoolArray
    rounding_bisect: IntArray
    rounding_extrapolate: IntArray
    growing: IntArray
    unreliable: BoolArray
    stalled: IntArray
    status: IntArray
    summed: BoolArray

    @classmethod
    def begin(cls, whole: RuleValues, going: BoolArray, limit: int) -> _Lanes:
        """Return the integrals that the first application of the rule does not end."""
        chosen = np.flatnonzero(going.ravel())
        value, error, size = (part.ravel()[chosen] for part in (whole.value, whole.error, whole.size))
        k = chosen.size
        number, integer, no = np.zeros(k), np.zeros(k, dtype=np.intp), np.zeros(k, dtype=bool)
        return cls(
            id=chosen,
            ranking=Ranking.begin(value, error, limit),
            table=EpsilonTable.starting_at(value),
            area=value.copy(),
            errsum=error.copy(),
            result=value.copy(),
            abserr=np.full(k, OVERFLOW),
            correction=number.copy(),
            size=size,
            one_sign=np.abs(value) >= (1.0 - 50.0 * EPSILON) * size,
            small=number.copy(),
            large_errors=number.copy(),
            target=number.copy(),
            extrapolating=no.copy(),
            exhausted=no.copy(),
            rounding_bisect=integer.copy(),
            rounding_extrapolate=integer.copy(),
            growing=integer.copy(),
            unreliable=no.copy(),
            stalled=integer.copy(),
            status=integer.copy(),
            summed=no.copy(),
        )

    def only(self, keep: BoolArray) -> _Lanes:
        """Return some of the lanes."""
        parts: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        chosen: dict[str, Any] = {
            name: part[keep] if isinstance(part, np.ndarray) else part.only(keep)
            for name, part in parts.items()
        }
        return _Lanes(**chosen)

    def worst(self) -> tuple[FloatArray, FloatArray]:
        """Return the ends of the interval to be bisected."""
        return self.ranking.ends()

    def advance(
        self, left: RuleValues, right: RuleValues, last: int, tolerance: float, limit: int
    ) -> BoolArray:
        """Take the halves of the bisected interval into account and say which lanes have ended."""
        before, width = self.ranking.error.copy(), self.ranking.half_width()
        value12, error12 = left.value + right.value, left.error + right.error
        self._note_rounding(left, right, value12, error12, before, last)
        self.errsum = self.errsum + error12 - before
        self.area = self.area + value12 - self.ranking.value()
        bound = np.maximum(tolerance, tolerance * np.abs(self.area))
        self._set_status(last, limit)
        self.ranking.split(left, right, last)
        self.summed = self.errsum <= bound
        done = self.summed | (self.status != 0)
        if last == 2:
            self.small[:] = 0.375
            self.large_errors, self.target = self.errsum.copy(), bound
            self.table.table[2] = self.area
            return done
        return done | self._maybe_extrapolate(~done, before, error12, width, last, tolerance, limit)

    def _note_rounding(
        self,
        left: RuleValues,
        right: RuleValues,
        value12: FloatArray,
        error12: FloatArray,
        before: FloatArray,
        last: int,
    ) -> None:
        """Count bisections that do not improve what they should."""
        judged = ~((left.spread == left.error) | (right.spread == right.error))
        unchanged = ~(np.abs(self.ranking.value() - value12) > 1e-5 * np.abs(value12))
        stuck = judged & unchanged & ~(error12 < 0.99 * before)
        self.rounding_extrapolate += stuck & self.extrapolating
        self.rounding_bisect += stuck & ~self.extrapolating
        if last > 10:
            self.growing += judged & (error12 > before)

    def _set_status(self, last: int, limit: int) -> None:
        """Note reasons to give up; later ones take precedence."""
        rounding = (self.rounding_bisect + self.rounding_extrapolate >= 10) | (self.growing >= 20)
        self.status[rounding] = _ROUNDING
        self.unreliable |= self.rounding_extrapolate >= 5
        if last == limit:
            self.status[:] = _MAXIMUM_REACHED
        a, b = self.ranking.ends()
        narrow = np.maximum(np.abs(a), np.abs(b)) <= (1.0 + 100.0 * EPSILON) * (
            np.abs(0.5 * (a + b)) + 1000.0 * UNDERFLOW
        )
        self.status[narrow] = _BAD_POINT

    def _maybe_extrapolate(
        self,
        going: BoolArray,
        before: FloatArray,
        error12: FloatArray,
        width: FloatArray,
        last: int,
        tolerance: float,
        limit: int,
    ) -> BoolArray:
        """Extrapolate where the smallest interval is to be bisected next; say which lanes have ended."""
        going = going & ~self.exhausted
        self.large_errors[going] -= before[going]
        coarse = going & (width > self.small)
        self.large_errors[coarse] += error12[coarse]
        starting = going & ~self.extrapolating & ~(self.ranking.width() > self.small)
        self.extrapolating |= starting
        self.ranking.position[starting] = 1
        trying = going & self.extrapolating
        # Larger intervals with errors are bisected first, while they matter.
        looking = trying & ~self.unreliable & (self.large_errors > self.target)
        found = self.ranking.next_above(looking, self.small, last, limit)
        return self._extrapolate(np.flatnonzero(trying & ~found), tolerance)

    def _extrapolate(self, lanes: IntArray, tolerance: float) -> BoolArray:
        """Extrapolate the sums of some lanes; say which lanes have ended."""
        ended = np.zeros(self.id.size, dtype=bool)
        if not lanes.size:
            return ended
        estimate, error = self.table.extrapolate(lanes, self.area[lanes])
        self.stalled[lanes] += 1
        hopeless = (self.stalled[lanes] > 5) & (self.abserr[lanes] < 1e-3 * self.errsum[lanes])
        self.status[lanes[hopeless]] = _NO_CONVERGENCE
        improved = ~(error >= self.abserr[lanes])
        better = lanes[improved]
        self.stalled[better] = 0
        self.abserr[better], self.result[better] = error[improved], estimate[improved]
        self.correction[better] = self.large_errors[better]
        self.target[better] = np.maximum(tolerance, tolerance * np.abs(self.result[better]))
        ended[better] = self.abserr[better] <= self.target[better]
        rest = lanes[~ended[lanes]]
        self.exhausted[rest] |= self.table.n[rest] == 1
        ended[rest] = self.status[rest] == _NO_CONVERGENCE
        rest = rest[~ended[rest]]
        self.ranking.restart(rest)
        self.extrapolating[rest] = False
        self.small[rest] *= 0.5
        self.large_errors[rest] = self.errsum[rest]
        return ended

    def conclude(self, last: int) -> tuple[FloatArray, IntArray]:
        """Choose between the extrapolated value and the sum; return values and status."""
        status, sums = self.status.copy(), self.ranking.sums(last)
        by_sum = self.summed | (self.abserr == OVERFLOW)
        troubled = ~by_sum & ((status != 0) | self.unreliable)
        error = self.abserr + np.where(self.unreliable, self.correction, 0.0)
        status[troubled & (status == 0)] = _EXTRAPOLATED_ROUNDING
        both = (self.result != 0) & (self.area != 0)
        worse = error / np.abs(self.result) > self.errsum / np.abs(self.area)
        by_sum |= troubled & np.where(both, worse, error > self.errsum)
        tested = ~by_sum & ~(troubled & ~both & (self.area == 0))
        tiny = np.maximum(np.abs(self.result), np.abs(self.area)) <= 0.01 * self.size
        ratio = self.result / self.area
        divergent = (ratio < 0.01) | (ratio > 100.0) | (self.errsum > np.abs(self.area))
        status[tested & ~(~self.one_sign & tiny) & divergent] = _DIVERGENT
        return np.where(by_sum, sums, self.result), status
