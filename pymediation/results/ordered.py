"""The result of ``mediate`` for an ordered outcome and its summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd

from pymediation.errors import ArgumentError
from pymediation.estimates.effects import Effect, EffectName
from pymediation.plots.ordered import plot_ordered
from pymediation.plots.path_diagram import PathNumber, draw_paths
from pymediation.report.account import Account
from pymediation.report.matrix import matrix_lines
from pymediation.report.ordered import (
    CategoryEffects,
    OrderedReport,
    ordered_html,
    ordered_rows,
    ordered_text,
)
from pymediation.results.account import account_of_categories
from pymediation.results.components import ByCategory, CategoryComponents, category_frame
from pymediation.results.evalue_table import evalue_table, required_means
from pymediation.results.paths import diagram_of, effect_number, paths_of
from pymediation.results.records import AnalysisRecord, AnalysisSummary, headline, interval_method

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["OrderedMediationResult", "OrderedMediationSummary"]

_DIGITS: Final = 3  # R prints these tables with three, whatever its option `digits` says
_MOST_LINES: Final = 5
_PARTS: Final = (
    "In each category the ACME under treatment and the ADE under control add up to the total effect."
)
_PANELS = cast("tuple[tuple[str, EffectName], ...]", ordered_rows())
_ROWS: Final = tuple((label.strip(), name) for label, name in _PANELS)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class OrderedMediationResult(AnalysisRecord, CategoryComponents):
    """Estimated causal mediation effects on an ordered outcome of K categories.

    Effects are differences of category probabilities: for category j the average causal mediation effect is
    ``E[Pr(Y(t, M(1)) = j) - Pr(Y(t, M(0)) = j)]``. Those of one kind sum to zero over the categories.

    Every component of R's ``mediate.order`` object is an attribute under its R name with underscores for
    dots. ``d0``, ``d1`` (ACME under control and under treatment), ``z0``, ``z1`` (ADE) and ``tau_coef``
    (total effect) have shape (K,); ``d0_ci``, ..., ``tau_ci`` shape (2, K), lower bounds first; ``d0_p``,
    ..., ``tau_p`` shape (K,); ``d0_sims``, ..., ``tau_sims`` shape (s, K), or None with ``long=False``.
    The same in words and by name of the category: ``result.acme["2"].treated.estimate``,
    ``result.ade["2"].control``, ``result.total["2"].ci``. There are no averages over the arms and no
    proportions mediated. How the analysis was done (``sims``, ``nobs``, ``call``, ``model_y``, ...) is told
    by the attributes of :class:`~pymediation.results.records.AnalysisRecord`; it is always the nonparametric
    bootstrap.

    Attributes
    ----------
    categories : tuple of str
        Names of the K outcome categories, from the lowest to the highest.
    effects : tuple of dict of str to Effect
        For each category the effects d0, d1, z0, z1 and tau.
    """

    categories: tuple[str, ...]
    effects: tuple[Mapping[EffectName, Effect], ...]

    def summary(self, digits: int | None = None) -> OrderedMediationSummary:
        """Return the summary, which prints as R's, but always has the categories in their order.

        R's summary sorts the names of the categories and leaves the numbers where they are, and so puts
        numbers under the wrong category wherever the two orders differ (low, mid, high).

        Parameters
        ----------
        digits : int, optional
            Significant digits of each column; R's 3 by default.
        """
        return OrderedMediationSummary(self, digits)

    def to_frame(self) -> pd.DataFrame:
        """Return the effects as a DataFrame, a row per effect and category.

        Returns
        -------
        DataFrame
            Index `effect`, `category`, in the order of the printed summary; columns estimate, std_error,
            lower, upper, p_value. ``frame["estimate"].unstack()`` has a column per category. ``std_error`` is
            the standard deviation of the draws. A p-value of 0 means "below 2 / sims".
        """
        return category_frame(self, _ROWS)

    def means(self) -> pd.DataFrame:
        """Return the average category probabilities Pr(Y(t, M(t')) = j), as `MediationResult.means` does.

        Returns
        -------
        DataFrame
            A row for each category and pair of arms, with a first column `category`.
        """
        frames = [means.frame() for means in required_means(self.potential_means)]
        for category, frame in zip(self.categories, frames, strict=True):
            frame.insert(0, "category", category)
        return pd.concat(frames, ignore_index=True)

    def evalue(
        self, effects: Sequence[str] | None = None, true: float = 1.0, sd: float | str = "marginal"
    ) -> pd.DataFrame:
        """Return E-values of the effects on each category's probability, as `MediationResult.evalue` does.

        Returns
        -------
        DataFrame
            Index `category`, `effect`.
        """
        labels = {name: label for label, name in _ROWS}
        tables = [
            evalue_table(means, self.outcome_facts, labels, effects, true, sd)
            for means in required_means(self.potential_means)
        ]
        return pd.concat(tables, keys=self.categories, names=["category", "effect"])

    def _account(self) -> Account:
        """Return what `report` tells."""
        return account_of_categories(self, self.categories, self.effects)

    def plot(self, **options: Any) -> Axes:
        """Plot the effects; the options are those of :func:`pymediation.plots.ordered.plot_ordered`."""
        return plot_ordered(self, **{"outcome": self.wording.outcome, **options})

    def plot_paths(self, category: str | None = None, **options: Any) -> Axes:
        """Draw the path diagram, with coefficients on the arrows as `MediationResult.plot_paths` does.

        The arrows are the same for all categories: those to the outcome are coefficients of the ordered
        model's linear predictor. The effects are not, and are written below.

        Parameters
        ----------
        category : str, optional
            Write the effects on the probability of this category, with intervals. By default estimates for
            all categories: the ACME under treatment and the ADE under control, which add up to the total.
        **options
            Those of :func:`pymediation.plots.path_diagram.draw_paths`.

        Raises
        ------
        UnknownNameError
            If there is no such category.
        ArgumentError
            If there are more categories than lines below a diagram, and none was chosen.
        """
        if category is None:
            lines = _all_categories(self.categories, self.effects)
            further = (_PARTS,)
        else:
            of_one = ByCategory(self.categories, self.effects)[category]
            lines = tuple(
                (effect_number(label.replace("Effect", "effect"), of_one[name]),) for label, name in _ROWS
            )
            further = (f"They are those on the probability of category {category}.",)
        diagram = diagram_of(self, paths_of(self), lines)
        return draw_paths(replace(diagram, notes=(*diagram.notes, *further)), **options)

    def __repr__(self) -> str:
        """Show the estimates, the method and the data in a few lines."""
        estimates = np.array([[effects[name].estimate for effects in self.effects] for _, name in _ROWS])
        table = matrix_lines(
            [label for label, _ in _ROWS],
            [f"Pr(Y={category})" for category in self.categories],
            estimates,
            digits=_DIGITS,
        )
        return "\n".join(
            [
                headline(self, f" in {len(self.categories)} categories"),
                *(f"  {line}" for line in table),
                "  .summary() prints estimates and intervals, .to_frame() returns them, .plot() draws them",
            ]
        )


class OrderedMediationSummary(AnalysisSummary[OrderedMediationResult], CategoryComponents):
    """The summary of a result for an ordered outcome: prints R's tables and has every component.

    Parameters
    ----------
    result : OrderedMediationResult
    digits : int, optional
        Significant digits of each column; 3 by default.
    """

    @property
    def report(self) -> OrderedReport:
        """What the summary says, as a value."""
        result = self._result
        return OrderedReport(
            method=interval_method(result),
            levels=result.categories,
            panels=tuple(
                _panel(label, [effects[name] for effects in result.effects]) for label, name in _PANELS
            ),
            conf_level=result.conf_level,
            nobs=result.nobs,
            sims=result.sims,
            conditional=bool(result.covariates),
            notes=result.notes,
        )

    def __str__(self) -> str:
        """Return R's text."""
        return ordered_text(self.report, self._digits or _DIGITS)

    def _repr_html_(self) -> str:
        """Return a table per effect as HTML."""
        return ordered_html(self.report, self._digits or _DIGITS)


def _all_categories(
    categories: Sequence[str], effects: Sequence[Mapping[EffectName, Effect]]
) -> tuple[tuple[PathNumber, ...], ...]:
    """Return the estimates of a decomposition of the total effect on each category, a line each."""
    if len(categories) > _MOST_LINES:
        msg = (
            f"The effects on {len(categories)} categories do not fit below a diagram, which has room for "
            f"{_MOST_LINES}. Choose one: plot_paths(category={categories[0]!r})."
        )
        raise ArgumentError(msg)
    parts: tuple[tuple[str, EffectName], ...] = (("ACME", "d1"), ("ADE", "z0"), ("total", "tau"))
    return tuple(
        tuple(
            PathNumber(one[name].estimate, None, f"{category}: {label}" if name == "d1" else label)
            for label, name in parts
        )
        for category, one in zip(categories, effects, strict=True)
    )


def _panel(label: str, effects: Sequence[Effect]) -> CategoryEffects:
    """Return one effect on all categories as the summary shows it."""
    return CategoryEffects(
        label,
        estimate=tuple(effect.estimate for effect in effects),
        lower=tuple(effect.lower for effect in effects),
        upper=tuple(effect.upper for effect in effects),
        p=tuple(effect.p_value for effect in effects),
    )
