"""Rows, columns, events and weights of a fitter of lifelines, which keeps times, events and weights only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.adapters.data import ModelData, changed, formula_design, rebuilt
from pymediation.columns import plain
from pymediation.design import Design
from pymediation.errors import ArgumentError, DataMismatchError
from pymediation.fitted import Role
from pymediation.rows import ModelRows, Response
from pymediation.supplied import ModelWithData, require_column

__all__ = ["FittedValues", "read_rows"]

FloatArray = NDArray[np.float64]

_INTERCEPT = "Intercept"
# Linear predictors that the fitter kept and those of the data differ by rounding only.
_ROUNDING = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class FittedValues:
    """What a fitter estimated, in R's parameters.

    Attributes
    ----------
    regressors : ModelSpec, or list
        formulaic's recipe, or the names of the columns of a fit without a formula.
    names : tuple
        Names of the k coefficients, in the fitter's order.
    coef : ndarray, shape (k,)
    log_scale : float
    linear_predictor : ndarray, shape (n,), or None
        Of the rows of the fit; None if this version of lifelines does not keep it.
    """

    regressors: Any
    names: tuple[Any, ...]
    coef: FloatArray
    log_scale: float
    linear_predictor: FloatArray | None


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """The right side of a model: the fields of the same names of `ModelRows` and `ModelData`."""

    design: Design
    frame: pd.DataFrame
    X: FloatArray
    permutation: NDArray[np.intp]
    formula: str


def read_rows(
    given: ModelWithData, values: FittedValues, role: Role, follow: tuple[str, ...] = ()
) -> ModelData:
    """Read the rows that a fitter was fitted to.

    Parameters
    ----------
    given : ModelWithData
        The fitter, beside its data.
    values : FittedValues
    role : {"mediator", "outcome"}
    follow : tuple of str
        Columns whose products with others are recomputed (models fitted without a formula).

    Returns
    -------
    ModelData
        Checked: times, events, weights and linear predictors are those of the fit. Columns are in R's order:
        that of the formula, or without one the intercept and then the columns as the data (or `columns` of
        ``with_data``) have them, which is what R makes of ``Surv(time, event) ~ .``.
    """
    model: Any = given.model
    data = given.data
    _refuse_other_names(given, role)
    times, event, weights = _response(model, data, role)
    if isinstance(values.regressors, list):
        right = _from_columns(given, values, role, follow)
    else:
        right = _from_formula(given, values, role)
    _require_same_predictors(right, values, data.index, role)
    rows = ModelRows(
        design=right.design,
        frame=right.frame,
        X=right.X,
        y=times,
        weights=None if np.all(weights == 1) else weights,
        trials=None,
        offset=None,
        event=event,
        response=Response(str(model.duration_col), str(model.duration_col)),
        positions=np.arange(len(data)),
        index=data.index,
        data_id=id(data),
        formula=f"{model.duration_col} ~ {right.formula}",
    )
    return ModelData(rows, right.permutation)


def _refuse_other_names(given: ModelWithData, role: Role) -> None:
    """Refuse names given beside the data that are not those of the fit."""
    for argument, name, option in (
        ("response", given.response, "duration_col"),
        ("weights", given.weights, "weights_col"),
    ):
        fitted = getattr(given.model, option)
        if name is not None and name != fitted:
            msg = (
                f"with_data({argument}={name!r}): the {role} model was fitted with {option}={fitted!r}. "
                f"Leave {argument}= out, or refit with {option}={name!r}."
            )
            raise ArgumentError(msg)


def _response(model: Any, data: pd.DataFrame, role: Role) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return times, events and weights after requiring that the data have those of the fit."""
    _require_same_count(model, data, role)
    times = _same(model, data, "duration_col", model.durations, role)
    weights = _same(model, data, "weights_col", model.weights, role)
    event = _same(model, data, "event_col", model.event_observed, role, nonzero=True)
    if model.event_col is not None:
        _refuse_other_codes(_numbers(data[model.event_col]), model.event_col, role)
    return times, event, weights


def _require_same_count(model: Any, data: pd.DataFrame, role: Role) -> None:
    """Require as many rows as were fitted."""
    fitted = model.durations.index
    if len(fitted) == len(data):
        return
    known = data.index.is_unique and bool(fitted.isin(data.index).all())
    rows = (
        "with_data(model, data.loc[model.durations.index])"
        if known
        else "the data frame that fit() was given"
    )
    msg = (
        f"The {role} model was fitted to {len(fitted)} rows, but the data given beside it have {len(data)}. "
        f"Pass the rows of the fit: {rows}."
    )
    raise DataMismatchError(msg)


def _same(
    model: Any, data: pd.DataFrame, option: str, fitted: pd.Series, role: Role, *, nonzero: bool = False
) -> FloatArray:
    """Return what the fitter kept of a column, after requiring that the data have the same."""
    kept = fitted.to_numpy(dtype=float)
    name = getattr(model, option)
    if name is None:
        return kept
    require_column(f"The {role} model's {option}", name, data)
    now = _numbers(data[name])
    now = np.where(np.isnan(now), now, now != 0) if nonzero else now
    differ = np.flatnonzero(now != kept)
    if differ.size:
        more = f" and {differ.size - 1} others" if differ.size > 1 else ""
        msg = (
            f"The data given beside the {role} model are not those of its fit: {option}={name!r} differs in "
            f"row {plain(data.index[differ[0]])!r}{more}. Were rows sorted or values changed after the fit? "
            "Refit the model, or pass the data as they were."
        )
        raise DataMismatchError(msg)
    return kept


