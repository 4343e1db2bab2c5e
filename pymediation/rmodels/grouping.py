"""The groups of a mixed model, read from the random-effects terms of its formula."""

from __future__ import annotations

import pandas as pd

from pymediation.columns import codes_in, levels_of
from pymediation.errors import FormulaError, UnsupportedModelError
from pymediation.formula import Formula, deparse, model_frame
from pymediation.formula.nodes import Bar, Call, Name, Node, strip_parens
from pymediation.rmodels.joined import joined
from pymediation.rows import Grouping

__all__ = ["read_grouping"]


def read_grouping(formula: Formula, frame: pd.DataFrame) -> Grouping:
    """Read ``(1 + x | g)`` on the rows of a fit; uncorrelated terms of one factor are joined.

    Parameters
    ----------
    formula : Formula
    frame : DataFrame, n rows
        The rows used, with the columns that the formula reads.

    Returns
    -------
    Grouping
        Groups in the order of their levels, those that no row has left out.

    Raises
    ------
    FormulaError
        No random effects.
    UnsupportedModelError
        More than one grouping factor.
    """
    name = grouping_name(formula)
    parts = [model_frame(f"~ {deparse(term)}", frame).design for term in random_terms(formula)]
    design = joined(parts)
    levels = tuple(levels_of(frame[name]))
    codes = codes_in(frame[name], levels)
    return Grouping(
        name, levels, codes, design, design.matrix(frame), tuple(len(part.names) for part in parts)
    )


def grouping_name(formula: Formula) -> str:
    """Return the one column that the random-effects terms are grouped by."""
    bars = formula.random_terms
    if not bars:
        msg = f"{str(formula)!r} has no random effects. Add them as a term such as (1 | group)."
        raise FormulaError(msg)
    names = list(dict.fromkeys(_column_of(bar) or "" for bar in bars))
    if len(names) > 1 or not names[0]:
        factors = ", ".join(dict.fromkeys(repr(deparse(bar.group)) for bar in bars))
        msg = (
            f"{str(formula)!r} groups by {factors}: nested or crossed groups. Mediation analysis takes one "
            "grouping column, as in R. Name the one whose groups matter most, or make one column of several."
        )
        raise UnsupportedModelError(msg)
    return names[0]


def _column_of(bar: Bar) -> str | None:
    """Return the column of a grouping factor, ``factor(g)`` included; None for several."""
    group: Node = strip_parens(bar.group)
    if isinstance(group, Call) and group.name in ("factor", "as.factor") and len(group.arguments) == 1:
        group = strip_parens(group.arguments[0][1])
    return group.name if isinstance(group, Name) else None


def random_terms(formula: Formula) -> list[Node]:
    """Return the sides left of the bars, whose coefficients are correlated within each."""
    return [term for bar in formula.random_terms for term in _correlated(bar)]


def _correlated(bar: Bar) -> list[Node]:
    """Return the terms of a bar, one by one if they are declared uncorrelated."""
    if bar.correlated:
        return [bar.terms]
    from pymediation.formula.parser import parse_formula
    from pymediation.formula.terms import expand_terms

    table = expand_terms(parse_formula(f"~ {deparse(bar.terms)}"))
    texts = ["1"] if table.intercept else []
    texts += [f"0 + {label}" for label in table.labels]
    return [parse_formula(f"~ {text}").rhs for text in texts]
