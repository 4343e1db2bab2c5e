"""Tests of differences between effects: between treatment arms and between covariate profiles."""

from __future__ import annotations

from pymediation.hypothesis_tests.interaction import test_TMint
from pymediation.hypothesis_tests.moderation import test_modmed
from pymediation.hypothesis_tests.values import HTest, ModerationTests, OrderedHTest

__all__ = ["HTest", "ModerationTests", "OrderedHTest", "test_TMint", "test_modmed"]
