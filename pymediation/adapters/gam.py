"""Read fitted additive models of statsmodels: ``GLMGam`` with B-splines or cyclic cubic splines.

The penalty of a fit is 2 alpha times the smoother's matrix of integrated squared second derivatives, whatever
the family: that is what ``GLMGam.fit()`` solves with. Knots and penalty stay those of the fit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.adapters.data import (
    assemble,
    expand_frequencies,
    formula_design,
    named_columns,
    refuse_unusable_numbers,
    same_design,
    used_positions,
)
from pymediation.adapters.families import family_of
from pymediation.adapters.response import read_response
from pymediation.columns import plain
from pymediation.design import Design
from pymediation.design.derived import follows_order_of, product_of
from pymediation.design.piecewise import PiecewiseBasis
from pymediation.design.smooth_design import Smooth, SmoothDesign, SmoothVariable
from pymediation.errors import NotEstimableError, UnsupportedModelError
from pymediation.fitted import FittedModel, Role
from pymediation.kinds import additive_kind
from pymediation.rows import ModelRows

__all__ = ["adapt_gam"]

FloatArray = NDArray[np.float64]

_UNNAMED = re.compile(r"x\d+")  # what statsmodels calls columns of an array
# Predictors by the object's estimates and by ours may differ by this many of their standard errors.
_AGREEMENT = 0.05
_ROUNDING = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class _Linear:
    """The linear part of a model.

    Attributes
    ----------
    design : Design
    order : ndarray of int
        Position in the object's parameters of each of its columns.
    table : DataFrame, n rows
        The rows used, with all columns known.
    positions : ndarray of int, shape (n,)
        Where they are in the data.
    data_id : int
        Identity of the data.
    response, formula : str
        The left side, and what stands for the formula.
    """

    design: Design
    order: NDArray[np.intp]
    table: pd.DataFrame
    positions: NDArray[np.intp]
    data_id: int
    response: str
    formula: str


def adapt_gam(result: Any, role: Role, follow: tuple[str, ...]) -> FittedModel:
    """Read one fitted ``GLMGam``.

    Parameters
    ----------
    result : GLMGamResults
    role : {"mediator", "outcome"}
    follow : tuple of str
        Treatment, mediator and further columns: smoothed products of these with others are recomputed.

    Returns
    -------
    FittedModel

    Raises
    ------
    UnsupportedModelError
        A smoother, weight or state that cannot be used; the message says why and what to do.
    DataMismatchError
        The data frame was changed after the fit.
    NotEstimableError
        A fit that did not converge.
    """
    model, family = result.model, family_of(result, "GLMGam", role)
    # Nothing in the mediator's own model follows the mediator.
    linear, design = _designs(model, role, follow if role == "outcome" else (*follow[:1], *follow[2:]))
    rows, sign = _rows(result, role, linear, design)
    refuse_unusable_numbers(rows, role)
    kind = additive_kind(family, design.penalty)
    repeated = expand_frequencies(model, rows, role)
    fit = kind.fit(repeated)
    _prove(result, fit, rows, sign, role)
    return FittedModel.of(
        repeated,
        role=role,
        label=f"statsmodels GLMGam ({family.name}, {family.link.name})",
        kind=kind,
        fit=fit,
        source=result,
    )


def _designs(model: Any, role: Role, follow: tuple[str, ...]) -> tuple[_Linear, SmoothDesign]:
    """Return the linear part and the whole design, after requiring that it is the one that was fitted."""
    by_formula = getattr(model, "formula_linear", None) is not None
    linear = _of_formula(model, role) if by_formula else _of_columns(model, role, follow)
    names = _smoothed(model, role)
    given = dict(zip(names, np.asarray(model.smoother.x, dtype=float).T, strict=True))
    table = linear.table.assign(**{n: values for n, values in given.items() if n not in linear.table})
    design = SmoothDesign(linear.design, _smooths(model, table, names, role, follow))
    frame = table[[column for column in table.columns if column in design.variables]].copy()
    k = len(linear.order)
    exog = np.asarray(model.exog, dtype=float)
    same_design(design, frame, exog[:, [*linear.order, *range(k, exog.shape[1])]], role)
    return replace(linear, table=frame), _identified(design, frame)


def _rows(result: Any, role: Role, linear: _Linear, design: SmoothDesign) -> tuple[ModelRows, float]:
    """Return the rows of the fit and the sign of the object's estimates."""
    response = read_response(result.model, linear.response, role)
    if response.trials is not None:
        msg = (
            f"The {role} model is a GLMGam of successes and failures. statsmodels leaves the numbers of "
            "trials out of its estimates; fit it to one row per trial."
        )
        raise UnsupportedModelError(msg)
    rows = assemble(
        result.model,
        response,
        design=design,
        frame=linear.table,
        X=design.matrix(linear.table),
        positions=linear.positions,
        index=linear.table.index,
        data_id=linear.data_id,
        formula=" + ".join([linear.formula, *(smooth.label for smooth in design.smooths)]),
    )
    return replace(rows, weights=_weights(result, role)), response.sign


