"""Tokens in, syntax tree out, with R's precedence of operators."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from pymediation.errors import ArgumentTypeError
from pymediation.formula.nodes import (
    Bar,
    Binary,
    Call,
    Name,
    Node,
    Number,
    Paren,
    String,
    Unary,
    deparse,
    walk,
)
from pymediation.formula.tokens import Token, fail, tokenize

__all__ = ["Formula", "parse_expression", "parse_formula"]

# Binding strengths; R lists them in ?Syntax. `:` binds tighter than `*`, unary minus tighter than `:`.
_TILDE, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SPECIAL, _COLON, _SIGN, _POWER = range(10, 120, 10)
_BINARY: Final = {
    "~": _TILDE, "|": _OR, "||": _OR, "&": _AND, "&&": _AND,
    "<": _COMPARE, ">": _COMPARE, "<=": _COMPARE, ">=": _COMPARE, "==": _COMPARE, "!=": _COMPARE,
    "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, ":": _COLON, "^": _POWER,
}  # fmt: skip
_PREFIX: Final = {"~": _TILDE, "!": _NOT, "+": _SIGN, "-": _SIGN}
_MISSING: Final = " An operator such as `+` is missing."
_LEFT_OVER: Final = {
    "=": " Response and terms are parted by `~`; equality is tested by `==`.",
    ",": " Other arguments follow after the text of the formula.",
}
_WORDS: Final = frozenset({"function", "if", "else", "for", "while", "repeat", "in", "next", "break"})


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that has been read.

    Attributes
    ----------
    text : str
        The formula as it was given.
    lhs : Node or None
        The response, None for a one-sided formula.
    rhs : Node
        Everything right of the ``~``, random-effects terms included.
    """

    text: str = field(compare=False)
    lhs: Node | None
    rhs: Node

    @property
    def fixed(self) -> Node:
        """The right side without random-effects terms (``1`` if nothing is left)."""
        kept = _without_bars(self.rhs)
        return Number(1.0) if kept is None else kept

    @property
    def random_terms(self) -> tuple[Bar, ...]:
        """The random-effects terms ``(terms | group)``, in the order written."""
        return tuple(_bars(self.rhs))

    def __str__(self) -> str:
        """Write the formula as R does."""
        left = "" if self.lhs is None else deparse(self.lhs) + " "
        return f"{left}~{' ' if left else ''}{deparse(self.rhs)}"


def _is_bar(node: Node) -> bool:
    """Tell whether a node is a random-effects term in its parentheses."""
    return isinstance(node, Paren) and isinstance(node.inner, Bar)


def _without_bars(node: Node) -> Node | None:
    """Remove the random-effects summands; None if nothing else is there."""
    if _is_bar(node):
        return None
    if not (isinstance(node, Binary) and node.op == "+"):
        return node
    left, right = _without_bars(node.left), _without_bars(node.right)
    if left is None or right is None:
        return right if left is None else left
    return Binary("+", left, right, node.position)


def _bars(node: Node) -> list[Bar]:
    """Collect the random-effects summands."""
    if isinstance(node, Paren) and isinstance(node.inner, Bar):
        return [node.inner]
    if isinstance(node, Binary) and node.op == "+":
        return _bars(node.left) + _bars(node.right)
    return []


def parse_formula(formula: str | Formula) -> Formula:
    """Read a formula of R's formula language.

    Parameters
    ----------
    formula : str or Formula
        For example ``"y ~ treat * log(age) + (1 | school)"``. Names may hold dots and letters of any
        alphabet; any other name goes in backticks. A `Formula` is returned as it is.

    Returns
    -------
    Formula
        Both sides as syntax trees.

    Raises
    ------
    FormulaError
        If the text cannot be read; the message marks the place.
    ArgumentTypeError
        If `formula` is not text.

    Examples
    --------
    >>> from pymediation.formula import parse_formula
    >>> formula = parse_formula("job.sat ~ treat*age + (1|school)")
    >>> str(formula)
    'job.sat ~ treat * age + (1 | school)'
    >>> len(formula.random_terms)
    1
    """
    if isinstance(formula, Formula):
        return formula
    if not isinstance(formula, str):
        raise ArgumentTypeError(
            f"A formula must be text such as 'y ~ x + z', not {type(formula).__name__}. It is the first "
            "argument and the data the second; a list of terms is joined by ' + '.join(terms)."
        )
    return _read_formula(formula)


@lru_cache(maxsize=1024)
def _read_formula(text: str) -> Formula:
    """Read a formula; loops over many models meet the same text again and again."""
    node = _Parser(text).whole()
    if isinstance(node, Unary) and node.op == "~":
        left, right = None, node.operand
    elif isinstance(node, Binary) and node.op == "~":
        left, right = node.left, node.right
    else:
        fail("A formula needs a `~` between response and terms, as in 'y ~ x'.", text, len(text))
    for inner in [*walk(right), *(walk(left) if left else [])]:
        if isinstance(inner, (Unary, Binary)) and inner.op == "~":
            fail("A formula has one `~`.", text, inner.position)
    return Formula(text, left, right)


@lru_cache(maxsize=256)
def parse_expression(text: str) -> Node:
    """Read an expression without ``~``, such as the weights ``"1/v"``; inside it ``|`` means "or"."""
    return _Parser(text, inside=1).whole()


