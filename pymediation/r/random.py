"""R's random functions on the one global stream that :func:`pymediation.set_seed` starts.

``mediate`` and the other analyses draw from the same stream, so draws made before a call shift it as they do
in R. Without a seed the stream starts from fresh entropy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.errors import ArgumentError
from pymediation.r._arrays import is_factor, is_scalar
from pymediation.streams import ensure_global_stream
from pymediation.streams import set_seed as start_stream
from pymediation.streams.multivariate import mean_and_covariance, principal_root

__all__ = [
    "mvrnorm",
    "rbinom",
    "rchisq",
    "rexp",
    "rgamma",
    "rlogis",
    "rnorm",
    "rpois",
    "rt",
    "runif",
    "rweibull",
    "sample",
    "sample_int",
    "set_seed",
]

Floats = NDArray[np.float64]


def _count(n: Any) -> int:
    """Return the number of draws: `n`, or its length if it is a vector."""
    if not is_scalar(n):
        return len(n)
    if not n >= 0:
        raise ArgumentError(f"`n` must be a number of draws, 0 or more, not {n!r}.")
    return int(n)


def set_seed(seed: float | None, sample_kind: str = "Rejection") -> None:
    """Seed the one global stream, as R's ``set.seed``.

    Parameters
    ----------
    seed : int, float or None
        The seed; a fraction is cut off, so that ``set_seed(1e5)`` works as in R. None forgets the seed.
    sample_kind : {"Rejection", "Rounding"}
        How indices are drawn; ``"Rounding"`` is what R did before version 3.6.0.

    Examples
    --------
    >>> from pymediation.r import rnorm, set_seed
    >>> set_seed(1e5)
    >>> float(rnorm(1)[0].round(6))
    0.449566
    """
    whole = int(seed) if isinstance(seed, float) and np.isfinite(seed) else seed
    start_stream(whole, sample_kind)  # type: ignore[arg-type]


def rnorm(n: Any, mean: Any = 0.0, sd: Any = 1.0) -> Floats:
    """Draw from normal distributions.

    Parameters
    ----------
    n : int or sequence
        Number of draws, or a sequence of that length.
    mean, sd : float or array_like
        Parameters, recycled along the draws.

    Returns
    -------
    ndarray, shape (n,)

    Examples
    --------
    >>> from pymediation.r import rnorm, set_seed
    >>> set_seed(1)
    >>> rnorm(2).round(4).tolist()
    [-0.6265, 0.1836]
    """
    return ensure_global_stream().normal(mean, sd, _count(n))


def runif(n: Any, min: Any = 0.0, max: Any = 1.0) -> Floats:
    """Draw from uniform distributions on (min, max); parameters recycled.

    Examples
    --------
    >>> from pymediation.r import runif, set_seed
    >>> set_seed(1)
    >>> runif(2).round(4).tolist()
    [0.2655, 0.3721]
    """
    return ensure_global_stream().uniform(min, max, _count(n))


def rbinom(n: Any, size: Any, prob: Any) -> NDArray[Any]:
    """Draw numbers of successes in `size` trials of probability `prob`; parameters recycled.

    Examples
    --------
    >>> from pymediation.r import rbinom, set_seed
    >>> set_seed(1)
    >>> rbinom(5, 1, 0.5).tolist()
    [0, 0, 1, 1, 0]
    """
    return ensure_global_stream().binomial(size, prob, _count(n))


def rpois(n: Any, lambda_: Any) -> NDArray[Any]:
    """Draw from Poisson distributions with means `lambda_` (R's ``lambda``); parameters recycled.

    Examples
    --------
    >>> from pymediation.r import rpois, set_seed
    >>> set_seed(1)
    >>> rpois(3, 4).tolist()
    [3, 3, 4]
    """
    return ensure_global_stream().poisson(lambda_, _count(n))


def rexp(n: Any, rate: Any = 1.0) -> Floats:
    """Draw from exponential distributions with means ``1 / rate``; parameters recycled.

    Examples
    --------
    >>> from pymediation.r import rexp, set_seed
    >>> set_seed(1)
    >>> rexp(2).round(4).tolist()
    [0.7552, 1.1816]
    """
    return ensure_global_stream().exponential(1.0 / np.asarray(rate, dtype=float), _count(n))


def rgamma(n: Any, shape: Any, rate: Any = None, scale: Any = None) -> Floats:
    """Draw from gamma distributions with means ``shape * scale``.

    Parameters
    ----------
    n : int or sequence
        Number of draws, or a sequence of that length.
    shape : float or array_like
        Shapes, recycled.
    rate, scale : float or array_like, optional
        One of them: ``scale = 1 / rate``; default 1.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ArgumentError
        If both are given and contradict each other.

    Examples
    --------
    >>> from pymediation.r import rgamma, set_seed
    >>> set_seed(1)
    >>> rgamma(2, 2).round(4).tolist()
    [0.8309, 3.5708]
    """
    if rate is not None and scale is not None and not np.allclose(np.asarray(rate) * np.asarray(scale), 1.0):
        raise ArgumentError("Give `rate` or `scale`, not both: they are each other's inverse.")
    if scale is None:
        scale = 1.0 if rate is None else 1.0 / np.asarray(rate, dtype=float)
    return ensure_global_stream().gamma(shape, scale, _count(n))


def rweibull(n: Any, shape: Any, scale: Any = 1.0) -> Floats:
    """Draw from Weibull distributions; parameters recycled.

    Examples
    --------
    >>> from pymediation.r import rweibull, set_seed
    >>> set_seed(1)
    >>> rweibull(2, 1).round(4).tolist()
    [1.3261, 0.9885]
    """
    return ensure_global_stream().weibull(shape, scale, _count(n))


def rlogis(n: Any, location: Any = 0.0, scale: Any = 1.0) -> Floats:
    """Draw from logistic distributions; parameters recycled.

    Examples
    --------
    >>> from pymediation.r import rlogis, set_seed
    >>> set_seed(1)
    >>> rlogis(1).round(4).tolist()
    [-1.0175]
    """
    return ensure_global_stream().logistic(location, scale, _count(n))


def rt(n: Any, df: Any) -> Floats:
    """Draw from Student's t distributions with `df` degrees of freedom, recycled.

    Examples
    --------
    >>> from pymediation.r import rt, set_seed
    >>> set_seed(1)
    >>> rt(2, 5).shape
    (2,)
    """
    return ensure_global_stream().student_t(df, _count(n))


def rchisq(n: Any, df: Any) -> Floats:
    """Draw from chi-squared distributions with `df` degrees of freedom, recycled.

    Examples
    --------
    >>> from pymediation.r import rchisq, set_seed
    >>> set_seed(1)
    >>> rchisq(2, 3).shape
    (2,)
    """
    return ensure_global_stream().gamma(np.asarray(df, dtype=float) / 2.0, 2.0, _count(n))


def sample(x: Any, size: int | None = None, replace: bool = False, prob: Any = None) -> Any:
    """Draw elements at random.

    Parameters
    ----------
    x : int or sequence
        What to draw from; a number n of at least 1 stands for 1, ..., n.
    size : int, optional
        How many; default all, in random order.
    replace : bool
        Whether an element can be drawn again.
    prob : array_like, optional
        Weights of the elements; default equal.

    Returns
    -------
    ndarray, list, Series or Categorical
        The same kind as `x`; an array of ints for a number.

    Raises
    ------
    ArgumentError
        If more elements are asked for than there are, or the weights do not fit.

    Examples
    --------
    >>> from pymediation.r import sample, set_seed
    >>> set_seed(1)
    >>> sample(5).tolist(), sample(["a", "b", "c"], 2)
    ([1, 4, 3, 5, 2], ['a', 'c'])
    """
    if is_scalar(x) and not isinstance(x, str) and x >= 1:
        return sample_int(int(x), size, replace, prob)
    if is_scalar(x):
        x = [x]
    chosen = sample_int(len(x), size, replace, prob) - 1
    if isinstance(x, pd.Series):
        return x.iloc[chosen]
    if is_factor(x):
        return pd.Categorical(x)[chosen]
    return [x[i] for i in chosen] if isinstance(x, (list, tuple, range)) else np.asarray(x)[chosen]


def sample_int(n: int, size: int | None = None, replace: bool = False, prob: Any = None) -> NDArray[Any]:
    """Draw from 1, ..., n; other parameters as for `sample`.

    Examples
    --------
    >>> from pymediation.r import sample_int, set_seed
    >>> set_seed(1)
    >>> sample_int(10, 3).tolist()
    [9, 4, 7]
    """
    stream = ensure_global_stream()
    if n < 0 or (size is not None and size < 0):
        raise ArgumentError(f"`x` and `size` must be 0 or more, not {n} and {size}.")
    if prob is not None:
        return stream.weighted_sample(n, size, prob, replace) + 1
    if replace:
        return stream.integers(n, n if size is None else size) + 1
    return stream.permutation_sample(n, size) + 1


def mvrnorm(n: int = 1, mu: Any = 0.0, Sigma: Any = 1.0, empirical: bool = False) -> Floats:
    """Draw from a multivariate normal distribution, as MASS.

    The numbers depend on the signs of eigenvectors, which differ between builds of LAPACK: R itself does
    not give the same ones everywhere.

    Parameters
    ----------
    n : int
        Number of draws.
    mu : array_like, shape (p,)
        Means.
    Sigma : array_like, shape (p, p)
        Covariance matrix.
    empirical : bool
        Whether the sample itself has exactly these means and covariances.

    Returns
    -------
    ndarray, shape (n, p); shape (p,) if n is 1

    Raises
    ------
    ArgumentError
        If shapes do not match, or `n` is too small for `empirical`.

    References
    ----------
    Ripley, B. D. (1987). Stochastic Simulation, p. 98. Wiley.

    Examples
    --------
    >>> from pymediation.r import mvrnorm, set_seed
    >>> set_seed(1)
    >>> mvrnorm(3, [0, 0], [[1, 0.5], [0.5, 1]]).shape
    (3, 2)
    """
    stream = ensure_global_stream()
    centre, cov = mean_and_covariance(mu, Sigma)
    if not empirical:
        draws = stream.mvrnorm(n, centre, cov)
        return draws[0] if n == 1 else draws
    if n <= centre.size:
        raise ArgumentError(f"empirical=TRUE needs more than {centre.size} draws of {centre.size} variables.")
    z = stream.normal(size=(n, centre.size))
    z = z - z.mean(axis=0)
    z = z @ np.linalg.svd(z, full_matrices=False)[2].T
    z = z / np.sqrt(np.square(z).sum(axis=0) / (n - 1))
    return centre + z @ principal_root(cov).T
