"""Multinomial logit models of unordered categories: P(Y = j) is proportional to exp(x'b_j), b_0 = 0.

The log-likelihood is concave. Newton's method runs in columns that are orthogonal over the sample, on one fit
or on many weightings of the same rows at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular

from pymediation.errors import ArgumentError, NotEstimableError
from pymediation.fits._inputs import Data, check_data, spread
from pymediation.fits.glm import EPSILON, column_tolerance
from pymediation.fits.likelihood import determined, endings, joint_basis
from pymediation.fits.newton import Maxima, Place, damped_step, maximise, weighted_products
from pymediation.fits.replicates import (
    Basis,
    absence,
    absent_columns,
    check_counts,
    check_levels,
    orthogonal_basis,
    pair_products,
    replicate_blocks,
)

__all__ = [
    "MultinomialFit",
    "MultinomialReplicates",
    "fit_multinomial",
    "fit_multinomial_replicates",
    "multinomial_probabilities",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]

MIN_CATEGORIES = 3
TABLE_ROWS = 50_000  # above it the table of pairwise products is not kept: blocks hold few replicates
TOLERANCE = column_tolerance(EPSILON)
NO_MAXIMUM = "the search for the maximum of the multinomial likelihood did not converge"


@dataclass(frozen=True, slots=True)
class MultinomialFit:
    """A multinomial logit fit of n rows, k columns and K categories; p = k (K - 1) parameters.

    Attributes
    ----------
    coef : ndarray, shape (p,)
        Coefficients, all of category 1, then all of category 2, ...; category 0 is the reference. NaN for
        aliased columns.
    cov : ndarray, shape (p, p)
        Inverse of the information, which for this link is the observed one.
    scores : ndarray, shape (n, p)
        Derivatives of each row's log-likelihood.
    loglik : float
    aliased : ndarray of bool, shape (k,)
        Columns that are combinations of others.
    converged : bool
    separation : bool
        Whether the likelihood grows towards infinite coefficients.
    """

    coef: FloatArray
    cov: FloatArray
    scores: FloatArray
    loglik: float
    aliased: BoolArray
    converged: bool
    separation: bool


@dataclass(frozen=True, slots=True)
class MultinomialReplicates:
    """Fits of R bootstrap replicates.

    Attributes
    ----------
    coef : ndarray, shape (R, p)
        As in `MultinomialFit`; 0 for columns that are aliased in the replicate, NaN for failed replicates. In
        a replicate with separation they are where the likelihood no longer grew.
    reason : mapping of int to str
        Why, for each failed replicate.
    """

    coef: FloatArray
    reason: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class MultinomialProblem:
    """The log-likelihood of a multinomial logit model in orthogonal columns; an `Objective`.

    Attributes
    ----------
    chosen : ndarray, shape (K - 1, n)
        1 where a row is in category 1, 2, ...
    basis, joint : Basis
        The columns, and the parameters of all predictors.
    products : ndarray or None
        Products of all pairs of columns, kept if many fits share them.
    """

    chosen: FloatArray
    basis: Basis
    joint: Basis
    products: FloatArray | None

    @property
    def n_parameters(self) -> int:
        """Number of parameters."""
        return self.joint.kept.size

    def evaluate(self, weights: FloatArray, at: FloatArray) -> Place:
        """Return log-likelihoods and derivatives of R weightings (R, n) at R parameters."""
        (J, n), q, R = self.chosen.shape, self.basis.kept.size, at.shape[0]
        eta = (at.reshape(R * J, q) @ self.basis.Z.T).reshape(R, J, n)
        log_total, p = _softmax(eta)
        value = np.einsum("rjn,jn->rn", eta, self.chosen) - log_total
        slope = (self.chosen - p) * weights[:, None, :]
        gradient = (slope.reshape(R * J, n) @ self.basis.Z).reshape(R, J * q)
        curvature = np.empty((R, J, q, J, q))
        for a in range(J):
            moved = weights * p[:, a]
            for b in range(a, J):
                bend = moved * ((a == b) - p[:, b])
                block = weighted_products(self.basis.Z, self.products, bend)
                curvature[:, a, :, b], curvature[:, b, :, a] = block, block
        loglik = np.einsum("rn,rn->r", weights, value)
        return Place(at, loglik, gradient, curvature.reshape(R, J * q, J * q))

    def step(self, place: Place, damping: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Return Newton's steps, damped, and which can be trusted."""
        return damped_step(self.joint, place, damping)


