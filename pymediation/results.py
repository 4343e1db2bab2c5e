"""The result of ``mediate`` and its summary."""

from __future__ import annotations

import pickle
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from numbers import Integral
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import pandas as pd
from numpy.typing import NDArray

from pymediation.components import EffectComponents, effects_frame
from pymediation.effects import Effect, EffectName
from pymediation.errors import ArgumentError, NotEstimableError
from pymediation.evalue_table import UNKNOWN_OUTCOME, OutcomeFacts, evalue_table, required_means
from pymediation.means import PotentialMeans
from pymediation.report.document import Method
from pymediation.report.mediation import EffectRow, MediationReport, html, rows_shown, text
from pymediation.report.sentences import effect_sentences
from pymediation.report.wording import UNKNOWN_WORDING, Wording, seed_text
from pymediation.streams import StreamRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    *("AnalysisRecord", "AnalysisSummary", "MediationResult", "MediationSummary", "Models"),
    *("seed_text", "whole_digits"),
]


class Models:
    """The two fitted objects of an analysis, kept so that the result pickles whatever they are.

    statsmodels rebuilds formulas when it is unpickled and needs a caller's scope for that; so the objects
    travel as bytes and are rebuilt when first asked for.
    """

    __slots__ = ("_mediator", "_outcome", "_packed")

    def __init__(self, mediator: object, outcome: object) -> None:
        self._mediator, self._outcome = mediator, outcome
        self._packed: bytes | str | None = None

    def __getstate__(self) -> bytes | str:
        """Pack both objects, or say why they cannot be."""
        if self._packed is not None:
            return self._packed
        try:
            return pickle.dumps((self._mediator, self._outcome))
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    def __setstate__(self, state: bytes | str) -> None:
        """Keep the packed objects."""
        self._mediator = self._outcome = None
        self._packed = state

    def get(self) -> tuple[Any, Any]:
        """Return the mediator model and the outcome model."""
        if self._packed is None:
            return self._mediator, self._outcome
        if isinstance(self._packed, str):
            msg = f"The fitted models could not be stored with the result ({self._packed}). Refit them."
            raise NotEstimableError(msg)
        try:
            self._mediator, self._outcome = pickle.loads(self._packed)
        except Exception as error:
            msg = (
                "The fitted models cannot be rebuilt here, probably because a formula reads a name of the "
                f"script that fitted them ({type(error).__name__}: {error}). Refit them."
            )
            raise NotEstimableError(msg) from error
        self._packed = None
        return self._mediator, self._outcome


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AnalysisRecord(ABC):
    """How a mediation analysis was done: what every result of one keeps beside its effects.

    Attributes
    ----------
    boot : bool
        Whether the nonparametric bootstrap was used.
    boot_ci_type : {"perc", "bca"}
        Kind of bootstrap interval.
    treat, mediator : str
        Names of the treatment and mediator.
    covariates : dict or None
        Values at which covariates were held.
    INT : bool
        Whether the outcome model has a treatment-mediator interaction.
    conf_level : float
        Level of the intervals.
    control_value, treat_value : object
        Treatment values as given.
    nobs : int
        Rows used.
    sims : int
        Draws or replicates asked for.
    n_failed : int
        Bootstrap replicates that could not be fitted and were left out.
    call : dict
        The arguments of the call.
    robustSE : bool
        Whether a heteroskedasticity-consistent covariance was used.
    cluster : ndarray or None
        Cluster of each row used.
    notes : tuple of str
        What the summary says beyond R's text.
    outcome_scale : str, tuple or None
        The scale of the outcome that was asked for.
    scale : str
        What effects are differences of, in words.
    footnotes : tuple of str
        What the summary says about the scale below R's text.
    formulas : tuple of str
        Formulas of the mediator model and the outcome model.
    stream : StreamRecord
        The random numbers used: kind, seed and position.
    compat : {"fixed", "R"}
        Whether known defects of R were reproduced.
    models : Models
        The fitted models.
    potential_means : tuple of PotentialMeans
        Average potential outcomes, one set for each category of an ordered outcome; empty with
        ``long=False``.
    outcome_facts : OutcomeFacts
        What kind of average they are.
    wording : Wording
        The names that `report` tells the analysis with.
    """

    boot: bool
    boot_ci_type: str
    treat: str
    mediator: str
    covariates: Mapping[str, Any] | None
    INT: bool
    conf_level: float
    control_value: Any
    treat_value: Any
    nobs: int
    sims: int
    n_failed: int
    call: Mapping[str, Any]
    robustSE: bool
    cluster: NDArray[Any] | None
    notes: tuple[str, ...]
    formulas: tuple[str, str]
    stream: StreamRecord
    compat: str
    models: Models
    outcome_scale: str | tuple[str, float] | None = None
    scale: str = "the mean of the outcome"
    footnotes: tuple[str, ...] = ()
    potential_means: tuple[PotentialMeans, ...] = ()
    outcome_facts: OutcomeFacts = UNKNOWN_OUTCOME
    wording: Wording = UNKNOWN_WORDING

    @property
    def model_m(self) -> Any:
        """The fitted mediator model."""
        return self.models.get()[0]

    @property
    def model_y(self) -> Any:
        """The fitted outcome model."""
        return self.models.get()[1]

    @property
    def method(self) -> str:
        """How inference was done."""
        return "nonparametric bootstrap" if self.boot else "quasi-Bayesian"

    @abstractmethod
    def summary(self, digits: int | None = None) -> AnalysisSummary[Any]:
        """Return the summary, which prints as R's."""

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Return the effects as a DataFrame."""

    @abstractmethod
    def means(self) -> pd.DataFrame:
        """Return the average potential outcomes as a DataFrame."""

    @abstractmethod
    def evalue(
        self, effects: Sequence[str] | None = None, true: float = 1.0, sd: float | str = "marginal"
    ) -> pd.DataFrame:
        """Return the E-values of the effects as a DataFrame."""

    @abstractmethod
    def report(self, width: int | None = 88) -> str:
        """Return the analysis in plain sentences."""

    @abstractmethod
    def plot(self, **options: Any) -> Axes:
        """Plot the effects."""

    def _repr_html_(self) -> str:
        """Return the summary as HTML."""
        return self.summary()._repr_html_()


Result = TypeVar("Result", bound=AnalysisRecord)


class AnalysisSummary(ABC, Generic[Result]):
    """The summary of a result: prints R's text and has every field of the result.

    Parameters
    ----------
    result : AnalysisRecord
    digits : int, optional
        R's option ``digits``.
    """

    def __init__(self, result: Result, digits: int | None = None) -> None:
        self._result, self._digits = result, whole_digits(digits)
        for field in fields(result):
            setattr(self, field.name, getattr(result, field.name))

    @property
    def model_m(self) -> Any:
        """The fitted mediator model."""
        return self._result.model_m

    @property
    def model_y(self) -> Any:
        """The fitted outcome model."""
        return self._result.model_y

    def to_frame(self) -> pd.DataFrame:
        """Return the effects as a DataFrame; see ``to_frame`` of the result."""
        return self._result.to_frame()

    def means(self) -> pd.DataFrame:
        """Return the average potential outcomes; see ``means`` of the result."""
        return self._result.means()

    def plot(self, **options: Any) -> Axes:
        """Plot the effects; see ``plot`` of the result."""
        return self._result.plot(**options)

    @abstractmethod
    def __str__(self) -> str:
        """Return R's text."""

    @abstractmethod
    def _repr_html_(self) -> str:
        """Return the text's tables as HTML."""

    def __repr__(self) -> str:
        """Return R's text."""
        return str(self)


