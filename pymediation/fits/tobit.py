"""Tobit regression: a normal response cut off at limits, R's ``vglm(..., tobit(Lower, Upper))``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular

from pymediation.errors import ArgumentError, NotEstimableError, did_you_mean
from pymediation.fits._inputs import Data, check_data
from pymediation.fits.error_laws import GAUSSIAN
from pymediation.fits.location_scale import LocationScaleFit, Sample, fit_model, prepare
from pymediation.fits.replicates import Basis, orthogonal_basis
from pymediation.fits.survival_replicates import SurvivalReplicates, refit_model
from pymediation.fits.tobit_scoring import (
    EPSILON,
    MAXIT,
    RANK_TOLERANCE,
    Limits,
    Scored,
    assemble_information,
    expected_information,
    score_tobit,
    status_of,
)

__all__ = [
    "TobitFit",
    "TobitMethod",
    "censored_mean",
    "check_limits",
    "clipped_mean",
    "fit_tobit",
    "fit_tobit_replicates",
]

FloatArray = NDArray[np.float64]
TobitMethod = Literal["R", "newton"]
TOBIT_METHODS: tuple[TobitMethod, ...] = get_args(TobitMethod)


@dataclass(frozen=True, slots=True)
class TobitFit:
    """A fitted tobit model of k columns.

    Attributes
    ----------
    coef : ndarray, shape (k,)
        Coefficients of the uncensored mean.
    log_sd : float
        Logarithm of the standard deviation.
    cov : ndarray, shape (k + 1, k + 1)
        Inverse of the expected information in the order of `parameters`.
    lower, upper : float
        The limits.
    loglik : float
        Log-likelihood.
    linear_predictor : ndarray, shape (n,)
        Uncensored means.
    converged : bool
        Whether the iterations met their criterion.
    iterations : int
        Steps taken.
    """

    coef: FloatArray
    log_sd: float
    cov: FloatArray
    lower: float
    upper: float
    loglik: float
    linear_predictor: FloatArray
    converged: bool
    iterations: int

    @property
    def aliased(self) -> NDArray[np.bool_]:
        """Columns left out: none, designs of lower rank are refused."""
        return np.zeros(self.coef.size, dtype=bool)

    @property
    def sd(self) -> float:
        """Standard deviation of the uncensored response."""
        return float(np.exp(self.log_sd))

    @property
    def parameters(self) -> FloatArray:
        """First coefficient, log sd, the other coefficients: VGAM's order, shape (k + 1,)."""
        return _vgam_order(np.append(self.coef, self.log_sd))


