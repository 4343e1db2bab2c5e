"""Write docs/performance.md, its plots and the table of the README from the records: `make bench-report`.

python benchmarks/report.py [--check]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from string import Template

from plots import DOCS, FIGURES, is_current, save
from record import last, rows_of
from scaling import SCALING
from simulate import COVERAGE, RUNS
from tables import (
    Results,
    Row,
    coverage_table,
    overhead_table,
    peers_table,
    scaling_table,
    speeds_table,
    spelt,
    told,
    workloads_table,
)
from workloads import WORKLOADS

HERE = Path(__file__).resolve().parent
PAGE, README = DOCS / "performance.md", HERE.parent / "README.md"
BEGIN = "<!-- written by `make bench-report` -->\n\n"
END = "\n\n<!-- end of what `make bench-report` writes -->"
OF_README = (
    *("W1", "W2", "W3", "W4", "W4b", "W5", "W6", "W7", "W8d", "W8b", "W9", "W10", "W10c", "W11g", "W11g-1e6"),
)


def reported() -> Results:
    """Return the last reported row of each workload and tool."""
    rows = [row for row in rows_of(HERE / "results.csv") if row["reported"] == "True"]
    return {(row["case"], row["tool"]): row for row in last(rows, "case", "tool")}


def swept() -> list[Row]:
    """Return the last measurement of each point of the sweeps."""
    return last(rows_of(SCALING), "sweep", "kind", "n", "sims")


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
    of_ours = [results[case.name, "pymediation"] for case in cases]
    days = " and ".join(map(spelt, sorted({row["date"] for row in of_ours})))
    when = f"Measured on {days} ({of_ours[-1]['machine']}, Python {of_ours[-1]['python']}):"
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}{when}\n\n{speeds_table(cases, results)}{END}{rest.split(END)[1]}"


def stale() -> list[str]:
    """Return what is not as the records have it."""
    rows, text = swept(), README.read_text(encoding="utf-8")
    found = [] if PAGE.read_text(encoding="utf-8") == page() else [PAGE.name]
    found += [] if text == readme(text) else [README.name]
    return found + [plot.file for plot in FIGURES if not is_current(plot, rows)]


def main() -> None:
    """Write the report, or tell whether it is up to date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if something is out of date"
    )
    if parser.parse_args().check:
        outdated = stale()
        sys.exit(f"Out of date, run `make bench-report`: {', '.join(outdated)}" if outdated else 0)
    PAGE.write_text(page(), encoding="utf-8")
    README.write_text(readme(README.read_text(encoding="utf-8")), encoding="utf-8")
    for plot in FIGURES:
        save(plot, swept())


if __name__ == "__main__":
    main()
