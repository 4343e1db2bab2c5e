"""Names that an analysis is told with, beyond what its numbers say."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import TypeGuard

import numpy as np

from pymediation.columns import label_text
from pymediation.streams import StreamRecord

__all__ = ["UNKNOWN_WORDING", "RowsLeftOut", "Wording", "seed_text", "told_apart"]

# Digits in which two values are told, the first that tell them apart; larger numbers are told in full.
_DIGITS = (6, 10)
_LARGE = 1e6


@dataclass(frozen=True, slots=True)
class RowsLeftOut:
    """Rows of some data that an analysis left out.

    Attributes
    ----------
    whose : str
        Such as ``"the data"``.
    given, lost : int
        Rows of the data, and those of them that were left out.
    incomplete : int
        Those left out that lack a value of one of the models' variables, as far as is known.
    missing : tuple of (str, int)
        How often a variable is missing in them, by its name.
    """

    whose: str
    given: int
    lost: int
    incomplete: int
    missing: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """What sentences about an analysis have to name.

    Attributes
    ----------
    outcome : str
        The outcome, as its model writes it.
    quantity : str
        What effects are differences of, such as ``"the mean of depress2"``.
    treated, control : str
        The two values of the treatment that were compared.
    labels : tuple of str
        What the mediator model and the outcome model are, such as ``"statsmodels OLS"``.
    adjusted : bool
        Whether the models have covariates.
    weighted : bool
        Whether averages over rows are weighted.
    defects : tuple of str
        What R does wrong in numbers that are R's, such as ``"leaves offsets out of ..."``.
    left_out : tuple of RowsLeftOut
        Rows of the data that the models do not have.
    """

    outcome: str
    quantity: str
    treated: str
    control: str
    labels: tuple[str, str]
    adjusted: bool = True
    weighted: bool = False
    defects: tuple[str, ...] = ()
    left_out: tuple[RowsLeftOut, ...] = ()


UNKNOWN_WORDING = Wording("the outcome", "the mean of the outcome", "treated", "control", ("", ""))


def told_apart(first: object, second: object) -> tuple[str, str]:
    """Write two values that are compared, fractions in few digits.

    Examples
    --------
    >>> told_apart(0.9646369090437, -1), told_apart(1.00000001, 1), told_apart("high", "low")
    (('0.964637', '-1'), ('1.00000001', '1'), ('high', 'low'))
    """
    numbers = [float(value) for value in (first, second) if _is_small(value)]
    if len(numbers) == 2:
        for digits in _DIGITS:
            one, other = (f"{number:.{digits}g}" for number in numbers)
            if one != other:
                return one, other
    return label_text(first), label_text(second)


def _is_small(value: object) -> TypeGuard[Real]:
    """Whether this is a number, and not so large that few digits would round it."""
    return isinstance(value, Real) and not isinstance(value, (bool, np.bool_)) and abs(float(value)) < _LARGE


def seed_text(record: StreamRecord) -> str:
    """Say where the random numbers came from."""
    if not record.seeded:
        return "unseeded"
    if record.seed is None:
        return "a NumPy generator of the caller's"
    place = f" at word {record.position}" if record.position else ""
    return f"{'R' if record.kind == 'R' else 'NumPy'} stream, seed {record.seed}{place}"
