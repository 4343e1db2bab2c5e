"""What the package asks of a design: data rows in, columns of the design matrix out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Design", "Term"]


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a model formula.

    Attributes
    ----------
    label : str
        The term as the formula writes it, factors joined by ``":"``; ``"1"`` for the intercept.
    factors : tuple of str
        The text of each factor, e.g. ``("treat", "log(age)")``; empty for the intercept.
    columns : slice
        Where the term's columns are in the design matrix.
    """

    label: str
    factors: tuple[str, ...]
    columns: slice


class Design(Protocol):
    """A frozen recipe that turns rows of data into the columns of a design matrix.

    Everything learnt from the data at fit time (levels, contrasts, means, knots) is part of the recipe,
    so new and counterfactual rows get the same columns. Columns are in R's order: intercept, then terms
    by degree and, within a degree, as the formula has them.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the k columns."""
        ...

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms, in column order."""
        ...

    @property
    def variables(self) -> frozenset[str]:
        """Names of the data columns that the recipe reads."""
        ...

    def factor_variables(self, factor: str) -> frozenset[str]:
        """Return the data columns that one factor (as written in `terms`) reads."""
        ...

    def matrix(
        self,
        frame: pd.DataFrame,
        *,
        values: Mapping[str, Any] | None = None,
        default_contrasts: bool = False,
    ) -> NDArray[np.float64]:
        """Evaluate the recipe on the rows of `frame`.

        Parameters
        ----------
        frame : DataFrame
            n rows that hold at least `variables`.
        values : mapping, optional
            Factor text -> n values (labels of its levels) to be used instead of evaluating that factor
            on `frame`. This is how a factor such as ``I(m**2)`` is held at its observed value, or an
            expression such as ``scale(m)`` is given drawn values.
        default_contrasts : bool
            Code every categorical factor with R's default contrasts whatever the model was fitted with.

        Returns
        -------
        ndarray, shape (n, k)
        """
        ...

    def factor_values(self, factor: str, frame: pd.DataFrame) -> Any:
        """Return one factor evaluated on the rows of `frame`, as ``matrix(values=...)`` takes it."""
        ...

    def level_codes(self, frame: pd.DataFrame) -> Mapping[str, tuple[NDArray[np.intp], tuple[Any, ...]]]:
        """Return, for each categorical factor, the code of its level in each row and the levels."""
        ...

    def relearn(self, frame: pd.DataFrame) -> Design:
        """Return the recipe of the same formula learnt anew from the rows of `frame`."""
        ...
