"""Formula text in, tokens out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, NoReturn

from pymediation.errors import FormulaError
from pymediation.formula.text import is_name_char

__all__ = ["Token", "fail", "tokenize"]

Kind = Literal["name", "number", "string", "op", "end"]

_NUMBER: Final = re.compile(r"(0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(L|i)?")
_OPERATORS: Final = re.compile(
    r":::|::|<<-|<-|->|<=|>=|==|!=|&&|\|\||\|>|\*\*|%[^%\n]*%|[-+*/^:~()<>!&|,=$@\[\]{};?\\]"
)
_UNESCAPE: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_REFUSED: Final = {
    "<-": "`<-` assigns in R; write `x < -1` with spaces for a comparison",
    "<<-": "`<<-` assigns in R and has no place in a formula",
    "->": "`->` assigns in R and has no place in a formula",
    "|>": "pipes have no place in a formula; write f(x)",
    "{": "blocks have no place in a formula",
    "}": "blocks have no place in a formula",
    ";": "give one formula at a time",
    "?": "`?` has no place in a formula",
    "\\": "`\\` has no place in a formula",
    "@": "`@` is not read; put the variable into a column of data",
}


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a formula and where it starts."""

    kind: Kind
    text: str
    position: int


def fail(message: str, source: str, position: int) -> NoReturn:
    """Raise a FormulaError that shows the formula with a caret under `position`."""
    before = source[:position]
    start = before.rfind("\n") + 1
    line = source[start:].split("\n", 1)[0]
    caret = " " * (position - start) + "^"
    raise FormulaError(f"{message}\n    {line}\n    {caret}")


def tokenize(source: str) -> list[Token]:
    """Split a formula into tokens; the last one has kind ``"end"``."""
    tokens: list[Token] = []
    at = 0
    while at < len(source):
        char = source[at]
        if char.isspace():
            at += 1
        elif char == "#":
            at = _line_end(source, at)
        else:
            token, at = _next_token(source, at)
            tokens.append(token)
    tokens.append(Token("end", "", len(source)))
    return tokens


def _line_end(source: str, at: int) -> int:
    """Return where the line ends: a comment runs that far."""
    end = source.find("\n", at)
    return len(source) if end < 0 else end


def _next_token(source: str, at: int) -> tuple[Token, int]:
    """Read the token that starts at `at` and return it with the position after it."""
    char = source[at]
    if char in "\"'`":
        text, end = _quoted(source, at)
        if char == "`" and not text:
            fail("A name in backticks cannot be empty.", source, at)
        return Token("name" if char == "`" else "string", text, at), end
    if char.isdigit() or (char == "." and source[at + 1 : at + 2].isdigit()):
        return _number(source, at)
    if char.isalpha() or char == ".":
        end = at
        while end < len(source) and is_name_char(source[end]):
            end += 1
        return Token("name", source[at:end], at), end
    found = _OPERATORS.match(source, at)
    if found is None:
        fail(f"{char!r} has no meaning in a formula. A name that holds it goes in backticks.", source, at)
    if found[0] in _REFUSED:
        fail(f"{_REFUSED[found[0]]}.", source, at)
    return Token("op", "^" if found[0] == "**" else found[0], at), found.end()


def _number(source: str, at: int) -> tuple[Token, int]:
    """Read a number; a name may not start with digits."""
    found = _NUMBER.match(source, at)
    if found is None:
        fail("This is not a number.", source, at)
    if found[2] == "i":
        fail("Complex numbers are not read.", source, at)
    end = found.end()
    if end < len(source) and is_name_char(source[end]):
        while end < len(source) and is_name_char(source[end]):
            end += 1
        fail(f"A name that starts with a digit goes in backticks: `{source[at:end]}`.", source, at)
    return Token("number", found[0], at), end


def _quoted(source: str, at: int) -> tuple[str, int]:
    """Read up to the closing quote, resolving escapes."""
    quote, end = source[at], at + 1
    text: list[str] = []
    while end < len(source):
        char = source[end]
        if char == quote:
            return "".join(text), end + 1
        if char == "\\" and end + 1 < len(source):
            end += 1
            char = _UNESCAPE.get(source[end], source[end])
        text.append(char)
        end += 1
    fail(f"The quote {quote} is never closed.", source, at)
