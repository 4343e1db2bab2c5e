"""Resamples of rows as counts, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.streams import Stream

__all__ = ["leave_out_counts", "resample_counts", "settled_resamples", "successive_counts"]

# Indices held at a time (8 bytes each); beyond, the stream is passed over several times.
_HELD_INDICES = 32_000_000
# Counts in a block of replicates, and the fewest replicates in one: some of the work is done once per block.
_BLOCK_COUNTS = 2_500_000
_FEWEST_REPLICATES = 16
# Blocks that the replicates are cut into at least, for the threads and for the progress bar.
_FEWEST_BLOCKS = 4
# Indices counted at a time: their counts stay in cache.
_COUNTED = 250_000
# Counts held at a time (2 bytes each), where the indices themselves would be too many.
_HELD_COUNTS = 200_000_000


def resample_counts(
    stream: Stream,
    n: int,
    replicates: int,
    strata: ArrayLike | None,
    clusters: NDArray[np.intp] | None = None,
) -> Iterator[tuple[slice, NDArray[np.integer], NDArray[np.integer] | None]]:
    """Draw bootstrap resamples and yield blocks of replicates as counts.

    Parameters
    ----------
    stream : Stream
        Advanced by the draw of all n x replicates indices before the first block is yielded or, for very
        large problems, by the time of the last one.
    n : int
        Number of rows.
    replicates : int
        Number of resamples R.
    strata : array_like of length n, or None
        Rows are resampled within strata.
    clusters : ndarray of int, shape (n,), or None
        Cluster of each row, from 0: whole clusters are resampled, within strata that contain them. Samples
        then differ in their numbers of rows.

    Yields
    ------
    block : slice
        The replicates of the block.
    counts : ndarray of int, shape (block, n)
        How often each row is in each resample.
    drawn : ndarray of int, shape (block, n), or None
        The rows in the order drawn; None for very large problems and clusters.

    Notes
    -----
    R draws the index matrix column by column, so that replicate r owns draws r, r + R, ...: the first
    replicate is complete only when everything is drawn.
    """
    if clusters is not None:
        yield from _cluster_counts(stream, replicates, strata, clusters)
        return
    if strata is not None or n * replicates <= _HELD_INDICES:
        indices = stream.bootstrap_indices(n, replicates, strata)
        for block in _blocks(replicates, _replicates_per_block(n, replicates)):
            yield block, _count(indices[block], n), indices[block]
        return
    passes = list(_blocks(replicates, max(1, _HELD_COUNTS // n)))
    begin = stream.copy()
    for block in passes:
        source = stream if block is passes[-1] else begin.copy()
        counts = _count_in_one_pass(source, n, replicates, block)
        for part in _blocks(block.stop - block.start, _replicates_per_block(n, replicates)):
            yield slice(block.start + part.start, block.start + part.stop), counts[part], None


def _cluster_counts(
    stream: Stream, replicates: int, strata: ArrayLike | None, clusters: NDArray[np.intp]
) -> Iterator[tuple[slice, NDArray[np.integer], None]]:
    """Draw resamples of whole clusters; see `resample_counts`."""
    _, first = np.unique(clusters, return_index=True)
    of_clusters = None if strata is None else np.asarray(strata)[first]
    for block, counts, _ in resample_counts(stream, first.size, replicates, of_clusters):
        step = _replicates_per_block(clusters.size, replicates)
        for part in _blocks(len(counts), step):
            which = slice(block.start + part.start, block.start + part.stop)
            yield which, counts[part][:, clusters], None


def settled_resamples(
    stream: Stream,
    n: int,
    replicates: int,
    strata: ArrayLike | None,
    clusters: NDArray[np.intp] | None = None,
) -> Iterator[tuple[slice, NDArray[np.integer], NDArray[np.integer] | None]]:
    """Yield what `resample_counts` yields, the stream being past all indices by the time of the first block.

    So noise can be drawn between the blocks; very large problems are passed over once more for that.
    """
    begin = stream.copy()
    blocks = resample_counts(stream, n, replicates, strata, clusters)
    drawn = n if clusters is None else int(clusters.max()) + 1
    if strata is None and drawn * replicates > _HELD_INDICES:
        for _ in blocks:
            pass
        blocks = resample_counts(begin, n, replicates, strata, clusters)
    yield from blocks


def successive_counts(stream: Stream, n: int, replicates: int) -> Iterator[tuple[slice, NDArray[np.int32]]]:
    """Draw bootstrap resamples one whole sample after the other, and yield blocks of them as counts.

    So draw R's functions that resample in a loop of their own; those that call ``boot`` draw as
    `resample_counts` does.

    Parameters
    ----------
    stream : Stream
        Advanced by the n draws of a sample for each sample.
    n : int
        Number of rows.
    replicates : int
        Number of samples.

    Yields
    ------
    block : slice
        The samples of the block.
    counts : ndarray of int, shape (block, n)
        How often each row is in each sample.
    """
    for block in _blocks(replicates, max(_FEWEST_REPLICATES, _BLOCK_COUNTS // n)):
        size = block.stop - block.start
        yield block, _count(stream.integers(n, size=size * n).reshape(size, n), n)


def leave_out_counts(units: NDArray[np.intp], groups: int, which: slice) -> NDArray[np.int8]:
    """Return counts of a delete-a-group jackknife, some of its groups; unit i is in group i mod groups."""
    left_out = np.arange(which.start, which.stop)[:, np.newaxis]
    return (units % groups != left_out).astype(np.int8)


def _replicates_per_block(n: int, replicates: int) -> int:
    """Return the number of resamples of n rows in a block."""
    return max(_FEWEST_REPLICATES, min(_BLOCK_COUNTS // n, -(-replicates // _FEWEST_BLOCKS)))


def _blocks(total: int, size: int) -> Iterator[slice]:
    """Cut a range into blocks."""
    for start in range(0, total, size):
        yield slice(start, min(total, start + size))


def _count(indices: NDArray[np.int64], n: int) -> NDArray[np.int32]:
    """Count how often each row occurs in each resample."""
    counts = np.empty(indices.shape, dtype=np.int32)
    for part in _blocks(indices.shape[0], max(1, _COUNTED // n)):
        size = part.stop - part.start
        shifted = indices[part] + n * np.arange(size)[:, np.newaxis]
        counts[part] = np.bincount(shifted.ravel(), minlength=size * n).reshape(size, n)
    return counts


def _count_in_one_pass(stream: Stream, n: int, replicates: int, block: slice) -> NDArray[np.uint16]:
    """Draw all indices once more and keep the counts of one block of replicates."""
    counts = np.zeros((block.stop - block.start, n), dtype=np.uint16)
    for columns in _blocks(n, max(1, _HELD_INDICES // (2 * replicates))):
        width = columns.stop - columns.start
        drawn = stream.integers(n, size=replicates * width).reshape((replicates, width), order="F")
        for row, indices in zip(counts, drawn[block], strict=True):
            row += np.bincount(indices, minlength=n).astype(np.uint16)
    return counts
