"""Set up the engine for a pair of models and turn its draws into effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.compat import CompatLedger
from pymediation.engine.blocks import Running, one_blas_thread
from pymediation.engine.bootstrap import (
    BootstrapDraws,
    bootstrap_cells,
    bootstrap_refits,
    jackknife_refits,
)
from pymediation.engine.elsewhere import kept_workers
from pymediation.engine.learned import LearnedRows, learned_cells
from pymediation.engine.mediators import MediatorLaw
from pymediation.engine.plan import Plan
from pymediation.engine.quasi_bayes import quasi_bayes_cells
from pymediation.errors import NotEstimableError
from pymediation.estimates.effects import (
    Effect,
    EffectName,
    QuantileLevels,
    bca_levels,
    draws_of_effects,
    jackknife_acceleration,
    percentile_levels,
    skewness_acceleration,
    summarise,
)
from pymediation.estimates.means import IntervalKind, PotentialMeans
from pymediation.fitted import FittedModel
from pymediation.kinds import CoefficientLaw, CovarianceChoice
from pymediation.learned import learners_of
from pymediation.population import Located, Population, values_drawn
from pymediation.refitting import original_fits, refitter_of
from pymediation.setting.counterfactual import (
    Scenario,
    mediator_designs,
    outcome_surface,
    simulated_offset,
)
from pymediation.setting.outcome_scale import INFINITE_REMEDY
from pymediation.setting.pairing import Pair
from pymediation.setting.settings import Settings
from pymediation.streams import Stream
from pymediation.warn import warn

__all__ = [
    "Inference",
    "arms_differ",
    "bootstrap",
    "coefficient_law",
    "draw_coefficients",
    "draw_outcome",
    "failed_draws",
    "quasi_bayes",
]

FloatArray = NDArray[np.float64]

# Share of draws that may fail before the result is refused.
_FAILED_SHARE = 0.1
_NOT_FINITE = "a predicted mediator or outcome is outside the values that its family allows, or not finite"
# Groups of the delete-a-group jackknife behind the acceleration constant.
_JACKKNIFE_GROUPS = 1000
# Replicates whose learners are held while newdata is read: memory against how often it is read.
_HELD_REPLICATES = 16


@dataclass(frozen=True, slots=True, eq=False)
class Inference:
    """Effects, and what happened on the way.

    Attributes
    ----------
    effects : tuple of dict of str to Effect
        One mapping; for an ordered outcome one per category.
    failures : dict of int to str
        Draws that are left out (replicates that could not be fitted, results that are not finite), with the
        reason.
    arms_differ : bool
        Whether the draws of the ACME differ between the arms by more than rounding.
    means : tuple of PotentialMeans
        Average potential outcomes, a set for each mapping of `effects`; empty when draws are not kept.
    """

    effects: tuple[dict[EffectName, Effect], ...]
    failures: dict[int, str]
    arms_differ: bool
    means: tuple[PotentialMeans, ...]


def quasi_bayes(
    pair: Pair, setting: Scenario, stream: Stream, options: Settings, population: Population | None = None
) -> Inference:
    """Run the quasi-Bayesian method.

    Parameters
    ----------
    pair : Pair
    setting : Scenario
    stream : Stream
    options : Settings
    population : Population or None
        The rows that effects are averaged over; None: those of the models.
    """
    plan = _plan(pair, setting)
    B_m, parameter = draw_coefficients(pair.mediator, setting, stream, options)
    B_y = draw_outcome(pair.outcome, setting, stream, options)
    if parameter is None:
        parameter = pair.mediator.kind.parameter(pair.mediator, pair.mediator.fit)

    def evaluate(rows: Plan, how: Running) -> tuple[FloatArray]:
        return (quasi_bayes_cells(rows, B_m, B_y, parameter, stream, how),)

    with one_blas_thread(), kept_workers():
        (cells,) = _over_rows(plan, evaluate, options.running, population)
    failures = failed_draws(cells, {}, pair, setting.ledger, "draw")
    cells = np.delete(cells, list(failures), axis=1)
    draws = draws_of_effects(cells)
    effects = summarise(
        draws,
        original=None,
        conf_level=options.conf_level,
        levels=percentile_levels(options.conf_level),
        keep=options.keep_draws,
    )
    means = PotentialMeans(cells, None, None, options.conf_level, "percentile")
    return Inference((effects,), failures, arms_differ(draws), (means,) if options.keep_draws else ())


def bootstrap(
    pair: Pair, setting: Scenario, stream: Stream, options: Settings, population: Population | None = None
) -> Inference:
    """Run the nonparametric bootstrap; parameters as in `quasi_bayes`."""
    with one_blas_thread(), kept_workers():
        result = _bootstrap_draws(pair, setting, stream, options, population)
    if not np.all(np.isfinite(result.original)):
        raise NotEstimableError(f"The effects cannot be estimated: {_NOT_FINITE}.")
    failures = failed_draws(result.cells, result.failures, pair, setting.ledger, "bootstrap replicate")
    estimates = _panels(result.original)
    left_out = [None] * len(estimates) if result.left_out is None else _panels(result.left_out)
    levels = [_levels(values, options) for values in left_out]
    kept = _panels(np.delete(result.cells, list(failures), axis=1))
    draws = [draws_of_effects(cells) for cells in kept]
    effects = tuple(
        summarise(
            drawn,
            original=draws_of_effects(original),
            conf_level=options.conf_level,
            levels=rule,
            keep=options.keep_draws,
        )
        for drawn, original, rule in zip(draws, estimates, levels, strict=True)
    )
    means = tuple(
        PotentialMeans(cells, original[:, 0], without, options.conf_level, _interval_kind(without, options))
        for cells, original, without in zip(kept, estimates, left_out, strict=True)
    )
    differ = any(arms_differ(drawn) for drawn in draws)
    return Inference(effects, failures, differ, means if options.keep_draws else ())


def _bootstrap_draws(
    pair: Pair, setting: Scenario, stream: Stream, options: Settings, population: Population | None
) -> BootstrapDraws:
    """Refit both models to resamples and average the potential outcomes."""
    plan, refit, fits, how = _plan(pair, setting), refitter_of(pair), original_fits(pair), options.running
    if pair.mediator.kind.learned or pair.outcome.kind.learned:
        return _learned_draws(pair, setting, plan, stream, options, population)
    sampling: dict[str, Any] = {"strata": options.strata, "clusters": options.cluster}
    refits = bootstrap_refits(plan.n, refit, fits, stream, options.sims, **sampling, how=how)
    left_out = None
    if options.boot_ci_type == "bca" and not setting.ledger.follow_r("bca"):
        units = np.arange(plan.n) if options.cluster is None else options.cluster
        left_out = jackknife_refits(plan, refit, fits, units, min(int(units.max()) + 1, _JACKKNIFE_GROUPS))

    def evaluate(rows: Plan, how: Running) -> tuple[FloatArray, ...]:
        return bootstrap_cells(rows, refits, fits, left_out, stream, how).averages

    cells, original, *without = _over_rows(plan, evaluate, how, population)
    return BootstrapDraws(cells, original, refits.failures, *without)


def _learned_draws(
    pair: Pair,
    setting: Scenario,
    plan: Plan,
    stream: Stream,
    options: Settings,
    population: Population | None,
) -> BootstrapDraws:
    """Refit models of which at least one is a learner, and average the potential outcomes."""

    def rows_of(at: Located) -> LearnedRows:
        return LearnedRows(at.plan, learners_of(pair, setting, plan.law, at.models, at.plan.weights))

    own = Located(plan, (pair.mediator, pair.outcome))
    again = partial(iter, [own]) if population is None else population.reader(plan)
    sums = learned_cells(
        lambda: map(rows_of, again()),
        plan.n,
        refitter_of(pair),
        original_fits(pair),
        stream,
        options.sims,
        strata=options.strata,
        clusters=options.cluster,
        batch=None if population is None else _HELD_REPLICATES,
        how=options.running,
    )
    if population is None:
        return sums
    return replace(sums, cells=sums.cells / population.weight, original=sums.original / population.weight)


def _over_rows(
    plan: Plan,
    evaluate: Callable[[Plan, Running], tuple[FloatArray, ...]],
    how: Running,
    population: Population | None,
) -> tuple[FloatArray, ...]:
    """Average over the rows of the models, or over those of a population, block by block."""
    if population is None:
        return evaluate(plan, how)
    return population.average(plan, evaluate, how)


def _panels(cells: FloatArray) -> list[FloatArray]:
    """Return the cells of each outcome category; of an outcome reported by one number, as they are."""
    return [cells] if cells.ndim == 2 else list(np.moveaxis(cells, 2, 0))


def arms_differ(draws: dict[EffectName, FloatArray]) -> bool:
    """Whether the ACME differs between the arms by more than rounding."""
    scale = np.max(np.abs(np.concatenate([draws["d1"], draws["d0"], draws["z1"], draws["z0"]])))
    return bool(np.max(np.abs(draws["d1"] - draws["d0"])) > 1.5e-8 * scale)


def _plan(pair: Pair, setting: Scenario) -> Plan:
    """Build the arrays that the engine works on."""
    mediator, outcome = pair.mediator, pair.outcome
    law = _law(mediator)
    weights = np.ones(mediator.n) if mediator.weights is None else mediator.weights
    return Plan(
        arms=mediator_designs(mediator, setting),
        offset=simulated_offset(mediator, setting),
        link=mediator.kind.centre,
        law=law,
        surface=outcome_surface(outcome, setting, values_drawn(pair, setting, law)),
        weights=weights / weights.sum(),
    )


def _law(mediator: FittedModel) -> MediatorLaw:
    """Return the mediator's law."""
    if mediator.kind.law is None:  # pragma: no cover - refused before
        raise TypeError
    return mediator.kind.law(mediator.numbers())


