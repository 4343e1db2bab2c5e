"""How a mediator is drawn from its model, law by law."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pymediation.families import Family
from pymediation.streams import Stream

__all__ = ["NORMAL_ERRORS", "MediatorLaw", "law_of"]

FloatArray = NDArray[np.float64]
Order = Literal["F", "C"]
Draw = Callable[[Stream, FloatArray, FloatArray, Order], FloatArray]
Errors = Callable[[Stream, Any, Order], FloatArray]

# These inverse links never return exactly 0 or 1, so that every Bernoulli draw takes one random word.
_INTERIOR_LINKS = frozenset({"logit", "probit", "cloglog", "cauchit"})


@dataclass(frozen=True, slots=True, eq=False)
class MediatorLaw:
    """The distribution of a mediator, given its linear predictor.

    Attributes
    ----------
    kind : {"shared", "arms", "categories", "quantiles", "learned"}
        One error serves both arms (location families); each arm is drawn on its own; one of K
        categories is drawn; a quantile of the conditional distribution at a random level; or the model draws
        by itself.
    errors : callable or None
        "shared": ``errors(stream, size, order)``, standard errors, which are multiplied by the law's
        parameter.
    transform : callable or None
        "shared": what is applied to the sum of mean and error, such as ``exp``; None for the identity.
    draw : callable or None
        "arms": ``draw(stream, mean, parameter, order)``, values of the shape of `mean`, in the given order of
        filling.
    probabilities : callable or None
        "categories": ``probabilities(eta, parameter)``, shape of `eta` with a last axis of K, which takes the
        place of the axis of several predictors.
    quantiles : callable or None
        "quantiles": ``quantiles(levels, counts)``, coefficients (R, n, k) at n levels each on R resamples
        given as counts (R, n).
    n_values : int
        Number of values of a discrete mediator: 2 for a binary one, K for categories, 0 for numbers.
    n_predictors : int
        Number of linear predictors on the design, whose coefficients follow each other; several only for
        categories.
    one_word : bool
        Whether each draw takes one word of R's stream, so that an arm can be skipped undrawn.
    """

    kind: Literal["shared", "arms", "categories", "quantiles", "learned"]
    errors: Errors | None = None
    transform: Callable[[FloatArray], FloatArray] | None = None
    draw: Draw | None = None
    probabilities: Callable[[FloatArray, FloatArray], FloatArray] | None = None
    quantiles: Callable[[FloatArray, NDArray[Any]], FloatArray] | None = None
    n_values: int = 0
    n_predictors: int = 1
    one_word: bool = False


def _normal(stream: Stream, size: Any, order: Order) -> FloatArray:
    """Draw standard normal errors."""
    return stream.normal(0.0, 1.0, size=size, order=order)


def _binomial(stream: Stream, mean: FloatArray, _parameter: FloatArray, order: Order) -> FloatArray:
    """Draw 0/1 values."""
    return stream.binomial(1, mean, size=mean.shape, order=order)


def _poisson(stream: Stream, mean: FloatArray, _parameter: FloatArray, order: Order) -> FloatArray:
    """Draw counts."""
    return stream.poisson(mean, size=mean.shape, order=order)


def _gamma(stream: Stream, mean: FloatArray, shape: FloatArray, order: Order) -> FloatArray:
    """Draw gamma values with the given shape."""
    one_shape = shape.ravel()[0] if np.all(shape == shape.ravel()[0]) else np.broadcast_to(shape, mean.shape)
    return stream.gamma(one_shape, mean / shape, size=mean.shape, order=order)


def _inverse_gaussian(stream: Stream, mean: FloatArray, precision: FloatArray, order: Order) -> FloatArray:
    """Draw inverse Gaussian values with the given precision."""
    return stream.inverse_gaussian(mean, np.broadcast_to(precision, mean.shape), size=mean.shape, order=order)


NORMAL_ERRORS = MediatorLaw("shared", errors=_normal)

_LAWS: dict[str, MediatorLaw] = {
    "gaussian": NORMAL_ERRORS,
    "poisson": MediatorLaw("arms", draw=_poisson),
    "Gamma": MediatorLaw("arms", draw=_gamma),
    "inverse.gaussian": MediatorLaw("arms", draw=_inverse_gaussian),
}


def law_of(family: Family) -> MediatorLaw | None:
    """Return the law of a mediator family, or None where the family says nothing about a distribution."""
    if family.name == "binomial":
        interior = family.link.name in _INTERIOR_LINKS
        return MediatorLaw("arms", draw=_binomial, n_values=2, one_word=interior)
    return _LAWS.get(family.name)
