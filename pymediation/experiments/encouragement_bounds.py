r"""Sharp bounds of the parallel encouragement design: the solution of its linear programme.

Write t for the arm of the effect, Z for the encouragement -1, 0, 1, and let M_t(z) not decrease in z. A unit
is then of one of four types g, by the number of encouragements under which its mediator is 1, and has
outcomes a = Y(t, 0) and b = Y(t, 1). The programme of Imai, Tingley and Yamamoto (2013) chooses the joint
distribution of a, b, g and of the other arm's mediator k = M_{1-t}(0) so as to make

.. math:: E[(b - a)(1\{g \ge 2\} - k)]

smallest or largest. What is observed fixes, within each type, the shares of a = 1 and of b = 1 (a for g = 0,
b for g = 3, both for 1 and 2), and the share q of k = 1 in total. Given how the units with k = 1 are
distributed over types, a and b can be arranged independently of each other, and the objective is a sum over
types of concave functions of that share, with slopes 1, 0 and -1 in this order. The best distribution fills
the slopes from the largest down:

.. math:: \max = \mathrm{base} + \min(q, P) - \max(0, q - (1 - N)),

P and N being the shares of units whose slope is 1 and -1. The minimum is minus the maximum with all outcomes
exchanged. The tests solve the programme itself, with 64 unknowns, and find the same numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pymediation.experiments.cells import Tally, share

__all__ = ["encouragement_bounds", "violations"]

FloatArray = NDArray[np.float64]

# Shares that differ by less differ by rounding.
_ROUNDING = 1e-10


class _Types(NamedTuple):
    """Shares of units by type of mediator (last axis, 4) in one arm, and of k = 1 in the other."""

    size: FloatArray
    zero: FloatArray  # of these, a = 1; unknown for type 3
    one: FloatArray  # b = 1; unknown for type 0
    other: FloatArray

    def exchanged(self) -> _Types:
        """Return the types with outcomes 0 and 1 exchanged."""
        return self._replace(zero=self.size - self.zero, one=self.size - self.one)


def encouragement_bounds(tally: Tally) -> FloatArray:
    """Return bounds of the effects in the population and among compliers.

    Where the data contradict the assumptions (see `violations`) there are no bounds, and what is returned is
    the formula's continuation. Resamples need it: of data that just agree with the assumptions many do not.

    Parameters
    ----------
    tally : Tally
        Rows by treatment, encouragement, mediator and outcome, shape (R, 2, 3, 2, 2).

    Returns
    -------
    ndarray, shape (R, 8)
        Lower and upper bound under control (population, compliers) and under treatment (the same).
    """
    p = _shares(tally)
    ends: list[FloatArray] = []
    for arm in (0, 1):
        types = _types(p, arm)
        pliable = types.size[:, 1] + types.size[:, 2]
        for compliers in (False, True):
            largest = _largest(types, compliers=compliers)
            smallest = -_largest(types.exchanged(), compliers=compliers)
            pair = (smallest, largest) if arm else (-largest, -smallest)
            ends += [share(end, pliable) for end in pair] if compliers else pair
    return np.stack(ends, axis=-1)


def violations(tally: Tally) -> dict[int, list[str]]:
    """Say for each arm which shares in the data move against the encouragement; nothing if none does."""
    p = _shares(tally)
    return {
        arm: [
            text
            for text, breach in zip(_BREACHES[arm], _breaches(p, arm)[0], strict=True)
            if breach > _ROUNDING
        ]
        for arm in (0, 1)
    }


def _shares(tally: Tally) -> FloatArray:
    """Return p(y, m; z, t), shape (R, t, z, m, y)."""
    return share(tally.counts, tally.counts.sum(axis=(3, 4), keepdims=True))


def _breaches(p: FloatArray, arm: int) -> FloatArray:
    """Return by how much shares move against the encouragement, shape (R, 10): negative where they do not."""
    against = np.array([1.0, -1.0])[:, np.newaxis]
    own = (np.diff(p[:, arm], axis=1) * against).reshape(len(p), 8)
    other = -np.diff(p[:, 1 - arm, :, 1].sum(axis=-1), axis=1)
    return np.concatenate([own, other], axis=-1)


def _breach_texts(arm: int) -> list[str]:
    """Describe the entries of `_breaches`."""
    steps = ("-1 to 0", "0 to 1")
    own = [
        f"P(outcome={y}, mediator={m} | treat={arm}) {'falls' if m else 'rises'} from encourage {step}"
        for step in steps
        for m in (0, 1)
        for y in (0, 1)
    ]
    return [*own, *(f"P(mediator=1 | treat={1 - arm}) falls from encourage {step}" for step in steps)]


_BREACHES = {arm: _breach_texts(arm) for arm in (0, 1)}


def _types(p: FloatArray, arm: int) -> _Types:
    """Return the types of one arm, from shares that the encouragement moves."""
    zero, one = p[:, arm, :, 0, :], p[:, arm, :, 1, :]  # (R, z, y)
    of_a = np.stack([zero[:, 2], zero[:, 1] - zero[:, 2], zero[:, 0] - zero[:, 1]], axis=1)
    of_b = np.stack([one[:, 2] - one[:, 1], one[:, 1] - one[:, 0], one[:, 0]], axis=1)
    size = np.concatenate([of_a.sum(axis=-1), of_b[:, 2:].sum(axis=-1)], axis=1)
    unknown = np.full((len(p), 1), np.nan)
    return _Types(
        size,
        np.concatenate([of_a[..., 1], unknown], axis=1),
        np.concatenate([unknown, of_b[..., 1]], axis=1),
        p[:, 1 - arm, 1, 1].sum(axis=-1),
    )


def _largest(types: _Types, *, compliers: bool) -> FloatArray:
    """Return the maximum of the programme, shape (R,); for compliers types 1 and 2 alone count."""
    size, zero, one = types.size, types.zero, types.one
    up = np.minimum(zero[:, 1], size[:, 1] - one[:, 1]) + np.minimum(size[:, 2] - one[:, 2], zero[:, 2])
    down = np.minimum(one[:, 1], size[:, 1] - zero[:, 1]) + np.minimum(one[:, 2], size[:, 2] - zero[:, 2])
    base = one[:, 2] - zero[:, 2]
    if not compliers:
        up, down, base = up + zero[:, 0], down + one[:, 3], base + one[:, 3]
    return base + np.minimum(types.other, up) - np.maximum(0.0, types.other - (1.0 - down))
