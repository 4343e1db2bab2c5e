"""Paths of quantile regressions: the optimal vertices of many resamples as tau grows.

As tau grows the optimal vertex stays until one of its rows could as well leave the fit; a neighbouring
vertex, through another row, then takes over. Walking from vertex to vertex costs a pivot each, while as many
single fits would cost many. Resamples walk in lockstep. Between two looks at all rows a resample watches
only those that can be reached while its coefficients stay within a known distance of where they were.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pymediation.fits.quantile_lockstep import Block, Shared, exchange

__all__ = ["Path", "walk"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

WATCHED = 128  # rows watched per resample between two looks at all rows
INTERIOR = 1e-9  # how far inside its limits a row's slope must be for the vertex to be the only optimum
DRIFT = 1e-9  # error of the sum of the rows below the fit, per row, that shows that rounding led astray
LOOK = 100  # pivots after which all rows are looked at, even where all are watched
MOST_PIVOTS = 60  # pivots per row after which a resample is given up; a path has about one


@dataclass(slots=True, eq=False)
class _Walk:
    """Where R resamples are on their paths, and the m rows each of them watches."""

    counts: FloatArray  # (R, n)
    basis: IntArray  # (R, k)
    inverse: FloatArray  # (R, k, k), of Z[basis]
    total: FloatArray  # (R, k), sum of all rows
    below: FloatArray  # (R, k), sum of the rows below the fit
    gamma: FloatArray  # (R, k), coefficients of Z
    centre: FloatArray  # (R, k), coefficients when the watched rows were chosen
    radius: FloatArray  # (R,), how far gamma may move before a row that is not watched is reached
    rows: IntArray  # (R, m), rows watched; those of the basis are among them
    near: FloatArray  # (R, m, k), their Z
    residual: FloatArray  # (R, m), their residuals; NaN where a row cannot enter, because it is in already
    broken: BoolArray  # (R,), whether rounding led astray

    def take(self, which: BoolArray) -> _Walk:
        """Return some of the resamples."""
        return _Walk(*(getattr(self, name)[which] for name in self.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """Steps of the paths of R resamples: coefficients of Z up to the end of each step.

    The vertex is the only optimum from `first` to `last`.
    """

    end: FloatArray  # (steps, R)
    gamma: FloatArray  # (steps, R, k)
    first: FloatArray  # (steps, R)
    last: FloatArray  # (steps, R)
    complete: BoolArray  # (R,)


def walk(shared: Shared, block: Block, high: FloatArray) -> Path:
    """Follow the optimal vertices from the quantiles at which those of the block are, up to `high` (R,)."""
    R = high.size
    running, complete = np.arange(R), np.ones(R, dtype=bool)
    state = _begin(shared, block)
    steps: list[tuple[FloatArray, ...]] = []
    for step in range(MOST_PIVOTS * shared.y.size):
        rate, until, first, last = _limits(state)
        end = until.min(axis=1)
        arrived = (end >= high[running]) | state.broken
        gamma = np.einsum("rij,rj->ri", state.inverse, shared.y[state.basis])
        steps.append(_spread(R, running, np.where(arrived, np.inf, end), gamma, first, last))
        complete[running[state.broken]] = False
        if arrived.any():
            going = ~arrived
            running, state, rate, until = running[going], state.take(going), rate[going], until[going]
            if not running.size:
                break
        _pivot(shared, state, rate, until.argmin(axis=1), look=step % LOOK == LOOK - 1)
    complete[running] = False
    end, gamma, first, last = (np.stack(parts) for parts in zip(*steps, strict=True))
    return Path(end, gamma, first, last, complete)


def _spread(R: int, running: IntArray, *values: FloatArray) -> tuple[FloatArray, ...]:
    """Return values of the running resamples as arrays over all R, infinite for the others."""
    full = tuple(np.full((R, *value.shape[1:]), np.inf) for value in values)
    for array, value in zip(full, values, strict=True):
        array[running] = value
    return full


def _begin(shared: Shared, block: Block) -> _Walk:
    """Start at the vertices of a block."""
    R, k = block.basis.shape
    m = min(WATCHED + k, shared.y.size)
    below = (block.counts * (block.residual < 0)) @ shared.Z
    gamma = np.einsum("rij,rj->ri", block.inverse, shared.shifted[block.basis])
    state = _Walk(
        counts=block.counts,
        basis=block.basis,
        inverse=block.inverse,
        total=block.counts @ shared.Z,
        below=below,
        gamma=gamma,
        centre=gamma.copy(),
        radius=np.zeros(R),
        rows=np.zeros((R, m), dtype=np.intp),
        near=np.zeros((R, m, k)),
        residual=np.zeros((R, m)),
        broken=np.zeros(R, dtype=bool),
    )
    residual = block.residual.copy()
    np.put_along_axis(residual, block.basis, np.nan, axis=1)
    _watch(shared, state, np.arange(R), residual)
    return state


def _watch(shared: Shared, state: _Walk, which: IntArray, residual: FloatArray) -> None:
    """Choose the rows to watch from all residuals (S, n), and check the sum of the rows below the fit."""
    m = state.rows.shape[1]
    below = (state.counts[which] * (residual < 0)) @ shared.Z
    state.broken[which] |= np.abs(below - state.below[which]).max(axis=1) > DRIFT * shared.y.size
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.abs(residual) / np.linalg.norm(shared.Z, axis=1)
    reach[(state.counts[which] == 0) | np.isnan(reach)] = np.inf
    np.put_along_axis(reach, state.basis[which], -1.0, axis=1)
    state.radius[which] = np.inf
    if m < residual.shape[1]:
        nearest = np.argpartition(reach, m, axis=1)
        state.radius[which] = np.take_along_axis(reach, nearest[:, m : m + 1], axis=1)[:, 0]
        state.rows[which] = nearest[:, :m]
    else:
        state.rows[which] = np.arange(m)
    state.near[which] = shared.Z[state.rows[which]]
    counted = np.take_along_axis(state.counts[which], state.rows[which], axis=1) > 0
    state.residual[which] = np.where(counted, np.take_along_axis(residual, state.rows[which], axis=1), np.nan)
    state.centre[which] = state.gamma[which]


def _limits(state: _Walk) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return how the slope of each exactly fitted row grows with tau, and when it meets a limit.

    The slope is tau rate - level, between 0 and the row's count. Returns rates (R, k), the tau at which each
    row meets a limit (R, k), and from which tau to which all are inside their limits (R,).
    """
    rate = np.einsum("rk,rkj->rj", state.total, state.inverse)
    level = np.einsum("rk,rkj->rj", state.below, state.inverse)
    own = np.take_along_axis(state.counts, state.basis, axis=1)
    flat = np.abs(rate) < INTERIOR
    with np.errstate(divide="ignore", invalid="ignore"):
        until = np.where(flat, np.inf, (level + np.where(rate > 0, own, 0.0)) / rate)
        since = np.where(flat, -np.inf, (level + np.where(rate > 0, 0.0, own)) / rate)
        margin = np.where(flat, 0.0, INTERIOR / np.abs(rate))
    stuck = flat & ((-level < INTERIOR) | (-level > own - INTERIOR))
    last = np.where(stuck.any(axis=1), -np.inf, (until - margin).min(axis=1))
    return rate, until, (since + margin).max(axis=1), last


