"""Read learners: models without coefficients, of scikit-learn and the like or of the user's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pymediation.adapters.estimators import read_estimator
from pymediation.adapters.given import Given
from pymediation.columns import category_codes, is_factor, levels_of, plain
from pymediation.design import LearnerDesign
from pymediation.errors import ArgumentError, DataMismatchError, UnsupportedModelError
from pymediation.fitted import FittedModel, Role
from pymediation.kinds import LearnerFit, learned_kind
from pymediation.models import MediationModel
from pymediation.rows import ModelRows, Response
from pymediation.supplied import ModelWithData

__all__ = ["adapt"]

_NOTE = "(Mediator model: predictions plus residuals drawn with replacement, as if errors were exchangeable)"


def adapt(result: ModelWithData, role: Role, follow: tuple[str, ...] = ()) -> FittedModel:
    """Read a learner and its data.

    Parameters
    ----------
    result : ModelWithData
    role : {"mediator", "outcome"}
    follow : tuple of str
        Treatment and mediator, of which no value may be missing; a learner may take missing covariates.

    Returns
    -------
    FittedModel

    Raises
    ------
    UnsupportedModelError, ArgumentError, UnknownNameError, DataMismatchError
    """
    learner = result.model
    library = "own" if isinstance(learner, MediationModel) else type(learner).__module__.split(".")[0]
    given = Given(result, role, f"{library} {type(learner).__qualname__}")
    if isinstance(learner, MediationModel):
        columns = _own_columns(given)
        categories, note = _own_categories(given, learner, columns), ""
    else:
        learner = read_estimator(given)
        columns, note = learner.columns, "" if learner.residuals is None else _NOTE
        categories = None if learner.classes is None else tuple(learner.classes.tolist())
    for name in set(follow) & set(columns):
        given.refuse_missing(name)
    by_category = role == "outcome" and categories is not None and len(categories) > 2
    return FittedModel.of(
        _rows(given, columns, categories),
        role=role,
        label=given.label,
        kind=learned_kind(learner, categories, len(categories or ()) if by_category else 0, note),
        fit=LearnerFit(learner, categories),
        source=result,
    )


def _rows(given: Given, columns: tuple[str, ...], categories: tuple[Any, ...] | None) -> ModelRows:
    """Return the rows that a learner is refitted to."""
    response = given.response
    frame = given.data[[*columns, response]].reset_index(drop=True)
    y = frame[response].to_numpy()
    return ModelRows(
        design=LearnerDesign(columns),
        frame=frame,
        X=np.empty((len(frame), 0)),
        y=(y if categories is None else category_codes(y, categories)).astype(float),
        weights=given.weights,
        trials=None,
        offset=None,
        response=Response(response, response, None if categories == (0, 1) else categories),
        positions=np.arange(len(frame)),
        index=given.data.index,
        data_id=id(given.data),
        formula=f"{response} ~ {' + '.join(columns)}",
    )


def _own_columns(given: Given) -> tuple[str, ...]:
    """Return the columns that a model of the user's own reads."""
    columns = given.supplied.columns
    if columns is None:
        msg = f"{given.what} needs the names of the columns it reads: with_data(..., columns=[...])."
        raise ArgumentError(msg)
    given.refuse_response(columns)
    return columns


def _own_categories(given: Given, model: MediationModel, columns: tuple[str, ...]) -> tuple[Any, ...] | None:
    """Return the values of a categorical response, after requiring that the model can do its part."""
    needed = "draw" if given.role == "mediator" else "predict"
    if getattr(type(model), needed, None) is getattr(MediationModel, needed):
        msg = f"{given.what} has no {needed}(), which a model of the {given.role} needs; see MediationModel."
        raise UnsupportedModelError(msg)
    column = given.data[given.response]
    categorical = is_factor(column) or pd.api.types.is_bool_dtype(column.dtype)
    values = tuple(plain(value) for value in levels_of(column))
    if given.role == "mediator":
        return values if categorical else None
    predicted = given.predictions(model, columns)
    if predicted.ndim == 1 and not is_factor(column):
        return None
    found = 1 if predicted.ndim == 1 else predicted.shape[1]
    if found != len(values):
        msg = (
            f"{given.what} predicts {found} {'number' if found == 1 else 'probabilities'} per row, but its "
            f"response {given.response!r} has {len(values)} values in data=, {list(values)!r}. Return one "
            "mean per row for a numeric response, or one probability per value."
        )
        raise DataMismatchError(msg)
    return values
