"""Bring two models together of which at least one has groups, or one is of the groups themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.adapters import data_of
from pymediation.columns import codes_in, label_text, plain, rows_that_differ
from pymediation.compat import CompatLedger
from pymediation.errors import DataMismatchError, UnknownNameError
from pymediation.fitted import FittedModel
from pymediation.rows import Grouping
from pymediation.setting.pairing import Pair, pair_models
from pymediation.warn import warn

__all__ = ["GroupLevel", "GroupedPair", "has_groups", "pair_grouped", "required_grouping"]

_SHOWN = 5
# Share of repeated labels up to which a table counts as one of groups.
_FEW = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class GroupLevel:
    """A mediator model with one row per group of the outcome model.

    Attributes
    ----------
    model : FittedModel
        As it was given, J rows.
    places : ndarray of int, shape (n,)
        Its row for each row of the outcome model.
    """

    model: FittedModel
    places: NDArray[np.intp]

    @property
    def first(self) -> NDArray[np.intp]:
        """For each of its rows, the first row of the outcome model that it belongs to."""
        return np.unique(self.places, return_index=True)[1]


@dataclass(frozen=True, slots=True)
class GroupedPair(Pair):
    """Two models of the same rows, whose effects are told by group as well.

    Attributes
    ----------
    reported : Grouping
        The groups that results are told for.
    group_level : GroupLevel or None
        Where the mediator is one of groups: its model, of which `mediator` repeats the rows.
    """

    reported: Grouping
    group_level: GroupLevel | None

    def agreed_on(self, treat: str, mediator: str, ledger: CompatLedger) -> GroupedPair:
        """Require that a group has one treatment and one mediator, whichever data tell; R does not."""
        own, outcome = self.mediator, self.outcome
        if self.group_level is None or own.response.text != mediator or own.response.levels is not None:
            return self
        columns = {treat: own.frame[treat], mediator: pd.Series(own.y)}
        texts = list(filter(None, (_differing(self, column, name) for name, column in columns.items())))
        if not texts:
            return self
        text = (
            f"The groups {self.reported.name!r} of the two models' data are not the same: {'; '.join(texts)}."
        )
        if not ledger.as_r:
            msg = (
                f"{text} Make one table out of the other, for example "
                f"outcome_data.groupby({self.reported.name!r}, as_index=False).first()."
            )
            raise DataMismatchError(msg)
        warn(f"{text} R does not look, and gives the groups of the outcome model the mediators of others.")
        return replace(self, outcome=replace(outcome, frame=outcome.frame.assign(**columns)))

    def of_both(self, names: frozenset[str]) -> frozenset[str]:
        """Leave out what differs between the rows of a group where the mediator is one of groups."""
        if self.group_level is None:
            return names
        first, frame = self.group_level.first[self.group_level.places], self.outcome.frame
        return frozenset(
            name for name in names if not rows_that_differ(frame[name], frame[name].iloc[first]).any()
        )


def _differing(pair: GroupedPair, of_mediator: pd.Series, name: str) -> str:
    """Say in how many groups a column differs between the models; nothing if it does not."""
    of_outcome, levels = pair.outcome.frame[name], pair.reported.levels
    differ = rows_that_differ(of_mediator, of_outcome)
    if not differ.any():
        return ""
    codes, row = pair.reported.codes, int(np.argmax(differ))
    values = (levels[codes[row]], of_mediator.iloc[row], of_outcome.iloc[row])
    group, one, other = (label_text(value) for value in values)
    return (
        f"{name!r} differs in {np.unique(codes[differ]).size} of {len(levels)} groups (in {group!r} it is "
        f"{one} in the data of the mediator model, {other} in those of the outcome model)"
    )


def has_groups(*models: FittedModel) -> bool:
    """Whether one of the models is a mixed model."""
    return any(model.grouping is not None for model in models)


def required_grouping(model: FittedModel) -> Grouping:
    """Return the groups of a mixed model."""
    if model.grouping is None:  # pragma: no cover - asked of mixed models only
        raise TypeError
    return model.grouping


def pair_grouped(
    mediator: FittedModel, outcome: FittedModel, *, dropobs: bool, group_out: str | None
) -> GroupedPair:
    """Match the rows of two models, at least one of them mixed.

    A mediator model whose data have one row per group of a mixed outcome model is one of a group-level
    mediator: the rows of a group share its value.

    Parameters
    ----------
    mediator, outcome : FittedModel
    dropobs : bool
        As in :func:`~pymediation.setting.pairing.pair_models`.
    group_out : str or None
        The grouping column to report by, where the two models have different ones; the outcome model's by
        default.

    Returns
    -------
    GroupedPair

    Raises
    ------
    DataMismatchError
        Other rows, other groups, or another group of the same row.
    """
    for model in (mediator, outcome):
        _warn_singular(model)
    if mediator.grouping is None:
        labels = _group_labels(mediator, outcome, dropobs=dropobs)
        if labels is not None:
            return _group_level(mediator, outcome, labels)
    pair = pair_models(mediator, outcome, dropobs=dropobs)
    _require_same_groups(pair)
    reported = _reported(pair.mediator.grouping, pair.outcome.grouping, group_out)
    return GroupedPair(pair.mediator, pair.outcome, pair.kept, pair.given_rows, reported, None)


def _warn_singular(model: FittedModel) -> None:
    """Say what it means that groups do not differ, as far as the data tell."""
    if model.grouping is None or not model.fit.singular:  # type: ignore[attr-defined]
        return
    warn(
        f"The {model.role} model ({model.label}) is singular: the variance of its coefficients by "
        f"{model.grouping.name!r} is estimated as 0, or their correlation as 1 or -1. It counts as "
        "known: draws do not vary in that direction, and intervals may be too narrow. Simplify the random "
        "effects unless groups are meant not to differ."
    )


def _reported(of_mediator: Grouping | None, of_outcome: Grouping | None, group_out: str | None) -> Grouping:
    """Return the groups to report by, R's choice: those of the outcome model unless others are asked for."""
    found = {group.name: group for group in (of_mediator, of_outcome) if group is not None}
    if group_out is None or group_out in found:
        return found[group_out or list(found)[-1]]
    taken = list(found)[-1]
    warn(
        f"group_out={group_out!r} is not the grouping column of either model, which is "
        f"{' or '.join(map(repr, found))}; results are told by {taken!r}."
    )
    return found[taken]


