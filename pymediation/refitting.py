"""Both models of a pair on resamples, and on the original sample, as the bootstrap takes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pymediation.engine.bootstrap import Refit
from pymediation.engine.replicates import Refits
from pymediation.fitted import Refitter
from pymediation.kinds.base import Counts, Drawn
from pymediation.setting.pairing import Pair

__all__ = ["original_fits", "refitter_of"]

FloatArray = NDArray[np.float64]


def original_fits(pair: Pair) -> Refits:
    """Return the two fits on the original sample as one replicate."""
    mediator, outcome = pair.mediator, pair.outcome
    parameter = mediator.kind.parameter(mediator, mediator.fit)
    parameter_y = outcome.kind.parameter(outcome, outcome.fit)
    return Refits(
        mediator.fit.coef[np.newaxis],
        outcome.kind.surface(outcome.fit.coef[np.newaxis], parameter_y[np.newaxis]),
        parameter[np.newaxis],
        {},
    )


@dataclass(frozen=True, slots=True, eq=False)
class _PairRefitter:
    """What refits both models to resamples.

    Attributes
    ----------
    mediator, outcome : Refitter
    own : ndarray or None
        A parameter of the mediator's law that is kept, see `_kept_parameter`.
    """

    mediator: Refitter
    outcome: Refitter
    own: FloatArray | None

    def __call__(self, counts: Counts, drawn: Drawn) -> Refits:
        """Refit both models; see :data:`~pymediation.engine.bootstrap.Refit`."""
        mediator, outcome = self.mediator(counts, drawn), self.outcome(counts, drawn)
        failures = {r: f"mediator model: {reason}" for r, reason in mediator.failures.items()}
        failures |= {r: f"outcome model: {reason}" for r, reason in outcome.failures.items()}
        surface = self.outcome.kind.surface(outcome.coef, outcome.parameter)
        parameter = mediator.parameter if self.own is None else np.full(len(counts), self.own)
        return Refits(mediator.coef, surface, parameter, failures)


def refitter_of(pair: Pair) -> Refit:
    """Return the function that refits both models to resamples."""
    return _PairRefitter(Refitter.of(pair.mediator), Refitter.of(pair.outcome), _kept_parameter(pair))


def _kept_parameter(pair: Pair) -> FloatArray | None:
    """Return the glm mediator's parameter that R takes from the original fit when the outcome is ordered."""
    mediator = pair.mediator
    outcome = pair.outcome.kind
    if outcome.learned or not (outcome.n_categories and mediator.kind.name.startswith(("glm", "gam"))):
        return None
    return mediator.kind.parameter(mediator, mediator.fit)
