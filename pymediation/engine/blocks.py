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

__all__ = ["Running", "one_blas_thread", "run_blocks"]

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
    if not how.progress:
        for _, outcome in outcomes:
            yield outcome
        return
    from tqdm.auto import tqdm

    with tqdm(total=total, desc="mediate", unit=f" {unit}") as bar:
        for which, outcome in outcomes:
            yield outcome
            bar.update(which.stop - which.start)


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
