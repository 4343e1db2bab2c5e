"""The two regressions of two-stage least squares: what is read from the models, and what they must be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc

from pymediation.columns import is_factor, levels_of
from pymediation.compat import CompatLedger
from pymediation.design.expressions import bare_factor
from pymediation.errors import NotEstimableError, UnknownNameError, UnsupportedModelError
from pymediation.fits import LinearFit, fit_ols
from pymediation.fitted import FittedModel
from pymediation.setting.checks import refuse_degenerate
from pymediation.setting.counterfactual import set_columns
from pymediation.setting.pairing import Pair
from pymediation.setting.roles import read_roles
from pymediation.warn import warn

__all__ = ["FirstStage", "TwoStage", "read_two_stage", "second_stage", "structural_fit"]

FloatArray = NDArray[np.float64]

_WEAK = 10.0


class FirstStage(NamedTuple):
    """How strongly the instruments move the mediator.

    Attributes
    ----------
    instruments : tuple of str
        Columns of the mediator model that the outcome model lacks.
    statistic : float
        Wald statistic of their coefficients over their number; the usual F under the classical covariance.
    df : tuple of int
        Number of instruments and residual degrees of freedom.
    p_value : float
    """

    instruments: tuple[str, ...]
    statistic: float
    df: tuple[int, int]
    p_value: float

    @property
    def weak(self) -> bool:
        """Whether the instruments count as weak: a statistic below 10 (Staiger and Stock 1997)."""
        return self.statistic < _WEAK

    def warn_if_weak(self) -> None:
        """Warn about weak instruments."""
        if self.weak:
            warn(
                f"The instruments {', '.join(map(repr, self.instruments))} are weak: the first-stage F is "
                f"{self.statistic:.3g}, below {_WEAK:g}. Estimates are then biased towards those without an "
                "instrument, and intervals are too short."
            )


@dataclass(frozen=True, slots=True, eq=False)
class TwoStage:
    """Two linear models of the same n rows.

    Attributes
    ----------
    mediator, outcome : FittedModel
    treat, name : str
        Columns of treatment and mediator.
    treat_m, treat_y, med_y : int
        Where their coefficients are: the treatment in either model, the mediator in the outcome model.
    affine : bool
        Whether the mediator enters the outcome model as itself alone.
    """

    mediator: FittedModel
    outcome: FittedModel
    treat: str
    name: str
    treat_m: int
    treat_y: int
    med_y: int
    affine: bool

    @property
    def first(self) -> LinearFit:
        """The first stage: the mediator model's fit."""
        return cast(LinearFit, self.mediator.fit)  # both models are least squares

    def design(self, fitted: FloatArray) -> FloatArray:
        """Return the outcome model's design with the mediator replaced by fitted values, shape (n, k)."""
        if self.affine:
            X = self.outcome.X.copy()
            X[:, self.med_y] = fitted
            return X
        return self.outcome.design.matrix(set_columns(self.outcome.frame, {self.name: fitted}))

    def first_stage(self, covariance: FloatArray) -> FirstStage | None:
        """Test the instruments under a covariance of the mediator model; None where none can be named."""
        known = set(self.outcome.design.names)
        places = [j for j, name in enumerate(self.mediator.design.names) if name not in known]
        if not places:
            return None
        b = self.mediator.fit.coef[places]
        statistic = float(b @ np.linalg.solve(covariance[np.ix_(places, places)], b)) / len(places)
        freedom = self.mediator.n - len(self.mediator.design.names)
        names = tuple(self.mediator.design.names[j] for j in places)
        return FirstStage(
            names, statistic, (len(places), freedom), float(fdtrc(len(places), freedom, statistic))
        )


def read_two_stage(pair: Pair, treat: object, ledger: CompatLedger) -> TwoStage:
    """Find treatment and mediator in both models and require what two-stage least squares needs.

    Parameters
    ----------
    pair : Pair
    treat : object
        Name of the treatment, as given.
    ledger : CompatLedger
        With R's numbers asked for, an outcome model that is not linear in the mediator is warned about.

    Raises
    ------
    UnsupportedModelError
        A model that is not least squares, or not linear in treatment and mediator.
    NotEstimableError
        A degenerate model.
    UnknownNameError
        A model without the treatment.
    """
    for model in (pair.mediator, pair.outcome):
        _require_least_squares(model)
    pair, name, mediator = read_roles(pair, treat, pair.mediator.response.variable, ledger)
    for model in (pair.mediator, pair.outcome):
        refuse_degenerate(model)
    curved = _curved_terms(pair.outcome, mediator)
    if curved:
        _refuse_or_warn(pair.outcome, mediator, curved, ledger)
    _warn_interactions(pair, name)
    return TwoStage(
        mediator=pair.mediator,
        outcome=pair.outcome,
        treat=name,
        name=mediator,
        treat_m=_column(pair.mediator, name, "treatment"),
        treat_y=_column(pair.outcome, name, "treatment"),
        med_y=_column(pair.outcome, mediator, "mediator"),
        affine=not curved,
    )


