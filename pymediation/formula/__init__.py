"""R's formula language: one reader for every formula that is given as text.

Text becomes a syntax tree (`parse_formula`), the tree terms, and terms with data a model matrix with R's
columns, names and coding of factors (`model_frame`). What was learnt from the data is kept in an `RDesign`,
which makes the same columns of new rows.
"""

from pymediation.formula.design import RDesign
from pymediation.formula.frame import ModelFrame, model_frame
from pymediation.formula.nodes import deparse
from pymediation.formula.parser import Formula, parse_formula
from pymediation.formula.response import Response

__all__ = ["Formula", "ModelFrame", "RDesign", "Response", "deparse", "model_frame", "parse_formula"]
