"""The rows a model was fitted to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.design import Design
from pymediation.design.learner_design import LearnerDesign

__all__ = ["Grouping", "LevelCodes", "ModelRows", "Response"]

FloatArray = NDArray[np.float64]
# In the place of a design that is not needed.
_NUMBERS = LearnerDesign(())

LevelCodes = tuple[NDArray[np.intp], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Response:
    """The left side of a model.

    Attributes
    ----------
    text : str
        As the model writes it.
    variable : str
        The column behind it, wrappers such as ``C()`` or ``scale()`` removed.
    levels : tuple or None
        For a factor response: the levels that the modelled values 0, 1, ... stand for.
    """

    text: str
    variable: str
    levels: tuple[object, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """The groups of a mixed model, and the columns whose coefficients vary between them.

    Attributes
    ----------
    name : str
        The grouping column.
    levels : tuple
        The J groups, in the order of the fit.
    codes : ndarray of int, shape (n,)
        Group of each row, as its place among `levels`.
    design : Design
        Rows to the D columns with coefficients by group.
    Z : ndarray, shape (n, D)
        These columns.
    blocks : tuple of int
        Numbers of columns whose coefficients are correlated with each other.
    """

    name: str
    levels: tuple[Any, ...]
    codes: NDArray[np.intp]
    design: Design
    Z: FloatArray
    blocks: tuple[int, ...]

    def take(self, rows: NDArray[np.intp]) -> Grouping:
        """Return the groups of a selection of the rows, in the order given."""
        return replace(self, codes=self.codes[rows], Z=self.Z[rows])

    def relearn(self, frame: pd.DataFrame) -> Grouping:
        """Return the same with the design learnt anew from `frame`, and without groups that no row has."""
        used, codes = np.unique(self.codes, return_inverse=True)
        design = self.design.relearn(frame)
        levels = tuple(self.levels[code] for code in used)
        return replace(self, levels=levels, codes=codes, design=design, Z=design.matrix(frame))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ModelRows:
    """n rows of k columns, and what belongs to them.

    Attributes
    ----------
    design : Design
        Rows to columns, in R's order.
    frame : DataFrame, n rows
        A private copy of the columns that `design` reads, for the rows used.
    X, y : ndarray, shapes (n, k) and (n,)
        What the model was fitted to.
    weights : ndarray, shape (n,), or None
        Sampling weights: they enter the fit and the averages over rows.
    trials : ndarray, shape (n,), or None
        Numbers of trials behind binomial proportions: they enter the fit only.
    offset : ndarray, shape (n,), or None
        Known part of the linear predictor (log exposure included).
    event : ndarray, shape (n,), or None
        For survival times: 1 where the event was seen, 0 where the time is censored.
    response : Response
        The left side.
    positions : ndarray of int, shape (n,)
        Rows of the user's data that were used.
    index : Index, n labels
        Their labels.
    data_id : int
        Identity of the user's data frame; equal for two models fitted to the same object.
    formula : str
        The formula, or the list of columns.
    grouping : Grouping or None
        For a mixed model: its groups.
    """

    design: Design
    frame: pd.DataFrame
    X: FloatArray
    y: FloatArray
    weights: FloatArray | None
    trials: FloatArray | None
    offset: FloatArray | None
    event: FloatArray | None = None
    response: Response
    positions: NDArray[np.intp]
    index: pd.Index
    data_id: int
    formula: str
    grouping: Grouping | None = None

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.y.size

    @property
    def response_name(self) -> str:
        """The left side as it is told of: as written, but of a survival time without its events."""
        return self.response.text if self.event is None else self.response.variable

    @property
    def prior_weights(self) -> FloatArray | None:
        """Weights of the fit: sampling weights times numbers of trials."""
        if self.trials is None:
            return self.weights
        return self.trials if self.weights is None else self.trials * self.weights

    def take(self, rows: NDArray[np.intp], **changed: Any) -> Self:
        """Return a selection of the rows, in the order given; `changed` are fields that are not selected."""
        parts = {
            name: None if (part := getattr(self, name)) is None else part[rows]
            for name in ("X", "y", "weights", "trials", "offset", "event", "positions", "index")
        }
        parts["frame"] = self.frame.iloc[rows].reset_index(drop=True)
        parts["grouping"] = None if self.grouping is None else self.grouping.take(rows)
        return replace(self, **{**parts, **changed})

    def numbers(self) -> ModelRows:
        """Return the rows without the data frame and what was learnt from it; refits need numbers alone."""
        values = {field.name: getattr(self, field.name) for field in fields(ModelRows)}
        nothing = pd.DataFrame(index=pd.RangeIndex(self.n))
        return ModelRows(**{**values, "design": _NUMBERS, "frame": nothing, "index": nothing.index})

    def level_codes(self) -> Mapping[str, LevelCodes]:
        """For each categorical factor of the design, the code of its level in each row and the levels."""
        return self.design.level_codes(self.frame)
