"""Fisher scoring for the tobit model along the path of R's VGAM, and its expected information."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from pymediation.errors import NotEstimableError
from pymediation.fits._inputs import Data, project
from pymediation.fits.error_laws import GAUSSIAN
from pymediation.fits.location_scale import EVENT, LEFT, RIGHT, SEPARATION
from pymediation.fits.replicates import Basis

__all__ = ["Limits", "Scored", "expected_information", "score_tobit", "status_of", "vgam_cross_information"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Entries = tuple[FloatArray, FloatArray, FloatArray]

MAXIT = 30
EPSILON = 1e-7
START_INFLATION = 1.5  # R starts from this multiple of the residual standard error of uncensored rows
MAX_HALVINGS = 30
FAR = 40.0  # beyond it the normal density is 0
RANK_TOLERANCE = 1e-7


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the response is cut off."""

    lower: float
    upper: float

    def standard(self, mu: FloatArray, sd: float) -> tuple[FloatArray, FloatArray]:
        """Return both limits as standardised errors, infinite ones as finite ones of density 0."""
        return (
            np.clip((self.lower - mu) / sd, -FAR, FAR),
            np.clip((self.upper - mu) / sd, -FAR, FAR),
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """At both limits, a row each: density f, f^2 over the probability beyond, and the probability within."""

    a: FloatArray
    b: FloatArray
    density: tuple[FloatArray, FloatArray]
    beyond: tuple[FloatArray, FloatArray]
    within: FloatArray


@dataclass(frozen=True, slots=True)
class Scored:
    """End of the path: basis coefficients (q,), log sd, inverse information (q + 1, q + 1), how it ended."""

    gamma: FloatArray
    log_sd: float
    inverse: FloatArray
    loglik: float
    converged: bool
    iterations: int


def status_of(y: FloatArray, limits: Limits) -> IntArray:
    """Return which rows are censored, and on which side."""
    return np.where(y <= limits.lower, LEFT, np.where(y >= limits.upper, RIGHT, EVENT))


def _parts(limits: Limits, mu: FloatArray, sd: float) -> Parts:
    """Return what all entries of the information are made of."""
    a, b = limits.standard(mu, sd)
    f_a, f_b = np.exp(GAUSSIAN.density(a)[0]), np.exp(GAUSSIAN.density(b)[0])
    beyond = -f_a * GAUSSIAN.survivor(-a)[1], -f_b * GAUSSIAN.survivor(b)[1]
    return Parts(a, b, (f_a, f_b), beyond, ndtr(b) - ndtr(a))


def expected_information(limits: Limits, mu: FloatArray, sd: float) -> Entries:
    r"""Return each row's expected information of mu, of log sd, and between them (Amemiya 1973).

    With a, b the standardised limits, f the density and :math:`\Phi` the distribution function:

    .. math::
        \sigma^2 I_{\mu\mu} &= \Phi_b - \Phi_a + a f_a - b f_b + f_a^2/\Phi_a + f_b^2/(1-\Phi_b) \\
        I_{\tau\tau} &= 2(\Phi_b - \Phi_a) + (a^3 + a) f_a - (b^3 + b) f_b
                        + a^2 f_a^2/\Phi_a + b^2 f_b^2/(1-\Phi_b) \\
        \sigma I_{\mu\tau} &= (a^2 + 1) f_a - (b^2 + 1) f_b + a f_a^2/\Phi_a + b f_b^2/(1-\Phi_b)
    """
    part = _parts(limits, mu, sd)
    a, b, (f_a, f_b), (tail_a, tail_b) = part.a, part.b, part.density, part.beyond
    mean = part.within + a * f_a - b * f_b + tail_a + tail_b
    spread = 2 * part.within + (a**3 + a) * f_a - (b**3 + b) * f_b + a**2 * tail_a + b**2 * tail_b
    cross = (a**2 + 1) * f_a - (b**2 + 1) * f_b + a * tail_a + b * tail_b
    return mean / sd**2, spread, cross / sd


def vgam_cross_information(limits: Limits, mu: FloatArray, sd: float) -> FloatArray:
    """Return the information between mu and log sd as VGAM 1.1-7 computes it.

    It is right for the limits 0 and infinity, 0 for others of which one is infinite, and has the wrong
    sign in two terms of the upper limit if both are finite.
    """
    if (limits.lower, limits.upper) == (0.0, np.inf):
        return expected_information(limits, mu, sd)[2]
    if not (np.isfinite(limits.lower) and np.isfinite(limits.upper)):
        return np.zeros_like(mu)
    part = _parts(limits, mu, sd)
    a, b, (f_a, f_b), (tail_a, tail_b) = part.a, part.b, part.density, part.beyond
    return ((a**2 + 1) * f_a + (b**2 - 1) * f_b + a * tail_a - b * tail_b) / sd


def _gradients(data: Data, status: IntArray, limits: Limits, mu: FloatArray, sd: float) -> Entries:
    """Return each row's log-likelihood and its derivatives by mu and log sd."""
    z = (data.y - mu) / sd
    value, slope, _ = GAUSSIAN.density(z)
    value, tau = value - np.log(sd), -z * slope - 1
    a, b = limits.standard(mu, sd)
    for side, bound, sign in ((LEFT, a, -1.0), (RIGHT, b, 1.0)):
        there = status == side
        value[there], tail, _ = GAUSSIAN.survivor(sign * bound[there])
        slope[there] = sign * tail
        tau[there] = -bound[there] * slope[there]
    return value, -slope / sd, tau


def score_tobit(data: Data, basis: Basis, limits: Limits, maxit: int, epsilon: float) -> Scored:
    r"""Take Fisher scoring steps as VGAM does, and stop where it stops.

    From least squares of the uncensored rows, with 1.5 times their residual standard error, until
    :math:`\sqrt{n} |\ell - \ell_{old}| / |\ell| < \epsilon`; a step that lowers the likelihood is halved.
    """
    status, Z, w = status_of(data.y, limits), basis.Z, data.weights
    theta = _start(data, status, basis)

    def loglik(at: FloatArray) -> float:
        return float(w @ _gradients(data, status, limits, Z @ at[:-1], float(np.exp(at[-1])))[0])

    value, settled, iteration = loglik(theta), False, 0
    while not settled and iteration < maxit:
        iteration += 1
        inverse, step = _scoring_step(data, status, basis, limits, theta)
        halvings, proposed = 0, loglik(theta + step)
        while not proposed >= value and halvings < MAX_HALVINGS:
            halvings, step = halvings + 1, step / 2
            proposed = loglik(theta + step)
        theta = theta + step
        settled = np.sqrt(data.y.size) * abs(proposed - value) < epsilon * (abs(proposed) + epsilon)
        value = proposed
    return Scored(theta[:-1], float(theta[-1]), inverse, value, bool(settled), iteration)


def _start(data: Data, status: IntArray, basis: Basis) -> FloatArray:
    """Return the basis coefficients and log sd that VGAM starts from."""
    seen = status == EVENT
    solution = project(basis.Z[seen], data.y[seen], data.weights[seen], RANK_TOLERANCE)
    freedom = int(seen.sum()) - solution.kept.size
    residual = data.y[seen] - basis.Z[seen] @ solution.coef
    squares = float(np.sum(data.weights[seen] * residual**2))
    if freedom <= 0 or squares <= 0:
        msg = (
            f"the tobit model has {int(seen.sum())} rows within its limits and {basis.Z.shape[1]} columns: "
            "too few to start from, or fitted exactly; use method='newton', or fewer columns"
        )
        raise NotEstimableError(msg)
    return np.append(solution.coef, np.log(START_INFLATION * np.sqrt(squares / freedom)))


def _scoring_step(
    data: Data, status: IntArray, basis: Basis, limits: Limits, theta: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the inverse information and the step it makes."""
    mu, sd = basis.Z @ theta[:-1], float(np.exp(theta[-1]))
    _, by_mu, by_tau = _gradients(data, status, limits, mu, sd)
    mean, spread, _ = expected_information(limits, mu, sd)
    entries = mean, spread, vgam_cross_information(limits, mu, sd)
    information = assemble_information(basis.Z, data.weights, entries)
    gradient = np.append((data.weights * by_mu) @ basis.Z, data.weights @ by_tau)
    try:
        inverse = cast(FloatArray, np.linalg.inv(information))
    except np.linalg.LinAlgError as error:
        raise NotEstimableError(SEPARATION) from error
    return inverse, inverse @ gradient


def assemble_information(Z: FloatArray, weights: FloatArray, entries: Entries) -> FloatArray:
    """Return the information (q + 1, q + 1) of the coefficients of Z and log sd from its rows' entries."""
    mean, spread, cross = (weights * entry for entry in entries)
    beside = Z.T @ cross
    return np.block([[Z.T @ (mean[:, None] * Z), beside[:, None]], [beside[None, :], spread.sum()]])
