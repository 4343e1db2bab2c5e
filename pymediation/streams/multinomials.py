"""Multinomial and categorical draws: a chain of conditional binomials, as in R."""

from __future__ import annotations

from itertools import repeat

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError
from pymediation.streams.binomials import INVERSION_LIMIT, binomials
from pymediation.streams.laws import CHUNK, Floats
from pymediation.streams.mersenne import MersenneWords, Words, uniforms
from pymediation.streams.renewal import in_blocks

__all__ = ["categories", "multinomials", "probability_rows"]

# Limits of tries that leave nothing to chance and take no word.
_NEVER, _ALWAYS = 0.0, 2.0


def probability_rows(probs: ArrayLike, name: str) -> Floats:
    """Return rows of probabilities as an (N, K) array; refuse what is none."""
    rows = np.asarray(probs, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise ArgumentError(
            f"`{name}` must have a row per draw and a column per category; its shape is {rows.shape}."
        )
    good = np.isfinite(rows).all(axis=1) & (rows >= 0).all(axis=1) & (rows > 0).any(axis=1)
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise ArgumentError(
            f"`{name}` must hold finite probabilities of at least 0, one of them positive; row {row} is "
            f"{rows[row].tolist()}."
        )
    return rows


def _conditional(rows: Floats) -> Floats:
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


def categories(words: MersenneWords, rows: Floats) -> NDArray[np.int64]:
    """Draw one category per row, R's ``rmultinom(1, 1, row)`` in a loop."""
    out = np.empty(rows.shape[0], dtype=np.int64)
    for start in range(0, rows.shape[0], CHUNK):
        _walk(words, _conditional(rows[start : start + CHUNK]), out[start : start + CHUNK])
    return out


def _walk(words: MersenneWords, pi: Floats, out: NDArray[np.int64]) -> None:
    """Try category after category, one word each; a probability of 0 or 1 takes no word.

    A try succeeds if u >= 1 - p, or if p > 1/2 as soon as u < p. One number tells both: its limit, which is
    negative in the second case. It is `_NEVER` or `_ALWAYS` where nothing is left to chance.
    """
    if pi.shape[1] == 0:
        out[:] = 0
        return
    q = 1 - pi
    limits = np.where(pi > 0.5, q - 1, q)
    limits[pi <= 0], limits[pi >= 1] = _NEVER, _ALWAYS
    certain = bool(((pi <= 0) | (pi >= 1)).any())
    pick = _pick_beside_certainties if certain else _pick

    def fill(block: Words, done: int) -> tuple[int, int]:
        codes, used = pick(uniforms(block), limits[done:])
        out[done : done + len(codes)] = codes
        return len(codes), used

    in_blocks(words, out.size, max(1.0, 0.75 * pi.shape[1]), fill)


def _pick(u: Floats, limits: Floats) -> tuple[NDArray[np.int64], int]:
    """Pick a category for each row as far as the uniforms reach; return them and how many were used.

    The loop only finds where each row ends, for which the last try need not be looked at. Lists of columns
    are quicker to make than a list of rows.
    """
    count, values = limits.shape[1], u.tolist()
    rows = zip(*limits[:, :-1].T.tolist(), strict=True) if count > 1 else repeat((), len(limits))
    ends: list[int] = []
    here = 0
    try:
        for row in rows:
            for limit in row:
                value = values[here]
                here += 1
                if (value >= limit) if limit > 0 else (value < -limit):
                    break
            else:
                here += 1
            ends.append(here)
    except IndexError:
        pass
    reached = np.array(ends, dtype=np.int64)
    reached = reached[reached <= u.size]
    tries = np.diff(reached, prepend=0)
    codes = tries - 1
    full = np.flatnonzero(tries == count)
    codes[full] += ~_succeeds(u[reached[full] - 1], limits[full, -1])
    return codes, int(reached[-1]) if reached.size else 0


def _succeeds(u: Floats, limits: Floats) -> NDArray[np.bool_]:
    """Whether tries with these limits succeed."""
    return np.where(limits > 0, u >= limits, u < -limits)


def _pick_beside_certainties(u: Floats, limits: Floats) -> tuple[list[int], int]:
    """Pick as `_pick` does where some tries take no word."""
    values = u.tolist()
    codes: list[int] = []
    start = here = 0
    try:
        for row in limits.tolist():
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


def multinomials(words: MersenneWords, n: int, pvals: Floats, size: int) -> NDArray[np.int64]:
    """Draw `size` rows of counts, R's ``t(rmultinom(size, n, pvals))``."""
    out = np.zeros((size, pvals.size), dtype=np.int64)
    if n == 1:
        out[np.arange(size), categories(words, np.broadcast_to(pvals, out.shape))] = 1
        return out
    conditional = _conditional(pvals[None, :])[0].tolist()
    for row in out if n > 0 else ():
        left = n
        for k, pi in enumerate(conditional):
            if pi <= 0:
                continue
            row[k] = left if pi >= 1 else _binomial(words, left, pi)
            left -= int(row[k])
            if left == 0:
                break
        row[-1] += left
    return out


def _binomial(words: MersenneWords, n: int, pi: float) -> int:
    """Draw one binomial; array code would cost fifty times as much for a single inversion."""
    p = min(pi, 1 - pi)
    if n * p >= INVERSION_LIMIT:
        return int(binomials(words, 1, np.array([float(n)]), np.array([pi]))[0])
    u = float(uniforms(words.take(1))[0])
    q = 1 - p
    odds = p / q
    g = odds * (n + 1)
    mass, square, left = 1.0, q, n
    while left:
        if left & 1:
            mass *= square
        left >>= 1
        square *= square
    x = 0
    while u >= mass:
        u -= mass
        x += 1
        mass *= g / x - odds
    return n - x if pi > 0.5 else x
