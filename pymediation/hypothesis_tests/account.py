"""What the report of a test of mediation effects tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pymediation.estimates.effects import Effect
from pymediation.hypothesis_tests.differences import Tested
from pymediation.imputation.results import PooledMediationResult
from pymediation.report.account import Account
from pymediation.report.sentences import Numbers, Source, covers_zero, finding, wrong_as_r
from pymediation.results.account import inference_how, rests_on
from pymediation.results.mediation import MediationResult
from pymediation.results.ordered import OrderedMediationResult

__all__ = ["Compared", "Difference", "compared_of", "differences_account"]

Difference: TypeAlias = tuple[str, Effect]


@dataclass(frozen=True, slots=True)
class Compared:
    """What sentences about a test have to name.

    Attributes
    ----------
    question : str
        What was compared.
    how : str
        Where interval and p-value come from.
    reservations : tuple of str
        What the numbers rest on.
    """

    question: str
    how: str
    reservations: tuple[str, ...]


def compared_of(result: Tested, profiles: Sequence[Mapping[str, Any]] = ()) -> Compared:
    """Return the facts of a test.

    Parameters
    ----------
    result : result of mediate or amelidiate
        That was tested.
    profiles : sequence of dict
        The two covariate profiles that were compared; without them the arms were.
    """
    one, sets = _one_of(result)
    words = one.wording
    effect = (
        f"The effect of {one.treat} ({words.treated} against {words.control}) on {words.outcome} was split "
        f"into a part through {one.mediator}, the average causal mediation effect (ACME), and a remaining "
        "part, the average direct effect (ADE)"
    )
    if profiles:
        first, second = map(_profile, profiles)
        question = f"{effect}, with {first} (covariates.1) and with {second} (covariates.2){sets}."
        draws = "the differences between the draws of the two runs"
        remark: tuple[str, ...] = (
            "That effects differ between two profiles does not make the covariates the reason: units with "
            "other values of them may differ in other ways.",
        )
    else:
        question = (
            f"{effect}. ACME(1) is the former with {one.treat} at {words.treated}, ACME(0) with "
            f"{one.treat} at {words.control}{sets}; ADE(1) and ADE(0) differ by as much."
        )
        draws, remark = "the differences between the draws of the two", ()
    how = f"{draws}: {inference_how(one)}{sets}"
    source = Source(how, one.stream, one.n_failed, clusters=one.cluster)
    rests = rests_on(one.treat, one.mediator, words.outcome, adjusted=words.adjusted)
    return Compared(question, source.told(), (*wrong_as_r(words.defects), rests, *remark))


def _one_of(result: Tested) -> tuple[MediationResult | OrderedMediationResult, str]:
    """Return an analysis that tells names and method, and of how many data sets it is one."""
    if isinstance(result, PooledMediationResult):
        return result.elements[-1], f" in each of {len(result.elements)} data sets"
    return result, ""


def differences_account(differences: Sequence[Difference], facts: Compared | None) -> Account:
    """Return what is told of differences, each with the words it is named by."""
    told = [_told(name, effect) for name, effect in differences]
    if any(covers_zero(effect) for _, effect in differences):
        told.append("An interval that contains 0 does not show that two effects are the same.")
    if facts is None:
        return Account((), (" ".join(told),), ())
    several = (
        f"Each of these {len(differences)} p-values is for one test alone; nothing adjusts for their number.",
    )
    reservations = (*several[: len(differences) - 1], *facts.reservations)
    return Account((facts.question, facts.how), (" ".join(told),), reservations)


def _told(name: str, effect: Effect) -> str:
    """Tell one difference."""
    draws = None if effect.sims is None else effect.sims.size
    return finding(f"The difference {name}", effect, Numbers(effect.ci.level, draws).effect(effect))


def _profile(profile: Mapping[str, Any]) -> str:
    """Write a covariate profile."""
    return ", ".join(f"{name} = {value}" for name, value in profile.items())
