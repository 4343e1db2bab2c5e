"""Effects on compliers with a mediator of two values: sums in closed form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pymediation.instruments.strata import Strata, effects_at, finite_values

__all__ = ["binary_effects"]

FloatArray = NDArray[np.float64]


def binary_effects(strata: Strata) -> FloatArray:
    """Return the effects of each unit, g(1) + g(0), shape (4, D, n).

    Parameters
    ----------
    strata : Strata
    """
    share = strata.compliers
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        at_one = effects_at(strata.Q, strata.mediator, strata.outcome_at(1.0), share)
        at_zero = effects_at(strata.Q, strata.mediator.each(lambda p: 1.0 - p), strata.outcome_at(0.0), share)
        shape = np.broadcast_shapes(at_one[0].shape, at_zero[0].shape)
        total = np.empty((4, *shape))
        for out, one, zero in zip(total, at_one, at_zero, strict=True):
            np.add(finite_values(one), finite_values(zero), out=out)
    return total
