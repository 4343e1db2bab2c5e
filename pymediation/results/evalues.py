"""E-values: how strong unmeasured confounding would have to be to explain an effect away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Literal, get_args

import numpy as np
import pandas as pd

from pymediation.errors import ArgumentError, ArgumentTypeError

__all__ = ["EValue", "Measure", "evalue", "evalue_of"]

Measure = Literal["rr", "or", "hr", "difference"]

# A standardised mean difference d corresponds to the risk ratio exp(0.91 d) of a dichotomised outcome.
_LOG_RATIO_OF_DIFFERENCE = 0.91
_LARGEST_LOG_RATIO = 300.0  # its square is still a number, which the E-value needs
_RATIOS = " Ratios are not logarithms: pass exp() of a coefficient."


@dataclass(frozen=True, slots=True, repr=False)
class EValue:
    """E-value of an effect and of the limit of its interval.

    Attributes
    ----------
    rr, rr_lower, rr_upper : float
        The effect and its interval as risk ratios; NaN for limits that were not given.
    true : float
        The risk ratio that the effect is compared with; 1 is no effect.
    """

    rr: float
    rr_lower: float
    rr_upper: float
    true: float = 1.0

    @property
    def evalue(self) -> float:
        """E-value of the estimate."""
        return _formula(self.rr / self.true)

    @property
    def evalue_limit(self) -> float:
        """E-value of the limit nearer to `true`; 1 if the interval contains it, NaN without that limit."""
        nearer = self.rr_lower if self.rr > self.true else self.rr_upper
        if np.isnan(nearer):
            return float("nan")
        contains = (nearer <= self.true) if self.rr > self.true else (nearer >= self.true)
        return 1.0 if contains else _formula(nearer / self.true)

    def __repr__(self) -> str:
        """Show the E-values beside the ratios they belong to."""
        names = ("evalue", "evalue_limit", "rr", "rr_lower", "rr_upper", "true")
        return f"EValue({', '.join(f'{name}={getattr(self, name):.6g}' for name in names)})"

    def contour(self, points: int = 101) -> pd.DataFrame:
        """Return pairs of confounder strengths that just explain the estimate away.

        With ``a`` the risk ratio between treatment or mediator and the confounder, and ``b`` that between
        confounder and outcome, the estimate can be off by the factor a b / (a + b - 1) at most. On the curve
        this equals the observed ratio; the E-value is the point where a = b.

        Parameters
        ----------
        points : int
            Number of points, from just above the ratio to four E-values.

        Returns
        -------
        DataFrame
            Columns a, b; empty if there is nothing to explain.
        """
        ratio = _away_from_one(self.rr / self.true)
        if ratio == 1:
            return pd.DataFrame({"a": [], "b": []})
        strongest = 4 * self.evalue
        weakest = ratio * (strongest - 1) / (strongest - ratio)
        a = np.geomspace(weakest, strongest, points)
        return pd.DataFrame({"a": a, "b": ratio * (a - 1) / (a - ratio)})


def evalue(
    estimate: float,
    lower: float | None = None,
    upper: float | None = None,
    measure: Measure = "rr",
    *,
    rare: bool | None = None,
    sd: float | None = None,
    true: float = 1.0,
) -> EValue:
    r"""Compute the E-value of an effect.

    The E-value is the least strength of association, as a risk ratio, that an unmeasured confounder must have
    both with the exposure (for mediated effects: with the mediator) and with the outcome, beyond the measured
    covariates, to move the effect to `true`:

    .. math:: E = RR + \sqrt{RR (RR - 1)} \quad (RR \ge 1), \qquad RR \to 1 / RR \text{ below 1.}

    Parameters
    ----------
    estimate : float
        The effect.
    lower, upper : float, optional
        Limits of its interval.
    measure : {"rr", "or", "hr", "difference"}
        What the effect is: a risk ratio (also a rate ratio, or a ratio of positive means), an odds ratio, a
        hazard ratio, or a difference of means.
    rare : bool, optional
        For odds and hazard ratios: whether the outcome is rare (below 15 % at the end of follow-up). Rare:
        the ratio itself is used. Common: :math:`\sqrt{OR}`, or
        :math:`(1 - 0.5^{\sqrt{HR}}) / (1 - 0.5^{\sqrt{1/HR}})`.
    sd : float, optional
        For differences: the standard deviation of the outcome. :math:`RR = \exp(0.91\, d)` with d the
        difference in standard deviations.
    true : float
        The risk ratio to compare with.

    Returns
    -------
    EValue
        With ``evalue``, ``evalue_limit``, the risk ratios used, and ``contour()``.

    Raises
    ------
    ArgumentError
        A ratio that is not positive, an estimate outside its interval, or `rare` or `sd` missing.

    References
    ----------
    VanderWeele, T. J. and Ding, P. (2017). Sensitivity analysis in observational research: introducing the
    E-value. Annals of Internal Medicine 167, 268-274.

    Smith, L. H. and VanderWeele, T. J. (2019). Mediational E-values. Epidemiology 30, 835-837.

    Examples
    --------
    >>> result = evalue(3.9, 1.8, 8.7)
    >>> round(result.evalue, 2), round(result.evalue_limit, 2)
    (7.26, 3.0)
    """
    value, low, high = _numbers(estimate, lower, upper)
    if low > high:
        msg = f"lower={low:g} is above upper={high:g}; give the limits of the interval in order."
        raise ArgumentError(msg)
    if value < low or value > high:
        shown = " to ".join("..." if np.isnan(limit) else f"{limit:g}" for limit in (low, high))
        msg = (
            f"estimate={value:g} lies outside its interval, {shown}. Give them on the scale of `measure`; "
            "the order is estimate, lower, upper."
        )
        raise ArgumentError(msg)
    return evalue_of(estimate, lower, upper, measure, rare=rare, sd=sd, true=true)


def evalue_of(
    estimate: float,
    lower: float | None = None,
    upper: float | None = None,
    measure: Measure = "rr",
    *,
    rare: bool | None = None,
    sd: float | None = None,
    true: float = 1.0,
) -> EValue:
    """Return the E-value of a computed effect, which may lie outside its percentiles; see `evalue`."""
    to_ratio = _conversion(measure, rare, sd)
    values = _numbers(estimate, lower, upper)
    if measure != "difference":
        for name, value in zip(("estimate", "lower", "upper"), values, strict=True):
            _require_positive(name, value, _RATIOS)
    _require_positive("true", _number("true", true), _RATIOS)
    rr, rr_lower, rr_upper = (to_ratio(value) for value in values)
    return EValue(rr, rr_lower, rr_upper, float(true))


def _conversion(measure: str, rare: bool | None, sd: float | None) -> Callable[[float], float]:
    """Return the function from a measure to the risk ratio."""
    if measure not in get_args(Measure):
        known = ", ".join(map(repr, get_args(Measure)))
        msg = f"measure={measure!r} is not known; it is one of {known}."
        raise ArgumentError(msg)
    if measure == "difference":
        if sd is None:
            msg = "A difference needs sd=, the standard deviation of the outcome, to become a risk ratio."
            raise ArgumentError(msg)
        deviation = _number("sd", sd)
        _require_positive("sd", deviation)
        return lambda x: _ratio_of_difference(x / deviation)
    if measure == "rr":
        return lambda x: x
    if rare is None:
        msg = (
            f"{'An odds' if measure == 'or' else 'A hazard'} ratio is near the risk ratio only if the "
            "outcome is rare: say rare=True (below 15 % at the end of follow-up) or rare=False."
        )
        raise ArgumentError(msg)
    if rare:
        return lambda x: x
    return (lambda x: float(np.sqrt(x))) if measure == "or" else _ratio_of_common_hazard


def _ratio_of_difference(standardised: float) -> float:
    """Return the approximate risk ratio behind a difference in standard deviations."""
    logarithm = _LOG_RATIO_OF_DIFFERENCE * standardised
    if abs(logarithm) > _LARGEST_LOG_RATIO:
        msg = (
            f"{standardised:g} standard deviations are beyond what a risk ratio can say. "
            "Check that sd= is in the units of the difference."
        )
        raise ArgumentError(msg)
    return float(np.exp(logarithm))


def _ratio_of_common_hazard(hazard_ratio: float) -> float:
    """Return the approximate risk ratio behind a hazard ratio of a common outcome."""
    root = np.sqrt(hazard_ratio)
    return float((1 - 0.5**root) / (1 - 0.5 ** (1 / root)))


def _formula(ratio: float) -> float:
    """Return RR + sqrt(RR (RR - 1)) for a ratio on either side of 1."""
    ratio = _away_from_one(ratio)
    return float(ratio + np.sqrt(ratio) * np.sqrt(ratio - 1))


def _away_from_one(ratio: float) -> float:
    """Return the ratio or its inverse, whichever is at least 1."""
    return ratio if ratio >= 1 else 1 / ratio


def _numbers(estimate: float, lower: float | None, upper: float | None) -> list[float]:
    """Return an estimate and its limits, NaN for those that were not given."""
    limits = (("lower", lower), ("upper", upper))
    return [_number("estimate", estimate)] + [
        np.nan if limit is None else _number(name, limit) for name, limit in limits
    ]


def _number(name: str, value: object) -> float:
    """Return a finite number."""
    if not isinstance(value, Real) or isinstance(value, bool):
        msg = f"{name} must be a number; got {value!r}."
        raise ArgumentTypeError(msg)
    if not np.isfinite(float(value)):
        msg = f"{name} must be finite; got {value!r}."
        raise ArgumentError(msg)
    return float(value)


def _require_positive(name: str, value: float, advice: str = "") -> None:
    """Refuse a ratio or deviation that is not positive; NaN stands for a limit that was not given."""
    if value <= 0:
        raise ArgumentError(f"{name} must be positive; got {value:g}.{advice}")
