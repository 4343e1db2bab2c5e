"""The regressions of both designs, for the sample and for resamples given by counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import ArgumentError, NotEstimableError
from pymediation.fits import LinearFit, PreparedOLS, fit_ols, prepare_ols
from pymediation.multiple.sample import Sample

__all__ = ["Quantities", "Regression", "Regressions", "quantities", "set_up"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Counts = NDArray[np.integer]
Rows: TypeAlias = NDArray[np.intp] | slice

_CHUNK = 2_500_000  # samples x rows held at a time as numbers


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """A least-squares regression whose coefficients at `needed` have to be estimable.

    Attributes
    ----------
    model : PreparedOLS
        Response, columns and weights of its n rows.
    needed : tuple of int
        Columns of the coefficients that are used.
    fit : LinearFit
        Fit to the sample.
    """

    model: PreparedOLS
    needed: tuple[int, ...]
    fit: LinearFit

    @property
    def y(self) -> FloatArray:
        """The response, shape (n,)."""
        return self.model.data.y

    @property
    def X(self) -> FloatArray:
        """The columns, shape (n, k)."""
        return self.model.data.X

    @property
    def weights(self) -> FloatArray:
        """The weights, shape (n,)."""
        return self.model.data.weights

    def replicates(self, counts: Counts) -> FloatArray:
        """Return the coefficients (R, k) in resamples; NaN throughout where one that is needed is aliased."""
        fits = self.model.refit(counts)
        coef = fits.coef
        rank = weighted_sums(counts, (self.weights > 0)[:, np.newaxis])[:, 0] - fits.df_residual
        for r in np.flatnonzero(fits.failed | (rank < self.fit.rank)):
            coef[r] = self._one(counts[r])
        return coef

    def _one(self, times: Counts) -> FloatArray:
        """Return the coefficients of one resample, 0 where aliased, or NaN if one of them is needed."""
        try:
            fit = fit_ols(self.y, self.X, self.weights * times)
        except ArgumentError:  # no row at all
            return np.full(self.X.shape[1], np.nan)
        if fit.aliased[list(self.needed)].any():
            return np.full(self.X.shape[1], np.nan)
        return np.where(fit.aliased, 0.0, fit.coef)


@dataclass(frozen=True, slots=True, eq=False)
class Regressions:
    """All regressions of a design, and the rows they are fitted to.

    Attributes
    ----------
    outcome : Regression
        Y on 1, T, M, W, X, TM, TW.
    total, mediator : Regression
        Y and M on 1, T, X.
    alternatives : tuple of Regression
        Each W_k on 1, T, X.
    outcome_rows, mediator_rows : ndarray of int, or slice
        Rows of `outcome`, and of all others.
    sample : Sample
    """

    outcome: Regression
    total: Regression
    mediator: Regression
    alternatives: tuple[Regression, ...]
    outcome_rows: Rows
    mediator_rows: Rows
    sample: Sample


@dataclass(frozen=True, slots=True, eq=False)
class Quantities:
    """What the effects are made of, for each of R samples.

    Attributes
    ----------
    tau : ndarray, shape (R,)
        Total effect.
    direct : ndarray, shape (2, R)
        Direct effects under homogeneous interaction with the mediator at its values under control and
        treatment: b3 + kappa E[M(t)] + effects through the alternative mediators.
    spread : ndarray, shape (2, R)
        Standard deviations of M(t); NaN where they cannot be estimated.
    treated : ndarray, shape (R,)
        Share of treated rows.
    """

    tau: FloatArray
    direct: FloatArray
    spread: FloatArray
    treated: FloatArray


def set_up(sample: Sample, names: tuple[str, ...]) -> Regressions:
    """Return the regressions of a sample.

    Parameters
    ----------
    sample : Sample
    names : tuple of str
        Names of treatment, mediator and alternative mediators, for messages.

    Raises
    ------
    NotEstimableError
        If a coefficient that is needed cannot be estimated.
    """
    s = sample
    every = slice(None)
    outcome_rows = every if s.manipulated is None else np.flatnonzero(s.manipulated)
    mediator_rows = every if s.manipulated is None else np.flatnonzero(~s.manipulated)
    weights = np.ones(s.n) if s.weights is None else s.weights
    one, X, K, T = np.ones(s.n), s.covariates.columns, s.W.shape[1], s.t[:, np.newaxis]
    D = np.column_stack((one, s.t, s.m, s.W, X, s.t * s.m, T * s.W))[outcome_rows]
    base = np.column_stack((one, s.t, X))[mediator_rows]
    product = D.shape[1] - K - 1
    needed = (1, *range(3, 3 + K), product, *range(product + 1, product + 1 + K))
    treat, *mediators = names
    labels = dict(zip(needed, (treat, *mediators[1:], *(f"{treat} x {m}" for m in mediators)), strict=True))
    outcome = _regression("outcome", _prepared(s.y[outcome_rows], D, weights[outcome_rows]), labels)
    shared = _prepared(s.y[mediator_rows], base, weights[mediator_rows])
    total, mediator, *alternatives = (
        _regression(role, shared.with_response(response[mediator_rows]), {1: treat})
        for role, response in (
            ("total-effect", s.y),
            ("mediator", s.m),
            *zip(mediators[1:], s.W.T, strict=True),
        )
    )
    return Regressions(outcome, total, mediator, tuple(alternatives), outcome_rows, mediator_rows, s)


def _prepared(y: FloatArray, X: FloatArray, weights: FloatArray) -> PreparedOLS:
    """Return a model in which the level of a factor that is absent from a resample drops out, and no more."""
    return prepare_ols(y, X, weights, level_columns=np.zeros(X.shape[1], dtype=bool))


def _regression(role: str, model: PreparedOLS, labels: dict[int, str]) -> Regression:
    """Return one regression after a fit to the sample has shown that it can be estimated."""
    data = model.data
    fit = fit_ols(data.y, data.X, data.weights)
    aliased = [label for column, label in labels.items() if fit.aliased[column]]
    if aliased:
        msg = (
            f"The regression for the {role} (n = {data.y.size}) cannot estimate the coefficient of "
            f"{', '.join(map(repr, aliased))}: it is a linear combination of other regressors, or there are "
            "too few rows. Remove the variable that repeats another one, or use more rows."
        )
        raise NotEstimableError(msg)
    if fit.df_residual < 1:
        msg = (
            f"The regression for the {role} has {fit.rank} coefficients and {data.y.size} rows, which leaves "
            "nothing to estimate its residual variance from. Use more rows or fewer covariates."
        )
        raise NotEstimableError(msg)
    return Regression(model, tuple(labels), fit)


def quantities(regressions: Regressions, counts: Counts) -> Quantities:
    """Estimate in samples that are given by how often they hold each row.

    Parameters
    ----------
    regressions : Regressions
    counts : ndarray of int, shape (R, n)
    """
    s = regressions.sample
    for_outcome, for_mediator = counts, counts
    if s.manipulated is not None:
        for_outcome, for_mediator = counts[:, s.manipulated], counts[:, ~s.manipulated]
    beta = regressions.outcome.replicates(for_outcome)
    K = s.W.shape[1]
    xi, mu = beta[:, 3 : 3 + K], beta[:, beta.shape[1] - K :]
    b3, kappa = beta[:, 1], beta[:, beta.shape[1] - K - 1]
    mediator = regressions.mediator.replicates(for_mediator)
    EM = _means(regressions.mediator, mediator, for_mediator)
    through = np.zeros(counts.shape[0])
    for k, regression in enumerate(regressions.alternatives):
        EW = _means(regression, regression.replicates(for_mediator), for_mediator)
        through += (xi[:, k] + mu[:, k]) * EW[1] - xi[:, k] * EW[0]
    weights = np.ones(s.n) if s.weights is None else s.weights
    size, treated = weighted_sums(counts, np.column_stack((weights, weights * s.t))).T
    with np.errstate(invalid="ignore", divide="ignore"):
        return Quantities(
            tau=regressions.total.replicates(for_mediator)[:, 1],
            direct=b3 + kappa * EM + through,
            spread=np.sqrt(_variances(regressions, mediator, for_mediator)),
            treated=treated / size,
        )


def weighted_sums(counts: Counts, columns: FloatArray | BoolArray) -> FloatArray:
    """Return the sums (R, k) of columns (n, k) over samples, a chunk of rows at a time to save memory."""
    total = np.zeros((counts.shape[0], columns.shape[1]))
    for rows in _chunks(counts):
        total += counts[:, rows].astype(np.float64) @ columns[rows]
    return total


def _chunks(counts: Counts) -> Iterator[slice]:
    """Cut the rows so that a chunk of all samples has a bounded size."""
    replicates, n = counts.shape
    step = max(1, _CHUNK // replicates)
    for start in range(0, n, step):
        yield slice(start, start + step)


def _means(regression: Regression, coef: FloatArray, counts: Counts) -> FloatArray:
    """Return the mean predictions (2, R) with the treatment of all rows at 0 and at 1.

    Residuals average to zero: the mean prediction is that of the response, moved along the treatment.
    """
    w, centre = regression.weights, float(np.mean(regression.y))
    columns = np.column_stack((w, w * (regression.y - centre), w * regression.X[:, 1]))
    size, y, t = weighted_sums(counts, columns).T
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack([centre + y / size + coef[:, 1] * (value - t / size) for value in (0.0, 1.0)])


def _variances(regressions: Regressions, coef: FloatArray, counts: Counts) -> FloatArray:
    """Return the residual variances (2, R) of the mediator in the control and in the treated rows.

    R divides by rows less coefficients, aliased ones included, and with weights by the sum of weights less 1.
    """
    model = regressions.mediator
    t, w = model.X[:, 1], model.weights
    arms = np.column_stack((w * (1.0 - t), w * t))
    squares = np.zeros((counts.shape[0], 2))
    for rows in _chunks(counts):
        squares += (counts[:, rows] * (model.y[rows] - coef @ model.X[rows].T) ** 2) @ arms[rows]
    weighted = regressions.sample.weights is not None
    used = 1.0 if weighted else _coefficients(regressions, counts)[:, np.newaxis]
    return (squares / (weighted_sums(counts, arms) - used)).T


def _coefficients(regressions: Regressions, counts: Counts) -> FloatArray:
    """Return the number of columns (R,) that R's design of the mediator model has in each sample."""
    covariates = regressions.sample.covariates
    number = np.full(counts.shape[0], 2.0 + covariates.numeric)
    for levels in covariates.levels:
        present = weighted_sums(counts, levels[regressions.mediator_rows]) > 0
        number += np.maximum(present.sum(axis=1) - 1, 0)
    return number
