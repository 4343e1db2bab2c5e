"""The nonparametric bootstrap where one or both models are learners: models without coefficients.

The order of random numbers is that of :mod:`pymediation.engine.bootstrap`: all row indices, then the
mediators of the original sample, of replicates 1, 2, ..., and of the original sample once more. A learner
cannot draw from R's stream; its mediators are then drawn from NumPy generators that are seeded by it. Fits
have generators of their own, so that what a learner uses up moves nothing else. The learners of a replicate
are fitted, used and dropped.

Rows that are too many to be held come in several blocks. A batch of replicates is then fitted, held, and
evaluated on one block after the other, which are read again for the next batch. A generator draws the
mediators of an evaluation in the first block, the children that it spawns those in the blocks that follow;
R's stream draws, for each batch, block by block and in each block replicate by replicate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.engine.blocks import Running, progress_bar, run_jobs
from pymediation.engine.bootstrap import BootstrapDraws, Refit, stack_refits
from pymediation.engine.plan import Plan
from pymediation.engine.replicates import Arms, Refits, cells_at, draw_mediators, evaluation_streams, step
from pymediation.engine.resamples import settled_resamples
from pymediation.errors import DataMismatchError, PymediationError, said_by
from pymediation.streams import NumPyStream, Stream

__all__ = ["LearnedMediator", "LearnedOutcome", "LearnedRows", "Learners", "learned_cells"]

FloatArray = NDArray[np.float64]
Counts = NDArray[np.integer]
Generator = np.random.Generator


class Learned(Protocol):
    """A learner, and rows that it is evaluated on."""

    def refit(self, rows: NDArray[np.intp], rng: Generator) -> Any:
        """Return the model behind it, refitted to rows of its data."""
        ...

    def using(self, model: Any) -> Self:
        """Return it with a model that was refitted."""
        ...


class LearnedMediator(Learned, Protocol):
    """A learner as mediator model."""

    def mediators(self, rng: Generator) -> Arms:
        """Draw all rows under treatment and under control, shape (n,); of categories the codes."""
        ...


class LearnedOutcome(Learned, Protocol):
    """A learner as outcome model."""

    def cells(self, M1: NDArray[Any], M0: NDArray[Any]) -> FloatArray:
        """Return weighted sums of Y(1, M1), Y(1, M0), Y(0, M1), Y(0, M0) over rows, (4,) or (4, K)."""
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


@dataclass(frozen=True, slots=True, eq=False)
class LearnedRows:
    """Rows that replicates are evaluated on.

    Attributes
    ----------
    plan : Plan
        Of a learner it has designs without columns, which are not used.
    learners : Learners
        With these rows.
    """

    plan: Plan
    learners: Learners


Read = Callable[[], Iterator[LearnedRows]]


@dataclass(frozen=True, slots=True)
class _Failed:
    """A replicate that a learner could not be fitted to or evaluated on."""

    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class _Resample:
    """Rows that a learner is still to be refitted to, and the generator of that fit."""

    counts: Counts
    rng: Generator


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """Replicates that are evaluated together.

    Attributes
    ----------
    refits : Refits
        Of models with coefficients.
    noise : list of Stream
        One for the mediators of each.
    mediator, outcome : list
        What each learner is in each replicate: a `_Resample`, a refitted model or a `_Failed`; empty for a
        model with coefficients.
    """

    refits: Refits
    noise: list[Stream]
    mediator: list[Any]
    outcome: list[Any]

    def cut(self, size: int | None) -> Iterator[_Batch]:
        """Cut it into smaller ones; failures stay behind."""
        for start in range(0, len(self.noise), size or len(self.noise)):
            s = slice(start, None if size is None else start + size)
            yield _Batch(self.refits.part(s), self.noise[s], self.mediator[s], self.outcome[s])


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """What batches are evaluated with.

    Attributes
    ----------
    read : callable
        Gives the rows, block by block, from the first one.
    several : bool
        Whether there are several blocks, for which learners are held.
    panels : tuple of int
        Shape of a potential outcome's sum: () or (K,).
    how : Running
    advance : callable
        Told of each learner that is done with a block.
    """

    read: Read
    several: bool
    panels: tuple[int, ...]
    how: Running
    advance: Callable[[int], object]


def learned_cells(
    read: Read,
    n: int,
    refit: Refit,
    original: Refits,
    stream: Stream,
    replicates: int,
    *,
    strata: ArrayLike | None,
    clusters: NDArray[np.intp] | None = None,
    batch: int | None = None,
    how: Running,
) -> BootstrapDraws:
    """Bootstrap the weighted sums of the four potential outcomes.

    Parameters
    ----------
    read : callable
        Gives the rows to be evaluated on, block by block and at least one, as often as it is called.
    n : int
        Number of rows of the models, which are resampled.
    refit, original
        Of models with coefficients, see :func:`~pymediation.engine.bootstrap.bootstrap_refits`.
    stream : Stream
    replicates : int
    strata : array_like or None
        Resample within strata.
    clusters : ndarray of int, shape (n,), or None
        Resample whole clusters.
    batch : int or None
        Most replicates that are evaluated, or held, at a time; None: as many as are resampled at a time.
    how : Running
    """
    learners = next(read()).learners
    resamples = settled_resamples(stream, n, replicates, strata, clusters)
    resamples = chain([next(resamples)], resamples)  # now all indices are drawn
    own = stream if isinstance(stream, NumPyStream) else _seeded_by(stream)
    noise = evaluation_streams(stream if learners.mediator is None else own, replicates + 2)
    unused, blocks = _original_cells(read, original, next(noise))
    fits = iter(own.spawn(learners.count * replicates))
    cells: list[FloatArray] = []
    failures: dict[int, str] = {}
    total, unit = learners.count * replicates * blocks, "fits" if blocks == 1 else "blocks"
    with progress_bar(how, total=total, unit=unit) as advance:
        task = _Task(read, blocks > 1, unused.shape[2:], how, advance)
        for which, counts, drawn in resamples:
            refits = stack_refits([refit(counts, drawn)], original)
            failures |= {which.start + r: reason for r, reason in refits.failures.items()}
            begin = which.start
            for part in _batch(learners, counts, refits, noise, fits).cut(batch):
                sums, failed = _evaluate_batch(task, learners, part)
                cells.append(sums)
                failures |= {begin + r: reason for r, reason in failed.items()}
                begin += len(part.noise)
    joined = np.concatenate(cells, axis=1)
    joined[:, list(failures)] = np.nan
    return BootstrapDraws(joined, _original_cells(read, original, next(noise))[0], failures)


def _seeded_by(stream: Stream) -> NumPyStream:
    """Return a NumPy stream that R's stream, which is not advanced, determines."""
    return NumPyStream(np.random.SeedSequence(stream.copy().integers(2**31 - 1, size=8).tolist()))


