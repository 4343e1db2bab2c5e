"""R's ``sample()`` without replacement, and with probabilities.

Walker, A. J. (1977). An efficient method for generating discrete random variables with general
distributions. ACM Transactions on Mathematical Software, 3, 253-256; tables set up as in Ripley, B. D.
(1987). Stochastic Simulation, Wiley, algorithm 3.13.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError
from pymediation.streams.indices import chunks_and_bits, random_indices
from pymediation.streams.laws import CHUNK, Floats
from pymediation.streams.mersenne import MersenneWords, Words, uniforms
from pymediation.streams.renewal import in_blocks

__all__ = ["distinct_indices", "sampling_weights", "weighted_distinct_indices", "weighted_indices"]

Ints = NDArray[np.int64]

# Above this many items, if at most half are asked for, R draws with replacement and leaves out repeats.
_MANY_ITEMS = 10_000_000
# With more than this many items that are not improbable, R uses Walker's alias method.
_MANY_PROBABLE = 200


def distinct_indices(words: MersenneWords, n: int, count: int, sample_kind: str) -> Ints:
    """Draw `count` different indices in 0..n-1, in random order."""
    if n > _MANY_ITEMS and count <= n / 2:
        return _without_repeats(words, n, count, sample_kind)
    return _shuffled(words, n, count, sample_kind)


def _without_repeats(words: MersenneWords, n: int, count: int, sample_kind: str) -> Ints:
    seen: dict[int, None] = {}
    while len(seen) < count:
        drawn = random_indices(words, n, count - len(seen), sample_kind)
        seen.update(dict.fromkeys(drawn.tolist()))
    return np.fromiter(seen, dtype=np.int64, count=count)


def _shuffled(words: MersenneWords, n: int, count: int, sample_kind: str) -> Ints:
    """Partial Fisher-Yates shuffle; only the items that have moved are kept."""
    out = np.empty(count, dtype=np.int64)
    moved: dict[int, int] = {}
    rejection = sample_kind == "rejection"

    def fill(block: Words, done: int) -> tuple[int, int]:
        numbers = ((block >> 16) if rejection else uniforms(block)).tolist()
        items: list[int] = []
        start = here = 0
        try:
            for left in range(n - done, n - count, -1):
                start = here
                if rejection:
                    place, here = _index_from(numbers, here, left)
                else:
                    place, here = int(left * numbers[here]), here + 1
                last = left - 1
                items.append(moved.get(place, place))
                moved[place] = moved.pop(last, last)
            start = here
        except IndexError:
            pass
        out[done : done + len(items)] = items
        return len(items), start

    in_blocks(words, count, 3.0, fill)
    return out


def _index_from(halves: list[int], here: int, n: int) -> tuple[int, int]:
    """Draw one index below `n` by rejection; raises IndexError if the words do not suffice."""
    chunks, bits = chunks_and_bits(n)
    mask = 2**bits - 1
    while True:
        value = halves[here]
        for offset in range(1, chunks):
            value = (value << 16) | halves[here + offset]
        here += chunks
        value &= mask
        if value < n:
            return value, here


def sampling_weights(prob: ArrayLike, n: int, distinct: int) -> Floats:
    """Check and normalise the weights of `n` items, of which `distinct` must be possible."""
    weights = np.asarray(prob, dtype=np.float64)
    if weights.shape != (n,):
        raise ArgumentError(f"`prob` must have {n} elements, one per item; its shape is {weights.shape}.")
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ArgumentError("`prob` must hold finite weights of at least 0.")
    positive = int((weights > 0).sum())
    if positive == 0 or positive < distinct:
        raise ArgumentError(
            f"too few positive probabilities: `prob` has {positive}, but {max(distinct, 1)} different items "
            "are asked for."
        )
    # The running sum, from left to right, as R adds.
    return weights / np.cumsum(weights)[-1]


def weighted_indices(words: MersenneWords, p: Floats, count: int, sample_kind: str) -> Ints:
    """Draw `count` indices with probabilities `p`, with replacement."""
    if int((p.size * p > 0.1).sum()) > _MANY_PROBABLE:
        return _by_alias(words, p, count, sample_kind)
    order = _descending(p)
    limits = np.cumsum(p[order])[:-1]
    out = np.empty(count, dtype=np.int64)
    for start in range(0, count, CHUNK):
        u = uniforms(words.take(min(CHUNK, count - start)))
        out[start : start + u.size] = order[np.searchsorted(limits, u, side="left")]
    return out


def _by_alias(words: MersenneWords, p: Floats, count: int, sample_kind: str) -> Ints:
    """Draw an item with equal probabilities, then decide between it and its alias."""
    n = p.size
    threshold, alias = _alias_tables(p)
    item = np.empty(count, dtype=np.int64)
    u = np.empty(count)

    def fill(block: Words, done: int) -> tuple[int, int]:
        halves, numbers = (block >> 16).tolist(), uniforms(block).tolist()
        items: list[int] = []
        decisions: list[float] = []
        start = here = 0
        try:
            for _ in range(done, count):
                start = here
                place, here = _index_from(halves, here, n)
                decisions.append(numbers[here])
                items.append(place)
                here += 1
            start = here
        except IndexError:
            pass
        drawn = len(items)
        item[done : done + drawn] = items
        u[done : done + drawn] = decisions
        return drawn, start

    if sample_kind == "rejection":
        in_blocks(words, count, 1 + 1.6 * chunks_and_bits(n)[0], fill)
    else:
        # One uniform serves for both.
        u = n * uniforms(words.take(count))
        item = u.astype(np.int64)
        u -= item
    return np.where(u < threshold[item], item, alias[item])


def _alias_tables(p: Floats) -> tuple[Floats, Ints]:
    """Thresholds and aliases of Walker's method."""
    n = p.size
    scaled = p * n
    q = scaled.tolist()
    alias = list(range(n))
    # Items below average fill the front, the others the back, of one list.
    poor = np.flatnonzero(scaled < 1).tolist()
    rich = np.flatnonzero(~(scaled < 1)).tolist()
    table = poor + rich[::-1]
    donor = len(poor)
    if poor and rich:
        for k in range(n - 1):
            item, giver = table[k], table[donor]
            alias[item] = giver
            q[giver] += q[item] - 1
            if q[giver] < 1:
                donor += 1
            if donor >= n:
                break
    return np.array(q), np.array(alias)


