"""Weighted cross-products of the outcome equation after a probit mediator, for many correlations and draws.

Given a drawn probit equation of the mediator, the outcome's error has the mean rho sigma lambda, lambda being
the generalised residual of the mediator (inverse Mills ratio), and the variance sigma² q with
q = 1 - rho² kappa, kappa = lambda (lambda + mu).

Regressions with such errors have the weights 1 / q. R multiplies by q instead, which makes its estimate of
sigma too small and all effects at correlations other than 0 inconsistent; but every cross-product is then a
polynomial in rho whose coefficients are computed once per draw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.special import erfcx

from pymediation.sensitivity.system import System

__all__ = [
    "Basis",
    "Moments",
    "basis_of",
    "divided_moments",
    "draw_blocks",
    "generalised_residuals",
    "multiplied_moments",
]

FloatArray = NDArray[np.float64]

# Cells of one (n, sims) array held at a time: 2 MB.
_CELLS = 262_144
# Correlations that differ by rounding only have the same weights, and so have those of opposite sign.
_DIGITS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """The outcome equation in an orthonormal basis of its columns.

    Attributes
    ----------
    Q : ndarray, shape (n, k)
        ``X @ inverse``; orthonormal under the weights.
    inverse : ndarray, shape (k, k)
        From coefficients in the basis to those of the design.
    coef : ndarray, shape (k,)
        Weighted least-squares coefficients of the design.
    residuals : ndarray, shape (n,)
        Residuals at them.
    weights : ndarray, shape (n,)
        Sampling weights.
    df_residual : int
        Rows of positive weight less columns.
    """

    Q: FloatArray
    inverse: FloatArray
    coef: FloatArray
    residuals: FloatArray
    weights: FloatArray
    df_residual: int


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Cross-products of the basis Q, the residuals e and lambda, for L correlations and S draws, weighted.

    Attributes
    ----------
    gram : ndarray, shape (L, S, k, k)
        Q'Q.
    qe, ql : ndarray, shape (L, S, k)
        Q'e and Q'lambda.
    ee, le, ll : ndarray, shape (L, S)
        e'e, lambda'e and lambda'lambda.
    """

    gram: FloatArray
    qe: FloatArray
    ql: FloatArray
    ee: FloatArray
    le: FloatArray
    ll: FloatArray

    def at(self, places: NDArray[np.intp]) -> Moments:
        """Return the moments at some of the correlations."""
        parts = (self.gram, self.qe, self.ql, self.ee, self.le, self.ll)
        return Moments(*(part[places] for part in parts))


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Products of columns, a row each, with the sampling weights; sums over the data are products with it."""

    pairs: FloatArray  # columns of Q times each other, above the diagonal and on it
    singles: FloatArray  # columns of Q, and e
    with_e: FloatArray  # columns of Q times e, and e²
    weights: FloatArray

    @classmethod
    def of(cls, basis: Basis) -> _Rows:
        """Return the rows of a basis."""
        Q, e, w = basis.Q, basis.residuals, basis.weights
        first, second = np.triu_indices(Q.shape[1])
        return cls(
            pairs=(Q[:, first] * Q[:, second] * w[:, None]).T,
            singles=(np.column_stack([Q, e]) * w[:, None]).T,
            with_e=(np.column_stack([Q * e[:, None], e**2]) * w[:, None]).T,
            weights=w,
        )

    def moments(self, weights: FloatArray, lam: FloatArray) -> Moments:
        """Return the moments of S draws for further weights (n, S), each with a first axis of length 1."""
        k = self.singles.shape[0] - 1
        weighted = weights * lam
        with_e, with_lam = self.with_e @ weights, self.singles @ weighted
        gram = np.empty((1, weights.shape[1], k, k))
        first, second = np.triu_indices(k)
        gram[0, :, first, second] = gram[0, :, second, first] = self.pairs @ weights
        return Moments(
            gram=gram,
            qe=with_e[:k].T[None],
            ql=with_lam[:k].T[None],
            ee=with_e[None, k],
            le=with_lam[None, k],
            ll=np.einsum("i,is,is->s", self.weights, weighted, lam)[None],
        )


def draw_blocks(n: int, sims: int) -> Iterator[slice]:
    """Return slices of draws of which n rows fit into memory."""
    width = max(1, _CELLS // n)
    return (slice(first, min(first + width, sims)) for first in range(0, sims, width))


def basis_of(system: System) -> Basis:
    """Return the outcome equation in an orthonormal basis."""
    model, weights = system.outcome, system.raw_weights
    root = np.sqrt(weights)
    triangle: FloatArray = np.linalg.qr(model.X * root[:, None])[1]
    inverse = solve_triangular(triangle, np.eye(triangle.shape[0]))
    Q = model.X @ inverse
    coef = Q.T @ (weights * model.y)
    coef += Q.T @ (weights * (model.y - Q @ coef))  # once more: what rounding left
    df_residual = int(np.count_nonzero(weights)) - triangle.shape[0]
    return Basis(Q, inverse, inverse @ coef, model.y - Q @ coef, weights, df_residual)


def generalised_residuals(X: FloatArray, y: FloatArray, alpha: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return generalised residuals lambda and lambda (lambda + mu), each (n, S)."""
    mu = X @ alpha.T
    sign = np.where(y == 1, 1.0, -1.0)[:, None]
    # erfcx, not a quotient of density and probability, both of which vanish far out.
    lam = sign * (np.sqrt(2 / np.pi) / erfcx(-sign * mu / np.sqrt(2)))
    return lam, lam * (lam + mu)


