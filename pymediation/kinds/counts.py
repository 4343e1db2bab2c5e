"""Counts with an estimated dispersion: negative binomial and generalised Poisson regressions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.scale import IDENTITY
from pymediation.errors import NotEstimableError
from pymediation.families import get_family
from pymediation.fits.count_laws import CountLaw
from pymediation.fits.counts import CountFit, fit_count_replicates, fit_counts
from pymediation.fits.likelihood import sandwich
from pymediation.kinds.base import CoefficientLaw, Counts, CovarianceChoice, Drawn, ModelKind, Refitted
from pymediation.rows import ModelRows

__all__ = ["count_kind"]

FloatArray = NDArray[np.float64]


def count_kind(law: CountLaw) -> ModelKind:
    """Return the kind of an outcome of counts, whose mean is the exponential of the linear predictor.

    Simulations draw the coefficients and the dispersion from their joint normal distribution; the mean needs
    the coefficients alone.

    Parameters
    ----------
    law : CountLaw
        Distribution of the counts.
    """

    def refit(rows: ModelRows, counts: Counts, drawn: Drawn) -> Refitted:
        vanishing = np.zeros(rows.X.shape[1], dtype=bool)
        fits = fit_count_replicates(rows.y, rows.X, law, counts, rows.offset, level_columns=vanishing)
        return Refitted(fits.coef, fits.alpha, fits.reason)

    def split(draws: FloatArray) -> tuple[FloatArray, None]:
        return (draws[:, :-1] if law.fixed is None else draws), None

    return ModelKind(
        name=law.name,
        fit=lambda rows: _fit(rows, law),
        refit=refit,
        scale=get_family("poisson", "log").link,
        centre=IDENTITY,
        law=None,
        parameter=lambda rows, fit: np.asarray(fit.alpha),
        coefficients=_coefficient_law,
        split=split,
        separated=lambda fit: fit.separation,
        mean="positive",
    )


def _fit(rows: ModelRows, law: CountLaw) -> CountFit:
    """Fit the model, or say that it is a Poisson model."""
    fit = fit_counts(rows.y, rows.X, law, rows.offset)
    if fit.alpha == 0:
        msg = (
            f"The counts {rows.response.text!r} vary no more than Poisson counts of these means do, so that "
            f"the dispersion of the {law.name} model is at its limit, alpha = 0. Use Poisson, which is that "
            "limit."
        )
        raise NotEstimableError(msg)
    return fit


def _coefficient_law(rows: ModelRows, fit: CountFit, choice: CovarianceChoice) -> CoefficientLaw:
    """Return the joint law of the coefficients and, if it is estimated, the dispersion."""
    if choice.robust_type is None and choice.cluster is None and choice.chosen is not None:
        return CoefficientLaw(fit.parameters, choice.chosen)
    return CoefficientLaw(fit.parameters, sandwich(fit.cov, fit.scores, choice.robust_type, choice.cluster))
