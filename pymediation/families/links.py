"""Link functions with the clamps R puts on them, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from pymediation.errors import ArgumentError, did_you_mean

__all__ = ["LINK_NAMES", "Link", "get_link", "power_link"]

FloatArray = NDArray[np.float64]

EPS = float(np.finfo(np.float64).eps)
SLICE = 32_768  # elements per pass: the operands of a chain of passes stay in the cache
LOGIT_BOUND = 30.0
PROBIT_BOUND = -float(ndtri(EPS))
CAUCHIT_BOUND = 1 / float(np.tan(np.pi * EPS))
CLOGLOG_BOUND = 700.0


@dataclass(frozen=True, slots=True)
class Link:
    r"""A link function :math:`\eta = g(\mu)`.

    Attributes
    ----------
    name : str
        R's name of the link, such as ``"logit"`` or ``"1/mu^2"``.
    link : callable
        :math:`g(\mu)`, elementwise.
    derivative : callable
        :math:`d\mu / d\eta` as a function of :math:`\eta`, elementwise, with R's lower bounds.
    kernel : callable
        ``kernel(eta, out)`` writes the mean into `out`; the two may be one array. Use :meth:`inverse`.
    domain : callable or None
        Elementwise test of the linear predictor; ``None`` when every value is allowed.
    """

    name: str
    link: Callable[[Any], Any]
    derivative: Callable[[Any], Any]
    kernel: Callable[[FloatArray, FloatArray], None]
    domain: Callable[[Any], Any] | None = None

    def inverse(self, eta: ArrayLike, out: FloatArray | None = None) -> Any:
        r"""Return the mean :math:`\mu = g^{-1}(\eta)`, kept off its limits exactly as R does.

        Parameters
        ----------
        eta : array_like, any shape
            Linear predictor.
        out : ndarray, same shape, optional
            Where to put the result; `eta` itself may be given.

        Returns
        -------
        ndarray, same shape (a float for a scalar)

        Examples
        --------
        >>> float(get_link("logit").inverse(0.0))
        0.5
        """
        source = np.asarray(eta, dtype=np.float64)
        target = np.empty_like(source) if out is None else out
        if source.size <= SLICE or not (source.flags.c_contiguous and target.flags.c_contiguous):
            self.kernel(source, target)
            return target if target.ndim else target[()]
        flat, flat_out = source.reshape(-1), target.reshape(-1)
        for start in range(0, flat.size, SLICE):
            self.kernel(flat[start : start + SLICE], flat_out[start : start + SLICE])
        return target

    def valid_eta(self, eta: ArrayLike) -> Any:
        """Return whether all linear predictors along the last axis are in the link's domain."""
        if self.domain is None:
            return np.ones(np.shape(eta)[:-1], dtype=bool)[()]
        return np.all(self.domain(np.asarray(eta)), axis=-1)


def _positive_finite(x: FloatArray) -> Any:
    """Test for finite and above zero."""
    return (x > 0) & (x < np.inf)


def _nonzero_finite(x: FloatArray) -> Any:
    """Test for finite and not zero."""
    return np.isfinite(x) & (x != 0)


def _logit(mu: Any) -> Any:
    """Log odds."""
    return np.log(mu / (1 - mu))


def _within(eta: FloatArray, bound: float) -> bool:
    """Test whether all are within +-bound; a NaN is not."""
    return eta.size == 0 or bool(eta.min() >= -bound and eta.max() <= bound)


def _logit_inverse(eta: FloatArray, out: FloatArray) -> None:
    """Write e / (1 + e), e = exp(eta), with e bounded by eps and 1/eps beyond -30 and 30."""
    if _within(eta, LOGIT_BOUND):
        np.exp(eta, out=out)
    else:
        small, large = eta < -LOGIT_BOUND, eta > LOGIT_BOUND
        np.clip(eta, -LOGIT_BOUND, LOGIT_BOUND, out=out)
        np.exp(out, out=out)
        np.copyto(out, EPS, where=small)
        np.copyto(out, 1 / EPS, where=large)
    np.divide(out, out + 1, out=out)


