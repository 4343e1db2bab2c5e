"""Read fitted ``GPModel`` of GPBoost: mixed models with one grouping factor.

The object keeps numbers and the names of columns, but neither the response's name nor the covariance of its
coefficients. The estimates are those of our own fit at full convergence, which the object's have to agree
with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.adapters.given import Given
from pymediation.adapters.proof import disagreement, not_reproduced, refuse_unconverged
from pymediation.columns import codes_in, levels_of
from pymediation.design.columns_design import ColumnsDesign
from pymediation.errors import DataMismatchError, UnsupportedModelError
from pymediation.families import Family, get_family
from pymediation.fitted import FittedModel, Role
from pymediation.kinds import fitted_mixed_kind
from pymediation.rows import Grouping, ModelRows, Response
from pymediation.supplied import ModelWithData

__all__ = ["adapt", "refuse_model"]

FloatArray = NDArray[np.float64]

# GPBoost's likelihoods that are families of ``glmer``; None is the linear model.
_LIKELIHOODS: Mapping[str, tuple[str, str] | None] = {
    "gaussian": None,
    "bernoulli_logit": ("binomial", "logit"),
    "bernoulli_probit": ("binomial", "probit"),
    "poisson": ("poisson", "log"),
}
# Its approximation has the curvature at the observed responses; ours, as lme4's, the one expected. In probit
# models they differ: coefficients are up to 0.05 standard errors apart in groups of 15 rows.
_AGREEMENT = 0.25
_EXTENSIONS = {
    "gp_coords": "a Gaussian process (gp_coords=)",
    "cluster_ids": "independent realisations (cluster_ids=)",
    "weights": "weights=",
}
_MIXED = "Mediation analysis takes random intercepts and slopes of one grouping column"
_ELSEWHERE = "lmer() or glmer() of pymediation.r"
_SLOPE = "_rand_coef_"
_INTERCEPT = "(Intercept)"


def adapt(result: ModelWithData, role: Role, follow: tuple[str, ...] = ()) -> FittedModel:
    """Read one fitted ``GPModel`` and the data it was fitted to.

    Parameters
    ----------
    result : ModelWithData
        With the name of the response.
    role : {"mediator", "outcome"}
    follow : tuple of str
        Columns whose products with others are recomputed.

    Returns
    -------
    FittedModel

    Raises
    ------
    UnsupportedModelError
        Another likelihood, several groupings, Gaussian processes, columns without names.
    DataMismatchError
        The data are not those of the fit.
    """
    model: Any = result.model
    refuse_model(model, role)
    given, kept = Given(result, role, "gpboost GPModel"), model.model_to_dict()
    family = _family(kept["likelihood"], role)
    rows = _rows(model, kept, given, follow)
    kind = fitted_mixed_kind(family, reml=False)
    fit = kind.fit(rows)
    refuse_unconverged(fit, role, given.label)
    coefficients = np.asarray(kept["coefs"], dtype=float)
    worst = disagreement(coefficients, fit.coef, fit.cov, _AGREEMENT)  # type: ignore[attr-defined]
    if worst is not None:
        parameter = f"the coefficient of {rows.design.names[worst]!r}"
        remedy = f"Refit it with params={{'delta_rel_conv': 1e-10}}, or with {_ELSEWHERE}."
        raise UnsupportedModelError(
            not_reproduced(role, given.label, parameter, coefficients[worst], fit.coef[worst], remedy)
        )
    return FittedModel.of(
        rows,
        role=role,
        label=given.label,
        kind=kind,
        fit=fit,
        source=result,
    )


def refuse_model(model: Any, role: Role) -> None:
    """Refuse what no data could make usable: boosted trees, models that were not fitted or have more parts.

    Parameters
    ----------
    model : object of gpboost
    role : {"mediator", "outcome"}
    """
    what = f"The {role} model is a gpboost {type(model).__name__}"
    if type(model).__name__ != "GPModel":
        raise UnsupportedModelError(f"{what}, which is not supported; a fitted GPModel is. {_MIXED}.")
    if getattr(model, "used_in_gpboost_algorithm", False):
        raise UnsupportedModelError(f"{what} of boosted trees. {_MIXED}; give fixed effects as X= of fit().")
    if not model.model_fitted or not model.has_covariates:
        lacking = "without fixed effects" if model.model_fitted else "that was not fitted"
        raise UnsupportedModelError(
            f"{what} {lacking}: call fit(y=..., X=...) with a DataFrame of the treatment and the other "
            "regressors, a column of ones among them."
        )
    found = [words for name, words in _EXTENSIONS.items() if getattr(model, name, None) is not None]
    found += ["offset="] if getattr(model, "has_offset", False) else []
    found += [f"{model.num_group_re} grouping columns"] if model.num_group_re > 1 else []
    if found:
        raise UnsupportedModelError(f"{what} with {', '.join(found)}. {_MIXED}; see also {_ELSEWHERE}.")


def _family(likelihood: str, role: Role) -> Family | None:
    """Return the family of a likelihood, None for the linear model."""
    if likelihood not in _LIKELIHOODS:
        msg = (
            f"The {role} model is a gpboost GPModel with likelihood={likelihood!r}. Accepted are "
            f"{', '.join(map(repr, _LIKELIHOODS))}."
        )
        raise UnsupportedModelError(msg)
    chosen = _LIKELIHOODS[likelihood]
    return None if chosen is None else get_family(*chosen)


def _rows(model: Any, kept: Mapping[str, Any], given: Given, follow: tuple[str, ...]) -> ModelRows:
    """Return the rows of the fit, which the data must have."""
    _require_data_of_the_fit(kept, given)
    names, X = tuple(map(str, model.coef_names)), np.asarray(kept["X"], dtype=float)
    response, y = given.response, np.asarray(kept["y"], dtype=float).ravel()
    design = ColumnsDesign.from_columns(names, X, follow=[name for name in follow if name in names])
    frame = pd.DataFrame(X, columns=list(names))
    columns = _columns_by_group(model, kept, given, frame)
    for name, values in columns.items():
        if name not in frame and name != _INTERCEPT:
            frame[name] = values
    grouping = _grouping(_labels(model, kept, given), _design(columns, frame, given, follow), columns)
    return ModelRows(
        design=design,
        frame=frame,
        X=design.matrix(frame),
        y=y,
        weights=None,
        trials=None,
        offset=None,
        response=Response(response, response),
        positions=np.arange(y.size),
        index=given.data.index,
        data_id=id(given.data),
        formula=f"{response} ~ {' + '.join(names)}",
        grouping=grouping,
    )


def _require_data_of_the_fit(kept: Mapping[str, Any], given: Given) -> None:
    """Refuse weights, and data whose response is not that of the fit."""
    if given.supplied.weights is not None:
        msg = f"{given.what} was fitted without weights. Leave weights= out, or fit it with {_ELSEWHERE}."
        raise UnsupportedModelError(msg)
    response, y = given.response, np.asarray(kept["y"], dtype=float).ravel()
    if len(given.data) != y.size or not np.array_equal(given.data[response].to_numpy(dtype=float), y):
        msg = (
            f"{given.what} was fitted to {y.size} rows, which {response!r} of the data given beside it does "
            "not equal. Give with_data() the data of the fit, in its order."
        )
        raise DataMismatchError(msg)


def _labels(model: Any, kept: Mapping[str, Any], given: Given) -> pd.Series:
    """Return the group of each row: the data's column, or what the object keeps of it."""
    name = str(model.re_comp_names[0]).split(_SLOPE)[0]
    own = pd.Series(np.asarray(kept["group_data"])[:, 0], name=name)
    if name not in given.data:
        return own
    labels = given.data[name].reset_index(drop=True)
    if not np.array_equal(pd.factorize(labels)[0], pd.factorize(own)[0]):
        msg = (
            f"{given.what}: the groups {name!r} of the data given beside it are not those of its fit. Give "
            "with_data() the data of the fit, in its order."
        )
        raise DataMismatchError(msg)
    return labels


