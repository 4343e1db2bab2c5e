"""Read fitted linear mixed models of statsmodels: ``MixedLM`` with one grouping factor.

statsmodels keeps the columns with coefficients by group but not the formula they came from; it is written
anew from their names and must give the same columns. The estimates are those of our own fit at full
convergence, which the object's have to agree with.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.adapters.data import formula_design, read_data
from pymediation.adapters.proof import disagreement, not_reproduced
from pymediation.columns import codes_in, levels_of
from pymediation.design import Design
from pymediation.errors import PymediationError, UnsupportedModelError, said_by
from pymediation.fitted import FittedModel, Role
from pymediation.kinds import fitted_mixed_kind
from pymediation.rows import Grouping, ModelRows

__all__ = ["adapt_mixedlm"]

FloatArray = NDArray[np.float64]


def adapt_mixedlm(result: Any, role: Role, follow: tuple[str, ...]) -> FittedModel:
    """Read one fitted ``MixedLM``.

    Parameters
    ----------
    result : MixedLMResults
    role : {"mediator", "outcome"}
    follow : tuple of str
        Columns whose products with others are recomputed (models fitted from columns).

    Returns
    -------
    FittedModel

    Raises
    ------
    UnsupportedModelError
        Variance components, penalties or restricted covariances; columns that cannot be recomputed.
    """
    model = result.model
    _refuse_extensions(model, role)
    data = read_data(result, role, follow)
    rows = _with_groups(model, data.rows, role, follow)
    kind = fitted_mixed_kind(None, reml=bool(model.reml))
    fit = kind.fit(rows)
    if not fit.aliased.any():
        given = np.asarray(result.fe_params, dtype=float)[data.permutation]
        worst = disagreement(given, fit.coef, fit.cov)  # type: ignore[attr-defined]
        if worst is not None:
            parameter = f"the coefficient of {rows.design.names[worst]!r}"
            remedy = (
                "statsmodels stops early where groups hardly differ. Refit it with another method= of fit(), "
                "or with lmer() of pymediation.r."
            )
            raise UnsupportedModelError(
                not_reproduced(role, "statsmodels MixedLM", parameter, given[worst], fit.coef[worst], remedy)
            )
    return FittedModel.of(
        rows,
        role=role,
        label="statsmodels MixedLM",
        kind=kind,
        fit=fit,
        source=result,
    )


def _refuse_extensions(model: Any, role: Role) -> None:
    """Refuse what goes beyond one unrestricted covariance of coefficients by group."""
    found = ""
    if model.k_vc:
        found = "variance components (vc_formula=), which are nested or crossed groups"
    elif getattr(model, "_freepat", None) is not None:
        found = "a restricted covariance of the random effects (free=)"
    elif model.fe_pen is not None or model.re_pen is not None or getattr(model, "cov_pen", None) is not None:
        found = "a penalty"
    if found:
        msg = (
            f"The {role} model is a statsmodels MixedLM with {found}. Mediation analysis takes one grouping "
            "factor and maximum likelihood; fit it with groups= and re_formula= only, or with lmer() of "
            "pymediation.r."
        )
        raise UnsupportedModelError(msg)


def _with_groups(model: Any, rows: ModelRows, role: Role, follow: tuple[str, ...]) -> ModelRows:
    """Return the rows with their groups, and with the columns that coefficients by group read."""
    Z = np.asarray(model.exog_re, dtype=float)
    table = _table(model, rows)
    design = _design(model, Z, table, role, follow)
    frame = rows.frame.copy()
    for name in sorted(design.variables - set(frame.columns)):
        frame[name] = (
            table[name].to_numpy() if not isinstance(table[name].dtype, pd.CategoricalDtype) else table[name]
        )
    group = _group_column(model, table)
    labels = pd.Series(model.groups) if group is None else table[group]
    levels = tuple(levels_of(labels))
    grouping = Grouping(
        group or "Group", levels, codes_in(labels, levels), design, design.matrix(frame), (Z.shape[1],)
    )
    return replace(rows, frame=frame, grouping=grouping)


def _table(model: Any, rows: ModelRows) -> pd.DataFrame:
    """Return all columns known of the rows used."""
    data = model.data.frame if hasattr(model.data, "frame") else None
    if not isinstance(data, pd.DataFrame):
        return rows.frame
    return data.iloc[rows.positions].reset_index(drop=True)


def _group_column(model: Any, table: pd.DataFrame) -> str | None:
    """Return the column that the groups came from; None if it is not among the data."""
    groups = np.asarray(model.groups, dtype=object)
    names = [str(name) for name in model.data.exog_re_names or ()]
    order = [*(name for name in names if name in table), *map(str, table.columns)]
    return next(
        (name for name in order if np.array_equal(np.asarray(table[name], dtype=object), groups)), None
    )


def _design(model: Any, Z: FloatArray, table: pd.DataFrame, role: Role, follow: tuple[str, ...]) -> Design:
    """Return the recipe of the columns with coefficients by group."""
    names = [str(name) for name in model.data.exog_re_names or ()]
    constant = [bool(np.all(column == 1)) for column in Z.T]
    text = " + ".join(
        ["1" if any(constant) else "0", *(n for n, one in zip(names, constant, strict=False) if not one)]
    )
    try:
        design, order = _from_formula(text, table, role)
        same = np.allclose(design.matrix(table), Z[:, order], rtol=1e-9, atol=1e-12)
    except (PymediationError, IndexError):
        same = False
    if not same:
        msg = (
            f"The {role} model is a statsmodels MixedLM whose random effects {names} cannot be computed from "
            "its data for other values of the treatment or the mediator. Use columns of the data in "
            "re_formula=, or fit it with lmer() of pymediation.r."
        )
        raise UnsupportedModelError(msg)
    return design


def _from_formula(text: str, table: pd.DataFrame, role: Role) -> tuple[Design, NDArray[np.intp]]:
    """Build a design from a formula of patsy."""
    import patsy

    try:
        spec = patsy.dmatrix(text, table).design_info
    except Exception as error:  # whatever an expression may raise
        raise UnsupportedModelError(said_by(error)) from error
    return formula_design(spec, text, table, role)
