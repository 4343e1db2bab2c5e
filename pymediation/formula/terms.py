"""R's algebra of terms: what ``a * b - a`` and its like stand for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NoReturn

from pymediation.errors import FormulaError
from pymediation.formula.nodes import (
    CONSTANTS,
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
    names_in,
    strip_parens,
)
from pymediation.formula.parser import Formula
from pymediation.formula.tokens import fail

__all__ = ["TermTable", "expand_terms"]


@dataclass(frozen=True, slots=True)
class TermTable:
    """The terms of a formula, before any data are seen.

    Attributes
    ----------
    source : str
        The formula as it was given, for messages.
    variables : tuple of Node
        The distinct variables and expressions of the right side, in order of first appearance. It
        includes those whose terms were removed again: their missing values count, as in R.
    terms : tuple of tuple of int
        For each term the positions in `variables` of its factors, terms ordered by degree.
    intercept : bool
        Whether there is an intercept.
    offsets : tuple of int
        The positions in `variables` of the ``offset()`` expressions.
    """

    source: str
    variables: tuple[Node, ...]
    terms: tuple[tuple[int, ...], ...]
    intercept: bool
    offsets: tuple[int, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The variables as R writes them."""
        return tuple(deparse(variable) for variable in self.variables)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the terms, as R's ``attr(terms, "term.labels")``."""
        texts = self.texts
        return tuple(":".join(texts[factor] for factor in term) for term in self.terms)


def expand_terms(formula: Formula, columns: Sequence[str] | None = None) -> TermTable:
    """Expand the fixed part of a formula into its terms.

    Parameters
    ----------
    formula : Formula
        The formula; random-effects terms are left out.
    columns : sequence of str, optional
        The columns that ``.`` stands for, those of the response excluded here.

    Returns
    -------
    TermTable
        The terms in R's order.

    Raises
    ------
    FormulaError
        If the right side has no meaning as terms; the message marks the place.
    """
    encoder = _Encoder(formula, columns)
    sets = _distinct(encoder.encode(formula.fixed))
    for position in encoder.offsets:
        sets = [bits for bits in sets if not bits >> position & 1]
    sets = _without_response(sets, encoder)
    sets.sort(key=int.bit_count)
    shift = encoder.has_response
    return TermTable(
        source=formula.text,
        variables=tuple(encoder.variables[shift:]),
        terms=tuple(tuple(i - shift for i in _positions(bits)) for bits in sets),
        intercept=encoder.intercept,
        offsets=tuple(position - shift for position in encoder.offsets),
    )


def _without_response(sets: list[int], encoder: _Encoder) -> list[int]:
    """Refuse a response that is also a term: R drops it with a warning, or fits nonsense."""
    if encoder.has_response and any(bits & 1 for bits in sets):
        raise FormulaError(
            f"{deparse(encoder.variables[0])!r} is the response and a term of {encoder.formula.text!r}. "
            "Remove it from the right side."
        )
    return sets


def _positions(bits: int) -> list[int]:
    """Return the positions of the bits that are set."""
    return [position for position in range(bits.bit_length()) if bits >> position & 1]


def _distinct(sets: list[int]) -> list[int]:
    """Drop repeated terms, keeping the first of each."""
    return list(dict.fromkeys(sets))


def _union(sets: list[int]) -> int:
    """Return one term with all factors of all terms."""
    union = 0
    for bits in sets:
        union |= bits
    return union


