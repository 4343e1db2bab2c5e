"""Fit a mixed model to rows that know their groups."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import gammaln, xlog1py, xlogy

from pymediation.families import Family
from pymediation.fits.glmm import fit_glmm
from pymediation.fits.lmm import fit_lmm
from pymediation.fits.mixed import MixedModelFit
from pymediation.fits.mixed_covariance import CovarianceShape
from pymediation.rows import ModelRows

__all__ = ["fit_mixed", "saturated_loglik"]


def fit_mixed(rows: ModelRows, family: Family | None, *, reml: bool = True) -> MixedModelFit:
    """Fit the linear mixed model of some rows, or with a family the generalised one.

    Parameters
    ----------
    rows : ModelRows
        With a grouping.
    family : Family or None
        None for a linear model.
    reml : bool
        Linear models: by restricted maximum likelihood, or else by full.
    """
    grouping = rows.grouping
    if grouping is None:  # pragma: no cover - asked of mixed models only
        raise TypeError
    # In units of their own size the columns' standard deviations are comparable, and so is what counts as 0.
    units = np.sqrt(np.mean(grouping.Z**2, axis=0))
    units[units == 0] = 1.0
    given = (rows.y, rows.X, grouping.Z / units, grouping.codes, len(grouping.levels), grouping.blocks)
    if family is None:
        fit = fit_lmm(*given, rows.weights, rows.offset, reml=reml)
    else:
        fit = fit_glmm(*given, family, rows.prior_weights, rows.offset)
    return replace(
        fit,
        modes=fit.modes / units,
        cond_sd=fit.cond_sd / units,
        theta=fit.theta / units[CovarianceShape.of_blocks(grouping.blocks).rows],
        varcorr=fit.varcorr / np.outer(units, units),
    )


def saturated_loglik(rows: ModelRows, family: Family) -> float:
    """Return the log-likelihood of means that are the responses, with R's constants."""
    y = rows.y
    w = np.ones_like(y) if rows.prior_weights is None else rows.prior_weights
    if family.name == "poisson":
        return float(np.sum(w * (xlogy(y, y) - y - gammaln(y + 1))))
    whole = w * y
    inside = gammaln(w + 1) - gammaln(whole + 1) - gammaln(w - whole + 1)
    return float(np.sum(inside + xlogy(whole, y) + xlog1py(w - whole, -y)))
