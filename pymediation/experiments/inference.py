"""From estimates of resamples to effects with intervals, and to bounds with intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from pymediation.compat import CompatLedger
from pymediation.errors import NotEstimableError
from pymediation.estimates.effects import Effect, Interval, effect_of
from pymediation.estimates.ends import Ends
from pymediation.imbens_manski import confidence_region
from pymediation.warn import warn

__all__ = ["Bounds", "bootstrapped_bounds", "bootstrapped_effects", "normal_effect", "report_failures"]

FloatArray = NDArray[np.float64]

# Share of resamples that may be undefined before the intervals are refused.
_FAILED_SHARE = 0.1


class Bounds(Ends):
    """Sharp bounds of an effect: the data and the design say no more than that it is between them.

    Parameters
    ----------
    lower, upper : float
        The bounds.
    std_error_lower, std_error_upper : float
        Their bootstrap standard errors; NaN if there was no bootstrap.
    ci : Interval, optional
        Interval for the effect, wherever it is between the bounds (Imbens and Manski 2004).

    Examples
    --------
    >>> bounds = Bounds(-0.2, 0.3)
    >>> bounds.lower, bounds[1], bounds.ci
    (-0.2, 0.3, None)
    """

    __slots__ = ("_ci", "_std_errors")

    def __init__(
        self,
        lower: float,
        upper: float,
        std_error_lower: float = float("nan"),
        std_error_upper: float = float("nan"),
        ci: Interval | None = None,
    ) -> None:
        super().__init__(lower, upper)
        self._std_errors = float(std_error_lower), float(std_error_upper)
        self._ci = ci

    @property
    def std_error_lower(self) -> float:
        """Standard error of the lower bound."""
        return self._std_errors[0]

    @property
    def std_error_upper(self) -> float:
        """Standard error of the upper bound."""
        return self._std_errors[1]

    @property
    def ci(self) -> Interval | None:
        """Interval for the effect; None if there was no bootstrap."""
        return self._ci

    def __eq__(self, other: object) -> bool:
        """Compare bounds and interval."""
        if isinstance(other, Bounds):
            return (*self, self._ci) == (*other, other._ci)
        return NotImplemented

    def __hash__(self) -> int:
        """Hash of bounds and interval."""
        return hash((*self, self._ci))

    def __reduce__(self) -> tuple[type[Bounds], tuple[object, ...]]:
        """Support pickling of a class with slots and no setters."""
        return Bounds, (self._lower, self._upper, *self._std_errors, self._ci)

    def __repr__(self) -> str:
        """Show the bounds."""
        interval = "" if self._ci is None else f", ci={self._ci!r}"
        return f"Bounds(lower={self._lower:.6g}, upper={self._upper:.6g}{interval})"


def bootstrapped_effects(draws: FloatArray, original: FloatArray, conf_level: float) -> list[Effect]:
    """Return effects with percentile intervals; draws that are not finite are left out.

    Parameters
    ----------
    draws : ndarray, shape (R, k)
    original : ndarray, shape (k,)
        The estimates.
    conf_level : float
    """
    return [_effect(x, float(value), conf_level) for x, value in zip(draws.T, original, strict=True)]


def _effect(draws: FloatArray, estimate: float, conf_level: float) -> Effect:
    """Return one effect; without a finite draw it has no interval."""
    finite = np.where(np.isfinite(draws), draws, np.nan)
    if np.isnan(finite).all():
        nan = float("nan")
        return Effect(estimate, Interval(nan, nan, conf_level), nan, finite, nan, nan)
    return effect_of(finite, estimate, conf_level)


def normal_effect(estimate: float, variance: float, conf_level: float) -> Effect:
    """Return an effect with the interval and p-value of a normal distribution."""
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt(np.float64(variance))
        p = 1.0 if estimate == error == 0 else 2.0 * ndtr(-np.abs(np.float64(estimate)) / error)
    reach = -ndtri((1.0 - conf_level) / 2.0) * error
    ci = Interval(estimate - reach, estimate + reach, conf_level)
    return Effect(estimate, ci, float(p), None, float(error), float("nan"))


def bootstrapped_bounds(draws: FloatArray, original: FloatArray, conf_level: float | None) -> list[Bounds]:
    """Return pairs of bounds, with intervals of Imbens and Manski (2004) if there are draws.

    Parameters
    ----------
    draws : ndarray, shape (R, 2k)
        Lower and upper bounds of k effects in the resamples; none if R = 0.
    original : ndarray, shape (2k,)
        Those of the data.
    conf_level : float or None
        Level of the intervals; None for bounds alone.
    """
    lower, upper = original[::2], original[1::2]
    if conf_level is None:
        return [Bounds(low, high) for low, high in zip(lower, upper, strict=True)]
    if len(draws) == 1:
        warn("With sims=1 there is no bootstrap variance: the bounded effects have no intervals.")
    errors = np.array([_spread(x) for x in draws.T])
    below, above = errors[::2], errors[1::2]
    ends = zip(*confidence_region(lower, upper, below, above, conf_level), strict=True)
    intervals = [Interval(low, high, conf_level) for low, high in ends]
    return [Bounds(*one) for one in zip(lower, upper, below, above, intervals, strict=True)]


def _spread(draws: FloatArray) -> float:
    """Return the standard deviation of the finite draws."""
    finite = draws[np.isfinite(draws)]
    return float(np.std(finite, ddof=1)) if finite.size > 1 else float("nan")


def report_failures(
    function: str, draws: FloatArray, original: FloatArray, why: str, ledger: CompatLedger
) -> int:
    """Count the resamples in which a quantity that the data determine is undefined, and say so.

    Parameters
    ----------
    function : str
    draws, original : ndarray
        As in `bootstrapped_effects`.
    why : str
        What makes a resample undefined.
    ledger : CompatLedger
        R never refuses.

    Raises
    ------
    NotEstimableError
        More than a tenth of the resamples, unless R's numbers were asked for.
    """
    defined = np.isfinite(original)
    sims = len(draws)
    failed = int((~np.isfinite(draws[:, defined])).any(axis=1).sum())
    if not failed:
        return 0
    found = f"{function}: {failed} of {sims} bootstrap resamples {why}"
    if failed > _FAILED_SHARE * sims and not ledger.as_r:
        msg = (
            f"{found}. Intervals from the others would speak of selected samples. Use more rows or coarser "
            "categories; compat='R' leaves any number of resamples out, as R does."
        )
        raise NotEstimableError(msg)
    warn(f"{found}; they are left out.")
    return failed
