"""Rows: which are used, how the two models' rows meet, what weights and clusters belong to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from people import glm, mediate, ols, people

import pymediation as pm
import pymediation.r as R

# The same rows in another order: sums are rounded otherwise.
ROUNDING = 1e-9

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")

d = people()
NORMAL = sm.families.Gaussian


def assert_same(left: Any, right: Any, tolerance: float = 0.0) -> None:
    """Require equal draws of all effects on equally many rows."""
    assert left.nobs == right.nobs
    for name in ("d0_sims", "d1_sims", "z0_sims", "z1_sims"):
        np.testing.assert_allclose(left[name], right[name], rtol=0, atol=tolerance)


def holes(*columns: str) -> pd.DataFrame:
    """Return the data with missing values in other rows of each column."""
    changed = d.astype(dict.fromkeys(columns, float))
    for place, column in enumerate(columns):
        changed.loc[5 * place : 5 * place + 7, column] = np.nan
    return changed


def test_labels_in_another_order() -> None:
    shuffled = d.sample(frac=1, random_state=1)
    assert_same(mediate(d, model_y=ols("y ~ t + m + x", shuffled)), mediate(d), ROUNDING)
    weighted = smf.wls("m ~ t + x", d, weights=d.w).fit()
    pairs = [smf.wls("y ~ t + m + x", frame, weights=frame.w).fit() for frame in (shuffled, d)]
    assert_same(*(mediate(d, weighted, fit) for fit in pairs), ROUNDING)
    binary = glm("mb ~ t + x", d)
    pairs = [glm("yb ~ t + mb + x", frame) for frame in (shuffled, d)]
    assert_same(*(mediate(d, binary, fit, mediator="mb") for fit in pairs), ROUNDING)


@pytest.mark.parametrize("order", [None, 3])
def test_labels_that_repeat(order: int | None) -> None:
    twice = pd.concat([d, d]).sort_index(kind="stable")
    other = twice if order is None else twice.sample(frac=1, random_state=order)
    expected = mediate(twice.reset_index(drop=True))
    assert_same(mediate(twice, model_y=ols("y ~ t + m + x", other)), expected, ROUNDING)


def test_labels_that_are_all_the_same_are_told_apart_by_their_place() -> None:
    frame = holes("x", "age").set_axis([0] * len(d))
    with pytest.raises(
        pm.DataMismatchError,
        match=r"5 rows are not in the mediator model \(for missing values in 'x' \(5\)\)",
    ):
        mediate(frame, "m ~ t + x", "y ~ t + m + age")
    complete = holes("x", "age").dropna()
    both = mediate(frame, "m ~ t + x", "y ~ t + m + age", dropobs=True)
    assert_same(both, mediate(complete, "m ~ t + x", "y ~ t + m + age"))


def test_several_index_levels() -> None:
    assert_same(mediate(d.set_index(["site", "age"], append=True)), mediate(d))


def test_frames_that_are_gone_are_not_taken_for_each_other() -> None:
    # The second temporary frame may live where the first one lived.
    with pytest.raises(pm.DataMismatchError, match="in common"):
        mediate(d, R.lm("m ~ t + x", d[d.w > 1]), R.lm("y ~ t + m + x", d[d.x > 0]))


def test_columns_and_formula_meet() -> None:
    columns = sm.OLS(d.m, sm.add_constant(d[["t", "x"]])).fit()
    assert_same(mediate(d, columns), mediate(d))
    part = sm.OLS(d.m[20:], sm.add_constant(d[["t", "x"]])[20:]).fit()
    assert_same(mediate(d, part, dropobs=True), mediate(d.iloc[20:]))


DROPPED = {
    "plain": ("m ~ t + x", "y ~ t + m + x + age"),
    "factor": ("m ~ t + x + group", "y ~ t + m + group + age"),
    "learnt transforms": (
        "m ~ t + x + bs(w, df=4)",
        "y ~ t + m + age + standardize(w)",
    ),
    "interaction": ("m ~ t * x", "y ~ t * m + age"),
}


@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.parametrize("name", DROPPED)
def test_dropobs_is_fitting_the_complete_rows(name: str, boot: bool) -> None:
    frame = holes("x", "age")
    dropped = mediate(frame, *DROPPED[name], dropobs=True, boot=boot)
    complete = frame.dropna()
    assert_same(dropped, mediate(complete, *DROPPED[name], boot=boot))
    assert dropped.nobs == len(complete) == len(d) - 13


def test_dropobs_with_nothing_to_drop_changes_nothing() -> None:
    assert_same(mediate(d, dropobs=True), mediate(d))


def test_dropobs_keeps_weights_with_their_rows() -> None:
    frame = holes("x", "age")

    def run(data: pd.DataFrame, **options: Any) -> Any:
        fits = (
            smf.wls("m ~ t + x", data, weights=data.w).fit(),
            glm("yb ~ t + m + age", data, var_weights=data.w),
        )
        return mediate(data, *fits, **options)

    assert_same(run(frame, dropobs=True), run(frame.dropna()))


def test_dropobs_keeps_offsets_with_their_rows() -> None:
    frame = holes("x", "age")

    def run(data: pd.DataFrame, **options: Any) -> Any:
        outcome = glm("yc ~ t + m + age", data, sm.families.Poisson(), exposure=data.w)
        return mediate(data, "m ~ t + x", outcome, **options)

    assert_same(run(frame, dropobs=True), run(frame.dropna()))


@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.parametrize("kind", [str, "category"])
def test_dropobs_loses_a_level(kind: Any, boot: bool) -> None:
    # All rows of the level "rare" have a missing age.
    frame = holes("age").assign(stage=np.where(d.index < 8, "rare", d.group)).astype({"stage": kind})
    complete = frame.dropna().assign(stage=lambda f: f.stage.astype(str))
    formulas = "m ~ t + x + stage", "y ~ t + m + x + stage + age"
    dropped = mediate(frame, *formulas, dropobs=True, boot=boot)
    assert_same(dropped, mediate(complete, *formulas, boot=boot))


@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.parametrize("place", [0, 2])
@pytest.mark.parametrize("fit", [ols, R.lm])
def test_levels_that_no_row_has(fit: Any, place: int, boot: bool) -> None:
    # R drops them when it fits; statsmodels keeps an empty column, or an empty reference level.
    levels = ["placebo", "drug"]
    levels.insert(place, "other")
    frame = d.assign(arm=pd.Categorical(d.arm, categories=levels))
    options = {"treat": "arm", "control_value": "placebo", "treat_value": "drug", "boot": boot}
    result = mediate(frame, fit("m ~ arm + x", frame), fit("y ~ arm + m + x", frame), **options)
    assert_same(result, mediate(d, boot=boot), ROUNDING)


FREQUENCIES = np.random.default_rng(1).integers(0, 4, len(d))
REPEATED = d.loc[np.repeat(d.index, FREQUENCIES)]
STREAMS = {"numpy": 1, "R": 3}


def stream(name: str) -> Any:
    """Return a fresh stream."""
    return pm.RStream(STREAMS[name]) if name == "R" else STREAMS[name]


FAMILIES = {
    "normal, normal": ("m ~ t + x", NORMAL, "y ~ t * m + x", NORMAL, "m"),
    "normal, binomial": ("m ~ t + x", NORMAL, "yb ~ t + m + x", None, "m"),
    "binomial, poisson": ("mb ~ t + x", None, "yc ~ t + mb + x", sm.families.Poisson, "mb"),
}


@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.parametrize("drawn", STREAMS)
@pytest.mark.parametrize("name", FAMILIES)
def test_frequency_weights_are_repeated_rows(name: str, drawn: str, boot: bool) -> None:
    # Exactly: fits, resamples and every draw.
    formula_m, family_m, formula_y, family_y, mediator = FAMILIES[name]

    def run(data: pd.DataFrame, **weights: Any) -> Any:
        fits = (
            glm(formula_m, data, family_m and family_m(), **weights),
            glm(formula_y, data, family_y and family_y(), **weights),
        )
        return mediate(data, *fits, mediator=mediator, boot=boot, rng=stream(drawn))

    weighted, repeated = run(d, freq_weights=FREQUENCIES), run(REPEATED)
    assert weighted.nobs == FREQUENCIES.sum()
    assert_same(weighted, repeated)


@pytest.mark.parametrize("options", [{"robustSE": True}, {"cluster": "site"}])
def test_frequency_weights_in_robust_covariances(options: dict[str, Any]) -> None:
    def run(data: pd.DataFrame, **weights: Any) -> Any:
        fits = glm("m ~ t + x", data, NORMAL(), **weights), glm("yb ~ t + m + x", data, **weights)
        return mediate(data, *fits, **options)

    assert_same(run(d, freq_weights=FREQUENCIES), run(REPEATED))


def test_frequency_weights_with_missing_rows() -> None:
    frame = holes("x")

    def run(data: pd.DataFrame, frequencies: Any, **options: Any) -> Any:
        fits = (
            glm("m ~ t", data, NORMAL(), freq_weights=frequencies),
            glm("y ~ t + m + x", data, NORMAL(), freq_weights=frequencies),
        )
        return mediate(data, *fits, **options)

    kept = frame.x.notna().to_numpy()
    assert_same(run(frame, FREQUENCIES, dropobs=True), run(frame[kept], FREQUENCIES[kept]))


@pytest.mark.parametrize("boot", [False, True])
def test_weights_of_one_are_no_weights(boot: bool) -> None:
    ones = np.ones(len(d))
    weighted = smf.wls("m ~ t + x", d, weights=ones).fit(), glm("yb ~ t + m + x", d, var_weights=ones)
    assert_same(mediate(d, *weighted, boot=boot), mediate(d, model_y=glm("yb ~ t + m + x", d), boot=boot))


@pytest.mark.parametrize("boot", [False, True])
def test_weights_of_least_squares_and_glm_are_one_thing(boot: bool) -> None:
    def fits(weighted: bool) -> tuple[Any, Any]:
        if weighted:
            formulas = "m ~ t + x", "y ~ t + m + x"
            return tuple(smf.wls(formula, d, weights=d.w).fit() for formula in formulas)
        return R.lm("m ~ t + x", d, weights="w"), R.lm("y ~ t + m + x", d, weights="w")

    assert_same(mediate(d, *fits(True), boot=boot), mediate(d, *fits(False), boot=boot), ROUNDING)


def test_whole_sampling_weights_give_the_estimates_of_repeated_rows() -> None:
    # As sampling weights they enter fits and averages alike; only the spread differs. The bootstrap's
    # estimate of a linear model is a product of coefficients.
    times = FREQUENCIES + 1
    weighted = mediate(
        d, *(smf.wls(f, d, weights=times).fit() for f in ("m ~ t + x", "y ~ t + m + x")), boot=True
    )
    repeated = mediate(d.loc[np.repeat(d.index, times)].reset_index(drop=True), boot=True)
    for name in ("d0", "z0", "tau_coef"):
        assert weighted[name] == pytest.approx(repeated[name], abs=ROUNDING)


CLUSTERED = holes("x")
USED = CLUSTERED.x.notna()
CLUSTERS: dict[str, Any] = {
    "name": "site",
    "series": d.site,
    "series in another order": d.site.sample(frac=1, random_state=1),
    "series of the rows used": d.site[USED],
    "series with gaps where rows were dropped": d.site.where(USED),
    "array": d.site.to_numpy(),
    "array of the rows used": d.site[USED].to_numpy(),
    "list": list(d.site),
    "text": d.site.astype(str),
    "factor": d.site.astype("category"),
}


@pytest.mark.parametrize("name", CLUSTERS)
def test_cluster_meets_its_rows(name: str) -> None:
    result = mediate(CLUSTERED, "m ~ t + x", cluster=CLUSTERS[name])
    expected = mediate(d[USED].reset_index(drop=True), cluster="site")
    assert_same(result, expected, ROUNDING)
    np.testing.assert_array_equal(np.asarray(result.cluster).astype(str), _as_text(d.site[USED], name))


def _as_text(site: pd.Series, name: str) -> Any:
    """Return the labels as the result has them: a column with gaps holds decimal numbers."""
    return site.astype(float if "gaps" in name else int).astype(str)


@pytest.mark.parametrize("name", CLUSTERS)
def test_cluster_meets_its_rows_with_dropobs(name: str) -> None:
    result = mediate(CLUSTERED, "m ~ t", dropobs=True, cluster=CLUSTERS[name])
    expected = mediate(d[USED].reset_index(drop=True), "m ~ t", cluster="site")
    assert_same(result, expected, ROUNDING)


@pytest.mark.parametrize("name", ["series", "series in another order", "array", "list"])
def test_cluster_meets_the_rows_of_the_dialect(name: str) -> None:
    fits = R.lm("m ~ t + x", CLUSTERED), R.lm("y ~ t + m + x", CLUSTERED)
    expected = mediate(CLUSTERED, "m ~ t + x", cluster="site")
    assert_same(mediate(d, *fits, cluster=CLUSTERS[name]), expected, ROUNDING)


def test_cluster_meets_repeated_rows() -> None:
    fits = [glm(f, d, NORMAL(), freq_weights=FREQUENCIES) for f in ("m ~ t + x", "y ~ t + m + x")]
    by_name = mediate(d, *fits, cluster="site")
    assert_same(mediate(d, *fits, cluster=d.site), by_name)
    assert_same(mediate(d, *fits, cluster=d.site.to_numpy()), by_name)


@pytest.mark.parametrize("strata", ["group", d.group, d.group.to_numpy()], ids=["name", "series", "array"])
def test_strata_meet_their_rows(strata: Any) -> None:
    result = mediate(CLUSTERED, "m ~ t", dropobs=True, boot=True, strata=strata)
    expected = mediate(d[USED].reset_index(drop=True), "m ~ t", boot=True, strata="group")
    assert_same(result, expected)


def test_missing_rows_of_columns() -> None:
    exog = sm.add_constant(d[["t", "x"]])
    fit = sm.OLS((d.m + CLUSTERED.x * 0).rename("m"), exog, missing="drop").fit()
    result = mediate(d, fit, dropobs=True, cluster=d.site.to_numpy())
    assert_same(result, mediate(d[USED].reset_index(drop=True), cluster="site"))


def test_offsets_stay_with_their_rows() -> None:
    def run(data: pd.DataFrame) -> Any:
        return mediate(
            data, "m ~ t + x", glm("yc ~ t + m + x", data, sm.families.Poisson(), offset=np.log(data.w))
        )

    assert_same(run(CLUSTERED), run(CLUSTERED[USED]))
