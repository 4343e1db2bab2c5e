"""Ordered mediators and outcomes against loops over draws, rows and categories, with the same coefficients.

Refits of ordered models stop where the last digit of a likelihood decides, so that those of a block and those
of repeated rows are compared step by step in ``tests/fits/test_ordered_search.py``. Here the coefficients of
each replicate are given, and what follows from them is compared.
"""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from engine import plain

import pymediation as pm
import pymediation.r as R
from pymediation.fits.ordered_replicates import fit_ordered_replicates

N, SIMS = 60, 5
LEVELS = ("low", "mid", "high")
LINKS = {"logistic": "logit", "probit": "probit", "cloglog": "cloglog"}
# Same numbers, sums in another order; effects are below 1.
TOLERANCE = 1e-12
OUTCOME = plain.Regression("y ~ t * mood + x")
MEDIATOR = plain.Regression("m ~ t + x")

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def data() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    d = pd.DataFrame({"t": np.tile([0.0, 1.0], N // 2), "x": rng.normal(size=N)})
    d["m"] = 0.5 * d.t + 0.3 * d.x + rng.normal(size=N)
    code = np.digitize(d.t + 0.5 * d.x + rng.logistic(size=N), [0.0, 1.5])
    d["mood"] = pd.Categorical.from_codes(code, LEVELS, ordered=False)
    d["y"] = 0.5 * d.t + 0.6 * code + rng.normal(size=N)
    grade = np.digitize(0.4 * d.t + 0.6 * d.m + rng.logistic(size=N), [-0.5, 1.0])
    d["grade"] = pd.Categorical.from_codes(grade, LEVELS, ordered=True)
    return d


def chances(method: str, eta: float, zeta: Any) -> list[float]:
    """Return the probability of each category of one row."""
    below = [float(plain.inverse_link(LINKS[method], z - eta)) for z in zeta]
    limits = [0.0, *below, 1.0]
    return [high - low for low, high in pairwise(limits)]


def draw_moods(stream: Any, method: str, coef: Any, zeta: Any, d: pd.DataFrame) -> list[Any]:
    """Draw one category after another: row by row, the treated arm before the control arm."""
    drawn: list[list[str]] = [[], []]
    for x in d["x"]:
        for arm, t in zip(drawn, (1.0, 0.0), strict=True):
            p = np.array([chances(method, coef[0] * t + coef[1] * x, zeta)])
            arm.append(LEVELS[int(stream.categorical(p)[0])])
    return [np.array(arm) for arm in drawn]


def of_moods(fit: plain.Fit, coef: Any, d: pd.DataFrame, moods: list[Any]) -> list[float]:
    return plain.effects_of(fit, coef, d, plain.Comparison(mediator="mood"), *moods)


def refitted(codes: Any, X: Any, method: str, resamples: Any) -> Any:
    counts = np.array([np.bincount(rows, minlength=N) for rows in resamples])
    return fit_ordered_replicates(codes, X, len(LEVELS), method, counts)


def assert_same(result: Any, draws: Any, streams: tuple[pm.RStream, pm.RStream]) -> None:
    """Compare draws with those of the loop, (sims, 4, ...), and the places in the stream."""
    for name, expected in zip(plain.EFFECTS, np.moveaxis(np.array(draws), 1, 0), strict=True):
        np.testing.assert_allclose(result[f"{name}_sims"], expected, rtol=0, atol=TOLERANCE)
    assert streams[0].consumed == streams[1].consumed


def mood_fit(d: pd.DataFrame, method: str) -> Any:
    return R.polr("mood ~ t + x", d, method=method, Hess=True)


@pytest.mark.parametrize("method", ["logistic", "probit"])
def test_simulated_moods_one_by_one(method: str) -> None:
    d, streams = data(), (pm.RStream(5), pm.RStream(5))
    fit_m, fit_y = mood_fit(d, method), plain.fit(OUTCOME, d)
    models = fit_m, R.lm(OUTCOME.formula, d)
    result = pm.mediate(*models, treat="t", mediator="mood", sims=SIMS, rng=streams[0])
    coef, zeta = np.asarray(R.coef(fit_m)), np.asarray(fit_m.zeta)
    law: Any = SimpleNamespace(coef=coef, cov=np.asarray(R.vcov(fit_m))[:2, :2])
    drawn = [plain.draw_coefficients(streams[1], one, SIMS) for one in (law, fit_y)]
    expected = [
        of_moods(fit_y, b, d, draw_moods(streams[1], method, a, zeta, d)) for a, b in zip(*drawn, strict=True)
    ]
    assert_same(result, expected, streams)


@pytest.mark.parametrize("method", LINKS)
def test_bootstrapped_moods_one_by_one(method: str) -> None:
    d, streams = data(), (pm.RStream(5), pm.RStream(5))
    fit_m = mood_fit(d, method)
    models = fit_m, R.lm(OUTCOME.formula, d)
    result = pm.mediate(*models, treat="t", mediator="mood", sims=SIMS, boot=True, rng=streams[0])
    resamples = plain.resampled_rows(streams[1], N, SIMS)
    refits = refitted(d["mood"].cat.codes.to_numpy(int), d[["t", "x"]].to_numpy(), method, resamples)
    own, recipe = (np.asarray(R.coef(fit_m)), np.asarray(fit_m.zeta)), plain.fit(OUTCOME, d).recipe

    def statistic(rows: Any, coef: Any, zeta: Any) -> list[float]:
        fit_y = plain.fit(OUTCOME, d.iloc[rows], recipe)
        return of_moods(fit_y, fit_y.coef, d, draw_moods(streams[1], method, coef, zeta, d))

    statistic(np.arange(N), *own)
    draws = [statistic(*one) for one in zip(resamples, refits.coef, refits.zeta, strict=True)]
    estimates = statistic(np.arange(N), *own)
    assert_same(result, draws, streams)
    assert [result[name] for name in plain.EFFECTS] == pytest.approx(estimates, rel=0, abs=TOLERANCE)


@pytest.mark.parametrize("method", LINKS)
def test_bootstrapped_grades_one_by_one(method: str) -> None:
    d, streams = data(), (pm.RStream(5), pm.RStream(5))
    fit_y = R.polr("grade ~ t * m + x", d, method=method, Hess=True)
    models = R.lm(MEDIATOR.formula, d), fit_y
    result = pm.mediate(*models, treat="t", mediator="m", sims=SIMS, boot=True, rng=streams[0])
    resamples, recipe = plain.resampled_rows(streams[1], N, SIMS), plain.fit(MEDIATOR, d).recipe
    X = np.column_stack([d.t, d.m, d.x, d.t * d.m])
    refits = refitted(d["grade"].cat.codes.to_numpy(int), X, method, resamples)
    own = np.asarray(R.coef(fit_y)), np.asarray(fit_y.zeta)

    def shares(t: float, mediators: Any, b: Any, zeta: Any) -> Any:
        rows = zip(mediators, d["x"], strict=True)
        return np.mean(
            [chances(method, b[0] * t + b[1] * m + b[2] * x + b[3] * t * m, zeta) for m, x in rows], axis=0
        )

    def statistic(rows: Any, coef: Any, zeta: Any) -> list[Any]:
        fit_m = plain.fit(MEDIATOR, d.iloc[rows], recipe)
        comparison = plain.Comparison()
        means = [fit_m.predict(plain.held(d, comparison, t), fit_m.coef)[None] for t in (1, 0)]
        arms = plain.fill_mediators(streams[1], fit_m, (means[0], means[1]), [(0, i) for i in range(N)])
        p = {(t, 1 - k): shares(t, arm[0], coef, zeta) for t in (1, 0) for k, arm in enumerate(arms)}
        return [p[1, 1] - p[1, 0], p[0, 1] - p[0, 0], p[1, 1] - p[0, 1], p[1, 0] - p[0, 0]]

    statistic(np.arange(N), *own)
    draws = [statistic(*one) for one in zip(resamples, refits.coef, refits.zeta, strict=True)]
    statistic(np.arange(N), *own)
    assert_same(result, draws, streams)
