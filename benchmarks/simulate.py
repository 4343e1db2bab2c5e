"""Run the simulations of bias and coverage, each in its own process; append their tables to coverage.csv.

python benchmarks/simulate.py [--only multilevel] [--share 0.1]
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib import import_module
from pathlib import Path

from record import append

__all__ = ["COLUMNS", "COVERAGE", "RUNS"]

COVERAGE = Path(__file__).resolve().parent / "coverage.csv"
COLUMNS = ("simulation", "runs", "row", "column", "value")
# Simulated data sets of each cell; the longest simulation comes first.
RUNS = {"multilevel": 400, "imputation": 1000, "sensitivity": 400, "mechanisms": 1000, "experiments": 400}


def simulated(name: str, runs: int) -> list[dict[str, object]]:
    """Return the rows of one simulation."""
    warnings.simplefilter("ignore")
    cells = import_module(f"simulations.{name}").simulated(runs)
    return [
        {"simulation": name, "runs": runs, "row": row, "column": column, "value": value}
        for row, column, value in cells
    ]


def main() -> None:
    """Run what was asked for on all cores."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=RUNS, default=list(RUNS))
    parser.add_argument("--share", type=float, default=1.0, help="of the data sets, for a shorter run")
    parser.add_argument("--csv", type=Path, default=COVERAGE)
    options = parser.parse_args()
    os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    began = time.perf_counter()
    with ProcessPoolExecutor() as pool:
        given = {name: max(2, round(RUNS[name] * options.share)) for name in options.only}
        waiting = {pool.submit(simulated, name, runs): name for name, runs in given.items()}
        for done in as_completed(waiting):
            append(options.csv, COLUMNS, done.result())
            print(
                f"{waiting[done]}: {given[waiting[done]]} data sets, {time.perf_counter() - began:.0f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
