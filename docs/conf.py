"""The documentation site: `make docs`.

The source directory is the root of the repository, so that README, documents and vignettes link to each other
here by the same relative paths as in the checkout. What of it is a page is listed below.
"""

from __future__ import annotations

from dataclasses import is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pymediation

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "pymediation"
author = "pymediation developers"
project_copyright = author
version = release = pymediation.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
]
root_doc = "docs/index"
include_patterns = ["docs/*.md", "docs/api/**", "vignettes/*.md", "*/README.md", "CHANGELOG.md"]
exclude_patterns = ["docs/_*", ".*"]
# Absolute, because autosummary starts from the source directory and all else from this one.
templates_path = [str(Path(__file__).resolve().parent / "_templates")]

myst_heading_anchors = 3  # links to `#headings`, as in the checkout

autosummary_generate = True
# Two names that differ in case alone would share a file where file names have no case.
autosummary_filename_map = {"pymediation.EValue": "pymediation.EValue-class"}
autodoc_typehints = "none"  # the sections of a docstring say what a parameter may be
autodoc_member_order = "groupwise"
numpydoc_show_class_members = False  # the template of a class lists them

nitpicky = True
# Classes of other libraries: their inventories are on the network, and the build does without it.
nitpick_ignore_regex = [("py:.*", r"(numpy|pandas|statsmodels|matplotlib)\..*")]

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


def setup(app: Sphinx) -> None:
    """Register what the pages are made with beside the extensions."""
    app.connect("autodoc-process-signature", without_fields)
