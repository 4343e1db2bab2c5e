"""Rows, columns, weights and offsets of a fitted statsmodels model."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.adapters.response import ResponseValues, read_response, refuse_counts
from pymediation.columns import plain
from pymediation.design import Design
from pymediation.errors import ArgumentError, DataMismatchError, PymediationError, UnsupportedModelError
from pymediation.fitted import Role
from pymediation.rows import ModelRows

__all__ = [
    "ModelData",
    "assemble",
    "changed",
    "expand_frequencies",
    "formula_design",
    "named_columns",
    "read_data",
    "rebuilt",
    "refuse_unusable_numbers",
    "same_design",
    "used_positions",
]

FloatArray = NDArray[np.float64]

# What is left of R's (1 | g) or (1 + x | g) in a term of patsy.
_BAR = re.compile(r"([\w.]+)\s*\|\s*([\w.]+)")


@dataclass(frozen=True, slots=True, eq=False)
class ModelData:
    """What a model was fitted to, in R's column order.

    Attributes
    ----------
    rows : ModelRows
    permutation : ndarray of int, shape (k,)
        Position in the object's parameters of each column of ``rows.X``.
    sign : float
        -1 when the modelled event was exchanged, so that estimates change sign.
    """

    rows: ModelRows
    permutation: NDArray[np.intp]
    sign: float = 1.0


def read_data(result: Any, role: Role, follow: tuple[str, ...] = ()) -> ModelData:
    """Read the rows that a statsmodels result was fitted to.

    Parameters
    ----------
    result : statsmodels results object
    role : {"mediator", "outcome"}
    follow : tuple of str
        Columns whose products with others are recomputed (models fitted from columns).

    Returns
    -------
    ModelData
        Checked: the design rebuilt from the data frame equals the one that was fitted.
    """
    model = result.model
    if hasattr(model, "model_frame"):
        return _from_dialect(model, role)
    spec = getattr(model.data, "model_spec", None) or getattr(model.data, "design_info", None)
    data = _from_formula(model, spec, role) if spec is not None else _from_columns(model, role, follow)
    refuse_unusable_numbers(data.rows, role)
    return replace(data, rows=expand_frequencies(model, data.rows, role))


def refuse_unusable_numbers(data: ModelRows, role: Role) -> None:
    """Refuse missing, infinite or (for weights) negative numbers, naming their column and the first row."""
    columns = {
        f"the response {data.response.text!r}": data.y,
        "weights": data.weights,
        "the offset": data.offset,
    }
    columns |= {repr(name): data.X[:, j] for j, name in enumerate(data.design.names)}
    for name, values in columns.items():
        if values is None:
            continue
        bad = ~np.isfinite(values) if name != "weights" else ~(np.isfinite(values) & (values >= 0))
        if not bad.any():
            continue
        first, more = int(np.argmax(bad)), int(bad.sum()) - 1
        msg = (
            f"The {role} model has {values[first]:g} for {name} in row "
            f"{plain(data.index[first])!r}{f' and {more} others' if more else ''}. Drop or correct such "
            "rows, and refit."
        )
        raise ArgumentError(msg)


def _from_dialect(model: Any, role: Role) -> ModelData:
    """Take over what a fit of :mod:`pymediation.r` keeps beside the statsmodels object."""
    rows = model.model_frame
    if rows.trials is not None and role == "mediator":
        refuse_counts()
    return ModelData(rows, np.arange(rows.X.shape[1]))


def _from_formula(model: Any, spec: Any, role: Role) -> ModelData:
    """Read a model fitted from a formula."""
    frame = model.data.frame
    if frame is None:
        msg = (
            f"The {role} model was fitted from a formula without data=. Put its variables into a DataFrame "
            "and refit."
        )
        raise UnsupportedModelError(msg)
    frame = frame if isinstance(frame, pd.DataFrame) else pd.DataFrame(frame)
    positions = used_positions(model, len(frame))
    formula = model.formula if isinstance(model.formula, str) else str(model.formula)
    design, permutation = formula_design(spec, model.formula, frame, role)
    rows = frame[[column for column in frame.columns if column in design.variables]]
    index = frame.index
    if positions.size < len(frame):
        rows, index = rows.iloc[positions], index[positions]
    exog = np.asarray(model.exog, dtype=float)
    if not np.array_equal(permutation, np.arange(permutation.size)):
        exog = exog[:, permutation]
    X = same_design(design, rows, exog, role)
    response = read_response(model, formula.split("~")[0].strip(), role)
    found = assemble(
        model,
        response,
        design=design,
        frame=rows,
        X=X,
        positions=positions,
        index=index,
        data_id=id(model.data.frame),
        formula=formula,
    )
    return ModelData(found, permutation, response.sign)


def used_positions(model: Any, n: int) -> NDArray[np.intp]:
    """Return which of the n rows of the data were used: those without missing values."""
    missing = getattr(model.data, "missing_row_idx", None) or []
    return np.delete(np.arange(n), np.asarray(missing, dtype=np.intp))


def formula_design(
    spec: Any, formula: Any, frame: pd.DataFrame, role: Role
) -> tuple[Design, NDArray[np.intp]]:
    """Build the design of a patsy or formulaic specification, chosen by the type of the specification.

    Parameters
    ----------
    spec : patsy.DesignInfo or formulaic.ModelSpec
    formula : object
        The formula; its text, if it is text, tells the order of terms.
    frame : DataFrame
        The data.
    role : {"mediator", "outcome"}

    Returns
    -------
    design : Design
    permutation : ndarray of int, shape (k,)
        Position in the library's columns of each column of the design.
    """
    text = formula if isinstance(formula, str) else None
    names = frozenset(str(column) for column in frame.columns)
    if type(spec).__module__.startswith("formulaic"):
        from pymediation.design.formulaic_design import FormulaicDesign

        design: Any = FormulaicDesign.from_spec(spec, text, names, n_rows=len(frame))
    else:
        from pymediation.design.patsy_design import PatsyDesign

        design = PatsyDesign.from_spec(spec, text, names, n_rows=len(frame))
    if design.captured:
        names_text = ", ".join(sorted(map(repr, design.captured)))
        msg = (
            f"The {role} model reads {names_text} from the surrounding code, not from its data frame, so it "
            "cannot be evaluated on other rows. Add it to the data frame as a column and refit."
        )
        raise UnsupportedModelError(msg)
    _refuse_bars(design, frame, role)
    return design, design.permutation


def _refuse_bars(design: Design, frame: pd.DataFrame, role: Role) -> None:
    """Refuse R's ``(1 | g)``, which patsy takes for bitwise or: a covariate made of the groups' numbers."""
    for factor in (factor for term in design.terms for factor in term.factors):
        bar = _BAR.fullmatch(factor)
        if bar and not (bar[2] in frame and frame[bar[2]].dtype == bool):
            msg = (
                f"The {role} model has ({factor}), which in formulas of patsy is no random effect but a "
                f"bitwise or. Fit smf.mixedlm(..., groups={bar[2]!r}), or lmer() or glmer() of pymediation.r."
            )
            raise UnsupportedModelError(msg)


def _from_columns(model: Any, role: Role, follow: tuple[str, ...]) -> ModelData:
    """Read a model fitted from a named DataFrame of regressors."""
    from pymediation.design.columns_design import ColumnsDesign

    exog = named_columns(model, model.data.orig_exog, role)
    names = tuple(str(name) for name in exog.columns)
    X = np.ascontiguousarray(model.exog, dtype=float)
    design = ColumnsDesign.from_columns(names, X, follow=[name for name in follow if name in names])
    rows = pd.DataFrame(X, columns=list(names), index=exog.index)
    response = read_response(model, str(model.endog_names), role)
    positions = used_positions(model, X.shape[0] + len(getattr(model.data, "missing_row_idx", None) or ()))
    found = assemble(
        model,
        response,
        design=design,
        frame=rows,
        X=X,
        positions=positions,
        index=exog.index,
        data_id=id(exog),
        formula=" + ".join(names),
    )
    return ModelData(found, np.arange(len(names)), response.sign)


def named_columns(model: Any, exog: Any, role: Role) -> pd.DataFrame:
    """Return the table of regressors of a model fitted without a formula, which must be named."""
    if not isinstance(exog, pd.DataFrame):
        msg = (
            f"The {role} model was fitted from an array without column names, so the treatment and mediator "
            "cannot be "
            "found. Fit it from a formula, or from a DataFrame with named columns."
        )
        raise UnsupportedModelError(msg)
    endog = model.data.orig_endog
    if role == "mediator" and not isinstance(endog, pd.DataFrame) and getattr(endog, "name", None) is None:
        msg = (
            "The response of the mediator model has no name, so it cannot be told which column it is. Pass a "
            "named Series, such as d['m'], or fit from a formula."
        )
        raise UnsupportedModelError(msg)
    return exog


def assemble(
    model: Any, response: ResponseValues, *, frame: pd.DataFrame, X: FloatArray, **more: Any
) -> ModelRows:
    """Put the parts of a statsmodels model together; `more` are further fields of the rows."""
    return ModelRows(
        frame=frame.reset_index(drop=True),
        X=X,
        y=response.values,
        weights=_weights(model),
        trials=response.trials,
        offset=_offset(model, X.shape[0]),
        response=response.response,
        **more,
    )


def same_design(design: Design, rows: pd.DataFrame, exog: FloatArray, role: Role) -> FloatArray:
    """Return the rebuilt design matrix after requiring that it is the one that was fitted."""
    X = rebuilt(design, rows, role)
    if exog.flags.c_contiguous and np.array_equal(X, exog):
        return exog  # which is there anyway; in another order sums would end in another last digit
    if X.shape != exog.shape or not np.allclose(X, exog, rtol=1e-9, atol=1e-12, equal_nan=True):
        raise DataMismatchError(changed(role))
    return X


def rebuilt(design: Design, rows: pd.DataFrame, role: Role) -> FloatArray:
    """Return the design matrix of the rows of the fit; that it cannot be had means that they changed.

    Parameters
    ----------
    design : Design
    rows : DataFrame
    role : {"mediator", "outcome"}
    """
    try:
        return design.matrix(rows)
    except PymediationError as error:
        raise DataMismatchError(changed(role)) from error


def changed(role: Role) -> str:
    """Say that the data frame is not what it was."""
    return (
        f"The {role} model's data frame no longer gives the design it was fitted to: it was changed after "
        "the fit. Refit the model, or give each fit its own copy of the data."
    )


def _weights(model: Any) -> FloatArray | None:
    """Return sampling weights: those of WLS, or ``var_weights`` of a GLM; None when all are one."""
    names = [cls.__name__ for cls in type(model).__mro__]
    given = model.weights if "WLS" in names and "OLS" not in names else getattr(model, "var_weights", None)
    if given is None:
        return None
    weights = np.broadcast_to(np.asarray(given, dtype=float), (model.exog.shape[0],)).copy()
    return None if np.all(weights == 1) else weights


def _offset(model: Any, n: int) -> FloatArray | None:
    """Return the offset plus log exposure; None when there is neither."""
    total = np.zeros(n)
    for part in (getattr(model, "offset", None), getattr(model, "exposure", None)):
        # statsmodels keeps the logarithm of the exposure under that name.
        if part is not None and not isinstance(part, str):
            total = total + np.asarray(part, dtype=float)
    return total if np.any(total != 0) else None


def expand_frequencies(model: Any, data: ModelRows, role: Role) -> ModelRows:
    """Repeat each row as often as its ``freq_weights`` say: that is what a frequency weight means."""
    frequencies = np.asarray(getattr(model, "freq_weights", 1.0), dtype=float)
    if np.all(frequencies == 1):
        return data
    if np.any(frequencies != np.round(frequencies)) or np.any(frequencies < 0):
        msg = (
            f"freq_weights of the {role} model must be whole numbers: they say how often a row was observed. "
            "For sampling weights use var_weights."
        )
        raise ArgumentError(msg)
    return data.take(np.repeat(np.arange(data.n), frequencies.astype(int)))
