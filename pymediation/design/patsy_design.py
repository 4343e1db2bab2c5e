"""Designs of models whose formula was read by patsy."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from pymediation.design.coding import Block, CodingTerm, FactorCoding, arrange
from pymediation.design.expressions import variables_of
from pymediation.design.formula_design import FormulaDesign, is_row_data
from pymediation.design.ordering import FormulaOrder

__all__ = ["PatsyDesign"]


@dataclass(frozen=True, slots=True, eq=False)
class _Expression:
    """What evaluates a factor as patsy does, and can be pickled, which patsy's own objects refuse.

    Attributes
    ----------
    code : str
        The factor with its transforms replaced by the objects that hold what they learnt.
    flags : int
        Those of the compiler.
    scope : mapping
        What the names of the code stand for outside the data.
    transforms : mapping
        Those objects.
    """

    code: str
    flags: int
    scope: Mapping[str, Any]
    transforms: Mapping[str, Any]

    @classmethod
    def of(cls, info: Any) -> _Expression:
        """Read what patsy learnt about a factor."""
        code, transforms = info.state["eval_code"], info.state["transforms"]
        return cls(code, info.state["eval_env"].flags, _scope(info, code), transforms)

    def values(self, frame: pd.DataFrame) -> Any:
        """Evaluate it on the rows of `frame`."""
        from patsy.eval import EvalEnvironment, VarLookupDict

        inner = VarLookupDict([frame, self.transforms])
        return EvalEnvironment([self.scope], self.flags).eval(self.code, inner_namespace=inner)

    def __reduce__(self) -> tuple[Any, ...]:
        learnt = {name: (type(part), vars(part)) for name, part in self.transforms.items()}
        return _expression, (self.code, self.flags, self.scope, learnt)


def _expression(
    code: str, flags: int, scope: Mapping[str, Any], learnt: Mapping[str, tuple[type, dict[str, Any]]]
) -> _Expression:
    """Put an expression together again."""
    transforms: dict[str, Any] = {name: object.__new__(kind) for name, (kind, _) in learnt.items()}
    for name, (_, state) in learnt.items():
        vars(transforms[name]).update(state)
    return _Expression(code, flags, scope, transforms)


@dataclass(frozen=True, slots=True, eq=False)
class PatsyDesign(FormulaDesign):
    """The design of a patsy formula.

    Levels, contrasts and the state of transforms (means, knots) are those of the fit.

    Attributes
    ----------
    expressions : mapping of str to _Expression
        What evaluates the factors that are Python expressions, which those of formulas are, by their text.
    info : patsy.DesignInfo or None
        patsy's own recipe, from which another can be learnt. patsy does not support pickling of it: a design
        that was pickled is without, and can be evaluated only.
    """

    expressions: Mapping[str, _Expression]
    info: Any

    @classmethod
    def from_spec(
        cls,
        spec: Any,
        formula: str | None = None,
        frame_columns: Collection[str] | None = None,
        *,
        n_rows: int | None = None,
    ) -> PatsyDesign:
        """Read patsy's recipe.

        Parameters
        ----------
        spec : patsy.DesignInfo
            ``result.model.data.model_spec`` of statsmodels (``design_info`` before 0.15).
        formula : str, optional
            The formula, for the order of its terms; without it the order of `spec` is used.
        frame_columns : collection of str, optional
            Columns of the data, to tell them from names of the caller's scope.
        n_rows : int, optional
            Rows of the data, to tell captured data from other captured arrays (knots).

        Returns
        -------
        PatsyDesign
        """
        columns = None if frame_columns is None else frozenset(frame_columns)
        factors = {info.factor.name(): _factor_coding(info, columns) for info in spec.factor_infos.values()}
        terms = [_coding_term(spec, term) for term in spec.terms]
        coding = arrange(spec.column_names, terms, factors, _order(spec, formula))
        captured = frozenset[str]()
        if columns is not None:
            captured = captured.union(*(_captured(i, columns, n_rows) for i in spec.factor_infos.values()))
        evaluated = [info for info in spec.factor_infos.values() if "eval_code" in info.state]
        expressions = {info.factor.name(): _Expression.of(info) for info in evaluated}
        more: dict[str, Any] = {"formula": formula, "frame_columns": columns, "n_rows": n_rows}
        return cls(coding, expressions, spec, captured=captured, **more)

    def __reduce__(self) -> tuple[Any, ...]:
        more = {name: getattr(self, name) for name in ("captured", "formula", "frame_columns", "n_rows")}
        needed = None if len(self.expressions) == len(self.coding.factors) else self.info
        return partial(PatsyDesign, **more), (self.coding, self.expressions, needed)

    def relearn(self, frame: pd.DataFrame) -> PatsyDesign:
        """Return the recipe of the same terms with levels and transforms learnt anew from `frame`.

        Parameters
        ----------
        frame : DataFrame
            The rows to learn from; names of the caller's scope are those seen at the fit.

        Returns
        -------
        PatsyDesign
        """
        from patsy import EvalEnvironment, design_matrix_builders

        if self.info is None:  # pragma: no cover - designs that travel are evaluated only
            raise TypeError
        scope: dict[str, Any] = {}
        for info in self.info.factor_infos.values():
            scope.update(_scope(info))
        (spec,) = design_matrix_builders([self.info.terms], lambda: iter([frame]), EvalEnvironment([scope]))
        return PatsyDesign.from_spec(spec, self.formula, self.frame_columns, n_rows=len(frame))

    def _evaluate(self, text: str, frame: pd.DataFrame) -> Any:
        """Evaluate a factor with the state of its transforms."""
        if text in self.expressions:
            value = self.expressions[text].values(frame)
        else:
            info = next(info for info in self.info.factor_infos.values() if info.factor.name() == text)
            value = info.factor.eval(info.state, frame)
        # C(...) marks its data as categorical by a box around them; its levels are in the recipe.
        return value.data if hasattr(value, "contrast") and hasattr(value, "levels") else value


def _order(spec: Any, formula: str | None) -> FormulaOrder:
    """Return the order of the terms in the formula, or in patsy's recipe when there is no formula."""
    if formula is None:
        return FormulaOrder.from_terms(
            [(factor.name(), place) for place, factor in enumerate(term.factors)] for term in spec.terms
        )
    from patsy import ModelDesc

    terms = ModelDesc.from_formula(formula).rhs_termlist
    return FormulaOrder.from_terms([(f.name(), f.origin.start) for f in term.factors] for term in terms)


