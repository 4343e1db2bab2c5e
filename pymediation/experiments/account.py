"""What the report of a design-based analysis tells: the record of each design as data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from pymediation.estimates.effects import Effect
from pymediation.experiments.designs import DESIGNS
from pymediation.experiments.inference import Bounds
from pymediation.report.account import Account
from pymediation.report.document import percent
from pymediation.report.numbers import common_decimals
from pymediation.report.sentences import (
    Assumptions,
    Numbers,
    Source,
    assumed,
    bootstrap,
    doubt,
    finding,
    wrong_as_r,
)
from pymediation.streams import StreamRecord

__all__ = ["DesignRecord", "design_account"]

_DIGITS: Final = 3
_WHO: Final = {"population": "all units", "complier": "compliers", "pliable": "pliable units"}


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of a design; words in braces are arguments of the call.

    Attributes
    ----------
    done : str
        What was done to the units.
    assumptions : tuple of str
        What the numbers rest on.
    remark : str
        What the design secures and what not.
    """

    done: str
    assumptions: tuple[str, ...]
    remark: str


_RANDOM_TREATMENT: Final = "{treat} was randomised."
_TWO_HALVES: Final = (
    "Units were split at random ({manipulated}). In one part {treat} alone was randomised, in the other "
    "{mediator} was set as well."
)
_TWO_EXPERIMENTS: Final = (
    "{treat} was randomised in both parts and, where it was set, {mediator} too.",
    "A value of {mediator} that is set acts on {outcome} as the same value that comes about by itself "
    "(consistency), and the two parts differ in nothing else.",
)

