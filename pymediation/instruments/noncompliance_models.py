"""The three models of an analysis with noncompliance: what they must be, and their counterfactual designs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.adapters import adapt
from pymediation.compat import CompatLedger
from pymediation.errors import NotEstimableError
from pymediation.fitted import FittedModel
from pymediation.instruments.noncompliance_checks import (
    Names,
    require_kinds,
    require_linear,
    require_names,
    require_roles,
    zero_and_one_values,
)
from pymediation.instruments.strata import Quad, Strata
from pymediation.setting.checks import refuse_degenerate
from pymediation.setting.counterfactual import set_columns
from pymediation.setting.pairing import pair_models

__all__ = ["Predictor", "Trio", "read_trio"]

FloatArray = NDArray[np.float64]

_CELLS = ((1, 1), (1, 0), (0, 1), (0, 0))  # (t, z) in the order of Quad


@dataclass(frozen=True, slots=True, eq=False)
class Predictor:
    """Linear predictors of a model at counterfactual values: those at a base plus a step for each cell.

    Attributes
    ----------
    base : ndarray, shape (n, k)
    steps : dict of ndarray, each of shape (k,) where all rows are moved alike, else (n, k)
    offset : ndarray, shape (n,), or None
    """

    base: FloatArray
    steps: Mapping[tuple[int, ...], FloatArray]
    offset: FloatArray | None

    def at_base(self, B: FloatArray) -> FloatArray:
        """Return the predictors at the base for draws (D, k) of the coefficients, shape (D, n)."""
        eta = B @ self.base.T
        if self.offset is not None:
            eta += self.offset
        return eta

    def step(self, B: FloatArray, cell: tuple[int, ...]) -> FloatArray:
        """Return how far a cell is from the base, shape (D, 1) or (D, n)."""
        step = self.steps[cell]
        return B @ step.T if step.ndim == 2 else (B @ step)[:, np.newaxis]


@dataclass(frozen=True, slots=True, eq=False)
class Trio:
    """Three models of the same n rows.

    Attributes
    ----------
    treatment, mediator, outcome : FittedModel
    names : Names
    binary : bool
        Whether the mediator has two values.
    covariates : bool
        Whether any model has a variable beside the three, or weights, so that units differ.
    complement : bool
        Whether 1 - Pr(T = 1) is computed as R does for a GLM, wrongly.
    predictors : tuple of Predictor
        Of the treatment by (z,), the mediator by (t, z) and the outcome by (t, z) at m = 0.
    slopes : Predictor
        How the outcome's predictor moves with the mediator, by (t, z).
    """

    treatment: FittedModel
    mediator: FittedModel
    outcome: FittedModel
    names: Names
    binary: bool
    covariates: bool
    complement: bool
    predictors: tuple[Predictor, Predictor, Predictor]
    slopes: Predictor

    @property
    def models(self) -> tuple[FittedModel, FittedModel, FittedModel]:
        """The three models in R's order."""
        return self.treatment, self.mediator, self.outcome

    def strata(self, B: tuple[FloatArray, FloatArray, FloatArray], sd: FloatArray) -> Strata:
        """Evaluate the models at draws of their coefficients.

        Parameters
        ----------
        B : tuple of ndarray, shapes (D, k_t), (D, k_m), (D, k_y)
        sd : ndarray, shape (D,)
            Standard deviation of a continuous mediator; of a binary one not used.
        """
        B_t, B_m, B_y = B
        to_m = self.mediator.kind.scale
        eta = _quad(self.predictors[1], B_m)
        means = eta.each(lambda x: to_m.inverse(x, out=x)) if self.binary else eta
        return Strata(
            Q=self._probabilities(B_t),
            mediator=means,
            sd=None if self.binary else sd,
            intercept=_quad(self.predictors[2], B_y),
            slope=Quad(*(self.slopes.step(B_y, cell) for cell in _CELLS)),
            link=self.outcome.kind.scale,
        )

    def _probabilities(self, B: FloatArray) -> Quad:
        """Return the probabilities of treatment t under encouragement z."""
        predictor, link = self.predictors[0], self.treatment.kind.scale
        base = predictor.at_base(B)
        eta1, eta0 = (base + predictor.step(B, (z,)) for z in (1, 0))
        if self.complement:  # R's: the inverse link of 1 - eta
            q01, q00 = link.inverse(1.0 - eta1), link.inverse(1.0 - eta0)
            return Quad(link.inverse(eta1), link.inverse(eta0), q01, q00)
        q11, q10 = link.inverse(eta1), link.inverse(eta0)
        return Quad(q11, q10, 1.0 - q11, 1.0 - q10)


def _quad(predictor: Predictor, B: FloatArray) -> Quad:
    """Return the linear predictors of the four cells."""
    base = predictor.at_base(B)
    return Quad(*(base + predictor.step(B, cell) for cell in _CELLS))


