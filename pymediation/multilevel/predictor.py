"""Linear predictors of which some coefficients are drawn by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.layout import Layout
from pymediation.engine.mediators import MediatorLaw
from pymediation.engine.scale import OutcomeScale
from pymediation.engine.surface import AffineSurface, GenericSurface, LevelSurface

__all__ = ["GroupCoefficients", "MixedMediator", "MixedOutcome", "OutcomePart", "SharedCoefficients"]

FloatArray = NDArray[np.float64]
PartSurface = AffineSurface | GenericSurface | LevelSurface

# Cells (rows x draws) of a design that only the formula can evaluate, at a time.
_EXPANDED_CELLS = 65_536


class Coefficients(Protocol):
    """Draws of the coefficients of k columns."""

    def predictor(self, X: FloatArray, rows: slice) -> FloatArray:
        """Return the contributions of columns X (m, k) of some rows, shape (m, S); one row stands for all."""
        ...

    def by_cell(self, X: FloatArray, rows: slice) -> FloatArray:
        """Return the contributions of columns that differ between draws, X (m, S, k), shape (m, S)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class SharedCoefficients:
    """Coefficients that all rows have in common.

    Attributes
    ----------
    draws : ndarray, shape (S, k)
    """

    draws: FloatArray

    def predictor(self, X: FloatArray, rows: slice) -> FloatArray:
        """Return X b for each draw; see `Coefficients`."""
        return X @ self.draws.T

    def by_cell(self, X: FloatArray, rows: slice) -> FloatArray:
        """Return x'b cell by cell; see `Coefficients`."""
        return np.einsum("nsk,sk->ns", X, self.draws)


@dataclass(frozen=True, slots=True, eq=False)
class GroupCoefficients:
    """Coefficients by group.

    Attributes
    ----------
    draws : ndarray, shape (D, J, S)
        Of D columns in J groups.
    codes : ndarray of int, shape (n,)
        Group of each row.
    """

    draws: FloatArray
    codes: NDArray[np.intp]

    def predictor(self, X: FloatArray, rows: slice) -> FloatArray:
        """Return z'b of each row's group for each draw; see `Coefficients`."""
        groups = self.codes[rows]
        total = np.zeros((groups.size, self.draws.shape[2]))
        for column, draws in zip(X.T, self.draws, strict=True):
            if np.any(column):
                total += column[:, np.newaxis] * draws[groups]
        return total

    def by_cell(self, X: FloatArray, rows: slice) -> FloatArray:
        """Return z'b cell by cell; see `Coefficients`."""
        return np.einsum("nsk,kns->ns", X, self.draws[:, self.codes[rows]])


@dataclass(frozen=True, slots=True, eq=False)
class OutcomePart:
    """A part of the outcome's linear predictor: columns that depend on arm and mediator, and coefficients.

    Attributes
    ----------
    surface : AffineSurface, GenericSurface or LevelSurface
        The columns; link and offset are not used.
    coefficients : Coefficients
    """

    surface: PartSurface
    coefficients: Coefficients

    def at(self, arm: int, M1: FloatArray, M0: FloatArray, rows: slice) -> tuple[FloatArray, FloatArray]:
        """Return the part at both mediators of some rows, each (rows, S)."""
        surface, coefficients = self.surface, self.coefficients
        if isinstance(surface, AffineSurface):
            base = coefficients.predictor(surface.base[arm][rows], rows)
            slopes = surface.slope[arm][:1] if surface.constant_slope else surface.slope[arm][rows]
            slope = coefficients.predictor(slopes, rows)
            return base + slope * M1, base + slope * M0
        if isinstance(surface, LevelSurface):
            etas = [coefficients.predictor(design[rows], rows) for design in surface.designs[arm]]
            first, second = (sum(eta * (code == M) for code, eta in enumerate(etas)) for M in (M1, M0))
            return np.asarray(first), np.asarray(second)
        return _built(surface, coefficients, arm, M1, rows), _built(surface, coefficients, arm, M0, rows)


def _built(
    surface: GenericSurface, coefficients: Coefficients, arm: int, M: FloatArray, rows: slice
) -> FloatArray:
    """Evaluate a part whose columns the formula itself makes of mediator values (rows, S)."""
    step = max(1, _EXPANDED_CELLS // M.shape[1])
    etas = []
    for start in range(rows.start, rows.stop, step):
        some = slice(start, min(rows.stop, start + step))
        values = M[start - rows.start : some.stop - rows.start]
        positions = np.repeat(np.arange(some.start, some.stop), M.shape[1])
        X = surface.build(arm, positions, values.ravel()).reshape(*values.shape, -1)
        etas.append(coefficients.by_cell(X, some))
    return np.concatenate(etas)


@dataclass(frozen=True, slots=True, eq=False)
class MixedOutcome:
    """The mean outcome by arm and mediator, of parts that add up.

    Attributes
    ----------
    parts : tuple of OutcomePart
        Fixed effects and, for a mixed model, coefficients by group.
    link : OutcomeScale
        The scale on which the outcome is reported.
    offset : ndarray, shape (n,), or None
    """

    parts: tuple[OutcomePart, ...]
    link: OutcomeScale
    offset: FloatArray | None

    def values(self, M1: FloatArray, M0: FloatArray, rows: slice) -> FloatArray:
        """Return Y(1, M1), Y(1, M0), Y(0, M1), Y(0, M0) of some rows, shape (4, rows, S)."""
        etas = np.empty((4, *M1.shape))
        for arm in (0, 1):
            pairs = [part.at(arm, M1, M0, rows) for part in self.parts]
            for place in (0, 1):
                etas[2 * arm + place] = sum(pair[place] for pair in pairs)
        if self.offset is not None:
            etas += self.offset[rows][:, np.newaxis]
        return self.link.inverse(etas)


@dataclass(frozen=True, slots=True, eq=False)
class MixedMediator:
    """Where mediators are drawn from; a `MediatorSource`.

    Attributes
    ----------
    arms : tuple of two ndarrays, shape (n, k)
        The design under treatment and under control.
    by_group : tuple of two ndarrays, shape (n, D), and GroupCoefficients; or None
        For a mixed model: the columns with coefficients by group in both arms, and these.
    offset : ndarray, shape (n,), or None
    link : OutcomeScale
    law : MediatorLaw
    """

    arms: tuple[FloatArray, FloatArray]
    by_group: tuple[tuple[FloatArray, FloatArray], GroupCoefficients] | None
    offset: FloatArray | None
    link: OutcomeScale
    law: MediatorLaw

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.arms[0].shape[0]

    def mean(self, layout: Layout, B: FloatArray, arm: int, rows: slice) -> FloatArray:
        """Return the mediator's mean in one arm, shape (rows, S); `layout` has rows first."""
        eta = layout.predictor(self.arms[arm][rows], B)
        if self.by_group is not None:
            columns, coefficients = self.by_group
            eta += coefficients.predictor(columns[arm][rows], rows)
        if self.offset is not None:
            eta += layout.per_row(self.offset[rows])
        return self.link.inverse(eta, out=eta)
