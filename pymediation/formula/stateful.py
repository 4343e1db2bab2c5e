"""The functions that learn from the data of the fit and repeat on new rows what they learnt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from pymediation.errors import FormulaError
from pymediation.formula.cutting import Intervals, interval_codes, interval_names, learn_intervals
from pymediation.formula.functions import numbers, scalar, texts
from pymediation.formula.polynomials import (
    PolyBasis,
    SplineBasis,
    learn_poly,
    learn_spline,
    poly_columns,
    spline_columns,
)
from pymediation.formula.values import Factor, Floats, Matrix, Value, align_levels, as_factor

__all__ = ["STATEFUL", "Stateful"]


@dataclass(frozen=True, slots=True)
class Stateful:
    """A function in two steps.

    Attributes
    ----------
    learn : callable
        All arguments -> what is to be remembered.
    apply : callable
        What was remembered, the first argument, and the call as text for messages -> values.
    """

    learn: Callable[..., Any]
    apply: Callable[[Any, Any, str], Value]


@dataclass(frozen=True, slots=True)
class _FactorState:
    """The levels to look for, their labels, and whether others become missing."""

    levels: tuple[str, ...]
    labels: tuple[str, ...]
    ordered: bool
    closed: bool


def _learn_factor(
    x: Any, levels: Any = None, labels: Any = None, ordered: Any = None, *, keep_levels: bool = False
) -> _FactorState:
    """Learn the levels; those of a factor that do not occur are dropped unless `keep_levels`."""
    found = as_factor(x)
    if levels is not None:
        chosen = tuple(texts(levels))
    elif isinstance(x, Factor) and not keep_levels:
        used = np.unique(found.codes[found.codes >= 0])
        chosen = tuple(found.levels[code] for code in used)
    else:
        chosen = found.levels
    names = chosen if labels is None else tuple(texts(labels))
    if len(names) == 1 < len(chosen):
        names = tuple(f"{names[0]}{number}" for number in range(1, len(chosen) + 1))
    if len(names) != len(chosen):
        raise FormulaError(f"`labels` has {len(names)} names for the {len(chosen)} levels {list(chosen)}.")
    order = found.ordered if ordered is None else bool(scalar(ordered, "ordered"))
    return _FactorState(chosen, names, order, levels is not None)


def _apply_factor(state: _FactorState, x: Any, label: str) -> Value:
    """Turn values into the levels that were learnt."""
    codes = align_levels(x, state.levels, label, strict=not state.closed)
    labels = tuple(dict.fromkeys(state.labels))
    if len(labels) < len(state.labels):
        codes = np.array([labels.index(label) for label in state.labels] + [-1])[codes]
    return Factor(codes, labels, state.ordered)


def _learn_ordered(x: Any, levels: Any = None, labels: Any = None) -> _FactorState:
    """Learn an ordered factor."""
    return _learn_factor(x, levels, labels, np.asarray(1.0))


def _learn_as_factor(x: Any) -> _FactorState:
    """Learn a factor that keeps its levels."""
    return _learn_factor(x, keep_levels=True)


def _learn_as_ordered(x: Any) -> _FactorState:
    """Learn an ordered factor that keeps its levels."""
    return _learn_factor(x, None, None, np.asarray(1.0), keep_levels=True)


def _learn_scale(x: Any, center: Any = True, scale: Any = True) -> tuple[Any, Any]:
    """Learn mean and standard deviation by column; FALSE leaves one out, a number is used as it is."""
    values = numbers(x)
    middle = _chosen(center, lambda: np.nanmean(values, axis=0), 0.0)
    counts = np.sum(~np.isnan(values), axis=0)
    spread = _chosen(scale, lambda: np.sqrt(np.nansum((values - middle) ** 2, axis=0) / (counts - 1)), 1.0)
    if np.any(spread == 0):
        raise FormulaError("scale() cannot divide by the standard deviation 0 of a constant.")
    return middle, spread


def _chosen(option: Any, learn: Callable[[], Any], off: float) -> Any:
    """Read an option that is TRUE, FALSE or the value itself."""
    if isinstance(option, bool):
        return learn() if option else off
    flag = getattr(option, "values", None)
    if flag is not None and np.ndim(flag) == 0:
        return learn() if flag else off
    return numbers(option)


def _apply_scale(state: tuple[Any, Any], x: Any, label: str) -> Value:
    """Centre and divide."""
    values = (numbers(x) - state[0]) / state[1]
    return Matrix(values, x.names) if isinstance(x, Matrix) else values


def _learn_poly(x: Any, degree: Any = 1.0, raw: Any = False, simple: Any = None) -> PolyBasis | int:
    """Learn an orthogonal basis, or only the degree of raw powers."""
    values = numbers(x)
    if values.ndim != 1 or np.size(numbers(degree)) != 1:
        raise FormulaError("poly() takes one variable and its degree: poly(x, 2).")
    highest = int(scalar(degree, "degree"))
    return highest if scalar(raw, "raw") else learn_poly(values, highest)


def _apply_poly(state: PolyBasis | int, x: Any, label: str) -> Value:
    """Evaluate the polynomials."""
    values = numbers(x)
    if isinstance(state, PolyBasis):
        return _numbered(poly_columns(state, values))
    return _numbered(np.column_stack([values**power for power in range(1, state + 1)]))


def _numbered(columns: Floats) -> Matrix:
    """Name columns 1, 2, ..."""
    return Matrix(columns, tuple(str(number) for number in range(1, columns.shape[1] + 1)))


def _optional(value: Any) -> Any:
    """Return the numbers of an option, None if it was not given."""
    return None if value is None else numbers(value)


def _learn_bs(
    x: Any,
    df: Any = None,
    knots: Any = None,
    degree: Any = 3.0,
    intercept: Any = False,
    Boundary_knots: Any = None,
) -> SplineBasis:
    """Learn a B-spline basis."""
    return learn_spline(
        numbers(x),
        natural=False,
        df=None if df is None else scalar(df, "df"),
        knots=_optional(knots),
        degree=int(scalar(degree, "degree")),
        intercept=bool(scalar(intercept, "intercept")),
        boundary=_optional(Boundary_knots),
    )


def _learn_ns(
    x: Any, df: Any = None, knots: Any = None, intercept: Any = False, Boundary_knots: Any = None
) -> SplineBasis:
    """Learn a natural cubic spline basis."""
    return learn_spline(
        numbers(x),
        natural=True,
        df=None if df is None else scalar(df, "df"),
        knots=_optional(knots),
        degree=3,
        intercept=bool(scalar(intercept, "intercept")),
        boundary=_optional(Boundary_knots),
    )


def _apply_spline(state: SplineBasis, x: Any, label: str) -> Value:
    """Evaluate the columns of a spline."""
    return _numbered(spline_columns(state, numbers(x)))


@dataclass(frozen=True, slots=True)
class _CutState:
    """The intervals, and their names; None if numbers from 1 stand for them."""

    intervals: Intervals
    names: tuple[str, ...] | None
    ordered: bool


def _learn_cut(
    x: Any, breaks: Any, labels: Any = None, include_lowest: Any = False, right: Any = True,
    dig_lab: Any = 3.0, ordered_result: Any = False,
) -> _CutState:  # fmt: skip
    """Learn the cut points, which cover the range of `x` if their number is given."""
    lowest, closed = bool(scalar(include_lowest, "include.lowest")), bool(scalar(right, "right"))
    intervals = learn_intervals(numbers(x), numbers(breaks), lowest=lowest, right=closed)
    given = None if labels is None else texts(labels)
    ordered = bool(scalar(ordered_result, "ordered_result"))
    if given == ["FALSE"]:
        return _CutState(intervals, None, ordered)
    return _CutState(intervals, interval_names(intervals, given, int(scalar(dig_lab, "dig.lab"))), ordered)


def _apply_cut(state: _CutState, x: Any, label: str) -> Value:
    """Divide numbers into the intervals."""
    codes = interval_codes(state.intervals, numbers(x))
    if state.names is None:
        return np.where(codes < 0, np.nan, codes + 1.0)
    return Factor(codes, state.names, state.ordered)


def _learn_summary(function: Callable[..., Any], x: Any, na_rm: Any = False) -> Floats:
    """Learn one number, such as the mean."""
    values = numbers(x)
    if scalar(na_rm, "na.rm"):
        values = values[~np.isnan(values)]
    return np.asarray(function(values), dtype=np.float64)


def _apply_summary(state: Floats, x: Any, label: str) -> Value:
    """Return the number that was learnt."""
    return state


def _summary(function: Callable[..., Any]) -> Stateful:
    """Make a summary that keeps its value on new rows."""
    return Stateful(partial(_learn_summary, function), _apply_summary)


STATEFUL: Final[dict[str, Stateful]] = {
    "factor": Stateful(_learn_factor, _apply_factor),
    "as.factor": Stateful(_learn_as_factor, _apply_factor),
    "ordered": Stateful(_learn_ordered, _apply_factor),
    "as.ordered": Stateful(_learn_as_ordered, _apply_factor),
    "scale": Stateful(_learn_scale, _apply_scale),
    "poly": Stateful(_learn_poly, _apply_poly),
    "bs": Stateful(_learn_bs, _apply_spline),
    "ns": Stateful(_learn_ns, _apply_spline),
    "cut": Stateful(_learn_cut, _apply_cut),
    "mean": _summary(np.mean),
    "median": _summary(np.median),
    "sd": _summary(partial(np.std, ddof=1)),
    "var": _summary(partial(np.var, ddof=1)),
    "min": _summary(np.min),
    "max": _summary(np.max),
}
"""Functions that remember."""
