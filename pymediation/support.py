"""Which models :func:`~pymediation.mediate` takes, for which role and by which method.

What a class of models can do is not written down here: it is asked of the kinds it is fitted as, with the
function that refuses models in ``mediate``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
import pandas as pd

from pymediation.families import get_family
from pymediation.fits.count_laws import generalized_poisson, negative_binomial
from pymediation.fits.survival_distributions import SURVIVAL_DISTRIBUTIONS
from pymediation.fitted import Role
from pymediation.kinds import (
    ModelKind,
    Refusal,
    additive_kind,
    count_kind,
    glm_kind,
    learned_kind,
    linear_kind,
    mixed_kind,
    nominal_kind,
    ordered_kind,
    pair_refusal,
    quantile_kind,
    refusal,
    survival_kind,
    tobit_kind,
)
from pymediation.models import MediationModel

__all__ = ["MODELS", "SupportedModel", "support_markdown", "support_table"]

ROLES: tuple[Role, Role] = ("mediator", "outcome")


@dataclass(frozen=True, slots=True, eq=False)
class SupportedModel:
    """A class of models: a row and a column of the table.

    Attributes
    ----------
    name : str
        What it is called in the table.
    kinds : tuple of ModelKind
        The kinds that fits of this class have. All can do the same; what cannot belongs into another class.
    dialect, libraries : str
        How such a model is fitted, in Markdown: functions of :mod:`pymediation.r`; classes of other
        libraries.
    """

    name: str
    kinds: tuple[ModelKind, ...]
    dialect: str = ""
    libraries: str = ""

    def refusal(self, role: Role, *, boot: bool) -> Refusal | None:
        """Return why it cannot be used in a role by a method; None where it can."""
        (answer,) = {refusal(kind, role, boot=boot) for kind in self.kinds}
        return answer


def _glm(family: str, *links: str, theta: float | None = None) -> tuple[ModelKind, ...]:
    """Return the kinds of glms of a family."""
    return tuple(glm_kind(get_family(family, link, theta=theta)) for link in links)


class _AnyLearner(MediationModel):
    """A learner, of which the table asks nothing."""

    def fit(self, data: pd.DataFrame, weights: object, rng: object) -> _AnyLearner:
        """Return it."""
        return self


def _learned(categories: tuple[int, ...] | None) -> ModelKind:
    """Return the kind of a learner with a response of numbers or of classes."""
    return learned_kind(_AnyLearner(), categories, len(categories or ()) if len(categories or ()) > 2 else 0)


# A class of models is added by one more entry here, and by fits of it in tests/test_support.py; the table of
# the README is then written anew by `make support`.
MODELS: tuple[SupportedModel, ...] = (
    SupportedModel("linear, also weighted", (linear_kind(),), "`lm`", "`OLS`, `WLS`"),
    SupportedModel(
        "binomial: logit, probit, cloglog, cauchit, log",
        _glm("binomial", "logit", "probit", "cloglog", "cauchit", "log"),
        *("`glm`", "`GLM`, `Logit`, `Probit`"),
    ),
    SupportedModel(
        "Poisson: log, sqrt, identity",
        _glm("poisson", "log", "sqrt", "identity"),
        *("`glm`", "`GLM`, `Poisson`"),
    ),
    SupportedModel(
        "gamma, inverse Gaussian, Gaussian with a link",
        (
            *_glm("Gamma", "inverse", "log"),
            *_glm("inverse.gaussian", "1/mu^2", "log"),
            *_glm("gaussian", "identity", "log"),
        ),
        *("`glm`", "`GLM`"),
    ),
    SupportedModel(
        "quasi-binomial, quasi-Poisson, quasi",
        (*_glm("quasibinomial", "logit"), *_glm("quasipoisson", "log"), *_glm("quasi", "identity")),
        *("`glm`", '`GLM` with `scale="X2"`'),
    ),
    SupportedModel(
        "negative binomial of known size",
        _glm("Negative Binomial", "log", "sqrt", "identity", theta=1.0),
        *("`glm`", "`GLM`"),
    ),
    SupportedModel(
        "additive: Gaussian, binomial, Poisson, gamma",
        tuple(
            additive_kind(get_family(family), np.eye(1))
            for family in ("gaussian", "binomial", "poisson", "Gamma")
        ),
        libraries="`GLMGam`",
    ),
    SupportedModel(
        "negative binomial, generalised Poisson, dispersion estimated",
        tuple(
            count_kind(law)
            for law in (
                *(negative_binomial(2.0), negative_binomial(1.0), negative_binomial(2.0, alpha=1.0)),
                *(generalized_poisson(1.0), generalized_poisson(2.0)),
            )
        ),
        libraries="`NegativeBinomial`, `NegativeBinomialP`, `GeneralizedPoisson`",
    ),
    SupportedModel(
        "ordered: logit, probit",
        (ordered_kind("logistic", 3), ordered_kind("probit", 3)),
        *("`polr`", "`OrderedModel`"),
    ),
    SupportedModel(
        "ordered: log-log, complementary log-log, Cauchy",
        tuple(ordered_kind(method, 3) for method in ("loglog", "cloglog", "cauchit")),
        *("`polr`", "`OrderedModel` with `gumbel_r`, `gumbel_l`, `cauchy` of SciPy"),
    ),
    SupportedModel("categories without an order", (nominal_kind(3),), libraries="`MNLogit`"),
    SupportedModel("quantile regression", (quantile_kind(0.5),), "`rq`", "`QuantReg`"),
    SupportedModel(
        "survival: R's ten distributions, right-censored",
        tuple(survival_kind(name) for name in SURVIVAL_DISTRIBUTIONS),
        *("`survreg`", "lifelines: `WeibullAFTFitter`, `LogNormalAFTFitter`, `LogLogisticAFTFitter`"),
    ),
    SupportedModel(
        "tobit", (tobit_kind(0.0, float("inf")), tobit_kind(-1.0, 1.0)), "`vglm`", "`pymediation.Tobit`"
    ),
    SupportedModel(
        "linear mixed, one grouping factor",
        (mixed_kind(get_family("gaussian")),),
        *("`lmer`", "`MixedLM`; GPBoost: `GPModel`; `pymediation.MixedFit`"),
    ),
    SupportedModel(
        "binomial and Poisson mixed, one grouping factor",
        (mixed_kind(get_family("binomial")), mixed_kind(get_family("poisson"))),
        *("`glmer`", "GPBoost: `GPModel`; `pymediation.MixedFit`"),
    ),
    SupportedModel(
        "regressors; models of your own",
        (_learned(None),),
        libraries="scikit-learn and the like; `MediationModel`",
    ),
    SupportedModel(
        "classifiers of two or more classes",
        (_learned((0, 1)), _learned((0, 1, 2))),
        libraries="scikit-learn and the like; mord: `LogisticAT`, `LogisticIT`",
    ),
)


# Whether by simulation, whether by bootstrap: the word for a class of models, the sign for a pair.
_METHODS: Final = {
    (True, True): ("yes", "●"),
    (True, False): ("simulation", "s"),
    (False, True): ("bootstrap", "b"),
    (False, False): ("no", "·"),
}


def support_table() -> pd.DataFrame:
    """Tell which models :func:`mediate` takes, for every pair of a mediator and an outcome model.

    Returns
    -------
    DataFrame
        A row per pair, indexed by ``mediator`` and ``outcome``; columns ``quasi_bayes`` and ``bootstrap``
        hold ``"yes"``, or ``"no"`` and the reason, which is that of the error.

    Notes
    -----
    An ordered outcome without ``boot=True`` is no error: the bootstrap is taken, with a warning.

    Examples
    --------
    >>> import pymediation as pm
    >>> table = pm.support_table()
    >>> table.loc[("quantile regression", "linear, also weighted"), "bootstrap"]
    'yes'
    >>> table.loc[("tobit", "linear, also weighted"), "bootstrap"]
    'no: the mediator model does not define a distribution to draw the mediator from'
    """
    rows = [
        {
            "mediator": mediator.name,
            "outcome": outcome.name,
            "quasi_bayes": _answer(mediator, outcome, boot=False),
            "bootstrap": _answer(mediator, outcome, boot=True),
        }
        for mediator, outcome in product(MODELS, MODELS)
    ]
    return pd.DataFrame(rows).set_index(["mediator", "outcome"])


def _answer(mediator: SupportedModel, outcome: SupportedModel, *, boot: bool) -> str:
    """Return "yes", or "no" and why."""
    found = [model.refusal(role, boot=boot) for role, model in zip(ROLES, (mediator, outcome), strict=True)]
    reasons = [f"the {role} model {why.reason}" for role, why in zip(ROLES, found, strict=True) if why]
    both = None if reasons else pair_refusal(mediator.kinds[0], outcome.kinds[0], boot=boot)
    reasons += [f"the mediator model {both.reason}"] if both else []
    return f"no: {'; '.join(reasons)}" if reasons else "yes"


def support_markdown() -> str:
    """Return the table of the README: classes of models, then pairs of them, then the reasons."""
    reasons = list(dict.fromkeys(why.reason for model in MODELS for _, _, why in _refusals(model)))
    head = ("", "models", "R dialect `pymediation.r`", "statsmodels or as named", "as mediator", "as outcome")
    classes = [
        (
            str(number),
            *(model.name, model.dialect, model.libraries),
            *(_role_cell(model, role, reasons) for role in ROLES),
        )
        for number, model in enumerate(MODELS, 1)
    ]
    numbers = [str(number) for number in range(1, len(MODELS) + 1)]
    pairs = [
        (f"**{number}**", *(_pair_cell(mediator, outcome) for outcome in MODELS))
        for number, mediator in zip(numbers, MODELS, strict=True)
    ]
    notes = [f"* <sup>{number}</sup> The model {reason}." for number, reason in enumerate(reasons, 1)]
    return "\n".join(
        [
            *_markdown_table(head, classes),
            "",
            *notes,
            "",
            "Mediator models in rows, outcome models in columns; ● both methods, s simulation, b bootstrap, "
            "· neither:",
            "",
            *_markdown_table(("", *numbers), pairs),
        ]
    )


def _refusals(model: SupportedModel) -> Iterator[tuple[Role, bool, Refusal]]:
    """Yield what a class of models cannot be used for: role, whether by bootstrap, why."""
    for role, boot in product(ROLES, (True, False)):
        why = model.refusal(role, boot=boot)
        if why is not None:
            yield role, boot, why


def _role_cell(model: SupportedModel, role: Role, reasons: list[str]) -> str:
    """Say whether a class of models can take a role, with the number of the reason if not by both methods."""
    simulated, boot = (model.refusal(role, boot=boot) for boot in (False, True))
    word = _METHODS[simulated is None, boot is None][0]
    why = boot or simulated
    return word if why is None else f"{word} <sup>{reasons.index(why.reason) + 1}</sup>"


def _pair_cell(mediator: SupportedModel, outcome: SupportedModel) -> str:
    """Return the sign for a pair of classes."""
    simulated, boot = (_answer(mediator, outcome, boot=boot) == "yes" for boot in (False, True))
    return _METHODS[simulated, boot][1]


def _markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table."""
    return [_markdown_row(head), "|" + "---|" * len(head), *map(_markdown_row, rows)]


def _markdown_row(cells: Sequence[str]) -> str:
    """Return the line of a row."""
    return f"| {' | '.join(cells)} |".replace("  ", " ")
