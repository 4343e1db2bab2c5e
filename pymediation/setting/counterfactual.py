"""Designs of the two models with treatment, mediator and covariates set to counterfactual values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.columns import coded_as_factor, is_factor, label_text, levels_of
from pymediation.compat import CompatLedger
from pymediation.engine.surface import (
    AffineSurface,
    GenericSurface,
    LevelSurface,
    OrderedSurface,
    ParameterSurface,
    Surface,
)
from pymediation.errors import ArgumentError, DataMismatchError, FormulaError, NotEstimableError
from pymediation.fitted import FittedModel
from pymediation.setting.contrast import Contrast, has_interaction

__all__ = [
    "Scenario",
    "drawn_levels",
    "enters_as_itself",
    "mediator_designs",
    "mediator_values",
    "outcome_surface",
    "set_columns",
    "simulated_offset",
]

FloatArray = NDArray[np.float64]
Build = Callable[[pd.DataFrame, Mapping[str, Any]], FloatArray]

_DESIGN_ROWS = 65_536  # rows of a design that are built at a time where only a difference is kept
# Transforms whose learnt state makes them a shift and a scaling.
_AFFINE_WRAPPERS = ("center", "scale", "standardize")


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is set to counterfactual values, and how.

    Attributes
    ----------
    contrast : Contrast
        Treatment and mediator columns and treatment values.
    fixed : mapping of str to value
        Covariates held at given values.
    simulated : bool
        Whether predictions are for the quasi-Bayesian method, the one in which R's design matrices are wrong.
    ledger : CompatLedger
        Decides whether R's wrong designs are to be reproduced.
    """

    contrast: Contrast
    fixed: Mapping[str, Any]
    simulated: bool
    ledger: CompatLedger

    def columns(self, arm: int, model: FittedModel) -> dict[str, Any]:
        """Return the columns of a model that one arm replaces (arm 0 is treatment, arm 1 control)."""
        wanted = {**self.fixed, **self.contrast.treatment_columns(arm)}
        return {name: value for name, value in wanted.items() if name in model.design.variables}


