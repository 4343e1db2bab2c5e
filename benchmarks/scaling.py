"""Time against rows, time against draws, memory against rows: one analysis per process, for plots.

python benchmarks/scaling.py     # appends a sweep of all kinds to scaling.csv
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import studies
from record import append
from studies import SEED, Study
from tasks import MEDIATE
from timing import in_process, in_use_mb, peak_mb, times_of, unit_seconds

__all__ = ["COLUMNS", "KINDS", "SCALING", "Kind"]

SCALING = Path(__file__).resolve().parent / "scaling.csv"
COLUMNS = (
    *("sweep", "kind", "n", "sims", "seconds", "clock", "unit_ns", "base_mb", "peak_mb"),
    *("r_low_mb", "r_high_mb"),
)
ROWS, DRAWS = (300, 3_000, 30_000, 300_000), (100, 1_000, 10_000, 100_000)
FEW_ROWS, FEW_DRAWS = 1_000, 1_000  # what the sweep of the other holds
R_BASE_MB, R_BYTES = 240, (127, 176)  # of R with its package loaded; per row and draw
LONG = 1.0  # seconds after which one run is enough


@dataclass(frozen=True, slots=True)
class Kind:
    """A pair of models and a method.

    Attributes
    ----------
    name : str
    study : callable
        ``study(n)``.
    r_ns : float
        What R needs per row and draw, in nanoseconds, on the machine where its unit took 12.6 ns.
    r_rows : int or None
        The only number of rows for which that is known; None where R's time is linear in the rows.
    options : dict
    """

    name: str
    study: Callable[[int], Study]
    r_ns: float
    r_rows: int | None = None
    options: dict[str, Any] = field(default_factory=dict)


KINDS = {
    "lm": Kind("lm, lm", partial(studies.linear, p=3, interaction=False), 900),
    "interaction": Kind("lm, lm, interaction", partial(studies.linear, p=3, interaction=True), 900),
    "logit": Kind("logit, logit", partial(studies.logistic, p=3), 1_450),
    "probit": Kind("lm, probit", partial(studies.binary_outcome, p=3), 12_000, r_rows=265),
    "bootstrap": Kind(
        "lm, lm, interaction; bootstrap",
        partial(studies.linear, p=10, interaction=True),
        4_000,
        options={"boot": True},
    ),
}


def points() -> Iterator[tuple[str, str, int, int]]:
    """Yield sweep, kind, rows and draws."""
    for kind in KINDS:
        yield from (("rows", kind, n, FEW_DRAWS) for n in ROWS)
        yield from (("draws", kind, FEW_ROWS, sims) for sims in DRAWS)


def measured(name: str, n: int, sims: int) -> dict[str, Any]:
    """Time one analysis in this process."""
    from pymediation import RStream

    kind, unit = KINDS[name], unit_seconds(1_000_000) / 1_000_000
    study = kind.study(n)
    base = in_use_mb()

    def call() -> None:
        MEDIATE.run(study, sims, RStream(SEED), kind.options)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        times = times_of(call, 1)
        if times[0] < LONG:
            times = times_of(call, 5)
    low, high = (R_BASE_MB + bytes_ * n * sims / 1e6 for bytes_ in R_BYTES)
    found = {"seconds": times[0], "clock": times[1], "unit_ns": 1e9 * unit}
    return found | {"base_mb": base, "peak_mb": peak_mb(), "r_low_mb": low, "r_high_mb": high}


def main() -> None:
    """Measure every point and append it to the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--csv", type=Path, default=SCALING)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        name, n, sims = options.child
        print(json.dumps(measured(name, int(n), int(sims))))
        return
    for sweep, name, n, sims in points():
        found = in_process("scaling.py", "--child", name, str(n), str(sims))
        append(options.csv, COLUMNS, [{"sweep": sweep, "kind": name, "n": n, "sims": sims} | found])
        line = "{seconds:>9.3g} s {peak_mb:>7.0f} MB".format(**found)
        print(f"{sweep:<6} {name:<12} {n:>7} {sims:>7} {line}", flush=True)


if __name__ == "__main__":
    main()
