"""Bootstrap refits of generalised linear models by counts: R's path, many replicates at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import NotEstimableError
from pymediation.families import Family
from pymediation.fits._inputs import Data, check_data
from pymediation.fits.glm import EPSILON, MAXIT, Point, column_tolerance, pearson, score, starting_point
from pymediation.fits.glm import working_residuals as residuals_of
from pymediation.fits.replicates import (
    Basis,
    Outcome,
    ReplicateFits,
    absence,
    absent_columns,
    assemble,
    check_counts,
    check_levels,
    orthogonal_basis,
    pair_products,
    replicate_blocks,
    solve_normal,
    unpack_grams,
)

__all__ = ["fit_glm_replicates"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

TABLE_ROWS = 50_000  # above it the table of pairwise products is not kept: blocks hold few replicates
TOLERANCE = column_tolerance(EPSILON)


@dataclass(frozen=True, slots=True)
class Plan:
    """What all replicates share; `products` is None where the table is too large, `penalty` without one."""

    data: Data
    family: Family
    basis: Basis
    products: FloatArray | None
    penalty: FloatArray | None
    start: Point


@dataclass(frozen=True, slots=True)
class Block:
    """Replicates still iterating: their places, counts (a, n) and the state of each (a, ...)."""

    place: NDArray[np.intp]
    counts: FloatArray
    eta: FloatArray
    mu: FloatArray
    deviance: FloatArray

    def only(self, keep: BoolArray) -> Block:
        """Return the replicates to go on with."""
        if keep.all():
            return self
        return Block(self.place[keep], self.counts[keep], self.eta[keep], self.mu[keep], self.deviance[keep])


def fit_glm_replicates(
    y: ArrayLike,
    X: ArrayLike,
    family: Family,
    counts: ArrayLike,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    *,
    level_columns: ArrayLike | None = None,
    root: ArrayLike | None = None,
) -> ReplicateFits:
    """Refit a generalised linear model to R resamples given by counts; see :func:`fit_glm`.

    Every replicate takes the steps R takes on the resampled rows: the same starting means (they depend on a
    row's response and prior weight, not on how often it was drawn), the same stopping rule. A replicate that
    leaves the domain of the model, or is (nearly) rank deficient, goes to the routine of the single fit.

    Parameters
    ----------
    y : array_like, shape (n,)
        Response on the scale of the mean.
    X : array_like, shape (n, k)
        Design matrix.
    family : Family
        Distribution and link.
    counts : array_like of int, shape (R, n)
        How often each row occurs in each replicate.
    weights, offset : array_like, shape (n,), optional
        Prior weights and offset.
    level_columns : array_like of bool, shape (k,), optional
        Columns of factor levels: a replicate in which one vanishes has failed, because its fit cannot
        predict that level. Other columns that vanish are aliased. By default all columns count as such.
    root : array_like, shape (r, k), optional
        Root of a quadratic penalty, the same in all replicates.

    Returns
    -------
    ReplicateFits

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If shapes disagree, a value is not finite, or counts are not whole numbers.
    NotEstimableError
        If there are no valid starting values.

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman and Hall.

    Examples
    --------
    >>> import numpy as np
    >>> from pymediation.families import get_family
    >>> counts = np.array([[1, 1, 1, 1], [2, 1, 1, 0]])
    >>> fits = fit_glm_replicates([0, 0, 1, 1], np.ones((4, 1)), get_family("binomial"), counts)
    >>> np.abs(fits.coef[:, 0]).round(4).tolist()
    [0.0, 1.0986]
    """
    data = check_data(y, X, weights, offset, root)
    family.check_response(data.y)
    n, k = data.X.shape
    table, levels = check_counts(counts, n), check_levels(level_columns, k)
    basis = orthogonal_basis(data, TOLERANCE)
    products = pair_products(basis.Z) if n <= TABLE_ROWS else None
    plan = Plan(data, family, basis, products, basis.penalty(data.root), starting_point(data, family))
    outcomes, reason = [], dict[int, str]()
    for block in replicate_blocks(table.shape[0], n):
        outcome, left = _fit_block(plan, table[block].astype(np.float64))
        for r in left:
            _single_glm(plan, table[block.start + r], levels, outcome, int(r), reason, block.start)
        outcomes.append(outcome)
    return assemble(outcomes, k, reason)


def _fit_block(plan: Plan, counts: FloatArray) -> tuple[Outcome, NDArray[np.intp]]:
    """Fit a block of replicates; also return the places of those that need the single fit."""
    R, (n, k) = counts.shape[0], plan.data.X.shape
    known = plan.family.dispersion_known
    df_residual = counts @ (plan.data.weights > 0) - plan.basis.kept.size
    dispersion = np.full(R, 1.0 if known else np.nan)
    outcome = Outcome(np.zeros((R, k)), dispersion, np.full(R, np.nan), df_residual, np.zeros(R, bool))
    unusable = df_residual < 0
    units = plan.family.unit_deviance(plan.data.y, plan.start.mu, plan.data.weights)
    start = np.broadcast_to(plan.start.eta, (R, n)), np.broadcast_to(plan.start.mu, (R, n))
    active = Block(np.arange(R), counts, *start, counts @ units)
    for iteration in range(MAXIT):
        if active.place.size == 0:
            break
        gamma, proposed, step_weights, sound = _advance(plan, active, first=iteration == 0)
        unusable[active.place[~sound]] = True
        gap = np.abs(proposed.deviance - active.deviance) / (np.abs(proposed.deviance) + 0.1)
        settled = sound & (gap < EPSILON)
        done = settled | (sound & (iteration == MAXIT - 1))
        outcome.converged[active.place[settled]] = True
        _write(plan, outcome, proposed, gamma, step_weights, done)
        active = proposed.only(sound & ~done)
    return outcome, np.flatnonzero(unusable)


def _advance(plan: Plan, block: Block, *, first: bool) -> tuple[FloatArray, Block, FloatArray, BoolArray]:
    """Take one step: coefficients in the basis, the new state, the step's weights, and which went well."""
    data, family, Z = plan.data, plan.family, plan.basis.Z
    # At the start all replicates share predictor and mean: one row serves them all.
    eta, mu = (plan.start.eta, plan.start.mu) if first else (block.eta, block.mu)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        slope = family.link.derivative(eta)
        unit_weights = data.weights * np.square(slope) / family.variance(mu)
        working = eta - data.offset + (data.y - mu) / slope
        weights = block.counts * unit_weights
        rhs = (weights * working) @ Z
        gamma, sound = solve_normal(plan.basis, _grams(plan, weights), rhs, TOLERANCE)
        new_eta = gamma @ Z.T + data.offset
        # Rows not drawn must not decide whether the step stays in the domain; the start is inside it.
        np.copyto(new_eta, plan.start.eta, where=block.counts == 0)
        new_mu = family.link.inverse(new_eta)
        units = family.unit_deviance(data.y, new_mu, data.weights)
        deviance = np.einsum("rn,rn->r", block.counts, units)
    sound &= np.isfinite(deviance) & family.valid_eta(new_eta) & family.valid_mean(new_mu)
    return gamma, Block(block.place, block.counts, new_eta, new_mu, deviance), weights, sound


def _grams(plan: Plan, weights: FloatArray) -> FloatArray:
    """Return Z'WZ of each replicate, plus the penalty, shape (a, q, q)."""
    Z = plan.basis.Z
    if plan.products is not None:
        grams = unpack_grams(weights @ plan.products, Z.shape[1])
    else:
        grams = np.stack([Z.T @ (w[:, None] * Z) for w in weights])
    return grams if plan.penalty is None else grams + plan.penalty


def _write(
    plan: Plan, outcome: Outcome, block: Block, gamma: FloatArray, weights: FloatArray, done: BoolArray
) -> None:
    """Write the replicates that are done into the outcome."""
    if not done.any():
        return
    place = block.place[done]
    outcome.coef[place] = plan.basis.coefficients(gamma[done], plan.data.X.shape[1])
    outcome.deviance[place] = block.deviance[done]
    if plan.family.dispersion_known:
        return
    residual = residuals_of(plan.family, plan.data.y, block.eta[done], block.mu[done])
    squares = np.where(weights[done] > 0, weights[done] * residual**2, 0.0).sum(axis=1)
    freedom = outcome.df_residual[place]
    outcome.dispersion[place] = np.where(freedom > 0, squares / np.where(freedom > 0, freedom, 1.0), np.nan)


def _single_glm(
    plan: Plan,
    times: NDArray[np.integer],
    levels: BoolArray | None,
    into: Outcome,
    r: int,
    reason: dict[int, str],
    shift: int,
) -> None:
    """Fit one replicate as R would and write it into the block's arrays, or say why it cannot be fitted."""
    absent = absent_columns(plan.data, times, levels)
    if absent.size:
        reason[shift + r] = absence(absent)
        return
    rows, family, data = times > 0, plan.family, plan.data.repeated(times)
    if not data.weights.any():
        reason[shift + r] = "the replicate has no rows of positive weight"
        return
    eta, mu = plan.start.eta[rows], plan.start.mu[rows]
    first = Point(None, eta, mu, float(np.sum(family.unit_deviance(data.y, mu, data.weights))))
    try:
        path = score(data, family, first)
    except NotEstimableError as error:
        reason[shift + r] = error.message
        return
    point, step = path.point, path.step
    freedom = int(np.sum(times[plan.data.weights > 0])) - step.solution.kept.size
    into.coef[r] = np.asarray(point.coef)
    into.deviance[r], into.df_residual[r], into.converged[r] = point.deviance, freedom, path.converged
    if not family.dispersion_known:
        residual = residuals_of(family, data.y, point.eta, point.mu)
        into.dispersion[r] = pearson(step.weights, residual, freedom)