def _at_block(stream: Stream, place: int) -> Stream:
    """Return what draws in a block of rows: the one sequence, or of a generator itself, then its children."""
    return stream.spawn(1)[0] if place and isinstance(stream, NumPyStream) else stream


def _original_cells(read: Read, original: Refits, stream: Stream) -> tuple[FloatArray, int]:
    """Evaluate the original sample, shape (4, 1) or (4, 1, K), and count the blocks of rows."""
    parts = (
        _original_of_block(rows, original, _at_block(stream, place)) for place, rows in enumerate(read())
    )
    total, blocks = next(parts), 1
    for part in parts:
        total, blocks = total + part, blocks + 1
    return total, blocks


def _original_of_block(rows: LearnedRows, original: Refits, stream: Stream) -> FloatArray:
    """Evaluate the original sample on a block of rows."""
    plan, learners = rows.plan, rows.learners
    try:
        if learners.mediator is None:
            M1, M0 = draw_mediators(plan, original, [stream])
        else:
            M1, M0 = (arm[np.newaxis] for arm in learners.mediator.mediators(_generator(stream)))
        if learners.outcome is None:
            return cells_at(plan, original, M1, M0)
        return learners.outcome.cells(M1[0], M0[0])[:, np.newaxis]
    except PymediationError:
        raise
    except Exception as error:  # whatever a learner of any library may raise
        msg = f"The models cannot be evaluated on the rows that effects are averaged over: {_reason(error)}."
        raise DataMismatchError(msg) from error


def _batch(
    learners: Learners,
    counts: Counts,
    refits: Refits,
    noise: Iterator[Stream],
    fits: Iterator[NumPyStream],
) -> _Batch:
    """Give replicates their random numbers; all mediator models are fitted before all outcome models."""
    mediator, outcome = (
        [] if learner is None else [_Resample(c, _generator(next(fits))) for c in counts]
        for learner in (learners.mediator, learners.outcome)
    )
    return _Batch(refits, list(islice(noise, len(counts))), mediator, outcome)