def _of_formula(model: Any, role: Role) -> _Linear:
    """Return the linear part that a formula describes."""
    given, formula = model.data.frame, str(model.formula_linear)
    data = given if isinstance(given, pd.DataFrame) else pd.DataFrame(given)
    positions = used_positions(model, len(data))
    design, order = formula_design(model.model_spec_linear, model.formula_linear, data, role)
    response = formula.split("~")[0].strip()
    return _Linear(design, order, data.iloc[positions], positions, id(given), response, formula)


def _of_columns(model: Any, role: Role, follow: tuple[str, ...]) -> _Linear:
    """Return the linear part that was given as a table of columns."""
    from pymediation.design.columns_design import ColumnsDesign

    if model.k_exog_linear == 0:
        msg = (
            f"The {role} model has no linear part. Give it one with at least a constant, such as "
            "exog=sm.add_constant(d[['t']])."
        )
        raise UnsupportedModelError(msg)
    exog = named_columns(model, model.data_linear.orig_exog, role)
    names = [str(name) for name in exog.columns]
    table = pd.DataFrame(np.asarray(exog, dtype=float), columns=names, index=exog.index)
    design = ColumnsDesign.from_columns(names, table, follow=[name for name in follow if name in names])
    smoothed = zip(_smoothed(model, role), np.asarray(model.smoother.x, dtype=float).T, strict=True)
    moving = {name: values for name, values in smoothed if name in follow and name not in names}
    _refuse_products(design, table.assign(**moving), list(moving), role)
    order, positions = np.arange(len(names), dtype=np.intp), np.arange(len(table), dtype=np.intp)
    return _Linear(design, order, table, positions, id(exog), str(model.endog_names), " + ".join(names))


def _refuse_products(linear: Any, table: pd.DataFrame, smoothed: list[str], role: Role) -> None:
    """Refuse linear columns that are products with a smoothed variable: nothing would make them follow it."""
    for name in sorted(linear.variables):
        shared = product_of(name, table, smoothed).variables & set(smoothed)
        if shared:
            first = min(shared)
            msg = (
                f"The {role} model has {name!r} in its linear part, a product with the smoothed {first!r} "
                f"that would not follow it. Fit it from a formula, as in 'y ~ t + t:{first}'."
            )
            raise UnsupportedModelError(msg)


def _smoothed(model: Any, role: Role) -> list[str]:
    """Return the names of the smoothed variables, which must be those of columns."""
    names = list(model.smoother.variable_names)
    frame = getattr(model.data, "frame", None)
    known = set() if frame is None else set(map(str, frame))
    for name in names:
        if not isinstance(name, str) or (_UNNAMED.fullmatch(name) and name not in known):
            msg = (
                f"The {role} model smooths an array without column names, so it cannot be told which "
                "variable that is. Give the smoother named columns, as in BSplines(d[['m']], df=[8], "
                "degree=[3]), and refit."
            )
            raise UnsupportedModelError(msg)
    return names


def _smooths(
    model: Any, table: pd.DataFrame, names: list[str], role: Role, follow: tuple[str, ...]
) -> tuple[Smooth, ...]:
    """Return the smooth functions with their penalties."""
    smooths: list[Smooth] = []
    for name, smoother, alpha in zip(names, model.smoother.smoothers, model.alpha, strict=True):
        variable = product_of(name, table, follow)
        if variable == SmoothVariable(name, (name,)) and name not in follow:
            _refuse_derived(name, table, role, follow)
        label = f"s({name})"
        repeat = sum(other.label.startswith(label) for other in smooths)
        smooths.append(
            Smooth(
                label=f"{label}.{repeat}" if repeat else label,
                variable=variable,
                basis=_basis(smoother, role),
                names=tuple(map(str, smoother.col_names)),
                penalty=2.0 * float(alpha) * np.asarray(smoother.cov_der2, dtype=float),
            )
        )
    return tuple(smooths)


def _refuse_derived(name: str, table: pd.DataFrame, role: Role, follow: tuple[str, ...]) -> None:
    """Refuse to smooth a function of the treatment or mediator: it would not follow when they change."""
    parents = [
        column for column in follow if column in table and pd.api.types.is_numeric_dtype(table[column])
    ]
    values = table[name].to_numpy(dtype=float)
    treatment = table[follow[0]] if follow and follow[0] in table else None
    arms = np.zeros(len(table)) if treatment is None or treatment.nunique() > 2 else treatment.to_numpy()
    for parent in parents:
        groups = np.zeros(len(table)) if parent == follow[0] else arms
        if not follows_order_of(values, table[parent].to_numpy(dtype=float), groups):
            continue
        msg = (
            f"The {role} model smooths {name!r}, which rises and falls with {parent!r} and seems to be "
            f"computed from it. It would be held at its observed values when {parent!r} changes. Smooth "
            f"{parent!r} itself, or its products with other columns, which are recognised."
        )
        raise UnsupportedModelError(msg)


