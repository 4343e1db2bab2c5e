r"""Probit mediator and linear outcome: Monte Carlo over drawn coefficients of both models.

Given a drawn :math:`\alpha` the outcome's error has the mean :math:`\rho\sigma\lambda_i` with
:math:`\lambda_i` the mediator's generalised residual (inverse Mills ratio), and the variance
:math:`\sigma^2 q_i`, :math:`q_i = 1 - \rho^2 \lambda_i (\lambda_i + \mu_i)`. Regressions of
:math:`Y - \sigma\rho\lambda` with weights q are iterated until :math:`\sigma` settles.

:mod:`selection` does the regressions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from pymediation.compat import CompatLedger
from pymediation.sensitivity.curves import Curve, from_draws
from pymediation.sensitivity.draws import Job, symmetric_roots
from pymediation.sensitivity.moments import (
    Basis,
    Moments,
    basis_of,
    divided_moments,
    draw_blocks,
    multiplied_moments,
)
from pymediation.sensitivity.sandwich import sandwiches
from pymediation.sensitivity.selection import iterate, multiplied
from pymediation.sensitivity.system import System

__all__ = ["probit_linear"]

FloatArray = NDArray[np.float64]

# Cells of one stack of (k, k) matrices held at a time: 8 MB.
_CELLS = 1_048_576


def probit_linear(system: System, job: Job) -> dict[str, Curve]:
    """Return effects over a grid of correlations.

    Parameters
    ----------
    system : System
    job : Job

    Returns
    -------
    dict of str to Curve
        Any of d0, d1, z0, z1.
    """
    asked = job.request
    alpha = job.coefficients(system.mediator)
    basis = basis_of(system)
    divided = not job.ledger.follow_r("medsens-weights")
    parts = None if divided else multiplied_moments(system, basis, alpha)
    means = _mean_mediators(system, alpha)
    functionals = np.stack([*system.slopes, system.direct], axis=1)
    drawn = []
    for rho in _blocks(asked.rho, asked.sims, basis.coef.size):
        moments = divided_moments(system, basis, alpha, rho) if parts is None else multiplied(parts, rho)
        drawn.append(_drawn(system, alpha, basis, moments, rho, job, divided=divided) @ functionals)
    c0, c1, g = np.moveaxis(np.concatenate(drawn), 2, 0)
    draws: dict[str, FloatArray] = {}
    if asked.indirect:
        gain = means[1] - means[0]
        draws |= {"d0": c0 * gain, "d1": c1 * gain}
    if asked.direct:
        draws |= _direct_effects(system, alpha, means, (g, c1 - c0), job.ledger)
    return {name: from_draws(values, job.level) for name, values in draws.items()}


def _direct_effects(
    system: System,
    alpha: FloatArray,
    means: tuple[FloatArray, FloatArray],
    slopes: tuple[FloatArray, FloatArray],
    ledger: CompatLedger,
) -> dict[str, FloatArray]:
    """Return the direct effects: at the mean of the mediator in either arm, if there is an interaction."""
    g, h = slopes
    if not system.interaction:
        return {"z0": g, "z1": g}
    if not ledger.follow_r("medsens-one-row"):
        return {f"z{arm}": g + h * means[arm] for arm in (0, 1)}
    return {f"z{arm}": (g + h) * means[arm] + g * ndtr(-_one_row(system, alpha, arm)) for arm in (0, 1)}


def _one_row(system: System, alpha: FloatArray, arm: int) -> FloatArray:
    """Return R's predictor of one row for each draw: the k-th element of the (n, S) matrix by columns."""
    n, sims = system.mediator.n, alpha.shape[0]
    draw, row = np.divmod(np.arange(sims), n)
    X = system.treat_m.without(system.mediator.X)[row]
    return np.sum(X * alpha[draw], axis=1) + system.treat_m.shifts(alpha[draw])[arm]


def _mean_mediators(system: System, alpha: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean probabilities of the mediator under control and treatment, each (S,)."""
    X, weights = system.treat_m.without(system.mediator.X), system.weights
    shifts = system.treat_m.shifts(alpha)
    means = np.empty((2, alpha.shape[0]))
    for block in draw_blocks(X.shape[0], alpha.shape[0]):
        predictors = X @ alpha[block].T
        for arm in (0, 1):
            means[arm, block] = weights @ ndtr(predictors + shifts[arm][block])
    return means[0], means[1]


def _blocks(rho: FloatArray, sims: int, k: int) -> list[FloatArray]:
    """Return pieces of the grid whose (sims, k, k) matrices fit into memory."""
    size = max(1, _CELLS // (sims * k * k))
    return [rho[first : first + size] for first in range(0, rho.size, size)]


def _drawn(
    system: System,
    alpha: FloatArray,
    basis: Basis,
    moments: Moments,
    rho: FloatArray,
    job: Job,
    *,
    divided: bool,
) -> FloatArray:
    """Draw outcome coefficients at some correlations, given the draws of the mediator's, (L, S, k)."""
    rounds = iterate(moments, basis.df_residual, rho, job.request.eps)
    if job.how.robust or job.how.cluster is not None:
        own = sandwiches(system, alpha, basis, rounds, rho, job.how, divided=divided)
    else:
        own = rounds.sigma[..., None, None] ** 2 * rounds.gram_inverse
    roots = symmetric_roots(basis.inverse @ own @ basis.inverse.T)
    points, sims, k = rounds.coef.shape
    normals = job.stream.normal(size=points * sims * k).reshape(points, sims, 1, k)
    drawn: FloatArray = basis.coef + rounds.coef @ basis.inverse.T + (normals @ roots)[:, :, 0]
    return drawn