def _numbers(column: pd.Series) -> FloatArray:
    """Return a column as lifelines reads it, NaN where it has no number."""
    numeric: pd.Series = pd.to_numeric(column, errors="coerce")
    return numeric.to_numpy(dtype=float, na_value=np.nan)


def _refuse_other_codes(event: FloatArray, name: object, role: Role) -> None:
    """Refuse event codes other than 0 and 1: lifelines takes R's 1 (censored) and 2 (seen) for seen."""
    codes = np.unique(event)
    if np.isin(codes, (0, 1)).all():
        return
    shown = ", ".join(f"{code:g}" for code in codes[:4])
    msg = (
        f"The {role} model was fitted with event_col={name!r}, which has the values {shown}. lifelines "
        "counts every value but 0 as a seen event, even the 1 that stands for censored where R has 1 and 2. "
        "Recode to 1 (seen) and 0 (censored), and refit."
    )
    raise ArgumentError(msg)


def _from_formula(given: ModelWithData, values: FittedValues, role: Role) -> _Columns:
    """Read the columns of a model fitted from a formula."""
    if given.columns is not None:
        msg = f"with_data(columns=): the {role} model was fitted from a formula, which names its columns."
        raise ArgumentError(msg)
    spec, data = values.regressors, given.data
    # formulaic lists `x.1` as x.
    roots = {column.split(".")[0] for column in map(str, data.columns) if "." in column}
    for name in sorted({str(variable) for variable in spec.required_variables} - roots):
        require_column(f"The {role} model's regressor", name, data)
    text = _text(spec)
    design, permutation = formula_design(spec, text, data, role)
    frame = data[[column for column in data.columns if column in design.variables]].reset_index(drop=True)
    return _Columns(design, frame, rebuilt(design, frame, role), permutation, text.removesuffix("+ 1"))


def _text(spec: Any) -> str:
    """Return the formula as it was written, which the tokens of its terms know."""
    tokens = (factor.token for term in spec.terms for factor in term.factors)
    return next((str(token.source) for token in tokens if token and token.source), str(spec.formula))


def _from_columns(
    given: ModelWithData, values: FittedValues, role: Role, follow: tuple[str, ...]
) -> _Columns:
    """Read the columns of a model fitted without a formula."""
    from pymediation.design.columns_design import ColumnsDesign

    fitted = list(values.regressors)
    ordered = _order(given, [name for name in fitted if name != _INTERCEPT], role)
    frame = pd.DataFrame({str(name): _numbers(given.data[name]) for name in ordered})
    if _INTERCEPT in fitted:
        frame.insert(0, _INTERCEPT, np.ones(len(given.data)))
        ordered = [_INTERCEPT, *ordered]
    X = np.ascontiguousarray(frame.to_numpy())
    if not np.isfinite(X).all():
        raise DataMismatchError(changed(role))
    names = tuple(frame.columns)
    design = ColumnsDesign.from_columns(names, X, follow=[name for name in follow if name in names])
    permutation = np.array([fitted.index(name) for name in ordered], dtype=np.intp)
    return _Columns(design, frame, X, permutation, " + ".join(names))


def _order(given: ModelWithData, fitted: list[Any], role: Role) -> list[Any]:
    """Return the fitted columns in the order of the data, or in that of `columns`."""
    for name in fitted:
        require_column(f"The {role} model's regressor", name, given.data)
    if given.columns is None:
        return [name for name in given.data.columns if name in fitted]
    if sorted(map(str, given.columns)) != sorted(map(str, fitted)):
        msg = (
            f"with_data(columns={list(given.columns)}): the {role} model was fitted to the columns {fitted}. "
            "Give these in the order you want, or leave columns= out."
        )
        raise ArgumentError(msg)
    return list(given.columns)


def _require_same_predictors(right: _Columns, values: FittedValues, index: pd.Index, role: Role) -> None:
    """Require that coefficients times columns are the linear predictors that the fitter kept."""
    if right.X.shape[1] != values.coef.size:
        raise DataMismatchError(changed(role))
    if values.linear_predictor is None:
        return
    if values.linear_predictor.size != len(index):
        raise DataMismatchError(changed(role))
    own = right.X @ values.coef[right.permutation]
    scale = _ROUNDING * (1 + np.abs(right.X) @ np.abs(values.coef[right.permutation]))
    differ = np.flatnonzero(~(np.abs(own - values.linear_predictor) <= scale))
    if differ.size:
        more = f" and {differ.size - 1} others" if differ.size > 1 else ""
        msg = f"{changed(role)} A regressor differs in row {plain(index[differ[0]])!r}{more}."
        raise DataMismatchError(msg)
