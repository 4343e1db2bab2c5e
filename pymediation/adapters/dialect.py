"""Read the fits of :mod:`pymediation.r` that statsmodels has no class for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymediation.adapters.proof import refuse_unconverged
from pymediation.errors import UnsupportedModelError
from pymediation.fitted import FittedModel, Role
from pymediation.kinds import (
    ModelKind,
    fitted_mixed_kind,
    ordered_kind,
    quantile_kind,
    survival_kind,
    tobit_kind,
)

__all__ = ["adapt"]


def _ordered(fit: Any, role: Role) -> ModelKind:
    """Return the kind of a ``polr`` fit."""
    return ordered_kind(fit.method, len(fit.levels), "fail" if role == "mediator" else "keep")


# Class of the fit -> R's function and the kind of the model.
_KINDS: dict[str, tuple[str, Callable[[Any, Role], ModelKind]]] = {
    "PolrFit": ("polr", _ordered),
    "RqFit": ("rq", lambda fit, role: quantile_kind(fit.tau)),
    "SurvregFit": ("survreg", lambda fit, role: survival_kind(fit.dist, fit.fixed_scale)),
    "TobitFit": ("vglm", lambda fit, role: tobit_kind(fit.lower, fit.upper)),
    "LmerFit": ("lmer", lambda fit, role: fitted_mixed_kind(None, reml=fit.fit.reml)),
    "GlmerFit": ("glmer", lambda fit, role: fitted_mixed_kind(fit.family)),
}


def adapt(result: Any, role: Role, follow: tuple[str, ...] = ()) -> FittedModel:
    """Read a fit of ``polr``, ``rq``, ``survreg``, ``vglm``, ``lmer`` or ``glmer``.

    Parameters
    ----------
    result : PolrFit, RqFit, SurvregFit, TobitFit, LmerFit or GlmerFit
    role : {"mediator", "outcome"}
    follow : tuple of str
        Not needed: formulas follow by themselves.

    Returns
    -------
    FittedModel

    Raises
    ------
    UnsupportedModelError
        Another class of the dialect.
    NotEstimableError
        A fit that did not converge.
    """
    name = type(result).__name__
    if name not in _KINDS:
        msg = (
            f"The {role} model is a {name} of pymediation.r; supported are fits of lm, glm, polr, rq, "
            "survreg, vglm, lmer and glmer."
        )
        raise UnsupportedModelError(msg)
    function, kind_of = _KINDS[name]
    refuse_unconverged(result.fit, role, function)
    kind = kind_of(result, role)
    return FittedModel.of(
        result.rows,
        role=role,
        label=f"{function}, {kind.name}",
        kind=kind,
        fit=kind.fit(result.rows) if name == "TobitFit" else result.fit,  # VGAM's covariance may be wrong
        source=result,
    )
