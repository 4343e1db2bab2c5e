"""Average potential outcomes, and comparisons of two of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.estimates.effects import bca_levels, jackknife_acceleration, skewness_acceleration

__all__ = ["CELLS", "IntervalKind", "PotentialMeans"]

FloatArray = NDArray[np.float64]
IntervalKind = Literal["percentile", "bca", "bca of R"]
Comparison = Callable[[FloatArray], FloatArray]

# (arm of the treatment, arm of the mediator) of each average.
CELLS = (("treated", "treated"), ("treated", "control"), ("control", "treated"), ("control", "control"))


@dataclass(frozen=True, slots=True, eq=False)
class PotentialMeans:
    """The four averages E[Y(t, M(t'))], in the order Y(1, M(1)), Y(1, M(0)), Y(0, M(1)), Y(0, M(0)).

    Attributes
    ----------
    draws : ndarray, shape (4, s)
        By draw or bootstrap replicate.
    original : ndarray, shape (4,), or None
        Those of the original sample (bootstrap).
    left_out : ndarray, shape (4, g), or None
        Those with groups of rows left out, for BCa intervals.
    conf_level : float
        Level of intervals.
    interval : {"percentile", "bca", "bca of R"}
        How intervals are computed.
    """

    draws: FloatArray
    original: FloatArray | None
    left_out: FloatArray | None
    conf_level: float
    interval: IntervalKind

    @property
    def estimates(self) -> FloatArray:
        """The estimates, shape (4,): of the original sample, or means over draws."""
        return np.mean(self.draws, axis=1) if self.original is None else self.original

    def compare(self, g: Comparison) -> tuple[float, float, float]:
        """Return a function of the four averages at the estimates, and the bounds of its interval.

        Parameters
        ----------
        g : callable
            From averages, shape (4, s), to s numbers.
        """
        estimate, draws = float(g(self.estimates[:, np.newaxis])[0]), g(self.draws)
        lower, upper = np.quantile(draws, self._levels(draws, estimate, g))
        return estimate, float(lower), float(upper)

    def _levels(self, draws: FloatArray, estimate: float, g: Comparison) -> tuple[float, float]:
        """Return the two quantile levels of an interval."""
        if self.interval == "bca of R":
            centre = float(np.mean(draws))
            return bca_levels(draws, centre, skewness_acceleration(centre - draws), self.conf_level)
        if self.interval == "bca" and self.left_out is not None:
            return bca_levels(draws, estimate, jackknife_acceleration(g(self.left_out)), self.conf_level)
        tail = (1 - self.conf_level) / 2
        return tail, 1 - tail

    def frame(self) -> pd.DataFrame:
        """Return a row per average; see `MediationResult.means`."""
        rows = []
        for cell, (treatment, mediator) in enumerate(CELLS):
            estimate, lower, upper = self.compare(lambda y, cell=cell: y[cell])  # type: ignore[misc]
            std_error = float(np.std(self.draws[cell], ddof=1)) if self.draws.shape[1] > 1 else float("nan")
            error = std_error / np.sqrt(self.draws.shape[1]) if self.original is None else float("nan")
            rows.append((treatment, mediator, estimate, std_error, lower, upper, error))
        columns = ["treatment", "mediator_under", "estimate", "std_error", "lower", "upper", "mc_error"]
        return pd.DataFrame(rows, columns=columns)
