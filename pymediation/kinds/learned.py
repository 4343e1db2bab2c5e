"""Models without coefficients: estimators of scikit-learn, and models of the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.mediators import MediatorLaw
from pymediation.engine.scale import IDENTITY
from pymediation.kinds.base import ModelKind, Refitted, all_coefficients
from pymediation.models import MediationModel
from pymediation.rows import ModelRows

__all__ = ["LearnerFit", "learned_kind"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LearnerFit:
    """A fitted learner in the place of coefficients.

    Attributes
    ----------
    model : MediationModel
    categories : tuple of K labels, or None
        Values of a categorical response, for which the codes 0, 1, ... stand; None for numbers.
    """

    model: MediationModel
    categories: tuple[Any, ...] | None

    @property
    def coef(self) -> FloatArray:
        """Coefficients of the columns of the design matrix, which has none."""
        return np.zeros(0)

    @property
    def aliased(self) -> NDArray[np.bool_]:
        """Redundant columns of the design matrix."""
        return np.zeros(0, dtype=bool)

    @property
    def converged(self) -> bool:
        """Whether the fit converged; a learner that does not should raise or warn."""
        return True


def learned_kind(
    model: MediationModel, categories: tuple[Any, ...] | None, n_categories: int, note: str = ""
) -> ModelKind:
    """Return the kind of a learner.

    To whatever works with coefficients it is a model of none; refits, draws and predictions are made by
    :mod:`pymediation.engine.learned`.

    Parameters
    ----------
    model : MediationModel
        Knows how to refit itself.
    categories : tuple of K labels, or None
        Values of a categorical response; None for numbers.
    n_categories : int
        Number of categories of an outcome whose effects are reported for each; else 0.
    note : str
        What the summary says about its assumptions.
    """
    law = MediatorLaw("learned", n_values=len(categories or ()))

    def fit(rows: ModelRows) -> LearnerFit:
        return LearnerFit(model.fit(rows.frame, rows.weights, np.random.default_rng(0)), categories)

    return ModelKind(
        name="learner",
        fit=fit,
        refit=lambda rows, counts, drawn: Refitted(np.zeros((len(counts), 0)), np.zeros(len(counts)), {}),
        scale=IDENTITY,
        centre=IDENTITY,
        law=lambda rows: law,
        parameter=lambda rows, fit: np.zeros(()),
        coefficients=None,
        split=all_coefficients,
        binary=law.n_values == 2,
        mean="real" if categories is None else "positive",
        n_categories=n_categories,
        learned=True,
        note=note,
    )
