"""The documentation site: what its pages name, and the figure of the README."""

from __future__ import annotations

import importlib
import re
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import pytest
from documents import blocks_of

DOCS = Path(__file__).resolve().parents[1] / "docs"
API = {"pymediation": DOCS / "api" / "index.md", "pymediation.r": DOCS / "api" / "r.md"}


def listed(page: Path) -> list[str]:
    """Return the names in the tables of a reference page."""
    tables = re.findall(
        r"autosummary::\n   :toctree: generated\n   :nosignatures:\n\n((?:   \S+\n)+)",
        page.read_text(encoding="utf-8"),
    )
    return "".join(tables).split()


@pytest.mark.parametrize("module", API)
def test_the_reference_has_every_public_name_once(module: str) -> None:
    names = listed(API[module])
    public = importlib.import_module(module)
    documented = {name for name in public.__all__ if callable(getattr(public, name))}
    assert documented - set(names) == set()
    assert len(names) == len(set(names))


@pytest.mark.parametrize("module", API)
def test_every_name_of_the_reference_exists(module: str) -> None:
    for name in listed(API[module]):
        owner, _, last = f"{module}.{name}".rpartition(".")
        assert getattr(importlib.import_module(owner), last).__doc__, name


def test_no_two_pages_share_a_file_where_names_have_no_case() -> None:
    renamed = runpy.run_path(str(DOCS / "conf.py"))["autosummary_filename_map"]
    names = [f"{module}.{name}" for module, page in API.items() for name in listed(page)]
    files = [renamed.get(name, name).lower() for name in names]
    assert len(files) == len(set(files))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<a href="other.html#here">x</a><a href="#own">y</a><p id="own">', []),
        ('<a href="https://a.example/">x</a><img src="data:,x">', []),
        ('<a href="other.html#there">x</a>', ["page.html: other.html#there leads nowhere"]),
        ('<a href="gone.html">x</a>', ["page.html: gone.html leads nowhere"]),
        ('<img src="gone.svg">', ["page.html: gone.svg leads nowhere"]),
        ('<script src="https://cdn.example/x.js"></script>', ["page.html loads https://cdn.example/x.js"]),
    ],
)
def test_links_that_lead_nowhere_are_found(body: str, said: list[str], tmp_path: Path) -> None:
    (tmp_path / "other.html").write_text('<h1 id="here">x</h1>', encoding="utf-8")
    (tmp_path / "page.html").write_text(body, encoding="utf-8")
    assert runpy.run_path(str(DOCS / "links.py"))["problems"](tmp_path) == said


def test_vignettes_become_notebooks_whose_written_output_gives_way() -> None:
    code = "```r\na\n```\n\n```python\nprint(1)\n```\n"
    source = [f"---\njupyter:\n  x: 1\n---\n\n# T\n\n{code}```text\n1\n```\n\nEnd\n"]
    conf = runpy.run_path(str(DOCS / "conf.py"))
    app = SimpleNamespace(config=SimpleNamespace(root_doc=conf["root_doc"]))
    conf["complete"](app, "vignettes/x", source)
    cells = code.replace("```python", "```{code-cell} python3")
    assert source == [f"{conf['HEADER']}\n# T\n\n{cells}\nEnd\n"]


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "figures.py"))


@pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")
def test_the_figure_is_that_of_the_readme(script: dict[str, Any], tmp_path: Path) -> None:
    figure = script["readme_figure"]()
    saved = script["noted"](script["FIGURE"].read_text(encoding="utf-8"))
    assert script["drawn"](figure) == saved, "run `make figure`"
    script["save"](figure, tmp_path / "figure.svg", script["drawn"](figure))
    assert script["noted"]((tmp_path / "figure.svg").read_text(encoding="utf-8")) == saved
    plt.close(figure)


def test_the_figure_shows_numbers_printed_in_the_readme(script: dict[str, Any]) -> None:
    rows = script["noted"](script["FIGURE"].read_text(encoding="utf-8")).split("; ")
    text = "\n".join(block.output or "" for block in blocks_of(script["README"]))
    estimate, low, high = re.search(
        r"^Total Effect +(-?0\.\d{4}) +(-?0\.\d{4}) +(-?0\.\d{4})$", text, re.MULTILINE
    ).groups()
    assert f"{low} {estimate} {high}" in rows
