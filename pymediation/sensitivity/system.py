"""The two models as one pair of equations: which coefficients carry the effects, and in what units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.columns import coded_as_factor, is_factor, label_text, levels_of
from pymediation.compat import CompatLedger
from pymediation.design import Term
from pymediation.design.expressions import bare_factor
from pymediation.errors import UnsupportedModelError
from pymediation.fitted import FittedModel, refitted
from pymediation.setting.contrast import Contrast, has_interaction
from pymediation.setting.counterfactual import mediator_values, set_columns
from pymediation.setting.pairing import Pair

__all__ = ["Switch", "System", "intercept_of", "read_system", "terms_left_alone"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Switch:
    """The columns of a design that hold the treatment itself, and their codes in either arm.

    Attributes
    ----------
    columns : ndarray of int, shape (j,)
        One column, or the indicators of a factor.
    control, treated : ndarray, shape (j,)
        What they are set to.
    """

    columns: NDArray[np.intp]
    control: FloatArray
    treated: FloatArray

    def without(self, X: FloatArray) -> FloatArray:
        """Return a copy of a design whose treatment columns are 0."""
        rest = X.copy()
        rest[:, self.columns] = 0.0
        return rest

    def shifts(self, coef: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what treatment adds to the linear predictor under control and under treatment.

        `coef` has shape (..., k); the results have shape (...).
        """
        own = coef[..., self.columns]
        return own @ self.control, own @ self.treated


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """A mediator equation of k_m and an outcome equation of k_y columns on the same n rows.

    Attributes
    ----------
    mediator, outcome : FittedModel
        The outcome model may be the user's with another reference level.
    treat_m, treat_y : Switch
        Treatment columns of the two designs.
    slopes : tuple of two ndarrays, shape (k_y,)
        The mediator's effect on the outcome under control and under treatment, as linear functions of the
        outcome coefficients.
    direct : ndarray, shape (k_y,)
        The treatment's effect on the outcome at mediator value 0, likewise.
    base : ndarray, shape (k_y,)
        What the columns of treatment, mediator and their product hold under control at mediator value 0.
    interaction : bool
        Whether the outcome model has the term treatment:mediator.
    mediator_columns : ndarray of int
        Columns of the outcome design that hold the mediator itself.
    set_columns : ndarray of int
        Columns that hold the treatment, the mediator or their product.
    by_position : bool
        Whether covariates of the two designs correspond by position, as R has it.
    """

    mediator: FittedModel
    outcome: FittedModel
    treat_m: Switch
    treat_y: Switch
    slopes: tuple[FloatArray, FloatArray]
    direct: FloatArray
    base: FloatArray
    interaction: bool
    mediator_columns: NDArray[np.intp]
    set_columns: NDArray[np.intp]
    by_position: bool

    @property
    def weights(self) -> FloatArray:
        """Sampling weights that sum to 1, shape (n,)."""
        raw = self.raw_weights
        return raw / raw.sum()

    @property
    def raw_weights(self) -> FloatArray:
        """Sampling weights as given, ones where there are none, shape (n,)."""
        given = self.outcome.weights
        return np.ones(self.outcome.n) if given is None else given

    def outcome_design(self, arm: int, value: int) -> FloatArray:
        """Return the outcome design with treatment and mediator set to values 0 or 1, shape (n, k_y)."""
        row = self.base + arm * self.direct + value * self.slopes[arm]
        own = self.set_columns
        X = self.outcome.X.copy()
        X[:, own] = row[own]
        return X

    @property
    def effect_on_mediator(self) -> FloatArray:
        """The treatment's effect on the mediator's predictor, as a linear function of its coefficients."""
        function = np.zeros(self.mediator.X.shape[1])
        function[self.treat_m.columns] = self.treat_m.treated - self.treat_m.control
        return function


def read_system(pair: Pair, contrast: Contrast, ledger: CompatLedger, *, reads_others: bool) -> System:
    """Find treatment, mediator and their product in the designs of a pair of models.

    Parameters
    ----------
    pair : Pair
    contrast : Contrast
    ledger : CompatLedger
        Decides which values of the treatment R would compare.
    reads_others : bool
        Whether effects depend on more than the difference of two treatment values: on where a numeric
        treatment stands, and on indicators of other levels of a factor, which R leaves alone.

    Returns
    -------
    System

    Raises
    ------
    UnsupportedModelError
        The treatment or the mediator has no term of its own.
    """
    mediator, outcome = pair.mediator, pair.outcome
    control, treated, foreign = _compared(outcome, contrast, ledger, reads_others=reads_others)
    treat_m = _switch(mediator, contrast.treat, control, treated)
    if foreign:
        treat_m = _only_the_treated_level(treat_m)
        outcome = _relevelled(outcome, contrast.treat, control, treated)
    treat_y = _switch(outcome, contrast.treat, control, treated)
    if foreign:
        treat_y = _only_the_treated_level(treat_y)
    low, high = _mediator_levels(mediator, outcome, contrast.mediator)
    corners = [
        [_row(outcome, {contrast.treat: t, contrast.mediator: m}) for m in (low, high)]
        for t in (control, treated)
    ]
    own = _own_term(outcome, contrast.mediator, "mediator").columns
    product = _product_columns(outcome, contrast)
    slopes = [_only(high_row - low_row, _indices(own), product) for low_row, high_row in corners]
    direct = _only(corners[1][0] - corners[0][0], treat_y.columns, product)
    return System(
        mediator=mediator,
        outcome=outcome,
        treat_m=treat_m,
        treat_y=treat_y,
        slopes=(slopes[0], slopes[1]),
        direct=direct,
        base=_only(corners[0][0], treat_y.columns, _indices(own), product),
        interaction=has_interaction(outcome, contrast),
        mediator_columns=_indices(own),
        set_columns=np.concatenate([treat_y.columns, _indices(own), product]),
        by_position=foreign,
    )


