"""From draws of the four average effects to estimates, intervals and p-values.

Notation of Imai, Keele and Tingley (2010): δ(t) is the average causal mediation effect (ACME) and ζ(t)
the average direct effect (ADE) with the treatment held at t; τ is the total effect; ν(t) = δ(t)/τ the
proportion mediated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from pymediation.errors import NotEstimableError, UnknownNameError
from pymediation.estimates.ends import Ends

__all__ = [
    "EFFECT_NAMES",
    "Effect",
    "EffectName",
    "Interval",
    "bca_levels",
    "draws_of_effects",
    "effect_of",
    "jackknife_acceleration",
    "monte_carlo_error",
    "p_value",
    "summarise",
]

FloatArray = NDArray[np.float64]
EffectName = Literal["d0", "d1", "z0", "z1", "tau", "n0", "n1", "d_avg", "z_avg", "n_avg"]
EFFECT_NAMES: tuple[EffectName, ...] = ("d0", "d1", "z0", "z1", "tau", "n0", "n1", "d_avg", "z_avg", "n_avg")


class Interval(Ends):
    """An interval that cannot be read at the wrong end.

    Parameters
    ----------
    lower, upper : float
        The bounds.
    level : float
        Confidence level, between 0 and 1.
    probabilities : tuple of float, optional
        The quantile levels the bounds were taken at; those of an equal-tailed interval by default.
    names : tuple of str, optional
        The names R gives the bounds, where they are not the quantile levels.

    Examples
    --------
    >>> ci = Interval(-1.0, 2.0, 0.95)
    >>> lower, upper = ci
    >>> ci.upper, ci[1], ci["97.5%"]
    (2.0, 2.0, 2.0)
    """

    __slots__ = ("_level", "_names", "_probabilities")

    def __init__(
        self,
        lower: float,
        upper: float,
        level: float,
        probabilities: tuple[float, float] | None = None,
        names: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(lower, upper)
        self._level, self._names = float(level), names
        tail = (1 - level) / 2
        self._probabilities = probabilities or (tail, 1 - tail)

    @property
    def level(self) -> float:
        """Confidence level."""
        return self._level

    @property
    def names(self) -> tuple[str, str]:
        """The names R gives the bounds, such as ``("2.5%", "97.5%")``."""
        if self._names is not None:
            return self._names
        low, high = self._probabilities
        return f"{100 * low:.7g}%", f"{100 * high:.7g}%"

    def __getitem__(self, key: int | str) -> float:
        """Return a bound by position (0 or 1) or by R's name (``"2.5%"``)."""
        if not isinstance(key, str):
            return super().__getitem__(key)
        if key in self.names:
            return (self._lower, self._upper)[self.names.index(key)]
        msg = f"This interval has the bounds {self.names[0]!r} and {self.names[1]!r}, not {key!r}."
        raise UnknownNameError(msg)

    def __round__(self, ndigits: int | None = None) -> Interval:
        """Return the interval with its bounds rounded, to whole numbers by default."""
        lower, upper = (round(bound, ndigits or 0) for bound in self)
        return Interval(lower, upper, self._level, self._probabilities, self._names)

    def __eq__(self, other: object) -> bool:
        """Compare bounds and level."""
        if isinstance(other, Interval):
            return (self._lower, self._upper, self._level) == (other._lower, other._upper, other._level)
        return NotImplemented

    def __hash__(self) -> int:
        """Hash of bounds and level."""
        return hash((self._lower, self._upper, self._level))

    def __repr__(self) -> str:
        """Show the bounds and the level."""
        return f"Interval(lower={self._lower:.6g}, upper={self._upper:.6g}, level={self._level:g})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Support pickling of a class with slots and no setters."""
        return Interval, (self._lower, self._upper, self._level, self._probabilities, self._names)


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """One average effect.

    Attributes
    ----------
    estimate : float
        Point estimate, on the scale of the outcome (for a proportion: a ratio).
    ci : Interval
        Confidence interval.
    p_value : float
        Two-sided p-value from the draws; a multiple of 2 / (number of draws), so 0 means "below that".
    sims : ndarray, shape (s,), or None
        The draws; None when they were not kept (``long=False``).
    std_error : float
        Standard deviation of the draws.
    mc_error : float
        Monte Carlo standard error of the estimate: that of the mean of the draws (of their median for a
        proportion) in the quasi-Bayesian method; NaN for the bootstrap, where the estimate is not an
        average over draws.
    """

    estimate: float
    ci: Interval
    p_value: float
    sims: FloatArray | None
    std_error: float
    mc_error: float

    @property
    def lower(self) -> float:
        """Lower bound of the confidence interval."""
        return self.ci.lower

    @property
    def upper(self) -> float:
        """Upper bound of the confidence interval."""
        return self.ci.upper

    def __repr__(self) -> str:
        """Show the estimate, interval and p-value."""
        return (
            f"Effect(estimate={self.estimate:.6g}, lower={self.lower:.6g}, upper={self.upper:.6g}, "
            f"p_value={self.p_value:.4g})"
        )


