"""Generalised linear models by Fisher scoring along R's own path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError, NotEstimableError
from pymediation.families import Family
from pymediation.fits._inputs import Data, Projection, check_data
from pymediation.fits.linear import LinearFit

__all__ = ["fit_glm"]

FloatArray = NDArray[np.float64]

EPS = float(np.finfo(np.float64).eps)
MAXIT = 25
EPSILON = 1e-8


@dataclass(frozen=True, slots=True)
class Point:
    """Where the iterations stand: coefficients (k,), or None before the first step, and what follows."""

    coef: FloatArray | None
    eta: FloatArray
    mu: FloatArray
    deviance: float


@dataclass(frozen=True, slots=True)
class Step:
    """One weighted least-squares step: its solution and its weights (n,)."""

    solution: Projection
    weights: FloatArray


@dataclass(frozen=True, slots=True)
class Path:
    """The end of the iterations."""

    point: Point
    step: Step
    iterations: int
    converged: bool


def column_tolerance(epsilon: float) -> float:
    """Return the share of its length below which R's glm calls what is left of a column nothing."""
    return min(1e-7, epsilon / 1000)


def fit_glm(
    y: ArrayLike,
    X: ArrayLike,
    family: Family,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    *,
    maxit: int = MAXIT,
    epsilon: float = EPSILON,
    start: ArrayLike | None = None,
    root: ArrayLike | None = None,
) -> LinearFit:
    r"""Fit a generalised linear model as R's ``glm`` does, stopping where R stops.

    Each step regresses :math:`z = \eta - o + (y - \mu) / m` on X with weights :math:`W = w m^2 / V(\mu)`,
    :math:`m = d\mu / d\eta`, until :math:`|D - D_{old}| / (|D| + 0.1) < \epsilon` for the deviance D.
    R stops short of the maximum and takes the covariance from the last step's weights, so a fit
    driven to convergence has other digits: up to 1e-6 in the coefficients, 1e-3 in the covariance.

    Parameters
    ----------
    y : array_like, shape (n,)
        Response on the scale of the mean; proportions for binomial data, `weights` being the trials.
    X : array_like, shape (n, k)
        Design matrix, its intercept column included.
    family : Family
        Distribution and link.
    weights : array_like, shape (n,), optional
        Prior weights, 0 or more; 1 by default.
    offset : array_like, shape (n,), optional
        Known part of the linear predictor; 0 by default.
    maxit : int
        Largest number of steps.
    epsilon : float
        Convergence criterion.
    start : array_like, shape (k,), optional
        Coefficients to start from; the family's starting means by default.
    root : array_like, shape (r, k), optional
        L of a quadratic penalty: each step then solves :math:`(X'WX + L'L) b = X'Wz`. Degrees of freedom
        count columns all the same; see :mod:`pymediation.fits.additive` for effective ones.

    Returns
    -------
    LinearFit

    Raises
    ------
    ArgumentError
        If shapes disagree, a value is not finite, or a response is impossible under the family.
    NotEstimableError
        If there are no valid starting values or a step cannot be brought back into the model's domain.

    References
    ----------
    McCullagh, P. and Nelder, J. A. (1989). Generalized Linear Models, 2nd ed. Chapman and Hall.

    Examples
    --------
    >>> import numpy as np
    >>> from pymediation.families import get_family
    >>> X = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    >>> fit = fit_glm([0, 0, 1, 0, 1, 1], X, get_family("binomial"))
    >>> fit.coef.round(4).tolist(), fit.iterations
    ([-0.6931, 1.3863], 4)
    """
    data = check_data(y, X, weights, offset, root)
    family.check_response(data.y)
    if maxit < 1 or not epsilon > 0:
        msg = f"maxit must be 1 or more and epsilon above 0, not {maxit!r} and {epsilon!r}"
        raise ArgumentError(msg)
    first = _from_coef(data, family, start) if start is not None else starting_point(data, family)
    path = score(data, family, first, maxit, epsilon)
    return _result(data, family, path)


def starting_point(data: Data, family: Family) -> Point:
    """Return the point of R's starting means."""
    with np.errstate(divide="ignore", invalid="ignore"):
        eta = np.asarray(family.link.link(family.start_mean(data.y, data.weights)), dtype=np.float64)
    if not np.isfinite(eta).all():
        row = int(np.flatnonzero(~np.isfinite(eta))[0])
        msg = (
            f"there are no starting values for the {family.name} family with the {family.link.name} link: "
            f"the response {data.y[row]:g} of row {row} has no image under the link; pass start="
        )
        raise NotEstimableError(msg)
    return _checked_start(data, family, None, eta)


def _from_coef(data: Data, family: Family, start: ArrayLike) -> Point:
    """Return the point of given coefficients."""
    coef = np.asarray(start, dtype=np.float64)
    if coef.shape != (data.X.shape[1],) or not np.isfinite(coef).all():
        msg = f"start must be {data.X.shape[1]} finite coefficients, one per column of X, not {start!r}"
        raise ArgumentError(msg)
    return _checked_start(data, family, coef, data.X @ coef + data.offset)


