"""R's component names, shared by results and their summaries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.effects import Effect, EffectName, Interval, unknown_component
from pymediation.errors import UnknownNameError

if TYPE_CHECKING:
    from typing import Self

__all__ = ["EffectComponents", "EffectGroup"]

FloatArray = NDArray[np.float64]
Value = TypeVar("Value")


class _Part(Generic[Value]):
    """A read-only component: one part of one effect, under R's name for it."""

    def __init__(self, effect: EffectName, part: str, doc: str) -> None:
        self._effect, self._part, self.__doc__ = effect, part, doc

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: EffectComponents, owner: type) -> Value: ...
    def __get__(self, instance: EffectComponents | None, owner: type) -> Any:
        if instance is None:
            return self
        return getattr(instance.effects[self._effect], self._part)


@dataclass(frozen=True, slots=True, eq=False)
class EffectGroup:
    """One kind of effect under control, under treatment and averaged over the two.

    Attributes
    ----------
    control, treated, average : Effect
        ``estimate``, ``lower``, ``upper``, ``p_value``, ``std_error``, ``ci`` and ``sims`` of each.
    """

    control: Effect
    treated: Effect
    average: Effect

    @property
    def estimate(self) -> float:
        """Average of the estimates under control and treatment."""
        return self.average.estimate

    @property
    def lower(self) -> float:
        """Lower bound for the average."""
        return self.average.lower

    @property
    def upper(self) -> float:
        """Upper bound for the average."""
        return self.average.upper

    @property
    def p_value(self) -> float:
        """P-value of the average."""
        return self.average.p_value


