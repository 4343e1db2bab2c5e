"""The result of ``ivmediate`` and its summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.components import ArmEffects, NamedComponents, Part
from pymediation.effects import Effect, Interval
from pymediation.errors import ArgumentError, NotEstimableError, UnknownNameError
from pymediation.records import whole_digits
from pymediation.report.coefficients import coefficient_lines
from pymediation.report.document import interval_columns, percent
from pymediation.report.noncompliance import (
    NONCOMPLIANCE_TITLE,
    EstimateReport,
    estimate_html,
    estimate_text,
    noncompliance_method,
)
from pymediation.report.wording import seed_text
from pymediation.streams import StreamRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["IntervalsByLevel", "NoncomplianceResult", "NoncomplianceSummary"]

FloatArray = NDArray[np.float64]

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
_ARMS: Final = ("dc1", "dc0", "zc1", "zc0")


class IntervalsByLevel(Mapping[str, Interval]):
    """The intervals of one effect at several levels, by R's name of the level such as ``"95%"``.

    Parameters
    ----------
    intervals : tuple of Interval
        In the order asked for.

    Examples
    --------
    >>> found = IntervalsByLevel((Interval(-1, 2, 0.95), Interval(0, 1, 0.8)))
    >>> found["80%"].upper, np.asarray(found).tolist()
    (1.0, [[-1.0, 0.0], [2.0, 1.0]])
    """

    def __init__(self, intervals: tuple[Interval, ...]) -> None:
        self._intervals = {f"{percent(one.level)}%": one for one in intervals}

    def __getitem__(self, level: str) -> Interval:
        """Return the interval at a level."""
        if level not in self._intervals:
            msg = (
                f"There is no interval at {level!r}; the levels are {', '.join(map(repr, self._intervals))}."
            )
            raise UnknownNameError(msg)
        return self._intervals[level]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the levels."""
        return iter(self._intervals)

    def __len__(self) -> int:
        """Return the number of levels."""
        return len(self._intervals)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> FloatArray:
        """Return lower bounds above upper bounds, a column for each level."""
        return np.array([np.asarray(one) for one in self._intervals.values()], dtype=dtype).T

    def __repr__(self) -> str:
        """Show a line for each level."""
        return "\n".join(f"{level}: {one!r}" for level, one in self._intervals.items())


class _Intervals(Part[Any]):
    """The interval of an effect, or all of them where there are several levels; None where there is none."""

    def _read(self, instance: Any) -> Any:
        """Look the intervals up."""
        found = instance.intervals[self._effect]
        return found[0] if len(found) == 1 else IntervalsByLevel(found) if found else None


class _Count(Part[int]):
    """A number of integrals, by effect."""

    def _read(self, instance: Any) -> Any:
        """Look the count up."""
        return getattr(instance, self._part)[self._effect]


