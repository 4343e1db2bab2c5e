"""Unordered categories, the multinomial logit model: P(M = j) is proportional to exp(x'b_j)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.mediators import MediatorLaw
from pymediation.engine.scale import IDENTITY
from pymediation.fits.likelihood import sandwich
from pymediation.fits.multinomial import (
    MultinomialFit,
    fit_multinomial,
    fit_multinomial_replicates,
    multinomial_probabilities,
)
from pymediation.kinds.base import (
    CoefficientLaw,
    Counts,
    CovarianceChoice,
    Drawn,
    ModelKind,
    Refitted,
    all_coefficients,
)
from pymediation.rows import ModelRows

__all__ = ["nominal_kind"]

FloatArray = NDArray[np.float64]


def nominal_kind(n_categories: int) -> ModelKind:
    """Return the kind of a mediator of K unordered categories, of which one is drawn.

    Coefficients are those of category 1, then those of category 2, ...; category 0 is the reference.

    Parameters
    ----------
    n_categories : int
        K, three or more.
    """
    law = MediatorLaw(
        "categories",
        probabilities=lambda eta, _parameter: multinomial_probabilities(eta),
        n_values=n_categories,
        n_predictors=n_categories - 1,
    )

    def refit(rows: ModelRows, counts: Counts, drawn: Drawn) -> Refitted:
        vanishing = np.zeros(rows.X.shape[1], dtype=bool)
        fits = fit_multinomial_replicates(rows.y, rows.X, n_categories, counts, level_columns=vanishing)
        return Refitted(fits.coef, np.empty((len(counts), 0)), fits.reason)

    return ModelKind(
        name="nominal",
        fit=lambda rows: fit_multinomial(rows.y, rows.X, n_categories),
        refit=refit,
        scale=IDENTITY,
        centre=IDENTITY,
        law=lambda rows: law,
        parameter=lambda rows, fit: np.empty(0),
        coefficients=_coefficient_law,
        split=all_coefficients,
        separated=lambda fit: fit.separation,
        nominal=True,
    )


def _coefficient_law(rows: ModelRows, fit: MultinomialFit, choice: CovarianceChoice) -> CoefficientLaw:
    """Return the law of all coefficients."""
    if choice.robust_type is not None or choice.cluster is not None:
        return CoefficientLaw(fit.coef, sandwich(fit.cov, fit.scores, choice.robust_type, choice.cluster))
    return CoefficientLaw(fit.coef, fit.cov if choice.chosen is None else choice.chosen)
