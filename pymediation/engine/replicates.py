"""Evaluate replicates: coefficients in, mediators drawn for all rows, average potential outcomes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.blocks import Running, run_blocks
from pymediation.engine.layout import DRAWS_FIRST
from pymediation.engine.plan import Plan
from pymediation.streams import NumPyStream, Stream

__all__ = [
    "Arms",
    "Refits",
    "cells_at",
    "draw_mediators",
    "evaluation_streams",
    "mediator_means",
    "noisy_cells",
    "step",
]

FloatArray = NDArray[np.float64]
Arms = tuple[NDArray[Any], NDArray[Any]]
# What is left to do once the random numbers are drawn: ``rest(plan, refits)`` for a block of replicates.
# Another thread may do it, or another process: it holds random numbers and nothing else.
Rest = Callable[[Plan, "Refits"], Arms]

# Cells (replicates x rows) in a block of evaluations.
_BLOCK_CELLS = 131_072
# Quantile regressions at all levels cost rows x rows x replicates: from here on they take five seconds, of
# which processes save more than it takes to start them.
_LONG_PATHS = 600_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Refits:
    """Both models in R replicates.

    Attributes
    ----------
    mediator, outcome : ndarray, shapes (R, k_m) and (R, k_y)
        Coefficients.
    parameter : ndarray, shape (R,) or (R, q)
        Further parameters of the mediator's law.
    failures : dict of int to str
        Replicates that could not be fitted, with the reason.
    """

    mediator: FloatArray
    outcome: FloatArray
    parameter: NDArray[Any]
    failures: dict[int, str]

    @property
    def count(self) -> int:
        """Number of replicates."""
        return self.parameter.shape[0]

    def part(self, which: slice) -> Refits:
        """Return some of the replicates; failures stay behind."""
        return Refits(self.mediator[which], self.outcome[which], self.parameter[which], {})


def step(plan: Plan) -> int:
    """Return the number of replicates that are evaluated at a time."""
    return max(1, _BLOCK_CELLS // (plan.n * max(1, plan.law.n_values)))


def evaluation_streams(stream: Stream, count: int) -> Iterator[Stream]:
    """Yield the stream of each evaluation: the one sequence itself, or with NumPy one child each."""
    if isinstance(stream, NumPyStream):
        yield from stream.spawn(count)
    else:
        for _ in range(count):
            yield stream


def noisy_cells(plan: Plan, refits: Refits, streams: Iterator[Stream], how: Running, unit: str) -> FloatArray:
    """Evaluate all replicates with mediators drawn, shape (4, R) or (4, R, K)."""
    parts = run_blocks(
        _mediator_blocks(plan, refits, streams),
        partial(_cells_of_block, plan),
        how,
        total=refits.count,
        unit=unit,
        processes=plan.law.kind == "quantiles" and plan.n**2 * refits.count >= _LONG_PATHS,
    )
    return np.concatenate(list(parts), axis=1)


def _cells_of_block(plan: Plan, _which: slice, refits: Refits, rest: Rest) -> FloatArray:
    """Evaluate a block of replicates whose random numbers are drawn."""
    return cells_at(plan, refits, *rest(plan, refits))


def cells_at(plan: Plan, refits: Refits, M1: FloatArray, M0: FloatArray) -> FloatArray:
    """Average the potential outcomes of replicates over all rows."""
    return plan.surface.cells(DRAWS_FIRST, refits.outcome, M1, M0, slice(0, plan.n), plan.weights)


def _mediator_blocks(
    plan: Plan, refits: Refits, streams: Iterator[Stream]
) -> Iterator[tuple[slice, Refits, Rest]]:
    """Yield blocks of replicates with their random numbers drawn, and what makes mediators of them."""
    for start in range(0, refits.count, size := step(plan)):
        which = slice(start, min(refits.count, start + size))
        own = [next(streams) for _ in range(which.start, which.stop)]
        part = refits.part(which)
        yield which, part, _DRAWS[plan.law.kind](plan, part, own)


def mediator_means(plan: Plan, refits: Refits) -> Arms:
    """Return what the mediator's law varies around, under treatment and under control, each (R, n)."""
    B = refits.mediator
    treated, control = (plan.mean(DRAWS_FIRST, B, arm, slice(0, plan.n)) for arm in (0, 1))
    return treated, control


def draw_mediators(plan: Plan, refits: Refits, streams: list[Stream]) -> Arms:
    """Draw the mediators of replicates, one stream each, in both arms, each (R, n)."""
    return _DRAWS[plan.law.kind](plan, refits, streams)(plan, refits)


