"""The quasi-Bayesian method for mixed models: draws of coefficients by group, effects by group.

Order of random numbers, which is R's: fixed effects of the mediator model, its coefficients by group (one
column after the other, within it draw by draw), the same of the outcome model, then mediator noise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.columns import label_text
from pymediation.engine.blocks import one_blas_thread, run_blocks
from pymediation.engine.mediators import MediatorLaw
from pymediation.engine.quasi_bayes import MediatorSource, mediator_blocks, rows_per_block
from pymediation.engine.surface import ParameterSurface
from pymediation.errors import ArgumentError, DataMismatchError
from pymediation.estimates.effects import EffectName, draws_of_effects, percentile_levels, summarise
from pymediation.estimates.means import PotentialMeans
from pymediation.fitted import FittedModel
from pymediation.inference import (
    Inference,
    arms_differ,
    draw_coefficients,
    draw_outcome,
    failed_draws,
)
from pymediation.multilevel.designs import plain_surface, random_arms, random_surface
from pymediation.multilevel.effects import GroupEffect, joined_effects, summarise_groups
from pymediation.multilevel.predictor import (
    GroupCoefficients,
    MixedMediator,
    MixedOutcome,
    OutcomePart,
    SharedCoefficients,
)
from pymediation.multilevel.storage import draws_are_kept, zeros_on_file
from pymediation.population import values_drawn
from pymediation.setting.counterfactual import Scenario, mediator_designs, outcome_surface, simulated_offset
from pymediation.setting.grouped_pairing import GroupedPair, required_grouping
from pymediation.setting.settings import Settings
from pymediation.streams import Stream

__all__ = ["GroupedInference", "simulate"]

FloatArray = NDArray[np.float64]

# Numbers (groups x draws) that are drawn or summarised at a time.
_CELLS = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class GroupedInference(Inference):
    """Effects of all rows and by group.

    Attributes
    ----------
    by_group : dict of str to GroupEffect
        The ten effects in each of G groups.
    groups : tuple
        The groups, in the order of their first row, which is that of the numbers.
    labels : tuple of str
        What summaries and plots call them.
    """

    by_group: dict[EffectName, GroupEffect]
    groups: tuple[object, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """Coefficients drawn for a model: common ones, those by group, and the law's further parameter."""

    shared: FloatArray
    by_group: GroupCoefficients | None
    parameter: FloatArray | None


def simulate(pair: GroupedPair, setting: Scenario, stream: Stream, options: Settings) -> GroupedInference:
    """Run the quasi-Bayesian method with models of groups.

    Parameters
    ----------
    pair : GroupedPair
    setting : Scenario
    stream : Stream
    options : Settings
    """
    _check_group_level(pair, options)
    of_mediator = pair.mediator if pair.group_level is None else pair.group_level.model
    B, parameter = draw_coefficients(of_mediator, setting, stream, options)
    drawn_m = _Drawn(B, _draw_groups(of_mediator, stream, options.sims), parameter)
    B_y = draw_outcome(pair.outcome, setting, stream, options)
    drawn_y = _Drawn(B_y, _draw_groups(pair.outcome, stream, options.sims), None)
    source = _source(pair, setting, drawn_m)
    surface = _outcome(pair, setting, drawn_y, source.law)
    if drawn_m.parameter is None:
        drawn_m = replace(drawn_m, parameter=of_mediator.kind.parameter(of_mediator, of_mediator.fit))
    with one_blas_thread():
        sums = _sums_by_group(pair, source, surface, drawn_m, stream, options)
    return _inferred(sums, pair, setting, options)


def _check_group_level(pair: GroupedPair, options: Settings) -> None:
    """Refuse what has no meaning for a mediator model of groups."""
    if pair.group_level is None:
        return
    if options.cluster is not None:
        msg = (
            "cluster= is not available with a group-level mediator: its model has a row per group, the "
            "cluster. Leave cluster= out."
        )
        raise ArgumentError(msg)
    if pair.mediator.fit is not pair.group_level.model.fit:
        msg = (
            f"The mediator model of groups is of {pair.group_level.model.response.text!r}, the outcome "
            "model has the mediator in other units. Use the same column in both formulas."
        )
        raise DataMismatchError(msg)


