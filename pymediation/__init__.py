"""Causal mediation analysis, compatible with R's ``mediation`` package."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from pymediation import absent, datasets
from pymediation.batches import MediationsResult, MediationsSummary, Specification, mediations
from pymediation.errors import (
    ArgumentError,
    ArgumentTypeError,
    CompatibilityWarning,
    DataMismatchError,
    FormulaError,
    NotEstimableError,
    PymediationError,
    PymediationWarning,
    UnknownArgumentError,
    UnknownAttributeError,
    UnknownNameError,
    UnknownPositionError,
    UnsupportedModelError,
)
from pymediation.estimates.effects import Interval
from pymediation.experiments import (
    Bounds,
    DesignBounds,
    DesignEstimates,
    DesignResult,
    DesignSummary,
    mediate_ced,
    mediate_pd,
    mediate_ped,
    mediate_sed,
)
from pymediation.hypothesis_tests import HTest, ModerationTests, OrderedHTest, test_modmed, test_TMint
from pymediation.imputation import (
    PooledMediationResult,
    PooledMediationSummary,
    RubinEstimate,
    amelidiate,
    imputed_datasets,
    rubins_rules,
)
from pymediation.instruments import (
    NoncomplianceResult,
    NoncomplianceSummary,
    TwoStageResult,
    TwoStageSummary,
    ivmediate,
    mediate_tsls,
)
from pymediation.mediation import mediate
from pymediation.models import MediationModel
from pymediation.multilevel.ingredients import MixedFit
from pymediation.multilevel.results import MultilevelResult, MultilevelSummary
from pymediation.multiple import BoundedEffect, MultimedResult, MultimedSummary, multimed
from pymediation.results.evalues import EValue, evalue
from pymediation.results.mediation import MediationResult, MediationSummary
from pymediation.results.ordered import OrderedMediationResult
from pymediation.sensitivity import SensitivityResult, SensitivitySummary, medsens
from pymediation.streams import NumPyStream, RStream, set_seed
from pymediation.supplied import ModelWithData, with_data
from pymediation.support import support_table
from pymediation.tobit import Tobit
from pymediation.tobit_results import TobitResults

__all__ = [
    "ArgumentError",
    "ArgumentTypeError",
    "BoundedEffect",
    "Bounds",
    "CompatibilityWarning",
    "DataMismatchError",
    "DesignBounds",
    "DesignEstimates",
    "DesignResult",
    "DesignSummary",
    "EValue",
    "FormulaError",
    "HTest",
    "Interval",
    "MediationModel",
    "MediationResult",
    "MediationSummary",
    "MediationsResult",
    "MediationsSummary",
    "MixedFit",
    "ModelWithData",
    "ModerationTests",
    "MultilevelResult",
    "MultilevelSummary",
    "MultimedResult",
    "MultimedSummary",
    "NoncomplianceResult",
    "NoncomplianceSummary",
    "NotEstimableError",
    "NumPyStream",
    "OrderedHTest",
    "OrderedMediationResult",
    "PooledMediationResult",
    "PooledMediationSummary",
    "PymediationError",
    "PymediationWarning",
    "RStream",
    "RubinEstimate",
    "SensitivityResult",
    "SensitivitySummary",
    "Specification",
    "Tobit",
    "TobitResults",
    "TwoStageResult",
    "TwoStageSummary",
    "UnknownArgumentError",
    "UnknownAttributeError",
    "UnknownNameError",
    "UnknownPositionError",
    "UnsupportedModelError",
    "__version__",
    "amelidiate",
    "datasets",
    "evalue",
    "imputed_datasets",
    "ivmediate",
    "mediate",
    "mediate_ced",
    "mediate_pd",
    "mediate_ped",
    "mediate_sed",
    "mediate_tsls",
    "mediations",
    "medsens",
    "multimed",
    "rubins_rules",
    "set_seed",
    "support_table",
    "test_TMint",
    "test_modmed",
    "with_data",
]

__version__ = "0.1.0"

if not TYPE_CHECKING:  # so that type checkers still find misspelt names

    def __getattr__(name: str) -> NoReturn:
        """Say where what is not here is to be found."""
        absent.refuse(__name__, name, __all__, absent.elsewhere(datasets.__all__))
