"""The draws whose elements are independent of each other, once for both kinds of stream."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.streams.binomials import BINOMIAL
from pymediation.streams.continuous import INVERSE_GAUSSIAN, LOGISTIC, UNIFORM, WEIBULL
from pymediation.streams.gammas import EXPONENTIAL, GAMMA, STUDENT_T
from pymediation.streams.indices import bootstrap_matrix
from pymediation.streams.laws import Floats, Law, draw
from pymediation.streams.mersenne import MersenneWords
from pymediation.streams.multivariate import mean_and_covariance, symmetric_root
from pymediation.streams.normals import NORMAL
from pymediation.streams.poissons import POISSON
from pymediation.streams.shaping import Form, Order, Size, parameter, whole_number

__all__ = ["ElementwiseStream"]


class ElementwiseStream(ABC):
    """Draws that differ between the streams only in where the numbers come from.

    The methods are described in :class:`~pymediation.streams.Stream`.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def _source(self) -> MersenneWords | np.random.Generator:
        """Where the random numbers come from."""

    @abstractmethod
    def integers(self, n: int, size: Size = 1) -> NDArray[np.int64]:
        """Draw indices 0..n-1, all equally probable."""

    def _draw(self, law: Law, size: Size, order: Order, *given: ArrayLike) -> NDArray[Any]:
        form = Form.of(size, order)
        named = zip(given, law.parameters, strict=True)
        parameters = tuple(parameter(value, name, form) for value, name in named)
        return form.fold(draw(law, self._source, form.count, parameters))

    def uniform(
        self, low: ArrayLike = 0.0, high: ArrayLike = 1.0, size: Size = 1, order: Order = "F"
    ) -> Floats:
        """Draw from the uniform distribution on (low, high)."""
        return self._draw(UNIFORM, size, order, low, high)

    def normal(
        self, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0, size: Size = 1, order: Order = "F"
    ) -> Floats:
        """Draw from the normal distribution."""
        return self._draw(NORMAL, size, order, loc, scale)

    def binomial(self, n: ArrayLike, p: ArrayLike, size: Size = 1, order: Order = "F") -> NDArray[Any]:
        """Draw numbers of successes in `n` trials."""
        return self._draw(BINOMIAL, size, order, n, p)

    def poisson(self, lam: ArrayLike, size: Size = 1, order: Order = "F") -> NDArray[Any]:
        """Draw from the Poisson distribution."""
        return self._draw(POISSON, size, order, lam)

    def gamma(self, shape: ArrayLike, scale: ArrayLike = 1.0, size: Size = 1, order: Order = "F") -> Floats:
        """Draw from the gamma distribution."""
        return self._draw(GAMMA, size, order, shape, scale)

    def exponential(self, scale: ArrayLike = 1.0, size: Size = 1, order: Order = "F") -> Floats:
        """Draw from the exponential distribution."""
        return self._draw(EXPONENTIAL, size, order, scale)

    def logistic(
        self, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0, size: Size = 1, order: Order = "F"
    ) -> Floats:
        """Draw from the logistic distribution."""
        return self._draw(LOGISTIC, size, order, loc, scale)

    def weibull(self, shape: ArrayLike, scale: ArrayLike = 1.0, size: Size = 1, order: Order = "F") -> Floats:
        """Draw from the Weibull distribution."""
        return self._draw(WEIBULL, size, order, shape, scale)

    def student_t(self, df: ArrayLike, size: Size = 1, order: Order = "F") -> Floats:
        """Draw from Student's t distribution."""
        return self._draw(STUDENT_T, size, order, df)

    def inverse_gaussian(
        self, mean: ArrayLike, shape: ArrayLike, size: Size = 1, order: Order = "F"
    ) -> Floats:
        """Draw from the inverse Gaussian distribution."""
        return self._draw(INVERSE_GAUSSIAN, size, order, mean, shape)

    def multivariate_normal(self, mean: ArrayLike, cov: ArrayLike, size: int = 1) -> Floats:
        """Draw vectors from the multivariate normal distribution."""
        centre, sigma = mean_and_covariance(mean, cov)
        rows = whole_number(size, "size")
        z = self.normal(size=(rows, centre.size), order="C")
        return z @ symmetric_root(sigma) + centre

    def bootstrap_indices(
        self, n: int, replicates: int, strata: ArrayLike | None = None
    ) -> NDArray[np.int64]:
        """Draw the index matrix of an ordinary bootstrap."""
        return bootstrap_matrix(self.integers, n, replicates, strata)
