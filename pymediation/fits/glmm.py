"""Generalised linear mixed models with one grouping factor by Laplace's approximation.

Notation of Bates et al. (2015): eta = o + X beta + Z Lambda u with u ~ N(0, I). The coefficients u of a group
depend on no other group, so that Newton's method finds those of all groups at once; what is integrated over u
is replaced by its value at the maximum and the curvature there (expected information, as in R's lme4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pymediation.families import Family
from pymediation.fits.glm import fit_glm
from pymediation.fits.mixed import SINGULAR, MixedModelFit
from pymediation.fits.mixed_covariance import CovarianceShape, hessian, minimise

__all__ = ["fit_glmm"]

FloatArray = NDArray[np.float64]

_INNER_STEPS = 200
_INNER_TOLERANCE = 1e-11
_HALVINGS = 12
_ELEMENT_STEP = 1e-5
_GRADIENT = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """The data: n rows, k columns in a basis in which their information is near the identity, J groups."""

    y: FloatArray
    Q: FloatArray
    Z: FloatArray
    codes: NDArray[np.intp]
    member: csr_matrix
    weights: FloatArray
    base: FloatArray
    family: Family
    shape: CovarianceShape

    def by_group(self, values: FloatArray) -> FloatArray:
        """Sum rows (n, ...) over groups, (J, ...)."""
        flat = self.member @ values.reshape(values.shape[0], -1)
        return np.asarray(flat).reshape(-1, *values.shape[1:])

    def squares(self, U: FloatArray, weights: FloatArray) -> FloatArray:
        """Return U'diag(weights)U of each group, shape (J, D, D)."""
        return self.by_group((weights[:, np.newaxis] * U)[:, :, np.newaxis] * U[:, np.newaxis, :])

    def score_and_information(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return each row's score and expected information, derivatives of half the deviance by eta."""
        link = self.family.link
        mu, slope = link.inverse(eta), link.derivative(eta)
        share = self.weights * slope / self.family.variance(mu)
        return share * (self.y - mu), share * slope


@dataclass(frozen=True, slots=True, eq=False)
class _Mode:
    """The coefficients u that are likeliest given the others, and what follows from them.

    Attributes
    ----------
    u : ndarray, shape (J, D)
    U : ndarray, shape (n, D)
        Z Lambda.
    eta, score, information : ndarray, shape (n,)
    inner : ndarray, shape (J, D, D)
        Their curvature, I + U'WU of each group.
    deviance : float
        Conditional deviance plus u'u.
    """

    u: FloatArray
    U: FloatArray
    eta: FloatArray
    score: FloatArray
    information: FloatArray
    inner: FloatArray
    deviance: float


def fit_glmm(
    y: FloatArray,
    X: FloatArray,
    Z: FloatArray,
    codes: NDArray[np.intp],
    n_groups: int,
    blocks: tuple[int, ...],
    family: Family,
    weights: FloatArray | None = None,
    offset: FloatArray | None = None,
) -> MixedModelFit:
    """Fit a generalised linear mixed model, to full convergence.

    Parameters
    ----------
    y, X, Z, codes, n_groups, blocks, weights, offset
        As in :func:`~pymediation.fits.lmm.fit_lmm`; `weights` include numbers of trials.
    family : Family
        One whose dispersion is known: binomial, poisson.
    """
    glm = fit_glm(y, X, family, weights, offset)
    shape = CovarianceShape.of_blocks(blocks)
    if glm.aliased.any():
        return MixedModelFit.without_estimates(glm.aliased, (n_groups, Z.shape[1]), shape.start)
    R = np.linalg.qr(np.sqrt(np.maximum(glm.working_weights, 0.0))[:, np.newaxis] * X, mode="r")
    back = np.linalg.inv(R)
    shift = np.zeros_like(y) if offset is None else offset
    model = _Model(
        y=y,
        Q=X @ back,
        Z=Z,
        codes=codes,
        member=csr_matrix((np.ones(y.size), (codes, np.arange(y.size))), shape=(n_groups, y.size)),
        weights=np.ones_like(y) if weights is None else weights,
        base=shift + X @ glm.coef,
        family=family,
        shape=shape,
    )
    return _fitted(model, glm.coef, back)


def _fitted(model: _Model, base: FloatArray, back: FloatArray) -> MixedModelFit:
    """Maximise the likelihood; coefficients are `base` plus `back` times those of the model's basis."""
    search, shape, k = _Search(model), model.shape, base.size
    start = np.concatenate([shape.start, np.zeros(k)])
    spreads = np.concatenate([shape.diagonal, np.zeros(k, dtype=bool)])
    found = minimise(search.objective, start, spreads, _GRADIENT)
    q = shape.start.size
    free = ~(spreads & (found.at == 0))
    try:
        curvature = np.linalg.inv(hessian(search.objective, found.at, free) / 2)
    except np.linalg.LinAlgError:  # flat: the maximum is at infinity
        curvature = np.full((k, k), np.nan)
    cov = back @ curvature[-k:, -k:] @ back.T
    theta = shape.oriented(found.at[:q])
    mode = search.mode(np.concatenate([theta, found.at[q:]]))
    factor = shape.factor(theta)
    spread = np.einsum("de,jef,df->jd", factor, np.linalg.inv(mode.inner), factor)
    return MixedModelFit(
        coef=base + back @ found.at[q:],
        cov=(cov + cov.T) / 2,
        modes=mode.u @ factor.T,
        cond_sd=np.sqrt(np.maximum(spread, 0.0)),
        sigma=1.0,
        aliased=np.zeros(k, dtype=bool),
        converged=found.converged and bool(np.isfinite(cov).all()),
        singular=bool(np.any(np.abs(np.diag(factor)) < SINGULAR)),
        theta=theta,
        varcorr=factor @ factor.T,
        loglik=-found.value / 2,
        n_parameters=k + q,
        reml=False,
    )


class _Search:
    """The approximate deviance as a function of (theta, gamma); modes start from those of the last point."""

    def __init__(self, model: _Model) -> None:
        self._model = model
        self._u = np.zeros((model.member.shape[0], model.Z.shape[1]))

    def mode(self, at: FloatArray) -> _Mode:
        """Find the likeliest coefficients by group at some parameters."""
        q = self._model.shape.start.size
        found = _mode(self._model, at[:q], at[q:], self._u)
        if np.isfinite(found.deviance):
            self._u = found.u
        return found

    def objective(self, at: FloatArray) -> tuple[float, FloatArray]:
        """Return the approximate deviance and its gradient."""
        with np.errstate(all="ignore"):
            mode = self.mode(at)
            sign, log_det = np.linalg.slogdet(mode.inner)
            value = mode.deviance + float(np.sum(log_det))
            if not (np.isfinite(value) and np.all(sign > 0)):
                return 1e300, np.zeros_like(at)
            return value, _gradient(self._model, mode, at)


def _mode(model: _Model, theta: FloatArray, gamma: FloatArray, u: FloatArray) -> _Mode:
    """Find the likeliest coefficients by group, all groups at once, steps halved where they overshoot."""
    U = model.Z @ model.shape.factor(theta)
    fixed = model.base + model.Q @ gamma
    losses = _losses(model, U, fixed, u)
    if not np.isfinite(losses).all():
        u = np.zeros_like(u)
        losses = _losses(model, U, fixed, u)
    eye = np.eye(U.shape[1])
    for _ in range(_INNER_STEPS):
        eta = fixed + np.sum(U * u[model.codes], axis=1)
        score, information = model.score_and_information(eta)
        inner = eye + model.squares(U, information)
        pull = model.by_group(U * score[:, np.newaxis]) - u
        step = np.asarray(np.linalg.solve(inner, pull[:, :, np.newaxis])[:, :, 0], dtype=np.float64)
        if np.max(np.abs(step), initial=0.0) < _INNER_TOLERANCE:
            break
        u, losses = _descended(model, U, fixed, u, step, losses)
    return _Mode(u, U, eta, score, information, inner, float(np.sum(losses)))


def _losses(model: _Model, U: FloatArray, fixed: FloatArray, u: FloatArray) -> FloatArray:
    """Return the deviance of each group's rows plus u'u."""
    eta = fixed + np.sum(U * u[model.codes], axis=1)
    deviance = model.family.unit_deviance(model.y, model.family.link.inverse(eta), model.weights)
    return model.by_group(np.asarray(deviance)) + np.sum(u**2, axis=1)


def _descended(
    model: _Model, U: FloatArray, fixed: FloatArray, u: FloatArray, step: FloatArray, losses: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Take a step in each group, halved until the loss is no larger."""
    length = np.ones(u.shape[0])
    for _ in range(_HALVINGS):
        new = u + length[:, np.newaxis] * step
        new_losses = _losses(model, U, fixed, new)
        worse = ~(new_losses <= losses + 1e-10 * (1 + np.abs(losses)))
        if not worse.any():
            return new, new_losses
        length[worse] /= 2
    new[worse], new_losses[worse] = u[worse], losses[worse]
    return new, new_losses


def _gradient(model: _Model, mode: _Mode, at: FloatArray) -> FloatArray:
    """Return the gradient by (theta, gamma), the movement of the modes included."""
    factor = model.shape.factor(at[: model.shape.start.size])
    observed, slope = _curvatures(model, mode.eta)
    inverse = np.linalg.inv(mode.inner)
    # How log|I + U'WU| moves with each row's predictor, directly and by way of the modes.
    moved = slope * np.einsum("nd,nde,ne->n", mode.U, inverse[model.codes], mode.U)
    bent = np.eye(mode.U.shape[1]) + model.squares(mode.U, observed)
    pulled = model.by_group(moved[:, np.newaxis] * mode.U)
    v = np.linalg.solve(bent, pulled[:, :, np.newaxis])[:, :, 0]
    total = -2 * mode.score + moved - observed * np.sum(mode.U * v[model.codes], axis=1)
    by_gamma = model.Q.T @ total
    by_factor = model.Z.T @ (total[:, np.newaxis] * mode.u[model.codes])
    squares = model.squares(model.Z, mode.information)
    by_factor += 2 * np.einsum("jde,ef,jfg->dg", squares, factor, inverse)
    by_factor += model.by_group(model.Z * mode.score[:, np.newaxis]).T @ v
    return np.concatenate([model.shape.free(by_factor), by_gamma])


def _curvatures(model: _Model, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return each row's observed information and the derivative of the expected one, by differences."""
    (score_up, up), (score_down, down) = (
        model.score_and_information(eta + sign * _ELEMENT_STEP) for sign in (1, -1)
    )
    return (score_down - score_up) / (2 * _ELEMENT_STEP), (up - down) / (2 * _ELEMENT_STEP)
