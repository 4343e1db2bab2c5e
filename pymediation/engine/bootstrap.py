"""The nonparametric bootstrap.

Order of random numbers, which is R's: all row indices of all replicates; mediator noise of one evaluation on
the original sample, whose value is not used; noise of replicates 1, 2, ...; noise of a second evaluation on
the original sample, which gives the estimates. In each evaluation the treated arm comes before the control
arm. Predictions are for the original rows; there is no other source of variation in the coefficients than the
resampling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.engine.blocks import Running, run_blocks
from pymediation.engine.layout import DRAWS_FIRST
from pymediation.engine.plan import Plan
from pymediation.engine.resamples import leave_out_counts, resample_counts
from pymediation.streams import NumPyStream, RStream, Stream

__all__ = ["BootstrapDraws", "Refit", "Refits", "bootstrap_cells", "jackknife_cells"]

FloatArray = NDArray[np.float64]

# Cells (replicates x rows) in a block of evaluations.
_BLOCK_CELLS = 131_072


@dataclass(frozen=True, slots=True, eq=False)
class Refits:
    """Both models, refitted to R resamples.

    Attributes
    ----------
    mediator, outcome : ndarray, shapes (R, k_m) and (R, k_y)
        Coefficients.
    parameter : ndarray, shape (R,)
        The mediator family's second parameter (`MediatorLaw.parameter`).
    failures : dict of int to str
        Replicates that could not be fitted, with the reason.
    """

    mediator: FloatArray
    outcome: FloatArray
    parameter: FloatArray
    failures: dict[int, str]


Refit = Callable[[NDArray[np.integer]], Refits]


@dataclass(frozen=True, slots=True, eq=False)
class BootstrapDraws:
    """The result of the bootstrap.

    Attributes
    ----------
    cells : ndarray, shape (4, R)
        Average potential outcomes by replicate; NaN for replicates that failed.
    original : ndarray, shape (4, 1)
        Those of the original sample.
    failures : dict of int to str
        Replicates that could not be used, with the reason.
    before_original : Stream
        Where the stream stood before the evaluation that gave `original`.
    """

    cells: FloatArray
    original: FloatArray
    failures: dict[int, str]
    before_original: Stream


def bootstrap_cells(
    plan: Plan,
    refit: Refit,
    original: Refits,
    stream: Stream,
    replicates: int,
    *,
    strata: ArrayLike | None,
    how: Running,
) -> BootstrapDraws:
    """Bootstrap the four average potential outcomes.

    Parameters
    ----------
    plan : Plan
    refit : callable
        ``refit(counts)``: both models on resamples given as counts (R, n).
    original : Refits
        The models on the original sample, as one replicate.
    stream : Stream
    replicates : int
    strata : array_like or None
        Resample within strata.
    how : Running
    """
    resamples = resample_counts(stream, plan.n, replicates, strata)
    parts = run_blocks(resamples, lambda _, counts: refit(counts), how, total=replicates, unit="fits")
    refits = _stack(list(parts), original)
    streams = _evaluation_streams(stream, replicates + 2)
    _evaluate(plan, original, next(streams))
    if plan.errors_cancel:
        _pass_over(plan, refits, stream)
        cells = plan.linear_cells(refits.mediator, refits.outcome)
    else:
        cells = _noisy_cells(plan, refits, streams, how)
    cells[:, list(refits.failures)] = np.nan
    last = next(streams)
    before = last.copy()
    return BootstrapDraws(cells, _evaluate(plan, original, last), refits.failures, before)


def jackknife_cells(plan: Plan, refit: Refit, original: Refits, stream: Stream, groups: int) -> FloatArray:
    """Return the average potential outcomes with groups of rows left out of the fits, shape (4, groups).

    Parameters
    ----------
    plan : Plan
    refit : callable
    original : Refits
    stream : Stream
        Copied, not advanced. Every evaluation starts from it, so that all share their noise and differ in the
        fits alone; a two-valued mediator is averaged over instead of drawn.
    groups : int
        Number of groups.
    """
    parts = []
    for start in range(0, groups, step := _replicates_per_block(plan)):
        which = slice(start, min(groups, start + step))
        refits = _stack([refit(leave_out_counts(plan.n, groups, which))], original)
        everything = slice(0, refits.parameter.size)
        if plan.law.two_valued:  # the mean outcome is affine in the mediator
            M1, M0 = _means(plan, refits, everything)
        else:
            M1, M0 = _draw(plan, refits, everything, [stream.copy() for _ in refits.parameter])
        cells = _cells(plan, refits, everything, M1, M0)
        cells[:, list(refits.failures)] = np.nan
        parts.append(cells)
    return np.concatenate(parts, axis=1)


def _replicates_per_block(plan: Plan) -> int:
    """Return the number of replicates that are evaluated at a time."""
    return max(1, _BLOCK_CELLS // plan.n)


def _noisy_cells(plan: Plan, refits: Refits, streams: Iterator[Stream], how: Running) -> FloatArray:
    """Evaluate all replicates with mediators drawn, shape (4, R)."""
    replicates = refits.parameter.size
    blocks = _mediator_blocks(plan, refits, streams)
    parts = run_blocks(
        blocks, lambda *block: _cells(plan, refits, *block), how, total=replicates, unit="replicates"
    )
    return np.concatenate(list(parts), axis=1)


def _cells(plan: Plan, refits: Refits, which: slice, M1: FloatArray, M0: FloatArray) -> FloatArray:
    """Average the potential outcomes of a block of replicates over all rows, shape (4, block)."""
    return plan.surface.cells(DRAWS_FIRST, refits.outcome[which], M1, M0, slice(0, plan.n), plan.weights)


def _stack(parts: list[Refits], original: Refits) -> Refits:
    """Join blocks of refits; failed replicates get the original fit, so that the stream stays in step."""
    mediator, outcome, parameter = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("mediator", "outcome", "parameter")
    )
    failures: dict[int, str] = {}
    begin = 0
    for part in parts:
        failures |= {begin + r: reason for r, reason in part.failures.items()}
        begin += part.parameter.size
    for r in failures:
        mediator[r], outcome[r], parameter[r] = (
            original.mediator[0],
            original.outcome[0],
            original.parameter[0],
        )
    return Refits(mediator, outcome, parameter, failures)


def _evaluation_streams(stream: Stream, count: int) -> Iterator[Stream]:
    """Yield the stream of each evaluation: the one sequence itself, or with NumPy one child each."""
    if isinstance(stream, NumPyStream):
        yield from stream.spawn(count)
    else:
        for _ in range(count):
            yield stream


def _pass_over(plan: Plan, refits: Refits, stream: Stream) -> None:
    """Pass over errors that would cancel: two words of R's stream each, none where the sd is 0."""
    if isinstance(stream, RStream):
        stream.skip(2 * plan.n * int(np.sum(refits.parameter > 0)))


