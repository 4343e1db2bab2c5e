r"""Location-scale models :math:`y = x'b + \sigma W` of censored responses: one fit, and what refits share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import NotEstimableError
from pymediation.fits._inputs import Data
from pymediation.fits.error_laws import ErrorLaw
from pymediation.fits.newton import RANK_TOLERANCE, Maxima, Problem, maximise
from pymediation.fits.replicates import Basis, orthogonal_basis, pair_products

__all__ = [
    "EVENT",
    "LEFT",
    "RIGHT",
    "SEPARATION",
    "LocationScaleFit",
    "Model",
    "Sample",
    "diagnosis",
    "fit_model",
    "prepare",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

EVENT, RIGHT, LEFT = 1, 0, -1  # observed; known to be larger; known to be smaller

EXACT_SHARE = 1e-13  # residuals below this share of the response are rounding: the fit is exact
TABLE_ROWS = 50_000  # above it the table of pairwise products is not kept: blocks hold few replicates
EM_STEPS, EM_TOLERANCE = 200, 1e-3  # only a start is wanted
RUNAWAY_SCALE = 1e5  # how often the residuals of the first fit exceed sigma when sigma goes to 0
STALLED = 1e-4  # a last undamped step below it, if not below Newton's tolerance, is a maximum found roughly

NO_EVENT = (
    "no response was observed, all are censored: nothing is known of how large they are; check which rows "
    "count as observed"
)
EXACT_FIT = (
    "the scale goes to 0, because the columns of X fit all responses exactly; use fewer columns, or more rows"
)
SEPARATION = (
    "there is no maximum of the likelihood: a coefficient runs off to infinity or the scale to 0, as when "
    "all responses of a level, or nearly all of the sample, are censored; merge or drop such levels, or "
    "columns"
)


@dataclass(frozen=True, slots=True)
class Sample:
    """Error law, rows, status of each row (n,), and the scale if it is fixed.

    The status tells events from censored rows. Left censoring needs a symmetric law.
    """

    law: ErrorLaw
    data: Data
    status: IntArray
    scale: float | None

    def repeated(self, times: NDArray[np.integer]) -> Sample:
        """Return the rows that occur, their weights multiplied by how often."""
        return Sample(self.law, self.data.repeated(times), self.status[times > 0], self.scale)


@dataclass(frozen=True, slots=True)
class Model:
    """A model ready for Newton's method.

    Attributes
    ----------
    problem : Problem
        The rows, events first.
    order : ndarray of int, shape (n,)
        Row of the data at each place of the problem.
    weights : ndarray, shape (n,)
        Prior weights in that order, over their mean.
    share : float
        The mean they were divided by.
    basis : Basis
        The columns Z and how they lead back to X.
    centre : ndarray, shape (q,)
        Coefficients of Z by least squares, or robust ones for a heavy-tailed law.
    unit : float
        Scale of the residuals from them.
    start : ndarray, shape (q + 1,)
        Where to start from: the error's mean and standard deviation matched by those of the residuals.
    columns : int
        Number of columns of X, k.
    """

    problem: Problem
    order: IntArray
    weights: FloatArray
    share: float
    basis: Basis
    centre: FloatArray
    unit: float
    start: FloatArray
    columns: int

    def coefficients(self, at: FloatArray) -> FloatArray:
        """Return b (R, k) of parameters (R, q + 1), 0 where a column is aliased."""
        return self.basis.coefficients(self.centre + at[:, :-1] * (self.unit / at[:, -1:]), self.columns)

    def scales(self, at: FloatArray) -> FloatArray:
        """Return sigma (R,)."""
        return self.unit / at[:, -1]

    def jacobian(self, at: FloatArray) -> FloatArray:
        """Return the derivative of (b of the columns kept, log sigma) by the free parameters (q + 1,)."""
        phi, k = at[:-1], at[-1]
        q = phi.size
        back = np.linalg.solve(self.basis.triangle, np.column_stack([np.eye(q), -phi / k])) * (self.unit / k)
        if not self.problem.scale_free:
            return back[:, :q]
        return np.vstack([back, np.append(np.zeros(q), -1 / k)])


@dataclass(frozen=True, slots=True)
class LocationScaleFit:
    """One fit: b (k,), log sigma, the model's parameters and observed information, and how it ended.

    `cov` is that of (b, log sigma), or of b alone if sigma is fixed, without aliased columns.
    """

    coef: FloatArray
    log_scale: float
    kept: IntArray
    cov: FloatArray
    loglik: float
    converged: bool
    iterations: int


def prepare(sample: Sample, *, shared: bool = False) -> Model:
    """Bring a model into the form for Newton's method; `shared` if many fits will use it."""
    data, status, scale = sample.data, sample.status, sample.scale
    if not (data.weights[status == EVENT] > 0).any():
        raise NotEstimableError(NO_EVENT)
    order, rows_used = np.argsort(status != EVENT, kind="stable"), np.count_nonzero(data.weights)
    share = float(data.weights.sum()) / rows_used
    basis = orthogonal_basis(Data(data.y, data.X, data.weights / share, data.offset), RANK_TOLERANCE)
    Z, response, weights = basis.Z[order], (data.y - data.offset)[order], data.weights[order] / share
    centre = Z.T @ (weights * response) / rows_used
    unit = float(np.sqrt(np.sum(weights * (response - Z @ centre) ** 2) / rows_used))
    if unit <= EXACT_SHARE * float(np.sqrt(np.sum(weights * response**2) / rows_used)):
        raise NotEstimableError(EXACT_FIT)
    spread = sample.law.spread
    if sample.law.em_weight is not None:
        centre, unit = _em_centre(sample.law.em_weight, Z, response, weights, unit / spread)
        spread = 1.0
    # A row censored from the left is one of the mirrored law censored from the right.
    sign = np.where(status[order] == LEFT, -1.0, 1.0)[:, None]
    rows = sign * np.column_stack([-Z, (response - Z @ centre) / unit])
    problem = _problem(sample.law, rows, basis, int((status == EVENT).sum()), scale is None, shared)
    k = spread if scale is None else unit / scale
    start = np.append(-sample.law.centre * (weights @ Z) / rows_used, k)
    return Model(problem, order, weights, share, basis, centre, unit, start, data.X.shape[1])


