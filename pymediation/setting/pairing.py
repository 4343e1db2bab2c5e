"""Bring the two models to the same rows, in the same order, with the same weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.adapters import data_of
from pymediation.columns import plain
from pymediation.compat import CompatLedger
from pymediation.errors import DataMismatchError
from pymediation.fitted import FittedModel, refitted, take_rows

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
    given_rows : int
        Rows of the outcome model as it was given.
    """

    mediator: FittedModel
    outcome: FittedModel
    kept: NDArray[np.intp]
    given_rows: int

    def agreed_on(self, treat: str, mediator: str, ledger: CompatLedger) -> Self:
        """Return the pair after a comparison of these columns that needs more than rows; here none does."""
        return self

    def of_both(self, names: frozenset[str]) -> frozenset[str]:
        """Return those of some columns of the outcome model that a mediator model could have; here all."""
        return names


def pair_models(mediator: FittedModel, outcome: FittedModel, *, dropobs: bool | None) -> Pair:
    """Match the rows of the two models by their labels.

    Parameters
    ----------
    mediator, outcome : FittedModel
    dropobs : bool or None
        Refit both models to the rows they have in common, in the order of the mediator model. Without it,
        models of different rows are refused; None where it is no choice of the caller's.

    Returns
    -------
    Pair
        Factor levels that no row has are left out of the designs, as R does.

    Raises
    ------
    DataMismatchError
        Different rows (without `dropobs`), no row in common, or different weights.
    """
    _require_equal_frequencies(mediator, outcome)
    given_rows = outcome.n
    in_mediator, in_outcome = _common_rows(mediator, outcome)
    if not in_mediator.size:
        raise DataMismatchError(_nothing_in_common(mediator, outcome))
    complete = in_mediator.size == mediator.n and in_outcome.size == outcome.n
    if not complete and not dropobs:
        remedy = "" if dropobs is None else ", or set dropobs=True to refit both to the rows in common"
        raise DataMismatchError(_different_rows(mediator, outcome, in_mediator.size, remedy))
    if not complete:
        for model in (mediator, outcome):
            _require_own_covariance(model, "dropobs=True refits it")
        mediator = take_rows(mediator, in_mediator, relearn=True)
        outcome = take_rows(outcome, in_outcome, relearn=True)
    elif not np.array_equal(in_outcome, np.arange(outcome.n)):
        outcome = take_rows(outcome, in_outcome, relearn=False)
    _require_equal_weights(mediator, outcome)
    return Pair(_with_levels_used(mediator), _with_levels_used(outcome), in_outcome, given_rows)


