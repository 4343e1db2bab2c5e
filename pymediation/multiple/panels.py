"""What each panel of a plot of ``multimed`` shows, as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pymediation.estimates.effects import EffectName
from pymediation.multiple.components import MultimedComponents

__all__ = ["EFFECTS", "GROUPS", "TYPES", "BoundsPanel", "PointPanel", "bounds_panels", "point_panel"]

FloatArray = NDArray[np.float64]

TYPES: Final = ("point", "sigma", "R2-residual", "R2-total")
EFFECTS: Final = ("indirect", "direct", "total")
GROUPS: Final = ("control", "treated", "average")

_NAMES: Final[dict[tuple[str, str], EffectName]] = {
    ("indirect", "control"): "d0",
    ("indirect", "treated"): "d1",
    ("indirect", "average"): "d_avg",
    ("direct", "control"): "z0",
    ("direct", "treated"): "z1",
    ("direct", "average"): "z_avg",
}
_LETTERS: Final = {"indirect": r"\delta", "direct": r"\zeta"}
_SUBSCRIPTS: Final = {"control": "_0", "treated": "_1"}
# For each type: the component, its symbol, and whether the axis is that of a share.
_PARAMETERS: Final = {
    "sigma": ("sigma", r"\sigma", False),
    "R2-residual": ("R2star", r"R^{2*}", True),
    "R2-total": ("R2tilde", r"\tilde{R}^2", True),
}
_TITLE: Final = "Sensitivity with Respect to\n"


@dataclass(frozen=True, slots=True, eq=False)
class PointPanel:
    """Estimates under a homogeneous interaction, in rows from bottom to top.

    Attributes
    ----------
    labels : tuple of str
        Names of the k rows.
    estimate, lower, upper : ndarray, shape (k,)
        Estimates and ends of their intervals.
    """

    labels: tuple[str, ...]
    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class BoundsPanel:
    """Bounds of an effect against a sensitivity parameter.

    Attributes
    ----------
    title, xlab, ylab : str
        Default texts.
    x, lb, ub : ndarray, shape (L,)
        The parameter and the bounds.
    ci : ndarray, shape (2, L)
        The confidence region.
    estimate : float
        The effect under a homogeneous interaction.
    xlim, ylim : tuple of float
        What the axes have to hold; the vertical one is the same in all panels.
    """

    title: str
    xlab: str
    ylab: str
    x: FloatArray
    lb: FloatArray
    ub: FloatArray
    ci: FloatArray
    estimate: float
    xlim: tuple[float, float]
    ylim: tuple[float, float]


def point_panel(result: MultimedComponents, effects: Sequence[str], groups: Sequence[str]) -> PointPanel:
    """Return the panel of the estimates.

    Parameters
    ----------
    result : MultimedComponents
    effects, groups : sequence of str
        Which of `EFFECTS` and `GROUPS`.
    """
    rows: list[tuple[str, float, float, float]] = []
    if "total" in effects:
        rows.append((r"Total $(\bar{\tau})$", result.tau, *result.tau_ci))
    for kind, group in _chosen(effects[::-1], groups):
        effect = result.effects[_NAMES[kind, group]]
        label = f"{group.capitalize()} $({_symbol(kind, group)})$"
        rows.append((label, effect.estimate, effect.lower, effect.upper))
    labels, *numbers = zip(*rows, strict=True)
    estimate, lower, upper = (np.array(values, dtype=np.float64) for values in numbers)
    return PointPanel(tuple(map(str, labels)), estimate, lower, upper)


def bounds_panels(
    result: MultimedComponents, kind_of_plot: str, effects: Sequence[str], groups: Sequence[str]
) -> list[BoundsPanel]:
    """Return the panels of one type: indirect before direct effects, control, treated, average.

    Parameters
    ----------
    result : MultimedComponents
    kind_of_plot : str
        One of `TYPES`, not "point".
    effects, groups : sequence of str
        Which of `EFFECTS` and `GROUPS`.
    """
    component, symbol, share = _PARAMETERS[kind_of_plot]
    x = getattr(result, component)
    chosen = {pair: result.effects[_NAMES[pair]] for pair in _chosen(effects, groups)}
    ends = np.concatenate([part for effect in chosen.values() for part in (*effect.ci, effect.lb, effect.ub)])
    known = ends[np.isfinite(ends)]
    ylim = (float(known.min()), float(known.max()))
    what = "Importance of Interaction" if share else "Interaction Heterogeneity"
    return [
        BoundsPanel(
            title=f"{_TITLE}{what}",
            xlab=f"${symbol}$",
            ylab=f"${_symbol(*pair)}({symbol})$",
            x=x,
            lb=effect.lb,
            ub=effect.ub,
            ci=effect.ci,
            estimate=effect.estimate,
            xlim=(0.0, 1.0) if share else (float(x[0]), float(x[-1])),
            ylim=ylim,
        )
        for pair, effect in chosen.items()
    ]


def _chosen(effects: Sequence[str], groups: Sequence[str]) -> list[tuple[str, str]]:
    """Pair the bounded effects with the groups."""
    return [(kind, group) for kind in effects if kind in _LETTERS for group in groups]


def _symbol(kind: str, group: str) -> str:
    """Return the symbol of an effect, with two bars for an average over the arms."""
    letter = rf"\bar{{{_LETTERS[kind]}}}"
    return rf"\bar{{{letter}}}" if group == "average" else f"{letter}{_SUBSCRIPTS[group]}"
