"""Write the table of supported models, which the package generates, into the README: `make support`."""

from __future__ import annotations

from pathlib import Path

from pymediation.support import support_markdown

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- written by `make support` -->\n\n", "\n\n<!-- end of what `make support` writes -->"


def with_table(text: str) -> str:
    """Return the document with what is between the markers written anew."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}{support_markdown()}{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