class _Encoder:
    """Turns a syntax tree into terms, each a set of variables kept as the bits of an integer."""

    def __init__(self, formula: Formula, columns: Sequence[str] | None) -> None:
        """Start with the response as variable 0, so that labels come out as in R."""
        self.formula = formula
        self.columns = columns
        self.variables: list[Node] = []
        self.known: dict[Node, int] = {}
        self.offsets: list[int] = []
        self.intercept = True
        self.adding = True
        self.has_response = int(formula.lhs is not None)
        if formula.lhs is not None:
            self.variable(formula.lhs)

    def variable(self, node: Node) -> list[int]:
        """Return the term of one variable, noting it if it is new."""
        node = strip_parens(node)
        if node not in self.known:
            if "." in names_in(node):
                self.refuse("`.` stands for columns only as a term, not inside a function.", node)
            self.known[node] = len(self.variables)
            self.variables.append(node)
            if isinstance(node, Call) and node.name == "offset":
                self.offsets.append(self.known[node])
        return [1 << self.known[node]]

    def encode(self, node: Node) -> list[int]:
        """Return the terms an expression stands for."""
        match node:
            case Paren(inner):
                return self.encode(inner)
            case Number(value) if value in (0.0, 1.0):
                self.intercept = (value == 1.0) == self.adding
                return []
            case Name("."):
                return self.all_columns(node)
            case Number() | String():
                self.refuse(f"{deparse(node)} is not a variable; only 0 and 1 have a meaning as terms.", node)
            case Name(name) if name in CONSTANTS:
                self.refuse(f"{name} is not a variable.", node)
            case Bar():
                self.refuse("A random-effects term goes in parentheses, as a summand: + (1 | g).", node)
            case Unary("+", operand):
                return self.encode(operand)
            case Unary("-", operand):
                return self.removed([], operand)
            case Binary("-", left, right):
                return self.removed(self.encode(left), right)
            case Binary("^", left, right):
                return self.power(left, right)
            case Binary(op, left, right) if op in _COMBINE:
                first = self.encode(left)
                return _distinct(_COMBINE[op](first, self.encode(right)))
            case _:
                return self.variable(node)

    def removed(self, kept: list[int], node: Node) -> list[int]:
        """Remove the terms of `node` from `kept`; ``- 1`` removes the intercept."""
        self.adding = not self.adding
        dropped = set(self.encode(node))
        self.adding = not self.adding
        return [bits for bits in kept if bits not in dropped]

    def power(self, node: Node, exponent: Node) -> list[int]:
        """Cross terms with themselves ``exponent - 1`` times."""
        exponent = strip_parens(exponent)
        if not isinstance(exponent, Number) or exponent.value < 1 or exponent.value % 1:
            self.refuse(
                "The power of terms must be a whole number from 1. For the square of a variable write "
                f"I({deparse(node)}^2).",
                exponent,
            )
        terms = self.encode(node)
        result = terms
        for _ in range(int(exponent.value) - 1):
            result = _distinct(_interaction(result, terms))
        return result

    def all_columns(self, node: Name) -> list[int]:
        """Return a term for each column of the data that the response does not use."""
        if self.columns is None:
            self.refuse("`.` stands for the columns of `data`, and no data were given.", node)
        lhs = self.formula.lhs
        used: Collection[str] = () if lhs is None else names_in(lhs)
        return [bit for name in self.columns if name not in used for bit in self.variable(Name(name))]

    def refuse(self, message: str, node: Node) -> NoReturn:
        """Raise a FormulaError that marks a node."""
        fail(message, self.formula.text, node.position)


def _sum(left: list[int], right: list[int]) -> list[int]:
    """Return the terms of ``a + b``."""
    return left + right


def _interaction(left: list[int], right: list[int]) -> list[int]:
    """Return the terms of ``a:b``."""
    return [a | b for a in left for b in right]


def _crossing(left: list[int], right: list[int]) -> list[int]:
    """Return the terms of ``a * b``: both and their interactions; ``1 * b`` has none, as in R."""
    return left + right + _interaction(left, right) if left else []


def _nesting(left: list[int], right: list[int]) -> list[int]:
    """Return the terms of ``a / b``: the left ones, and the right within all of those."""
    return left + [_union(left) | b for b in right] if left else []


def _within(left: list[int], right: list[int]) -> list[int]:
    """Return the terms of ``a %in% b``: the left terms, each within all of the right."""
    return [a | _union(right) for a in left]


_COMBINE: dict[str, Callable[[list[int], list[int]], list[int]]] = {
    "+": _sum,
    ":": _interaction,
    "*": _crossing,
    "/": _nesting,
    "%in%": _within,
}
