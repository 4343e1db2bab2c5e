"""R's one stream per session, and what the argument `rng` of a function stands for."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymediation.errors import ArgumentTypeError
from pymediation.streams.numpystream import NumPyStream
from pymediation.streams.protocol import Stream
from pymediation.streams.rstream import RStream

__all__ = ["as_stream", "ensure_global_stream", "global_stream", "set_seed"]


class _Session:
    """The holder of the stream that `set_seed` sets, as R's global environment holds ``.Random.seed``."""

    stream: RStream | None = None


def set_seed(seed: int | None, sample_kind: str = "Rejection") -> None:
    """Seed the random numbers of this process as R's ``set.seed`` does.

    After it, functions whose argument `rng` is None draw what R draws after ``set.seed(seed)``, and go on
    in the same stream from call to call.

    Parameters
    ----------
    seed : int or None
        The seed, from -2147483647 to 2147483647; None forgets the seed.
    sample_kind : {"Rejection", "Rounding"}
        How indices are drawn; ``"Rounding"`` is what R did before version 3.6.0.

    Raises
    ------
    ArgumentTypeError
        If `seed` is not a whole number.
    ArgumentError
        If `seed` or `sample_kind` is not one that R has.

    Examples
    --------
    >>> from pymediation.streams import as_stream, set_seed
    >>> set_seed(1)
    >>> as_stream(None).normal(size=2).round(7).tolist()
    [-0.6264538, 0.1836433]
    >>> set_seed(None)
    """
    _Session.stream = None if seed is None else RStream(seed, sample_kind)


def global_stream() -> RStream | None:
    """Return the stream of this process, or None if there is none yet.

    Returns
    -------
    RStream or None
        The stream itself, not a copy: drawing from it advances it.

    Examples
    --------
    >>> from pymediation.streams import global_stream, set_seed
    >>> set_seed(7)
    >>> global_stream()
    <RStream(7), rejection, 0 words used>
    >>> set_seed(None)
    """
    return _Session.stream


def ensure_global_stream() -> RStream:
    """Return the stream of this process; start it from fresh entropy, as R does, if there is none yet.

    Returns
    -------
    RStream
        The stream itself, not a copy. ``describe().seeded`` tells whether `set_seed` made it.

    Examples
    --------
    >>> from pymediation.streams import ensure_global_stream, set_seed
    >>> set_seed(None)
    >>> ensure_global_stream() is ensure_global_stream()
    True
    >>> set_seed(None)
    """
    if _Session.stream is None:
        _Session.stream = RStream.from_entropy()
    return _Session.stream


def as_stream(rng: Any) -> Stream:
    """Return the stream that the argument `rng` of a function stands for.

    Parameters
    ----------
    rng : None, int, Generator, BitGenerator, SeedSequence or Stream
        None is the stream set by :func:`set_seed`, and fresh entropy if it was not called. An int is the
        seed of a NumPy stream. A stream or generator is used, and advanced, itself.

    Returns
    -------
    Stream
        Where to draw from.

    Raises
    ------
    ArgumentTypeError
        If `rng` is something else.

    Examples
    --------
    >>> from pymediation.streams import RStream, as_stream
    >>> as_stream(1)
    NumPyStream(1)
    >>> as_stream(RStream(1))
    <RStream(1), rejection, 0 words used>
    """
    if rng is None:
        stream = _Session.stream
        return stream if stream is not None and stream.describe().seeded else NumPyStream()
    if isinstance(rng, Stream) and not isinstance(rng, type):
        return rng
    numpy_like = np.integer | np.random.Generator | np.random.BitGenerator | np.random.SeedSequence
    if isinstance(rng, int | numpy_like) and not isinstance(rng, bool):
        return NumPyStream(rng)
    raise ArgumentTypeError(
        f"`rng` must be an int (seed of a NumPy stream), a numpy Generator, BitGenerator or SeedSequence, "
        f"RStream(seed) for R's random numbers, or None; not {rng!r} of type {type(rng).__name__}."
    )
