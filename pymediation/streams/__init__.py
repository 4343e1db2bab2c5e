"""Random numbers: one protocol, two streams.

:class:`RStream` draws R's numbers, :class:`NumPyStream` those of a NumPy generator. Everything that draws is
written against :class:`Stream` and knows neither.
"""

from __future__ import annotations

from pymediation.streams.current import as_stream, ensure_global_stream, global_stream, set_seed
from pymediation.streams.normals import qnorm
from pymediation.streams.numpystream import NumPyStream
from pymediation.streams.protocol import Stream, StreamRecord
from pymediation.streams.rstream import RStream

__all__ = [
    "NumPyStream",
    "RStream",
    "Stream",
    "StreamRecord",
    "as_stream",
    "ensure_global_stream",
    "global_stream",
    "qnorm",
    "set_seed",
]
