r"""Distributions of counts with a dispersion: log-likelihoods and derivatives, elementwise.

Both have the mean :math:`\mu = e^\eta`. The negative binomial NB-P has the variance
:math:`\mu + \alpha \mu^P` (nb2: P = 2, nb1: P = 1); the generalised Poisson distribution GP-P has
:math:`\mu (1 + \alpha \mu^{P-1})^2`, where a negative :math:`\alpha` means underdispersion.

Cameron, A. C. and Trivedi, P. K. (2013). Regression Analysis of Count Data, 2nd ed. Cambridge.
Greene, W. (2008). Functional forms for the negative binomial model for count data. Economics Letters 99,
585-590.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaln, zeta

__all__ = ["CountDerivatives", "CountLaw", "generalized_poisson", "negative_binomial"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CountDerivatives:
    """Log-likelihoods, up to a constant, and derivatives by eta and by the dispersion's coordinate.

    Attributes
    ----------
    value, eta, disp, eta_eta, eta_disp, disp_disp : ndarray, shape (R, n)
    possible : ndarray of bool, shape (R, n)
        Where the parameters give the count a probability.
    """

    value: FloatArray
    eta: FloatArray
    disp: FloatArray
    eta_eta: FloatArray
    eta_disp: FloatArray
    disp_disp: FloatArray
    possible: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class CountLaw:
    """A distribution of counts with one dispersion parameter.

    Attributes
    ----------
    name : str
    derivatives : callable
        ``derivatives(y, eta, a)`` for counts (n,), predictors (R, n) and coordinates (R, 1).
    alpha : callable
        From the coordinate a, in which Newton's method searches, to alpha.
    slope : callable
        d alpha / d a.
    coordinate : callable
        From alpha to a.
    start : callable
        ``start(y, mu, weights)``: a first alpha from the means of a Poisson fit.
    fixed : float or None
        An alpha that is not estimated.
    excess : callable or None
        ``excess(y, mu, weights)``: the derivative of the log-likelihood by alpha at alpha = 0, up to a
        factor; where it is not positive the maximum is the Poisson model. None where alpha may be negative.
    """

    name: str
    derivatives: Callable[[FloatArray, FloatArray, FloatArray], CountDerivatives]
    alpha: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]
    coordinate: Callable[[float], float]
    start: Callable[[FloatArray, FloatArray, FloatArray], float]
    fixed: float | None = None
    excess: Callable[[FloatArray, FloatArray, FloatArray], float] | None = None


# First alphas are kept off 0, where the search in log alpha would be long.
_LEAST_START = 0.01
# Mean count up to which sums with a term for each unit of a count are faster than special functions.
_FEW_TERMS = 20.0


def negative_binomial(power: float = 2.0, alpha: float | None = None) -> CountLaw:
    r"""Return the negative binomial law NB-P.

    .. math:: P(y) = \frac{\Gamma(y + s)}{\Gamma(s)\, y!} \Big(\frac{s}{s + \mu}\Big)^s
              \Big(\frac{\mu}{s + \mu}\Big)^y, \qquad s = \mu^{2 - P} / \alpha

    Parameters
    ----------
    power : float
        P.
    alpha : float, optional
        Fixes alpha; 1 with P = 2 is the geometric distribution.
    """

    def start(y: FloatArray, mu: FloatArray, weights: FloatArray) -> float:
        moment = np.sum(weights * ((y - mu) ** 2 - mu)) / np.sum(weights * mu**power)
        return max(float(moment), _LEAST_START)

    def excess(y: FloatArray, mu: FloatArray, weights: FloatArray) -> float:
        return float(np.sum(weights * ((y - mu) ** 2 - y) * mu ** (power - 2)))

    return CountLaw(
        name="negative binomial" if alpha is None else "geometric",
        derivatives=lambda y, eta, a: _negative_binomial(y, eta, a, 2 - power),
        alpha=np.exp,
        slope=np.exp,
        coordinate=lambda value: float(np.log(value)),
        start=start,
        fixed=alpha,
        excess=excess if alpha is None else None,
    )


def _gamma_part(y: FloatArray, s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return log Gamma(y + s) - log Gamma(s) and its first two derivatives by s, shape (R, n).

    One size s per replicate needs one evaluation per distinct count.
    """
    difference = _by_terms if y.mean() <= _FEW_TERMS else _by_functions
    if s.shape[1] == 1:
        values, place = np.unique(y, return_inverse=True)
        value, first, second = difference(values, s)
        return value[:, place], first[:, place], second[:, place]
    return difference(y, s)


