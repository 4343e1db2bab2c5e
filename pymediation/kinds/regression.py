"""Linear and generalised linear models."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.mediators import NORMAL_ERRORS, law_of
from pymediation.families import Family, get_family
from pymediation.fits import (
    LinearFit,
    ReplicateFits,
    cluster_cov,
    fit_glm,
    fit_glm_replicates,
    fit_ols,
    fit_ols_replicates,
    gamma_shape,
    gamma_shape_replicates,
    hc_cov,
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

__all__ = ["glm_kind", "linear_kind", "replicate_parameter"]

FloatArray = NDArray[np.float64]


def linear_kind() -> ModelKind:
    """Return the kind of a least-squares model, R's ``lm``."""
    family = get_family("gaussian", "identity")

    def refit(rows: ModelRows, counts: Counts, drawn: Drawn) -> Refitted:
        vanishing = np.zeros(rows.X.shape[1], dtype=bool)
        fits = fit_ols_replicates(
            rows.y, rows.X, counts, rows.prior_weights, rows.offset, level_columns=vanishing
        )
        return Refitted(fits.coef, np.sqrt(fits.dispersion), fits.reason)

    return ModelKind(
        name="linear",
        fit=lambda rows: fit_ols(rows.y, rows.X, rows.prior_weights, rows.offset),
        refit=refit,
        scale=family.link,
        centre=family.link,
        law=lambda rows: NORMAL_ERRORS,
        parameter=lambda rows, fit: np.sqrt(np.asarray(fit.dispersion)),
        coefficients=lambda rows, fit, choice: _law(rows, fit, choice, None),
        split=all_coefficients,
        determined=_determined,
        separated=lambda fit: fit.separation,
        one_set=True,
        gaussian=True,
        mean="real",
    )


def glm_kind(family: Family) -> ModelKind:
    """Return the kind of a generalised linear model.

    Parameters
    ----------
    family : Family
        Distribution and link.
    """
    gaussian = family.name == "gaussian"
    law = law_of(family)

    def refit(rows: ModelRows, counts: Counts, drawn: Drawn) -> Refitted:
        vanishing = np.zeros(rows.X.shape[1], dtype=bool)
        fits = fit_glm_replicates(
            rows.y, rows.X, family, counts, rows.prior_weights, rows.offset, level_columns=vanishing
        )
        return Refitted(fits.coef, replicate_parameter(rows, family, counts, fits), fits.reason)

    return ModelKind(
        name=f"glm ({family.name}, {family.link.name})",
        fit=lambda rows: fit_glm(rows.y, rows.X, family, rows.prior_weights, rows.offset),
        refit=refit,
        scale=family.link,
        centre=family.link,
        law=None if law is None else lambda rows: law,
        parameter=lambda rows, fit: np.asarray(_parameter(rows, family, fit)),
        coefficients=lambda rows, fit, choice: _law(rows, fit, choice, family),
        split=all_coefficients,
        determined=_determined,
        separated=lambda fit: fit.separation,
        one_set=gaussian and family.link.name == "identity",
        binary=family.name == "binomial",
        gaussian=gaussian,
        mean="real" if gaussian else "positive",
    )


def _determined(fit: LinearFit) -> bool:
    """Whether rows are left to estimate the variation from."""
    return fit.df_residual >= 1 or bool(np.isfinite(fit.dispersion))


def _parameter(rows: ModelRows, family: Family, fit: Any) -> float:
    """Return the family's second parameter as mediators are drawn with it."""
    if family.name == "Gamma":
        return gamma_shape(rows.y, fit.fitted, rows.prior_weights, fit.deviance, fit.df_residual)
    if family.name == "gaussian":
        return float(np.sqrt(fit.dispersion))
    return float(1 / fit.dispersion)


def replicate_parameter(
    rows: ModelRows, family: Family, counts: NDArray[np.integer], fits: ReplicateFits
) -> FloatArray:
    """Return the family's second parameter in each replicate."""
    if family.name == "Gamma":
        return gamma_shape_replicates(rows.y, rows.X, family, counts, fits, rows.prior_weights, rows.offset)
    return np.sqrt(fits.dispersion) if family.name == "gaussian" else 1 / fits.dispersion


def _law(rows: ModelRows, fit: Any, choice: CovarianceChoice, family: Family | None) -> CoefficientLaw:
    """Return the law of the coefficients; `family` is None for least squares."""
    return CoefficientLaw(fit.coef, _covariance(rows, fit, choice, family))


def _covariance(
    rows: ModelRows, fit: LinearFit, choice: CovarianceChoice, family: Family | None
) -> FloatArray:
    """Choose the covariance: robust or clustered if asked for, else the fit's own, else model-based."""
    if choice.robust_type is not None:
        return hc_cov(fit, rows.X, choice.robust_type)
    if choice.cluster is None:
        return fit.cov if choice.chosen is None else choice.chosen
    if family is not None and choice.working_weights:
        fit = fit_glm(rows.y, rows.X, family, fit.working_weights, rows.offset)
    return cluster_cov(fit, rows.X, choice.cluster, linear_model=family is None)
