"""What every fit needs: checked arrays, and the rank of a design as R decides it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import qr, solve_triangular

from pymediation.errors import ArgumentError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

QR_ROWS = 65_536  # rows that are factored at a time


@dataclass(frozen=True, slots=True)
class Data:
    """Response (n,), design (n, k), prior weights (n,) and offset (n,), all finite.

    With a `root` L (r, k) the fit is penalised: b'L'Lb / (2 phi) is taken off the log-likelihood.
    """

    y: FloatArray
    X: FloatArray
    weights: FloatArray
    offset: FloatArray
    root: FloatArray | None = None

    def repeated(self, times: NDArray[np.integer]) -> Data:
        """Return the rows that occur in a replicate, their weights multiplied by how often."""
        rows = times > 0
        return Data(
            self.y[rows], self.X[rows], self.weights[rows] * times[rows], self.offset[rows], self.root
        )

    def project(self, z: FloatArray, weights: FloatArray, tolerance: float) -> Projection:
        """Regress z (n,) on the design; a penalty counts as r further rows, of response 0 and weight 1."""
        if self.root is None:
            return project(self.X, z, weights, tolerance)
        r = self.root.shape[0]
        X = np.vstack((self.X, self.root))
        return project(X, np.append(z, np.zeros(r)), np.append(weights, np.ones(r)), tolerance)


@dataclass(frozen=True, slots=True)
class Projection:
    """A weighted least-squares solution: coefficients (k,), 0 where dropped, and the triangular factor."""

    coef: FloatArray
    kept: IntArray
    triangle: FloatArray

    def unscaled_cov(self) -> FloatArray:
        """Return (X'WX)^-1, shape (k, k), NaN in the rows and columns of dropped columns."""
        root = solve_triangular(self.triangle, np.eye(self.kept.size))
        return spread(root @ root.T, self.kept, self.coef.size)


def spread(cov: FloatArray, kept: IntArray, size: int) -> FloatArray:
    """Return a (size, size) matrix with `cov` at the kept positions and NaN elsewhere."""
    full = np.full((size, size), np.nan)
    full[np.ix_(kept, kept)] = cov
    return full


def _vector(name: str, values: ArrayLike | None, n: int, default: float) -> FloatArray:
    """Return `values` as n finite floats, or the default n times."""
    if values is None:
        return np.broadcast_to(default, (n,))
    vector = np.asarray(values, dtype=np.float64)
    if vector.shape != (n,):
        msg = f"{name} must have shape ({n},) like the rows of X, not {vector.shape}"
        raise ArgumentError(msg)
    _require_finite(name, vector)
    return vector


def _root(root: ArrayLike | None, k: int) -> FloatArray | None:
    """Return the root of a penalty as a finite matrix of k columns."""
    if root is None:
        return None
    matrix = np.asarray(root, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[1] != k:
        msg = f"root must be a matrix of {k} columns, one per column of X, not of shape {matrix.shape}"
        raise ArgumentError(msg)
    _require_finite("root", matrix)
    return matrix


def _require_finite(name: str, values: FloatArray) -> None:
    """Raise when there is a NaN or an infinity, naming the first place."""
    if not np.isfinite(values).all():
        where = [int(i) for i in np.argwhere(~np.isfinite(values))[0]]
        place = f"row {where[0]}" + (f", column {where[1]}" if len(where) > 1 else "")
        msg = f"{name} has a value that is not finite in {place}; drop or impute such rows before fitting"
        raise ArgumentError(msg)


def check_data(
    y: ArrayLike,
    X: ArrayLike,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    root: ArrayLike | None = None,
) -> Data:
    """Return the arrays of a fit as floats after checking shapes, finiteness and signs."""
    design = np.asarray(X, dtype=np.float64)
    if design.ndim != 2 or 0 in design.shape:
        msg = f"X must be a matrix with at least one row and one column, not of shape {design.shape}"
        raise ArgumentError(msg)
    _require_finite("X", design)
    n = design.shape[0]
    prior, shift = _vector("weights", weights, n, 1.0), _vector("offset", offset, n, 0.0)
    data = Data(_vector("y", y, n, 0.0), design, prior, shift, _root(root, design.shape[1]))
    if (data.weights < 0).any():
        row = int(np.flatnonzero(data.weights < 0)[0])
        msg = f"weights must be 0 or more; row {row} has {data.weights[row]:g}"
        raise ArgumentError(msg)
    if not data.weights.any():
        msg = "weights are all 0, so that no row is left to fit"
        raise ArgumentError(msg)
    return data


def project(X: FloatArray, z: FloatArray, weights: FloatArray, tolerance: float) -> Projection:
    """Regress z on X by QR; columns nearly spanned by earlier ones are dropped, as R's pivoting does.

    R moves a column to the end when what the columns before it leave of it is shorter than `tolerance`
    times its length. Leaving it out and factoring again comes to the same.
    """
    root = np.sqrt(weights)
    k = X.shape[1]
    kept = np.arange(k)
    while True:
        triangle = _triangle(X, z, root, kept)
        size = min(kept.size, triangle.shape[0])
        lengths = np.linalg.norm(triangle[:, :size], axis=0)
        lengths[lengths == 0] = 1.0
        short = np.flatnonzero(np.abs(triangle.diagonal()[:size]) < tolerance * lengths)
        if short.size == 0:
            break
        kept = np.delete(kept, short[0])
    kept, triangle, rhs = kept[:size], triangle[:size, :size], triangle[:size, -1]
    coef = np.zeros(k)
    coef[kept] = solve_triangular(triangle, rhs)
    return Projection(coef, kept, triangle)


def _triangle(X: FloatArray, z: FloatArray, root: FloatArray, kept: IntArray) -> FloatArray:
    """Return the triangular factor of the kept columns of X and of z, weighted, from those of blocks."""
    parts: list[FloatArray] = []
    for start in range(0, z.size, QR_ROWS):
        rows = slice(start, start + QR_ROWS)
        table = np.column_stack((X[rows][:, kept], z[rows]))
        table *= root[rows, None]
        parts.append(_upper(table))
    return parts[0] if len(parts) == 1 else _upper(np.vstack(parts))


def _upper(table: FloatArray) -> FloatArray:
    """Return the triangular factor of a table, at most as many rows as it has columns."""
    factor: FloatArray = qr(table, mode="r", check_finite=False)[0][: table.shape[1]]
    return factor