@dataclass(frozen=True, slots=True, eq=False)
class _Errors:
    """One error per replicate and row for both arms."""

    errors: FloatArray

    def __call__(self, plan: Plan, refits: Refits) -> Arms:
        treated, control = mediator_means(plan, refits)
        treated += self.errors
        control += self.errors
        transform = plan.law.transform
        return (treated, control) if transform is None else (transform(treated), transform(control))


@dataclass(frozen=True, slots=True, eq=False)
class _Values:
    """Mediators that are there already."""

    treated: NDArray[Any]
    control: NDArray[Any]

    def __call__(self, plan: Plan, refits: Refits) -> Arms:
        return self.treated, self.control


@dataclass(frozen=True, slots=True, eq=False)
class _Levels:
    """One quantile level per replicate and row, for both arms."""

    levels: FloatArray

    def __call__(self, plan: Plan, refits: Refits) -> Arms:
        B = _required(plan.law.quantiles)(self.levels, refits.parameter)
        treated, control = (np.einsum("nk,rnk->rn", plan.arms[arm], B) for arm in (0, 1))
        return (treated, control) if plan.offset is None else (treated + plan.offset, control + plan.offset)


def _draw_shared(plan: Plan, refits: Refits, streams: list[Stream]) -> Rest:
    """Draw one error per replicate and row for both arms."""
    return _Errors(_errors(plan, refits.parameter, streams))


def _errors(plan: Plan, scale: FloatArray, streams: list[Stream]) -> FloatArray:
    """Draw errors for a block of replicates, shape (block, n); a scale of 0 takes no random numbers."""
    errors = _required(plan.law.errors)
    if _one_sequence(streams) and np.all(scale > 0):
        drawn = errors(streams[0], (scale.size, plan.n), "C")
    else:
        drawn = np.zeros((scale.size, plan.n))
        for row, s, stream in zip(drawn, scale, streams, strict=True):
            if s > 0:
                row[:] = errors(stream, plan.n, "C")
    drawn *= scale[:, np.newaxis]
    return drawn


def _draw_arms(plan: Plan, refits: Refits, streams: list[Stream]) -> Rest:
    """Draw the treated arm of a replicate, then its control arm."""
    means = np.stack(mediator_means(plan, refits), axis=1)
    draw, parameter = _required(plan.law.draw), refits.parameter[:, np.newaxis, np.newaxis]
    if _one_sequence(streams):
        values = draw(streams[0], means, np.broadcast_to(parameter, means.shape), "C")
    else:
        parts = [draw(s, means[r : r + 1], parameter[r : r + 1], "C") for r, s in enumerate(streams)]
        values = np.concatenate(parts)
    return _Values(values[:, 0], values[:, 1])


def _draw_categories(plan: Plan, refits: Refits, streams: list[Stream]) -> Rest:
    """Draw categories row by row, for each row the treated arm before the control arm."""
    probabilities = _required(plan.law.probabilities)
    eta = np.stack(mediator_means(plan, refits), axis=2)
    by_row = probabilities(eta, refits.parameter[:, np.newaxis, np.newaxis, :])
    shape = by_row.shape[:-1]
    if _one_sequence(streams):
        codes = streams[0].categorical(by_row.reshape(-1, by_row.shape[-1])).reshape(shape)
    else:
        drawn = [s.categorical(p.reshape(-1, p.shape[-1])) for s, p in zip(streams, by_row, strict=True)]
        codes = np.stack(drawn).reshape(shape)
    return _Values(codes[..., 0], codes[..., 1])


def _draw_quantiles(plan: Plan, refits: Refits, streams: list[Stream]) -> Rest:
    """Draw one quantile level per row and take both arms at it (inverse transform sampling)."""
    return _Levels(np.stack([stream.uniform(size=plan.n) for stream in streams]))


_DRAWS: dict[str, Callable[[Plan, Refits, list[Stream]], Rest]] = {
    "shared": _draw_shared,
    "arms": _draw_arms,
    "categories": _draw_categories,
    "quantiles": _draw_quantiles,
}


def _one_sequence(streams: list[Stream]) -> bool:
    """Whether all evaluations draw from one sequence, so that one call serves them all."""
    return all(stream is streams[0] for stream in streams)


def _required(function: Any) -> Any:
    """Return a function of a law, which its kind promises."""
    if function is None:  # pragma: no cover - laws are made with what their kind needs
        raise TypeError
    return function
