"""What all reports are made of: numbers, findings, methods, assumptions. Values in, sentences out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pymediation.report.document import percent
from pymediation.report.numbers import common_decimals
from pymediation.report.wording import RowsLeftOut, seed_text
from pymediation.streams import StreamRecord

__all__ = [
    "Assumptions",
    "Estimate",
    "Numbers",
    "Source",
    "Split",
    "and_listed",
    "as_randomised",
    "assumed",
    "bootstrap",
    "covers_zero",
    "doubt",
    "finding",
    "left_out",
    "model_sentences",
    "relations",
    "rows_told",
    "sentence",
    "share_of_total",
    "wrong_as_r",
]

_DIGITS: Final = 3  # significant digits of the largest of an estimate and its limits
_ONE: Final = "These numbers are about causal effects only under an assumption."
_SEVERAL: Final = "These numbers are causal effects only under assumptions."
_FEW_CLUSTERS: Final = 40  # below about this number inference from clusters is unreliable
_SMALLEST_NORMAL: Final = 0.001  # p-values of a normal or t distribution are told no smaller


class Ends(Protocol):
    """An interval; NaN where there is none."""

    @property
    def lower(self) -> float:
        """Lower limit."""
        ...

    @property
    def upper(self) -> float:
        """Upper limit."""
        ...


class Estimate(Ends, Protocol):
    """A number with its interval."""

    @property
    def estimate(self) -> float:
        """Point estimate."""
        ...


@dataclass(frozen=True, slots=True)
class Numbers:
    """How numbers are written.

    Attributes
    ----------
    level : float
        Level of the intervals.
    draws : int or None
        How many draws p-values are shares of; None where they come from a distribution.
    """

    level: float
    draws: int | None = None

    def effect(self, effect: Estimate) -> str:
        """Return an estimate with its interval and, where it has one, its p-value."""
        p_value = getattr(effect, "p_value", None)
        return self._written(effect, "" if p_value is None else f", {self.p(p_value)}")

    def without_p(self, effect: Estimate) -> str:
        """Return an estimate with its interval, where a p-value would answer no question."""
        return self._written(effect, "")

    def _written(self, effect: Estimate, further: str) -> str:
        """Return an estimate and, in parentheses, its interval and what else there is."""
        if math.isnan(effect.lower) or math.isnan(effect.upper):
            return f"{common_decimals((effect.estimate,), _DIGITS)[0]} (no interval)"
        estimate, lower, upper = common_decimals((effect.estimate, effect.lower, effect.upper), _DIGITS)
        return f"{estimate} ({percent(self.level)}% interval {lower} to {upper}{further})"

    def p(self, value: float) -> str:
        """Return a p-value in words; what is 0 among so many draws is below the smallest that can be."""
        if math.isnan(value):
            return "no p-value"
        if self.draws is None:
            below = value < _SMALLEST_NORMAL
            return f"p below {_SMALLEST_NORMAL:g}" if below else f"p = {value:.3g}"
        smallest = min(1.0, 2 / self.draws)
        return f"p below {smallest:.2g}" if value < smallest / 2 else f"p = {value:.3g}"


def finding(
    begin: str, effect: Estimate, written: str, qualifier: str = "", parts: Sequence[str] = ()
) -> str:
    """Tell an effect, and that its sign is open where it is.

    Parameters
    ----------
    begin : str
        The subject of the sentence, such as ``"The total effect"``.
    effect : Estimate
    written : str
        The effect as `Numbers.effect` writes it.
    qualifier : str
        What follows it, such as ``"on average over the arms"``.
    parts : sequence of str
        Further numbers after a colon, written with what follows each.
    """
    listed = f": {', '.join(parts)}" if parts else ""
    return f"{begin} is {' '.join(filter(None, (written, qualifier)))}{listed}.{doubt(effect)}"


def doubt(effect: Ends) -> str:
    """Say that an interval leaves the sign open."""
    return " Its interval contains 0: these data do not tell its sign." if covers_zero(effect) else ""


def covers_zero(effect: Ends) -> bool:
    """Whether the interval contains 0."""
    return effect.lower <= 0 <= effect.upper


class Split(NamedTuple):
    """A total effect and its two parts.

    Attributes
    ----------
    mediated, direct, total : Estimate
    mediator : str
    names : tuple of str
        What the parts are called for short.
    """

    mediated: Estimate
    direct: Estimate
    total: Estimate
    mediator: str
    names: tuple[str, str] = ("ACME", "ADE")


def relations(split: Split) -> list[str]:
    """Say what does not follow from intervals that contain 0 beside others that do not."""
    said: list[str] = []
    if covers_zero(split.mediated):
        return said
    if covers_zero(split.direct):
        said.append(
            f"That the interval of the {split.names[1]} contains 0 does not show that {split.mediator} "
            "transmits the whole effect."
        )
    if covers_zero(split.total):
        said.append(
            "A mediated effect without a clear total effect is no contradiction: a direct effect of the "
            "opposite sign may offset it, and the total effect is often estimated less precisely."
        )
    return said


def share_of_total(share: Estimate, split: Split, numbers: Numbers) -> str:
    """Tell the proportion mediated, or why it means nothing here."""
    mediated, direct = split.names
    shown = f"The proportion mediated, {mediated} divided by total effect, is {numbers.effect(share)}."
    if covers_zero(split.total):
        return (
            f"{shown} It should not be interpreted: the interval of the total effect, its denominator, "
            "contains 0."
        )
    if not 0 <= share.estimate <= 1:
        other = "total effect" if share.estimate < 0 else direct
        return (
            f"{shown} It is not a share, because the {mediated} and the {other} have opposite signs: report "
            "the effects themselves."
        )
    if share.lower < 0 or share.upper > 1:
        return f"{shown} Its interval goes beyond 0 to 1: these data hardly determine it."
    return shown


class Source(NamedTuple):
    """Where intervals and p-values come from.

    Attributes
    ----------
    how : str
        Such as ``"1000 draws of the coefficients of both models"``.
    stream : StreamRecord or None
        The random numbers; None where there were none.
    failed : int
        Draws without a result.
    of : str
        What comes from there.
    clusters : ndarray or None
        Cluster of each row, where inference is by clusters.
    """

    how: str
    stream: StreamRecord | None = None
    failed: int = 0
    of: str = "Intervals and p-values"
    clusters: NDArray[Any] | None = None

    def told(self) -> str:
        """Return the sentences."""
        numbers = "" if self.stream is None else f"; random numbers: {seed_text(self.stream)}"
        few = few_clusters(self.clusters)
        return f"{self.of} come from {self.how}{numbers}.{left_out(self.failed)}{few}"


def few_clusters(clusters: NDArray[Any] | None) -> str:
    """Say what few clusters do to intervals; nothing where they are many or none."""
    count = _FEW_CLUSTERS if clusters is None else np.unique(clusters).size
    if count >= _FEW_CLUSTERS:
        return ""
    return (
        f" With as few as {count} clusters (below about {_FEW_CLUSTERS}) intervals tend to be too "
        "short, with cluster-robust covariances as with whole clusters resampled (boot=True with cluster=): "
        "neither cures few clusters."
    )


def left_out(failed: int) -> str:
    """Tell how many draws gave no result."""
    return f" {failed} that gave no result are left out." if failed else ""


def rows_told(losses: Sequence[RowsLeftOut]) -> str:
    """Tell the rows that were left out and why, each sentence with a space before it.

    Examples
    --------
    >>> rows_told([RowsLeftOut("the data", 600, 69, 69, (("m", 40), ("x", 30)))])
    ' 69 of 600 rows of the data were left out for missing values in m (40) and x (30).'
    """
    return "".join(
        f" {loss.lost} of {loss.given} rows of {loss.whose} {'was' if loss.lost == 1 else 'were'} left out"
        f"{_why(loss)}."
        for loss in losses
    )


def _why(loss: RowsLeftOut) -> str:
    """Tell why rows were left out, as far as it is known."""
    if not loss.incomplete:
        return ""
    columns = and_listed(f"{name} ({count})" for name, count in loss.missing)
    others = loss.lost - loss.incomplete
    if not others:
        return f" for missing values in {columns}"
    return (
        f": {loss.incomplete} for missing values in {columns}, {others} that "
        f"{'has' if others == 1 else 'have'} values of all variables but "
        f"{'is' if others == 1 else 'are'} not in both models"
    )


def bootstrap(sims: int, what: str = "the observations", further: str = "", kind: str = "percentile") -> str:
    """Say how often what was resampled, and what became of it."""
    return f"{sims} bootstrap resamples of {what}{further} ({kind} intervals)"


def wrong_as_r(defects: Sequence[str]) -> tuple[str, ...]:
    """Call numbers of R's that are known to be wrong by their name, in a paragraph; none where none are."""
    if not defects:
        return ()
    return (
        f"These are numbers of R's that are known to be wrong: R {'; R '.join(defects)}. compat='fixed' "
        "gives the right ones.",
    )


