"""Tobit regression as a class of its own, in the manner of statsmodels."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pymediation.columns import plain
from pymediation.errors import ArgumentError, UnknownNameError, did_you_mean, estimating
from pymediation.fits.tobit import check_limits, fit_tobit
from pymediation.tobit_results import TobitResults

__all__ = ["Tobit"]

FloatArray = NDArray[np.float64]


class Tobit:
    r"""Tobit regression: a normal response that is cut off at limits, by maximum likelihood.

    .. math:: y_i = \min(\max(x_i'\beta + \sigma W_i, L), U), \qquad W_i \sim N(0, 1)

    Responses at a limit are censored there: the uncensored response lies at the limit or beyond.

    Parameters
    ----------
    endog : array_like, shape (n,)
        Response, between the limits.
    exog : array_like, shape (n, k)
        Regressors. A constant is not added; :func:`statsmodels.api.add_constant` does so.
    lower, upper : float
        The limits L and U, in the units of the response; ``-numpy.inf`` and ``numpy.inf`` for none.
    weights : array_like, shape (n,), optional
        Weights of the log-likelihood, 0 or more; 1 by default.

    Raises
    ------
    ArgumentError
        The limits are not two numbers in order, a response lies beyond one, or a value is missing.

    See Also
    --------
    pymediation.r.vglm : the same model in R's spelling, with R's digits.

    References
    ----------
    Tobin, J. (1958). Estimation of relationships for limited dependent variables. Econometrica 26, 24-36.

    Examples
    --------
    >>> import pymediation as pm
    >>> jobs = pm.datasets.load_jobs()
    >>> model = pm.Tobit.from_formula("job_seek ~ treat + econ_hard", jobs, lower=1, upper=5)
    >>> fit = model.fit()
    >>> fit.params.round(3).to_dict()
    {'Intercept': 3.845, 'treat': 0.085, 'econ_hard': 0.067, 'log(sd)': -0.189}
    >>> fit.predict(jobs.head(2), which="censored_mean").round(3).tolist()
    [4.068, 4.106]
    """

    def __init__(
        self,
        endog: ArrayLike,
        exog: ArrayLike,
        lower: float = 0.0,
        upper: float = np.inf,
        weights: ArrayLike | None = None,
    ) -> None:
        from statsmodels.regression.linear_model import WLS
        from statsmodels.tools.sm_exceptions import MissingDataError

        try:
            linear = WLS(endog, exog, weights=_checked(weights))
        except MissingDataError as error:
            msg = (
                f"A tobit model needs complete rows; statsmodels says: {error}. Drop rows with missing or "
                "infinite values, or use Tobit.from_formula(), which leaves out missing ones."
            )
            raise ArgumentError(msg) from error
        self._take(linear, lower, upper)

    @classmethod
    def from_formula(
        cls,
        formula: str,
        data: pd.DataFrame,
        lower: float = 0.0,
        upper: float = np.inf,
        weights: ArrayLike | str | None = None,
    ) -> Self:
        """Make the model from a formula, read as statsmodels reads it.

        Parameters
        ----------
        formula : str
            Such as ``"y ~ x + C(group)"``.
        data : DataFrame
            Rows with missing values are left out.
        lower, upper : float
            The limits.
        weights : array_like, shape (n,), or str, optional
            A value per row of `data`, or the name of a column.

        Returns
        -------
        Tobit

        Raises
        ------
        ArgumentError
            The limits are not two numbers in order, or a response lies beyond one.
        UnknownNameError
            The column of weights does not exist.

        Examples
        --------
        >>> import pandas as pd
        >>> data = pd.DataFrame({"y": [0, 0, 1.2, 0.7, 2.5, 1.9], "x": [0, 1, 2, 3, 4, 5]})
        >>> Tobit.from_formula("y ~ x", data)
        Tobit('y', ['Intercept', 'x'], lower=0, upper=inf), 6 rows
        """
        from statsmodels.regression.linear_model import WLS

        given = _column(weights, data) if isinstance(weights, str) else weights
        model = cls.__new__(cls)
        # Depth of the frame whose variables the formula may name: that of the caller.
        linear = WLS.from_formula(formula, data, weights=_checked(given), eval_env=2)
        model._take(linear, lower, upper)
        return model

    def _take(self, linear: Any, lower: float, upper: float) -> None:
        """Keep the regression that holds the data, and the limits."""
        limits = check_limits(lower, upper)
        self.linear, self.lower, self.upper = linear, limits.lower, limits.upper
        self._refuse_beyond()

    def _refuse_beyond(self) -> None:
        """Refuse responses beyond the limits."""
        for name, limit, beyond in (
            ("lower", self.lower, self.endog < self.lower),
            ("upper", self.upper, self.endog > self.upper),
        ):
            if not beyond.any():
                continue
            first = int(np.argmax(beyond))
            labels = self.data.row_labels
            row = first if labels is None else plain(labels[first])
            msg = (
                f"{int(beyond.sum())} of {self.nobs} responses {self.endog_names!r} lie beyond {name}="
                f"{limit:g} (the first in row {row!r}: {self.endog[first]:g}). A tobit response equals the "
                f"limit where it is cut off. Give another limit, or clip the response if the values beyond "
                "stand for the limit."
            )
            raise ArgumentError(msg)

    @property
    def data(self) -> Any:
        """The data as statsmodels keeps them."""
        return self.linear.data

    @property
    def endog(self) -> FloatArray:
        """Response, shape (n,)."""
        return np.asarray(self.linear.endog, dtype=np.float64)

    @property
    def exog(self) -> FloatArray:
        """Regressors, shape (n, k)."""
        return np.asarray(self.linear.exog, dtype=np.float64)

    @property
    def weights(self) -> FloatArray:
        """Weights, shape (n,)."""
        return np.broadcast_to(np.asarray(self.linear.weights, dtype=np.float64), self.endog.shape)

    @property
    def endog_names(self) -> str:
        """Name of the response."""
        return str(self.linear.endog_names)

    @property
    def exog_names(self) -> list[str]:
        """Names of the k regressors."""
        return [str(name) for name in self.linear.exog_names]

    @property
    def nobs(self) -> int:
        """Number of rows."""
        return int(self.endog.size)

    def fit(self) -> TobitResults:
        """Maximise the likelihood.

        Returns
        -------
        TobitResults

        Raises
        ------
        ArgumentError
            A value is missing or infinite, or a weight negative.
        NotEstimableError
            Columns are collinear, all responses are censored, or the likelihood has no maximum.
        """
        with estimating(f"The Tobit model of {self.endog_names!r}"):
            estimates = fit_tobit(
                *(self.endog, self.exog, self.lower, self.upper, self.weights),
                method="newton",
                names=self.exog_names,
            )
        return TobitResults(self, estimates)

    def __repr__(self) -> str:
        """Show names, limits and size."""
        return (
            f"Tobit({self.endog_names!r}, {self.exog_names!r}, lower={self.lower:g}, upper={self.upper:g}), "
            f"{self.nobs} rows"
        )


def _column(name: str, data: pd.DataFrame) -> pd.Series:
    """Return the column of weights."""
    if name not in data:
        known = [str(column) for column in data.columns]
        msg = f"weights={name!r} is not a column of data, which has {', '.join(map(repr, known))}."
        raise UnknownNameError(msg + did_you_mean(name, known))
    return data[name]


def _checked(weights: Any) -> Any:
    """Return weights as statsmodels takes them: 1 where none are given, none of them negative."""
    if weights is None:
        return 1.0
    values = np.asarray(weights, dtype=np.float64)
    if np.any(values < 0):
        raise ArgumentError(f"weights must be 0 or more; the smallest is {np.nanmin(values):g}.")
    return weights
