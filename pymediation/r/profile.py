"""Profile-likelihood confidence intervals of generalised linear models."""

from __future__ import annotations

import numpy as np

from pymediation.errors import NotEstimableError
from pymediation.fits import fit_glm
from pymediation.rmodels.view import FitView, Floats

__all__ = ["profile_interval"]

_MOST_STEPS = 10
_GRID_PER_POINT = 3  # R interpolates its traces on three times as many points as were profiled


def profile_interval(view: FitView, column: int, level: float) -> tuple[float, float]:
    r"""Return the limits at which the signed root of the deviance difference meets the normal quantile.

    The trace :math:`\tau(b) = \mathrm{sign}(b - \hat b) \sqrt{(D(b) - \hat D) / \hat\phi}` is computed at
    steps of a fifth of its range, as R does, and interpolated by a cubic spline.

    Parameters
    ----------
    view : FitView
        The fit.
    column : int
        Position of a coefficient that is not aliased.
    level : float
        Confidence level.

    Returns
    -------
    tuple of float
        Lower and upper limit; NaN where the trace does not reach the quantile.

    References
    ----------
    Venables, W. N. and Ripley, B. D. (2002). Modern Applied Statistics with S, 4th ed., section 8.4.
    """
    from scipy.special import ndtri

    values, roots = _trace(view, column, _furthest_root(view, (1 - level) / 4))
    grid, smooth = _interpolated(values, roots)
    if not np.all(np.diff(smooth) > 0):
        order = np.argsort(smooth)
        grid, smooth = grid[order], smooth[order]
    tails = ndtri([(1 - level) / 2, 1 - (1 - level) / 2])
    lower, upper = np.interp(tails, smooth, grid, left=np.nan, right=np.nan)
    return float(lower), float(upper)


def _furthest_root(view: FitView, alpha: float) -> float:
    """Return how far out the trace has to be followed."""
    from scipy.special import chdtri, fdtri

    if view.family.dispersion_known:
        return float(np.sqrt(chdtri(1, alpha)))
    return float(np.sqrt(fdtri(1, view.fit.df_residual, 1 - alpha)))


def _trace(view: FitView, column: int, furthest: float) -> tuple[Floats, Floats]:
    """Return values of the coefficient, increasing, and the signed roots there."""
    estimate = float(view.fit.coef[column])
    step = furthest / 5 * float(np.sqrt(view.fit.cov[column, column]))
    points = [(estimate, 0.0)]
    for sign in (-1, 1):
        for count in range(1, _MOST_STEPS):
            value = estimate + sign * count * step
            root = sign * _root(view, column, value)
            points.append((value, root))
            if abs(root) >= furthest:
                break
    trace = np.array(sorted(points))
    return trace[:, 0], trace[:, 1]


def _root(view: FitView, column: int, value: float) -> float:
    """Return the root of the deviance difference with one coefficient held at a value."""
    others = ~view.fit.aliased
    others[column] = False
    held = view.X[:, column] * value
    offset = held if view.offset is None else held + view.offset
    if others.any():
        X = view.X[:, others]
        deviance = fit_glm(view.y, X, view.family, weights=view.weights, offset=offset).deviance
    else:
        mean = view.family.link.inverse(offset)
        deviance = float(np.sum(view.family.unit_deviance(view.y, mean, view.prior_weights)))
    difference = (deviance - view.fit.deviance) / view.fit.dispersion
    if difference < -1e-3:
        raise NotEstimableError("Profiling found a better fit than the model itself: it had not converged.")
    return float(np.sqrt(max(difference, 0.0)))


def _interpolated(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return a fine grid and the cubic spline of Forsythe, Malcolm and Moler on it."""
    from scipy.interpolate import CubicSpline

    grid = np.linspace(x[0], x[-1], _GRID_PER_POINT * x.size)
    if x.size < 4:
        return grid, np.asarray(CubicSpline(x, y)(grid))
    curvature = _curvature(x, y)
    spline = CubicSpline(x, y, bc_type=((2, curvature[0]), (2, curvature[-1])))
    return grid, np.asarray(spline(grid))


def _curvature(x: Floats, y: Floats) -> Floats:
    """Return second derivatives at the knots; the outer cubics have the third derivative of four points."""
    h, n = np.diff(x), x.size
    slope = np.diff(y) / h
    system, right = np.zeros((n, n)), np.zeros(n)
    inner = np.arange(1, n - 1)
    system[inner, inner - 1], system[inner, inner + 1] = h[:-1], h[1:]
    system[inner, inner] = 2 * (h[:-1] + h[1:])
    right[inner] = 6 * np.diff(slope)
    system[0, :2], right[0] = (-1, 1), 6 * h[0] * _third_difference(x[:4], y[:4])
    system[-1, -2:], right[-1] = (-1, 1), 6 * h[-1] * _third_difference(x[-4:], y[-4:])
    return np.asarray(np.linalg.solve(system, right), dtype=np.float64)


def _third_difference(x: Floats, y: Floats) -> float:
    """Return the third divided difference of four points."""
    return float(sum(y[i] / np.prod([x[i] - x[j] for j in range(4) if j != i]) for i in range(4)))
