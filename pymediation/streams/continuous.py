"""Draws by a formula from a fixed number of uniforms: uniform, logistic, Weibull, inverse Gaussian."""

from __future__ import annotations

import numpy as np

from pymediation.streams.laws import CHUNK, Floats, Law
from pymediation.streams.mersenne import MersenneWords, uniforms
from pymediation.streams.normals import normals_from_words, standard_normals
from pymediation.streams.shaping import window

__all__ = ["INVERSE_GAUSSIAN", "LOGISTIC", "UNIFORM", "WEIBULL", "inverse_gaussian_batches"]


def _uniform(words: MersenneWords, count: int, low: Floats, high: Floats) -> Floats:
    values = uniforms(words.take(count))
    if low.size == high.size == 1 and low[0] == 0 and high[0] == 1:
        return values
    values *= high - low
    values += low
    return values


UNIFORM = Law(
    name="uniform",
    parameters=("low", "high"),
    accepts="`low` and `high` must be finite numbers and `low` not above `high`",
    live=lambda low, high: np.isfinite(low) & np.isfinite(high) & (low < high),
    rest=lambda low, high: np.where(np.isfinite(low) & (low == high), low, np.nan),
    from_words=_uniform,
    from_generator=lambda generator, count, low, high: low + (high - low) * generator.random(count),
)


def _logistic(words: MersenneWords, count: int, loc: Floats, scale: Floats) -> Floats:
    u = uniforms(words.take(count))
    return loc + scale * np.log(u / (1 - u))


def _numpy_logistic(generator: np.random.Generator, count: int, loc: Floats, scale: Floats) -> Floats:
    return loc + scale * generator.logistic(size=count)


LOGISTIC = Law(
    name="logistic",
    parameters=("loc", "scale"),
    accepts="`loc` must be a number and `scale` a finite number",
    live=lambda loc, scale: np.isfinite(loc) & np.isfinite(scale) & (scale != 0),
    rest=lambda loc, scale: np.where(np.isfinite(scale), loc, np.nan),
    from_words=_logistic,
    from_generator=_numpy_logistic,
)


def _weibull(words: MersenneWords, count: int, shape: Floats, scale: Floats) -> Floats:
    values = -np.log(uniforms(words.take(count)))
    return scale * (values if shape.size == 1 and shape[0] == 1 else values ** (1 / shape))


def _numpy_weibull(generator: np.random.Generator, count: int, shape: Floats, scale: Floats) -> Floats:
    return scale * generator.weibull(shape, count)


def _weibull_live(shape: Floats, scale: Floats) -> np.ndarray:
    return np.isfinite(shape) & (shape > 0) & np.isfinite(scale) & (scale > 0)


WEIBULL = Law(
    name="weibull",
    parameters=("shape", "scale"),
    accepts="`shape` must be a finite number above 0 and `scale` a finite number of at least 0",
    live=_weibull_live,
    rest=lambda shape, scale: np.where((scale == 0) & ~np.isposinf(shape), 0.0, np.nan),
    from_words=_weibull,
    from_generator=_numpy_weibull,
)


def _smaller_or_larger_root(z: Floats, u: Floats, mean: Floats, shape: Floats) -> Floats:
    """Transform a normal and a uniform (Michael, Schucany and Haas 1976, The American Statistician 30)."""
    v = z * z
    b = 0.5 * mean / shape
    x = mean + (mean * b) * v - b * np.sqrt(4 * mean * shape * v + mean**2 * v**2)
    return np.where(u < mean / (mean + x), x, mean**2 / x)


def _inverse_gaussian(words: MersenneWords, count: int, mean: Floats, shape: Floats) -> Floats:
    triples = words.take(3 * count)
    z = normals_from_words(triples[0::3], triples[1::3])
    return _smaller_or_larger_root(z, uniforms(triples[2::3]), mean, shape)


def _inverse_gaussian_live(mean: Floats, shape: Floats) -> np.ndarray:
    return np.isfinite(mean) & (mean > 0) & np.isfinite(shape) & (shape > 0)


INVERSE_GAUSSIAN = Law(
    name="inverse_gaussian",
    parameters=("mean", "shape"),
    accepts="`mean` and `shape` must be finite numbers above 0",
    live=_inverse_gaussian_live,
    rest=lambda mean, shape: np.full(mean.shape, np.nan),
    from_words=_inverse_gaussian,
    from_generator=lambda generator, count, mean, shape: generator.wald(mean, shape, count),
)


def inverse_gaussian_batches(words: MersenneWords, count: int, mean: Floats, shape: Floats) -> Floats:
    """Draw as ``SuppDists::rinvGauss`` does when there are fewer parameters than draws, or more.

    Parameter j takes a batch of normals, then a batch of uniforms; its draws go to elements j, j + M, ...
    All parameters must be live.
    """
    distinct = max(mean.size, shape.size)
    batch = -(-count // distinct)
    if distinct == 1:
        return _one_batch(words, count, mean, shape)
    out = np.empty((batch, distinct))
    step = max(1, CHUNK // batch)
    for start in range(0, distinct, step):
        stop = min(start + step, distinct)
        block = words.take(3 * batch * (stop - start)).reshape(stop - start, 3 * batch)
        pairs = block[:, : 2 * batch].reshape(-1, 2)
        z = normals_from_words(pairs[:, 0], pairs[:, 1]).reshape(-1, batch).T
        u = uniforms(block[:, 2 * batch :]).T
        local = window(mean, start, stop), window(shape, start, stop)
        out[:, start:stop] = _smaller_or_larger_root(z, u, *local)
    return out.ravel()[:count]


def _one_batch(words: MersenneWords, count: int, mean: Floats, shape: Floats) -> Floats:
    """All normals, then all uniforms."""
    out = standard_normals(words, count)
    for start in range(0, count, CHUNK):
        part = out[start : start + CHUNK]
        part[:] = _smaller_or_larger_root(part, uniforms(words.take(part.size)), mean, shape)
    return out