def _draw_groups(model: FittedModel, stream: Stream, sims: int) -> GroupCoefficients | None:
    """Draw the coefficients of each group around their conditional modes, independently as R does."""
    if model.grouping is None:
        return None
    modes, sds = model.fit.modes, model.fit.cond_sd  # type: ignore[attr-defined]
    groups, columns = modes.shape
    draws = zeros_on_file((columns, groups, sims))
    step = max(1, _CELLS // groups)
    for d in range(columns):
        for start in range(0, sims, step):
            some = slice(start, min(sims, start + step))
            size = (some.stop - some.start, groups)
            draws[d, :, some] = stream.normal(modes[:, d], sds[:, d], size=size, order="C").T
    return GroupCoefficients(draws, model.grouping.codes)


def _source(pair: GroupedPair, setting: Scenario, drawn: _Drawn) -> MixedMediator:
    """Return what mediators are drawn from: rows, or groups."""
    mediator, kind = pair.mediator, pair.mediator.kind
    arms, offset = mediator_designs(mediator, setting), simulated_offset(mediator, setting)
    law = _law(mediator if pair.group_level is None else pair.group_level.model)
    by_group = None
    if drawn.by_group is not None:
        by_group = (random_arms(mediator, required_grouping(mediator), setting), drawn.by_group)
    if pair.group_level is not None:
        first = pair.group_level.first
        arms = (arms[0][first], arms[1][first])
        offset = None if offset is None else offset[first]
    return MixedMediator(arms, by_group, offset, kind.centre, law)


def _law(model: FittedModel) -> MediatorLaw:
    """Return the mediator's law."""
    if model.kind.law is None:  # pragma: no cover - refused before
        raise TypeError
    return model.kind.law(model)


def _outcome(pair: GroupedPair, setting: Scenario, drawn: _Drawn, law: MediatorLaw) -> MixedOutcome:
    """Return the mean outcome by arm and mediator."""
    outcome, values = pair.outcome, values_drawn(pair, setting, law)
    surface, B, link = (
        outcome_surface(outcome, setting, values),
        drawn.shared,
        outcome.kind.scale,
    )
    if isinstance(surface, ParameterSurface):
        link, B = surface.scale.at(B[:, -1]), B[:, :-1]
        surface = surface.predictor
    parts = [OutcomePart(plain_surface(surface), SharedCoefficients(B))]
    if drawn.by_group is not None:
        moved = random_surface(outcome, required_grouping(outcome), setting, values)
        parts.append(OutcomePart(moved, drawn.by_group))
    return MixedOutcome(tuple(parts), link, simulated_offset(outcome, setting))


def _sums_by_group(
    pair: GroupedPair,
    source: MediatorSource,
    surface: MixedOutcome,
    drawn: _Drawn,
    stream: Stream,
    options: Settings,
) -> FloatArray:
    """Return the weighted sums over the rows of each group of the four potential outcomes, (4, J, S)."""
    outcome, codes = pair.outcome, pair.reported.codes
    weights = np.ones(outcome.n) if outcome.weights is None else outcome.weights
    weights = weights / weights.sum()

    def sums(rows: slice, M1: FloatArray, M0: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
        groups, places = np.unique(codes[rows], return_inverse=True)
        indicator = np.zeros((groups.size, places.size))
        indicator[places, np.arange(places.size)] = weights[rows]
        return groups, indicator @ surface.values(M1, M0, rows)

    step = rows_per_block(options.sims)
    parameter = np.asarray(drawn.parameter)
    blocks = mediator_blocks(source, drawn.shared, parameter, stream, step)
    if pair.group_level is not None:
        found = list(blocks)
        arms = [np.concatenate([block[arm] for block in found]) for arm in (1, 2)]
        places = pair.group_level.places
        rows = (slice(start, min(outcome.n, start + step)) for start in range(0, outcome.n, step))
        blocks = ((some, arms[0][places[some]], arms[1][places[some]]) for some in rows)
    total = zeros_on_file((4, len(pair.reported.levels), options.sims))
    for groups, part in run_blocks(blocks, sums, options.running, total=outcome.n, unit="rows"):
        total[:, groups] += part
    return total


def _inferred(sums: FloatArray, pair: GroupedPair, setting: Scenario, options: Settings) -> GroupedInference:
    """Turn sums by group into effects of all rows and of each group, in the order of their first rows."""
    codes = pair.reported.codes
    _, first = np.unique(codes, return_index=True)
    order = codes[np.sort(first)]
    weights = np.ones(pair.outcome.n) if pair.outcome.weights is None else pair.outcome.weights
    shares = np.bincount(codes, weights / weights.sum(), minlength=sums.shape[1])[order]
    groups = tuple(pair.reported.levels[code] for code in order)
    if not np.all(shares > 0):
        empty = groups[int(np.argmin(shares))]
        msg = f"All rows of the group {empty!r} of {pair.reported.name!r} have the weight 0. Leave them out."
        raise DataMismatchError(msg)
    cells = sums.sum(axis=1)
    failures = failed_draws(cells, {}, pair, setting.ledger, "draw")
    kept = np.setdiff1d(np.arange(options.sims), list(failures))
    cells = cells[:, kept]
    draws = draws_of_effects(cells)
    effects = summarise(
        draws,
        original=None,
        conf_level=options.conf_level,
        levels=percentile_levels(options.conf_level),
        keep=options.keep_draws,
    )
    means = PotentialMeans(cells, None, None, options.conf_level, "percentile")
    return GroupedInference(
        effects=(effects,),
        failures=failures,
        arms_differ=arms_differ(draws),
        means=(means,) if options.keep_draws else (),
        by_group=_effects_by_group(sums, order, kept, shares, options),
        groups=groups,
        labels=_labels(groups, pair.reported.levels, setting),
    )


def _effects_by_group(
    sums: FloatArray,
    order: NDArray[np.intp],
    draws: NDArray[np.intp],
    shares: NDArray[Any],
    options: Settings,
) -> dict[EffectName, GroupEffect]:
    """Turn sums by group into effects, some groups at a time."""
    keep = options.keep_draws and draws_are_kept(order.size, draws.size)
    step = max(1, _CELLS // options.sims)
    parts = []
    for start in range(0, order.size, step):
        some = slice(start, start + step)
        cells = sums[:, order[some]][:, :, draws] / shares[some, np.newaxis]
        parts.append(summarise_groups(draws_of_effects(cells), options.conf_level, keep=keep))
    return joined_effects(parts)


def _labels(groups: tuple[object, ...], levels: tuple[object, ...], setting: Scenario) -> tuple[str, ...]:
    """Return the names of the groups; R's are in the order of the levels, whatever that of the numbers."""
    right, as_r = (tuple(label_text(group) for group in some) for some in (groups, levels))
    return as_r if right != as_r and setting.ledger.follow_r("group-labels") else right
