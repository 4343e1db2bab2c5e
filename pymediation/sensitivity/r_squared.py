"""Shares of variance explained, in which an unmeasured confounder's strength is expressed."""

from __future__ import annotations

import numpy as np

from pymediation.fits import LinearFit
from pymediation.fitted import FittedModel
from pymediation.sensitivity.system import intercept_of

__all__ = ["r_square"]


def r_square(model: FittedModel) -> float:
    r"""Return the share of variance that a linear or probit model explains.

    Of a linear model it is R's (weighted) R-squared, uncentred without an intercept. Of a probit model with
    linear predictor :math:`\eta` it is :math:`V / (1 + V)`, V the sample variance of :math:`\eta`.

    Parameters
    ----------
    model : FittedModel
    """
    fit = model.fit
    if not isinstance(fit, LinearFit):  # pragma: no cover - the pair of kinds was checked
        raise TypeError
    if model.kind.name != "linear":
        spread = float(np.var(model.X @ fit.coef, ddof=1))
        return spread / (1 + spread)
    weights = np.ones(model.n) if model.weights is None else model.weights
    centre = 0.0 if intercept_of(model) is None else float(np.average(fit.fitted, weights=weights))
    explained = float(weights @ (fit.fitted - centre) ** 2)
    return explained / (explained + fit.deviance)
