"""The result of ``mediate_tsls`` and its summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
import pandas as pd

from pymediation.errors import NotEstimableError
from pymediation.estimates.effects import Effect, EffectName, Interval
from pymediation.instruments.two_stage_account import TwoStageRecord, two_stage_account
from pymediation.instruments.two_stage_models import FirstStage
from pymediation.instruments.two_stage_paths import two_stage_diagram
from pymediation.plots.mediation import plot_mediation
from pymediation.plots.path_diagram import draw_paths
from pymediation.report.account import Account, Reported
from pymediation.report.mediation import EffectRow, MediationReport, html, text
from pymediation.report.noncompliance import EstimateReport, estimate_html, estimate_text
from pymediation.report.numbers import format_p_values
from pymediation.report.wording import seed_text
from pymediation.results.components import effects_frame
from pymediation.results.named import NamedComponents, Part
from pymediation.results.records import ModelsSummary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["TwoStageResult", "TwoStageSummary"]

TITLE: Final = "Causal Mediation Analysis using Two-Stage Least Squares"

_ROWS: Final[tuple[tuple[str, EffectName], ...]] = (
    ("ACME", "d1"),
    ("ADE", "z1"),
    ("Total Effect", "tau"),
    ("Prop. Mediated", "n0"),
)


class TwoStageComponents(NamedComponents):
    """Four effects by R's names (``d1``, ``d1_se``, ...) and by words (``acme``, ``ade``, ``total``)."""

    effects: Mapping[EffectName, Effect]

    d1 = Part[float]("d1", "estimate", "ACME, b g.")
    d1_se = Part[float]("d1", "std_error", "Standard error of the ACME.")
    d1_p = Part[float]("d1", "p_value", "P-value of the ACME.")
    d1_ci = Part[Interval]("d1", "ci", "Interval of the ACME.")
    d0 = Part[float]("d0", "estimate", "The same as `d1`.")
    d0_se = Part[float]("d0", "std_error", "The same as `d1_se`.")
    d0_p = Part[float]("d0", "p_value", "The same as `d1_p`.")
    d0_ci = Part[Interval]("d0", "ci", "The same as `d1_ci`.")
    z1 = Part[float]("z1", "estimate", "ADE.")
    z1_se = Part[float]("z1", "std_error", "Standard error of the ADE.")
    z1_p = Part[float]("z1", "p_value", "P-value of the ADE.")
    z1_ci = Part[Interval]("z1", "ci", "Interval of the ADE.")
    z0 = Part[float]("z0", "estimate", "The same as `z1`.")
    z0_se = Part[float]("z0", "std_error", "The same as `z1_se`.")
    z0_p = Part[float]("z0", "p_value", "The same as `z1_p`.")
    z0_ci = Part[Interval]("z0", "ci", "The same as `z1_ci`.")
    tau_coef = Part[float]("tau", "estimate", "Total effect.")
    tau_se = Part[float]("tau", "std_error", "Standard error of the total effect.")
    tau_ci = Part[Interval]("tau", "ci", "Interval of the total effect.")
    tau_p = Part[float]("tau", "p_value", "P-value of the total effect.")
    n0 = Part[float]("n0", "estimate", "Proportion mediated.")
    n0_se = Part[float]("n0", "std_error", "Standard error of the proportion mediated.")
    n0_ci = Part[Interval]("n0", "ci", "Interval of the proportion mediated.")
    n0_p = Part[float]("n0", "p_value", "P-value of the proportion mediated.")

    _others: ClassVar[tuple[str, ...]] = (
        *("boot", "boot_ci_type", "treat", "mediator", "nobs", "sims", "INT", "conf_level"),
        *("model_y", "model_m"),
    )

    @property
    def acme(self) -> Effect:
        """Average causal mediation effect, the same in both arms."""
        return self.effects["d1"]

    @property
    def ade(self) -> Effect:
        """Average direct effect, the same in both arms."""
        return self.effects["z1"]

    @property
    def total(self) -> Effect:
        """Total effect."""
        return self.effects["tau"]

    @property
    def prop_mediated(self) -> Effect:
        """Proportion mediated."""
        return self.effects["n0"]

    boot_ci_type: ClassVar[str] = "perc"
    INT: ClassVar[bool] = False
    one_set: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TwoStageResult(TwoStageRecord, Reported, TwoStageComponents):
    """Effects estimated by two-stage least squares.

    R's components are attributes with underscores for dots: ``d1``, ``d1_se``, ``d1_p``, ``d1_ci`` (ACME;
    ``d0`` is the same), ``z1`` (ADE), ``tau_coef`` (total effect), ``n0`` (proportion mediated). The same in
    words: ``acme``, ``ade``, ``total``, ``prop_mediated``, e.g. ``result.acme.std_error``.

    Attributes
    ----------
    effects : dict of str to Effect
        The effects by R's name.
    boot : bool
        Whether the bootstrap was used.
    treat, mediator : str
        Columns of treatment and mediator.
    nobs : int
        Rows used.
    sims : int or None
        Bootstrap replicates; None without the bootstrap.
    conf_level : float
        Level of the intervals.
    covariance : str
        How standard errors were computed, in words.
    first_stage : FirstStage or None
        How strongly the instruments move the mediator: ``statistic``, ``df``, ``p_value``, ``instruments``.
    n_failed : int
        Replicates that did not determine the effects and were left out.
    cluster : ndarray or None
        Cluster of each row used.
    call : dict
        The arguments of the call.
    stream : StreamRecord or None
        The random numbers used.
    compat : {"fixed", "R"}
        Whether known defects of R were reproduced.
    models : Models
        The fitted models.
    outcome : str
        The outcome, as its model writes it.
    formulas, labels : tuple of str
        Formulas of mediator model and outcome model, and what they are.
    defects : tuple of str
        What R does wrong in these numbers, if they are R's.
    left_out : tuple of RowsLeftOut
        Rows of the data that the models do not have.
    adjusted : bool
        Whether the outcome model has covariates.
    path_numbers : dict of str to PathNumber
        Coefficients of both stages, for the path diagram.
    """

    def _account(self) -> Account:
        """Return what `report` tells."""
        return two_stage_account(self)

    @property
    def model_m(self) -> Any:
        """The fitted mediator model."""
        return self.models.get()[0]

    @property
    def model_y(self) -> Any:
        """The fitted outcome model, not the second stage."""
        return self.models.get()[1]

    def summary(self, digits: int | None = None) -> TwoStageSummary:
        """Return the summary, which prints as R's.

        Parameters
        ----------
        digits : int, optional
            R's option ``digits``; 7 by default, which shows five significant digits.
        """
        return TwoStageSummary(self, digits)

    def to_frame(self) -> pd.DataFrame:
        """Return the rows of the printed summary as a DataFrame.

        Returns
        -------
        DataFrame
            Index `effect`; columns estimate, std_error, lower, upper, p_value.
        """
        return effects_frame(self.effects, _ROWS).drop(columns="mc_error")

    def plot(self, **options: Any) -> Axes:
        """Plot the effects; the options are those of :func:`pymediation.plots.mediation.plot_mediation`."""
        if np.isnan(self.acme.lower):
            msg = "There are no intervals to plot: mediate_tsls() was called with est_se=False."
            raise NotEstimableError(msg)
        return plot_mediation(self, **options)

    def plot_paths(self, **options: Any) -> Axes:
        """Draw the path diagram: instrument, treatment, mediator and outcome.

        On the arrows are the coefficients of both stages, with normal intervals from residuals of the outcome
        equation; their product along treatment, mediator and outcome is the ACME. Several instruments share a
        box, and their arrow has no number.

        Parameters
        ----------
        **options
            Those of :func:`pymediation.plots.path_diagram.draw_paths`.
        """
        return draw_paths(two_stage_diagram(self, self.path_numbers), **options)

    def __repr__(self) -> str:
        """Show the effects, the method and the data in a few lines."""
        how = "" if self.stream is None else f", {self.sims} replicates, {seed_text(self.stream)}"
        lines = [
            f"<TwoStageResult: {self.treat} -> {self.mediator} -> {self.outcome}; {self.covariance}, "
            f"n = {self.nobs}{how}>"
        ]
        for label, effect in (("ACME", self.acme), ("ADE", self.ade), ("Total", self.total)):
            lines.append(
                f"  {label:<6}{effect.estimate:>12.6g}  [{effect.lower:.6g}, {effect.upper:.6g}]  "
                f"{self.numbers.p(effect.p_value)}"
            )
        lines.append("  .summary() prints the table, .to_frame() returns it, .plot() draws it")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return the summary as HTML."""
        return self.summary()._repr_html_()


class TwoStageSummary(ModelsSummary[TwoStageResult], TwoStageComponents):
    """The summary of a result: prints R's table and has every component of the result.

    Parameters
    ----------
    result : TwoStageResult
    digits : int, optional
        R's option ``digits``.
    """

    _result: TwoStageResult

    @property
    def footnotes(self) -> tuple[str, ...]:
        """What the text says beyond R's: how errors were computed, and the strength of the instruments."""
        result = self._result
        if result.compat == "R":
            return ()
        errors = () if np.isnan(result.acme.std_error) else (f"Standard errors: {result.covariance}",)
        return (*errors, *first_stage_lines(result.first_stage))

    def _shown(self) -> MediationReport | EstimateReport:
        """Return what the summary says, as a value."""
        result = self._result
        rows = tuple(
            EffectRow(label, effect.estimate, effect.lower, effect.upper, effect.p_value)
            for label, effect in ((label, result.effects[name]) for label, name in _ROWS)
        )
        if np.isnan(result.acme.std_error):
            estimates = tuple((row.label, (row.estimate,)) for row in rows)
            return EstimateReport(TITLE, None, estimates, None, result.nobs, None, self.footnotes)
        return MediationReport(
            method="boot perc" if result.boot else "two-stage",
            rows=rows,
            conf_level=result.conf_level,
            nobs=result.nobs,
            sims=result.sims,
            title=TITLE,
            footnotes=self.footnotes,
        )

    def __str__(self) -> str:
        """Return R's text, followed by the strength of the instruments unless ``compat="R"``."""
        report = self._shown()
        if isinstance(report, EstimateReport):
            return estimate_text(report, self._digits)
        return text(report, self._digits)

    def _repr_html_(self) -> str:
        """Return the table as HTML."""
        report = self._shown()
        if isinstance(report, EstimateReport):
            return estimate_html(report, self._digits)
        return html(report, self._digits)


def first_stage_lines(first: FirstStage | None) -> tuple[str, ...]:
    """Write the test of the instruments."""
    if first is None:
        return ()
    p_text = format_p_values([first.p_value], 4)[0]
    weak = "; weak: below 10" if first.weak else ""
    return (
        f"First-stage F: {first.statistic:.4g} on {first.df[0]} and {first.df[1]} DF, "
        f"p-value: {p_text}{weak}",
        f"(Instruments: {', '.join(first.instruments)})",
    )
