"""What the report of a mediation analysis tells."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Final, NamedTuple, Protocol

import numpy as np

from pymediation.estimates.effects import Effect, EffectName
from pymediation.report.account import Account
from pymediation.report.sentences import (
    Assumptions,
    Estimate,
    Numbers,
    Source,
    Split,
    as_randomised,
    assumed,
    bootstrap,
    finding,
    model_sentences,
    relations,
    rows_told,
    sentence,
    share_of_total,
    wrong_as_r,
)
from pymediation.report.wording import Wording
from pymediation.results.records import AnalysisRecord

__all__ = [
    "Named",
    "account_of_categories",
    "account_of_effects",
    "effect_findings",
    "findings",
    "inference_how",
    "inference_sentences",
    "numbers_of",
    "question",
    "reservations",
    "rests_on",
    "split_of",
]

Effects = Mapping[EffectName, Effect]
Writer = Callable[[EffectName], str]


class Named(Protocol):
    """The names that effects are told with."""

    @property
    def treat(self) -> str:
        """The treatment."""
        ...

    @property
    def mediator(self) -> str:
        """The mediator."""
        ...

    @property
    def wording(self) -> Wording:
        """Outcome and values of the treatment."""
        ...


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


def account_of_effects(record: AnalysisRecord, effects: Effects, *, one_set: bool) -> Account:
    """Return what is told of an analysis of one outcome.

    Parameters
    ----------
    record : AnalysisRecord
    effects : dict of str to Effect
        The ten effects by R's name.
    one_set : bool
        Whether one ACME and one ADE say it all.
    """
    how = f"{inference_sentences(record)}{_monte_carlo(effects)}"
    return Account(
        (question(record), how),
        findings(record, effects, numbers_of(record), one_set=one_set),
        reservations(record),
    )


def findings(record: Named, effects: Effects, numbers: Numbers, *, one_set: bool) -> tuple[str, str]:
    """Tell the effects, and in a paragraph of its own the proportion mediated."""
    share = effects["n0" if one_set else "n_avg"]
    split = split_of(record, effects, one_set=one_set)
    told = effect_findings(record, effects, lambda name: numbers.effect(effects[name]), one_set=one_set)
    return told, share_of_total(share, split, numbers)


def account_of_categories(
    record: AnalysisRecord, categories: tuple[str, ...], effects: tuple[Effects, ...]
) -> Account:
    """Return what is told of an analysis of an ordered outcome, whose effects come by category."""
    explained = (
        f"In each category follow the average causal mediation effect (ACME), the part of the effect that "
        f"passes through {record.mediator}, with {record.treat} at {record.wording.control} (control) and at "
        f"{record.wording.treated} (treated), the average direct effect (ADE), the part that does not, and "
        "the total effect. Effects of one kind sum to 0 over the categories."
    )
    numbers = numbers_of(record)
    told = tuple(
        _category(category, of_one, numbers) for category, of_one in zip(categories, effects, strict=True)
    )
    setting = (question(record), inference_sentences(record))
    return Account(setting, (explained, *told), reservations(record))


def question(record: AnalysisRecord) -> str:
    """Tell what was estimated."""
    words = record.wording
    held = "".join(
        f" with {name} held at {_value(value)}" for name, value in (record.covariates or {}).items()
    )
    weights = ", with their weights," if words.weighted else ""
    return (
        f"The effect of {record.treat} ({words.treated} against {words.control}) on {words.outcome} was "
        f"split into a part through {record.mediator} and a remaining part. Effects are differences in "
        f"{words.quantity}, averaged{weights} over the {record.nobs} observations used{held}."
        f"{rows_told(words.left_out)}"
    )


def inference_sentences(record: AnalysisRecord) -> str:
    """Tell the models, and where intervals and p-values come from."""
    models = model_sentences(("Mediator", "Outcome"), record.formulas, record.wording.labels)
    source = Source(inference_how(record), record.stream, record.n_failed, clusters=record.cluster)
    return " ".join([models, source.told(), *map(sentence, record.notes)])


def inference_how(record: AnalysisRecord) -> str:
    """Name the method of inference."""
    if record.boot:
        kind = "BCa" if record.boot_ci_type == "bca" else "percentile"
        return bootstrap(record.sims, further=", both models fitted anew to each", kind=kind)
    how = f"{record.sims} draws of the coefficients of both models (quasi-Bayesian method)"
    if record.cluster is not None:
        return f"{how} with cluster-robust covariances ({np.unique(record.cluster).size} clusters)"
    return f"{how} with heteroskedasticity-consistent covariances" if record.robustSE else how


def effect_findings(
    record: Named, effects: Mapping[EffectName, Estimate], write: Writer, *, one_set: bool
) -> str:
    """Tell ACME, ADE and total effect, and what does not follow from them.

    Parameters
    ----------
    record : Named
    effects : dict of str to Estimate
    write : callable
        Writes the effect of a name with its interval.
    one_set : bool
        Whether one ACME and one ADE say it all.
    """
    told = [_told(record, kind, effects, write, one_set=one_set) for kind in _KINDS]
    told.append(finding("The total effect", effects["tau"], write("tau")))
    return " ".join([*told, *relations(split_of(record, effects, one_set=one_set))])


def split_of(record: Named, effects: Mapping[EffectName, Estimate], *, one_set: bool) -> Split:
    """Return the total effect and its parts, averages where the arms differ."""
    mediated, direct = (effects[kind.one if one_set else kind.average] for kind in _KINDS)
    return Split(mediated, direct, effects["tau"], record.mediator)


def reservations(record: AnalysisRecord, further: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Tell the assumptions, `further` ones among them, and what was not done."""
    words = record.wording
    rests = rests_on(record.treat, record.mediator, words.outcome, further, adjusted=words.adjusted)
    evalue = ", and by evalue()" if record.outcome_facts.mean else ""
    undone = (
        "No sensitivity analysis is part of this report. How strong unmeasured confounding of "
        f"{record.mediator} and {record.wording.outcome} would have to be to change the conclusions is told "
        f"by medsens() for linear and probit models{evalue}."
    )
    return *wrong_as_r(record.wording.defects), rests, undone


