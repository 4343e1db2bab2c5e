"""Random indices: sampling with replacement, and the index matrix of ``boot::boot``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError
from pymediation.streams.laws import CHUNK
from pymediation.streams.mersenne import MersenneWords, uniforms
from pymediation.streams.shaping import whole_number

__all__ = ["LARGEST_INDEX", "bootstrap_matrix", "chunks_and_bits", "random_indices"]

Ints = NDArray[np.int64]

# R's sample.int() goes as far as doubles count exactly.
LARGEST_INDEX = 2**52


def chunks_and_bits(n: int) -> tuple[int, int]:
    """Words per attempt, and bits kept of them, for an index below `n` by rejection."""
    bits = (n - 1).bit_length()
    return bits // 16 + 1, bits


def random_indices(words: MersenneWords, n: int, count: int, sample_kind: str) -> Ints:
    """Draw `count` indices in 0..n-1 as R's ``sample.int(n, count, TRUE)`` - 1."""
    by = _by_rounding if sample_kind == "rounding" else _by_rejection
    out = np.empty(count, dtype=np.int64)
    done = 0
    while done < count:
        part = by(words, n, min(count - done, CHUNK))
        out[done : done + part.size] = part
        done += part.size
    return out


def _by_rejection(words: MersenneWords, n: int, count: int) -> Ints:
    """Draw at most `count` indices: random bits, of which those below `n` are kept."""
    chunks, bits = chunks_and_bits(n)
    attempts = int(count * 2**bits / n * 1.02) + 8
    halves = words.peek(attempts * chunks) >> 16
    if chunks == 1:
        value: NDArray[Any] = halves & np.uint32(2**bits - 1)
    else:
        value = np.zeros(attempts, dtype=np.int64)
        for part in halves.reshape(attempts, chunks).T:
            value = (value << 16) | part
        value &= 2**bits - 1
    kept = np.flatnonzero(value < n)[:count]
    used = int(kept[-1]) + 1 if kept.size == count else attempts
    words.advance(used * chunks)
    return value[kept].astype(np.int64)


def _by_rounding(words: MersenneWords, n: int, count: int) -> Ints:
    """Draw `count` indices as R did before 3.6.0: the whole part of n times a uniform."""
    if n <= 2**31 - 1:
        u = uniforms(words.take(count))
    else:
        pairs = uniforms(words.take(2 * count))
        u = (np.floor(2.0**25 * pairs[0::2]) + pairs[1::2]) / 2.0**25
    return np.floor(n * u).astype(np.int64)


def bootstrap_matrix(
    integers: Callable[[int, int], Ints], n: int, replicates: int, strata: Sequence[Any] | ArrayLike | None
) -> Ints:
    """Build the (replicates, n) index matrix of an ordinary bootstrap, drawn column by column.

    `integers(n, count)` draws the indices. With strata, each is resampled within itself, in ascending order
    of its label; a stratum of one member takes no draw.
    """
    n = whole_number(n, "n", 1)
    replicates = whole_number(replicates, "replicates")
    if strata is None:
        return integers(n, n * replicates).reshape((replicates, n), order="F")
    labels = np.asarray(strata)
    if labels.shape != (n,):
        raise ArgumentError(
            f"`strata` must have {n} elements, one per observation; its shape is {labels.shape}."
        )
    levels, codes = np.unique(labels, return_inverse=True)
    out = np.empty((replicates, n), dtype=np.int64, order="F")
    for level in range(levels.size):
        members = np.flatnonzero(codes == level)
        if members.size == 1:
            out[:, members] = members
            continue
        drawn = integers(members.size, members.size * replicates)
        out[:, members] = members[drawn].reshape((replicates, members.size), order="F")
    return out
