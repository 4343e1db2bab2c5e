"""Blocks of work in other processes or on other machines, by the backend that joblib is configured with.

Blocks are cut, and their random numbers drawn, in the calling process as they always are; outcomes come back
in order. So the numbers are those of a run without a cluster. What travels does so by value, as bytes: a
backend that keeps arguments on its workers would lose them with a worker, whereas a task that carries all it
needs is simply run again.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

__all__ = ["backend_elsewhere", "controller", "kept_workers", "packed", "run_packed"]

Outcome = TypeVar("Outcome")

# Blocks handed out per worker at a time: enough to keep workers busy, few enough to bound memory.
_AHEAD = 4


@lru_cache(maxsize=1)
def controller() -> ThreadpoolController:
    """Return the controller of the loaded BLAS libraries; looking them up takes milliseconds."""
    return ThreadpoolController()


def backend_elsewhere() -> bool:
    """Whether joblib is configured, by ``joblib.parallel_config``, with workers outside this process."""
    if "joblib" not in sys.modules:  # then nobody has configured it
        return False
    from joblib.parallel import get_active_backend

    backend, _ = get_active_backend(prefer="threads")  # which is what it is unless configured otherwise
    return not getattr(backend, "supports_sharedmem", False)


@dataclass(slots=True)
class _Kept:
    """Workers that are kept, once there are any, until the stack is closed."""

    closing: ExitStack
    pool: Any = None


_KEPT: ContextVar[_Kept | None] = ContextVar("kept_workers", default=None)


@contextmanager
def kept_workers() -> Iterator[None]:
    """Keep workers from one part of an analysis to the next: Ray takes seconds to start its own."""
    with ExitStack() as closing:
        token = _KEPT.set(_Kept(closing))
        try:
            yield
        finally:
            _KEPT.reset(token)


@contextmanager
def _workers(n_jobs: int) -> Iterator[Any]:
    """Provide a pool of workers of the configured backend: the one that is kept, or one for this once.

    Without a configured backend they are processes of this machine.
    """
    from joblib import Parallel

    kept = _KEPT.get()
    if kept is None:
        with Parallel(n_jobs=n_jobs, prefer="processes") as pool:
            yield pool
        return
    if kept.pool is None:
        kept.pool = kept.closing.enter_context(Parallel(n_jobs=n_jobs, prefer="processes"))
    yield kept.pool


def packed(thing: object) -> bytes:
    """Return a task or its arguments as bytes that other processes can read.

    Functions that no module has by name, such as those that close over values, travel by value.
    """
    from joblib import wrap_non_picklable_objects

    return pickle.dumps(wrap_non_picklable_objects(thing, keep_wrapper=False), pickle.HIGHEST_PROTOCOL)


def run_packed(
    task: bytes, blocks: Iterable[tuple[Any, ...]], n_jobs: int | None
) -> Iterator[tuple[Any, Any]]:
    """Run blocks elsewhere and yield the first argument of each with its outcome, in order.

    Parameters
    ----------
    task : bytes
        See `packed`.
    blocks : iterable of tuples
        Arguments of the task. Consumed in the calling thread.
    n_jobs : int or None
        Workers; None for as many as the backend is configured with or, if that is not said, as it has.
    """
    from joblib import delayed, effective_n_jobs
    from joblib.parallel import get_active_backend

    workers = n_jobs or get_active_backend()[1] or -1  # Dask takes None for all, the others for one
    waiting, call = iter(blocks), delayed(_call)
    some = _AHEAD * max(1, effective_n_jobs(workers))
    with _workers(workers) as pool:
        while chunk := list(islice(waiting, some)):
            outcomes = pool(call(task, packed(block)) for block in chunk)
            yield from zip((block[0] for block in chunk), outcomes, strict=True)


def _call(task: bytes, block: bytes) -> Any:
    """Run one block, in a worker, with BLAS held to one thread as it is in the calling process."""
    with controller().limit(limits=1, user_api="blas"):
        return _unpacked(task)(*pickle.loads(block))


@lru_cache(maxsize=2)
def _unpacked(task: bytes) -> Callable[..., Any]:
    """Read a task; its blocks follow each other."""
    unpacked: Callable[..., Any] = pickle.loads(task)
    return unpacked
