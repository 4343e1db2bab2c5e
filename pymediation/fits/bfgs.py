"""Minimisation by R's variable-metric search, for many problems of one size in lockstep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Minima", "minimise"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]
Function = Callable[[FloatArray, IntArray, FloatArray], FloatArray]
Gradient = Callable[[FloatArray, IntArray], FloatArray]

MAXIT = 100
RELTOL = float(np.sqrt(np.finfo(np.float64).eps))
SHRINK = 0.2  # factor of the step after a refusal
DECREASE = 1e-4  # share of the linear prediction that a step must gain
SHIFT = 10.0  # a coordinate has moved when it differs after this is added


@dataclass(frozen=True, slots=True)
class Minima:
    """Where R searches of d coordinates ended.

    Attributes
    ----------
    point : ndarray, shape (R, d)
        Last points.
    value : ndarray, shape (R,)
        Values there; infinite (or NaN) where the start had no finite value, which ends a search at once.
    converged : ndarray of bool, shape (R,)
        Whether the search ended by its own rule, and not at the limit of iterations.
    evaluations, gradients : ndarray of int, shape (R,)
        How often the function and its gradient were evaluated, as R counts them.
    """

    point: FloatArray
    value: FloatArray
    converged: BoolArray
    evaluations: IntArray
    gradients: IntArray


@dataclass(frozen=True, slots=True)
class Search:
    """The state of R searches, written in place: all arrays have R rows."""

    point: FloatArray
    gradient: FloatArray
    metric: FloatArray
    last_value: FloatArray
    best: FloatArray
    evaluations: IntArray
    gradients: IntArray
    last_reset: IntArray
    iterations: IntArray


def minimise(
    function: Function, gradient: Gradient, start: ArrayLike, *, maxit: int = MAXIT, reltol: float = RELTOL
) -> Minima:
    r"""Minimise R functions of d coordinates as R's ``optim(method = "BFGS")`` does, step by step.

    The direction is :math:`-Bg`, the step is shortened by 0.2 until the value falls by 1e-4 of what the
    slope predicts, and B takes the rank-two update of Broyden, Fletcher, Goldfarb and Shanno. A search that
    no longer gains :math:`\epsilon (|F| + \epsilon)` is resumed once from B = I and then ends. It stops
    short of the minimum, at a place that depends on the path.

    Parameters
    ----------
    function : callable
        ``function(points, which, bound)``: values (a,) at points (a, d) of the searches numbered by `which`
        (a,). Where a value is above `bound` (a,) infinity will do: the point is refused anyway.
    gradient : callable
        ``gradient(points, which)``: likewise the gradients (a, d).
    start : array_like, shape (R, d)
        Where to start.
    maxit : int
        Largest number of iterations.
    reltol : float
        :math:`\epsilon`.

    Returns
    -------
    Minima

    References
    ----------
    Nash, J. C. (1990). Compact Numerical Methods for Computers, 2nd ed., algorithm 21. Adam Hilger.

    Examples
    --------
    >>> import numpy as np
    >>> target = np.array([[1.0, 2.0], [0.0, -1.0]])
    >>> found = minimise(
    ...     lambda b, which, bound: np.sum((b - target[which]) ** 2, axis=1),
    ...     lambda b, which: 2 * (b - target[which]),
    ...     np.zeros((2, 2)),
    ... )
    >>> found.point.round(6).tolist(), found.gradients.tolist()
    ([[1.0, 2.0], [0.0, -1.0]], [3, 3])
    """
    state = _begin(function, gradient, np.array(start, dtype=np.float64))
    active = np.flatnonzero(np.isfinite(state.best))
    converged = np.zeros(state.best.size, dtype=bool)
    while active.size:
        stuck = _iterate(function, gradient, state, active, reltol)
        exhausted = state.iterations[active] >= maxit
        tired = state.gradients[active] - state.last_reset[active] > 2 * state.point.shape[1]
        tired &= ~exhausted
        state.last_reset[active[tired]] = state.gradients[active[tired]]
        ended = stuck & (state.last_reset[active] == state.gradients[active]) & ~exhausted
        converged[active[ended]] = True
        active = active[~(ended | exhausted)]
    return Minima(state.point, state.best, converged, state.evaluations, state.gradients)


def _begin(function: Function, gradient: Gradient, point: FloatArray) -> Search:
    """Evaluate the starts; the gradient only where the value is finite."""
    R, d = point.shape
    value, everyone = function(point, np.arange(R), np.full(R, np.inf)), np.ones(R, dtype=np.intp)
    sound = np.flatnonzero(np.isfinite(value))
    slopes = np.zeros((R, d))
    slopes[sound] = gradient(point[sound], sound)
    return Search(
        point=point,
        gradient=slopes,
        metric=np.broadcast_to(np.eye(d), (R, d, d)).copy(),
        last_value=value.copy(),
        best=value,
        evaluations=everyone,
        gradients=everyone.copy(),
        last_reset=everyone.copy(),
        iterations=everyone.copy(),
    )


def _iterate(
    function: Function, gradient: Gradient, state: Search, active: IntArray, reltol: float
) -> BoolArray:
    """Take one iteration of the active searches; return which of them are stuck."""
    fresh = active[state.last_reset[active] == state.gradients[active]]
    state.metric[fresh] = np.eye(state.point.shape[1])
    direction = -np.einsum("rij,rj->ri", state.metric[active], state.gradient[active])
    slope = np.einsum("ri,ri->r", direction, state.gradient[active])
    downhill = slope < 0
    stuck, step = np.zeros(active.size, dtype=bool), np.ones(active.size)
    walkers = active[downhill]
    still, step[downhill] = _line_search(function, state, walkers, direction[downhill], slope[downhill])
    gap = np.abs(state.last_value[walkers] - state.best[walkers])
    little = gap <= reltol * (np.abs(state.best[walkers]) + reltol)
    state.best[walkers[little]] = state.last_value[walkers[little]]
    stuck[downhill] = still | little
    moved = downhill & ~stuck
    state.best[active[moved]] = state.last_value[active[moved]]
    _update(gradient, state, active[moved], step[moved, None] * direction[moved])
    # A search that is stuck, or whose direction leads uphill, goes on from B = I unless that is where it was.
    halted = ~moved
    renewed = state.last_reset[active] < state.gradients[active]
    state.last_reset[active[halted]] = state.gradients[active[halted]]
    return halted & ~renewed


def _line_search(
    function: Function, state: Search, walkers: IntArray, direction: FloatArray, slope: FloatArray
) -> tuple[BoolArray, FloatArray]:
    """Shorten the step until it gains enough; return who can no longer move, and the steps."""
    origin, step = state.point[walkers], np.ones(walkers.size)
    still = np.zeros(walkers.size, dtype=bool)
    trying = np.arange(walkers.size)
    while trying.size:
        proposed = origin[trying] + step[trying, None] * direction[trying]
        state.point[walkers[trying]] = proposed
        same = (origin[trying] + SHIFT == proposed + SHIFT).all(axis=1)
        still[trying[same]] = True
        trying, proposed = trying[~same], proposed[~same]
        who = walkers[trying]
        bound = state.best[who] + DECREASE * slope[trying] * step[trying]
        value = function(proposed, who, bound)
        state.last_value[who] = value
        state.evaluations[who] += 1
        trying = trying[~(np.isfinite(value) & (value <= bound))]
        step[trying] *= SHRINK
    return still, step


def _update(gradient: Gradient, state: Search, movers: IntArray, moved: FloatArray) -> None:
    """Evaluate the gradient where the searches have come to, and update their metrics."""
    if movers.size == 0:
        return
    slopes = gradient(state.point[movers], movers)
    change = slopes - state.gradient[movers]
    state.gradient[movers] = slopes
    state.gradients[movers] += 1
    state.iterations[movers] += 1
    curvature = np.einsum("ri,ri->r", moved, change)
    convex = curvature > 0
    concave = movers[~convex]
    state.last_reset[concave] = state.gradients[concave]
    who, t, d1 = movers[convex], moved[convex], curvature[convex, None, None]
    metric = state.metric[who]
    v = np.einsum("rij,rj->ri", metric, change[convex])
    d2 = 1 + np.einsum("ri,ri->r", change[convex], v)[:, None, None] / d1
    outer = t[:, :, None] * v[:, None, :]
    twice = t[:, :, None] * t[:, None, :]
    state.metric[who] = metric + (d2 * twice - outer - outer.transpose(0, 2, 1)) / d1