def _grouping(labels: pd.Series, design: ColumnsDesign, columns: Mapping[str, FloatArray]) -> Grouping:
    """Return the groups; coefficients by group are uncorrelated."""
    levels, Z = tuple(levels_of(labels)), np.column_stack(list(columns.values()))
    return Grouping(str(labels.name), levels, codes_in(labels, levels), design, Z, (1,) * Z.shape[1])


def _columns_by_group(
    model: Any, kept: Mapping[str, Any], given: Given, frame: pd.DataFrame
) -> dict[str, FloatArray]:
    """Return the columns with coefficients by group; slopes without names are found among the regressors."""
    dropped, slopes = kept["drop_intercept_group_rand_effect"], kept["group_rand_coef_data"]
    has_intercept = dropped is None or not dropped[0]
    columns: dict[str, FloatArray] = {_INTERCEPT: np.ones(len(frame))} if has_intercept else {}
    names = [str(name).split(_SLOPE)[1] for name in model.re_comp_names if _SLOPE in str(name)]
    for name, column in zip(names, () if slopes is None else np.asarray(slopes, dtype=float).T, strict=True):
        same = [other for other in frame if np.array_equal(frame[other], column)]
        known = name in given.data and np.array_equal(given.data[name].to_numpy(dtype=float), column)
        if not same and not known:
            msg = (
                f"{given.what} has a random slope of {name!r}, which is no column of its X or of the data. "
                "Give group_rand_coef_data= as a DataFrame of such columns."
            )
            raise UnsupportedModelError(msg)
        columns[str(same[0]) if same else name] = column
    return columns


def _design(
    columns: Mapping[str, FloatArray], frame: pd.DataFrame, given: Given, follow: tuple[str, ...]
) -> ColumnsDesign:
    """Return the recipe of the columns with coefficients by group, products among them."""
    names = tuple(map(str, frame))
    wide = ColumnsDesign.from_columns(names, frame, follow=[name for name in follow if name in names])
    products = {name: wide.products[name] for name in columns if name in wide.products}
    for name, parents in products.items():
        if not set(parents) <= set(columns):
            msg = (
                f"{given.what} has a random slope of the product {name!r} without slopes of its factors, so "
                f"that it cannot follow the treatment or the mediator. Fit it with {_ELSEWHERE}."
            )
            raise UnsupportedModelError(msg)
    constants = {_INTERCEPT: 1.0} if _INTERCEPT in columns else {}
    return ColumnsDesign(tuple(columns), constants, products)
