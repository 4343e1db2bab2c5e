"""The result of ``ivmediate`` and its summary."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from pymediation.errors import ArgumentError, NotEstimableError
from pymediation.instruments.noncompliance_account import NoncomplianceRecord, noncompliance_account
from pymediation.instruments.noncompliance_components import NoncomplianceComponents
from pymediation.instruments.noncompliance_paths import noncompliance_diagram
from pymediation.instruments.noncompliance_plot import plot_noncompliance
from pymediation.plots.path_diagram import draw_paths
from pymediation.report.account import Account, Reported
from pymediation.report.coefficients import coefficient_lines
from pymediation.report.document import interval_columns
from pymediation.report.noncompliance import (
    NONCOMPLIANCE_TITLE,
    EstimateReport,
    estimate_html,
    estimate_text,
    noncompliance_method,
)
from pymediation.report.wording import seed_text
from pymediation.results.records import ResultSummary, whole_digits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["NoncomplianceResult", "NoncomplianceSummary"]

_LOCAL: Final = (
    ("LACME (control)", "dc0"),
    ("LACME (treated)", "dc1"),
    ("LANDE (control)", "zc0"),
    ("LANDE (treated)", "zc1"),
    ("LATE", "tauc"),
)
_ITT: Final = (
    ("Mediated ITT (control)", "itt_d0"),
    ("Mediated ITT (treated)", "itt_d1"),
    ("Unmediated ITT (control)", "itt_z0"),
    ("Unmediated ITT (treated)", "itt_z1"),
    ("Total ITT", "itt"),
    ("Share of Compliers", "share"),
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NoncomplianceResult(NoncomplianceRecord, Reported, NoncomplianceComponents):
    """Mediation effects on compliers, and the decomposition of the intention-to-treat effect.

    R's components are attributes with underscores for dots: ``dc1``, ``dc0`` (LACME), ``zc1``, ``zc0``
    (LANDE), ``tauc`` (LATE), each with ``_ci`` and ``_sims``; ``dc1_issue``, ``dc1_inf``, ... The same in
    words: ``lacme``, ``lande``, ``late``, e.g. ``result.lacme.treated.estimate``. Beyond R: ``mediated_itt``,
    ``unmediated_itt``, ``itt`` and ``complier_share``.

    Attributes
    ----------
    effects : dict of str to Effect
        All effects, with their interval at the first level.
    intervals : dict of str to tuple of Interval
        Their intervals at all levels; empty tuples with ``ci=False``.
    issues, infinite : dict of str to int
        Units whose integral ended with a problem, or is not finite, by effect.
    ci : bool
        Whether intervals were computed.
    boot : bool
        Whether the bootstrap was used.
    enc, treat, mediator : str
        Columns of encouragement, treatment received and mediator.
    conf_level : float or tuple of float
        Levels of the intervals.
    nobs : int
        Rows used.
    sims : int
        Draws or replicates.
    n_failed : int
        Replicates that could not be fitted and were left out.
    call : dict
        The arguments of the call.
    stream : StreamRecord or None
        The random numbers used.
    compat : {"fixed", "R"}
        Whether known defects of R were reproduced.
    outcome, quantity : str
        The outcome, and what effects are differences of.
    formulas, labels : tuple of str
        Formulas of the models of treatment, mediator and outcome, and what they are.
    defects : tuple of str
        What R does wrong in these numbers, if they are R's.
    left_out : tuple of RowsLeftOut
        Rows of the data that the models do not have.
    adjusted : bool
        Whether the models have covariates.
    """

    def _account(self) -> Account:
        """Return what `report` tells."""
        return noncompliance_account(self)

    def level_index(self, conf_level: float | None) -> int:
        """Return the place of a level among those computed; the first by default."""
        levels = [self.conf_level] if isinstance(self.conf_level, float) else list(self.conf_level)
        if conf_level is None:
            return 0
        if conf_level in levels:
            return levels.index(conf_level)
        shown = ", ".join(f"{level:g}" for level in levels)
        msg = (
            f"conf_level={conf_level!r} was not computed; choose one of {shown}, or give ivmediate() all the "
            "levels you need: conf_level=[0.95, 0.8]."
        )
        raise ArgumentError(msg)

    def summary(self, conf_level: float | None = None, digits: int | None = None) -> NoncomplianceSummary:
        """Return the summary, which prints as R's.

        Parameters
        ----------
        conf_level : float, optional
            One of the levels that were computed; the first by default.
        digits : int, optional
            R's option ``digits``; 7 by default, which shows five significant digits.
        """
        return NoncomplianceSummary(self, conf_level, digits)

    def to_frame(self, conf_level: float | None = None) -> pd.DataFrame:
        """Return all effects as a DataFrame.

        Parameters
        ----------
        conf_level : float, optional
            One of the levels that were computed; the first by default.

        Returns
        -------
        DataFrame
            Index `effect`: the rows of the printed summary, the intention-to-treat effects, the share of
            compliers. Columns estimate, std_error, lower, upper, p_value; NaN where there are no draws.
        """
        place = self.level_index(conf_level)
        table = {}
        for label, name in (*_LOCAL, *_ITT):
            effect, found = self.effects[name], self.intervals[name]
            ends = (found[place].lower, found[place].upper) if found else (np.nan, np.nan)
            table[label] = [effect.estimate, effect.std_error, *ends, effect.p_value]
        columns = ["estimate", "std_error", "lower", "upper", "p_value"]
        return pd.DataFrame.from_dict(table, orient="index", columns=columns).rename_axis("effect")

    def plot(self, **options: Any) -> Axes:
        """Plot the effects on compliers.

        The options are those of :func:`pymediation.instruments.noncompliance_plot.plot_noncompliance`.
        """
        if not self.ci:
            msg = (
                "There are no intervals to plot: ivmediate() was called with ci=False. Call it with ci=True."
            )
            raise NotEstimableError(msg)
        return plot_noncompliance(self, **options)

    def plot_paths(self, **options: Any) -> Axes:
        """Draw the path diagram: encouragement, treatment received, mediator and outcome.

        On the first arrow stands the share of compliers, below the effects on them. The other arrows have no
        numbers, because coefficients of the models mix compliers with others.

        Parameters
        ----------
        **options
            Those of :func:`pymediation.plots.path_diagram.draw_paths`.
        """
        return draw_paths(noncompliance_diagram(self), **options)

    def __repr__(self) -> str:
        """Show the effects, the method and the data in a few lines."""
        how = "bootstrap" if self.boot else "quasi-Bayesian"
        done = (
            f"{how}, {self.sims} draws, {seed_text(self.stream)}"
            if self.stream is not None
            else "no intervals"
        )
        lines = [
            f"<NoncomplianceResult: {self.enc} -> {self.treat} -> {self.mediator} -> {self.outcome}; {done}, "
            f"n = {self.nobs}>"
        ]
        for label, name in _LOCAL:
            effect = self.effects[name]
            ends = f"  [{effect.lower:.6g}, {effect.upper:.6g}]" if self.ci else ""
            lines.append(f"  {label:<16}{effect.estimate:>12.6g}{ends}")
        lines.append(
            "  .summary() prints the table, .to_frame() returns it"
            + (", .plot() draws it" if self.ci else "")
        )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return the summary as HTML."""
        return self.summary()._repr_html_()