def _basis(smoother: Any, role: Role) -> PiecewiseBasis:
    """Return the basis of one smooth function, frozen."""
    given = type(smoother).__name__
    if given == "UnivariateBSplines":
        degree = int(smoother.degree)
        # Outside its inner knots a spline of equal spacing is not complete; the data lie inside.
        breaks = smoother.knots[degree : len(smoother.knots) - degree]
        return PiecewiseBasis.from_function(smoother.transform, breaks, degree)
    if given == "UnivariateCubicCyclicSplines":
        from statsmodels.compat.patsy import get_all_sorted_knots

        breaks = get_all_sorted_knots(smoother.x, n_inner_knots=smoother.df - 1)
        return PiecewiseBasis.from_function(smoother.transform, breaks, 3, periodic=True)
    msg = (
        f"The {role} model has a smoother of {given}; supported are BSplines and CyclicCubicSplines. "
        "Polynomials can be written in the formula of a GLM, as in I(m**2)."
    )
    raise UnsupportedModelError(msg)


def _identified(design: SmoothDesign, frame: pd.DataFrame) -> SmoothDesign:
    """Return the design without columns that are 0 everywhere, or repeat the constant of earlier columns.

    A column is left out only if no penalty depends on it, so that functions and fits stay what they are.
    """
    design = replace(design, smooths=tuple(_without_vanishing(smooth) for smooth in design.smooths))
    earlier, smooths = design.linear.matrix(frame), []
    for smooth in design.smooths:
        columns = smooth.matrix(frame)
        ones = np.ones(len(frame))
        weights, unit = (np.linalg.lstsq(part, ones, rcond=None)[0] for part in (columns, earlier))
        constant = all(
            np.allclose(part @ found, 1.0, rtol=0, atol=_ROUNDING)
            for part, found in ((columns, weights), (earlier, unit))
        )
        size = max(float(np.abs(smooth.penalty).max(initial=0.0)), np.finfo(float).tiny)
        free = np.allclose(smooth.penalty @ weights / size, 0.0, atol=_ROUNDING)
        smooths.append(smooth.without(int(np.argmax(np.abs(weights)))) if constant and free else smooth)
        earlier = np.hstack((earlier, columns))
    return SmoothDesign(design.linear, tuple(smooths))


def _without_vanishing(smooth: Smooth) -> Smooth:
    """Return a smooth without the functions that are 0 everywhere, and that no penalty acts on."""
    gone = smooth.basis.vanishing
    return smooth if smooth.penalty[gone].any() else smooth.without(gone)


def _weights(result: Any, role: Role) -> FloatArray | None:
    """Return sampling weights, after requiring that the fit used the weights of the model."""
    model, n = result.model, result.model.exog.shape[0]
    given, frequencies = (
        np.broadcast_to(np.asarray(getattr(model, name, 1.0), dtype=float), (n,))
        for name in ("var_weights", "freq_weights")
    )
    if getattr(result, "method", "PIRLS") != "PIRLS":
        return None if np.all(given == 1) else given.copy()
    used = np.asarray(getattr(model, "data_weights", np.ones(n)), dtype=float)
    if np.all(given * frequencies == 1):
        return None if np.all(used == 1) else used.copy()
    if not np.allclose(used, given * frequencies):
        msg = (
            f"The {role} model has weights, which statsmodels' GLMGam leaves out of its estimates. Give them "
            "to fit() as well: GLMGam.from_formula(..., var_weights=w).fit(weights=w)."
        )
        raise UnsupportedModelError(msg)
    return None if np.all(given == 1) else given.copy()


def _prove(result: Any, fit: Any, rows: ModelRows, sign: float, role: Role) -> None:
    """Require that the object's own predictors are those of a fit to the rows that were read."""
    if fit.separation or fit.aliased.any():
        return
    own = rows.X @ fit.coef
    given = np.asarray(result.model.exog, dtype=float) @ np.asarray(result.params, dtype=float)
    predictor = sign * given
    variances = np.einsum("ni,ij,nj->n", rows.X, fit.cov, rows.X, optimize=True)
    gap = np.abs(own - predictor) / np.sqrt(np.maximum(variances, np.finfo(float).tiny))
    if np.all(gap <= _AGREEMENT) or np.allclose(own, predictor, rtol=1e-6, atol=1e-10):
        return
    if not (fit.converged and bool(getattr(result, "converged", True))):
        msg = f"The {role} model (GLMGam) did not converge. Refit it with more iterations, .fit(maxiter=...)."
        raise NotEstimableError(msg)
    worst = int(np.argmax(gap))
    msg = (
        f"The {role} model (GLMGam) cannot be reproduced from its own data: its linear predictor in row "
        f"{plain(rows.index[worst])!r} is {predictor[worst]:.6g}, a penalised fit to the stored rows gives "
        f"{own[worst]:.6g}. Was the data frame or alpha changed after the fit, or fit() given another "
        "method? Refit it with .fit() and try again."
    )
    raise UnsupportedModelError(msg)
