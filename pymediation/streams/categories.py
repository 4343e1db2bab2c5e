"""Categorical draws of R's stream: category after category is tried, one word each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from pymediation.streams.laws import CHUNK, Floats
from pymediation.streams.mersenne import MersenneWords, Words, uniforms
from pymediation.streams.renewal import in_blocks

__all__ = ["categories", "conditional_rates"]

Bytes = NDArray[np.uint8]
Settled = Callable[[int], bool]
Tell = Callable[[int], None]

# Limits of tries that leave nothing to chance and take no word.
_NEVER, _ALWAYS = 0.0, 2.0
# Rounding errors of a success rate, times what remains, are far below this times the number of categories.
_ROUNDING = 16 * float(np.finfo(np.float64).eps)
_WORD_VALUES = 2.0**32
# Words looked at beyond those expected: more than they ever vary over a chunk.
_SLACK = 1.02


def categories(words: MersenneWords, rows: Floats) -> NDArray[np.int64]:
    """Draw one category per row, R's ``rmultinom(1, 1, row)`` in a loop."""
    out = np.empty(rows.shape[0], dtype=np.int64)
    for start in range(0, rows.shape[0], CHUNK):
        _walk(words, _success_rates(rows[start : start + CHUNK]), out[start : start + CHUNK])
    return out


def conditional_rates(rows: Floats) -> Floats:
    """Probability of category k given that it is not an earlier one, for all but the last: (N, K - 1)."""
    total = np.zeros(rows.shape[0])
    for column in rows.T:
        total = total + column
    p = rows / total[:, None]
    # R keeps what remains in extended precision where the machine has it.
    remaining = np.zeros(rows.shape[0], dtype=np.longdouble)
    for column in p.T:
        remaining += column
    out = np.empty((rows.shape[0], rows.shape[1] - 1))
    for k in range(out.shape[1]):
        with np.errstate(divide="ignore", invalid="ignore"):
            out[:, k] = p[:, k] / remaining
        remaining -= p[:, k]
    out[p[:, :-1] == 0] = 0
    return out


def _success_rates(rows: Floats) -> Floats:
    """Probability of success of each try, shape (K - 1, N), as good as R's: no uniform tells the difference.

    Uniforms are multiples of 2**-32. So double precision will do, unless a rate is so close to such a
    multiple that its last digits may decide, or has lost too many of them.
    """
    columns = np.ascontiguousarray(rows.T)
    p = columns / columns.sum(axis=0)
    rates, remaining = np.empty_like(p[:-1]), np.ones(rows.shape[0])
    doubtful = np.zeros(rows.shape[0], dtype=bool)
    for k, rate in enumerate(rates):
        with np.errstate(divide="ignore", invalid="ignore"):
            np.divide(p[k], remaining, out=rate)
            gap = rate * _WORD_VALUES
            gap -= np.rint(gap)
            np.abs(gap, out=gap)
            gap *= remaining
        doubtful |= ~(gap > _WORD_VALUES * _ROUNDING * len(p))
        remaining -= p[k]
    again = np.flatnonzero(doubtful)
    rates[:, again] = conditional_rates(rows[again]).T
    return rates


def _walk(words: MersenneWords, rates: Floats, out: NDArray[np.int64]) -> None:
    """Try category after category, one word each; a probability of 0 or 1 takes no word.

    A try succeeds if u >= 1 - p, or if p > 1/2 as soon as u < p. One number tells both: its limit, which is
    negative in the second case. It is `_NEVER` or `_ALWAYS` where nothing is left to chance.
    """
    if rates.shape[0] == 0:
        out[:] = 0
        return
    q = 1 - rates
    limits = np.where(rates > 0.5, q - 1, q)
    limits[rates <= 0], limits[rates >= 1] = _NEVER, _ALWAYS
    certain = bool(((rates <= 0) | (rates >= 1)).any())
    pick = _pick_beside_certainties if certain else _pick

    def fill(block: Words, done: int) -> tuple[int, int]:
        codes, used = pick(block, limits[:, done:])
        out[done : done + len(codes)] = codes
        return len(codes), used

    going_on = np.cumprod(np.clip(q[:-1], 0.0, 1.0), axis=0)
    in_blocks(words, out.size, _SLACK * (1 + float(going_on.sum()) / out.size), fill)