def _pivot(shared: Shared, state: _Walk, rate: FloatArray, column: IntArray, *, look: bool) -> None:
    """Let the row of a column leave each fit, on the side its slope has run to, and the next row enter."""
    lines = np.arange(column.size)
    sign = np.where(rate[lines, column] > 0, 1.0, -1.0)
    leaving = state.basis[lines, column]
    direction = sign[:, None] * state.inverse[lines, :, column]
    change = np.matmul(state.near, direction[:, :, None])[:, :, 0]
    at, step = _next(state.residual, change)
    row, under = state.rows[lines, at], state.residual[lines, at] < 0
    with np.errstate(invalid="ignore"):
        moved = np.linalg.norm(state.gamma + step[:, None] * direction - state.centre, axis=1)
    stale = np.flatnonzero(~(moved < state.radius) | look)
    if stale.size:
        residual = _look(shared, state, stale)
        direction[stale] = sign[stale, None] * state.inverse[stale, :, column[stale]]
        far = direction[stale] @ shared.Z.T
        row[stale], step[stale] = _next(np.where(state.counts[stale] > 0, residual, np.nan), far)
        under[stale] = residual[np.arange(stale.size), row[stale]] < 0
    state.broken |= ~np.isfinite(step)
    step[state.broken] = 0.0
    state.gamma += step[:, None] * direction
    state.below += _weighted(shared, state, leaving, sign > 0) - _weighted(shared, state, row, under)
    exchange(shared.Z, state.basis, state.inverse, row, column)
    state.residual -= step[:, None] * change
    state.residual[lines, at] = np.nan
    state.residual = np.where(state.rows == leaving[:, None], -(step * sign)[:, None], state.residual)
    if stale.size:
        residual -= step[stale, None] * far
        residual[np.arange(stale.size), row[stale]] = np.nan
        residual[np.arange(stale.size), leaving[stale]] = -step[stale] * sign[stale]
        _watch(shared, state, stale, residual)


def _next(residual: FloatArray, change: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the first row of each line that reaches the fit, and after which step; NaN rows do not count."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = residual / change
    ratio[~(ratio > 0)] = np.inf
    at = ratio.argmin(axis=1)
    return at, ratio[np.arange(at.size), at]


def _weighted(shared: Shared, state: _Walk, row: IntArray, used: BoolArray) -> FloatArray:
    """Return one row of Z per resample, times its count, or zeros."""
    product: FloatArray = (state.counts[np.arange(row.size), row] * used)[:, None] * shared.Z[row]
    return product


def _look(shared: Shared, state: _Walk, which: IntArray) -> FloatArray:
    """Compute inverses and coefficients anew from the bases, and return all residuals (S, n)."""
    basis = state.basis[which]
    state.inverse[which] = np.linalg.inv(shared.Z[basis])
    state.gamma[which] = np.einsum("rij,rj->ri", state.inverse[which], shared.shifted[basis])
    residual: FloatArray = shared.shifted - state.gamma[which] @ shared.Z.T
    np.put_along_axis(residual, basis, np.nan, axis=1)
    return residual
