"""Everything the engine needs to know about one analysis, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.layout import Layout
from pymediation.engine.mediators import NORMAL_ERRORS, MediatorLaw
from pymediation.engine.scale import OutcomeScale
from pymediation.engine.surface import AffineSurface, Surface

__all__ = ["Plan"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Counterfactual designs of n rows.

    Attributes
    ----------
    arms : tuple of two ndarrays, shape (n, k)
        The mediator model's design under treatment and under control.
    offset : ndarray, shape (n,), or None
        Offset of the mediator model.
    link : OutcomeScale
        From the mediator model's linear predictor to what its law varies around.
    law : MediatorLaw
        How the mediator is drawn.
    surface : Surface
        The mean outcome by arm and mediator.
    weights : ndarray, shape (n,)
        Sampling weights, summing to one.
    """

    arms: tuple[FloatArray, FloatArray]
    offset: FloatArray | None
    link: OutcomeScale
    law: MediatorLaw
    surface: Surface
    weights: FloatArray

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.weights.size

    @property
    def linear_surface(self) -> AffineSurface | None:
        """The surface, where one error of the mediator serves both arms and both models are linear."""
        surface = self.surface
        linear_mediator = self.law is NORMAL_ERRORS and self.link.name == "identity"
        return surface if linear_mediator and isinstance(surface, AffineSurface) and surface.linear else None

    @property
    def errors_cancel(self) -> bool:
        """Whether the mediator's errors drop out of all effects: its slope is the same in both arms."""
        surface = self.linear_surface
        return surface is not None and surface.no_interaction

    @property
    def errors_average(self) -> bool:
        """Whether effects need the errors' average over rows alone: the slope is the same in all rows.

        The bootstrap does not use it: its draws can be proportions of a total effect next to 0, which show
        the rounding that averages over rows do not have.
        """
        surface = self.linear_surface
        return surface is not None and surface.constant_slope

    def mean(self, layout: Layout, B: FloatArray, arm: int, rows: slice) -> FloatArray:
        """Return the mediator's mean in one arm (0 treatment, 1 control), rows x draws of `B`.

        A law of several predictors has them on a last axis.
        """
        if self.law.n_predictors > 1:
            return self._predictors(layout, B, arm, rows)
        eta = layout.predictor(self.arms[arm][rows], B)
        if self.offset is not None:
            eta += layout.per_row(self.offset[rows])
        return self.link.inverse(eta, out=eta)

    def _predictors(self, layout: Layout, B: FloatArray, arm: int, rows: slice) -> FloatArray:
        """Return several linear predictors, one after the other in the coefficients; they have no offset."""
        X = self.arms[arm][rows]
        parts = np.split(B, self.law.n_predictors, axis=1)
        return np.stack([layout.predictor(X, part) for part in parts], axis=-1)

    def linear_cells(self, B_m: FloatArray, B_y: FloatArray, errors: FloatArray | float = 0.0) -> FloatArray:
        """Return the average potential outcomes of two linear models, (4, S).

        The average over rows of a(t)'β + m c(t)'β needs of the mediators only Σ w m c(t), which is linear in
        the mediator model's coefficients and errors; of the latter `errors` (S,) are the averages Σ w e.
        """
        surface = self.linear_surface
        if surface is None:  # pragma: no cover - guarded by errors_cancel and errors_average
            raise TypeError
        cells = []
        for t in (0, 1):
            base = B_y @ (self.weights @ surface.base[t])
            if surface.offset is not None:
                base = base + self.weights @ surface.offset
            base = base + errors * (B_y @ surface.slope[t][0])
            active = np.flatnonzero(np.any(surface.slope[t] != 0, axis=0))
            weighted = self.weights[:, np.newaxis] * surface.slope[t][:, active]
            for arm in (0, 1):
                moved = B_m @ (self.arms[arm].T @ weighted)
                if self.offset is not None:
                    moved = moved + self.offset @ weighted
                cells.append(base + np.sum(moved * B_y[:, active], axis=1))
        return np.stack(cells)
