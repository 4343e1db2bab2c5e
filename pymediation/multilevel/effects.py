"""Effects in each of many groups: estimates, intervals and p-values as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pymediation.estimates.effects import Effect, EffectName, Interval, effect_of, monte_carlo_error

__all__ = ["GroupEffect", "joined_effects", "summarise_groups"]

FloatArray = NDArray[np.float64]
_RATIOS: tuple[EffectName, ...] = ("n0", "n1", "n_avg")


@dataclass(frozen=True, slots=True, eq=False)
class GroupEffect:
    """One effect in each of G groups; see :class:`~pymediation.estimates.effects.Effect`.

    Attributes
    ----------
    estimate, lower, upper, p_value, std_error, mc_error : ndarray, shape (G,)
    sims : ndarray, shape (G, s), or None
        The draws; None when they were not kept.
    conf_level : float
        Level of the intervals.
    """

    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray
    p_value: FloatArray
    std_error: FloatArray
    mc_error: FloatArray
    sims: FloatArray | None
    conf_level: float

    @property
    def ci(self) -> FloatArray:
        """The intervals, shape (G, 2)."""
        return np.column_stack([self.lower, self.upper])

    def of(self, place: int) -> Effect:
        """Return the effect in one group."""
        return Effect(
            estimate=float(self.estimate[place]),
            ci=Interval(float(self.lower[place]), float(self.upper[place]), self.conf_level),
            p_value=float(self.p_value[place]),
            sims=None if self.sims is None else self.sims[place],
            std_error=float(self.std_error[place]),
            mc_error=float(self.mc_error[place]),
        )


def summarise_groups(
    draws: Mapping[EffectName, FloatArray], conf_level: float, *, keep: bool
) -> dict[EffectName, GroupEffect]:
    """Turn the draws of the ten effects in G groups into estimates, intervals and p-values.

    Parameters
    ----------
    draws : mapping of str to ndarray, shape (G, s)
    conf_level : float
    keep : bool
        Whether the draws stay with the effects.
    """
    estimates: dict[EffectName, FloatArray] = {
        name: np.median(values, axis=1) if name in _RATIOS else np.mean(values, axis=1)
        for name, values in draws.items()
    }
    estimates |= {
        "d_avg": (estimates["d0"] + estimates["d1"]) / 2,
        "z_avg": (estimates["z0"] + estimates["z1"]) / 2,
        "n_avg": (estimates["n0"] + estimates["n1"]) / 2,
    }
    return {
        name: _summary(name, values, estimates[name], conf_level, keep=keep) for name, values in draws.items()
    }


def joined_effects(parts: Sequence[Mapping[EffectName, GroupEffect]]) -> dict[EffectName, GroupEffect]:
    """Put the effects of some groups and those of others into one.

    Parameters
    ----------
    parts : sequence of mappings of str to GroupEffect
        At least one.
    """
    return {name: _joined([part[name] for part in parts]) for name in parts[0]}


def _joined(parts: Sequence[GroupEffect]) -> GroupEffect:
    """Put one effect of some groups and of others together."""
    names = ("estimate", "lower", "upper", "p_value", "std_error", "mc_error")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    sims = [part.sims for part in parts if part.sims is not None]
    return GroupEffect(**columns, sims=np.concatenate(sims) if sims else None, conf_level=parts[0].conf_level)


def _summary(
    name: EffectName, draws: FloatArray, estimates: FloatArray, conf_level: float, *, keep: bool
) -> GroupEffect:
    """Summarise one effect; draws that are not finite (ratios to a total effect of 0) one group at a time."""
    count, s = draws.shape
    tail = (1 - conf_level) / 2
    columns = np.full((6, count), np.nan)
    usual = np.isfinite(draws).all(axis=1)
    if usual.any():
        some = draws[usual]
        signs = np.minimum(np.sum(some > 0, axis=1), np.sum(some < 0, axis=1))
        columns[0, usual] = estimates[usual]
        columns[1:3, usual] = np.quantile(some, [tail, 1 - tail], axis=1)
        columns[3, usual] = np.where(estimates[usual] == 0, 1.0, np.minimum(1.0, 2 * signs / s))
        columns[4, usual] = np.std(some, axis=1, ddof=1) if s > 1 else np.nan
        columns[5, usual] = _monte_carlo(name, some, columns[4, usual])
    for place in np.flatnonzero(~usual):
        columns[:, place] = _unusual(name, draws[place], float(estimates[place]), conf_level)
    estimate, lower, upper, p_value, std_error, mc_error = columns
    sims = draws if keep else None
    return GroupEffect(estimate, lower, upper, p_value, std_error, mc_error, sims, conf_level)


def _monte_carlo(name: EffectName, draws: FloatArray, spread: FloatArray) -> FloatArray:
    """Return the Monte Carlo error of each estimate; see `monte_carlo_error`."""
    s = draws.shape[1]
    if s < 2 or name not in _RATIOS:
        return spread / np.sqrt(s)
    low, high = np.quantile(draws, np.clip(0.5 + np.array([-0.5, 0.5]) / np.sqrt(s), 0, 1), axis=1)
    return np.asarray((high - low) / 2)


def _unusual(name: EffectName, draws: FloatArray, estimate: float, conf_level: float) -> list[float]:
    """Summarise draws of one group of which some are not finite."""
    finite = draws[~np.isnan(draws)]
    if not finite.size:
        return [np.nan] * 6
    if name in _RATIOS and np.isnan(estimate):
        estimate = float(np.median(finite))
    found = effect_of(draws, estimate, conf_level, mc_error=monte_carlo_error(name, finite))
    return [found.estimate, found.lower, found.upper, found.p_value, found.std_error, found.mc_error]
