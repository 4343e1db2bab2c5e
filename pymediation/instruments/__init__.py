"""Analyses with instruments: two-stage least squares, and treatments that are not always received.

`two_stage` is the function `mediate_tsls`, `noncompliance` the function `ivmediate`; the other modules are
what they are made of.
"""

from pymediation.instruments.noncompliance import ivmediate
from pymediation.instruments.noncompliance_result import NoncomplianceResult, NoncomplianceSummary
from pymediation.instruments.two_stage import mediate_tsls
from pymediation.instruments.two_stage_result import TwoStageResult, TwoStageSummary

__all__ = [
    "NoncomplianceResult",
    "NoncomplianceSummary",
    "TwoStageResult",
    "TwoStageSummary",
    "ivmediate",
    "mediate_tsls",
]
