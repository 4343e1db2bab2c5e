"""Which standard errors two-stage least squares takes, and the clusters behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.compat import CompatLedger
from pymediation.errors import ArgumentError
from pymediation.fits import LinearFit
from pymediation.fits.clustered import ClusterType, clustered_cov, clustered_influence
from pymediation.fits.robust import bread
from pymediation.instruments.two_stage_bootstrap import Clusters
from pymediation.setting.options import codes_of, row_values
from pymediation.setting.pairing import Pair
from pymediation.warn import warn

__all__ = ["Errors", "Groups", "Request", "choose_errors", "read_groups"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """Checked arguments; names and meanings are those of ``mediate_tsls``."""

    conf_level: float
    robustSE: bool
    cluster: Any
    boot: bool
    sims: int
    est_se: bool
    type: ClusterType | None
    cadjust: bool
    residuals: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The clusters of n rows; every row is its own where none were given.

    Attributes
    ----------
    codes : ndarray of int, shape (n,)
    count : int
        Number of clusters.
    labels : ndarray or None
        As given; None where none were.
    """

    codes: NDArray[np.intp]
    count: int
    labels: NDArray[Any] | None

    @property
    def words(self) -> str:
        """What one is called."""
        return "rows" if self.labels is None else f"{self.count} clusters"

    def drawable(self, positions: NDArray[np.intp], ledger: CompatLedger) -> Clusters:
        """Return what the bootstrap resamples.

        Parameters
        ----------
        positions : ndarray of int, shape (n,)
            Rows of the data that the models use. R takes the first n in their place.
        ledger : CompatLedger
        """
        rows = np.arange(positions.size)
        if not np.array_equal(positions, rows) and ledger.follow_r("tsls-missing-rows"):
            place = np.full(max(int(positions.max()) + 1, positions.size), -1)
            place[positions] = rows
            rows = place[: positions.size]
        return Clusters(self.codes, rows, self.count)


@dataclass(frozen=True, slots=True, eq=False)
class Errors:
    """How covariances of the two stages are computed: classical, or clustered (by rows: robust).

    Attributes
    ----------
    groups : Groups or None
        None: classical.
    type : {"HC0", "HC1", "HC2", "HC3"}
    cadjust : bool
    words : str
        The same in words.
    """

    groups: Groups | None
    type: ClusterType
    cadjust: bool
    words: str

    def covariance(self, fit: LinearFit, X: FloatArray) -> FloatArray:
        """Return the covariance of the coefficients of a fit with the design X."""
        if self.groups is None:
            return fit.cov
        groups = self.groups
        return clustered_cov(fit, X, groups.codes, self.type, cadjust=self.cadjust, n_clusters=groups.count)

    def between(self, first: LinearFit, X1: FloatArray, second: LinearFit, X2: FloatArray) -> FloatArray:
        """Return the covariance between the coefficients of two fits to the same rows, shape (k1, k2)."""
        if self.groups is None:
            weights = first.working_weights
            products = float(np.sum(weights * first.working_residuals * second.working_residuals))
            shared = products / np.sqrt(first.df_residual * second.df_residual)
            crossed = bread(first) @ ((X1[:, ~first.aliased] * weights[:, None]).T @ X2[:, ~second.aliased])
            inner = shared * crossed @ bread(second)
        else:
            parts = [
                clustered_influence(
                    fit, X, self.groups.codes, self.type, cadjust=self.cadjust, n_clusters=self.groups.count
                )
                for fit, X in ((first, X1), (second, X2))
            ]
            inner = parts[0].T @ parts[1]
        between = np.full((first.coef.size, second.coef.size), np.nan)
        between[np.ix_(~first.aliased, ~second.aliased)] = inner
        return between


def read_groups(request: Request, pair: Pair, ledger: CompatLedger) -> Groups:
    """Return the clusters of the rows used."""
    if request.cluster is None:
        return Groups(np.arange(pair.outcome.n), pair.outcome.n, None)
    labels = row_values(request.cluster, "cluster", pair)
    codes, count = codes_of(labels, "cluster"), int(labels.nunique())
    if count < 2:
        msg = f"cluster has one value only ({labels.iloc[0]!r}); errors need at least two clusters."
        raise ArgumentError(msg)
    levels = len(labels.cat.categories) if isinstance(labels.dtype, pd.CategoricalDtype) else count
    if levels > count and ledger.follow_r("tsls-empty-clusters"):
        codes, count = labels.cat.codes.to_numpy().astype(np.intp), levels
    return Groups(codes, count, np.asarray(labels))


def choose_errors(request: Request, groups: Groups, ledger: CompatLedger, pair: Pair) -> Errors:
    """Choose the standard errors that were asked for.

    Parameters
    ----------
    request : Request
    groups : Groups
    ledger : CompatLedger
        R takes robust ones always.
    pair : Pair
        Models that were fitted with a covariance of their own are warned about: it is not used.
    """
    kind = request.type or "HC1"
    analytic = request.est_se and not request.boot
    clustered = groups.labels is not None
    robust = request.robustSE or (not clustered and analytic and ledger.follow_r("tsls-robust"))
    for model in (pair.mediator, pair.outcome):
        if model.covariance is not None:
            warn(
                f"The {model.role} model was fitted with cov_type={model.cov_type!r}, which mediate_tsls() "
                "does not use. Set robustSE=True or cluster=."
            )
    if analytic and (clustered or robust):
        how = f"clustered, {groups.count} clusters" if clustered else "heteroskedasticity-robust"
        return Errors(groups, kind, request.cadjust, f"{how} ({kind})")
    if request.type is not None or not request.cadjust:
        warn("type= and cadjust= are ignored without robustSE=True or cluster=, and with boot=True.")
    return Errors(None, kind, request.cadjust, "classical")