def _require_same_groups(pair: Pair) -> None:
    """Require that rows are in the same group in both models, if these have the same grouping column."""
    of_mediator, of_outcome = pair.mediator.grouping, pair.outcome.grouping
    if of_mediator is None or of_outcome is None or of_mediator.name != of_outcome.name:
        return
    left, right = (
        np.array([label_text(level) for level in group.levels], dtype=object)[group.codes]
        for group in (of_mediator, of_outcome)
    )
    differ = np.flatnonzero(left != right)
    if differ.size:
        row, name = int(differ[0]), of_mediator.name
        msg = (
            f"The groups of the two models differ: {name!r} is another one on {differ.size} of "
            f"{pair.mediator.n} rows (the first, row {plain(pair.outcome.index[row])!r}: {left[row]!r} in "
            f"the mediator model, {right[row]!r} in the outcome model). Fit both models to the same data "
            "frame."
        )
        raise DataMismatchError(msg)


def _group_labels(mediator: FittedModel, outcome: FittedModel, *, dropobs: bool) -> pd.Series | None:
    """Return the group of each row of a mediator model of groups; None for a model of the outcome's rows."""
    grouping = required_grouping(outcome)
    data = data_of(mediator.source)
    if data is not None and grouping.name in data:
        labels = data[grouping.name].iloc[mediator.positions].reset_index(drop=True)
        if mediator.data_id != outcome.data_id and mediator.n < outcome.n:
            _refuse_repeated(labels, grouping.name)
        return labels if labels.is_unique and mediator.n < outcome.n else None
    if mediator.n != outcome.n and not dropobs:
        msg = (
            f"The outcome model has the groups {grouping.name!r}, but the mediator model was fitted to other "
            f"rows ({mediator.n}) and its data have no column {grouping.name!r}. For a mediator of groups, "
            f"fit its model to data with a row per group and the column {grouping.name!r}."
        )
        raise UnknownNameError(msg)
    return None


def _refuse_repeated(labels: pd.Series, name: str) -> None:
    """Refuse a table of groups, by its looks, that has some of them more than once."""
    repeated = labels.duplicated()
    if not 0 < repeated.mean() <= _FEW:
        return
    again = _listed(label_text(label) for label in labels[repeated].unique())
    msg = (
        f"The data of the mediator model have one row for most groups {name!r}, but more for {again}. A "
        "mediator of groups needs one row for each: data.drop_duplicates() or .groupby() makes them so."
    )
    raise DataMismatchError(msg)


def _group_level(mediator: FittedModel, outcome: FittedModel, labels: pd.Series) -> GroupedPair:
    """Repeat the rows of a mediator model of groups for the rows of the outcome model."""
    grouping = required_grouping(outcome)
    places_of_levels = codes_in(pd.Series(grouping.levels, dtype=object), labels.tolist())
    without = [
        label_text(level) for level, place in zip(grouping.levels, places_of_levels, strict=True) if place < 0
    ]
    of_outcome = {label_text(level) for level in grouping.levels}
    extra = [label_text(label) for label in labels if label_text(label) not in of_outcome]
    if without or extra:
        raise DataMismatchError(_other_groups(mediator, grouping.name, without, extra))
    places = places_of_levels[grouping.codes]
    repeated = mediator.take(
        places,
        weights=outcome.weights,
        index=outcome.index,
        positions=outcome.positions,
        data_id=outcome.data_id,
    )
    level = GroupLevel(mediator, places)
    return GroupedPair(repeated, outcome, np.arange(outcome.n), outcome.n, grouping, level)


def _other_groups(mediator: FittedModel, name: str, without: Sequence[str], extra: Sequence[str]) -> str:
    """Say which groups only one of the models has, and why."""
    parts = []
    if without:
        data = data_of(mediator.source)
        known = set() if data is None else {label_text(label) for label in data[name]}
        dropped = [label for label in without if label in known]
        why = f" ({_listed(dropped)} left out for missing values)" if dropped else ""
        parts.append(f"the mediator model lacks {_listed(without)}{why}")
    if extra:
        parts.append(f"the outcome model lacks {_listed(extra)}")
    return (
        f"The groups {name!r} of the two models are not the same: {'; '.join(parts)}. A mediator of groups "
        "needs one complete row for each group of the outcome model, and no others."
    )


def _listed(labels: Iterable[str]) -> str:
    """List the first of many labels."""
    shown = list(labels)
    return ", ".join(map(repr, shown[:_SHOWN])) + (
        f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    )
