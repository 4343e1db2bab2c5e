"""The quasi-Bayesian Monte Carlo method (King, Tomz and Wittenberg 2000; Imai, Keele and Tingley 2010).

Order of random numbers, which is R's: coefficients of the mediator model, coefficients of the outcome model,
then mediator noise, all draws of row 1, all draws of row 2, and so on; for families without a shared error
the whole treated arm comes before the control arm. Categories are drawn draw by draw, within it row by row,
the treated arm of a row before its control arm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.blocks import Running, run_blocks
from pymediation.engine.layout import ROWS_FIRST, Layout
from pymediation.engine.mediators import MediatorLaw
from pymediation.engine.plan import Plan
from pymediation.engine.replicates import Arms, Refits, evaluation_streams, noisy_cells
from pymediation.streams import NumPyStream, RStream, Stream

__all__ = ["MediatorSource", "mediator_blocks", "quasi_bayes_cells", "rows_per_block"]

FloatArray = NDArray[np.float64]
# What is left to do for a block of rows: ``rest(plan, B, parameter, rows)``. Another thread may do it, or
# another process: it holds random numbers, or streams of them, and nothing else.
Rest = Callable[["MediatorSource", FloatArray, FloatArray, slice], Arms]

# Cells (draws x rows) in a block: a few of them fit into cache, and memory stays at some megabytes.
_BLOCK_CELLS = 65_536
# With NumPy streams each unit of rows has a stream of its own, so that results do not depend on the block
# size.
_UNIT_ROWS = 64
# Treated mediators are kept while the control arm is drawn as long as they take no more cells than this;
# beyond, they are drawn twice.
_KEPT_CELLS = 20_000_000


class MediatorSource(Protocol):
    """What mediators are drawn from: a :class:`~pymediation.engine.plan.Plan`, or part of one."""

    @property
    def n(self) -> int:
        """Number of rows."""
        ...

    @property
    def law(self) -> MediatorLaw:
        """How the mediator is drawn."""
        ...

    def mean(self, layout: Layout, B: FloatArray, arm: int, rows: slice) -> FloatArray:
        """Return what the law varies around in one arm; see `Plan.mean`."""
        ...


def quasi_bayes_cells(
    plan: Plan,
    B_m: FloatArray,
    B_y: FloatArray,
    parameter: FloatArray,
    stream: Stream,
    how: Running,
) -> FloatArray:
    """Draw the four average potential outcomes.

    Parameters
    ----------
    plan : Plan
    B_m, B_y : ndarray, shapes (s, k_m) and (s, k_y)
        Draws of the coefficients of the two models.
    parameter : ndarray, shape (), (s,) or (q,)
        Further parameters of the mediator's law, held at their estimate or drawn with the coefficients.
    stream : Stream
        After the draws of the coefficients.
    how : Running

    Returns
    -------
    ndarray, shape (4, s) or (4, s, K)
        Averages over rows of Y(1, M(1)), Y(1, M(0)), Y(0, M(1)), Y(0, M(0)).
    """
    sims = B_m.shape[0]
    if plan.law.kind == "categories":
        draws = Refits(B_m, B_y, np.broadcast_to(parameter, (sims, parameter.size)), {})
        return noisy_cells(plan, draws, evaluation_streams(stream, sims), how, "draws")
    if plan.errors_cancel:
        _pass_over_errors(stream, plan.n * sims, parameter)
        return plan.linear_cells(B_m, B_y)

    blocks = _pending_blocks(plan, B_m, parameter, stream, rows_per_block(sims))
    if plan.errors_average:
        return plan.linear_cells(B_m, B_y, _total(blocks, partial(_error_sums, plan, parameter), plan.n, how))
    return _total(blocks, partial(_sums, plan, B_m, B_y, parameter), plan.n, how)


def _total(
    blocks: Iterator[tuple[slice, Rest]], task: Callable[[slice, Rest], FloatArray], n: int, how: Running
) -> FloatArray:
    """Sum what the blocks of n rows give, in their order."""
    parts = run_blocks(blocks, task, how, total=n, unit="rows")
    total = next(parts)
    for part in parts:
        total = total + part  # what came from a worker of Ray cannot be written to
    return total


def _error_sums(plan: Plan, scale: FloatArray, rows: slice, rest: Rest) -> FloatArray:
    """Sum the errors of a block of rows, which is all that linear models need of them."""
    if not isinstance(rest, _Errors | _SpawnedErrors):  # pragma: no cover - linear mediators have these
        raise TypeError
    errors = rest.drawn(plan, scale, rows)
    return np.zeros(1) if errors is None else plan.weights[rows] @ errors


def _sums(
    plan: Plan, B_m: FloatArray, B_y: FloatArray, parameter: FloatArray, rows: slice, rest: Rest
) -> FloatArray:
    """Sum the potential outcomes over a block of rows whose random numbers are drawn."""
    M1, M0 = rest(plan, B_m, parameter, rows)
    return plan.surface.cells(ROWS_FIRST, B_y, M1, M0, rows, plan.weights[rows])


def rows_per_block(sims: int) -> int:
    """Return the number of rows in a block, a multiple of the unit of rows."""
    return max(1, _BLOCK_CELLS // (sims * _UNIT_ROWS)) * _UNIT_ROWS


def _pass_over_errors(stream: Stream, count: int, sd: FloatArray) -> None:
    """Leave out errors that would cancel, keeping R's stream in step."""
    if isinstance(stream, RStream) and sd > 0:
        stream.skip(2 * count)  # two words a normal


