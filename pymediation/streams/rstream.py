"""The random numbers of R."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError, ArgumentTypeError
from pymediation.streams.categories import categories
from pymediation.streams.continuous import INVERSE_GAUSSIAN, inverse_gaussian_batches
from pymediation.streams.elementwise import ElementwiseStream
from pymediation.streams.indices import LARGEST_INDEX, random_indices
from pymediation.streams.laws import Floats
from pymediation.streams.mersenne import (
    MAX_SEED,
    R_KINDS,
    MersenneWords,
    seeded_state,
    state_from_r,
    state_to_r,
)
from pymediation.streams.multinomials import multinomials, probability_rows
from pymediation.streams.multivariate import mean_and_covariance, principal_root
from pymediation.streams.protocol import StreamRecord
from pymediation.streams.sampling import (
    distinct_indices,
    sampling_weights,
    weighted_distinct_indices,
    weighted_indices,
)
from pymediation.streams.shaping import Form, Order, Size, parameter, whole_number

__all__ = ["RStream"]


class RStream(ElementwiseStream):
    """Random numbers as R draws them after ``set.seed(seed)``, number for number.

    R's default generators are emulated: Mersenne-Twister, normals by inversion. A stream is a sequence of
    32-bit words; each draw uses up some of them, and nothing else is remembered from draw to draw. So a place
    in the stream is a number of words.

    Parameters
    ----------
    seed : int
        The seed, from -2147483647 to 2147483647.
    sample_kind : {"rejection", "rounding"}
        How indices are drawn: ``"rounding"`` is what R did before version 3.6.0.

    Raises
    ------
    ArgumentTypeError
        If `seed` is not a whole number.
    ArgumentError
        If `seed` or `sample_kind` is not one that R has.

    See Also
    --------
    pymediation.streams.Stream : what each method draws.

    References
    ----------
    Matsumoto, M. and Nishimura, T. (1998). Mersenne twister. ACM Transactions on Modeling and Computer
    Simulation, 8, 3-30.

    Examples
    --------
    >>> from pymediation.streams import RStream
    >>> stream = RStream(2014)
    >>> stream.normal(size=2).round(4).tolist()
    [-0.5657, 0.321]
    >>> stream.consumed
    4
    """

    __slots__ = ("_sample_kind", "_seed", "_seeded", "_words")

    def __init__(self, seed: int, sample_kind: str = "rejection") -> None:
        number = whole_number(seed, "seed", minimum=-MAX_SEED)
        if number > MAX_SEED:
            raise ArgumentError(f"`seed` is {number}; R takes seeds from -2147483647 to 2147483647.")
        self._resume(MersenneWords(seeded_state(number)), sample_kind, number, True)

    def _resume(self, words: MersenneWords, sample_kind: str, seed: int | None, seeded: bool) -> None:
        self._words = words
        self._sample_kind = _checked_kind(sample_kind)
        self._seed = seed
        self._seeded = seeded

    @classmethod
    def _of(cls, words: MersenneWords, sample_kind: str, seed: int | None, seeded: bool) -> RStream:
        stream = cls.__new__(cls)
        stream._resume(words, sample_kind, seed, seeded)
        return stream

    @classmethod
    def from_random_seed(cls, vector: Sequence[int] | NDArray[Any]) -> RStream:
        """Take over the stream of an R session.

        Parameters
        ----------
        vector : sequence of 626 int
            R's ``.Random.seed``.

        Returns
        -------
        RStream
            A stream that goes on where R is; positions count from here.

        Raises
        ------
        ArgumentError
            If the vector is not the state of R's default generators.

        Examples
        --------
        >>> from pymediation.streams import RStream
        >>> stream = RStream(1)
        >>> same = RStream.from_random_seed(stream.random_seed())
        >>> bool(same.uniform() == stream.uniform())
        True
        """
        state, sample_kind = state_from_r(vector)
        return cls._of(MersenneWords(state), sample_kind, None, True)

    @classmethod
    def from_entropy(cls) -> RStream:
        """Return a stream whose seed is picked at random; ``describe()`` tells which."""
        seed = secrets.randbelow(2 * MAX_SEED + 1) - MAX_SEED
        return cls._of(MersenneWords(seeded_state(seed)), "rejection", seed, False)

    @property
    def _source(self) -> MersenneWords:
        return self._words

    @property
    def consumed(self) -> int:
        """Number of words used up since seeding."""
        return self._words.consumed

    @property
    def sample_kind(self) -> str:
        """How indices are drawn: ``"rejection"`` or ``"rounding"``."""
        return self._sample_kind

    def __repr__(self) -> str:
        origin = f"RStream({self._seed})" if self._seed is not None else "RStream.from_random_seed(...)"
        return f"<{origin}, {self._sample_kind}, {self.consumed} words used>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._of, (self._words, self._sample_kind, self._seed, self._seeded)

    def random_seed(self) -> NDArray[np.int32]:
        """Return the state as R's ``.Random.seed``: 626 signed integers."""
        return state_to_r(self._words.state(), self._sample_kind)

    def copy(self) -> RStream:
        """Return an independent stream at the same place."""
        return self._of(self._words.copy(), self._sample_kind, self._seed, self._seeded)

    def at(self, position: int) -> RStream:
        """Return a new stream of the same seed, `position` words after seeding."""
        words = MersenneWords(self._words.origin)
        words.skip(whole_number(position, "position"))
        return self._of(words, self._sample_kind, self._seed, self._seeded)

    def seek(self, position: int) -> None:
        """Move this stream to `position` words after seeding; going forward only costs the way."""
        self._words.seek(whole_number(position, "position"))

    def skip(self, words: int) -> None:
        """Use up a number of words without making anything of them."""
        self._words.skip(whole_number(words, "words"))

    def describe(self) -> StreamRecord:
        """Return what is needed to name this place in the stream."""
        return StreamRecord("R", self._seed, self.consumed, self._seeded)

    def integers(self, n: int, size: Size = 1) -> NDArray[np.int64]:
        """Draw indices 0..n-1, R's ``sample.int(n, size, TRUE) - 1``."""
        form = Form.of(size)
        items = _item_count(n)
        return form.fold(random_indices(self._words, items, form.count, self._sample_kind))

    def inverse_gaussian(
        self, mean: ArrayLike, shape: ArrayLike, size: Size = 1, order: Order = "F"
    ) -> Floats:
        """Draw as ``SuppDists::rinvGauss``, where the order of draws depends on the parameters' lengths."""
        form = Form.of(size, order)
        means, shapes = parameter(mean, "mean", form), parameter(shape, "shape", form)
        as_many_as_draws = max(means.size, shapes.size) == form.count
        if form.count == 0 or as_many_as_draws or not INVERSE_GAUSSIAN.live(means, shapes[:, None]).all():
            return self._draw(INVERSE_GAUSSIAN, size, order, mean, shape)
        return form.fold(inverse_gaussian_batches(self._words, form.count, means, shapes))

    def multinomial(self, n: int, pvals: ArrayLike, size: int = 1) -> NDArray[np.int64]:
        """Draw rows of counts, R's ``t(rmultinom(size, n, pvals))``."""
        p = probability_rows(np.atleast_2d(np.asarray(pvals, dtype=np.float64)), "pvals")[0]
        return multinomials(self._words, whole_number(n, "n"), p, whole_number(size, "size"))

    def categorical(self, probs: ArrayLike) -> NDArray[np.int64]:
        """Draw a category for each row of probabilities."""
        return categories(self._words, probability_rows(probs, "probs"))

    def permutation_sample(self, n: int, size: int | None = None) -> NDArray[np.int64]:
        """Draw different indices, R's ``sample.int(n, size) - 1``.

        Parameters
        ----------
        n : int
            Number of items.
        size : int, optional
            Number of indices; all of them, a random permutation, if not given.

        Returns
        -------
        ndarray of int64, (size,)
            Indices 0..n-1.

        Raises
        ------
        ArgumentError
            If `size` is larger than `n`.

        Examples
        --------
        >>> from pymediation.streams import RStream
        >>> RStream(1).permutation_sample(5).tolist()
        [0, 3, 2, 4, 1]
        """
        items, count = _item_count(n), _sample_size(n, size)
        return distinct_indices(self._words, items, count, self._sample_kind)

    def weighted_sample(
        self, n: int, size: int | None = None, prob: ArrayLike = (), replace: bool = False
    ) -> NDArray[np.int64]:
        """Draw indices of unequal probability, R's ``sample.int(n, size, replace, prob) - 1``.

        Parameters
        ----------
        n : int
            Number of items.
        size : int, optional
            Number of indices; `n` if not given.
        prob : array_like, (n,)
            Weights of the items, not necessarily of sum 1.
        replace : bool
            Whether an item may be drawn more than once.

        Returns
        -------
        ndarray of int64, (size,)
            Indices 0..n-1.

        Raises
        ------
        ArgumentError
            If the weights are no weights, or too few of them are positive.

        Examples
        --------
        >>> from pymediation.streams import RStream
        >>> RStream(1).weighted_sample(3, 4, [0.5, 0.3, 0.2], replace=True).tolist()
        [0, 0, 1, 2]
        """
        items = _item_count(n)
        if replace:
            count = items if size is None else whole_number(size, "size")
            return weighted_indices(self._words, sampling_weights(prob, items, 1), count, self._sample_kind)
        count = _sample_size(items, size)
        return weighted_distinct_indices(self._words, sampling_weights(prob, items, count), count)

    def mvrnorm(self, n: int, mu: ArrayLike, sigma: ArrayLike) -> Floats:
        """Draw from the multivariate normal distribution as ``MASS::mvrnorm``.

        With Z of independent normals, filled column by column, and sigma = V diag(lambda) V', the draws are
        the rows of mu + Z diag(sqrt(lambda)) V'. The signs of the eigenvectors V are those that LAPACK
        happens to give: they differ between builds, and so may the numbers. Draws from
        :meth:`multivariate_normal` do not depend on signs.

        Parameters
        ----------
        n : int
            Number of draws.
        mu : array_like, (p,)
            Mean.
        sigma : array_like, (p, p)
            Covariance.

        Returns
        -------
        ndarray of float64, (n, p)
            One draw per row.

        Raises
        ------
        ArgumentError
            If `sigma` is not a covariance of p variables.

        Examples
        --------
        >>> from pymediation.streams import RStream
        >>> RStream(1).mvrnorm(3, [0.0, 10.0], [[1.0, 0.0], [0.0, 4.0]]).shape
        (3, 2)
        """
        centre, covariance = mean_and_covariance(mu, sigma)
        z = self.normal(size=(whole_number(n, "n"), centre.size))
        return z @ principal_root(covariance).T + centre


def _checked_kind(sample_kind: str) -> str:
    if not isinstance(sample_kind, str):
        raise ArgumentTypeError(f"`sample_kind` must be 'rejection' or 'rounding', not {sample_kind!r}.")
    if sample_kind.lower() not in R_KINDS:
        raise ArgumentError(f"`sample_kind` must be 'rejection' or 'rounding', not {sample_kind!r}.")
    return sample_kind.lower()


def _item_count(n: int) -> int:
    items = whole_number(n, "n", 1)
    if items > LARGEST_INDEX:
        raise ArgumentError(f"`n` is {items}; R draws from at most 2**52 items.")
    return items


def _sample_size(n: int, size: int | None) -> int:
    count = n if size is None else whole_number(size, "size")
    if count > n:
        raise ArgumentError(
            f"cannot draw {count} different items of {n}; a sample larger than the population needs "
            "replacement."
        )
    return count
