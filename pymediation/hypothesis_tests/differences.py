"""Differences between effects, and the results they can be taken of."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import ArgumentError, ArgumentTypeError, NotEstimableError
from pymediation.estimates.effects import Effect, effect_of, monte_carlo_error
from pymediation.imputation.results import PooledMediationResult
from pymediation.results.mediation import MediationResult
from pymediation.results.ordered import OrderedMediationResult

__all__ = ["Tested", "difference", "require_draws", "require_result"]

Tested: TypeAlias = MediationResult | OrderedMediationResult | PooledMediationResult
"""What the tests take."""


def difference(first: Effect, second: Effect, conf_level: float) -> Effect:
    """Return the difference of two effects, whose draws are the differences of their draws in order.

    Parameters
    ----------
    first, second : Effect
        With draws. Where replicates of a bootstrap failed, draws without a counterpart are not used.
    conf_level : float
        Level of the interval.

    Returns
    -------
    Effect

    Raises
    ------
    NotEstimableError
        If draws were not kept, or a difference is not defined.
    """
    one, other = _draws(first), _draws(second)
    pairs = min(one.size, other.size)
    draws = one[:pairs] - other[:pairs]
    if np.isnan(draws).any():
        missing = int(np.isnan(draws).sum())
        raise NotEstimableError(f"{missing} of {pairs} differences between draws are undefined (NaN).")
    bootstrapped = np.isnan(first.mc_error) or np.isnan(second.mc_error)
    return effect_of(
        draws,
        first.estimate - second.estimate,
        conf_level,
        mc_error=float("nan") if bootstrapped else monte_carlo_error("d0", draws),
    )


def require_result(fit: object, function: str) -> Tested:
    """Return a result that can be tested; refuse everything else."""
    if isinstance(fit, (MediationResult, OrderedMediationResult, PooledMediationResult)):
        return fit
    msg = (
        f"{function} has no method for an object of class {type(fit).__name__}. Give a result of mediate() "
        "or amelidiate(), not a fitted model, a summary or several results."
    )
    raise ArgumentTypeError(msg)


def require_draws(result: Tested, function: str) -> None:
    """Refuse a result without draws."""
    if result.d0_sims is None:
        msg = f"{function} needs the simulation draws, which were not kept: rerun mediate() with long=True."
        raise ArgumentError(msg)


def _draws(effect: Effect) -> NDArray[np.float64]:
    """Return the draws of an effect."""
    if effect.sims is None:
        raise NotEstimableError("The draws of this effect were not kept. Set long=True to keep them.")
    return effect.sims
