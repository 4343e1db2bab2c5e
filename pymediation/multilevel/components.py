"""R's component names for effects by group, shared by results and their summaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.columns import label_text
from pymediation.errors import UnknownNameError, did_you_mean
from pymediation.estimates.effects import Effect, EffectName
from pymediation.multilevel.effects import GroupEffect
from pymediation.results.components import EffectComponents, EffectGroup
from pymediation.results.named import Part

__all__ = ["GroupComponents", "GroupEffects", "group_frame"]

FloatArray = NDArray[np.float64]
_COLUMNS = ("estimate", "std_error", "lower", "upper", "p_value", "mc_error")


class _GroupPart(Part[FloatArray]):
    """A read-only component with an entry per group, along the first axis; None for draws not kept."""

    effects = "by_group"


class GroupEffects:
    """The effects in one group, by words: ``acme``, ``ade``, ``total``, ``prop_mediated``.

    Parameters
    ----------
    by_group : mapping of str to GroupEffect
    place : int
        The group's place.
    """

    __slots__ = ("_effects",)

    def __init__(self, by_group: Mapping[EffectName, GroupEffect], place: int) -> None:
        self._effects: dict[EffectName, Effect] = {name: found.of(place) for name, found in by_group.items()}

    @property
    def effects(self) -> Mapping[EffectName, Effect]:
        """The ten effects by R's names."""
        return self._effects

    @property
    def acme(self) -> EffectGroup:
        """Average causal mediation effects in the group."""
        return self._group("d0", "d1", "d_avg")

    @property
    def ade(self) -> EffectGroup:
        """Average direct effects in the group."""
        return self._group("z0", "z1", "z_avg")

    @property
    def total(self) -> Effect:
        """Total effect in the group."""
        return self._effects["tau"]

    @property
    def prop_mediated(self) -> EffectGroup:
        """Proportions mediated in the group."""
        return self._group("n0", "n1", "n_avg")

    def _group(self, control: EffectName, treated: EffectName, average: EffectName) -> EffectGroup:
        """Put the effects under both arms and their average together."""
        return EffectGroup(self._effects[control], self._effects[treated], self._effects[average])

    def __repr__(self) -> str:
        """Show the averaged effects."""
        return f"GroupEffects(acme={self.acme.average!r}, ade={self.ade.average!r}, total={self.total!r})"


