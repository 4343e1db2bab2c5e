"""Quantile regressions in the bootstrap against one fit after another: of each replicate, and of each row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from engine import plain
from engine.cases import small_data

import pymediation as pm
import pymediation.r as R
from pymediation.fits.quantile import fit_quantile

SIMS = 4
# Same numbers, sums in another order; effects are of order 1.
TOLERANCE = 1e-12
COMPARISON = plain.Comparison()

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def check(models: tuple[Any, Any], statistic: Any, stream: pm.RStream) -> None:
    """Compare a bootstrap with `statistic` of rows: once for the data, for each resample, and once more."""
    fast, n = pm.RStream(2), len(small_data())
    result = pm.mediate(*models, treat="t", mediator="m", sims=SIMS, boot=True, rng=fast)
    resamples = plain.resampled_rows(stream, n, SIMS)
    statistic(np.arange(n))
    draws, estimates = [statistic(rows) for rows in resamples], statistic(np.arange(n))
    for name, expected, estimate in zip(plain.EFFECTS, np.transpose(draws), estimates, strict=True):
        np.testing.assert_allclose(result[f"{name}_sims"], expected, rtol=0, atol=TOLERANCE)
        assert result[name] == pytest.approx(estimate, rel=0, abs=TOLERANCE)
    assert fast.consumed == stream.consumed


def test_each_row_has_a_regression_at_its_own_level() -> None:
    d, stream = small_data(), pm.RStream(2)
    outcome = plain.Regression("y ~ t * m + x")
    recipe, X = plain.fit(outcome, d).recipe, np.column_stack([np.ones(len(d)), d.t, d.x])

    def statistic(rows: Any) -> list[float]:
        fit_y, ordered, arms = plain.fit(outcome, d.iloc[rows], recipe), np.sort(rows), []
        levels = [plain.one(stream.uniform()) for _ in rows]
        for level, x in zip(levels, d["x"], strict=True):
            b = fit_quantile(d["m"].to_numpy()[ordered], X[ordered], level).coef
            arms.append((b[0] + b[1] + b[2] * x, b[0] + b[2] * x))
        treated, control = np.transpose(arms)
        return plain.effects_of(fit_y, fit_y.coef, d, COMPARISON, treated, control)

    check((R.rq("m ~ t + x", data=d), R.lm(outcome.formula, d)), statistic, stream)


@pytest.mark.parametrize("tau", [0.2, 0.5])
def test_each_replicate_has_a_regression_of_the_outcome(tau: float) -> None:
    d, stream = small_data(), pm.RStream(2)
    mediator, outcome = plain.Regression("m ~ t + x"), plain.Regression("y ~ t * m + x")
    recipe, fit_y = plain.fit(mediator, d).recipe, plain.fit(outcome, d)
    X = plain.columns(fit_y.recipe, fit_y.order, d)

    def statistic(rows: Any) -> list[float]:
        fit_m = plain.fit(mediator, d.iloc[rows], recipe)
        means = [fit_m.predict(plain.held(d, COMPARISON, t), fit_m.coef)[None] for t in (1, 0)]
        cells = [(0, i) for i in range(len(d))]
        treated, control = plain.fill_mediators(stream, fit_m, (means[0], means[1]), cells)
        coef = fit_quantile(d["y"].to_numpy()[rows], X[rows], tau).coef
        return plain.effects_of(fit_y, coef, d, COMPARISON, treated[0], control[0])

    check((R.lm(mediator.formula, d), R.rq(outcome.formula, data=d, tau=tau)), statistic, stream)
