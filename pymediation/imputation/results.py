"""The pooled result of analyses of imputed data sets, and its summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
import pandas as pd

from pymediation.estimates.effects import Effect, EffectName
from pymediation.imputation.account import pooled_account
from pymediation.imputation.averages import pooled_facts, stacked_means
from pymediation.imputation.paths import pooled_diagram
from pymediation.imputation.rubin import RubinEstimate
from pymediation.plots.mediation import plot_mediation
from pymediation.plots.path_diagram import draw_paths
from pymediation.report.account import Account, Reported
from pymediation.report.coefficients import coefficient_cells, coefficient_lines
from pymediation.report.document import interval_columns
from pymediation.report.markup import TableMarkup, table_html
from pymediation.report.mediation import EffectRow, MediationReport, html, rows_shown, text
from pymediation.report.sentences import Numbers
from pymediation.results.components import EffectComponents, effects_frame
from pymediation.results.evalue_table import evalue_table
from pymediation.results.mediation import MediationResult
from pymediation.results.paths import average_numbers
from pymediation.results.records import ModelsSummary, interval_method

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PooledMediationResult", "PooledMediationSummary", "counted_sets"]

_RUBIN_TITLE: Final = "Rubin's Rules"
_RUBIN_COLUMNS: Final = ("estimate", "std_error", "df", "lower", "upper", "p_value", "riv", "fmi")
_DIGITS: Final = 5


def counted_sets(number: int) -> str:
    """Write how many data sets there are."""
    return f"{number} data set{'' if number == 1 else 's'}"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PooledMediationResult(Reported, EffectComponents):
    """Causal mediation effects pooled over multiply imputed data sets.

    The components ``d0``, ``d0_ci``, ``d0_p``, ..., ``n_avg_p`` and the words ``acme``, ``ade``, ``total``,
    ``prop_mediated`` come from the draws of all data sets stacked on one another: estimates are their means
    (of averages over the arms, and bootstrap or not: means over data sets), intervals their quantiles.
    ``d0_sims``, ... are the stacked draws; those of one data set are in ``elements``. Beside them stand
    Rubin's rules in ``rubin``, which are exact in small numbers of data sets where stacked draws are too
    narrow.

    Attributes
    ----------
    effects : dict of str to Effect
        The ten effects by R's name, from the stacked draws.
    rubin : dict of str to RubinEstimate
        The effects d0, d1, z0, z1, tau, d_avg and z_avg by Rubin's rules. Empty for one data set. Proportions
        mediated have none: a ratio whose denominator may vanish has no variance.
    one_set : bool
        Whether one ACME and one ADE say it all.
    elements : tuple of MediationResult
        The analyses that were pooled.
    names : tuple of str
        Their names.
    treat, mediator, covariates, control_value, treat_value, INT, boot, conf_level, nobs, sims
        As in a result of `mediate`, of the last data set; `sims` are the draws of each.
    boot_ci_type : {"perc", "bca"}
        "perc"; with ``compat="R"`` that of the last data set, though intervals are percentiles all the same.
    compat : {"fixed", "R"}
        Whether known defects of R were reproduced.
    notes : tuple of str
        What the summary says beyond R's text.
    defects : tuple of str
        What R does wrong in these numbers, if they are R's.
    """

    effects: Mapping[EffectName, Effect]
    rubin: Mapping[EffectName, RubinEstimate]
    one_set: bool
    elements: tuple[MediationResult, ...]
    names: tuple[str, ...]
    treat: str
    mediator: str
    covariates: Mapping[str, Any] | None
    control_value: Any
    treat_value: Any
    INT: bool
    boot: bool
    boot_ci_type: str
    conf_level: float
    nobs: int
    sims: int
    compat: str
    notes: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()

    _others: ClassVar[tuple[str, ...]] = (
        *("nobs", "sims", "INT", "boot", "boot_ci_type", "model_y", "model_m"),
        *("conf_level", "treat", "mediator", "covariates", "control_value", "treat_value", "rubin"),
    )

    @property
    def model_m(self) -> Any:
        """The fitted mediator model of the last data set."""
        return self.elements[-1].model_m

    @property
    def model_y(self) -> Any:
        """The fitted outcome model of the last data set."""
        return self.elements[-1].model_y

    def summary(self, digits: int | None = None) -> PooledMediationSummary:
        """Return the summary: R's table of stacked draws, and with ``compat="fixed"`` Rubin's rules below it.

        Parameters
        ----------
        digits : int, optional
            R's option ``digits``, 7 by default.
        """
        return PooledMediationSummary(self, digits)

    def to_frame(self) -> pd.DataFrame:
        """Return the rows of the printed summary as a DataFrame.

        Returns
        -------
        DataFrame
            Index `effect`; columns estimate, std_error, lower, upper, p_value, mc_error of the stacked draws,
            then rubin_estimate, rubin_std_error, rubin_df, rubin_lower, rubin_upper, rubin_p_value, rubin_riv
            (relative increase in variance due to missing data) and rubin_fmi (fraction of missing
            information), NaN for proportions, which Rubin's rules do not apply to.
        """
        shown = rows_shown(self.one_set)
        table = effects_frame(self.effects, shown)
        rubin = {label: self._rubin_row(name) for label, name in shown}
        columns = [f"rubin_{column}" for column in _RUBIN_COLUMNS]
        return table.join(pd.DataFrame.from_dict(rubin, orient="index", columns=columns))

    def _rubin_row(self, name: EffectName) -> list[float]:
        """Return what Rubin's rules tell about one effect."""
        pooled = self.rubin.get(name)
        if pooled is None:
            return [float("nan")] * len(_RUBIN_COLUMNS)
        return [getattr(pooled, column) for column in _RUBIN_COLUMNS]

    def means(self) -> pd.DataFrame:
        """Return the average potential outcomes over all data sets, as `MediationResult.means` does."""
        return stacked_means(self.elements).frame()

    def evalue(
        self, effects: Sequence[str] | None = None, true: float = 1.0, sd: float | str = "marginal"
    ) -> pd.DataFrame:
        """Return E-values of the effects by stacked draws, as `MediationResult.evalue` does.

        The standard deviation of a continuous outcome is the mean of those of the data sets.
        """
        labels = {name: label for label, name in rows_shown(self.one_set)}
        facts = pooled_facts(self.elements)
        return evalue_table(stacked_means(self.elements), facts, labels, effects, true, sd)

    def _account(self) -> Account:
        """Return what `report` tells."""
        return pooled_account(self.effects, self.rubin, self.elements, self.defects)

    def plot(self, **options: Any) -> Axes:
        """Plot the stacked draws' effects; options as :func:`pymediation.plots.mediation.plot_mediation`."""
        return plot_mediation(self, **options)

    def plot_paths(self, **options: Any) -> Axes:
        """Draw the path diagram as `MediationResult.plot_paths` does, with the stacked draws' effects below.

        The numbers on its arrows are those of all data sets by Rubin's rules.

        Parameters
        ----------
        **options
            Those of :func:`pymediation.plots.path_diagram.draw_paths`.
        """
        return draw_paths(pooled_diagram(self.elements, average_numbers(self, self.one_set)), **options)

    def __repr__(self) -> str:
        """Show the effects, by stacked draws and by Rubin's rules, in a few lines."""
        sets = counted_sets(len(self.elements))
        path = f"{self.treat} -> {self.mediator} -> {self.elements[-1].wording.outcome}"
        numbers = Numbers(self.conf_level)
        lines = [f"<{type(self).__name__}: {path}, pooled over {sets}>"]
        shown: tuple[tuple[str, EffectName], ...] = (("ACME", "d_avg"), ("ADE", "z_avg"), ("Total", "tau"))
        for label, name in shown:
            effect = self.effects[name]
            line = f"  {label:<6}{effect.estimate:>12.6g}  [{effect.lower:.6g}, {effect.upper:.6g}]"
            if name in self.rubin:
                pooled = self.rubin[name]
                line += f"  Rubin: [{pooled.lower:.6g}, {pooled.upper:.6g}]  {numbers.p(pooled.p_value)}"
            lines.append(line)
        return "\n".join([*lines, "  .summary() prints the tables, .to_frame() returns them, .plot() draws"])

    def _repr_html_(self) -> str:
        """Return the summary as HTML."""
        return self.summary()._repr_html_()


