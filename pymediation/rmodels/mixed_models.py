"""``lmer`` and ``glmer``: mixed models with one grouping factor."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from typing import Any

from pymediation.errors import ArgumentError, NotEstimableError, PymediationWarning, UnsupportedModelError
from pymediation.families import Family, get_family
from pymediation.fits.glm import fit_glm
from pymediation.fits.mixed import MixedModelFit
from pymediation.fits.mixed_rows import fit_mixed
from pymediation.rmodels.calls import caller_variables, variable_name
from pymediation.rmodels.families import read_family
from pymediation.rmodels.mixed_fits import GlmerFit, LmerFit
from pymediation.rmodels.responses import numeric_response, regression_response
from pymediation.rmodels.rows import DialectRows, read_rows
from pymediation.warn import warn

__all__ = ["glmer", "lmer"]

_FAMILIES = ("binomial", "poisson")
# Fitted means as near to the end of their range come from coefficients that run to infinity.
_EXTREME = 1e-9


def lmer(
    formula: str,
    data: Any = None,
    REML: bool = True,
    control: Any = None,
    *,
    subset: Any = None,
    weights: Any = None,
    na_action: str = "na.omit",
    offset: Any = None,
    contrasts: Mapping[str, Any] | None = None,
) -> LmerFit:
    r"""Fit a linear mixed model with one grouping factor, as R's ``lme4::lmer``.

    .. math:: y = X\beta + Zb + \epsilon, \; b_j \sim N(0, \Sigma), \; \epsilon_i \sim N(0, \sigma^2/w_i)

    Parameters
    ----------
    formula : str
        R's formula, e.g. ``"score ~ treat * homework + (1 + homework | school)"``. Coefficients are
        correlated within a term and not between terms; ``(1 + x || g)`` is ``(1 | g) + (0 + x | g)``.
    data : DataFrame or mapping of arrays, optional
        The data. Names that are not columns are looked up among the caller's variables.
    REML : bool
        Restricted maximum likelihood, or else full.
    control
        Accepted for R scripts; without effect: the search goes on to full convergence.
    subset : str or array_like of bool, optional
        Rows to use, e.g. ``"age > 40"``.
    weights : str or array_like, shape (n,), optional
        Prior weights w: a column, an expression of columns, or values.
    na_action : {"na.omit", "na.exclude", "na.fail"}
        Leave out rows with missing values, or refuse them.
    offset : str or array_like, shape (n,), optional
        Known part of the mean.
    contrasts : mapping, optional
        Factor -> ``"contr.sum"`` and the like.

    Returns
    -------
    LmerFit
        With ``fixef()``, ``ranef()``, ``vcov()``, ``VarCorr()``, ``summary()`` and the like, which the
        functions of the same names call.

    Raises
    ------
    FormulaError, UnknownNameError, DataMismatchError
        If the formula cannot be read or evaluated on the data, or has no random effects.
    UnsupportedModelError
        If it has more than one grouping factor.
    NotEstimableError
        If columns are combinations of others (from which R drops one).

    Warns
    -----
    PymediationWarning
        If the estimated covariance of the coefficients by group is singular.

    Notes
    -----
    R's search stops a little before the maximum, so that estimates agree with R's to about six digits.

    References
    ----------
    Bates, D., Maechler, M., Bolker, B. and Walker, S. (2015). Fitting linear mixed-effects models using
    lme4. Journal of Statistical Software 67(1).

    Examples
    --------
    >>> import pymediation.r as R
    >>> fit = R.lmer("job_seek ~ treat + econ_hard + (1 | occp)", data=R.data("jobs"))
    >>> R.fixef(fit).round(3).to_dict()
    {'(Intercept)': 3.801, 'treat': 0.077, 'econ_hard': 0.055}
    """
    names = caller_variables(sys._getframe(1))
    rows = read_rows(
        formula,
        data,
        response=partial(numeric_response, model="lmer"),
        weights=weights,
        offset=offset,
        subset=subset,
        environment=names,
        na_action=na_action,
        contrasts=contrasts,
        mixed=True,
    )
    _refuse_groups("lmer", rows)
    fit = fit_mixed(rows, None, reml=bool(REML))
    _check("lmer", rows, fit)
    return LmerFit(rows, fit, get_family("gaussian", "identity"), variable_name(data, names, "data"))


def glmer(
    formula: str,
    data: Any = None,
    family: Any = None,
    control: Any = None,
    *,
    nAGQ: int = 1,
    subset: Any = None,
    weights: Any = None,
    na_action: str = "na.omit",
    offset: Any = None,
    contrasts: Mapping[str, Any] | None = None,
) -> GlmerFit:
    r"""Fit a generalised linear mixed model with one grouping factor, as R's ``lme4::glmer``.

    .. math:: g(E[y_i | b]) = o_i + x_i'\beta + z_i'b_{j(i)}, \quad b_j \sim N(0, \Sigma)

    by maximum likelihood, the integral over b by Laplace's approximation.

    Parameters
    ----------
    formula : str
        R's formula, e.g. ``"passed ~ treat * homework + (1 | school)"``. The response of a binomial model is
        as in `glm`.
    data : DataFrame or mapping of arrays, optional
        The data. Names that are not columns are looked up among the caller's variables.
    family : Family, function or str
        ``binomial`` or ``poisson``, with any link: ``binomial("probit")``.
    control
        Accepted for R scripts; without effect: the search goes on to full convergence.
    nAGQ : int
        1, Laplace's approximation; others are not available.
    subset, weights, na_action, offset, contrasts
        As in `lmer`.

    Returns
    -------
    GlmerFit
        With ``fixef()``, ``ranef()``, ``vcov()``, ``VarCorr()``, ``summary()`` and the like, which the
        functions of the same names call.

    Raises
    ------
    FormulaError, UnknownNameError, DataMismatchError
        If the formula cannot be read or evaluated on the data, or has no random effects.
    UnsupportedModelError
        If it has more than one grouping factor, or the family is another.
    NotEstimableError
        If columns are combinations of others (from which R drops one), or separate the responses.

    Warns
    -----
    PymediationWarning
        If the estimated covariance of the coefficients by group is singular, or the search does not converge.

    Notes
    -----
    R's search stops a little before the maximum, so that estimates agree with R's to about four digits.

    References
    ----------
    Bates, D., Maechler, M., Bolker, B. and Walker, S. (2015). Fitting linear mixed-effects models using
    lme4. Journal of Statistical Software 67(1).

    Examples
    --------
    >>> import pymediation.r as R
    >>> fit = R.glmer("job_dich ~ treat + (1 | educ)", R.data("jobs"), family=R.binomial)
    >>> R.fixef(fit).round(2).to_dict()
    {'(Intercept)': 0.23, 'treat': 0.32}
    """
    names = caller_variables(sys._getframe(1))
    chosen = _family(family)
    if nAGQ != 1:
        raise ArgumentError(f"nAGQ={nAGQ!r} is not available; 1, Laplace's approximation, is.")
    rows = read_rows(
        formula,
        data,
        response=partial(regression_response, family=chosen),
        weights=weights,
        offset=offset,
        subset=subset,
        environment=names,
        na_action=na_action,
        contrasts=contrasts,
        mixed=True,
    )
    chosen.check_response(rows.y)
    _refuse_groups("glmer", rows)
    _refuse_separation(rows, chosen)
    fit = fit_mixed(rows, chosen)
    _check("glmer", rows, fit)
    return GlmerFit(rows, fit, chosen, variable_name(data, names, "data"))


def _family(family: Any) -> Family:
    """Return the family asked for, one of those whose dispersion is known."""
    if family is None:
        raise ArgumentError(
            "glmer() needs family=binomial or family=poisson; for a Gaussian model use lmer()."
        )
    chosen = read_family(family)
    if chosen.name not in _FAMILIES:
        remedy = "Use lmer()." if chosen.name == "gaussian" else "Fit it elsewhere and give it as a MixedFit."
        raise UnsupportedModelError(
            f"glmer() takes the families {' and '.join(_FAMILIES)}, not {chosen.name}. {remedy}"
        )
    return chosen


def _refuse_groups(function: str, rows: DialectRows) -> None:
    """Refuse groups that tell nothing of their variance: only one, or as many coefficients as rows."""
    grouping = rows.grouping
    if grouping is None:  # pragma: no cover - read_rows has seen to it
        return
    groups, columns = len(grouping.levels), grouping.Z.shape[1]
    if groups < 2:
        msg = f"{function}() of {rows.formula!r}: {grouping.name!r} has one group; a variance needs two."
        raise NotEstimableError(msg)
    if function == "lmer" and groups * columns >= rows.n:
        msg = (
            f"lmer() of {rows.formula!r}: {groups} groups with {columns} "
            f"coefficient{'s' if columns > 1 else ''} each for {rows.n} rows leave nothing to estimate "
            "the residual variance from."
        )
        raise NotEstimableError(msg)


def _refuse_separation(rows: DialectRows, family: Family) -> None:
    """Refuse covariates that alone, without groups, fit probabilities of 0 or 1 or rates of 0."""
    means = fit_glm(rows.y, rows.X, family, rows.prior_weights, rows.offset).fitted
    if means.min() < _EXTREME or (family.name == "binomial" and means.max() > 1 - _EXTREME):
        msg = (
            f"glmer() of {rows.formula!r}: fitted probabilities of 0 or 1 (or rates of 0). Some covariates "
            "separate the responses, so that their coefficients are infinite; leave them out or merge levels."
        )
        raise NotEstimableError(msg)


def _check(function: str, rows: DialectRows, fit: MixedModelFit) -> None:
    """Refuse a rank-deficient design; warn of a singular fit or a search that did not converge."""
    if fit.aliased.any():
        dropped = [name for name, out in zip(rows.design.names, fit.aliased, strict=True) if out]
        msg = (
            f"{function}() of {rows.formula!r}: {dropped} are combinations of other columns; leave them out."
        )
        raise NotEstimableError(msg)
    if not fit.converged:
        warn(
            f"{function}() of {rows.formula!r} did not converge; rescale the predictors.", PymediationWarning
        )
    elif fit.singular:
        warn(
            f"boundary (singular) fit: {function}() of {rows.formula!r} estimates a variance of 0 between "
            "groups, or a correlation of 1 or -1. The groups tell less than the random effects ask; "
            "simplify them.",
            PymediationWarning,
        )
