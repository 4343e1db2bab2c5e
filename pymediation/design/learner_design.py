"""The design of a model without one: a learner reads columns and has no coefficients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.design.base import Term

__all__ = ["LearnerDesign"]


@dataclass(frozen=True, slots=True, eq=False)
class LearnerDesign:
    """The columns that a learner reads, each of them a term; the design matrix has no columns.

    Attributes
    ----------
    columns : tuple of str
        Names of the data columns.
    """

    columns: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of the design matrix: none."""
        return ()

    @property
    def terms(self) -> tuple[Term, ...]:
        """The data columns; what a learner makes of them is its own affair."""
        return tuple(Term(name, (name,), slice(0, 0)) for name in self.columns)

    @property
    def variables(self) -> frozenset[str]:
        """Names of the data columns."""
        return frozenset(self.columns)

    def factor_variables(self, factor: str) -> frozenset[str]:
        """Return the data column that is meant."""
        return frozenset({factor})

    def matrix(
        self,
        frame: pd.DataFrame,
        *,
        values: Mapping[str, Any] | None = None,
        default_contrasts: bool = False,
    ) -> NDArray[np.float64]:
        """Return the design matrix, shape (n, 0)."""
        return np.empty((len(frame), 0))

    def factor_values(self, factor: str, frame: pd.DataFrame) -> Any:
        """Return one column."""
        return frame[factor].to_numpy()

    def level_codes(self, frame: pd.DataFrame) -> Mapping[str, tuple[NDArray[np.intp], tuple[Any, ...]]]:
        """Return the levels that every resample must have: none, the learner itself says what it needs."""
        return {}

    def relearn(self, frame: pd.DataFrame) -> LearnerDesign:
        """Return the same columns."""
        return self
