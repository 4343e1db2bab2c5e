"""Kinds of models: one value per kind tells how it is fitted, resampled, drawn from and reported.

A kind is made by a function with its settings, such as ``glm_kind(family)``; nothing else in the package asks
what kind a model is.
"""

from __future__ import annotations

from pymediation.kinds.additive import additive_kind
from pymediation.kinds.base import CoefficientLaw, CovarianceChoice, Fit, ModelKind, Refitted
from pymediation.kinds.counts import count_kind
from pymediation.kinds.learned import LearnerFit, learned_kind
from pymediation.kinds.mixed import fitted_mixed_kind, mixed_kind
from pymediation.kinds.nominal import nominal_kind
from pymediation.kinds.ordered import ordered_kind
from pymediation.kinds.quantile import quantile_kind
from pymediation.kinds.refusals import Refusal, pair_refusal, refusal
from pymediation.kinds.regression import glm_kind, linear_kind
from pymediation.kinds.survival import survival_kind
from pymediation.kinds.tobit import tobit_kind

__all__ = [
    "CoefficientLaw",
    "CovarianceChoice",
    "Fit",
    "LearnerFit",
    "ModelKind",
    "Refitted",
    "Refusal",
    "additive_kind",
    "count_kind",
    "fitted_mixed_kind",
    "glm_kind",
    "learned_kind",
    "linear_kind",
    "mixed_kind",
    "nominal_kind",
    "ordered_kind",
    "pair_refusal",
    "quantile_kind",
    "refusal",
    "survival_kind",
    "tobit_kind",
]