def _softmax(eta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return log(1 + sum exp(eta)) and the probabilities of categories 1, 2, ..., on axis 1."""
    top = np.maximum(eta.max(axis=1), 0.0)
    p = np.exp(eta - top[:, None])
    total = np.exp(-top) + p.sum(axis=1)
    p /= total[:, None]
    return top + np.log(total), p


def multinomial_probabilities(eta: ArrayLike) -> FloatArray:
    r"""Return the probabilities of the K categories of a multinomial logit model.

    .. math:: P(Y = j) = \frac{e^{\eta_j}}{1 + \sum_{l \ge 1} e^{\eta_l}}, \qquad \eta_0 = 0

    Parameters
    ----------
    eta : array_like, shape (..., K - 1)
        Linear predictors of categories 1, 2, ...

    Returns
    -------
    ndarray, shape (..., K)

    Examples
    --------
    >>> multinomial_probabilities([0.0, np.log(2.0)]).round(4).tolist()
    [0.25, 0.25, 0.5]
    """
    predictors = np.asarray(eta, dtype=np.float64)
    top = np.maximum(predictors.max(axis=-1, keepdims=True), 0.0)
    odds = np.concatenate([np.exp(-top), np.exp(predictors - top)], axis=-1)
    odds /= odds.sum(axis=-1, keepdims=True)
    return odds


def fit_multinomial(codes: ArrayLike, X: ArrayLike, n_categories: int) -> MultinomialFit:
    r"""Fit a multinomial logit model by maximum likelihood.

    .. math:: P(Y_i = j) = \frac{e^{x_i'b_j}}{\sum_{l=0}^{K-1} e^{x_i'b_l}}, \qquad b_0 = 0

    Parameters
    ----------
    codes : array_like of int, shape (n,)
        Categories, 0 to K - 1.
    X : array_like, shape (n, k)
        Design matrix, its intercept column included.
    n_categories : int
        K, three or more.

    Returns
    -------
    MultinomialFit

    Raises
    ------
    ArgumentError
        If shapes disagree, a value is not finite, or codes are not from 0 to K - 1.
    NotEstimableError
        If a category does not occur, or the search does not converge.

    References
    ----------
    McFadden, D. (1974). Conditional logit analysis of qualitative choice behavior. In P. Zarembka (ed.),
    Frontiers in Econometrics, 105-142. Academic Press.

    Examples
    --------
    >>> fit = fit_multinomial([0, 1, 1, 2], np.ones((4, 1)), 3)
    >>> np.exp(fit.coef).round(6).tolist()
    [2.0, 1.0]
    """
    return _fit(check_categories(codes, X, n_categories), n_categories)


def check_categories(codes: ArrayLike, X: ArrayLike, n_categories: int) -> Data:
    """Return the arrays of a fit after checking them."""
    data = check_data(codes, X)
    allowed = np.isin(data.y, np.arange(n_categories))
    if n_categories < MIN_CATEGORIES or not allowed.all():
        found = "" if allowed.all() else f"; row {int(np.argmin(allowed))} has {data.y[np.argmin(allowed)]:g}"
        msg = f"codes must be whole numbers from 0 to K - 1 with K = {n_categories} at least 3{found}"
        raise ArgumentError(msg)
    return data


def _problem(data: Data, n_categories: int, *, shared: bool) -> MultinomialProblem:
    """Return the problem of these rows, with the table of products if many fits share it."""
    basis = orthogonal_basis(data, TOLERANCE)
    chosen = (data.y == np.arange(1, n_categories)[:, None]).astype(np.float64)
    products = pair_products(basis.Z) if shared and data.y.size <= TABLE_ROWS else None
    return MultinomialProblem(chosen, basis, joint_basis(basis, n_categories - 1), products)


def _fit(data: Data, n_categories: int) -> MultinomialFit:
    """Fit weighted rows, or raise when there is no fit."""
    absent = np.setdiff1d(np.arange(n_categories), data.y[data.weights > 0])
    if absent.size:
        raise NotEstimableError(_absent(absent, "the rows"))
    problem, weights = _problem(data, n_categories, shared=False), data.weights[None]
    maxima = maximise(problem, weights, np.zeros(problem.n_parameters))
    end = endings(problem, weights, maxima)[0]
    if end == "nowhere":
        raise NotEstimableError(NO_MAXIMUM)
    place = problem.evaluate(weights, maxima.at)
    k, J = data.X.shape[1], n_categories - 1
    back = solve_triangular(problem.joint.triangle, np.eye(problem.n_parameters))
    kept = (k * np.arange(J)[:, None] + problem.basis.kept).ravel()
    coef = _coefficients(problem, maxima.at, k)[0]
    p = _softmax(coef.reshape(1, J, k) @ data.X.T)[1][0]
    residuals = (problem.chosen - p) * data.weights
    aliased = np.ones(k, dtype=bool)
    aliased[problem.basis.kept] = False
    return MultinomialFit(
        coef=np.where(np.tile(aliased, J), np.nan, coef),
        cov=spread(back @ np.linalg.pinv(place.curvature[0], hermitian=True) @ back.T, kept, k * J),
        scores=(residuals.T[:, :, None] * data.X[:, None, :]).reshape(-1, J * k),
        loglik=float(place.loglik[0]),
        aliased=aliased,
        converged=bool(maxima.converged[0]),
        separation=bool(end == "separation"),
    )


def _coefficients(problem: MultinomialProblem, at: FloatArray, k: int) -> FloatArray:
    """Map parameters (R, J q) of the basis to coefficients (R, J k) of X, 0 where dropped."""
    R, q = at.shape[0], problem.basis.kept.size
    return problem.basis.coefficients(at.reshape(-1, q), k).reshape(R, -1)


def _absent(categories: IntArray, rows: str) -> str:
    """Say that categories do not occur in some rows."""
    listed = ", ".join(str(int(j)) for j in categories)
    noun, verb = ("category", "is") if categories.size == 1 else ("categories", "are")
    return f"{noun} {listed} (counted from 0) {verb} absent from {rows}"


def fit_multinomial_replicates(
    codes: ArrayLike,
    X: ArrayLike,
    n_categories: int,
    counts: ArrayLike,
    *,
    level_columns: ArrayLike | None = None,
) -> MultinomialReplicates:
    """Refit a multinomial logit model to R resamples given by counts; see :func:`fit_multinomial`.

    All searches start from the maximum of the full sample. A replicate whose rows are ill conditioned there,
    or separated, is searched again on its own.

    Parameters
    ----------
    codes, X, n_categories
        As in :func:`fit_multinomial`.
    counts : array_like of int, shape (R, n)
        How often each row occurs in each replicate.
    level_columns : array_like of bool, shape (k,), optional
        Columns of factor levels: a replicate in which one vanishes has failed, because its fit cannot
        predict that level. Other columns that vanish are aliased. By default all columns count as such.

    Returns
    -------
    MultinomialReplicates
        A replicate that lacks a category has failed.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If shapes disagree, a value is not finite, or counts are not whole numbers.
    NotEstimableError
        If the full sample has no fit.

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman and Hall.

    Examples
    --------
    >>> counts = np.array([[1, 1, 1, 1], [2, 1, 0, 1], [2, 2, 0, 0]])
    >>> fits = fit_multinomial_replicates([0, 1, 1, 2], np.ones((4, 1)), 3, counts)
    >>> np.exp(fits.coef[:2]).round(6).tolist(), fits.reason
    ([[2.0, 1.0], [0.5, 0.5]], {2: 'category 2 (counted from 0) is absent from the resample'})
    """
    data = check_categories(codes, X, n_categories)
    n, k = data.X.shape
    table, levels = check_counts(counts, n), check_levels(level_columns, k)
    problem = _problem(data, n_categories, shared=True)
    start = maximise(problem, data.weights[None], np.zeros(problem.n_parameters)).at[0]
    coef = np.full((table.shape[0], k * (n_categories - 1)), np.nan)
    reason = _without_categories(data, n_categories, table)
    sought = np.setdiff1d(np.arange(table.shape[0]), np.fromiter(reason, dtype=np.intp))
    for block in replicate_blocks(sought.size, n):
        places = sought[block]
        weights = table[places].astype(np.float64)
        maxima = maximise(problem, weights, start)
        coef[places] = _coefficients(problem, maxima.at, k)
        for i in _unsettled(problem, weights, maxima):
            r = int(places[i])
            coef[r], failure = _single(data, n_categories, table[r], levels)
            if failure:
                reason[r] = failure
    return MultinomialReplicates(coef, reason)


def _unsettled(problem: MultinomialProblem, weights: FloatArray, maxima: Maxima) -> IntArray:
    """Return the searches that have to be made again, on their own rows."""
    left = np.flatnonzero(~maxima.converged)
    if left.size == 0:
        return left
    rows = weights[left]
    at = Maxima(maxima.at[left], maxima.converged[left], maxima.last_step[left], maxima.iterations[left])
    flat = endings(problem, rows, at) == "separation"
    return left[~(flat & determined(problem.basis, problem.products, rows))]


def _without_categories(data: Data, n_categories: int, table: NDArray[np.integer]) -> dict[int, str]:
    """Return the replicates that lack a category."""
    present = np.stack([table[:, data.y == j].any(axis=1) for j in range(n_categories)], axis=1)
    lacking = np.flatnonzero(~present.all(axis=1))
    return {int(r): _absent(np.flatnonzero(~present[r]), "the resample") for r in lacking}


def _single(
    data: Data, n_categories: int, times: NDArray[np.integer], levels: BoolArray | None
) -> tuple[FloatArray | float, str]:
    """Return the coefficients of one replicate, fitted to its own rows, or why it cannot be fitted."""
    absent = absent_columns(data, times, levels)
    if absent.size:
        return np.nan, absence(absent)
    try:
        return np.nan_to_num(_fit(data.repeated(times), n_categories).coef), ""
    except NotEstimableError as error:
        return np.nan, error.message