def draws_of_effects(cells: FloatArray) -> dict[EffectName, FloatArray]:
    """Form the draws of all ten effects from those of the four average potential outcomes.

    Parameters
    ----------
    cells : ndarray, shape (4, s)
        Averages of Y(1, M(1)), Y(1, M(0)), Y(0, M(1)), Y(0, M(0)), a row each.

    Returns
    -------
    dict of str to ndarray, shape (s,)
    """
    y11, y10, y01, y00 = cells
    draws: dict[EffectName, FloatArray] = {"d1": y11 - y10, "d0": y01 - y00, "z1": y11 - y01, "z0": y10 - y00}
    tau = (draws["d1"] + draws["d0"] + draws["z1"] + draws["z0"]) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        n0, n1 = draws["d0"] / tau, draws["d1"] / tau
    return {
        **draws,
        "tau": tau,
        "n0": n0,
        "n1": n1,
        "d_avg": (draws["d1"] + draws["d0"]) / 2,
        "z_avg": (draws["z1"] + draws["z0"]) / 2,
        "n_avg": (n1 + n0) / 2,
    }


def p_value(draws: FloatArray, estimate: float) -> float:
    """Return the two-sided p-value of "no effect": 2 min(#{x > 0}, #{x < 0}) / s, at most 1.

    Parameters
    ----------
    draws : ndarray, shape (s,)
    estimate : float
        The p-value is 1 when the estimate is exactly 0.
    """
    if estimate == 0:
        return 1.0
    return float(min(1.0, 2 * min(np.sum(draws > 0), np.sum(draws < 0)) / draws.size))


def bca_levels(
    draws: FloatArray, centre: float, acceleration: float, conf_level: float
) -> tuple[float, float]:
    """Return the two quantile levels of the bias-corrected and accelerated interval.

    p = Φ(z + (z + q) / (1 - a (z + q))) with z = Φ⁻¹(#{θ_r < centre} / s) and q = Φ⁻¹ of the nominal level.

    Parameters
    ----------
    draws : ndarray, shape (s,)
        Bootstrap draws θ_r.
    centre : float
        What the draws are compared with: the estimate on the original sample (Efron 1987), or the mean of
        the draws as R's package has it.
    acceleration : float
        The constant a.
    conf_level : float

    References
    ----------
    Efron, B. (1987). Better bootstrap confidence intervals. JASA 82, 171-185.
    """
    # A share of exactly 0 or 1 has no finite bias correction; half a draw is the nearest that has.
    share = np.clip(np.mean(draws < centre), 0.5 / draws.size, 1 - 0.5 / draws.size)
    z = ndtri(share)
    tail = (1 - conf_level) / 2
    shifted = z + ndtri(np.array([tail, 1 - tail]))
    low, high = ndtr(z + shifted / (1 - acceleration * shifted))
    return float(low), float(high)


def skewness_acceleration(influence: FloatArray) -> float:
    """Return Σ U³ / (6 (Σ U²)^{3/2}), the acceleration that influence values U imply."""
    squares = float(np.sum(influence**2))
    return float(np.sum(influence**3)) / (6 * squares**1.5) if squares > 0 else 0.0


def jackknife_acceleration(left_out: FloatArray) -> float:
    """Return the acceleration from an effect's values with groups of rows left out."""
    values = left_out[np.isfinite(left_out)]
    return skewness_acceleration(np.mean(values) - values) if values.size > 1 else 0.0


QuantileLevels = Callable[[EffectName, FloatArray, float], tuple[float, float]]


def percentile_levels(conf_level: float) -> QuantileLevels:
    """Return the rule of the equal-tailed percentile interval."""
    tail = (1 - conf_level) / 2
    return lambda _name, _draws, _estimate: (tail, 1 - tail)


