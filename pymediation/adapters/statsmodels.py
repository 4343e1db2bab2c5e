"""Read fitted statsmodels results: the classes of `SUPPORTED`.

The estimates drawn from are not those of the object but R's, from :mod:`pymediation.fits`: the two differ in
starting values, stopping rules and (for ``Probit``) in the kind of information matrix. They must agree to
within a small part of a standard error, which proves that the object was read correctly.
"""

from __future__ import annotations

from typing import Any, cast, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.adapters.data import ModelData, read_data
from pymediation.adapters.families import family_of
from pymediation.adapters.proof import disagreement, not_reproduced
from pymediation.errors import ArgumentError, NotEstimableError, UnsupportedModelError
from pymediation.fits.count_laws import CountLaw, generalized_poisson, negative_binomial
from pymediation.fits.cumulative import OrderedMethod, get_distribution
from pymediation.fits.ordered import MIN_LEVELS
from pymediation.fitted import FittedModel, Role
from pymediation.kinds import (
    ModelKind,
    count_kind,
    glm_kind,
    linear_kind,
    nominal_kind,
    ordered_kind,
    quantile_kind,
)

__all__ = ["SUPPORTED", "adapt"]

FloatArray = NDArray[np.float64]

SUPPORTED = (
    *("OLS", "WLS", "GLM", "GLMGam", "Logit", "Probit", "Poisson", "OrderedModel", "QuantReg", "MNLogit"),
    *("NegativeBinomial", "NegativeBinomialP", "GeneralizedPoisson", "MixedLM"),
)

# Where distributions of OrderedModel, which may be any of scipy's or the user's, are compared with R's.
_ORDERED_AT = np.array([-2.0, -0.5, 0.0, 0.7, 1.5])
_ORDERED_DIGITS = 1e-10  # closed forms against scipy's, or against integrals of a density

