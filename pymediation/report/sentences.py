"""A mediation analysis in plain sentences: what was estimated, how, what it rests on, what was not done."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Final, NamedTuple

from pymediation.errors import ArgumentError
from pymediation.report.document import percent
from pymediation.report.numbers import common_decimals
from pymediation.report.wording import seed_text
from pymediation.results.effects import Effect, EffectName

if TYPE_CHECKING:
    from pymediation.results.mediation import MediationResult
    from pymediation.results.ordered import OrderedMediationResult
    from pymediation.results.records import AnalysisRecord

__all__ = ["category_sentences", "effect_sentences"]

_NARROWEST: Final = 20  # columns; names of effects and numbers have to fit
_DIGITS: Final = 3  # significant digits of the largest of an estimate and its limits


class _Kind(NamedTuple):
    """One of the two parts of the total effect."""

    name: str
    meaning: str
    one: EffectName
    average: EffectName
    arms: tuple[EffectName, EffectName]
    held: str


_KINDS: Final = (
    _Kind(
        name="average causal mediation effect (ACME)",
        meaning="the part that passes through {mediator}",
        one="d1",
        average="d_avg",
        arms=("d0", "d1"),
        held="with {treat} = {value}",
    ),
    _Kind(
        name="average direct effect (ADE)",
        meaning="the part that does not",
        one="z0",
        average="z_avg",
        arms=("z0", "z1"),
        held="with {mediator} as under {treat} = {value}",
    ),
)


class _Numbers(NamedTuple):
    """How numbers are written."""

    level: str
    draws: int

    def effect(self, effect: Effect) -> str:
        """Return an estimate with its interval and p-value."""
        estimate, lower, upper = common_decimals((effect.estimate, effect.lower, effect.upper), _DIGITS)
        return f"{estimate} ({self.level}% interval {lower} to {upper}, {self.p(effect.p_value)})"

    def p(self, value: float) -> str:
        """Return a p-value in words; what is 0 among so many draws is below the smallest that can be."""
        if math.isnan(value):
            return "no p-value"
        smallest = 2 / self.draws
        return f"p below {smallest:.2g}" if value < smallest / 2 else f"p = {value:.3g}"


def effect_sentences(result: MediationResult, width: int | None) -> str:
    """Tell an analysis of one outcome.

    Parameters
    ----------
    result : MediationResult
    width : int or None
        Columns after which lines break; None for one line per paragraph.
    """
    effects, numbers = result.effects, _numbers(result)
    told = [_told_kind(result, kind, numbers) for kind in _KINDS]
    told.append(f"The total effect is {numbers.effect(effects['tau'])}.{_doubt(effects['tau'])}")
    what, how = _how(result)
    paragraphs = [
        what,
        f"{how}{_monte_carlo(result)}",
        " ".join([*told, *_relations(result)]),
        _proportion(result, numbers),
        *_reservations(result),
    ]
    return _laid_out(paragraphs, width)


def category_sentences(result: OrderedMediationResult, width: int | None) -> str:
    """Tell an analysis of an ordered outcome; parameters as in `effect_sentences`."""
    numbers = _numbers(result)
    explained = (
        f"In each category follow the average causal mediation effect (ACME), the part of the effect that "
        f"passes through {result.mediator}, with {result.treat} at {result.wording.control} (control) and at "
        f"{result.wording.treated} (treated), the average direct effect (ADE), the part that does not, and "
        "the total effect. Effects of one kind sum to 0 over the categories."
    )
    told = [
        _category(category, effects, numbers)
        for category, effects in zip(result.categories, result.effects, strict=True)
    ]
    return _laid_out([*_how(result), explained, *told, *_reservations(result)], width)


def _numbers(result: AnalysisRecord) -> _Numbers:
    """Return how numbers are written."""
    return _Numbers(percent(result.conf_level), result.sims - result.n_failed)


def _laid_out(paragraphs: Iterable[str], width: int | None) -> str:
    """Return paragraphs with an empty line between them, broken into lines."""
    if width is None:
        return "\n\n".join(paragraphs)
    if not isinstance(width, Integral) or isinstance(width, bool) or width < _NARROWEST:
        msg = f"width must be None or a whole number of at least {_NARROWEST}; got {width!r}."
        raise ArgumentError(msg)
    return "\n\n".join(textwrap.fill(one, int(width), break_on_hyphens=False) for one in paragraphs)


def _how(result: AnalysisRecord) -> list[str]:
    """Tell what was estimated, from which models and with which method."""
    words = result.wording
    held = "".join(
        f" with {name} held at {_value(value)}" for name, value in (result.covariates or {}).items()
    )
    weights = ", with their weights," if words.weighted else ""
    what = (
        f"The effect of {result.treat} ({words.treated} against {words.control}) on {words.outcome} was "
        f"split into a part through {result.mediator} and a remaining part. Effects are differences in "
        f"{words.quantity}, averaged{weights} over the {result.nobs} observations used{held}."
    )
    models = " ".join(
        f"{role} model: {formula}{f' ({label})' if label else ''}."
        for role, formula, label in zip(("Mediator", "Outcome"), result.formulas, words.labels, strict=True)
    )
    return [what, " ".join([models, _method(result), *(_sentence(note) for note in result.notes)])]


def _sentence(note: str) -> str:
    """Return a note of the summary, which may stand in parentheses, as a sentence."""
    return f"{note.removeprefix('(').removesuffix(')').rstrip('.')}."


def _method(result: AnalysisRecord) -> str:
    """Tell where intervals and p-values come from."""
    if result.boot:
        kind = "BCa" if result.boot_ci_type == "bca" else "percentile"
        how = (
            f"{result.sims} bootstrap resamples of the observations, both models fitted anew to each "
            f"({kind} intervals)"
        )
    else:
        how = f"{result.sims} draws of the coefficients of both models (quasi-Bayesian method)"
        if result.cluster is not None:
            how += " with cluster-robust covariances"
        elif result.robustSE:
            how += " with heteroskedasticity-consistent covariances"
    failed = f" {result.n_failed} that gave no result are left out." if result.n_failed else ""
    return f"Intervals and p-values come from {how}; random numbers: {seed_text(result.stream)}.{failed}"


def _monte_carlo(result: MediationResult) -> str:
    """Tell the error that the number of draws leaves; of a bootstrap's estimates there is none."""
    error = max(effect.mc_error for name, effect in result.effects.items() if not name.startswith("n"))
    if math.isnan(error):
        return ""
    return (
        f" The number of draws leaves a Monte Carlo error of up to {error:.1g} in the estimates of effects."
    )


