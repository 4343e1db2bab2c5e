"""Fits of ``lmer`` and ``glmer``, and the functions that only mixed models have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pymediation.columns import codes_in, label_text
from pymediation.errors import ArgumentError, ArgumentTypeError, DataMismatchError
from pymediation.families import Family
from pymediation.fits.mixed import MixedModelFit
from pymediation.fits.mixed_rows import saturated_loglik
from pymediation.rmodels.model_methods import FormulaFit, check_level, chosen_names, limit_names, on_rows
from pymediation.rmodels.prediction import new_rows
from pymediation.rmodels.rows import DialectRows, Floats
from pymediation.rows import Grouping

__all__ = ["GlmerFit", "LmerFit", "MixedModel", "VarCorr", "VarCorrTable", "fixef", "isSingular", "ranef"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MixedModel(FormulaFit):
    """A fitted mixed model of n rows in J groups.

    Attributes
    ----------
    rows : DialectRows
        What it was fitted to; ``rows.grouping`` has the groups.
    fit : MixedModelFit
        The estimates.
    family : Family
        Distribution and link.
    data_name : str
        What the caller calls the data.
    """

    rows: DialectRows
    fit: MixedModelFit
    family: Family
    data_name: str

    @property
    def grouping(self) -> Grouping:
        """The groups, and the columns with coefficients by group."""
        if self.rows.grouping is None:  # pragma: no cover - read_rows has seen to it
            raise TypeError
        return self.rows.grouping

    @property
    def n_parameters(self) -> int:
        """Number of parameters that Akaike's criterion counts."""
        return self.fit.n_parameters

    @property
    def cond_sd(self) -> pd.DataFrame:
        """Conditional standard deviations of the coefficients by group, shape (J, D)."""
        return self._by_group(self.fit.cond_sd)

    def fixef(self) -> pd.Series:
        """Return the fixed effects."""
        return pd.Series(self.fit.coef, index=list(self.rows.design.names))

    def ranef(self) -> dict[str, pd.DataFrame]:
        """Return the conditional modes of the coefficients by group."""
        return {self.grouping.name: self._by_group(self.fit.modes)}

    def coef(self) -> Any:
        """Return the coefficients of each group: fixed effects plus conditional modes."""
        modes, fixed = self.ranef()[self.grouping.name], self.fixef()
        names = [*fixed.index, *(name for name in modes.columns if name not in fixed.index)]
        table = {name: fixed.get(name, 0.0) + modes.get(name, pd.Series(0.0, modes.index)) for name in names}
        return {self.grouping.name: pd.DataFrame(table)}

    def vcov(self) -> pd.DataFrame:
        """Return the covariance of the fixed effects."""
        names = list(self.rows.design.names)
        return pd.DataFrame(self.fit.cov, index=names, columns=names)

    def varcorr(self) -> VarCorrTable:
        """Return the covariance of the coefficients by group."""
        names = list(self.grouping.design.names)
        covariance = pd.DataFrame(self.fit.varcorr, index=names, columns=names)
        residual = self.fit.sigma if self.family.name == "gaussian" else None
        return VarCorrTable(self.grouping.name, covariance, self.grouping.blocks, residual)

    def confint(self, parm: Any = None, level: float = 0.95) -> pd.DataFrame:
        """Return intervals of the fixed effects from the normal quantile, R's ``method="Wald"``."""
        from scipy.special import ndtri

        check_level(level)
        names = chosen_names(list(self.rows.design.names), parm)
        half = float(ndtri((1 + level) / 2)) * pd.Series(
            np.sqrt(np.diag(self.fit.cov)), self.rows.design.names
        )
        ends = np.column_stack([self.fixef() - half, self.fixef() + half])
        return pd.DataFrame(ends, index=list(self.rows.design.names), columns=limit_names(level)).loc[names]

    def nobs(self) -> int:
        """Return the number of rows."""
        return self.rows.n

    def sigma(self) -> float:
        """Return the residual standard deviation, 1 for families without one."""
        return self.fit.sigma

    def df_residual(self) -> int:
        """Return the number of rows less that of parameters."""
        return self.rows.n - self.n_parameters

    def fitted(self) -> pd.Series:
        """Return the means of the rows, given their groups."""
        return on_rows(self.rows, np.asarray(self.family.link.inverse(self._eta(None, groups=True))))

    def predict(
        self, newdata: pd.DataFrame | None = None, type: str | None = None, re_form: Any = None
    ) -> pd.Series:
        """Predict rows of data with the variables of the formula.

        Parameters
        ----------
        newdata : DataFrame, m rows, optional
            Default: the rows of the fit.
        type : {"link", "response"}
            Linear predictor (default) or mean.
        re_form : optional
            None: with the coefficients of each row's group; anything else (R's ``NA``, ``"~0"``): without.

        Raises
        ------
        DataMismatchError
            A group that the fit has not seen.
        """
        if type not in (None, "link", "response"):
            raise ArgumentError(f"`type` must be 'link' or 'response', not {type!r}.")
        eta = self._eta(newdata, groups=re_form is None)
        values = np.asarray(self.family.link.inverse(eta)) if type == "response" else eta
        return pd.Series(values, index=self.rows.index if newdata is None else newdata.index)

    def _eta(self, newdata: pd.DataFrame | None, *, groups: bool) -> Floats:
        """Return linear predictors."""
        grouping = self.grouping
        if newdata is None:
            X, Z, codes = self.rows.X, grouping.Z, grouping.codes
            offset = np.zeros(self.rows.n) if self.rows.offset is None else self.rows.offset
        else:
            X, offset = new_rows(self.rows, newdata)
            Z, codes = (
                grouping.design.matrix(newdata),
                self._codes(newdata) if groups else np.zeros(0, np.intp),
            )
        eta = X @ self.fit.coef + offset
        return eta + np.sum(Z * self.fit.modes[codes], axis=1) if groups else eta

    def _codes(self, newdata: pd.DataFrame) -> np.ndarray:
        """Return the group of each new row."""
        codes = codes_in(newdata[self.grouping.name], self.grouping.levels)
        if (codes < 0).any():
            label = label_text(newdata[self.grouping.name].iloc[int(np.argmin(codes))])
            msg = f"The fit has no group {label!r} of {self.grouping.name!r}; re_form=R.NA leaves groups out."
            raise DataMismatchError(msg)
        return codes

    def _by_group(self, values: Floats) -> pd.DataFrame:
        """Return values as a table of groups and columns."""
        labels = [label_text(level) for level in self.grouping.levels]
        return pd.DataFrame(values, index=labels, columns=list(self.grouping.design.names))

    def _deviance_residuals(self) -> Floats:
        """Return each row's signed root of the deviance, given its group."""
        mu = self.fitted().to_numpy()
        w = np.ones_like(mu) if self.rows.prior_weights is None else self.rows.prior_weights
        share = np.asarray(self.family.unit_deviance(self.rows.y, mu, w))
        return np.sqrt(np.maximum(share, 0.0)) * np.where(self.rows.y > mu, 1.0, -1.0)

    def residuals(self, type: str | None = None) -> pd.Series:
        """Return residuals: ``"response"`` (default of lmer), ``"pearson"``, ``"deviance"`` (of glmer)."""
        kinds = ("response", "pearson", "deviance")
        chosen = type or ("response" if self.family.name == "gaussian" else "deviance")
        if chosen not in kinds:
            raise ArgumentError(f"`type` must be one of {', '.join(kinds)}, not {type!r}.")
        if chosen == "deviance":
            return on_rows(self.rows, self._deviance_residuals())
        mu = self.fitted().to_numpy()
        raw = self.rows.y - mu
        if chosen == "pearson":
            w = np.ones_like(mu) if self.rows.prior_weights is None else self.rows.prior_weights
            raw = raw * np.sqrt(w / self.family.variance(mu))
        return on_rows(self.rows, raw)

    def summary(self) -> Any:
        """Return the summary, which prints R's text."""
        from pymediation.rmodels.mixed_summary import summarize_mixed

        return summarize_mixed(self)

    def __str__(self) -> str:
        """Return R's text."""
        from pymediation.rmodels.mixed_summary import mixed_text

        return mixed_text(self)

    __repr__ = __str__