def _checked_start(data: Data, family: Family, coef: FloatArray | None, eta: FloatArray) -> Point:
    """Return a starting point, or raise when it lies outside the model's domain."""
    point = _at(data, family, coef, eta)
    if not _in_domain(family, point):
        msg = (
            f"the starting values leave the domain of the {family.name} family with the {family.link.name} "
            "link; pass start= with coefficients whose means are possible, or use another link"
        )
        raise NotEstimableError(msg)
    return point


def _at(data: Data, family: Family, coef: FloatArray | None, eta: FloatArray) -> Point:
    """Evaluate means and deviance at a linear predictor."""
    mu = family.link.inverse(eta)
    return Point(coef, eta, mu, float(np.sum(family.unit_deviance(data.y, mu, data.weights))))


def _in_domain(family: Family, point: Point) -> bool:
    """Test whether predictors and means are all allowed."""
    return bool(family.valid_eta(point.eta) and family.valid_mean(point.mu))


def score(data: Data, family: Family, first: Point, maxit: int = MAXIT, epsilon: float = EPSILON) -> Path:
    """Iterate from `first` until the deviance settles or `maxit` steps are taken."""
    point, settled, iteration = first, False, 0
    while not settled and iteration < maxit:
        iteration += 1
        step = _step(data, family, point, column_tolerance(epsilon))
        coef = step.solution.coef
        proposed = _at(data, family, coef, data.X @ coef + data.offset)
        reached = _brought_back(data, family, proposed, point.coef, maxit)
        settled = abs(reached.deviance - point.deviance) / (abs(reached.deviance) + 0.1) < epsilon
        point = reached
    return Path(point, step, iteration, settled)


def _step(data: Data, family: Family, point: Point, tolerance: float) -> Step:
    """Take one weighted least-squares step from a point."""
    slope = family.link.derivative(point.eta)
    variance = family.variance(point.mu)
    used = data.weights > 0
    if not (np.isfinite(slope[used]).all() and (variance[used] > 0).all()):
        msg = f"the {family.name} model reaches means of zero or undefined variance; the fit cannot go on"
        raise NotEstimableError(msg)
    used &= slope != 0
    weights, working = np.zeros_like(slope), np.zeros_like(slope)
    weights[used] = data.weights[used] * slope[used] ** 2 / variance[used]
    working[used] = (point.eta - data.offset)[used] + (data.y - point.mu)[used] / slope[used]
    if not (used.any() and np.isfinite(weights).all() and np.isfinite(working).all()):
        msg = (
            f"no row of the {family.name} model is informative at one of its iterations; the fit cannot go on"
        )
        raise NotEstimableError(msg)
    return Step(data.project(working, weights, tolerance), weights)


def _brought_back(data: Data, family: Family, proposed: Point, old: FloatArray | None, maxit: int) -> Point:
    """Average with the old coefficients until the deviance is finite and the domain is kept."""
    halvings = 0
    point = proposed
    while not (np.isfinite(point.deviance) and _in_domain(family, point)):
        halvings += 1
        if old is None or point.coef is None or halvings > maxit:
            msg = (
                f"no valid coefficients were found for the {family.name} model with the {family.link.name} "
                "link: a step leaves the model's domain and cannot be shortened enough; pass start= or use "
                "another link"
            )
            raise NotEstimableError(msg)
        coef = (point.coef + old) / 2
        point = _at(data, family, coef, data.X @ coef + data.offset)
    return point


def working_residuals(family: Family, y: FloatArray, eta: FloatArray, mu: FloatArray) -> Any:
    """Return (y - mu) / (dmu/deta)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return (y - mu) / family.link.derivative(eta)


def pearson(weights: FloatArray, residuals: FloatArray, df_residual: int) -> float:
    """Return the sum of W r^2 over the residual degrees of freedom, NaN without any."""
    if df_residual <= 0:
        return float("nan")
    used = weights > 0
    return float(np.sum(weights[used] * residuals[used] ** 2) / df_residual)


def is_separated(family: Family, mu: FloatArray) -> bool:
    """Test for fitted probabilities at 0 or 1, or rates at 0, where R warns."""
    near = 10 * EPS
    if family.name == "binomial":
        return bool(((mu > 1 - near) | (mu < near)).any())
    return family.name == "poisson" and bool((mu < near).any())


def _result(data: Data, family: Family, path: Path) -> LinearFit:
    """Put the end of the iterations into the common result."""
    solution, point = path.step.solution, path.point
    aliased = np.ones(data.X.shape[1], dtype=bool)
    aliased[solution.kept] = False
    df_residual = int(np.count_nonzero(data.weights)) - solution.kept.size
    residuals = working_residuals(family, data.y, point.eta, point.mu)
    known = family.dispersion_known
    return LinearFit(
        coef=np.where(aliased, np.nan, np.asarray(point.coef)),
        unscaled_cov=solution.unscaled_cov(),
        dispersion=1.0 if known else pearson(path.step.weights, residuals, df_residual),
        df_residual=df_residual,
        rank=solution.kept.size,
        converged=path.converged,
        iterations=path.iterations,
        deviance=point.deviance,
        working_weights=path.step.weights,
        working_residuals=residuals,
        fitted=point.mu,
        linear_predictor=point.eta,
        aliased=aliased,
        separation=is_separated(family, point.mu),
    )