def _told_kind(result: MediationResult, kind: _Kind, numbers: _Numbers) -> str:
    """Tell the mediated or the direct effect, on average and by arm where arms differ."""
    effects, names = result.effects, {"treat": result.treat, "mediator": result.mediator}
    begin = f"The {kind.name}, {kind.meaning.format(**names)}, is"
    if result.one_set:
        return f"{begin} {numbers.effect(effects[kind.one])}.{_doubt(effects[kind.one])}"
    arms = ", ".join(
        f"{numbers.effect(effects[arm])} {kind.held.format(**names, value=value)}"
        for arm, value in zip(kind.arms, (result.wording.control, result.wording.treated), strict=True)
    )
    average = effects[kind.average]
    return f"{begin} {numbers.effect(average)} on average over the arms: {arms}.{_doubt(average)}"


def _doubt(effect: Effect) -> str:
    """Say that an interval leaves the sign open."""
    return " Its interval contains 0: these data do not tell its sign." if _covers_zero(effect) else ""


def _covers_zero(effect: Effect) -> bool:
    """Whether the interval contains 0."""
    return effect.lower <= 0 <= effect.upper


def _relations(result: MediationResult) -> list[str]:
    """Say what does not follow from intervals that contain 0 beside others that do not."""
    effects = result.effects
    acme, ade = (_covers_zero(effects[kind.one if result.one_set else kind.average]) for kind in _KINDS)
    total = _covers_zero(effects["tau"])
    said = []
    if not acme and ade:
        said.append(
            f"That the interval of the ADE contains 0 does not show that {result.mediator} transmits the "
            "whole effect."
        )
    if not acme and total:
        said.append(
            "A mediated effect without a clear total effect is no contradiction: a direct effect of the "
            "opposite sign may offset it, and the total effect is often estimated less precisely."
        )
    return said


def _proportion(result: MediationResult, numbers: _Numbers) -> str:
    """Tell the proportion mediated, or why it means nothing here."""
    effect = result.effects["n0" if result.one_set else "n_avg"]
    shown = f"The proportion mediated, ACME divided by total effect, is {numbers.effect(effect)}."
    if _covers_zero(result.effects["tau"]):
        return (
            f"{shown} It should not be interpreted: the interval of the total effect, its denominator, "
            "contains 0."
        )
    if not 0 <= effect.estimate <= 1:
        signs = "the ACME and the total effect" if effect.estimate < 0 else "the ACME and the ADE"
        return (
            f"{shown} It is not a share, because {signs} have opposite signs: report the effects themselves."
        )
    if effect.lower < 0 or effect.upper > 1:
        return f"{shown} Its interval goes beyond 0 to 1: these data hardly determine it."
    return shown


def _reservations(result: AnalysisRecord) -> Sequence[str]:
    """Tell the assumptions, and what was not done."""
    treat, mediator, outcome = result.treat, result.mediator, result.wording.outcome
    wrong = [
        f"These are numbers of R's that are known to be wrong: R {'; R '.join(result.wording.defects)}. "
        "compat='fixed' gives the right ones."
    ]
    rests = (
        "These numbers are causal effects only under assumptions. (1) Given the covariates in the models, "
        f"{treat} is as good as randomised. (2) Given {treat} and these covariates, {mediator} is as good as "
        f"randomised: no unmeasured variable affects both {mediator} and {outcome}, and no other consequence "
        f"of {treat}, measured or not, does. (3) Both models are right. (1) and (2) are called sequential "
        f"ignorability. Randomising {treat} secures (1), not (2), and no test on these data can confirm (2)."
    )
    evalue = ", and by evalue()" if result.outcome_facts.mean else ""
    undone = (
        "No sensitivity analysis is part of this report. How strong unmeasured confounding of "
        f"{mediator} and {outcome} would have to be to change the conclusions is told by medsens() for "
        f"linear and probit models{evalue}."
    )
    return *(wrong if result.wording.defects else []), rests, undone


def _category(category: str, effects: Mapping[EffectName, Effect], numbers: _Numbers) -> str:
    """Tell all effects on the probability of one category."""
    return (
        f"Category {category}: ACME {numbers.effect(effects['d0'])} under control and "
        f"{numbers.effect(effects['d1'])} under treatment; ADE {numbers.effect(effects['z0'])} and "
        f"{numbers.effect(effects['z1'])}; total effect {numbers.effect(effects['tau'])}."
    )


def _value(value: object) -> str:
    """Write the value of a covariate; one per row has no short form."""
    if isinstance(value, Real) and not isinstance(value, bool):
        return f"{float(value):g}"
    return str(value) if isinstance(value, str) or not hasattr(value, "__len__") else "values given per row"
