"""R's distributions of survival times, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError, did_you_mean
from pymediation.fits.error_laws import EXTREME, GAUSSIAN, LOGISTIC, STUDENT, ErrorLaw
from pymediation.streams.protocol import Stream
from pymediation.streams.shaping import Order, Size

__all__ = ["SURVIVAL_DISTRIBUTIONS", "SurvivalDistribution", "Transform", "get_survival_distribution"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Transform:
    """How times become the y of the location-scale model: y = forward(time), time = inverse(y).

    Attributes
    ----------
    name : str
        ``"identity"`` or ``"log"``.
    forward, inverse : callable
        The transformation and its inverse, elementwise.
    log_jacobian : callable
        ``log_jacobian(time)``: log of dy / dtime.
    """

    name: str
    forward: Callable[[Any], Any]
    inverse: Callable[[Any], Any]
    log_jacobian: Callable[[Any], Any]


def _unchanged(x: Any) -> Any:
    """Return x as floats."""
    return np.asarray(x, dtype=np.float64)[()]


def _minus_log(x: Any) -> Any:
    """Return -log x."""
    return -np.log(x)


IDENTITY = Transform("identity", _unchanged, _unchanged, np.zeros_like)
LOG = Transform("log", np.log, np.exp, _minus_log)


@dataclass(frozen=True, slots=True)
class SurvivalDistribution:
    r"""A distribution of times T with :math:`g^{-1}(T) = \eta + \sigma W`.

    All functions of ``eta`` and ``scale`` work elementwise and broadcast.

    Attributes
    ----------
    name : str
        R's name.
    law : ErrorLaw
        The distribution of W.
    transform : Transform
        :math:`g^{-1}` (``forward``) and g (``inverse``).
    fixed_scale : float or None
        :math:`\sigma` where the distribution fixes it.
    """

    name: str
    law: ErrorLaw
    transform: Transform
    fixed_scale: float | None = None

    @property
    def is_log(self) -> bool:
        """Whether the model is one of log times."""
        return self.transform.name == "log"

    def time(self, y: ArrayLike) -> Any:
        """Return g(y): the time that belongs to a value of the location-scale model."""
        return self.transform.inverse(y)

    def draw_errors(self, stream: Stream, size: Size, order: Order = "F") -> FloatArray:
        """Draw standard errors W, using up the stream as R's samplers do."""
        return self.law.draw(stream, size, order)

    def mean(self, eta: ArrayLike, scale: ArrayLike) -> Any:
        r"""Return the mean time: :math:`\eta + \sigma E W`, or :math:`e^\eta E e^{\sigma W}` for log times.

        Infinite for the loglogistic distribution with a scale of 1 or more.
        """
        if self.is_log:
            return np.exp(eta) * self.law.exp_mean(scale)
        return eta + np.multiply(scale, self.law.centre)

    def quantile(self, p: ArrayLike, eta: ArrayLike, scale: ArrayLike) -> Any:
        """Return the time by which a share p has had the event."""
        return self.time(eta + np.multiply(scale, self.law.quantile(p)))

    def median(self, eta: ArrayLike, scale: ArrayLike) -> Any:
        """Return the median time."""
        return self.quantile(0.5, eta, scale)

    def survival(self, time: ArrayLike, eta: ArrayLike, scale: ArrayLike) -> Any:
        """Return the probability P(T > time)."""
        return np.exp(self.law.survivor(self._standard(time, eta, scale))[0])[()]

    def restricted_mean(self, horizon: ArrayLike, eta: ArrayLike, scale: ArrayLike) -> Any:
        """Return E min(T, horizon): the mean time spent before the horizon if times start at 0."""
        z = self._standard(horizon, eta, scale)
        if self.is_log:
            return np.exp(eta) * self.law.exp_capped(scale, z)
        return eta + np.multiply(scale, self.law.capped(z))

    def check_times(self, time: FloatArray) -> None:
        """Raise unless every time is possible under the distribution."""
        if not self.is_log or (time > 0).all():
            return
        row = int(np.flatnonzero(~(time > 0))[0])
        msg = (
            f"times of the {self.name} distribution must be above 0; row {row} has {time[row]:g}. Drop "
            "or shift such rows, or choose one of the distributions extreme, logistic, gaussian, t"
        )
        raise ArgumentError(msg)

    def _standard(self, time: ArrayLike, eta: ArrayLike, scale: ArrayLike) -> FloatArray:
        """Return the value of W at which the time is reached."""
        moments = np.asarray(time, dtype=np.float64)
        self.check_times(np.atleast_1d(moments).ravel())
        return (self.transform.forward(moments) - np.asarray(eta)) / np.asarray(scale)


SURVIVAL_DISTRIBUTIONS: dict[str, SurvivalDistribution] = {
    record.name: record
    for record in (
        SurvivalDistribution("extreme", EXTREME, IDENTITY),
        SurvivalDistribution("logistic", LOGISTIC, IDENTITY),
        SurvivalDistribution("gaussian", GAUSSIAN, IDENTITY),
        SurvivalDistribution("t", STUDENT, IDENTITY),
        SurvivalDistribution("weibull", EXTREME, LOG),
        SurvivalDistribution("exponential", EXTREME, LOG, 1.0),
        SurvivalDistribution("rayleigh", EXTREME, LOG, 0.5),
        SurvivalDistribution("lognormal", GAUSSIAN, LOG),
        SurvivalDistribution("loggaussian", GAUSSIAN, LOG),
        SurvivalDistribution("loglogistic", LOGISTIC, LOG),
    )
}


def get_survival_distribution(dist: str | SurvivalDistribution) -> SurvivalDistribution:
    r"""Return a distribution of survival times by R's name.

    =============================  ==================  ==========  ========
    name                           W                   transform   scale
    =============================  ==================  ==========  ========
    extreme, logistic, gaussian    of that name        identity    free
    t                              t, 4 d.f.           identity    free
    weibull                        extreme             log         free
    exponential, rayleigh          extreme             log         1, 1/2
    lognormal, loggaussian         gaussian            log         free
    loglogistic                    logistic            log         free
    =============================  ==================  ==========  ========

    The extreme value distribution is that of minima, :math:`P(W > w) = \exp(-e^w)`.

    Parameters
    ----------
    dist : str or SurvivalDistribution
        R's name; a distribution is returned as it is.

    Returns
    -------
    SurvivalDistribution

    Raises
    ------
    ArgumentError
        If there is no such distribution.

    References
    ----------
    Kalbfleisch, J. D. and Prentice, R. L. (2002). The Statistical Analysis of Failure Time Data, 2nd ed.,
    chapter 2. Wiley.

    Examples
    --------
    >>> weibull = get_survival_distribution("weibull")
    >>> round(float(weibull.mean(eta=1.0, scale=0.5)), 4), round(float(weibull.median(1.0, 0.5)), 4)
    (2.409, 2.2631)
    >>> get_survival_distribution("rayleigh").fixed_scale
    0.5
    """
    if isinstance(dist, SurvivalDistribution):
        return dist
    if dist not in SURVIVAL_DISTRIBUTIONS:
        known = ", ".join(SURVIVAL_DISTRIBUTIONS)
        hint = did_you_mean(dist, SURVIVAL_DISTRIBUTIONS)
        msg = f"dist {dist!r} is not known; choose one of {known}.{hint}"
        raise ArgumentError(msg)
    return SURVIVAL_DISTRIBUTIONS[dist]
