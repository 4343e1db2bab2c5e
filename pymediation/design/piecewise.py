"""Bases of piecewise polynomials, frozen: evaluated anywhere, without the library that made them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["PiecewiseBasis"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PiecewiseBasis:
    """w functions of one variable that are polynomials between breaks.

    Beyond the outermost breaks the functions go on as straight lines, with the value and the slope that they
    have there, or repeat themselves if they are periodic.

    Attributes
    ----------
    breaks : ndarray, shape (J + 1,)
        Where the J pieces begin and end, in ascending order.
    coefficients : ndarray, shape (J + 2, degree + 1, w)
        For each piece, the lines beyond the ends included, the coefficients of powers of the distance from
        its origin (the end, for the two lines) in units of its width.
    periodic : bool
        Whether the functions repeat themselves.
    """

    breaks: FloatArray
    coefficients: FloatArray
    periodic: bool

    @classmethod
    def from_function(
        cls,
        function: Callable[[FloatArray], FloatArray],
        breaks: ArrayLike,
        degree: int,
        *,
        periodic: bool = False,
    ) -> PiecewiseBasis:
        """Read the polynomials off a function that evaluates the basis.

        Parameters
        ----------
        function : callable
            From p values, strictly between the outermost breaks, to the basis, shape (p, w).
        breaks : array_like, shape (J + 1,)
            Where the pieces begin and end; repeated ones count once.
        degree : int
            Largest degree of the polynomials.
        periodic : bool
            Whether the functions repeat themselves beyond the breaks.

        Returns
        -------
        PiecewiseBasis

        Examples
        --------
        >>> tent = PiecewiseBasis.from_function(lambda x: np.abs(x)[:, None], [-1, 0, 1], 1)
        >>> tent([-3.0, -0.5, 0.25, 2.0])[:, 0].round(12).tolist()
        [3.0, 0.5, 0.25, 2.0]
        """
        edges = np.unique(np.asarray(breaks, dtype=np.float64))
        # Values inside a piece, never at its ends, where a basis of low degree may jump.
        inside = (np.arange(degree + 1) + 0.5) / (degree + 1)
        widths = np.diff(edges)
        values = function((edges[:-1, None] + widths[:, None] * inside).ravel())
        values = values.reshape(widths.size, degree + 1, -1)
        inner = np.linalg.solve(np.vander(inside, increasing=True), values)
        coefficients = np.zeros((widths.size + 2, max(degree, 1) + 1, values.shape[2]))
        coefficients[1:-1, : degree + 1] = inner
        coefficients[0, 0], coefficients[-1, 0] = inner[0, 0], inner[-1].sum(axis=0)
        if degree:
            coefficients[0, 1] = inner[0, 1] / widths[0]
            coefficients[-1, 1] = np.arange(degree + 1) @ inner[-1] / widths[-1]
        return cls(edges, coefficients, periodic)

    @property
    def size(self) -> int:
        """Number of functions, w."""
        return int(self.coefficients.shape[2])

    @property
    def vanishing(self) -> NDArray[np.intp]:
        """Positions of the functions that are 0 everywhere, as those between equal knots are."""
        return np.flatnonzero(~self.coefficients.any(axis=(0, 1)))

    def only(self, columns: ArrayLike) -> PiecewiseBasis:
        """Return the basis of some of the functions, given by position."""
        chosen = np.asarray(columns, dtype=np.intp)
        return PiecewiseBasis(self.breaks, self.coefficients[:, :, chosen], self.periodic)

    def __call__(self, x: ArrayLike) -> FloatArray:
        """Evaluate the functions at n values, shape (n, w)."""
        values = np.asarray(x, dtype=np.float64)
        low, high = self.breaks[0], self.breaks[-1]
        if self.periodic:
            values = low + np.mod(values - low, high - low)
        piece = np.searchsorted(self.breaks, values, side="right")
        origins = np.concatenate(([low], self.breaks))
        widths = np.concatenate(([1.0], np.diff(self.breaks), [1.0]))
        distance = ((values - origins[piece]) / widths[piece])[:, None]
        total: FloatArray = self.coefficients[piece, -1]
        for power in reversed(range(self.coefficients.shape[1] - 1)):
            total *= distance
            total += self.coefficients[piece, power]
        return total
