"""Maximum likelihood shape of the gamma distribution around fitted means."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, polygamma

from pymediation.errors import NotEstimableError
from pymediation.families import Family
from pymediation.fits._inputs import check_data
from pymediation.fits.replicates import ReplicateFits, replicate_blocks

__all__ = ["gamma_shape", "gamma_shape_replicates"]

FloatArray = NDArray[np.float64]

STEP_TOLERANCE = float(np.finfo(np.float64).eps) ** 0.25  # R's gamma.shape stops at steps below it
MAX_STEPS = 10
MAX_DISTINCT = 32


def gamma_shape(
    y: ArrayLike, mu: ArrayLike, weights: ArrayLike | None, deviance: float, df_residual: float
) -> float:
    r"""Return the maximum likelihood shape of a gamma model, as R's ``MASS::gamma.shape``.

    Newton's method for :math:`\sum_i A_i (c_i + \log\alpha - \psi(A_i\alpha)) = 0` with
    :math:`c_i = 1 + \log A_i + \log(y_i/\mu_i) - y_i/\mu_i`, from
    :math:`(6 + 2\bar D)/(\bar D (6 + \bar D))`, :math:`\bar D` the deviance per residual degree of freedom,
    until a step is at most 1.22e-4 or ten steps are made, where R stops.

    Parameters
    ----------
    y, mu : array_like, shape (n,)
        Response and fitted means, above 0.
    weights : array_like, shape (n,), or None
        Prior weights A; 1 by default. Rows of weight 0 do not count.
    deviance : float
        Deviance of the fit.
    df_residual : float
        Its residual degrees of freedom.

    Returns
    -------
    float
        :math:`\hat\alpha`

    Raises
    ------
    NotEstimableError
        If the search leaves the positive numbers, as for a perfect fit.

    References
    ----------
    Venables, W. N. and Ripley, B. D. (2002). Modern Applied Statistics with S, 4th ed., section 7.6.

    Examples
    --------
    >>> round(gamma_shape([1.0, 2.0, 4.0], [2.0, 2.0, 3.0], None, 0.6, 2), 4)
    6.4435
    """
    response, mean = np.asarray(y, dtype=np.float64), np.asarray(mu, dtype=np.float64)
    prior = np.ones_like(response) if weights is None else np.asarray(weights, dtype=np.float64)
    values, indicator = _grouped(prior)
    constant = np.array([np.sum(prior * _constants(response, mean, prior))])
    tallies = _tally(np.ones((1, response.size)), indicator)
    alpha = float(_newton(constant, tallies, values, np.array([deviance / df_residual]))[0])
    if not (np.isfinite(alpha) and alpha > 0):
        msg = (
            f"the gamma shape cannot be estimated: deviance {deviance:g} on {df_residual:g} residual degrees "
            "of freedom; the model may fit perfectly or have no residual degrees of freedom"
        )
        raise NotEstimableError(msg)
    return alpha


def _grouped(prior: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the distinct weights and an (n, m) indicator of who has them, or each row's own weight.

    Digamma is dear, and weights have few distinct values as a rule; with many the (n, m) table is dearer.
    A row of weight 0 counts nowhere.
    """
    safe = np.where(prior > 0, prior, 1.0)
    values, position = np.unique(safe, return_inverse=True)
    if values.size > MAX_DISTINCT:
        return safe, (prior > 0).astype(np.float64)
    indicator = np.zeros((prior.size, values.size))
    indicator[np.arange(prior.size), position] = prior > 0
    return values, indicator


def _tally(times: FloatArray, indicator: FloatArray) -> FloatArray:
    """Return how many rows of each weight the replicates (R, n) have, shape (R, m)."""
    return times @ indicator if indicator.ndim == 2 else times * indicator


def _constants(y: FloatArray, mu: FloatArray, prior: FloatArray) -> FloatArray:
    """Return c, the part of the derivative that does not depend on the shape."""
    with np.errstate(divide="ignore", invalid="ignore"):  # means of rows not drawn may be impossible
        ratio = y / mu
        return 1 + np.log(np.where(prior > 0, prior, 1.0)) + np.log(ratio) - ratio


def _newton(
    constant: FloatArray, tallies: FloatArray, values: FloatArray, mean_deviance: FloatArray
) -> FloatArray:
    """Return the shapes of R replicates.

    `constant` (R,) is the sum of A c; `tallies` (R, m) counts the rows of each distinct weight in `values`.
    """
    with np.errstate(divide="ignore"):
        alpha = (6 + 2 * mean_deviance) / (mean_deviance * (6 + mean_deviance))
    weighted = tallies * values
    total = weighted.sum(axis=1)
    active = np.flatnonzero(np.isfinite(alpha) & (alpha > 0))
    alpha[~(np.isfinite(alpha) & (alpha > 0))] = np.nan
    for _ in range(MAX_STEPS):
        if active.size == 0:
            break
        shape, share = alpha[active], weighted[active]
        scaled = shape[:, None] * values
        gradient = constant[active] + total[active] * np.log(shape) - np.sum(share * digamma(scaled), axis=1)
        curvature = np.sum(share * values * polygamma(1, scaled), axis=1) - total[active] / shape
        step = gradient / curvature
        alpha[active] = shape + step
        active = active[(np.abs(step) > STEP_TOLERANCE) & (alpha[active] > 0)]
    return alpha


def gamma_shape_replicates(
    y: ArrayLike,
    X: ArrayLike,
    family: Family,
    counts: ArrayLike,
    fits: ReplicateFits,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
) -> FloatArray:
    """Return the gamma shape of each replicate of a bootstrap; see :func:`gamma_shape`.

    Parameters
    ----------
    y : array_like, shape (n,)
        Response.
    X : array_like, shape (n, k)
        Design matrix.
    family : Family
        The gamma family the model was fitted with.
    counts : array_like of int, shape (R, n)
        How often each row occurs in each replicate.
    fits : ReplicateFits
        The fits of these replicates.
    weights, offset : array_like, shape (n,), optional
        Prior weights and offset.

    Returns
    -------
    ndarray, shape (R,)
        NaN where the fit failed or the search left the positive numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from pymediation.families import get_family
    >>> from pymediation.fits import fit_glm_replicates
    >>> y, X, log = [1.0, 2.0, 4.0, 3.0], np.ones((4, 1)), get_family("Gamma", "log")
    >>> counts = np.array([[1, 1, 1, 1], [2, 0, 1, 1]])
    >>> fits = fit_glm_replicates(y, X, log, counts)
    >>> gamma_shape_replicates(y, X, log, counts, fits).round(2).tolist()
    [4.27, 2.79]
    """
    data = check_data(y, X, weights, offset)
    repeats = np.asarray(counts)
    values, indicator = _grouped(data.weights)
    shapes = np.empty(repeats.shape[0])
    for block in replicate_blocks(repeats.shape[0], data.y.size):
        mean = family.link.inverse(fits.coef[block] @ data.X.T + data.offset)
        times = repeats[block].astype(np.float64)
        sampled = times * data.weights > 0
        terms = np.where(sampled, times * data.weights * _constants(data.y, mean, data.weights), 0.0)
        deviance = fits.deviance[block] / fits.df_residual[block]
        shapes[block] = _newton(terms.sum(axis=1), _tally(times, indicator), values, deviance)
    shapes[fits.failed | ~(shapes > 0)] = np.nan
    return shapes
