"""Containers in, same containers out: what the small functions of the dialect share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pymediation.errors import ArgumentTypeError

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
    if isinstance(value, (bool, np.bool_)):
        return "TRUE" if value else "FALSE"
    if value is None or value is pd.NA or value is pd.NaT:
        return "NA"
    if isinstance(value, (float, np.floating)):
        return _number_text(float(value))
    return str(value)


def _number_text(value: float) -> str:
    """Write a float in fixed or scientific notation, whichever is shorter, as R chooses."""
    if np.isnan(value):
        return "NA"
    if np.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    mantissa, exponent = f"{value:.14e}".split("e")
    digits = mantissa.rstrip("0").rstrip(".")
    scientific = f"{digits}e{exponent}"
    decimals = max(0, len(digits.lstrip("-").replace(".", "")) - 1 - int(exponent))
    fixed = f"{value:.{decimals}f}"
    return fixed if len(fixed) <= len(scientific) else scientific
