"""What the design-based functions return: values with R's components that print as R's do."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from pymediation.estimates.effects import Effect, Interval
from pymediation.experiments.account import DesignRecord, design_account
from pymediation.experiments.designs import DESIGNS, Design
from pymediation.experiments.inference import Bounds
from pymediation.experiments.plot import plot_experiment
from pymediation.report.account import Account, Reported
from pymediation.report.document import interval_columns
from pymediation.report.experiment import ExperimentReport, experiment_html, experiment_text
from pymediation.results.components import ArmEffects
from pymediation.results.named import NamedComponents

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ArmBounds", "DesignBounds", "DesignEstimates", "DesignResult", "DesignSummary"]

_BOOTSTRAP_LINE = "Confidence Intervals Based on Nonparametric Bootstrap"
_NORMAL_LINE = "Confidence Intervals Based on Asymptotic Variance"
_REGION_LINE = "Confidence Intervals for the Bounded Effects (Imbens and Manski 2004, Bootstrap)"


@dataclass(frozen=True, slots=True, eq=False)
class ArmBounds:
    """Bounds of one kind of effect under control and under treatment.

    Attributes
    ----------
    control, treated : Bounds
        ``lower``, ``upper``, and with a bootstrap ``std_error_lower``, ``std_error_upper`` and ``ci``.
    """

    control: Bounds
    treated: Bounds


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DesignResult(DesignRecord, Reported, NamedComponents):
    """A design-based mediation analysis: what both kinds of result have.

    Attributes
    ----------
    design : str
        R's short name of design and assumptions, such as ``"SED.NP.SI"``.
    nobs : int
        Rows used.
    conf_level : float or None
        Level of the intervals; None if there are none.
    sims : int or None
        Bootstrap resamples; None if there were none.
    n_failed : int
        Resamples that were left out because they leave an effect undefined.
    call : dict
        The arguments of the call, without the data.
    stream : StreamRecord or None
        The random numbers used; None if none were.
    compat : {"fixed", "R"}
        Whether known defects of R were reproduced.
    defects : tuple of str
        What R does wrong in these numbers, if they are R's.
    """

    def _account(self) -> Account:
        """Return what `report` tells."""
        return design_account(self)

    @property
    def boot(self) -> bool:
        """Whether the nonparametric bootstrap was used."""
        return self.sims is not None

    @property
    def _design(self) -> Design:
        """What is known of the design."""
        return DESIGNS[self.design]

    def keys(self) -> tuple[str, ...]:
        """Return the names of R's components, in R's order, with underscores for dots."""
        return self._design.components

    def summary(self) -> DesignSummary:
        """Return the summary, which prints as R's."""
        return DesignSummary(self)

    @property
    @abstractmethod
    def _table(self) -> ExperimentReport:
        """What the summary says, as a value."""

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Return the effects as a DataFrame, a row each."""

    def plot(self, **options: Any) -> Axes:
        """Plot the effects; the options are those of :func:`pymediation.experiments.plot.plot_experiment`."""
        return plot_experiment(self, **options)

    def _frame(self, columns: list[str], values: dict[str, list[float]]) -> pd.DataFrame:
        """Tabulate a row per effect."""
        return pd.DataFrame.from_dict(values, orient="index", columns=columns).rename_axis("effect")

    def __repr__(self) -> str:
        """Show the effects and the design in a few lines."""
        drawn = "" if self.sims is None else f", {self.sims} resamples"
        frame = self.to_frame()
        shown = frame.columns.isin(("estimate", "lower", "upper")) | frame.notna().any().to_numpy()
        return (
            f"<{type(self).__name__}: {self._design.line.strip()}; n = {self.nobs}{drawn}>\n"
            f"{frame.loc[:, shown].to_string(index_names=False)}\n"
            "  .summary() prints R's table, .to_frame() returns the numbers, .plot() draws them"
        )

    def _repr_html_(self) -> str:
        """Return the summary as HTML."""
        return experiment_html(self._table)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DesignEstimates(DesignResult):
    """Point estimates of average causal mediation effects from an experiment, with intervals.

    R's components are attributes: ``d0``, ``d1`` (ACME under control and treatment), ``d0_ci``, ``d1_ci``,
    ``conf_level``, ``nobs``, ... In words: ``result.acme.treated.estimate``.

    Attributes
    ----------
    effects : dict of str to Effect
        The two effects, ``"d0"`` and ``"d1"``.
    not_available : frozenset of str
        Effects whose intervals are missing because there is nothing to compute them from; R prints ``NA``.
    """

    effects: Mapping[str, Effect]
    not_available: frozenset[str] = frozenset()

    @property
    def found(self) -> Mapping[str, Effect]:
        """Estimates by component."""
        return self.effects

    @property
    def d0(self) -> float:
        """ACME under control."""
        return self.effects["d0"].estimate

    @property
    def d1(self) -> float:
        """ACME under treatment."""
        return self.effects["d1"].estimate

    @property
    def d0_ci(self) -> Interval:
        """Interval of the ACME under control."""
        return self.effects["d0"].ci

    @property
    def d1_ci(self) -> Interval:
        """Interval of the ACME under treatment."""
        return self.effects["d1"].ci

    @property
    def acme(self) -> ArmEffects:
        """Average causal mediation effects, of pliable units in a crossover encouragement design."""
        return ArmEffects(self.effects["d0"], self.effects["d1"])

    def to_frame(self) -> pd.DataFrame:
        """Return the effects of the printed summary.

        Returns
        -------
        DataFrame
            Index `effect`; columns estimate, std_error, lower, upper, p_value, which R does not have for
            these functions: from the draws of the bootstrap as in `mediate`, or from the normal distribution.
        """
        columns = ["estimate", "std_error", "lower", "upper", "p_value"]
        return self._frame(
            columns, {label: [getattr(self.effects[k], c) for c in columns] for label, k in self.rows}
        )

    @property
    def _table(self) -> ExperimentReport:
        """What the summary says, as a value."""
        method = (_BOOTSTRAP_LINE if self.boot else _NORMAL_LINE,) if self.design == "SED.NP.SI" else ()
        found = [(name, self.effects[name]) for _, name in self.rows]
        return ExperimentReport(
            paragraphs=(self._design.line, *method),
            row_names=tuple(label for label, _ in self.rows),
            column_names=("Estimate", *interval_columns(self.conf_level or 0.0)),
            values=tuple((effect.estimate, effect.lower, effect.upper) for _, effect in found),
            na=tuple((False, *(name in self.not_available,) * 2) for name, _ in found),
            nobs=self.nobs,
        )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DesignBounds(DesignResult):
    """Sharp bounds of average causal mediation effects from an experiment.

    R's components are attributes: ``d0``, ``d1`` (bounds of the ACME under control and treatment) and, in a
    parallel encouragement design, ``d0_p``, ``d1_p`` (among compliers). Each has ``lower``, ``upper`` and,
    with ``bounds_ci=True``, ``ci``. In words: ``result.acme.treated.lower``.

    Attributes
    ----------
    bounds : dict of str to Bounds
        By component.
    """

    bounds: Mapping[str, Bounds]

    @property
    def found(self) -> Mapping[str, Bounds]:
        """Bounds by component."""
        return self.bounds

    @property
    def d0(self) -> Bounds:
        """Bounds of the ACME under control."""
        return self.bounds["d0"]

    @property
    def d1(self) -> Bounds:
        """Bounds of the ACME under treatment."""
        return self.bounds["d1"]

    @property
    def d0_p(self) -> Bounds:
        """Bounds of the ACME under control among compliers (parallel encouragement design)."""
        return self._among_compliers("d0_p")

    @property
    def d1_p(self) -> Bounds:
        """Bounds of the ACME under treatment among compliers (parallel encouragement design)."""
        return self._among_compliers("d1_p")

    def _among_compliers(self, name: str) -> Bounds:
        """Return bounds among compliers; other designs have none."""
        if name not in self.bounds:
            raise AttributeError(name)  # which the message below explains
        return self.bounds[name]

    def _instead_of(self, name: str) -> str:
        """Explain what other designs have not."""
        if name in ("d0_p", "d1_p", "complier_acme"):
            return f" It is part of a parallel encouragement design alone; this is {self.design}."
        return super()._instead_of(name)

    @property
    def acme(self) -> ArmBounds:
        """Bounds of the average causal mediation effects."""
        return ArmBounds(self.d0, self.d1)

    @property
    def complier_acme(self) -> ArmBounds:
        """Bounds of the effects among compliers (parallel encouragement design)."""
        return ArmBounds(self.d0_p, self.d1_p)

    def to_frame(self) -> pd.DataFrame:
        """Return the bounds of the printed summary.

        Returns
        -------
        DataFrame
            Index `effect`; columns lower, upper (the bounds), std_error_lower, std_error_upper (of the
            bounds), ci_lower, ci_upper (an interval for the effect); NaN without ``bounds_ci=True``.
        """
        columns = ["lower", "upper", "std_error_lower", "std_error_upper", "ci_lower", "ci_upper"]
        rows = {label: self.bounds[name] for label, name in self.rows}
        return self._frame(
            columns,
            {
                label: [*one, one.std_error_lower, one.std_error_upper, *_ends(one)]
                for label, one in rows.items()
            },
        )

    @property
    def _table(self) -> ExperimentReport:
        """What the summary says, as a value."""
        level = self.conf_level
        found = [self.bounds[name] for _, name in self.rows]
        values = tuple((*one, *(() if level is None else _ends(one))) for one in found)
        return ExperimentReport(
            paragraphs=(self._design.line, *(() if level is None else (_REGION_LINE,))),
            row_names=tuple(label for label, _ in self.rows),
            column_names=("Lower Bound", "Upper Bound", *(() if level is None else interval_columns(level))),
            values=values,
            na=tuple((False,) * len(row) for row in values),
            nobs=self.nobs,
        )


def _ends(bounds: Bounds) -> tuple[float, float]:
    """Return the ends of the interval; NaN where there is none."""
    nan = float("nan")
    return (nan, nan) if bounds.ci is None else (bounds.ci.lower, bounds.ci.upper)


class DesignSummary(NamedComponents):
    """The summary of a design-based analysis: prints R's text and has every component of the result.

    Parameters
    ----------
    result : DesignResult
    """

    def __init__(self, result: DesignResult) -> None:
        self._result = result
        for name in (*result.keys(), "acme", "conf_level", "sims", "n_failed", "call", "compat"):
            setattr(self, name, getattr(result, name))

    @property
    def report(self) -> ExperimentReport:
        """What the summary says, as a value."""
        return self._result._table

    def keys(self) -> tuple[str, ...]:
        """Return the names of R's components; see ``keys`` of the result."""
        return self._result.keys()

    def to_frame(self) -> pd.DataFrame:
        """Return the effects as a DataFrame; see ``to_frame`` of the result."""
        return self._result.to_frame()

    def plot(self, **options: Any) -> Axes:
        """Plot the effects; see ``plot`` of the result."""
        return self._result.plot(**options)

    def __str__(self) -> str:
        """Return R's text."""
        return experiment_text(self.report)

    def __repr__(self) -> str:
        """Return R's text."""
        return str(self)

    def _repr_html_(self) -> str:
        """Return the table as HTML."""
        return self._result._repr_html_()