def rests_on(
    treat: str, mediator: str, outcome: str, further: tuple[str, ...] = (), *, adjusted: bool = True
) -> str:
    """Tell the assumptions of an analysis of these variables, `adjusted` for others or not."""
    these = " and these covariates" if adjusted else ""
    items = (
        as_randomised(treat, adjusted=adjusted),
        f"Given {treat}{these}, {mediator} is as good as randomised: no unmeasured variable "
        f"affects both {mediator} and {outcome}, and no other consequence of {treat}, measured or not, does.",
        "Both models are right.",
    )
    remark = (
        f"(1) and (2) are called sequential ignorability. Randomising {treat} secures (1), not (2), and no "
        "test on these data can confirm (2)."
    )
    return assumed(Assumptions((*items, *further), remark))


def numbers_of(record: AnalysisRecord) -> Numbers:
    """Return how numbers are written."""
    return Numbers(record.conf_level, record.sims - record.n_failed)


def _monte_carlo(effects: Effects) -> str:
    """Tell the error that the number of draws leaves; of a bootstrap's estimates there is none."""
    error = max(effect.mc_error for name, effect in effects.items() if not name.startswith("n"))
    if math.isnan(error):
        return ""
    return (
        f" The number of draws leaves a Monte Carlo error of up to {error:.1g} in the estimates of effects."
    )


def _told(
    record: Named, kind: _Kind, effects: Mapping[EffectName, Estimate], write: Writer, *, one_set: bool
) -> str:
    """Tell the mediated or the direct effect, on average and by arm where arms differ."""
    names = {"treat": record.treat, "mediator": record.mediator}
    begin = f"The {kind.name}, {kind.meaning.format(**names)},"
    if one_set:
        return finding(begin, effects[kind.one], write(kind.one))
    arms = [
        f"{write(arm)} {kind.held.format(**names, value=value)}"
        for arm, value in zip(kind.arms, (record.wording.control, record.wording.treated), strict=True)
    ]
    average = effects[kind.average]
    return finding(begin, average, write(kind.average), "on average over the arms", arms)


def _category(category: str, effects: Effects, numbers: Numbers) -> str:
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