class GroupComponents(EffectComponents):
    """Ten effects of all rows, and the same in each of G groups in the order of `groups`."""

    by_group: Mapping[EffectName, GroupEffect]
    groups: tuple[object, ...]

    _others = (
        *EffectComponents._others,
        *("group_m", "group_y", "group_name", "group_id_m", "group_id_y", "group_id", "groups"),
    )

    d0_group = _GroupPart("d0", "estimate", "The ACME under control by group, shape (G,).")
    d0_ci_group = _GroupPart("d0", "ci", "Its intervals, shape (G, 2).")
    d0_p_group = _GroupPart("d0", "p_value", "Its p-values, shape (G,).")
    d0_sims_group = _GroupPart("d0", "sims", "Its draws, shape (G, s).")
    d1_group = _GroupPart("d1", "estimate", "The ACME under treatment by group, shape (G,).")
    d1_ci_group = _GroupPart("d1", "ci", "Its intervals, shape (G, 2).")
    d1_p_group = _GroupPart("d1", "p_value", "Its p-values, shape (G,).")
    d1_sims_group = _GroupPart("d1", "sims", "Its draws, shape (G, s).")
    z0_group = _GroupPart("z0", "estimate", "The ADE under control by group, shape (G,).")
    z0_ci_group = _GroupPart("z0", "ci", "Its intervals, shape (G, 2).")
    z0_p_group = _GroupPart("z0", "p_value", "Its p-values, shape (G,).")
    z0_sims_group = _GroupPart("z0", "sims", "Its draws, shape (G, s).")
    z1_group = _GroupPart("z1", "estimate", "The ADE under treatment by group, shape (G,).")
    z1_ci_group = _GroupPart("z1", "ci", "Its intervals, shape (G, 2).")
    z1_p_group = _GroupPart("z1", "p_value", "Its p-values, shape (G,).")
    z1_sims_group = _GroupPart("z1", "sims", "Its draws, shape (G, s).")
    n0_group = _GroupPart("n0", "estimate", "The proportion mediated under control by group, shape (G,).")
    n0_ci_group = _GroupPart("n0", "ci", "Its intervals, shape (G, 2).")
    n0_p_group = _GroupPart("n0", "p_value", "Its p-values, shape (G,).")
    n0_sims_group = _GroupPart("n0", "sims", "Its draws, shape (G, s).")
    n1_group = _GroupPart("n1", "estimate", "The proportion mediated under treatment by group, shape (G,).")
    n1_ci_group = _GroupPart("n1", "ci", "Its intervals, shape (G, 2).")
    n1_p_group = _GroupPart("n1", "p_value", "Its p-values, shape (G,).")
    n1_sims_group = _GroupPart("n1", "sims", "Its draws, shape (G, s).")
    tau_coef_group = _GroupPart("tau", "estimate", "The total effect by group, shape (G,).")
    tau_ci_group = _GroupPart("tau", "ci", "Its intervals, shape (G, 2).")
    tau_p_group = _GroupPart("tau", "p_value", "Its p-values, shape (G,).")
    tau_sims_group = _GroupPart("tau", "sims", "Its draws, shape (G, s).")
    d_avg_group = _GroupPart("d_avg", "estimate", "The averaged ACME by group, shape (G,).")
    d_avg_ci_group = _GroupPart("d_avg", "ci", "Its intervals, shape (G, 2).")
    d_avg_p_group = _GroupPart("d_avg", "p_value", "Its p-values, shape (G,).")
    d_avg_sims_group = _GroupPart("d_avg", "sims", "Its draws, shape (G, s).")
    z_avg_group = _GroupPart("z_avg", "estimate", "The averaged ADE by group, shape (G,).")
    z_avg_ci_group = _GroupPart("z_avg", "ci", "Its intervals, shape (G, 2).")
    z_avg_p_group = _GroupPart("z_avg", "p_value", "Its p-values, shape (G,).")
    z_avg_sims_group = _GroupPart("z_avg", "sims", "Its draws, shape (G, s).")
    n_avg_group = _GroupPart("n_avg", "estimate", "The averaged proportion mediated by group, shape (G,).")
    n_avg_ci_group = _GroupPart("n_avg", "ci", "Its intervals, shape (G, 2).")
    n_avg_p_group = _GroupPart("n_avg", "p_value", "Its p-values, shape (G,).")
    n_avg_sims_group = _GroupPart("n_avg", "sims", "Its draws, shape (G, s).")

    def group(self, label: object) -> GroupEffects:
        """Return the effects in one group.

        Parameters
        ----------
        label : object
            Its value in the grouping column.

        Raises
        ------
        UnknownNameError
            There is no such group.
        """
        labels = [label_text(group) for group in self.groups]
        if label_text(label) not in labels:
            known = ", ".join(map(repr, labels[:10])) + (", ..." if len(labels) > 10 else "")
            hint = did_you_mean(label_text(label), labels)
            raise UnknownNameError(f"There is no group {label!r}; the groups are {known}.{hint}")
        return GroupEffects(self.by_group, labels.index(label_text(label)))


def group_frame(components: GroupComponents, rows: Sequence[tuple[str, EffectName]]) -> pd.DataFrame:
    """Tabulate effects by group, a row per effect and group.

    Parameters
    ----------
    components : GroupComponents
    rows : sequence of (label, effect name)

    Returns
    -------
    DataFrame
        Index `effect`, `group`; columns estimate, std_error, lower, upper, p_value, mc_error.
    """
    count = len(components.groups)
    values = {
        column: np.concatenate([getattr(components.by_group[name], column) for _, name in rows])
        for column in _COLUMNS
    }
    # Levels and codes rather than a product, which would sort the effects.
    index = pd.MultiIndex(
        levels=[[label for label, _ in rows], list(components.groups)],
        codes=[
            np.repeat(np.arange(len(rows)), count).tolist(),
            np.tile(np.arange(count), len(rows)).tolist(),
        ],
        names=["effect", "group"],
    )
    return pd.DataFrame(values, index=index)
