"""Scales on which survival and tobit outcomes can be reported, beside R's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymediation.engine.scale import ParameterScale
from pymediation.fits.survival_distributions import SurvivalDistribution
from pymediation.fits.tobit import censored_mean
from pymediation.kinds.base import ScaleAt

__all__ = ["survival_footnote", "survival_scales", "survival_words", "tobit_scales"]


def survival_scales(distribution: SurvivalDistribution) -> Mapping[str, ScaleAt]:
    """Return the scales of survival times, by name.

    Parameters
    ----------
    distribution : SurvivalDistribution
    """
    affine = not distribution.is_log
    infinite = "is infinite where the scale is 1 or more" if distribution.name == "loglogistic" else ""

    def mean(horizon: float) -> ParameterScale:
        return ParameterScale("the mean survival time", distribution.mean, affine, infinite)

    def median(horizon: float) -> ParameterScale:
        return ParameterScale("the median survival time", distribution.median, affine)

    def restricted_mean(horizon: float) -> ParameterScale:
        def function(eta: Any, scale: Any) -> Any:
            return distribution.restricted_mean(horizon, eta, scale)

        return ParameterScale(f"the mean survival time up to {horizon:g}", function)

    def survival(horizon: float) -> ParameterScale:
        def function(eta: Any, scale: Any) -> Any:
            return distribution.survival(horizon, eta, scale)

        words = f"the probability of survival beyond {horizon:g}"
        return ParameterScale(words, function, mean="positive")

    return {"mean": mean, "median": median, "restricted_mean": restricted_mean, "survival": survival}


def survival_words(distribution: SurvivalDistribution) -> str:
    """Say what R's scale g(x'b) is: the quantile of the times at which the standard error W is 0."""
    if not distribution.is_log:
        return "x'b, the linear predictor of the survival time"
    if distribution.name == "exponential":
        return "exp(x'b), the mean survival time"
    if distribution.law.quantile(0.5) == 0:
        return "exp(x'b), the median survival time"
    return "exp(x'b), the time by which 63% have had the event"  # 1 - 1 / e of a minimum extreme value


def survival_footnote(distribution: SurvivalDistribution) -> str:
    """Say in the summary what R's scale is, and how it differs from the mean time."""
    words = survival_words(distribution)
    if not distribution.is_log:
        return f"(Effects on {words}, as in R: the same as on its mean)"
    if distribution.name == "exponential":
        return f"(Effects on {words}, as in R)"
    return f"(Effects on {words}, as in R: not on its mean, for which see outcome_scale)"


def tobit_scales(lower: float, upper: float) -> Mapping[str, ScaleAt]:
    """Return the scales of a response cut off at limits, by name.

    Parameters
    ----------
    lower, upper : float
        The limits.
    """

    def observed(horizon: float) -> ParameterScale:
        return ParameterScale(
            "the mean of the observed response, limits included",
            lambda eta, sd: censored_mean(eta, sd, lower, upper),
            mean="real",
        )

    def latent(horizon: float) -> ParameterScale:
        words = "the mean of the response before it is cut off"
        return ParameterScale(words, lambda eta, sd: eta + 0 * sd, affine=True, mean="real")

    return {"censored_mean": observed, "latent": latent}
