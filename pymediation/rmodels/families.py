"""Families and links of ``glm`` in every spelling people use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from pymediation.errors import ArgumentError, ArgumentTypeError, did_you_mean
from pymediation.families import FAMILY_NAMES, Family, Link, get_family

__all__ = [
    "Gamma",
    "binomial",
    "cauchit",
    "cloglog",
    "family_text",
    "gaussian",
    "identity",
    "inverse",
    "inverse_gaussian",
    "logit",
    "negative_binomial",
    "poisson",
    "probit",
    "quasi",
    "quasibinomial",
    "quasipoisson",
    "read_family",
]

logit: Final = "logit"
probit: Final = "probit"
cloglog: Final = "cloglog"
cauchit: Final = "cauchit"
identity: Final = "identity"
inverse: Final = "inverse"


# Links that are given for a family.
_LINKS: Final = ("logit", "probit", "cloglog", "cauchit")


def _link(link: Any) -> str | Link:
    """Return the link meant by a name, a function named like it, or a Link."""
    if isinstance(link, (str, Link)):
        return link
    name = getattr(link, "__name__", None) or getattr(link, "name", None)
    if isinstance(name, str):
        return name
    raise ArgumentTypeError(f"`link` must be a name such as 'probit', not {type(link).__name__}.")


def binomial(link: Any = "logit") -> Family:
    r"""Return the binomial family, :math:`V(\mu) = \mu (1 - \mu)`.

    Parameters
    ----------
    link : str, function or Link
        ``"logit"``, ``"probit"``, ``"cloglog"``, ``"cauchit"`` or ``"log"``, quoted or not.

    Returns
    -------
    Family

    Raises
    ------
    ArgumentError
        If the family does not have the link.

    Examples
    --------
    >>> from pymediation.r import binomial, probit
    >>> binomial("probit").link.name, binomial(link=probit).link.name
    ('probit', 'probit')
    """
    return get_family("binomial", _link(link))


def poisson(link: Any = "log") -> Family:
    r"""Return the Poisson family, :math:`V(\mu) = \mu`; links log, identity, sqrt.

    Examples
    --------
    >>> from pymediation.r import poisson, sqrt
    >>> poisson(link=sqrt).link.name
    'sqrt'
    """
    return get_family("poisson", _link(link))


def Gamma(link: Any = "inverse") -> Family:
    r"""Return the gamma family, :math:`V(\mu) = \mu^2`; links inverse, identity, log.

    Examples
    --------
    >>> from pymediation.r import Gamma
    >>> Gamma("log").name
    'Gamma'
    """
    return get_family("Gamma", _link(link))


def gaussian(link: Any = "identity") -> Family:
    r"""Return the gaussian family, :math:`V(\mu) = 1`; links identity, log, inverse.

    Examples
    --------
    >>> from pymediation.r import gaussian
    >>> gaussian().link.name
    'identity'
    """
    return get_family("gaussian", _link(link))


def inverse_gaussian(link: Any = "1/mu^2") -> Family:
    r"""Return the inverse Gaussian family, :math:`V(\mu) = \mu^3`; links 1/mu^2, inverse, identity, log.

    Examples
    --------
    >>> from pymediation.r import inverse_gaussian
    >>> inverse_gaussian().name
    'inverse.gaussian'
    """
    return get_family("inverse.gaussian", _link(link))


def quasibinomial(link: Any = "logit") -> Family:
    """Return the binomial family with an estimated dispersion; links as `binomial`.

    Examples
    --------
    >>> from pymediation.r import quasibinomial
    >>> quasibinomial().dispersion_known
    False
    """
    return get_family("quasibinomial", _link(link))


def quasipoisson(link: Any = "log") -> Family:
    """Return the Poisson family with an estimated dispersion; links as `poisson`.

    Examples
    --------
    >>> from pymediation.r import quasipoisson
    >>> quasipoisson().dispersion_known
    False
    """
    return get_family("quasipoisson", _link(link))


def quasi(link: Any = "identity", variance: str = "constant") -> Family:
    """Return a family of which only the first two moments are stated.

    Parameters
    ----------
    link : str, function or Link
        Any of R's links.
    variance : {"constant", "mu", "mu(1-mu)", "mu^2", "mu^3"}
        The variance function.

    Returns
    -------
    Family

    Examples
    --------
    >>> from pymediation.r import quasi
    >>> quasi("log", variance="mu").is_quasi
    True
    """
    return get_family("quasi", _link(link), variance=variance)  # type: ignore[arg-type]


def negative_binomial(theta: float, link: Any = "log") -> Family:
    r"""Return the negative binomial family of known size, :math:`V(\mu) = \mu + \mu^2 / \theta`.

    Parameters
    ----------
    theta : float
        The size, above 0.
    link : str, function or Link
        ``"log"``, ``"sqrt"`` or ``"identity"``.

    Returns
    -------
    Family

    Examples
    --------
    >>> from pymediation.r import negative_binomial
    >>> negative_binomial(2.0).theta
    2.0
    """
    return get_family("Negative Binomial", _link(link), theta=theta)


_BY_NAME: Mapping[str, Callable[[], Family]] = MappingProxyType(
    {
        "binomial": binomial,
        "poisson": poisson,
        "Gamma": Gamma,
        "gaussian": gaussian,
        "inverse.gaussian": inverse_gaussian,
        "inverse_gaussian": inverse_gaussian,
        "quasibinomial": quasibinomial,
        "quasipoisson": quasipoisson,
        "quasi": quasi,
    }
)


def read_family(family: Any) -> Family:
    """Return the family meant by ``binomial``, ``binomial()``, ``"binomial"`` or ``binomial("probit")``.

    Parameters
    ----------
    family : Family, function that returns one, or str
        What the user gave.

    Returns
    -------
    Family

    Raises
    ------
    ArgumentError
        If there is no family of that name.
    ArgumentTypeError
        If it is anything else.

    Examples
    --------
    >>> read_family("binomial").link.name
    'logit'
    """
    if isinstance(family, str):
        if family not in _BY_NAME:
            known = ", ".join(name for name in FAMILY_NAMES if name in _BY_NAME)
            hint = did_you_mean(family, _BY_NAME)
            if family in _LINKS:
                hint = f" {family!r} is a link: family=binomial({family!r})."
            raise ArgumentError(f"`family` = {family!r} is not known; families: {known}.{hint}")
        return _BY_NAME[family]()
    if family is negative_binomial:
        raise ArgumentError("negative_binomial needs its size: family=negative_binomial(theta).")
    made = family() if callable(family) else family
    if isinstance(made, Family):
        return made
    raise ArgumentTypeError(
        f"`family` must be a family of pymediation.r such as binomial, binomial('probit') or 'binomial', "
        f"not {type(family).__module__}.{type(family).__name__}."
    )


def family_text(family: Family) -> str:
    """Write a family in its shortest R spelling, e.g. ``binomial`` or ``binomial("probit")``."""
    if family.name == "Negative Binomial":
        link = "" if family.link.name == "log" else f', link = "{family.link.name}"'
        return f"negative.binomial({family.theta:.15g}{link})"
    parts = [] if family.link.name == _BY_NAME[family.name]().link.name else [f'"{family.link.name}"']
    if family.name == "quasi" and family.variance is not quasi().variance:
        parts.append(f'variance = "{_variance_name(family)}"')
    return f"{family.name}({', '.join(parts)})" if parts else family.name


def _variance_name(family: Family) -> str:
    """Return R's name of the variance function of a quasi family."""
    names = ("mu", "mu(1-mu)", "mu^2", "mu^3")
    return next(name for name in names if quasi(variance=name).variance is family.variance)
