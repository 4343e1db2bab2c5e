"""What the report of an analysis with noncompliance tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pymediation.estimates.effects import Effect, Interval
from pymediation.report.account import Account
from pymediation.report.sentences import (
    Assumptions,
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
    wrong_as_r,
)
from pymediation.report.wording import RowsLeftOut
from pymediation.streams import StreamRecord

__all__ = ["NoncomplianceRecord", "noncompliance_account"]

# Subject of the sentence, what follows its first number, the further number and what follows that.
_FINDINGS: Final = (
    (
        "The local average causal mediation effect (LACME), the part that passes through {mediator},",
        ("dc1", "with {treat} = 1"),
        ("dc0", "with {treat} = 0"),
    ),
    (
        "The local average natural direct effect (LANDE), the part that does not,",
        ("zc0", "with {mediator} as under {treat} = 0"),
        ("zc1", "with {mediator} as under {treat} = 1"),
    ),
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NoncomplianceRecord:
    """The fields of a `NoncomplianceResult`, whose documentation says what they are."""

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
    outcome: str = "the outcome"
    quantity: str = "the mean of the outcome"
    formulas: tuple[str, ...] = ("", "", "")
    labels: tuple[str, ...] = ("", "", "")
    defects: tuple[str, ...] = ()
    left_out: tuple[RowsLeftOut, ...] = ()
    adjusted: bool = True

    @property
    def first_level(self) -> float:
        """The level of the intervals of `effects`."""
        return self.conf_level if isinstance(self.conf_level, float) else self.conf_level[0]


def noncompliance_account(record: NoncomplianceRecord) -> Account:
    """Return what is told of an analysis."""
    question = (
        f"The effect of {record.treat} (1 against 0) on {record.outcome} among compliers, who take "
        f"{record.treat} if {record.enc} encourages it and not otherwise, was split into a part through "
        f"{record.mediator} and a remaining part. Effects are differences in {record.quantity}, averaged "
        f"over the {record.nobs} observations used.{rows_told(record.left_out)}"
    )
    numbers = Numbers(record.first_level, record.sims - record.n_failed if record.ci else None)
    findings = (_local(record, numbers), _intention(record, numbers), _problems(record))
    return Account((question, _how(record)), findings, (*wrong_as_r(record.defects), _rests_on(record)))


def _how(record: NoncomplianceRecord) -> str:
    """Tell the models and where intervals come from."""
    models = model_sentences(("Treatment", "Mediator", "Outcome"), record.formulas, record.labels)
    if not record.ci:
        return f"{models} No intervals were computed."
    draws = f"{record.sims} draws of the coefficients of all three models (quasi-Bayesian method)"
    resamples = bootstrap(record.sims, further=", all three models fitted anew to each")
    how = resamples if record.boot else draws
    return f"{models} {Source(how, record.stream, record.n_failed).told()}"


def _local(record: NoncomplianceRecord, numbers: Numbers) -> str:
    """Tell the effects on compliers."""
    effects, names = record.effects, {"treat": record.treat, "mediator": record.mediator}
    told = []
    for begin, (first, held), (second, other) in _FINDINGS:
        told.append(
            finding(
                begin.format(**names), effects[first], numbers.effect(effects[first]), held.format(**names)
            )
        )
        told.append(
            finding(f"W{other.format(**names)[1:]} it", effects[second], numbers.effect(effects[second]))
        )
    late = effects["tauc"]
    told.append(
        finding("The local average treatment effect (LATE), their total effect,", late, numbers.effect(late))
    )
    split = Split(effects["dc1"], effects["zc0"], late, record.mediator, ("LACME", "LANDE"))
    return " ".join([*told, *relations(split)])


def _intention(record: NoncomplianceRecord, numbers: Numbers) -> str:
    """Tell the effects of the encouragement itself, and the share of compliers."""
    effects = record.effects
    share = f"Compliers are a share of {numbers.without_p(effects['share'])}."
    begin = f"The effect of {record.enc} itself on {record.outcome} (intention to treat)"
    parts = [
        f"{numbers.effect(effects['itt_d1'])} through {record.mediator} with {record.treat} as encouraged",
        f"{numbers.effect(effects['itt_z0'])} otherwise",
    ]
    return f"{share} {finding(begin, effects['itt'], numbers.effect(effects['itt']), parts=parts)}"


def _problems(record: NoncomplianceRecord) -> str:
    """Tell integrals that do not exist."""
    worst = max(record.issues.values(), default=0)
    if not worst:
        return ""
    return (
        f"For up to {worst} of {record.nobs} observations the integral over {record.mediator} ended with a "
        "problem, because a denominator vanishes near values that it takes: these effects are not to be "
        "trusted."
    )


def _rests_on(record: NoncomplianceRecord) -> str:
    """Tell the assumptions."""
    enc, treat, mediator, outcome = record.enc, record.treat, record.mediator, record.outcome
    these = " and the covariates" if record.adjusted else ""
    items = (
        as_randomised(enc, adjusted=record.adjusted),
        f"{enc} affects {mediator} and {outcome} through {treat} alone (exclusion).",
        f"Nobody does the opposite of what {enc} encourages (monotonicity).",
        f"Among compliers, given {treat}{these}, {mediator} is as good as randomised: no "
        f"unmeasured variable affects both {mediator} and {outcome}, and no other consequence of {treat} "
        "does (local sequential ignorability).",
        "All three models are right.",
    )
    remark = (
        f"Randomising {enc} secures (1), none of (2) to (4), and no test on these data can confirm them. The "
        "effects are those of compliers, whom the data do not identify one by one; others may differ."
    )
    return assumed(Assumptions(items, remark))
