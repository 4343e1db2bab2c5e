"""Read the accelerated failure time models of lifelines: Weibull, log-normal and log-logistic.

They are R's ``survreg`` in other parameters and another order, found by an optimiser that stops earlier. What
is drawn from are our own estimates, with R's numbers; the fitter's must agree with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.adapters.data import ModelData
from pymediation.adapters.lifelines_rows import FittedValues, read_rows
from pymediation.adapters.proof import disagreement, not_reproduced, refuse_unconverged
from pymediation.errors import UnsupportedModelError
from pymediation.fits.survival import SurvivalFit
from pymediation.fits.survival_distributions import get_survival_distribution
from pymediation.fitted import FittedModel, Role
from pymediation.kinds import survival_kind
from pymediation.supplied import ModelWithData
from pymediation.warn import warn

__all__ = ["adapt", "refuse_model"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Fitter:
    """How a class of lifelines writes R's model: its distribution and parameters.

    The ancillary parameter is `sign` times R's log scale; `exact` has lifelines search to the last digits.
    """

    dist: str
    primary: str
    ancillary: str
    sign: float
    exact: str


_FITTERS = {
    "WeibullAFTFitter": _Fitter("weibull", "lambda_", "rho_", -1.0, "{'ftol': 1e-12}"),
    "LogNormalAFTFitter": _Fitter("lognormal", "mu_", "sigma_", 1.0, "{'gtol': 1e-8}"),
    "LogLogisticAFTFitter": _Fitter("loglogistic", "alpha_", "beta_", -1.0, "{'ftol': 1e-12}"),
}

# How far below its maximum lifelines may leave the log-likelihood, per unit of weight: where the optimiser of
# LogLogisticAFTFitter stops (its ftol; measured: 2.3e-7). In standard errors that grows with the rows.
_SHORT = 1e-6

# Classes that are near, with what to do instead.
_HAZARDS = "it models hazards, and effects are averages of times: fit a parametric model of the times"
_NO_REGRESSORS = "it has no regressors, so that nothing can be mediated"
_REFUSED = {
    "UnivariateFitter": _NO_REGRESSORS,
    "CoxPHFitter": _HAZARDS,
    "CoxTimeVaryingFitter": _HAZARDS,
    "AalenAdditiveFitter": _HAZARDS,
    "GeneralizedGammaRegressionFitter": "the Weibull and the log-normal model are its special cases",
    "PiecewiseExponentialRegressionFitter": (
        "for a constant hazard fit pymediation.r.survreg(..., dist='exponential')"
    ),
}


def adapt(result: ModelWithData, role: Role, follow: tuple[str, ...] = ()) -> FittedModel:
    """Read one fitted fitter of lifelines and the data it was fitted to.

    Parameters
    ----------
    result : ModelWithData
        The fitter, beside its data.
    role : {"mediator", "outcome"}
    follow : tuple of str
        Columns whose products with others are recomputed (models fitted without a formula).

    Returns
    -------
    FittedModel

    Raises
    ------
    UnsupportedModelError
        A class or state that cannot be used; the message says why and what to do.
    ArgumentError, UnknownNameError, DataMismatchError
        The data are not those of the fit.
    NotEstimableError
        A fit that has no maximum.
    """
    model: Any = result.model
    refuse_model(model, role)
    name = type(model).__name__
    fitter = _FITTERS[name]
    _refuse_states(model, fitter, role)
    values = _values(model, fitter)
    data = read_rows(result, values, role, follow)
    kind = survival_kind(fitter.dist)
    fit = kind.fit(data.rows)
    refuse_unconverged(fit, role, name)
    _prove(values, fit, data, result, role)
    if model.robust:
        warn(
            f"The {role} model ({name}) was fitted with robust=True, which changes the standard errors that "
            "lifelines prints. Coefficients are drawn with their model-based covariance; boot=True does not "
            "depend on it."
        )
    return FittedModel.of(
        data.rows,
        role=role,
        label=f"lifelines {name}",
        kind=kind,
        fit=fit,
        source=result,
    )


def refuse_model(model: Any, role: Role) -> None:
    """Refuse what no data could make usable: other classes, and fitters that were not fitted.

    Parameters
    ----------
    model : object of lifelines
    role : {"mediator", "outcome"}
    """
    name = type(model).__name__
    if name not in _FITTERS:
        near = [_REFUSED[cls.__name__] for cls in type(model).__mro__ if cls.__name__ in _REFUSED]
        msg = (
            f"The {role} model is a lifelines {name}, which is not supported"
            f"{f' ({near[0]})' if near else ''}. Supported: {', '.join(_FITTERS)}; pymediation.r.survreg() "
            "has further distributions: exponential, rayleigh, gaussian, logistic, extreme and t."
        )
        raise UnsupportedModelError(msg)
    if not hasattr(model, "params_"):
        msg = (
            f"The {role} model is an unfitted {name}, or its fit did not converge. Pass it after a "
            ".fit(data, duration_col=..., event_col=...) that ended without an error."
        )
        raise UnsupportedModelError(msg)


def _refuse_states(model: Any, fitter: _Fitter, role: Role) -> None:
    """Refuse fits that are not R's model."""
    from lifelines.utils import CensoringType

    problem = None
    if not CensoringType.is_right_censoring(model):
        problem = (
            "by fit_left_censoring() or fit_interval_censoring()",
            "Refits and draws are for times that are seen or censored from the right: use .fit()",
        )
    elif model.entry_col is not None:
        problem = (
            f"with entry_col={model.entry_col!r}: the people who left before their entry are not in the data",
            "Effects are averages over all rows; fit without entry_col if everyone was followed from time 0",
        )
    elif list(model.params_[fitter.ancillary].index) != ["Intercept"]:
        problem = (
            f"with regressors of {fitter.ancillary!r} (ancillary=, model_ancillary=True)",
            "R's survreg has one scale for all rows; fit without them",
        )
    elif np.any(np.asarray(model.penalizer) != 0):
        problem = (
            f"with penalizer={model.penalizer!r}, l1_ratio={model.l1_ratio!r}",
            "Penalised estimates have no sampling covariance to draw from; fit with penalizer=0",
        )
    if problem is not None:
        msg = f"The {role} model ({type(model).__name__}) was fitted {problem[0]}. {problem[1]}."
        raise UnsupportedModelError(msg)


