"""Mediation in randomised experiments of four designs, without a model of mediator or outcome."""

from __future__ import annotations

from pymediation.experiments.crossover import mediate_ced
from pymediation.experiments.encouragement import mediate_ped
from pymediation.experiments.inference import Bounds
from pymediation.experiments.parallel import mediate_pd
from pymediation.experiments.results import DesignBounds, DesignEstimates, DesignResult, DesignSummary
from pymediation.experiments.single import mediate_sed

__all__ = [
    "Bounds",
    "DesignBounds",
    "DesignEstimates",
    "DesignResult",
    "DesignSummary",
    "mediate_ced",
    "mediate_pd",
    "mediate_ped",
    "mediate_sed",
]
