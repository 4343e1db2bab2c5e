"""Read the fits of :class:`pymediation.Tobit`."""

from __future__ import annotations

from pymediation.adapters.data import read_data
from pymediation.adapters.proof import refuse_unconverged
from pymediation.fitted import FittedModel, Role
from pymediation.kinds import tobit_kind
from pymediation.tobit_results import TobitResults

__all__ = ["adapt"]


def adapt(result: TobitResults, role: Role, follow: tuple[str, ...] = ()) -> FittedModel:
    """Read a fitted tobit regression.

    Parameters
    ----------
    result : TobitResults
    role : {"mediator", "outcome"}
    follow : tuple of str
        Columns whose products with others are recomputed (models fitted from columns).

    Returns
    -------
    FittedModel

    Raises
    ------
    NotEstimableError
        A fit that did not converge.
    """
    kind = tobit_kind(result.model.lower, result.model.upper)
    refuse_unconverged(result.estimates, role, "Tobit")
    rows = read_data(result.linear, role, follow).rows
    return FittedModel.of(
        rows,
        role=role,
        label=f"Tobit, {kind.name}",
        kind=kind,
        fit=kind.fit(rows),
        source=result,
    )
