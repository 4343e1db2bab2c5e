"""The result of ``mediate`` and its summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from pymediation.estimates.effects import Effect, EffectName
from pymediation.plots.mediation import plot_mediation
from pymediation.plots.path_diagram import draw_paths
from pymediation.report.account import Account
from pymediation.report.mediation import EffectRow, MediationReport, html, rows_shown, text
from pymediation.results.account import account_of_effects, numbers_of
from pymediation.results.components import EffectComponents, effects_frame
from pymediation.results.evalue_table import evalue_table, required_means
from pymediation.results.paths import average_numbers, diagram_of, paths_of
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

    def _account(self) -> Account:
        """Return what `report` tells."""
        return account_of_effects(self, self.effects, one_set=self.one_set)

    def plot(self, **options: Any) -> Axes:
        """Plot the effects; the options are those of :func:`pymediation.plots.mediation.plot_mediation`."""
        return plot_mediation(self, **options)

    def plot_paths(self, **options: Any) -> Axes:
        r"""Draw the path diagram: treatment, mediator and outcome, with coefficients on the arrows.

        The number from treatment to mediator is :math:`E[x_i(t_1) - x_i(t_0)]'\hat\beta`, the average change
        of the mediator model's linear predictor when the treatment goes from the control value to the
        treatment value; that on the direct arrow is the same of the outcome model, with the mediator as
        observed; that from mediator to outcome is the change when the mediator goes up by one (a factor: from
        its first to its second level), for each arm where they differ. In linear models these are
        coefficients in units of the response. In other models they are on the scale of the linear predictor,
        and the diagram says so: their product is not the mediated effect. The effects themselves, on the
        scale of the outcome, are written below.

        Parameters
        ----------
        **options
            ``main``, ``digits``, ``lwd``, ``cex``, ``col`` and ``ax``: see
            :func:`pymediation.plots.path_diagram.draw_paths`.

        Returns
        -------
        Axes
            The axes drawn on. Models without coefficients get arrows without numbers.

        Raises
        ------
        NotEstimableError
            If the result was loaded from a file without its models.

        Notes
        -----
        Intervals on arrows are normal ones from the covariance that the analysis was asked for (robust or
        clustered), from the models' own covariance after a bootstrap. Intervals of effects are those of the
        analysis.

        References
        ----------
        Imai, K., Keele, L. and Tingley, D. (2010). A general approach to causal mediation analysis.
        Psychological Methods 15, 309-334.

        Examples
        --------
        >>> import statsmodels.formula.api as smf
        >>> import pymediation as pm
        >>> jobs = pm.datasets.load_jobs()
        >>> med_fit = smf.ols("job_seek ~ treat + econ_hard", jobs).fit()
        >>> out_fit = smf.ols("depress2 ~ treat + job_seek + econ_hard", jobs).fit()
        >>> result = pm.mediate(med_fit, out_fit, treat="treat", mediator="job_seek", rng=pm.RStream(1))
        >>> ax = result.plot_paths()
        >>> print(ax.texts[-1].get_text().splitlines()[1])
        Arrow to job_seek: in units of job_seek (linear model).
        """
        return draw_paths(diagram_of(self, paths_of(self), average_numbers(self, self.one_set)), **options)

    def __repr__(self) -> str:
        """Show the effects, the method and the data in a few lines."""
        numbers = numbers_of(self)
        lines = [headline(self), *(f"  {note}" for note in self.footnotes)]
        for label, effect in (("ACME", self.acme.average), ("ADE", self.ade.average), ("Total", self.total)):
            lines.append(
                f"  {label:<6}{effect.estimate:>12.6g}  [{effect.lower:.6g}, {effect.upper:.6g}]  "
                f"{numbers.p(effect.p_value)}"
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
