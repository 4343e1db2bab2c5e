"""Time the workloads here, in R where its package is installed, and in other packages; see README.md."""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure import TOOLS, measure_case
from overhead import overhead_and_imports
from record import append
from rside import r_package
from timing import R_UNIT, in_process
from workloads import WORKLOADS, Workload, workload

HERE = Path(__file__).resolve().parent
COLUMNS = (
    *("case", "tool", "n", "sims", "seconds", "r_seconds", "units", "r_units", "base_mb", "peak_mb"),
    *("ok", "error", "clock", "draws", "runs", "effects_apart", "effects_with", "fits_apart", "version"),
    "reported",
)
SMALL_COLUMNS = ("what", "value", "unit")
OVERHEAD = "overhead"  # in place of a case: what small calls and imports cost
HEADER = (
    *("case", "what", "n", "tool", "seconds", "clock", "units", "(aim)", "R s", "x R", "(aim)"),
    *("MB", "+MB", "effects", "fits"),
)


def main() -> None:
    """Run what was asked for, print the table, append it to the record."""
    options = _parser().parse_args()
    if options.child:
        case, tool = options.child
        print(json.dumps(overhead_and_imports() if case == OVERHEAD else measure_case(workload(case), tool)))
        return
    print(r_package() or "No R with mediation here: its recorded seconds are used.", _line(HEADER), sep="\n")
    for case, tool in _chosen(options.short, options.only, options.tools):
        record = _measured(case, tool)
        append(options.csv, COLUMNS, [_row(case, record) | {"reported": options.report}])
        print(_line(_cells(case, record)), flush=True)
    if not options.only:
        told = in_process("run.py", "--child", OVERHEAD, "")
        small = [dict(zip(SMALL_COLUMNS, row, strict=True)) for row in told]
        print(*("{what:<62}{value:>8.3g} {unit}".format(**row) for row in small), sep="\n")
        if options.report:
            append(HERE / "overhead.csv", SMALL_COLUMNS, small)


def _parser() -> argparse.ArgumentParser:
    """Return the reader of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="leave out W10c and a million rows")
    parser.add_argument("--only", nargs="+", metavar="CASE", help="these cases only, e.g. W1 W4")
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS), help="these tools only")
    parser.add_argument("--report", action="store_true", help="mark the rows as those that the report shows")
    parser.add_argument(
        "--csv", type=Path, default=HERE / "results.csv", help="file to append to (default: %(default)s)"
    )
    parser.add_argument("--child", nargs=2, metavar=("CASE", "TOOL"), help=argparse.SUPPRESS)
    return parser


def _chosen(short: bool, only: list[str] | None, tools: list[str]) -> Iterator[tuple[Workload, str]]:
    """Yield cases and tools in the order in which they run."""
    for case in WORKLOADS:
        if (case.name in only) if only else (case.short or not short):
            yield from ((case, tool) for tool in TOOLS if tool in tools and _can_run(case, tool))


def _can_run(case: Workload, tool: str) -> bool:
    """Whether a tool is here and has such models."""
    if tool == "R":
        return case.r_draws is not None and r_package() is not None
    return tool == "pymediation" or getattr(case, tool) is not None


def _measured(case: Workload, tool: str) -> dict[str, Any]:
    """Measure a workload; a process that dies is a result as well."""
    try:
        return in_process("run.py", "--child", case.name, tool)
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["no message"])[-1]
        return {"tool": tool, "ok": False, "error": f"exit {error.returncode}: {reason[:200]}"}


def _r_units(case: Workload) -> float | None:
    """Return R's time in the units of the machine that R ran on."""
    return None if case.r_seconds is None else case.r_seconds / (R_UNIT * case.n * case.sims)


def _row(case: Workload, record: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the record."""
    known = {"case": case.name, "n": case.n, "sims": case.sims, "r_seconds": case.r_seconds}
    return known | record | {"r_units": _r_units(case)}


def _cells(case: Workload, record: dict[str, Any]) -> tuple[str, ...]:
    """Return the cells of a printed line."""
    head = (case.name, case.what, f"{case.n:g}" if case.n >= 100_000 else str(case.n))
    if not record["ok"]:
        return (*head, record["tool"], f"FAILED {record['error']}")
    r_units, ours = _r_units(case), record["tool"] == "pymediation"
    return (
        *head,
        record["tool"] + ("*" if record["draws"] != case.sims else ""),
        f"{record['seconds']:.3g}",
        f"{record['clock']:.3g}",
        f"{record['units']:.3g}",
        _aim(case.budget, ours),
        "-" if case.r_seconds is None else f"{case.r_seconds:g}",
        "-" if r_units is None else f"{r_units / record['units']:.3g}",
        _aim(case.faster_than_r, ours),
        *_memory(record),
        *(_apart(record.get(name)) for name in ("effects_apart", "fits_apart")),
    )


def _memory(record: dict[str, Any]) -> tuple[str, str]:
    """Return peak memory and what of it the call added; R's is that of its own process."""
    if record["peak_mb"] is None or record["tool"] == "R":
        return ("-" if record["peak_mb"] is None else f"{record['peak_mb']:.0f}"), "-"
    return f"{record['peak_mb']:.0f}", f"{record['peak_mb'] - record['base_mb']:.0f}"


def _aim(value: float | None, ours: bool) -> str:
    """Return an aim in brackets; those of the package alone."""
    return f"({value:g})" if value is not None and ours else ""


def _apart(value: float | None) -> str:
    """Return a difference to one digit."""
    return "-" if value is None else f"{value:.0e}"


def _line(cells: tuple[str, ...]) -> str:
    """Return cells in columns, as many as there are."""
    widths = (9, 40, 6, 13, 8, 8, 7, 8, 6, 7, 6, 6, 6, 8, 8)
    texts, numbers = cells[:4], cells[4:]
    left = [cell.ljust(width) for cell, width in zip(texts, widths, strict=False)]
    return " ".join([*left, *(cell.rjust(width) for cell, width in zip(numbers, widths[4:], strict=False))])


if __name__ == "__main__":
    main()