def multiplied_moments(system: System, basis: Basis, alpha: FloatArray) -> tuple[Moments, Moments]:
    """Return the moments without further weights, and with the weights kappa.

    Those with the weights q = 1 - rho² kappa are the first less rho² times the second.

    Parameters
    ----------
    system : System
    basis : Basis
    alpha : ndarray, shape (S, k_m)
        Drawn coefficients of the mediator model.
    """
    rows = _Rows.of(basis)
    plain, curved = [], []
    for block in draw_blocks(basis.Q.shape[0], alpha.shape[0]):
        lam, kappa = generalised_residuals(system.mediator.X, system.mediator.y, alpha[block])
        plain.append(rows.moments(np.ones_like(lam), lam))
        curved.append(rows.moments(kappa, lam))
    return _side_by_side(plain), _side_by_side(curved)


def divided_moments(system: System, basis: Basis, alpha: FloatArray, rho: FloatArray) -> Moments:
    """Return the moments with the weights 1 / q at each correlation.

    Parameters
    ----------
    system : System
    basis : Basis
    alpha : ndarray, shape (S, k_m)
    rho : ndarray, shape (L,)
    """
    rows = _Rows.of(basis)
    sizes, places = np.unique(np.round(np.abs(rho), _DIGITS), return_inverse=True)
    blocks = []
    for block in draw_blocks(basis.Q.shape[0], alpha.shape[0]):
        lam, kappa = generalised_residuals(system.mediator.X, system.mediator.y, alpha[block])
        blocks.append(_stacked([rows.moments(1 / (1 - size**2 * kappa), lam) for size in sizes]))
    return _side_by_side(blocks).at(places)


def _stacked(parts: list[Moments]) -> Moments:
    """Join moments of different correlations."""
    return _joined(parts, axis=0)


def _side_by_side(parts: list[Moments]) -> Moments:
    """Join moments of different draws."""
    return _joined(parts, axis=1)


def _joined(parts: list[Moments], axis: int) -> Moments:
    """Join moments along an axis."""
    names = ("gram", "qe", "ql", "ee", "le", "ll")
    return Moments(*(np.concatenate([getattr(part, name) for part in parts], axis=axis) for name in names))
