"""What the report of two-stage least squares tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.estimates.effects import Effect, EffectName
from pymediation.instruments.two_stage_models import FirstStage
from pymediation.plots.path_diagram import PathNumber
from pymediation.report.account import Account
from pymediation.report.sentences import (
    Assumptions,
    Numbers,
    Source,
    Split,
    and_listed,
    as_randomised,
    assumed,
    finding,
    model_sentences,
    relations,
    rows_told,
    share_of_total,
    wrong_as_r,
)
from pymediation.report.wording import RowsLeftOut
from pymediation.results.records import Models
from pymediation.streams import StreamRecord

__all__ = ["TwoStageRecord", "two_stage_account"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TwoStageRecord:
    """The fields of a `TwoStageResult`, whose documentation says what they are."""

    effects: Mapping[EffectName, Effect]
    boot: bool
    treat: str
    mediator: str
    nobs: int
    sims: int | None
    conf_level: float
    covariance: str
    first_stage: FirstStage | None
    n_failed: int
    cluster: NDArray[Any] | None
    call: Mapping[str, Any]
    stream: StreamRecord | None
    compat: str
    models: Models
    outcome: str = "the outcome"
    formulas: tuple[str, str] = ("", "")
    labels: tuple[str, str] = ("", "")
    defects: tuple[str, ...] = ()
    left_out: tuple[RowsLeftOut, ...] = ()
    adjusted: bool = True
    path_numbers: Mapping[str, PathNumber] = field(default_factory=dict)

    @property
    def numbers(self) -> Numbers:
        """How numbers are written."""
        return Numbers(self.conf_level, self.draws)

    @property
    def draws(self) -> int | None:
        """Bootstrap replicates that are left; None without the bootstrap."""
        return None if self.stream is None or self.sims is None else self.sims - self.n_failed


def two_stage_account(record: TwoStageRecord) -> Account:
    """Return what is told of an analysis."""
    effects, numbers = record.effects, record.numbers
    question = (
        f"The effect of {record.treat} (a difference of 1) on {record.outcome} was split into a part through "
        f"{record.mediator} and a remaining part by two-stage least squares. Effects are differences in the "
        f"mean of {record.outcome}, estimated from {record.nobs} observations."
        f"{rows_told(record.left_out)}"
    )
    split = Split(effects["d1"], effects["z1"], effects["tau"], record.mediator)
    parts = (
        (f"The average causal mediation effect (ACME), the part through {record.mediator},", split.mediated),
        ("The average direct effect (ADE), the other part,", split.direct),
        ("The total effect", split.total),
    )
    told = [finding(begin, effect, numbers.effect(effect)) for begin, effect in parts]
    findings = (" ".join([*told, *relations(split)]), share_of_total(effects["n0"], split, numbers))
    return Account(
        (question, _how(record)), findings, (*wrong_as_r(record.defects), _rests_on(record, _names(record)))
    )


def _how(record: TwoStageRecord) -> str:
    """Tell the models, the strength of the instruments and where intervals come from."""
    models = model_sentences(("First-stage", "Outcome"), record.formulas, record.labels)
    if np.isnan(record.effects["d1"].std_error):
        source = "No intervals were computed."
    elif record.draws is not None:
        source = Source(
            f"{record.sims} replicates of a {record.covariance} (percentile intervals)",
            record.stream,
            record.n_failed,
            clusters=record.cluster,
        ).told()
    else:
        source = Source(
            f"the delta method and the normal distribution (standard errors: {record.covariance})",
            clusters=record.cluster,
        ).told()
    return " ".join(filter(None, (models, _strength(record.first_stage), source)))


def _strength(first: FirstStage | None) -> str:
    """Tell how strongly the instruments move the mediator."""
    if first is None:
        return ""
    weak = (
        " Below 10 instruments count as weak: estimates are then biased towards those without an "
        "instrument, and intervals are too short."
        if first.weak
        else ""
    )
    return (
        f"Instruments of the mediator: {and_listed(first.instruments)}; first-stage F = "
        f"{first.statistic:.3g} on {first.df[0]} and {first.df[1]} degrees of freedom.{weak}"
    )


def _names(record: TwoStageRecord) -> str:
    """Return the names of the instruments."""
    return "The instruments" if record.first_stage is None else and_listed(record.first_stage.instruments)


def _rests_on(record: TwoStageRecord, instruments: str) -> str:
    """Tell the assumptions."""
    treat, mediator, outcome = record.treat, record.mediator, record.outcome
    items = (
        as_randomised(treat, adjusted=record.adjusted),
        f"So is each instrument ({instruments}), and it affects {outcome} through {mediator} alone "
        "(exclusion).",
        "Effects are the same in all units, and both models are linear and right.",
    )
    remark = (
        f"{mediator} and {outcome} may be confounded by what was not measured. Where effects differ between "
        f"units, the number on {mediator} is an average over those whose {mediator} the instruments move, "
        "provided that they move nobody's the other way (monotonicity); the ACME is in general no such "
        "average. No test on these data can confirm the exclusion."
    )
    return assumed(Assumptions(items, remark))
