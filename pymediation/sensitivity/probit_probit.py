r"""Probit mediator and probit outcome: maximum likelihood at every correlation.

R's package does not have this pair. With latent :math:`M^* = \mu_i + \varepsilon_2`,
:math:`Y^* = \eta_i(M) + \varepsilon_3` and errors of a given correlation :math:`\rho` (a recursive bivariate
probit), the likelihood of a row is a bivariate normal probability and, :math:`\rho` being given, log-concave.
Average potential outcomes follow in closed form,

.. math:: E[Y_i(t, M_i(t'))] =
          \Phi_2(\mu_{it'}, \eta_{it}(1); \rho) + \Phi_2(-\mu_{it'}, \eta_{it}(0); -\rho),

and their intervals by the delta method.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from pymediation.errors import NotEstimableError
from pymediation.sensitivity.bivariate import bivariate_density, bivariate_probability, normal_density
from pymediation.sensitivity.curves import Curve, from_variance
from pymediation.sensitivity.draws import Covariances, Job
from pymediation.sensitivity.system import System

__all__ = ["likelihood", "maximise", "probit_probit"]

FloatArray = NDArray[np.float64]

_SMALLEST = 1e-300  # probability of a row
_SETTLED = 1e-10  # half the expected gain of another step
_MOST_STEPS, _MOST_HALVINGS = 100, 30


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """The log-likelihood at some coefficients.

    Attributes
    ----------
    value : float
    scores : ndarray, shape (n, k)
        Of each row, for the coefficients of mediator and outcome.
    information : ndarray, shape (k, k)
        Negative second derivatives.
    """

    value: float
    scores: FloatArray
    information: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Mean:
    """A mean potential outcome, or a combination of them, and its gradient in the coefficients."""

    value: float
    gradient: FloatArray

    def __sub__(self, other: _Mean) -> _Mean:
        return _Mean(self.value - other.value, self.gradient - other.gradient)

    def __truediv__(self, other: _Mean) -> _Mean:
        ratio = self.value / other.value
        return _Mean(ratio, (self.gradient - ratio * other.gradient) / other.value)


def probit_probit(system: System, job: Job) -> dict[str, Curve]:
    """Return effects over a grid of correlations; nothing is drawn.

    Parameters
    ----------
    system : System
    job : Job

    Returns
    -------
    dict of str to Curve
        Any of d0, d1, tau, nu0, nu1 (indirect) and z0, z1 (direct).
    """
    asked = job.request
    found: dict[str, list[tuple[float, float]]] = {}
    theta = np.concatenate([system.mediator.fit.coef, system.outcome.fit.coef])
    for rho in asked.rho:
        end, at_end = maximise(system, float(rho), theta)
        covariance = _covariance(at_end, job.how)
        for name, mean in _effects(
            system, end, float(rho), indirect=asked.indirect, direct=asked.direct
        ).items():
            found.setdefault(name, []).append((mean.value, float(mean.gradient @ covariance @ mean.gradient)))
    columns = {name: np.array(rows).T for name, rows in found.items()}
    return {name: from_variance(value, variance, job.level) for name, (value, variance) in columns.items()}


def maximise(system: System, rho: float, start: FloatArray) -> tuple[FloatArray, Likelihood]:
    """Maximise the likelihood at one correlation by Newton's method.

    Parameters
    ----------
    system : System
    rho : float
    start : ndarray, shape (k,)
        Coefficients of the mediator model, then of the outcome model.

    Returns
    -------
    coefficients : ndarray, shape (k,)
    likelihood : Likelihood
        There.

    Raises
    ------
    NotEstimableError
        No maximum was reached.
    """
    theta, here = start, likelihood(system, rho, start)
    for _ in range(_MOST_STEPS):
        slope = here.scores.sum(axis=0)
        step = np.linalg.solve(here.information, slope)
        if slope @ step < 2 * _SETTLED:
            return theta, here
        for _ in range(_MOST_HALVINGS):
            ahead = likelihood(system, rho, theta + step)
            if ahead.value > here.value:
                break
            step = step / 2
        else:
            return theta, here  # what is left to gain is rounding
        theta, here = theta + step, ahead
    msg = (
        f"The bivariate probit at rho = {rho:.4g} has no maximum within {_MOST_STEPS} steps; a covariate "
        "probably separates the rows. Remove it, or set a larger rho_by."
    )
    raise NotEstimableError(msg)


def likelihood(system: System, rho: float, theta: FloatArray) -> Likelihood:
    """Return the weighted log-likelihood of all rows and its derivatives; parameters as in `maximise`."""
    mediator, outcome, weights = system.mediator, system.outcome, system.raw_weights
    k = mediator.X.shape[1]
    s, t = 2 * mediator.y - 1, 2 * outcome.y - 1
    h, j, r = s * (mediator.X @ theta[:k]), t * (outcome.X @ theta[k:]), s * t * rho
    root = np.sqrt(1 - rho**2)
    p = np.maximum(bivariate_probability(h, j, r), _SMALLEST)
    first = normal_density(h) * ndtr((j - r * h) / root) / p
    second = normal_density(j) * ndtr((h - r * j) / root) / p
    both = bivariate_density(h, j, r) / p
    curvature = (
        weights * (h * first + r * both + first**2),
        weights * (j * second + r * both + second**2),
        weights * s * t * (first * second - both),
    )
    A, B = mediator.X, outcome.X
    cross = (A * curvature[2][:, None]).T @ B
    information = np.block(
        [[(A * curvature[0][:, None]).T @ A, cross], [cross.T, (B * curvature[1][:, None]).T @ B]]
    )
    scores = np.hstack([A * (weights * s * first)[:, None], B * (weights * t * second)[:, None]])
    return Likelihood(float(weights @ np.log(p)), scores, information)


def _covariance(at: Likelihood, how: Covariances) -> FloatArray:
    """Return the covariance of the coefficients: inverse information, or a sandwich of the first order."""
    inverse = np.asarray(np.linalg.inv(at.information), dtype=np.float64)
    if not how.robust and how.cluster is None:
        return inverse
    scores = at.scores
    if not how.robust and how.cluster is not None:
        sums = np.zeros((how.cluster.max() + 1, scores.shape[1]))
        np.add.at(sums, how.cluster, scores)
        scores = sums
    return inverse @ (scores.T @ scores) @ inverse


def _effects(
    system: System, theta: FloatArray, rho: float, *, indirect: bool, direct: bool
) -> dict[str, _Mean]:
    """Return the effects at one correlation."""
    cells = {(t, u): _potential(system, theta, rho, t, u) for t in (0, 1) for u in (0, 1)}
    found: dict[str, _Mean] = {}
    if indirect:
        tau = cells[1, 1] - cells[0, 0]
        found = {f"d{t}": cells[t, 1] - cells[t, 0] for t in (0, 1)}
        found |= {"tau": tau, "nu0": found["d0"] / tau, "nu1": found["d1"] / tau}
    if direct:
        found |= {f"z{u}": cells[1, u] - cells[0, u] for u in (0, 1)}
    return found


def _potential(system: System, theta: FloatArray, rho: float, t: int, u: int) -> _Mean:
    """Return the mean outcome under treatment t with the mediator as it is under treatment u."""
    weights, k = system.weights, system.mediator.X.shape[1]
    A = system.treat_m.without(system.mediator.X)
    A[:, system.treat_m.columns] = system.treat_m.treated if u else system.treat_m.control
    designs = [system.outcome_design(t, m) for m in (0, 1)]
    mu = A @ theta[:k]
    root = np.sqrt(1 - rho**2)
    value, on_alpha, on_beta = 0.0, np.zeros(mu.size), np.zeros(theta.size - k)
    for sign, B in zip((-1.0, 1.0), designs, strict=True):
        eta = B @ theta[k:]
        value += float(weights @ bivariate_probability(sign * mu, eta, sign * rho))
        on_alpha += sign * normal_density(mu) * ndtr((eta - rho * mu) / root)
        on_beta += B.T @ (weights * normal_density(eta) * ndtr(sign * (mu - rho * eta) / root))
    return _Mean(value, np.concatenate([A.T @ (weights * on_alpha), on_beta]))
