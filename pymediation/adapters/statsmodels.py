"""Read fitted statsmodels results: OLS, WLS, GLM and the discrete Logit, Probit and Poisson.

The estimates drawn from are not those of the object but R's, from :mod:`pymediation.fits`: the two differ in
starting values, stopping rules and (for ``Probit``) in the kind of information matrix. They must agree to
within a small part of a standard error, which proves that the object was read correctly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.adapters.data import ModelData, read_data
from pymediation.adapters.families import family_of
from pymediation.errors import NotEstimableError, UnsupportedModelError
from pymediation.families import Family
from pymediation.fits import LinearFit
from pymediation.fitted import FittedModel, Role, fit_rows

__all__ = ["SUPPORTED", "adapt"]

FloatArray = NDArray[np.float64]

SUPPORTED = ("OLS", "WLS", "GLM", "Logit", "Probit", "Poisson")

# Classes that are near, with what to do instead.
_REFUSED = {
    "GLS": "rows with correlated errors cannot be resampled or averaged one by one; use WLS, or OLS with "
    "cluster=",
    "GLSAR": "rows with correlated errors cannot be resampled or averaged one by one; use OLS with cluster=",
    "PHReg": "a proportional hazards model has no outcome scale to average; use a parametric survival model",
    "MNLogit": "a mediator or outcome with several unordered levels is not supported",
    "GEE": "use GLM with cluster= for standard errors that allow for clusters",
}

# Own estimates and the object's may differ by this many standard errors (measured: at most 0.0013).
_AGREEMENT = 0.05


@dataclass(frozen=True, slots=True)
class _Kind:
    """What decides how the rows are fitted."""

    name: str
    linear: bool
    family: Family


def adapt(result: Any, role: Role, follow: tuple[str, ...] = ()) -> FittedModel:
    """Read one fitted statsmodels result.

    Parameters
    ----------
    result : statsmodels results object
    role : {"mediator", "outcome"}
    follow : tuple of str
        Columns whose products with others are recomputed (models fitted from columns).

    Returns
    -------
    FittedModel

    Raises
    ------
    UnsupportedModelError
        A class, family or state that cannot be used; the message says why and what to do.
    NotEstimableError
        A rank-deficient design or a fit that did not converge.
    """
    name = type(result.model).__name__
    _refuse_states(result, name, role)
    kind = _kind(result, name, role)
    data = read_data(result, role, follow)
    fit = fit_rows(kind.linear, kind.family, data.y, data.X, data.prior_weights, data.offset)
    _refuse_rank_deficient(fit, data, role)
    _prove(result, fit, data, name, role)
    covariance, cov_type = _chosen_covariance(result, data)
    return FittedModel(
        role=role,
        label=_label(name, kind.family, linear=kind.linear),
        linear=kind.linear,
        family=kind.family,
        design=data.design,
        frame=data.frame,
        X=data.X,
        y=data.y,
        weights=data.weights,
        trials=data.trials,
        offset=data.offset,
        fit=fit,
        response=data.response,
        positions=data.positions,
        index=data.index,
        source=result,
        data_id=data.data_id,
        covariance=covariance,
        cov_type=cov_type,
        formula=data.formula,
    )


def _refuse_states(result: Any, name: str, role: Role) -> None:
    """Refuse classes and states from which no sampling distribution can be read."""
    base = next((cls.__name__ for cls in type(result.model).__mro__ if cls.__name__ in SUPPORTED), None)
    exact = name if name in SUPPORTED else (base if hasattr(result.model, "model_frame") else None)
    if exact is None:
        why = f": {_REFUSED[name]}" if name in _REFUSED else ""
        msg = (
            f"The {role} model is a statsmodels {name}, which is not supported{why}. Supported: "
            f"{', '.join(SUPPORTED)}."
        )
        raise UnsupportedModelError(msg)
    if "Regularized" in type(result).__name__ or type(result).__name__.startswith("L1"):
        msg = (
            f"The {role} model was fitted with fit_regularized(). Penalised estimates have no sampling "
            "covariance "
            "to draw from; fit it with .fit()."
        )
        raise UnsupportedModelError(msg)
    if result.model.exog is None or result.model.endog is None:
        msg = (
            f"The data of the {role} model were removed by remove_data(). Call mediate() before removing "
            "them."
        )
        raise UnsupportedModelError(msg)
    if getattr(result, "k_constr", 0):
        msg = (
            f"The {role} model was fitted with fit_constrained(). Constrained estimates are not supported; "
            "drop the terms instead."
        )
        raise UnsupportedModelError(msg)


def _kind(result: Any, name: str, role: Role) -> _Kind:
    """Return how R would fit this model."""
    attached = getattr(result.model, "r_family", None)
    linear = any(cls.__name__ in ("OLS", "WLS") for cls in type(result.model).__mro__)
    family = attached if attached is not None else family_of(result, name, role)
    return _Kind(name, linear, family)


def _label(name: str, family: Family, *, linear: bool) -> str:
    """Describe the model in messages and reprs."""
    return f"statsmodels {name}" if linear else f"statsmodels {name} ({family.name}, {family.link.name})"


def _refuse_rank_deficient(fit: LinearFit, data: ModelData, role: Role) -> None:
    """Refuse a design whose columns are linearly dependent, naming the redundant ones."""
    if not fit.aliased.any():
        return
    redundant = [name for name, aliased in zip(data.design.names, fit.aliased, strict=True) if aliased]
    msg = (
        f"The design of the {role} model is rank deficient: {', '.join(map(repr, redundant))} can be "
        "written as a "
        "combination of other columns. Remove redundant terms (or empty factor levels) and refit."
    )
    raise NotEstimableError(msg)


def _prove(result: Any, fit: LinearFit, data: ModelData, name: str, role: Role) -> None:
    """Require that the object's own estimates are those of the rows that were read."""
    if fit.separation:
        return  # the maximum is at infinity; where each program stops is arbitrary
    given = data.sign * np.asarray(result.params, dtype=float)[data.permutation]
    gap = np.abs(given - fit.coef) / np.sqrt(np.maximum(np.diag(fit.cov), np.finfo(float).tiny))
    agrees = bool(np.all(gap <= _AGREEMENT) or np.allclose(given, fit.coef, rtol=1e-6, atol=1e-10))
    if agrees:
        return
    if not (fit.converged and _converged(result)):
        msg = (
            f"The {role} model ({name}) did not converge. Refit it with more iterations or better scaled "
            "covariates."
        )
        raise NotEstimableError(msg)
    worst = data.design.names[int(np.nanargmax(gap))]
    msg = (
        f"The {role} model ({name}) cannot be reproduced from its own data: the coefficient of {worst!r} is "
        f"{given[int(np.nanargmax(gap))]:.6g}, a maximum-likelihood fit to the stored rows gives "
        f"{fit.coef[int(np.nanargmax(gap))]:.6g}. Was the data frame changed after the fit, or the fit "
        "penalised? Refit and try again."
    )
    raise UnsupportedModelError(msg)


def _converged(result: Any) -> bool:
    """Read the convergence flag of a GLM or discrete result; least squares always converges."""
    retvals = getattr(result, "mle_retvals", None)
    if isinstance(retvals, dict) and "converged" in retvals:
        return bool(retvals["converged"])
    return bool(getattr(result, "converged", True))


def _chosen_covariance(result: Any, data: ModelData) -> tuple[FloatArray | None, str]:
    """Return the robust covariance that the user asked for at fit time, if any."""
    cov_type = str(getattr(result, "cov_type", "nonrobust"))
    if cov_type == "nonrobust":
        return None, cov_type
    order = data.permutation
    return np.asarray(pd.DataFrame(result.cov_params()), dtype=float)[np.ix_(order, order)], cov_type
