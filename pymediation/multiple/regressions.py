"""The regressions of both designs, for the sample and for resamples given by counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import ArgumentError, NotEstimableError
from pymediation.fits import fit_ols, fit_ols_replicates
from pymediation.multiple.sample import Sample

__all__ = ["Quantities", "Regression", "Regressions", "quantities", "set_up"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Counts = NDArray[np.integer]


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """A least-squares regression whose coefficients at `needed` have to be estimable.

    Attributes
    ----------
    y : ndarray, shape (n,)
    X : ndarray, shape (n, k)
    weights : ndarray, shape (n,)
    needed : tuple of int
        Columns of the coefficients that are used.
    rank : int
        Rank of the columns.
    """

    y: FloatArray
    X: FloatArray
    weights: FloatArray
    needed: tuple[int, ...]
    rank: int

    def replicates(self, counts: Counts) -> FloatArray:
        """Return the coefficients (R, k) in resamples; NaN throughout where one that is needed is aliased."""
        k = self.X.shape[1]
        none = np.zeros(k, dtype=bool)  # a level that is absent from a resample drops out, and no more
        fits = fit_ols_replicates(self.y, self.X, counts, self.weights, level_columns=none)
        coef = fits.coef
        rank = counts @ (self.weights > 0) - fits.df_residual
        for r in np.flatnonzero(fits.failed | (rank < self.rank)):
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
    outcome_rows, mediator_rows : ndarray of int
        Rows of `outcome`, and of all others.
    sample : Sample
    """

    outcome: Regression
    total: Regression
    mediator: Regression
    alternatives: tuple[Regression, ...]
    outcome_rows: NDArray[np.intp]
    mediator_rows: NDArray[np.intp]
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
    every = np.arange(s.n)
    outcome_rows = every if s.manipulated is None else np.flatnonzero(s.manipulated)
    mediator_rows = every if s.manipulated is None else np.flatnonzero(~s.manipulated)
    weights = np.ones(s.n) if s.weights is None else s.weights
    one, X, K = np.ones(s.n), s.covariates.columns, s.W.shape[1]
    T = s.t[:, np.newaxis]
    D = np.column_stack((one, s.t, s.m, s.W, X, s.t * s.m, T * s.W))
    base = np.column_stack((one, s.t, X))
    product = D.shape[1] - K - 1
    needed = (1, *range(3, 3 + K), product, *range(product + 1, product + 1 + K))
    treat, *mediators = names
    labels = dict(zip(needed, (treat, *mediators[1:], *(f"{treat} x {m}" for m in mediators)), strict=True))
    outcome = _regression("outcome", (s.y, D, weights), outcome_rows, labels)
    others = [
        _regression(role, (response, base, weights), mediator_rows, {1: treat})
        for role, response in (
            ("total-effect", s.y),
            ("mediator", s.m),
            *zip(mediators[1:], s.W.T, strict=True),
        )
    ]
    return Regressions(outcome, others[0], others[1], tuple(others[2:]), outcome_rows, mediator_rows, s)


def _regression(
    role: str,
    data: tuple[FloatArray, FloatArray, FloatArray],
    rows: NDArray[np.intp],
    labels: dict[int, str],
) -> Regression:
    """Return one regression after a fit to the sample has shown that it can be estimated."""
    y, X, weights = (values[rows] for values in data)
    fit = fit_ols(y, X, weights)
    aliased = [label for column, label in labels.items() if fit.aliased[column]]
    if aliased:
        msg = (
            f"The regression for the {role} (n = {rows.size}) cannot estimate the coefficient of "
            f"{', '.join(map(repr, aliased))}: it is a linear combination of other regressors, or there are "
            "too few rows. Remove the variable that repeats another one, or use more rows."
        )
        raise NotEstimableError(msg)
    if fit.df_residual < 1:
        msg = (
            f"The regression for the {role} has {fit.rank} coefficients and {rows.size} rows, which leaves "
            "nothing to estimate its residual variance from. Use more rows or fewer covariates."
        )
        raise NotEstimableError(msg)
    return Regression(y, X, weights, tuple(labels), fit.rank)


def quantities(regressions: Regressions, counts: Counts) -> Quantities:
    """Estimate in samples that are given by how often they hold each row.

    Parameters
    ----------
    regressions : Regressions
    counts : ndarray of int, shape (R, n)
    """
    s = regressions.sample
    for_outcome = counts[:, regressions.outcome_rows]
    for_mediator = counts[:, regressions.mediator_rows]
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
    weighted = counts * weights
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(_variances(regressions, mediator, for_mediator))
        treated = weighted @ s.t / weighted.sum(axis=1)
    return Quantities(
        tau=regressions.total.replicates(for_mediator)[:, 1],
        direct=b3 + kappa * EM + through,
        spread=spread,
        treated=treated,
    )


def _means(regression: Regression, coef: FloatArray, counts: Counts) -> FloatArray:
    """Return the mean predictions (2, R) with the treatment of all rows at 0 and at 1.

    Residuals average to zero: the mean prediction is that of the response, moved along the treatment.
    """
    weighted = counts * regression.weights
    centre = float(np.mean(regression.y))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_y, mean_t = (
            weighted @ values / weighted.sum(axis=1) for values in (regression.y - centre, regression.X[:, 1])
        )
    return np.stack([centre + mean_y + coef[:, 1] * (t - mean_t) for t in (0.0, 1.0)])


def _variances(regressions: Regressions, coef: FloatArray, counts: Counts) -> FloatArray:
    """Return the residual variances (2, R) of the mediator in the control and in the treated rows.

    R divides by rows less coefficients, aliased ones included, and with weights by the sum of weights less 1.
    """
    model = regressions.mediator
    t = model.X[:, 1]
    arms = np.column_stack((1.0 - t, t))
    weighted = counts * model.weights
    squares = (weighted * (model.y - coef @ model.X.T) ** 2) @ arms
    if regressions.sample.weights is not None:
        freedom = weighted @ arms - 1.0
    else:
        freedom = weighted @ arms - _coefficients(regressions, counts)[:, np.newaxis]
    return (squares / freedom).T


def _coefficients(regressions: Regressions, counts: Counts) -> FloatArray:
    """Return the number of columns (R,) that R's design of the mediator model has in each sample."""
    covariates = regressions.sample.covariates
    number = np.full(counts.shape[0], 2.0 + covariates.numeric)
    for levels in covariates.levels:
        present = counts @ levels[regressions.mediator_rows].astype(np.float64) > 0
        number += np.maximum(present.sum(axis=1) - 1, 0)
    return number
