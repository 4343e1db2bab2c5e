"""A distribution as data, and the one routine that draws from any of them.

R draws the elements of a vector one after the other, and an element whose parameters leave nothing to
chance (a standard deviation of 0, a probability of 1, a NaN) uses up no random number. :func:`draw` keeps
these rules for every law.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.streams.mersenne import MersenneWords
from pymediation.streams.shaping import window
from pymediation.warn import warn

__all__ = ["CHUNK", "Floats", "Law", "draw"]

Floats = NDArray[np.float64]

# Elements handled at a time: the arrays in use then stay in the processor's cache.
CHUNK = 16384


@dataclass(frozen=True, slots=True)
class Law:
    """One distribution.

    Attributes
    ----------
    name : str
        Name of the stream method.
    parameters : tuple of str
        Names of the parameters, in the order in which the functions take them.
    accepts : str
        What parameters are accepted, for messages.
    live : callable
        ``live(*parameters)``: which elements use up random numbers. Parameters are vectors of length 1 or
        of the common length.
    rest : callable
        ``rest(*parameters)``: the values of the elements that do not, NaN where R gives NaN.
    from_words : callable
        ``from_words(words, count, *parameters)``: draws from R's stream.
    from_generator : callable
        ``from_generator(generator, count, *parameters)``: draws from a NumPy generator.
    dtype : type
        Type of the draws.
    """

    name: str
    parameters: tuple[str, ...]
    accepts: str
    live: Callable[..., NDArray[np.bool_]]
    rest: Callable[..., Floats]
    from_words: Callable[..., NDArray[Any]]
    from_generator: Callable[..., NDArray[Any]]
    dtype: type = np.float64


def draw(
    law: Law, source: MersenneWords | np.random.Generator, count: int, parameters: tuple[Floats, ...]
) -> NDArray[Any]:
    """Draw `count` numbers one after the other; parameters are recycled."""
    sample = law.from_words if isinstance(source, MersenneWords) else law.from_generator
    out: NDArray[Any] = np.empty(count, dtype=law.dtype)
    missing = 0
    for start in range(0, count, CHUNK):
        stop = min(start + CHUNK, count)
        local = tuple(window(vector, start, stop) for vector in parameters)
        live = law.live(*local)
        if live.all():
            out[start:stop] = sample(source, stop - start, *local)
            continue
        values = _partly(law, sample, source, stop - start, live, local)
        gaps = int(np.isnan(values).sum())
        if gaps and not missing:
            out = out.astype(np.float64)
        missing += gaps
        out[start:stop] = values
    if missing:
        _warn_missing(law, missing, count)
    return out


def _partly(
    law: Law,
    sample: Callable[..., NDArray[Any]],
    source: Any,
    count: int,
    live: NDArray[np.bool_],
    parameters: tuple[Floats, ...],
) -> Floats:
    """Draw the live elements of a chunk and fill in the others."""
    full = tuple(np.broadcast_to(vector, count) for vector in parameters)
    live = np.broadcast_to(live, count)
    values = np.array(np.broadcast_to(law.rest(*full), count), dtype=np.float64)
    if live.any():
        values[live] = sample(source, int(live.sum()), *(vector[live] for vector in full))
    return values


def _warn_missing(law: Law, missing: int, count: int) -> None:
    """Warn where R says "NAs produced"."""
    warn(f"{law.name}: {missing} of {count} draws are NaN (NAs produced), because {law.accepts}.")
