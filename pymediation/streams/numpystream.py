"""The same draws from a NumPy generator."""

from __future__ import annotations

import copy
import secrets
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentTypeError
from pymediation.streams.elementwise import ElementwiseStream
from pymediation.streams.multinomials import probability_rows
from pymediation.streams.protocol import StreamRecord
from pymediation.streams.shaping import Form, Size, whole_number

__all__ = ["NumPyStream"]


class NumPyStream(ElementwiseStream):
    """Random numbers of a :class:`numpy.random.Generator` by the methods of `~pymediation.streams.Stream`.

    The distributions, shapes and treatment of degenerate parameters are those of :class:`RStream`; the
    numbers are NumPy's, and no promise is made about their values.

    Parameters
    ----------
    generator : int, Generator, BitGenerator, SeedSequence, optional
        A seed, or a generator, which is then advanced by the draws. Without it the stream starts from fresh
        entropy, which :meth:`describe` tells.

    Raises
    ------
    ArgumentTypeError
        If `generator` is something else.

    Examples
    --------
    >>> from pymediation.streams import NumPyStream
    >>> NumPyStream(1).normal(size=(2, 3)).shape
    (2, 3)
    """

    __slots__ = ("_generator", "_seed", "_seeded")

    def __init__(
        self,
        generator: int
        | np.integer
        | np.random.Generator
        | np.random.BitGenerator
        | np.random.SeedSequence
        | None = None,
    ) -> None:
        self._seeded = generator is not None
        self._seed: int | None = None
        if generator is None:
            self._seed = secrets.randbits(128)
        elif isinstance(generator, int | np.integer) and not isinstance(generator, bool):
            self._seed = whole_number(generator, "generator")
        if self._seed is not None:
            generator = np.random.SeedSequence(self._seed)
        if not isinstance(generator, np.random.Generator | np.random.BitGenerator | np.random.SeedSequence):
            raise ArgumentTypeError(
                f"`generator` must be an int, a numpy Generator, BitGenerator or SeedSequence, or None, not "
                f"{generator!r} of type {type(generator).__name__}."
            )
        self._generator = np.random.default_rng(generator)

    @classmethod
    def _of(cls, bits: tuple[Any, ...], seed: int | None, seeded: bool) -> NumPyStream:
        """Rebuild a stream from its parts."""
        kind, sequence, state = bits
        bit_generator = kind(sequence) if sequence is not None else kind()
        bit_generator.state = state
        stream = cls(bit_generator)
        stream._seed, stream._seeded = seed, seeded
        return stream

    def _parts(self) -> tuple[Any, ...]:
        # The state alone would not keep the seed sequence, which `spawn` needs.
        bits = self._generator.bit_generator
        sequence = getattr(bits, "seed_seq", None)
        return (type(bits), copy.deepcopy(sequence), copy.deepcopy(bits.state)), self._seed, self._seeded

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._of, self._parts()

    def __repr__(self) -> str:
        return f"NumPyStream({self._generator!r})" if self._seed is None else f"NumPyStream({self._seed})"

    @property
    def _source(self) -> np.random.Generator:
        return self._generator

    @property
    def generator(self) -> np.random.Generator:
        """The generator the numbers come from."""
        return self._generator

    def copy(self) -> NumPyStream:
        """Return an independent stream at the same place."""
        return self._of(*self._parts())

    def spawn(self, n: int) -> list[NumPyStream]:
        """Return `n` independent streams; each call gives new ones, the same ones for the same seed."""
        count = whole_number(n, "n")
        try:
            return [NumPyStream(child) for child in self._generator.spawn(count)]
        except TypeError as problem:
            raise ArgumentTypeError(
                f"{self._generator!r} cannot spawn; make it with numpy.random.default_rng(seed)."
            ) from problem

    def describe(self) -> StreamRecord:
        """Return what is needed to name this stream; the seed also of one from fresh entropy."""
        return StreamRecord("numpy", self._seed, None, self._seeded)

    def integers(self, n: int, size: Size = 1) -> NDArray[np.int64]:
        """Draw indices 0..n-1, all equally probable."""
        form = Form.of(size)
        return form.fold(self._generator.integers(whole_number(n, "n", 1), size=form.count))

    def multinomial(self, n: int, pvals: ArrayLike, size: int = 1) -> NDArray[np.int64]:
        """Draw rows of counts."""
        p = probability_rows(np.atleast_2d(np.asarray(pvals, dtype=np.float64)), "pvals")[0]
        return self._generator.multinomial(whole_number(n, "n"), p / p.sum(), whole_number(size, "size"))

    def categorical(self, probs: ArrayLike) -> NDArray[np.int64]:
        """Draw a category for each row of probabilities, one uniform per row."""
        rows = probability_rows(probs, "probs")
        limits = np.cumsum(rows, axis=1)
        u = self._generator.random(rows.shape[0]) * limits[:, -1]
        return (limits[:, :-1] <= u[:, None]).sum(axis=1, dtype=np.int64)
