"""Generalised additive models with given penalties, statsmodels' ``GLMGam``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pymediation.families import Family
from pymediation.fits.additive import AdditiveFit, fit_additive, fit_additive_replicates, penalty_root
from pymediation.kinds.base import Counts, Drawn, ModelKind, Refitted
from pymediation.kinds.regression import glm_kind, replicate_parameter
from pymediation.rows import ModelRows

__all__ = ["additive_kind"]

FloatArray = NDArray[np.float64]


def additive_kind(family: Family, penalty: FloatArray) -> ModelKind:
    """Return the kind of an additive model: a generalised linear model with a quadratic penalty.

    It is bootstrapped only, as in R, and refitted with the penalty it came with.

    Parameters
    ----------
    family : Family
        Distribution and link.
    penalty : ndarray, shape (w, w)
        Penalty of the last w columns of the design.
    """
    own_root = penalty_root(penalty)

    def root(rows: ModelRows) -> FloatArray:
        unpenalised = rows.X.shape[1] - own_root.shape[1]
        return np.pad(own_root, ((0, 0), (unpenalised, 0)))

    def fit(rows: ModelRows) -> AdditiveFit:
        return fit_additive(rows.y, rows.X, root(rows), family, rows.prior_weights, rows.offset)

    def refit(rows: ModelRows, counts: Counts, drawn: Drawn) -> Refitted:
        fits = fit_additive_replicates(
            rows.y, rows.X, root(rows), family, counts, rows.prior_weights, rows.offset
        )
        return Refitted(fits.coef, replicate_parameter(rows, family, counts, fits), fits.reason)

    return replace(
        glm_kind(family),
        name=f"gam ({family.name}, {family.link.name})",
        fit=fit,
        refit=refit,
        coefficients=None,
        additive=True,
    )
