"""The results of a tobit regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from pymediation.errors import ArgumentError, did_you_mean
from pymediation.fits.tobit import TobitFit, censored_mean, clipped_mean

if TYPE_CHECKING:
    from statsmodels.iolib.summary import Summary

    from pymediation.tobit import Tobit

__all__ = ["TobitPrediction", "TobitResults"]

TobitPrediction = Literal["latent", "clipped", "censored_mean"]
_PREDICTIONS: Final[tuple[TobitPrediction, ...]] = get_args(TobitPrediction)
_LOG_SD: Final = "log(sd)"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TobitResults:
    """A fitted tobit regression; :func:`pymediation.mediate` takes it as outcome model.

    Attributes
    ----------
    model : Tobit
    estimates : TobitFit of pymediation.fits.tobit
        The estimates as arrays.
    """

    model: Tobit
    estimates: TobitFit

    @property
    def params(self) -> pd.Series:
        """The k coefficients, then the logarithm of the standard deviation."""
        return pd.Series(np.append(self.estimates.coef, self.estimates.log_sd), index=self._names)

    @property
    def sd(self) -> float:
        """Standard deviation of the response before it is cut off."""
        return self.estimates.sd

    def cov_params(self) -> pd.DataFrame:
        """Return the covariance of `params`: the inverse of the expected information."""
        k = self.estimates.coef.size
        order = np.array([0, *range(2, k + 1), 1])
        cov = self.estimates.cov[np.ix_(order, order)]
        return pd.DataFrame(cov, index=self._names, columns=self._names)

    @property
    def bse(self) -> pd.Series:
        """Standard errors of `params`."""
        return pd.Series(np.sqrt(np.diag(self.cov_params())), index=self._names)

    @property
    def tvalues(self) -> pd.Series:
        """Estimates divided by their standard errors."""
        return self.params / self.bse

    @property
    def pvalues(self) -> pd.Series:
        """Two-sided p-values of `tvalues`, from the normal distribution."""
        return pd.Series(2 * ndtr(-np.abs(self.tvalues.to_numpy())), index=self._names)

    def conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """Return normal intervals for `params`.

        Parameters
        ----------
        alpha : float
            One less the level.

        Returns
        -------
        DataFrame, shape (k + 1, 2)
            Columns 0 (lower) and 1 (upper), as statsmodels has them.
        """
        if not 0 < alpha < 1:
            raise ArgumentError(f"alpha must lie between 0 and 1, such as 0.05; got {alpha!r}.")
        reach = ndtri(1 - alpha / 2) * self.bse
        return pd.DataFrame({0: self.params - reach, 1: self.params + reach})

    @property
    def nobs(self) -> int:
        """Number of rows."""
        return self.model.nobs

    @property
    def n_censored(self) -> tuple[int, int]:
        """Number of responses at the lower and at the upper limit."""
        y = self.model.endog
        return int(np.sum(y <= self.model.lower)), int(np.sum(y >= self.model.upper))

    @property
    def df_resid(self) -> int:
        """Number of rows less the number of parameters."""
        return self.nobs - len(self._names)

    @property
    def llf(self) -> float:
        """Log-likelihood at the estimates."""
        return self.estimates.loglik

    @property
    def aic(self) -> float:
        """Akaike's criterion, the standard deviation counted as a parameter."""
        return -2 * self.llf + 2 * len(self._names)

    @property
    def bic(self) -> float:
        """Schwarz's criterion, the standard deviation counted as a parameter."""
        return float(-2 * self.llf + np.log(self.nobs) * len(self._names))

    @property
    def converged(self) -> bool:
        """Whether the iterations met their criterion."""
        return self.estimates.converged

    @property
    def fittedvalues(self) -> pd.Series:
        """Means of the response before it is cut off."""
        return self.predict()

    def predict(self, exog: Any = None, which: TobitPrediction = "latent") -> pd.Series:
        r"""Predict.

        Parameters
        ----------
        exog : DataFrame or array_like, m rows, optional
            Rows with the variables of the formula; without a formula, the k regressors. Default: the rows of
            the fit.
        which : {"latent", "clipped", "censored_mean"}
            Mean before the response is cut off, :math:`x'\beta`; the same, cut off at the limits (what R's
            ``mediate`` reports); or the mean of the observed response,
            :math:`E\min(\max(x'\beta + \sigma W, L), U)`.

        Returns
        -------
        Series, shape (m,)
            On the index of `exog`; NaN where a variable is missing.

        Raises
        ------
        ArgumentError
            There is no such prediction.
        """
        if which not in _PREDICTIONS:
            known = ", ".join(map(repr, _PREDICTIONS))
            msg = f"which must be one of {known}; got {which!r}.{did_you_mean(str(which), _PREDICTIONS)}"
            raise ArgumentError(msg)
        latent = pd.Series(self.linear.predict(exog))
        if exog is None and self.model.data.row_labels is not None:
            latent.index = self.model.data.row_labels
        limits = self.model.lower, self.model.upper
        values = {
            "latent": lambda: latent.to_numpy(),
            "clipped": lambda: clipped_mean(latent, *limits),
            "censored_mean": lambda: censored_mean(latent, self.sd, *limits),
        }[which]()
        return pd.Series(values, index=latent.index)

    @property
    def linear(self) -> Any:
        r"""The coefficients as a result of statsmodels that predicts :math:`x'\beta`."""
        from statsmodels.base.model import Results

        return Results(self.model.linear, self.estimates.coef)

    def summary(self, alpha: float = 0.05) -> Summary:
        """Return tables of the fit, as text, HTML or LaTeX.

        Parameters
        ----------
        alpha : float
            One less the level of the intervals.

        Returns
        -------
        statsmodels Summary
        """
        from statsmodels.iolib.summary import Summary, summary_params

        model, (below, above) = self.model, self.n_censored
        left = {
            "Dep. Variable:": model.endog_names,
            "Model:": f"Tobit, {model.lower:g} to {model.upper:g}",
            "Method:": "Maximum likelihood",
            "Converged:": str(self.converged),
            "No. Iterations:": str(self.estimates.iterations),
        }
        right = {
            "No. Observations:": str(self.nobs),
            "At the limits:": f"{below} below, {above} above",
            "Log-Likelihood:": f"{self.llf:.4f}",
            "AIC:": f"{self.aic:.4f}",
            "BIC:": f"{self.bic:.4f}",
        }
        columns = (self.params, self.bse, self.tvalues, self.pvalues, self.conf_int(alpha))
        table = summary_params(
            (self, *(np.asarray(column) for column in columns)),
            yname=model.endog_names,
            xname=list(self._names),
            alpha=alpha,
            use_t=False,
        )
        summary = Summary()
        gleft, gright = ([(name, [text]) for name, text in part.items()] for part in (left, right))
        names = {"yname": model.endog_names, "xname": list(self._names)}
        summary.add_table_2cols(self, title="Tobit Regression Results", gleft=gleft, gright=gright, **names)
        summary.tables.append(table)
        return summary

    @property
    def _names(self) -> tuple[str, ...]:
        """Names of `params`."""
        return (*self.model.exog_names, _LOG_SD)

    def __repr__(self) -> str:
        """Show the model and its parameters."""
        return f"{self.model!r}\n{self.params.to_string()}\n.summary() prints tables"
