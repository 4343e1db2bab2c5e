"""The nonparametric bootstrap where one or both models are learners: models without coefficients.

The order of random numbers is that of :mod:`pymediation.engine.bootstrap`: all row indices, then the
mediators of the original sample, of replicates 1, 2, ..., and of the original sample once more. A learner
cannot draw from R's stream; its mediators are then drawn from NumPy generators that are seeded by it. Fits
have generators of their own, so that what a learner uses up moves nothing else. The learners of a replicate
are fitted, used and dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.engine.blocks import Running, progress_bar, run_jobs
from pymediation.engine.bootstrap import BootstrapDraws, Refit, stack_refits
from pymediation.engine.plan import Plan
from pymediation.engine.replicates import Arms, Refits, cells_at, draw_mediators, evaluation_streams, step
from pymediation.engine.resamples import settled_resamples
from pymediation.errors import PymediationError, said_by
from pymediation.streams import NumPyStream, Stream

__all__ = ["LearnedMediator", "LearnedOutcome", "Learners", "learned_cells"]

FloatArray = NDArray[np.float64]
Counts = NDArray[np.integer]
Generator = np.random.Generator


class LearnedMediator(Protocol):
    """A learner as mediator model."""

    def fitted(self, rows: NDArray[np.intp], rng: Generator) -> LearnedMediator:
        """Return it refitted to rows of the data."""
        ...

    def mediators(self, rng: Generator) -> Arms:
        """Draw all rows under treatment and under control, shape (n,); of categories the codes."""
        ...


class LearnedOutcome(Protocol):
    """A learner as outcome model."""

    def fitted(self, rows: NDArray[np.intp], rng: Generator) -> LearnedOutcome:
        """Return it refitted to rows of the data."""
        ...

    def cells(self, M1: NDArray[Any], M0: NDArray[Any]) -> FloatArray:
        """Return the averages of Y(1, M1), Y(1, M0), Y(0, M1), Y(0, M0), shape (4,) or (4, K)."""
        ...


@dataclass(frozen=True, slots=True)
class Learners:
    """The learners of an analysis, at least one; None where a model has coefficients."""

    mediator: LearnedMediator | None
    outcome: LearnedOutcome | None

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(part is not None for part in (self.mediator, self.outcome))


@dataclass(frozen=True, slots=True)
class _Failed:
    """A replicate that a learner could not be fitted to or evaluated on."""

    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """What blocks of replicates are evaluated with.

    Attributes
    ----------
    plan : Plan
    learners : Learners
    noise : iterator of Stream
        One for the mediators of each replicate.
    fits : iterator of NumPyStream
        One for each fit.
    spare : tuple of two ndarrays, shape (1, n)
        Mediators of the original sample, in the place of those that could not be drawn.
    how : Running
    advance : callable
        Told of each learner that is done.
    """

    plan: Plan
    learners: Learners
    noise: Iterator[Stream]
    fits: Iterator[NumPyStream]
    spare: Arms
    how: Running
    advance: Callable[[int], object]


def learned_cells(
    learners: Learners,
    plan: Plan,
    refit: Refit,
    original: Refits,
    stream: Stream,
    replicates: int,
    *,
    strata: ArrayLike | None,
    clusters: NDArray[np.intp] | None = None,
    how: Running,
) -> BootstrapDraws:
    """Bootstrap the four average potential outcomes.

    Parameters
    ----------
    learners : Learners
    plan : Plan
        Of a learner it has designs without columns, which are not used.
    refit, original
        Of models with coefficients, see :func:`~pymediation.engine.bootstrap.bootstrap_refits`.
    stream : Stream
    replicates : int
    strata : array_like or None
        Resample within strata.
    clusters : ndarray of int, shape (n,), or None
        Resample whole clusters.
    how : Running
    """
    resamples = settled_resamples(stream, plan.n, replicates, strata, clusters)
    resamples = chain([next(resamples)], resamples)  # now all indices are drawn
    own = stream if isinstance(stream, NumPyStream) else _seeded_by(stream)
    noise = evaluation_streams(stream if learners.mediator is None else own, replicates + 2)
    spare = _mediators_of_original(plan, learners, original, next(noise))
    fits = iter(own.spawn(learners.count * replicates))
    cells: list[FloatArray] = []
    failures: dict[int, str] = {}
    with progress_bar(how, total=learners.count * replicates, unit="fits") as advance:
        task = _Task(plan, learners, noise, fits, spare, how, advance)
        for which, counts, drawn in resamples:
            refits = stack_refits([refit(counts, drawn)], original)
            block, failed = _evaluate_block(task, counts, refits)
            cells.append(block)
            failures |= {which.start + r: reason for r, reason in failed.items()}
    joined = np.concatenate(cells, axis=1)
    joined[:, list(failures)] = np.nan
    return BootstrapDraws(joined, _original_cells(plan, learners, original, next(noise)), failures)


def _seeded_by(stream: Stream) -> NumPyStream:
    """Return a NumPy stream that R's stream, which is not advanced, determines."""
    return NumPyStream(np.random.SeedSequence(stream.copy().integers(2**31 - 1, size=8).tolist()))


