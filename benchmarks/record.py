"""The records: CSV files to which every run appends, and what is written beside each row."""

from __future__ import annotations

import csv
import os
import platform
import subprocess
import time
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

__all__ = ["PROVENANCE", "append", "last", "rows_of"]

HERE = Path(__file__).resolve().parent
PROVENANCE = ("date", "commit", "machine", "python", "numpy", "scipy", "pandas", "statsmodels")


@cache
def provenance() -> dict[str, str]:
    """Return date, commit, kind of machine and versions; nothing that names the machine."""
    git = ["git", "-C", str(HERE), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    packages = {name: version(name) for name in ("numpy", "scipy", "pandas", "statsmodels")}
    machine = f"{_processor()}, {os.cpu_count()} cores, {platform.system()}"
    known = {"date": time.strftime("%Y-%m-%d"), "commit": commit, "machine": machine}
    return known | {"python": platform.python_version()} | packages


def _processor() -> str:
    """Return the processor's model name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def rounded(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with four digits of each float."""
    return {key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in row.items()}


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a record; none if there is no file yet."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def last(rows: Iterable[Mapping[str, str]], *names: str) -> list[dict[str, str]]:
    """Return the last of the rows that agree in some columns, in the order of the first of them."""
    return list({tuple(row[name] for name in names): dict(row) for row in rows}.values())


def append(path: Path, columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> None:
    """Append rows, with date, commit and versions, to a record; with a header if the file is new."""
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        names = (*PROVENANCE, *columns)
        writer = csv.DictWriter(file, names, extrasaction="ignore", restval="", lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerows(provenance() | rounded(row) for row in rows)
