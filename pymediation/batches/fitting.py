"""Fit the models of an analysis by their family, with R's estimates."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pymediation.batches.grid import Specification, mediator_formula, outcome_formula
from pymediation.batches.request import Batch
from pymediation.formula.text import name_text
from pymediation.rmodels import binomial, glm, lm, polr, rq, tobit, vglm

__all__ = ["fit_models"]


def fit_models(specification: Specification, batch: Batch) -> tuple[Any, Any]:
    """Fit the mediator model and the outcome model of one analysis.

    Parameters
    ----------
    specification : Specification
    batch : Batch

    Returns
    -------
    tuple of two fits of :mod:`pymediation.rmodels`
    """
    data = batch.datasets[specification.dataset]
    families, taus = batch.families, batch.taus
    to_mediator = mediator_formula(specification, batch.covariates)
    to_outcome = outcome_formula(specification, batch.covariates, interaction=batch.interaction)
    return (
        _fit(families[0], to_mediator, specification.mediator, data, batch, taus[0]),
        _fit(families[1], to_outcome, specification.outcome, data, batch, taus[1]),
    )


def _fit(family: str, formula: str, response: str, data: pd.DataFrame, batch: Batch, tau: float) -> Any:
    """Fit one model."""
    weights = None if batch.weights is None else name_text(batch.weights)
    if family == "binomial":
        return glm(formula, binomial("probit"), data, weights=weights)
    if family == "quantile":
        return rq(formula, tau, data)
    if family == "oprobit":
        return polr(formula, _with_categories(data, response), weights=weights, method="probit")
    if family == "tobit":
        lower, upper = batch.limits
        return vglm(formula, tobit(Lower=lower, Upper=upper), data, weights=weights)
    # R fits a gaussian glm, which has the same estimates; only of lm() a sensitivity analysis is defined.
    return lm(formula, data, weights=weights)


def _with_categories(data: pd.DataFrame, response: str) -> pd.DataFrame:
    """Make the response of an ordered model a factor, numbers in ascending order."""
    if not pd.api.types.is_numeric_dtype(data[response]):
        return data
    return data.assign(**{response: pd.Categorical(data[response], ordered=True)})