def _evaluate(plan: Plan, fit: Refits, stream: Stream) -> FloatArray:
    """Evaluate the statistic once, shape (4, 1)."""
    return _cells(plan, fit, slice(0, 1), *_draw(plan, fit, slice(0, 1), [stream]))


def _means(plan: Plan, refits: Refits, which: slice) -> tuple[FloatArray, FloatArray]:
    """Return the mediator's means under treatment and under control, each (block, n)."""
    B = refits.mediator[which]
    treated, control = (plan.mean(DRAWS_FIRST, B, arm, slice(0, plan.n)) for arm in (0, 1))
    return treated, control


def _mediator_blocks(
    plan: Plan, refits: Refits, streams: Iterator[Stream]
) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
    """Yield blocks of replicates with the mediators under treatment and under control, each (block, n)."""
    for start in range(0, refits.parameter.size, step := _replicates_per_block(plan)):
        which = slice(start, min(refits.parameter.size, start + step))
        M1, M0 = _draw(plan, refits, which, [next(streams) for _ in range(which.start, which.stop)])
        yield which, M1, M0


def _draw(plan: Plan, refits: Refits, which: slice, streams: list[Stream]) -> tuple[FloatArray, FloatArray]:
    """Draw the mediators of a block of replicates, in both arms."""
    parameter = refits.parameter[which]
    treated, control = _means(plan, refits, which)
    if plan.law.shared:
        errors = _errors(plan.n, parameter, streams)
        treated += errors
        control += errors
        return treated, control
    means = np.stack([treated, control], axis=1)
    draw = plan.law.draw
    if draw is None:  # pragma: no cover - families with a shared error do not come here
        raise TypeError
    shapes = parameter[:, np.newaxis, np.newaxis]
    if _one_sequence(streams):
        values = draw(streams[0], means, np.broadcast_to(shapes, means.shape), "C")
    else:
        values = np.concatenate(
            [draw(s, means[r : r + 1], shapes[r : r + 1], "C") for r, s in enumerate(streams)]
        )
    return values[:, 0], values[:, 1]


def _one_sequence(streams: list[Stream]) -> bool:
    """Whether all evaluations draw from one sequence, so that one call serves them all."""
    return all(stream is streams[0] for stream in streams)


def _errors(n: int, sd: FloatArray, streams: list[Stream]) -> FloatArray:
    """Draw normal errors for a block of replicates, shape (block, n)."""
    if _one_sequence(streams) and np.all(sd > 0):
        errors = streams[0].normal(0.0, 1.0, size=(sd.size, n), order="C")
        errors *= sd[:, np.newaxis]
        return errors
    return np.stack([stream.normal(0.0, s, size=n) for s, stream in zip(sd, streams, strict=True)])