def weighted_distinct_indices(words: MersenneWords, p: Floats, count: int) -> Ints:
    """Draw `count` different indices, each time in proportion to the probabilities of those left."""
    order = _descending(p)
    left = p[order]
    u = uniforms(words.take(count))
    total = 1.0
    out = np.empty(count, dtype=np.int64)
    for k in range(count):
        place = int(np.searchsorted(np.cumsum(left)[:-1], total * u[k], side="left"))
        out[k] = order[place]
        total -= left[place]
        left, order = np.delete(left, place), np.delete(order, place)
    return out


def _descending(p: Floats) -> Ints:
    """Order of decreasing probability; ties as a heap sort leaves them, which is part of R's numbers."""
    key, order = p.tolist(), list(range(p.size))
    size = len(key)
    for root in range(size // 2 - 1, -1, -1):
        _sift(key, order, root, size)
    for end in range(size - 1, 0, -1):
        key[0], key[end] = key[end], key[0]
        order[0], order[end] = order[end], order[0]
        _sift(key, order, 0, end)
    return np.array(order, dtype=np.int64)


def _sift(key: list[float], order: list[int], root: int, size: int) -> None:
    """Let the item at `root` sink in a heap whose smallest key is on top."""
    k, item = key[root], order[root]
    while (child := 2 * root + 1) < size:
        if child + 1 < size and key[child] > key[child + 1]:
            child += 1
        if k <= key[child]:
            break
        key[root], order[root] = key[child], order[child]
        root = child
    key[root], order[root] = k, item