class NoncomplianceSummary(ResultSummary[NoncomplianceResult], NoncomplianceComponents):
    """The summary of a result: prints R's table and has every component of the result.

    Parameters
    ----------
    result : NoncomplianceResult
    conf_level : float, optional
        One of the levels that were computed; the first by default.
    digits : int, optional
        R's option ``digits``.
    """

    def __init__(
        self, result: NoncomplianceResult, conf_level: float | None = None, digits: int | None = None
    ) -> None:
        super().__init__(result)
        self._digits = whole_digits(digits)
        self._place = result.level_index(conf_level)

    def to_frame(self) -> pd.DataFrame:
        """Return all effects as a DataFrame."""
        levels = self._result.conf_level
        return self._result.to_frame(levels if isinstance(levels, float) else levels[self._place])

    def plot(self, **options: Any) -> Axes:
        """Plot the effects on compliers."""
        return self._result.plot(**options)

    def _rows(self, shown: tuple[tuple[str, str], ...]) -> tuple[tuple[str, tuple[float, ...]], ...]:
        """Return the numbers of some lines."""
        result = self._result
        return tuple(
            (
                label,
                (result.effects[name].estimate, *(result.intervals[name][self._place] if result.ci else ())),
            )
            for label, name in shown
        )

    @property
    def report(self) -> EstimateReport:
        """What R's part of the summary says, as a value."""
        result = self._result
        level = result.intervals["dc1"][self._place].level if result.ci else None
        return EstimateReport(
            title=NONCOMPLIANCE_TITLE,
            method=noncompliance_method(result.boot) if result.ci else None,
            rows=self._rows(_LOCAL),
            conf_level=level,
            nobs=result.nobs,
            sims=result.sims if result.ci else None,
            footnotes=() if result.compat == "R" else self._decomposition(level),
        )

    def _decomposition(self, level: float | None) -> tuple[str, ...]:
        """Return the table of intention-to-treat effects, which R does not have."""
        labels, numbers = zip(*self._rows(_ITT), strict=True)
        columns = ("Estimate", *(() if level is None else interval_columns(level)))
        table = coefficient_lines(
            labels, columns, numbers, digits=max(3, (self._digits or 7) - 2), p_column=False
        )
        return ("Decomposition of the Intention-to-Treat Effect", "", *table, "")

    def __str__(self) -> str:
        """Return R's text, followed by the intention-to-treat effects unless ``compat="R"``."""
        return estimate_text(self.report, self._digits)

    def _repr_html_(self) -> str:
        """Return the table as HTML."""
        report = self.report
        rows = report.rows if self._result.compat == "R" else (*report.rows, *self._rows(_ITT))
        return estimate_html(replace(report, rows=rows, footnotes=()), self._digits)
