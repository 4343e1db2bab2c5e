"""R's spelling: thin functions that return ordinary objects, so that a script ports line by line.

Formulas are strings read by R's rules, ``lm`` and ``glm`` return statsmodels results with R's estimates, the
random functions continue R's one global stream, and the small data functions have R's defaults.

Teach ``import pymediation.r as R``. The star import is safe too: it brings none of ``c T F C Q I list`` and
hides no function of Python.

Examples
--------
>>> import pymediation.r as R
>>> R.levels(R.relevel(R.factor(["a", "b"]), ref="b"))
['b', 'a']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from pymediation.r import absent
from pymediation.r.adjust import p_adjust
from pymediation.r.batches import mediations
from pymediation.r.constants import FALSE, NA, NULL, TRUE
from pymediation.r.experiments import mediate_ced, mediate_pd, mediate_ped, mediate_sed
from pymediation.r.factors import (
    as_character,
    as_factor,
    as_integer,
    as_numeric,
    droplevels,
    factor,
    levels,
    nlevels,
    ordered,
    relevel,
)
from pymediation.r.frames import (
    complete_cases,
    data,
    data_frame,
    head,
    is_na,
    na_omit,
    ncol,
    nrow,
    subset,
    table,
    tail,
)
from pymediation.r.generics import (
    AIC,
    BIC,
    coef,
    confint,
    confint_default,
    deviance,
    df_residual,
    fitted,
    formula,
    logLik,
    model_matrix,
    nobs,
    plot,
    predict,
    resid,
    residuals,
    sigma,
    summary,
    vcov,
)
from pymediation.r.hypothesis_tests import test_modmed, test_TMint
from pymediation.r.imputation import amelidiate
from pymediation.r.instruments import ivmediate, mediate_tsls
from pymediation.r.intervals import cut
from pymediation.r.mathematics import exp, log, plogis, pnorm, qlogis, qnorm, sqrt
from pymediation.r.mediation import mediate
from pymediation.r.multiple import multimed
from pymediation.r.random import (
    mvrnorm,
    rbinom,
    rchisq,
    rexp,
    rgamma,
    rlogis,
    rnorm,
    rpois,
    rt,
    runif,
    rweibull,
    sample,
    sample_int,
    set_seed,
)
from pymediation.r.sensitivity import medsens
from pymediation.r.statistics import cor, mean, median, quantile, scale, sd, var
from pymediation.r.vectors import as_formula, ifelse, paste, paste0, reformulate, rep, seq
from pymediation.rmodels.censored_models import tobit, vglm
from pymediation.rmodels.families import (
    Gamma,
    binomial,
    cauchit,
    cloglog,
    gaussian,
    identity,
    inverse,
    inverse_gaussian,
    logit,
    negative_binomial,
    poisson,
    probit,
    quasi,
    quasibinomial,
    quasipoisson,
)
from pymediation.rmodels.linear_models import glm, lm
from pymediation.rmodels.mixed_fits import VarCorr, fixef, isSingular, ranef
from pymediation.rmodels.mixed_models import glmer, lmer
from pymediation.rmodels.ordered_models import polr
from pymediation.rmodels.quantile_models import rq
from pymediation.rmodels.survival_models import survreg

__all__ = [
    "AIC",
    "BIC",
    "FALSE",
    "NA",
    "NULL",
    "TRUE",
    "Gamma",
    "VarCorr",
    "amelidiate",
    "as_character",
    "as_factor",
    "as_formula",
    "as_integer",
    "as_numeric",
    "binomial",
    "cauchit",
    "cloglog",
    "coef",
    "complete_cases",
    "confint",
    "confint_default",
    "cor",
    "cut",
    "data",
    "data_frame",
    "deviance",
    "df_residual",
    "droplevels",
    "exp",
    "factor",
    "fitted",
    "fixef",
    "formula",
    "gaussian",
    "glm",
    "glmer",
    "head",
    "identity",
    "ifelse",
    "inverse",
    "inverse_gaussian",
    "isSingular",
    "is_na",
    "ivmediate",
    "levels",
    "lm",
    "lmer",
    "log",
    "logLik",
    "logit",
    "mean",
    "median",
    "mediate",
    "mediate_ced",
    "mediate_pd",
    "mediate_ped",
    "mediate_sed",
    "mediate_tsls",
    "mediations",
    "medsens",
    "model_matrix",
    "multimed",
    "mvrnorm",
    "na_omit",
    "ncol",
    "negative_binomial",
    "nlevels",
    "nobs",
    "nrow",
    "ordered",
    "p_adjust",
    "paste",
    "paste0",
    "plogis",
    "plot",
    "pnorm",
    "poisson",
    "polr",
    "predict",
    "probit",
    "qlogis",
    "qnorm",
    "quantile",
    "quasi",
    "quasibinomial",
    "quasipoisson",
    "ranef",
    "rbinom",
    "rchisq",
    "reformulate",
    "relevel",
    "rep",
    "resid",
    "residuals",
    "rexp",
    "rgamma",
    "rlogis",
    "rnorm",
    "rpois",
    "rq",
    "rt",
    "runif",
    "rweibull",
    "sample",
    "sample_int",
    "scale",
    "sd",
    "seq",
    "set_seed",
    "sigma",
    "sqrt",
    "subset",
    "summary",
    "survreg",
    "table",
    "tail",
    "test_TMint",
    "test_modmed",
    "tobit",
    "var",
    "vcov",
    "vglm",
]

if not TYPE_CHECKING:  # so that type checkers still find misspelt names

    def __getattr__(name: str) -> NoReturn:
        """Say what to write in the place of a function of R's that is not here."""
        absent.refuse(name, __all__)