def coefficient_law(model: FittedModel, ledger: CompatLedger, options: Settings) -> CoefficientLaw | None:
    """Return the normal law that a model's parameters are drawn from; None where it has none."""
    if model.kind.coefficients is None:
        return None
    weighted = options.cluster is not None and model.weights is not None and model.kind.name != "linear"
    choice = CovarianceChoice(
        options.robust_type,
        options.cluster,
        working_weights=weighted and ledger.follow_r("cluster-weights"),
        chosen=model.covariance,
    )
    try:
        return model.kind.coefficients(model, model.fit, choice)
    except NotEstimableError as error:
        text = error.message.removesuffix(".")
        raise NotEstimableError(f"The {model.role} model ({model.label}): {text}.") from error


def draw_coefficients(
    model: FittedModel, setting: Scenario, stream: Stream, options: Settings
) -> tuple[FloatArray, FloatArray | None]:
    """Draw a model's coefficients and, where they are drawn with them, its law's further parameters."""
    law = coefficient_law(model, setting.ledger, options)
    if law is None:  # pragma: no cover - refused before
        raise TypeError
    return model.kind.split(law.draw(stream, options.sims))


def draw_outcome(outcome: FittedModel, setting: Scenario, stream: Stream, options: Settings) -> FloatArray:
    """Draw what the outcome surface takes: coefficients, and the parameter of a scale that has one."""
    B, parameter = draw_coefficients(outcome, setting, stream, options)
    if outcome.kind.chosen_scale is not None and parameter is None:  # a scale that is fixed
        parameter = outcome.kind.parameter(outcome, outcome.fit)
    return outcome.kind.surface(B, parameter)


