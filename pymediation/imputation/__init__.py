"""Multiple imputation: one answer from the analyses of several completed data sets."""

from __future__ import annotations

from pymediation.imputation.pooling import amelidiate
from pymediation.imputation.results import PooledMediationResult, PooledMediationSummary
from pymediation.imputation.rubin import RubinEstimate, rubins_rules
from pymediation.imputation.sets import imputed_datasets

__all__ = [
    "PooledMediationResult",
    "PooledMediationSummary",
    "RubinEstimate",
    "amelidiate",
    "imputed_datasets",
    "rubins_rules",
]
