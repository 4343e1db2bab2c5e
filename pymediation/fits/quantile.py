"""Quantile regression with R's numbers: one fit, and the covariance of its coefficients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import qr, solve_triangular
from scipy.special import ndtri

from pymediation.errors import ArgumentError, NotEstimableError
from pymediation.fits._inputs import check_data, project
from pymediation.fits.quantile_vertex import Vertex, find_vertex

__all__ = ["QuantileFit", "bandwidth", "fit_quantile", "nid_cov"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

RANK_TOLERANCE = 1e-7  # columns shorter than this share of their length make R call the design singular
ZERO_RESIDUAL = 1e-12  # share of the largest response below which a residual is rounding
ZERO_GAIN = 1e-9  # slopes of the loss, per unit of a residual, below which it counts as flat
ROOT_EPSILON = float(np.sqrt(np.finfo(float).eps))


@dataclass(frozen=True, slots=True, eq=False)
class QuantileFit:
    """A fitted quantile regression of n rows and k columns.

    Attributes
    ----------
    coef : ndarray, shape (k,)
        Coefficients.
    tau : float
        The quantile.
    basis : ndarray of int, shape (k,)
        Rows that are fitted exactly and determine the coefficients.
    objective : float
        Weighted sum of the asymmetric absolute residuals.
    unique : bool
        Whether no other coefficients have the same objective. Where others do, these are R's.
    converged : bool
        Whether the vertex was proved to be optimal.
    residuals : ndarray, shape (n,)
        Responses less fitted quantiles.
    rank : int
        Number of columns; designs of lower rank are refused, as in R.
    """

    coef: FloatArray
    tau: float
    basis: IntArray
    objective: float
    unique: bool
    converged: bool
    residuals: FloatArray
    rank: int

    @property
    def aliased(self) -> NDArray[np.bool_]:
        """Columns left out: none, designs of lower rank are refused."""
        return np.zeros(self.coef.size, dtype=bool)


def fit_quantile(
    y: ArrayLike, X: ArrayLike, tau: float = 0.5, weights: ArrayLike | None = None
) -> QuantileFit:
    r"""Fit a linear quantile regression exactly, as R's ``rq``.

    .. math:: \hat\beta = \arg\min_b \sum_i w_i \rho_\tau(y_i - x_i'b), \qquad
              \rho_\tau(u) = u\,(\tau - 1[u < 0])

    Parameters
    ----------
    y : array_like, shape (n,)
        Response.
    X : array_like, shape (n, k)
        Design matrix, its intercept column included.
    tau : float, optional
        Quantile, between 0 and 1.
    weights : array_like, shape (n,), optional
        Prior weights, 0 or more; 1 by default.

    Returns
    -------
    QuantileFit

    Raises
    ------
    ArgumentError
        If `tau` is not inside (0, 1), shapes disagree, a value is not finite, or weights are negative or
        all zero.
    NotEstimableError
        If columns of X are linearly dependent.

    References
    ----------
    Koenker, R. and Bassett, G. (1978). Regression quantiles. Econometrica 46, 33-50.
    Koenker, R. and d'Orey, V. (1987). Computing regression quantiles. Applied Statistics 36, 383-393.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(6.0)
    >>> fit = fit_quantile([0.0, 1.1, 1.9, 3.2, 40.0, 5.1], np.column_stack([np.ones(6), x]))
    >>> fit.coef.round(4).tolist(), fit.basis.tolist(), fit.unique
    ([0.0, 1.0667], [0, 3], True)
    """
    data = check_data(y, X, weights)
    level = check_level(tau)
    scaled_y, scaled_X = data.weights * data.y, data.weights[:, None] * data.X
    vertex = vertex_or_raise(scaled_y, scaled_X, level)
    residuals = data.y - data.X @ vertex.coef
    residuals[vertex.basis] = 0.0
    return QuantileFit(
        coef=vertex.coef,
        tau=level,
        basis=vertex.basis,
        objective=float(np.sum(data.weights * residuals * (level - (residuals < 0)))),
        unique=is_unique(scaled_y, scaled_X, vertex.basis, level),
        converged=vertex.optimal,
        residuals=residuals,
        rank=data.X.shape[1],
    )


def vertex_or_raise(y: FloatArray, X: FloatArray, tau: float) -> Vertex:
    """Return R's vertex, or raise when X has not full rank."""
    _require_full_rank(X)
    vertex = find_vertex(y, X, tau)
    if vertex is None:
        msg = "the design is singular to working precision; rescale or drop columns of X"
        raise NotEstimableError(msg)
    return vertex


def check_level(tau: float) -> float:
    """Return tau as a float after checking that it is inside (0, 1)."""
    level = float(tau)
    if not 0 < level < 1:
        msg = f"tau must be a quantile between 0 and 1, both excluded, not {tau!r}"
        raise ArgumentError(msg)
    return level


def _require_full_rank(X: FloatArray) -> None:
    """Raise, naming them, when columns depend on earlier ones, which R calls a singular design."""
    kept = project(X, np.zeros(X.shape[0]), np.ones(X.shape[0]), RANK_TOLERANCE).kept
    if kept.size < X.shape[1]:
        dropped = ", ".join(str(j) for j in range(X.shape[1]) if j not in kept)
        msg = (
            f"column(s) {dropped} of X depend linearly on the others; quantile regression needs them dropped"
        )
        raise NotEstimableError(msg)


def is_unique(y: FloatArray, X: FloatArray, basis: IntArray, tau: float, counts: ArrayLike = 1) -> bool:
    """Say whether the loss rises in every direction from the optimal vertex given by its basis.

    That is so when the slopes of the rows off the fit can be balanced by slopes strictly between tau - 1 and
    tau in the rows on it.
    """
    times = np.broadcast_to(np.asarray(counts, dtype=np.float64), y.shape)
    residuals = y - X @ np.linalg.solve(X[basis], y[basis])
    on_fit = np.abs(residuals) <= ZERO_RESIDUAL * np.abs(y).max()
    on_fit[basis] = True
    slopes = times * (tau - (residuals < 0))
    rest = -(slopes[~on_fit] @ X[~on_fit])
    used = on_fit & (times > 0) & X.any(axis=1)
    rows, which = np.unique(X[used], axis=0, return_inverse=True)
    total: FloatArray = np.bincount(which.ravel(), times[used]).astype(np.float64)
    if rows.shape[0] == basis.size:
        balance = np.linalg.solve(rows.T, rest) / total
        return bool(np.all((balance > tau - 1 + ZERO_GAIN) & (balance < tau - ZERO_GAIN)))
    return _largest_slack(rows, total, rest, tau) > ZERO_GAIN


def _largest_slack(rows: FloatArray, total: FloatArray, rest: FloatArray, tau: float) -> float:
    """Return how far inside their limits the slopes that balance `rest` can be kept."""
    from scipy.optimize import linprog

    m, k = rows.shape
    limits = np.vstack((np.column_stack((np.eye(m), np.ones(m))), np.column_stack((-np.eye(m), np.ones(m)))))
    solution = linprog(
        np.append(np.zeros(m), -1.0),
        A_ub=limits,
        b_ub=np.repeat([tau, 1 - tau], m),
        A_eq=np.column_stack(((rows * total[:, None]).T, np.zeros(k))),
        b_eq=rest,
        bounds=(None, None),
    )
    return float(solution.x[-1]) if solution.status == 0 else 0.0


def bandwidth(tau: float, n: int) -> float:
    r"""Return the bandwidth of Hall and Sheather, halved until it fits.

    .. math:: h = n^{-1/3} z_{.975}^{2/3} \left(\frac{1.5\,\phi(z_\tau)^2}{2 z_\tau^2 + 1}\right)^{1/3}

    Parameters
    ----------
    tau : float
        Quantile.
    n : int
        Number of rows.

    Returns
    -------
    float
        :math:`h`, halved until :math:`\tau \pm h` are inside [0, 1].

    References
    ----------
    Hall, P. and Sheather, S. (1988). On the distribution of a studentized quantile. Journal of the Royal
    Statistical Society B 50, 381-391.

    Examples
    --------
    >>> round(bandwidth(0.5, 100), 4), round(bandwidth(0.1, 100), 4)
    (0.2093, 0.0745)
    """
    z = ndtri(tau)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    h = float(n ** (-1 / 3) * ndtri(0.975) ** (2 / 3) * (1.5 * density**2 / (2 * z**2 + 1)) ** (1 / 3))
    while tau - h < 0 or tau + h > 1:
        h /= 2
    return h


def nid_cov(y: ArrayLike, X: ArrayLike, tau: float = 0.5, weights: ArrayLike | None = None) -> FloatArray:
    r"""Return the covariance of quantile regression coefficients for errors that are not identical.

    .. math:: \tau (1 - \tau) (X'FX)^{-1} X'X (X'FX)^{-1}, \qquad
              F_{ii} = \max\{0,\; 2h / (x_i'(\hat\beta_{\tau+h} - \hat\beta_{\tau-h}) - \sqrt\epsilon)\}

    where h is the bandwidth of Hall and Sheather (:func:`bandwidth`) and :math:`\epsilon` the precision of
    floats; with weights, X stands for the rows multiplied by them. These are the numbers of R's
    ``summary(rq, se = "nid")``.

    Parameters
    ----------
    y, X, tau, weights
        As for :func:`fit_quantile`.

    Returns
    -------
    ndarray, shape (k, k)

    Raises
    ------
    ArgumentError, NotEstimableError
        As for :func:`fit_quantile`; also if the fitted quantiles coincide or cross in so many rows that
        the matrix cannot be inverted.

    References
    ----------
    Hendricks, W. and Koenker, R. (1992). Hierarchical spline models for conditional quantiles and the demand
    for electricity. Journal of the American Statistical Association 87, 58-68.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([1.0, 2.0, 4.0, 5.0, 9.0, 2.5, 3.5, 6.0])
    >>> nid_cov(y, np.ones((8, 1))).round(4).tolist()
    [[2.1188]]
    """
    data = check_data(y, X, weights)
    level = check_level(tau)
    h = bandwidth(level, data.y.size)
    rows = data.weights[:, None] * data.X
    low, high = (vertex_or_raise(data.weights * data.y, rows, side).coef for side in (level - h, level + h))
    density = np.maximum(0.0, 2 * h / (rows @ (high - low) - ROOT_EPSILON))
    triangle = qr(np.sqrt(density)[:, None] * rows, mode="r", check_finite=False)[0][: rows.shape[1]]
    diagonal = np.abs(triangle.diagonal())
    if diagonal.min() <= RANK_TOLERANCE**2 * diagonal.max():
        msg = (
            f"the density of y at quantile {level:g} cannot be estimated: the fits at {level - h:.4g} and "
            f"{level + h:.4g} coincide or cross in too many rows; use the bootstrap"
        )
        raise NotEstimableError(msg)
    # R's order of operations: on long columns far from 0 another loses other digits.
    root = solve_triangular(triangle, np.eye(rows.shape[1]))
    inverse = root @ root.T
    cov: FloatArray = level * (1 - level) * inverse @ (rows.T @ rows) @ inverse
    return cov
