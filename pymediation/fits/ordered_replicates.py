"""Bootstrap refits of ordered models by counts: R's path, many replicates at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError, NotEstimableError
from pymediation.families import get_family
from pymediation.fits._inputs import Data
from pymediation.fits.cumulative import Distribution, get_distribution
from pymediation.fits.glm_replicates import fit_glm_replicates
from pymediation.fits.ordered import (
    IMPOSSIBLE_START,
    MIN_LEVELS,
    NO_START,
    check_ordered,
    fit_rows,
    starting_theta,
    upper_half,
)
from pymediation.fits.ordered_likelihood import OrderedData, make_likelihood, thresholds
from pymediation.fits.ordered_search import search
from pymediation.fits.replicates import absence, absent_columns, check_counts, check_levels, replicate_blocks

__all__ = ["AbsentCategories", "OrderedReplicates", "fit_ordered_replicates"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]

SEARCH_CELLS = 400_000  # replicates x rows of searches that advance side by side

AbsentCategories = Literal["fail", "keep", "fewer"]


@dataclass(frozen=True, slots=True)
class OrderedReplicates:
    """Fits of R bootstrap replicates of an ordered model with k columns and K categories.

    Attributes
    ----------
    coef : ndarray, shape (R, k)
        Coefficients. 0 for columns that are aliased in the replicate, as they do not enter R's predictions;
        NaN for failed replicates.
    zeta : ndarray, shape (R, K - 1)
        Thresholds; NaN for failed replicates. Where a category was left out of the refit (``"fewer"``) its
        two thresholds coincide, or are infinite at the ends, so that
        :func:`~pymediation.fits.cumulative.category_probabilities` gives it probability 0.
    deviance : ndarray, shape (R,)
        Minus twice the log-likelihoods.
    present : ndarray of bool, shape (R, K)
        Categories that occur in the replicate.
    converged : ndarray of bool, shape (R,)
        Whether the search met its criterion. A replicate that did not is used, as in R.
    failed : ndarray of bool, shape (R,)
        Replicates without a usable fit.
    reason : mapping of int to str
        Why, for each failed replicate.
    """

    coef: FloatArray
    zeta: FloatArray
    deviance: FloatArray
    present: BoolArray
    converged: BoolArray
    failed: BoolArray
    reason: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What all replicates share: rows, distribution and level columns (the constant among them)."""

    rows: OrderedData
    distribution: Distribution
    levels: BoolArray | None


