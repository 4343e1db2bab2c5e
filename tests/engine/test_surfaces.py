"""A mediator that enters as itself is evaluated in closed form: the same as on built designs."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import statsmodels.formula.api as smf
from engine.cases import small_data

import pymediation as pm
from pymediation.engine.surface import GenericSurface
from pymediation.errors import PymediationWarning
from pymediation.setting import counterfactual

# The same sums in another order; effects are of order 1.
ROUNDING = 1e-12


@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.parametrize("compat", ["fixed", "R"])
@pytest.mark.parametrize(
    "outcome", ["y ~ t * m + x", "y ~ t + m:x + m", "y ~ t + scale(m) * C(g, Sum)", "y ~ t + t:m + x"]
)
def test_closed_form_is_the_built_design(
    outcome: str, compat: Any, boot: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = small_data(40)
    built: list[GenericSurface] = []

    def analyse() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PymediationWarning)  # few draws, R's other contrasts
            result = pm.mediate(
                smf.ols("m ~ t + x", data).fit(),
                smf.ols(outcome, data).fit(),
                20,
                treat="t",
                mediator="m",
                boot=boot,
                compat=compat,
                rng=pm.RStream(2),
            )
        return np.array([result[f"{name}_sims"] for name in ("d1", "d0", "z1", "z0")])

    closed = analyse()
    monkeypatch.setattr(counterfactual, "enters_as_itself", lambda *_: False)
    generic = counterfactual._generic
    monkeypatch.setattr(counterfactual, "_generic", lambda *a: built.append(generic(*a)) or built[-1])
    np.testing.assert_allclose(analyse(), closed, rtol=0, atol=ROUNDING * max(1, np.abs(closed).max()))
    assert len(built) == 1
