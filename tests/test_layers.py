"""Which packages may import which: data flow in one direction, from models to analyses to R's names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import pymediation

PACKAGE = Path(pymediation.__file__).parent
# The dialect gives R's names to all functions, so that only what replays R scripts may stand above it.
ABOVE_THE_DIALECT = ("r", "jss")
# Everything that analyses mediation, which R's model functions know nothing of.
ANALYSES = ("batches", "hypothesis_tests", "imputation", "mediation", "r", "results", "sensitivity")


def imported(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports anywhere, in functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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


def test_nothing_below_imports_the_dialect():
    found = importers("r", PACKAGE.rglob("*.py"))
    assert {file for file in found if file.partition("/")[0] not in ABOVE_THE_DIALECT} == set()
    assert "r/__init__.py" in found  # the search does find imports


@pytest.mark.parametrize("part", ANALYSES)
def test_model_functions_know_no_analysis(part):
    assert importers(part, (PACKAGE / "rmodels").glob("*.py")) == set()
