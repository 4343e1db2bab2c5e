"""What the report of a batch tells: a paragraph for each analysis, and once what is common to all."""

from __future__ import annotations

from collections.abc import Sequence

from pymediation.batches.grid import Specification
from pymediation.report.account import Account
from pymediation.report.sentences import Source, model_sentences, wrong_as_r
from pymediation.results.account import inference_how, question, rests_on
from pymediation.results.mediation import MediationResult
from pymediation.results.ordered import OrderedMediationResult

__all__ = ["batch_account"]

Result = MediationResult | OrderedMediationResult


def batch_account(specifications: Sequence[Specification], results: Sequence[Result]) -> Account:
    """Return what is told of a batch of analyses.

    Parameters
    ----------
    specifications : sequence of Specification
        Data set, outcome, treatment and mediator of each.
    results : sequence of results
    """
    number = len(results)
    ways = {inference_how(result) for result in results}
    setting = [f"{number} {'analysis was' if number == 1 else 'analyses were'} made."]
    if len(ways) == 1:
        setting.append(Source(f"{ways.pop()} in each", results[0].stream, clusters=results[0].cluster).told())
    told = tuple(
        _paragraph(one, result, told_how=len(setting) == 1)
        for one, result in zip(specifications, results, strict=True)
    )
    defects = tuple(dict.fromkeys(defect for result in results for defect in result.wording.defects))
    adjusted = any(result.wording.adjusted for result in results)
    rests = rests_on("the treatment", "the mediator", "the outcome", adjusted=adjusted)
    return Account(
        (" ".join(setting),),
        told,
        (*wrong_as_r(defects), rests, *_multiplicity(number), _UNDONE),
    )


_UNDONE = (
    "No sensitivity analysis is part of this report; report() of one analysis, such as result[0].report(), "
    "tells how to get one."
)


def _paragraph(one: Specification, result: Result, *, told_how: bool) -> str:
    """Tell one analysis in one paragraph."""
    models = model_sentences(("Mediator", "Outcome"), result.formulas, result.wording.labels)
    how = Source(inference_how(result), result.stream, clusters=result.cluster).told() if told_how else ""
    failed = f"{result.n_failed} replicates that gave no result are left out." if result.n_failed else ""
    findings = " ".join(result._account().findings)
    head = f"{one.name} (data set {one.dataset}):"
    return " ".join(filter(None, (head, question(result), models, how, failed, findings)))


def _multiplicity(number: int) -> tuple[str, ...]:
    """Say that several analyses were made."""
    if number == 1:
        return ()
    return (
        f"Each interval and each p-value is for one of {number} analyses alone; nothing adjusts for their "
        "number. Several mediators of one treatment are analysed one by one here, which assumes that none of "
        "them affects another.",
    )
