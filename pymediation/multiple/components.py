"""The components of R's ``multimed`` object, shared by the result and its summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pymediation.estimates.effects import Effect, EffectName, Interval
from pymediation.multiple.bounds import BoundedEffect, Grid
from pymediation.multiple.request import MultimedRequest
from pymediation.results.components import OfAverage
from pymediation.results.named import NamedComponents, Part

__all__ = ["BoundedEffectGroup", "MultimedComponents"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class BoundedEffectGroup(OfAverage):
    """One kind of effect under control, under treatment and averaged over the two.

    Attributes
    ----------
    control, treated, average : BoundedEffect
        ``estimate``, ``lower``, ``upper``, ``std_error`` of each under a homogeneous interaction, and its
        bounds ``lb``, ``ub`` and region ``ci`` over the grid.
    """

    control: BoundedEffect
    treated: BoundedEffect
    average: BoundedEffect


class MultimedComponents(NamedComponents):
    """The components of R's ``multimed`` object, with underscores for dots."""

    grid: Grid
    effects: Mapping[EffectName, BoundedEffect]
    total: Effect
    request: MultimedRequest

    _names: ClassVar[tuple[str, ...]] = (
        *("sigma", "R2tilde", "R2star", "tau", "tau_ci"),
        *(f"{name}_ci" for name in ("d1", "d0", "d_ave")),
        *(f"{name}_lb" for name in ("d1", "d0", "d_ave")),
        *(f"{name}_ub" for name in ("d1", "d0", "d_ave")),
        *(f"{name}_ci" for name in ("z1", "z0", "z_ave")),
        *(f"{name}_lb" for name in ("z1", "z0", "z_ave")),
        *(f"{name}_ub" for name in ("z1", "z0", "z_ave")),
        "conf_level",
    )

    d1_lb = Part[FloatArray]("d1", "lb", "Lower bounds of the ACME under treatment, shape (L,).")
    d1_ub = Part[FloatArray]("d1", "ub", "Upper bounds of the ACME under treatment, shape (L,).")
    d1_ci = Part[FloatArray]("d1", "ci", "Regions of the ACME under treatment, shape (2, L).")
    d0_lb = Part[FloatArray]("d0", "lb", "Lower bounds of the ACME under control, shape (L,).")
    d0_ub = Part[FloatArray]("d0", "ub", "Upper bounds of the ACME under control, shape (L,).")
    d0_ci = Part[FloatArray]("d0", "ci", "Regions of the ACME under control, shape (2, L).")
    d_ave_lb = Part[FloatArray]("d_avg", "lb", "Lower bounds of the averaged ACME, shape (L,).")
    d_ave_ub = Part[FloatArray]("d_avg", "ub", "Upper bounds of the averaged ACME, shape (L,).")
    d_ave_ci = Part[FloatArray]("d_avg", "ci", "Regions of the averaged ACME, shape (2, L).")
    z1_lb = Part[FloatArray]("z1", "lb", "Lower bounds of the ADE under treatment, shape (L,).")
    z1_ub = Part[FloatArray]("z1", "ub", "Upper bounds of the ADE under treatment, shape (L,).")
    z1_ci = Part[FloatArray]("z1", "ci", "Regions of the ADE under treatment, shape (2, L).")
    z0_lb = Part[FloatArray]("z0", "lb", "Lower bounds of the ADE under control, shape (L,).")
    z0_ub = Part[FloatArray]("z0", "ub", "Upper bounds of the ADE under control, shape (L,).")
    z0_ci = Part[FloatArray]("z0", "ci", "Regions of the ADE under control, shape (2, L).")
    z_ave_lb = Part[FloatArray]("z_avg", "lb", "Lower bounds of the averaged ADE, shape (L,).")
    z_ave_ub = Part[FloatArray]("z_avg", "ub", "Upper bounds of the averaged ADE, shape (L,).")
    z_ave_ci = Part[FloatArray]("z_avg", "ci", "Regions of the averaged ADE, shape (2, L).")

    def keys(self) -> tuple[str, ...]:
        """Return the names of the components, in R's order."""
        return self._names

    @property
    def sigma(self) -> FloatArray:
        """Standard deviations of the interaction's coefficient, shape (L,)."""
        return self.grid.sigma

    @property
    def R2star(self) -> FloatArray:
        """Shares of the outcome's residual variance that its variation explains, shape (L,)."""
        return self.grid.R2star

    @property
    def R2tilde(self) -> FloatArray:
        """Shares of the outcome's total variance that its variation explains, shape (L,)."""
        return self.grid.R2tilde

    @property
    def tau(self) -> float:
        """Total effect."""
        return self.total.estimate

    @property
    def tau_ci(self) -> Interval:
        """Percentile interval of the total effect."""
        return self.total.ci

    @property
    def conf_level(self) -> float:
        """Level of the intervals."""
        return self.request.conf_level

    @property
    def acme(self) -> BoundedEffectGroup:
        """Average causal mediation effects (R's d0, d1, d.ave)."""
        return BoundedEffectGroup(self.effects["d0"], self.effects["d1"], self.effects["d_avg"])

    @property
    def ade(self) -> BoundedEffectGroup:
        """Average direct effects (R's z0, z1, z.ave)."""
        return BoundedEffectGroup(self.effects["z0"], self.effects["z1"], self.effects["z_avg"])
