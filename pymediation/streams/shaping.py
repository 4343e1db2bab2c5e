"""Sizes of results and lengths of parameters, by R's rules."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from math import prod
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError, ArgumentTypeError

__all__ = ["Form", "Order", "Size", "parameter", "whole_number", "window"]

Size: TypeAlias = int | tuple[int, ...]
Order: TypeAlias = Literal["F", "C"]


def whole_number(value: Any, name: str, minimum: int = 0) -> int:
    """Return `value` as an int of at least `minimum`, or say why it is not one."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool | np.bool_):
        raise ArgumentTypeError(
            f"`{name}` must be a whole number, not {value!r} of type {type(value).__name__}."
        )
    if number < minimum:
        raise ArgumentError(f"`{name}` must be at least {minimum}, not {number}.")
    return number


@dataclass(frozen=True, slots=True)
class Form:
    """Shape of a result and the order in which the stream fills it."""

    shape: tuple[int, ...]
    order: Order

    @classmethod
    def of(cls, size: Size, order: Order = "F") -> Form:
        """Check the arguments `size` and `order` of a draw."""
        if order not in ("F", "C"):
            raise ArgumentError(
                f"`order` must be 'F' (column by column, as R fills a matrix) or 'C' (row by row), "
                f"not {order!r}."
            )
        sizes = size if isinstance(size, tuple | list) else (size,)
        return cls(tuple(whole_number(length, "size") for length in sizes), order)

    @property
    def count(self) -> int:
        """Number of elements."""
        return prod(self.shape)

    def fold(self, values: NDArray[Any]) -> NDArray[Any]:
        """Lay a stretch of the stream out in the shape of the result."""
        return values.reshape(self.shape, order=self.order)


def parameter(value: ArrayLike, name: str, form: Form) -> NDArray[np.float64]:
    """Return a parameter as a vector in stream order, not yet recycled; a copy is made only if it must be."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise ArgumentTypeError(
            f"`{name}` must be a number or an array of numbers, not {value!r}."
        ) from problem
    vector = array.ravel(order=form.order)
    if vector.size == 0 and form.count > 0:
        raise ArgumentError(f"`{name}` is empty, but {form.count} draws are asked for.")
    return vector


def window(vector: NDArray[np.float64], start: int, stop: int) -> NDArray[np.float64]:
    """Return elements start..stop-1 of the recycled vector; a single number stays one."""
    if vector.size == 1 or (start == 0 and stop == vector.size):
        return vector
    if stop <= vector.size:
        return vector[start:stop]
    return vector[np.arange(start, stop) % vector.size]
