"""The syntax tree of R expressions, and writing it back as R does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from pymediation.formula.text import name_text, number_text, string_text

__all__ = [
    "CONSTANTS",
    "Bar",
    "Binary",
    "Call",
    "Name",
    "Node",
    "Number",
    "Paren",
    "String",
    "Unary",
    "deparse",
    "names_in",
    "strip_parens",
    "walk",
]

CONSTANTS: Final = frozenset({"TRUE", "FALSE", "NULL", "NA", "NaN", "Inf"})
"""Reserved words that stand for values; they are never columns."""

_UNSPACED: Final = frozenset({"/", "^", ":", "%%", "%/%"})


@dataclass(frozen=True, slots=True)
class Name:
    """A variable (or a reserved constant such as ``TRUE``), without backticks."""

    name: str
    position: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Number:
    """A number; R's labels drop the suffix ``L`` of whole numbers."""

    value: float
    position: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class String:
    """A quoted text."""

    value: str
    position: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function call; `arguments` holds (name or None, value) in the order written.

    The package prefix of ``splines::ns(x)`` is kept for the label only.
    """

    name: str
    arguments: tuple[tuple[str | None, Node], ...]
    package: str = ""
    position: int = field(default=0, compare=False, repr=False)

    @property
    def args(self) -> tuple[Node, ...]:
        """The arguments given by position."""
        return tuple(value for name, value in self.arguments if name is None)

    @property
    def kwargs(self) -> dict[str, Node]:
        """The arguments given by name."""
        return {name: value for name, value in self.arguments if name is not None}


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator between two operands."""

    op: str
    left: Node
    right: Node
    position: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """An operator before its operand."""

    op: str
    operand: Node
    position: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Paren:
    """Parentheses, kept because R's labels keep them."""

    inner: Node
    position: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Bar:
    """A random-effects term ``terms | group``; ``||`` gives `correlated` False."""

    terms: Node
    group: Node
    correlated: bool = True
    position: int = field(default=0, compare=False, repr=False)


Node: TypeAlias = Name | Number | String | Call | Binary | Unary | Paren | Bar


def deparse(node: Node) -> str:
    """Write an expression with R's spacing, as in the labels of terms.

    Parameters
    ----------
    node : Node
        Any node of the syntax tree.

    Returns
    -------
    str
        The text R's ``deparse`` gives.

    Examples
    --------
    >>> from pymediation.formula import deparse, parse_formula
    >>> deparse(parse_formula("~ I( x ^2*1e5 )").rhs)
    'I(x^2 * 1e+05)'
    """
    match node:
        case Name(name):
            return name if name in CONSTANTS else name_text(name)
        case Number(value):
            return number_text(value)
        case String(value):
            return string_text(value)
        case Call(name, arguments, package):
            inside = ", ".join(_argument_text(key, value) for key, value in arguments)
            return f"{name_text(package) + '::' if package else ''}{name_text(name)}({inside})"
        case Binary(op, left, right):
            gap = "" if op in _UNSPACED else " "
            return f"{deparse(left)}{gap}{op}{gap}{deparse(right)}"
        case Unary(op, operand):
            return f"{op}{deparse(operand)}"
        case Paren(inner):
            return f"({deparse(inner)})"
        case Bar(terms, group, correlated):
            return f"{deparse(terms)} {'|' if correlated else '||'} {deparse(group)}"


def _argument_text(name: str | None, value: Node) -> str:
    """Write one argument of a call."""
    return deparse(value) if name is None else f"{name_text(name)} = {deparse(value)}"


def children(node: Node) -> tuple[Node, ...]:
    """Return the operands of a node, in the order written."""
    match node:
        case Call(_, arguments):
            return tuple(value for _, value in arguments)
        case Binary(_, left, right) | Bar(left, right):
            return (left, right)
        case Unary(_, operand):
            return (operand,)
        case Paren(inner):
            return (inner,)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything below it, from left to right."""
    yield node
    for child in children(node):
        yield from walk(child)


def names_in(node: Node) -> tuple[str, ...]:
    """Return the variables an expression reads, in order of first appearance.

    The second argument of ``C(g, sum)`` names a contrast, not a variable.
    """
    if isinstance(node, Name):
        return () if node.name in CONSTANTS else (node.name,)
    below = children(node)
    if isinstance(node, Call) and node.name == "C":
        below = below[:1]
    return tuple(dict.fromkeys(name for child in below for name in names_in(child)))


def strip_parens(node: Node) -> Node:
    """Remove parentheses around a whole expression."""
    while isinstance(node, Paren):
        node = node.inner
    return node
