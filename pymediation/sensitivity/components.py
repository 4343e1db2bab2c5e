"""The components of R's object under their R names, with underscores for dots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from pymediation.results.named import NamedComponents, Part
from pymediation.sensitivity.curves import Curve, covers_zero, crossing
from pymediation.sensitivity.request import SensitivityRequest

__all__ = ["SensitivityComponents"]

FloatArray = NDArray[np.float64]
Value = TypeVar("Value")


class _CurvePart(Part[Value | None], Generic[Value]):
    """A read-only component: one part of one curve; None where the curve was not asked for."""

    def _read(self, instance: Any) -> Any:
        """Look the part up."""
        curve = instance.curves.get(self._effect)
        return None if curve is None else getattr(curve, self._part)


class SensitivityComponents(NamedComponents):
    """The 44 components of R's ``medsens`` object; None where R has NULL or nothing but NA."""

    curves: Mapping[str, Curve]
    request: SensitivityRequest
    r_square_m: float
    r_square_y: float
    INT: bool
    type: str
    compat: str

    _names: ClassVar[tuple[str, ...]] = (
        *("d0", "d1", "upper_d0", "lower_d0", "upper_d1", "lower_d1"),
        *("z0", "z1", "upper_z0", "lower_z0", "upper_z1", "lower_z1"),
        *("tau", "upper_tau", "lower_tau", "nu0", "nu1", "upper_nu0", "upper_nu1", "lower_nu0", "lower_nu1"),
        *("rho", "rho_by", "sims", "err_cr_d", "err_cr_z", "ind_d0", "ind_d1", "ind_z0", "ind_z1"),
        *("R2star_prod", "R2tilde_prod", "R2star_d_thresh", "R2tilde_d_thresh", "R2star_z_thresh"),
        *("R2tilde_z_thresh", "r_square_y", "r_square_m", "INT", "conf_level", "effect_type", "type"),
        *("robustSE", "cluster"),
    )

    d0 = _CurvePart[FloatArray]("d0", "estimate", "ACME under control at each rho, shape (L,).")
    upper_d0 = _CurvePart[FloatArray]("d0", "upper", "Upper limits of `d0`.")
    lower_d0 = _CurvePart[FloatArray]("d0", "lower", "Lower limits of `d0`.")
    d1 = _CurvePart[FloatArray]("d1", "estimate", "ACME under treatment at each rho, shape (L,).")
    upper_d1 = _CurvePart[FloatArray]("d1", "upper", "Upper limits of `d1`.")
    lower_d1 = _CurvePart[FloatArray]("d1", "lower", "Lower limits of `d1`.")
    z0 = _CurvePart[FloatArray]("z0", "estimate", "ADE under control at each rho, shape (L,).")
    upper_z0 = _CurvePart[FloatArray]("z0", "upper", "Upper limits of `z0`.")
    lower_z0 = _CurvePart[FloatArray]("z0", "lower", "Lower limits of `z0`.")
    z1 = _CurvePart[FloatArray]("z1", "estimate", "ADE under treatment at each rho, shape (L,).")
    upper_z1 = _CurvePart[FloatArray]("z1", "upper", "Upper limits of `z1`.")
    lower_z1 = _CurvePart[FloatArray]("z1", "lower", "Lower limits of `z1`.")
    tau = _CurvePart[FloatArray]("tau", "estimate", "Total effect, shape (L,); a binary outcome only.")
    upper_tau = _CurvePart[FloatArray]("tau", "upper", "Upper limits of `tau`.")
    lower_tau = _CurvePart[FloatArray]("tau", "lower", "Lower limits of `tau`.")
    nu0 = _CurvePart[FloatArray]("nu0", "estimate", "Proportion mediated under control: mean ratios, (L,).")
    upper_nu0 = _CurvePart[FloatArray]("nu0", "upper", "Upper limits of `nu0`.")
    lower_nu0 = _CurvePart[FloatArray]("nu0", "lower", "Lower limits of `nu0`.")
    nu1 = _CurvePart[FloatArray]("nu1", "estimate", "Proportion mediated under treatment: mean ratios, (L,).")
    upper_nu1 = _CurvePart[FloatArray]("nu1", "upper", "Upper limits of `nu1`.")
    lower_nu1 = _CurvePart[FloatArray]("nu1", "lower", "Lower limits of `nu1`.")

    @property
    def rho(self) -> FloatArray:
        """The grid of error correlations, shape (L,)."""
        return self.request.rho

    @property
    def rho_by(self) -> float:
        """Step of the grid."""
        return self.request.rho_by

    @property
    def sims(self) -> int:
        """Draws asked for."""
        return self.request.sims

    @property
    def effect_type(self) -> str:
        """Effects asked for: indirect, direct or both."""
        return self.request.effect_type

    @property
    def by_arm(self) -> bool:
        """Whether effects differ between control and treatment."""
        return self.INT or self.type not in ("ct", "bm")

    @property
    def err_cr_d(self) -> FloatArray | None:
        """Grid point at which the ACME is closest to 0; one per arm where these differ."""
        return self._crossings("d")

    @property
    def err_cr_z(self) -> FloatArray | None:
        """Grid point at which the ADE is closest to 0; one per arm where these differ."""
        return self._crossings("z")

    @property
    def ind_d0(self) -> NDArray[np.int64] | None:
        """1 where the interval of `d0` contains zero, else 0."""
        return self._covering("d0")

    @property
    def ind_d1(self) -> NDArray[np.int64] | None:
        """1 where the interval of `d1` contains zero, else 0."""
        return self._covering("d1")

    @property
    def ind_z0(self) -> NDArray[np.int64] | None:
        """1 where the interval of `z0` contains zero, else 0."""
        return self._covering("z0")

    @property
    def ind_z1(self) -> NDArray[np.int64] | None:
        """1 where the interval of `z1` contains zero, else 0."""
        return self._covering("z1")

    @property
    def R2star_prod(self) -> FloatArray:
        """Product of the shares of residual variances that a confounder explains, rho squared, (L,)."""
        return self.rho**2

    @property
    def R2tilde_prod(self) -> FloatArray:
        """Product of the shares of total variances that a confounder explains, (L,)."""
        return self._tilde(self.rho)

    @property
    def R2star_d_thresh(self) -> FloatArray | None:
        """Product of the shares of residual variances at `err_cr_d`."""
        return None if self.err_cr_d is None else self.err_cr_d**2

    @property
    def R2tilde_d_thresh(self) -> FloatArray | None:
        """Product of the shares of total variances at `err_cr_d`."""
        return None if self.err_cr_d is None else self._tilde(self.err_cr_d)

    @property
    def R2star_z_thresh(self) -> FloatArray | None:
        """Product of the shares of residual variances at `err_cr_z`."""
        return None if self.err_cr_z is None else self.err_cr_z**2

    @property
    def R2tilde_z_thresh(self) -> FloatArray | None:
        """Product of the shares of total variances at `err_cr_z`."""
        return None if self.err_cr_z is None else self._tilde(self.err_cr_z)

    def keys(self) -> tuple[str, ...]:
        """Return the names of R's components, in R's order."""
        return self._names

    def __getitem__(self, name: str) -> Any:
        """Return a component by name; R's spelling with dots is understood too."""
        plain = name.replace(".", "_") if isinstance(name, str) else name
        return super().__getitem__(plain if plain in self._names else name)

    def _tilde(self, rho: FloatArray) -> FloatArray:
        """Turn shares of residual variances into shares of total variances."""
        return rho**2 * (1 - self.r_square_m) * (1 - self.r_square_y)

    def _covering(self, name: str) -> NDArray[np.int64] | None:
        """Return where an effect's interval contains zero."""
        return covers_zero(self.curves[name]) if name in self.curves else None

    def _crossings(self, letter: str) -> FloatArray | None:
        """Return where an effect is closest to zero, under control and under treatment where these differ."""
        if f"{letter}0" not in self.curves:
            return None
        arms = (0, 1) if self.by_arm else (0,)
        return np.concatenate([crossing(self.rho, self.curves[f"{letter}{arm}"]) for arm in arms])
