r"""Newton's method for many likelihoods at a time, and the likelihoods of location-scale models.

The method, :func:`maximise`, takes any :class:`Objective`. In location-scale models the rows are
:math:`y_i = x_i'b + \sigma W_i`, some of them censored. In the parameters
:math:`h = 1/\sigma` and :math:`\theta = b/\sigma` the standardised error :math:`z = h y - x'\theta` is
linear, and the log-likelihood :math:`\sum c_i \log f(z_i) + D \log h` (log S for censored rows, D the number
of events) is concave for all error laws but the t distribution (Olsen 1978), so that Newton's method finds
its maximum.

Further, y is replaced by its residual e from a first fit, in units of that fit's scale, and X by orthogonal
columns Z, so that :math:`z = k e - Z\varphi`: all parameters are of order 1, and the length of a step is the
root mean square of what it changes in z.

Olsen, R. J. (1978). Note on the uniqueness of the maximum likelihood estimator for the Tobit model.
Econometrica 46, 1211-1215.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pymediation.fits.error_laws import ErrorLaw
from pymediation.fits.replicates import Basis, solve_normal, unpack_grams

__all__ = [
    "Maxima",
    "Objective",
    "Place",
    "Problem",
    "damped_step",
    "is_well_conditioned",
    "maximise",
    "weighted_products",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

MAX_STEPS = 100
STEP_TOLERANCE = 1e-8  # Newton squares the error: the step that meets it leaves 1e-16
SLACK = 1e-11  # a fall of the log-likelihood below this share of it is rounding
SINGULAR_LIMIT = 5  # undamped steps that a singular curvature may fail; fits with a maximum need one at most
DAMPING = 1e-3  # first damping of a step that fails, in units of the information in the full sample
RANK_TOLERANCE = 1e-7  # share of its length below which what is left of a column is nothing, as in lm


class Objective(Protocol):
    """A log-likelihood of weighted rows; its parameters are in units in which a step of 1 is a large one."""

    @property
    def n_parameters(self) -> int:
        """Number of parameters, fixed ones included."""
        ...

    def evaluate(self, weights: FloatArray, at: FloatArray) -> Place:
        """Return log-likelihoods and derivatives of R weightings (R, n) at R parameters."""
        ...

    def step(self, place: Place, damping: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Return Newton's steps, damped, and which can be trusted."""
        ...