def read_trio(models: tuple[Any, Any, Any], names: Names, *, dropobs: bool, ledger: CompatLedger) -> Trio:
    """Read the three models, bring them to the same rows, and check what the estimator needs.

    Parameters
    ----------
    models : tuple
        Treatment, mediator and outcome model, as given.
    names : Names
    dropobs : bool
        Refit all models to the rows they have in common.
    ledger : CompatLedger
    """
    require_names(names)
    follow = (names.treat, names.mediator, names.enc)
    given_t = adapt(models[0], "treatment", follow)
    given_m = adapt(models[1], "mediator", follow)
    given_y = adapt(models[2], "outcome", follow)
    require_kinds(given_t, given_m, given_y)
    treatment, mediator, outcome = _same_rows(given_t, given_m, given_y, dropobs)
    require_roles(treatment, mediator, outcome, names, ledger)
    for model in (treatment, mediator, outcome):
        refuse_degenerate(model)
    binary = mediator.kind.binary
    values = zero_and_one_values(treatment, mediator, outcome, names, binary)
    by_outcome = _designs(outcome, {name: values[name] for name in (names.treat, names.enc, names.mediator)})
    if not binary:
        require_linear(outcome, names.mediator)
    trio = Trio(
        treatment=treatment,
        mediator=mediator,
        outcome=outcome,
        names=names,
        binary=binary,
        covariates=_has_covariates((treatment, mediator, outcome), names),
        complement=treatment.kind.name != "linear" and ledger.follow_r("iv-treatment-glm"),
        predictors=(
            _predictor(treatment, _designs(treatment, {names.enc: values[names.enc]})),
            _predictor(mediator, _designs(mediator, {n: values[n] for n in (names.treat, names.enc)})),
            _predictor(outcome, {cell: by_outcome[(*cell, 0)] for cell in _CELLS}),
        ),
        slopes=Predictor(
            np.empty((0, 0)),
            {cell: _step(by_outcome[(*cell, 1)] - by_outcome[(*cell, 0)]) for cell in _CELLS},
            None,
        ),
    )
    _require_compliers(trio)
    return trio


def _same_rows(
    treatment: FittedModel, mediator: FittedModel, outcome: FittedModel, dropobs: bool
) -> tuple[FittedModel, FittedModel, FittedModel]:
    """Pair the rows of the three models, in the order of the treatment model."""
    first = pair_models(treatment, mediator, dropobs=dropobs)
    second = pair_models(first.mediator, outcome, dropobs=dropobs)
    third = pair_models(second.mediator, first.outcome, dropobs=dropobs)
    return third.mediator, third.outcome, second.outcome


def _has_covariates(models: tuple[FittedModel, ...], names: Names) -> bool:
    """Whether units differ in anything that a model reads, or have weights."""
    outcome = models[-1].response.variable
    read = set().union(*(model.design.variables | {model.response.variable} for model in models))
    weighted = any(model.weights is not None for model in models)
    return weighted or bool(read - {names.enc, names.treat, names.mediator, outcome})


def _designs(
    model: FittedModel, values: Mapping[str, Mapping[str, tuple[Any, Any]]]
) -> dict[tuple[int, ...], FloatArray]:
    """Return the design with columns set to all combinations of their values for 0 and 1."""
    cells = list(product((0, 1), repeat=len(values)))
    frames = []
    for cell in cells:
        columns = {
            name: by_role[model.role][place]
            for (name, by_role), place in zip(values.items(), cell, strict=True)
            if model.role in by_role
        }
        frames.append(set_columns(model.frame, columns))
    # A recipe costs more than its rows, so that all cells are evaluated at once.
    every = model.design.matrix(pd.concat(frames, ignore_index=True))
    return dict(zip(cells, np.split(every, len(cells)), strict=True))


def _predictor(model: FittedModel, designs: Mapping[tuple[int, ...], FloatArray]) -> Predictor:
    """Return the predictor of cells, from their designs."""
    base = designs[min(designs)]
    return Predictor(base, {cell: _step(X - base) for cell, X in designs.items()}, model.offset)


def _step(difference: FloatArray) -> FloatArray:
    """Return a difference of designs, one row where all are the same."""
    return difference[0].copy() if np.all(difference == difference[:1]) else difference


def _require_compliers(trio: Trio) -> None:
    """Refuse an encouragement that moves nobody."""
    coef = trio.treatment.fit.coef[np.newaxis]
    Q = trio._probabilities(coef)
    if not np.any(Q.t1z1 != Q.t1z0):
        msg = (
            f"The encouragement {trio.names.enc!r} does not move the treatment {trio.names.treat!r} at "
            "all: there are no compliers to speak of."
        )
        raise NotEstimableError(msg)
