"""The result of ``multimed`` and its summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.estimates.effects import Effect, EffectName
from pymediation.multiple.account import multimed_account
from pymediation.multiple.bounds import BoundedEffect, Grid, crossings
from pymediation.multiple.components import BoundedEffectGroup, MultimedComponents
from pymediation.multiple.paths import multimed_diagram
from pymediation.multiple.plot import plot_multimed
from pymediation.multiple.report import CROSSING_COLUMNS, MultimedReport, html, text
from pymediation.multiple.request import MultimedRequest
from pymediation.plots.path_diagram import Arrow, draw_paths
from pymediation.report.account import Account, Reported
from pymediation.results.records import ResultSummary
from pymediation.setting.options import check_choice
from pymediation.streams import StreamRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BoundedEffectGroup", "MultimedResult", "MultimedSummary"]

FloatArray = NDArray[np.float64]

_LABELS: Final[dict[EffectName, str]] = {
    "d1": "ACME (treated)",
    "d0": "ACME (control)",
    "d_avg": "ACME (average)",
    "z1": "ADE (treated)",
    "z0": "ADE (control)",
    "z_avg": "ADE (average)",
}
_TOTAL: Final = "Total Effect"
_GROUPS: Final[dict[str, tuple[EffectName, ...]]] = {
    "ACME": ("d1", "d0", "d_avg"),
    "ADE": ("z1", "z0", "z_avg"),
}
_COLUMNS: Final = ("estimate", "std_error", "lower", "upper")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MultimedResult(Reported, MultimedComponents):
    """Mediation effects beside an alternative mechanism, with bounds for heterogeneous interaction.

    Every component of R's ``multimed`` object is an attribute under its R name with underscores for dots:
    ``tau``, ``tau_ci``, ``d1_lb``, ``d1_ub``, ``d1_ci``, ..., ``sigma``, ``R2star``, ``R2tilde``. Bounds have
    shape (L,), one for each value of the sensitivity parameter, and regions (2, L), lower ends first; their
    first elements are the estimates and intervals under a homogeneous interaction. In words: ``acme``,
    ``ade`` and ``total``.

    Attributes
    ----------
    grid : Grid
        The values of the sensitivity parameter in three units.
    effects : dict of str to BoundedEffect
        The six bounded effects: d1, d0, d_avg (ACME) and z1, z0, z_avg (ADE).
    total : Effect
        Total effect with its bootstrap draws.
    n_failed : int
        Resamples that do not determine all bounds.
    request : MultimedRequest
        The design, the columns and the options of the call.
    nobs, n_dropped : int
        Rows used, and rows left out for missing values.
    stream : StreamRecord
        The random numbers used: kind, seed and position.
    arrows : tuple of Arrow
        Coefficients of the regressions, for the path diagram.
    """

    grid: Grid
    effects: Mapping[EffectName, BoundedEffect]
    total: Effect
    n_failed: int
    request: MultimedRequest
    nobs: int
    n_dropped: int
    stream: StreamRecord
    arrows: tuple[Arrow, ...] = ()

    @property
    def design(self) -> str:
        """The design, "single" or "parallel"."""
        return self.request.design

    @property
    def sims(self) -> int:
        """Number of bootstrap resamples."""
        return self.request.sims

    def summary(self) -> MultimedSummary:
        """Return the summary, which prints as R's."""
        return MultimedSummary(self)

    def to_frame(self, table: str = "estimates") -> pd.DataFrame:
        """Return one of three tables.

        Parameters
        ----------
        table : {"estimates", "bounds", "crossings"}
            Effects under a homogeneous interaction; their bounds over the grid; or the values of the
            sensitivity parameters at which bounds and intervals first include zero.

        Returns
        -------
        DataFrame
            "estimates": index `effect`; columns estimate, std_error, lower, upper. "bounds": index `effect`,
            `sigma`; columns R2star, R2tilde, lower_bound, upper_bound, lower, upper (the region).
            "crossings": index `effect`, R's columns; missing where there is no crossing on the grid.
        """
        chosen = check_choice(table, "table", ("estimates", "bounds", "crossings"))
        if chosen == "estimates":
            effects = {label: self.effects[name] for name, label in _LABELS.items()} | {_TOTAL: self.total}
            rows = [[getattr(effect, column) for column in _COLUMNS] for effect in effects.values()]
            return pd.DataFrame(rows, pd.Index(list(effects), name="effect"), list(_COLUMNS))
        if chosen == "crossings":
            values = crossings(self.effects, tuple(_LABELS), self.grid)
            return pd.DataFrame(values, pd.Index(_LABELS.values(), name="effect"), list(CROSSING_COLUMNS))
        tables = {label: self._bounds(self.effects[name]) for name, label in _LABELS.items()}
        return pd.concat(tables, names=["effect", "sigma"])

    def _bounds(self, effect: BoundedEffect) -> pd.DataFrame:
        """Return the bounds of one effect, a row for each value of the sensitivity parameter."""
        columns = {
            "R2star": self.R2star,
            "R2tilde": self.R2tilde,
            "lower_bound": effect.lb,
            "upper_bound": effect.ub,
            "lower": effect.ci[0],
            "upper": effect.ci[1],
        }
        return pd.DataFrame(columns, index=pd.Index(self.sigma, name="sigma"))

    def plot(self, **options: Any) -> NDArray[Any]:
        """Plot estimates and bounds; options are those of :func:`pymediation.multiple.plot.plot_multimed`.

        Returns
        -------
        ndarray of Axes
            One for each panel.
        """
        return plot_multimed(self, **options)

    def plot_paths(self, **options: Any) -> Axes:
        """Draw the path diagram: treatment, mediator of interest, alternative mediators and outcome.

        On the arrows are coefficients of the regressions, those to the outcome for each arm, with the
        intervals of least squares; below, the effects under a homogeneous interaction. The dashed arrow from
        the alternative mediators is allowed for and not estimated. Several of them share a box.

        Parameters
        ----------
        **options
            Those of :func:`pymediation.plots.path_diagram.draw_paths`.
        """
        return draw_paths(multimed_diagram(self, self.arrows), **options)

    def _account(self) -> Account:
        """Return what `report` tells."""
        return multimed_account(
            self, nobs=self.nobs, dropped=self.n_dropped, failed=self.n_failed, stream=self.stream
        )

    def _repr_html_(self) -> str:
        """Return the summary as HTML."""
        return self.summary()._repr_html_()

    def __repr__(self) -> str:
        """Show in a few lines what was analysed and found."""
        names = self.request.used
        path = " -> ".join(names[argument][0] for argument in ("treat", "med_main", "outcome"))
        beside = f", beside {', '.join(names['med_alt'])}" if "med_alt" in names else ""
        gaps = f" ({self.n_dropped} with missing values left out)" if self.n_dropped else ""
        lines = [
            f"<MultimedResult: {path}{beside}; {self.design} design, n = {self.nobs}{gaps}, {self.sims} "
            "resamples>"
        ]
        shown = self.to_frame().loc[
            [_LABELS["d_avg"], _LABELS["z_avg"], _TOTAL], ["estimate", "lower", "upper"]
        ]
        for label, estimate, lower, upper in shown.itertuples():
            lines.append(f"  {label:<15}{estimate:>9.4g} [{lower:.4g}, {upper:.4g}]")
        lines.append("  .summary() prints R's tables, .to_frame() returns them, .plot() draws them")
        return "\n".join(lines)


class MultimedSummary(ResultSummary[MultimedResult], MultimedComponents):
    """The summary of `multimed`: prints R's text and has every component of the result.

    Parameters
    ----------
    result : MultimedResult
    """

    @property
    def report(self) -> MultimedReport:
        """What the summary says, as a value."""
        estimates = self._result.to_frame()
        return MultimedReport(
            labels=tuple(estimates.index),
            estimates=estimates[["estimate", "lower", "upper"]].to_numpy(),
            crossings={kind: crossings(self.effects, names, self.grid) for kind, names in _GROUPS.items()},
            level=self.conf_level,
        )

    def to_frame(self, table: str = "estimates") -> pd.DataFrame:
        """Return a table; see ``to_frame`` of the result."""
        return self._result.to_frame(table)

    def plot(self, **options: Any) -> NDArray[Any]:
        """Plot estimates and bounds; see ``plot`` of the result."""
        return self._result.plot(**options)

    def __str__(self) -> str:
        """Return R's text."""
        return text(self.report)

    def _repr_html_(self) -> str:
        """Return the tables as HTML."""
        return html(self.report)
