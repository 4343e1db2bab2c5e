"""What the report of a mediator beside alternative ones tells."""

from __future__ import annotations

from typing import Final

import numpy as np

from pymediation.estimates.effects import EffectName
from pymediation.multiple.bounds import crossings
from pymediation.multiple.components import MultimedComponents
from pymediation.report.account import Account
from pymediation.report.sentences import (
    Assumptions,
    Numbers,
    Source,
    Split,
    and_listed,
    assumed,
    bootstrap,
    covers_zero,
    finding,
    relations,
)
from pymediation.streams import StreamRecord

__all__ = ["multimed_account"]

_KINDS: Final[tuple[tuple[str, str, tuple[EffectName, EffectName, EffectName]], ...]] = (
    (
        "average causal mediation effect (ACME), the part that passes through {main},",
        "with {treat} = {arm}",
        ("d_avg", "d0", "d1"),
    ),
    (
        "average direct effect (ADE), the part that does not,",
        "with {main} as under {treat} = {arm}",
        ("z_avg", "z0", "z1"),
    ),
)
_HOMOGENEOUS: Final = (
    "The effect of {treat} on the outcome changes with {main} at the same rate in every unit (homogeneous "
    "interaction), and the model of {outcome} is linear."
)


def multimed_account(
    result: MultimedComponents, *, nobs: int, dropped: int, failed: int, stream: StreamRecord
) -> Account:
    """Return what is told of an analysis.

    Parameters
    ----------
    result : MultimedComponents
        Effects, grid and request.
    nobs, dropped, failed : int
        Rows used and left out; resamples that do not determine all bounds.
    stream : StreamRecord
    """
    request, used = result.request, result.request.used
    names = {role: used[role][0] for role in ("treat", "outcome")} | {"main": request.name("med_main")}
    beside = and_listed(used["med_alt"]) if "med_alt" in used else ""
    numbers = Numbers(request.conf_level, request.sims)
    setting = (
        _question(names, beside, nobs, dropped, weighted="weight" in used),
        _how(request.sims, stream, failed, covariates=used.get("covariates", ())),
    )
    findings = (_findings(result, names, numbers), _sensitivity(result))
    return Account(setting, findings, (_rests_on(names, beside),))


def _question(names: dict[str, str], beside: str, nobs: int, dropped: int, *, weighted: bool) -> str:
    """Tell what was estimated."""
    design = (
        f"beside {beside}, which {names['treat']} may affect too and which may affect both {names['main']} "
        f"and {names['outcome']} (single experiment)"
        if beside
        else f"in two experiments, of which the second randomised {names['main']} too (parallel design)"
    )
    gaps = f"; {dropped} with missing values are left out" if dropped else ""
    return (
        f"The effect of {names['treat']} (1 against 0) on {names['outcome']} was split into a part through "
        f"{names['main']} and a remaining part, {design}. Effects are differences in the mean of "
        f"{names['outcome']}, averaged{', with their weights,' if weighted else ''} over the {nobs} "
        f"observations used{gaps}."
    )


def _how(sims: int, stream: StreamRecord, failed: int, covariates: tuple[str, ...]) -> str:
    """Tell the regressions and where intervals come from."""
    held = f" with the covariates {and_listed(covariates)}" if covariates else ""
    source = Source(
        bootstrap(sims, kind="Imbens-Manski, from bootstrap variances, and for the total effect percentile"),
        stream,
        of="Intervals, and the p-value of the total effect,",
    )
    lost = f" {failed} resamples do not determine all bounds." if failed else ""
    return f"Effects come from least-squares regressions{held}. {source.told()}{lost}"


def _findings(result: MultimedComponents, names: dict[str, str], numbers: Numbers) -> str:
    """Tell the effects under a homogeneous interaction."""
    effects, told = result.effects, []
    for begin, held, (average, *arms) in _KINDS:
        parts = [
            f"{numbers.effect(effects[arm])} {held.format(**names, arm=value)}"
            for value, arm in enumerate(arms)
        ]
        subject = f"The {begin.format(**names)}"
        written = numbers.effect(effects[average])
        told.append(finding(subject, effects[average], written, "on average over the arms", parts))
    told.append(finding("The total effect", result.total, numbers.effect(result.total)))
    split = Split(effects["d_avg"], effects["z_avg"], result.total, names["main"])
    return " ".join([*told, *relations(split)])


def _sensitivity(result: MultimedComponents) -> str:
    """Tell from which heterogeneity on the effects' bounds and intervals contain 0."""
    said = [
        "Were the interaction not the same in all units, but its coefficient varied between them with "
        "standard deviation sigma, the effects would only be bounded."
    ]
    kinds: tuple[tuple[str, EffectName], ...] = (("ACME", "d_avg"), ("ADE", "z_avg"))
    for name, average in kinds:
        effect, row = result.effects[average], crossings(result.effects, (average,), result.grid)[0]
        said.append(_crossing(name, row[::2], result))
        if not (covers_zero(effect) or np.isnan(effect.ci).any()):
            said.append(_crossing(name, row[1::2], result, what="interval"))
    return " ".join(said)


def _crossing(name: str, place: np.ndarray, result: MultimedComponents, what: str = "bounds") -> str:
    """Tell where the bounds, or the interval for them, first contain 0."""
    verb = "contain" if what == "bounds" else "contains"
    if np.isnan(place).any():
        return (
            f"The {what} of the {name} {verb} 0 nowhere on the grid, which ends at sigma = "
            f"{result.sigma[-1]:.3g}."
        )
    sigma, residual, total = place
    return (
        f"The {what} of the {name} {verb} 0 from sigma = {sigma:.3g} on, where this variation explains "
        f"{100 * residual:.3g}% of the residual and {100 * total:.3g}% of the total variance of the outcome."
    )


def _rests_on(names: dict[str, str], beside: str) -> str:
    """Tell the assumptions."""
    treat, main, outcome = names["treat"], names["main"], names["outcome"]
    homogeneous = _HOMOGENEOUS.format(**names)
    if beside:
        items: tuple[str, ...] = (
            f"Given the covariates, {treat} is as good as randomised.",
            f"Given {treat}, the alternative mediators ({beside}) and the covariates, {main} is as good as "
            f"randomised: nothing else, a consequence of {treat} or not, affects both {main} and {outcome}.",
            homogeneous,
        )
        remark = (
            f"Randomising {treat} secures (1), neither (2) nor (3), and no test on these data can confirm "
            "them; sigma tells how much hangs on (3), nothing here how much on (2)."
        )
    else:
        items = (
            f"{treat} was randomised in both experiments, and {main} in the second.",
            f"A value of {main} that is set acts on {outcome} as the same value that comes about by itself "
            "(consistency), and the two experiments differ in nothing else.",
            homogeneous,
        )
        remark = "The design secures (1), neither (2) nor (3); sigma tells how much hangs on (3)."
    return assumed(Assumptions(items, remark))