def _require_least_squares(model: FittedModel) -> None:
    """Refuse models other than least squares, GLMs included: R takes them and multiplies nonsense."""
    if model.kind.name == "linear":
        return
    msg = (
        f"mediate_tsls(): the {model.role} model is a {model.label}; both models must be least-squares fits, "
        "such as smf.ols(...).fit() or lm() of pymediation.r. For other models use mediate() or ivmediate()."
    )
    raise UnsupportedModelError(msg)


def _bare(model: FittedModel, name: str) -> list[slice]:
    """Return the columns of the terms that are a variable alone."""
    return [
        term.columns
        for term in model.design.terms
        if len(term.factors) == 1 and bare_factor(term.factors[0]) == name
    ]


def _column(model: FittedModel, name: str, what: str) -> int:
    """Return the place of the one coefficient of a variable."""
    found = _bare(model, name)
    if len(found) == 1 and found[0].stop - found[0].start == 1:
        return found[0].start
    if not found:
        msg = (
            f"The {model.role} model has no coefficient of the {what} {name!r} alone; its terms are "
            f"{', '.join(repr(term.label) for term in model.design.terms)}. Add {name!r} as a term."
        )
        raise UnknownNameError(msg)
    values = f" (levels {', '.join(map(repr, levels_of(model.frame[name])))})" if name in model.frame else ""
    msg = (
        f"The {what} {name!r} has several coefficients in the {model.role} model{values}; two-stage least "
        "squares needs one. Store a number in a column, such as 0 and 1 for two of the levels, and refit."
    )
    raise UnsupportedModelError(msg)


def _curved_terms(outcome: FittedModel, mediator: str) -> list[str]:
    """Return the terms in which the mediator is not itself alone."""
    frame = outcome.frame
    plain = {mediator, f"Q({mediator!r})", f'Q("{mediator}")', f"`{mediator}`"}
    return [
        term.label
        for term in outcome.design.terms
        if any(mediator in outcome.design.factor_variables(factor) for factor in term.factors)
        and (term.factors[0] not in plain or len(term.factors) > 1 or is_factor(frame[mediator]))
    ]


def _refuse_or_warn(outcome: FittedModel, mediator: str, curved: list[str], ledger: CompatLedger) -> None:
    """Refuse an outcome model that is not linear in the mediator; R multiplies coefficients all the same."""
    text = (
        f"mediate_tsls(): the outcome model has {', '.join(map(repr, curved))}, so that it is not linear in "
        f"the mediator {mediator!r} alone, and the product of two coefficients is not the mediated effect."
    )
    if not ledger.as_r or not _bare(outcome, mediator):
        msg = (
            f"{text} Enter {mediator!r} as a term of its own, without transformation or interaction; "
            "for interactions with the treatment see mediate(), or ivmediate() for an instrument of the "
            "treatment."
        )
        raise UnsupportedModelError(msg)
    warn(f"{text} R ignores the term and returns a number all the same.")


def _warn_interactions(pair: Pair, treat: str) -> None:
    """Warn where the treatment's coefficient is its effect at the value 0 of another variable only."""
    for model in (pair.mediator, pair.outcome):
        terms = [
            term.label
            for term in model.design.terms
            if len(term.factors) > 1
            and any(treat in model.design.factor_variables(factor) for factor in term.factors)
        ]
        if terms:
            warn(
                f"The {model.role} model has {', '.join(map(repr, terms))}: the coefficient of {treat!r}, "
                "and so the effects, are those where the other variable is 0. Centre it, or leave the term "
                "out."
            )


def second_stage(models: TwoStage, fitted: FloatArray) -> tuple[LinearFit, FloatArray]:
    """Fit the outcome model with the mediator replaced by fitted values.

    Parameters
    ----------
    models : TwoStage
    fitted : ndarray, shape (n,)

    Returns
    -------
    fit : LinearFit
        Its residuals are those of the second stage, with the fitted mediator inside.
    X : ndarray, shape (n, k)
        The design.

    Raises
    ------
    NotEstimableError
        Without an instrument: the fitted mediator is then a combination of the other columns.
    """
    outcome, X = models.outcome, models.design(fitted)
    fit = fit_ols(outcome.y, X, outcome.prior_weights, outcome.offset)
    if fit.aliased.any():  # of the later columns that the fitted mediator is a combination of
        msg = (
            "mediate_tsls(): the mediator model has no instrument: its fitted values are a combination of "
            f"the outcome model's terms. It needs a term that moves {models.name!r} and that the outcome "
            f"model lacks; its columns are {', '.join(map(repr, models.mediator.design.names))}, those of "
            f"the outcome model {', '.join(map(repr, outcome.design.names))}."
        )
        raise NotEstimableError(msg)
    return fit, X


def structural_fit(models: TwoStage, fit: LinearFit) -> LinearFit:
    """Return a second stage with the residuals of the outcome equation: the observed mediator inside."""
    outcome = models.outcome
    X = models.design(models.mediator.y)
    offset = 0.0 if outcome.offset is None else outcome.offset
    residuals = outcome.y - X @ np.where(fit.aliased, 0.0, fit.coef) - offset
    deviance = float(np.sum(fit.working_weights * residuals**2))
    return replace(
        fit,
        working_residuals=residuals,
        deviance=deviance,
        dispersion=deviance / fit.df_residual if fit.df_residual > 0 else float("nan"),
    )