def point_estimates(
    draws: Mapping[EffectName, FloatArray], original: Mapping[EffectName, FloatArray] | None
) -> dict[EffectName, float]:
    """Return the point estimates of the ten effects.

    Parameters
    ----------
    draws : mapping of str to ndarray, shape (s,)
    original : mapping of str to ndarray, shape (1,), or None
        The effects of the original sample (bootstrap). Without them the estimates are means over draws,
        and for proportions medians: a ratio has no mean when its denominator may vanish.
    """
    if original is not None:
        return {name: float(value[0]) for name, value in original.items()}
    estimates: dict[EffectName, float] = {
        name: float(np.nanmedian(value) if name in ("n0", "n1") else np.mean(value))
        for name, value in draws.items()
        if name not in ("d_avg", "z_avg", "n_avg")
    }
    return estimates | {
        "d_avg": (estimates["d0"] + estimates["d1"]) / 2,
        "z_avg": (estimates["z0"] + estimates["z1"]) / 2,
        "n_avg": (estimates["n0"] + estimates["n1"]) / 2,
    }


def summarise(
    draws: Mapping[EffectName, FloatArray],
    *,
    original: Mapping[EffectName, FloatArray] | None,
    conf_level: float,
    levels: QuantileLevels,
    keep: bool,
) -> dict[EffectName, Effect]:
    """Turn draws into effects with intervals and p-values.

    Parameters
    ----------
    draws : mapping of str to ndarray, shape (s,)
        Draws without missing values.
    original : mapping or None
        Effects of the original sample (bootstrap) or None (quasi-Bayesian).
    conf_level : float
        Level of the intervals.
    levels : callable
        ``levels(name, draws, estimate)`` gives the two quantile levels of an effect's interval.
    keep : bool
        Whether the draws stay with the effects.

    Returns
    -------
    dict of str to Effect
    """
    if np.isnan(draws["n0"]).all():
        msg = (
            "All effects are exactly 0 in every draw: no model responds to the treatment, or the outcome is "
            "the same for everyone on the scale of the effects."
        )
        raise NotEstimableError(msg)
    estimates = point_estimates(draws, original)
    effects: dict[EffectName, Effect] = {}
    for name, values in draws.items():
        finite = values[~np.isnan(values)]
        effects[name] = effect_of(
            values,
            estimates[name],
            conf_level,
            levels(name, finite, estimates[name]),
            keep=keep,
            mc_error=float("nan") if original is not None else monte_carlo_error(name, finite),
        )
    return effects


def effect_of(
    draws: FloatArray,
    estimate: float,
    conf_level: float,
    probabilities: tuple[float, float] | None = None,
    *,
    keep: bool = True,
    mc_error: float = float("nan"),
) -> Effect:
    """Return the effect with these draws, of which missing ones are left out of interval and p-value.

    Without `probabilities` the interval is the equal-tailed one.
    """
    finite = draws[~np.isnan(draws)]
    tail = (1 - conf_level) / 2
    lower, upper = _quantiles(finite, probabilities or (tail, 1 - tail))
    return Effect(
        estimate=estimate,
        ci=Interval(lower, upper, conf_level, probabilities),
        p_value=p_value(finite, estimate),
        sims=draws if keep else None,
        std_error=_spread(finite),
        mc_error=mc_error,
    )


def _quantiles(draws: FloatArray, probabilities: Sequence[float] | FloatArray) -> FloatArray:
    """Return quantiles (R's type 7); a proportion of a total effect of 0 is an infinite draw."""
    if np.isfinite(draws).all():
        return np.asarray(np.quantile(draws, probabilities))
    ordered = np.sort(draws)
    place = (draws.size - 1) * np.asarray(probabilities)
    below, above = ordered[np.floor(place).astype(int)], ordered[np.ceil(place).astype(int)]
    share = place - np.floor(place)
    with np.errstate(invalid="ignore"):
        return np.where(below == above, below, (1 - share) * below + share * above)


def _spread(draws: FloatArray) -> float:
    """Return the standard deviation of the draws, infinite when a draw is."""
    if draws.size < 2:
        return float("nan")
    return float(np.std(draws, ddof=1)) if np.isfinite(draws).all() else float("inf")


def monte_carlo_error(name: EffectName, draws: FloatArray) -> float:
    """Return the standard error of the mean of the draws, or of their median for a proportion."""
    if draws.size < 2:
        return float("nan")
    if name in ("n0", "n1", "n_avg"):
        # Order-statistic error of a median: half the width of its one-sigma rank interval.
        ranks = 0.5 + np.array([-0.5, 0.5]) / np.sqrt(draws.size)
        low, high = _quantiles(draws, np.clip(ranks, 0, 1))
        return float(high - low) / 2
    return float(np.std(draws, ddof=1) / np.sqrt(draws.size))
