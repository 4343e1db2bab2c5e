"""Families of generalised linear models, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError, did_you_mean
from pymediation.families.links import Link, get_link

__all__ = ["FAMILY_NAMES", "Family", "get_family"]

FloatArray = NDArray[np.float64]
VarianceName = Literal["constant", "mu", "mu(1-mu)", "mu^2", "mu^3"]
Elementwise = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Family:
    r"""The distribution side of a generalised linear model: :math:`\mathrm{Var}(y) = \phi V(\mu) / w`.

    All functions work elementwise and broadcast.

    Attributes
    ----------
    name : str
        R's name: ``"gaussian"``, ``"binomial"``, ``"Gamma"``, ...
    link : Link
        The link between mean and linear predictor.
    variance : callable
        :math:`V(\mu)`.
    unit_deviance : callable
        ``unit_deviance(y, mu, w)``: each row's share of the deviance.
    start_mean : callable
        ``start_mean(y, w)``: the means R starts its iterations from.
    mean_domain : callable or None
        Elementwise test of the mean; ``None`` when every value is allowed.
    response_domain : tuple of (callable, str)
        Elementwise test of the response and its wording.
    dispersion_known : bool
        Whether :math:`\phi = 1`; otherwise it is estimated.
    is_quasi : bool
        Whether only the first two moments are specified.
    theta : float or None
        Size parameter of the negative binomial, :math:`V(\mu) = \mu + \mu^2/\theta`.
    """

    name: str
    link: Link
    variance: Elementwise
    unit_deviance: Callable[[Any, Any, Any], Any]
    start_mean: Callable[[Any, Any], Any]
    mean_domain: Elementwise | None
    response_domain: tuple[Elementwise, str]
    dispersion_known: bool = False
    is_quasi: bool = False
    theta: float | None = None

    def valid_mean(self, mu: ArrayLike) -> Any:
        """Return whether all means along the last axis are possible ones."""
        if self.mean_domain is None:
            return np.ones(np.shape(mu)[:-1], dtype=bool)[()]
        return np.all(self.mean_domain(np.asarray(mu)), axis=-1)

    def valid_eta(self, eta: ArrayLike) -> Any:
        """Return whether all linear predictors along the last axis are in the link's domain."""
        return self.link.valid_eta(eta)

    def check_response(self, y: FloatArray) -> None:
        """Raise unless every response is possible under the family."""
        test, wording = self.response_domain
        bad = ~test(y)
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            msg = (
                f"the response of a {self.name} model must be {wording}; row {row} has {y[row]:g}. "
                "Recode the response or choose another family."
            )
            raise ArgumentError(msg)


def _between(x: Any) -> Any:
    """Test for a probability strictly inside (0, 1)."""
    return (x > 0) & (x < 1)


def _positive(x: Any) -> Any:
    """Test for above zero, infinity included."""
    return x > 0


def _positive_finite(x: Any) -> Any:
    """Test for finite and above zero."""
    return (x > 0) & (x < np.inf)


def _not_negative(x: Any) -> Any:
    """Test for zero or above."""
    return x >= 0


def _unit_interval(x: Any) -> Any:
    """Test for 0 <= x <= 1."""
    return (x >= 0) & (x <= 1)


def _constant(mu: Any) -> Any:
    """Return ones."""
    return np.ones_like(mu)


def _identity(mu: Any) -> Any:
    """Return mu."""
    return mu


def _binomial_variance(mu: Any) -> Any:
    """Return mu (1 - mu)."""
    return mu * (1 - mu)


def _cubed(mu: Any) -> Any:
    """Return mu^3."""
    return mu * mu * mu


def _negative_binomial_variance(mu: Any, theta: float) -> Any:
    """Return mu + mu^2 / theta."""
    return mu + np.square(mu) / theta


def _gaussian_deviance(y: Any, mu: Any, w: Any) -> Any:
    """Weighted squared error."""
    return w * np.square(y - mu)


def _binomial_deviance(y: Any, mu: Any, w: Any) -> Any:
    """Twice the weighted Kullback-Leibler distance from mu to y."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if np.all((y == 0) | (y == 1)):  # one logarithm in place of two: this is the bootstrap's hot path
            return -2 * w * np.log(np.abs(1 - y - mu))
        success, failure = np.where(y == 0, 1.0, y), np.where(y == 1, 1.0, 1 - y)
        return 2 * w * (y * np.log(success / mu) + (1 - y) * np.log(failure / (1 - mu)))


def _poisson_deviance(y: Any, mu: Any, w: Any) -> Any:
    """Twice w (y log(y / mu) - (y - mu))."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return 2 * w * (y * np.log(np.where(y == 0, 1.0, y) / mu) - (y - mu))


