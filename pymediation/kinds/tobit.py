"""Censored normal regression, R's ``vglm(..., tobit())``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.scale import IDENTITY, FunctionScale
from pymediation.fits.tobit import TobitMethod, clipped_mean, fit_tobit, fit_tobit_replicates
from pymediation.kinds.base import CoefficientLaw, Counts, Drawn, ModelKind, Refitted
from pymediation.kinds.scales import tobit_scales
from pymediation.rows import ModelRows

__all__ = ["tobit_kind"]

FloatArray = NDArray[np.float64]


def tobit_kind(lower: float, upper: float) -> ModelKind:
    """Return the kind of a tobit model: an outcome whose values are cut off at limits.

    Effects are on the scale of R: the linear predictor cut off at the limits, which is not the mean of the
    observed response. That is among its `scales`.

    Parameters
    ----------
    lower, upper : float
        The limits, possibly infinite.
    """
    # VGAM's covariance is wrong for other limits; there is no number of R's to equal, its mediate() stops.
    method: TobitMethod = "R" if (lower, upper) in ((0.0, np.inf), (-np.inf, np.inf)) else "newton"

    def refit(rows: ModelRows, counts: Counts, drawn: Drawn) -> Refitted:
        vanishing = np.zeros(rows.X.shape[1], dtype=bool)
        fits = fit_tobit_replicates(
            rows.y, rows.X, counts, lower, upper, rows.weights, level_columns=vanishing
        )
        return Refitted(fits.coef, fits.scale, fits.reason)

    def split(draws: FloatArray) -> tuple[FloatArray, FloatArray]:
        # The second parameter is the log standard deviation.
        return np.delete(draws, 1, axis=1), np.exp(draws[:, 1])

    return ModelKind(
        name=f"tobit ({lower:g} to {upper:g})",
        fit=lambda rows: fit_tobit(rows.y, rows.X, lower, upper, rows.weights, method=method),
        refit=refit,
        scale=FunctionScale("clip", lambda eta: clipped_mean(eta, lower, upper)),
        centre=IDENTITY,
        law=None,
        parameter=lambda rows, fit: np.asarray(fit.sd),
        coefficients=lambda rows, fit, choice: CoefficientLaw(fit.parameters, fit.cov),
        split=split,
        robust="it is not available for tobit models; use boot=True",
        scale_words="x'b cut off at the limits",
        footnote="(Effects on x'b cut off at the limits: not on the mean of the observed response, for which "
        "see outcome_scale)",
        scales=tobit_scales(lower, upper),
    )
