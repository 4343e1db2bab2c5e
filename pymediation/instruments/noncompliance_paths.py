"""The path diagram of an analysis with noncompliance."""

from __future__ import annotations

from typing import Final

import numpy as np

from pymediation.instruments.noncompliance_account import NoncomplianceRecord
from pymediation.plots.path_diagram import Arrow, PathDiagram, PathNumber
from pymediation.report.document import percent

__all__ = ["noncompliance_diagram"]

_EFFECTS: Final = (("LACME (treated)", "dc1"), ("LANDE (control)", "zc0"), ("LATE", "tauc"))


def noncompliance_diagram(record: NoncomplianceRecord) -> PathDiagram:
    """Return encouragement, treatment, mediator and outcome, with the share of compliers on the first arrow.

    The other arrows have no numbers: coefficients of the models are mixtures over those who comply and those
    who do not, while the effects are those of compliers.

    Parameters
    ----------
    record : NoncomplianceRecord
    """
    boxes = {
        "encouragement": record.enc,
        "treatment": record.treat,
        "mediator": record.mediator,
        "outcome": record.outcome,
    }
    arrows = (
        Arrow("encouragement", "treatment", (_number(record, "share", ""),)),
        Arrow("treatment", "mediator"),
        Arrow("mediator", "outcome"),
        Arrow("treatment", "outcome"),
    )
    effects = tuple((_number(record, name, label),) for label, name in _EFFECTS)
    levels = f" Intervals: {percent(record.first_level)}%." if record.ci else ""
    notes = (
        f"{record.treat}: 1 (treated) against 0 (control).{levels}",
        f"Arrow to {record.treat}: share of compliers. The other arrows have no numbers: the models' "
        "coefficients mix compliers with others.",
        f"Effects: differences in {record.quantity} among compliers; the first two add up to the third.",
    )
    return PathDiagram(boxes, arrows, effects, notes)


def _number(record: NoncomplianceRecord, name: str, label: str) -> PathNumber:
    """Return an effect as a diagram shows it."""
    effect = record.effects[name]
    return PathNumber(effect.estimate, None if np.isnan(effect.lower) else effect.ci, label)