def _values(model: Any, fitter: _Fitter) -> FittedValues:
    """Return the fitter's estimates in R's parameters."""
    coef = model.params_[fitter.primary]
    log_scale = fitter.sign * float(model.params_[fitter.ancillary].iloc[0])
    medians = getattr(model, "_predicted_median", None)
    middle = np.exp(log_scale) * get_survival_distribution(fitter.dist).law.quantile(0.5)
    return FittedValues(
        regressors=model.regressors.mappings[fitter.primary],
        names=tuple(coef.index),
        coef=coef.to_numpy(dtype=float),
        log_scale=log_scale,
        linear_predictor=None if medians is None else np.log(medians.to_numpy(dtype=float)) - middle,
    )


def _prove(values: FittedValues, fit: Any, data: ModelData, result: ModelWithData, role: Role) -> None:
    """Require that the fitter's estimates are those of the rows that were read."""
    model: Any = result.model
    own: SurvivalFit = fit
    if own.aliased.any():
        return
    given = np.append(values.coef[data.permutation], values.log_scale)
    worst = disagreement(given, own.parameters, own.cov)
    short = abs(own.loglik - float(model.log_likelihood_)) / float(np.sum(model.weights))
    if worst is None or short <= _SHORT:
        return
    names = [*(f"the coefficient of {column!r}" for column in data.rows.design.names), "the log of the scale"]
    name = type(model).__name__
    remedy = (
        "Was a regressor changed after the fit, or the search stopped early? Refit it, with "
        f"fit_options={_FITTERS[name].exact} if need be."
    )
    estimates = (float(given[worst]), float(own.parameters[worst]))
    raise UnsupportedModelError(not_reproduced(role, name, names[worst], *estimates, remedy))
