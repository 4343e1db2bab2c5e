"""Run a task over blocks of work, in order, on one or several threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

__all__ = ["Running", "one_blas_thread", "progress_bar", "run_blocks", "run_jobs"]

Outcome = TypeVar("Outcome")
Block = tuple[slice, *tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Running:
    """How blocks are run.

    Attributes
    ----------
    n_jobs : int
        Threads; numpy releases the interpreter lock in the work that matters. -1: one per core.
    progress : bool
        Whether to show a bar.
    """

    n_jobs: int
    progress: bool


@cache
def _controller() -> ThreadpoolController:
    """Return the controller of the loaded BLAS libraries; looking them up takes milliseconds."""
    return ThreadpoolController()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread: its threads make small products slower, and results vary."""
    with _controller().limit(limits=1, user_api="blas"):
        yield


def run_blocks(
    blocks: Iterable[Block], task: Callable[..., Outcome], how: Running, *, total: int, unit: str
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
    """
    outcomes = (
        ((block[0], task(*block)) for block in blocks) if how.n_jobs == 1 else _threaded(blocks, task, how)
    )
    with progress_bar(how, total=total, unit=unit) as advance:
        for which, outcome in outcomes:
            yield outcome
            advance(which.stop - which.start)


@contextmanager
def progress_bar(how: Running, *, total: int, unit: str) -> Iterator[Callable[[int], object]]:
    """Provide a function that is told how much more is done, and shows it if that was asked for.

    Parameters
    ----------
    how : Running
    total : int
        Length of all the work.
    unit : str
        What the work consists of.
    """
    if not how.progress:
        yield lambda done: None
        return
    from tqdm.auto import tqdm

    with tqdm(total=total, desc="mediate", unit=f" {unit}") as bar:
        yield bar.update


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
    if how.n_jobs == 1:
        return (task(*job) for job in jobs)
    from joblib import Parallel, delayed

    pool = Parallel(n_jobs=how.n_jobs, prefer="threads", return_as="generator")
    outcomes: Iterable[Outcome] = pool(delayed(task)(*job) for job in jobs)
    return outcomes


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
