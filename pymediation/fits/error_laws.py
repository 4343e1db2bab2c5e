"""Standard error distributions W of location-scale models, as data.

A location-scale model is y = x'b + scale W. What a fit needs of W are the logarithms of its density and of
its survivor function S with two derivatives; what predictions need are quantiles and means of W, of
exp(scale W), and of both with W capped at a bound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import (
    erfcx,
    exp1,
    expit,
    gamma,
    gammainc,
    hyp2f1,
    log_expit,
    log_ndtr,
    logit,
    ndtr,
    ndtri,
    stdtrit,
)

from pymediation.streams.protocol import Stream
from pymediation.streams.shaping import Order, Size

__all__ = ["EXTREME", "GAUSSIAN", "LOGISTIC", "STUDENT", "ErrorLaw", "TwoDerivatives"]

FloatArray = NDArray[np.float64]
TwoDerivatives = tuple[FloatArray, FloatArray, FloatArray]

EXPONENT_LIMIT = 600.0  # exp() and its products stay finite
LOG_ROOT_TWO_PI = 0.5 * float(np.log(2 * np.pi))
STUDENT_DF = 4


@dataclass(frozen=True, slots=True)
class ErrorLaw:
    """One distribution; all functions work elementwise.

    Attributes
    ----------
    name : str
        R's name.
    density : callable
        ``density(z)``: log f and its first two derivatives. Finite for every finite z.
    survivor : callable
        ``survivor(z)``: log S and its first two derivatives, likewise.
    quantile : callable
        ``quantile(p)``: z with P(W <= z) = p.
    centre, spread : float
        Mean and standard deviation.
    capped : callable
        ``capped(z)``: E min(W, z).
    exp_mean : callable
        ``exp_mean(scale)``: E exp(scale W).
    exp_capped : callable
        ``exp_capped(scale, z)``: E exp(scale min(W, z)).
    draw : callable
        ``draw(stream, size, order)``: standard errors, consuming the stream as R does.
    em_weight : callable or None
        ``em_weight(z)``: for scale mixtures of the normal distribution, the weight that least squares gives a
        row in an EM step. None where plain least squares is near enough to start a search from.
    """

    name: str
    density: Callable[[FloatArray], TwoDerivatives]
    survivor: Callable[[FloatArray], TwoDerivatives]
    quantile: Callable[[Any], Any]
    centre: float
    spread: float
    capped: Callable[[Any], Any]
    exp_mean: Callable[[Any], Any]
    exp_capped: Callable[[Any, Any], Any]
    draw: Callable[[Stream, Size, Order], FloatArray]
    em_weight: Callable[[FloatArray], FloatArray] | None = None


def _extreme_density(z: FloatArray) -> TwoDerivatives:
    """Log f = z - exp(z)."""
    rate = np.exp(np.minimum(z, EXPONENT_LIMIT))
    return z - rate, 1 - rate, -rate


def _extreme_survivor(z: FloatArray) -> TwoDerivatives:
    """Log S = -exp(z), which is its own derivative."""
    rate = -np.exp(np.minimum(z, EXPONENT_LIMIT))
    return rate, rate, rate


def _extreme_quantile(p: Any) -> Any:
    """Return log(-log(1 - p))."""
    with np.errstate(divide="ignore"):
        return np.log(-np.log1p(-np.asarray(p)))


def _extreme_capped(z: Any) -> Any:
    """Return E min(W, z) through the exponential integral."""
    return -np.euler_gamma - exp1(np.exp(np.minimum(z, EXPONENT_LIMIT)))


def _extreme_exp_mean(scale: Any) -> Any:
    """exp(W) is a standard exponential variable."""
    return gamma(1 + np.asarray(scale))


def _extreme_exp_capped(scale: Any, z: Any) -> Any:
    """Return the incomplete gamma function up to z, and the bound where W is above it."""
    rate = np.exp(np.minimum(z, EXPONENT_LIMIT))
    return gamma(1 + scale) * gammainc(1 + scale, rate) + np.exp(scale * z - rate)


def _extreme_draw(stream: Stream, size: Size, order: Order) -> FloatArray:
    """Return log(-log U): the logarithm of R's standard Weibull draw."""
    return np.log(stream.weibull(1.0, 1.0, size, order))


def _logistic_density(z: FloatArray) -> TwoDerivatives:
    """Log f = z - 2 log(1 + exp(z))."""
    below = expit(z)
    return z + 2 * log_expit(-z), 1 - 2 * below, -2 * below * (1 - below)


def _logistic_survivor(z: FloatArray) -> TwoDerivatives:
    """Log S = -log(1 + exp(z))."""
    below = expit(z)
    return log_expit(-z), -below, -below * (1 - below)


def _logistic_capped(z: Any) -> Any:
    """E min(W, z) = -log(1 + exp(-z))."""
    return log_expit(z)


