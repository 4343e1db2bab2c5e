"""What the tests return: values with R's components that print as R's do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, TypeVar, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.errors import UnknownNameError, did_you_mean
from pymediation.estimates.effects import Effect, Interval
from pymediation.hypothesis_tests.account import Compared, Difference, compared_of, differences_account
from pymediation.hypothesis_tests.differences import Tested
from pymediation.report.account import Account, Reported
from pymediation.report.htest import (
    HTestReport,
    OrderedHTestReport,
    htest_html,
    htest_text,
    ordered_htest_html,
    ordered_htest_text,
)
from pymediation.results.components import ByCategory, effects_frame
from pymediation.results.named import NamedComponents

__all__ = ["HTest", "ModerationTests", "OrderedHTest", "not_collected_by_pytest"]

FloatArray = NDArray[np.float64]
Function = TypeVar("Function", bound=Any)

_COLUMNS: Final = ["estimate", "std_error", "lower", "upper", "p_value"]


def not_collected_by_pytest(function: Function) -> Function:
    """Mark a function that is called ``test_...`` as none of a test module that imports it."""
    vars(function)["__test__"] = False
    return function


@dataclass(frozen=True, eq=False, repr=False)
class HTest(Reported, NamedComponents):
    """A two-sided test that a difference between effects is zero; ``print`` shows R's text.

    Attributes
    ----------
    name : str
        Name of the difference.
    effect : Effect
        The difference: ``estimate``, ``ci``, ``p_value``, ``std_error``, and its draws as ``sims``.
    data_name : str
        Where it comes from.
    compared : Compared or None
        What `report` tells beside the numbers.
    """

    name: str
    effect: Effect
    data_name: str
    compared: Compared | None = None

    null_value: ClassVar[float] = 0.0
    alternative: ClassVar[str] = "two.sided"
    _others: ClassVar[tuple[str, ...]] = (
        *("statistic", "p_value", "conf_int", "null_value", "alternative", "method", "data_name"),
    )

    @property
    def statistic(self) -> float:
        """The estimated difference."""
        return self.effect.estimate

    @property
    def p_value(self) -> float:
        """The p-value, a multiple of 2 / (number of draws)."""
        return self.effect.p_value

    @property
    def conf_int(self) -> Interval:
        """The confidence interval of the difference."""
        return self.effect.ci

    @property
    def method(self) -> str:
        """What was tested."""
        return f"Test of {self.name} = 0"

    def to_frame(self) -> pd.DataFrame:
        """Return one row: estimate, std_error, lower, upper, p_value, mc_error."""
        return effects_frame({"d0": self.effect}, ((self.name, "d0"),)).rename_axis("difference")

    def _account(self) -> Account:
        """Return what `report` tells."""
        return differences_account([(self.name, self.effect)], self.compared)

    @property
    def _report(self) -> HTestReport:
        """What is printed."""
        effect = self.effect
        return HTestReport(
            method=self.method,
            name=self.name,
            data_name=self.data_name,
            statistic=effect.estimate,
            p=effect.p_value,
            lower=effect.lower,
            upper=effect.upper,
            level=effect.ci.level,
        )

    def __str__(self) -> str:
        """Return R's text."""
        return htest_text(self._report)

    def __repr__(self) -> str:
        """Return R's text."""
        return str(self)

    def _repr_html_(self) -> str:
        """Return the test as an HTML table."""
        return htest_html(self._report)


