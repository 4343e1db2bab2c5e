"""The 15-point Gauss-Kronrod rule on the real line, for many intervals and integrands at once.

With x = (1 - t) / t the integral of g over the line is that of (g(x) + g(-x)) / t^2 over (0, 1]. Sums are
formed in QUADPACK's order (Piessens et al. 1983), so that digits agree with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["EPSILON", "OVERFLOW", "UNDERFLOW", "Integrand", "RuleValues", "apply_rule"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Integrand = Callable[[IntArray, FloatArray], FloatArray]
"""``g(which, x)``: E integrands of the problems `which` (R,) at the points x (R, J), shape (E, R, J)."""

EPSILON: Final = float(np.finfo(np.float64).eps)
UNDERFLOW: Final = float(np.finfo(np.float64).tiny)
OVERFLOW: Final = float(np.finfo(np.float64).max)

# Positive nodes from the outermost inwards, with the weights of Kronrod and of Gauss (every other node).
NODES: Final = np.array(
    [
        *(0.991455371120812639206854697526329, 0.949107912342758524526189684047851),
        *(0.864864423359769072789712788640926, 0.741531185599394439863864773280788),
        *(0.586087235467691130294144691258530, 0.405845151377397166906606412076961),
        0.207784955007898467600689403773245,
    ]
)
KRONROD: Final = (
    *(0.022935322010529224963732008058970, 0.063092092629978553290700663189204),
    *(0.104790010322250183839876322541518, 0.140653259715525918745189590510238),
    *(0.169004726639267902826583426598550, 0.190350578064785409913256402421014),
    *(0.204432940075298892414161999234649, 0.209482141084727828012999174891714),
)
GAUSS: Final = (
    *(0.0, 0.129484966168869693270611432679082, 0.0, 0.279705391489276667901467771423780),
    *(0.0, 0.381830050505118944950369775488975, 0.0, 0.417959183673469387755102040816327),
)

# Intervals evaluated at a time: the temporaries of the integrands stay in cache.
_CHUNK = 768


class RuleValues(NamedTuple):
    """What the rule tells about R intervals and E integrands, each (E, R).

    Attributes
    ----------
    value : ndarray
        Integral.
    error : ndarray
        Estimate of its absolute error.
    size : ndarray
        Integral of the absolute value.
    spread : ndarray
        Integral of the absolute difference from the mean.
    """

    value: FloatArray
    error: FloatArray
    size: FloatArray
    spread: FloatArray


def apply_rule(
    integrand: Integrand, which: IntArray, lower: FloatArray, upper: FloatArray, count: int
) -> RuleValues:
    """Apply the rule to R intervals of the mapped range.

    Parameters
    ----------
    integrand : callable
    which : ndarray of int, shape (R,)
        Problem of each interval.
    lower, upper : ndarray, shape (R,)
        Ends, in [0, 1].
    count : int
        Number of integrands E.
    """
    found = RuleValues(*(np.empty((count, which.size)) for _ in range(4)))
    for start in range(0, which.size, _CHUNK):
        part = slice(start, start + _CHUNK)
        values = _apply(integrand, which[part], lower[part], upper[part])
        for into, one in zip(found, values, strict=True):
            into[:, part] = one
    return found


def _apply(
    integrand: Integrand, which: IntArray, lower: FloatArray, upper: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Apply the rule to a chunk of intervals."""
    centre, half = 0.5 * (lower + upper), 0.5 * (upper - lower)
    reach = half[:, np.newaxis] * NODES
    t = np.column_stack((centre[:, np.newaxis] - reach, centre[:, np.newaxis] + reach, centre))
    x = (1.0 - t) / t
    values = integrand(which, np.concatenate((x, -x), axis=1))
    f = values[:, :, :15] + values[:, :, 15:]
    f /= t
    f /= t
    left, right, middle = f[:, :, :7], f[:, :, 7:14], f[:, :, 14]
    gauss, kronrod = GAUSS[7] * middle, KRONROD[7] * middle
    size = np.abs(kronrod)
    both, magnitude = left + right, np.abs(left) + np.abs(right)
    for j in range(7):
        if GAUSS[j]:
            gauss += GAUSS[j] * both[:, :, j]
        kronrod += KRONROD[j] * both[:, :, j]
        size += KRONROD[j] * magnitude[:, :, j]
    mean = 0.5 * kronrod
    spread = KRONROD[7] * np.abs(middle - mean)
    apart = np.abs(left - mean[:, :, np.newaxis]) + np.abs(right - mean[:, :, np.newaxis])
    for j in range(7):
        spread += KRONROD[j] * apart[:, :, j]
    value, width = kronrod * half, np.abs(half)
    size *= width
    spread *= width
    error = np.abs((kronrod - gauss) * half)
    sharpened = (spread != 0) & (error != 0)
    ratio = 200.0 * error / np.where(sharpened, spread, 1.0)
    error = np.where(sharpened, spread * np.minimum(1.0, ratio**1.5), error)
    rounding = size > UNDERFLOW / (50.0 * EPSILON)
    return value, np.where(rounding, np.maximum(50.0 * EPSILON * size, error), error), size, spread
