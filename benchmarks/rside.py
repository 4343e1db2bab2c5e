"""R: whether it and its package are here, and scripts that time a workload or fit its models there."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from studies import SEED, Study
from workloads import Workload

__all__ = ["fits_in_r", "r_package", "timed_in_r"]

# Base R alone writes the JSON: the only package that is needed is the one that is timed.
_PRELUDE = """
for (p in c("MASS", "survival", "quantreg"))
  suppressWarnings(suppressMessages(require(p, character.only = TRUE)))
options(warn = -1)
flat <- function(x) {
  x <- if (is.matrix(x)) as.vector(t(x)) else as.vector(x)
  paste0("[", paste(ifelse(is.finite(x), sprintf("%.17g", x), "null"), collapse = ", "), "]")
}
object <- function(values, names) paste0("{", paste(sprintf('"%s": %s', names, values), collapse = ", "), "}")
"""
_TIMED = """
suppressMessages(library(mediation))
set.seed(SEED)
PREPARE
set.seed(SEED)
taken <- system.time(result <- CALL)
status <- if (file.exists("/proc/self/status")) readLines("/proc/self/status") else ""
peak <- as.numeric(gsub("[^0-9]", "", grep("^VmHWM", status, value = TRUE))) / 1024
kept <- names(result)[vapply(result, is.numeric, NA) & !grepl("[.]sims$", names(result))]
seconds <- taken[["user.self"]] + taken[["sys.self"]]
cat(object(c(flat(seconds), flat(taken[["elapsed"]]), flat(peak),
             object(vapply(result[kept], flat, ""), kept)),
           c("seconds", "clock", "peak_mb", "numbers")), "\\n")
"""
_FITTED = """
one <- function(fit) {
  # Ends and log scales are estimates as well; a quantile regression has no covariance to compare.
  estimates <- c(coef(fit), fit$zeta, if (inherits(fit, "survreg")) log(fit$scale))
  se <- if (inherits(fit, "rq")) summary(fit, se = "iid")$coefficients[, 2] else sqrt(diag(vcov(fit)))
  object(c(flat(estimates), flat(se)), c("coef", "se"))
}
cat("[", paste(vapply(list(MODELS), one, ""), collapse = ", "), "]\\n")
"""


@cache
def r_package() -> str | None:
    """Return the versions of R and its `mediation`, or None where they are not both installed."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    code = 'cat(as.character(getRversion()), as.character(packageVersion("mediation")))'
    told = subprocess.run([rscript, "-e", code], capture_output=True, text=True, check=False)
    if told.returncode:
        return None
    r, package = told.stdout.split()
    return f"R {r}, mediation {package}"


def timed_in_r(case: Workload, study: Study) -> dict[str, Any]:
    """Run a workload in R with `r_draws` draws: its seconds, scaled to all draws, peak memory and numbers."""
    draws = case.r_draws or case.sims
    call = case.task.r_call(study, draws, case.options)
    script = _TIMED.replace("SEED", str(SEED)).replace("PREPARE", case.task.r_prepare(study))
    told = _run(_models(study) + script.replace("CALL", call), study)
    scale = case.sims / draws
    return {
        "seconds": told["seconds"][0] * scale,
        "clock": told["clock"][0] * scale,
        "peak_mb": told["peak_mb"][0] if told["peak_mb"] else None,
        "draws": draws,
        "numbers": {name: np.array(values, dtype=float) for name, values in told["numbers"].items()},
    }


def fits_in_r(study: Study) -> list[dict[str, list[float]]]:
    """Fit the models of a study in R: estimates and standard errors of each."""
    names = ", ".join(f"m{place}" for place, _ in enumerate(study.r_models, 1))
    return _run(_models(study) + _FITTED.replace("MODELS", names), study)


def _models(study: Study) -> str:
    """Return R code that fits the models ``m1``, ``m2``, ... to ``d``."""
    return "".join(f"m{place} <- {call}\n" for place, call in enumerate(study.r_models, 1))


def _reading(path: Path, data: pd.DataFrame) -> str:
    """Return R code that reads the data, with the levels of factors in their order."""
    lines = [f'd <- read.csv("{path}")']
    for name, column in data.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            levels = ", ".join(json.dumps(str(level), ensure_ascii=False) for level in column.cat.categories)
            lines.append(f"d${name} <- factor(d${name}, levels = c({levels}))")
    return "\n".join(lines) + "\n"


def _run(script: str, study: Study) -> Any:
    """Run R code on the data of a study and return what it wrote; R's own message if it failed."""
    with tempfile.TemporaryDirectory() as folder:
        table, code = Path(folder) / "data.csv", Path(folder) / "script.R"
        study.data.to_csv(table, index=False)
        code.write_text(_PRELUDE + _reading(table, study.data) + script, encoding="utf-8")
        told = subprocess.run(["Rscript", str(code)], capture_output=True, text=True, check=False)
    if told.returncode:
        raise RuntimeError(f"R: {' '.join(told.stderr.split())[-200:]}")
    return json.loads(told.stdout.strip().splitlines()[-1])