class EffectComponents:
    """Ten effects by R's names (``d0``, ``d0_ci``, ...) and by words (``acme``, ``ade``, ``total``)."""

    effects: Mapping[EffectName, Effect]

    d0 = _Part[float]("d0", "estimate", "ACME under control, δ(0).")
    d0_ci = _Part[Interval]("d0", "ci", "Interval of δ(0).")
    d0_p = _Part[float]("d0", "p_value", "P-value of δ(0).")
    d0_sims = _Part[FloatArray | None]("d0", "sims", "Draws of δ(0).")
    d1 = _Part[float]("d1", "estimate", "ACME under treatment, δ(1).")
    d1_ci = _Part[Interval]("d1", "ci", "Interval of δ(1).")
    d1_p = _Part[float]("d1", "p_value", "P-value of δ(1).")
    d1_sims = _Part[FloatArray | None]("d1", "sims", "Draws of δ(1).")
    z0 = _Part[float]("z0", "estimate", "ADE under control, ζ(0).")
    z0_ci = _Part[Interval]("z0", "ci", "Interval of ζ(0).")
    z0_p = _Part[float]("z0", "p_value", "P-value of ζ(0).")
    z0_sims = _Part[FloatArray | None]("z0", "sims", "Draws of ζ(0).")
    z1 = _Part[float]("z1", "estimate", "ADE under treatment, ζ(1).")
    z1_ci = _Part[Interval]("z1", "ci", "Interval of ζ(1).")
    z1_p = _Part[float]("z1", "p_value", "P-value of ζ(1).")
    z1_sims = _Part[FloatArray | None]("z1", "sims", "Draws of ζ(1).")
    n0 = _Part[float]("n0", "estimate", "Proportion mediated under control, δ(0)/τ.")
    n0_ci = _Part[Interval]("n0", "ci", "Interval of δ(0)/τ.")
    n0_p = _Part[float]("n0", "p_value", "P-value of δ(0)/τ.")
    n0_sims = _Part[FloatArray | None]("n0", "sims", "Draws of δ(0)/τ.")
    n1 = _Part[float]("n1", "estimate", "Proportion mediated under treatment, δ(1)/τ.")
    n1_ci = _Part[Interval]("n1", "ci", "Interval of δ(1)/τ.")
    n1_p = _Part[float]("n1", "p_value", "P-value of δ(1)/τ.")
    n1_sims = _Part[FloatArray | None]("n1", "sims", "Draws of δ(1)/τ.")
    tau_coef = _Part[float]("tau", "estimate", "Total effect τ.")
    tau_ci = _Part[Interval]("tau", "ci", "Interval of τ.")
    tau_p = _Part[float]("tau", "p_value", "P-value of τ.")
    tau_sims = _Part[FloatArray | None]("tau", "sims", "Draws of τ.")
    d_avg = _Part[float]("d_avg", "estimate", "ACME averaged over the arms.")
    d_avg_ci = _Part[Interval]("d_avg", "ci", "Interval of the averaged ACME.")
    d_avg_p = _Part[float]("d_avg", "p_value", "P-value of the averaged ACME.")
    d_avg_sims = _Part[FloatArray | None]("d_avg", "sims", "Draws of the averaged ACME.")
    z_avg = _Part[float]("z_avg", "estimate", "ADE averaged over the arms.")
    z_avg_ci = _Part[Interval]("z_avg", "ci", "Interval of the averaged ADE.")
    z_avg_p = _Part[float]("z_avg", "p_value", "P-value of the averaged ADE.")
    z_avg_sims = _Part[FloatArray | None]("z_avg", "sims", "Draws of the averaged ADE.")
    n_avg = _Part[float]("n_avg", "estimate", "Proportion mediated, averaged over the arms.")
    n_avg_ci = _Part[Interval]("n_avg", "ci", "Interval of the averaged proportion mediated.")
    n_avg_p = _Part[float]("n_avg", "p_value", "P-value of the averaged proportion mediated.")
    n_avg_sims = _Part[FloatArray | None]("n_avg", "sims", "Draws of the averaged proportion mediated.")

    # Components beside the effects, in R's order; subclasses have them as attributes.
    _others: ClassVar[tuple[str, ...]] = (
        "boot",
        "boot_ci_type",
        "treat",
        "mediator",
        "covariates",
        "INT",
        "conf_level",
        "model_y",
        "model_m",
        "control_value",
        "treat_value",
        "nobs",
        "sims",
        "call",
        "robustSE",
        "cluster",
    )

    @property
    def acme(self) -> EffectGroup:
        """Average causal mediation effects (R's d0, d1, d.avg)."""
        return EffectGroup(self.effects["d0"], self.effects["d1"], self.effects["d_avg"])

    @property
    def ade(self) -> EffectGroup:
        """Average direct effects (R's z0, z1, z.avg)."""
        return EffectGroup(self.effects["z0"], self.effects["z1"], self.effects["z_avg"])

    @property
    def total(self) -> Effect:
        """Total effect (R's tau)."""
        return self.effects["tau"]

    @property
    def prop_mediated(self) -> EffectGroup:
        """Proportions mediated (R's n0, n1, n.avg)."""
        return EffectGroup(self.effects["n0"], self.effects["n1"], self.effects["n_avg"])

    def keys(self) -> tuple[str, ...]:
        """Return the names of all components; those of draws that were not kept are left out."""
        parts = [name for name, value in vars(EffectComponents).items() if isinstance(value, _Part)]
        kept = [name for name in parts if not (name.endswith("_sims") and getattr(self, name) is None)]
        return (*kept, *self._others)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the components."""
        return iter(self.keys())

    def __getitem__(self, name: str) -> Any:
        """Return a component by name; an R name with dots is answered with the name to use."""
        if name not in self.keys():
            if name.endswith("_sims") and hasattr(type(self), name):
                msg = f"The draws {name!r} were not kept. Set long=True to keep them."
                raise UnknownNameError(msg)
            unknown_component(name, self.keys())
        return getattr(self, name)


def effects_frame(
    effects: Mapping[EffectName, Effect], rows: tuple[tuple[str, EffectName], ...]
) -> pd.DataFrame:
    """Tabulate effects, a row each.

    Parameters
    ----------
    effects : mapping of str to Effect
    rows : tuple of (label, effect name)

    Returns
    -------
    DataFrame
        Index `effect`; columns estimate, std_error, lower, upper, p_value, mc_error.
    """
    columns = ("estimate", "std_error", "lower", "upper", "p_value", "mc_error")
    table = {label: [getattr(effects[name], column) for column in columns] for label, name in rows}
    frame = pd.DataFrame.from_dict(table, orient="index", columns=list(columns))
    return frame.rename_axis("effect")
