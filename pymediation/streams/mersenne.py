"""The words of R's Mersenne-Twister: seeding, looking ahead, and exchange of the state with R."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import ArgumentError

__all__ = [
    "MersenneState",
    "MersenneWords",
    "Words",
    "seeded_state",
    "state_from_r",
    "state_to_r",
    "uniforms",
]

Words = NDArray[np.uint32]

STATE_WORDS = 624
MAX_SEED = 2**31 - 1
# Words generated at a time: few at first, more as the stream is used.
FIRST_REFILL = 2 * STATE_WORDS
LARGEST_REFILL = 2**17
# How R numbers its generators: Mersenne-Twister with inversion, and one of two ways to sample.
R_KINDS = {"rejection": 10403, "rounding": 403}

_WORD = 2.0**-32
# R's substitute for a uniform of exactly zero.
_SMALLEST = 0.5 * 2.328306437080797e-10


@dataclass(frozen=True, slots=True, eq=False)
class MersenneState:
    """State of the generator: 624 words and how many of them are used up."""

    key: Words
    used: int

    def generator(self) -> np.random.MT19937:
        """Return a bit generator in this state."""
        bits = np.random.MT19937(0)
        bits.state = {"bit_generator": "MT19937", "state": {"key": self.key, "pos": self.used}}
        return bits

    @classmethod
    def of(cls, bits: np.random.MT19937) -> MersenneState:
        """Read the state of a bit generator."""
        inner: Any = bits.state["state"]
        return cls(np.array(inner["key"], dtype=np.uint32), int(inner["pos"]))


def seeded_state(seed: int) -> MersenneState:
    """Return the state after R's ``set.seed(seed)``: a congruential scrambling of the seed."""
    word = seed & 0xFFFFFFFF
    for _ in range(51):
        word = (69069 * word + 1) & 0xFFFFFFFF
    key = np.empty(STATE_WORDS, dtype=np.uint32)
    for place in range(STATE_WORDS):
        word = (69069 * word + 1) & 0xFFFFFFFF
        key[place] = word
    return MersenneState(key, STATE_WORDS)


def state_from_r(vector: Sequence[int] | NDArray[Any]) -> tuple[MersenneState, str]:
    """Read R's ``.Random.seed``; return the state and the kind of sampling."""
    try:
        numbers = np.asarray(vector, dtype=np.float64).ravel()
    except (TypeError, ValueError) as problem:
        raise ArgumentError("`vector` must be R's .Random.seed: 626 integers.") from problem
    if numbers.size != STATE_WORDS + 2:
        raise ArgumentError(
            f"`vector` has {numbers.size} elements; R's .Random.seed for the Mersenne-Twister has 626."
        )
    if not ((np.abs(numbers) <= 2**31) & (numbers == np.floor(numbers))).all():
        raise ArgumentError("`vector` must hold signed 32-bit integers, as R's .Random.seed does.")
    kinds = {code: name for name, code in R_KINDS.items()}
    if numbers[0] not in kinds:
        raise ArgumentError(
            f"`vector` is the state of another generator (kind {int(numbers[0])}); accepted are 10403 "
            'and 403, in R: RNGkind("Mersenne-Twister", "Inversion", "Rejection" or "Rounding").'
        )
    key = numbers[2:].astype(np.int64).astype(np.uint32)
    if not 0 <= numbers[1] <= STATE_WORDS or not key.any():
        raise ArgumentError(
            "`vector` is damaged: its second element must lie in 0..624, and its words not all be 0."
        )
    return MersenneState(key, int(numbers[1])), kinds[int(numbers[0])]


def state_to_r(state: MersenneState, sample_kind: str) -> NDArray[np.int32]:
    """Write a state as R's ``.Random.seed``."""
    head = np.array([R_KINDS[sample_kind], state.used], dtype=np.int32)
    return np.concatenate((head, state.key.view(np.int32)))


def uniforms(words: Words) -> NDArray[np.float64]:
    """Turn words into R's uniforms: multiples of 2**-32 in (0, 1)."""
    values = np.multiply(words, _WORD, dtype=np.float64)
    if not words.all():
        values[words == 0] = _SMALLEST
    return values


