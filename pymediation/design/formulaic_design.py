"""Designs of models whose formula was read by formulaic."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import pandas as pd

from pymediation.design.coding import Block, CodingTerm, FactorCoding, arrange
from pymediation.design.expressions import variables_of
from pymediation.design.formula_design import FormulaDesign, is_row_data
from pymediation.design.ordering import FormulaOrder
from pymediation.errors import FormulaError

__all__ = ["FormulaicDesign"]


@dataclass(frozen=True, slots=True, eq=False)
class FormulaicDesign(FormulaDesign):
    """The design of a formulaic formula, kept as formulaic's ``ModelSpec``.

    Levels, contrasts and the state of transforms are those of the fit. Unlike with formulaic itself, a level
    that the model was not fitted with is an error, and no row is dropped.

    Attributes
    ----------
    spec : formulaic.ModelSpec
        formulaic's own recipe.
    context : mapping
        Functions and constants of the caller's that the formula uses: formulaic does not keep them.
    """

    spec: Any
    context: Mapping[str, Any]

    @classmethod
    def from_spec(
        cls,
        spec: Any,
        formula: str | None = None,
        frame_columns: Collection[str] | None = None,
        *,
        context: Mapping[str, Any] | None = None,
        n_rows: int | None = None,
    ) -> FormulaicDesign:
        """Read formulaic's recipe.

        Parameters
        ----------
        spec : formulaic.ModelSpec
            ``result.model.data.model_spec`` of statsmodels when its formula engine is formulaic.
        formula : str, optional
            The formula, for the order of its terms; without it the order of `spec` is used.
        frame_columns : collection of str, optional
            Columns of the data, to tell them from names of the caller's scope.
        context : mapping, optional
            Names of the caller's scope that the formula uses, with their values.
        n_rows : int, optional
            Rows of the data, to tell captured data from other captured arrays (knots).

        Returns
        -------
        FormulaicDesign
        """
        columns = None if frame_columns is None else frozenset(frame_columns)
        names = _required(spec) if columns is None else columns
        factors = {text: _factor_coding(spec, text, names) for text in _factor_texts(spec)}
        terms = list(_coding_terms(spec, factors))
        coding = arrange(spec.column_names, terms, factors, _order(spec, formula))
        scope = dict(context or {})
        captured = frozenset[str]() if columns is None else _captured(spec, columns, scope, n_rows)
        return cls(
            coding, spec, scope, captured=captured, formula=formula, frame_columns=columns, n_rows=n_rows
        )

    def relearn(self, frame: pd.DataFrame) -> FormulaicDesign:
        """Return the recipe of the same terms with levels and transforms learnt anew from `frame`.

        Parameters
        ----------
        frame : DataFrame
            The rows to learn from.

        Returns
        -------
        FormulaicDesign
        """
        fresh = self.spec.update(structure=None, transform_state={}, encoder_state={})
        spec = fresh.get_model_matrix(frame, context=self.context).model_spec
        return FormulaicDesign.from_spec(
            spec, self.formula, self.frame_columns, context=self.context, n_rows=len(frame)
        )

    def _evaluate(self, text: str, frame: pd.DataFrame) -> Any:
        """Evaluate a factor with the state of its transforms."""
        from formulaic.utils.stateful_transforms import stateful_eval

        factor = next(factor for factor in self.spec.factors if factor.expr == text)
        names = self.spec.get_materializer(frame, context=self.context).layered_context
        if factor.eval_method.value == "lookup":
            value = names[text]
        else:
            # The state is copied because transforms may write to it.
            state = deepcopy(self.spec.transform_state)
            value = stateful_eval(text, names, {text: factor.metadata}, state, self.spec)
        return getattr(value, "__wrapped__", value)


def _order(spec: Any, formula: str | None) -> FormulaOrder:
    """Return the order of the terms in the formula, or in formulaic's recipe when there is no formula."""
    if formula is None:
        return FormulaOrder.from_terms(
            [(text, place) for place, text in enumerate(_variable_factors(term))] for term in spec.terms
        )
    from formulaic import Formula
    from formulaic.parser import DefaultFormulaParser

    flags = DefaultFormulaParser.FeatureFlags.TWOSIDED
    parsed = Formula(formula, _parser=DefaultFormulaParser(feature_flags=flags), _ordering="none")
    terms = getattr(parsed, "rhs", parsed)
    return FormulaOrder.from_terms(
        [(factor.expr, factor.token.source_start or 0) for factor in term.factors if not _is_literal(factor)]
        for term in terms
    )


