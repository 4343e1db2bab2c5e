"""Read mixed models given by their estimates."""

from __future__ import annotations

from typing import Any

from pymediation.fitted import FittedModel, Role
from pymediation.kinds import mixed_kind

__all__ = ["adapt"]


def adapt(result: Any, role: Role, follow: tuple[str, ...] = ()) -> FittedModel:
    """Read a :class:`~pymediation.MixedFit`.

    Parameters
    ----------
    result : MixedFit
    role : {"mediator", "outcome"}
    follow : tuple of str
        Not needed: formulas follow by themselves.

    Returns
    -------
    FittedModel
    """
    kind = mixed_kind(result.family)
    return FittedModel.of(
        result.rows,
        role=role,
        label=f"MixedFit, {kind.name}",
        kind=kind,
        fit=result.fit,
        source=result,
    )