class Assumptions(NamedTuple):
    """What numbers rest on.

    Attributes
    ----------
    items : tuple of str
        Sentences, numbered in the text; the remark may refer to the numbers.
    remark : str
        What they are called, what the design secures and what nothing can.
    """

    items: tuple[str, ...]
    remark: str


def assumed(assumptions: Assumptions) -> str:
    """Tell what the numbers rest on."""
    items = [f"({number}) {item}" for number, item in enumerate(assumptions.items, start=1)]
    if len(items) == 1:
        return f"{_ONE} {assumptions.items[0]} {assumptions.remark}"
    return " ".join((_SEVERAL, *items, assumptions.remark))


def as_randomised(name: str, *, adjusted: bool) -> str:
    """Assume that a variable is as good as randomised, given covariates if there are any."""
    given = "Given the covariates in the models" if adjusted else "Without any covariates"
    return f"{given}, {name} is as good as randomised."


def model_sentences(roles: Sequence[str], formulas: Sequence[str], labels: Sequence[str]) -> str:
    """Tell the models by role; a label may be empty. Parentheses within it become a colon."""
    called = (f" ({label.removesuffix(')').replace(' (', ': ')})" if label else "" for label in labels)
    return " ".join(
        f"{role} model: {formula}{name}." for role, formula, name in zip(roles, formulas, called, strict=True)
    )


def sentence(note: str) -> str:
    """Return a note of a summary, which may stand in parentheses, as a sentence."""
    return f"{note.removeprefix('(').removesuffix(')').rstrip('.')}."


def and_listed(names: Iterable[str]) -> str:
    """List names as a sentence does.

    Examples
    --------
    >>> and_listed(["a"]), and_listed(["a", "b"]), and_listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
