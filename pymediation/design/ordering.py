"""R's order of terms, of the factors in an interaction, and of the columns they expand to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FormulaOrder", "interaction_order"]


@dataclass(frozen=True, slots=True)
class FormulaOrder:
    """Where a formula first mentions its terms and factors.

    Attributes
    ----------
    terms : mapping
        Set of factors of a term -> its position among the expanded terms.
    factors : mapping
        Text of a factor -> its position among the factors.
    """

    terms: Mapping[frozenset[str], int]
    factors: Mapping[str, int]

    @classmethod
    def from_terms(cls, terms: Iterable[Sequence[tuple[str, int]]]) -> FormulaOrder:
        """Read the order off expanded terms, each a sequence of (factor, position in the formula)."""
        listed = [tuple(term) for term in terms]
        first: dict[str, int] = {}
        for text, position in (pair for term in listed for pair in term):
            first[text] = min(position, first.get(text, position))
        ranked = sorted(first, key=first.__getitem__)
        return cls(
            terms={frozenset(text for text, _ in term): i for i, term in enumerate(listed)},
            factors={text: i for i, text in enumerate(ranked)},
        )

    def sort_terms(self, terms: Sequence[tuple[str, ...]]) -> list[int]:
        """Return the positions of `terms` in R's order: by degree, then as the formula has them."""
        last = len(self.terms)

        def key(i: int) -> tuple[int, int]:
            return len(terms[i]), self.terms.get(frozenset(terms[i]), last + i)

        return sorted(range(len(terms)), key=key)

    def sort_factors(self, factors: Sequence[str]) -> list[int]:
        """Return the positions of `factors` in R's order: by first mention in the formula."""
        last = len(self.factors)
        return sorted(range(len(factors)), key=lambda i: self.factors.get(factors[i], last + i))


def interaction_order(widths: Sequence[int], order: Sequence[int]) -> NDArray[np.intp]:
    """Return how to reorder the columns of an interaction when its factors are reordered.

    Parameters
    ----------
    widths : sequence of int
        Number of columns of each factor; the first factor's columns vary fastest.
    order : sequence of int
        The factors in their new order.

    Returns
    -------
    ndarray of int
        Old positions of the columns, in the new order (first factor of the new order fastest).

    Examples
    --------
    >>> interaction_order([2, 3], [1, 0]).tolist()
    [0, 2, 4, 1, 3, 5]
    """
    grid = np.arange(int(np.prod(widths, dtype=int)), dtype=np.intp).reshape(tuple(widths), order="F")
    return grid.transpose(tuple(order)).ravel(order="F")
