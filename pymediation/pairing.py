"""Bring the two models to the same rows, in the same order, with the same weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.errors import DataMismatchError
from pymediation.fitted import FittedModel, take_rows

__all__ = ["Pair", "pair_models"]

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """Two models of the same rows.

    Attributes
    ----------
    mediator, outcome : FittedModel
    kept : ndarray of int, shape (n,)
        For each row, its place among the rows of the outcome model as it was given.
    """

    mediator: FittedModel
    outcome: FittedModel
    kept: NDArray[np.intp]


def pair_models(mediator: FittedModel, outcome: FittedModel, *, dropobs: bool) -> Pair:
    """Match the rows of the two models by their labels.

    Parameters
    ----------
    mediator, outcome : FittedModel
    dropobs : bool
        Refit both models to the rows they have in common, in the order of the mediator model. Without it,
        models of different rows are refused.

    Returns
    -------
    Pair

    Raises
    ------
    DataMismatchError
        Different rows (without `dropobs`), no row in common, or different weights.
    """
    in_mediator, in_outcome = _common_rows(mediator, outcome)
    complete = in_mediator.size == mediator.n and in_outcome.size == outcome.n
    if not complete and not dropobs:
        _refuse_different_rows(mediator, outcome, in_mediator.size)
    if not in_mediator.size:
        msg = (
            "The mediator model and the outcome model have no row in common. Fit both to the same data frame."
        )
        raise DataMismatchError(msg)
    if not complete:
        _refuse_fixed_covariance(mediator, outcome)
        mediator = take_rows(mediator, in_mediator, relearn=True)
        outcome = take_rows(outcome, in_outcome, relearn=True)
    elif not np.array_equal(in_outcome, np.arange(outcome.n)):
        outcome = take_rows(outcome, in_outcome, relearn=False)
    _require_equal_weights(mediator, outcome)
    return Pair(mediator, outcome, in_outcome)


def _common_rows(mediator: FittedModel, outcome: FittedModel) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return, for the rows in common, their places in each model, in the order of the mediator model."""
    if mediator.data_id == outcome.data_id:
        keys_m, keys_y = _occurrences(pd.Index(mediator.positions)), _occurrences(pd.Index(outcome.positions))
    else:
        keys_m, keys_y = _occurrences(mediator.index), _occurrences(outcome.index)
    if keys_m.equals(keys_y):
        rows = np.arange(mediator.n)
        return rows, rows
    places = keys_y.get_indexer(keys_m)
    found = np.flatnonzero(places >= 0)
    return found, places[found]


def _occurrences(labels: pd.Index) -> pd.Index:
    """Make labels unique by numbering repeats, so that the k-th occurrence meets the k-th occurrence."""
    if labels.is_unique:
        return labels
    repeat = pd.Series(np.zeros(len(labels)), index=labels).groupby(labels, sort=False).cumcount()
    return pd.MultiIndex.from_arrays([labels, repeat.to_numpy()])


def _refuse_different_rows(mediator: FittedModel, outcome: FittedModel, common: int) -> None:
    """Say how many rows differ and which variables cause it."""
    causes = []
    for model, other in ((mediator, outcome), (outcome, mediator)):
        extra = sorted(model.design.variables - other.design.variables - {other.response.variable})
        causes.append(
            f"only in the {model.role} model: {', '.join(map(repr, extra)) if extra else 'no variable'}"
        )
    msg = (
        f"The two models were fitted to different rows: the mediator model to {mediator.n}, the outcome "
        "model to "
        f"{outcome.n}, {common} in common. Missing values in a variable that only one model has are the "
        "usual cause "
        f"({'; '.join(causes)}). Fit both models to the same complete rows, or set dropobs=True to refit "
        "them to the common rows."
    )
    raise DataMismatchError(msg)


def _refuse_fixed_covariance(*models: FittedModel) -> None:
    """Refuse to refit a model whose covariance was chosen by the user's own call of fit()."""
    for model in models:
        if model.covariance is not None:
            msg = (
                f"dropobs=True refits the {model.role} model, which was fitted with "
                f"cov_type={model.cov_type!r}; that choice "
                "would be lost. Fit both models to the same rows, or use robustSE=True or cluster= instead "
                "of cov_type."
            )
            raise DataMismatchError(msg)


def _require_equal_weights(mediator: FittedModel, outcome: FittedModel) -> None:
    """Refuse models with different sampling weights."""
    ones = np.ones(mediator.n)
    weights_m, weights_y = (ones if m.weights is None else m.weights for m in (mediator, outcome))
    if np.array_equal(weights_m, weights_y):
        return
    differ = np.flatnonzero(weights_m != weights_y)
    shown = ", ".join(map(repr, mediator.index[differ[:_SHOWN]].tolist()))
    which = (
        "only one model has weights"
        if mediator.weights is None or outcome.weights is None
        else "both have weights"
    )
    msg = (
        f"The sampling weights of the two models differ on {differ.size} of {mediator.n} rows ({which}; "
        f"rows {shown}"
        f"{', ...' if differ.size > _SHOWN else ''}). Fit both models with the same weights."
    )
    raise DataMismatchError(msg)
