"""Which packages may import which: data flow in one direction, from models to analyses to R's names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import pymediation

PACKAGE = Path(pymediation.__file__).parent
# The dialect gives R's names to all functions, so that only what replays R scripts may stand above it.
ABOVE_THE_DIALECT = ("r", "jss")
# Everything that analyses mediation, which R's model functions know nothing of.
ANALYSES = (
    *(
        "batches",
        "hypothesis_tests",
        "imputation",
        "inference",
        "mediation",
        "multilevel",
        "preparation",
        "r",
    ),
    *("results", "sensitivity", "setting"),
)

# Rooms whose results have reports and plots.
RESULTS = (
    *("batches", "experiments", "hypothesis_tests", "imputation", "instruments", "multilevel", "multiple"),
    *("results", "sensitivity"),
)
DRAWN_OR_TOLD = r"^pymediation\..*\b(plots?|report|panels|account)\b"


def imported(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports anywhere, in functions too, but not for annotations alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    annotations = {
        node
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and ast.unparse(branch.test) == "TYPE_CHECKING"
        for node in ast.walk(branch)
    }
    for node in ast.walk(tree):
        if node in annotations:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(of: str, among: Iterator[Path]) -> set[str]:
    """Return the files that import a part of the package."""
    name = f"pymediation.{of}"
    return {
        path.relative_to(PACKAGE).as_posix()
        for path in among
        if any(module == name or module.startswith(f"{name}.") for module in imported(path))
    }


def rooms() -> dict[str, set[str]]:
    """Return the folders and files at the top of the package, each with those that it imports."""
    named = {path.stem for path in PACKAGE.iterdir() if path.is_dir() or path.suffix == ".py"} - {"__init__"}
    found: dict[str, set[str]] = {name: set() for name in named}
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room in named:
            names = {module.split(".")[1] for module in imported(path) if module.startswith("pymediation.")}
            found[room] |= names & (named - {room})
    return found


def test_rooms_import_each_other_one_way():
    """Sorting raises CycleError, which names the rooms of a loop."""
    order = list(TopologicalSorter(rooms()).static_order())
    assert (
        order.index("adapters") < order.index("setting") < order.index("inference") < order.index("results")
    )
    assert order.index("results") < order.index("multilevel") < order.index("mediation") < order.index("r")


def test_nothing_below_imports_the_dialect():
    found = importers("r", PACKAGE.rglob("*.py"))
    assert {file for file in found if file.partition("/")[0] not in ABOVE_THE_DIALECT} == set()
    assert "r/__init__.py" in found  # the search does find imports


@pytest.mark.parametrize("part", ANALYSES)
def test_model_functions_know_no_analysis(part):
    assert importers(part, (PACKAGE / "rmodels").glob("*.py")) == set()


def test_warnings_point_at_the_callers_line_wherever_they_arise():
    direct = [
        path.name for path in PACKAGE.rglob("*.py") if "warnings.warn(" in path.read_text(encoding="utf-8")
    ]
    assert direct == ["warn.py"]


def test_models_and_what_reads_them_stand_below_what_uses_them():
    assert importers("adapters", (PACKAGE / "rmodels").glob("*.py")) == set()
    for use in ("learned", "setting", "inference", "preparation"):
        assert importers(use, (PACKAGE / "adapters").glob("*.py")) == set()


@pytest.mark.parametrize("room", [*RESULTS, "mediation"])
def test_reports_and_plots_know_values_not_results(room):
    for below in ("estimates", "report", "plots"):
        assert importers(room, (PACKAGE / below).glob("*.py")) == set()


def test_estimates_are_values_that_know_no_text_and_no_picture():
    for room in ("report", "plots"):
        assert importers(room, (PACKAGE / "estimates").glob("*.py")) == set()


@pytest.mark.parametrize("room", RESULTS)
def test_results_import_reports_and_plots_openly(room):
    """An import inside a function would hide that two modules need each other."""
    hidden = [
        f"{path.name}: {node.module}"
        for path in (PACKAGE / room).glob("*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom) and re.search(DRAWN_OR_TOLD, node.module or "")
    ]
    assert hidden == []
