"""Draws that use up a number of words that is itself random.

Where the n-th draw starts is known only after the (n-1)-th. Two ways around a slow loop: tabulate, with array
operations, what a draw *would* be if it started at each position of a block of words, then hop from start
to start (:func:`draw_by_table`); or, if every draw has parameters of its own, run over lists
(:func:`in_blocks`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.streams.laws import CHUNK, Floats
from pymediation.streams.mersenne import MersenneWords, Words, uniforms

__all__ = ["PADDING", "UNKNOWN", "Table", "draw_by_table", "in_blocks", "padded_uniforms"]

# Marks a start whose draw does not end inside the block.
UNKNOWN = -1
# A table may look this far beyond its block without checking; what it finds there is discarded.
PADDING = 64
_MARGIN = 64


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What a draw starting at each position gives, a row per set of parameters.

    Attributes
    ----------
    after : ndarray of int64, (rows, positions)
        Position after the draw, or `UNKNOWN`.
    values : ndarray, (rows, positions)
        Its value.
    """

    after: NDArray[np.int64]
    values: NDArray[Any]


def padded_uniforms(block: Words) -> Floats:
    """Return the uniforms of a block, followed by `PADDING` meaningless ones."""
    values = np.full(block.size + PADDING, 0.5)
    values[: block.size] = uniforms(block)
    return values


def in_blocks(
    words: MersenneWords, count: int, words_per_draw: float, fill: Callable[[Words, int], tuple[int, int]]
) -> None:
    """Call ``fill(block, done)`` until `count` draws are made.

    `fill` makes as many draws as the block allows, beginning with number `done`, and returns how many it
    made and how many words they used up.
    """
    done = 0
    margin = _MARGIN
    while done < count:
        block = words.peek(int(min(count - done, CHUNK) * words_per_draw) + margin)
        drawn, used = fill(block, done)
        words.advance(used)
        done += drawn
        margin = _MARGIN if drawn else 2 * margin


def draw_by_table(
    words: MersenneWords,
    count: int,
    parameters: tuple[Floats, ...],
    words_per_draw: float,
    tabulate: Callable[..., Table],
) -> NDArray[Any]:
    """Draw `count` numbers with ``tabulate(block, *parameters)``, which returns a :class:`Table`.

    Parameters of length 1 make one row. Otherwise the draws are cut into stretches, and each stretch gets a
    row for every distinct set of parameters in it.
    """
    if all(vector.size == 1 for vector in parameters):
        return _draw_stretch(words, np.zeros(count, dtype=np.int64), parameters, words_per_draw, tabulate)
    full = np.column_stack([np.broadcast_to(vector, count) for vector in parameters])
    distinct = np.unique(full[:CHUNK], axis=0).shape[0]
    # The table has (sets x positions) cells, both growing with the stretch.
    stretch = int(np.clip(CHUNK // distinct**2, 16, CHUNK))
    pieces = []
    for start in range(0, count, stretch):
        sets, rows = np.unique(full[start : start + stretch], axis=0, return_inverse=True)
        pieces.append(_draw_stretch(words, rows.ravel(), tuple(sets.T), words_per_draw, tabulate))
    return np.concatenate(pieces)


def _draw_stretch(
    words: MersenneWords,
    rows: NDArray[np.int64],
    parameters: tuple[Floats, ...],
    words_per_draw: float,
    tabulate: Callable[..., Table],
) -> NDArray[Any]:
    pieces: list[NDArray[Any]] = []

    def fill(block: Words, done: int) -> tuple[int, int]:
        table = tabulate(block, *parameters)
        starts, end = _hop(table.after, rows[done:])
        pieces.append(table.values[rows[done : done + len(starts)], starts])
        return len(starts), end

    in_blocks(words, rows.size, words_per_draw, fill)
    return np.concatenate(pieces)


def _hop(after: NDArray[np.int64], rows: NDArray[np.int64]) -> tuple[list[int], int]:
    """Follow the draws from position 0; return where they start and where the last one ends."""
    # Lengths rather than ends: small integers make cheap lists. One more column, so that a draw may end
    # exactly at the end of the block.
    lengths = np.where(after == UNKNOWN, 0, after - np.arange(after.shape[1]))
    steps = np.pad(lengths, ((0, 0), (0, 1))).tolist()
    starts: list[int] = []
    here = 0
    if len(steps) == 1:
        only = steps[0]
        for _ in range(rows.size):
            step = only[here]
            if not step:
                break
            starts.append(here)
            here += step
        return starts, here
    for row in rows.tolist():
        step = steps[row][here]
        if not step:
            break
        starts.append(here)
        here += step
    return starts, here