def _evaluate_batch(task: _Task, learners: Learners, batch: _Batch) -> tuple[FloatArray, dict[int, str]]:
    """Evaluate a batch on all rows: sums (4, batch) or (4, batch, K), and what failed."""
    if task.several:
        batch = replace(
            batch,
            mediator=_refitted(learners.mediator, batch.mediator, task.how),
            outcome=_refitted(learners.outcome, batch.outcome, task.how),
        )
    sums: list[FloatArray] = []
    failures: dict[int, str] = {}
    for place, rows in enumerate(task.read()):
        streams = [_at_block(stream, place) for stream in batch.noise]
        part, failed = _evaluate_block(task, rows, replace(batch, noise=streams))
        sums = [sums[0] + part] if sums else [part]
        failures = failed | failures
    return sums[0], failures


def _refitted(learner: Learned | None, resamples: list[_Resample], how: Running) -> list[Any]:
    """Refit a learner to resamples ahead of its use."""
    return run_jobs(_model, [(learner, resample) for resample in resamples], how, lambda done: None)


def _evaluate_block(task: _Task, rows: LearnedRows, batch: _Batch) -> tuple[FloatArray, dict[int, str]]:
    """Evaluate a batch on a block of rows: sums (4, batch) or (4, batch, K), and what failed."""
    plan, learner, refits = rows.plan, rows.learners.outcome, batch.refits
    M1, M0, failures = _mediators(task, rows, batch)
    if learner is None:
        parts = [cells_at(plan, refits.part(s), M1[s], M0[s]) for s in _steps(plan, len(M1))]
        return np.concatenate(parts, axis=1), failures
    jobs = [(learner, fit, m1, m0) for fit, m1, m0 in zip(batch.outcome, M1, M0, strict=True)]
    done = run_jobs(_learned_cells, jobs, task.how, task.advance)
    lost = np.full((4, *task.panels), np.nan)
    cells = np.stack([lost if isinstance(part, _Failed) else part for part in done], axis=1)
    return cells, failures | _reasons(done, "outcome")


def _mediators(task: _Task, rows: LearnedRows, batch: _Batch) -> tuple[*Arms, dict[int, str]]:
    """Draw the mediators of a batch, each (batch, n), and say what failed."""
    plan, learner, streams = rows.plan, rows.learners.mediator, batch.noise
    if learner is None:
        drawn = [draw_mediators(plan, batch.refits.part(s), streams[s]) for s in _steps(plan, len(streams))]
        return np.concatenate([M1 for M1, _ in drawn]), np.concatenate([M0 for _, M0 in drawn]), {}
    jobs = [(learner, fit, _generator(stream)) for fit, stream in zip(batch.mediator, streams, strict=True)]
    done = run_jobs(_learned_mediators, jobs, task.how, task.advance)
    failures = _reasons(done, "mediator")
    arms: list[Any] = list(done)
    for r in failures:  # mediators of the original model stand in; of what becomes of them nothing is kept
        arms[r] = learner.mediators(np.random.default_rng(r))
    return np.stack([M1 for M1, _ in arms]), np.stack([M0 for _, M0 in arms]), failures


def _learned_mediators(learner: LearnedMediator, fit: Any, noise: Generator) -> Arms | _Failed:
    """Draw from a mediator model in one replicate."""
    model = _model(learner, fit)
    try:
        return model if isinstance(model, _Failed) else learner.using(model).mediators(noise)
    except Exception as error:  # whatever a learner of any library may raise
        return _Failed(_reason(error))


def _learned_cells(
    learner: LearnedOutcome, fit: Any, M1: NDArray[Any], M0: NDArray[Any]
) -> FloatArray | _Failed:
    """Evaluate an outcome model in one replicate."""
    model = _model(learner, fit)
    try:
        return model if isinstance(model, _Failed) else learner.using(model).cells(M1, M0)
    except Exception as error:  # whatever a learner of any library may raise
        return _Failed(_reason(error))


def _model(learner: Learned, fit: Any) -> Any:
    """Return the model of a replicate: refitted here, or one that has been, or that could not be."""
    if not isinstance(fit, _Resample):
        return fit
    try:
        return learner.refit(_rows(fit.counts), fit.rng)
    except Exception as error:  # whatever a learner of any library may raise
        return _Failed(_reason(error))


def _rows(counts: Counts) -> NDArray[np.intp]:
    """Return the rows of a resample given as counts."""
    return np.repeat(np.arange(counts.size), counts)


def _reason(error: Exception) -> str:
    """Return the reason of a failure in one line."""
    text = said_by(error).strip().partition("\n")[0].rstrip(".")
    return text if isinstance(error, PymediationError) else f"{type(error).__name__}: {text}"


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