def _row_blocks(n: int, step: int) -> Iterator[slice]:
    """Cut n rows into blocks."""
    for start in range(0, n, step):
        yield slice(start, min(n, start + step))


def mediator_blocks(
    plan: MediatorSource, B: FloatArray, parameter: FloatArray, stream: Stream, step: int
) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
    """Yield blocks of rows with the mediators under treatment and under control, each (rows, S).

    Parameters
    ----------
    plan : MediatorSource
        With a law that is not of categories.
    B, parameter, stream
        As in `quasi_bayes_cells`.
    step : int
        Rows in a block, see `rows_per_block`.
    """
    for rows, rest in _pending_blocks(plan, B, parameter, stream, step):
        yield rows, *rest(plan, B, parameter, rows)


def _pending_blocks(
    plan: MediatorSource, B: FloatArray, parameter: FloatArray, stream: Stream, step: int
) -> Iterator[tuple[slice, Rest]]:
    """Yield blocks of rows with what makes their mediators."""
    shared = plan.law.kind == "shared"
    if isinstance(stream, NumPyStream):
        children = iter(stream.spawn(-(-plan.n // _UNIT_ROWS)))
        for rows in _row_blocks(plan.n, step):
            own = tuple(islice(children, -(-(rows.stop - rows.start) // _UNIT_ROWS)))
            yield rows, _SpawnedErrors(own, B.shape[0]) if shared else _SpawnedArms(own)
    elif shared:
        for rows in _row_blocks(plan.n, step):
            yield rows, _Errors(_draw_errors(plan.law, parameter, rows, B.shape[0], stream))
    else:
        yield from _sequential_arms(plan, B, parameter, stream, step)


def _draw_errors(
    law: MediatorLaw, scale: FloatArray, rows: slice, sims: int, stream: Stream
) -> FloatArray | None:
    """Draw errors for a block of rows, shape (rows, S); a scale of 0 takes no random numbers."""
    if law.errors is None:  # pragma: no cover - laws of this kind have errors
        raise TypeError
    if not np.all(scale > 0):
        return None
    errors = law.errors(stream, (sims, rows.stop - rows.start), "F").T
    errors *= scale
    return errors


def _units(rows: slice) -> Iterator[slice]:
    """Cut a block of rows into units."""
    for start in range(rows.start, rows.stop, _UNIT_ROWS):
        yield slice(start, min(rows.stop, start + _UNIT_ROWS))


def _with_errors(plan: MediatorSource, B: FloatArray, rows: slice, errors: FloatArray | None) -> Arms:
    """Return both arms of a block of rows around the same errors."""
    treated, control = (plan.mean(ROWS_FIRST, B, arm, rows) for arm in (0, 1))
    if errors is not None:
        treated += errors
        control += errors
    transform = plan.law.transform
    return (treated, control) if transform is None else (transform(treated), transform(control))


@dataclass(frozen=True, slots=True, eq=False)
class _Errors:
    """One error per cell for both arms; None where the scale is 0."""

    errors: FloatArray | None

    def __call__(self, plan: MediatorSource, B: FloatArray, scale: FloatArray, rows: slice) -> Arms:
        return _with_errors(plan, B, rows, self.errors)

    def drawn(self, plan: MediatorSource, scale: FloatArray, rows: slice) -> FloatArray | None:
        """Return the errors, (rows, S)."""
        return self.errors


@dataclass(frozen=True, slots=True, eq=False)
class _SpawnedErrors:
    """One error per cell for both arms, from a stream for each unit of rows."""

    streams: tuple[Stream, ...]
    sims: int

    def __call__(self, plan: MediatorSource, B: FloatArray, scale: FloatArray, rows: slice) -> Arms:
        return _with_errors(plan, B, rows, self.drawn(plan, scale, rows))

    def drawn(self, plan: MediatorSource, scale: FloatArray, rows: slice) -> FloatArray | None:
        """Return the errors, (rows, S)."""
        drawn = [
            _draw_errors(plan.law, scale, unit, self.sims, stream)
            for unit, stream in zip(_units(rows), self.streams, strict=True)
        ]
        errors = [part for part in drawn if part is not None]
        return np.concatenate(errors) if errors else None


@dataclass(frozen=True, slots=True, eq=False)
class _SpawnedArms:
    """Both arms of each unit of rows, from the unit's own stream."""

    streams: tuple[Stream, ...]

    def __call__(self, plan: MediatorSource, B: FloatArray, parameter: FloatArray, rows: slice) -> Arms:
        parts = [
            tuple(_draw_arm(plan, B, parameter, stream, arm, unit) for arm in (0, 1))
            for unit, stream in zip(_units(rows), self.streams, strict=True)
        ]
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


@dataclass(frozen=True, slots=True, eq=False)
class _Values:
    """Mediators that are there already."""

    treated: FloatArray
    control: FloatArray

    def __call__(self, plan: MediatorSource, B: FloatArray, parameter: FloatArray, rows: slice) -> Arms:
        return self.treated, self.control


def _draw_arm(
    plan: MediatorSource, B: FloatArray, parameter: FloatArray, stream: Stream, arm: int, rows: slice
) -> FloatArray:
    """Draw the mediator of one arm for some rows, shape (rows, S)."""
    mean = plan.mean(ROWS_FIRST, B, arm, rows)
    draw = plan.law.draw
    if draw is None:  # pragma: no cover - families with a shared error do not come here
        raise TypeError
    return draw(stream, mean.T, parameter, "F").T


def _sequential_arms(
    plan: MediatorSource, B: FloatArray, parameter: FloatArray, stream: Stream, step: int
) -> Iterator[tuple[slice, Rest]]:
    """Draw the whole treated arm before the control arm, from one sequence.

    Small problems keep the treated arm; large ones follow it with a second cursor, so that memory stays
    bounded.
    """
    blocks = list(_row_blocks(plan.n, step))
    if plan.n * B.shape[0] <= _KEPT_CELLS:
        kept = [_draw_arm(plan, B, parameter, stream, 0, rows) for rows in blocks]
        for rows, treated in zip(blocks, kept, strict=True):
            yield rows, _Values(treated, _draw_arm(plan, B, parameter, stream, 1, rows))
        return
    behind = stream.copy()
    if isinstance(stream, RStream) and plan.law.one_word:
        stream.skip(plan.n * B.shape[0])
    else:
        for rows in blocks:
            _draw_arm(plan, B, parameter, stream, 0, rows)
    for rows in blocks:
        treated = _draw_arm(plan, B, parameter, behind, 0, rows)
        yield rows, _Values(treated, _draw_arm(plan, B, parameter, stream, 1, rows))
