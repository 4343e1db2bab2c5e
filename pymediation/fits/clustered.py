"""Clustered sandwich covariances of least squares with the corrections of single rows: HC0 to HC3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError, NotEstimableError
from pymediation.fits._inputs import spread
from pymediation.fits.linear import LinearFit
from pymediation.fits.robust import LEVERAGE_LIMIT, bread, hat_values

__all__ = ["CLUSTER_TYPES", "ClusterType", "clustered_cov", "clustered_influence"]

FloatArray = NDArray[np.float64]
ClusterType = Literal["HC0", "HC1", "HC2", "HC3"]
CLUSTER_TYPES: tuple[ClusterType, ...] = get_args(ClusterType)

# Power of I - H by which the residuals of a cluster are divided.
_POWER: Final[dict[str, float]] = {"HC2": 0.5, "HC3": 1.0}
# Below, the power series takes the place of a difference that would cancel.
_SMALL = 1e-8


def clustered_cov(
    fit: LinearFit,
    X: ArrayLike,
    codes: ArrayLike,
    type: ClusterType = "HC1",
    *,
    cadjust: bool = True,
    n_clusters: int | None = None,
) -> FloatArray:
    r"""Return a cluster-robust covariance of least-squares coefficients, as R's ``vcovCL``.

    .. math:: a \, C \Big[\sum_g S_g S_g'\Big] C, \qquad S_g = \sum_{i \in g} x_i u_i, \quad C = (X'WX)^{-1}

    with :math:`u = We` for HC0 and HC1 and :math:`u_g = (I - H_g)^{-1/2} W_g e_g` (HC2) or
    :math:`(I - H_g)^{-1} W_g e_g` (HC3), :math:`H_g = X_g C X_g' W_g`. The factor a is
    :math:`G/(G-1)` if `cadjust`, times :math:`(n-1)/(n-k)` for HC1 and :math:`(G-1)/G` for HC2 and HC3.
    With every row a cluster these are the heteroskedasticity-consistent covariances.

    Parameters
    ----------
    fit : LinearFit
        A least-squares fit of n rows and k columns.
    X : array_like, shape (n, k)
        Its design matrix.
    codes : array_like of int, shape (n,)
        Cluster of each row.
    type : {"HC0", "HC1", "HC2", "HC3"}
    cadjust : bool
        Whether to correct for the number of clusters.
    n_clusters : int, optional
        G, where it is more than the clusters that occur (R counts a factor's unused levels).

    Returns
    -------
    ndarray, shape (k, k)
        NaN for aliased columns.

    Raises
    ------
    ArgumentError
        If the type is not known or there is not one cluster per row.
    NotEstimableError
        If there is one cluster only, no more rows than coefficients, or (HC2, HC3) a cluster that determines
        a coefficient alone.

    References
    ----------
    Bell, R. M. and McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression with
    multi-stage samples. Survey Methodology 28, 169-181.

    Zeileis, A., Koell, S. and Graham, N. (2020). Various versatile variances. Journal of Statistical Software
    95(1).

    Examples
    --------
    >>> import numpy as np
    >>> from pymediation.fits import fit_ols
    >>> X = np.ones((4, 1))
    >>> fit = fit_ols([0.0, 2.0, 1.0, 5.0], X)
    >>> [clustered_cov(fit, X, [0, 0, 1, 1], kind).round(4).item() for kind in ("HC0", "HC1", "HC3")]
    [1.0, 1.0, 2.0]
    """
    influence = clustered_influence(fit, X, codes, type, cadjust=cadjust, n_clusters=n_clusters)
    return spread(influence.T @ influence, np.flatnonzero(~fit.aliased), fit.coef.size)


def clustered_influence(
    fit: LinearFit,
    X: ArrayLike,
    codes: ArrayLike,
    type: ClusterType = "HC1",
    *,
    cadjust: bool = True,
    n_clusters: int | None = None,
) -> FloatArray:
    r"""Return what each cluster adds to the coefficients, :math:`\sqrt a\, S_g' C`, shape (G, rank).

    The cross-product is `clustered_cov`; that of two fits to the same rows is their joint covariance.
    Parameters are those of `clustered_cov`; columns are those that are not aliased.
    """
    if type not in CLUSTER_TYPES:
        known = ", ".join(map(repr, CLUSTER_TYPES))
        msg = f"type must be one of {known} for a clustered covariance; got {type!r}."
        raise ArgumentError(msg)
    labels, used = np.asarray(codes), fit.working_weights > 0
    if labels.shape != used.shape:
        msg = f"codes must have shape {used.shape}, one cluster per row, not {labels.shape}"
        raise ArgumentError(msg)
    present, position = np.unique(labels[used], return_inverse=True)
    n, groups = int(used.sum()), n_clusters or present.size
    if present.size < 2 or n <= fit.rank:
        msg = (
            "a cluster-robust covariance needs two clusters and more rows than coefficients; "
            f"there are {present.size} cluster(s), {n} rows and {fit.rank} coefficients"
        )
        raise NotEstimableError(msg)
    design = np.asarray(X, dtype=np.float64)[:, ~fit.aliased][used]
    scores = fit.working_weights[used] * fit.working_residuals[used]
    power = _POWER.get(type)
    if power is not None and present.size == n:
        leverage = _below_one(hat_values(fit, X)[used])
        sums = design * (scores / (1 - leverage) ** power)[:, None]
    else:
        clusters = _Clusters(design, fit.working_weights[used], position, present.size)
        sums = clusters.sums(scores) if power is None else clusters.corrected(scores, bread(fit), power)
    factor = groups / (groups - 1) if cadjust else 1.0
    factor *= {"HC0": 1.0, "HC1": (n - 1) / (n - fit.rank)}.get(type, (groups - 1) / groups)
    return np.sqrt(factor) * (sums @ bread(fit))


@dataclass(frozen=True, slots=True)
class _Clusters:
    """Rows X (n, k) with weights (n,), each in one of G clusters."""

    X: FloatArray
    weights: FloatArray
    position: NDArray[np.intp]
    count: int

    def sums(self, scores: FloatArray) -> FloatArray:
        """Return the sums of x_i u_i over each cluster, shape (G, k)."""
        columns = [np.bincount(self.position, column * scores, self.count) for column in self.X.T]
        return np.stack(columns, axis=1)

    def grams(self, weights: FloatArray | float) -> FloatArray:
        """Return the weighted sums of x_i x_i' over each cluster, shape (G, k, k)."""
        k = self.X.shape[1]
        table = np.empty((self.count, k, k))
        for i, j in zip(*np.triu_indices(k), strict=True):
            table[:, i, j] = np.bincount(self.position, self.X[:, i] * self.X[:, j] * weights, self.count)
            table[:, j, i] = table[:, i, j]
        return table

    def corrected(self, scores: FloatArray, C: FloatArray, power: float) -> FloatArray:
        """Return the sums of x_i u_i with the residuals of each cluster corrected, shape (G, k).

        (I - H_g)^-p = I + X_g P f(P X_g'W_g X_g P) P X_g'W_g with P the root of C and
        f(s) = ((1 - s)^-p - 1) / s: matrices of the size of a cluster are not needed.
        """
        values, vectors = np.linalg.eigh(C)
        root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
        spectrum, basis = np.linalg.eigh(root @ self.grams(self.weights) @ root)
        _below_one(spectrum)
        small = np.abs(spectrum) < _SMALL
        safe = np.where(small, 0.5, spectrum)
        scaling = np.where(small, power, ((1 - safe) ** -power - 1) / safe)
        moved = self.sums(self.weights * scores) @ root
        inner = basis @ (scaling[:, :, None] * (basis.transpose(0, 2, 1) @ moved[:, :, None]))
        return self.sums(scores) + (self.grams(1.0) @ root @ inner)[:, :, 0]


def _below_one(leverage: FloatArray) -> FloatArray:
    """Return leverages of rows or clusters after refusing those of 1."""
    if (leverage > LEVERAGE_LIMIT).any():
        msg = (
            "HC2 and HC3 are not defined: a cluster (or row) determines a coefficient alone. Use type='HC1', "
            "or drop that column."
        )
        raise NotEstimableError(msg)
    return leverage
