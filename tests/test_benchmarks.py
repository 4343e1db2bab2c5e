"""The benchmarks: the report is that of the records, and R is timed where it has the package."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"

# Functions of the names and arguments of R's package, with results of its shape and none of its numbers.
STAND_IN = """
pair <- function(value) c(value - 1, value + 1)
mediate <- function(model.m, model.y, sims, treat, mediator, robustSE = FALSE) {
  stopifnot(inherits(model.m, "lm"), inherits(model.y, "glm"), sims == 1000, robustSE, nlevels(d$educ) == 4)
  list(d0 = unname(coef(model.m)[treat]), d0.ci = pair(0), tau.coef = NA, tau.ci = c(NA, NA), d0.sims = 1:3)
}
multimed <- function(...) stop("no resample had both levels")
"""


def child(case: str, tool: str, **environment: str) -> dict[str, Any]:
    """Measure a case in a process of its own."""
    command = [sys.executable, str(BENCHMARKS / "run.py"), "--child", case, tool]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(told.stdout)


def test_the_report_is_that_of_the_records() -> None:
    command = [sys.executable, str(BENCHMARKS / "report.py"), "--check"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Install a package that is called as R's is, and return the library that holds it."""
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    source, target = (tmp_path_factory.mktemp(name) for name in ("source", "library"))
    (source / "R").mkdir()
    (source / "R" / "all.R").write_text(STAND_IN)
    (source / "NAMESPACE").write_text("export(mediate, multimed)\n")
    (source / "DESCRIPTION").write_text("Package: mediation\nVersion: 0.0.1\nTitle: T\nLicense: BSD\n")
    command = ["R", "CMD", "INSTALL", "--no-docs", "--no-test-load", f"--library={target}", str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return str(target)


def test_r_is_timed_on_the_same_data_and_compared(library: str) -> None:
    record = child("W1", "R", R_LIBS=library)
    assert record["ok"], record["error"]
    assert record["version"].endswith("mediation 0.0.1")
    assert record["seconds"] >= 0
    assert record["peak_mb"] > 10
    # Its "effect" is a coefficient of R's fit, 1.3386, and ours the ACME, 0.08; an error is 2 / 3.92. The
    # ends of its interval, -1 and 1, are nearer to ours.
    assert 2.3 < record["effects_apart"] < 2.6


def test_r_that_stops_is_shown_as_failing(library: str) -> None:
    record = child("W9", "R", R_LIBS=library)
    assert not record["ok"]
    assert "no resample had both levels" in record["error"]


def test_our_numbers_are_those_of_r() -> None:
    record = child("W9", "pymediation")
    assert record["ok"], record["error"]
    assert record["effects_apart"] < 1e-10
    assert record["effects_with"] == "same models, 100 draws"