def _compared(
    outcome: FittedModel, contrast: Contrast, ledger: CompatLedger, *, reads_others: bool
) -> tuple[Any, Any, bool]:
    """Return both treatment values, and whether R's way with three or more levels is followed."""
    column = outcome.frame[contrast.treat]
    control, treated = contrast.control_value, contrast.treat_value
    if pd.api.types.is_bool_dtype(column.dtype):
        return control, treated, False
    if not (is_factor(column) or coded_as_factor(outcome, contrast.treat)):
        low, high = float(control), float(treated)
        matters = (low, high) != (0.0, 1.0) if reads_others else high - low != 1
        return (0.0, 1.0, False) if matters and ledger.follow_r("medsens-unit-step") else (low, high, False)
    levels = levels_of(column)
    first = label_text(levels[0])
    if len(levels) == 2:
        swapped = label_text(control) != first
        if swapped and ledger.follow_r("medsens-swapped-levels"):
            return levels[0], levels[1], False
        return control, treated, False
    # R stops when the treated level is the first one.
    differs = label_text(treated) != first and (reads_others or label_text(control) != first)
    return control, treated, differs and ledger.follow_r("medsens-other-reference")


def _only_the_treated_level(switch: Switch) -> Switch:
    """Return the switch of R, which sets the indicator of the treated level alone."""
    one = np.argmax(switch.treated)
    return Switch(switch.columns[one : one + 1], np.zeros(1), np.ones(1))


def _relevelled(model: FittedModel, treat: str, control: Any, treated: Any) -> FittedModel:
    """Return the model fitted with the two compared levels of the treatment first."""
    column = model.frame[treat]
    others = [level for level in levels_of(column) if level not in (control, treated)]
    frame = model.frame.copy()
    frame[treat] = pd.Categorical(column, categories=[control, treated, *others])
    design = model.design.relearn(frame)
    changed = refitted(replace(model, frame=frame, design=design, X=design.matrix(frame)))
    switch = _switch(changed, treat, control, treated)
    if switch.control.any() or switch.treated.tolist() != [1.0, *[0.0] * len(others)]:
        msg = (
            f"compat='R' refits the outcome model with {control!r} as the reference level of {treat!r}, "
            f"which its formula ({model.formula}) does not leave open. Use compat='fixed', or "
            "treatment contrasts."
        )
        raise UnsupportedModelError(msg)
    return changed


def _switch(model: FittedModel, treat: str, control: Any, treated: Any) -> Switch:
    """Return the treatment's own columns of a design with their codes."""
    columns = _indices(_own_term(model, treat, "treatment").columns)
    codes = (_row(model, {treat: value})[columns] for value in (control, treated))
    return Switch(columns, *codes)


def _own_term(model: FittedModel, name: str, what: str) -> Term:
    """Return the term of a variable by itself, wrappers such as ``C()`` aside."""
    for term in model.design.terms:
        if len(term.factors) == 1 and bare_factor(term.factors[0]) == name:
            return term
    msg = (
        f"The {model.role} model ({model.formula}) has no term of the {what} {name!r} by itself, whose "
        "coefficient the sensitivity analysis is about. Add it to the formula, and use no transformation."
    )
    raise UnsupportedModelError(msg)


def _mediator_levels(mediator: FittedModel, outcome: FittedModel, name: str) -> tuple[Any, Any]:
    """Return the two values of the outcome model's mediator column that are one unit apart."""
    if mediator.kind.binary:
        low, high = mediator_values(outcome.frame[name], mediator.response.levels, 2)
        return low, high
    return 0.0, 1.0


def _row(model: FittedModel, columns: dict[str, Any]) -> FloatArray:
    """Return the first row of a design with some variables set."""
    return np.asarray(model.design.matrix(set_columns(model.frame.iloc[:1], columns)), dtype=float)[0]


def _product_columns(outcome: FittedModel, contrast: Contrast) -> NDArray[np.intp]:
    """Return the columns of the term treatment:mediator."""
    wanted = {contrast.treat, contrast.mediator}
    found = [
        _indices(term.columns)
        for term in outcome.design.terms
        if len(term.factors) == 2 and {bare_factor(factor) for factor in term.factors} == wanted
    ]
    return np.concatenate(found) if found else np.empty(0, dtype=np.intp)


def _indices(columns: slice) -> NDArray[np.intp]:
    """Return the positions of a slice of columns."""
    return np.arange(columns.start, columns.stop)


def _only(row: FloatArray, *kept: NDArray[np.intp]) -> FloatArray:
    """Return a row with zeros outside some columns."""
    result = np.zeros_like(row)
    for columns in kept:
        result[columns] = row[columns]
    return result


def intercept_of(model: FittedModel) -> int | None:
    """Return the position of the intercept, None where there is none."""
    return next((term.columns.start for term in model.design.terms if not term.factors), None)


def terms_left_alone(pair: Pair, contrast: Contrast) -> list[str]:
    """Return further terms of treatment or mediator: the analysis reads main effects and their product only.

    Parameters
    ----------
    pair : Pair
    contrast : Contrast
    """
    roles = {contrast.treat, contrast.mediator}
    found = []
    for model in (pair.mediator, pair.outcome):
        for term in model.design.terms:
            bare = {bare_factor(factor) for factor in term.factors}
            read = frozenset[str]().union(*(model.design.factor_variables(factor) for factor in term.factors))
            if read & roles and not bare <= roles:
                found.append(f"{term.label!r} of the {model.role} model")
    return found