def failed_draws(
    cells: FloatArray, unfitted: dict[int, str], pair: Pair, ledger: CompatLedger, what: str
) -> dict[int, str]:
    """Return the draws to leave out, with a warning; refuse too many of them, or any where R would stop."""
    scale = pair.outcome.kind.chosen_scale
    reason = _NOT_FINITE
    remedy = "Use a mediator family or a formula that fits the values the mediator can take"
    if scale is not None and scale.infinite:
        reason, remedy = f"{scale.words} {scale.infinite}", INFINITE_REMEDY
    not_finite = np.flatnonzero(~np.isfinite(cells).all(axis=(0, *range(2, cells.ndim)))).tolist()
    failures = dict.fromkeys(not_finite, reason) | unfitted
    if not failures:
        return failures
    sims, first = cells.shape[1], min(failures)
    found = f"{len(failures)} of {sims} {what}s failed (the first, {what} {first + 1}: {failures[first]})"
    many = len(failures) > _FAILED_SHARE * sims
    if unfitted:
        learned = pair.mediator.kind.learned or pair.outcome.kind.learned
        remedy = (
            "Sparse factor levels or too few rows are the usual cause: merge levels"
            f"{' or' if learned else ','} resample with strata={'' if learned else ', or use boot=False'}"
        )
    if ledger.as_r and scale is None:
        less = remedy if many else "compat='fixed' leaves out up to a tenth of them"
        raise NotEstimableError(f"{found}; R stops there. {less}.")
    if many:
        raise NotEstimableError(f"{found}. {remedy}.")
    warn(f"{found}; they are left out.")
    return failures


def _interval_kind(left_out: FloatArray | None, options: Settings) -> IntervalKind:
    """Return how intervals are computed: percentile, Efron's BCa, or R's that never leaves the draws."""
    if options.boot_ci_type != "bca":
        return "percentile"
    return "bca of R" if left_out is None else "bca"


def _levels(left_out: FloatArray | None, options: Settings) -> QuantileLevels:
    """Return the rule of the intervals: percentile, Efron's BCa, or R's that never leaves the draws."""
    level = options.conf_level
    if options.boot_ci_type != "bca":
        return percentile_levels(level)
    if left_out is None:
        return lambda _name, x, _estimate: bca_levels(
            x, float(np.mean(x)), skewness_acceleration(np.mean(x) - x), level
        )
    effects = draws_of_effects(left_out)
    accelerations = {name: jackknife_acceleration(values) for name, values in effects.items()}
    return lambda name, x, estimate: bca_levels(x, estimate, accelerations[name], level)
