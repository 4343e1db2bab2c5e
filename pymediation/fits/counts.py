"""Regressions of counts with an estimated dispersion, by maximum likelihood: one fit, and many resamples.

Newton's method runs in the coefficients of orthogonal columns and the dispersion's coordinate together, on
one fit or on many weightings of the same rows at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import block_diag, solve_triangular

from pymediation.errors import ArgumentError, NotEstimableError
from pymediation.families import get_family
from pymediation.fits._inputs import Data, check_data, spread
from pymediation.fits.count_laws import CountDerivatives, CountLaw
from pymediation.fits.glm import EPSILON, column_tolerance, fit_glm
from pymediation.fits.likelihood import endings, joint_basis
from pymediation.fits.linear import LinearFit
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

__all__ = ["CountFit", "CountReplicates", "fit_count_replicates", "fit_counts"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

TABLE_ROWS = 50_000  # above it the table of pairwise products is not kept: blocks hold few replicates
TOLERANCE = column_tolerance(EPSILON)
NO_MAXIMUM = (
    "the search for the maximum of the {} likelihood did not converge; use covariates on similar scales"
)


@dataclass(frozen=True, slots=True)
class CountFit:
    """A fit of n rows and k columns.

    Attributes
    ----------
    coef : ndarray, shape (k,)
        Coefficients; NaN for aliased columns.
    alpha : float
        Dispersion; 0 where the maximum is the Poisson model.
    cov : ndarray, shape (p, p)
        Inverse of the observed information of the coefficients and, if it is estimated, alpha.
    scores : ndarray, shape (n, p)
        Derivatives of each row's log-likelihood.
    aliased : ndarray of bool, shape (k,)
        Columns that are combinations of others.
    converged : bool
    separation : bool
        Whether the likelihood grows towards infinite coefficients.
    """

    coef: FloatArray
    alpha: float
    cov: FloatArray
    scores: FloatArray
    aliased: BoolArray
    converged: bool
    separation: bool

    @property
    def parameters(self) -> FloatArray:
        """Coefficients and, if it is estimated, alpha, shape (p,)."""
        return np.append(self.coef, self.alpha)[: self.cov.shape[0]]


@dataclass(frozen=True, slots=True)
class CountReplicates:
    """Fits of R bootstrap replicates.

    Attributes
    ----------
    coef : ndarray, shape (R, k)
        0 for columns that are aliased in the replicate, NaN for failed replicates.
    alpha : ndarray, shape (R,)
        Dispersion; 0 in a replicate whose maximum is the Poisson model.
    reason : mapping of int to str
        Why, for each failed replicate.
    """

    coef: FloatArray
    alpha: FloatArray
    reason: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class CountProblem:
    """The log-likelihood of counts in orthogonal columns; an `Objective`.

    Attributes
    ----------
    law : CountLaw
    y, offset : ndarray, shape (n,)
    basis, joint : Basis
        The columns, and all parameters.
    products : ndarray or None
        Products of all pairs of columns, kept if many fits share them.
    """

    law: CountLaw
    y: FloatArray
    offset: FloatArray
    basis: Basis
    joint: Basis
    products: FloatArray | None

    @property
    def n_parameters(self) -> int:
        """Number of parameters, a fixed dispersion left out."""
        return self.joint.kept.size

    def rows(self, at: FloatArray) -> CountDerivatives:
        """Return the derivatives of every row at R parameters."""
        q = self.basis.kept.size
        fixed = self.law.fixed
        a = at[:, q:] if fixed is None else np.full((at.shape[0], 1), self.law.coordinate(fixed))
        return self.law.derivatives(self.y, at[:, :q] @ self.basis.Z.T + self.offset, a)

    def evaluate(self, weights: FloatArray, at: FloatArray) -> Place:
        """Return log-likelihoods and derivatives of R weightings (R, n) at R parameters."""
        Z, q, p = self.basis.Z, self.basis.kept.size, self.n_parameters
        gradient, curvature = np.empty((at.shape[0], p)), np.empty((at.shape[0], p, p))
        with np.errstate(all="ignore"):
            d = self.rows(at)
            used = weights > 0
            # Rows that were not drawn may be impossible; the others must not.
            bad = (used & ~d.possible).any(axis=1)

            def weighted(values: FloatArray) -> FloatArray:
                return np.where(used & d.possible, weights * values, 0.0)

            loglik = np.where(bad, -np.inf, weighted(d.value).sum(axis=1))
            gradient[:, :q] = weighted(d.eta) @ Z
            curvature[:, :q, :q] = -weighted_products(Z, self.products, weighted(d.eta_eta))
            if p > q:
                gradient[:, q] = weighted(d.disp).sum(axis=1)
                cross = weighted(d.eta_disp) @ Z
                curvature[:, q, :q], curvature[:, :q, q] = -cross, -cross
                curvature[:, q, q] = -weighted(d.disp_disp).sum(axis=1)
        return Place(at, loglik, gradient, curvature)

    def step(self, place: Place, damping: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Return Newton's steps, damped, and which can be trusted."""
        return damped_step(self.joint, place, damping)


