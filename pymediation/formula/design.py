"""A formula that has learnt from data: rows in, R's model matrix out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.design.base import Term
from pymediation.errors import UnknownNameError, did_you_mean
from pymediation.formula.evaluate import Evaluator, Scope
from pymediation.formula.functions import numbers
from pymediation.formula.nodes import names_in
from pymediation.formula.recipes import Recipe, learn_recipe, read_override, recipe_coding, recipe_data
from pymediation.formula.terms import TermTable
from pymediation.formula.values import Value

__all__ = ["RDesign", "learn_design"]

Floats = NDArray[np.float64]
Columns = Sequence[Callable[[], Floats]]


@dataclass(frozen=True, slots=True, eq=False)
class RDesign:
    """The design of an R formula, with everything it learnt from the rows of the fit.

    Implements `pymediation.design.base.Design`. Columns, their order and their names are those of R's
    ``model.matrix``.

    Attributes
    ----------
    names : tuple of str
        Names of the k columns.
    terms : tuple of Term
        The terms, in column order; the intercept has the label ``"1"``.
    table : TermTable
        The terms as the formula gives them, before any data.
    recipes : tuple of Recipe
        For each variable of `table` what was learnt about it; None where no term uses it.
    codings : tuple of tuple of bool
        For each term of `table` and each of its factors, whether a categorical one has an indicator for
        every level. Otherwise it has contrasts.
    scope : Scope
        Constants, matrices and functions that the formula uses besides columns.
    state : mapping
        What the functions learnt, by the text of their call.
    contrasts : mapping
        The contrasts that were asked for, by factor.
    """

    names: tuple[str, ...]
    terms: tuple[Term, ...]
    table: TermTable
    recipes: tuple[Recipe | None, ...]
    codings: tuple[tuple[bool, ...], ...]
    scope: Scope
    state: Mapping[str, Any]
    contrasts: Mapping[str, Any]

    @property
    def variables(self) -> frozenset[str]:
        """Names of the data columns that the recipe reads, those of ``offset()`` included."""
        read = {position for term in self.table.terms for position in term} | set(self.table.offsets)
        return frozenset(column for position in read for column in self._columns_of(position))

    @property
    def offset_variables(self) -> frozenset[str]:
        """Names of the data columns that the terms ``offset()`` read."""
        return frozenset(column for position in self.table.offsets for column in self._columns_of(position))

    def factor_variables(self, factor: str) -> frozenset[str]:
        """Return the data columns that one factor (as written in `terms`) reads.

        Parameters
        ----------
        factor : str
            Text of a factor, such as ``"log(age)"``.

        Returns
        -------
        frozenset of str
            Names of columns.

        Raises
        ------
        UnknownNameError
            If no term has such a factor.
        """
        return frozenset(self._columns_of(self._position(factor)))

    def factor_values(self, factor: str, frame: pd.DataFrame) -> NDArray[Any]:
        """Return one factor on the rows of `frame`: numbers, or codes of its levels from 0."""
        position = self._position(factor)
        evaluator = Evaluator(frame, self.scope, self.state)
        recipe = self.recipes[position]
        if recipe is None:  # pragma: no cover - _position only finds factors with a recipe
            raise UnknownNameError(factor)
        return recipe_data(recipe, evaluator.rows(recipe.node, self.table.source))

    def level_codes(self, frame: pd.DataFrame) -> Mapping[str, tuple[NDArray[np.intp], tuple[Any, ...]]]:
        """Return, for each categorical factor, the code of its level in each row and the levels."""
        return {
            recipe.text: (self.factor_values(recipe.text, frame), recipe.levels)
            for recipe in self.recipes
            if recipe is not None and recipe.levels is not None
        }

    def levels(self, factor: str) -> tuple[str, ...] | None:
        """Return the levels of one factor (as written in `terms`), None if it is not categorical."""
        recipe = self.recipes[self._position(factor)]
        return None if recipe is None else recipe.levels

    def matrix(
        self,
        frame: pd.DataFrame,
        *,
        values: Mapping[str, Any] | None = None,
        default_contrasts: bool = False,
    ) -> Floats:
        """Evaluate the recipe on the rows of `frame`.

        Parameters
        ----------
        frame : DataFrame
            n rows that hold at least `variables`.
        values : mapping, optional
            Factor text -> n values (or one for all rows) to be used instead of evaluating that factor on
            `frame`. For a categorical factor text, booleans and categoricals are labels of levels;
            numbers are codes of levels from 0.
        default_contrasts : bool
            Code every categorical factor with R's default contrasts whatever the model was fitted with.

        Returns
        -------
        ndarray, shape (n, k)
            Column-major; a row is NaN where a variable is missing.

        Raises
        ------
        UnknownNameError
            If a column is missing, or a categorical factor has a level that was not there at the fit.

        Examples
        --------
        >>> import pandas as pd
        >>> from pymediation.formula import model_frame
        >>> data = pd.DataFrame({"y": [1.0, 2, 4], "g": ["b", "a", "b"]})
        >>> design = model_frame("y ~ g", data).design
        >>> design.matrix(pd.DataFrame({"g": ["b"]})).tolist()
        [[1.0, 1.0]]
        """
        given = {self._position(factor): value for factor, value in (values or {}).items()}
        evaluator = Evaluator(frame, self.scope, self.state)
        data: dict[int, Floats | NDArray[np.intp]] = {}
        for position, recipe in enumerate(self.recipes):
            if recipe is None:
                continue
            if position in given:
                data[position] = read_override(recipe, given[position], len(frame))
            else:
                data[position] = recipe_data(recipe, evaluator.rows(recipe.node, self.table.source))
        return self._assemble(data, len(frame), default_contrasts)

    def matrix_of(self, values: Sequence[Value], rows: int) -> Floats:
        """Build the columns from the variables of `table`, evaluated already; see `matrix`."""
        data = {i: recipe_data(r, values[i]) for i, r in enumerate(self.recipes) if r is not None}
        return self._assemble(data, rows, False)

    def offset(self, frame: pd.DataFrame) -> Floats | None:
        """Return the sum of the ``offset()`` terms on the rows of `frame`, None if there are none.

        Parameters
        ----------
        frame : DataFrame
            n rows that hold at least `variables`.

        Returns
        -------
        ndarray, shape (n,), or None
            The offset.
        """
        if not self.table.offsets:
            return None
        evaluator = Evaluator(frame, self.scope, self.state)
        return sum_offsets(self.table, evaluator)

    def relearn(self, frame: pd.DataFrame) -> RDesign:
        """Return the recipe of the same formula learnt anew from the rows of `frame`.

        Parameters
        ----------
        frame : DataFrame
            Rows without missing values that hold at least the columns of the formula.

        Returns
        -------
        RDesign
            The recipe with the levels, means, knots, ... of these rows.
        """
        evaluator = Evaluator(frame, self.scope)
        values = [evaluator.rows(node, self.table.source) for node in self.table.variables]
        return learn_design(self.table, values, evaluator, self.contrasts)

    def _columns_of(self, position: int) -> list[str]:
        """Return the data columns that a variable reads."""
        names = names_in(self.table.variables[position])
        return [column for name in names for column in self.scope.columns_of(name)]

    def _position(self, factor: str) -> int:
        """Return the position of a factor among the variables."""
        used = [recipe.text for recipe in self.recipes if recipe is not None]
        if factor not in used:
            raise UnknownNameError(
                f"{factor!r} is not a factor of the terms of {self.table.source!r}; the factors are {used}."
                f"{did_you_mean(factor, used)}"
            )
        return self.table.texts.index(factor)

    def _assemble(self, data: Mapping[int, Any], rows: int, default: bool) -> Floats:
        """Multiply the columns of the factors, the first factor varying fastest."""
        matrix = np.empty((rows, len(self.names)), order="F")
        start = int(self.table.intercept)
        matrix[:, :start] = 1.0
        for term, full in zip(self.table.terms, self.codings, strict=True):
            blocks = [_block(self.recipes[i], f, default, data[i]) for i, f in zip(term, full, strict=True)]  # type: ignore[arg-type]
            for combination in product(*reversed(blocks)):
                target = matrix[:, start]
                target[:] = combination[-1]()
                for column in combination[-2::-1]:
                    target *= column()
                start += 1
        return matrix


def _block(recipe: Recipe, full: bool, default: bool, data: Any) -> Columns:
    """Return functions that give the columns of one factor."""
    if recipe.levels is None:
        return [partial(_number_column, data, j) for j in range(len(recipe.suffixes))]
    coding = recipe_coding(recipe, full, default)[0]
    return [partial(_coded_column, coding, data, j) for j in range(coding.shape[1])]


def _number_column(data: Floats, column: int) -> Floats:
    """Return one column of numbers."""
    return data if data.ndim == 1 else data[:, column]


def _coded_column(coding: Floats, codes: NDArray[np.intp], column: int) -> Floats:
    """Return one column of a coded factor; the last row of the coding is for missing levels."""
    return np.take(np.ascontiguousarray(coding[:, column]), codes, mode="wrap")


def sum_offsets(table: TermTable, evaluator: Evaluator) -> Floats:
    """Add up the ``offset()`` terms."""
    total = np.zeros(len(evaluator.frame))
    for position in table.offsets:
        total += numbers(evaluator.rows(table.variables[position], table.source))
    return total


def learn_design(
    table: TermTable, values: Sequence[Value], evaluator: Evaluator, contrasts: Mapping[str, Any]
) -> RDesign:
    """Learn a design from the evaluated variables of a formula.

    Parameters
    ----------
    table : TermTable
        The terms.
    values : sequence of Value
        The variables of `table` on the rows of the fit, none missing.
    evaluator : Evaluator
        What evaluated them; it holds what the functions learnt.
    contrasts : mapping
        Contrasts asked for, by factor.

    Returns
    -------
    RDesign
        The design.
    """
    used = {position for term in table.terms for position in term}
    texts = table.texts
    recipes = tuple(
        learn_recipe(texts[i], node, values[i], contrasts.get(texts[i])) if i in used else None
        for i, node in enumerate(table.variables)
    )
    _check_contrasts(contrasts, recipes)
    codings = _codings(table, recipes)
    names, terms = _names(table, recipes, codings)
    return RDesign(names, terms, table, recipes, codings, evaluator.scope, evaluator.state, contrasts)


def _check_contrasts(contrasts: Mapping[str, Any], recipes: Sequence[Recipe | None]) -> None:
    """Refuse contrasts for what is not a factor of the formula."""
    factors = [recipe.text for recipe in recipes if recipe is not None and recipe.levels is not None]
    for name in contrasts:
        if name not in factors:
            raise UnknownNameError(
                f"`contrasts` names {name!r}, which is not a categorical factor of the formula; these are "
                f"{factors}.{did_you_mean(name, factors)}"
            )


def _codings(table: TermTable, recipes: Sequence[Recipe | None]) -> tuple[tuple[bool, ...], ...]:
    """Decide which factors get an indicator for every level.

    R: contrasts if the rest of the term is empty or within an earlier term. Without an intercept the
    first categorical factor gets all its indicators.
    """
    codings: list[list[bool]] = []
    for number, term in enumerate(table.terms):
        earlier = [set(other) for other in table.terms[:number]]
        rests = [set(term) - {factor} for factor in term]
        codings.append([bool(rest) and not any(rest <= other for other in earlier) for rest in rests])
    if not table.intercept:
        _code_first_factor(codings, table, recipes)
    return tuple(map(tuple, codings))


def _code_first_factor(codings: list[list[bool]], table: TermTable, recipes: Sequence[Recipe | None]) -> None:
    """Give the first categorical factor all its indicators."""
    for coding, term in zip(codings, table.terms, strict=True):
        for place, factor in enumerate(term):
            recipe = recipes[factor]
            if recipe is not None and recipe.levels is not None:
                coding[place] = True
                return


def _names(
    table: TermTable, recipes: Sequence[Recipe | None], codings: Sequence[Sequence[bool]]
) -> tuple[tuple[str, ...], tuple[Term, ...]]:
    """Return the names of the columns, and the terms with their places."""
    names = ["(Intercept)"] if table.intercept else []
    terms = [Term("1", (), slice(0, 1))] if table.intercept else []
    texts = table.texts
    for label, term, full in zip(table.labels, table.terms, codings, strict=True):
        parts = [_column_names(recipes[i], f) for i, f in zip(term, full, strict=True)]  # type: ignore[arg-type]
        start = len(names)
        names += [":".join(reversed(combination)) for combination in product(*reversed(parts))]
        terms.append(Term(label, tuple(texts[i] for i in term), slice(start, len(names))))
    return tuple(names), tuple(terms)


def _column_names(recipe: Recipe, full: bool) -> tuple[str, ...]:
    """Return the names of the columns of one factor."""
    suffixes = recipe.suffixes if recipe.levels is None else recipe_coding(recipe, full, False)[1]
    return tuple(recipe.text + suffix for suffix in suffixes)
