"""Coefficients drawn from the estimates' normal laws, many covariances at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pymediation.compat import CompatLedger
from pymediation.errors import UnsupportedModelError
from pymediation.fitted import FittedModel
from pymediation.kinds import CovarianceChoice
from pymediation.sensitivity.request import SensitivityRequest
from pymediation.streams import Stream

__all__ = ["Covariances", "Job", "draw_coefficients", "symmetric_roots"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Covariances:
    """Which covariance coefficients are drawn with.

    Attributes
    ----------
    robust : bool
        HC3, whatever kind ``mediate`` was asked for: R's result does not remember it.
    cluster : ndarray of int, shape (n,), or None
        Cluster of each row; not looked at if `robust`.
    """

    robust: bool
    cluster: NDArray[np.intp] | None


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What is to be done with a pair of equations.

    Attributes
    ----------
    request : SensitivityRequest
        The grid, the draws and the effects asked for.
    level : float
        Level of the intervals.
    how : Covariances
    stream : Stream
        Where random numbers come from.
    ledger : CompatLedger
        Decides where R's wrong numbers are to be reproduced.
    """

    request: SensitivityRequest
    level: float
    how: Covariances
    stream: Stream
    ledger: CompatLedger

    def coefficients(self, model: FittedModel) -> FloatArray:
        """Return draws of a model's coefficients, shape (S, k)."""
        return draw_coefficients(model, self.how, self.stream, self.request.sims)


def draw_coefficients(model: FittedModel, how: Covariances, stream: Stream, sims: int) -> FloatArray:
    """Return `sims` draws of a model's coefficients, shape (sims, k)."""
    if model.kind.coefficients is None:
        msg = (
            f"The {model.role} model ({model.label}) has no sampling distribution to draw coefficients from."
        )
        raise UnsupportedModelError(msg)
    choice = CovarianceChoice(
        robust_type="HC3" if how.robust else None,
        cluster=None if how.robust else how.cluster,
        working_weights=False,
        chosen=model.covariance,
    )
    law = model.kind.coefficients(model, model.fit, choice)
    return law.draw(stream, sims)


def symmetric_roots(covariances: FloatArray) -> FloatArray:
    """Return the symmetric square roots of a stack of covariances, shape (..., k, k)."""
    values, vectors = np.linalg.eigh(covariances)
    roots: FloatArray = (vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]) @ np.swapaxes(
        vectors, -1, -2
    )
    return roots
