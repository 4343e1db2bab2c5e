"""Several causal mechanisms: mediation by one of them, and sensitivity to how much effects vary."""

from __future__ import annotations

from pymediation.multiple.analysis import multimed
from pymediation.multiple.bounds import BoundedEffect
from pymediation.multiple.result import MultimedResult, MultimedSummary

__all__ = ["BoundedEffect", "MultimedResult", "MultimedSummary", "multimed"]