def headline(record: AnalysisRecord, outcome: str = "outcome") -> str:
    """Return the first line of a result's ``repr``: variables, method, sizes and random numbers."""
    return (
        f"<{type(record).__name__}: {record.treat} -> {record.mediator} -> {outcome}; {record.method}, "
        f"{record.sims} {'replicates' if record.boot else 'draws'}, n = {record.nobs}, "
        f"{seed_text(record.stream)}>"
    )


class _Inference(Protocol):
    """What tells how intervals were computed."""

    @property
    def boot(self) -> bool: ...
    @property
    def boot_ci_type(self) -> str: ...


def interval_method(record: _Inference) -> Method:
    """Return how the intervals were computed, in the terms of the printed summaries."""
    if not record.boot:
        return "quasi-bayes"
    return "boot bca" if record.boot_ci_type == "bca" else "boot perc"


def whole_digits(digits: int | None) -> int | None:
    """Check R's option ``digits``."""
    if digits is None or (
        isinstance(digits, Integral) and not isinstance(digits, bool) and 1 <= digits <= 22
    ):
        return digits
    msg = f"digits must be a whole number from 1 to 22; got {digits!r}."
    raise ArgumentError(msg)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MediationResult(AnalysisRecord, EffectComponents):
    """Estimated causal mediation effects.

    Every component of R's ``mediate`` object is an attribute under its R name with underscores for dots:
    ``d0``, ``d0_ci``, ``d0_p``, ``d0_sims`` (ACME under control), ``d1`` (under treatment), ``z0``, ``z1``
    (ADE), ``tau_coef``, ``tau_ci``, ... (total effect), ``n0``, ``n1`` (proportion mediated) and ``d_avg``,
    ``z_avg``, ``n_avg`` (averages over the arms). The same in words: ``acme``, ``ade``, ``total``,
    ``prop_mediated``, e.g. ``result.acme.treated.estimate``. How the analysis was done (``sims``, ``nobs``,
    ``call``, ``model_y``, ...) is told by the attributes of :class:`AnalysisRecord`.

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

        Parameters
        ----------
        width : int or None
            Columns after which lines break; None for one line per paragraph.
        """
        return effect_sentences(self, width)

    def plot(self, **options: Any) -> Axes:
        """Plot the effects; the options are those of :func:`pymediation.plot.plot_mediation`."""
        from pymediation.plot import plot_mediation

        return plot_mediation(self, **options)

    def plot_paths(self, **options: Any) -> Axes:
        """Draw the path diagram; the options are those of :func:`pymediation.plot_paths.plot_paths`."""
        from pymediation.plot_paths import plot_paths

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
