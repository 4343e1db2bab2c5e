"""Mixed models that were fitted elsewhere, given by their estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pymediation.columns import label_text
from pymediation.errors import ArgumentError, ArgumentTypeError, DataMismatchError, did_you_mean
from pymediation.families import Family, get_family
from pymediation.fits.mixed import MixedEstimates
from pymediation.rows import ModelRows

__all__ = ["MixedFit"]

FloatArray = NDArray[np.float64]

# How statsmodels, patsy and others call R's "(Intercept)".
_INTERCEPTS = ("(Intercept)", "Intercept", "const", "intercept", "cond.(Intercept)")
# A covariance matrix that went through a file is symmetric up to its last digits.
_ASYMMETRY = 1e-6


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MixedFit:
    r"""A mixed model with one grouping factor, given by the estimates of a fit that was made elsewhere.

    .. math:: g(E[y_i]) = o_i + x_i'\beta + z_i'b_{g(i)}

    What R's mediation package takes from a fit of lme4 is all here, so that fits of lme4 (through a file),
    glmmTMB, Stan or PyMC (posterior means and standard deviations) can be analysed too.

    Parameters
    ----------
    formula : str
        R's formula, such as ``"y ~ treat * m + age + (1 + m | school)"``.
    data : DataFrame
        What the model was fitted to. Rows with missing values are left out.
    fixef : mapping, Series or array_like, shape (k,)
        Fixed effects :math:`\beta`, by R's names of the columns or in R's order of them.
    vcov : DataFrame or array_like, shape (k, k)
        Their covariance, by the same names or in the order of `fixef`.
    levels : sequence, length J
        The groups.
    modes : DataFrame or array_like, shape (J, D) or (J,)
        Conditional mode (or posterior mean) of each coefficient of each group, groups in the order of
        `levels`, columns in the order of the formula. R: ``ranef(fit)$school``.
    cond_sd : DataFrame or array_like, shape (J, D) or (J,)
        Their conditional (or posterior) standard deviations. R: the square roots of the diagonals of
        ``attr(ranef(fit, condVar=TRUE)$school, "postVar")``.
    sigma : float, optional
        Residual standard deviation; needed for a Gaussian model.
    family : str or Family
        ``"gaussian"``, ``"binomial"`` or ``"poisson"``; for an outcome any family.
    link : str, optional
        Its link; the canonical one by default.
    weights : str or array_like, shape (n,), optional
        Sampling weights: a column of `data`, or values.

    Raises
    ------
    FormulaError, UnsupportedModelError
        A formula without random effects, or with more than one grouping factor.
    ArgumentError, DataMismatchError
        Estimates that do not fit the formula, the data or each other.

    Notes
    -----
    Without the ``g`` of the data in `levels` there is nothing to draw a group's coefficients from, so that
    every group must be there; further ones are left out.

    References
    ----------
    Bates, D., Maechler, M., Bolker, B. and Walker, S. (2015). Fitting linear mixed-effects models using
    lme4. Journal of Statistical Software 67(1).

    Examples
    --------
    >>> import pandas as pd, pymediation as pm
    >>> d = pd.DataFrame({"y": [1.0, 2, 4, 3], "t": [0, 1, 0, 1], "school": ["a", "a", "b", "b"]})
    >>> fit = pm.MixedFit(
    ...     "y ~ t + (1 | school)",
    ...     d,
    ...     fixef={"(Intercept)": 2.5, "t": 0.0},
    ...     vcov=[[0.6, -0.2], [-0.2, 0.4]],
    ...     levels=["a", "b"],
    ...     modes=[-0.6, 0.6],
    ...     cond_sd=[0.4, 0.4],
    ...     sigma=0.8,
    ... )
    >>> fit
    <MixedFit: y ~ t + (1 | school); gaussian (identity), 4 rows in 2 groups of 'school'>
    """

    formula: str
    data: pd.DataFrame
    fixef: Any
    vcov: Any
    levels: Sequence[Any]
    modes: Any
    cond_sd: Any
    sigma: float | None = None
    family: str | Family = "gaussian"
    link: str | None = None
    weights: Any = None
    rows: ModelRows = field(init=False)
    fit: MixedEstimates = field(init=False)

    def __post_init__(self) -> None:
        """Read the rows and check the estimates against them."""
        if not isinstance(self.data, pd.DataFrame):
            msg = f"data must be the DataFrame that was fitted; got {type(self.data).__name__}."
            raise ArgumentTypeError(msg)
        family = self.family if isinstance(self.family, Family) else get_family(self.family, self.link)
        object.__setattr__(self, "family", family)
        object.__setattr__(self, "rows", _rows_of(self, family))
        object.__setattr__(self, "fit", _estimates(self, family))

    def __repr__(self) -> str:
        """Show the formula, the family and the groups."""
        family, grouping = self.family, self.rows.grouping
        if grouping is None or not isinstance(family, Family):  # pragma: no cover - set at the start
            return object.__repr__(self)
        return (
            f"<MixedFit: {self.formula}; {family.name} ({family.link.name}), {self.rows.n} rows in "
            f"{len(grouping.levels)} groups of {grouping.name!r}>"
        )


def _rows_of(given: MixedFit, family: Family) -> ModelRows:
    """Evaluate the formula on the data."""
    from pymediation.rmodels.responses import regression_response
    from pymediation.rmodels.rows import read_rows

    return read_rows(
        given.formula,
        given.data,
        response=partial(regression_response, family=None if family.name == "gaussian" else family),
        weights=given.weights,
        offset=None,
        subset=None,
        environment={},
        na_action="na.omit",
        contrasts=None,
        mixed=True,
    )


def _estimates(given: MixedFit, family: Family) -> MixedEstimates:
    """Bring the estimates into the order of the columns and groups."""
    names, grouping = given.rows.design.names, given.rows.grouping
    if grouping is None:  # pragma: no cover - read_rows has seen to it
        raise TypeError
    coef, order = _fixed_effects(given.fixef, names)
    places = _group_places(given, grouping.levels, grouping.name)
    shape = (len(given.levels), len(grouping.design.names))
    modes, cond_sd = (
        _by_group(values, name, shape)[places]
        for name, values in (("modes", given.modes), ("cond_sd", given.cond_sd))
    )
    if (cond_sd < 0).any():
        raise ArgumentError(f"cond_sd has negative entries (the smallest is {cond_sd.min():g}).")
    return MixedEstimates(
        coef=coef,
        cov=_covariance(given.vcov, names, order),
        modes=modes,
        cond_sd=cond_sd,
        sigma=_residual_sd(given.sigma, family),
        aliased=np.zeros(len(names), dtype=bool),
        singular=bool(np.any(np.all(cond_sd == 0, axis=0))),
    )


def _fixed_effects(given: Any, names: tuple[str, ...]) -> tuple[FloatArray, NDArray[np.intp]]:
    """Return the fixed effects in the order of the columns, and the place of each in what was given."""
    if not isinstance(given, (Mapping, pd.Series)):
        values = _finite(given, "fixef", (len(names),), f"one number for each of {list(names)}")
        return values, np.arange(len(names))
    order = _places(_names_of(given), names, "fixef")
    return _finite(list(given.values() if isinstance(given, Mapping) else given), "fixef")[order], order


def _names_of(given: Mapping[Any, Any] | pd.Series) -> list[str]:
    """Return the names of fixed effects."""
    return [str(name) for name in (given.index if isinstance(given, pd.Series) else given)]


def _places(given: Sequence[str], names: tuple[str, ...], argument: str) -> NDArray[np.intp]:
    """Return where each column is among the names given, whatever the order within an interaction."""
    known = {_key(name): place for place, name in enumerate(given)}
    lacking = [name for name in names if _key(name) not in known]
    extra = [name for name in given if _key(name) not in {_key(own) for own in names}]
    if lacking or extra or len(known) != len(given):
        hint = did_you_mean(lacking[0], extra) if lacking else ""
        msg = f"{argument} has {list(given)}, but the formula has the columns {list(names)}.{hint}"
        raise DataMismatchError(msg)
    return np.array([known[_key(name)] for name in names], dtype=np.intp)


def _key(name: str) -> frozenset[str] | str:
    """Return what makes a column the same: its factors, or that it is the intercept."""
    return "(Intercept)" if name in _INTERCEPTS else frozenset(name.split(":"))


def _covariance(given: Any, names: tuple[str, ...], order: NDArray[np.intp]) -> FloatArray:
    """Return the covariance of the fixed effects in the order of the columns."""
    if isinstance(given, pd.DataFrame):
        order = _places([str(name) for name in given.columns], names, "vcov")
    k = len(names)
    cov = _finite(given, "vcov", (k, k), f"a row and a column for each of {list(names)}")[
        np.ix_(order, order)
    ]
    if np.abs(cov - cov.T).max() > _ASYMMETRY * np.abs(cov).max():
        raise ArgumentError("vcov is not symmetric; it must be the covariance matrix of the fixed effects.")
    return (cov + cov.T) / 2


def _group_places(given: MixedFit, levels: tuple[Any, ...], name: str) -> NDArray[np.intp]:
    """Return the place of each group of the data among the groups given."""
    known = {label_text(level): place for place, level in enumerate(given.levels)}
    if len(known) != len(given.levels):
        raise ArgumentError(f"levels has {len(given.levels)} entries, of which {len(known)} are different.")
    lacking = [label_text(level) for level in levels if label_text(level) not in known]
    if lacking:
        shown = ", ".join(map(repr, lacking[:5])) + (", ..." if len(lacking) > 5 else "")
        msg = (
            f"levels lacks {len(lacking)} of the {len(levels)} groups that the column {name!r} of the data "
            f"has: {shown}. Give the estimates of every group."
        )
        raise DataMismatchError(msg)
    return np.array([known[label_text(level)] for level in levels], dtype=np.intp)


def _by_group(given: Any, argument: str, shape: tuple[int, int]) -> FloatArray:
    """Return numbers by group and coefficient."""
    values = np.asarray(given, dtype=np.float64)
    values = values[:, np.newaxis] if values.ndim == 1 and shape[1] == 1 else values
    return _finite(values, argument, shape, "a row per group and a column per coefficient by group")


def _finite(
    given: ArrayLike, argument: str, shape: tuple[int, ...] | None = None, what: str = ""
) -> FloatArray:
    """Return an array of finite numbers of the shape required."""
    values = np.asarray(given, dtype=np.float64)
    if shape is not None and values.shape != shape:
        raise ArgumentError(f"{argument} must have {what}, shape {shape}; got {values.shape}.")
    if not np.isfinite(values).all():
        raise ArgumentError(f"{argument} has missing or infinite entries.")
    return values


def _residual_sd(given: float | None, family: Family) -> float:
    """Return the residual standard deviation, 1 where the family has none."""
    if family.name != "gaussian":
        return 1.0
    if given is None or not np.isfinite(given) or not given > 0:
        msg = f"sigma must be the residual standard deviation of the Gaussian model, above 0; got {given!r}."
        raise ArgumentError(msg)
    return float(given)
