"""From regressions to bounds and intervals over a grid of sensitivity parameters; arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pymediation.estimates.effects import EffectName
from pymediation.imbens_manski import confidence_region, critical_value_on_grid
from pymediation.multiple.regressions import Quantities

__all__ = [
    "BoundedEffect",
    "Grid",
    "Line",
    "bounded_effect",
    "crossings",
    "effect_lines",
    "first_crossing",
    "sensitivity_grid",
]

FloatArray = NDArray[np.float64]

# How far 1 / step may fall short of a whole number that is meant.
_WHOLE = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Sensitivity parameters, each of shape (L,): one value in three units.

    Attributes
    ----------
    sigma : ndarray
        Standard deviation of the coefficient of treatment x mediator across units.
    R2star : ndarray
        Share of the residual variance of the outcome that this variation explains.
    R2tilde : ndarray
        Share of its total variance.
    """

    sigma: FloatArray
    R2star: FloatArray
    R2tilde: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """An effect whose bounds are a straight line in sigma: ``centre -/+ sigma * spread``, each (R,)."""

    centre: FloatArray
    spread: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class BoundedEffect:
    """An average effect over the grid of sensitivity parameters.

    Attributes
    ----------
    lb, ub : ndarray, shape (L,)
        Bounds; they coincide at sigma = 0, the assumption of a homogeneous interaction.
    ci : ndarray, shape (2, L)
        Confidence region, lower ends first.
    std_error : float
        Bootstrap standard error at sigma = 0.
    """

    lb: FloatArray
    ub: FloatArray
    ci: FloatArray
    std_error: float

    @property
    def estimate(self) -> float:
        """Point estimate under a homogeneous interaction."""
        return float(self.lb[0])

    @property
    def lower(self) -> float:
        """Lower end of the confidence interval under a homogeneous interaction."""
        return float(self.ci[0, 0])

    @property
    def upper(self) -> float:
        """Upper end of the confidence interval under a homogeneous interaction."""
        return float(self.ci[1, 0])

    def __repr__(self) -> str:
        """Show the estimate and its interval."""
        return f"BoundedEffect(estimate={self.estimate:.6g}, lower={self.lower:.6g}, upper={self.upper:.6g})"


def sensitivity_grid(
    step: float, residual_scale: float, second_moment: float, outcome_variance: float
) -> Grid:
    r"""Return the grid of sensitivity parameters.

    .. math:: R^{2*} = 0, h, 2h, \dots \le 1, \qquad \sigma = s \sqrt{R^{2*} / E[T M^2]}, \qquad
              \tilde R^2 = \sigma^2 E[T M^2] / V(Y)

    Parameters
    ----------
    step : float
        h.
    residual_scale : float
        s, the residual standard error of the outcome regression.
    second_moment : float
        The mean of T M^2.
    outcome_variance : float
        V(Y).

    Examples
    --------
    >>> sensitivity_grid(0.3, 2.0, 4.0, 8.0).R2star
    array([0. , 0.3, 0.6, 0.9])
    """
    steps = int(np.floor(1.0 / step + _WHOLE))
    share = np.minimum(step * np.arange(steps + 1), 1.0)
    sigma = residual_scale * np.sqrt(share / second_moment)
    return Grid(sigma, share, second_moment * sigma**2 / outcome_variance)


def effect_lines(found: Quantities) -> dict[EffectName, Line]:
    """Return the six effects as lines in sigma.

    The direct effect in one arm and the indirect effect in the other add up to the total effect, so that
    delta(1) has the spread of zeta(0), and delta(0) that of zeta(1).
    """
    (z0, z1), (q0, q1), tau, P = found.direct, found.spread, found.tau, found.treated
    return {
        "d1": Line(tau - z0, q0),
        "d0": Line(tau - z1, q1),
        "d_avg": Line(P * (tau - z0) + (1 - P) * (tau - z1), P * q0 + (1 - P) * q1),
        "z1": Line(z1, q1),
        "z0": Line(z0, q0),
        "z_avg": Line(P * z1 + (1 - P) * z0, P * q1 + (1 - P) * q0),
    }


def bounded_effect(sample: Line, replicates: Line, sigma: FloatArray, level: float) -> BoundedEffect:
    """Return the bounds of an effect and their Imbens-Manski confidence regions on R's grid.

    Parameters
    ----------
    sample : Line
        The sample's, arrays of one element.
    replicates : Line
        Those of R resamples.
    sigma : ndarray, shape (L,)
    level : float
    """
    lb, ub = (sample.centre + sign * sigma * sample.spread for sign in (-1.0, 1.0))
    below, above = (np.sqrt(_variance(replicates, sign * sigma)) for sign in (-1.0, 1.0))
    ci = np.stack(confidence_region(lb, ub, below, above, level, critical_value_on_grid))
    return BoundedEffect(lb, ub, ci, float(below[0]))


def _variance(line: Line, slope: FloatArray) -> FloatArray:
    """Return the variance over replicates of centre + slope * spread; NaN if one of them is missing."""
    moments = np.full((2, 2), np.nan)
    values = np.stack((line.centre, line.spread))
    if values.shape[1] > 1 and np.isfinite(values).all():
        moments = np.cov(values)
    return np.maximum(moments[0, 0] + slope * (2.0 * moments[0, 1] + slope * moments[1, 1]), 0.0)


def first_crossing(lower: FloatArray, upper: FloatArray) -> int | None:
    """Return R's place on the grid where both ends first differ in sign.

    This is the number of places where they have the same sign, which is the first other place as long as
    intervals only widen. None beyond the end of the grid, or if an end is missing.
    """
    if np.isnan(lower).any() or np.isnan(upper).any():
        return None
    place = int(np.sum(np.sign(lower) * np.sign(upper) > 0))
    return place if place < lower.size else None


def crossings(
    effects: Mapping[EffectName, BoundedEffect], names: tuple[EffectName, ...], grid: Grid
) -> FloatArray:
    """Return where effects cross zero, a row each: sigma, R2star, R2tilde by bounds and by intervals."""
    parameters = (grid.sigma, grid.R2star, grid.R2tilde)
    rows = []
    for name in names:
        effect = effects[name]
        places = (first_crossing(effect.lb, effect.ub), first_crossing(*effect.ci))
        rows.append([np.nan if place is None else float(p[place]) for p in parameters for place in places])
    return np.array(rows)
