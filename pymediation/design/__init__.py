"""Designs: from rows of data to columns of a design matrix.

The libraries that read formulas are imported when the first of their designs is made.
"""

from __future__ import annotations

from pymediation.design.base import Design, Term
from pymediation.design.columns_design import ColumnsDesign
from pymediation.design.formulaic_design import FormulaicDesign
from pymediation.design.learner_design import LearnerDesign
from pymediation.design.patsy_design import PatsyDesign

__all__ = ["ColumnsDesign", "Design", "FormulaicDesign", "LearnerDesign", "PatsyDesign", "Term"]
