"""The covariance of coefficients by group as a function of free parameters, and maximisation over these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

__all__ = ["CovarianceShape", "Minimum", "minimise"]

FloatArray = NDArray[np.float64]
Objective = Callable[[FloatArray], tuple[float, FloatArray]]

# A standard deviation this small beside the residual one is 0 if the likelihood does not mind.
_VANISHING = 1e-3
_INDIFFERENT = 1e-6
_NEWTON_STEPS = 20
# Standard deviations, relative to the start, that a search may begin at.
_SCALES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
_STEP = 1e-5
_GRADIENT = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class CovarianceShape:
    """Which entries of the lower-triangular factor of the D x D covariance are free.

    Attributes
    ----------
    rows, columns : ndarray of int, shape (q,)
        Their places, column by column within blocks, as in R's lme4.
    size : int
        D.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    size: int

    @classmethod
    def of_blocks(cls, sizes: tuple[int, ...]) -> CovarianceShape:
        """Return the shape of blocks of columns whose coefficients are correlated with each other."""
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.intp)
        places = [
            (start + i, start + j)
            for start, d in zip(starts, sizes, strict=True)
            for j in range(d)
            for i in range(j, d)
        ]
        rows, columns = np.array(places, dtype=np.intp).T
        return cls(rows, columns, int(sum(sizes)))

    @property
    def start(self) -> FloatArray:
        """The identity, where R's search starts."""
        return np.asarray(self.rows == self.columns, dtype=np.float64)

    @property
    def diagonal(self) -> NDArray[np.bool_]:
        """Which parameters are on the diagonal: standard deviations given those before them."""
        return self.rows == self.columns

    def factor(self, theta: FloatArray) -> FloatArray:
        """Return the factor, shape (D, D)."""
        factor = np.zeros((self.size, self.size))
        factor[self.rows, self.columns] = theta
        return factor

    def oriented(self, theta: FloatArray) -> FloatArray:
        """Return the parameters of the same covariance with a diagonal that is not negative, as R's."""
        signs = np.ones(self.size)
        signs[self.columns[self.diagonal]] = np.where(theta[self.diagonal] < 0, -1.0, 1.0)
        return np.asarray(theta * signs[self.columns])

    def free(self, matrix: FloatArray) -> FloatArray:
        """Return the entries of a matrix that belong to the parameters."""
        return matrix[self.rows, self.columns]


@dataclass(frozen=True, slots=True, eq=False)
class Minimum:
    """Where an objective is smallest.

    Attributes
    ----------
    at : ndarray, shape (q,)
    value : float
    converged : bool
        Whether the gradient vanishes there, but for standard deviations of 0.
    """

    at: FloatArray
    value: float
    converged: bool


def minimise(
    objective: Objective, start: FloatArray, spreads: NDArray[np.bool_], tolerance: float = _GRADIENT
) -> Minimum:
    """Minimise a smooth function, some of whose parameters are standard deviations up to their sign.

    Parameters
    ----------
    objective : callable
        Value and gradient.
    start : ndarray, shape (q,)
    spreads : ndarray of bool, shape (q,)
        Standard deviations. The function does not change if one changes its sign with the correlations that
        belong to it; so it may have no slope at 0 though 0 is no minimum. They are set to 0 where it is no
        larger there.
    tolerance : float
        Largest gradient, relative to the function, at which the search has converged.

    Notes
    -----
    A quasi-Newton search comes near, Newton's steps go on to full convergence.
    """
    at = _searched(objective, _best_scale(objective, start, spreads))
    at = _away_from_zero(objective, at, spreads)
    for k in np.flatnonzero(spreads & (np.abs(at) < _VANISHING)):
        without = at.copy()
        without[k] = 0.0
        if objective(without)[0] <= objective(at)[0] + _INDIFFERENT:
            at = without
    free = ~(spreads & (at == 0))
    at = _polished(objective, at, free, tolerance)
    value, gradient = objective(at)
    return Minimum(
        at, value, bool(np.max(np.abs(gradient[free]), initial=0.0) <= 1e3 * tolerance * (1 + abs(value)))
    )


def _best_scale(objective: Objective, start: FloatArray, spreads: NDArray[np.bool_]) -> FloatArray:
    """Return the start with all standard deviations multiplied by the best of some numbers."""
    scaled = [np.where(spreads, scale * start, start) for scale in _SCALES]
    values = [objective(at)[0] for at in scaled]
    return scaled[int(np.nanargmin(values))]


def _away_from_zero(objective: Objective, at: FloatArray, spreads: NDArray[np.bool_]) -> FloatArray:
    """Search again from where the function is smaller than at a standard deviation of 0, if it is."""
    for k in np.flatnonzero(spreads & (np.abs(at) < _VANISHING)):
        near = []
        for scale in _SCALES:
            moved = at.copy()
            moved[k] = scale
            near.append(moved)
        values = [objective(moved)[0] for moved in near]
        best = int(np.nanargmin(values))
        if values[best] < objective(at)[0]:
            at = _searched(objective, near[best])
    return at


def _searched(objective: Objective, start: FloatArray) -> FloatArray:
    """Return where a quasi-Newton search ends."""
    options = {"ftol": 1e-15, "gtol": 1e-8, "maxiter": 500, "maxcor": 20}
    return np.asarray(minimize(objective, start, jac=True, method="L-BFGS-B", options=options).x)


def _polished(objective: Objective, at: FloatArray, free: NDArray[np.bool_], tolerance: float) -> FloatArray:
    """Take Newton's steps in the free parameters while the gradient gets smaller."""
    if not free.any():
        return at
    value, gradient = objective(at)
    size = np.max(np.abs(gradient[free]))
    for _ in range(_NEWTON_STEPS):
        if size <= tolerance * (1 + abs(value)) * 1e-3:
            break
        curvature = hessian(objective, at, free)
        try:
            step = np.linalg.solve(curvature, gradient[free])
        except np.linalg.LinAlgError:
            break
        new = at.copy()
        new[free] -= step
        new_value, new_gradient = objective(new)
        new_size = np.max(np.abs(new_gradient[free]))
        if not (np.isfinite(new_value) and new_size < size):
            break
        at, value, gradient, size = new, new_value, new_gradient, new_size
    return at


def hessian(objective: Objective, at: FloatArray, free: NDArray[np.bool_], step: float = _STEP) -> FloatArray:
    """Return second derivatives in the free parameters, by central differences of the gradient."""
    places = np.flatnonzero(free)
    rows = []
    for k in places:
        width = step * max(1.0, abs(at[k]))
        ends = []
        for sign in (1, -1):
            moved = at.copy()
            moved[k] += sign * width
            ends.append(objective(moved)[1][free])
        rows.append((ends[0] - ends[1]) / (2 * width))
    matrix = np.array(rows)
    return (matrix + matrix.T) / 2
