"""Multinomial and categorical draws: a chain of conditional binomials, as in R."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError
from pymediation.streams.binomials import INVERSION_LIMIT, binomials
from pymediation.streams.laws import CHUNK, Floats
from pymediation.streams.mersenne import MersenneWords, Words, uniforms
from pymediation.streams.renewal import in_blocks

__all__ = ["categories", "multinomials", "probability_rows"]


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

    A try succeeds if low <= u < high.
    """
    q = 1 - pi
    low = np.where(pi > 0.5, 0.0, q)
    high = np.where(pi > 0.5, 1 - q, 2.0)
    bounds = np.stack((low, high), axis=2).reshape(out.size, -1)
    fixed = (pi <= 0) | (pi >= 1)
    if fixed.any():
        # Marks a try that takes no word: it fails if low is -1, and succeeds if it is -2.
        bounds[:, 0::2] = np.where(fixed, np.where(pi >= 1, -2.0, -1.0), low)
    rows = bounds.tolist()
    tries = range(0, bounds.shape[1], 2)
    pick = _pick_of_3 if pi.shape[1] == 2 and not fixed.any() else _pick

    def fill(block: Words, done: int) -> tuple[int, int]:
        codes, used = pick(uniforms(block).tolist(), rows[done:], tries)
        out[done : done + len(codes)] = codes
        return len(codes), used

    in_blocks(words, out.size, max(1.0, 0.75 * pi.shape[1]), fill)


def _pick(u: list[float], rows: list[list[float]], tries: range) -> tuple[list[int], int]:
    """Pick a category for each row as far as the uniforms reach; return them and how many were used."""
    codes: list[int] = []
    start = here = 0
    try:
        for row in rows:
            for k in tries:
                low = row[k]
                if low < 0:
                    if low == -2:
                        break
                    continue
                here += 1
                if low <= u[here - 1] < row[k + 1]:
                    break
            else:
                k = tries.stop
            codes.append(k >> 1)
            start = here
    except IndexError:
        pass
    return codes, start


def _pick_of_3(u: list[float], rows: list[list[float]], tries: range) -> tuple[list[int], int]:
    """Pick as `_pick` does, for three categories that are all possible: the usual case."""
    codes: list[int] = []
    start = here = 0
    try:
        for low, high, next_low, next_high in rows:
            if low <= u[here] < high:
                codes.append(0)
                here += 1
            else:
                codes.append(1 if next_low <= u[here + 1] < next_high else 2)
                here += 2
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
