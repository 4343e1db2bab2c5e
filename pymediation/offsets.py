"""Where the offset of a model comes from, so that other rows than its own can have theirs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.adapters import data_of
from pymediation.errors import UnsupportedModelError
from pymediation.fitted import FittedModel
from pymediation.formula import RDesign
from pymediation.newdata import like, refuse_rows

__all__ = ["OffsetSource", "offset_source"]

FloatArray = NDArray[np.float64]

# Two ways to the same number: the logarithm of an exposure may be rounded otherwise.
_SAME = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class OffsetSource:
    """Where an offset is read from.

    Attributes
    ----------
    own : DataFrame
        The columns that it is read from, in the rows of the model.
    design : RDesign or None
        The formula that has it as ``offset()``; None where it is a column.
    logarithm : bool
        Of a column: whether it is an exposure, whose logarithm is the offset.
    """

    own: pd.DataFrame
    design: RDesign | None = None
    logarithm: bool = False

    @property
    def columns(self) -> frozenset[str]:
        """Names of the columns."""
        return frozenset(self.own.columns)

    def at(self, block: pd.DataFrame, first: int) -> FloatArray:
        """Return the offset of new rows.

        Parameters
        ----------
        block : DataFrame
        first : int
            Place of the first row in all of newdata.

        Raises
        ------
        ArgumentError
            A value from which no finite offset can be made.
        """
        frame = pd.DataFrame(
            {name: like(self.own[name], block, first) for name in self.own}, index=block.index
        )
        with np.errstate(divide="ignore", invalid="ignore"):  # refused below
            offset = self._of(frame)
        column = block[next(iter(self.own))]
        refuse_rows(
            column, ~np.isfinite(offset), first, "gives no finite offset", "Drop or correct such rows."
        )
        return offset

    def _of(self, frame: pd.DataFrame) -> FloatArray:
        """Return the offset of rows in the form of the model's own."""
        if self.design is not None:
            found = self.design.offset(frame)
            return np.zeros(len(frame)) if found is None else found
        values = frame.iloc[:, 0].to_numpy(dtype=float)
        return np.log(values) if self.logarithm else values


def offset_source(model: FittedModel) -> OffsetSource | None:
    """Find where a model's offset comes from; None where it has none.

    Fits keep an offset, or an exposure, as numbers without a name. It is an ``offset()`` of the formula, or
    the one column of the data that has these numbers, or whose logarithm has.

    Parameters
    ----------
    model : FittedModel

    Raises
    ------
    UnsupportedModelError
        Neither, or several columns.
    """
    if model.offset is None:
        return None
    found = _in_formula(model) or _among_columns(model)
    if len(found) == 1:
        return found[0]
    names = " and ".join(repr(next(iter(source.columns))) for source in found)
    why = f"the columns {names} have the same values" if found else "no column of its data has its values"
    msg = (
        f"newdata= is not available: the {model.role} model ({model.label}) has an offset or exposure, and "
        f"which column of newdata holds it is not known: {why}. Make it a column of the data frame that the "
        "model is fitted to, with values of its own, or a term offset(...) of an R formula; or leave out "
        "newdata."
    )
    raise UnsupportedModelError(msg)


def _in_formula(model: FittedModel) -> list[OffsetSource]:
    """Return the offset of the formula, if that is all the offset there is."""
    design = model.design
    if not isinstance(design, RDesign) or not design.offset_variables:
        return []
    source = OffsetSource(model.frame[sorted(design.offset_variables)], design)
    return [source] if _same(source, model) else []


def _among_columns(model: FittedModel) -> list[OffsetSource]:
    """Return the columns of the data that have the values of the offset, or whose logarithms have."""
    data = data_of(model.source)
    if data is None or model.positions.max() >= len(data):
        return []
    numbers = data.select_dtypes(include="number").iloc[model.positions].reset_index(drop=True)
    sources = [
        OffsetSource(numbers[[name]], logarithm=logarithm) for name in numbers for logarithm in (False, True)
    ]
    return [source for source in sources if _same(source, model)]


def _same(source: OffsetSource, model: FittedModel) -> bool:
    """Whether a source gives the offset in all rows of the model."""
    with np.errstate(divide="ignore", invalid="ignore"):  # logarithms of any column
        values = source._of(source.own)
    return bool(np.allclose(values, np.asarray(model.offset), rtol=_SAME, atol=_SAME))
