"""Regressions of an outcome with a correction term, for all correlations and draws at a time.

The outcome less sigma rho lambda, the mean of its error, is regressed with weights until sigma settles.
Nothing is regressed again, though: as the response is linear in sigma, the iteration is a recursion on one
number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import NotEstimableError
from pymediation.sensitivity.moments import Moments

__all__ = ["Rounds", "iterate", "multiplied"]

FloatArray = NDArray[np.float64]

# Share of its square below which what the design leaves of the correction term is rounding: R drops a column
# of which less than 1e-7 is left, that is 1e-14 of its square, which cannot be told from rounding in sums.
_NOTHING_LEFT = 1e-13
_MOST_STEPS = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Rounds:
    """The last round of regressions, for each of L correlations and S draws.

    Attributes
    ----------
    coef : ndarray, shape (L, S, k)
        Coefficients in the basis, measured from least squares.
    sigma, previous : ndarray, shape (L, S)
        Residual standard error of the round, and the one it started from.
    gram_inverse : ndarray, shape (L, S, k, k)
        Inverse of the weighted cross-products of the basis.
    """

    coef: FloatArray
    sigma: FloatArray
    previous: FloatArray
    gram_inverse: FloatArray


def multiplied(parts: tuple[Moments, Moments], rho: FloatArray) -> Moments:
    """Return the moments with the weights q at each correlation.

    Parameters
    ----------
    parts : tuple of two Moments
        What `multiplied_moments` returned.
    rho : ndarray, shape (L,)
    """
    plain, curved = parts
    r2 = rho[:, None] ** 2
    return Moments(
        gram=plain.gram - r2[..., None, None] * curved.gram,
        qe=plain.qe - r2[..., None] * curved.qe,
        ql=plain.ql - r2[..., None] * curved.ql,
        ee=plain.ee - r2 * curved.ee,
        le=plain.le - r2 * curved.le,
        ll=plain.ll - r2 * curved.ll,
    )


def iterate(moments: Moments, df_residual: int, rho: FloatArray, eps: float) -> Rounds:
    """Iterate the regressions of all correlations and draws until each has settled.

    Parameters
    ----------
    moments : Moments
    df_residual : int
        Rows of positive weight less columns.
    rho : ndarray, shape (L,)
    eps : float
        A regression is the last one when sigma changes by no more than this.
    """
    r = rho[:, None]
    inverse = np.asarray(np.linalg.inv(moments.gram), dtype=np.float64)
    on_e, on_d = moments.qe, r[..., None] * moments.ql
    coef_e, coef_d = (np.einsum("lsij,lsj->lsi", inverse, right) for right in (on_e, on_d))
    # Residual products of the response e and the correction term d, given the design.
    ee = moments.ee - np.sum(on_e * coef_e, axis=2)
    ed = r * moments.le - np.sum(on_e * coef_d, axis=2)
    whole = r**2 * moments.ll
    dd = whole - np.sum(on_d * coef_d, axis=2)
    left = dd > _NOTHING_LEFT * whole
    start = np.where(left, ee - ed**2 / np.where(left, dd, 1.0), ee) / (df_residual - left)
    previous, sigma = np.sqrt(start), np.empty_like(ee)
    active, steps = np.ones(ee.shape, dtype=bool), 0
    while active.any():
        old = sigma[active] if steps else previous[active]
        previous[active] = old
        squares = ee[active] - 2 * old * ed[active] + old**2 * dd[active]
        sigma[active] = np.sqrt(squares / df_residual)
        active[active] = np.abs(sigma[active] - old) > eps
        steps += 1
        if steps > _MOST_STEPS:
            msg = (
                f"The regressions of the outcome do not settle within eps={eps:g}; rounding moves the "
                "residual standard error by more. Set a larger eps, such as the default 1.5e-8."
            )
            raise NotEstimableError(msg)
    coef: FloatArray = coef_e - previous[..., None] * coef_d
    return Rounds(coef, sigma, previous, inverse)