class LmerFit(MixedModel):
    """A fit of ``lmer``; see `MixedModel`."""

    __slots__ = ()

    def logLik(self) -> float:
        """Return the log-likelihood, restricted if the fit is."""
        return self.fit.loglik

    def deviance(self) -> float:
        """Return minus twice the log-likelihood of a fit by full maximum likelihood."""
        if self.fit.reml:
            raise ArgumentError(
                "A fit by REML has no deviance; fit with REML=False, or take -2 * logLik(fit)."
            )
        return -2 * self.fit.loglik


class GlmerFit(MixedModel):
    """A fit of ``glmer``; see `MixedModel`."""

    __slots__ = ()

    def logLik(self) -> float:
        """Return the log-likelihood by Laplace's approximation."""
        return self.fit.loglik + saturated_loglik(self.rows, self.family)

    def deviance(self) -> float:
        """Return the deviance given the coefficients by group."""
        return float(np.sum(self._deviance_residuals() ** 2))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class VarCorrTable(Mapping[str, pd.DataFrame]):
    """The covariance of coefficients by group; printing it gives R's text.

    Attributes
    ----------
    name : str
        The grouping column.
    covariance : DataFrame, shape (D, D)
    blocks : tuple of int
        Numbers of coefficients that are correlated with each other.
    sc : float or None
        Residual standard deviation.
    """

    name: str
    covariance: pd.DataFrame
    blocks: tuple[int, ...]
    sc: float | None

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return the covariance by the name of the grouping column."""
        if name != self.name:
            raise KeyError(name)
        return self.covariance

    def __iter__(self) -> Iterator[str]:
        """Iterate over the one grouping column."""
        return iter((self.name,))

    def __len__(self) -> int:
        """Return 1."""
        return 1

    def __repr__(self) -> str:
        """Return R's text."""
        from pymediation.rmodels.mixed_summary import varcorr_lines

        return "\n".join(varcorr_lines(self))


