"""What the report of a pooled analysis tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pymediation.estimates.effects import Effect, EffectName
from pymediation.imputation.rubin import RubinEstimate
from pymediation.report.account import Account
from pymediation.report.sentences import (
    Estimate,
    Numbers,
    Source,
    model_sentences,
    share_of_total,
    wrong_as_r,
)
from pymediation.results.account import effect_findings, inference_how, question, reservations, split_of
from pymediation.results.mediation import MediationResult

__all__ = ["pooled_account"]

_MISSING: Final = (
    "What is missing depends only on what was observed, and the imputations were drawn from a model that has "
    "all variables and interactions of this analysis.",
)


def pooled_account(
    effects: Mapping[EffectName, Effect],
    rubin: Mapping[EffectName, RubinEstimate],
    elements: Sequence[MediationResult],
    defects: tuple[str, ...] = (),
) -> Account:
    """Return what is told of an analysis of several imputed data sets.

    Parameters
    ----------
    effects : dict of str to Effect
        From stacked draws.
    rubin : dict of str to RubinEstimate
        By Rubin's rules; empty for one data set.
    elements : sequence of MediationResult
        The analyses that were pooled.
    defects : tuple of str
        What R does wrong in these numbers.
    """
    last, level = elements[-1], elements[-1].conf_level
    stacked = Numbers(level, sum(one.sims - one.n_failed for one in elements))

    def write(name: EffectName) -> str:
        first = stacked.effect(effects[name])
        if name not in rubin:
            return first
        return f"{first} by stacked draws and {Numbers(level).effect(rubin[name])} by Rubin's rules"

    main: dict[EffectName, Estimate] = {**effects, **rubin}
    split, share = split_of(last, main, one_set=last.one_set), effects["n0" if last.one_set else "n_avg"]
    told = effect_findings(last, main, write, one_set=last.one_set)
    findings = (told, share_of_total(share, split, stacked))
    setting = (_question(elements), _how(elements, rubin=bool(rubin)))
    return Account(setting, findings, (*wrong_as_r(defects), *reservations(last, _MISSING)))


def _question(elements: Sequence[MediationResult]) -> str:
    """Tell what was estimated, and how often."""
    sizes = sorted({one.nobs for one in elements})
    differ = f" Data sets have between {sizes[0]} and {sizes[-1]} observations." if len(sizes) > 1 else ""
    if len(elements) == 1:
        return f"{question(elements[-1])} There is one imputed data set only."
    return f"{question(elements[-1])} This was done in each of {len(elements)} imputed data sets.{differ}"


def _how(elements: Sequence[MediationResult], *, rubin: bool) -> str:
    """Tell the models and where intervals come from."""
    last = elements[-1]
    models = model_sentences(("Mediator", "Outcome"), last.formulas, last.wording.labels)
    number = len(elements)
    each = f"{inference_how(last)} in each of {number} data sets, stacked on one another"
    source = Source(
        each if number > 1 else inference_how(last),
        elements[0].stream,
        sum(one.n_failed for one in elements),
        clusters=last.cluster,
    )
    if not rubin:
        return (
            f"{models} {source.told()} Nothing in one data set tells how much the imputation adds to the "
            "uncertainty: these intervals are too short."
        )
    return (
        f"{models} {source.told()} Rubin's rules, with intervals from Student's t, stand beside them: with "
        f"few data sets stacked draws give intervals that are too short, and the rules are to be preferred."
    )