def _em_centre(
    weight: Callable[[FloatArray], FloatArray],
    Z: FloatArray,
    response: FloatArray,
    prior: FloatArray,
    scale: float,
) -> tuple[FloatArray, float]:
    """Return coefficients and scale near the maximum, censored rows taken as observed, from a first scale.

    Outliers of a heavy-tailed law would make least squares a centre and a unit far from those of the fit.
    """
    centre: FloatArray = Z.T @ (prior * response) / np.count_nonzero(prior)
    for _ in range(EM_STEPS):
        weights = prior * weight((response - Z @ centre) / scale)
        gram = Z.T @ (weights[:, None] * Z)
        proposed = cast(FloatArray, np.linalg.lstsq(gram, Z.T @ (weights * response), rcond=None)[0])
        size = float(np.sqrt(weights @ (response - Z @ proposed) ** 2 / prior.sum()))
        if not size > EXACT_SHARE * scale:
            break
        settled = abs(size - scale) < EM_TOLERANCE * scale
        centre, scale = proposed, size
        if settled:
            break
    return centre, scale


def _problem(
    law: ErrorLaw, rows: FloatArray, basis: Basis, events: int, scale_free: bool, shared: bool
) -> Problem:
    """Return the problem of these rows, with the table of products if many fits share it."""
    free = np.ascontiguousarray(rows if scale_free else rows[:, :-1])
    q, p = basis.kept.size, free.shape[1]
    triangle = np.eye(p)
    triangle[:q, :q] = basis.triangle
    table = pair_products(free) if shared and rows.shape[0] <= TABLE_ROWS else None
    return Problem(law, rows, Basis(free, np.arange(p), triangle), events, scale_free, table)


def fit_model(model: Model) -> LocationScaleFit:
    """Return the maximum likelihood fit, or raise when there is none."""
    weights = model.weights[None, :]
    maxima = maximise(model.problem, weights, model.start)
    failure = diagnosis(maxima, 0)
    if failure:
        raise NotEstimableError(failure)
    place = model.problem.evaluate(weights, maxima.at)
    at = maxima.at[0]
    back = model.jacobian(at)
    cov = back @ np.linalg.solve(place.curvature[0], back.T) / model.share
    scale = float(model.scales(maxima.at)[0])
    deaths = float(model.weights[: model.problem.events].sum())
    # `evaluate` has log k where the likelihood has -log sigma = log k - log unit.
    loglik = model.share * (float(place.loglik[0]) - deaths * float(np.log(model.unit)))
    return LocationScaleFit(
        coef=model.coefficients(maxima.at)[0],
        log_scale=float(np.log(scale)),
        kept=model.basis.kept,
        cov=(cov + cov.T) / 2,
        loglik=loglik,
        converged=bool(maxima.converged[0]),
        iterations=int(maxima.iterations[0]),
    )


def diagnosis(maxima: Maxima, r: int) -> str:
    """Say why search r found no maximum; empty if it found one."""
    if maxima.converged[r] or maxima.last_step[r] < STALLED:
        return ""
    return EXACT_FIT if maxima.at[r, -1] > RUNAWAY_SCALE else SEPARATION
