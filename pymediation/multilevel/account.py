"""What the report of an analysis of grouped data tells beyond that of any analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from pymediation.estimates.effects import Effect, EffectName
from pymediation.report.account import Account
from pymediation.results.account import account_of_effects, reservations
from pymediation.results.records import AnalysisRecord

__all__ = ["grouped_account"]

_GROUPS: Final = (
    "Random effects of the groups are normal and, in each model, unrelated to its regressors.",
    "Treatment and mediator of one group do not affect the outcomes of another.",
)


def grouped_account(
    record: AnalysisRecord,
    effects: Mapping[EffectName, Effect],
    groups: tuple[str | None, str | None, str, int],
    *,
    one_set: bool,
) -> Account:
    """Return what is told of an analysis of grouped data.

    Parameters
    ----------
    record : AnalysisRecord
    effects : dict of str to Effect
        Averages over all rows.
    groups : tuple
        The grouping columns of the mediator model and the outcome model or None, that of the groups that
        effects are told for, and their number.
    one_set : bool
        Whether one ACME and one ADE say it all.
    """
    account = account_of_effects(record, effects, one_set=one_set)
    question, how = account.setting
    of_mediator, of_outcome, reported, number = groups
    random = " ".join(
        f"The {role} model has random effects of {name}."
        for role, name in (("mediator", of_mediator), ("outcome", of_outcome))
        if name is not None
    )
    return replace(
        account,
        setting=(
            f"{question} They belong to {number} groups ({reported}); these effects are averages over the "
            f"observations of all groups, and those of one group are told by group(). {random}",
            how,
        ),
        reservations=reservations(record, _GROUPS),
    )
