"""Columns with coefficients by group, under counterfactual values of treatment and mediator."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.design import Term
from pymediation.engine.surface import AffineSurface, GenericSurface, LevelSurface, OrderedSurface, Surface
from pymediation.fitted import FittedModel
from pymediation.rows import Grouping
from pymediation.setting.counterfactual import Scenario, mediator_designs, outcome_surface

__all__ = ["random_arms", "random_surface"]

FloatArray = NDArray[np.float64]
Arms = tuple[FloatArray, FloatArray]


def random_arms(model: FittedModel, grouping: Grouping, setting: Scenario) -> Arms:
    """Return the columns of a mixed mediator model's groups under treatment and under control, each (n, D).

    Parameters
    ----------
    model : FittedModel
    grouping : Grouping
    setting : Scenario
    """
    right = mediator_designs(_of_groups(model, grouping), replace(setting, simulated=False))
    as_r = _as_r(grouping, setting, interactions=False)
    if as_r is None or all(np.array_equal(a, b) for a, b in zip(right, as_r, strict=True)):
        return right
    return as_r if setting.ledger.follow_r("random-slopes") else right


def random_surface(
    model: FittedModel,
    grouping: Grouping,
    setting: Scenario,
    values: tuple[Any, ...] | None,
) -> AffineSurface | GenericSurface | LevelSurface:
    """Return the columns of a mixed outcome model's groups as a function of arm and mediator.

    Parameters
    ----------
    model : FittedModel
    grouping : Grouping
    setting : Scenario
    values
        As in :func:`~pymediation.setting.counterfactual.outcome_surface`.
    """
    right = plain_surface(
        outcome_surface(_of_groups(model, grouping), replace(setting, simulated=False), values)
    )
    as_r = _surface_of_r(grouping, setting, right)
    if as_r is None or (isinstance(right, AffineSurface) and _same(right, as_r)):
        return right
    return as_r if setting.ledger.follow_r("random-slopes") else right


def plain_surface(surface: Surface) -> AffineSurface | GenericSurface | LevelSurface:
    """Return a surface that is known to be of one linear predictor."""
    if isinstance(surface, (AffineSurface, GenericSurface, LevelSurface)):
        return surface
    name = "ordered" if isinstance(surface, OrderedSurface) else type(surface).__name__
    raise TypeError(name)  # pragma: no cover - refused before


def _of_groups(model: FittedModel, grouping: Grouping) -> FittedModel:
    """Return the model with the columns of its groups in the place of its own."""
    return replace(model, design=grouping.design, X=grouping.Z, offset=None)


def _same(one: AffineSurface, other: AffineSurface) -> bool:
    """Whether two surfaces have the same columns."""
    return all(
        np.array_equal(a, b)
        for a, b in zip((*one.base, *one.slope), (*other.base, *other.slope), strict=True)
    )


def _terms_of_r(grouping: Grouping) -> tuple[Term, ...] | None:
    """Return the terms if each is one column of its own name, as R needs to find it; else None."""
    terms, names = grouping.design.terms, grouping.design.names
    plain = all(
        term.label == "1"
        or (term.columns.stop - term.columns.start == 1 and names[term.columns.start] == term.label)
        for term in terms
    )
    return terms if plain else None


def _as_r(grouping: Grouping, setting: Scenario, *, interactions: bool) -> Arms | None:
    """Return R's columns by arm: the treatment's are 1 and 0, all others as observed; None where R stops."""
    terms = _terms_of_r(grouping)
    if terms is None or (not interactions and any(len(term.factors) > 1 for term in terms)):
        return None
    arms = (grouping.Z.copy(), grouping.Z.copy())
    for term in terms:
        if term.factors == (setting.contrast.treat,):
            arms[0][:, term.columns], arms[1][:, term.columns] = 1.0, 0.0
    return arms


def _surface_of_r(
    grouping: Grouping, setting: Scenario, right: AffineSurface | GenericSurface | LevelSurface
) -> AffineSurface | None:
    """Return R's columns of an outcome model's groups, where only the plain mediator moves."""
    arms = _as_r(grouping, setting, interactions=True)
    if arms is None or isinstance(right, LevelSurface):
        return None
    slope = np.zeros_like(grouping.Z)
    for term in grouping.design.terms:
        if term.factors == (setting.contrast.mediator,):
            slope[:, term.columns] = 1.0
            for arm in arms:
                arm[:, term.columns] = 0.0
    two_valued = isinstance(right, AffineSurface) and right.two_valued
    return AffineSurface(arms, (slope, slope), True, two_valued, right.link, None)
