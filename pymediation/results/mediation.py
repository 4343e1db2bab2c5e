"""The result of ``mediate`` and its summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from pymediation.report.mediation import EffectRow, MediationReport, html, rows_shown, text
from pymediation.report.sentences import effect_sentences
from pymediation.results.components import EffectComponents, effects_frame
from pymediation.results.effects import Effect, EffectName
from pymediation.results.evalue_table import evalue_table, required_means
from pymediation.results.records import AnalysisRecord, AnalysisSummary, headline, interval_method

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MediationResult", "MediationSummary"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MediationResult(AnalysisRecord, EffectComponents):
    """Estimated causal mediation effects.

    Every component of R's ``mediate`` object is an attribute under its R name with underscores for dots:
    ``d0``, ``d0_ci``, ``d0_p``, ``d0_sims`` (ACME under control), ``d1`` (under treatment), ``z0``, ``z1``
    (ADE), ``tau_coef``, ``tau_ci``, ... (total effect), ``n0``, ``n1`` (proportion mediated) and ``d_avg``,
    ``z_avg``, ``n_avg`` (averages over the arms). The same in words: ``acme``, ``ade``, ``total``,
    ``prop_mediated``, e.g. ``result.acme.treated.estimate``. How the analysis was done (``sims``, ``nobs``,
    ``call``, ``model_y``, ...) is told by the attributes of
    :class:`~pymediation.results.records.AnalysisRecord`.

    Attributes
    ----------
    effects : dict of str to Effect
        The ten effects by R's name.
    one_set : bool
        Whether one ACME and one ADE say it all: a linear outcome model without interaction.
    """

    effects: Mapping[EffectName, Effect]
    one_set: bool

    def summary(self, digits: int | None = None) -> MediationSummary:
        """Return the summary, which prints as R's.

        Parameters
        ----------
        digits : int, optional
            R's option ``digits``; 7 by default, which shows five significant digits.
        """
        return MediationSummary(self, digits)

    def to_frame(self) -> pd.DataFrame:
        """Return the rows of the printed summary as a DataFrame.

        Returns
        -------
        DataFrame
            Index `effect`; columns estimate, std_error, lower, upper, p_value, mc_error. ``std_error`` is the
            standard deviation of the draws and ``mc_error`` the Monte Carlo error of the estimate. A p-value
            of 0 means "below 2 / sims".
        """
        return effects_frame(self.effects, rows_shown(self.one_set))

    def means(self) -> pd.DataFrame:
        """Return the average potential outcomes E[Y(t, M(t'))] that the effects are differences of.

        Returns
        -------
        DataFrame
            A row for each pair of arms; columns treatment (t), mediator_under (t'), estimate, std_error,
            lower, upper, mc_error, on the scale of the outcome.

        Raises
        ------
        NotEstimableError
            The draws were not kept (``long=False``).
        """
        return required_means(self.potential_means)[0].frame()

    def evalue(
        self, effects: Sequence[str] | None = None, true: float = 1.0, sd: float | str = "marginal"
    ) -> pd.DataFrame:
        """Return E-values: how strong unmeasured confounding would have to be to explain the effects away.

        For mediated and direct effects the confounder is one of mediator and outcome, not affected by the
        treatment, for the total effect one of treatment and outcome. For the former the E-value is an
        approximation: the bound speaks of the association between treatment and confounder within levels of
        the mediator, and is read as that between mediator and confounder, which holds nearly always.

        Parameters
        ----------
        effects : sequence of str, optional
            Rows of the summary such as ``"ACME (treated)"``, or R's names such as ``"d1"``; all by default.
        true : float
            The risk ratio to compare with; 1 is no effect.
        sd : {"marginal", "residual"} or float
            For a continuous outcome: the standard deviation that makes a difference a standardised one.

        Returns
        -------
        DataFrame
            Index `effect`; columns rr, rr_lower, rr_upper (the effect as a ratio of average outcomes; for a
            continuous outcome exp(0.91 d), d the standardised difference), evalue, evalue_limit (of the limit
            nearer to `true`; 1 if the interval contains it), confounding. Averages over the arms are
            geometric means for ratios.

        Raises
        ------
        UnsupportedModelError
            An outcome whose effects are not on means: quantiles, survival times, cut-off values.
        NotEstimableError
            Averages that are not positive, or draws that were not kept.

        References
        ----------
        Smith, L. H. and VanderWeele, T. J. (2019). Mediational E-values: approximate sensitivity analysis for
        unmeasured mediator-outcome confounding. Epidemiology 30, 835-837.
        """
        means = required_means(self.potential_means)[0]
        labels = {name: label for label, name in rows_shown(self.one_set)}
        return evalue_table(means, self.outcome_facts, labels, effects, true, sd)

    def report(self, width: int | None = 88) -> str:
        """Return the analysis in plain sentences: estimates, method, assumptions, and what was not done.

        A template for a paper, to be completed by what only its authors know. It says what does not follow
        from intervals that contain 0, and when a proportion mediated means nothing.

        Parameters
        ----------
        width : int or None
            Columns after which lines break; None for one line per paragraph.

        Returns
        -------
        str
            Paragraphs with an empty line between them.

        Raises
        ------
        ArgumentError
            A `width` that is no whole number of at least 20.

        Examples
        --------
        >>> import statsmodels.formula.api as smf
        >>> import pymediation as pm
        >>> jobs = pm.datasets.load_jobs()
        >>> formulas = "job_seek ~ treat", "depress2 ~ treat + job_seek"
        >>> fits = [smf.ols(formula, jobs).fit() for formula in formulas]
        >>> result = pm.mediate(*fits, treat="treat", mediator="job_seek", rng=pm.RStream(1))
        >>> print(result.report(width=100).splitlines()[0])
        The effect of treat (1 against 0) on depress2 was split into a part through job_seek and a remaining
        """
        return effect_sentences(self, width)

    def plot(self, **options: Any) -> Axes:
        """Plot the effects; the options are those of :func:`pymediation.plots.mediation.plot_mediation`."""
        from pymediation.plots.mediation import plot_mediation

        return plot_mediation(self, **options)

    def plot_paths(self, **options: Any) -> Axes:
        """Draw the path diagram; options as :func:`pymediation.plots.path_diagram.plot_paths`."""
        from pymediation.plots.path_diagram import plot_paths

        return plot_paths(self, **options)

    def __repr__(self) -> str:
        """Show the effects, the method and the data in a few lines."""
        lines = [headline(self), *(f"  {note}" for note in self.footnotes)]
        for label, effect in (("ACME", self.acme.average), ("ADE", self.ade.average), ("Total", self.total)):
            lines.append(
                f"  {label:<6}{effect.estimate:>12.6g}  [{effect.lower:.6g}, {effect.upper:.6g}]  p = "
                f"{effect.p_value:.3g}"
            )
        lines.append("  .summary() prints the table, .to_frame() returns it, .plot() draws it")
        return "\n".join(lines)


class MediationSummary(AnalysisSummary[MediationResult], EffectComponents):
    """The summary of a result: prints R's table and has every component of the result.

    Parameters
    ----------
    result : MediationResult
    digits : int, optional
        R's option ``digits``.
    """

    @property
    def report(self) -> MediationReport:
        """What the summary says, as a value."""
        result = self._result
        rows = tuple(
            EffectRow(label, effect.estimate, effect.lower, effect.upper, effect.p_value)
            for label, effect in ((label, result.effects[name]) for label, name in rows_shown(result.one_set))
        )
        return MediationReport(
            method=interval_method(result),
            rows=rows,
            conf_level=result.conf_level,
            nobs=result.nobs,
            sims=result.sims,
            conditional=bool(result.covariates),
            notes=result.notes,
            footnotes=result.footnotes,
        )

    def __str__(self) -> str:
        """Return R's text, followed by the scale of the outcome where R leaves it unsaid.

        With ``compat="R"`` it is R's text alone, unless the scale is one that R does not have.
        """
        as_r = self._result.compat == "R" and self._result.outcome_scale is None
        report = replace(self.report, footnotes=()) if as_r else self.report
        return text(report, self._digits)

    def _repr_html_(self) -> str:
        """Return the table as HTML."""
        return html(self.report, self._digits)