def fit_tobit(
    y: ArrayLike,
    X: ArrayLike,
    lower: float = -np.inf,
    upper: float = np.inf,
    weights: ArrayLike | None = None,
    *,
    method: TobitMethod = "R",
    names: Sequence[str] | None = None,
) -> TobitFit:
    r"""Fit a tobit model, as R's ``vglm(y ~ x, tobit(Lower, Upper))`` or to the last digits.

    For :math:`y_i = \min(\max(x_i'b + \sigma W_i, L), U)`, W standard normal, it maximises

    .. math:: \sum_{L < y_i < U} w_i \log\frac{f(z_i)}{\sigma} + \sum_{y_i \le L} w_i \log\Phi(z_i)
              + \sum_{y_i \ge U} w_i \log(1 - \Phi(z_i)), \qquad z_i = \frac{y_i - x_i'b}{\sigma}

    Parameters
    ----------
    y : array_like, shape (n,)
        Response; values at or beyond a limit are censored there.
    X : array_like, shape (n, k)
        Design matrix of full rank, its intercept the first column.
    lower, upper : float
        The limits L and U, infinite by default. (VGAM's own default for the lower one is 0.)
    weights : array_like, shape (n,), optional
        Prior weights, 0 or more; 1 by default. Rows of weight 0 count nowhere.
    method : {"R", "newton"}
        ``"R"`` takes VGAM's Fisher scoring steps and stops where it stops, 1e-7 to 1e-4 from the maximum,
        with the covariance of its last step. ``"newton"`` goes to the maximum and takes the expected
        information there.
    names : sequence of str, optional
        Names of the columns of X, for messages.

    Returns
    -------
    TobitFit

    Raises
    ------
    ArgumentError
        If shapes disagree, a value is not finite, the limits are not in order, or the method is not known.
    NotEstimableError
        If columns are collinear, all responses are censored, or the likelihood has no maximum.

    Notes
    -----
    VGAM 1.1-7 takes the information between mean and scale to be 0 if one limit is infinite, unless the
    limits are 0 and infinity, and has two signs of it wrong if both are finite. This leads to the same
    maximum, but to a wrong covariance. ``"R"`` repeats it; ``"newton"`` has the right one. With the limits 0
    and infinity, or none, both are right.

    References
    ----------
    Tobin, J. (1958). Estimation of relationships for limited dependent variables. Econometrica 26, 24-36.

    Amemiya, T. (1973). Regression analysis when the dependent variable is truncated normal. Econometrica 41,
    997-1016.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.column_stack([np.ones(6), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]])
    >>> fit = fit_tobit([0.0, 0.0, 0.4, 2.1, 1.8, 3.2], X, lower=0.0, method="newton")
    >>> fit.coef.round(4).tolist(), round(fit.sd, 4)
    ([-1.2429, 0.8808], 0.4136)
    """
    if method not in TOBIT_METHODS:
        msg = f"method must be 'R' or 'newton', not {method!r}.{did_you_mean(method, TOBIT_METHODS)}"
        raise ArgumentError(msg)
    data, limits = _check_tobit(y, X, lower, upper, weights)
    used = data.weights > 0
    rows = Data(data.y[used], data.X[used], data.weights[used], data.offset[used])
    basis = orthogonal_basis(rows, RANK_TOLERANCE)
    _require_full_rank(basis, data.X.shape[1], names)
    # Also before scoring, which would stop somewhere on the way when there is no maximum.
    maximum = fit_model(prepare(Sample(GAUSSIAN, rows, status_of(rows.y, limits), None)))
    end = _at_maximum(rows, basis, limits, maximum)
    if method == "R":
        end = score_tobit(rows, basis, limits, MAXIT, EPSILON)
    coef = basis.coefficients(end.gamma[None, :], data.X.shape[1])[0]
    return TobitFit(
        coef=coef,
        log_sd=end.log_sd,
        cov=_vgam_order(_vgam_order(_in_columns(basis, end.inverse)).T),
        lower=limits.lower,
        upper=limits.upper,
        loglik=end.loglik,
        linear_predictor=data.X @ coef,
        converged=end.converged,
        iterations=end.iterations,
    )


def _at_maximum(rows: Data, basis: Basis, limits: Limits, fit: LocationScaleFit) -> Scored:
    """Return the maximum, with the expected information there, in the form in which scoring ends."""
    entries = expected_information(limits, rows.X @ fit.coef, float(np.exp(fit.log_scale)))
    inverse = cast(FloatArray, np.linalg.inv(assemble_information(basis.Z, rows.weights, entries)))
    gamma = basis.triangle @ fit.coef[basis.kept]
    return Scored(gamma, fit.log_scale, inverse, fit.loglik, fit.converged, fit.iterations)


def _check_tobit(
    y: ArrayLike, X: ArrayLike, lower: float, upper: float, weights: ArrayLike | None
) -> tuple[Data, Limits]:
    """Return the checked arrays, the response brought to the limits where it lies beyond, and the limits."""
    data = check_data(y, X, weights)
    limits = check_limits(lower, upper)
    return Data(np.clip(data.y, limits.lower, limits.upper), data.X, data.weights, data.offset), limits


def check_limits(lower: float, upper: float) -> Limits:
    """Return the limits of a response, two numbers in order, possibly infinite."""
    if np.ndim(lower) != 0 or np.ndim(upper) != 0:
        msg = f"lower and upper must be one number each, the same for all rows; got {lower!r} and {upper!r}"
        raise ArgumentError(msg)
    if not lower < upper:
        msg = f"lower must be below upper; they are {lower!r} and {upper!r}"
        raise ArgumentError(msg)
    return Limits(float(lower), float(upper))


def _require_full_rank(basis: Basis, k: int, names: Sequence[str] | None) -> None:
    """Raise, as VGAM does, when columns are collinear."""
    if basis.kept.size < k:
        dropped = np.setdiff1d(np.arange(k), basis.kept)
        places = ", ".join(str(j) if names is None else repr(names[j]) for j in dropped)
        msg = f"column(s) {places} of X are spanned by earlier ones; drop them from the tobit model"
        raise NotEstimableError(msg)


def _in_columns(basis: Basis, inverse: FloatArray) -> FloatArray:
    """Return the covariance of the coefficients of X and log sd from that of the basis' coefficients."""
    q = basis.kept.size
    back = np.eye(q + 1)
    back[:q, :q] = solve_triangular(basis.triangle, np.eye(q))
    cov: FloatArray = back @ inverse @ back.T
    return (cov + cov.T) / 2


