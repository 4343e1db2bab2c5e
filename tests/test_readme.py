"""The documents' Python code runs and prints what they say."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest
from documents import blocks_of, run

ROOT = Path(__file__).resolve().parents[1]
# Blocks that import one of these run where it is installed.
OPTIONAL = ("lifelines", "mord", "sklearn", "dask")
VIGNETTES = tuple(f"vignettes/{path.name}" for path in sorted((ROOT / "vignettes").glob("*.md")))
# Pages of the site that only lead to others, or are written by the benchmarks, have no code.
CONTENTS = ("guides", "vignettes", "reference", "performance")
GUIDES = tuple(
    f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")) if path.stem not in CONTENTS
)
DOCUMENTS = ("README.md", *GUIDES, *VIGNETTES)


def lines(text: str) -> list[str]:
    """Return lines without trailing blanks, which editors strip, and without empty lines at the ends."""
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def imported(code: str) -> set[str]:
    """Return the libraries that a block imports."""
    return set(re.findall(r"^(?:from|import) (\w+)", code, re.MULTILINE))


@pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_blocks_run_and_print_what_the_document_shows(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks, names = blocks_of(ROOT / name), dict[str, Any](__name__="__document__")
    assert blocks
    for block in blocks:
        if any(find_spec(library) is None for library in imported(block.code) & set(OPTIONAL)):
            continue
        printed = run(block, ROOT / name, names)
        assert lines(printed) == lines(block.output or ""), f"{name}, line {block.line}"
    plt.close("all")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_python_block_is_found(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert len(blocks_of(ROOT / name)) == text.count("```python\n")
    assert sum(block.output is not None for block in blocks_of(ROOT / name)) == text.count("```text\n")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_relative_links_lead_somewhere(name):
    document = ROOT / name
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target