# Classes that are near, with what to do instead.
_CORRELATED = "rows with correlated errors cannot be resampled or averaged one by one; use OLS with cluster="
_COUNTS = (
    "use NegativeBinomial or GeneralizedPoisson for an outcome, GLM with a Poisson family for a mediator"
)
_VARIATIONAL = (
    "fit_vb() leaves out the correlations of coefficients, so that standard errors are far too small, and "
    "fit_map() takes a joint mode, which shrinks groups together; use glmer() of pymediation.r, or give "
    "estimates of another fit as a MixedFit"
)
_REFUSED = {
    "GLS": _CORRELATED,
    "GLSAR": _CORRELATED,
    "BinomialBayesMixedGLM": _VARIATIONAL,
    "PoissonBayesMixedGLM": _VARIATIONAL,
    "GEE": "use GLM with cluster= for standard errors that allow for clusters",
    "RLM": "use OLS with robustSE=True",
    "PHReg": "a proportional hazards model has no outcome scale to average; use a parametric survival model",
    "LogitGam": "use GLMGam with family=sm.families.Binomial()",
    "ZeroInflatedPoisson": _COUNTS,
    "ZeroInflatedNegativeBinomialP": _COUNTS,
    "ZeroInflatedGeneralizedPoisson": _COUNTS,
    "HurdleCountModel": _COUNTS,
    "TruncatedLFPoisson": _COUNTS,
    "TruncatedLFNegativeBinomialP": _COUNTS,
}


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
        A fit that did not converge.
    """
    name = type(result.model).__name__
    _refuse_states(result, name, role)
    if name == "GLMGam":
        from pymediation.adapters.gam import adapt_gam

        return adapt_gam(result, role, follow)
    if name == "MixedLM":
        from pymediation.adapters.mixedlm import adapt_mixedlm

        return adapt_mixedlm(result, role, follow)
    kind, label = _kind(result, name, role)
    data = read_data(result, role, follow)
    try:
        fit = kind.fit(data.rows)
    except (ArgumentError, NotEstimableError) as error:
        text = error.message.removesuffix(".")
        raise type(error)(f"The {role} model ({label}) cannot be estimated: {text}.") from error
    _prove(result, fit, data, kind, name, role)
    covariance, cov_type = (None, "nonrobust") if kind.robust else _chosen_covariance(result, data, role)
    return FittedModel.of(
        data.rows,
        role=role,
        label=label,
        kind=kind,
        fit=fit,
        source=result,
        covariance=covariance,
        cov_type=cov_type,
    )


def _refuse_states(result: Any, name: str, role: Role) -> None:
    """Refuse classes and states from which no sampling distribution can be read."""
    base = next((cls.__name__ for cls in type(result.model).__mro__ if cls.__name__ in SUPPORTED), None)
    exact = name if name in SUPPORTED else (base if hasattr(result.model, "model_frame") else None)
    if exact is None:
        why = f" ({_REFUSED[name]})" if name in _REFUSED else ""
        msg = (
            f"The {role} model is a statsmodels {name}, which is not supported{why}. Supported: "
            f"{', '.join(SUPPORTED)}."
        )
        raise UnsupportedModelError(msg)
    if "Regularized" in type(result).__name__ or type(result).__name__.startswith("L1"):
        msg = (
            f"The {role} model was fitted with fit_regularized(). Penalised estimates have no sampling "
            "covariance to draw from; fit it with .fit()."
        )
        raise UnsupportedModelError(msg)
    if result.model.exog is None or result.model.endog is None:
        msg = (
            f"The data of the {role} model were removed by remove_data(). Refit it, or call mediate() before "
            "removing them."
        )
        raise UnsupportedModelError(msg)
    if getattr(result, "k_constr", 0):
        msg = (
            f"The {role} model was fitted with fit_constrained(). Constrained estimates are not supported; "
            "drop the terms instead."
        )
        raise UnsupportedModelError(msg)


def _kind(result: Any, name: str, role: Role) -> tuple[ModelKind, str]:
    """Return how R would fit this model, and what to call it in messages."""
    if any(cls.__name__ in ("OLS", "WLS") for cls in type(result.model).__mro__):
        return linear_kind(), f"statsmodels {name}"
    if name == "QuantReg":
        return quantile_kind(float(result.q)), f"statsmodels {name} (tau = {result.q:g})"
    if name == "OrderedModel":
        return _ordered_kind(result.model, role)
    if name == "MNLogit":
        return _nominal_kind(int(result.model.J), role)
    law = _count_law(result.model, name)
    if law is not None:
        return count_kind(law), f"statsmodels {name} ({law.name})"
    attached = getattr(result.model, "r_family", None)
    family = attached if attached is not None else family_of(result, name, role)
    return glm_kind(family), f"statsmodels {name} ({family.name}, {family.link.name})"


def _ordered_kind(model: Any, role: Role) -> tuple[ModelKind, str]:
    """Return the kind of an ordered model with a distribution that R has too."""
    method, n_categories = _ordered_method(model.distr), int(model.k_levels)
    if method is None:
        msg = (
            f"The {role} model is an OrderedModel with the distribution {model.distr.name!r}; supported are "
            "distr='logit' and 'probit' and, of scipy.stats, gumbel_l (complementary log-log), gumbel_r "
            "(log-log) and cauchy. Fit it with one of these."
        )
        raise UnsupportedModelError(msg)
    if n_categories < MIN_LEVELS:
        msg = (
            f"The {role} model is an OrderedModel of {n_categories} levels. Fit a Logit or Probit model to "
            "two levels."
        )
        raise UnsupportedModelError(msg)
    kind = ordered_kind(method, n_categories, "fail" if role == "mediator" else "keep")
    return kind, f"statsmodels OrderedModel ({method})"


def _ordered_method(distribution: Any) -> OrderedMethod | None:
    """Return R's name of a distribution, found by its values; None where R does not have it."""
    values = distribution.cdf(_ORDERED_AT)
    for method in get_args(OrderedMethod):
        if np.allclose(values, get_distribution(method).cdf(_ORDERED_AT), rtol=0, atol=_ORDERED_DIGITS):
            return cast(OrderedMethod, method)
    return None


