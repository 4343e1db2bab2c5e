"""Parametric survival models, R's ``survreg``: g^-1(T) = x'b + scale * W."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.mediators import MediatorLaw
from pymediation.engine.scale import IDENTITY, FunctionScale
from pymediation.fits.survival import fit_survival
from pymediation.fits.survival_distributions import get_survival_distribution
from pymediation.fits.survival_replicates import fit_survival_replicates
from pymediation.kinds.base import CoefficientLaw, Counts, Drawn, ModelKind, Refitted
from pymediation.kinds.scales import survival_footnote, survival_scales, survival_words
from pymediation.rows import ModelRows

__all__ = ["survival_kind"]

FloatArray = NDArray[np.float64]


def survival_kind(dist: str, scale: float | None = None) -> ModelKind:
    """Return the kind of a parametric survival model.

    Effects on a survival outcome are on the scale g(x'b), as R's are: for log times that is the exponential
    of the linear predictor, which is not the mean time. The mean and others are among its `scales`.

    Parameters
    ----------
    dist : str
        R's name of the distribution.
    scale : float, optional
        A scale that is fixed, not estimated.
    """
    distribution = get_survival_distribution(dist)
    estimated = scale is None and distribution.fixed_scale is None
    law = MediatorLaw(
        "shared",
        errors=distribution.draw_errors,
        transform=distribution.time if distribution.is_log else None,
    )

    def refit(rows: ModelRows, counts: Counts, drawn: Drawn) -> Refitted:
        vanishing = np.zeros(rows.X.shape[1], dtype=bool)
        fits = fit_survival_replicates(
            *(rows.y, rows.event, rows.X, counts, distribution, rows.weights, rows.offset),
            scale=scale,
            level_columns=vanishing,
        )
        return Refitted(fits.coef, fits.scale, fits.reason)

    def split(draws: FloatArray) -> tuple[FloatArray, FloatArray | None]:
        return (draws[:, :-1], np.exp(draws[:, -1])) if estimated else (draws, None)

    return ModelKind(
        name=f"survival ({distribution.name})",
        fit=lambda rows: fit_survival(
            rows.y, rows.event, rows.X, distribution, rows.weights, rows.offset, scale=scale
        ),
        refit=refit,
        scale=FunctionScale("exp", np.exp) if distribution.is_log else IDENTITY,
        centre=IDENTITY,
        law=lambda rows: law,
        parameter=lambda rows, fit: np.asarray(fit.scale),
        coefficients=lambda rows, fit, choice: CoefficientLaw(fit.parameters, fit.cov),
        split=split,
        one_set=distribution.name == "gaussian",
        robust="R ignores it for survival models; use a bootstrap",
        scale_words=survival_words(distribution),
        footnote=survival_footnote(distribution),
        scales=survival_scales(distribution),
    )
