"""Containers in, same containers out: what the small functions of the dialect share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pymediation.errors import ArgumentTypeError
from pymediation.formula.text import level_text

__all__ = ["as_categorical", "is_factor", "is_scalar", "numeric_values", "rewrap", "text_of"]


def is_scalar(x: Any) -> bool:
    """Tell whether `x` is one value (a string counts as one)."""
    return bool(pd.api.types.is_scalar(x))


def is_factor(x: Any) -> bool:
    """Tell whether `x` holds categories, as R's factors do."""
    return isinstance(getattr(x, "dtype", None), pd.CategoricalDtype)


def as_categorical(x: Any, argument: str = "x") -> pd.Categorical:
    """Return the categories behind a factor, or refuse what is not one."""
    if not is_factor(x):
        raise ArgumentTypeError(
            f"`{argument}` must be a factor (pandas categorical), not {type(x).__name__}. Use factor() first."
        )
    return pd.Categorical(x)


def rewrap(values: Any, like: Any) -> Any:
    """Return `values` as a Series on the index of `like` if that is a Series, else as they are."""
    if isinstance(like, pd.Series):
        return pd.Series(values, index=like.index, name=like.name)
    return values


def numeric_values(x: Any, argument: str = "x") -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return `x` as floats with NaN for missing; factors and text are refused as R refuses them."""
    if is_factor(x):
        raise ArgumentTypeError(f"`{argument}` is a factor. Use as_numeric() for its codes.")
    try:
        values = pd.array(x) if isinstance(x, (list, tuple)) else x
        if hasattr(values, "to_numpy"):
            return np.asarray(values.to_numpy(dtype=float, na_value=np.nan))
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError(f"`{argument}` must be numeric, not {type(x).__name__}: {error}.") from error


def text_of(value: Any) -> str:
    """Write one value as R's ``as.character`` does: numbers with up to 15 significant digits."""
    return "NA" if is_scalar(value) and pd.isna(value) else level_text(value)
