"""Models that cannot be used, models that are probably not what was meant, and notes for the summary."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain

import numpy as np

from pymediation.columns import count_differences, is_factor
from pymediation.errors import NotEstimableError, UnsupportedModelError
from pymediation.fitted import FittedModel
from pymediation.kinds import pair_refusal, refusal
from pymediation.setting.contrast import Contrast
from pymediation.setting.counterfactual import enters_as_itself
from pymediation.setting.pairing import Pair
from pymediation.setting.request import Request
from pymediation.setting.settings import Settings
from pymediation.warn import warn

__all__ = [
    "assumption_notes",
    "bootstrap_notes",
    "check_models",
    "covariance_notes",
    "covariates_beside",
    "covariates_of",
    "is_adjusted",
    "refuse_degenerate",
    "suited_to",
]


def suited_to(request: Request, mediator: FittedModel, outcome: FittedModel) -> Request:
    """Return the request as these models allow it, with a warning where it has to be changed, or refuse.

    An ordered outcome can only be bootstrapped; robust and cluster covariances do not act on every kind of
    model.

    Parameters
    ----------
    request : Request
    mediator, outcome : FittedModel

    Raises
    ------
    UnsupportedModelError
        A model that cannot be used in its role, or not by the method asked for.
    """
    request = _without_idle_options(request, mediator, outcome)
    request = _bootstrapped_if_ordered(request, mediator, outcome)
    for model in (mediator, outcome):
        _refuse_role(model, boot=request.boot)
        if model.kind.learned:
            _refuse_bca(request, model)
        _warn_of_idle_covariance(request, model)
    why = pair_refusal(mediator.kind, outcome.kind, boot=request.boot)
    if why is not None:
        raise UnsupportedModelError(f"The mediator model ({mediator.label}) {why.reason}. {why.remedy}")
    return request


def _without_idle_options(request: Request, mediator: FittedModel, outcome: FittedModel) -> Request:
    """Warn about options that have no meaning for these models, and leave them out where they could act."""
    _warn_of_idle_outcome(request, outcome)
    if request.group_out is not None and not (mediator.kind.grouped or outcome.kind.grouped):
        warn(f"group_out={request.group_out!r} is ignored: it has no meaning for these models.")
    if request.control is None or outcome.kind.additive:
        return request
    warn(f"control={request.control!r} is ignored: it has a meaning for additive outcome models (GLMGam).")
    return replace(request, control=None)


def _warn_of_idle_outcome(request: Request, outcome: FittedModel) -> None:
    """Warn about `outcome`, the time that R needs to bootstrap survival models; here the model knows it."""
    if request.outcome is None:
        return
    time = rf"(?<![\w.]){re.escape(str(request.outcome))}(?![\w.])"  # a name of R may have dots
    if not (request.boot and outcome.event is not None):
        warn(f"outcome={request.outcome!r} is ignored: it has no meaning for these models.")
    elif not re.search(time, outcome.response.text):
        warn(
            f"outcome={request.outcome!r} is not the time of the outcome model, {outcome.response.text!r}, "
            "and is ignored: the model knows its time. Leave outcome out."
        )


def _bootstrapped_if_ordered(request: Request, mediator: FittedModel, outcome: FittedModel) -> Request:
    """Take the bootstrap for an outcome of categories that cannot be simulated, or refuse."""
    why = refusal(outcome.kind, "outcome", boot=request.boot)
    if why is None or not outcome.kind.n_categories:
        return request
    if mediator.kind.grouped:
        msg = (
            f"The outcome model ({outcome.label}) {why.reason}, and a mediator model with coefficients "
            "by group cannot be bootstrapped (nor in R). Use an outcome of two values, or no groups."
        )
        raise UnsupportedModelError(msg)
    warn(f"The outcome model ({outcome.label}) {why.reason}, so boot=True is taken. {why.remedy}")
    return replace(request, boot=True, robust_type=None)


def _warn_of_idle_covariance(request: Request, model: FittedModel) -> None:
    """Warn about a robust or cluster covariance that does not act on a model."""
    given = request.robust_type is not None or request.cluster is not None
    if model.kind.robust and given and not request.boot:
        what = "robustSE" if request.robust_type is not None else "cluster"
        warn(f"{what} does not act on the {model.role} model ({model.label}): {model.kind.robust}.")


def _refuse_role(model: FittedModel, *, boot: bool) -> None:
    """Refuse a model that cannot be used in its role by the method."""
    why = refusal(model.kind, model.role, boot=boot)
    if why is not None:
        raise UnsupportedModelError(f"The {model.role} model ({model.label}) {why.reason}. {why.remedy}")


def _refuse_bca(request: Request, learner: FittedModel) -> None:
    """Refuse an interval that a model without coefficients does not allow."""
    if request.boot_ci_type == "bca":
        msg = (
            "boot_ci_type='bca' needs the effects with each row left out in turn, and leaving out one row "
            f"changes the {learner.role} model ({learner.label}) by less than its fits vary by chance or by "
            "steps. Set boot_ci_type='perc'."
        )
        raise UnsupportedModelError(msg)


def assumption_notes(pair: Pair) -> tuple[str, ...]:
    """Say in the summary what models without a distribution of their own are taken to assume.

    Parameters
    ----------
    pair : Pair
    """
    return tuple(model.kind.note for model in (pair.mediator, pair.outcome) if model.kind.note)


def check_models(pair: Pair, contrast: Contrast, *, boot: bool) -> None:
    """Refuse models that determine nothing, and warn where models do not mean what they seem to.

    Parameters
    ----------
    pair : Pair
    contrast : Contrast
    boot : bool
        Whether the bootstrap will be used.

    Raises
    ------
    NotEstimableError
        A constant response, too few rows, or a rank-deficient design.
    UnsupportedModelError
        A binomial mediator that is not 0 or 1.
    """
    models = (pair.mediator, pair.outcome)
    for model in models:
        refuse_degenerate(model)
    _refuse_proportions(pair.mediator)
    _warn_numbered_categories(pair, contrast)
    _warn_one_sided_covariates(pair, contrast)
    _warn_other_covariates(pair, contrast)
    for model in models:
        _warn_two_values(model)
        _warn_separation(model)
        if boot and model.covariance is not None:
            warn(
                f"The {model.role} model was fitted with cov_type={model.cov_type!r}, which boot=True does "
                "not use: the bootstrap needs no covariance."
            )


def refuse_degenerate(model: FittedModel) -> None:
    """Refuse a model that determines nothing: a constant response, too few rows, a rank-deficient design.

    Parameters
    ----------
    model : FittedModel
    """
    _refuse_constant_response(model)
    _refuse_few_rows(model)
    _refuse_rank_deficient(model)


def _refuse_constant_response(model: FittedModel) -> None:
    """Refuse a response that is the same in all rows."""
    if np.all(model.y == model.y[0]):
        msg = (
            f"The response {model.response.text!r} of the {model.role} model is constant ({model.y[0]:g} in "
            f"all {model.n} rows); there is nothing to explain."
        )
        raise NotEstimableError(msg)


def _refuse_few_rows(model: FittedModel) -> None:
    """Refuse a fit that leaves no row to estimate the variation from."""
    k = len(model.design.names)
    if model.n < k or not model.kind.determined(model.fit):
        rows = "1 row" if model.n == 1 else f"{model.n} rows"
        msg = (
            f"The {model.role} model has {rows} for {k} coefficients, which leaves nothing to estimate their "
            "uncertainty from. Use more rows or fewer terms."
        )
        raise NotEstimableError(msg)


def _refuse_rank_deficient(model: FittedModel) -> None:
    """Refuse a design whose columns are linearly dependent, naming the redundant ones."""
    if not model.fit.aliased.any():
        return
    redundant = [j for j, aliased in enumerate(model.fit.aliased) if aliased]
    parts = []
    for j in redundant:
        column = model.X[:, j]
        constant = f" (it is {column[0]:g} in all rows)" if np.ptp(column) == 0 else ""
        parts.append(f"{model.design.names[j]!r}{constant}")
    msg = (
        f"The design of the {model.role} model is rank deficient: {', '.join(parts)} "
        f"{'is a combination' if len(parts) == 1 else 'are combinations'} of other columns, so that its "
        "coefficient is not determined. Remove redundant terms and refit."
    )
    raise NotEstimableError(msg)


def _refuse_proportions(mediator: FittedModel) -> None:
    """Refuse a binomial mediator with values between 0 and 1."""
    if mediator.kind.binary and not np.all((mediator.y == 0) | (mediator.y == 1)):
        msg = (
            f"The binomial mediator {mediator.response.text!r} has values other than 0 and 1 (proportions). "
            "It is drawn as one 0/1 value per row; expand proportions to one row per trial."
        )
        raise UnsupportedModelError(msg)


def _warn_numbered_categories(pair: Pair, contrast: Contrast) -> None:
    """Warn about unordered categories that the outcome model takes for amounts."""
    name = contrast.mediator
    if not pair.mediator.kind.nominal or is_factor(pair.outcome.frame[name]):
        return
    if enters_as_itself(pair.outcome, name):
        warn(
            f"The mediator {name!r} has categories without an order in its own model, but the outcome model "
            f"takes their codes for amounts: {', '.join(map(str, pair.mediator.response.levels or ()))}. "
            f"Write C({name}) in the outcome model for an effect of each category."
        )


def covariates_of(model: FittedModel, contrast: Contrast) -> frozenset[str]:
    """Return the columns beside treatment and mediator that terms of a model read (not its offset)."""
    return covariates_beside(model, contrast.moving)


def is_adjusted(pair: Pair, contrast: Contrast) -> bool:
    """Whether one of the models has covariates."""
    return any(covariates_of(model, contrast) for model in (pair.mediator, pair.outcome))


def covariates_beside(model: FittedModel, names: frozenset[str]) -> frozenset[str]:
    """Return the columns beside those named that terms of a model read."""
    factors = set(chain.from_iterable(term.factors for term in model.design.terms))
    read = frozenset[str]().union(*(model.design.factor_variables(factor) for factor in factors))
    return read - names


def _warn_one_sided_covariates(pair: Pair, contrast: Contrast) -> None:
    """Warn about covariates that only one model adjusts for."""
    left, right = (covariates_of(model, contrast) for model in (pair.mediator, pair.outcome))
    parts = [
        f"{', '.join(map(repr, sorted(names)))} only in the {role} model"
        for names, role in ((left - right, "mediator"), (pair.of_both(right - left), "outcome"))
        if names
    ]
    if parts:
        warn(
            f"The two models adjust for different covariates: {'; '.join(parts)}. Sequential ignorability is "
            "assumed given one and the same set; leave one out only on purpose."
        )


def _warn_other_covariates(pair: Pair, contrast: Contrast) -> None:
    """Warn about covariates of one name whose values differ between the models."""
    if pair.mediator.data_id == pair.outcome.data_id:
        return
    for name in sorted(covariates_of(pair.mediator, contrast) & covariates_of(pair.outcome, contrast)):
        left, right = pair.mediator.frame[name], pair.outcome.frame[name]
        differ = pair.mediator.n if is_factor(left) != is_factor(right) else count_differences(left, right)
        if differ:
            warn(
                f"The covariate {name!r} differs between the two models on {differ} of {pair.mediator.n} "
                "rows. Fit both models to the same data frame unless it was transformed for one of them on "
                "purpose."
            )


def _warn_two_values(model: FittedModel) -> None:
    """Warn about a gaussian model of a two-valued response."""
    gaussian = model.kind.gaussian
    if gaussian and np.all((model.y == model.y.min()) | (model.y == model.y.max())):
        warn(
            f"The {model.role} model is gaussian, but its response {model.response.text!r} has two values "
            "only. Use a binomial model (logit or probit) unless a linear probability model is meant."
        )


def _warn_separation(model: FittedModel) -> None:
    """Warn about a fit whose maximum is at infinity."""
    if not model.kind.separated(model.fit):
        return
    extreme = "probabilities of 0 or 1" if model.kind.binary or model.kind.nominal else "rates of 0"
    warn(
        f"The {model.role} model ({model.label}) fits some rows perfectly ({extreme}: separation). Its "
        "coefficients run to infinity with enormous standard errors, so quasi-Bayesian draws are close to "
        "meaningless and bootstrap refits are no better. Remove the variable that separates the rows, or "
        "merge its levels."
    )


def bootstrap_notes(pair: Pair, options: Settings) -> tuple[str, ...]:
    """Say in the summary what the models suppose, and that clusters are resampled.

    Parameters
    ----------
    pair : Pair
    options : Settings
    """
    if options.cluster is None:
        return assumption_notes(pair)
    return (*assumption_notes(pair), f"(Whole clusters resampled: {int(options.cluster.max()) + 1} of them)")


def covariance_notes(pair: Pair, options: Settings) -> tuple[str, ...]:
    """Say in the summary which fits brought a robust covariance of their own.

    Parameters
    ----------
    pair : Pair
    options : Settings
    """
    if options.robust_type is not None or options.cluster is not None:
        return ()
    return tuple(
        f"({model.role.capitalize()} model: {model.cov_type} covariance, as it was fitted)"
        for model in (pair.mediator, pair.outcome)
        if model.covariance is not None
    )
