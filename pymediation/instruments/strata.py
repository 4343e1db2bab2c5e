"""What principal strata have in common with the data: probabilities, densities and mean outcomes, as arrays.

Subscripts t, z: treatment received and encouragement. Arrays hold D draws of coefficients in rows and n
units in columns; what does not vary between units has one column.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.scale import OutcomeScale

__all__ = ["EFFECTS", "Quad", "Strata", "effects_at", "finite_values"]

FloatArray = NDArray[np.float64]
EFFECTS = ("dc1", "dc0", "zc1", "zc0")


class Quad(NamedTuple):
    """One array for each pair (t, z)."""

    t1z1: FloatArray
    t1z0: FloatArray
    t0z1: FloatArray
    t0z0: FloatArray

    def each(self, function: Callable[[FloatArray], FloatArray]) -> Quad:
        """Apply a function to the four arrays."""
        return Quad(*map(function, self))


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """The three models in D draws, for n units.

    Attributes
    ----------
    Q : Quad
        Probability of treatment t under encouragement z.
    mediator : Quad
        Probability that a binary mediator is 1, or mean of a continuous one.
    sd : ndarray, shape (D,), or None
        Standard deviation of a continuous mediator; None for a binary one.
    intercept, slope : Quad
        The outcome's linear predictor is intercept + slope * mediator.
    link : OutcomeScale
        From there to the mean outcome.
    """

    Q: Quad
    mediator: Quad
    sd: FloatArray | None
    intercept: Quad
    slope: Quad
    link: OutcomeScale

    @property
    def compliers(self) -> FloatArray:
        """Share of compliers: Q_11 - Q_10."""
        return self.Q.t1z1 - self.Q.t1z0

    def outcome_at(self, m: FloatArray | float) -> Quad:
        """Return the mean outcome at a value of the mediator."""
        means = [a + b * m for a, b in zip(self.intercept, self.slope, strict=True)]
        if self.link.name == "identity":
            return Quad(*means)
        return Quad(*(self.link.inverse(eta, out=eta) for eta in means))


def effects_at(Q: Quad, f: Quad, S: Quad, share: FloatArray) -> tuple[FloatArray, ...]:
    r"""Return what is summed or integrated over the mediator for the four effects on compliers.

    With :math:`a_z = Q_{1z} f_{1z}` and :math:`c_z = Q_{0z} f_{0z}`,

    .. math:: E_1 = \frac{a_1 S_{11} - a_0 S_{10}}{a_1 - a_0}, \qquad
              E_0 = \frac{c_0 S_{00} - c_1 S_{01}}{c_0 - c_1}

    are the compliers' mean outcomes at m with and without treatment (Yamamoto 2013). Operations are in R's
    order, which decides digits where a denominator nearly vanishes.

    Parameters
    ----------
    Q, f, S : Quad
        Probability of t given z, density of the mediator and mean outcome given t and z.
    share : ndarray
        Share of compliers.

    Returns
    -------
    tuple of ndarray
        dc1, dc0, zc1, zc0; NaN or infinite where a denominator vanishes.
    """
    a1, a0, c1, c0 = (q * d for q, d in zip(Q, f, strict=True))
    treated, control = a1 - a0, c0 - c1
    E1 = (a1 * S.t1z1 - a0 * S.t1z0) / treated
    E0 = (c0 * S.t0z0 - c1 * S.t0z1) / control
    moved = treated - c0
    moved += c1
    direct = E1 - E0
    return tuple(part / share for part in (E1 * moved, E0 * moved, direct * treated, direct * control))


def finite_values(values: FloatArray) -> FloatArray:
    """Replace, in place, NaN by 0 and infinite values by the largest number, as R's function does."""
    if not np.isfinite(values.sum()):
        np.nan_to_num(values, copy=False, nan=0.0)
    return values
