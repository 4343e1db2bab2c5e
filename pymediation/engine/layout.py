"""The two ways a block of draws x rows lies in memory.

R fills quasi-Bayesian noise one observation at a time (all draws of row 1, then of row 2, ...) and bootstrap
noise one replicate at a time. Each method keeps the layout its random numbers arrive in, so that nothing is
transposed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["DRAWS_FIRST", "ROWS_FIRST", "Layout"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Layout:
    """Operations on blocks of one layout; S draws, n rows, k columns.

    Attributes
    ----------
    predictor : callable
        ``predictor(X, B)``: linear predictors of rows X (n, k) under coefficients B (S, k).
    per_draw : callable
        One number per draw, shaped to broadcast over a block.
    per_row : callable
        One number per row, shaped to broadcast over a block.
    average : callable
        ``average(Y, w)``: sum over rows with weights w (n,), one number per draw.
    """

    predictor: Callable[[FloatArray, FloatArray], FloatArray]
    per_draw: Callable[[FloatArray], FloatArray]
    per_row: Callable[[FloatArray], FloatArray]
    average: Callable[[FloatArray, FloatArray], FloatArray]


ROWS_FIRST = Layout(
    predictor=lambda X, B: X @ B.T,
    per_draw=lambda v: v[np.newaxis, :],
    per_row=lambda v: v[:, np.newaxis],
    average=lambda Y, w: w @ Y,
)
DRAWS_FIRST = Layout(
    predictor=lambda X, B: B @ X.T,
    per_draw=lambda v: v[:, np.newaxis],
    per_row=lambda v: v[np.newaxis, :],
    average=lambda Y, w: Y @ w,
)
