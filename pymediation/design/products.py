"""Columns of a design that are products of other columns, found by their values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["find_products"]

# A product stored in the data differs from one computed again by rounding only.
_RTOL = 1e-12
_SCREENED = 16  # rows looked at before all rows are compared


class _Relation(NamedTuple):
    """Column `product` equals ``left * right`` on all rows."""

    product: int
    left: int
    right: int


def find_products(
    names: Sequence[str], X: NDArray[np.float64], follow: Collection[int], skip: Collection[int] = ()
) -> dict[int, tuple[int, ...]]:
    r"""Find the columns that are products of others, such as an interaction or a square supplied by hand.

    Column c is a product when :math:`x_{ic} = x_{ia} x_{ib}` on all rows i, for a in `follow` and any b
    (b = a for a square), none of them constant. Products of products are traced back to other columns.

    Parameters
    ----------
    names : sequence of str
        Column names. Where any column of a triple is the product of the other two, as with values -1 and 1,
        the product is the one that is not in `follow`, then the one whose name mentions the others, then the
        last.
    X : ndarray, shape (n, k)
        The columns.
    follow : collection of int
        Columns whose products are looked for.
    skip : collection of int
        Columns that take no part.

    Returns
    -------
    dict
        Position of a product -> positions of the columns that are multiplied, repeated for powers.

    Examples
    --------
    >>> t, m = np.array([0.0, 1.0, 1.0, 0.0]), np.array([2.0, 3.0, 5.0, 7.0])
    >>> find_products(["t", "m", "tm", "m2"], np.column_stack([t, m, t * m, m * m]), follow=[0, 1])
    {2: (0, 1), 3: (1, 1)}
    """
    varying = [j for j in range(X.shape[1]) if j not in skip and np.ptp(X[:, j]) > 0]
    partners = [j for j in varying if j in follow]
    found = [relation for c in varying for relation in _relations(X, c, partners, varying)]
    best: dict[frozenset[int], _Relation] = {}
    for relation in found:
        triple = frozenset(relation)
        rival = best.setdefault(triple, relation)
        if _preference(relation, names, follow) > _preference(rival, names, follow):
            best[triple] = relation
    return _trace(best.values())


def _relations(
    X: NDArray[np.float64], c: int, partners: Sequence[int], varying: Sequence[int]
) -> Iterable[_Relation]:
    """Return the ways to write column `c` as a product of a partner and another column."""
    rows = np.flatnonzero(X[:, c])
    rows = rows[np.linspace(0, rows.size - 1, min(rows.size, _SCREENED)).astype(np.intp)]
    left, right = X[rows][:, partners], X[rows][:, varying]
    close = np.isclose(left[:, :, None] * right[:, None, :], X[rows, c][:, None, None], rtol=_RTOL, atol=0)
    for i, j in np.argwhere(close.all(axis=0)):
        a, b = partners[i], varying[j]
        if c in (a, b) or (b in partners and b < a):
            continue
        product = X[:, a] * X[:, b]
        duplicate = np.array_equal(X[:, c], X[:, a]) or np.array_equal(X[:, c], X[:, b])
        if not duplicate and np.allclose(product, X[:, c], rtol=_RTOL, atol=0):
            yield _Relation(c, a, b)


def _preference(relation: _Relation, names: Sequence[str], follow: Collection[int]) -> tuple[bool, bool, int]:
    """Rank the readings of three columns any of which is the product of the others."""
    name = names[relation.product]
    mentions = all(names[parent] in name for parent in relation[1:])
    return relation.product not in follow, mentions, relation.product


def _trace(relations: Iterable[_Relation]) -> dict[int, tuple[int, ...]]:
    """Trace products back to columns that are no products; the shortest way counts."""
    pending = list(relations)
    products = {relation.product for relation in pending}
    expanded: dict[int, tuple[int, ...]] = {}
    changed = True
    while changed:
        changed = False
        for product, left, right in pending:
            parts = [_expansion(parent, products, expanded) for parent in (left, right)]
            if parts[0] is None or parts[1] is None:
                continue
            base = parts[0] + parts[1]
            if product not in expanded or len(base) < len(expanded[product]):
                expanded[product], changed = base, True
    return dict(sorted(expanded.items()))


def _expansion(
    column: int, products: Collection[int], expanded: Mapping[int, tuple[int, ...]]
) -> tuple[int, ...] | None:
    """Return the base columns of a column; None while they are not known."""
    return expanded.get(column) if column in products else (column,)
