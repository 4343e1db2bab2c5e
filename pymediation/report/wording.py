"""Names that an analysis is told with, beyond what its numbers say."""

from __future__ import annotations

from dataclasses import dataclass

from pymediation.streams import StreamRecord

__all__ = ["UNKNOWN_WORDING", "Wording", "seed_text"]


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
    """

    outcome: str
    quantity: str
    treated: str
    control: str
    labels: tuple[str, str]
    adjusted: bool = True
    weighted: bool = False
    defects: tuple[str, ...] = ()


UNKNOWN_WORDING = Wording("the outcome", "the mean of the outcome", "treated", "control", ("", ""))


def seed_text(record: StreamRecord) -> str:
    """Say where the random numbers came from."""
    if not record.seeded:
        return "unseeded"
    if record.seed is None:
        return "a NumPy generator of the caller's"
    place = f" at word {record.position}" if record.position else ""
    return f"{'R' if record.kind == 'R' else 'NumPy'} stream, seed {record.seed}{place}"
