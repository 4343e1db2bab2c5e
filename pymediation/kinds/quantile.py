"""Linear quantile regression, R's ``rq``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.mediators import MediatorLaw
from pymediation.engine.scale import IDENTITY
from pymediation.errors import NotEstimableError
from pymediation.fits.quantile import fit_quantile, nid_cov
from pymediation.fits.quantile_path import quantile_at_levels_replicates
from pymediation.fits.quantile_replicates import fit_quantile_replicates
from pymediation.kinds.base import CoefficientLaw, Counts, Drawn, ModelKind, Refitted, all_coefficients
from pymediation.rows import ModelRows

__all__ = ["quantile_kind"]

FloatArray = NDArray[np.float64]


def quantile_kind(tau: float) -> ModelKind:
    """Return the kind of a quantile regression.

    As outcome it reports effects on the conditional quantile. As mediator it is drawn, in the bootstrap, by
    inverse transform sampling: a quantile at a random level, each level a regression of its own on the
    resample.

    Parameters
    ----------
    tau : float
        The quantile, between 0 and 1.
    """

    def law(rows: ModelRows) -> MediatorLaw:
        def quantiles(levels: FloatArray, counts: NDArray[np.integer]) -> FloatArray:
            fits = quantile_at_levels_replicates(rows.y, rows.X, levels, counts, rows.weights)
            if fits.failed.any():
                first = int(np.argmax(fits.failed))
                raise NotEstimableError(
                    f"The mediator's quantiles cannot be estimated: {fits.reason[first]}."
                )
            return fits.coef

        return MediatorLaw("quantiles", quantiles=quantiles)

    def refit(rows: ModelRows, counts: Counts, drawn: Drawn) -> Refitted:
        fits = fit_quantile_replicates(rows.y, rows.X, tau, counts, rows.weights, rows=drawn)
        return Refitted(fits.coef, np.asarray(counts), fits.reason)

    return ModelKind(
        name=f"quantile (tau = {tau:g})",
        fit=lambda rows: fit_quantile(rows.y, rows.X, tau, rows.weights),
        refit=refit,
        scale=IDENTITY,
        centre=IDENTITY,
        law=law,
        parameter=lambda rows, fit: np.ones(rows.n, dtype=np.intp),
        coefficients=lambda rows, fit, choice: CoefficientLaw(
            fit.coef, nid_cov(rows.y, rows.X, tau, rows.weights)
        ),
        split=all_coefficients,
        one_set=True,
        law_of_resample=True,
        scale_words=f"the quantile {tau:g} of the outcome",
        robust="the covariance of a quantile regression is robust already",
    )
