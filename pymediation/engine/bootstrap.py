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
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.engine.blocks import Running, run_blocks
from pymediation.engine.plan import Plan
from pymediation.engine.replicates import (
    Refits,
    cells_at,
    draw_mediators,
    evaluation_streams,
    mediator_means,
    noisy_cells,
    step,
)
from pymediation.engine.resamples import leave_out_counts, resample_counts
from pymediation.streams import RStream, Stream

__all__ = [
    "BootstrapDraws",
    "Refit",
    "bootstrap_cells",
    "bootstrap_refits",
    "jackknife_refits",
    "stack_refits",
]

FloatArray = NDArray[np.float64]
Refit = Callable[[NDArray[np.integer], "NDArray[np.integer] | None"], Refits]


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
    left_out : ndarray, shape (4, groups), or None
        Those of the jackknife, if there was one.
    """

    cells: FloatArray
    original: FloatArray
    failures: dict[int, str]
    left_out: FloatArray | None = None

    @property
    def averages(self) -> tuple[FloatArray, ...]:
        """The averages over rows: `cells`, `original` and, if there was a jackknife, `left_out`."""
        both = self.cells, self.original
        return both if self.left_out is None else (*both, self.left_out)


def bootstrap_refits(
    n: int,
    refit: Refit,
    original: Refits,
    stream: Stream,
    replicates: int,
    *,
    strata: ArrayLike | None,
    clusters: NDArray[np.intp] | None = None,
    how: Running,
) -> Refits:
    """Draw resamples of n rows and refit both models to them.

    Parameters
    ----------
    n : int
    refit : callable
        ``refit(counts, drawn)``: both models on resamples given as counts (R, n) and, if known, as rows in
        the order drawn.
    original : Refits
        The models on the original sample, as one replicate.
    stream : Stream
    replicates : int
    strata : array_like or None
        Resample within strata.
    clusters : ndarray of int, shape (n,), or None
        Resample whole clusters.
    how : Running
    """
    resamples = resample_counts(stream, n, replicates, strata, clusters)
    parts = run_blocks(resamples, partial(_refit_block, refit), how, total=replicates, unit="fits")
    return stack_refits(list(parts), original)


def _refit_block(
    refit: Refit, _which: slice, counts: NDArray[np.integer], drawn: NDArray[np.integer] | None
) -> Refits:
    """Refit both models to a block of resamples."""
    return refit(counts, drawn)


def jackknife_refits(
    plan: Plan, refit: Refit, original: Refits, units: NDArray[np.intp], groups: int
) -> Refits:
    """Refit both models with groups of units left out.

    Parameters
    ----------
    plan : Plan
        The rows of the models.
    refit, original
        As in `bootstrap_refits`.
    units : ndarray of int, shape (n,)
        What each row belongs to and is left out with, from 0: a cluster, or a unit of its own.
    groups : int
        Number of groups that units are put into.
    """
    blocks = _steps(groups, step(plan))
    parts = [refit(leave_out_counts(units, groups, which), None) for which in blocks]
    return stack_refits(parts, original)


def bootstrap_cells(
    plan: Plan, refits: Refits, original: Refits, left_out: Refits | None, stream: Stream, how: Running
) -> BootstrapDraws:
    """Evaluate the four average potential outcomes.

    Parameters
    ----------
    plan : Plan
        The rows that are averaged over: those of the models, or others.
    refits, original, left_out : Refits
        The models on resamples, on the original sample, and with groups of rows left out.
    stream : Stream
        After the draw of the resamples.
    how : Running
    """
    if plan.errors_cancel:
        return _without_errors(plan, refits, original, left_out, stream)
    streams = evaluation_streams(stream, refits.count + 2)
    _evaluate(plan, original, next(streams))
    cells = noisy_cells(plan, refits, streams, how, "replicates")
    cells[:, list(refits.failures)] = np.nan
    last = next(streams)
    without = None if left_out is None else _jackknife_cells(plan, left_out, last)
    return BootstrapDraws(cells, _evaluate(plan, original, last), refits.failures, without)


def _without_errors(
    plan: Plan, refits: Refits, original: Refits, left_out: Refits | None, stream: Stream
) -> BootstrapDraws:
    """Evaluate linear models, whose errors cancel; R's stream passes over those of all evaluations."""
    for evaluated in (original, refits, original):
        _pass_over(plan, evaluated, stream)
    return BootstrapDraws(
        _linear_cells(plan, refits),
        _linear_cells(plan, original),
        refits.failures,
        None if left_out is None else _linear_cells(plan, left_out),
    )


def _linear_cells(plan: Plan, refits: Refits) -> FloatArray:
    """Return the average potential outcomes of linear models without errors."""
    cells = plan.linear_cells(refits.mediator, refits.outcome)
    cells[:, list(refits.failures)] = np.nan
    return cells


def _jackknife_cells(plan: Plan, refits: Refits, stream: Stream) -> FloatArray:
    """Return the average potential outcomes with groups of rows left out of the fits, shape (4, groups).

    The stream is copied, not advanced. Every evaluation starts from it, so that all share their noise, which
    is that of the original sample, and differ in the fits alone; a two-valued mediator is averaged over
    instead of drawn.
    """
    parts = []
    for which in _steps(refits.count, step(plan)):
        part = refits.part(which)
        if plan.law.n_values == 2:  # the mean outcome is affine in the mediator
            M1, M0 = mediator_means(plan, part)
        else:
            M1, M0 = draw_mediators(plan, part, [stream.copy() for _ in range(part.count)])
        parts.append(cells_at(plan, part, M1, M0))
    cells = np.concatenate(parts, axis=1)
    cells[:, list(refits.failures)] = np.nan
    return cells


def _steps(total: int, size: int) -> Iterator[slice]:
    """Cut replicates into blocks."""
    for start in range(0, total, size):
        yield slice(start, min(total, start + size))


def stack_refits(parts: list[Refits], original: Refits) -> Refits:
    """Join blocks of refits; failed replicates get the original fit, so that the stream stays in step.

    Parameters
    ----------
    parts : list of Refits
    original : Refits
        The models on the original sample, as one replicate.
    """
    mediator, outcome, parameter = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("mediator", "outcome", "parameter")
    )
    failures: dict[int, str] = {}
    begin = 0
    for part in parts:
        failures |= {begin + r: reason for r, reason in part.failures.items()}
        begin += part.count
    for r in failures:
        mediator[r], outcome[r], parameter[r] = (
            original.mediator[0],
            original.outcome[0],
            original.parameter[0],
        )
    return Refits(mediator, outcome, parameter, failures)


def _pass_over(plan: Plan, refits: Refits, stream: Stream) -> None:
    """Pass over errors that would cancel: two words of R's stream each, none where the sd is 0."""
    if isinstance(stream, RStream):
        stream.skip(2 * plan.n * int(np.sum(refits.parameter > 0)))


def _evaluate(plan: Plan, fit: Refits, stream: Stream) -> FloatArray:
    """Evaluate the statistic once, shape (4, 1) or (4, 1, K)."""
    return cells_at(plan, fit, *draw_mediators(plan, fit, [stream]))