def _gamma_deviance(y: Any, mu: Any, w: Any) -> Any:
    """-2 w (log(y / mu) - (y - mu) / mu)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return -2 * w * (np.log(y / mu) - (y - mu) / mu)


def _quasi_gamma_deviance(y: Any, mu: Any, w: Any) -> Any:
    """Gamma deviance as R's quasi family has it: never negative, y = 0 replaced by 1 in the logarithm."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.maximum(-2 * w * (np.log(np.where(y == 0, 1.0, y) / mu) - (y - mu) / mu), 0)


def _inverse_gaussian_deviance(y: Any, mu: Any, w: Any) -> Any:
    """Weighted squared error over y mu^2."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return w * np.square(y - mu) / (y * np.square(mu))


def _negative_binomial_deviance(y: Any, mu: Any, w: Any, theta: float) -> Any:
    """Twice w (y log(y / mu) - (y + theta) log((y + theta) / (mu + theta)))."""
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = y * np.log(np.maximum(1, y) / mu)
        return 2 * w * (gain - (y + theta) * np.log((y + theta) / (mu + theta)))


def _start_at_response(y: Any, w: Any) -> Any:
    """Start at y itself."""
    return y + 0.0 * w


def _start_binomial(y: Any, w: Any) -> Any:
    """Start half a trial away from y, towards 1/2."""
    return (w * y + 0.5) / (w + 1)


def _start_poisson(y: Any, w: Any) -> Any:
    """Start a little above y."""
    return y + 0.1


def _start_negative_binomial(y: Any, w: Any) -> Any:
    """Start at y, zeros at 1/6."""
    return np.where(y == 0, 1 / 6, y)


def _start_off_zero(y: Any, w: Any) -> Any:
    """Start at y, zeros at 0.1."""
    return np.where(y == 0, 0.1, y)


def _start_inside(y: Any, w: Any) -> Any:
    """Start at y, kept off 0 and 1 by 0.001."""
    return np.clip(y, 0.001, 0.999)


_ANY: tuple[Elementwise, str] = (np.isfinite, "finite")
_COUNT = (_not_negative, "0 or more")
_ABOVE_ZERO = (_positive_finite, "above 0")
_PROBABILITY = (_unit_interval, "between 0 and 1")

# Moments of a distribution: variance, unit deviance, start, mean's domain, response's domain.
_MOMENTS: dict[str, tuple[Any, Any, Any, Any, Any]] = {
    "gaussian": (_constant, _gaussian_deviance, _start_at_response, None, _ANY),
    "binomial": (_binomial_variance, _binomial_deviance, _start_binomial, _between, _PROBABILITY),
    "poisson": (_identity, _poisson_deviance, _start_poisson, _positive_finite, _COUNT),
    "Gamma": (np.square, _gamma_deviance, _start_at_response, _positive_finite, _ABOVE_ZERO),
    "inverse.gaussian": (_cubed, _inverse_gaussian_deviance, _start_at_response, None, _ABOVE_ZERO),
}
_QUASI_MOMENTS: dict[str, tuple[Any, Any, Any, Any, Any]] = {
    "constant": _MOMENTS["gaussian"],
    "mu": (_identity, _poisson_deviance, _start_off_zero, _positive, _ANY),
    "mu(1-mu)": (_binomial_variance, _binomial_deviance, _start_inside, _between, _ANY),
    "mu^2": (np.square, _quasi_gamma_deviance, _start_off_zero, _positive, _ANY),
    "mu^3": (_cubed, _inverse_gaussian_deviance, _start_off_zero, _positive, _ANY),
}
_MOMENTS["quasibinomial"], _MOMENTS["quasipoisson"] = _MOMENTS["binomial"], _MOMENTS["poisson"]

_BINOMIAL_LINKS = ("logit", "probit", "cloglog", "cauchit", "log", "loglog")
_QUASI_LINKS = ("identity", "log", "inverse", "logit", "probit", "cloglog", "cauchit", "sqrt", "1/mu^2")
# Accepted links, the default first.
_FAMILY_LINKS: dict[str, tuple[str, ...]] = {
    "gaussian": ("identity", "log", "inverse"),
    "binomial": _BINOMIAL_LINKS,
    "quasibinomial": _BINOMIAL_LINKS,
    "poisson": ("log", "identity", "sqrt"),
    "quasipoisson": ("log", "identity", "sqrt"),
    "Gamma": ("inverse", "identity", "log"),
    "inverse.gaussian": ("1/mu^2", "inverse", "identity", "log"),
    "quasi": _QUASI_LINKS,
    "Negative Binomial": ("log", "sqrt", "identity"),
}
FAMILY_NAMES = tuple(_FAMILY_LINKS)


def _resolve_link(family: str, link: str | Link | None) -> Link:
    """Return the link asked for, or the default of the family."""
    if isinstance(link, Link):
        return link
    accepted = _FAMILY_LINKS[family]
    if link is None:
        return get_link(accepted[0])
    if link not in accepted:
        msg = (
            f"link {link!r} is not available for the {family} family; available links are "
            f"{', '.join(accepted)}.{did_you_mean(link, accepted)} Pass a Link object to use another one."
        )
        raise ArgumentError(msg)
    return get_link(link)


def _quasi_moments(variance: str | None) -> tuple[Any, Any, Any, Any, Any]:
    """Return the moments that go with a variance function of the quasi family."""
    chosen = "constant" if variance is None else variance
    if chosen not in _QUASI_MOMENTS:
        accepted = ", ".join(_QUASI_MOMENTS)
        msg = f"variance {chosen!r} is not available for the quasi family; choose one of {accepted}."
        raise ArgumentError(msg)
    return _QUASI_MOMENTS[chosen]


def _negative_binomial_moments(theta: float | None) -> tuple[Any, Any, Any, Any, Any]:
    """Return the moments of the negative binomial of that size."""
    if theta is None or not 0 < theta < np.inf:
        msg = f"the Negative Binomial family needs theta, a finite number above 0, not {theta!r}."
        raise ArgumentError(msg)
    return (
        partial(_negative_binomial_variance, theta=theta),
        partial(_negative_binomial_deviance, theta=theta),
        _start_negative_binomial,
        _positive,
        _COUNT,
    )


def get_family(
    name: str,
    link: str | Link | None = None,
    *,
    theta: float | None = None,
    variance: VarianceName | None = None,
) -> Family:
    """Return a family of generalised linear models by R's name.

    Parameters
    ----------
    name : str
        One of ``FAMILY_NAMES``.
    link : str or Link, optional
        Name of one of the family's links, or any :class:`Link`; R's default if not given.
    theta : float, optional
        Size of the negative binomial. Required there, refused elsewhere.
    variance : str, optional
        Variance function of the quasi family, ``"constant"`` by default. Refused elsewhere.

    Returns
    -------
    Family

    Raises
    ------
    ArgumentError
        If the family or the link does not exist, or an argument does not go with the family.

    Notes
    -----
    As in R's ``glm(family = negative.binomial(theta))`` the dispersion of a negative binomial is estimated;
    ``dataclasses.replace(family, dispersion_known=True)`` gives the convention of ``summary(glm.nb(...))``.

    References
    ----------
    McCullagh, P. and Nelder, J. A. (1989). Generalized Linear Models, 2nd ed. Chapman and Hall.

    Examples
    --------
    >>> get_family("Gamma").link.name
    'inverse'
    >>> float(get_family("binomial", "probit").variance(0.5))
    0.25
    """
    if name not in _FAMILY_LINKS:
        known = ", ".join(FAMILY_NAMES)
        msg = f"family {name!r} is not known; known families are {known}.{did_you_mean(name, FAMILY_NAMES)}"
        raise ArgumentError(msg)
    if theta is not None and name != "Negative Binomial":
        msg = f"theta goes with the Negative Binomial family, not with {name}."
        raise ArgumentError(msg)
    if variance is not None and name != "quasi":
        msg = f"variance goes with the quasi family, not with {name}."
        raise ArgumentError(msg)
    resolved = _resolve_link(name, link)
    if name == "quasi":
        moments = _quasi_moments(variance)
    elif name == "Negative Binomial":
        moments = _negative_binomial_moments(theta)
    else:
        moments = _MOMENTS[name]
    return Family(
        name,
        resolved,
        *moments,
        dispersion_known=name in ("binomial", "poisson"),
        is_quasi=name.startswith("quasi"),
        theta=theta,
    )