_FACTS: Final[dict[str, _Facts]] = {
    "SED.NP.NOSI": _Facts(
        "{treat} was randomised; {mediator} and {outcome}, both 0 or 1, were observed.",
        (_RANDOM_TREATMENT,),
        "Nothing is assumed of {mediator}, and therefore the effects are bounded only; these bounds contain "
        "0 whatever the data.",
    ),
    "SED.NP.SI": _Facts(
        "{treat} was randomised; {mediator} and {outcome} were observed. No model is fitted.",
        (
            _RANDOM_TREATMENT,
            "Given {treat} and nothing else, {mediator} is as good as randomised: no variable, measured or "
            "not, affects both {mediator} and {outcome}.",
        ),
        "(1) and (2) are called sequential ignorability. The design secures (1), not (2), and no test on "
        "these data can confirm (2).",
    ),
    "PD": _Facts(
        _TWO_HALVES,
        _TWO_EXPERIMENTS,
        "Effects of {treat} and {mediator} may depend on each other, and therefore the effects are bounded "
        "only. The design secures (1), not (2).",
    ),
    "PD.NINT": _Facts(
        _TWO_HALVES,
        (
            *_TWO_EXPERIMENTS,
            "The direct effect of {treat} on {outcome} is the same at every value of {mediator}, in every "
            "unit (no interaction).",
        ),
        "The design secures (1), neither (2) nor (3); an absent interaction on average does not confirm (3).",
    ),
    "PED": _Facts(
        "{treat} was randomised, and so was {encourage}, an encouragement towards either value of {mediator} "
        "or none. Compliers are units whose {mediator} follows the encouragement; who they are is not known.",
        (
            "{treat} and {encourage} were randomised.",
            "{encourage} affects {outcome} through {mediator} alone, and a value of {mediator} that is "
            "encouraged acts as one that comes about by itself (exclusion and consistency).",
            "{encourage} moves the {mediator} of no unit the other way (monotonicity).",
        ),
        "The design secures (1), neither (2) nor (3). Even so the effects are bounded only.",
    ),
    "CED": _Facts(
        "In a first round {treat} was randomised and {med_1} observed. In a second round every unit got the "
        "other treatment, and a random part ({encourage}) was encouraged to take the value that its mediator "
        "had in the first; {med_2} and {outcome} were observed. Pliable units are those whose mediator the "
        "encouragement moves; who they are is not known.",
        (
            "{treat} in the first round and {encourage} in the second were randomised.",
            "The first round leaves no trace in the second (no carryover).",
            "{encourage} affects {outcome} through {med_2} alone, and a value that is encouraged acts as one "
            "that comes about by itself (exclusion and consistency).",
            "{encourage} moves no unit's mediator away from the value encouraged (monotonicity).",
        ),
        "The design secures (1), none of (2) to (4). The effects are those of pliable units, and other units "
        "may differ.",
    ),
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DesignRecord(ABC):
    """The fields that all results of designs have; see `DesignResult`, which documents them."""

    design: str
    nobs: int
    conf_level: float | None
    sims: int | None
    n_failed: int
    call: Mapping[str, Any]
    stream: StreamRecord | None
    compat: str
    defects: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """Labels and components of the effects in the order of the summary."""
        return DESIGNS[self.design].rows

    @property
    @abstractmethod
    def found(self) -> Mapping[str, Effect] | Mapping[str, Bounds]:
        """Estimates or bounds by component."""


def design_account(record: DesignRecord) -> Account:
    """Return what is told of an analysis by its design."""
    known, names = _FACTS[record.design], {"mediator": record.call.get("med_1", ""), **record.call}
    question = (
        f"Of the effect of {names['treat']} (1 against 0) on {names['outcome']} the part through "
        f"{names['mediator']}, the average causal mediation effect (ACME), was "
        f"{'estimated' if _estimated(record) else 'bounded'} from {record.nobs} observations. Effects are "
        f"differences in the mean of {names['outcome']}. {known.done.format(**names)}"
    )
    numbers = Numbers(record.conf_level or float("nan"), record.sims and record.sims - record.n_failed)
    told = " ".join(_told(label, record.found[name], numbers, names) for label, name in record.rows)
    rests = Assumptions(
        tuple(item.format(**names) for item in known.assumptions), known.remark.format(**names)
    )
    return Account((question, _how(record)), (told,), (*wrong_as_r(record.defects), assumed(rests)))


def _estimated(record: DesignRecord) -> bool:
    """Whether there are estimates, not bounds."""
    return all(isinstance(one, Effect) for one in record.found.values())


def _how(record: DesignRecord) -> str:
    """Tell where intervals come from."""
    if record.sims is not None:
        resampled = bootstrap(record.sims, kind="percentile" if _estimated(record) else "Imbens-Manski")
        of = "Intervals and p-values" if _estimated(record) else "Intervals for the bounded effects"
        return Source(resampled, record.stream, record.n_failed, of).told()
    if _estimated(record):
        return Source("the delta method and the normal distribution").told()
    return (
        "The bounds are estimates from a sample, without intervals: bounds_ci=True gives intervals for the "
        "effects."
    )


def _told(label: str, found: Effect | Bounds, numbers: Numbers, names: Mapping[str, Any]) -> str:
    """Tell one effect."""
    begin = _subject(label, names)
    if isinstance(found, Effect):
        return finding(begin, found, numbers.effect(found))
    return f"{begin} {_between(found, numbers)}"


def _subject(label: str, names: Mapping[str, Any]) -> str:
    """Return the subject of a sentence from the label of a row, such as ``"Complier ACME (treated)"``."""
    who, _, arm = label.partition("ACME")
    among = f" among {_WHO[who.strip().lower()]}" if who else ""
    held = f" with {names['treat']} = {1 if 'treated' in arm else 0}" if arm else ""
    return f"The ACME{held}{among}"


def _between(bounds: Bounds, numbers: Numbers) -> str:
    """Tell bounds, and their interval if there is one."""
    if not np.isfinite([*bounds]).all():
        return "has no bounds: the data contradict the assumptions."
    lower, upper = common_decimals([*bounds], _DIGITS)
    shown = ""
    if bounds.ci is not None:
        ends = common_decimals([*bounds.ci], _DIGITS)
        shown = f" ({percent(numbers.level)}% interval for the effect {ends[0]} to {ends[1]})"
    if bounds.lower <= 0 <= bounds.upper:
        return f"lies between {lower} and {upper}{shown}. The bounds contain 0: its sign stays open."
    return f"lies between {lower} and {upper}{shown}.{'' if bounds.ci is None else doubt(bounds.ci)}"
