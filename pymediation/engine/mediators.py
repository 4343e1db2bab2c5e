"""How a mediator is drawn from its model, family by family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pymediation.families import Family
from pymediation.streams import Stream

__all__ = ["MEDIATOR_LAWS", "MediatorLaw", "law_of"]

FloatArray = NDArray[np.float64]
Draw = Callable[[Stream, FloatArray, FloatArray, Literal["F", "C"]], FloatArray]

# These inverse links never return exactly 0 or 1, so that every Bernoulli draw takes one random word.
_INTERIOR_LINKS = frozenset({"logit", "probit", "cloglog", "cauchit"})


@dataclass(frozen=True, slots=True)
class MediatorLaw:
    """The distribution of a mediator around its mean.

    Attributes
    ----------
    shared : bool
        One error serves both arms (location families); otherwise each arm is drawn on its own.
    draw : callable or None
        ``draw(stream, mean, parameter, order)``: values of the shape of `mean`, in the given order of
        filling. None for shared errors, which are standard normals times the parameter.
    parameter : str
        What the second parameter is: "sd", "shape", "precision" (1 / dispersion) or "none".
    two_valued : bool
        Values are 0 and 1.
    """

    shared: bool
    draw: Draw | None
    parameter: str
    two_valued: bool = False


def _binomial(
    stream: Stream, mean: FloatArray, _parameter: FloatArray, order: Literal["F", "C"]
) -> FloatArray:
    """Draw 0/1 values."""
    return stream.binomial(1, mean, size=mean.shape, order=order)


def _poisson(
    stream: Stream, mean: FloatArray, _parameter: FloatArray, order: Literal["F", "C"]
) -> FloatArray:
    """Draw counts."""
    return stream.poisson(mean, size=mean.shape, order=order)


def _gamma(stream: Stream, mean: FloatArray, shape: FloatArray, order: Literal["F", "C"]) -> FloatArray:
    """Draw gamma values with the given shape."""
    one_shape = shape.ravel()[0] if np.all(shape == shape.ravel()[0]) else np.broadcast_to(shape, mean.shape)
    return stream.gamma(one_shape, mean / shape, size=mean.shape, order=order)


def _inverse_gaussian(
    stream: Stream, mean: FloatArray, precision: FloatArray, order: Literal["F", "C"]
) -> FloatArray:
    """Draw inverse Gaussian values with the given precision."""
    return stream.inverse_gaussian(mean, np.broadcast_to(precision, mean.shape), size=mean.shape, order=order)


MEDIATOR_LAWS: dict[str, MediatorLaw] = {
    "gaussian": MediatorLaw(shared=True, draw=None, parameter="sd"),
    "binomial": MediatorLaw(shared=False, draw=_binomial, parameter="none", two_valued=True),
    "poisson": MediatorLaw(shared=False, draw=_poisson, parameter="none"),
    "Gamma": MediatorLaw(shared=False, draw=_gamma, parameter="shape"),
    "inverse.gaussian": MediatorLaw(shared=False, draw=_inverse_gaussian, parameter="precision"),
}


def law_of(family: Family) -> MediatorLaw | None:
    """Return the law of a mediator family, or None where the family says nothing about a distribution."""
    return MEDIATOR_LAWS.get(family.name)


def takes_one_word(family: Family) -> bool:
    """Whether each draw takes exactly one word of R's stream, so that an arm can be skipped undrawn."""
    return family.name == "binomial" and family.link.name in _INTERIOR_LINKS
