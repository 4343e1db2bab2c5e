"""Bootstrap refits of survival and tobit models by counts, many replicates at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import NotEstimableError
from pymediation.fits.location_scale import Model, Sample, diagnosis, fit_model, prepare
from pymediation.fits.newton import is_well_conditioned, maximise
from pymediation.fits.replicates import (
    absence,
    absent_columns,
    check_counts,
    check_levels,
    replicate_blocks,
)
from pymediation.fits.survival import check_survival
from pymediation.fits.survival_distributions import SurvivalDistribution

__all__ = ["SurvivalReplicates", "fit_survival_replicates", "refit_model"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SurvivalReplicates:
    """Fits of R bootstrap replicates of a survival or tobit model with k columns.

    Attributes
    ----------
    coef : ndarray, shape (R, k)
        Coefficients. 0 for columns that are aliased in the replicate; NaN for failed replicates.
    scale : ndarray, shape (R,)
        Scale of the errors (not its logarithm); NaN for failed replicates.
    failed : ndarray of bool, shape (R,)
        Replicates without a maximum of the likelihood.
    reason : mapping of int to str
        Why, for each failed replicate.
    converged : ndarray of bool, shape (R,)
        Whether the last step of the search was below 1e-8 standardised errors.
    """

    coef: FloatArray
    scale: FloatArray
    failed: BoolArray
    reason: Mapping[int, str]
    converged: BoolArray


def fit_survival_replicates(
    time: ArrayLike,
    event: ArrayLike | None,
    X: ArrayLike,
    counts: ArrayLike,
    dist: str | SurvivalDistribution = "weibull",
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    *,
    scale: float | None = None,
    level_columns: ArrayLike | None = None,
) -> SurvivalReplicates:
    r"""Refit a survival model to R resamples given by counts; see :func:`fit_survival`.

    Row i has the weight :math:`c_{ri} w_i` in replicate r. All searches start from the maximum of the full
    sample and go on to the last digits, so that they end where a fit of the repeated rows does.

    Parameters
    ----------
    time : array_like, shape (n,)
        Times.
    event : array_like, shape (n,), or None
        1 or True where the event was seen, 0 where the time is censored; None if all were seen.
    X : array_like, shape (n, k)
        Design matrix.
    counts : array_like of int, shape (R, n)
        How often each row occurs in each replicate.
    dist : str or SurvivalDistribution
        R's name of the distribution.
    weights, offset : array_like, shape (n,), optional
        Prior weights and offset.
    scale : float, optional
        Fixes the scale.
    level_columns : array_like of bool, shape (k,), optional
        Columns of factor levels: a replicate in which one vanishes has failed, because its fit cannot
        predict that level. Other columns that vanish are aliased. By default all columns count as such.

    Returns
    -------
    SurvivalReplicates

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If shapes disagree, a value is not accepted by :func:`fit_survival`, or counts are not whole numbers.
    NotEstimableError
        If no event was seen at all, or X fits all times exactly.

    References
    ----------
    Efron, B. (1981). Censored data and the bootstrap. Journal of the American Statistical Association 76,
    312-319.

    Examples
    --------
    >>> import numpy as np
    >>> time, event, X = [1.0, 2.0, 4.0, 3.0], [1, 1, 0, 1], np.ones((4, 1))
    >>> fits = fit_survival_replicates(time, event, X, np.array([[1, 1, 1, 1], [2, 0, 1, 1], [0, 0, 4, 0]]))
    >>> fits.coef[:2, 0].round(4).tolist(), fits.failed.tolist()
    ([1.1512, 1.0806], [False, False, True])
    """
    given = check_survival(time, event, X, dist, weights, offset, scale)
    return refit_model(given.sample, counts, level_columns)


def refit_model(sample: Sample, counts: ArrayLike, level_columns: ArrayLike | None) -> SurvivalReplicates:
    """Refit a location-scale model to resamples given by counts."""
    n, k = sample.data.X.shape
    table, levels = check_counts(counts, n), check_levels(level_columns, k)
    model = prepare(sample, shared=True)
    start = _full_sample_maximum(model)
    R = table.shape[0]
    into = SurvivalReplicates(np.zeros((R, k)), np.zeros(R), np.zeros(R, bool), {}, np.zeros(R, bool))
    reason: dict[int, str] = {}
    for block in replicate_blocks(R, n):
        weights = table[block][:, model.order] * model.weights
        eventful = weights[:, : model.problem.events].any(axis=1)
        maxima = maximise(model.problem, weights, start)
        into.coef[block] = model.coefficients(maxima.at)
        into.scale[block] = model.scales(maxima.at)
        into.converged[block] = maxima.converged & eventful
        left = np.flatnonzero(~into.converged[block])
        # A search of its own helps where the rows drawn are ill conditioned in the sample's basis, or where
        # the likelihood is not concave. Elsewhere it would end as this one did.
        final = is_well_conditioned(model.problem, weights[left]) & np.asarray(eventful)[left]
        for r, ended in zip(left, final & (sample.law.em_weight is None), strict=True):
            place = block.start + int(r)
            if ended:
                failure = diagnosis(maxima, int(r))
            else:
                failure = _single(sample, table[place], levels, into, place)
            if failure:
                reason[place] = failure
    into.failed[list(reason)] = True
    into.coef[into.failed], into.scale[into.failed] = np.nan, np.nan
    return SurvivalReplicates(into.coef, into.scale, into.failed, reason, into.converged)


def _full_sample_maximum(model: Model) -> FloatArray:
    """Return where the searches start: the full sample's maximum, or its own start if it has none."""
    maxima = maximise(model.problem, model.weights[None, :], model.start)
    return model.start if diagnosis(maxima, 0) else maxima.at[0]


def _single(
    sample: Sample, times: NDArray[np.integer], levels: BoolArray | None, into: SurvivalReplicates, r: int
) -> str:
    """Fit one replicate from its own rows and write it into the arrays, or say why it cannot be fitted."""
    absent = absent_columns(sample.data, times, levels)
    if absent.size:
        return absence(absent)
    try:
        fit = fit_model(prepare(sample.repeated(times)))
    except NotEstimableError as error:
        return error.message
    into.coef[r], into.scale[r], into.converged[r] = fit.coef, np.exp(fit.log_scale), fit.converged
    return ""
