"""Ordered responses, R's ``polr``: P(Y <= j) = F(zeta_j - x'b)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.mediators import MediatorLaw
from pymediation.engine.scale import IDENTITY, FunctionScale
from pymediation.fits.cumulative import category_probabilities, get_distribution
from pymediation.fits.ordered import OrderedFit, fit_ordered
from pymediation.fits.ordered_replicates import AbsentCategories, fit_ordered_replicates
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

__all__ = ["ordered_kind"]

FloatArray = NDArray[np.float64]


def ordered_kind(method: str, n_categories: int, absent: AbsentCategories = "fail") -> ModelKind:
    """Return the kind of a model of ordered categories, whose design has no intercept.

    As mediator a category is drawn; simulations draw the coefficients and hold the thresholds at their
    estimates, as R does. As outcome effects are on the probability of each category, by bootstrap.

    Parameters
    ----------
    method : {"logistic", "probit", "loglog", "cloglog", "cauchit"}
        Distribution, by R's name.
    n_categories : int
        K, three or more.
    absent : {"fail", "keep", "fewer"}
        What happens to a resample that lacks a category: R stops for a mediator and keeps the category of an
        outcome.
    """
    distribution = get_distribution(method)

    def probabilities(eta: FloatArray, zeta: FloatArray) -> FloatArray:
        return category_probabilities(eta, zeta, method)

    def refit(rows: ModelRows, counts: Counts, drawn: Drawn) -> Refitted:
        vanishing = np.zeros(rows.X.shape[1], dtype=bool)
        fits = fit_ordered_replicates(
            *(rows.y.astype(np.intp), rows.X, n_categories, method, counts, rows.weights, rows.offset),
            absent=absent,
            level_columns=vanishing,
        )
        return Refitted(fits.coef, fits.zeta, fits.reason)

    law = MediatorLaw("categories", probabilities=probabilities, n_values=n_categories)
    simulated = method in ("logistic", "probit")

    return ModelKind(
        name=f"ordered ({method})",
        fit=lambda rows: fit_ordered(
            rows.y.astype(np.intp), rows.X, n_categories, method, rows.weights, rows.offset
        ),
        refit=refit,
        scale=FunctionScale(method, distribution.cdf),
        centre=IDENTITY,
        law=lambda rows: law,
        parameter=lambda rows, fit: fit.zeta,
        coefficients=_coefficient_law if simulated else None,
        split=all_coefficients,
        surface=lambda coef, zeta: np.concatenate([coef, zeta], axis=1),
        mean="positive",
        n_categories=n_categories,
        scale_words="the probability of each category",
        separated=lambda fit: fit.separation,
        robust="R ignores it for ordered models; use a bootstrap",
    )


def _coefficient_law(rows: ModelRows, fit: OrderedFit, choice: CovarianceChoice) -> CoefficientLaw:
    """Return the law of the coefficients; thresholds are not drawn."""
    return CoefficientLaw(fit.coef, fit.coef_cov)
