"""Designs of additive models: a linear part and smooth functions of single variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import block_diag

from pymediation.design.base import Design, Term
from pymediation.design.coding import column_of
from pymediation.design.piecewise import PiecewiseBasis
from pymediation.errors import ArgumentError

__all__ = ["Smooth", "SmoothDesign", "SmoothVariable"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SmoothVariable:
    """The variable of a smooth: a column, or a product that is computed so that it follows its factors.

    Attributes
    ----------
    name : str
        Its name in the model.
    columns : tuple of str
        The columns that are multiplied, repeated for powers.
    indicators : tuple of (str, value)
        Factors that are 1 where a column has a value, and 0 elsewhere.
    """

    name: str
    columns: tuple[str, ...]
    indicators: tuple[tuple[str, Any], ...] = ()

    @property
    def variables(self) -> frozenset[str]:
        """Names of the data columns it is computed from."""
        return frozenset(self.columns) | {name for name, _ in self.indicators}

    def values(self, frame: pd.DataFrame) -> FloatArray:
        """Return its values on the rows of a frame, shape (n,)."""
        parts = [column_of(frame, name, self.name).to_numpy(dtype=np.float64) for name in self.columns]
        parts += [
            (column_of(frame, name, self.name).to_numpy() == value).astype(np.float64)
            for name, value in self.indicators
        ]
        values = reduce(np.multiply, parts)
        if np.isnan(values).any():
            msg = f"The smoothed variable {self.name!r} has missing values. Drop such rows."
            raise ArgumentError(msg)
        return values


@dataclass(frozen=True, slots=True, eq=False)
class Smooth:
    """A penalised smooth function of one variable.

    Attributes
    ----------
    label : str
        The term in messages, such as ``"s(age)"``.
    variable : SmoothVariable
    basis : PiecewiseBasis
        w functions.
    names : tuple of str
        Names of their columns.
    penalty : ndarray, shape (w, w)
        S, where b'S b / (2 phi) is taken off the log-likelihood.
    """

    label: str
    variable: SmoothVariable
    basis: PiecewiseBasis
    names: tuple[str, ...]
    penalty: FloatArray

    def matrix(self, frame: pd.DataFrame) -> FloatArray:
        """Return the columns for the rows of a frame, shape (n, w)."""
        return self.basis(self.variable.values(frame))

    def without(self, columns: int | NDArray[np.intp]) -> Smooth:
        """Return the smooth without some of its columns, given by position."""
        kept = np.delete(np.arange(len(self.names)), columns)
        names = tuple(self.names[j] for j in kept)
        return replace(
            self, basis=self.basis.only(kept), names=names, penalty=self.penalty[np.ix_(kept, kept)]
        )


@dataclass(frozen=True, slots=True, eq=False)
class SmoothDesign:
    """The design of an additive model: the columns of its linear part, then those of each smooth.

    Knots are those of the fit, for new and for resampled rows.

    Attributes
    ----------
    linear : Design
    smooths : tuple of Smooth
    """

    linear: Design
    smooths: tuple[Smooth, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the k columns."""
        return self.linear.names + tuple(name for smooth in self.smooths for name in smooth.names)

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms, in column order; a smooth is a term of one factor."""
        terms, start = list(self.linear.terms), len(self.linear.names)
        for smooth in self.smooths:
            stop = start + len(smooth.names)
            terms.append(Term(smooth.label, (smooth.label,), slice(start, stop)))
            start = stop
        return tuple(terms)

    @property
    def variables(self) -> frozenset[str]:
        """Names of the data columns that the recipe reads."""
        return self.linear.variables.union(*(smooth.variable.variables for smooth in self.smooths))

    @property
    def penalty(self) -> FloatArray:
        """Penalty of the columns of all smooths, which are the last ones of the design."""
        return np.asarray(block_diag(*(smooth.penalty for smooth in self.smooths)), dtype=np.float64)

    def factor_variables(self, factor: str) -> frozenset[str]:
        """Return the data columns that one factor (as written in `terms`) reads."""
        smooth = self._smooth(factor)
        return self.linear.factor_variables(factor) if smooth is None else smooth.variable.variables

    def matrix(
        self,
        frame: pd.DataFrame,
        *,
        values: Mapping[str, Any] | None = None,
        default_contrasts: bool = False,
    ) -> FloatArray:
        """Evaluate the recipe on the rows of `frame`; see :class:`Design`.

        Values of a smooth are its columns, shape (n, w).
        """
        given = dict(values or {})
        held = [given.pop(smooth.label, None) for smooth in self.smooths]
        parts = [self.linear.matrix(frame, values=given or None, default_contrasts=default_contrasts)]
        for smooth, columns in zip(self.smooths, held, strict=True):
            parts.append(smooth.matrix(frame) if columns is None else np.asarray(columns, dtype=np.float64))
        return np.hstack(parts)

    def factor_values(self, factor: str, frame: pd.DataFrame) -> Any:
        """Return one factor evaluated on the rows of `frame`, as ``matrix(values=...)`` takes it."""
        smooth = self._smooth(factor)
        return self.linear.factor_values(factor, frame) if smooth is None else smooth.matrix(frame)

    def level_codes(self, frame: pd.DataFrame) -> Mapping[str, tuple[NDArray[np.intp], tuple[Any, ...]]]:
        """Return, for each categorical factor, the code of its level in each row and the levels."""
        return self.linear.level_codes(frame)

    def relearn(self, frame: pd.DataFrame) -> SmoothDesign:
        """Return the recipe with its linear part learnt anew from `frame`; smooths keep their knots."""
        return replace(self, linear=self.linear.relearn(frame))

    def _smooth(self, factor: str) -> Smooth | None:
        """Return the smooth of that label, if it is one."""
        return next((smooth for smooth in self.smooths if smooth.label == factor), None)
