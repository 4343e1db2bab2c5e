r"""Linear mediator and probit outcome: Monte Carlo over drawn coefficients.

With :math:`M = x'\alpha + \sigma e_2` and :math:`Y = 1\{x'\beta + \gamma M + e_3 > 0\}` and the errors'
correlation :math:`\rho`, the data tell the coefficients of the reduced form, in which the mediator is
replaced by its equation, and the correlation r between its error and that of the mediator. For each
:math:`\rho` they give

.. math:: \gamma = \frac{-\rho + r \sqrt{(1 - \rho^2) / (1 - r^2)}}{\sigma}, \qquad
          r = \frac{\sigma\tilde\gamma}{\sqrt{1 + \sigma^2\tilde\gamma^2}}

with :math:`\tilde\gamma` the probit coefficient (Imai, Keele and Yamamoto 2010, section 5). R has
:math:`1 + |\sigma\tilde\gamma|` in the place of the root.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pymediation.compat import CompatLedger
from pymediation.errors import DataMismatchError
from pymediation.fits import LinearFit
from pymediation.sensitivity.chebyshev import mean_probabilities
from pymediation.sensitivity.curves import Curve, from_draws
from pymediation.sensitivity.draws import Job
from pymediation.sensitivity.system import Switch, System

__all__ = ["Reduced", "linear_probit"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Reduced:
    """S draws of the reduced form.

    Attributes
    ----------
    sigma : ndarray, shape (S,)
        Standard deviation of the mediator's error.
    r : ndarray, shape (S,)
        Correlation of the reduced-form errors.
    on_mediator : ndarray, shape (S,)
        The treatment's effect on the mediator.
    coef : ndarray, shape (S, k)
        Reduced-form coefficients of the outcome design without its mediator.
    """

    sigma: FloatArray
    r: FloatArray
    on_mediator: FloatArray
    coef: FloatArray

    def shifts(self, rho: FloatArray, contrast: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the shifts of the probit index by indirect and direct effect, each (L, S)."""
        rho = rho[:, None]
        gamma = (-rho + self.r * np.sqrt((1 - rho**2) / (1 - self.r**2))) / self.sigma
        scale = np.sqrt(gamma**2 * self.sigma**2 + 2 * gamma * rho * self.sigma + 1)
        through = self.on_mediator * gamma
        return through / scale, (scale * contrast - through) / scale


def linear_probit(system: System, job: Job) -> dict[str, Curve]:
    """Return effects over a grid of correlations.

    Parameters
    ----------
    system : System
    job : Job

    Returns
    -------
    dict of str to Curve
        Any of d0, d1, tau, nu0, nu1 (indirect) and z0, z1 (direct).
    """
    asked, rho = job.request, job.request.rho
    X, order = _design(system, job.ledger)
    reduced = _draw(system, order, job)
    switch = _moved(system)
    low, high = switch.shifts(reduced.coef)
    kappa, eta = reduced.shifts(rho, high - low)
    changes = [kappa] * asked.indirect + [eta] * asked.direct
    shifts = np.concatenate([low[None], high[None], *(part for c in changes for part in (low + c, high - c))])
    means = mean_probabilities(switch.without(X), reduced.coef, shifts, system.weights)
    base = means[:2]
    moved = means[2:].reshape(len(changes), 2, rho.size, asked.sims)
    draws = dict[str, FloatArray]()
    for (under_control, under_treatment), name in zip(
        moved, "d" * asked.indirect + "z" * asked.direct, strict=True
    ):
        draws |= {f"{name}0": under_control - base[0], f"{name}1": base[1] - under_treatment}
    if asked.indirect:
        tau = np.broadcast_to(base[1] - base[0], (rho.size, asked.sims))
        draws |= {"tau": tau, "nu0": draws["d0"] / tau, "nu1": draws["d1"] / tau}
    return {name: from_draws(values, job.level) for name, values in draws.items()}


def _moved(system: System) -> Switch:
    """Return the treatment columns of the outcome design without its mediator column."""
    before = np.searchsorted(system.mediator_columns, system.treat_y.columns)
    return replace(system.treat_y, columns=system.treat_y.columns - before)


def _design(system: System, ledger: CompatLedger) -> tuple[FloatArray, NDArray[np.intp]]:
    """Return the outcome design without the mediator, and the place of each column in the mediator model."""
    X = np.delete(system.outcome.X, system.mediator_columns, axis=1)
    ours = np.delete(np.array(system.outcome.design.names), system.mediator_columns).tolist()
    theirs = list(system.mediator.design.names)
    in_place = np.arange(len(ours))
    if system.by_position and len(ours) == len(theirs):
        return X, in_place
    if ours == theirs or (X.shape == system.mediator.X.shape and np.array_equal(X, system.mediator.X)):
        return X, in_place
    if sorted(ours) != sorted(theirs):
        raise DataMismatchError(_other_covariates(ours, theirs))
    if ledger.follow_r("medsens-covariate-order"):
        return X, in_place
    return X, np.array([theirs.index(name) for name in ours])


def _other_covariates(ours: list[str], theirs: list[str]) -> str:
    """Say that the models have different columns."""
    parts = [
        f"{', '.join(map(repr, sorted(extra)))} only in the {role} model"
        for extra, role in ((set(theirs) - set(ours), "mediator"), (set(ours) - set(theirs), "outcome"))
        if extra
    ]
    return (
        "medsens needs the same covariates in both models when the outcome is binary, because its reduced "
        f"form has the mediator's equation in the place of the mediator; {'; '.join(parts)}. Refit both "
        "models with the same covariates, coded alike."
    )


def _draw(system: System, order: NDArray[np.intp], job: Job) -> Reduced:
    """Draw both models' coefficients and the mediator's error variance."""
    alpha = job.coefficients(system.mediator)
    fit = system.mediator.fit
    if not isinstance(fit, LinearFit):  # pragma: no cover - the pair of kinds was checked
        raise TypeError
    shape = fit.df_residual / 2
    sigma = 1 / np.sqrt(job.stream.gamma(shape, 1 / (shape * fit.dispersion), job.request.sims))
    beta = job.coefficients(system.outcome)
    standardised = sigma * (beta @ system.slopes[0])
    root = (
        1 + np.abs(standardised)
        if job.ledger.follow_r("medsens-denominator")
        else np.hypot(1.0, standardised)
    )
    r = standardised / root
    rest = np.delete(beta, system.mediator_columns, axis=1)
    return Reduced(
        sigma=sigma,
        r=r,
        on_mediator=alpha @ system.effect_on_mediator,
        coef=rest * np.sqrt(1 - r**2)[:, None] + alpha[:, order] * (r / sigma)[:, None],
    )