def _mediators_of_original(plan: Plan, learners: Learners, original: Refits, stream: Stream) -> Arms:
    """Draw the mediators of the original sample, each (1, n)."""
    if learners.mediator is None:
        return draw_mediators(plan, original, [stream])
    M1, M0 = learners.mediator.mediators(_generator(stream))
    return M1[np.newaxis], M0[np.newaxis]


def _original_cells(plan: Plan, learners: Learners, original: Refits, stream: Stream) -> FloatArray:
    """Evaluate the original sample, shape (4, 1) or (4, 1, K)."""
    M1, M0 = _mediators_of_original(plan, learners, original, stream)
    if learners.outcome is None:
        return cells_at(plan, original, M1, M0)
    return learners.outcome.cells(M1[0], M0[0])[:, np.newaxis]


def _evaluate_block(task: _Task, counts: Counts, refits: Refits) -> tuple[FloatArray, dict[int, str]]:
    """Evaluate a block of replicates: cells (4, block) or (4, block, K), and what failed."""
    failures = dict(refits.failures)
    M1, M0 = _block_mediators(task, counts, refits, failures)
    if task.learners.outcome is None:
        parts = [cells_at(task.plan, refits.part(s), M1[s], M0[s]) for s in _steps(task.plan, len(counts))]
        return np.concatenate(parts, axis=1), failures
    jobs = [
        (task.learners.outcome, c, _generator(next(task.fits)), m1, m0)
        for c, m1, m0 in zip(counts, M1, M0, strict=True)
    ]
    done = run_jobs(_learned_cells, jobs, task.how, task.advance)
    failures |= _reasons(done, "outcome")
    good = next((cells for cells in done if not isinstance(cells, _Failed)), np.full(4, np.nan))
    lost = np.full_like(good, np.nan)
    return np.stack([lost if isinstance(cells, _Failed) else cells for cells in done], axis=1), failures


def _block_mediators(task: _Task, counts: Counts, refits: Refits, failures: dict[int, str]) -> Arms:
    """Draw the mediators of a block of replicates, each (block, n), and note what failed."""
    streams = list(islice(task.noise, len(counts)))
    if task.learners.mediator is None:
        drawn = [
            draw_mediators(task.plan, refits.part(s), streams[s]) for s in _steps(task.plan, len(counts))
        ]
        return np.concatenate([M1 for M1, _ in drawn]), np.concatenate([M0 for _, M0 in drawn])
    jobs = [
        (task.learners.mediator, c, _generator(next(task.fits)), _generator(stream))
        for c, stream in zip(counts, streams, strict=True)
    ]
    done = run_jobs(_learned_mediators, jobs, task.how, task.advance)
    failures |= _reasons(done, "mediator")
    spare = task.spare[0][0], task.spare[1][0]
    arms = [spare if isinstance(arms, _Failed) else arms for arms in done]
    return np.stack([M1 for M1, _ in arms]), np.stack([M0 for _, M0 in arms])


def _learned_mediators(
    learner: LearnedMediator, counts: Counts, fit: Generator, noise: Generator
) -> Arms | _Failed:
    """Refit a mediator model to one resample and draw from it."""
    try:
        return learner.fitted(_rows(counts), fit).mediators(noise)
    except Exception as error:  # whatever a learner of any library may raise
        return _failed(error)


def _learned_cells(
    learner: LearnedOutcome, counts: Counts, fit: Generator, M1: NDArray[Any], M0: NDArray[Any]
) -> FloatArray | _Failed:
    """Refit an outcome model to one resample and evaluate it."""
    try:
        return learner.fitted(_rows(counts), fit).cells(M1, M0)
    except Exception as error:  # whatever a learner of any library may raise
        return _failed(error)


def _rows(counts: Counts) -> NDArray[np.intp]:
    """Return the rows of a resample given as counts."""
    return np.repeat(np.arange(counts.size), counts)


def _failed(error: Exception) -> _Failed:
    """Return the reason of a failure in one line."""
    text = said_by(error).strip().partition("\n")[0].rstrip(".")
    return _Failed(text if isinstance(error, PymediationError) else f"{type(error).__name__}: {text}")


def _reasons(done: list[Any], role: str) -> dict[int, str]:
    """Return the replicates that failed, with the reason."""
    return {r: f"{role} model: {part.reason}" for r, part in enumerate(done) if isinstance(part, _Failed)}


def _steps(plan: Plan, replicates: int) -> list[slice]:
    """Cut a block into the parts that models with coefficients are evaluated in."""
    size = step(plan)
    return [slice(start, min(replicates, start + size)) for start in range(0, replicates, size)]


def _generator(stream: Stream) -> Generator:
    """Return the generator of a NumPy stream."""
    if not isinstance(stream, NumPyStream):  # pragma: no cover - learners are given NumPy streams only
        raise TypeError
    return stream.generator