def _mixed(object: Any, function: str) -> MixedModel:
    """Return a mixed model, or say that something else was given."""
    if isinstance(object, MixedModel):
        return object
    raise ArgumentTypeError(f"{function}() takes fits of lmer() and glmer(), not {type(object).__name__}.")


def fixef(object: Any) -> pd.Series:
    """Return the fixed effects of a mixed model.

    Parameters
    ----------
    object : LmerFit or GlmerFit

    Returns
    -------
    Series, shape (k,)
    """
    return _mixed(object, "fixef").fixef()


def ranef(object: Any) -> dict[str, pd.DataFrame]:
    """Return the conditional modes of the coefficients by group, R's "random effects".

    Parameters
    ----------
    object : LmerFit or GlmerFit

    Returns
    -------
    dict of str to DataFrame
        Name of the grouping column -> a row per group, a column per coefficient. Their conditional standard
        deviations are ``fit.cond_sd``.

    Examples
    --------
    >>> import pymediation.r as R
    >>> fit = R.lmer("job_seek ~ treat + econ_hard + (1 | occp)", data=R.data("jobs"))
    >>> R.ranef(fit)["occp"].shape
    (7, 1)
    """
    return _mixed(object, "ranef").ranef()


def VarCorr(object: Any) -> VarCorrTable:
    """Return the covariance of the coefficients by group.

    Parameters
    ----------
    object : LmerFit or GlmerFit

    Returns
    -------
    VarCorrTable
        Maps the name of the grouping column to the covariance matrix; prints R's text.
    """
    return _mixed(object, "VarCorr").varcorr()


def isSingular(object: Any) -> bool:
    """Whether the covariance of the coefficients by group is not of full rank.

    Parameters
    ----------
    object : LmerFit or GlmerFit
    """
    return _mixed(object, "isSingular").fit.singular