def fit_counts(y: ArrayLike, X: ArrayLike, law: CountLaw, offset: ArrayLike | None = None) -> CountFit:
    r"""Fit a regression of counts by maximum likelihood; the mean is :math:`\mu_i = \exp(x_i'b + o_i)`.

    Parameters
    ----------
    y : array_like, shape (n,)
        Counts.
    X : array_like, shape (n, k)
        Design matrix, its intercept column included.
    law : CountLaw
    offset : array_like, shape (n,), optional
        Known part of the linear predictor, log exposure included.

    Returns
    -------
    CountFit
        With alpha = 0 and the Poisson estimates where the counts are not overdispersed and the law allows
        nothing else.

    Raises
    ------
    ArgumentError
        If shapes disagree, a value is not finite, or a response is negative or not a whole number.
    NotEstimableError
        If the search does not converge.

    References
    ----------
    Lawless, J. F. (1987). Negative binomial and mixed Poisson regression. Canadian Journal of Statistics 15,
    209-225.

    Examples
    --------
    >>> from pymediation.fits.count_laws import negative_binomial
    >>> fit = fit_counts([0, 0, 1, 7], np.ones((4, 1)), negative_binomial())
    >>> round(float(np.exp(fit.coef[0])), 6), round(fit.alpha, 3)
    (2.0, 2.706)
    """
    return _fit(check_count_data(y, X, offset), law)


def check_count_data(y: ArrayLike, X: ArrayLike, offset: ArrayLike | None) -> Data:
    """Return the arrays of a fit after checking them."""
    data = check_data(y, X, None, offset)
    wrong = (data.y < 0) | (data.y != np.round(data.y))
    if wrong.any():
        row = int(np.argmax(wrong))
        msg = f"y must be counts, whole numbers of 0 or more; row {row} has {data.y[row]:g}"
        raise ArgumentError(msg)
    return data


def _problem(data: Data, law: CountLaw, *, shared: bool) -> CountProblem:
    """Return the problem of these rows, with the table of products if many fits share it."""
    basis = orthogonal_basis(data, TOLERANCE)
    products = pair_products(basis.Z) if shared and data.y.size <= TABLE_ROWS else None
    joint = joint_basis(basis, 1, further=int(law.fixed is None))
    return CountProblem(law, data.y, data.offset, basis, joint, products)


def _poisson(data: Data) -> LinearFit:
    """Fit the Poisson model."""
    family = get_family("poisson", "log")
    return fit_glm(data.y, data.X, family, data.weights, data.offset)


def _start(problem: CountProblem, data: Data, poisson: LinearFit) -> FloatArray:
    """Return the Poisson fit and a dispersion from its residuals as parameters."""
    kept = problem.basis.kept
    at = problem.basis.triangle @ poisson.coef[kept]
    law = problem.law
    if law.fixed is not None:
        return at
    return np.append(at, law.coordinate(law.start(data.y, poisson.fitted, data.weights)))


def _fit(data: Data, law: CountLaw) -> CountFit:
    """Fit weighted rows, or raise when there is no fit."""
    problem, weights, poisson = _problem(data, law, shared=False), data.weights[None], _poisson(data)
    if law.excess is not None and law.excess(data.y, poisson.fitted, data.weights) <= 0:
        return _poisson_limit(data, poisson)
    maxima = maximise(problem, weights, _start(problem, data, poisson))
    end = endings(problem, weights, maxima)[0]
    if end == "nowhere":
        raise NotEstimableError(NO_MAXIMUM.format(law.name))
    return _result(problem, data, maxima, separation=bool(end == "separation"))


def _poisson_limit(data: Data, poisson: LinearFit) -> CountFit:
    """Return the Poisson fit, the limit of a law whose dispersion would be negative."""
    return CountFit(
        coef=poisson.coef,
        alpha=0.0,
        cov=poisson.cov,
        scores=(data.weights * (data.y - poisson.fitted))[:, None] * data.X,
        aliased=poisson.aliased,
        converged=poisson.converged,
        separation=poisson.separation,
    )