def set_columns(frame: pd.DataFrame, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return a copy of a frame with columns replaced by values of the same kind.

    Parameters
    ----------
    frame : DataFrame, n rows
    columns : mapping of str to value
        A scalar, or n values. A factor column receives levels and keeps all its categories.
    """
    changed = frame.copy(deep=False)
    for name, value in columns.items():
        changed[name] = _column_like(frame[name], value)
    return changed


def _column_like(column: pd.Series, value: Any) -> Any:
    """Return n values of the kind of a column."""
    n = len(column)
    if isinstance(column.dtype, pd.CategoricalDtype):
        return pd.Categorical([value] * n if np.ndim(value) == 0 else value, dtype=column.dtype)
    if is_factor(column):
        return np.full(n, value, dtype=object) if np.ndim(value) == 0 else np.asarray(value, dtype=object)
    kind = bool if pd.api.types.is_bool_dtype(column.dtype) else float
    return np.full(n, value, dtype=kind) if np.ndim(value) == 0 else np.asarray(value).astype(kind)


def mediator_designs(model: FittedModel, plan: Scenario) -> tuple[FloatArray, FloatArray]:
    """Return the mediator model's design under treatment and under control, each (n, k)."""
    build = _builder(model, plan)
    treated, control = (
        build(set_columns(model.frame, columns), _frozen_factors(model, plan, columns))
        for columns in (plan.columns(arm, model) for arm in (0, 1))
    )
    return treated, control


def _builder(model: FittedModel, plan: Scenario) -> Build:
    """Return the function from a frame and frozen factors to a design, R's where that is asked for."""
    # R puts unordered factors in the place of ordered treatments, mediators and fixed covariates.
    replaced = {*plan.columns(0, model), plan.contrast.mediator} & set(model.frame.columns)
    ordered = [name for name in replaced if _is_ordered(model.frame[name])]
    recoded = plan.simulated and _other_contrasts(model, ordered) and plan.ledger.follow_r("contrasts")

    design = model.design  # may be sent to other processes, which the model should not be

    def build(frame: pd.DataFrame, frozen: Mapping[str, Any]) -> FloatArray:
        frame = _unordered(frame, ordered) if recoded else frame
        return design.matrix(frame, values=frozen or None, default_contrasts=recoded)

    return build


def _unordered(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return a frame with some ordered factors unordered."""
    return frame.assign(**{name: frame[name].cat.as_unordered() for name in columns}) if columns else frame


def _is_ordered(column: pd.Series) -> bool:
    """Whether a column is an ordered factor."""
    return isinstance(column.dtype, pd.CategoricalDtype) and bool(column.cat.ordered)


def _frozen_factors(model: FittedModel, plan: Scenario, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the observed values of transformed terms, which R leaves unchanged in simulations."""
    if not plan.simulated:
        return {}
    factors = {factor for term in model.design.terms for factor in term.factors}
    touched = {name: [f for f in factors if name in model.design.factor_variables(f)] for name in columns}
    # Without the bare column R stops with an error, so there is no number of R's to reproduce.
    transformed = {f for name, found in touched.items() if name in found for f in found if f not in columns}
    if not transformed or not plan.ledger.follow_r("transformed-terms"):
        return {}
    return {factor: model.design.factor_values(factor, model.frame) for factor in sorted(transformed)}


def _other_contrasts(model: FittedModel, ordered: list[str]) -> bool:
    """Whether a factor of the model is coded otherwise than R codes it in predictions."""
    if not any(is_factor(model.frame[name]) for name in model.design.variables if name in model.frame):
        return False
    return not np.allclose(
        model.design.matrix(_unordered(model.frame, ordered), default_contrasts=True),
        model.X,
        rtol=1e-9,
        atol=1e-12,
    )


def simulated_offset(model: FittedModel, plan: Scenario) -> FloatArray | None:
    """Return the offset of predictions; R leaves it out of simulations."""
    if model.offset is None or not plan.simulated:
        return model.offset
    return None if plan.ledger.follow_r("offsets") else model.offset


def outcome_surface(model: FittedModel, plan: Scenario, values: tuple[Any, ...] | None) -> Surface:
    """Return the mean outcome as a function of arm and mediator.

    Parameters
    ----------
    model : FittedModel
        The outcome model.
    plan : Scenario
    values : tuple or None
        What the drawn values 0, 1, ... of a discrete mediator stand for, see `mediator_values`; None for
        numbers.

    Notes
    -----
    A formula in which the mediator only enters as itself, alone or in interactions, gives a design that is
    affine in it, and so does every formula when there are only two values. Otherwise designs are evaluated on
    the drawn values.
    """
    build = _builder(model, plan)
    if not model.kind.n_categories:
        surface = _surface(model, plan, build, values)
        chosen = model.kind.chosen_scale
        return surface if chosen is None else ParameterSurface(surface, chosen)

    def with_ones(frame: pd.DataFrame, frozen: Mapping[str, Any]) -> FloatArray:
        return np.column_stack([build(frame, frozen), np.ones(len(frame))])

    cumulative = _surface(model, plan, with_ones, values)
    return OrderedSurface(cumulative, model.kind.n_categories)


def _surface(
    model: FittedModel, plan: Scenario, build: Build, values: tuple[Any, ...] | None
) -> AffineSurface | GenericSurface | LevelSurface:
    """Return the surface of a design; `build` makes it from a frame and frozen factors."""
    name = plan.contrast.mediator
    link, offset = model.kind.scale, _outcome_offset(model, plan)
    frozen = [_frozen_factors(model, plan, {**plan.columns(arm, model), name: 0.0}) for arm in (0, 1)]

    def design_at(arm: int, value: Any, rows: slice = slice(None)) -> FloatArray:
        columns = {**plan.columns(arm, model), name: value}
        of_rows = {key: given if np.ndim(given) == 0 else given[rows] for key, given in columns.items()}
        held = {factor: np.asarray(observed)[rows] for factor, observed in frozen[arm].items()}
        return build(set_columns(model.frame.iloc[rows], of_rows), held)

    if values is not None:
        if len(values) == 2:
            return _affine(design_at, values[0], values[1], link, offset, two_valued=True)
        designs = [tuple(design_at(arm, value) for value in values) for arm in (0, 1)]
        return LevelSurface((designs[0], designs[1]), link, offset)
    if is_factor(model.frame[name]):
        msg = (
            f"The mediator {name!r} is a factor in the outcome model, but the mediator model draws numbers "
            f"({model.response.text!r} is modelled with it). Use the same coding in both models."
        )
        raise DataMismatchError(msg)
    if enters_as_itself(model, name, frozen[0]):
        return _affine(design_at, 0.0, 1.0, link, offset, two_valued=False)
    return _generic(model, plan, build, frozen, link, offset)


def _outcome_offset(model: FittedModel, plan: Scenario) -> FloatArray | None:
    """Return the offset of outcome predictions; that of an ordered outcome has the opposite sign."""
    offset = simulated_offset(model, plan)
    return -offset if offset is not None and model.kind.n_categories else offset


def drawn_levels(mediator: FittedModel, outcome: FittedModel, plan: Scenario) -> tuple[object, ...] | None:
    """Return the levels that a mediator drawn as 0, 1, ... stands for; R takes 1, 2, ... for ordered numbers.

    Parameters
    ----------
    mediator, outcome : FittedModel
    plan : Scenario
    """
    name, levels, n_values = plan.contrast.mediator, mediator.response.levels, mediator.kind.n_categories
    column = outcome.frame[name]
    if not n_values or mediator.kind.learned or is_factor(column) or coded_as_factor(outcome, name):
        return levels
    numbers, of_r = np.array(mediator_values(column, levels, n_values)), np.arange(1, n_values + 1)
    # Where only differences of the mediator matter, a shift does not.
    shifts = outcome.kind.one_set and enters_as_itself(outcome, name)
    shifts = shifts and not has_interaction(outcome, plan.contrast)
    same = np.array_equal(np.diff(numbers), np.diff(of_r)) if shifts else np.array_equal(numbers, of_r)
    return levels if same or not plan.ledger.follow_r("ordered-codes") else tuple(of_r.tolist())


def mediator_values(column: pd.Series, levels: tuple[object, ...] | None, n_values: int) -> tuple[Any, ...]:
    """Return the values of the outcome model's mediator column that the drawn values 0, 1, ... stand for.

    Parameters
    ----------
    column : Series
        The mediator in the outcome model.
    levels : tuple or None
        For a factor mediator: its levels in its own model.
    n_values : int
        Number of values drawn.
    """
    if not is_factor(column):
        if n_values == 2 and levels is None:
            return (False, True) if pd.api.types.is_bool_dtype(column.dtype) else (0.0, 1.0)
        return _numbers_of(column, levels, n_values)
    found = levels_of(column)
    if len(found) != n_values:
        msg = (
            f"The mediator {column.name!r} has {len(found)} levels in the outcome model, its own model "
            f"{n_values}: {found!r}."
        )
        raise DataMismatchError(msg)
    by_text = {label_text(level): level for level in found}
    if levels is not None and all(label_text(level) in by_text for level in levels):
        return tuple(by_text[label_text(level)] for level in levels)
    return tuple(found)


def _numbers_of(column: pd.Series, levels: tuple[object, ...] | None, n_values: int) -> tuple[Any, ...]:
    """Return the numbers behind the levels of a mediator that the outcome model has as a number."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return (False, True)
    try:
        return tuple(float(str(level)) for level in levels or ())
    except ValueError:
        pass
    found = sorted(float(value) for value in column.unique())
    if n_values == 2:
        return (0.0, 1.0)
    if len(found) != n_values:
        msg = (
            f"The mediator {column.name!r} has {len(found)} values in the outcome model, its own model "
            f"{n_values} levels: {levels!r}."
        )
        raise DataMismatchError(msg)
    return tuple(found)


def enters_as_itself(model: FittedModel, name: str, frozen: Collection[str] = ()) -> bool:
    """Whether every factor that reads a column is affine in it or frozen, and no term has two of them.

    Parameters
    ----------
    model : FittedModel
    name : str
        The column.
    frozen : collection of str
        Factors that do not move with it.
    """
    affine = {name, f"Q({name!r})", f'Q("{name}")'} | {f"{wrapper}({name})" for wrapper in _AFFINE_WRAPPERS}
    for term in model.design.terms:
        moving = [factor for factor in term.factors if factor not in frozen]
        reading = [factor for factor in moving if name in model.design.factor_variables(factor)]
        if len(reading) > 1 or any(factor not in affine for factor in reading):
            return False
    return True


def _affine(
    design_at: Callable[..., FloatArray],
    zero: Any,
    one: Any,
    link: Any,
    offset: FloatArray | None,
    *,
    two_valued: bool,
) -> AffineSurface:
    """Evaluate the design at two mediator values per arm."""
    bases = design_at(0, zero), design_at(1, zero)
    slopes = _slope(design_at, 0, one, bases[0]), _slope(design_at, 1, one, bases[1])
    constant = all(slope.strides[0] == 0 for slope in slopes)
    return AffineSurface(bases, slopes, constant, two_valued, link, offset)


def _slope(design_at: Callable[..., FloatArray], arm: int, one: Any, base: FloatArray) -> FloatArray:
    """Return what a design adds to `base` at the mediator's value one, by blocks of rows."""
    whole, first = None, base[:1]
    for start in range(0, base.shape[0], _DESIGN_ROWS):
        rows = slice(start, start + _DESIGN_ROWS)
        slope = design_at(arm, one, rows)
        slope -= base[rows]
        if start == 0:
            first = slope[:1].copy()
        if whole is None and not np.all(slope == first):
            whole = np.empty_like(base)
            whole[:start] = first
        if whole is not None:
            whole[rows] = slope
    # One row says it all where they are alike; broadcasting keeps the shape.
    return np.broadcast_to(first, base.shape) if whole is None else whole


def _generic(
    model: FittedModel,
    plan: Scenario,
    build: Build,
    frozen: list[dict[str, Any]],
    link: Any,
    offset: FloatArray | None,
) -> GenericSurface:
    """Return a surface that evaluates the design on expanded rows; `frozen` are the frozen factors by arm."""
    name = plan.contrast.mediator
    frames = tuple(set_columns(model.frame, plan.columns(arm, model)) for arm in (0, 1))

    def build_rows(arm: int, rows: NDArray[np.intp], values: FloatArray) -> FloatArray:
        expanded = frames[arm].iloc[rows].reset_index(drop=True)
        expanded[name] = values
        held = {factor: np.asarray(observed)[rows] for factor, observed in frozen[arm].items()}
        try:
            with np.errstate(invalid="ignore", divide="ignore"):  # the error says it
                return build(expanded, held)
        except (ArgumentError, FormulaError) as error:
            msg = (
                f"The outcome model cannot be evaluated at drawn values of the mediator {name!r}, which run "
                f"from {values.min():.4g} to {values.max():.4g}: {error.message.splitlines()[0]} Give a "
                "spline wider bounds (lower_bound= and upper_bound= of bs()); give a mediator that enters as "
                "log() a family of positive values."
            )
            raise NotEstimableError(msg) from error

    return GenericSurface(build_rows, link, offset)
