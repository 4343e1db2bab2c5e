"""What the report of a mediation analysis tells."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Final, NamedTuple

from pymediation.estimates.effects import Effect, EffectName
from pymediation.report.account import Account
from pymediation.report.sentences import (
    Assumptions,
    Finding,
    Numbers,
    Source,
    Split,
    assumed,
    bootstrap,
    model_sentences,
    relations,
    sentence,
    share_of_total,
)
from pymediation.results.records import AnalysisRecord

__all__ = [
    "account_of_categories",
    "account_of_effects",
    "effect_findings",
    "inference_how",
    "inference_sentences",
    "question",
    "reservations",
]

Effects = Mapping[EffectName, Effect]


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
    findings = effect_findings(record, effects, _numbers(record), one_set=one_set)
    return Account((question(record), how), findings, reservations(record))


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
    numbers = _numbers(record)
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
    )


def inference_sentences(record: AnalysisRecord) -> str:
    """Tell the models, and where intervals and p-values come from."""
    models = model_sentences(("Mediator", "Outcome"), record.formulas, record.wording.labels)
    source = Source(inference_how(record), record.stream, record.n_failed)
    return " ".join([models, source.told(), *map(sentence, record.notes)])


def inference_how(record: AnalysisRecord) -> str:
    """Name the method of inference."""
    if record.boot:
        kind = "BCa" if record.boot_ci_type == "bca" else "percentile"
        return bootstrap(record.sims, further=", both models fitted anew to each", kind=kind)
    how = f"{record.sims} draws of the coefficients of both models (quasi-Bayesian method)"
    if record.cluster is not None:
        return f"{how} with cluster-robust covariances"
    return f"{how} with heteroskedasticity-consistent covariances" if record.robustSE else how


def effect_findings(
    record: AnalysisRecord, effects: Effects, numbers: Numbers, *, one_set: bool
) -> tuple[str, str]:
    """Tell ACME, ADE and total effect, what does not follow from them, and the proportion mediated."""
    mediated, direct = (effects[kind.one if one_set else kind.average] for kind in _KINDS)
    split = Split(mediated, direct, effects["tau"], record.mediator)
    findings = [_finding(record, kind, effects, one_set=one_set) for kind in _KINDS]
    told = [one.told(numbers) for one in (*findings, Finding("The total effect", effects["tau"]))]
    share = effects["n0" if one_set else "n_avg"]
    return " ".join([*told, *relations(split)]), share_of_total(share, split, numbers)


def reservations(record: AnalysisRecord) -> tuple[str, ...]:
    """Tell the assumptions, and what was not done."""
    treat, mediator, outcome = record.treat, record.mediator, record.wording.outcome
    rests = Assumptions(
        (
            f"Given the covariates in the models, {treat} is as good as randomised.",
            f"Given {treat} and these covariates, {mediator} is as good as randomised: no unmeasured "
            f"variable affects both {mediator} and {outcome}, and no other consequence of {treat}, measured "
            "or not, does.",
            "Both models are right.",
        ),
        f"(1) and (2) are called sequential ignorability. Randomising {treat} secures (1), not (2), and no "
        "test on these data can confirm (2).",
    )
    evalue = ", and by evalue()" if record.outcome_facts.mean else ""
    undone = (
        "No sensitivity analysis is part of this report. How strong unmeasured confounding of "
        f"{mediator} and {outcome} would have to be to change the conclusions is told by medsens() for "
        f"linear and probit models{evalue}."
    )
    return *_defects(record), assumed(rests), undone


def _defects(record: AnalysisRecord) -> tuple[str, ...]:
    """Call numbers of R's that are wrong by their name."""
    if not record.wording.defects:
        return ()
    return (
        f"These are numbers of R's that are known to be wrong: R {'; R '.join(record.wording.defects)}. "
        "compat='fixed' gives the right ones.",
    )


def _numbers(record: AnalysisRecord) -> Numbers:
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


def _finding(record: AnalysisRecord, kind: _Kind, effects: Effects, *, one_set: bool) -> Finding:
    """Return the mediated or the direct effect, on average and by arm where arms differ."""
    names = {"treat": record.treat, "mediator": record.mediator}
    begin = f"The {kind.name}, {kind.meaning.format(**names)},"
    if one_set:
        return Finding(begin, effects[kind.one])
    arms = tuple(
        (effects[arm], kind.held.format(**names, value=value))
        for arm, value in zip(kind.arms, (record.wording.control, record.wording.treated), strict=True)
    )
    return Finding(begin, effects[kind.average], "on average over the arms", arms)


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
