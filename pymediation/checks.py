"""Warnings about models that are probably not what was meant, and notes for the summary."""

from __future__ import annotations

import numpy as np

from pymediation.contrast import Contrast
from pymediation.errors import UnsupportedModelError
from pymediation.fitted import FittedModel
from pymediation.inference import Settings
from pymediation.options import warn
from pymediation.pairing import Pair

__all__ = ["covariance_notes", "warn_about_models"]

_WARN_LEVEL = 5


def warn_about_models(pair: Pair, contrast: Contrast) -> None:
    """Warn where models fit but do not mean what they seem to.

    Parameters
    ----------
    pair : Pair
    contrast : Contrast
    """
    _warn_one_sided_covariates(pair, contrast)
    for model in (pair.mediator, pair.outcome):
        _warn_two_values(model)
        _warn_separation(model)
    _check_binary_mediator(pair.mediator)


def _warn_one_sided_covariates(pair: Pair, contrast: Contrast) -> None:
    """Warn about covariates that only one model adjusts for."""
    own = {contrast.treat, contrast.mediator}
    left, right = (model.design.variables - own for model in (pair.mediator, pair.outcome))
    parts = [
        f"{', '.join(map(repr, sorted(names)))} only in the {role} model"
        for names, role in ((left - right, "mediator"), (right - left, "outcome"))
        if names
    ]
    if parts:
        warn(
            f"The two models adjust for different covariates: {'; '.join(parts)}. Sequential ignorability "
            "is assumed given one and the "
            "same set; leave one out only on purpose.",
            _WARN_LEVEL,
        )


def _warn_two_values(model: FittedModel) -> None:
    """Warn about a gaussian model of a two-valued response."""
    gaussian = model.linear or model.family.name == "gaussian"
    if gaussian and np.unique(model.y).size == 2:
        warn(
            f"The {model.role} model is gaussian, but its response {model.response.text!r} has two values "
            "only. Use a binomial "
            "model (logit or probit) unless a linear probability model is meant.",
            _WARN_LEVEL,
        )


def _warn_separation(model: FittedModel) -> None:
    """Warn about a fit whose maximum is at infinity."""
    if model.fit.separation:
        warn(
            f"The {model.role} model ({model.label}) fits some rows perfectly (probabilities of 0 or 1: "
            "separation). Its "
            "coefficients run to infinity with enormous standard errors, so quasi-Bayesian draws are close "
            "to meaningless "
            "and bootstrap refits are no better. Remove or merge the separating variable.",
            _WARN_LEVEL,
        )


def _check_binary_mediator(mediator: FittedModel) -> None:
    """Refuse a binomial mediator with values between 0 and 1."""
    if mediator.family.name == "binomial" and not np.all((mediator.y == 0) | (mediator.y == 1)):
        msg = (
            f"The binomial mediator {mediator.response.text!r} has values other than 0 and 1 (proportions). "
            "It is drawn as one 0/1 "
            "value per row; expand proportions to one row per trial."
        )
        raise UnsupportedModelError(msg)


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
