"""Arrays by group and draw that may be larger than the memory there is."""

from __future__ import annotations

import tempfile
from typing import IO

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import PymediationError

__all__ = ["draws_are_kept", "zeros_on_file"]

FloatArray = NDArray[np.float64]

# Numbers of an array beyond which it lies in a temporary file: 256 MB.
_IN_MEMORY = 32_000_000
# Draws of an effect by group up to which results keep them: 40 MB, for each of ten effects.
_KEPT = 5_000_000
# Bytes written at a time where a file system cannot be asked for room.
_CHUNK = 1 << 24


def draws_are_kept(groups: int, sims: int) -> bool:
    """Whether a result keeps the draws of effects by group.

    Parameters
    ----------
    groups, sims : int
    """
    return groups * sims <= _KEPT


def zeros_on_file(shape: tuple[int, ...]) -> FloatArray:
    """Return an array of zeros, a large one in a temporary file that vanishes with it.

    Parameters
    ----------
    shape : tuple of int
        Columns or outcomes, groups, draws.

    Raises
    ------
    PymediationError
        There is no room for it.

    Notes
    -----
    The file's room is taken before it is used, so that a full disk is an error here and not a crash later.
    """
    size = int(np.prod(shape))
    if size <= _IN_MEMORY:
        return np.zeros(shape)
    try:
        with tempfile.TemporaryFile(prefix="pymediation") as file:
            _take_room(file, 8 * size)
            return np.memmap(file, dtype=np.float64, mode="r+", shape=shape)
    except OSError as error:
        msg = (
            f"{shape[-2]} groups and {shape[-1]} draws need a temporary file of {8 * size / 1e6:.0f} MB: "
            f"{error}. Give fewer sims, or set the variable TMPDIR to a folder with more room."
        )
        raise PymediationError(msg) from error


def _take_room(file: IO[bytes], size: int) -> None:
    """Fill a file with so many bytes of zeros."""
    whole, rest = divmod(size, _CHUNK)
    for _ in range(whole):
        file.write(bytes(_CHUNK))
    file.write(bytes(rest))
    file.flush()
