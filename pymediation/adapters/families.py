"""Match the families and links of statsmodels with R's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pymediation.errors import UnsupportedModelError
from pymediation.families import Family, Link, get_family, power_link
from pymediation.fitted import Role

__all__ = ["family_of"]

# Class names of statsmodels -> R's names.
_FAMILIES = {
    "Gaussian": "gaussian",
    "Binomial": "binomial",
    "Poisson": "poisson",
    "Gamma": "Gamma",
    "InverseGaussian": "inverse.gaussian",
    "NegativeBinomial": "Negative Binomial",
}
_LINKS = {
    "Identity": "identity",
    "Log": "log",
    "Logit": "logit",
    "Probit": "probit",
    "CLogLog": "cloglog",
    "LogLog": "loglog",
    "Cauchy": "cauchit",
    "InversePower": "inverse",
    "InverseSquared": "1/mu^2",
    "Sqrt": "sqrt",
}
_POWER_LINKS = {-1.0: "inverse", -2.0: "1/mu^2", 0.5: "sqrt"}
_DISCRETE = {"Logit": ("binomial", "logit"), "Probit": ("binomial", "probit"), "Poisson": ("poisson", "log")}


def family_of(result: Any, name: str, role: Role) -> Family:
    """Return R's family of a statsmodels result.

    Parameters
    ----------
    result : statsmodels results object
    name : str
        Class name of its model.
    role : {"mediator", "outcome"}
        Named in messages.

    Notes
    -----
    A binomial or Poisson GLM fitted with ``scale="X2"`` (or any fixed scale other than 1) estimates a
    dispersion: it is R's quasi family.
    """
    if name in ("OLS", "WLS"):
        return get_family("gaussian", "identity")
    if name in _DISCRETE:
        return get_family(*_DISCRETE[name])
    family = result.model.family
    given = type(family).__name__
    if given not in _FAMILIES:
        msg = f"The {role} model has the GLM family {given}; supported families: {', '.join(_FAMILIES)}."
        raise UnsupportedModelError(msg)
    link = _link_of(family.link, role)
    if given == "NegativeBinomial":
        # statsmodels, like R's glm.nb, takes the dispersion of this family to be 1.
        return replace(
            get_family("Negative Binomial", link, theta=1.0 / float(family.alpha)), dispersion_known=True
        )
    r_name = _FAMILIES[given]
    if r_name in ("binomial", "poisson") and result.model.scaletype not in (None, 1, 1.0):
        r_name = f"quasi{r_name}"
    return get_family(r_name, link)


def _link_of(link: Any, role: Role) -> str | Link:
    """Return a statsmodels link: R's name of it, or a power."""
    given = type(link).__name__
    if given in _LINKS:
        return _LINKS[given]
    if given == "Power" and float(link.power) in _POWER_LINKS:
        return _POWER_LINKS[float(link.power)]
    if given == "Power" and link.power > 0:
        return power_link(float(link.power))
    msg = f"The {role} model has the link {given}; supported links: {', '.join(_LINKS)}, Power above 0."
    raise UnsupportedModelError(msg)
