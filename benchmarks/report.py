"""Write docs/performance.md, its plots and the table of the README from the records: `make bench-report`.

python benchmarks/report.py [--check]
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from string import Template

from plots import DOCS, FIGURES, described, save
from record import PROVENANCE, last, rows_of
from scaling import KINDS, SCALING
from simulate import COVERAGE, RUNS
from workloads import WORKLOADS, Workload

HERE = Path(__file__).resolve().parent
PAGE, README = DOCS / "performance.md", HERE.parent / "README.md"
BEGIN, END = (
    "<!-- written by `make bench-report` -->\n\n",
    "\n\n<!-- end of what `make bench-report` writes -->",
)
OF_README = (
    *("W1", "W2", "W3", "W4", "W4b", "W5", "W6", "W7", "W8d", "W8b", "W9", "W10", "W10c", "W11g", "W11g-1e6"),
)
NOMINAL = 0.95
COUNTS = ("data sets", "ms")  # columns of simulations that are no shares
Row = dict[str, str]
Results = dict[tuple[str, str], Row]


def reported() -> Results:
    """Return the last reported row of each workload and tool."""
    rows = [row for row in rows_of(HERE / "results.csv") if row["reported"] == "True"]
    return {(row["case"], row["tool"]): row for row in last(rows, "case", "tool")}


def swept() -> list[Row]:
    """Return the last measurement of each point of the sweeps."""
    return last(rows_of(SCALING), "sweep", "kind", "n", "sims")


def number(value: str | float | None, digits: int = 2) -> str:
    """Return a number with some digits and separated thousands; nothing where there is none."""
    if value is None or value == "":
        return ""
    value = float(value)
    if value == 0:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{round(value, digits - 1 - math.floor(math.log10(abs(value)))):,.{places}f}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    """Return a Markdown table, of which the first columns are texts and the others numbers."""
    rule = ["---"] * texts + ["---:"] * (len(header) - texts)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *rows))


def told(rows: Iterable[Row]) -> str:
    """Tell when, at which commits and with what rows were measured."""
    found = list(dict.fromkeys(tuple(row[name] for name in PROVENANCE) for row in rows))
    lines = []
    for day, commit, machine, python, *packages in found:
        versions = ", ".join(f"{name} {v}" for name, v in zip(PROVENANCE[4:], packages, strict=True))
        lines.append(f"{spelt(day)}, commit {commit}: {machine}; Python {python}, {versions}.")
    return "\n".join(lines if len(lines) == 1 else (f"* {line}" for line in lines))


def spelt(day: str) -> str:
    """Return a date in words."""
    value = date.fromisoformat(day)
    return f"{value.day} {value:%B} {value.year}"


def of_r(case: Workload, results: Results) -> Row | None:
    """Return the row of R's own run, if it was made together with ours."""
    ours, theirs = results[case.name, "pymediation"], results.get((case.name, "R"))
    together = theirs is not None and all(ours[name] == theirs[name] for name in ("date", "commit"))
    return theirs if together else None


def times_r(case: Workload, results: Results) -> float | None:
    """Return how many times faster than R a workload ran: in one run, or in units of two machines."""
    ours, theirs = results[case.name, "pymediation"], of_r(case, results)
    if theirs is not None and theirs["ok"] == "True":
        return float(theirs["seconds"]) / float(ours["seconds"])
    return float(ours["r_units"]) / float(ours["units"]) if ours["r_units"] else None


def r_seconds(case: Workload, results: Results) -> str:
    """Return R's seconds, with a mark where they were measured in the same run, or how R failed."""
    theirs = of_r(case, results)
    if theirs is None:
        return "" if case.r_seconds is None else f"{case.r_seconds:,g}"
    return f"{number(theirs['seconds'], 3)}\\*" if theirs["ok"] == "True" else f"fails: {theirs['error']}"


def added(row: Row) -> float:
    """Return the memory that a call added to what was in use."""
    return max(0.0, float(row["peak_mb"]) - float(row["base_mb"]))


def beside(shown: str, value: float | None, aim: float | None, *, at_least: bool = False) -> str:
    """Return a figure and, in brackets, what it is to be; in bold if it is not."""
    if aim is None:
        return shown
    missed = value is None or (value < aim if at_least else value > aim)
    return f"**{shown}** ({aim:,.0f})" if missed else f"{shown} ({aim:,.0f})"