class _Parser:
    """A precedence parser over the tokens of one text."""

    def __init__(self, source: str, inside: int = 0) -> None:
        """Tokenise the text; `inside` counts the enclosing calls, where ``|`` means "or"."""
        self.source = source
        self.tokens = tokenize(source)
        self.at = 0
        self.inside = inside

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self.tokens[self.at]

    def take(self) -> Token:
        """Return the next token and move on."""
        token = self.tokens[self.at]
        self.at += 1
        return token

    def sees(self, op: str) -> bool:
        """Tell whether the next token is this operator."""
        return self.token.kind == "op" and self.token.text == op

    def expect(self, op: str, opened: Token) -> None:
        """Read a closing bracket."""
        if not self.sees(op):
            if self.token.kind == "end":
                fail(f"The `{opened.text}` is never closed.", self.source, opened.position)
            fail(f"`{op}` is missing before {self.token.text!r}.", self.source, self.token.position)
        self.take()

    def whole(self) -> Node:
        """Read the text to its end."""
        if len(self.tokens) == 1:
            fail("The formula is empty; write one such as 'y ~ x'.", self.source, 0)
        node = self.expression(0)
        left_over = self.token
        if left_over.kind != "end":
            hint = _LEFT_OVER.get(left_over.text, "") if left_over.kind == "op" else _MISSING
            fail(f"{left_over.text!r} is not expected here.{hint}", self.source, left_over.position)
        return node

    def expression(self, strength: int) -> Node:
        """Read operands joined by operators that bind at least as tightly as `strength`."""
        left = self.operand()
        while (binds := self.binary_strength()) is not None and binds >= strength:
            token = self.take()
            right = self.expression(binds if token.text == "^" else binds + 1)
            if binds == _COMPARE and self.binary_strength() == _COMPARE:
                fail("Comparisons cannot be chained; join them with `&`.", self.source, self.token.position)
            if binds == _OR and not self.inside:
                left = Bar(left, right, token.text == "|", token.position)
            else:
                left = Binary(token.text, left, right, token.position)
        return left

    def binary_strength(self) -> int | None:
        """Return how tightly the next token binds as a binary operator, None if it is not one."""
        if self.token.kind != "op":
            return None
        if self.token.text.startswith("%"):
            return _SPECIAL
        return _BINARY.get(self.token.text)

    def operand(self) -> Node:
        """Read an operand with its prefix operators and the brackets that follow it."""
        token = self.take()
        if token.kind == "op" and token.text in _PREFIX:
            return Unary(token.text, self.expression(_PREFIX[token.text]), token.position)
        if token.kind == "op" and token.text == "(":
            node: Node = Paren(self.expression(0), token.position)
            self.expect(")", token)
        elif token.kind == "name":
            node = self.name_or_call(token)
        elif token.kind == "number":
            node = _number(token)
        elif token.kind == "string":
            node = String(token.text, token.position)
        else:
            what = f"{token.text!r} is not expected here" if token.text else "The formula ends too early"
            fail(f"{what}: a variable, number or `(` must follow.", self.source, token.position)
        self.refuse_indexing(node)
        return node

    def refuse_indexing(self, node: Node) -> None:
        """Refuse `$` and brackets: the variable would be tied to one data set."""
        if self.token.kind != "op" or self.token.text not in "$[":
            return
        fail(
            "Variables are named by their columns and the data given separately: write "
            'lm("y ~ x", d) instead of d$y ~ d$x or d[, "y"] ~ d[, "x"].',
            self.source,
            self.token.position,
        )

    def name_or_call(self, token: Token) -> Node:
        """Read a variable, ``f(...)`` or ``pkg::f(...)``."""
        package = ""
        if self.token.kind == "op" and self.token.text in ("::", ":::"):
            self.take()
            package, token = token.text, self.take()
            if token.kind != "name" or not self.sees("("):
                fail("After `::` a function call is expected.", self.source, token.position)
        if token.text in _WORDS and self.source[token.position] != "`":
            fail(f"`{token.text}` is a reserved word of R.", self.source, token.position)
        if not self.sees("("):
            return Name(token.text, token.position)
        return Call(token.text, self.arguments(), package, token.position)

    def arguments(self) -> tuple[tuple[str | None, Node], ...]:
        """Read the arguments of a call with their brackets."""
        opened = self.take()
        found: list[tuple[str | None, Node]] = []
        self.inside += 1
        while not self.sees(")"):
            found.append(self.argument())
            if not self.sees(","):
                break
            comma = self.take()
            if self.sees(")"):
                fail("An argument is missing after the comma.", self.source, comma.position)
        self.inside -= 1
        self.expect(")", opened)
        return tuple(found)

    def argument(self) -> tuple[str | None, Node]:
        """Read one argument, with its name if it has one."""
        following = self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if self.token.kind in ("name", "string") and following.kind == "op" and following.text == "=":
            name = self.take().text
            self.take()
            return name, self.expression(0)
        return None, self.expression(0)


def _number(token: Token) -> Number:
    """Convert the text of a number."""
    text = token.text.removesuffix("L")
    value = float(int(text, 16)) if text[:2].lower() == "0x" else float(text)
    return Number(value, token.position)
