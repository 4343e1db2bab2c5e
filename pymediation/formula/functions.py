"""The functions that keep no state: arithmetic, comparisons, conversions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

import numpy as np
import pandas as pd

from pymediation.errors import FormulaError
from pymediation.formula.text import level_text
from pymediation.formula.values import Factor, Floats, Logical, Matrix, Text, Value, blank_out, is_missing
from pymediation.warn import warn

__all__ = ["BINARY", "FUNCTIONS", "UNARY", "numbers", "scalar", "texts"]


_TRUTH_WORDS: Final = {
    "TRUE": 1.0, "true": 1.0, "True": 1.0, "T": 1.0, "FALSE": 0.0, "false": 0.0, "False": 0.0, "F": 0.0,
}  # fmt: skip


def numbers(value: Any) -> Floats:
    """Return the numbers of a value; factors and text have none."""
    match value:
        case Logical(values) | Matrix(values):
            return values
        case Factor():
            raise FormulaError(
                "A factor has no arithmetic. Write as.numeric(g) for its codes, or "
                "as.numeric(as.character(g)) for levels that are numbers."
            )
        case Text():
            raise FormulaError("Text has no arithmetic. Write as.numeric(s) if it holds numbers.")
        case None:
            raise FormulaError("NULL is not a number.")
        case _:
            return np.asarray(value, dtype=np.float64)


def scalar(value: Any, argument: str) -> float:
    """Return an option that must be one number."""
    array = numbers(value)
    if array.size != 1:
        raise FormulaError(f"`{argument}` must be one number.")
    return float(array.reshape(-1)[0])


def texts(value: Any) -> list[str]:
    """Return values such as the levels of a factor as text."""
    if isinstance(value, Text):
        return [str(text) for text in np.atleast_1d(value.values)]
    if isinstance(value, Factor):
        return [value.levels[code] for code in value.codes]
    if isinstance(value, Logical):
        return ["TRUE" if truth else "FALSE" for truth in np.atleast_1d(value.values)]
    return [level_text(number) for number in np.atleast_1d(numbers(value))]


def _elementwise(function: Callable[..., Any]) -> Callable[..., Value]:
    """Make a NumPy function work on the numbers of its arguments, column by column in a matrix."""

    def applied(*values: Any) -> Value:
        arrays = [numbers(value) for value in values]
        matrices = [value for value in values if isinstance(value, Matrix)]
        if matrices:
            arrays = [array[:, None] if array.ndim == 1 else array for array in arrays]
        with np.errstate(all="ignore"):
            result = np.asarray(function(*arrays), dtype=np.float64)
        return Matrix(result, matrices[0].names) if matrices else result

    return applied


def _one_argument(function: Callable[..., Any]) -> Callable[..., Value]:
    """Make a function of numbers that takes ``x`` alone."""
    applied = _elementwise(function)

    def of_x(x: Any) -> Value:
        return applied(x)

    return of_x


def _log(x: Any, base: Any = None) -> Value:
    """Logarithm, natural or to a base."""
    if base is None:
        return _elementwise(np.log)(x)
    return _elementwise(lambda a, b: np.log(a) / np.log(b))(x, base)


def _round(x: Any, digits: Any = 0.0) -> Value:
    """Round to a number of digits."""
    places = int(scalar(digits, "digits"))
    return _elementwise(lambda a: np.round(a, places))(x)


def _logical(truth: Any, missing: Any) -> Logical:
    """Return truth values that are missing where `missing` says so."""
    return Logical(np.where(missing, np.nan, np.asarray(truth, dtype=np.float64)))


def _labels(value: Any) -> Any:
    """Return a factor or text as an array of text, anything else as numbers."""
    if isinstance(value, Text):
        return value.values
    if isinstance(value, Factor):
        return np.array([*value.levels, None], dtype=object)[value.codes]
    return numbers(value)


def _comparison(symbol: str, function: Callable[..., Any]) -> Callable[..., Value]:
    """Make a comparison; text compares as text, an ordered factor by its levels."""

    def compared(left: Any, right: Any) -> Value:
        if isinstance(left, Matrix) or isinstance(right, Matrix):
            raise FormulaError(f"`{symbol}` has no meaning for a matrix; use one of its columns.")
        missing = is_missing(left) | is_missing(right)
        if isinstance(left, (Factor, Text)) or isinstance(right, (Factor, Text)):
            left, right = _comparable(symbol, left, right)
        else:
            left, right = numbers(left), numbers(right)
        with np.errstate(invalid="ignore"):
            return _logical(function(left, right), missing)

    return compared


def _comparable(symbol: str, left: Any, right: Any) -> tuple[Any, Any]:
    """Return what to compare when text or factors are involved."""
    if symbol in ("==", "!="):
        return _written(left), _written(right)
    for side in (left, right):
        if isinstance(side, Factor) and side.ordered:
            return _rank(left, side.levels), _rank(right, side.levels)
    raise FormulaError(f"`{symbol}` compares numbers or ordered factors, not text or unordered factors.")


def _written(value: Any) -> Any:
    """Return a value as an array of text."""
    if isinstance(value, (Factor, Text)):
        return _labels(value)
    shape = is_missing(value).shape
    return np.array(texts(value), dtype=object).reshape(shape)


def _rank(value: Any, levels: tuple[str, ...]) -> Any:
    """Return the positions of values among the levels of an ordered factor."""
    place = {level: float(code) for code, level in enumerate(levels)}
    if isinstance(value, Factor):
        lookup = [place.get(level, np.nan) for level in value.levels]
        return np.array([*lookup, np.nan])[value.codes]
    unknown = [text for text in texts(value) if text not in place]
    if unknown:
        raise FormulaError(f"{unknown[0]!r} is not one of the levels {list(levels)}.")
    return np.array([place[text] for text in texts(value)])


def _and(left: Any, right: Any) -> Value:
    """Both; false wins over missing."""
    a, b = numbers(left), numbers(right)
    return _logical((a != 0) & (b != 0), (np.isnan(a) & (b != 0)) | (np.isnan(b) & (a != 0)))


def _or(left: Any, right: Any) -> Value:
    """At least one; true wins over missing."""
    a, b = numbers(left), numbers(right)
    true = ((a != 0) & ~np.isnan(a)) | ((b != 0) & ~np.isnan(b))
    return _logical(true, ~true & (np.isnan(a) | np.isnan(b)))


def _not(value: Any) -> Value:
    """Negate; missing stays missing."""
    a = numbers(value)
    return _logical(a == 0, np.isnan(a))


def _is_in(left: Any, right: Any) -> Value:
    """Membership; a missing value is in nothing."""
    if isinstance(left, (Factor, Text)) or isinstance(right, (Factor, Text)):
        found = pd.Series(_written(left)).isin(texts(right)).to_numpy()
        return _logical(found & ~is_missing(left), False)
    return _logical(np.isin(numbers(left), numbers(right)), False)


def _sequence(left: Any, right: Any) -> Value:
    """Whole steps from one number to another."""
    first, last = scalar(left, "from"), scalar(right, "to")
    step = 1.0 if last >= first else -1.0
    return first + step * np.arange(np.floor(abs(last - first)) + 1)


def _combine(*values: Any) -> Value:
    """Put values one after another: ``c(1, 2)``."""
    if any(isinstance(value, (Text, Factor)) for value in values):
        return Text(np.array([text for value in values for text in texts(value)], dtype=object))
    joined = np.concatenate([np.atleast_1d(numbers(value)) for value in values])
    return Logical(joined) if all(isinstance(value, Logical) for value in values) else joined


def _ifelse(test: Any, yes: Any, no: Any) -> Value:
    """Choose between two values by row."""
    chosen = numbers(test)
    if isinstance(yes, Factor) or isinstance(no, Factor):
        raise FormulaError("ifelse() would give the codes of a factor; write as.character(g).")
    if isinstance(yes, Text) or isinstance(no, Text):
        if not (isinstance(yes, Text) and isinstance(no, Text)):
            raise FormulaError("ifelse() needs text in both places or numbers in both.")
        result = np.where(chosen != 0, yes.values, no.values)
        return Text(blank_out(result, np.isnan(chosen)))
    both = isinstance(yes, Logical) and isinstance(no, Logical)
    picked = np.where(np.isnan(chosen), np.nan, np.where(chosen != 0, numbers(yes), numbers(no)))
    return Logical(picked) if both else picked


def _as_numeric(x: Any) -> Value:
    """Codes from 1 of a factor, the numbers that text holds, or the values themselves."""
    if isinstance(x, Factor):
        return np.where(x.codes < 0, np.nan, x.codes + 1.0)
    if not isinstance(x, Text):
        return numbers(x)
    result = pd.to_numeric(pd.Series(np.atleast_1d(x.values)), errors="coerce").to_numpy(dtype=np.float64)
    lost = np.isnan(result) & ~np.atleast_1d(is_missing(x))
    if lost.any():
        example = np.atleast_1d(x.values)[lost][0]
        warn(f"as.numeric() made {int(lost.sum())} text(s) missing that are not numbers, e.g. {example!r}.")
    return result.reshape(np.shape(x.values))


def _as_integer(x: Any) -> Value:
    """Whole part of `_as_numeric`."""
    return np.trunc(numbers(_as_numeric(x)))


def _as_character(x: Any) -> Value:
    """Labels of a factor, numbers as they are written."""
    if isinstance(x, (Factor, Text)):
        return Text(_labels(x))
    missing = is_missing(x)
    return Text(blank_out(np.array(texts(x), dtype=object).reshape(missing.shape), missing))


def _as_logical(x: Any) -> Value:
    """Whether numbers are not zero; text such as "TRUE" or "F" is read."""
    if not isinstance(x, (Factor, Text)):
        values = numbers(x)
        return _logical(values != 0, np.isnan(values))
    return Logical(np.asarray(pd.Series(_labels(x)).map(_TRUTH_WORDS), dtype=np.float64))


def _is_na(x: Any) -> Value:
    """Whether values are missing."""
    return Logical(is_missing(x).astype(np.float64))


def _relevel(x: Any, ref: Any) -> Value:
    """Make one level, by name or position from 1, the reference."""
    if not isinstance(x, Factor) or x.ordered:
        raise FormulaError("relevel() is for unordered factors; write relevel(factor(x), ref = ...).")
    if isinstance(ref, Text):
        name = texts(ref)[0]
        if name not in x.levels:
            raise FormulaError(f"{name!r} is not a level; the levels are {list(x.levels)}.")
        first = x.levels.index(name)
    else:
        first = int(scalar(ref, "ref")) - 1
        if not 0 <= first < len(x.levels):
            raise FormulaError(f"`ref` must be one of the levels {list(x.levels)} or a position from 1.")
    order = [first, *(code for code in range(len(x.levels)) if code != first)]
    moved = np.append(np.argsort(order), -1)
    return Factor(moved[x.codes], tuple(x.levels[code] for code in order))


def _identity(x: Any) -> Value:
    """Return the value itself: ``I()`` and ``offset()``."""
    return x


def _extreme(function: Callable[..., Any]) -> Callable[..., Value]:
    """Make a row-wise extreme of any number of arguments."""
    pairwise = _elementwise(function)

    def applied(*values: Any) -> Value:
        result = values[0]
        for value in values[1:]:
            result = pairwise(result, value)
        return result

    return applied


def _surv(*_: Any, **__: Any) -> NoReturn:
    """Refuse a survival response on the right side."""
    raise FormulaError("Surv() is a response; it goes left of the `~`.")


_MATH: Final = {
    "log2": np.log2, "log10": np.log10, "log1p": np.log1p, "exp": np.exp, "expm1": np.expm1, "sqrt": np.sqrt,
    "abs": np.abs, "sign": np.sign, "floor": np.floor, "ceiling": np.ceil, "trunc": np.trunc,
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
}  # fmt: skip

FUNCTIONS: Final[dict[str, Callable[..., Value]]] = {
    **{name: _one_argument(function) for name, function in _MATH.items()},
    "log": _log,
    "round": _round,
    "pmin": _extreme(np.minimum),
    "pmax": _extreme(np.maximum),
    "ifelse": _ifelse,
    "is.na": _is_na,
    "as.numeric": _as_numeric,
    "as.double": _as_numeric,
    "as.integer": _as_integer,
    "as.character": _as_character,
    "as.logical": _as_logical,
    "relevel": _relevel,
    "c": _combine,
    "I": _identity,
    "offset": _identity,
    "Surv": _surv,
}
"""Functions of values that need to remember nothing."""

BINARY: Final[dict[str, Callable[[Any, Any], Value]]] = {
    "+": _elementwise(np.add),
    "-": _elementwise(np.subtract),
    "*": _elementwise(np.multiply),
    "/": _elementwise(np.divide),
    "^": _elementwise(np.power),
    "%%": _elementwise(np.mod),
    "%/%": _elementwise(np.floor_divide),
    "==": _comparison("==", np.equal),
    "!=": _comparison("!=", np.not_equal),
    "<": _comparison("<", np.less),
    "<=": _comparison("<=", np.less_equal),
    ">": _comparison(">", np.greater),
    ">=": _comparison(">=", np.greater_equal),
    "&": _and,
    "|": _or,
    "%in%": _is_in,
    ":": _sequence,
}
"""Operators between two values."""

UNARY: Final[dict[str, Callable[[Any], Value]]] = {
    "+": _one_argument(np.positive),
    "-": _one_argument(np.negative),
    "!": _not,
}
"""Operators before a value."""
