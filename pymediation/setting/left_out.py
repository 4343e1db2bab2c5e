"""Which rows of the data an analysis left out, and why, as far as the data tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.adapters import data_of, rows_of_data
from pymediation.fitted import FittedModel
from pymediation.report.wording import RowsLeftOut

__all__ = ["rows_left_out"]


def rows_left_out(*models: FittedModel) -> tuple[RowsLeftOut, ...]:
    """Return what models of the same rows lack of their data, or each of its own where those differ."""
    if len({model.data_id for model in models}) == 1:
        losses = [_loss("the data", *models)]
    else:
        losses = [_loss(f"the {model.role} model's data", model) for model in models]
    return tuple(loss for loss in losses if loss is not None)


def _loss(whose: str, model: FittedModel, *others: FittedModel) -> RowsLeftOut | None:
    """Return what a model lacks of its data, `others` being fitted to the same; None if it has every row."""
    given = rows_of_data(model.source)
    if given is None or int(model.positions.max()) >= given:
        return None
    absent = np.ones(given, dtype=bool)
    absent[model.positions] = False
    rows = np.flatnonzero(absent)
    if not rows.size:
        return None
    data = data_of(model.source)
    missing = {} if data is None else _missing(data, rows, (model, *others))
    counts = {name: int(values.sum()) for name, values in missing.items() if values.any()}
    anywhere = np.any(list(missing.values()), axis=0) if missing else np.zeros(1, dtype=bool)
    return RowsLeftOut(whose, given, int(rows.size), int(anywhere.sum()), tuple(counts.items()))


def _missing(
    data: pd.DataFrame, rows: NDArray[np.intp], models: tuple[FittedModel, ...]
) -> dict[str, NDArray[np.bool_]]:
    """Return, for the columns that models read, where they are missing in some rows."""
    names = set().union(*(model.design.variables | {model.response.variable} for model in models))
    return {name: data[name].iloc[rows].isna().to_numpy() for name in sorted(names) if name in data}
