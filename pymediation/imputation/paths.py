"""Coefficients along the paths of a pooled analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pymediation.imputation.rubin import rubins_rules
from pymediation.plots.path_diagram import Arrow, PathDiagram, PathNumber
from pymediation.results.mediation import MediationResult
from pymediation.results.paths import Path, Paths, diagram_of, paths_of

__all__ = ["pooled_diagram"]


def pooled_diagram(
    elements: Sequence[MediationResult], effects: tuple[tuple[PathNumber, ...], ...]
) -> PathDiagram:
    """Return the diagram whose numbers on arrows are those of all data sets by Rubin's rules.

    Parameters
    ----------
    elements : sequence of MediationResult
    effects : tuple of tuple of PathNumber
        Those below, line by line.
    """
    found = [paths_of(one) for one in elements]
    # An arrow whose number bends or splits in one data set only has no number.
    arms = min(len(one.to_outcome) for one in found)
    same = len({len(one.to_outcome) for one in found}) == 1
    diagram = diagram_of(elements[-1], _last(found, arms if same else 0), effects)
    numbers = (
        (_pooled([one.to_mediator for one in found]),),
        tuple(_pooled([one.to_outcome[arm] for one in found]) for arm in range(arms if same else 0)),
        (_pooled([one.direct for one in found]),),
    )
    arrows = tuple(
        Arrow(arrow.start, arrow.end, _labelled(arrow, pooled))
        for arrow, pooled in zip(diagram.arrows, numbers, strict=True)
    )
    note = f"Numbers on arrows: {len(elements)} data sets, by Rubin's rules."
    return replace(diagram, arrows=arrows, notes=(*diagram.notes, note))


def _last(found: Sequence[Paths], arms: int) -> Paths:
    """Return the paths of the last data set, with numbers to the outcome for so many arms."""
    return replace(found[-1], to_outcome=found[-1].to_outcome[:arms])


def _labelled(arrow: Arrow, pooled: Sequence[PathNumber | None]) -> tuple[PathNumber, ...]:
    """Give pooled numbers the labels of those that they replace."""
    kept = [number for number in pooled if number is not None]
    return tuple(new._replace(label=old.label) for old, new in zip(arrow.numbers, kept, strict=False))


def _pooled(paths: Sequence[Path | None]) -> PathNumber | None:
    """Return one number for all data sets."""
    known = [path for path in paths if path is not None]
    if len(known) < len(paths):
        return None
    estimates = [path.estimate for path in known]
    errors = [path.std_error for path in known if path.std_error is not None]
    if len(errors) < len(known) or len(known) < 2:
        return known[0].number() if len(known) == 1 else PathNumber(float(np.mean(estimates)), None)
    combined = rubins_rules(estimates, np.square(errors), known[0].level)
    return PathNumber(combined.estimate, combined.ci)