def _factor_coding(info: Any, frame_columns: frozenset[str] | None) -> FactorCoding:
    """Read what patsy learnt about a factor."""
    text = info.factor.name()
    names = variables_of(text)
    if frame_columns is None:
        scope = _scope(info)
        variables = frozenset(name for name in names if name not in scope or is_row_data(scope[name], None))
    else:
        variables = names & frame_columns
    return FactorCoding(text, variables, info.categories, info.num_columns or 1)


def _coding_term(spec: Any, term: Any) -> CodingTerm:
    """Read how patsy codes a term: a block per subterm."""
    start = spec.term_slices[term].start
    blocks = []
    for subterm in spec.term_codings[term]:
        matrices = {f.name(): np.asarray(m.matrix, dtype=float) for f, m in subterm.contrast_matrices.items()}
        factors = tuple(factor.name() for factor in subterm.factors)
        widths = tuple(_width(spec.factor_infos[factor], matrices) for factor in subterm.factors)
        columns = np.arange(start, start + subterm.num_columns, dtype=np.intp)
        blocks.append(Block(factors, widths, matrices, columns))
        start += subterm.num_columns
    return CodingTerm(tuple(factor.name() for factor in term.factors), tuple(blocks))


def _width(info: Any, matrices: Mapping[str, Any]) -> int:
    """Return the number of columns of a coded factor."""
    text = info.factor.name()
    return int(matrices[text].shape[1]) if text in matrices else int(info.num_columns)


def _scope(info: Any, code: str | None = None) -> dict[str, Any]:
    """Return what the names of a factor, or of `code`, stand for in the caller's scope."""
    environment = info.state.get("eval_env") if isinstance(info.state, dict) else None
    if environment is None:
        return {}
    from patsy.eval import ast_names

    names = set(ast_names(info.factor.code if code is None else code))
    return {name: environment.namespace[name] for name in names if name in environment.namespace}


def _captured(info: Any, frame_columns: frozenset[str], n_rows: int | None) -> set[str]:
    """Return the names of a factor that hold row data but are no columns of the frame."""
    scope = _scope(info)
    # When the number of rows is unknown, an array given by keyword is taken for a setting such as knots.
    names = variables_of(info.factor.name(), keywords=n_rows is not None) - frame_columns
    return {name for name in names if name in scope and is_row_data(scope[name], n_rows)}
