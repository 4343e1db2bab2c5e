"""What the engine asks of a kind of model: how it is fitted, drawn from and reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.mediators import MediatorLaw
from pymediation.engine.scale import OutcomeScale, ParameterScale
from pymediation.fits import HCType
from pymediation.rows import ModelRows
from pymediation.streams import Stream

__all__ = [
    "CoefficientLaw",
    "Counts",
    "CovarianceChoice",
    "Drawn",
    "Fit",
    "ModelKind",
    "Refitted",
    "ScaleAt",
    "all_coefficients",
    "with_scale",
]

FloatArray = NDArray[np.float64]
Counts = NDArray[np.integer]
Drawn = NDArray[np.integer] | None
ScaleAt = Callable[[float], ParameterScale]


class Fit(Protocol):
    """What every fit tells."""

    @property
    def coef(self) -> FloatArray:
        """Coefficients of the k columns."""
        ...

    @property
    def aliased(self) -> NDArray[np.bool_]:
        """Columns that are combinations of others."""
        ...

    @property
    def converged(self) -> bool:
        """Whether the fit converged."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class CoefficientLaw:
    """The normal distribution that parameters are drawn from.

    Attributes
    ----------
    mean : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
    """

    mean: FloatArray
    covariance: FloatArray

    def draw(self, stream: Stream, sims: int) -> FloatArray:
        """Return `sims` draws, shape (sims, p)."""
        return stream.multivariate_normal(self.mean, self.covariance, sims)


@dataclass(frozen=True, slots=True, eq=False)
class CovarianceChoice:
    """The covariance that coefficients are drawn with.

    Attributes
    ----------
    robust_type : str or None
        Kind of heteroskedasticity-consistent covariance.
    cluster : ndarray of int, shape (n,), or None
        Cluster of each row.
    working_weights : bool
        Whether a weighted glm's cluster covariance takes working weights for prior weights, as R's does.
    chosen : ndarray, shape (k, k), or None
        A covariance that came with the fit.
    """

    robust_type: HCType | None
    cluster: NDArray[np.intp] | None
    working_weights: bool
    chosen: FloatArray | None


@dataclass(frozen=True, slots=True, eq=False)
class Refitted:
    """A model refitted to R resamples.

    Attributes
    ----------
    coef : ndarray, shape (R, k)
        What the outcome surface or the mediator's mean is computed from.
    parameter : ndarray, shape (R,) or (R, q)
        Further parameters of the distribution.
    failures : mapping of int to str
        Replicates without a usable fit, with the reason.
    """

    coef: FloatArray
    parameter: NDArray[Any]
    failures: Mapping[int, str]