def _logit_derivative(eta: FloatArray) -> Any:
    """Logistic density, eps beyond 30 in absolute value."""
    predictor = np.asarray(eta, dtype=np.float64)
    if _within(predictor, LOGIT_BOUND):
        odds = np.exp(predictor)
        return odds / np.square(1 + odds)
    odds = np.exp(np.clip(predictor, -LOGIT_BOUND, LOGIT_BOUND))
    return np.where(np.abs(predictor) > LOGIT_BOUND, EPS, odds / np.square(1 + odds))


def _probit_inverse(eta: FloatArray, out: FloatArray) -> None:
    """Write the normal distribution function of the bounded predictor."""
    np.clip(eta, -PROBIT_BOUND, PROBIT_BOUND, out=out)
    ndtr(out, out=out)


def _probit_derivative(eta: FloatArray) -> Any:
    """Return the normal density, at least eps."""
    return np.maximum(np.exp(-0.5 * np.square(eta)) * (1 / np.sqrt(2 * np.pi)), EPS)


def _cauchit(mu: Any) -> Any:
    """Cauchy quantile, exact in the centre and in both tails."""
    probability = np.asarray(mu, dtype=np.float64)
    centred = probability - 0.5
    with np.errstate(divide="ignore"):
        tail = np.copysign(1 / np.tan(np.pi * np.minimum(probability, 1 - probability)), centred)
    return np.where(np.abs(centred) < 0.25, np.tan(np.pi * centred), tail)


def _cauchit_inverse(eta: FloatArray, out: FloatArray) -> None:
    """Write the Cauchy distribution function of the bounded predictor."""
    np.clip(eta, -CAUCHIT_BOUND, CAUCHIT_BOUND, out=out)
    np.negative(out, out=out)
    np.arctan2(1.0, out, out=out)
    np.divide(out, np.pi, out=out)


def _cauchit_derivative(eta: FloatArray) -> Any:
    """Cauchy density, at least eps."""
    return np.maximum(1 / (np.pi * (1 + np.square(eta))), EPS)


def _cloglog(mu: Any) -> Any:
    """Complementary log-log."""
    return np.log(-np.log(1 - mu))


def _cloglog_inverse(eta: FloatArray, out: FloatArray) -> None:
    """Write 1 - exp(-exp(eta)) between eps and 1 - eps."""
    with np.errstate(over="ignore"):
        np.exp(eta, out=out)
    np.negative(out, out=out)
    np.expm1(out, out=out)
    np.negative(out, out=out)
    np.clip(out, EPS, 1 - EPS, out=out)


def _cloglog_derivative(eta: FloatArray) -> Any:
    """Extreme-value density, at least eps; the predictor is capped first, as exp would overflow."""
    rate = np.exp(np.minimum(eta, CLOGLOG_BOUND))
    return np.maximum(rate * np.exp(-rate), EPS)


def _loglog(mu: Any) -> Any:
    """Log-log, the mirror image of the complementary log-log."""
    return -np.log(-np.log(mu))


