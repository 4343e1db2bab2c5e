"""Fitted ``GPModel`` of GPBoost against ``lmer`` and ``glmer``, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import pymediation as pm
import pymediation.r as R
from pymediation.adapters import adapt

gpboost = pytest.importorskip("gpboost")

# Both are our own fit to the same rows; the order of sums in a product column differs.
EXACT = 1e-9
# GPBoost at full convergence against ours, in standard errors.
COEFFICIENTS = 2e-3
# The same for the probit link, whose Laplace approximation GPBoost takes at another curvature.
PROBIT = 0.06
# Variances between groups, relative.
VARIANCES = 2e-3

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def pupils() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    school = rng.permutation(np.repeat(np.arange(40), 15))
    u, v = rng.normal(size=(2, 40))
    d = pd.DataFrame({"school": school, "t": rng.integers(0, 2, 600) * 1.0, "x": rng.normal(size=600)})
    d["m"] = 0.5 * d.t + 0.3 * d.x + 0.6 * u[school] + 0.4 * v[school] * d.t + rng.normal(size=600)
    eta = 0.3 * d.t + 0.4 * d.m + 0.2 * d.x + 0.5 * v[school]
    d["b"] = (rng.random(600) < 1 / (1 + np.exp(-eta))) * 1.0
    d["k"] = rng.poisson(np.exp(0.5 * eta)).astype(float)
    return d


@pytest.fixture(scope="module")
def d() -> pd.DataFrame:
    return pupils()


def regressors(d: pd.DataFrame, *names: str, **more: Any) -> pd.DataFrame:
    return pd.DataFrame({"const": 1.0, **{name: d[name] for name in names}, **more})


def fitted(
    d: pd.DataFrame, y: str, X: pd.DataFrame, *, slopes: list[str] | None = None, **options: Any
) -> Any:
    if slopes:
        options |= {"group_rand_coef_data": d[slopes], "ind_effect_group_rand_coef": [1] * len(slopes)}
    offset = {"offset": options.pop("offset")} if "offset" in options else {}
    model = gpboost.GPModel(**{"group_data": d["school"], **options})
    return model.fit(y=d[y], X=X, params={"delta_rel_conv": 1e-10}, **offset)


def given(model: Any, d: pd.DataFrame, response: str) -> Any:
    return pm.with_data(model, d, response=response)


def run(m: Any, y: Any, **options: Any) -> Any:
    return pm.mediate(m, y, **{"treat": "t", "mediator": "m", "sims": 40, "rng": pm.RStream(1)} | options)


@pytest.fixture(scope="module")
def mediator(d: pd.DataFrame) -> Any:
    return fitted(d, "m", regressors(d, "t", "x"), slopes=["t"])


@pytest.mark.parametrize(
    ("response", "likelihood", "family", "tolerance"),
    [
        ("b", "bernoulli_logit", R.binomial, COEFFICIENTS),
        ("b", "bernoulli_probit", R.binomial("probit"), PROBIT),
        ("k", "poisson", R.poisson, COEFFICIENTS),
    ],
)
def test_models_are_those_of_lmer_and_glmer(d, mediator, response, likelihood, family, tolerance):
    outcome = fitted(d, response, regressors(d, "t", "x", "m", tm=d.t * d.m), likelihood=likelihood)
    own_m = R.lmer("m ~ t + x + (1 + t || school)", d, REML=False)
    own_y = R.glmer(f"{response} ~ t + x + m + t:m + (1 | school)", d, family=family)
    gap = (outcome.model_to_dict()["coefs"] - R.fixef(own_y)) / np.sqrt(np.diag(R.vcov(own_y)))
    assert np.abs(gap).max() < tolerance
    if tolerance == COEFFICIENTS:
        theirs = np.ravel(outcome.model_to_dict()["cov_pars"])[0]
        assert theirs == pytest.approx(R.VarCorr(own_y)["school"].iloc[0, 0], rel=VARIANCES)
    found, expected = run(given(mediator, d, "m"), given(outcome, d, response)), run(own_m, own_y)
    np.testing.assert_allclose(found.d0_sims, expected.d0_sims, rtol=0, atol=EXACT)
    np.testing.assert_allclose(found.z1_group, expected.z1_group, rtol=0, atol=EXACT)
    assert (found.group_name, found.groups) == ("school", expected.groups)
    assert found.INT


def test_groups_and_slopes_given_without_names(d, mediator):
    X = regressors(d, "t", "x")
    model = gpboost.GPModel(
        group_data=d["school"].to_numpy(),
        group_rand_coef_data=d[["t"]].to_numpy(),
        ind_effect_group_rand_coef=[1],
    )
    model.fit(y=d["m"], X=X, params={"delta_rel_conv": 1e-10})
    found, expected = (adapt(given(one, d, "m"), "mediator", ("t",)) for one in (model, mediator))
    assert (found.grouping.name, found.grouping.design.names) == ("Group_1", ("(Intercept)", "t"))
    np.testing.assert_allclose(found.fit.coef, expected.fit.coef, rtol=EXACT)
    modes = (one.fit.modes[one.grouping.codes] for one in (found, expected))
    np.testing.assert_allclose(*modes, rtol=0, atol=EXACT)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.assign(m=d.m + 1), "fitted to 600 rows, which 'm' of the data"),
        (lambda d: d.head(599), "fitted to 600 rows"),
        (lambda d: d.assign(school=d.school // 2), "groups 'school' of the data .* are not those of its fit"),
    ],
)
def test_other_data_are_refused(d, mediator, change, words):
    with pytest.raises(pm.DataMismatchError, match=words):
        run(given(mediator, change(d), "m"), R.lm("b ~ t + m + x", d))


def test_what_is_refused(d, mediator):
    y, X = R.lm("b ~ t + m + x", d), regressors(d, "t", "x")
    unfitted = gpboost.GPModel(group_data=d["school"])
    product = d.assign(tx=d.t * d.x)
    cases = {
        "Pass pymediation.with_data": mediator,
        "does not know its response": pm.with_data(mediator, d),
        "fitted without weights": pm.with_data(mediator, d, "m", weights="k"),
        "that was not fitted": given(unfitted, d, "m"),
        "likelihood='gamma'": given(
            fitted(d.assign(m=np.exp(d.m)), "m", X, likelihood="gamma"), d.assign(m=np.exp(d.m)), "m"
        ),
        "2 grouping columns": given(fitted(d, "m", X, group_data=d[["school", "k"]]), d, "m"),
        "with offset=": given(fitted(d, "m", X, offset=d.x.to_numpy()), d, "m"),
        "random slope of the product 'tx'": given(fitted(product, "m", X, slopes=["tx"]), product, "m"),
        "'tx', which is no column": given(fitted(product, "m", X, slopes=["tx"]), d, "m"),
    }
    for words, model in cases.items():
        with pytest.raises(pm.PymediationError, match=words):
            run(model, y)
    with pytest.raises(pm.UnsupportedModelError, match="vary between groups"):
        run(given(mediator, d, "m"), y, boot=True)
