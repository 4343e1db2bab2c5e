"""Average potential outcomes over imputed data sets, and what E-values have to know about the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pymediation.estimates.means import PotentialMeans
from pymediation.results.evalue_table import OutcomeFacts, required_means
from pymediation.results.mediation import MediationResult

__all__ = ["pooled_facts", "stacked_means"]


def stacked_means(elements: Sequence[MediationResult]) -> PotentialMeans:
    """Return the averages with the draws of all data sets, and their percentiles as intervals.

    Parameters
    ----------
    elements : sequence of MediationResult
        With draws.
    """
    parts = [required_means(element.potential_means)[0] for element in elements]
    originals = [part.original for part in parts if part.original is not None]
    return PotentialMeans(
        draws=np.concatenate([part.draws for part in parts], axis=1),
        original=np.mean(originals, axis=0) if originals else None,
        left_out=None,
        conf_level=parts[-1].conf_level,
        interval="percentile",
    )


def pooled_facts(elements: Sequence[MediationResult]) -> OutcomeFacts:
    """Return the facts about the outcome, whose standard deviations are means over the data sets."""
    facts = [element.outcome_facts for element in elements]
    sd, residual_sd = np.mean([(one.sd, one.residual_sd) for one in facts], axis=0)
    return replace(facts[-1], sd=float(sd), residual_sd=float(residual_sd))
