"""Designs of models fitted from a table of named regressors, without a formula."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pymediation.design.base import Term
from pymediation.design.coding import FactorCoding, column_of, encode
from pymediation.design.products import find_products
from pymediation.errors import ArgumentError, UnknownNameError, did_you_mean

__all__ = ["ColumnsDesign"]

_INTERCEPTS = ("const", "intercept", "(intercept)")


@dataclass(frozen=True, slots=True, eq=False)
class ColumnsDesign:
    """The design of a model whose regressors were given as columns: each column is a term.

    Attributes
    ----------
    names : tuple of str
        Names of the k columns, in the order given.
    constants : mapping
        Name of the intercept column -> its value; empty without an intercept.
    products : mapping
        Name of a product column -> names of the columns that are multiplied, repeated for powers. Such a
        column is computed, so that it follows when one of its parents is changed.
    """

    names: tuple[str, ...]
    constants: Mapping[str, float]
    products: Mapping[str, tuple[str, ...]]

    @classmethod
    def from_columns(cls, names: Sequence[str], X: ArrayLike, follow: Collection[str] = ()) -> ColumnsDesign:
        """Read the columns of a design matrix.

        Parameters
        ----------
        names : sequence of str
            Names of the k columns; must be different.
        X : array-like, shape (n, k)
            The columns; the values are used to recognise the intercept and products, and not kept.
        follow : collection of str
            Columns (treatment and mediator) whose products are looked for. A column that equals, up to
            rounding, the product of one of them and another column, or its square, is taken for that product
            whatever its name.

        Returns
        -------
        ColumnsDesign

        Raises
        ------
        ArgumentError
            Two columns have one name, or there are not as many names as columns.
        UnknownNameError
            `follow` has a name that is not among `names`.

        Examples
        --------
        >>> design = ColumnsDesign.from_columns(
        ...     ["const", "t", "m", "tm"], [[1, 0, 2, 0], [1, 1, 3, 3], [1, 1, 5, 5]], follow=("t", "m")
        ... )
        >>> design.terms[3].factors
        ('t', 'm')
        """
        names, values = tuple(names), np.asarray(X, dtype=float)
        _check_names(names, values, follow)
        intercept = _intercept(names, values)
        constants = {} if intercept is None else {names[intercept]: float(values[0, intercept])}
        followed = [names.index(name) for name in follow]
        found = find_products(names, values, followed, skip=[] if intercept is None else [intercept])
        products = {names[c]: tuple(names[j] for j in parents) for c, parents in found.items()}
        return cls(names, constants, products)

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms, in column order; the label is the name of the column, the factors are its parents."""
        return tuple(
            Term("1" if name in self.constants else name, self._factors(name), slice(j, j + 1))
            for j, name in enumerate(self.names)
        )

    @property
    def variables(self) -> frozenset[str]:
        """Names of the data columns that the recipe reads: neither the intercept nor products."""
        return frozenset(self.names) - self.constants.keys() - self.products.keys()

    @property
    def permutation(self) -> NDArray[np.intp]:
        """Positions of the columns in the table given, shape (k,): unchanged."""
        return np.arange(len(self.names), dtype=np.intp)

    @property
    def captured(self) -> frozenset[str]:
        """Arrays taken from the caller's scope: none."""
        return frozenset()

    def factor_variables(self, factor: str) -> frozenset[str]:
        """Return the data columns that one factor (as written in `terms`) or one product column reads."""
        if factor not in self.names:
            raise UnknownNameError(_unknown(factor, self.names))
        return frozenset(self._factors(factor))

    def matrix(
        self,
        frame: pd.DataFrame,
        *,
        values: Mapping[str, Any] | None = None,
        default_contrasts: bool = False,
    ) -> NDArray[np.float64]:
        """Return the columns for the rows of `frame`.

        Parameters
        ----------
        frame : DataFrame
            n rows that hold the `variables` not given in `values`.
        values : mapping, optional
            Name of a column -> n values to be used instead. Products of a column follow, unless they are
            given themselves.
        default_contrasts : bool
            Without effect: the columns are numbers.

        Returns
        -------
        ndarray, shape (n, k)

        Raises
        ------
        UnknownNameError
            A column is not in `frame`, or `values` names no column of the design.
        ArgumentError
            Missing values, or values that are not numbers.
        """
        given = dict(values or {})
        for name in given:
            if name not in self.names:
                raise UnknownNameError(_unknown(name, self.names))
        out = np.empty((len(frame), len(self.names)))
        position = {name: j for j, name in enumerate(self.names)}
        for name, j in position.items():
            if name in given:
                out[:, j] = _numbers(name, given[name], frame)
            elif name in self.constants:
                out[:, j] = self.constants[name]
            elif name not in self.products:
                out[:, j] = _numbers(name, column_of(frame, name, name), frame)
        for name, parents in self.products.items():
            if name not in given:
                out[:, position[name]] = out[:, [position[parent] for parent in parents]].prod(axis=1)
        return out

    def factor_values(self, factor: str, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Return one column for the rows of `frame`, shape (n,)."""
        return self.matrix(frame)[:, self.names.index(factor)]

    def level_codes(self, frame: pd.DataFrame) -> Mapping[str, tuple[NDArray[np.intp], tuple[Any, ...]]]:
        """Return the codes of categorical factors: there are none."""
        return {}

    def relearn(self, frame: pd.DataFrame) -> ColumnsDesign:
        """Return the same recipe: columns have no levels or transforms to learn from `frame`."""
        return self

    def _factors(self, name: str) -> tuple[str, ...]:
        """Return the factors of a column."""
        return () if name in self.constants else self.products.get(name, (name,))


def _numbers(name: str, value: Any, frame: pd.DataFrame) -> NDArray[np.float64]:
    """Return the checked values of one column, shape (n,)."""
    return encode(FactorCoding(name, frozenset({name})), value, frame).values[:, 0]


def _intercept(names: Sequence[str], X: NDArray[np.float64]) -> int | None:
    """Return the position of the constant column; of several, the one with the name of an intercept."""
    constant = [j for j in range(len(names)) if X[0, j] != 0 and np.ptp(X[:, j]) == 0]
    named = [j for j in constant if names[j].lower() in _INTERCEPTS]
    return next(iter(named or constant), None)


def _check_names(names: tuple[str, ...], X: NDArray[np.float64], follow: Collection[str]) -> None:
    """Raise for names that do not identify the columns."""
    if X.ndim != 2 or X.shape[1] != len(names) or X.shape[0] == 0:
        msg = f"Expected at least one row and a column for each of {len(names)} names; got shape {X.shape}."
        raise ArgumentError(msg)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        listed = ", ".join(map(repr, twice))
        msg = f"Columns {listed} occur more than once. Rename them: columns are found by name."
        raise ArgumentError(msg)
    for name in follow:
        if name not in names:
            raise UnknownNameError(_unknown(name, names))


def _unknown(name: str, names: Sequence[str]) -> str:
    """Say that a column does not exist."""
    listed = ", ".join(map(repr, names))
    return f"{name!r} is not a column of the design; its columns: {listed}.{did_you_mean(name, names)}"
