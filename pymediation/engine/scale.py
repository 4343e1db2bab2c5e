"""From linear predictors to the scale on which effects are reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["IDENTITY", "FunctionScale", "OutcomeScale"]

FloatArray = NDArray[np.float64]


class OutcomeScale(Protocol):
    """From linear predictors to the scale of the response; the links of families are of this kind."""

    @property
    def name(self) -> str:
        """Name, "identity" where the linear predictor itself is reported."""
        ...

    def inverse(self, eta: Any, out: FloatArray | None = None) -> FloatArray:
        """Return the mean, or what stands for it, of each linear predictor."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class FunctionScale:
    """A scale given by a function.

    Attributes
    ----------
    name : str
    function : callable
        Linear predictors to values of the same shape.
    """

    name: str
    function: Callable[[FloatArray], FloatArray]

    def inverse(self, eta: Any, out: FloatArray | None = None) -> FloatArray:
        """Apply the function."""
        values = self.function(np.asarray(eta, dtype=float))
        if out is None:
            return values
        out[...] = values
        return out


@dataclass(frozen=True, slots=True, eq=False)
class _Identity:
    """The linear predictor itself; nothing is copied."""

    name: str = "identity"

    def inverse(self, eta: Any, out: FloatArray | None = None) -> FloatArray:
        """Return the linear predictor."""
        values: FloatArray = np.asarray(eta, dtype=float)
        return values


IDENTITY = _Identity()