def fit_ordered_replicates(
    codes: ArrayLike,
    X: ArrayLike,
    n_levels: int,
    method: str,
    counts: ArrayLike,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    *,
    absent: AbsentCategories = "fail",
    level_columns: ArrayLike | None = None,
) -> OrderedReplicates:
    """Refit an ordered model to R resamples given by counts; see :func:`fit_ordered`.

    Every replicate takes the steps R takes on the resampled rows, from R's starting values to its stopping
    rule; replicates of a block advance side by side, and those that have ended leave it. A replicate in which
    columns are collinear goes to the routine of the single fit.

    Parameters
    ----------
    codes : array_like of int, shape (n,)
        Categories, 0 to K - 1.
    X : array_like, shape (n, k)
        Design matrix without a constant.
    n_levels : int
        K, three or more.
    method : {"logistic", "probit", "loglog", "cloglog", "cauchit"}
        Distribution, by R's name.
    counts : array_like of int, shape (R, n)
        How often each row occurs in each replicate.
    weights, offset : array_like, shape (n,), optional
        Prior weights and offset.
    absent : {"fail", "keep", "fewer"}
        What to do with a replicate that lacks a category: it has failed; or the category keeps its
        thresholds, whose values then depend on the search alone, as in R for a level without rows; or the
        refit has fewer categories, as in R once unused levels are dropped.
    level_columns : array_like of bool, shape (k,), optional
        Columns of factor levels: a replicate in which one vanishes has failed, because its fit cannot
        predict that level. Other columns that vanish are aliased. By default all columns count as such.

    Returns
    -------
    OrderedReplicates

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If shapes disagree, a value is not finite, codes are not from 0 to K - 1, or counts are not whole
        numbers.

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman and Hall.

    Examples
    --------
    >>> x = np.array([[0.0], [0.0], [0.0], [0.0], [1.0], [1.0], [1.0], [1.0]])
    >>> counts = np.array([[1, 1, 1, 1, 1, 1, 1, 1], [2, 0, 1, 1, 0, 2, 1, 1], [2, 2, 0, 1, 1, 0, 1, 1]])
    >>> fits = fit_ordered_replicates([0, 0, 1, 2, 0, 1, 2, 2], x, 3, "logistic", counts)
    >>> fits.coef[:, 0].round(3).tolist(), fits.reason
    ([1.099, 1.913, nan], {2: 'category 1 (counted from 0) is absent from the resample'})
    """
    rows, distribution = check_ordered(codes, X, n_levels, weights, offset), get_distribution(method)
    table, k = check_counts(counts, rows.codes.size), rows.data.X.shape[1] - 1
    if absent not in get_args(AbsentCategories):
        msg = f"absent must be one of {', '.join(map(repr, get_args(AbsentCategories)))}, not {absent!r}"
        raise ArgumentError(msg)
    levels = check_levels(level_columns, k)
    plan = Plan(rows, distribution, None if levels is None else np.concatenate(([False], levels)))
    fits = _empty(table, rows, k)
    reason: dict[int, str] = {}
    for pattern, members in _patterns(fits.present, absent):
        if absent == "fail" and not pattern.all():
            reason.update(dict.fromkeys(members.tolist(), _absence(pattern)))
        elif pattern.sum() < MIN_LEVELS:
            reason.update(dict.fromkeys(members.tolist(), _too_few(pattern)))
        else:
            _fit_pattern(plan, pattern, members, table, fits, reason)
    fits.failed[list(reason)] = True
    return replace(fits, reason=reason)


def _empty(table: NDArray[np.integer], rows: OrderedData, k: int) -> OrderedReplicates:
    """Return the result before any fit."""
    R, K = table.shape[0], rows.n_levels
    present = np.zeros((R, K), dtype=bool)
    for j in range(K):
        present[:, j] = table[:, rows.codes == j].any(axis=1)
    return OrderedReplicates(
        coef=np.full((R, k), np.nan),
        zeta=np.full((R, K - 1), np.nan),
        deviance=np.full(R, np.nan),
        present=present,
        converged=np.zeros(R, dtype=bool),
        failed=np.zeros(R, dtype=bool),
        reason={},
    )


def _patterns(present: BoolArray, absent: AbsentCategories) -> list[tuple[BoolArray, IntArray]]:
    """Return the sets of categories (K,) to be fitted and the replicates each of them is for."""
    if absent == "keep":
        return [(np.ones(present.shape[1], dtype=bool), np.arange(present.shape[0]))]
    sets, which = np.unique(present, axis=0, return_inverse=True)
    return [(sets[i], np.flatnonzero(which.ravel() == i)) for i in range(sets.shape[0])]


def _absence(pattern: BoolArray) -> str:
    """Word the failure of a replicate in which categories are absent."""
    missing = [str(int(j)) for j in np.flatnonzero(~pattern)]
    noun, verb = ("category", "is") if len(missing) == 1 else ("categories", "are")
    return f"{noun} {', '.join(missing)} (counted from 0) {verb} absent from the resample"


def _too_few(pattern: BoolArray) -> str:
    """Word the failure of a replicate in which fewer than three categories are left."""
    return f"{_absence(pattern)}, and an ordered model needs {MIN_LEVELS}"


