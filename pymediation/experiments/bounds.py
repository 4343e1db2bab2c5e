"""Sharp bounds of the single-experiment and the parallel design, as tables of linear terms.

Imai, K., Tingley, D. and Yamamoto, T. (2013). Experimental designs for identifying causal mechanisms. Journal
of the Royal Statistical Society A 176, 5-51.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pymediation.experiments.cells import Tally, share

__all__ = ["parallel_bounds", "single_bounds"]

FloatArray = NDArray[np.float64]

# P011 is the share of Y = 0, M = 1 among the rows with T = 1 whose mediator was not set, Z011 the share of
# Y = 0 among those with T = 1 whose mediator was set to 1.
_DIGITS: Final = list(product("01", repeat=3))
_FEATURES: Final = [f"{letter}{''.join(digits)}" for letter in "PZ" for digits in _DIGITS]
_TERM = re.compile(r"([+-]?)([PZ][01]{3})")


@dataclass(frozen=True, slots=True, eq=False)
class _Terms:
    """Bounds as the largest and the smallest of linear terms, a row of coefficients each."""

    lower: FloatArray
    upper: FloatArray

    @classmethod
    def of(cls, lower: str, upper: str) -> _Terms:
        """Read terms such as ``-P001-P011``, separated by blanks."""
        return cls(*(np.array([_coefficients(term) for term in terms.split()]) for terms in (lower, upper)))


def _coefficients(term: str) -> list[float]:
    """Return the coefficients of the 16 shares in a term."""
    signs = {name: -1.0 if sign == "-" else 1.0 for sign, name in _TERM.findall(term)}
    return [signs.get(name, 0.0) for name in _FEATURES]


_SINGLE: Final = {
    "d1": _Terms.of(
        "-P001-P011 -P000-P001-P100 -P011-P010-P110",
        "P101+P111 P000+P100+P101 P010+P110+P111",
    ),
    "d0": _Terms.of(
        "-P100-P110 -P001-P101-P100 -P011-P111-P110",
        "P000+P010 P011+P111+P010 P000+P001+P101",
    ),
}
_PARALLEL_TREATED: Final = _Terms.of(
    "-P001-P011 -P011-P010-P110-P001+Z001 -P000-P001-P100-P011+Z011 -P001-P011+Z001-Z111 -P001+P101-Z101 "
    "-P011+P111-Z111",
    "P101+P111 P010+P110+P101+P111-Z101 P000+P100+P101+P111-Z111 P101+P111+Z001-Z111 P111-P011+Z011 "
    "P101-P001+Z001",
)
_PARALLEL_CONTROL: Final = _Terms.of(
    "-P100-P110 -P011-P111-P110-P100+Z100 -P001-P101-P100-P110+Z110 -P100-P110+Z100-Z010 -P110+P010-Z010 "
    "-P100+P000-Z000",
    "P000+P010 P011+P111+P010+P000-Z000 P000+P001+P101+P010-Z010 P000+P010+Z100-Z010 P010-P110+Z110 "
    "P000-P100+Z100",
)
# Three terms have Z000 and Z100 exchanged in R 4.5.1.
_PARALLEL_CONTROL_OF_R: Final = _Terms.of(
    "-P100-P110 -P011-P111-P110-P100+Z000 -P001-P101-P100-P110+Z110 -P100-P110+Z100-Z010 -P110+P010-Z010 "
    "-P100+P000-Z100",
    "P000+P010 P011+P111+P010+P000-Z100 P000+P001+P101+P010-Z010 P000+P010+Z100-Z010 P010-P110+Z110 "
    "P000-P100+Z100",
)


def single_bounds(tally: Tally) -> FloatArray:
    """Return the bounds of a single experiment without sequential ignorability.

    Parameters
    ----------
    tally : Tally
        Rows by treatment, mediator and outcome, shape (R, 2, 2, 2).

    Returns
    -------
    ndarray, shape (R, 4)
        Lower and upper bound under control, then under treatment.
    """
    P = _shares_of_arm(tally.counts)
    features = np.concatenate([P, np.zeros_like(P)], axis=-1)
    return np.stack([*_ends(features, _SINGLE["d0"]), *_ends(features, _SINGLE["d1"])], axis=-1)


def parallel_bounds(tally: Tally, *, of_r: bool = False) -> FloatArray:
    """Return the bounds of a parallel design with interaction.

    Parameters
    ----------
    tally : Tally
        Rows by manipulation, treatment, mediator and outcome, shape (R, 2, 2, 2, 2).
    of_r : bool
        Whether to take R's terms, three of which are wrong under control.

    Returns
    -------
    ndarray, shape (R, 4)
        Lower and upper bound under control, then under treatment; NaN for an arm in which no mediator was
        set to one of its values.
    """
    n = tally.counts
    P = _shares_of_arm(n[:, 0])
    set_rows = n[:, 1]
    Z = share(set_rows, set_rows.sum(axis=-1, keepdims=True))  # (R, t, m, y)
    ends: list[FloatArray] = []
    for arm, terms in ((0, _PARALLEL_CONTROL_OF_R if of_r else _PARALLEL_CONTROL), (1, _PARALLEL_TREATED)):
        # The terms of an arm hold the Z of that arm only; what is missing in the other must not spread.
        here = np.zeros_like(Z)
        here[:, arm] = Z[:, arm]
        ends += _ends(np.concatenate([P, _in_order(here)], axis=-1), terms)
    return np.stack(ends, axis=-1)


def _shares_of_arm(n: FloatArray) -> FloatArray:
    """Return P_ymt from rows by treatment, mediator and outcome: (R, t, m, y) -> (R, 8)."""
    return _in_order(share(n, n.sum(axis=(2, 3), keepdims=True)))


def _in_order(by_tmy: FloatArray) -> FloatArray:
    """Arrange (R, t, m, y) as the eight features y m t."""
    return by_tmy.transpose(0, 3, 2, 1).reshape(len(by_tmy), 8)


def _ends(features: FloatArray, terms: _Terms) -> list[FloatArray]:
    """Return the lower and the upper bound of each sample."""
    return [(features @ terms.lower.T).max(axis=-1), (features @ terms.upper.T).min(axis=-1)]