class PooledMediationSummary(ModelsSummary[PooledMediationResult], EffectComponents):
    """The summary of a pooled result: prints R's table and has every component of the result.

    Parameters
    ----------
    result : PooledMediationResult
    digits : int, optional
        R's option ``digits``.
    """

    _result: PooledMediationResult
    _others: ClassVar[tuple[str, ...]] = PooledMediationResult._others

    def means(self) -> pd.DataFrame:
        """Return the average potential outcomes; see ``means`` of the result."""
        return self._result.means()

    def evalue(
        self, effects: Sequence[str] | None = None, true: float = 1.0, sd: float | str = "marginal"
    ) -> pd.DataFrame:
        """Return E-values; see ``evalue`` of the result."""
        return self._result.evalue(effects, true, sd)

    @property
    def report(self) -> MediationReport:
        """What the table of stacked draws says, as a value; R's does not tell the level."""
        result = self._result
        as_r = result.compat == "R"
        return MediationReport(
            method=interval_method(result),
            rows=tuple(
                EffectRow(label, effect.estimate, effect.lower, effect.upper, effect.p_value)
                for label, effect in (
                    (label, result.effects[name]) for label, name in rows_shown(result.one_set)
                )
            ),
            conf_level=None if as_r else result.conf_level,
            nobs=result.nobs,
            sims=result.sims,
            conditional=bool(result.covariates) and not as_r,
            notes=result.notes,
        )

    def __str__(self) -> str:
        """Return R's text, then Rubin's rules unless R's text alone was asked for."""
        shown = text(self.report, self._digits)
        if not self._rubin_rows:
            return shown
        values, labels = self._rubin_values
        lines = coefficient_lines(
            labels,
            self._headings,
            values,
            digits=self._table_digits,
            p_column=True,
            coefficient_columns=_SHARED,
        )
        return "\n".join([shown, _RUBIN_TITLE, "", *lines, ""])

    def _repr_html_(self) -> str:
        """Return the tables as HTML."""
        shown = html(self.report, self._digits)
        if not self._rubin_rows:
            return shown
        values, labels = self._rubin_values
        table = coefficient_cells(
            values, digits=self._table_digits, p_column=True, coefficient_columns=_SHARED
        )
        markup = TableMarkup(
            caption=(_RUBIN_TITLE,),
            corner="Effect",
            column_names=self._headings,
            row_names=labels,
            cells=table.cells,
            stars=table.stars,
        )
        return f"{shown}\n{table_html(markup)}"

    @property
    def _rubin_rows(self) -> tuple[tuple[str, EffectName], ...]:
        """The rows of the table of Rubin's rules."""
        if self._result.compat == "R":
            return ()
        return tuple(row for row in rows_shown(self._result.one_set) if row[1] in self._result.rubin)

    @property
    def _rubin_values(self) -> tuple[np.ndarray, tuple[str, ...]]:
        """The numbers of that table, and the names of its rows."""
        pooled = [self._result.rubin[name] for _, name in self._rubin_rows]
        rows = [[one.estimate, one.std_error, one.df, one.lower, one.upper, one.p_value] for one in pooled]
        return np.array(rows), tuple(label for label, _ in self._rubin_rows)

    @property
    def _headings(self) -> tuple[str, ...]:
        """The headings of that table."""
        return ("Estimate", "Std. Error", "df", *interval_columns(self._result.conf_level), "p-value")

    @property
    def _table_digits(self) -> int:
        """Significant digits of its numbers."""
        return _DIGITS if self._digits is None else max(3, self._digits - 2)


_SHARED: Final = (0, 1, 3, 4)  # columns of one format: estimate, standard error and limits
