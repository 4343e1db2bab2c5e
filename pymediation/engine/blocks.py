"""Run a task over blocks of work, in order, on one or several threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import joblib
from threadpoolctl import ThreadpoolController

__all__ = ["one_blas_thread", "run_blocks"]

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


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
    items: Iterable[Item],
    task: Callable[[Item], Outcome],
    *,
    n_jobs: int,
    total: int,
    progress: bool,
) -> Iterator[Outcome]:
    """Apply a task to items and yield the outcomes in the order of the items.

    Parameters
    ----------
    items : iterable
        Consumed one after the other in the calling order, so that a generator may draw random numbers.
    task : callable
        Must not draw random numbers.
    n_jobs : int
        Threads; numpy releases the interpreter lock in the work that matters.
    total : int
        Number of items, for the progress bar.
    progress : bool
        Whether to show a bar.
    """
    outcomes: Any
    if n_jobs == 1:
        outcomes = map(task, items)
    else:
        parallel = joblib.Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")
        outcomes = parallel(joblib.delayed(task)(item) for item in items)
    if progress:
        from tqdm.auto import tqdm

        outcomes = tqdm(outcomes, total=total, desc="mediate", unit="block")
    yield from outcomes
