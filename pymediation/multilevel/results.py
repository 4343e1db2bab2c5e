"""The result of ``mediate`` with mixed models, and its summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.errors import ArgumentError
from pymediation.estimates.effects import EffectName
from pymediation.multilevel.account import grouped_account
from pymediation.multilevel.components import GroupComponents, group_frame
from pymediation.multilevel.effects import GroupEffect
from pymediation.multilevel.plot import plot_groups
from pymediation.multilevel.report import GroupPanel, GroupReport, group_html, group_notes, group_text
from pymediation.multilevel.simulation import GroupedInference
from pymediation.plots.mediation import plot_mediation
from pymediation.report.account import Account
from pymediation.report.mediation import MediationReport, rows_shown
from pymediation.results.components import effects_frame
from pymediation.results.mediation import MediationResult, MediationSummary
from pymediation.rows import Grouping
from pymediation.setting.grouped_pairing import GroupedPair

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MultilevelResult", "MultilevelSummary", "grouped_result"]

_OUTPUTS = ("default", "byeffect", "bygroup")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MultilevelResult(MediationResult, GroupComponents):
    """Estimated causal mediation effects of grouped data, R's ``mediate.mer``.

    Beside every component of :class:`MediationResult` there is the same by group, under R's name with
    underscores for dots: ``d0_group`` (G,), ``d0_ci_group`` (G, 2), ``d0_p_group`` (G,), ``d0_sims_group``
    (G, s), and so on; the total effect is ``tau_coef_group``. Groups are in the order of their first row, and
    `groups` tells which is which. ``group("north")`` has the effects in one group in words. Draws by group
    are kept while an effect has no more than five million of them (5000 groups, 1000 draws), else None.

    Attributes
    ----------
    by_group : dict of str to GroupEffect
        The ten effects by group.
    groups : tuple
        The G groups, in the order of the numbers.
    group_labels : tuple of str
        The names of groups that summary and plot show; with ``compat="R"`` R's, maybe in another order.
    group_m, group_y, group_name : str or None
        The grouping columns of the mediator model and the outcome model, and the one that is reported by.
    group_id_m, group_id_y, group_id : ndarray or None
        Group of each row in these columns.

    Examples
    --------
    >>> import pymediation as pm
    >>> import pymediation.r as R
    >>> jobs = R.data("jobs")
    >>> med_fit = R.lmer("job_seek ~ treat + econ_hard + (1 | occp)", jobs)
    >>> out_fit = R.glmer("work1 ~ treat + job_seek + econ_hard + (1 | occp)", jobs, family=R.binomial)
    >>> result = pm.mediate(med_fit, out_fit, treat="treat", mediator="job_seek", rng=pm.RStream(2014))
    >>> round(result.d_avg, 4), round(result.group("manegerial").acme.estimate, 4)
    (0.0029, 0.003)
    """

    by_group: Mapping[EffectName, GroupEffect]
    groups: tuple[object, ...]
    group_labels: tuple[str, ...]
    group_m: str | None
    group_y: str | None
    group_name: str
    group_id_m: NDArray[Any] | None
    group_id_y: NDArray[Any] | None
    group_id: NDArray[Any]

    def summary(self, digits: int | None = None, output: str = "default") -> MultilevelSummary:
        """Return the summary, which prints as R's.

        Parameters
        ----------
        digits : int, optional
            R's option ``digits``; 7 by default, which shows five significant digits.
        output : {"default", "byeffect", "bygroup"}
            Averages over all rows; a table for each effect, a row per group; or a table for each group.
        """
        return MultilevelSummary(self, digits, output)

    def to_frame(self, by: str | None = None) -> pd.DataFrame:
        """Return the effects as a DataFrame.

        Parameters
        ----------
        by : {None, "group"}
            None: the rows of the printed summary. "group": a row per effect and group.

        Returns
        -------
        DataFrame
            Index `effect`, or `effect` and `group`; columns estimate, std_error, lower, upper, p_value,
            mc_error; see :meth:`MediationResult.to_frame`.
        """
        if by not in (None, "group"):
            raise ArgumentError(f"by={by!r} is not accepted; give 'group', or None for all rows together.")
        rows = rows_shown(self.one_set)
        return effects_frame(self.effects, rows) if by is None else group_frame(self, rows)

    def _account(self) -> Account:
        """Return what `report` tells."""
        groups = (self.group_m, self.group_y, self.group_name, len(self.groups))
        return grouped_account(self, self.effects, groups, one_set=self.one_set)

    def plot(self, *, group_plots: bool = False, **options: Any) -> Any:
        """Plot the effects.

        Parameters
        ----------
        group_plots : bool
            Whether to add a plot for each effect with a row per group; more than 60 groups are sorted by the
            effect, and intervals that contain 0 are paler.
        **options
            Those of :func:`pymediation.plots.mediation.plot_mediation`.

        Returns
        -------
        Axes, or list of Axes with `group_plots`
            The first plot is that of all rows.
        """
        return plot_groups(self, **options) if group_plots else plot_mediation(self, **options)


class MultilevelSummary(MediationSummary, GroupComponents):
    """The summary of a result by group: prints R's text and has every component of the result.

    Parameters
    ----------
    result : MultilevelResult
    digits : int, optional
        R's option ``digits``.
    output : {"default", "byeffect", "bygroup"}
        What is told; unambiguous beginnings will do.
    """

    _result: MultilevelResult

    def __init__(self, result: MultilevelResult, digits: int | None = None, output: str = "default") -> None:
        super().__init__(result, digits)
        self.output = _chosen_output(output)

    def plot(self, **options: Any) -> Axes:
        """Plot the effects; see ``plot`` of the result."""
        return self._result.plot(**options)

    @property
    def report(self) -> MediationReport:
        """What the summary says of all rows, as a value."""
        result, document = self._result, super().report
        reported = None if self.output == "default" else result.group_name
        return replace(
            document, notes=(*group_notes(result.group_m, result.group_y, reported), *document.notes)
        )

    @property
    def group_report(self) -> GroupReport:
        """What the summary says by effect or by group, as a value."""
        result = self._result
        # As in R, tables by group have the ACME under control where one says it all.
        rows = [
            (label, "d0" if result.one_set and name == "d1" else name)
            for label, name in rows_shown(result.one_set)
        ]
        values = np.stack([_table(result.by_group[name]) for _, name in rows])
        labels, groups = tuple(label for label, _ in rows), result.group_labels
        if self.output == "byeffect":
            panels = [GroupPanel(label, groups, values[k]) for k, label in enumerate(labels)]
        else:
            panels = [GroupPanel(group, labels, values[:, g]) for g, group in enumerate(groups)]
        as_r = result.compat == "R" and result.outcome_scale is None
        document = replace(self.report, footnotes=()) if as_r else self.report
        return GroupReport(document, tuple(panels), "byeffect" if self.output == "byeffect" else "bygroup")

    def __str__(self) -> str:
        """Return R's text."""
        if self.output == "default":
            return super().__str__()
        return group_text(self.group_report, self._digits)

    def _repr_html_(self) -> str:
        """Return the tables as HTML."""
        if self.output == "default":
            return super()._repr_html_()
        return group_html(self.group_report, self._digits)


