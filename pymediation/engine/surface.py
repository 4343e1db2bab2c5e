"""Average potential outcomes Y(t, M(t')) of a block of draws and rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.layout import ROWS_FIRST, Layout
from pymediation.engine.scale import OutcomeScale, ParameterScale

__all__ = [
    "AffineSurface",
    "GenericSurface",
    "LevelSurface",
    "OrderedSurface",
    "ParameterSurface",
    "Surface",
]

FloatArray = NDArray[np.float64]

# Rows of an expanded design that are built at a time when the mediator enters in a way only the design itself
# can evaluate.
_EXPANDED_ROWS = 65_536


class Surface(Protocol):
    """The mean outcome as a function of treatment arm and mediator value."""

    def cells(
        self, layout: Layout, B: FloatArray, M1: FloatArray, M0: FloatArray, rows: slice, weights: FloatArray
    ) -> FloatArray:
        """Return the weighted sums over `rows` of Y(1, M1), Y(1, M0), Y(0, M1), Y(0, M0), shape (4, S)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class AffineSurface:
    """A design that is affine in the mediator: x(t, m) = a(t) + m c(t).

    Any two-valued mediator, coded 0/1, is of this kind whatever the formula does with it.

    Attributes
    ----------
    base, slope : tuple of two ndarrays, shape (n, k)
        a(t) and c(t) under treatment, then under control.
    constant_slope : bool
        Whether c(t) is the same for all rows (no interaction of the mediator with covariates).
    two_valued : bool
        Whether the mediator is 0 or 1, so that two outcomes per row and arm are all there are.
    link : OutcomeScale
        The scale on which the outcome is reported.
    offset : ndarray, shape (n,), or None
    """

    base: tuple[FloatArray, FloatArray]
    slope: tuple[FloatArray, FloatArray]
    constant_slope: bool
    two_valued: bool
    link: OutcomeScale
    offset: FloatArray | None

    @property
    def linear(self) -> bool:
        """Whether the outcome is its linear predictor."""
        return self.link.name == "identity"

    @property
    def no_interaction(self) -> bool:
        """Whether the mediator's slope is the same in both arms, on the scale of the linear predictor."""
        return bool(np.array_equal(self.slope[0], self.slope[1]))

    def cells(
        self, layout: Layout, B: FloatArray, M1: FloatArray, M0: FloatArray, rows: slice, weights: FloatArray
    ) -> FloatArray:
        """Return the weighted sums over `rows` of the four potential outcomes; see `Surface`."""
        sums = np.empty((4, B.shape[0]))
        # a + c m is linear in m where c is the same in all rows: averages do, those of m for both arms.
        averages = self.linear and self.constant_slope
        if averages:
            M1, M0 = (layout.average(M, weights) for M in (M1, M0))
        for arm in (0, 1):
            base = layout.predictor(self.base[arm][rows], B)
            if self.offset is not None:
                base += layout.per_row(self.offset[rows])
            if averages:
                base, slope = layout.average(base, weights), B @ self.slope[arm][0]
                sums[2 * arm], sums[2 * arm + 1] = base + slope * M1, base + slope * M0
            else:
                slope = self._slope(layout, arm, B, rows)
                evaluate = self._two_valued if self.two_valued else self._many_valued
                first, second = evaluate(base, slope, M1, M0)
                sums[2 * arm] = layout.average(first, weights)
                sums[2 * arm + 1] = layout.average(second, weights)
        return sums

    def _slope(self, layout: Layout, arm: int, B: FloatArray, rows: slice) -> FloatArray:
        """Return b'c(t), one number per draw or one per cell."""
        if self.constant_slope:
            return layout.per_draw(B @ self.slope[arm][0])
        return layout.predictor(self.slope[arm][rows], B)

    def _many_valued(
        self, base: FloatArray, slope: FloatArray, M1: FloatArray, M0: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Evaluate the mean outcome at both mediators."""
        first = slope * M1
        first += base
        second = slope * M0
        second += base
        return self.link.inverse(first, out=first), self.link.inverse(second, out=second)

    def _two_valued(
        self, base: FloatArray, slope: FloatArray, M1: FloatArray, M0: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Evaluate the mean outcome at m = 0 and m = 1, then choose."""
        at_one = base + slope
        zero = self.link.inverse(base, out=base)
        step = self.link.inverse(at_one, out=at_one)
        step -= zero
        first = step * M1
        first += zero
        step *= M0
        step += zero
        return first, step


@dataclass(frozen=True, slots=True, eq=False)
class GenericSurface:
    """A design that only the formula itself can evaluate at a mediator value: log(m), I(m**2), splines.

    Attributes
    ----------
    build : callable
        ``build(arm, rows, M)``: the design of the rows with those positions, under the arm, at mediator
        values M; both of one length, the result of shape (len, k).
    link : OutcomeScale
    offset : ndarray, shape (n,), or None
    """

    build: Callable[[int, NDArray[np.intp], FloatArray], FloatArray]
    link: OutcomeScale
    offset: FloatArray | None

    def cells(
        self, layout: Layout, B: FloatArray, M1: FloatArray, M0: FloatArray, rows: slice, weights: FloatArray
    ) -> FloatArray:
        """Return the weighted sums over `rows` of the four potential outcomes; see `Surface`."""
        rows_first = layout is ROWS_FIRST
        M1, M0 = (M if rows_first else M.T for M in (M1, M0))
        sums = [self._arm_sums(arm, B, M, rows, weights) for arm in (0, 1) for M in (M1, M0)]
        return np.stack(sums)

    def _arm_sums(
        self, arm: int, B: FloatArray, M: FloatArray, rows: slice, weights: FloatArray
    ) -> FloatArray:
        """Sum the outcomes of one arm over rows, mediators M of shape (n, S)."""
        total = np.zeros(B.shape[0])
        step = max(1, _EXPANDED_ROWS // B.shape[0])
        for start in range(0, M.shape[0], step):
            part = M[start : start + step]
            positions = np.repeat(
                np.arange(rows.start + start, rows.start + start + part.shape[0]), B.shape[0]
            )
            X = self.build(arm, positions, part.ravel()).reshape(*part.shape, -1)
            eta = np.einsum("nsk,sk->ns", X, B)
            if self.offset is not None:
                eta += self.offset[rows][start : start + step, np.newaxis]
            total += weights[start : start + step] @ self.link.inverse(eta)
        return total


@dataclass(frozen=True, slots=True, eq=False)
class LevelSurface:
    """A mediator with K values, of which the drawn code tells which: one design per arm and value.

    Attributes
    ----------
    designs : tuple of two tuples of K ndarrays, shape (n, k)
        Under treatment, then under control.
    link : OutcomeScale
    offset : ndarray, shape (n,), or None
    """

    designs: tuple[tuple[FloatArray, ...], tuple[FloatArray, ...]]
    link: OutcomeScale
    offset: FloatArray | None

    def cells(
        self, layout: Layout, B: FloatArray, M1: FloatArray, M0: FloatArray, rows: slice, weights: FloatArray
    ) -> FloatArray:
        """Return the weighted sums over `rows` of the four potential outcomes; see `Surface`."""
        sums = np.zeros((4, B.shape[0]))
        for arm in (0, 1):
            for code, design in enumerate(self.designs[arm]):
                eta = layout.predictor(design[rows], B)
                if self.offset is not None:
                    eta += layout.per_row(self.offset[rows])
                values = self.link.inverse(eta, out=eta)
                sums[2 * arm] += layout.average(values * (code == M1), weights)
                sums[2 * arm + 1] += layout.average(values * (code == M0), weights)
        return sums


@dataclass(frozen=True, slots=True, eq=False)
class ParameterSurface:
    """An outcome on a scale that takes a parameter of its own in each draw.

    Attributes
    ----------
    predictor : AffineSurface, GenericSurface or LevelSurface
        The surface of the linear predictor; its link is not used.
    scale : ParameterScale
    """

    predictor: AffineSurface | GenericSurface | LevelSurface
    scale: ParameterScale

    def cells(
        self, layout: Layout, B: FloatArray, M1: FloatArray, M0: FloatArray, rows: slice, weights: FloatArray
    ) -> FloatArray:
        """Return the weighted sums over `rows` of the four potential outcomes; `B` ends in the parameter."""
        # Expanded designs have rows first in both layouts.
        values = ROWS_FIRST if isinstance(self.predictor, GenericSurface) else layout
        surface = replace(self.predictor, link=self.scale.at(values.per_draw(B[:, -1])))
        with np.errstate(over="ignore", invalid="ignore"):  # draws that are not finite are counted
            return surface.cells(layout, np.ascontiguousarray(B[:, :-1]), M1, M0, rows, weights)


@dataclass(frozen=True, slots=True, eq=False)
class OrderedSurface:
    """Probabilities of K ordered outcome categories: P(Y <= j) = F(zeta_j - x'b).

    Attributes
    ----------
    cumulative : Surface
        The surface of F(x'b) for designs with a last column of ones, whose coefficient is the threshold.
    n_categories : int
        K.
    """

    cumulative: Surface
    n_categories: int

    def cells(
        self, layout: Layout, B: FloatArray, M1: FloatArray, M0: FloatArray, rows: slice, weights: FloatArray
    ) -> FloatArray:
        """Return the sums for each category, shape (4, S, K); `B` ends in the K - 1 thresholds."""
        k = B.shape[1] - (self.n_categories - 1)
        below = [np.zeros((4, B.shape[0]))]
        for j in range(self.n_categories - 1):
            shifted = np.column_stack([-B[:, :k], B[:, k + j]])
            below.append(self.cumulative.cells(layout, shifted, M1, M0, rows, weights))
        below.append(np.full((4, B.shape[0]), weights.sum()))
        return np.diff(np.stack(below, axis=-1), axis=-1)
