"""Linear mixed models with one grouping factor by restricted or full maximum likelihood.

Notation of Bates et al. (2015): y = X beta + Z b + e, b = Lambda u with u ~ N(0, sigma^2 I) and e ~ N(0,
sigma^2 / w). Everything a group contributes is a few cross-products, so that an evaluation of the likelihood
costs as much as there are groups, whatever the number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pymediation.fits.mixed import SINGULAR, MixedModelFit
from pymediation.fits.mixed_covariance import CovarianceShape, minimise

__all__ = ["fit_lmm"]

FloatArray = NDArray[np.float64]

_RANK = 1e-7  # of R's qr()


@dataclass(frozen=True, slots=True, eq=False)
class _Products:
    """Cross-products of J groups, in an orthonormal basis Q of X and of the residual of y on it.

    Attributes
    ----------
    zz, zq, zy : ndarray, shapes (J, D, D), (J, D, k) and (J, D)
    yy : float
    n : int
    """

    zz: FloatArray
    zq: FloatArray
    zy: FloatArray
    yy: float
    n: int


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """The profiled likelihood at one factor of the covariance."""

    deviance: float
    gradient: FloatArray
    gamma: FloatArray
    information: FloatArray
    residual: float
    inner: FloatArray
    u: FloatArray


def fit_lmm(
    y: FloatArray,
    X: FloatArray,
    Z: FloatArray,
    codes: NDArray[np.intp],
    n_groups: int,
    blocks: tuple[int, ...],
    weights: FloatArray | None = None,
    offset: FloatArray | None = None,
    *,
    reml: bool = True,
) -> MixedModelFit:
    """Fit a linear mixed model, to full convergence.

    Parameters
    ----------
    y : ndarray, shape (n,)
    X, Z : ndarray, shapes (n, k) and (n, D)
        Columns of fixed effects, and of coefficients by group.
    codes : ndarray of int, shape (n,)
        Group of each row, 0 to `n_groups` - 1.
    n_groups : int
    blocks : tuple of int
        Numbers of columns of Z whose coefficients are correlated with each other.
    weights, offset : ndarray, shape (n,), or None
    reml : bool
        Restricted maximum likelihood, or else full.
    """
    shape = CovarianceShape.of_blocks(blocks)
    w = np.ones_like(y) if weights is None else weights
    root = np.sqrt(w)
    Q, R = np.linalg.qr(root[:, np.newaxis] * X)
    aliased = np.abs(np.diag(R)) < _RANK * np.max(np.abs(np.diag(R)), initial=1e-300)
    if aliased.any():
        return MixedModelFit.without_estimates(aliased, (n_groups, Z.shape[1]), shape.start)
    response = root * (y if offset is None else y - offset)
    start = Q.T @ response
    products = _products(Q, response - Q @ start, root[:, np.newaxis] * Z, codes, n_groups)
    df = y.size - X.shape[1] if reml else y.size
    found = minimise(
        lambda theta: _objective(products, shape, theta, df, reml=reml), shape.start, shape.diagonal
    )
    theta = shape.oriented(found.at)
    state = _state(products, shape, theta, df, reml=reml)
    variance = state.residual / df
    factor, back = shape.factor(theta), np.linalg.inv(R)
    cov = variance * back @ np.linalg.inv(state.information) @ back.T
    spread = np.einsum("de,jef,df->jd", factor, np.linalg.inv(state.inner), factor)
    log_det = 2 * np.sum(np.log(np.abs(np.diag(R)))) if reml else 0.0
    deviance = state.deviance + df * (1 + np.log(2 * np.pi / df)) + log_det - np.sum(np.log(w[w > 0]))
    return MixedModelFit(
        coef=back @ (start + state.gamma),
        cov=(cov + cov.T) / 2,
        modes=state.u @ factor.T,
        cond_sd=np.sqrt(variance * np.maximum(spread, 0.0)),
        sigma=float(np.sqrt(variance)),
        aliased=aliased,
        converged=found.converged,
        singular=bool(np.any(np.abs(np.diag(factor)) < SINGULAR)),
        theta=theta,
        varcorr=variance * factor @ factor.T,
        loglik=float(-deviance / 2),
        n_parameters=X.shape[1] + theta.size + 1,
        reml=reml,
    )


def _products(Q: FloatArray, y: FloatArray, Z: FloatArray, codes: NDArray[np.intp], groups: int) -> _Products:
    """Return the cross-products of each group."""
    from scipy.sparse import csr_matrix

    n = y.size
    member = csr_matrix((np.ones(n), (codes, np.arange(n))), shape=(groups, n))
    by_column = [np.asarray(member @ (Z[:, [d]] * np.column_stack([Z, Q, y]))) for d in range(Z.shape[1])]
    table = np.stack(by_column, axis=1)
    D = Z.shape[1]
    return _Products(table[:, :, :D], table[:, :, D:-1], table[:, :, -1], float(y @ y), n)


def _objective(
    products: _Products, shape: CovarianceShape, theta: FloatArray, df: int, *, reml: bool
) -> tuple[float, FloatArray]:
    """Return the profiled deviance, up to a constant, and its gradient."""
    state = _state(products, shape, theta, df, reml=reml)
    return state.deviance, state.gradient


def _state(products: _Products, shape: CovarianceShape, theta: FloatArray, df: int, *, reml: bool) -> _State:
    """Evaluate the likelihood at one factor of the covariance."""
    factor = shape.factor(theta)
    D, k = shape.size, products.zq.shape[2]
    inner = np.eye(D) + np.einsum("ed,jef,fg->jdg", factor, products.zz, factor)
    left = np.einsum(
        "ed,jef->jdf", factor, np.concatenate([products.zz, products.zq, products.zy[..., None]], axis=2)
    )
    solved = np.linalg.solve(inner, left)
    # The cross-products with V^-1 in the place of the weights, of Z with (Z, Q, y) and of Q with (Q, y).
    whole = np.concatenate([products.zz, products.zq, products.zy[..., None]], axis=2)
    reduced = whole - np.einsum("jed,jef->jdf", left[:, :, :D], solved)
    information = np.eye(k) - np.einsum("jek,jel->kl", left[:, :, D:-1], solved[:, :, D:-1])
    right = -np.einsum("jek,je->k", left[:, :, D:-1], solved[:, :, -1])
    gamma = np.linalg.solve(information, right)
    residual = products.yy - float(np.sum(left[:, :, -1] * solved[:, :, -1])) - float(gamma @ right)
    u = solved[:, :, -1] - solved[:, :, D:-1] @ gamma
    slope = reduced[:, :, -1] - reduced[:, :, D:-1] @ gamma
    deviance = float(np.sum(np.linalg.slogdet(inner)[1])) + df * np.log(residual)
    G = reduced[:, :, :D].sum(axis=0) - df / residual * slope.T @ slope
    if reml:
        deviance += float(np.linalg.slogdet(information)[1])
        N = reduced[:, :, D:-1]
        G = G - np.einsum(
            "jdk,jek->de", N, np.linalg.solve(information, N.transpose(0, 2, 1)).transpose(0, 2, 1)
        )
    return _State(deviance, shape.free(2 * G @ factor), gamma, information, residual, inner, u)