def _pick(block: Words, limits: Floats) -> tuple[NDArray[np.int64], int]:
    """Pick a category for each row as far as the words reach; return them and how many were used.

    The loop only finds how many tries each row takes, so that the last one need not be looked at.
    """
    u, last = uniforms(block), limits.shape[0]
    tries = _tries(block, u, limits[:-1])
    ends = np.cumsum(tries, dtype=np.int64)
    codes = tries.astype(np.int64) - 1
    full = np.flatnonzero(tries == last)
    codes[full] += ~_succeeds(u[ends[full] - 1], limits[-1, full])
    return codes, int(ends[-1]) if ends.size else 0


def _tries(block: Words, u: Floats, limits: Floats) -> NDArray[np.uint8]:
    """Count the tries of each row up to a success, one more than there are limits at most.

    Lists of small integers are made and compared much faster than lists of floats: the first byte of a word
    decides, unless it equals that of the limit. Where p > 1/2 it is a small word that succeeds, so both bytes
    are inverted there; that of the limit is then below 128, and else it is not.
    """
    edges = np.minimum(np.abs(limits) * 256.0, 255.0).astype(np.uint8)
    edges = np.where(limits < 0, 255 - edges, edges)
    coming, tries = iter((block >> np.uint32(24)).tolist()), bytearray()
    left = coming.__length_hint__

    def settled(k: int) -> bool:
        """Decide the k-th try of the present row by the whole of the last word."""
        value, limit = u[u.size - left() - 1], limits[k - 1, len(tries)]
        return bool(value >= limit if limit > 0 else value < -limit)

    count = _count_up_to_three if len(limits) == 2 else _count
    with suppress(StopIteration):
        count(coming, edges, settled, tries.append)
    return np.frombuffer(tries, dtype=np.uint8)


def _count(coming: Iterator[int], edges: Bytes, settled: Settled, tell: Tell) -> None:
    """Tell the number of tries of each row; the end of the words interrupts."""
    rows = zip(*edges.tolist(), strict=True) if len(edges) else repeat((), edges.shape[1])
    for first, row in zip(coming, rows, strict=False):
        byte, k = first, 1
        for x in row:
            high = byte if x > 127 else 255 - byte
            if high >= x and (high > x or settled(k)):
                break
            byte = next(coming)
            k += 1
        tell(k)


def _count_up_to_three(coming: Iterator[int], edges: Bytes, settled: Settled, tell: Tell) -> None:
    """Do the same for four categories, their loop written out: a third faster."""
    following = coming.__next__
    for byte, x, y in zip(coming, *edges.tolist(), strict=False):
        high = byte if x > 127 else 255 - byte
        if high >= x and (high > x or settled(1)):
            tell(1)
            continue
        byte = following()
        high = byte if y > 127 else 255 - byte
        if high >= y and (high > y or settled(2)):
            tell(2)
            continue
        following()
        tell(3)


def _succeeds(u: Floats, limits: Floats) -> NDArray[np.bool_]:
    """Whether tries with these limits succeed."""
    return np.where(limits > 0, u >= limits, u < -limits)


def _pick_beside_certainties(block: Words, limits: Floats) -> tuple[list[int], int]:
    """Pick as `_pick` does where some tries take no word."""
    values = uniforms(block).tolist()
    codes: list[int] = []
    start = here = 0
    try:
        for row in zip(*limits.tolist(), strict=True):
            code = 0
            for limit in row:
                if limit == _ALWAYS:
                    break
                if limit != _NEVER:
                    here += 1
                    value = values[here - 1]
                    if (value >= limit) if limit > 0 else (value < -limit):
                        break
                code += 1
            codes.append(code)
            start = here
    except IndexError:
        pass
    return codes, start