def _loglog_inverse(eta: FloatArray, out: FloatArray) -> None:
    """Write exp(-exp(-eta)) between eps and 1 - eps."""
    np.negative(eta, out=out)
    with np.errstate(over="ignore"):
        np.exp(out, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.clip(out, EPS, 1 - EPS, out=out)


def _loglog_derivative(eta: FloatArray) -> Any:
    """Mirror image of the complementary log-log's derivative."""
    return _cloglog_derivative(-np.asarray(eta))


def _log_inverse(eta: FloatArray, out: FloatArray) -> None:
    """Write exp(eta), at least eps."""
    with np.errstate(over="ignore"):
        np.exp(eta, out=out)
    np.maximum(out, EPS, out=out)


def _log_derivative(eta: FloatArray) -> Any:
    """Return the inverse link, whose derivative it is."""
    with np.errstate(over="ignore"):
        return np.maximum(np.exp(eta), EPS)


def _identity(mu: Any) -> Any:
    """Return the argument."""
    return mu


def _identity_inverse(eta: FloatArray, out: FloatArray) -> None:
    """Copy the predictor."""
    np.copyto(out, eta)


def _identity_derivative(eta: FloatArray) -> Any:
    """One everywhere."""
    return np.ones_like(eta)


def _inverse_inverse(eta: FloatArray, out: FloatArray) -> None:
    """Write 1 / eta."""
    with np.errstate(divide="ignore"):
        np.divide(1.0, eta, out=out)


def _inverse_derivative(eta: FloatArray) -> Any:
    """-1 / eta^2."""
    with np.errstate(divide="ignore"):
        return -1 / np.square(eta)


def _sqrt_inverse(eta: FloatArray, out: FloatArray) -> None:
    """Write eta^2."""
    np.square(eta, out=out)


def _sqrt_derivative(eta: FloatArray) -> Any:
    """2 eta."""
    return 2 * eta


def _inverse_square(mu: Any) -> Any:
    """1 / mu^2."""
    return 1 / np.square(mu)


def _inverse_square_inverse(eta: FloatArray, out: FloatArray) -> None:
    """Write 1 / sqrt(eta); NaN below zero, which `valid_eta` refuses."""
    with np.errstate(invalid="ignore", divide="ignore"):
        np.sqrt(eta, out=out)
        np.divide(1.0, out, out=out)


def _inverse_square_derivative(eta: FloatArray) -> Any:
    """-1 / (2 eta^1.5)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return -1 / (2 * np.power(eta, 1.5))


def _power(mu: Any, exponent: float) -> Any:
    """mu^exponent."""
    return np.power(mu, exponent)


def _power_inverse(eta: FloatArray, out: FloatArray, exponent: float) -> None:
    """Write eta^(1/exponent), at least eps."""
    with np.errstate(invalid="ignore"):
        np.power(eta, 1 / exponent, out=out)
    np.maximum(out, EPS, out=out)


def _power_derivative(eta: FloatArray, exponent: float) -> Any:
    """(1/exponent) eta^(1/exponent - 1), at least eps."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.maximum(np.power(eta, 1 / exponent - 1) / exponent, EPS)


_LINKS = {
    link.name: link
    for link in (
        Link("identity", _identity, _identity_derivative, _identity_inverse),
        Link("log", np.log, _log_derivative, _log_inverse),
        Link("inverse", np.reciprocal, _inverse_derivative, _inverse_inverse, _nonzero_finite),
        Link("logit", _logit, _logit_derivative, _logit_inverse),
        Link("probit", ndtri, _probit_derivative, _probit_inverse),
        Link("cloglog", _cloglog, _cloglog_derivative, _cloglog_inverse),
        Link("loglog", _loglog, _loglog_derivative, _loglog_inverse),
        Link("cauchit", _cauchit, _cauchit_derivative, _cauchit_inverse),
        Link("sqrt", np.sqrt, _sqrt_derivative, _sqrt_inverse, _positive_finite),
        Link(
            "1/mu^2",
            _inverse_square,
            _inverse_square_derivative,
            _inverse_square_inverse,
            _positive_finite,
        ),
    )
}
LINK_NAMES = tuple(_LINKS)


def power_link(exponent: float) -> Link:
    r"""Return the power link :math:`\eta = \mu^\lambda`, as R's ``power(lambda)``.

    Parameters
    ----------
    exponent : float
        :math:`\lambda`. As in R, zero and negative values give the log link and 1 the identity.

    Returns
    -------
    Link

    Raises
    ------
    ArgumentError
        If the exponent is not a finite number.

    Examples
    --------
    >>> power_link(1 / 3).name
    'mu^0.333'
    >>> float(power_link(0.5).inverse(3.0))
    9.0
    """
    if not np.isfinite(exponent):
        msg = f"the exponent of a power link must be a finite number, not {exponent!r}"
        raise ArgumentError(msg)
    if exponent <= 0:
        return _LINKS["log"]
    if exponent == 1:
        return _LINKS["identity"]
    return Link(
        f"mu^{exponent:.3g}",
        partial(_power, exponent=exponent),
        partial(_power_derivative, exponent=exponent),
        partial(_power_inverse, exponent=exponent),
        _positive_finite,
    )


def get_link(name: str) -> Link:
    """Return the link of that name.

    Parameters
    ----------
    name : str
        One of ``LINK_NAMES``: R's names, and ``"loglog"``, which R does not have.

    Returns
    -------
    Link

    Raises
    ------
    ArgumentError
        If there is no such link.

    Examples
    --------
    >>> get_link("probit").derivative(0.0).round(4)
    np.float64(0.3989)
    """
    if name not in _LINKS:
        known = ", ".join(LINK_NAMES)
        msg = f"link {name!r} is not known; known links are {known}.{did_you_mean(name, LINK_NAMES)}"
        raise ArgumentError(msg)
    return _LINKS[name]
