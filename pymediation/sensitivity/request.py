"""The arguments of ``medsens``, checked as far as they do not depend on the models."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import ArgumentError, ArgumentTypeError
from pymediation.setting.options import complete_choice, whole_sims

__all__ = ["EFFECT_TYPES", "SensitivityRequest", "read_request", "sequence"]

FloatArray = NDArray[np.float64]

EFFECT_TYPES = ("indirect", "direct", "both")
# R's seq() allows for this much rounding in the number of steps.
_SLACK = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class SensitivityRequest:
    """Checked arguments.

    Attributes
    ----------
    rho : ndarray, shape (L,)
        Grid of error correlations.
    rho_by : float
        Its step.
    sims : int
        Draws.
    eps : float
        Stopping tolerance of iterated fits.
    effect_type : {"indirect", "direct", "both"}
        Effects asked for.
    """

    rho: FloatArray
    rho_by: float
    sims: int
    eps: float
    effect_type: str

    @property
    def indirect(self) -> bool:
        """Whether ACMEs are asked for."""
        return self.effect_type != "direct"

    @property
    def direct(self) -> bool:
        """Whether ADEs are asked for."""
        return self.effect_type != "indirect"


def read_request(rho_by: object, sims: object, eps: object, effect_type: object) -> SensitivityRequest:
    """Check the arguments of a call.

    Parameters
    ----------
    rho_by, sims, eps, effect_type : object
        As given to ``medsens``.

    Returns
    -------
    SensitivityRequest

    Raises
    ------
    ArgumentError, ArgumentTypeError
    """
    effects = complete_choice(effect_type, "effect_type", EFFECT_TYPES)
    step = _number(rho_by, "rho_by", "the step of the grid of correlations, such as 0.1")
    if not 0 < step <= 1:
        msg = (
            f"rho_by must be above 0 and at most 1, because correlations lie between -1 and 1; got {step:g}."
        )
        raise ArgumentError(msg)
    tolerance = _number(eps, "eps", "a tolerance, such as 1e-8")
    if not 0 < tolerance < 1:
        msg = (
            f"eps must be above 0 and below 1, or iterated fits never stop or never start; got {tolerance:g}."
        )
        raise ArgumentError(msg)
    draws = whole_sims(sims)
    return SensitivityRequest(sequence(-1 + step, 1 - step, step), step, draws, tolerance, effects)


def sequence(low: float, high: float, by: float) -> FloatArray:
    """Return low, low + by, ... up to high, in R's arithmetic.

    Examples
    --------
    >>> sequence(-0.75, 0.75, 0.25).tolist()
    [-0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75]
    """
    steps = int(np.floor((high - low) / by + _SLACK))
    return np.minimum(low + np.arange(steps + 1) * by, high)


def _number(value: object, name: str, what: str) -> float:
    """Return a finite number."""
    if isinstance(value, bool) or not isinstance(value, Real):
        msg = f"{name} must be {what}; got {value!r}."
        raise ArgumentTypeError(msg)
    if not np.isfinite(float(value)):
        msg = f"{name} must be finite; got {value!r}."
        raise ArgumentError(msg)
    return float(value)
