"""Log-likelihood and information criteria with the constants R includes."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, xlog1py, xlogy

from pymediation.rmodels.view import FitView, Floats

__all__ = ["akaike", "log_likelihood", "parameter_count"]

_ESTIMATES_SCALE = ("gaussian", "Gamma", "inverse.gaussian")


def parameter_count(view: FitView) -> int:
    """Return the number of parameters that count: coefficients, and the scale where it is estimated."""
    return view.fit.rank + (view.family.name in _ESTIMATES_SCALE)


def log_likelihood(view: FitView) -> float:
    """Return the log-likelihood; NaN for quasi families, which have none.

    The dispersion is the one R takes here: deviance over the sum of weights (Gamma, inverse Gaussian) or
    over the number of rows (gaussian).
    """
    if view.family.is_quasi:
        return float("nan")
    weights = view.prior_weights
    used = weights > 0
    y, mu, w = view.y[used], view.fit.fitted[used], weights[used]
    match view.family.name:
        case "gaussian":
            return _gaussian(view.fit.deviance, w)
        case "binomial":
            trials = None if view.trials is None else view.trials[used]
            return _binomial(y, mu, w, trials)
        case "poisson":
            return float(np.sum(w * (xlogy(y, mu) - mu - gammaln(y + 1))))
        case "Gamma":
            return _gamma(y, mu, w, view.fit.deviance / w.sum())
        case "inverse.gaussian":
            per_weight = np.log(2 * np.pi * view.fit.deviance / w.sum()) + 1
            return float(-(w.sum() * per_weight + 3 * np.sum(w * np.log(y))) / 2)
        case _:
            return _negative_binomial(y, mu, w, float(view.family.theta or np.nan))


def akaike(view: FitView) -> float:
    """Return Akaike's criterion."""
    return -2 * log_likelihood(view) + 2 * parameter_count(view)


def _gaussian(deviance: float, w: Floats) -> float:
    """Return the normal log-likelihood at the maximum-likelihood variance."""
    n = w.size
    return float((np.log(w).sum() - n * (np.log(2 * np.pi * deviance / n) + 1)) / 2)


def _binomial(y: Floats, mu: Floats, w: Floats, trials: Floats | None) -> float:
    """Return the binomial log-likelihood; weights that are not numbers of trials multiply it."""
    m = w if trials is None or np.all(trials <= 1) else trials
    size, successes = np.round(m), np.round(m * y)
    log_choose = gammaln(size + 1) - gammaln(successes + 1) - gammaln(size - successes + 1)
    log_density = log_choose + xlogy(successes, mu) + xlog1py(size - successes, -mu)
    return float(np.sum(w / m * log_density))


def _gamma(y: Floats, mu: Floats, w: Floats, dispersion: float) -> float:
    """Return the gamma log-likelihood of a given dispersion."""
    shape = 1 / dispersion
    rate = shape / mu
    return float(np.sum(w * (shape * np.log(rate) + (shape - 1) * np.log(y) - rate * y - gammaln(shape))))


def _negative_binomial(y: Floats, mu: Floats, w: Floats, theta: float) -> float:
    """Return the negative binomial log-likelihood of a given size."""
    choose = gammaln(theta + y) - gammaln(theta) - gammaln(y + 1)
    log_density = choose + theta * np.log(theta) + xlogy(y, mu) - (y + theta) * np.log(mu + theta)
    return float(np.sum(w * log_density))