def effects_apart(case: Workload, results: Results) -> str:
    """Return how far effects are from R's, with a mark if R's run was of models of the same kinds."""
    theirs, ours = of_r(case, results), results[case.name, "pymediation"]
    row = theirs if theirs is not None and theirs["ok"] == "True" else ours
    mark = "†" if row["effects_with"].startswith("same kinds") else ""
    return f"{apart(row['effects_apart'])}{mark}"


def apart(value: str) -> str:
    """Return a difference to one digit, or what tells that there was nothing to compare with."""
    return f"{float(value):.0e}" if value else "–"


def workloads_table(results: Results) -> str:
    """Return the table of all workloads."""
    header = ("case", "models", "rows", "seconds", "units", "R s", "x R", "MB", "+MB", "effects", "fits")
    rows = []
    for case in WORKLOADS:
        row = results.get((case.name, "pymediation"))
        if row is None:
            continue
        if row["ok"] != "True":
            rows.append([case.name, case.what, f"fails: {row['error']}", *[""] * (len(header) - 3)])
            continue
        units, ratio, more = float(row["units"]), times_r(case, results), added(row)
        # Where R has no time there is nothing to be faster than.
        faster = case.faster_than_r if case.r_seconds is not None else None
        cells = [
            *(case.name, case.what, f"{case.n:,}", number(row["seconds"])),
            beside(number(units), units, case.budget),
            r_seconds(case, results),
            beside(number(ratio), ratio, faster, at_least=True),
            f"{float(row['peak_mb']):,.0f}",
            beside(f"{more:,.0f}", more, case.memory),
            *(effects_apart(case, results), apart(row["fits_apart"])),
        ]
        rows.append(cells)
    return table(header, rows, texts=2)


def peers_table(results: Results) -> str:
    """Return the table of the other packages."""
    rows = []
    for case in WORKLOADS:
        ours = results.get((case.name, "pymediation"))
        cells = [
            cell
            for tool in ("statsmodels", "pingouin")
            for cell in peer(results.get((case.name, tool)), ours)
        ]
        if any(cells):
            rows.append([case.name, case.what, f"{case.n:,}", number(ours and ours["seconds"]), *cells])
    header = ("case", "models", "rows", "pymediation s", "statsmodels s", "x", "pingouin s", "x")
    return table(header, rows, texts=2)


