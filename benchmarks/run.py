"""Time ``mediate`` against R's recorded seconds and statsmodels' own class; see README.md."""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure import R_UNIT, measure_case, overhead_and_imports, provenance
from workloads import WORKLOADS, Workload

HERE = Path(__file__).resolve().parent
COLUMNS = (
    *("date", "commit", "machine", "python", "numpy", "scipy", "pandas", "statsmodels"),
    *("case", "tool", "n", "sims", "seconds", "r_seconds", "units", "r_units", "base_mb", "peak_mb"),
    *("ok", "error", "clock"),
)
OVERHEAD = "overhead"  # in place of a case: what small calls and imports cost
HEADER = (
    *("case", "what", "n", "tool", "seconds", "clock", "units", "(aim)", "R s", "x R", "(aim)"),
    *("MB", "+MB"),
)


def main() -> None:
    """Run what was asked for, print the table, append it to the record."""
    options = _parser().parse_args()
    if options.child:
        case, tool = options.child
        print(json.dumps(overhead_and_imports() if case == OVERHEAD else measure_case(_by_name(case), tool)))
        return
    rows = []
    print(_line(HEADER))
    for case, tool in _chosen(options.short, options.only):
        record = _measured(case, tool)
        rows.append(_row(case, record))
        print(_line(_cells(case, record)), flush=True)
    if not options.only:
        print()
        for what, value, unit in _in_process(OVERHEAD, "pymediation"):
            print(f"{what:<42}{value:>8.3g} {unit}")
    _append(options.csv, rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="leave out W10c and a million rows")
    parser.add_argument("--only", nargs="+", metavar="CASE", help="these cases only, e.g. W1 W4")
    parser.add_argument(
        "--csv", type=Path, default=HERE / "results.csv", help="file to append to (default: %(default)s)"
    )
    parser.add_argument("--child", nargs=2, metavar=("CASE", "TOOL"), help=argparse.SUPPRESS)
    return parser


def _by_name(name: str) -> Workload:
    return next(case for case in WORKLOADS if case.name == name)


def _chosen(short: bool, only: list[str] | None) -> Iterator[tuple[Workload, str]]:
    """Yield cases and tools in the order in which they run."""
    for case in WORKLOADS:
        if (case.name not in only) if only else (short and not case.short):
            continue
        yield case, "pymediation"
        if case.peer_sims is not None:
            yield case, "statsmodels"
        if case.pingouin:
            yield case, "pingouin"


def _measured(case: Workload, tool: str) -> dict[str, Any]:
    """Measure a workload; a process that dies is a result as well."""
    try:
        return _in_process(case.name, tool)
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["no message"])[-1]
        return {"tool": tool, "ok": False, "error": f"exit {error.returncode}: {reason[:200]}"}


def _in_process(case: str, tool: str) -> Any:
    """Measure in a fresh process with one BLAS thread, so that peak memory is that of the case alone."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH")])),
        **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    }
    command = [sys.executable, str(HERE / "run.py"), "--child", case, tool]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(run.stdout.splitlines()[-1])


def _r_units(case: Workload) -> float | None:
    """Return R's time in the units of the machine that R ran on."""
    return None if case.r_seconds is None else case.r_seconds / (R_UNIT * case.n * case.sims)


def _row(case: Workload, record: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the record."""
    known = provenance() | {"case": case.name, "n": case.n, "sims": case.sims, "r_seconds": case.r_seconds}
    rounded = {
        key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in record.items()
    }
    r_units = _r_units(case)
    return known | rounded | {"r_units": None if r_units is None else float(f"{r_units:.4g}")}


def _cells(case: Workload, record: dict[str, Any]) -> tuple[str, ...]:
    """Return the cells of a printed line."""
    size = f"{case.n:g}" if case.n >= 100_000 else str(case.n)
    head = (case.name, case.what, size)
    if not record["ok"]:
        return (*head, record.get("tool", ""), f"FAILED {record['error']}")
    r_units, ours = _r_units(case), record["tool"] == "pymediation"
    return (
        *head,
        record["tool"] + ("" if ours else "*"),
        f"{record['seconds']:.3g}",
        f"{record['clock']:.3g}",
        f"{record['units']:.3g}",
        _aim(case.budget, ours),
        "-" if case.r_seconds is None else f"{case.r_seconds:g}",
        "-" if r_units is None else f"{r_units / record['units']:.3g}",
        _aim(case.faster_than_r, ours),
        f"{record['peak_mb']:.0f}",
        f"{record['peak_mb'] - record['base_mb']:.0f}",
    )


def _aim(value: float | None, ours: bool) -> str:
    return f"({value:g})" if value is not None and ours else ""


def _line(cells: tuple[str, ...]) -> str:
    widths = (9, 40, 6, 13, 8, 8, 7, 6, 6, 7, 6, 6, 6)
    texts, numbers = cells[:4], cells[4:]
    left = [cell.ljust(width) for cell, width in zip(texts, widths, strict=False)]
    return " ".join([*left, *(cell.rjust(width) for cell, width in zip(numbers, widths[4:], strict=False))])


def _append(path: Path, rows: list[dict[str, Any]]) -> None:
    """Append rows to the record, with a header if the file is new."""
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", restval="", lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
