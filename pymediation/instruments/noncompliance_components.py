"""R's component names of an analysis with noncompliance, shared by the result and its summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import UnknownNameError
from pymediation.estimates.effects import Effect, Interval
from pymediation.report.document import percent
from pymediation.results.components import ArmEffects
from pymediation.results.named import NamedComponents, Part

__all__ = ["IntervalsByLevel", "NoncomplianceComponents"]

FloatArray = NDArray[np.float64]


class IntervalsByLevel(Mapping[str, Interval]):
    """The intervals of one effect at several levels, by R's name of the level such as ``"95%"``.

    Parameters
    ----------
    intervals : tuple of Interval
        In the order asked for.

    Examples
    --------
    >>> found = IntervalsByLevel((Interval(-1, 2, 0.95), Interval(0, 1, 0.8)))
    >>> found["80%"].upper, np.asarray(found).tolist()
    (1.0, [[-1.0, 0.0], [2.0, 1.0]])
    """

    def __init__(self, intervals: tuple[Interval, ...]) -> None:
        self._intervals = {f"{percent(one.level)}%": one for one in intervals}

    def __getitem__(self, level: str) -> Interval:
        """Return the interval at a level."""
        if level not in self._intervals:
            msg = (
                f"There is no interval at {level!r}; the levels are {', '.join(map(repr, self._intervals))}."
            )
            raise UnknownNameError(msg)
        return self._intervals[level]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the levels."""
        return iter(self._intervals)

    def __len__(self) -> int:
        """Return the number of levels."""
        return len(self._intervals)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> FloatArray:
        """Return lower bounds above upper bounds, a column for each level."""
        return np.array([np.asarray(one) for one in self._intervals.values()], dtype=dtype).T

    def __repr__(self) -> str:
        """Show a line for each level."""
        return "\n".join(f"{level}: {one!r}" for level, one in self._intervals.items())


class _Intervals(Part[Any]):
    """The interval of an effect, or all of them where there are several levels; None where there is none."""

    def _read(self, instance: Any) -> Any:
        """Look the intervals up."""
        found = instance.intervals[self._effect]
        return found[0] if len(found) == 1 else IntervalsByLevel(found) if found else None


class _Count(Part[int]):
    """A number of integrals, by effect."""

    def _read(self, instance: Any) -> Any:
        """Look the count up."""
        return getattr(instance, self._part)[self._effect]


class NoncomplianceComponents(NamedComponents):
    """Five effects by R's names (``dc1``, ``dc1_ci``, ...) and by words (``lacme``, ``lande``, ``late``)."""

    effects: Mapping[str, Effect]
    intervals: Mapping[str, tuple[Interval, ...]]
    issues: Mapping[str, int]
    infinite: Mapping[str, int]

    dc1 = Part[float]("dc1", "estimate", "LACME under treatment.")
    dc0 = Part[float]("dc0", "estimate", "LACME under control.")
    zc1 = Part[float]("zc1", "estimate", "LANDE under treatment.")
    zc0 = Part[float]("zc0", "estimate", "LANDE under control.")
    tauc = Part[float]("tauc", "estimate", "LATE, the total effect on compliers.")
    dc1_issue = _Count("dc1", "issues", "Integrals with a problem in dc1.")
    dc0_issue = _Count("dc0", "issues", "Integrals with a problem in dc0.")
    zc1_issue = _Count("zc1", "issues", "Integrals with a problem in zc1.")
    zc0_issue = _Count("zc0", "issues", "Integrals with a problem in zc0.")
    dc1_inf = _Count("dc1", "infinite", "Integrals that are not finite in dc1.")
    dc0_inf = _Count("dc0", "infinite", "Integrals that are not finite in dc0.")
    zc1_inf = _Count("zc1", "infinite", "Integrals that are not finite in zc1.")
    zc0_inf = _Count("zc0", "infinite", "Integrals that are not finite in zc0.")
    dc1_ci = _Intervals("dc1", "ci", "Interval of dc1, or one for each level.")
    dc0_ci = _Intervals("dc0", "ci", "Interval of dc0, or one for each level.")
    zc1_ci = _Intervals("zc1", "ci", "Interval of zc1, or one for each level.")
    zc0_ci = _Intervals("zc0", "ci", "Interval of zc0, or one for each level.")
    tauc_ci = _Intervals("tauc", "ci", "Interval of tauc, or one for each level.")
    dc1_sims = Part[FloatArray | None]("dc1", "sims", "Draws of dc1.")
    dc0_sims = Part[FloatArray | None]("dc0", "sims", "Draws of dc0.")
    zc1_sims = Part[FloatArray | None]("zc1", "sims", "Draws of zc1.")
    zc0_sims = Part[FloatArray | None]("zc0", "sims", "Draws of zc0.")
    tauc_sims = Part[FloatArray | None]("tauc", "sims", "Draws of tauc.")

    _others: ClassVar[tuple[str, ...]] = (
        *("boot", "enc", "treat", "mediator", "conf_level", "nobs", "sims"),
    )

    @property
    def lacme(self) -> ArmEffects:
        """Local average causal mediation effects (R's dc0, dc1)."""
        return ArmEffects(self.effects["dc0"], self.effects["dc1"])

    @property
    def lande(self) -> ArmEffects:
        """Local average natural direct effects (R's zc0, zc1)."""
        return ArmEffects(self.effects["zc0"], self.effects["zc1"])

    @property
    def late(self) -> Effect:
        """Local average treatment effect (R's tauc)."""
        return self.effects["tauc"]

    @property
    def mediated_itt(self) -> ArmEffects:
        """Mediated intention-to-treat effects."""
        return ArmEffects(self.effects["itt_d0"], self.effects["itt_d1"])

    @property
    def unmediated_itt(self) -> ArmEffects:
        """Unmediated intention-to-treat effects."""
        return ArmEffects(self.effects["itt_z0"], self.effects["itt_z1"])

    @property
    def itt(self) -> Effect:
        """Total intention-to-treat effect."""
        return self.effects["itt"]

    @property
    def complier_share(self) -> Effect:
        """Average share of compliers."""
        return self.effects["share"]