def _vgam_order(values: FloatArray) -> FloatArray:
    """Bring the last entry of the first axis to the second place."""
    return np.concatenate((values[:1], values[-1:], values[1:-1]))


def fit_tobit_replicates(
    y: ArrayLike,
    X: ArrayLike,
    counts: ArrayLike,
    lower: float = -np.inf,
    upper: float = np.inf,
    weights: ArrayLike | None = None,
    *,
    level_columns: ArrayLike | None = None,
) -> SurvivalReplicates:
    """Refit a tobit model to R resamples given by counts; see :func:`fit_tobit`.

    Every replicate is at its maximum to the last digits, as with ``method="newton"``.

    Parameters
    ----------
    y : array_like, shape (n,)
        Response.
    X : array_like, shape (n, k)
        Design matrix.
    counts : array_like of int, shape (R, n)
        How often each row occurs in each replicate.
    lower, upper : float
        The limits.
    weights : array_like, shape (n,), optional
        Prior weights.
    level_columns : array_like of bool, shape (k,), optional
        Columns of factor levels: a replicate in which one vanishes has failed, because its fit cannot
        predict that level. Other columns that vanish are aliased. By default all columns count as such.

    Returns
    -------
    SurvivalReplicates
        `scale` is the standard deviation.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If an argument is not accepted by :func:`fit_tobit`, or counts are not whole numbers.
    NotEstimableError
        If all responses are censored, or X fits them exactly.

    References
    ----------
    Efron, B. (1981). Censored data and the bootstrap. Journal of the American Statistical Association 76,
    312-319.

    Examples
    --------
    >>> import numpy as np
    >>> counts = np.array([[1, 1, 1, 1], [2, 0, 1, 1]])
    >>> fits = fit_tobit_replicates([0.0, 1.0, 4.0, 2.0], np.ones((4, 1)), counts, lower=0.0)
    >>> fits.coef[:, 0].round(4).tolist(), fits.scale.round(4).tolist()
    ([1.4816, 0.3784], [1.8822, 2.9774])
    """
    data, limits = _check_tobit(y, X, lower, upper, weights)
    return refit_model(Sample(GAUSSIAN, data, status_of(data.y, limits), None), counts, level_columns)


def clipped_mean(eta: ArrayLike, lower: float, upper: float) -> Any:
    """Return the uncensored mean, cut off at the limits: what R's ``mediate`` takes a tobit outcome for.

    Parameters
    ----------
    eta : array_like
        Linear predictors.
    lower, upper : float
        The limits.

    Returns
    -------
    ndarray
        Of the shape of `eta`.

    Examples
    --------
    >>> clipped_mean([-1.0, 0.5], 0.0, np.inf).tolist()
    [0.0, 0.5]
    """
    return np.clip(eta, lower, upper)


def censored_mean(eta: ArrayLike, sd: ArrayLike, lower: float, upper: float) -> Any:
    r"""Return the mean of the response that is observed, limits included.

    .. math:: E \min(\max(\eta + \sigma W, L), U) = \eta + \sigma G(a) - \sigma G(-b), \qquad
              G(z) = z \Phi(z) + f(z)

    with :math:`a = (L - \eta)/\sigma` and :math:`b = (U - \eta)/\sigma`.

    Parameters
    ----------
    eta, sd : array_like
        Linear predictors and standard deviations, of shapes that go together.
    lower, upper : float
        The limits.

    Returns
    -------
    ndarray
        Of the shape that `eta` and `sd` broadcast to.

    References
    ----------
    Amemiya, T. (1973). Regression analysis when the dependent variable is truncated normal. Econometrica 41,
    997-1016.

    Examples
    --------
    >>> censored_mean([-1.0, 0.5], 1.0, 0.0, np.inf).round(4).tolist()
    [0.0833, 0.6978]
    """
    mean, spread = np.asarray(eta, dtype=np.float64), np.asarray(sd, dtype=np.float64)
    total = mean + 0.0 * spread
    # G(z) is the mean of the part of W below z that is cut off: z - E min(W, z).
    if lower > -np.inf:
        a = (lower - mean) / spread
        total = total + spread * (a - GAUSSIAN.capped(a))
    if upper < np.inf:
        b = (mean - upper) / spread
        total = total - spread * (b - GAUSSIAN.capped(b))
    return total