@dataclass(frozen=True, slots=True, eq=False)
class ModelKind:
    """A kind of model with its settings (family, distribution, quantile, ...) filled in.

    Attributes
    ----------
    name : str
        Such as ``"linear"``, ``"glm"``, ``"survival"``.
    fit : callable
        ``fit(rows)``: the model fitted to rows, by R's rules.
    refit : callable
        ``refit(rows, counts, drawn)``: the model on resamples given as counts (R, n) and, if known, as rows
        in the order they were drawn, on which R's choice among equally good fits depends.
    scale : OutcomeScale
        The scale on which an outcome is reported.
    centre : OutcomeScale
        From the linear predictor to what a mediator's law varies around.
    law : callable or None
        ``law(rows)``: how a mediator is drawn; None where the model does not define a distribution.
    parameter : callable
        ``parameter(rows, fit)``: further parameters of the distribution at the fit; those of the mediator's
        law, and of an outcome's `chosen_scale`.
    coefficients : callable or None
        ``coefficients(rows, fit, choice)``: the law of the parameters drawn in simulations; None for models
        that can only be bootstrapped.
    split : callable
        ``split(draws)``: drawn parameters (S, p) into coefficients (S, k) and, if drawn, further parameters
        (S,), else None.
    determined : callable
        ``determined(fit)``: whether rows are left to estimate the variation from.
    separated : callable
        ``separated(fit)``: whether the maximum is at infinity.
    one_set : bool
        Whether R counts the model as linear when it decides how many effects to print.
    binary : bool
        Whether the response is 0 or 1.
    gaussian : bool
        Whether the model supposes a continuous response around its mean.
    mean : {"positive", "real", ""}
        As outcome, what its averages are: positive means such as probabilities and rates, means of a
        continuous response, or no means (quantiles, locations of survival times).
    surface : callable
        ``surface(coef, parameter)``: what an outcome surface takes for each replicate.
    nominal : bool
        Whether the response is one of several categories without an order.
    n_categories : int
        Number of categories of an ordered outcome; 0 for an outcome reported by one number.
    law_of_resample : bool
        Whether a mediator is drawn by way of fits to a resample, which a simulation does not have.
    additive : bool
        Whether terms may be smooth functions; R then finds interactions in the draws, and takes ``control``.
    robust : str
        Why robust and cluster covariances do not act on it; empty where they do.
    scale_words : str
        What effects on such an outcome are differences of.
    footnote : str
        What the summary adds where that is easily taken for something else; empty where it is not.
    scales : mapping of str to callable
        Further scales of the outcome by name, ``scales[name](horizon)``.
    chosen_scale : ParameterScale or None
        The one of them that was asked for, see `with_scale`.
    learned : bool
        Whether it has no coefficients and its fit is a :class:`~pymediation.models.MediationModel`, which is
        refitted, drawn from and evaluated resample by resample.
    note : str
        What the summary says about its assumptions; empty for nothing.
    grouped : bool
        Whether some of its coefficients vary between groups; its fit is a `MixedEstimates`.
    """

    name: str
    fit: Callable[[ModelRows], Fit]
    refit: Callable[[ModelRows, Counts, Drawn], Refitted]
    scale: OutcomeScale
    centre: OutcomeScale
    law: Callable[[ModelRows], MediatorLaw] | None
    parameter: Callable[[ModelRows, Any], FloatArray]
    coefficients: Callable[[ModelRows, Any, CovarianceChoice], CoefficientLaw] | None
    split: Callable[[FloatArray], tuple[FloatArray, FloatArray | None]]
    determined: Callable[[Any], bool] = lambda fit: True
    separated: Callable[[Any], bool] = lambda fit: False
    one_set: bool = False
    binary: bool = False
    gaussian: bool = False
    nominal: bool = False
    mean: Literal["positive", "real", ""] = ""
    surface: Callable[[FloatArray, NDArray[Any] | None], FloatArray] = lambda coef, parameter: coef
    n_categories: int = 0
    law_of_resample: bool = False
    additive: bool = False
    robust: str = ""
    scale_words: str = "the mean of the outcome"
    footnote: str = ""
    scales: Mapping[str, ScaleAt] = field(default_factory=dict)
    chosen_scale: ParameterScale | None = None
    learned: bool = False
    note: str = ""
    grouped: bool = False


def all_coefficients(draws: FloatArray) -> tuple[FloatArray, None]:
    """Return drawn parameters as they are: all are coefficients."""
    return draws, None


def with_scale(kind: ModelKind, scale: ParameterScale) -> ModelKind:
    """Return the kind with effects on one of its further scales.

    What the outcome surface takes then ends in the distribution's parameter.
    """
    return replace(
        kind,
        chosen_scale=scale,
        scale_words=scale.words,
        footnote=f"(Effects on {scale.words})",
        one_set=scale.affine,
        mean=scale.mean,
        surface=_with_parameter,
    )


def _with_parameter(coef: FloatArray, parameter: NDArray[Any] | None) -> FloatArray:
    """Append the parameter of each draw to its coefficients."""
    return np.column_stack([coef, np.broadcast_to(np.asarray(parameter), coef.shape[:1])])
