"""Vectors and text: choosing, repeating, pasting, formulas from pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pymediation.errors import ArgumentError
from pymediation.r._arrays import is_factor, is_scalar, numeric_values, rewrap, text_of
from pymediation.r.factors import as_character

__all__ = ["as_formula", "ifelse", "paste", "paste0", "reformulate", "rep", "seq"]


def ifelse(test: Any, yes: Any, no: Any) -> Any:
    """Choose between two values element by element; a missing test gives a missing value.

    Parameters
    ----------
    test : bool, array_like or Series, shape (n,)
        The condition. Mind that pandas, unlike R, has already turned ``NaN > 3`` into False.
    yes, no : scalar or array_like, shape (n,)
        Values where the test is true and where it is false; shorter ones are recycled.

    Returns
    -------
    scalar, ndarray or Series, shape (n,)
        A Series if `test` is one.

    Examples
    --------
    >>> from pymediation.r import NA, ifelse
    >>> ifelse([True, False, NA], 1, 0).tolist()
    [1.0, 0.0, nan]
    """
    flags = numeric_values([test] if is_scalar(test) else test, "test").ravel()
    missing = np.isnan(flags)
    chosen = np.where(flags != 0, _recycled(yes, flags.size), _recycled(no, flags.size))
    if missing.any():
        chosen = chosen.astype(object if chosen.dtype.kind in "OUSM" else float)
        chosen[missing] = np.nan
    return chosen[0] if is_scalar(test) else rewrap(chosen, test)


def _recycled(x: Any, size: int) -> np.ndarray[Any, Any]:
    """Repeat values to a length; factors give their codes and text stays text, as in R."""
    if is_factor(x):
        x = pd.Categorical(x).codes + 1
    values = np.atleast_1d(np.asarray(x))
    if values.dtype.kind == "U":
        values = values.astype(object)
    return np.resize(values, size)


def paste(*args: Any, sep: str = " ", collapse: str | None = None) -> Any:
    """Join values as text, element by element.

    Parameters
    ----------
    *args : scalar or sequence
        Values; shorter ones are recycled, numbers are written as R writes them.
    sep : str
        Put between the parts of an element.
    collapse : str, optional
        If given, the elements are joined with it into one string.

    Returns
    -------
    str or list of str
        A string if all arguments are scalars or `collapse` is given.

    Examples
    --------
    >>> from pymediation.r import paste
    >>> paste("y ~", paste(["x1", "x2"], collapse=" + "))
    'y ~ x1 + x2'
    """
    parts = [[text_of(arg)] if is_scalar(arg) else [text_of(v) for v in as_character(arg)] for arg in args]
    parts = [part for part in parts if part]
    size = max(map(len, parts), default=0)
    joined = [sep.join(part[i % len(part)] for part in parts) for i in range(size)]
    if collapse is not None:
        return collapse.join(joined)
    return joined[0] if joined and all(map(is_scalar, args)) else joined


def paste0(*args: Any, collapse: str | None = None) -> Any:
    """Join values as text with nothing between; see `paste`.

    Examples
    --------
    >>> from pymediation.r import paste0
    >>> paste0("x", [1, 2])
    ['x1', 'x2']
    """
    return paste(*args, sep="", collapse=collapse)


def seq(
    from_: float = 1,
    to: float | None = None,
    by: float | None = None,
    length_out: int | None = None,
) -> np.ndarray[Any, Any]:
    """Return an arithmetic sequence, its end included.

    Parameters
    ----------
    from_, to : float
        Ends. ``seq(n)`` counts 1, ..., n.
    by : float, optional
        Step; default 1 or -1, or what `length_out` asks for.
    length_out : int, optional
        Number of values.

    Returns
    -------
    ndarray
        Integers if start and step are whole numbers.

    Raises
    ------
    ArgumentError
        If the step is zero, or leads away from `to`, or too much is given.

    Examples
    --------
    >>> from pymediation.r import seq
    >>> seq(4).tolist(), seq(0, 1, by=0.5).tolist(), seq(0, 1, length_out=3).tolist()
    ([1, 2, 3, 4], [0.0, 0.5, 1.0], [0.0, 0.5, 1.0])
    """
    if length_out is not None:
        return _seq_of_length(from_, to, by, int(length_out))
    if to is None:
        from_, to = 1, from_
    step = (1 if to >= from_ else -1) if by is None else by
    if from_ == to:
        return _whole(np.array([float(from_)]))
    if step == 0 or (to - from_) / step < 0:
        raise ArgumentError(f"`by` = {by} does not lead from {from_} to {to}.")
    count = int((to - from_) / step + 1e-10) + 1
    values = from_ + np.arange(count) * float(step)
    return _whole(np.minimum(values, to) if step > 0 else np.maximum(values, to))


def _seq_of_length(from_: float, to: float | None, by: float | None, size: int) -> np.ndarray[Any, Any]:
    """Return a sequence of a given length."""
    if to is not None and by is not None:
        raise ArgumentError("Give two of `to`, `by` and `length_out`, not all three.")
    if to is not None:
        return _whole(np.linspace(from_, to, size))
    return _whole(from_ + np.arange(size) * float(1 if by is None else by))


def _whole(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return integers if all values are whole."""
    whole = values.astype(np.int64)
    return whole if (whole == values).all() else values


def rep(x: Any, times: Any = 1, each: int = 1, length_out: int | None = None) -> Any:
    """Repeat values.

    Parameters
    ----------
    x : scalar or array_like, shape (n,)
        The values; a factor stays one.
    times : int or sequence of n ints
        How often all of `x` is repeated, or each value of it.
    each : int
        How often each value is repeated before that.
    length_out : int, optional
        Length of the result, instead of `times`.

    Returns
    -------
    ndarray or Categorical

    Examples
    --------
    >>> from pymediation.r import rep
    >>> rep([0, 1], 2).tolist(), rep([0, 1], each=2).tolist()
    ([0, 1, 0, 1], [0, 0, 1, 1])
    """
    values = pd.Categorical(x) if is_factor(x) else np.atleast_1d(np.asarray(x))
    positions = np.repeat(np.arange(len(values)), each)
    if length_out is not None:
        positions = np.resize(positions, length_out)
    elif is_scalar(times):
        positions = np.tile(positions, times)
    else:
        positions = np.repeat(positions, times)
    return values[positions]


def as_formula(object: Any) -> str:
    """Return a formula as text: formulas of the dialect are strings.

    Examples
    --------
    >>> from pymediation.r import as_formula, paste
    >>> as_formula(paste("y", "~", "x"))
    'y ~ x'
    """
    return str(object)


def reformulate(termlabels: Sequence[str] | str, response: str | None = None, intercept: bool = True) -> str:
    """Build a formula from term labels.

    Parameters
    ----------
    termlabels : str or sequence of str
        The terms of the right-hand side.
    response : str, optional
        The left-hand side.
    intercept : bool
        Whether the model has an intercept.

    Returns
    -------
    str
        The formula.

    Raises
    ------
    ArgumentError
        If there is no term.

    Examples
    --------
    >>> from pymediation.r import reformulate
    >>> reformulate(["x", "w"], "y")
    'y ~ x + w'
    """
    terms = [termlabels] if isinstance(termlabels, str) else list(termlabels)
    if not terms:
        raise ArgumentError("`termlabels` must name at least one term.")
    right = " + ".join(terms) + ("" if intercept else " - 1")
    return f"~{right}" if response is None else f"{response} ~ {right}"
