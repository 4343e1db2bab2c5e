"""Draw the figure of the README, by running the README's own examples: `python docs/figures.py`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from documents import blocks_of, run  # noqa: E402

if TYPE_CHECKING:
    from matplotlib.figure import Figure

README, FIGURE = ROOT / "README.md", ROOT / "docs" / "effects.svg"


def readme_figure() -> Figure:
    """Run the README as far as the block that draws, and return the figure."""
    names: dict[str, Any] = {"__name__": "__document__"}
    for block in blocks_of(README):
        run(block, README, names)
        if "figure" in names:
            return names["figure"]
    msg = "No block of the README names a `figure`."
    raise LookupError(msg)


def drawn(figure: Figure) -> str:
    """Tell the numbers drawn: lower end, estimate, upper end of each effect; then the sensitivity curves."""
    effects, *curves = figure.axes
    rows = [line.get_xdata() for line in effects.lines if len(line.get_xdata()) == 3]
    rows += [max((line.get_ydata() for line in axes.lines), key=len) for axes in curves]
    return "; ".join(" ".join(f"{value:.4f}" for value in row) for row in rows)


def noted(svg: str) -> str:
    """Return what a figure that was saved here says it draws."""
    found = re.search(r"<dc:description>(.*?)</dc:description>", svg, re.DOTALL)
    return found[1] if found else ""


def save(figure: Figure, path: Path, told: str) -> None:
    """Save a figure that is the same file for the same drawing, with words that tell what is drawn."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "pymediation"}):
        figure.savefig(path, metadata={"Date": None, "Description": told})
    text = path.read_text(encoding="utf-8")
    path.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    shown = readme_figure()
    save(shown, FIGURE, drawn(shown))
