"""A simplex method for quantile regression that takes many resamples through their pivots side by side.

All resamples share the rows, so that the directions of all pivots meet them in one matrix product. Responses
are shifted by amounts far below their digits, so that no two rows tie on the way; the vertex found is taken
at the responses themselves, and is tested there. It says which vertex is optimal, not which of several R
reports: that is for :mod:`pymediation.fits.quantile_vertex`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Block", "Shared", "exchange", "holds", "optimise", "share", "start"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

SHIFT = 1e-10  # size of the shifts as a share of the largest response
ZERO_RESIDUAL = 1e-12  # share of the largest response below which a residual is rounding
FLAT = 1e-9  # slopes of the loss, per unit of a residual, below which it counts as flat
NEAR = 8  # rows per column among which a first basis is sought
EASY_PIVOT, LEAST_PIVOT = 0.1, 1e-6  # shares of the largest, and of a column's length, a pivot must have
FIRST_RATIOS = 32  # ratios sorted before all are
REFRESH = 25  # pivots after which inverses are computed anew
PIVOT_LIMIT = 50  # pivots per column and unit of log(n) after which a resample is given up


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """Rows that all resamples draw from: responses, shifted responses (n,), and columns Z (n, k).

    Z triangle is the design; the columns of Z are orthogonal and of length sqrt(n).
    """

    y: FloatArray
    shifted: FloatArray
    Z: FloatArray
    triangle: FloatArray


@dataclass(slots=True, eq=False)
class Block:
    """Where R resamples stand: their counts (R, n), quantiles (R,), bases and inverses, and residuals."""

    counts: FloatArray
    tau: FloatArray
    basis: IntArray  # (R, k)
    inverse: FloatArray  # (R, k, k), of Z[basis]
    residual: FloatArray  # (R, n), of the shifted responses

    def take(self, which: BoolArray | IntArray) -> Block:
        """Return some of the resamples."""
        return Block(
            self.counts[which], self.tau[which], self.basis[which], self.inverse[which], self.residual[which]
        )


def share(y: FloatArray, X: FloatArray) -> Shared:
    """Prepare rows of full column rank."""
    noise = np.random.default_rng(0).uniform(-1, 1, y.size)
    Q, triangle = np.linalg.qr(X)
    size, root = np.abs(y).max() or 1.0, np.sqrt(y.size)
    return Shared(y, y + SHIFT * size * noise, np.ascontiguousarray(Q) * root, triangle / root)


def start(
    shared: Shared, counts: FloatArray, tau: FloatArray, residual: FloatArray
) -> tuple[Block, BoolArray]:
    """Place resamples at a vertex through rows near a fit; say which have full rank.

    `residual` (n,) is that of a fit to all rows; the fits sought are taken to be parallel to it.
    """
    n, k = shared.Z.shape
    distance = np.abs(residual - np.quantile(residual, tau)[:, None])
    distance[counts == 0] = np.inf
    size = min(NEAR * k, n)
    near = np.argpartition(distance, size - 1, axis=1)[:, :size]
    near = np.take_along_axis(near, np.argsort(np.take_along_axis(distance, near, axis=1), axis=1), axis=1)
    basis, found = _independent_rows(shared.Z, near, counts)
    for r in np.flatnonzero(~found):
        every = np.argsort(distance[r], kind="stable")[None]
        basis[r : r + 1], found[r : r + 1] = _independent_rows(shared.Z, every, counts[r : r + 1])
    block = Block(counts, tau, basis, np.zeros((tau.size, k, k)), np.empty((tau.size, n)))
    block.inverse[~found] = np.eye(k)
    _refresh(shared, block, found)
    return block, found


def _independent_rows(Z: FloatArray, candidates: IntArray, counts: FloatArray) -> tuple[IntArray, BoolArray]:
    """Choose k independent rows of each line of candidates (R, m), early ones if they will do."""
    replicates, k = candidates.shape[0], Z.shape[1]
    lines = np.arange(replicates)
    left = Z[candidates] * (np.take_along_axis(counts, candidates, axis=1) > 0)[:, :, None]
    basis, found = np.zeros((replicates, k), dtype=np.intp), np.full(replicates, candidates.shape[1] >= k)
    for j in range(k if candidates.shape[1] >= k else 0):
        size = np.abs(left[:, :, j])
        largest = size.max(axis=1)
        found &= largest > LEAST_PIVOT
        at = np.argmax(size >= EASY_PIVOT * largest[:, None], axis=1)
        basis[:, j] = candidates[lines, at]
        row = left[lines, at]
        with np.errstate(divide="ignore", invalid="ignore"):
            left -= (left[:, :, j] / row[:, j, None])[:, :, None] * row[:, None, :]
        left[~found] = 0.0
    return basis, found


def _refresh(shared: Shared, block: Block, which: BoolArray | slice = slice(None)) -> None:
    """Compute inverses and residuals from the bases."""
    basis = block.basis[which]
    block.inverse[which] = np.linalg.inv(shared.Z[basis])
    gamma = np.einsum("rij,rj->ri", block.inverse[which], shared.shifted[basis])
    residual = shared.shifted - gamma @ shared.Z.T
    np.put_along_axis(residual, basis, 0.0, axis=1)
    block.residual[which] = residual


def optimise(shared: Shared, block: Block) -> tuple[Block, BoolArray, BoolArray]:
    """Take every resample to its optimum.

    Returns the block at the end, where the optimum was reached, and where the loss rises strictly in every
    direction, so that there is no other optimum.
    """
    R = block.tau.size
    reached, strict = np.zeros(R, dtype=bool), np.zeros(R, dtype=bool)
    running, current = np.arange(R), block
    for step in range(int(PIVOT_LIMIT * shared.Z.shape[1] * np.log(shared.y.size + 2))):
        if step % REFRESH == REFRESH - 1:
            _refresh(shared, current)
        gains = _gains(shared, current)
        best = gains.max(axis=(1, 2))
        done = best <= FLAT
        if done.any():
            ended = running[done]
            reached[ended], strict[ended] = True, best[done] < -FLAT
            block.basis[ended] = current.basis[done]
            block.inverse[ended] = current.inverse[done]
            running, current, gains = running[~done], current.take(~done), gains[~done]
            if not running.size:
                break
        moved = _pivot(shared, current, gains)
        if not moved.all():
            running, current = running[moved], current.take(moved)
    _refresh(shared, block, reached)
    return block, reached, strict


def _gains(shared: Shared, block: Block) -> FloatArray:
    """Return how fast the loss falls as a residual of the basis turns negative or positive, (R, 2, k)."""
    weights = block.counts * (block.tau[:, None] - (block.residual < 0))
    np.put_along_axis(weights, block.basis, 0.0, axis=1)
    pull = np.einsum("rk,rkj->rj", weights @ shared.Z, block.inverse)
    own = np.take_along_axis(block.counts, block.basis, axis=1)
    tau = block.tau[:, None]
    return np.stack((pull - own * (1 - tau), -pull - own * tau), axis=1)


def _pivot(shared: Shared, block: Block, gains: FloatArray) -> BoolArray:
    """Move each resample along its steepest edge to where the loss stops falling; say which moved."""
    R, _, k = gains.shape
    lines = np.arange(R)
    side, column = np.unravel_index(gains.reshape(R, 2 * k).argmax(axis=1), (2, k))
    sign = np.where(side == 0, 1.0, -1.0)
    direction = sign[:, None] * block.inverse[lines, :, column]
    change = direction @ shared.Z.T
    np.put_along_axis(change, block.basis, 0.0, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = block.residual / change
    ratio[~((ratio > 0) & (block.counts > 0))] = np.inf
    row = _crossing(ratio, block.counts, change, gains[lines, side, column])
    step = ratio[lines, row]
    moved = np.isfinite(step)
    row, step = np.where(moved, row, block.basis[lines, column]), np.where(moved, step, 0.0)
    block.residual -= step[:, None] * change
    block.residual[lines, block.basis[lines, column]] = -step * sign
    exchange(shared.Z, block.basis, block.inverse, row, column)
    block.residual[lines, row] = 0.0
    return moved


def _crossing(ratio: FloatArray, counts: FloatArray, change: FloatArray, gain: FloatArray) -> IntArray:
    """Return the row at which crossing it, and all rows of smaller ratio, has used up the gain."""
    n, first = ratio.shape[1], FIRST_RATIOS
    row = np.full(gain.size, -1, dtype=np.intp)
    open_ = np.arange(gain.size)
    while open_.size:
        whole = 2 * first >= n
        part = ratio[open_]
        near = np.argsort(part, axis=1) if whole else np.argpartition(part, first, axis=1)[:, :first]
        if not whole:
            near = np.take_along_axis(
                near, np.argsort(np.take_along_axis(part, near, axis=1), axis=1), axis=1
            )
        at = (open_[:, None], near)
        lost = np.cumsum(np.where(np.isfinite(ratio[at]), counts[at] * np.abs(change[at]), 0.0), axis=1)
        crossed = lost >= gain[open_, None] - FLAT
        hit = crossed.any(axis=1) | whole
        chosen = np.take_along_axis(near, crossed.argmax(axis=1)[:, None], axis=1)[:, 0]
        row[open_[hit]] = chosen[hit]
        open_, first = open_[~hit], 4 * first
    return row


def exchange(Z: FloatArray, basis: IntArray, inverse: FloatArray, row: IntArray, column: IntArray) -> None:
    """Put a row into each basis (R, k) in place of a column's, and update the inverse."""
    lines = np.arange(row.size)
    entry = np.einsum("rk,rkj->rj", Z[row], inverse)
    leaving = inverse[lines, :, column] / entry[lines, column, None]
    entry[lines, column] -= 1.0
    inverse -= leaving[:, :, None] * entry[:, None, :]
    basis[lines, column] = row


def holds(shared: Shared, block: Block) -> BoolArray:
    """Say where no residual of the responses as they are is on the other side of 0 than its shifted one."""
    gamma = np.einsum("rij,rj->ri", block.inverse, shared.y[block.basis])
    residual = shared.y - gamma @ shared.Z.T
    other = (residual < 0) != (block.residual < 0)
    other &= (np.abs(residual) > ZERO_RESIDUAL * np.abs(shared.y).max()) & (block.counts > 0)
    np.put_along_axis(other, block.basis, False, axis=1)
    return ~other.any(axis=1)
