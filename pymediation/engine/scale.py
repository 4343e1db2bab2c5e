"""From linear predictors to the scale on which effects are reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["IDENTITY", "FunctionScale", "OutcomeScale", "ParameterScale"]

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
class ParameterScale:
    """A scale that takes, beside the linear predictor, a parameter of the outcome's distribution.

    Attributes
    ----------
    words : str
        What it is, for the summary: "the mean survival time".
    function : callable
        ``function(eta, parameter)``, elementwise and broadcasting.
    affine : bool
        Whether it is affine in the linear predictor, with the same slope for all parameters.
    infinite : str
        When its values are infinite, as a sentence without a full stop; empty where they never are.
    mean : {"positive", "real", ""}
        Whether it is a probability, the mean of a response of either sign, or neither; see `ModelKind.mean`.
    """

    words: str
    function: Callable[[FloatArray, FloatArray], FloatArray]
    affine: bool = False
    infinite: str = ""
    mean: Literal["positive", "real", ""] = ""

    def at(self, parameter: FloatArray) -> FunctionScale:
        """Return the scale at parameters of a shape that broadcasts over linear predictors."""
        return FunctionScale(self.words, lambda eta: self.function(eta, parameter))


@dataclass(frozen=True, slots=True, eq=False)
class _Identity:
    """The linear predictor itself; nothing is copied."""

    name: str = "identity"

    def inverse(self, eta: Any, out: FloatArray | None = None) -> FloatArray:
        """Return the linear predictor."""
        values: FloatArray = np.asarray(eta, dtype=float)
        return values


IDENTITY = _Identity()
