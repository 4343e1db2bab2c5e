"""R's component names, shared by results and their summaries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.errors import UnknownNameError, did_you_mean
from pymediation.estimates.effects import Effect, EffectName, Interval
from pymediation.results.named import NamedComponents, Part

__all__ = [
    "ArmEffects",
    "ByCategory",
    "CategoryComponents",
    "EffectComponents",
    "EffectGroup",
    "OfAverage",
    "category_frame",
    "effects_frame",
]

FloatArray = NDArray[np.float64]
Value = TypeVar("Value")


# What every analysis has beside its effects, in R's order.
_OF_ANALYSES = (
    *("boot", "boot_ci_type", "treat", "mediator", "covariates", "INT", "conf_level", "model_y", "model_m"),
    *("control_value", "treat_value", "nobs", "sims", "call", "robustSE", "cluster"),
)


class _CategoryPart(Part[Value]):
    """A read-only component with an entry per outcome category, along the last axis."""

    def _read(self, instance: Any) -> Any:
        """Stack the parts of all categories; None where draws were not kept."""
        parts = [getattr(effects[self._effect], self._part) for effects in instance.effects]
        if any(part is None for part in parts):
            return None
        return np.stack([np.asarray(part, dtype=np.float64) for part in parts], axis=-1)


class OfAverage:
    """What an effect under control, under treatment and on average is read as where no arm is named."""

    __slots__ = ()
    average: Any

    @property
    def estimate(self) -> float:
        """Estimate of the average."""
        return float(self.average.estimate)

    @property
    def lower(self) -> float:
        """Lower bound of the confidence interval of the average."""
        return float(self.average.lower)

    @property
    def upper(self) -> float:
        """Upper bound of the confidence interval of the average."""
        return float(self.average.upper)


@dataclass(frozen=True, slots=True, eq=False)
class ArmEffects:
    """One kind of effect under control and under treatment.

    Attributes
    ----------
    control, treated : Effect
        ``estimate``, ``lower``, ``upper``, ``p_value``, ``std_error``, ``ci`` and ``sims`` of each.
    """

    control: Effect
    treated: Effect


@dataclass(frozen=True, slots=True, eq=False)
class EffectGroup(ArmEffects, OfAverage):
    """One kind of effect under control, under treatment and averaged over the two.

    Attributes
    ----------
    control, treated, average : Effect
        ``estimate``, ``lower``, ``upper``, ``p_value``, ``std_error``, ``ci`` and ``sims`` of each.
    """

    average: Effect

    @property
    def p_value(self) -> float:
        """P-value of the average."""
        return self.average.p_value


class EffectComponents(NamedComponents):
    """Ten effects by R's names (``d0``, ``d0_ci``, ...) and by words (``acme``, ``ade``, ``total``)."""

    effects: Mapping[EffectName, Effect]
    _others: ClassVar[tuple[str, ...]] = _OF_ANALYSES

    d0 = Part[float]("d0", "estimate", "ACME under control, δ(0).")
    d0_ci = Part[Interval]("d0", "ci", "Interval of δ(0).")
    d0_p = Part[float]("d0", "p_value", "P-value of δ(0).")
    d0_sims = Part[FloatArray | None]("d0", "sims", "Draws of δ(0).")
    d1 = Part[float]("d1", "estimate", "ACME under treatment, δ(1).")
    d1_ci = Part[Interval]("d1", "ci", "Interval of δ(1).")
    d1_p = Part[float]("d1", "p_value", "P-value of δ(1).")
    d1_sims = Part[FloatArray | None]("d1", "sims", "Draws of δ(1).")
    z0 = Part[float]("z0", "estimate", "ADE under control, ζ(0).")
    z0_ci = Part[Interval]("z0", "ci", "Interval of ζ(0).")
    z0_p = Part[float]("z0", "p_value", "P-value of ζ(0).")
    z0_sims = Part[FloatArray | None]("z0", "sims", "Draws of ζ(0).")
    z1 = Part[float]("z1", "estimate", "ADE under treatment, ζ(1).")
    z1_ci = Part[Interval]("z1", "ci", "Interval of ζ(1).")
    z1_p = Part[float]("z1", "p_value", "P-value of ζ(1).")
    z1_sims = Part[FloatArray | None]("z1", "sims", "Draws of ζ(1).")
    n0 = Part[float]("n0", "estimate", "Proportion mediated under control, δ(0)/τ.")
    n0_ci = Part[Interval]("n0", "ci", "Interval of δ(0)/τ.")
    n0_p = Part[float]("n0", "p_value", "P-value of δ(0)/τ.")
    n0_sims = Part[FloatArray | None]("n0", "sims", "Draws of δ(0)/τ.")
    n1 = Part[float]("n1", "estimate", "Proportion mediated under treatment, δ(1)/τ.")
    n1_ci = Part[Interval]("n1", "ci", "Interval of δ(1)/τ.")
    n1_p = Part[float]("n1", "p_value", "P-value of δ(1)/τ.")
    n1_sims = Part[FloatArray | None]("n1", "sims", "Draws of δ(1)/τ.")
    tau_coef = Part[float]("tau", "estimate", "Total effect τ.")
    tau_ci = Part[Interval]("tau", "ci", "Interval of τ.")
    tau_p = Part[float]("tau", "p_value", "P-value of τ.")
    tau_sims = Part[FloatArray | None]("tau", "sims", "Draws of τ.")
    d_avg = Part[float]("d_avg", "estimate", "ACME averaged over the arms.")
    d_avg_ci = Part[Interval]("d_avg", "ci", "Interval of the averaged ACME.")
    d_avg_p = Part[float]("d_avg", "p_value", "P-value of the averaged ACME.")
    d_avg_sims = Part[FloatArray | None]("d_avg", "sims", "Draws of the averaged ACME.")
    z_avg = Part[float]("z_avg", "estimate", "ADE averaged over the arms.")
    z_avg_ci = Part[Interval]("z_avg", "ci", "Interval of the averaged ADE.")
    z_avg_p = Part[float]("z_avg", "p_value", "P-value of the averaged ADE.")
    z_avg_sims = Part[FloatArray | None]("z_avg", "sims", "Draws of the averaged ADE.")
    n_avg = Part[float]("n_avg", "estimate", "Proportion mediated, averaged over the arms.")
    n_avg_ci = Part[Interval]("n_avg", "ci", "Interval of the averaged proportion mediated.")
    n_avg_p = Part[float]("n_avg", "p_value", "P-value of the averaged proportion mediated.")
    n_avg_sims = Part[FloatArray | None]("n_avg", "sims", "Draws of the averaged proportion mediated.")

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


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ByCategory(Mapping[str, Value]):
    """Values by outcome category, in the order of the categories.

    Attributes
    ----------
    categories : tuple of str
        Names of the K categories.
    entries : tuple
        K values.
    """

    categories: tuple[str, ...]
    entries: tuple[Value, ...]

    def __getitem__(self, category: str) -> Value:
        """Return the value of a category, given by name."""
        if category not in self.categories:
            known = ", ".join(map(repr, self.categories))
            hint = did_you_mean(category, self.categories)
            msg = f"There is no outcome category {category!r}; the categories are {known}.{hint}"
            raise UnknownNameError(msg)
        return self.entries[self.categories.index(category)]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the categories."""
        return iter(self.categories)

    def __len__(self) -> int:
        """Return the number of categories."""
        return len(self.categories)

    def __repr__(self) -> str:
        """Show a line per category."""
        lines = [f"{name!r}: {entry!r}" for name, entry in zip(self.categories, self.entries, strict=True)]
        return "{" + ",\n ".join(lines) + "}"


class CategoryComponents(NamedComponents):
    """Five effects on each of K category probabilities, by R's names and by words.

    R's ordered result has neither averages over the arms nor proportions mediated, and neither has this.
    """

    categories: tuple[str, ...]
    effects: tuple[Mapping[EffectName, Effect], ...]
    _others: ClassVar[tuple[str, ...]] = _OF_ANALYSES

    d0 = _CategoryPart[FloatArray]("d0", "estimate", "ACME under control, δ(0), shape (K,).")
    d0_ci = _CategoryPart[FloatArray]("d0", "ci", "Lower and upper bounds of δ(0), shape (2, K).")
    d0_p = _CategoryPart[FloatArray]("d0", "p_value", "P-values of δ(0), shape (K,).")
    d0_sims = _CategoryPart[FloatArray | None]("d0", "sims", "Draws of δ(0), shape (s, K).")
    d1 = _CategoryPart[FloatArray]("d1", "estimate", "ACME under treatment, δ(1), shape (K,).")
    d1_ci = _CategoryPart[FloatArray]("d1", "ci", "Lower and upper bounds of δ(1), shape (2, K).")
    d1_p = _CategoryPart[FloatArray]("d1", "p_value", "P-values of δ(1), shape (K,).")
    d1_sims = _CategoryPart[FloatArray | None]("d1", "sims", "Draws of δ(1), shape (s, K).")
    z0 = _CategoryPart[FloatArray]("z0", "estimate", "ADE under control, ζ(0), shape (K,).")
    z0_ci = _CategoryPart[FloatArray]("z0", "ci", "Lower and upper bounds of ζ(0), shape (2, K).")
    z0_p = _CategoryPart[FloatArray]("z0", "p_value", "P-values of ζ(0), shape (K,).")
    z0_sims = _CategoryPart[FloatArray | None]("z0", "sims", "Draws of ζ(0), shape (s, K).")
    z1 = _CategoryPart[FloatArray]("z1", "estimate", "ADE under treatment, ζ(1), shape (K,).")
    z1_ci = _CategoryPart[FloatArray]("z1", "ci", "Lower and upper bounds of ζ(1), shape (2, K).")
    z1_p = _CategoryPart[FloatArray]("z1", "p_value", "P-values of ζ(1), shape (K,).")
    z1_sims = _CategoryPart[FloatArray | None]("z1", "sims", "Draws of ζ(1), shape (s, K).")
    tau_coef = _CategoryPart[FloatArray]("tau", "estimate", "Total effect τ, shape (K,).")
    tau_ci = _CategoryPart[FloatArray]("tau", "ci", "Lower and upper bounds of τ, shape (2, K).")
    tau_p = _CategoryPart[FloatArray]("tau", "p_value", "P-values of τ, shape (K,).")
    tau_sims = _CategoryPart[FloatArray | None]("tau", "sims", "Draws of τ, shape (s, K).")

    @property
    def acme(self) -> ByCategory[ArmEffects]:
        """Average causal mediation effects by category (R's d0, d1)."""
        return self._by_arm("d0", "d1")

    @property
    def ade(self) -> ByCategory[ArmEffects]:
        """Average direct effects by category (R's z0, z1)."""
        return self._by_arm("z0", "z1")

    @property
    def total(self) -> ByCategory[Effect]:
        """Total effects by category (R's tau)."""
        return ByCategory(self.categories, tuple(effects["tau"] for effects in self.effects))

    def _by_arm(self, control: EffectName, treated: EffectName) -> ByCategory[ArmEffects]:
        """Pair the effects under control and under treatment."""
        pairs = tuple(ArmEffects(effects[control], effects[treated]) for effects in self.effects)
        return ByCategory(self.categories, pairs)

    def __getitem__(self, name: str) -> Any:
        """Return a component by name; an R name with dots is answered with the name to use."""
        if name.replace(".", "_") in _NOT_BY_CATEGORY:
            raise UnknownNameError(f"There is no component {name!r}. {_NO_AVERAGES}")
        return super().__getitem__(name)

    def _instead_of(self, name: str) -> str:
        """Explain what a result with one effect per arm has and this has not."""
        return f" {_NO_AVERAGES}" if name in _NOT_BY_CATEGORY else super()._instead_of(name)


_NOT_BY_CATEGORY = {
    *(
        f"{name}{part}"
        for name in ("d_avg", "z_avg", "n0", "n1", "n_avg")
        for part in ("", "_ci", "_p", "_sims")
    ),
    "prop_mediated",
}


_NO_AVERAGES = (
    "Like R's, this result has no averages over the arms and no proportions mediated, as the outcome is "
    "ordered; it has d0, d1 (acme), z0, z1 (ade) and tau_coef (total), each with an entry per category."
)


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


def category_frame(components: CategoryComponents, rows: tuple[tuple[str, EffectName], ...]) -> pd.DataFrame:
    """Tabulate effects on category probabilities, a row per effect and category.

    Parameters
    ----------
    components : CategoryComponents
    rows : tuple of (label, effect name)

    Returns
    -------
    DataFrame
        Index `effect`, `category`; columns estimate, std_error, lower, upper, p_value.
    """
    columns = ["estimate", "std_error", "lower", "upper", "p_value"]
    values = [
        [getattr(effects[name], column) for column in columns]
        for _, name in rows
        for effects in components.effects
    ]
    # Levels and codes rather than a product, which would sort the levels and so the columns of unstack().
    count = len(components.categories)
    places = [divmod(place, count) for place in range(len(values))]
    index = pd.MultiIndex(
        levels=[[label for label, _ in rows], list(components.categories)],
        codes=[[row for row, _ in places], [category for _, category in places]],
        names=["effect", "category"],
    )
    return pd.DataFrame(values, index=index, columns=columns)
