"""Check a built site: `python docs/links.py SITE`.

Every link of a page to another one, to a heading or to a file leads somewhere, and no page loads anything
from the network. Links to other sites are for `make linkcheck`.
"""

from __future__ import annotations

import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """The anchors of a page, where it leads, and what it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = {"", "top"}
        self.links: set[str] = set()
        self.loads: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what one tag defines and refers to."""
        given = {name: value for name, value in attrs if value}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag in ("a", "link") and "href" in given:
            (self.links if tag == "a" else self.loads).add(given["href"])
        if "src" in given:
            self.loads.add(given["src"])


@cache
def read(path: Path) -> Page:
    """Return a page."""
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def is_outside(target: str) -> bool:
    """Return whether a link leads away from the site."""
    return bool(urlsplit(target).scheme) or target.startswith("//")


def leads_nowhere(source: Path, target: str) -> bool:
    """Return whether a link from a page to another part of the site has no end."""
    parts = urlsplit(target)
    path = (source.parent / unquote(parts.path)).resolve() if parts.path else source
    if not path.is_file():
        return True
    return path.suffix == ".html" and unquote(parts.fragment) not in read(path).anchors


def problems(site: Path) -> list[str]:
    """Return a line for every link that leads nowhere and for everything loaded from the network."""
    found = []
    for source in sorted(path.resolve() for path in site.rglob("*.html") if path.parent.name != "_static"):
        page, name = read(source), source.relative_to(site.resolve())
        for target in sorted(page.links | page.loads):
            if not is_outside(target):
                if leads_nowhere(source, target):
                    found.append(f"{name}: {target} leads nowhere")
            elif target in page.loads and not target.startswith("data:"):
                found.append(f"{name} loads {target}")
    return found


if __name__ == "__main__":
    lines = problems(Path(sys.argv[1]))
    print(*lines, sep="\n", end="\n" if lines else "", file=sys.stderr)
    sys.exit(bool(lines))