def _common_rows(mediator: FittedModel, outcome: FittedModel) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return, for the rows in common, their places in each model, in the order of the mediator model."""
    one_frame = mediator.data_id == outcome.data_id
    all_rows = np.arange(mediator.n)
    # Asked first, because whether labels are unique takes a table of them.
    if one_frame and np.array_equal(mediator.positions, outcome.positions):
        return all_rows, all_rows
    unique = mediator.index.is_unique and outcome.index.is_unique
    if unique or not one_frame:
        keys_m, keys_y = mediator.index, outcome.index
    else:  # labels repeat, but positions in the one data frame tell rows apart
        keys_m, keys_y = pd.Index(mediator.positions), pd.Index(outcome.positions)
    if keys_m.equals(keys_y):
        return all_rows, all_rows
    if not unique:
        keys_m, keys_y = _occurrences(keys_m), _occurrences(keys_y)
    places = keys_y.get_indexer(keys_m)
    found = np.flatnonzero(places >= 0)
    return found, places[found]


def _occurrences(labels: pd.Index) -> pd.Index:
    """Make labels unique by numbering repeats, so that the k-th occurrence meets the k-th occurrence."""
    repeat = pd.Series(np.zeros(len(labels)), index=labels).groupby(labels, sort=False).cumcount()
    return pd.MultiIndex.from_arrays([labels, repeat.to_numpy()])


def _require_equal_frequencies(mediator: FittedModel, outcome: FittedModel) -> None:
    """Refuse models of which one alone has frequency weights, that is, repeated rows."""
    repeated = [model for model in (mediator, outcome) if _repeats_rows(model)]
    if len(repeated) != 1:
        return
    msg = (
        f"Only the {repeated[0].role} model has freq_weights, which repeat its rows ({repeated[0].n} in "
        "all). Fit both models with the same freq_weights."
    )
    raise DataMismatchError(msg)


def _repeats_rows(model: FittedModel) -> bool:
    """Whether frequency weights repeat rows of the data; the copies of a row follow each other."""
    return bool(np.any(model.positions[1:] == model.positions[:-1]))


def _nothing_in_common(mediator: FittedModel, outcome: FittedModel) -> str:
    """Say that no row label is in both models."""
    labels_m, labels_y = (_listed(model.index[:_SHOWN].tolist(), model.n) for model in (mediator, outcome))
    return (
        f"The two models have no row in common. Rows are paired by their index labels: {labels_m} in the "
        f"{mediator.role} model, {labels_y} in the {outcome.role} model. Fit both models to the same data "
        "frame."
    )


def _listed(values: Sequence[object], total: int) -> str:
    """List the first of many values."""
    return ", ".join(repr(plain(value)) for value in values) + (", ..." if total > len(values) else "")


def _different_rows(mediator: FittedModel, outcome: FittedModel, common: int, remedy: str) -> str:
    """Say how many rows differ and which variables cause it."""
    causes = [_cause(mediator, outcome, common), _cause(outcome, mediator, common)]
    return (
        f"The two models were fitted to different rows: the {mediator.role} model to {mediator.n}, the "
        f"{outcome.role} model to {outcome.n}, {common} in common. {' '.join(filter(None, causes))} Fit "
        f"both models to the same complete rows{remedy}."
    )


def _cause(model: FittedModel, other: FittedModel, common: int) -> str:
    """Say why a model lacks rows of the other one."""
    lacking = other.n - common
    if not lacking:
        return ""
    missing = _missing_values(model, other)
    if missing is None:
        why = "for missing values in one of its variables, probably"
    elif missing:
        why = "for missing values in " + ", ".join(f"{name!r} ({count})" for name, count in missing.items())
    elif _repeats_rows(other):
        why = "do freq_weights differ?"
    else:
        why = "not because of missing values; was the data frame filtered, or subset= used?"
    return f"{lacking} {'row is' if lacking == 1 else 'rows are'} not in the {model.role} model ({why})."


def _missing_values(model: FittedModel, other: FittedModel) -> dict[str, int] | None:
    """Count missing values by variable in the rows that only the other model has; None if unknown."""
    data = data_of(model.source)
    if data is None:
        return None
    if model.data_id == other.data_id:
        lacking = data.iloc[np.setdiff1d(other.positions, model.positions)]
    elif data.index.is_unique:
        lacking = data.loc[data.index.isin(other.index) & ~data.index.isin(model.index)]
    else:
        return None
    names = sorted(model.design.variables | {model.response.variable})
    counts = {name: int(lacking[name].isna().sum()) for name in names if name in lacking}
    return {name: count for name, count in counts.items() if count}


def _require_own_covariance(model: FittedModel, why: str) -> None:
    """Refuse to refit a model whose covariance was chosen by the user's own call of fit()."""
    if model.covariance is None:
        return
    msg = (
        f"The {model.role} model was fitted with cov_type={model.cov_type!r}, but {why}, which would lose "
        "that choice. Fit both models to the same complete rows, or use robustSE=True or cluster= instead of "
        "cov_type."
    )
    raise DataMismatchError(msg)


def _require_equal_weights(mediator: FittedModel, outcome: FittedModel) -> None:
    """Refuse models with different sampling weights."""
    ones = np.ones(mediator.n)
    weights_m, weights_y = (ones if m.weights is None else m.weights for m in (mediator, outcome))
    if np.array_equal(weights_m, weights_y):
        return
    differ = np.flatnonzero(weights_m != weights_y)
    lone = [model.role for model in (mediator, outcome) if model.weights is not None]
    which = f"only the {lone[0]} model has weights" if len(lone) == 1 else "both have weights"
    shown = _listed(mediator.index[differ[:_SHOWN]].tolist(), differ.size)
    msg = (
        f"The sampling weights of the two models differ on {differ.size} of {mediator.n} rows ({which}; rows "
        f"{shown}). Fit both models with the same weights. Numbers of trials are no sampling weights: give "
        "successes and failures as a response of two columns."
    )
    raise DataMismatchError(msg)


def _with_levels_used(model: FittedModel) -> FittedModel:
    """Return the model without the columns of factor levels that no row has, if there are any."""
    if not model.fit.aliased.any():
        return model
    frame = model.frame.copy()
    for name in frame.columns[[isinstance(dtype, pd.CategoricalDtype) for dtype in frame.dtypes]]:
        frame[name] = frame[name].cat.remove_unused_categories()
    design = model.design.relearn(frame)
    if len(design.names) == len(model.design.names):
        return model
    _require_own_covariance(model, "has factor levels that no row has, so that it is refitted without them")
    return refitted(replace(model, frame=frame, design=design, X=design.matrix(frame)))