def peer(row: Row | None, ours: Row | None) -> tuple[str, str]:
    """Return the seconds of another package, and how many times ours that is."""
    if row is None or ours is None:
        return "", ""
    if row["ok"] != "True":
        return f"fails: {row['error']}", ""
    return number(row["seconds"]), number(float(row["units"]) / float(ours["units"]))


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the exponent between the last two points."""
    (x0, y0), (x1, y1) = points[-2:]
    return math.log(y1 / y0) / math.log(x1 / x0)


def scaling_table(rows: list[Row]) -> str:
    """Return costs per row and draw, and exponents, from the largest sizes."""
    lines = []
    for name, kind in KINDS.items():
        found = {
            (row["sweep"], int(row["n"] if row["sweep"] == "rows" else row["sims"])): row
            for row in rows
            if row["kind"] == name
        }
        sweeps = {
            sweep: [(size, float(row["seconds"])) for (s, size), row in sorted(found.items()) if s == sweep]
            for sweep in ("rows", "draws")
        }
        largest = found["rows", max(size for sweep, size in found if sweep == "rows")]
        cells = float(largest["n"]) * float(largest["sims"])
        only = "" if kind.r_rows is None else f" at {kind.r_rows} rows"
        memory = f"{float(largest['r_low_mb']) / 1000:,.0f} to {float(largest['r_high_mb']) / 1000:,.0f} GB"
        lines.append(
            [
                *(kind.name, number(1e9 * float(largest["seconds"]) / cells), f"{kind.r_ns:,g}{only}"),
                *(f"{slope(sweeps[sweep]):.2f}" for sweep in ("rows", "draws")),
                *(f"{float(largest['peak_mb']):,.0f} MB", memory),
            ]
        )
    header = ("models", "ns per row and draw", "in R", "exponent of rows", "of draws", "memory", "in R")
    return table(header, lines)


def overhead_table(rows: list[Row]) -> str:
    """Return what small calls cost."""
    return table(("", "", ""), ([row["what"], number(row["value"]), row["unit"]] for row in rows))


def coverage_table(name: str, rows: list[Row]) -> str:
    """Return the last recorded table of a simulation, and what its figures are exact to."""
    found = {(row["row"], row["column"]): row for row in rows if row["simulation"] == name}
    lines = dict.fromkeys(row for row, _ in found)
    columns = sorted(dict.fromkeys(column for _, column in found), key=lambda column: column in COUNTS)
    cells = [[line, *(counted(column, found.get((line, column))) for column in columns)] for line in lines]
    runs = int(next(iter(found.values()))["runs"])
    error = math.sqrt(NOMINAL * (1 - NOMINAL) / runs)
    return (
        f"{table(('', *columns), cells)}\n\n{runs:,} data sets; simulation error of a coverage {error:.3f}."
    )


def counted(column: str, row: Row | None) -> str:
    """Return a cell of a simulation: a share or a bias, or a count."""
    return "" if row is None else f"{float(row['value']):.{0 if column in COUNTS else 3}f}"


def page() -> str:
    """Return the report."""
    results, scaling = reported(), swept()
    coverage = last(rows_of(COVERAGE), "simulation", "row", "column")
    small = last(rows_of(HERE / "overhead.csv"), "what")
    versions = {row["version"] for row in results.values() if row["version"]}
    of_ours = [row for (_, tool), row in results.items() if tool == "pymediation"]
    words = Template((HERE / "performance.template").read_text(encoding="utf-8"))
    return words.substitute(
        measured=told(of_ours),
        r="; ".join(sorted(versions)) or "no R with its package was there: R's seconds are those recorded",
        workloads=workloads_table(results),
        peers=peers_table(results),
        scaling=scaling_table(scaling),
        overhead=overhead_table(small),
        swept=told(scaling),
        simulated=told(coverage),
        **{plot.file.split("-")[1].removesuffix(".svg"): f"![{plot.alt}]({plot.file})" for plot in FIGURES},
        **{f"coverage_{name}": coverage_table(name, coverage) for name in RUNS},
    )


def readme(text: str) -> str:
    """Return the README with its table of speeds written anew."""
    results = reported()
    cases = [case for case in WORKLOADS if case.name in OF_README and (case.name, "pymediation") in results]
    days = sorted({results[case.name, "pymediation"]["date"] for case in cases})
    rows = []
    for case in cases:
        row = results[case.name, "pymediation"]
        _, statsmodels = peer(results.get((case.name, "statsmodels")), row)
        faster = number(times_r(case, results)) or "R would need 130 GB"
        rows.append([case.what, f"{case.n:,}", number(row["seconds"]), faster, statsmodels])
    when = f"Measured on {' and '.join(map(spelt, days))} ({row['machine']}, Python {row['python']}):"
    header = ("models", "rows", "seconds", "x R", "x statsmodels")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}{when}\n\n{table(header, rows)}{END}{rest.split(END)[1]}"


def stale() -> list[str]:
    """Return what is not as the records have it."""
    from figures import noted

    rows, text = swept(), README.read_text(encoding="utf-8")
    found = [] if PAGE.read_text(encoding="utf-8") == page() else [PAGE.name]
    found += [] if text == readme(text) else [README.name]
    return found + [
        plot.file
        for plot in FIGURES
        if noted((DOCS / plot.file).read_text(encoding="utf-8")) != described(plot, rows)
    ]


def main() -> None:
    """Write the report, or tell whether it is up to date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if something is out of date"
    )
    sys.path.append(str(DOCS))
    if parser.parse_args().check:
        outdated = stale()
        sys.exit(f"Out of date, run `make bench-report`: {', '.join(outdated)}" if outdated else 0)
    PAGE.write_text(page(), encoding="utf-8")
    README.write_text(readme(README.read_text(encoding="utf-8")), encoding="utf-8")
    for plot in FIGURES:
        save(plot, swept())


if __name__ == "__main__":
    main()
