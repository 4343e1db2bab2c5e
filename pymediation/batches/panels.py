"""The plot of a batch: a panel for each analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import ArgumentError
from pymediation.plots.style import new_panels
from pymediation.results.mediation import MediationResult
from pymediation.results.ordered import OrderedMediationResult

__all__ = ["plot_panels"]

_ROWS, _ROWS_WITH_CATEGORIES = 3, 7


def plot_panels(
    chosen: Sequence[tuple[str, MediationResult | OrderedMediationResult]], options: Mapping[str, Any]
) -> NDArray[Any]:
    """Plot results, each on Axes of its own with its name as label.

    Parameters
    ----------
    chosen : sequence of (name, result)
    options : mapping
        Arguments for the plot of each; ``ax`` as many Axes as there are results.

    Returns
    -------
    ndarray of Axes, shape (number of results,)
    """
    further = {name: value for name, value in options.items() if name != "ax"}
    axes = _axes(options.get("ax"), [result for _, result in chosen])
    for (name, result), ax in zip(chosen, axes, strict=True):
        result.plot(**{"xlab": name} | further, ax=ax)
    return axes


def _axes(given: Any, results: Sequence[object]) -> NDArray[Any]:
    """Return the Axes given, or those of a new figure."""
    if given is None:
        ordered = any(isinstance(result, OrderedMediationResult) for result in results)
        given = new_panels(len(results), _ROWS_WITH_CATEGORIES if ordered else _ROWS)
    axes = np.ravel(np.asarray(given, dtype=object))
    if axes.size != len(results):
        raise ArgumentError(
            f"ax has {axes.size} Axes, but {len(results)} analyses are drawn; give one for each."
        )
    return axes