def _nominal_kind(n_categories: int, role: Role) -> tuple[ModelKind, str]:
    """Return the kind of a multinomial model of three categories or more."""
    if n_categories < MIN_LEVELS:
        msg = (
            f"The {role} model is an MNLogit of {n_categories} levels. Fit a Logit or Probit model to two "
            "levels."
        )
        raise UnsupportedModelError(msg)
    return nominal_kind(n_categories), f"statsmodels MNLogit ({n_categories} categories)"


def _count_law(model: Any, name: str) -> CountLaw | None:
    """Return the distribution of a model of counts with a dispersion; None for other models."""
    if name == "NegativeBinomialP":
        return negative_binomial(float(model.parameterization))
    if name == "GeneralizedPoisson":
        return generalized_poisson(1 + float(model.parameterization))  # statsmodels keeps P - 1
    if name != "NegativeBinomial":
        return None
    method = str(model.loglike_method)
    return negative_binomial(1.0 if method == "nb1" else 2.0, 1.0 if method == "geometric" else None)


def _order(result: Any, data: ModelData) -> NDArray[np.intp]:
    """Return where each estimate is in the object's covariance: columns in R's order, then other parameters.

    Estimates with a column for each category are in the covariance column by column.
    """
    shape, k = np.shape(result.params), data.permutation.size
    blocks = shape[1] if len(shape) == 2 else 1
    columns = (k * np.arange(blocks)[:, np.newaxis] + data.permutation).ravel()
    return np.concatenate([columns, np.arange(columns.size, np.prod(shape, dtype=int))])


def _prove(result: Any, fit: Any, data: ModelData, kind: ModelKind, name: str, role: Role) -> None:
    """Require that the object's own estimates are those of the rows that were read."""
    if kind.separated(fit) or fit.aliased.any() or name == "QuantReg":
        return  # where each program stops on the way to infinity, or among equal solutions, is arbitrary
    estimates = np.asarray(result.params, dtype=float).T.ravel()
    given = data.sign * estimates[_order(result, data)][: fit.coef.size]
    worst = disagreement(given, fit.coef, fit.cov)
    if worst is None or not kind.determined(fit):
        return
    if not (fit.converged and _converged(result)):
        msg = (
            f"The {role} model ({name}) did not converge. Refit it with more iterations, .fit(maxiter=...), "
            "or with covariates on similar scales."
        )
        raise NotEstimableError(msg)
    parameter = f"the coefficient of {data.rows.design.names[worst % data.permutation.size]!r}"
    raise UnsupportedModelError(not_reproduced(role, name, parameter, given[worst], fit.coef[worst]))


def _converged(result: Any) -> bool:
    """Read the convergence flag of a GLM or discrete result; least squares always converges."""
    retvals = getattr(result, "mle_retvals", None)
    if isinstance(retvals, dict) and "converged" in retvals:
        return bool(retvals["converged"])
    return bool(getattr(result, "converged", True))


def _chosen_covariance(result: Any, data: ModelData, role: Role) -> tuple[FloatArray | None, str]:
    """Return the robust covariance that the user asked for at fit time, if any."""
    cov_type = str(getattr(result, "cov_type", "nonrobust"))
    if cov_type == "nonrobust":
        return None, cov_type
    order = _order(result, data)
    covariance = np.asarray(pd.DataFrame(result.cov_params()), dtype=float)[np.ix_(order, order)]
    if not np.all(np.isfinite(covariance)):
        msg = (
            f"The {role} model was fitted with cov_type={cov_type!r}, and its covariance has missing values. "
            "Refit it without cov_type, and use robustSE=True or cluster= in mediate()."
        )
        raise NotEstimableError(msg)
    return covariance, cov_type
