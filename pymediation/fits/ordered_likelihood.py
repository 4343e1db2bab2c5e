"""The likelihood of cumulative models, for many weightings of the same rows, and R's search over it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pymediation.fits._inputs import Data
from pymediation.fits.bfgs import Minima, minimise
from pymediation.fits.cumulative import Distribution

__all__ = ["Likelihood", "OrderedData", "make_likelihood", "search", "thresholds"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]

LIMIT = 100.0  # R cuts F's arguments here, which also stands for the outermost thresholds
LARGEST = 1e300  # thresholds beyond it would be infinite, and 0 times infinity is not a number
SPLITTER = 1.5 * 2.0**32  # adding and subtracting it rounds to multiples of 2^-20
PROBE = 16  # every which row is evaluated first
PASS_CELLS = 16_384  # replicates x rows per pass: the operands of a chain of passes stay in the cache


@dataclass(frozen=True, slots=True)
class OrderedData:
    """Checked rows of an ordered model; the design of `data` starts with a constant."""

    data: Data
    codes: IntArray
    n_levels: int


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Minus the log-likelihoods of R weightings (R, n) of the same rows, which are sorted by category.

    Parameters are (beta, zeta_1, log(zeta_2 - zeta_1), ...). A row's limits are upper'(beta, zeta) and
    lower'(beta, zeta) less the offset; `below` rows have an upper limit, rows from `above` on a lower one.
    """

    distribution: Distribution
    upper: FloatArray
    lower: FloatArray
    offset: FloatArray
    below: int
    above: int
    k: int
    order: IntArray
    weights: FloatArray

    def weighted(self, counts: NDArray[np.integer]) -> Likelihood:
        """Return the likelihoods of replicates in which rows, in their first order, occur `counts` times."""
        return replace(self, weights=counts[:, self.order] * self.weights)

    def thinned(self, step: int) -> Likelihood:
        """Return the likelihoods of every step-th row alone."""
        rows = slice(None, None, step)
        return replace(
            self,
            upper=self.upper[rows],
            lower=self.lower[rows],
            offset=self.offset[rows],
            below=-(-self.below // step),
            above=-(-self.above // step),
            order=self.order[rows],
            weights=np.ascontiguousarray(self.weights[:, rows]),
        )

    def value(self, theta: FloatArray, which: IntArray) -> FloatArray:
        """Return the values (a,) at parameters (a, d); infinite where a row drawn is impossible."""
        values = np.empty(which.size)
        for part in self._passes(which.size):
            share = self._shares(*self._limits(theta[part]))
            weights = self.weights[which[part]]
            possible: BoolArray | bool = True
            if not share.min() > 0:  # rare, and looking at each row costs more than its logarithm
                np.copyto(share, 1.0, where=weights == 0)
                possible = share.min(axis=1) > 0
            with np.errstate(divide="ignore", invalid="ignore"):
                np.log(share, out=share)
                share *= weights
                values[part] = np.where(possible, -_row_sums(share), np.inf)
        return values

    def gradient(self, theta: FloatArray, which: IntArray) -> FloatArray:
        """Return the gradients (a, d) at parameters (a, d)."""
        slopes = np.empty_like(theta)
        for part in self._passes(which.size):
            slopes[part] = self._slopes(theta[part], self.weights[which[part]])
        increments = np.exp(theta[:, self.k + 1 :])
        later = np.cumsum(slopes[:, self.k :][:, ::-1], axis=1)[:, ::-1]
        slopes[:, self.k] = later[:, 0]
        slopes[:, self.k + 1 :] = increments * later[:, 1:]
        return slopes

    def _passes(self, size: int) -> list[slice]:
        """Return slices of the searches that are evaluated at a time."""
        step = max(1, PASS_CELLS // max(1, self.offset.size))
        return [slice(start, start + step) for start in range(0, size, step)]

    def _limits(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return upper limits (a, below) and lower limits (a, n - above), cut as R cuts them."""
        natural = np.hstack((theta[:, : self.k], thresholds(theta, self.k)))
        with np.errstate(over="ignore", invalid="ignore"):
            upper = natural @ self.upper[: self.below].T - self.offset[: self.below]
            lower = natural @ self.lower[self.above :].T - self.offset[self.above :]
        return np.minimum(upper, LIMIT, out=upper), np.maximum(lower, -LIMIT, out=lower)

    def _shares(self, upper: FloatArray, lower: FloatArray) -> FloatArray:
        """Return each row's probability of its own category, shape (a, n)."""
        cdf = self.distribution.cdf
        share = np.empty((upper.shape[0], self.offset.size))
        share[:, : self.below] = cdf(upper)
        share[:, self.below :] = cdf(LIMIT)
        share[:, : self.above] -= cdf(-LIMIT)
        share[:, self.above :] -= cdf(lower)
        return share

    def _slopes(self, theta: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the gradients in (beta, zeta)."""
        upper, lower = self._limits(theta)
        density = self.distribution.density
        share = self._shares(upper, lower)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = weights / share
        if not share.min() > 0:
            np.copyto(ratio, 0.0, where=weights == 0)
        rising, falling = np.empty_like(ratio), np.empty_like(ratio)
        rising[:, : self.below], rising[:, self.below :] = density(upper), density(LIMIT)
        falling[:, : self.above], falling[:, self.above :] = density(-LIMIT), density(lower)
        rising *= ratio
        falling *= ratio
        return falling @ self.lower - rising @ self.upper


def _row_sums(terms: FloatArray) -> FloatArray:
    """Sum rows to the last digit: the end of R's search depends on it, and R adds in extended precision.

    The parts of the terms above 2^-20 add up without rounding, and what is left of them is small.
    """
    coarse = terms + SPLITTER
    coarse -= SPLITTER
    total = coarse.sum(axis=1)
    np.subtract(terms, coarse, out=coarse)
    return total + coarse.sum(axis=1)


def thresholds(theta: FloatArray, k: int) -> FloatArray:
    """Return the thresholds (a, K - 1) of parameters (a, d)."""
    steps = theta[:, k:].copy()
    with np.errstate(over="ignore"):
        np.exp(steps[:, 1:], out=steps[:, 1:])
        return np.clip(np.cumsum(steps, axis=1), -LARGEST, LARGEST)


def make_likelihood(rows: OrderedData, columns: IntArray, distribution: Distribution) -> Likelihood:
    """Return the likelihood of the rows under their prior weights, in some columns of the design."""
    order = np.argsort(rows.codes, kind="stable")
    codes, k, q = rows.codes[order], columns.size, rows.n_levels - 1
    upper = np.zeros((codes.size, k + q))
    upper[:, :k] = -rows.data.X[np.ix_(order, columns)]
    lower = upper.copy()
    below, above = int(np.searchsorted(codes, q)), int(np.searchsorted(codes, 1))
    upper[np.arange(below), k + codes[:below]] = 1.0
    lower[np.arange(above, codes.size), k + codes[above:] - 1] = 1.0
    offset, weights = rows.data.offset[order], rows.data.weights[order]
    return Likelihood(distribution, upper, lower, offset, below, above, k, order, weights[None])


def search(likelihood: Likelihood, first: FloatArray) -> Minima:
    """Run R's search from parameters (R, d).

    Half of its steps are far too long. Each row adds something positive, so that a few rows are often enough
    to see it.
    """
    probe = likelihood.thinned(PROBE)

    def value(theta: FloatArray, which: IntArray, bound: FloatArray) -> FloatArray:
        values = probe.value(theta, which)
        open_ = np.flatnonzero(values <= bound)
        values[values > bound] = np.inf
        values[open_] = likelihood.value(theta[open_], which[open_])
        return values

    return minimise(value, likelihood.gradient, first)
