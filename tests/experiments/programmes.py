"""Sharp bounds by definition: the extremes of an effect over all populations that could give the data."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

FloatArray = NDArray[np.float64]


def extremes(effect: FloatArray, equations: list[FloatArray], values: list[float]) -> tuple[Any, Any]:
    """Return minimum and maximum of a linear function of shares that meet equations, or None twice."""
    A = np.array([*equations, np.ones(len(effect))])
    b = np.array([*values, 1.0])
    found = [linprog(sign * effect, A_eq=A, b_eq=b, bounds=(0, None), method="highs") for sign in (1.0, -1.0)]
    if any(one.status == 2 for one in found):
        return None, None
    assert all(one.status == 0 for one in found)
    return found[0].fun, -found[1].fun


def binary_bounds(t: int, p: FloatArray, z: FloatArray | None = None) -> tuple[Any, Any]:
    """Return the bounds of the effect in arm t from Pr(m, y | t), and from Pr(y | t, m) where m was set."""
    types = np.array(list(product((0, 1), repeat=6)))
    y, m = types[:, :4].reshape(-1, 2, 2), types[:, 4:]
    k = np.arange(len(types))
    equations, values = [], []
    for arm, mediator, outcome in product((0, 1), repeat=3):
        equations.append((m[:, arm] == mediator) & (y[k, arm, m[:, arm]] == outcome))
        values.append(p[arm, mediator, outcome])
        if z is not None:
            equations.append(y[:, arm, mediator] == outcome)
            values.append(z[arm, mediator, outcome])
    effect = (y[k, t, m[:, 1]] - y[k, t, m[:, 0]]).astype(float)
    return extremes(effect, [equation.astype(float) for equation in equations], values)


def encouragement_bounds(t: int, p: FloatArray, *, compliers: bool) -> tuple[Any, Any]:
    """Return the bounds of the effect in arm t from Pr(m, y | t, z), shape (2, 3, 2, 2).

    64 unknowns: shares of a = Y(t, 0), b = Y(t, 1), of the type c of the other arm's mediator and of the
    type g of this arm's. Among compliers the bounds are those of the sum over them, not yet divided by their
    share.
    """
    responses = np.array([[0, 0, 0], [0, 0, 1], [0, 1, 1], [1, 1, 1]])
    a, b, c, g = np.array(list(product((0, 1), (0, 1), range(4), range(4)))).T
    equations, values = [], []
    for z in range(3):
        m = responses[g, z]
        for mediator, outcome in product((0, 1), repeat=2):
            reached = b if mediator else a
            equations.append((m == mediator) & (reached == outcome))
            values.append(p[t, z, mediator, outcome])
        equations.append(responses[c, z] == 1)
        values.append(p[1 - t, z, 1].sum())
    effect = ((b - a) * (responses[g, 1] - responses[c, 1])).astype(float)
    if compliers:
        effect *= (g == 1) | (g == 2)
    low, high = extremes(effect, [equation.astype(float) for equation in equations], values)
    return (low, high) if t == 1 or low is None else (-high, -low)