@dataclass(frozen=True, slots=True)
class Problem:
    """Rows of a location-scale model, the events first.

    Attributes
    ----------
    law : ErrorLaw
        The error law.
    rows : ndarray, shape (n, q + 1)
        -Z and e, times -1 where a row is censored from the left.
    basis : Basis
        The free columns of `rows`, and the triangular factor that leads back to the columns of X.
    events : int
        Number of rows, from the first on, that are not censored.
    scale_free : bool
        Whether the last parameter is estimated.
    products : ndarray or None
        Products of all pairs of free columns, kept if many fits share them.
    """

    law: ErrorLaw
    rows: FloatArray
    basis: Basis
    events: int
    scale_free: bool
    products: FloatArray | None = None

    @property
    def free(self) -> int:
        """Number of parameters that are estimated."""
        return self.rows.shape[1] - (not self.scale_free)

    @property
    def n_parameters(self) -> int:
        """Number of parameters, a fixed scale included."""
        return self.rows.shape[1]

    def evaluate(self, weights: FloatArray, at: FloatArray) -> Place:
        """Return log-likelihoods and derivatives of R weightings (R, n) at R parameters."""
        m, p = self.events, self.free
        k = at[:, -1]
        deaths = weights[:, :m].sum(axis=1)
        # Rows that were not drawn may reach any z; the laws are finite there, and the weight is 0.
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            z = at @ self.rows.T
            value, slope, bend = (
                np.concatenate(parts, axis=1)
                for parts in zip(self.law.density(z[:, :m]), self.law.survivor(z[:, m:]), strict=True)
            )
            loglik = np.einsum("rn,rn->r", weights, value) + deaths * np.log(k)
            gradient = (weights * slope) @ self.rows[:, :p]
            curvature = self.grams(-weights * bend)
            if self.scale_free:
                gradient[:, -1] += deaths / k
                curvature[:, -1, -1] += deaths / k**2
        return Place(at, loglik, gradient, curvature)

    def grams(self, weights: FloatArray) -> FloatArray:
        """Return the weighted products of the free columns, shape (R, p, p)."""
        return weighted_products(self.basis.Z, self.products, weights)

    def step(self, place: Place, damping: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Return Newton's steps (R, q + 1), damped, and which can be trusted."""
        free, sound = damped_step(self.basis, place, damping)
        step = np.zeros_like(place.at)
        step[:, : self.free] = free
        return step, sound


@dataclass(frozen=True, slots=True)
class Place:
    """Parameters (R, q + 1) and there log-likelihoods (R,), gradients (R, p) and curvatures (R, p, p)."""

    at: FloatArray
    loglik: FloatArray
    gradient: FloatArray
    curvature: FloatArray

    def pick(self, keep: BoolArray) -> Place:
        """Return some of the replicates."""
        return Place(self.at[keep], self.loglik[keep], self.gradient[keep], self.curvature[keep])

    def replaced(self, by: Place, where: BoolArray) -> Place:
        """Return the other place where it is wanted."""
        return Place(
            np.where(where[:, None], by.at, self.at),
            np.where(where, by.loglik, self.loglik),
            np.where(where[:, None], by.gradient, self.gradient),
            np.where(where[:, None, None], by.curvature, self.curvature),
        )


@dataclass(frozen=True, slots=True)
class Maxima:
    """Where R searches ended.

    Attributes
    ----------
    at : ndarray, shape (R, p)
        The parameters.
    converged : ndarray of bool, shape (R,)
        Whether the last step met the tolerance.
    last_step : ndarray, shape (R,)
        Length of the last step without damping.
    iterations : ndarray of int, shape (R,)
        Steps taken.
    """

    at: FloatArray
    converged: BoolArray
    last_step: FloatArray
    iterations: NDArray[np.intp]


def weighted_products(columns: FloatArray, products: FloatArray | None, weights: FloatArray) -> FloatArray:
    """Return the weighted products of columns (n, q), shape (R, q, q).

    Parameters
    ----------
    columns : ndarray, shape (n, q)
    products : ndarray or None
        Products of all pairs of columns, if they are kept.
    weights : ndarray, shape (R, n)
    """
    if products is not None:
        return unpack_grams(weights @ products, columns.shape[1])
    grams = np.empty((weights.shape[0], columns.shape[1], columns.shape[1]))
    for r, w in enumerate(weights):
        grams[r] = columns.T @ (w[:, None] * columns)
    return grams


def damped_step(basis: Basis, place: Place, damping: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Return Newton's steps in the free parameters, damped, and where they can be trusted (else 0)."""
    damped = place.curvature + damping[:, None, None] * np.eye(place.gradient.shape[1])
    free, sound = solve_normal(basis, damped, place.gradient, RANK_TOLERANCE)
    return np.where(sound[:, None], free, 0.0), sound


def maximise(
    problem: Objective, weights: FloatArray, start: FloatArray, max_steps: int = MAX_STEPS
) -> Maxima:
    """Search the maxima of R weightings (R, n) of the rows from one start (p,) or one for each.

    A step that lowers the likelihood, or that a curvature without a definite sign does not allow, is repeated
    with damping.
    """
    R = weights.shape[0]
    at = np.array(np.broadcast_to(start, (R, problem.n_parameters)))
    converged, last, steps = np.zeros(R, dtype=bool), np.full(R, np.inf), np.zeros(R, dtype=np.intp)
    left, damping, place = np.arange(R), np.zeros(R), problem.evaluate(weights, at)
    singular = np.zeros(R, dtype=np.intp)
    information = weights.sum(axis=1)
    for _ in range(max_steps):
        if left.size == 0:
            break
        step, sound = problem.step(place, damping * information)
        length = np.linalg.norm(step, axis=1)
        small = sound & (damping == 0) & (length < STEP_TOLERANCE)
        trial = problem.evaluate(weights, place.at + step)
        floor = place.loglik - SLACK * (1 + np.abs(place.loglik))
        better = sound & (small | (trial.loglik >= floor)) & np.isfinite(trial.gradient).all(axis=1)
        place = place.replaced(trial, better)
        full = better & (damping == 0)
        at[left], last[left], converged[left] = place.at, np.where(full, length, last[left]), small & better
        steps[left] += 1
        singular += ~sound & (damping == 0)
        eased = np.where(damping > DAMPING, damping / 10, 0.0)
        damping = np.where(better, eased, np.maximum(DAMPING, 10 * damping))
        keep = ~(small & better) & (singular <= SINGULAR_LIMIT)
        if not keep.all():
            left, damping, information = left[keep], damping[keep], information[keep]
            singular = singular[keep]
            place, weights = place.pick(keep), weights[keep]
    return Maxima(at, converged, last, steps)


def is_well_conditioned(problem: Problem, weights: FloatArray) -> BoolArray:
    """Return whether the rows of R weightings (R, n) determine all free parameters if none is censored."""
    grams = problem.grams(weights)
    return solve_normal(problem.basis, grams, np.zeros(grams.shape[:2]), RANK_TOLERANCE)[1]
