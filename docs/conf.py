"""The documentation site: `make docs`.

The source directory is the root of the repository, so that README, documents and vignettes link to each other
here by the same relative paths as in the checkout. What of it is a page is listed below. The build executes
the vignettes and shows what they print and draw; equations are MathML, for which browsers need no script.
"""

from __future__ import annotations

import os
import re
from dataclasses import is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pymediation

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

project = "pymediation"
author = "pymediation developers"
project_copyright = author
version = release = pymediation.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
]
root_doc = "README"
include_patterns = ["README.md", "docs/*.md", "docs/api/**", "vignettes/*.md", "*/README.md", "CHANGELOG.md"]
exclude_patterns = ["docs/_*", ".*"]
# Absolute, because autosummary starts from the source directory and all else from this one.
templates_path = [str(Path(__file__).resolve().parent / "_templates")]

myst_heading_anchors = 3  # links to `#headings`, as in the checkout
myst_enable_extensions = ["dollarmath"]

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_in_temp = True  # what a vignette writes is not part of the checkout
nb_output_stderr = "remove"  # warnings: the text says what there is to know
nb_merge_streams = True

autosummary_generate = True
# Two names that differ in case alone would share a file where file names have no case.
autosummary_filename_map = {"pymediation.EValue": "pymediation.EValue-class"}
autodoc_typehints = "none"  # the sections of a docstring say what a parameter may be
autodoc_member_order = "groupwise"
toc_object_entries_show_parents = "hide"  # the list of a page has no room for the class before each name
numpydoc_show_class_members = False  # the template of a class lists them

nitpicky = True
# Classes of other libraries: their inventories are on the network, and the build does without it.
nitpick_ignore_regex = [("py:.*", r"(numpy|pandas|statsmodels|matplotlib)\..*")]

html_math_renderer = "mathml"
html_theme = "pydata_sphinx_theme"
html_title = "pymediation"
html_extra_path = ["_root"]  # leads from the root of the site to its first page
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "show_prev_next": False,
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}


def without_fields(
    _app: Sphinx, what: str, _name: str, obj: Any, _options: Any, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """Leave out how a result is made: functions return it, and its attributes are listed below its name."""
    return ("", None) if what == "class" and is_dataclass(obj) else (signature, returned)


# What the first page ends in on the site, and what vignettes begin with.
CONTENTS = """
```{toctree}
:hidden:

docs/guides
docs/vignettes
docs/reference
CHANGELOG
```
"""
HEADER = """---
file_format: mystnb
kernelspec:
  name: python3
language_info:
  name: python
  pygments_lexer: python
---

```{code-cell} python3
:tags: [remove-cell]
%config InlineBackend.figure_formats = ["svg"]
```
"""


def complete(app: Sphinx, name: str, source: list[str]) -> None:
    """Add what pages need on the site alone; what a vignette prints there is not what is written in it."""
    if name == app.config.root_doc:
        source[0] += CONTENTS
    if name.startswith("vignettes/"):
        text = re.sub(r"\A---\n.*?^---\n", HEADER, source[0], flags=re.MULTILINE | re.DOTALL)
        text = re.sub(r"^```text\n.*?^```\n", "", text, flags=re.MULTILINE | re.DOTALL)
        source[0] = re.sub(r"^```python$", "```{code-cell} python3", text, flags=re.MULTILINE)


def name_figures(_app: Sphinx, page: nodes.document) -> None:
    """Tell those who hear a page what a figure is; without this they hear the name of its file."""
    from docutils.nodes import image

    for figure in page.findall(image):
        figure.setdefault("alt", "The figure that the code above draws")


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Write an equation within a line."""
    write_math(self, node, "inline")


def visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write an equation of its own."""
    write_math(self, node, "block")


def write_math(translator: HTML5Translator, node: nodes.Element, display: str) -> None:
    """Write an equation as MathML; lines of one equation are aligned at their ampersands."""
    from docutils.nodes import SkipNode
    from latex2mathml.converter import convert

    latex = node.astext().replace(r"\arg", r"\operatorname{arg}")
    if r"\\" in latex:
        latex = rf"\begin{{split}}{latex}\end{{split}}"
    mathml = convert(latex, display=display)
    if "\\" in mathml or "&<" in mathml:
        raise ValueError(f"{latex} has a command that latex2mathml does not know: {mathml}")
    translator.body.append(f'<div class="mathml">{mathml}</div>' if display == "block" else mathml)
    raise SkipNode


def setup(app: Sphinx) -> None:
    """Register what the pages are made with beside the extensions."""
    # Of the kernels that execute the vignettes: figures of a block go below it.
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    app.connect("autodoc-process-signature", without_fields)
    app.connect("source-read", complete)
    app.connect("doctree-read", name_figures)
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
