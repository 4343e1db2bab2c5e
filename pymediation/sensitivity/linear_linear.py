r"""Linear mediator and linear outcome: feasible generalised least squares at every correlation.

The two equations are seemingly unrelated regressions (Zellner 1962) whose errors have correlation
:math:`\rho`. With residuals :math:`e_1, e_2` at the current coefficients, :math:`\Omega` has their variances
on the diagonal and :math:`\rho s_1 s_2` beside it, and the next coefficients solve the normal equations of
:math:`\Omega^{-1} \otimes I`. Only cross-products are needed: nothing of size 2n is ever built, and all
correlations of the grid are iterated side by side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from pymediation.errors import NotEstimableError
from pymediation.sensitivity.curves import Curve, from_variance
from pymediation.sensitivity.draws import Covariances, Job
from pymediation.sensitivity.system import System, intercept_of

__all__ = ["Moments", "Regressions", "linear_linear", "regressions"]

FloatArray = NDArray[np.float64]

# At rho = 0.999 some thousand steps are needed; a run this long is stuck on rounding.
_MOST_STEPS = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Equation:
    """One weighted equation in an orthonormal basis of its columns.

    Attributes
    ----------
    basis : ndarray, shape (n, k)
        Orthonormal; the weighted design is ``basis @ triangle``.
    inverse : ndarray, shape (k, k)
        Inverse of the triangle.
    coef : ndarray, shape (k,)
        Least-squares coefficients.
    residuals : ndarray, shape (n,)
        Weighted residuals at them.
    """

    basis: FloatArray
    inverse: FloatArray
    coef: FloatArray
    residuals: FloatArray

    def variances(self, steps: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return uncentred and centred variances of the residuals after steps (L, k) in the basis."""
        n = self.residuals.size
        squares = self.residuals @ self.residuals + np.sum(steps**2, axis=1)
        means = self.residuals.mean() - steps @ self.basis.mean(axis=0)
        return squares / (n - 1), (squares - n * means**2) / (n - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Regressions:
    """Both equations at every correlation.

    Attributes
    ----------
    alpha, beta : ndarray, shapes (L, k_m) and (L, k_y)
        Coefficients of mediator and outcome model.
    V_alpha, V_beta : ndarray, shapes (L, k_m, k_m) and (L, k_y, k_y)
        Their covariances.
    iterations : ndarray of int, shape (L,)
        Steps taken.
    """

    alpha: FloatArray
    beta: FloatArray
    V_alpha: FloatArray
    V_beta: FloatArray
    iterations: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Estimates and variances of effects, each of shape (L,)."""

    estimate: FloatArray
    variance: FloatArray


def regressions(system: System, rho: FloatArray, eps: float, how: Covariances) -> Regressions:
    """Estimate both equations at each correlation.

    Parameters
    ----------
    system : System
    rho : ndarray, shape (L,)
    eps : float
        Iterations stop when no more than this is the squared length of a step of all coefficients.
    how : Covariances
        Sandwiches here are those of the first order (HC0), without small-sample factors.

    Returns
    -------
    Regressions
    """
    root = np.sqrt(system.raw_weights)
    first, second = (_equation(model.X, model.y, root) for model in (system.mediator, system.outcome))
    end = _iterate(first, second, rho, eps)
    k = first.coef.size
    covariance = _covariances(first, second, end, how)
    return Regressions(
        alpha=first.coef + end.steps[:, :k] @ first.inverse.T,
        beta=second.coef + end.steps[:, k:] @ second.inverse.T,
        V_alpha=first.inverse @ covariance[:, :k, :k] @ first.inverse.T,
        V_beta=second.inverse @ covariance[:, k:, k:] @ second.inverse.T,
        iterations=end.iterations,
    )


def _equation(X: FloatArray, y: FloatArray, root: FloatArray) -> Equation:
    """Return an equation whose rows are multiplied by the root of the weights."""
    basis, triangle = np.linalg.qr(X * root[:, None])
    inverse = solve_triangular(triangle, np.eye(triangle.shape[0]))
    target = y * root
    projection = basis.T @ target
    residuals = target - basis @ projection
    correction = basis.T @ residuals  # what rounding left
    return Equation(basis, inverse, inverse @ (projection + correction), residuals - basis @ correction)


@dataclass(frozen=True, slots=True, eq=False)
class _End:
    """The last iteration: where it led (L, k), where it started, its precision (L, 2, 2), inverse H."""

    steps: FloatArray
    start: FloatArray
    precision: FloatArray
    inverse: FloatArray
    iterations: NDArray[np.int64]


def _iterate(first: Equation, second: Equation, rho: FloatArray, eps: float) -> _End:
    """Iterate all correlations until each has settled; steps are in the bases, from least squares."""
    k, size = first.coef.size, first.coef.size + second.coef.size
    cross = first.basis.T @ second.basis
    targets = (first.basis.T @ second.residuals, second.basis.T @ first.residuals)
    back = np.zeros((size, size))
    back[:k, :k], back[k:, k:] = first.inverse, second.inverse
    points = rho.size
    steps, start = np.zeros((points, size)), np.zeros((points, size))
    precision, inverse = np.zeros((points, 2, 2)), np.zeros((points, size, size))
    iterations = np.zeros(points, dtype=np.int64)
    active = np.arange(points)
    while active.size:
        if iterations.max() >= _MOST_STEPS:
            raise NotEstimableError(_stuck(rho[active[0]], eps))
        old = steps[active]
        P = _precision(first, second, old, rho[active], k)
        H = _inverse_of_normal(P, cross, k)
        right = np.concatenate([P[:, 0, 1, None] * targets[0], P[:, 0, 1, None] * targets[1]], axis=1)
        new = np.einsum("lij,lj->li", H, right)
        start[active], steps[active], precision[active], inverse[active] = old, new, P, H
        iterations[active] += 1
        distance = np.sum(((new - old) @ back.T) ** 2, axis=1)
        active = active[distance > eps]
    return _End(steps, start, precision, inverse, iterations)


def _stuck(rho: float, eps: float) -> str:
    """Say that iterations do not end."""
    return (
        f"The iterations at rho = {rho:.4g} do not settle within eps={eps:g}; rounding moves the "
        "coefficients by more. Set a larger eps, such as the default 1.5e-8, or bring covariates to "
        "similar scales."
    )


def _precision(first: Equation, second: Equation, steps: FloatArray, rho: FloatArray, k: int) -> FloatArray:
    """Return the inverse of the errors' covariance, shape (L, 2, 2)."""
    (uncentred_1, centred_1), (uncentred_2, centred_2) = (
        first.variances(steps[:, :k]),
        second.variances(steps[:, k:]),
    )
    shared = rho * np.sqrt(centred_1 * centred_2)
    determinant = uncentred_1 * uncentred_2 - shared**2
    rows = np.array([[uncentred_2, -shared], [-shared, uncentred_1]]) / determinant
    return np.moveaxis(rows, 2, 0)


def _inverse_of_normal(P: FloatArray, cross: FloatArray, k: int) -> FloatArray:
    """Return the inverse of the normal matrix in the bases, shape (L, k, k)."""
    size = k + cross.shape[1]
    H = np.zeros((P.shape[0], size, size))
    H[:, :k, :k] = P[:, 0, 0, None, None] * np.eye(k)
    H[:, k:, k:] = P[:, 1, 1, None, None] * np.eye(size - k)
    H[:, :k, k:] = P[:, 0, 1, None, None] * cross
    H[:, k:, :k] = np.swapaxes(H[:, :k, k:], 1, 2)
    inverse: FloatArray = np.linalg.inv(H)
    return inverse


def _covariances(first: Equation, second: Equation, end: _End, how: Covariances) -> FloatArray:
    """Return covariances in the bases, of the last iteration's starting residuals, shape (L, k, k)."""
    if not how.robust and how.cluster is None:
        return end.inverse
    k, codes = first.coef.size, None if how.robust else how.cluster
    meat = np.empty_like(end.inverse)
    for point, (start, P) in enumerate(zip(end.start, end.precision, strict=True)):
        errors = np.column_stack(
            [first.residuals - first.basis @ start[:k], second.residuals - second.basis @ start[k:]]
        )
        pulled = errors @ P
        scores = np.hstack([pulled[:, :1] * first.basis, pulled[:, 1:] * second.basis])
        if codes is not None:
            sums = np.zeros((codes.max() + 1, scores.shape[1]))
            np.add.at(sums, codes, scores)
            scores = sums
        meat[point] = scores.T @ scores
    return end.inverse @ meat @ end.inverse


def linear_linear(system: System, job: Job) -> dict[str, Curve]:
    """Return effects over a grid of correlations, with intervals by the delta method.

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
    fits = regressions(system, asked.rho, asked.eps, job.how)
    found: dict[str, Moments] = {}
    if asked.indirect:
        found |= {f"d{t}": _acme(system, fits, t) for t in (0, 1)}
    if asked.direct:
        found |= {f"z{t}": _ade(system, fits, t) for t in (0, 1)}
    return {name: from_variance(m.estimate, m.variance, job.level) for name, m in found.items()}


def _acme(system: System, fits: Regressions, arm: int) -> Moments:
    """Return the ACME of an arm, the product of two coefficients."""
    to_mediator, to_outcome = system.effect_on_mediator, system.slopes[arm]
    a, c = fits.alpha @ to_mediator, fits.beta @ to_outcome
    variance = c**2 * _quadratic(fits.V_alpha, to_mediator) + a**2 * _quadratic(fits.V_beta, to_outcome)
    return Moments(a * c, variance)


def _ade(system: System, fits: Regressions, arm: int) -> Moments:
    """Return the ADE of an arm: at the mean of the mediator there, if there is an interaction."""
    own, product = system.direct, system.slopes[1] - system.slopes[0]
    g, V_g = fits.beta @ own, _quadratic(fits.V_beta, own)
    if not system.interaction:
        return Moments(g, V_g)
    h, V_h = fits.beta @ product, _quadratic(fits.V_beta, product)
    V_gh = np.einsum("i,lij,j->l", own, fits.V_beta, product)
    mean, spread = _mediator_mean(system, fits, arm)
    return Moments(g + h * mean, V_g + mean**2 * V_h + h**2 * spread + V_h * spread + 2 * mean * V_gh)


def _mediator_mean(system: System, fits: Regressions, arm: int) -> tuple[FloatArray, FloatArray]:
    """Return the mean mediator of an arm and its variance, each (L,)."""
    model, switch = system.mediator, system.treat_m
    row = system.weights @ model.X
    row[switch.columns] = switch.treated if arm else switch.control
    mean, variance = fits.alpha @ row, _quadratic(fits.V_alpha, row)
    intercept = intercept_of(model)
    if arm == 0 and intercept is not None:
        # R leaves the covariance of intercept and covariates out, under control only.
        others = row.copy()
        others[[intercept, *switch.columns]] = 0.0
        variance = variance - 2 * fits.V_alpha[:, intercept] @ others
    return mean, variance


def _quadratic(V: FloatArray, row: FloatArray) -> FloatArray:
    """Return row' V row for each of L matrices."""
    result: FloatArray = np.einsum("i,lij,j->l", row, V, row)
    return result