def _result(problem: CountProblem, data: Data, maxima: Maxima, *, separation: bool) -> CountFit:
    """Return the fit in the columns of X, with alpha in the place of its coordinate."""
    place, rows = problem.evaluate(data.weights[None], maxima.at), problem.rows(maxima.at)
    basis, k, estimated = problem.basis, data.X.shape[1], problem.law.fixed is None
    a = maxima.at[:, basis.kept.size :]
    alpha = problem.law.alpha(a)[0] if estimated else np.array([problem.law.fixed])
    slope = problem.law.slope(a)[0] if estimated else np.empty(0)
    back = block_diag(solve_triangular(basis.triangle, np.eye(basis.kept.size)), np.diag(slope))
    kept = np.concatenate([basis.kept, np.arange(k, k + slope.size)])
    aliased = np.ones(k, dtype=bool)
    aliased[basis.kept] = False
    scores = [rows.eta.T * data.X, rows.disp.T / slope] if estimated else [rows.eta.T * data.X]
    return CountFit(
        coef=np.where(aliased, np.nan, basis.coefficients(maxima.at[:, : basis.kept.size], k)[0]),
        alpha=float(alpha[0]),
        cov=spread(back @ np.linalg.pinv(place.curvature[0], hermitian=True) @ back.T, kept, k + slope.size),
        scores=data.weights[:, None] * np.hstack(scores),
        aliased=aliased,
        converged=bool(maxima.converged[0]),
        separation=separation,
    )


def fit_count_replicates(
    y: ArrayLike,
    X: ArrayLike,
    law: CountLaw,
    counts: ArrayLike,
    offset: ArrayLike | None = None,
    *,
    level_columns: ArrayLike | None = None,
) -> CountReplicates:
    """Refit a regression of counts to R resamples given by counts; see :func:`fit_counts`.

    All searches start from the maximum of the full sample. A replicate in which a search does not converge is
    fitted again on its own rows: it may be ill conditioned, or without overdispersion.

    Parameters
    ----------
    y, X, law, offset
        As in :func:`fit_counts`.
    counts : array_like of int, shape (R, n)
        How often each row occurs in each replicate.
    level_columns : array_like of bool, shape (k,), optional
        Columns of factor levels: a replicate in which one vanishes has failed, because its fit cannot
        predict that level. Other columns that vanish are aliased. By default all columns count as such.

    Returns
    -------
    CountReplicates

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If shapes disagree, a value is not accepted, or counts are not whole numbers.

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman and Hall.

    Examples
    --------
    >>> from pymediation.fits.count_laws import negative_binomial
    >>> counts = np.array([[1, 1, 1, 1], [2, 0, 1, 1]])
    >>> fits = fit_count_replicates([0, 0, 1, 7], np.ones((4, 1)), negative_binomial(), counts)
    >>> np.exp(fits.coef[:, 0]).round(6).tolist()
    [2.0, 2.0]
    """
    data = check_count_data(y, X, offset)
    n, k = data.X.shape
    table, levels = check_counts(counts, n), check_levels(level_columns, k)
    problem, poisson = _problem(data, law, shared=True), _poisson(data)
    start = maximise(problem, data.weights[None], _start(problem, data, poisson)).at[0]
    coef, alpha = np.full((table.shape[0], k), np.nan), np.full(table.shape[0], np.nan)
    reason: dict[int, str] = {}
    for block in replicate_blocks(table.shape[0], n):
        weights = table[block].astype(np.float64)
        maxima = maximise(problem, weights, start)
        q = problem.basis.kept.size
        coef[block] = problem.basis.coefficients(maxima.at[:, :q], k)
        alpha[block] = law.alpha(maxima.at[:, q]) if law.fixed is None else law.fixed
        for i in np.flatnonzero(~maxima.converged):
            r = block.start + int(i)
            fit = _single(data, law, table[r], levels)
            if isinstance(fit, str):
                reason[r], coef[r], alpha[r] = fit, np.nan, np.nan
            else:
                coef[r], alpha[r] = np.nan_to_num(fit.coef), fit.alpha
    return CountReplicates(coef, alpha, reason)


def _single(
    data: Data, law: CountLaw, times: NDArray[np.integer], levels: BoolArray | None
) -> CountFit | str:
    """Fit one replicate to its own rows, or say why it cannot be fitted."""
    absent = absent_columns(data, times, levels)
    if absent.size:
        return absence(absent)
    try:
        return _fit(data.repeated(times), law)
    except NotEstimableError as error:
        return error.message
