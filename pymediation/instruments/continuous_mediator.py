"""Effects on compliers with a continuous mediator: integrals over its density."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.scale import OutcomeScale
from pymediation.instruments.quadrature import integrate_line
from pymediation.instruments.strata import Quad, Strata, effects_at, finite_values

__all__ = ["continuous_effects", "normal_density"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

_ROOT: Final = 0.398942280401432677939946059934  # 1 / sqrt(2 pi)
_TAIL: Final = 5.0  # standard deviations beyond which the square is split, so that its rounding does not show
_VANISHED: Final = float(np.sqrt(2 * np.log(2) * 1073))  # where R has 0: half the smallest number
_GRID: Final = 65_536.0

# Pairs of draw and unit integrated together: with a hundred intervals each they take a hundred megabytes.
_PAIRS = 8_192


def continuous_effects(
    strata: Strata, n: int, counts: NDArray[np.integer] | None, *, first_alone: bool
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Integrate the effects of each unit over the mediator.

    Parameters
    ----------
    strata : Strata
        D draws.
    n : int
        Number of units.
    counts : ndarray, shape (D, n), or None
        How often a unit counts; those that do not are not integrated.
    first_alone : bool
        Whether all units are alike, so that the first one says it all.

    Returns
    -------
    values : ndarray, shape (4, D, n), or (4, D, 1) with `first_alone`
        dc1, dc0, zc1, zc0; 0 for units that do not count.
    problems : ndarray of bool, of the same shape
        Integrals that ended with a problem.
    """
    sd = strata.sd if strata.sd is not None else np.ones(1)
    units = 1 if first_alone else n
    wanted = np.ones((sd.size, units), dtype=bool) if first_alone or counts is None else counts > 0
    values, problems = np.zeros((4, *wanted.shape)), np.zeros((4, *wanted.shape), dtype=bool)
    pairs = np.argwhere(wanted)
    for start in range(0, len(pairs), _PAIRS):
        draws, places = pairs[start : start + _PAIRS].T
        found = integrate_line(_Integrand.of(strata, sd, draws, places), draws.size, 4)
        values[:, draws, places], problems[:, draws, places] = found.value, found.status > 0
    return values, problems


def normal_density(x: FloatArray, mean: FloatArray, sd: FloatArray) -> FloatArray:
    """Return the normal density in R's arithmetic, which keeps digits in the far tails.

    Parameters
    ----------
    x, mean, sd : ndarray
        Shapes that broadcast to that of `x`.
    """
    u = x - mean
    u /= sd
    np.abs(u, out=u)
    density = u * -0.5
    density *= u
    np.exp(density, out=density)
    density *= _ROOT
    density /= sd
    far = u >= _TAIL
    if far.any():
        scale = np.broadcast_to(_ROOT / sd, u.shape)
        density[far] = _tail(u[far]) * scale[far]
    return density


def _tail(u: FloatArray) -> FloatArray:
    """Return exp(-u^2 / 2) with the square split, so that its rounding does not show; 0 far out."""
    coarse = np.rint(u * _GRID) / _GRID
    fine = u - coarse
    small = -0.5 * fine
    small -= coarse
    small *= fine
    np.exp(small, out=small)
    coarse *= coarse
    coarse *= -0.5
    np.exp(coarse, out=coarse)
    coarse *= small
    coarse[u >= _VANISHED] = 0.0
    return coarse


@dataclass(frozen=True, slots=True, eq=False)
class _Integrand:
    """The four integrands of P pairs of draw and unit; every array is of shape (P,) or (4, P).

    Attributes
    ----------
    Q, mean, intercept, slope : ndarray, shape (4, P)
        As in `Strata`, by cell.
    sd, share : ndarray, shape (P,)
        Standard deviation of the mediator, and share of compliers.
    link : OutcomeScale
    """

    Q: FloatArray
    mean: FloatArray
    intercept: FloatArray
    slope: FloatArray
    sd: FloatArray
    share: FloatArray
    link: OutcomeScale

    @classmethod
    def of(cls, strata: Strata, sd: FloatArray, draws: IntArray, places: IntArray) -> _Integrand:
        """Take the pairs asked for out of the tables by draw and unit."""

        def pairs(table: FloatArray) -> FloatArray:
            return table[draws, places] if table.shape[1] > 1 else table[draws, 0]

        def quads(quad: Quad) -> FloatArray:
            return np.stack([pairs(table) for table in quad])

        return cls(
            Q=quads(strata.Q),
            mean=quads(strata.mediator),
            intercept=quads(strata.intercept),
            slope=quads(strata.slope),
            sd=sd[draws],
            share=pairs(strata.compliers),
            link=strata.link,
        )

    def __call__(self, which: IntArray, x: FloatArray) -> FloatArray:
        """Return the integrands of the problems `which` (R,) at x (R, J), shape (4, R, J)."""
        chosen = which[:, np.newaxis]
        sd = self.sd[chosen]
        f = Quad(*(normal_density(x, mean[chosen], sd) for mean in self.mean))
        S = Quad(*(self._outcome(cell, chosen, x) for cell in range(4)))
        parts = effects_at(Quad(*(q[chosen] for q in self.Q)), f, S, self.share[chosen])
        return finite_values(np.stack(parts))

    def _outcome(self, cell: int, chosen: IntArray, x: FloatArray) -> FloatArray:
        """Return the mean outcome in a cell at values of the mediator."""
        eta = x * self.slope[cell][chosen]
        eta += self.intercept[cell][chosen]
        return eta if self.link.name == "identity" else np.asarray(self.link.inverse(eta, out=eta))
