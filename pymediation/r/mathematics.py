"""Elementary functions under R's names; they keep the index of a Series."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymediation.r._arrays import rewrap

__all__ = ["exp", "log", "plogis", "pnorm", "qlogis", "qnorm", "sqrt"]


def exp(x: Any) -> Any:
    """Return e to the power `x`, elementwise.

    Examples
    --------
    >>> from pymediation.r import exp
    >>> float(exp(0))
    1.0
    """
    return np.exp(x)


def log(x: Any, base: float | None = None) -> Any:
    """Return the natural logarithm of `x`, or that to another base, elementwise.

    As ``poisson(link=log)`` it names the link.

    Examples
    --------
    >>> from pymediation.r import log
    >>> float(log(1)), float(log(8, 2))
    (0.0, 3.0)
    """
    return np.log(x) if base is None else np.log(x) / np.log(base)


def sqrt(x: Any) -> Any:
    """Return the square root of `x`, elementwise.

    As ``poisson(link=sqrt)`` it names the link.

    Examples
    --------
    >>> from pymediation.r import sqrt
    >>> float(sqrt(9))
    3.0
    """
    return np.sqrt(x)


def plogis(q: Any, location: float = 0.0, scale: float = 1.0) -> Any:
    r"""Return the logistic distribution function :math:`1 / (1 + e^{-(q - l) / s})`, elementwise.

    Examples
    --------
    >>> from pymediation.r import plogis
    >>> float(plogis(0))
    0.5
    """
    from scipy.special import expit

    return rewrap(expit((np.asarray(q, dtype=float) - location) / scale), q)


def qlogis(p: Any, location: float = 0.0, scale: float = 1.0) -> Any:
    r"""Return the quantile :math:`l + s \log(p / (1 - p))` of the logistic distribution, elementwise.

    Examples
    --------
    >>> from pymediation.r import qlogis
    >>> float(qlogis(0.5))
    0.0
    """
    from scipy.special import logit

    return rewrap(location + scale * logit(np.asarray(p, dtype=float)), p)


def pnorm(q: Any, mean: float = 0.0, sd: float = 1.0, lower_tail: bool = True) -> Any:
    """Return the normal distribution function, or its upper tail, elementwise.

    Examples
    --------
    >>> from pymediation.r import pnorm
    >>> float(pnorm(0))
    0.5
    """
    from scipy.special import ndtr

    z = (np.asarray(q, dtype=float) - mean) / sd
    return rewrap(ndtr(z if lower_tail else -z), q)


def qnorm(p: Any, mean: float = 0.0, sd: float = 1.0) -> Any:
    """Return the quantile of the normal distribution, elementwise.

    Examples
    --------
    >>> from pymediation.r import qnorm
    >>> round(float(qnorm(0.975)), 6)
    1.959964
    """
    from scipy.special import ndtri

    return rewrap(mean + sd * ndtri(np.asarray(p, dtype=float)), p)