def _chosen_output(given: str) -> str:
    """Return the full name of a kind of output."""
    matches = [name for name in _OUTPUTS if isinstance(given, str) and given and name.startswith(given)]
    if len(matches) != 1:
        listed = ", ".join(map(repr, _OUTPUTS))
        raise ArgumentError(f"output={given!r} is not accepted; give one of {listed}.")
    return matches[0]


def _table(effect: GroupEffect) -> NDArray[np.float64]:
    """Return the four numbers of each group that a table shows."""
    return np.column_stack([effect.estimate, effect.lower, effect.upper, effect.p_value])


def grouped_result(
    done: GroupedInference, pair: GroupedPair, fields: Mapping[str, Any], *, one_set: bool
) -> MultilevelResult:
    """Put a result together.

    Parameters
    ----------
    done : GroupedInference
    pair : GroupedPair
    fields : mapping
        What the result tells about the call.
    one_set : bool
        Whether one ACME and one ADE say it all.
    """
    of_mediator, of_outcome = pair.mediator.grouping, pair.outcome.grouping
    return MultilevelResult(
        effects=done.effects[0],
        one_set=one_set,
        by_group=done.by_group,
        groups=done.groups,
        group_labels=done.labels,
        group_m=None if of_mediator is None else of_mediator.name,
        group_y=None if of_outcome is None else of_outcome.name,
        group_name=pair.reported.name,
        group_id_m=_identifiers(of_mediator),
        group_id_y=_identifiers(of_outcome),
        group_id=_identifiers(pair.reported),
        **fields,
    )


def _identifiers(grouping: Grouping | None) -> Any:
    """Return the group of each row."""
    return None if grouping is None else np.asarray(pd.Series(grouping.levels).iloc[grouping.codes])