class NoncomplianceComponents(NamedComponents):
    """Five effects by R's names (``dc1``, ``dc1_ci``, ...) and by words (``lacme``, ``lande``, ``late``)."""

    effects: Mapping[str, Effect]
    intervals: Mapping[str, tuple[Interval, ...]]
    issues: Mapping[str, int]
    infinite: Mapping[str, int]

    dc1 = Part[float]("dc1", "estimate", "LACME under treatment.")
    dc0 = Part[float]("dc0", "estimate", "LACME under control.")
    zc1 = Part[float]("zc1", "estimate", "LANDE under treatment.")
    zc0 = Part[float]("zc0", "estimate", "LANDE under control.")
    tauc = Part[float]("tauc", "estimate", "LATE, the total effect on compliers.")
    dc1_issue = _Count("dc1", "issues", "Integrals with a problem in dc1.")
    dc0_issue = _Count("dc0", "issues", "Integrals with a problem in dc0.")
    zc1_issue = _Count("zc1", "issues", "Integrals with a problem in zc1.")
    zc0_issue = _Count("zc0", "issues", "Integrals with a problem in zc0.")
    dc1_inf = _Count("dc1", "infinite", "Integrals that are not finite in dc1.")
    dc0_inf = _Count("dc0", "infinite", "Integrals that are not finite in dc0.")
    zc1_inf = _Count("zc1", "infinite", "Integrals that are not finite in zc1.")
    zc0_inf = _Count("zc0", "infinite", "Integrals that are not finite in zc0.")
    dc1_ci = _Intervals("dc1", "ci", "Interval of dc1, or one for each level.")
    dc0_ci = _Intervals("dc0", "ci", "Interval of dc0, or one for each level.")
    zc1_ci = _Intervals("zc1", "ci", "Interval of zc1, or one for each level.")
    zc0_ci = _Intervals("zc0", "ci", "Interval of zc0, or one for each level.")
    tauc_ci = _Intervals("tauc", "ci", "Interval of tauc, or one for each level.")
    dc1_sims = Part[FloatArray | None]("dc1", "sims", "Draws of dc1.")
    dc0_sims = Part[FloatArray | None]("dc0", "sims", "Draws of dc0.")
    zc1_sims = Part[FloatArray | None]("zc1", "sims", "Draws of zc1.")
    zc0_sims = Part[FloatArray | None]("zc0", "sims", "Draws of zc0.")
    tauc_sims = Part[FloatArray | None]("tauc", "sims", "Draws of tauc.")

    _others: ClassVar[tuple[str, ...]] = (
        *("boot", "enc", "treat", "mediator", "conf_level", "nobs", "sims"),
    )

    @property
    def lacme(self) -> ArmEffects:
        """Local average causal mediation effects (R's dc0, dc1)."""
        return ArmEffects(self.effects["dc0"], self.effects["dc1"])

    @property
    def lande(self) -> ArmEffects:
        """Local average natural direct effects (R's zc0, zc1)."""
        return ArmEffects(self.effects["zc0"], self.effects["zc1"])

    @property
    def late(self) -> Effect:
        """Local average treatment effect (R's tauc)."""
        return self.effects["tauc"]

    @property
    def mediated_itt(self) -> ArmEffects:
        """Mediated intention-to-treat effects."""
        return ArmEffects(self.effects["itt_d0"], self.effects["itt_d1"])

    @property
    def unmediated_itt(self) -> ArmEffects:
        """Unmediated intention-to-treat effects."""
        return ArmEffects(self.effects["itt_z0"], self.effects["itt_z1"])

    @property
    def itt(self) -> Effect:
        """Total intention-to-treat effect."""
        return self.effects["itt"]

    @property
    def complier_share(self) -> Effect:
        """Average share of compliers."""
        return self.effects["share"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NoncomplianceResult(NoncomplianceComponents):
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
    """

    effects: Mapping[str, Effect]
    intervals: Mapping[str, tuple[Interval, ...]]
    issues: Mapping[str, int]
    infinite: Mapping[str, int]
    ci: bool
    boot: bool
    enc: str
    treat: str
    mediator: str
    conf_level: float | tuple[float, ...]
    nobs: int
    sims: int
    n_failed: int
    call: Mapping[str, Any]
    stream: StreamRecord | None
    compat: str

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
        from pymediation.instruments.noncompliance_plot import plot_noncompliance

        return plot_noncompliance(self, **options)

    def __repr__(self) -> str:
        """Show the effects, the method and the data in a few lines."""
        how = "bootstrap" if self.boot else "quasi-Bayesian"
        done = (
            f"{how}, {self.sims} draws, {seed_text(self.stream)}"
            if self.stream is not None
            else "no intervals"
        )
        lines = [
            f"<NoncomplianceResult: {self.enc} -> {self.treat} -> {self.mediator} -> outcome; {done}, n = "
            f"{self.nobs}>"
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


class NoncomplianceSummary(NoncomplianceComponents):
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
        self._result, self._digits = result, whole_digits(digits)
        self._place = result.level_index(conf_level)
        for field in fields(result):
            setattr(self, field.name, getattr(result, field.name))

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

    def __repr__(self) -> str:
        """Return the text."""
        return str(self)

    def _repr_html_(self) -> str:
        """Return the table as HTML."""
        report = self.report
        rows = report.rows if self._result.compat == "R" else (*report.rows, *self._rows(_ITT))
        return estimate_html(replace(report, rows=rows, footnotes=()), self._digits)
