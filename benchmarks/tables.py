"""The tables of the report, in Markdown, from rows of the records."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date

from record import PROVENANCE
from scaling import KINDS, Kind
from workloads import WORKLOADS, Workload

__all__ = [
    "Results",
    "Row",
    "coverage_table",
    "overhead_table",
    "peers_table",
    "scaling_table",
    "speeds_table",
    "spelt",
    "told",
    "workloads_table",
]

NOMINAL = 0.95
COUNTS = ("data sets", "ms")  # columns of simulations that are no shares
Row = dict[str, str]
Results = dict[tuple[str, str], Row]


def number(value: str | float | None, digits: int = 2) -> str:
    """Return a number with some digits and separated thousands; nothing where there is none."""
    if value is None or value == "":
        return ""
    value = float(value)
    if value == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, places):,.{max(0, places)}f}"


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
            seconds = None if ours is None else ours["seconds"]
            rows.append([case.name, case.what, f"{case.n:,}", number(seconds), *cells])
    header = ("case", "models", "rows", "pymediation s", "statsmodels s", "x", "pingouin s", "x")
    return table(header, rows, texts=2)


def speeds_table(cases: Iterable[Workload], results: Results) -> str:
    """Return the table of the README, for people who have not read what units are."""
    rows = []
    for case in cases:
        row = results[case.name, "pymediation"]
        _, statsmodels = peer(results.get((case.name, "statsmodels")), row)
        faster = number(times_r(case, results)) or "R would need 130 GB"
        rows.append([case.what, f"{case.n:,}", number(row["seconds"]), faster, statsmodels])
    return table(("models", "rows", "seconds", "x R", "x statsmodels"), rows)


def peer(row: Row | None, ours: Row | None) -> tuple[str, str]:
    """Return the seconds of another package, and how many times ours that is."""
    if row is None or ours is None:
        return "", ""
    if row["ok"] != "True":
        return f"fails: {row['error']}", ""
    return number(row["seconds"]), number(float(row["units"]) / float(ours["units"]))


def scaling_table(rows: list[Row]) -> str:
    """Return costs per row and draw, and exponents, from the largest sizes."""
    header = ("models", "ns per row and draw", "in R", "exponent of rows", "of draws", "memory", "in R")
    found = ([row for row in rows if row["kind"] == name] for name in KINDS)
    return table(header, map(scaling_cells, KINDS.values(), found))


def scaling_cells(kind: Kind, rows: list[Row]) -> tuple[str, ...]:
    """Return the cells of one kind of models from its measurements."""
    by_rows, by_draws = (
        sorted((row for row in rows if row["sweep"] == sweep), key=lambda row: int(row[size]))
        for sweep, size in (("rows", "n"), ("draws", "sims"))
    )
    largest = by_rows[-1]
    only = "" if kind.r_rows is None else f" at {kind.r_rows} rows"
    return (
        kind.name,
        number(1e9 * float(largest["seconds"]) / (float(largest["n"]) * float(largest["sims"]))),
        f"{kind.r_ns:,g}{only}",
        f"{slope(by_rows, 'n'):.2f}",
        f"{slope(by_draws, 'sims'):.2f}",
        f"{float(largest['peak_mb']):,.0f} MB",
        f"{float(largest['r_low_mb']) / 1000:,.0f} to {float(largest['r_high_mb']) / 1000:,.0f} GB",
    )


def slope(rows: Sequence[Row], size: str) -> float:
    """Return the exponent of the time between the last two sizes."""
    before, after = rows[-2:]
    time, growth = (math.log(float(after[column]) / float(before[column])) for column in ("seconds", size))
    return time / growth


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
