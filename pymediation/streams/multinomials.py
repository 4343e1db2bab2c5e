"""Multinomial draws: a chain of conditional binomials, as in R."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError
from pymediation.streams.binomials import INVERSION_LIMIT, binomials
from pymediation.streams.categories import categories, conditional_rates
from pymediation.streams.laws import Floats
from pymediation.streams.mersenne import MersenneWords, uniforms

__all__ = ["multinomials", "probability_rows"]


def probability_rows(probs: ArrayLike, name: str) -> Floats:
    """Return rows of probabilities as an (N, K) array; refuse what is none."""
    rows = np.asarray(probs, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise ArgumentError(
            f"`{name}` must have a row per draw and a column per category; its shape is {rows.shape}."
        )
    if (
        rows.min(initial=1.0) > 0 and rows.max(initial=1.0) < np.inf
    ):  # looking at each row costs more than this
        return rows
    good = np.isfinite(rows).all(axis=1) & (rows >= 0).all(axis=1) & (rows > 0).any(axis=1)
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise ArgumentError(
            f"`{name}` must hold finite probabilities of at least 0, one of them positive; row {row} is "
            f"{rows[row].tolist()}."
        )
    return rows


def multinomials(words: MersenneWords, n: int, pvals: Floats, size: int) -> NDArray[np.int64]:
    """Draw `size` rows of counts, R's ``t(rmultinom(size, n, pvals))``."""
    out = np.zeros((size, pvals.size), dtype=np.int64)
    if n == 1:
        out[np.arange(size), categories(words, np.broadcast_to(pvals, out.shape))] = 1
        return out
    conditional = conditional_rates(pvals[None, :])[0].tolist()
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