def _fit_pattern(
    plan: Plan,
    pattern: BoolArray,
    members: IntArray,
    table: NDArray[np.integer],
    fits: OrderedReplicates,
    reason: dict[int, str],
) -> None:
    """Fit the replicates in which the same categories are to be fitted."""
    # Rows of an absent category are not drawn; which category they are counted to does not matter.
    codes = np.maximum(np.cumsum(pattern) - 1, 0)[plan.rows.codes]
    fewer = replace(plan, rows=OrderedData(plan.rows.data, codes, int(pattern.sum())))
    for block in replicate_blocks(members.size, codes.size, SEARCH_CELLS):
        places = members[block]
        _fit_block(fewer, places, pattern, table[places], fits, reason)


def _fit_block(
    plan: Plan,
    places: IntArray,
    pattern: BoolArray,
    table: NDArray[np.integer],
    fits: OrderedReplicates,
    reason: dict[int, str],
) -> None:
    """Fit a block of replicates and write them where they belong."""
    rows, data, k = plan.rows, plan.rows.data, plan.rows.data.X.shape[1] - 1
    link = get_family("binomial", plan.distribution.start_link)
    start = fit_glm_replicates(
        upper_half(rows), data.X, link, table, data.weights, data.offset, level_columns=plan.levels
    )
    sound = start.converged & ~start.failed
    for i in np.flatnonzero(~sound).tolist():
        reason[int(places[i])] = _start_failure(plan, table[i], start.reason.get(i, NO_START))
    # The start leaves a coefficient at exactly 0 where a column is aliased, and hardly ever elsewhere.
    aliased = sound & (start.coef == 0).any(axis=1)
    for i in np.flatnonzero(aliased).tolist():
        _single(plan, int(places[i]), pattern, table[i], fits, reason)
    together = np.flatnonzero(sound & ~aliased)
    likelihood = make_likelihood(rows, np.arange(1, k + 1), plan.distribution).weighted(table[together])
    found = search(likelihood, starting_theta(start.coef[together], rows.n_levels, plan.distribution))
    begun = np.isfinite(found.value)
    reason.update(dict.fromkeys(places[together[~begun]].tolist(), IMPOSSIBLE_START))
    into, point = places[together[begun]], found.point[begun]
    fits.coef[into], fits.zeta[into] = point[:, :k], _spread(thresholds(point, k), pattern)
    fits.deviance[into], fits.converged[into] = 2 * found.value[begun], found.converged[begun]


def _start_failure(plan: Plan, times: NDArray[np.integer], text: str) -> str:
    """Return why there are no starting values, columns counted without the constant."""
    gone = absent_columns(plan.rows.data, times, plan.levels)
    return absence(gone - 1) if gone.size else text


def _single(
    plan: Plan,
    place: int,
    pattern: BoolArray,
    times: NDArray[np.integer],
    fits: OrderedReplicates,
    reason: dict[int, str],
) -> None:
    """Fit one replicate on its repeated rows, as R does, or say why it cannot be fitted."""
    data, repeated = plan.rows.data, np.repeat(np.arange(times.size), times)
    taken = Data(data.y[repeated], data.X[repeated], data.weights[repeated], data.offset[repeated])
    rows = OrderedData(taken, plan.rows.codes[repeated], plan.rows.n_levels)
    try:
        fit = fit_rows(rows, plan.distribution)
    except NotEstimableError as error:
        reason[place] = error.message
        return
    fits.coef[place] = np.nan_to_num(fit.coef)
    fits.zeta[place] = _spread(fit.zeta[None], pattern)[0]
    fits.deviance[place], fits.converged[place] = fit.deviance, fit.converged


def _spread(zeta: FloatArray, pattern: BoolArray) -> FloatArray:
    """Return thresholds (a, K - 1) of all categories from those between the ones that were fitted."""
    ends = np.full((zeta.shape[0], 1), np.inf)
    bounds = np.hstack((-ends, zeta, ends))
    return bounds[:, np.cumsum(pattern)[:-1]]