def _logistic_exp_mean(scale: Any) -> Any:
    """Return pi scale / sin(pi scale), infinite from scale 1 on."""
    size = np.asarray(scale, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(size < 1, 1 / np.sinc(np.minimum(size, 1.0)), np.inf)[()]


def _logistic_exp_capped(scale: Any, z: Any) -> Any:
    """Return scale times the integral of exp(scale w) / (1 + exp(w)) up to z, by Gauss's function."""
    size, bound = np.asarray(scale, dtype=np.float64), np.minimum(z, EXPONENT_LIMIT)
    share = hyp2f1(1.0, size, 1 + size, -np.exp(bound))
    # At scale 1 the integral is log(1 + exp(z)), and the function loses its digits.
    return np.where(size == 1, -log_expit(-bound), np.exp(size * bound) * share)[()]


def _logistic_draw(stream: Stream, size: Size, order: Order) -> FloatArray:
    """Return log(U / (1 - U))."""
    return stream.logistic(0.0, 1.0, size, order)


def _gaussian_density(z: FloatArray) -> TwoDerivatives:
    """Log f = -z^2 / 2 - log(2 pi) / 2."""
    return -0.5 * z * z - LOG_ROOT_TWO_PI, -z, np.full_like(z, -1.0)


def _gaussian_survivor(z: FloatArray) -> TwoDerivatives:
    """Log S, with the hazard f / S from the scaled complementary error function."""
    with np.errstate(over="ignore"):
        hazard = np.sqrt(2 / np.pi) / erfcx(z / np.sqrt(2))
    return log_ndtr(-z), -hazard, -hazard * (hazard - z)


def _gaussian_capped(z: Any) -> Any:
    """E min(W, z) = z (1 - F) - f."""
    bound = np.asarray(z, dtype=np.float64)
    return bound * ndtr(-bound) - np.exp(-0.5 * bound**2 - LOG_ROOT_TWO_PI)


def _gaussian_exp_mean(scale: Any) -> Any:
    """Return exp(scale^2 / 2)."""
    return np.exp(np.square(scale) / 2)


def _gaussian_exp_capped(scale: Any, z: Any) -> Any:
    """Return the lognormal mean below the bound, and the bound where W is above it."""
    return np.exp(np.square(scale) / 2) * ndtr(z - scale) + np.exp(scale * z + log_ndtr(-z))


def _gaussian_draw(stream: Stream, size: Size, order: Order) -> FloatArray:
    """Return standard normal draws."""
    return stream.normal(0.0, 1.0, size, order)


def _student_tail(z: Any) -> Any:
    """S = (1 - s)^2 (2 + s) / 4 with s = z / sqrt(4 + z^2), for 4 degrees of freedom."""
    s = z / np.sqrt(4 + z * z)
    short = 4 / ((4 + z * z) * (1 + np.abs(s)))  # 1 - |s| without cancellation
    tail = short * short * (3 - short) / 4
    return np.where(z > 0, tail, 1 - tail)


def _student_density(z: FloatArray) -> TwoDerivatives:
    """Log f = log(3 / 8) - (5 / 2) log(1 + z^2 / 4)."""
    squared = z * z
    total = 4 + squared
    return (
        np.log(0.375) - 2.5 * np.log1p(squared / 4),
        -5 * z / total,
        -5 * (4 - squared) / (total * total),
    )


def _student_survivor(z: FloatArray) -> TwoDerivatives:
    """Log S, with the hazard f / S."""
    tail = _student_tail(z)
    hazard = 0.375 * (1 + z * z / 4) ** -2.5 / tail
    return np.log(tail), -hazard, -hazard * (hazard - 5 * z / (4 + z * z))


def _student_quantile(p: Any) -> Any:
    """Return the quantile with 4 degrees of freedom."""
    return stdtrit(STUDENT_DF, p)


def _student_capped(z: Any) -> Any:
    """E min(W, z) = z (1 - F) - (1 + z^2 / 4)^(-3/2) / 2."""
    bound = np.asarray(z, dtype=np.float64)
    return bound * _student_tail(bound) - 0.5 * (1 + bound**2 / 4) ** -1.5


def _student_exp_mean(scale: Any) -> Any:
    """Return infinity: the tails are too heavy."""
    return np.full_like(np.asarray(scale, dtype=np.float64), np.inf)[()]


def _student_exp_capped(scale: Any, z: Any) -> Any:
    """Refuse: no distribution of times has these errors."""
    raise NotImplementedError("the t distribution has no transformed times")


def _student_em_weight(z: FloatArray) -> FloatArray:
    """Return (df + 1) / (df + z^2)."""
    return (STUDENT_DF + 1) / (STUDENT_DF + z * z)


def _student_draw(stream: Stream, size: Size, order: Order) -> FloatArray:
    """Return draws from R's t distribution."""
    return stream.student_t(STUDENT_DF, size, order)


EXTREME = ErrorLaw(
    "extreme", _extreme_density, _extreme_survivor, _extreme_quantile, -float(np.euler_gamma),
    float(np.pi / np.sqrt(6)), _extreme_capped, _extreme_exp_mean, _extreme_exp_capped, _extreme_draw,
)  # fmt: skip
LOGISTIC = ErrorLaw(
    "logistic", _logistic_density, _logistic_survivor, logit, 0.0, float(np.pi / np.sqrt(3)),
    _logistic_capped, _logistic_exp_mean, _logistic_exp_capped, _logistic_draw,
)  # fmt: skip
GAUSSIAN = ErrorLaw(
    "gaussian", _gaussian_density, _gaussian_survivor, ndtri, 0.0, 1.0,
    _gaussian_capped, _gaussian_exp_mean, _gaussian_exp_capped, _gaussian_draw,
)  # fmt: skip
STUDENT = ErrorLaw(
    "t", _student_density, _student_survivor, _student_quantile, 0.0, float(np.sqrt(2)),
    _student_capped, _student_exp_mean, _student_exp_capped, _student_draw,
    _student_em_weight,
)  # fmt: skip
