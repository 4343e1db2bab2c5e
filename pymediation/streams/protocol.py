"""What a stream of random numbers offers; algorithms are written against this and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.streams.shaping import Order, Size

__all__ = ["Stream", "StreamRecord"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """Where random numbers came from; results keep it.

    Attributes
    ----------
    kind : {"R", "numpy"}
        Which of the two streams.
    seed : int or None
        The seed, if it is known. A NumPy stream from fresh entropy tells the entropy it started from.
    position : int or None
        Words used up since seeding (R only).
    seeded : bool
        Whether the user chose the stream. If not, the seed is one that was picked at random.
    """

    kind: Literal["R", "numpy"]
    seed: int | None
    position: int | None
    seeded: bool


@runtime_checkable
class Stream(Protocol):
    """A source of random numbers that is advanced by drawing from it.

    Rules that all methods share:

    * `size` is an int or a tuple. A tuple is filled in `order`: ``"F"``, column by column, as R fills a
      matrix, or ``"C"``, row by row. Parameters that are arrays of more than one dimension are read in the
      same order. Shorter parameters are recycled along the result; of longer ones the beginning is used.
    * Continuous draws are float64, counts and indices int64. A parameter that is not accepted makes NaN, with
      a :class:`~pymediation.errors.PymediationWarning`; counts are then float64.
    * An element whose parameters leave nothing to chance (`scale` 0, `p` 0 or 1) uses up no random numbers.
    """

    def uniform(
        self, low: ArrayLike = 0.0, high: ArrayLike = 1.0, size: Size = 1, order: Order = "F"
    ) -> Floats:
        """Draw from the uniform distribution on (low, high)."""
        ...

    def normal(
        self, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0, size: Size = 1, order: Order = "F"
    ) -> Floats:
        """Draw from the normal distribution with mean `loc` and standard deviation `scale`."""
        ...

    def multivariate_normal(self, mean: ArrayLike, cov: ArrayLike, size: int = 1) -> Floats:
        """Draw vectors of mean `mean` (p,) and covariance `cov` (p, p): a (size, p) array.

        The draws are Z S + mean with independent normals Z, filled row by row, and S the symmetric square
        root of the covariance.
        """
        ...

    def binomial(self, n: ArrayLike, p: ArrayLike, size: Size = 1, order: Order = "F") -> NDArray[Any]:
        """Draw numbers of successes in `n` trials with probability `p` each."""
        ...

    def multinomial(self, n: int, pvals: ArrayLike, size: int = 1) -> Ints:
        """Draw counts of `n` items in K categories with weights `pvals` (K,): a (size, K) array."""
        ...

    def categorical(self, probs: ArrayLike) -> Ints:
        """Draw a category 0..K-1 for each row of weights `probs` (N, K), row after row: an (N,) array."""
        ...

    def poisson(self, lam: ArrayLike, size: Size = 1, order: Order = "F") -> NDArray[Any]:
        """Draw from the Poisson distribution with mean `lam`."""
        ...

    def gamma(self, shape: ArrayLike, scale: ArrayLike = 1.0, size: Size = 1, order: Order = "F") -> Floats:
        """Draw from the gamma distribution with mean ``shape * scale``."""
        ...

    def exponential(self, scale: ArrayLike = 1.0, size: Size = 1, order: Order = "F") -> Floats:
        """Draw from the exponential distribution with mean `scale`."""
        ...

    def logistic(
        self, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0, size: Size = 1, order: Order = "F"
    ) -> Floats:
        """Draw from the logistic distribution: loc + scale log(u / (1 - u))."""
        ...

    def weibull(self, shape: ArrayLike, scale: ArrayLike = 1.0, size: Size = 1, order: Order = "F") -> Floats:
        """Draw from the Weibull distribution: scale (-log u) ** (1 / shape)."""
        ...

    def student_t(self, df: ArrayLike, size: Size = 1, order: Order = "F") -> Floats:
        """Draw from Student's t distribution with `df` degrees of freedom, normal if infinite."""
        ...

    def inverse_gaussian(
        self, mean: ArrayLike, shape: ArrayLike, size: Size = 1, order: Order = "F"
    ) -> Floats:
        """Draw from the inverse Gaussian distribution with variance ``mean**3 / shape``."""
        ...

    def integers(self, n: int, size: Size = 1) -> Ints:
        """Draw indices 0..n-1, all equally probable; a tuple `size` is filled column by column."""
        ...

    def bootstrap_indices(self, n: int, replicates: int, strata: ArrayLike | None = None) -> Ints:
        """Draw the rows of `n` observations in each bootstrap sample: a (replicates, n) array.

        With `strata` (n,), each stratum is resampled within itself.
        """
        ...

    def copy(self) -> Stream:
        """Return an independent stream at the same place."""
        ...

    def describe(self) -> StreamRecord:
        """Return what is needed to name the stream."""
        ...
