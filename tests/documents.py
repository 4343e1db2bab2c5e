"""Run the Python blocks of a document and compare what they print with the text blocks that follow them."""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

__all__ = ["Block", "blocks_of", "run"]

_FENCE = re.compile(r"^```(?P<kind>python|text)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A Python block, and the next text block before another Python block, which it must print."""

    line: int
    code: str
    output: str | None = None


def blocks_of(document: Path) -> list[Block]:
    """Return the Python blocks of a Markdown document in their order."""
    text = document.read_text(encoding="utf-8")
    blocks: list[Block] = []
    for fence in _FENCE.finditer(text):
        if fence["kind"] == "python":
            blocks.append(Block(text.count("\n", 0, fence.start()) + 2, fence["body"]))
        else:
            blocks[-1] = replace(blocks[-1], output=fence["body"])
    return blocks


def run(block: Block, document: Path, names: dict[str, Any]) -> str:
    """Execute a block in a namespace and return what it printed."""
    printed = io.StringIO()
    # Line numbers of a traceback are then those of the document.
    code = compile("\n" * (block.line - 1) + block.code, str(document), "exec")
    with contextlib.redirect_stdout(printed):
        exec(code, names)  # the documents are ours
    return printed.getvalue()
