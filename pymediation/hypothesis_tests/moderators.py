"""Which terms of the models let effects depend on the moderators whose profiles are compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pymediation.adapters import adapt
from pymediation.design.expressions import strip_wrappers
from pymediation.fitted import FittedModel
from pymediation.results.records import AnalysisRecord
from pymediation.warn import warn

__all__ = ["moderator_notes"]


def moderator_notes(
    result: AnalysisRecord, first: Mapping[str, Any], second: Mapping[str, Any]
) -> tuple[str, ...]:
    """Tell which interactions of each moderator the models have; warn if there is none to test.

    Parameters
    ----------
    result : AnalysisRecord
        With its models.
    first, second : mapping of str to object
        The two profiles.

    Returns
    -------
    tuple of str
        A line for each variable whose values differ.
    """
    model_m, model_y = result.models.get()
    follow = (result.treat, result.mediator)
    mediator, outcome = adapt(model_m, "mediator", follow), adapt(model_y, "outcome", follow)
    moderators = [name for name in {**first, **second} if repr(first.get(name)) != repr(second.get(name))]
    found = {
        name: (
            _terms(mediator, name, (result.treat,)),
            _terms(outcome, name, follow),
        )
        for name in moderators
    }
    linear = mediator.kind.gaussian and outcome.kind.gaussian and outcome.kind.one_set
    known = mediator.design.variables | outcome.design.variables  # what is not is refused later
    if {strip_wrappers(name) for name in found} - known:
        return ()
    if found and linear and not any(any(terms) for terms in found.values()):
        names = ", ".join(map(repr, found))
        warn(
            f"test_modmed: the profiles differ in {names}, which neither the treatment {result.treat!r} nor "
            f"the mediator {result.mediator!r} interacts with. In linear models the effects are then the "
            "same under both profiles, and the difference is Monte Carlo error. Fit the interactions that "
            f"the hypothesis is about, such as {result.treat}:{next(iter(found))} in the mediator model."
        )
    return tuple(
        f"{name}: {_listed(in_mediator)} in the mediator model, {_listed(in_outcome)} in the outcome model"
        for name, (in_mediator, in_outcome) in found.items()
    )


def _terms(model: FittedModel, moderator: str, partners: tuple[str, ...]) -> list[str]:
    """Return the terms in which a moderator meets treatment or mediator."""
    return [
        term.label
        for term in model.design.terms
        if any(_names(factor, moderator) for factor in term.factors)
        and any(_names(factor, partner) for factor in term.factors for partner in partners)
    ]


def _names(factor: str, name: str) -> bool:
    """Tell whether the text of a factor names a variable."""
    return re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", factor) is not None


def _listed(terms: list[str]) -> str:
    """List terms."""
    return ", ".join(terms) or "no interaction"
