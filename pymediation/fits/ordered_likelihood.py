"""The likelihood of cumulative models, for many weightings of the same rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pymediation.fits._inputs import Data
from pymediation.fits.cumulative import Distribution

__all__ = ["Likelihood", "OrderedData", "make_likelihood", "thresholds"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]

LIMIT = 100.0  # R cuts F's arguments here, which also stands for the outermost thresholds
LARGEST = 1e300  # thresholds beyond it would be infinite, and 0 times infinity is not a number
SPLITTER = 1.5 * 2.0**32  # adding and subtracting it rounds to multiples of 2^-20
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
    lower'(beta, zeta) less the offset; `starts` (K + 1,) tells where the categories begin.
    """

    distribution: Distribution
    upper: FloatArray
    lower: FloatArray
    offset: FloatArray
    starts: IntArray
    k: int
    order: IntArray
    weights: FloatArray

    @property
    def shifted(self) -> bool:
        """Whether there is an offset."""
        return bool(self.offset.any())

    @property
    def below(self) -> int:
        """Rows before this have an upper limit."""
        return int(self.starts[-2])

    @property
    def above(self) -> int:
        """Rows from this one on have a lower limit."""
        return int(self.starts[1])

    def weighted(self, counts: NDArray[np.integer]) -> Likelihood:
        """Return the likelihoods of replicates in which rows, in their first order, occur `counts` times."""
        return replace(self, weights=counts[:, self.order] * self.weights)

    def value(self, theta: FloatArray, which: IntArray) -> FloatArray:
        """Return the values (a,) at parameters (a, d); infinite where a row drawn is impossible."""
        values = np.empty(which.size)
        for part in self._passes(which.size):
            weights = self.weights[which[part]]
            share = shares(
                self.distribution,
                *cut(*self.limits(natural_parameters(theta[part], self.k))),
                self.offset.size,
            )
            possible = mend(share, weights)
            coarse, fine = split_sums(log_terms(share, weights))
            values[part] = np.where(possible, -(coarse + fine), np.inf)
        return values

    def gradient(self, theta: FloatArray, which: IntArray) -> FloatArray:
        """Return the gradients (a, d) at parameters (a, d)."""
        slopes = np.empty_like(theta)
        for part in self._passes(which.size):
            slopes[part] = self._slopes(theta[part], self.weights[which[part]])
        return of_parameters(slopes, theta, self.k)

    def _passes(self, size: int) -> list[slice]:
        """Return slices of the searches that are evaluated at a time."""
        step = max(1, PASS_CELLS // max(1, self.offset.size))
        return [slice(start, start + step) for start in range(0, size, step)]

    def limits(self, natural: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return upper limits (a, below) and lower limits (a, n - above) at (beta, zeta), not yet cut."""
        with np.errstate(over="ignore", invalid="ignore"):
            upper = natural @ self.upper[: self.below].T
            lower = natural @ self.lower[self.above :].T
            if self.shifted:
                upper -= self.offset[: self.below]
                lower -= self.offset[self.above :]
        return upper, lower

    def _slopes(self, theta: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the gradients in (beta, zeta)."""
        upper, lower = cut(*self.limits(natural_parameters(theta, self.k)))
        share = shares(self.distribution, upper, lower, self.offset.size)
        mend(share, weights)
        rising, falling = pulls(self.distribution, upper, lower, share, weights)
        return falling @ self.lower - rising @ self.upper


def cut(upper: FloatArray, lower: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Cut limits as R cuts them, in place."""
    return np.minimum(upper, LIMIT, out=upper), np.maximum(lower, -LIMIT, out=lower)


def shares(distribution: Distribution, upper: FloatArray, lower: FloatArray, size: int) -> FloatArray:
    """Return rows' probabilities (a, size); the last ones have no upper limit, the first no lower one."""
    cdf, below, above = distribution.cdf, upper.shape[1], size - lower.shape[1]
    share = np.empty((upper.shape[0], size))
    share[:, :below] = cdf(upper)
    share[:, below:] = cdf(LIMIT)
    share[:, :above] -= cdf(-LIMIT)
    share[:, above:] -= cdf(lower)
    return share


def mend(share: FloatArray, weights: FloatArray) -> BoolArray:
    """Make probabilities of rows of no weight 1 if any is 0; return whose are now positive, shape (a,)."""
    if share.min(initial=np.inf) > 0:  # to look at each row would cost more than its logarithm
        return np.ones(share.shape[0], dtype=bool)
    np.copyto(share, 1.0, where=weights == 0)
    return share.min(axis=1, initial=np.inf) > 0


def log_terms(share: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the rows' terms of the log-likelihoods."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.log(share)
        terms *= weights
        return terms


def pulls(
    distribution: Distribution, upper: FloatArray, lower: FloatArray, share: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return how the rows' terms rise with the upper limit and fall with the lower one."""
    density, below, above = distribution.density, upper.shape[1], share.shape[1] - lower.shape[1]
    rising, falling = np.empty_like(share), np.empty_like(share)
    rising[:, :below], rising[:, below:] = density(upper), density(LIMIT)
    falling[:, :above], falling[:, above:] = density(-LIMIT), density(lower)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = weights / share
        rising *= ratio
        falling *= ratio
    return rising, falling


def split_sums(terms: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sum rows to the last digit: the end of R's search depends on it, and R adds in extended precision.

    The parts of the terms above 2^-20 add up without rounding, and what is left of them is small: these are
    the two sums.
    """
    with np.errstate(invalid="ignore"):
        coarse = terms + SPLITTER
        coarse -= SPLITTER
        total = coarse.sum(axis=1)
        np.subtract(terms, coarse, out=coarse)
        return total, coarse.sum(axis=1)


def thresholds(theta: FloatArray, k: int) -> FloatArray:
    """Return the thresholds (a, K - 1) of parameters (a, d)."""
    steps = theta[:, k:].copy()
    with np.errstate(over="ignore"):
        np.exp(steps[:, 1:], out=steps[:, 1:])
        return np.clip(np.cumsum(steps, axis=1), -LARGEST, LARGEST)


def natural_parameters(theta: FloatArray, k: int) -> FloatArray:
    """Return (beta, zeta_1, zeta_2, ...), shape (a, d), of parameters (a, d)."""
    return np.hstack((theta[:, :k], thresholds(theta, k)))


def of_parameters(slopes: FloatArray, theta: FloatArray, k: int) -> FloatArray:
    """Return gradients in the parameters (a, d) from those in (beta, zeta), which are overwritten."""
    later = np.cumsum(slopes[:, k:][:, ::-1], axis=1)[:, ::-1]
    slopes[:, k] = later[:, 0]
    slopes[:, k + 1 :] = np.exp(theta[:, k + 1 :]) * later[:, 1:]
    return slopes


def make_likelihood(rows: OrderedData, columns: IntArray, distribution: Distribution) -> Likelihood:
    """Return the likelihood of the rows under their prior weights, in some columns of the design."""
    order = np.argsort(rows.codes, kind="stable")
    codes, k, q = rows.codes[order], columns.size, rows.n_levels - 1
    upper = np.zeros((codes.size, k + q))
    upper[:, :k] = -rows.data.X[np.ix_(order, columns)]
    lower = upper.copy()
    starts = np.searchsorted(codes, np.arange(rows.n_levels + 1))
    below, above = starts[-2], starts[1]
    upper[np.arange(below), k + codes[:below]] = 1.0
    lower[np.arange(above, codes.size), k + codes[above:] - 1] = 1.0
    offset, weights = rows.data.offset[order], rows.data.weights[order]
    return Likelihood(distribution, upper, lower, offset, starts, k, order, weights[None])
