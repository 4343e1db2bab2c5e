"""R's model functions: they read R's formulas and return fitted models with R's estimates and printed form.

:mod:`pymediation.r` has them under R's names; :mod:`pymediation.batches` fits its models by them. They know
nothing of mediation analysis.
"""

from __future__ import annotations

from pymediation.rmodels.censored_models import tobit, vglm
from pymediation.rmodels.families import binomial
from pymediation.rmodels.linear_models import glm, lm
from pymediation.rmodels.ordered_models import polr
from pymediation.rmodels.quantile_models import rq
from pymediation.rmodels.survival_models import survreg

__all__ = ["binomial", "glm", "lm", "polr", "rq", "survreg", "tobit", "vglm"]
