"""Proof that a fitted object was read correctly: its estimates are those of our own fit to its rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import NotEstimableError
from pymediation.fitted import Role
from pymediation.kinds import Fit

__all__ = ["disagreement", "not_reproduced", "refuse_unconverged"]

FloatArray = NDArray[np.float64]

# Own estimates and the object's may differ by this many standard errors (measured: at most 0.0013 with
# statsmodels).
_AGREEMENT = 0.05

_REFIT = "Was the data frame changed after the fit, or the fit penalised? Refit it and try again."


def disagreement(
    given: FloatArray, own: FloatArray, cov: FloatArray, within: float = _AGREEMENT
) -> int | None:
    """Return the position of the estimate that differs most, or None if all agree.

    Parameters
    ----------
    given, own : ndarray, shape (k,)
        The object's estimates and ours.
    cov : ndarray, shape (k, k) or larger
        Covariance of ours.
    within : float
        Standard errors by which they may differ: where optimisers stop, or what approximations leave.
    """
    variances = np.diag(cov)[: given.size]
    gap = np.abs(given - own) / np.sqrt(np.maximum(variances, np.finfo(float).tiny))
    if np.all(gap <= within) or np.allclose(given, own, rtol=1e-6, atol=1e-10):
        return None
    return int(np.nanargmax(gap))


def not_reproduced(
    role: Role, name: str, parameter: str, given: float, own: float, remedy: str = _REFIT
) -> str:
    """Say that an estimate is not what a fit to the rows gives.

    Parameters
    ----------
    role : {"mediator", "outcome"}
    name : str
        What the model is called.
    parameter : str
        What disagrees, such as ``"the coefficient of 'x'"``.
    given, own : float
        The object's estimate and ours.
    remedy : str
        What may be the cause, and what to do.
    """
    return (
        f"The {role} model ({name}) cannot be reproduced from its own data: {parameter} is {given:.6g}, a "
        f"maximum-likelihood fit to the stored rows gives {own:.6g}. {remedy}"
    )


def refuse_unconverged(fit: Fit, role: Role, name: str) -> None:
    """Refuse a fit of ours that stopped before the maximum.

    Parameters
    ----------
    fit : Fit
    role : {"mediator", "outcome"}
    name : str
        What the model is called.
    """
    if fit.converged:
        return
    msg = (
        f"The {role} model ({name}) did not converge. Refit it with covariates on similar scales or fewer "
        "terms."
    )
    raise NotEstimableError(msg)
