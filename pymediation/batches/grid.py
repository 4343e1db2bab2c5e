"""Which analyses a batch consists of, in R's order and with R's names, and their model formulas."""

from __future__ import annotations

from dataclasses import dataclass

from pymediation.batches.request import Batch
from pymediation.formula.text import name_text

__all__ = ["Specification", "grid", "mediator_formula", "outcome_formula"]


@dataclass(frozen=True, slots=True)
class Specification:
    """One analysis of a batch.

    Attributes
    ----------
    dataset : str
        Name of the data set.
    outcome, treatment, mediator : str
        Columns.
    """

    dataset: str
    outcome: str
    treatment: str
    mediator: str

    @property
    def name(self) -> str:
        """R's name of the analysis, which does not tell the data set."""
        return f"{self.outcome}.{self.treatment}.{self.mediator}"


def grid(batch: Batch) -> tuple[Specification, ...]:
    """Return the analyses: treatments with their data sets, then outcomes, then mediators."""
    return tuple(
        Specification(dataset, outcome, treatment, mediator)
        for dataset, treatment in zip(batch.datasets, batch.treatments, strict=True)
        for outcome in batch.outcomes
        for mediator in batch.mediators
    )


def mediator_formula(specification: Specification, covariates: str | None) -> str:
    """Return the formula of the mediator model.

    Examples
    --------
    >>> mediator_formula(Specification("d", "y", "t", "m"), "age + sex")
    'm ~ t + age + sex'
    """
    treatment = name_text(specification.treatment)
    return _formula(specification.mediator, treatment, covariates)


def outcome_formula(specification: Specification, covariates: str | None, *, interaction: bool) -> str:
    """Return the formula of the outcome model.

    Examples
    --------
    >>> outcome_formula(Specification("d", "y", "t", "m"), None, interaction=True)
    'y ~ t * m'
    """
    pair = map(name_text, (specification.treatment, specification.mediator))
    return _formula(specification.outcome, (" * " if interaction else " + ").join(pair), covariates)


def _formula(response: str, terms: str, covariates: str | None) -> str:
    """Put a formula together, covariates last."""
    return f"{name_text(response)} ~ {terms}" + ("" if covariates is None else f" + {covariates}")
