"""The quasi-Bayesian Monte Carlo method (King, Tomz and Wittenberg 2000; Imai, Keele and Tingley 2010).

Order of random numbers, which is R's: coefficients of the mediator model, coefficients of the outcome model,
then mediator noise, all draws of row 1, all draws of row 2, and so on; for families without a shared error
the whole treated arm comes before the control arm. Categories are drawn draw by draw, within it row by row,
the treated arm of a row before its control arm.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.blocks import Running, run_blocks
from pymediation.engine.layout import ROWS_FIRST, Layout
from pymediation.engine.mediators import MediatorLaw
from pymediation.engine.plan import Plan
from pymediation.engine.replicates import Refits, evaluation_streams, noisy_cells
from pymediation.streams import NumPyStream, RStream, Stream

__all__ = ["MediatorSource", "mediator_blocks", "quasi_bayes_cells", "rows_per_block"]

FloatArray = NDArray[np.float64]

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

    def sums(rows: slice, M1: FloatArray, M0: FloatArray) -> FloatArray:
        return plan.surface.cells(ROWS_FIRST, B_y, M1, M0, rows, plan.weights[rows])

    blocks = mediator_blocks(plan, B_m, parameter, stream, rows_per_block(sims))
    parts = run_blocks(blocks, sums, how, total=plan.n, unit="rows")
    cells = next(parts)
    for part in parts:
        cells += part
    return cells


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
    if plan.law.kind == "shared":
        yield from _shared_blocks(plan, B, parameter, stream, step)
    elif isinstance(stream, NumPyStream):
        yield from _spawned_arms(plan, B, parameter, stream, step)
    else:
        yield from _sequential_arms(plan, B, parameter, stream, step)


def _shared_blocks(
    plan: MediatorSource, B: FloatArray, scale: FloatArray, stream: Stream, step: int
) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
    """Draw one error per cell for both arms."""
    children = _children(plan.n, stream)
    for rows in _row_blocks(plan.n, step):
        treated, control = (plan.mean(ROWS_FIRST, B, arm, rows) for arm in (0, 1))
        if np.all(scale > 0):  # a scale of 0 takes no random numbers
            errors = _errors(plan.law, rows, B.shape[0], stream, children)
            errors *= scale
            treated += errors
            control += errors
        transform = plan.law.transform
        yield (
            (rows, treated, control) if transform is None else (rows, transform(treated), transform(control))
        )


def _children(n: int, stream: Stream) -> Iterator[Stream] | None:
    """Return a stream for each unit of rows, or None where all rows share one sequence."""
    if not isinstance(stream, NumPyStream):
        return None
    return iter(stream.spawn(-(-n // _UNIT_ROWS)))


def _errors(
    law: MediatorLaw, rows: slice, sims: int, stream: Stream, children: Iterator[Stream] | None
) -> FloatArray:
    """Draw standard errors for a block of rows, shape (rows, S)."""
    errors = law.errors
    if errors is None:  # pragma: no cover - laws of this kind have errors
        raise TypeError
    if children is None:
        return errors(stream, (sims, rows.stop - rows.start), "F").T
    units = [errors(next(children), (sims, unit.stop - unit.start), "F").T for unit in _units(rows)]
    return np.concatenate(units)


def _units(rows: slice) -> Iterator[slice]:
    """Cut a block of rows into units."""
    for start in range(rows.start, rows.stop, _UNIT_ROWS):
        yield slice(start, min(rows.stop, start + _UNIT_ROWS))


def _draw_arm(
    plan: MediatorSource, B: FloatArray, parameter: FloatArray, stream: Stream, arm: int, rows: slice
) -> FloatArray:
    """Draw the mediator of one arm for some rows, shape (rows, S)."""
    mean = plan.mean(ROWS_FIRST, B, arm, rows)
    draw = plan.law.draw
    if draw is None:  # pragma: no cover - families with a shared error do not come here
        raise TypeError
    return draw(stream, mean.T, parameter, "F").T


def _spawned_arms(
    plan: MediatorSource, B: FloatArray, parameter: FloatArray, stream: NumPyStream, step: int
) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
    """Draw both arms of each unit of rows from the unit's own stream."""
    children = iter(stream.spawn(-(-plan.n // _UNIT_ROWS)))
    for rows in _row_blocks(plan.n, step):
        arms: tuple[list[FloatArray], list[FloatArray]] = ([], [])
        for unit, child in zip(_units(rows), children, strict=False):
            for arm in (0, 1):
                arms[arm].append(_draw_arm(plan, B, parameter, child, arm, unit))
        yield rows, np.concatenate(arms[0]), np.concatenate(arms[1])


def _sequential_arms(
    plan: MediatorSource, B: FloatArray, parameter: FloatArray, stream: Stream, step: int
) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
    """Draw the whole treated arm before the control arm, from one sequence.

    Small problems keep the treated arm; large ones follow it with a second cursor, so that memory stays
    bounded.
    """
    blocks = list(_row_blocks(plan.n, step))
    if plan.n * B.shape[0] <= _KEPT_CELLS:
        kept = [_draw_arm(plan, B, parameter, stream, 0, rows) for rows in blocks]
        for rows, treated in zip(blocks, kept, strict=True):
            yield rows, treated, _draw_arm(plan, B, parameter, stream, 1, rows)
        return
    behind = stream.copy()
    if isinstance(stream, RStream) and plan.law.one_word:
        stream.skip(plan.n * B.shape[0])
    else:
        for rows in blocks:
            _draw_arm(plan, B, parameter, stream, 0, rows)
    for rows in blocks:
        treated = _draw_arm(plan, B, parameter, behind, 0, rows)
        yield rows, treated, _draw_arm(plan, B, parameter, stream, 1, rows)