@dataclass(frozen=True, eq=False, repr=False)
class OrderedHTest(Reported, NamedComponents):
    """Two-sided tests that a difference is zero for each of K outcome categories; ``print`` shows R's text.

    Attributes
    ----------
    name : str
        Name of the difference.
    effects : ByCategory of Effect
        The difference by name of the category: ``test.effects["low"].p_value``.
    compared : Compared or None
        What `report` tells beside the numbers.
    """

    name: str
    effects: ByCategory[Effect]
    compared: Compared | None = None

    null_value: ClassVar[float] = 0.0
    alternative: ClassVar[str] = "two.sided"
    _others: ClassVar[tuple[str, ...]] = (
        *("statistic", "p_value", "conf_int", "null_value", "alternative", "method", "conf_level", "y_lab"),
    )

    @property
    def statistic(self) -> FloatArray:
        """The estimated differences, shape (K,)."""
        return self._stacked("estimate")

    @property
    def p_value(self) -> FloatArray:
        """The p-values, shape (K,)."""
        return self._stacked("p_value")

    @property
    def conf_int(self) -> FloatArray:
        """The bounds, shape (2, K), lower ones first."""
        return np.stack([self._stacked("lower"), self._stacked("upper")])

    @property
    def conf_level(self) -> float:
        """Level of the intervals."""
        return self.effects.entries[0].ci.level

    @property
    def y_lab(self) -> tuple[str, ...]:
        """The categories in their order, which R sorts without the numbers."""
        return self.effects.categories

    @property
    def method(self) -> str:
        """What was tested."""
        return f"Tests of {self.name} = 0"

    def to_frame(self) -> pd.DataFrame:
        """Return a row per category: estimate, std_error, lower, upper, p_value."""
        rows = [[getattr(effect, column) for column in _COLUMNS] for effect in self.effects.entries]
        index = pd.Index(self.y_lab, name="category")
        return pd.DataFrame(rows, index=index, columns=_COLUMNS)

    def _differences(self) -> list[Difference]:
        """Return the difference in each category with the words it is named by."""
        return [(f"{self.name} in category {one}", effect) for one, effect in self.effects.items()]

    def _account(self) -> Account:
        """Return what `report` tells."""
        return differences_account(self._differences(), self.compared)

    def _stacked(self, part: str) -> FloatArray:
        """Return one part of all categories."""
        return np.array([getattr(effect, part) for effect in self.effects.entries])

    @property
    def _report(self) -> OrderedHTestReport:
        """What is printed."""
        parts = {part: tuple(self._stacked(part)) for part in ("estimate", "p_value", "lower", "upper")}
        return OrderedHTestReport(
            method=self.method,
            name=self.name,
            categories=self.y_lab,
            statistic=parts["estimate"],
            p=parts["p_value"],
            lower=parts["lower"],
            upper=parts["upper"],
            level=self.conf_level,
        )

    def __str__(self) -> str:
        """Return R's text."""
        return ordered_htest_text(self._report)

    def __repr__(self) -> str:
        """Return R's text."""
        return str(self)

    def _repr_html_(self) -> str:
        """Return the tests as an HTML table."""
        return ordered_htest_html(self._report)


@dataclass(frozen=True, eq=False, repr=False)
class ModerationTests(Sequence["HTest | OrderedHTest"], Reported):
    """Tests that effects do not differ between two covariate profiles, by position or by name.

    Attributes
    ----------
    tests : tuple of HTest, or of OrderedHTest for an ordered outcome
        In R's order.
    runs : tuple of two results
        The effects under the first and under the second profile, with their draws.
    notes : tuple of str
        For each moderator the interactions with treatment and mediator that either model has. One that is in
        one path only moderates that path only.
    """

    tests: tuple[HTest, ...] | tuple[OrderedHTest, ...]
    runs: tuple[Tested, Tested]
    notes: tuple[str, ...] = ()

    def _account(self) -> Account:
        """Return what `report` tells."""
        named = [
            one
            for test in self.tests
            for one in (test._differences() if isinstance(test, OrderedHTest) else [(test.name, test.effect)])
        ]
        profiles = tuple(run.covariates or {} for run in self.runs)
        account = differences_account(named, compared_of(self.runs[0], profiles))
        return replace(account, findings=(*account.findings, _moderators(self.notes)))

    @property
    def names(self) -> tuple[str, ...]:
        """The differences tested."""
        return tuple(test.name for test in self.tests)

    @overload
    def __getitem__(self, which: int | str) -> Any: ...
    @overload
    def __getitem__(self, which: slice) -> Sequence[Any]: ...
    def __getitem__(self, which: int | str | slice) -> Any:
        """Return a test by position, by its name or by the beginning of it, such as ``"ADE(0"``."""
        if not isinstance(which, str):
            return self.tests[which]
        found = [test for test in self.tests if test.name.startswith(which)]
        if len(found) == 1:
            return found[0]
        problem = "is the beginning of several" if found else "is not among the tests"
        hint = "" if found else did_you_mean(which, self.names)
        raise UnknownNameError(f"{which!r} {problem}: {', '.join(map(repr, self.names))}.{hint}")

    def __len__(self) -> int:
        """Return the number of tests."""
        return len(self.tests)

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the tests."""
        return iter(self.tests)

    def to_frame(self) -> pd.DataFrame:
        """Return a row per difference (and category): estimate, std_error, lower, upper, p_value."""
        frames = {test.name: test.to_frame() for test in self.tests}
        if all(isinstance(test, HTest) for test in self.tests):
            return pd.concat(frames.values())
        return pd.concat(frames, names=["difference", "category"])

    def __str__(self) -> str:
        """Return R's text: the tests one after the other."""
        return "\n".join(map(str, self.tests))

    def __repr__(self) -> str:
        """Return R's text."""
        return str(self)

    def _repr_html_(self) -> str:
        """Return the tests as HTML tables."""
        return "\n".join(test._repr_html_() for test in self.tests)


def _moderators(notes: tuple[str, ...]) -> str:
    """Tell which interactions with the moderators the models have."""
    return f"Interactions that the models have: {'; '.join(notes)}." if notes else ""
