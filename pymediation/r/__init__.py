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

from pymediation.r.adjust import p_adjust
from pymediation.r.constants import FALSE, NA, NULL, TRUE
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
from pymediation.r.intervals import cut
from pymediation.r.statistics import cor, mean, median, quantile, scale, sd, var
from pymediation.r.vectors import as_formula, ifelse, paste, paste0, reformulate, rep, seq

__all__ = [
    "FALSE",
    "NA",
    "NULL",
    "TRUE",
    "as_character",
    "as_factor",
    "as_formula",
    "as_integer",
    "as_numeric",
    "complete_cases",
    "cor",
    "cut",
    "data",
    "data_frame",
    "droplevels",
    "factor",
    "head",
    "ifelse",
    "is_na",
    "levels",
    "mean",
    "median",
    "na_omit",
    "ncol",
    "nlevels",
    "nrow",
    "ordered",
    "p_adjust",
    "paste",
    "paste0",
    "quantile",
    "reformulate",
    "relevel",
    "rep",
    "scale",
    "sd",
    "seq",
    "subset",
    "table",
    "tail",
    "var",
]