class MersenneWords:
    """The words of one stream, with a look-ahead buffer.

    `peek` shows the words to come, `advance` uses them up; a drawing routine peeks generously and advances
    by what it used. Nothing is ever put back into the generator. Words that are skipped are made when a later
    one is asked for, and never if none is.
    """

    __slots__ = ("_bits", "_buffer", "_generated", "_marks", "_pending", "_refill_size", "_start", "origin")

    def __init__(self, origin: MersenneState) -> None:
        self.origin = origin
        self._restart(origin, 0)

    def _restart(self, state: MersenneState, position: int, pending: int = 0) -> None:
        """Go on at `position`, which is `pending` words after `state`."""
        self._bits = state.generator()
        self._move(position, pending)

    def _move(self, position: int, pending: int) -> None:
        """Forget the buffer and go on at `position`, which is `pending` words ahead of the generator."""
        self._generated = position
        self._pending = pending
        self._buffer: Words = np.empty(0, dtype=np.uint32)
        self._start = 0
        self._refill_size = FIRST_REFILL
        # Where the words in the buffer came from: (position, state there), oldest first.
        self._marks: list[tuple[int, MersenneState]] = []

    def _catch_up(self) -> None:
        """Let the generator pass over the words that were skipped."""
        if self._pending:
            self._bits.random_raw(self._pending, output=False)
            self._pending = 0

    @property
    def consumed(self) -> int:
        """Words used up since the origin."""
        return self._generated - (self._buffer.size - self._start)

    def peek(self, count: int) -> Words:
        """Return the next `count` words (a view, not to be changed) without using them up."""
        missing = count - (self._buffer.size - self._start)
        if missing > 0:
            self._refill(missing)
        return self._buffer[self._start : self._start + count]

    def _refill(self, missing: int) -> None:
        self._catch_up()
        consumed = self.consumed
        self._marks.append((self._generated, MersenneState.of(self._bits)))
        while len(self._marks) > 1 and self._marks[1][0] <= consumed:
            del self._marks[0]
        fresh = self._bits.random_raw(max(missing, self._refill_size)).astype(np.uint32)
        self._refill_size = min(2 * self._refill_size, LARGEST_REFILL)
        self._generated += fresh.size
        left = self._buffer[self._start :]
        self._buffer = np.concatenate((left, fresh)) if left.size else fresh
        self._start = 0

    def advance(self, count: int) -> None:
        """Use up `count` of the words that were peeked at."""
        self._start += count

    def take(self, count: int) -> Words:
        """Return the next `count` words and use them up."""
        words = self.peek(count)
        self._start += count
        return words

    def skip(self, count: int) -> None:
        """Use up `count` words without looking at them."""
        beyond = count - (self._buffer.size - self._start)
        if beyond <= 0:
            self._start += count
            return
        self._move(self._generated + beyond, self._pending + beyond)

    def seek(self, position: int) -> None:
        """Move to `position` words after the origin, forward or back."""
        if position >= self.consumed:
            self.skip(position - self.consumed)
        elif (ahead := position - (self._generated - self._pending)) >= 0:  # among the words skipped last
            self._move(position, ahead)
        else:
            self._restart(self.origin, position, position)

    def state(self) -> MersenneState:
        """Return the state of a generator that has used up exactly the words consumed."""
        self._catch_up()
        consumed = self.consumed
        if consumed == self._generated:
            return MersenneState.of(self._bits)
        position, state = next(mark for mark in reversed(self._marks) if mark[0] <= consumed)
        bits = state.generator()
        bits.random_raw(consumed - position, output=False)
        return MersenneState.of(bits)

    def copy(self) -> MersenneWords:
        """Return an independent source at the same place."""
        return _resumed(*self._place())

    def __reduce__(self) -> tuple[Any, ...]:
        return _resumed, self._place()

    def _place(self) -> tuple[MersenneState, MersenneState, int, int]:
        """Return the origin, and the position as so many words after a state."""
        if self._pending:
            return self.origin, MersenneState.of(self._bits), self._generated, self._pending
        return self.origin, self.state(), self.consumed, 0


def _resumed(origin: MersenneState, state: MersenneState, position: int, pending: int) -> MersenneWords:
    """Rebuild a source that is `position` words after its origin and `pending` words after `state`."""
    words = MersenneWords(origin)
    words._restart(state, position, pending)
    return words
