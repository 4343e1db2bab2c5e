"""A pair of numbers, lower and upper, that cannot be read at the wrong end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import UnknownPositionError

__all__ = ["Ends"]


class Ends:
    """Lower and upper end of something; R scripts read them as ``x[1]`` and ``x[2]``.

    Parameters
    ----------
    lower, upper : float
        The ends.

    Examples
    --------
    >>> lower, upper = ends = Ends(-1.0, 2.0)
    >>> ends.upper, ends[1], upper
    (2.0, 2.0, 2.0)
    """

    __slots__ = ("_lower", "_upper")

    def __init__(self, lower: float, upper: float) -> None:
        self._lower, self._upper = float(lower), float(upper)

    @property
    def lower(self) -> float:
        """Lower end."""
        return self._lower

    @property
    def upper(self) -> float:
        """Upper end."""
        return self._upper

    def __iter__(self) -> Iterator[float]:
        """Yield lower, then upper."""
        return iter((self._lower, self._upper))

    def __len__(self) -> int:
        """Return 2."""
        return 2

    def __getitem__(self, key: Any) -> float:
        """Return an end by position (0 or 1)."""
        if key in (0, -2):
            return self._lower
        if key in (1, -1):
            return self._upper
        msg = (
            f"An interval has two bounds, [0] (.lower) and [1] (.upper); got [{key}]. Positions start at 0 "
            "here: R's ci[1] is .lower and R's ci[2] is .upper."
        )
        raise UnknownPositionError(msg)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.float64]:
        """Return the ends as an array of two numbers."""
        return np.array([self._lower, self._upper], dtype=dtype)
