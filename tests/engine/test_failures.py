"""Draws that fail are counted and left out, said so, and refused when there are many; R would stop."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from engine.cases import small_data

import pymediation as pm
from pymediation.errors import CompatibilityWarning, NotEstimableError, PymediationWarning

SIMS = 500


def with_rare_level(rows: int) -> pd.DataFrame:
    """Return data in which one level of a factor has few rows."""
    data = small_data(60).reset_index(drop=True)
    kind = np.where(np.arange(60) // 2 % 2 == 0, "a", "b").astype(object)
    kind[10 : 10 + rows] = "rare"
    return data.assign(kind=pd.Categorical(kind))


def run(data: pd.DataFrame, outcome: str = "y ~ t + m + kind", **options: Any) -> Any:
    given = {"treat": "t", "mediator": "m", "sims": SIMS, "boot": True, "rng": pm.RStream(3), **options}
    return pm.mediate(smf.ols("m ~ t + x", data).fit(), smf.ols(outcome, data).fit(), **given)


def lacking(data: pd.DataFrame) -> Any:
    """Return the replicates in which no rare row was drawn."""
    rows = pm.RStream(3).bootstrap_indices(len(data), SIMS)
    return np.flatnonzero(~(data["kind"] == "rare").to_numpy()[rows].any(axis=1))


def test_replicates_without_a_level_are_left_out() -> None:
    data = with_rare_level(4)
    failed = lacking(data)
    assert 0 < len(failed) < SIMS / 10
    with pytest.warns(
        PymediationWarning,
        match=rf"{len(failed)} of 500 bootstrap replicates failed .*replicate "
        rf"{failed[0] + 1}: outcome model: .*is absent.*left out",
    ):
        result = run(data)
    assert result.n_failed == len(failed)
    assert result.d0_sims.shape == (SIMS - len(failed),)
    assert np.isfinite(result.to_frame()[["estimate", "lower", "upper", "p_value"]]).all(axis=None)


def test_the_other_replicates_are_not_disturbed() -> None:
    data = with_rare_level(4)
    kept = np.delete(np.arange(SIMS), lacking(data))
    with pytest.warns(PymediationWarning, match="left out"):
        result = run(data, "y ~ t * m + kind")
    # The rare rows do not matter to a model without the factor, whose noise comes from the same stream.
    plain = run(data, "y ~ t * m")
    assert result.d0_sims.size == kept.size
    rows = pm.RStream(3).bootstrap_indices(len(data), SIMS)[kept[7]]
    again = smf.ols("y ~ t * m + kind", data.iloc[rows]).fit().params
    effect = result.d1_sims[7] - result.d0_sims[7]
    slope = smf.ols("m ~ t + x", data.iloc[rows]).fit().params["t"]
    assert effect == pytest.approx(again["t:m"] * slope, abs=1e-12)
    assert plain.n_failed == 0


def test_many_failures_are_refused() -> None:
    with pytest.raises(NotEstimableError, match=r"of 500 bootstrap replicates failed.*strata=.*boot=False"):
        run(with_rare_level(1))


def test_r_stops_at_the_first_failure() -> None:
    data = with_rare_level(4)
    first = lacking(data)[0] + 1
    with pytest.raises(
        NotEstimableError, match=rf"replicate {first}: outcome model.*R stops there.*compat='fixed'"
    ):
        run(data, compat="R")


def test_strata_keep_every_level() -> None:
    data = with_rare_level(2)
    assert run(data, strata=data["kind"]).n_failed == 0


def test_bca_with_a_level_of_one_row() -> None:
    data = with_rare_level(4)
    with pytest.warns(PymediationWarning):
        result = run(data, boot_ci_type="bca")
    assert np.isfinite(tuple(result.d0_ci)).all()


@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.filterwarnings("ignore:invalid value encountered in log:RuntimeWarning")
def test_a_logarithm_of_values_below_zero_is_refused(boot: bool) -> None:
    data = small_data(60).assign(m=lambda d: np.exp(d["m"]))
    with pytest.raises(
        NotEstimableError, match=r"mediator 'm', which run from -.*not a number.*positive values"
    ):
        run(data, "y ~ t + np.log(m)", boot=boot)


def run_inverse(data: pd.DataFrame, **options: Any) -> Any:
    """Run with a mediator model whose inverse link makes negative means of some coefficient draws."""
    mediator = smf.glm(
        "m_positive ~ t + x", data, family=sm.families.Gamma(sm.families.links.InversePower())
    ).fit()
    outcome = smf.ols("y ~ t + m_positive + x", data).fit()
    return pm.mediate(mediator, outcome, SIMS, treat="t", mediator="m_positive", rng=pm.RStream(3), **options)


@pytest.mark.filterwarnings("ignore::statsmodels.tools.sm_exceptions.DomainWarning")
@pytest.mark.parametrize("boot", [False, True])
def test_a_few_draws_outside_the_family_are_left_out(boot: bool) -> None:
    data, at = small_data(60), {"x": 3.5}  # the inverse link makes some means negative there
    with pytest.warns(PymediationWarning, match=r"of 500 (draws|bootstrap replicates) failed .*left out"):
        result = run_inverse(data, covariates=at, boot=boot)
    assert 0 < result.n_failed <= SIMS / 10
    assert result.d0_sims.size == SIMS - result.n_failed
    assert np.isfinite(result.d0_sims).all()
    with pytest.raises(NotEstimableError, match="R stops there"):
        run_inverse(data, covariates=at, compat="R", boot=boot)


@pytest.mark.filterwarnings("ignore::statsmodels.tools.sm_exceptions.DomainWarning")
def test_many_draws_outside_the_family_are_refused() -> None:
    with pytest.raises(
        NotEstimableError, match=r"outside the values that its family allows.*mediator family"
    ):
        run_inverse(small_data(60), covariates={"x": 4.0})
    with pytest.raises(NotEstimableError, match=r"R stops there\. Use a mediator family or a formula"):
        run_inverse(small_data(60), covariates={"x": 4.0}, compat="R")


@pytest.mark.parametrize("boot", [False, True])
def test_a_spline_says_where_its_bounds_are_left(boot: bool) -> None:
    data = small_data(60)
    with pytest.raises(NotEstimableError, match=r"drawn values of the mediator 'm'.*lower_bound="):
        run(data, "y ~ t + bs(m, df=4)", boot=boot)


def test_resamples_that_separate_are_kept() -> None:
    data = small_data(60)
    data["y_binary"] = (data["x"] > 0).astype(int)
    data.iloc[[3, 8], data.columns.get_loc("y_binary")] ^= 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outcome = smf.glm("y_binary ~ t + m + x", data, family=sm.families.Binomial()).fit()
        result = pm.mediate(
            smf.ols("m ~ t + x", data).fit(),
            outcome,
            sims=SIMS,
            boot=True,
            treat="t",
            mediator="m",
            rng=pm.RStream(3),
        )
    rows = pm.RStream(3).bootstrap_indices(60, SIMS)
    assert (~np.isin(rows, [3, 8]).any(axis=1)).sum() > 20  # so many separate
    assert result.n_failed == 0
    assert np.all(np.abs(result.tau_sims) <= 1)


def test_frozen_terms_are_affine_in_the_mediator() -> None:
    data = small_data(60)
    with pytest.warns(CompatibilityWarning, match="transformed-terms"):
        as_r = run(data, "y ~ t + m + I(m**2)", boot=False, compat="R")
    # With the square at its observed value the ACME is the product of coefficients.
    stream = pm.RStream(3)
    models = smf.ols("m ~ t + x", data).fit(), smf.ols("y ~ t + m + I(m**2)", data).fit()
    a, b = (stream.multivariate_normal(m.params, m.cov_params(), SIMS) for m in models)
    np.testing.assert_allclose(as_r.d0_sims, a[:, 1] * b[:, 2], rtol=0, atol=1e-12)
