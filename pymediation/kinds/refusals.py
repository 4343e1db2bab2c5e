"""What a kind of model cannot be used for, and why: one source for errors and for the table of support."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pymediation.kinds.base import ModelKind

__all__ = ["Refusal", "pair_refusal", "refusal"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a model cannot be used, as the rest of a sentence about it, and what to do instead."""

    reason: str
    remedy: str


_NO_DISTRIBUTION = Refusal(
    "does not define a distribution to draw the mediator from",
    "Use gaussian, binomial, poisson, Gamma or inverse.gaussian.",
)
_NO_COEFFICIENTS = Refusal(
    "cannot be simulated from: no distribution of its coefficients is available",
    "Set boot=True.",
)
_LAW_OF_RESAMPLE = Refusal(
    "cannot be simulated from: the mediator is drawn by regressions on a resample",
    "Set boot=True.",
)
_BY_CATEGORY = Refusal("is ordered: only the bootstrap is available", "Set boot=True to say so yourself.")
_NO_MEAN = Refusal(
    "has categories without an order, which have no mean",
    "Fit a Logit model to an indicator of each category of interest, or an ordered model if it has an order.",
)
_BY_GROUP = Refusal(
    "has coefficients that vary between groups, which resampled rows do not tell",
    "Set boot=False; or fit ordinary models and resample whole groups, boot=True with cluster=.",
)


_CATEGORIES_IN_GROUPS = Refusal(
    "draws categories, which is not supported beside an outcome model with groups (nor in R)",
    "Model an indicator of each category of interest.",
)


def pair_refusal(mediator: ModelKind, outcome: ModelKind, *, boot: bool) -> Refusal | None:
    """Return why a mediator model cannot be used with this outcome model, though with others; else None.

    Parameters
    ----------
    mediator, outcome : ModelKind
        Each usable by itself.
    boot : bool
        The bootstrap, or else the quasi-Bayesian simulation.
    """
    if outcome.grouped and not boot and (mediator.nominal or mediator.n_categories):
        return _CATEGORIES_IN_GROUPS
    return None


def refusal(
    kind: ModelKind, role: Literal["mediator", "outcome", "treatment"], *, boot: bool
) -> Refusal | None:
    """Return why a kind of model cannot be used in a role by a method; None where it can.

    Parameters
    ----------
    kind : ModelKind
    role : {"mediator", "outcome"}
    boot : bool
        The bootstrap, or else the quasi-Bayesian simulation.
    """
    if role == "mediator" and kind.law is None:
        return _NO_DISTRIBUTION
    if role == "outcome" and kind.nominal:
        return _NO_MEAN
    if boot:
        return _BY_GROUP if kind.grouped else None
    if kind.learned:
        return _NO_COEFFICIENTS
    if role == "outcome" and kind.n_categories:
        return _BY_CATEGORY
    if kind.coefficients is None:
        return _NO_COEFFICIENTS
    return _LAW_OF_RESAMPLE if role == "mediator" and kind.law_of_resample else None