def _by_terms(y: FloatArray, s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sum log(s + j), 1/(s + j) and -1/(s + j)^2 over j < y: no digits cancel."""
    order = np.argsort(y)
    ascending, sizes = y[order], np.broadcast_to(s, (s.shape[0], y.size))[:, order]
    value, first, second = (np.zeros_like(sizes) for _ in range(3))
    for j in range(int(ascending[-1])):
        more = int(np.searchsorted(ascending, j, side="right"))
        term = sizes[:, more:] + j
        value[:, more:] += np.log(term)
        np.reciprocal(term, out=term)
        first[:, more:] += term
        second[:, more:] -= term * term
    back = np.argsort(order)
    return value[:, back], first[:, back], second[:, back]


def _by_functions(y: FloatArray, s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Subtract log Gamma, digamma and trigamma at s from those at y + s."""
    top = y + s
    return (
        gammaln(top) - gammaln(s),
        digamma(top) - digamma(s),
        zeta(2, top) - zeta(2, s),  # Hurwitz' zeta function of 2 is the trigamma function
    )


def _negative_binomial(y: FloatArray, eta: FloatArray, a: FloatArray, q: float) -> CountDerivatives:
    """Return the derivatives of NB-P by eta and a = log alpha; with u = log s = q eta - a."""
    mu = np.exp(eta)
    s = np.exp(q * eta - a) if q else np.exp(-a)
    log_gamma, d1, d2 = _gamma_part(y, s)
    total = s + mu
    p = mu / total
    log_rest = -np.log1p(mu / s)
    by_eta = y - (s + y) * p
    by_u = s * (d1 + log_rest + (mu - y) / total)
    spread = (s + y) * p * (1 - p)
    eta_u = spread - s * p
    u_u = by_u + s * (s * d2 + p - (mu - y) * (1 - p) / total)
    return CountDerivatives(
        value=log_gamma + s * log_rest + y * (eta - np.log(total)),
        eta=by_eta + q * by_u,
        disp=-by_u,
        eta_eta=-spread + 2 * q * eta_u + q**2 * u_u,
        eta_disp=-(eta_u + q * u_u),
        disp_disp=u_u,
        possible=np.isfinite(total) & (s > 0),
    )


def generalized_poisson(power: float = 2.0) -> CountLaw:
    r"""Return the generalised Poisson law GP-P.

    .. math:: P(y) = \frac{\mu (\mu + w y)^{y - 1}}{y!\, (1 + w)^y} \exp\Big(-\frac{\mu + w y}{1 + w}\Big),
              \qquad w = \alpha \mu^{P - 1}

    Parameters
    ----------
    power : float
        P. For a negative alpha the probabilities do not quite sum to one, nor is the mean quite mu.
    """

    def start(y: FloatArray, mu: FloatArray, weights: FloatArray) -> float:
        ratio = np.sum(weights * (y - mu) ** 2) / np.sum(weights * mu)
        mean_power = np.sum(weights * mu ** (power - 1)) / np.sum(weights)
        return max(float((np.sqrt(ratio) - 1) / mean_power), 0.0)

    return CountLaw(
        name="generalised Poisson",
        derivatives=lambda y, eta, a: _generalized_poisson(y, eta, a, power - 1),
        alpha=lambda a: a,
        slope=np.ones_like,
        coordinate=float,
        start=start,
    )


def _generalized_poisson(y: FloatArray, eta: FloatArray, a: FloatArray, q: float) -> CountDerivatives:
    """Return the derivatives of GP by eta and a = alpha; with w = a mu^q."""
    mu = np.exp(eta)
    scale = np.exp(q * eta)
    w = a * scale
    c, b = 1 + w, mu + w * y
    by_eta = 1 + (y - 1) * mu / b - mu / c
    by_w = (y - 1) * y / b - y / c - (y - mu) / c**2
    eta_eta = (y - 1) * mu * w * y / b**2 - mu / c
    eta_w = mu / c**2 - (y - 1) * mu * y / b**2
    w_w = y / c**2 + 2 * (y - mu) / c**3 - (y - 1) * y**2 / b**2
    return CountDerivatives(
        value=eta + (y - 1) * np.log(b) - y * np.log(c) - b / c,
        eta=by_eta + q * w * by_w,
        disp=scale * by_w,
        eta_eta=eta_eta + 2 * q * w * eta_w + (q * w) ** 2 * w_w + q**2 * w * by_w,
        eta_disp=scale * (eta_w + q * w * w_w + q * by_w),
        disp_disp=scale**2 * w_w,
        possible=(c > 0) & (b > 0) & np.isfinite(b),
    )
