"""Sensitivity of mediation effects to unmeasured confounding of mediator and outcome.

The errors of the mediator model and the outcome model are supposed to have a correlation rho, which
sequential ignorability sets to 0; effects are estimated for a grid of values of rho.

Data flow in one direction: :mod:`request` checks the arguments, :mod:`system` reads the two fitted models
into one pair of equations, one of :mod:`linear_linear`, :mod:`probit_linear`, :mod:`linear_probit` and
:mod:`probit_probit` turns them into :mod:`curves`, and :mod:`result` keeps, prints and draws these.
"""

from pymediation.sensitivity.analysis import medsens
from pymediation.sensitivity.result import SensitivityResult, SensitivitySummary

__all__ = ["SensitivityResult", "SensitivitySummary", "medsens"]
