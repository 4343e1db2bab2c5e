"""Run a task over blocks of work, in order: here, on several threads, or on the workers of a cluster."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from pymediation.engine.elsewhere import backend_elsewhere, controller, packed, run_packed
from pymediation.errors import said_by
from pymediation.warn import warn

__all__ = ["Running", "one_blas_thread", "progress_bar", "run_blocks", "run_jobs"]

# Seconds of work without a bar, unless one was asked for.
_SHORT_WORK = 2.0

Outcome = TypeVar("Outcome")
Block = tuple[slice, *tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Running:
    """How blocks are run.

    Attributes
    ----------
    n_jobs : int
        Threads, as numpy releases the interpreter's lock in most work that matters; processes for the rest.
        -1: one per core.
    progress : bool or None
        Whether to show a bar; None: once the work takes long, where somebody is watching.
    """

    n_jobs: int
    progress: bool | None

    @property
    def workers_elsewhere(self) -> int | None:
        """The number of workers to ask a configured backend for: what it was configured with, unless told."""
        return None if self.n_jobs == 1 else self.n_jobs


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread: its threads make small products slower, and results vary."""
    with controller().limit(limits=1, user_api="blas"):
        yield


def run_blocks(
    blocks: Iterable[Block],
    task: Callable[..., Outcome],
    how: Running,
    *,
    total: int,
    unit: str,
    processes: bool = False,
) -> Iterator[Outcome]:
    """Apply a task to blocks and yield the outcomes in the order of the blocks.

    Parameters
    ----------
    blocks : iterable of tuples
        Arguments of the task, the first of them the slice of the work that the block is. Consumed one after
        the other in the calling thread, so that a generator may draw random numbers.
    task : callable
        Must not draw random numbers.
    how : Running
    total : int
        Length of all the work.
    unit : str
        What the work consists of, for the progress bar.
    processes : bool
        Whether the work is long and holds the interpreter's lock, so that several jobs had better be
        processes, unless joblib is configured with something else.
    """
    leave = backend_elsewhere() or (processes and how.n_jobs != 1)
    outcomes = _run_elsewhere(blocks, task, how) if leave else _run_here(blocks, task, how)
    with progress_bar(how, total=total, unit=unit) as advance:
        for which, outcome in outcomes:
            yield outcome
            advance(which.stop - which.start)


@contextmanager
def progress_bar(how: Running, *, total: int | None, unit: str) -> Iterator[Callable[[int], object]]:
    """Provide a function that is told how much more is done, and shows it if that was asked for.

    Parameters
    ----------
    how : Running
    total : int or None
        Length of all the work, if that is known.
    unit : str
        What the work consists of.
    """
    if how.progress is False:
        yield lambda done: None
        return
    bar = _Bar(total, unit, asked=how.progress is True)
    try:
        yield bar.advance
    finally:
        bar.close()


class _Bar:
    """A bar that is shown at once if it was asked for, else when the work has taken long.

    Parameters
    ----------
    total : int or None
    unit : str
    asked : bool
        If not, it is shown on a terminal or in a notebook alone.
    """

    def __init__(self, total: int | None, unit: str, *, asked: bool) -> None:
        self._total, self._unit, self._done = total, unit, 0
        self._bar: Any = None
        self._asked, self._begin = asked, time.monotonic()
        if asked:
            self._show()

    def advance(self, done: int) -> None:
        """Take note of work that is done."""
        self._done += done
        if self._bar is not None:
            self._bar.update(done)
        elif self._done != self._total and time.monotonic() - self._begin > _SHORT_WORK:
            self._show()

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.close()

    def _show(self) -> None:
        """Begin to show the bar; the library is imported by work that is long enough to afford it."""
        from tqdm.auto import tqdm

        self._bar = tqdm(
            total=self._total,
            initial=self._done,
            desc="mediate",
            unit=f" {self._unit}",
            disable=False if self._asked else None,
        )


def run_jobs(
    task: Callable[..., Outcome],
    jobs: Iterable[tuple[Any, ...]],
    how: Running,
    advance: Callable[[int], object],
) -> list[Outcome]:
    """Apply a task to the arguments of each job and return the outcomes in their order.

    Unlike blocks, jobs may run in other processes or on other machines: joblib's current backend runs them,
    which is threads unless ``joblib.parallel_config(backend=...)`` says otherwise.

    Parameters
    ----------
    task : callable
    jobs : iterable of tuples
    how : Running
    advance : callable
        Told of each outcome, see `progress_bar`.
    """
    done = []
    for outcome in _outcomes(task, jobs, how):
        done.append(outcome)
        advance(1)
    return done


def _outcomes(
    task: Callable[..., Outcome], jobs: Iterable[tuple[Any, ...]], how: Running
) -> Iterable[Outcome]:
    """Run jobs here, or by joblib."""
    if backend_elsewhere():
        return (outcome for _, outcome in run_packed(packed(task), jobs, how.workers_elsewhere))
    if how.n_jobs == 1:
        return (task(*job) for job in jobs)
    from joblib import Parallel, delayed

    pool = Parallel(n_jobs=how.n_jobs, prefer="threads", return_as="generator")
    outcomes: Iterable[Outcome] = pool(delayed(task)(*job) for job in jobs)
    return outcomes


def _run_here(
    blocks: Iterable[Block], task: Callable[..., Outcome], how: Running
) -> Iterator[tuple[slice, Outcome]]:
    """Run blocks in this process."""
    if how.n_jobs == 1:
        return ((block[0], task(*block)) for block in blocks)
    return _threaded(blocks, task, how)


def _run_elsewhere(
    blocks: Iterable[Block], task: Callable[..., Outcome], how: Running
) -> Iterator[tuple[slice, Outcome]]:
    """Run blocks on the workers of joblib's backend; what cannot travel is run here, which is said."""
    try:
        travelling = packed(task)
    except Exception as error:  # whatever its parts raise: patsy's designs refuse in their own way
        warn(
            "A part of this analysis cannot be sent to other processes "
            f"({type(error).__name__}: {said_by(error)}); it is done in this one, with the same numbers."
        )
        return _run_here(blocks, task, how)
    return run_packed(travelling, blocks, how.workers_elsewhere)


def _threaded(
    blocks: Iterable[Block], task: Callable[..., Outcome], how: Running
) -> Iterator[tuple[slice, Outcome]]:
    """Run blocks on a pool of threads, few of them ahead of the consumer so that memory stays bounded."""
    from joblib import effective_n_jobs

    workers = effective_n_jobs(how.n_jobs)
    waiting: deque[tuple[slice, Future[Outcome]]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="mediate")
    try:
        for block in blocks:
            waiting.append((block[0], pool.submit(task, *block)))
            if len(waiting) > 2 * workers:
                which, outcome = waiting.popleft()
                yield which, outcome.result()
        for which, outcome in waiting:
            yield which, outcome.result()
    finally:
        pool.shutdown(cancel_futures=True)
