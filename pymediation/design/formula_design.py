"""What the designs of patsy and of formulaic formulas have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.design.base import Term
from pymediation.design.coding import Coding, FactorCoding, assemble, column_of, encode
from pymediation.design.expressions import canonical
from pymediation.errors import FormulaError, PymediationError, UnknownNameError, did_you_mean

__all__ = ["FormulaDesign", "is_row_data"]


def is_row_data(value: object, n_rows: int | None) -> bool:
    """Return whether a value of the caller's holds one item per row of the data.

    Parameters
    ----------
    value : object
        What a name of a formula stands for outside the data frame.
    n_rows : int or None
        Number of rows; None when it is not known: then any array, series or list will do.
    """
    arrays = np.ndarray | pd.Series | pd.DataFrame | pd.Index | pd.Categorical | list | tuple
    if not isinstance(value, arrays) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return False
    return n_rows is None or len(value) == n_rows


@dataclass(frozen=True, slots=True, eq=False)
class FormulaDesign(ABC):
    """A design read from a formula; subclasses evaluate the factors.

    Attributes
    ----------
    coding : Coding
        Factors to columns, in R's order.
    captured : frozenset of str
        Arrays that the formula takes from the caller's scope. They do not follow when rows are resampled.
    formula : str or None
        The formula, which tells the order of the terms.
    frame_columns : frozenset of str or None
        The columns of the data; None when they were not told.
    n_rows : int or None
        Number of rows of the data, if told.
    """

    coding: Coding
    captured: frozenset[str] = field(kw_only=True)
    formula: str | None = field(kw_only=True)
    frame_columns: frozenset[str] | None = field(kw_only=True)
    n_rows: int | None = field(kw_only=True)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the k columns, as the library spells them."""
        return self.coding.names

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms, in column order."""
        return self.coding.terms

    @property
    def variables(self) -> frozenset[str]:
        """Names of the data columns that the recipe reads."""
        return frozenset[str]().union(*(factor.variables for factor in self.coding.factors.values()))

    @property
    def permutation(self) -> NDArray[np.intp]:
        """Positions of the columns in the library's matrix, shape (k,): R's is ``theirs[:, permutation]``."""
        return self.coding.permutation

    def factor_variables(self, factor: str) -> frozenset[str]:
        """Return the data columns that one factor (as written in `terms`) reads."""
        return self._factor(factor).variables

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
            n rows that hold at least the variables of the factors not given in `values`.
        values : mapping, optional
            Factor text (white space does not matter) -> n numbers, or n level labels of a categorical factor,
            to be used instead of evaluating that factor.
        default_contrasts : bool
            Code every factor that has contrasts with R's default ones: treatment contrasts, or orthogonal
            polynomials where the values are an ordered categorical.

        Returns
        -------
        ndarray, shape (n, k)

        Raises
        ------
        UnknownNameError
            A column is not in `frame`, `values` names no factor, or the model was not fitted with a level.
        ArgumentError
            Missing values: rows are never dropped.
        FormulaError
            A factor cannot be evaluated.
        """
        given = {self._factor(text).text: value for text, value in (values or {}).items()}
        evaluated = {}
        for text, factor in self.coding.factors.items():
            value = given[text] if text in given else self._evaluated(factor, frame)
            evaluated[text] = encode(factor, value, frame)
        return assemble(self.coding, evaluated, len(frame), default_contrasts=default_contrasts)

    def factor_values(self, factor: str, frame: pd.DataFrame) -> Any:
        """Return one factor evaluated on the rows of `frame`: n numbers, or n level labels."""
        return self._evaluated(self._factor(factor), frame)

    def level_codes(self, frame: pd.DataFrame) -> Mapping[str, tuple[NDArray[np.intp], tuple[Any, ...]]]:
        """Return, for each categorical factor, the code of its level in each row and the levels."""
        return {
            text: (encode(factor, self._evaluated(factor, frame), frame).values, factor.levels)
            for text, factor in self.coding.factors.items()
            if factor.levels is not None
        }

    @abstractmethod
    def relearn(self, frame: pd.DataFrame) -> FormulaDesign:
        """Return the recipe of the same formula learnt anew from the rows of `frame`."""

    @abstractmethod
    def _evaluate(self, text: str, frame: pd.DataFrame) -> Any:
        """Return a factor's labels or numbers on the rows of `frame`."""

    def _evaluated(self, factor: FactorCoding, frame: pd.DataFrame) -> Any:
        """Evaluate a factor; the library would look for a missing column in the caller's scope."""
        for name in sorted(factor.variables):
            column_of(frame, name, factor.text)
        try:
            return self._evaluate(factor.text, frame)
        except PymediationError:
            raise
        except Exception as error:
            msg = f"Cannot evaluate {factor.text!r}: {error}"
            raise FormulaError(msg) from error

    def _factor(self, text: str) -> FactorCoding:
        """Find a factor by its text."""
        factors = self.coding.factors
        if text in factors:
            return factors[text]
        wanted = canonical(text)
        for known, factor in factors.items():
            if canonical(known) == wanted:
                return factor
        listed = ", ".join(map(repr, factors))
        msg = f"{text!r} is not a factor of the formula; its factors: {listed}.{did_you_mean(text, factors)}"
        raise UnknownNameError(msg)