def _is_literal(factor: Any) -> bool:
    """Return whether a factor is a number written in the formula, such as the 1 of the intercept."""
    return bool(factor.eval_method.value == "literal")


def _variable_factors(term: Any) -> tuple[str, ...]:
    """Return the texts of a term's factors, numbers left out."""
    return tuple(factor.expr for factor in term.factors if not _is_literal(factor))


def _factor_texts(spec: Any) -> Iterable[str]:
    """Return the text of every factor, in the order of the terms."""
    return dict.fromkeys(text for term in spec.terms for text in _variable_factors(term))


def _required(spec: Any) -> frozenset[str]:
    """Return the columns that formulaic read; it does not list those in ``Q("...")`` that have a dot."""
    quoted = [variables_of(text) for text in _factor_texts(spec) if text.startswith("Q(")]
    return frozenset(str(name) for name in spec.required_variables).union(*quoted)


def _factor_coding(spec: Any, text: str, columns: frozenset[str]) -> FactorCoding:
    """Read what formulaic learnt about a factor."""
    variables = frozenset({text}) if text in columns else variables_of(text) & columns
    kind, state = spec.encoder_state[text]
    if kind.value != "categorical":
        return FactorCoding(text, variables, width=_numeric_width(spec, text))
    if "contrasts" not in state:
        msg = f"The coding of {text!r} cannot be rebuilt from its levels. Use a categorical column instead."
        raise FormulaError(msg)
    return FactorCoding(text, variables, tuple(state["categories"]))


def _numeric_width(spec: Any, text: str) -> int:
    """Count a numeric factor's columns by their suffixes in the column names; formulaic does not store it."""
    pattern = re.compile(rf"(?:^|:){re.escape(text)}((?:\[[^\]]*\])*)(?=:|$)")
    for row in spec.structure:
        uses = [use for term in row.scoped_terms for use in term.factors if use.factor.expr == text]
        if uses:
            suffixes = {suffix for name in row.columns for suffix in pattern.findall(name)}
            return len(suffixes) + all(use.reduced for use in uses)
    return 1


def _coding_terms(spec: Any, factors: Mapping[str, FactorCoding]) -> Iterable[CodingTerm]:
    """Read how formulaic codes each term: a block per scoped term."""
    start = 0
    for row in spec.structure:
        blocks, end = [], start + len(row.columns)
        for scoped in row.scoped_terms:
            block = _block(spec, scoped, factors, start)
            blocks.append(block)
            start += block.columns.size
        if start != end:
            msg = f"Cannot read how {row.term!s} is coded: found {start} columns where formulaic has {end}."
            raise FormulaError(msg)
        yield CodingTerm(_variable_factors(row.term), tuple(blocks))


def _block(spec: Any, scoped: Any, factors: Mapping[str, FactorCoding], start: int) -> Block:
    """Read one product of coded factors."""
    texts = tuple(factor.factor.expr for factor in scoped.factors)
    matrices = {}
    for factor, text in zip(scoped.factors, texts, strict=True):
        if factors[text].levels is not None:
            contrasts = spec.encoder_state[text][1]["contrasts"]
            matrix = contrasts.get_coding_matrix(reduced_rank=factor.reduced)
            matrices[text] = np.asarray(matrix, dtype=float)
        elif factor.reduced:
            # A basis that contains the constant gives up its first column beside an intercept.
            matrices[text] = np.eye(factors[text].width)[:, 1:]
    widths = tuple(matrices[text].shape[1] if text in matrices else factors[text].width for text in texts)
    columns = np.arange(start, start + prod(widths), dtype=np.intp)
    return Block(texts, widths, matrices, columns, float(scoped.scale))


def _captured(
    spec: Any, columns: frozenset[str], context: Mapping[str, Any], n_rows: int | None
) -> frozenset[str]:
    """Return the names that hold row data but are no columns of the frame.

    Without their values, every value that formulaic found in the caller's scope is reported, because it
    cannot be evaluated again.
    """
    keywords = n_rows is not None
    used = (variables_of(text, keywords=keywords) for text in _factor_texts(spec))
    mentioned = frozenset[str]().union(*used) - columns
    outside = {
        str(variable.root)
        for variable in spec.variables_by_source.get("context", ())
        if any(role.value == "value" for role in variable.roles)
    }
    return frozenset(
        name for name in mentioned & outside if name not in context or is_row_data(context[name], n_rows)
    )
