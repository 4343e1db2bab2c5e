"""Many mediation analyses in one call: outcomes by mediators by treatments and data sets."""

from __future__ import annotations

from pymediation.batches.analyses import mediations
from pymediation.batches.grid import Specification
from pymediation.batches.results import MediationsResult, MediationsSummary

__all__ = ["MediationsResult", "MediationsSummary", "Specification", "mediations"]
