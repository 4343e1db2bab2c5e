"""R's search over many weightings of the same rows; most of the points it refuses are seen from few rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pymediation.fits.bfgs import SHIFT, Minima, minimise
from pymediation.fits.ordered_likelihood import (
    Likelihood,
    log_terms,
    mend,
    natural_parameters,
    of_parameters,
    pulls,
    shares,
    split_sums,
)
from pymediation.fits.ordered_parts import Part, make_parts

__all__ = ["search"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]
Pair = tuple[FloatArray, FloatArray]

PASS_CELLS = 131_072  # replicates x rows per pass: few passes, whose operands stay in the cache
FEWEST, FEWEST_CELLS = 4, 20_000  # searches, and their rows: fewer cost more to keep account of than is saved
ROUNDING = 64 * float(np.finfo(np.float64).eps)  # of sums, relative to their terms; by far
SHARE_ERROR = 1e-14  # of probabilities; by far


@dataclass(frozen=True, slots=True)
class Planes:
    """Planes below R convex functions of (beta, zeta), where their gradients were evaluated last.

    All arrays have R rows and are written in place; those that are not known yet are NaN.

    Attributes
    ----------
    point, slope : ndarray, shape (R, d)
        Where that was, and the gradients.
    value, level : ndarray, shape (R,)
        The values there, and those of the planes at 0.
    pull : ndarray, shape (R,)
        Sums of the absolute slopes of the rows' terms in their limits.
    steepest : ndarray, shape (R,)
        The largest of these slopes, for a weight of 1.
    frailty : ndarray, shape (R,)
        Sums of the rows' weights over their probabilities.
    """

    point: FloatArray
    slope: FloatArray
    value: FloatArray
    level: FloatArray
    pull: FloatArray
    steepest: FloatArray
    frailty: FloatArray

    @classmethod
    def unknown(cls, R: int, d: int) -> Planes:
        """Return planes that are not known."""
        return cls(*(np.full((R, d), np.nan) for _ in range(2)), *(np.full(R, np.nan) for _ in range(5)))

    def heights(self, natural: FloatArray, which: IntArray, reach: FloatArray) -> Pair:
        """Return the planes at (a, d), and how far computed values may be below them for their rounding.

        A probability s, computed with an error e, makes its term -log(s) too small by up to e / s. The
        planes bound s from above, so that from where the plane touches, 1 / s grows by no more than its
        steepest slope would let it.
        """
        k, point = reach.size, self.point[which]
        with np.errstate(over="ignore", invalid="ignore"):
            shift = np.abs(natural - point)
            move = shift[:, :k] @ reach + shift[:, k:].max(axis=1)
            sizes = np.abs(natural) + np.abs(point) + SHIFT
            extent = sizes[:, :k] @ reach + sizes[:, k:].max(axis=1)
            slack = ROUNDING * (np.abs(self.value[which]) + self.pull[which] * extent)
            slack += SHARE_ERROR * self.frailty[which] * np.exp(self.steepest[which] * move)
            return self.level[which] + _dots(self.slope[which], natural), slack

    def take_down(
        self,
        which: IntArray,
        natural: FloatArray,
        slopes: FloatArray,
        value: FloatArray,
        roughness: tuple[FloatArray, FloatArray, FloatArray],
    ) -> None:
        """Write planes at (a, d), the last three attributes as they are."""
        self.point[which], self.slope[which], self.value[which] = natural, slopes, value
        self.level[which] = value - _dots(slopes, natural)
        self.pull[which], self.steepest[which], self.frailty[which] = roughness


@dataclass(frozen=True, slots=True)
class Lean:
    """How the terms of a part's rows lean where the gradients were evaluated last, written in place.

    Attributes
    ----------
    rising, falling : ndarray, shapes (R, below) and (R, m - above)
        How they fall with the upper limits, and rise with the lower ones.
    level : ndarray, shape (R,)
        Sums of the rows' planes at limits of 0.
    """

    rising: FloatArray
    falling: FloatArray
    level: FloatArray

    @classmethod
    def of(cls, part: Part) -> Lean:
        """Return what is not known yet."""
        R, m = part.rows.shape
        return cls(*(np.full(shape, np.nan) for shape in ((R, part.below), (R, m - part.above), (R,))))

    def heights(self, which: IntArray, upper: FloatArray, lower: FloatArray) -> FloatArray:
        """Return the sums of the planes at limits."""
        return self.level[which] + _dots(self.falling[which], lower) - _dots(self.rising[which], upper)

    def take_down(
        self, part: Part, which: IntArray, limits: Pair, rising: FloatArray, falling: FloatArray
    ) -> None:
        """Write the slopes (a, m) at limits."""
        up, down = rising[:, : part.below], falling[:, part.above :]
        value = -log_terms(part.share[which], part.weights[which]).sum(axis=1)
        self.rising[which], self.falling[which] = up, down
        self.level[which] = value + _dots(up, limits[0]) - _dots(down, limits[1])


@dataclass(frozen=True, slots=True)
class Partwise:
    """Likelihoods whose rows are looked at part by part, until it is plain that a point is refused.

    The rows not looked at are bounded from below: by 0, and, if the terms are convex in (beta, zeta), by the
    planes that touch them at an earlier point (the tangents of convex functions are below them). Both bounds
    leave room for what rounding can do, so that no point is refused that the whole sum would not refuse.

    Attributes
    ----------
    likelihood : Likelihood
    parts : list of Part
    leans : list of Lean
        Those of all parts but the last.
    reach : ndarray, shape (k,)
        Largest absolute values of the columns.
    planes : Planes
    last : ndarray, shape (R,)
        The values found last, written in place.
    """

    likelihood: Likelihood
    parts: list[Part]
    leans: list[Lean]
    reach: FloatArray
    planes: Planes
    last: FloatArray

    def value(self, theta: FloatArray, which: IntArray, bound: FloatArray) -> FloatArray:
        """Return the values (a,) at parameters (a, d), or infinity where they are above the bound."""
        values = np.empty(which.size)
        for these in self._passes(which.size):
            values[these] = self._values(theta[these], which[these], bound[these])
        return values

    def gradient(self, theta: FloatArray, which: IntArray) -> FloatArray:
        """Return the gradients (a, d) at the parameters (a, d) at which values were evaluated last."""
        slopes = np.empty_like(theta)
        for these in self._passes(which.size):
            slopes[these] = self._slopes(natural_parameters(theta[these], self.reach.size), which[these])
        return of_parameters(slopes, theta, self.reach.size)

    def _passes(self, size: int) -> list[slice]:
        """Return slices of the searches that are evaluated at a time."""
        step = max(1, PASS_CELLS // max(1, self.likelihood.offset.size))
        return [slice(start, start + step) for start in range(0, size, step)]

    def _values(self, theta: FloatArray, which: IntArray, bound: FloatArray) -> FloatArray:
        """Return the values of one pass."""
        natural = natural_parameters(theta, self.reach.size)
        tables = self.likelihood.limits(natural)
        floor, slack = self.planes.heights(natural, which, self.reach)
        values, left = np.full(which.size, np.inf), np.arange(which.size)
        coarse, fine = np.zeros(which.size), np.zeros(which.size)
        for i, part in enumerate(self.parts):
            limits = part.limits(*tables, which[left], left)
            possible, large, small = self._sums(part, which[left], limits)
            coarse[left] += large
            fine[left] += small
            if i < len(self.leans):
                with np.errstate(invalid="ignore"):
                    floor[left] -= large + small + self.leans[i].heights(which[left], *limits)
                least = np.fmax(floor[left] - slack[left], -(coarse[left] + fine[left]) * (1 - ROUNDING))
                possible &= least <= bound[left]
            left = left[possible]
        values[left] = self.last[which[left]] = -(coarse[left] + fine[left])
        return values

    def _sums(self, part: Part, which: IntArray, limits: Pair) -> tuple[BoolArray, FloatArray, FloatArray]:
        """Return which resamples are possible and the two sums of their log-likelihoods."""
        weights = part.weights[which]
        share = shares(self.likelihood.distribution, *limits, part.size)
        possible = mend(share, weights)
        part.share[which] = share
        return possible, *split_sums(log_terms(share, weights))

    def _slopes(self, natural: FloatArray, which: IntArray) -> FloatArray:
        """Return the gradients of one pass in (beta, zeta), and take down the planes."""
        like, everyone = self.likelihood, np.arange(which.size)
        tables = like.limits(natural)
        rise, fall = np.zeros((2, which.size, like.offset.size))
        pull, steepest, frailty = np.zeros((3, which.size))
        for i, part in enumerate(self.parts):
            limits = part.limits(*tables, which, everyone)
            share, weights = part.share[which], part.weights[which]
            rising, falling = pulls(like.distribution, *limits, share, weights)
            part.spread(rising, which, rise)
            part.spread(falling, which, fall)
            if i < len(self.leans):
                self.leans[i].take_down(part, which, limits, rising, falling)
            with np.errstate(divide="ignore", invalid="ignore"):
                frailty += (weights / share).sum(axis=1)
                rising += falling
                pull += rising.sum(axis=1)
                rising /= weights
            np.maximum(steepest, np.fmax.reduce(rising, axis=1, initial=0.0), out=steepest)
        slopes: FloatArray = fall @ like.lower - rise @ like.upper
        if like.distribution.log_concave:
            self.planes.take_down(which, natural, slopes, self.last[which], (pull, steepest, frailty))
        return slopes


def _dots(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the products of rows."""
    return np.asarray(np.einsum("ij,ij->i", a, b))


def search(likelihood: Likelihood, first: FloatArray) -> Minima:
    """Run R's search from parameters (R, d)."""
    if first.shape[0] < FEWEST and likelihood.weights.size < FEWEST_CELLS:
        return minimise(lambda theta, which, _: likelihood.value(theta, which), likelihood.gradient, first)
    parts, planes = make_parts(likelihood), Planes.unknown(*first.shape)
    reach = np.abs(likelihood.upper[:, : likelihood.k]).max(axis=0, initial=0.0)
    leans = [Lean.of(part) for part in parts[:-1]]
    partwise = Partwise(likelihood, parts, leans, reach, planes, np.full(first.shape[0], np.inf))
    return minimise(partwise.value, partwise.gradient, first)
