"""Where R returns a wrong number: both settings of `compat`, each against a computation of its own."""

from __future__ import annotations

import functools
import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import batch_cases
import instrument_cases
import mixed_plain
import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy.special import expit, ndtr, ndtri

import pymediation as pm
import pymediation.r as R
from pymediation.compat import ROWS

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent / "docs" / "differences-from-r.md"
BY_HAND = json.loads((HERE / "r" / "differences.json").read_text(encoding="utf-8"))
SIMS = BY_HAND["sims"]
EFFECTS = ("d0", "d1", "z0", "z1")

# The draws are R's; what remains is rounding in fits and means.
EXACT = 1e-9
# Logit models of statsmodels stop at another place than glm.
FIT = 1e-5
# The smallest difference between right and wrong among the rows is 1e-5.
VISIBLE = 1e-6
# Five standard errors of a mean over 2000 draws.
MONTE_CARLO = 0.1

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def jobs() -> pd.DataFrame:
    """Return the data with the columns that differences.R derives."""
    data = R.data("jobs")
    data["cnt"] = np.floor(2 * data["depress2"])
    data["exposure"] = data["age"] / 10
    data["emp"] = (data["work1"] == "psyemp").astype(float)
    data["w"] = data["econ_hard"]
    return data


def transformed_terms(compat: str) -> Any:
    data = jobs()
    med = R.lm("job_seek ~ treat + econ_hard", data)
    out = R.lm("depress2 ~ treat + job_seek + I(job_seek^2) + econ_hard", data)
    R.set_seed(1)
    return pm.mediate(med, out, treat="treat", mediator="job_seek", sims=SIMS, compat=compat)


def offsets(compat: str) -> Any:
    data = jobs()
    med = R.lm("job_seek ~ treat + econ_hard", data)
    out = R.glm("cnt ~ treat + job_seek + econ_hard + offset(log(exposure))", R.poisson, data)
    R.set_seed(2)
    return pm.mediate(med, out, treat="treat", mediator="job_seek", sims=SIMS, compat=compat)


def contrasts(compat: str) -> Any:
    data, sums = jobs(), {"control": "contr.sum"}
    med = R.lm("job_seek ~ control + econ_hard", data, contrasts=sums)
    out = R.lm("depress2 ~ control + job_seek + econ_hard", data, contrasts=sums)
    levels = {"control_value": "control", "treat_value": "treat"}
    R.set_seed(3)
    return pm.mediate(med, out, treat="control", mediator="job_seek", sims=SIMS, compat=compat, **levels)


def ordered_codes(compat: str, terms: str = "treat * rank", boot: bool = False, shift: int = 0) -> Any:
    data = jobs().assign(rank=lambda d: np.digitize(d["job_seek"], [4, 4.6]) + shift)
    med = R.polr("factor(rank) ~ treat + econ_hard", data)
    out = R.lm(f"depress2 ~ {terms} + econ_hard", data)
    R.set_seed(10)
    return pm.mediate(med, out, SIMS, boot, treat="treat", mediator="rank", compat=compat)


def cluster_weights(compat: str) -> Any:
    data = jobs()
    med = R.lm("job_seek ~ treat + econ_hard", data, weights="w")
    out = R.glm("emp ~ treat + job_seek + econ_hard", R.binomial("probit"), data, weights="w")
    R.set_seed(4)
    return pm.mediate(
        med, out, treat="treat", mediator="job_seek", sims=SIMS, cluster=data["occp"], compat=compat
    )


def hidden_interaction(compat: str) -> Any:
    data = jobs()
    med = R.lm("job_seek ~ treat + econ_hard", data)
    out = R.lm("depress2 ~ treat + job_seek + I(treat * job_seek) + econ_hard", data)
    R.set_seed(5)
    return pm.mediate(med, out, treat="treat", mediator="job_seek", sims=SIMS, boot=True, compat=compat)


def bca(compat: str) -> Any:
    data = jobs().iloc[:120]
    med, out = (
        R.lm("job_seek ~ treat + econ_hard", data),
        R.lm("depress2 ~ treat + job_seek + econ_hard", data),
    )
    R.set_seed(6)
    kind = {"boot": True, "boot_ci_type": "bca"}
    return pm.mediate(med, out, treat="treat", mediator="job_seek", sims=1000, compat=compat, **kind)


@functools.cache
def slopes_by_site() -> tuple[pd.DataFrame, Any, Any]:
    """Return models with a treatment of 1 and 2 whose slopes vary, and the mediator's with a covariate."""
    data = jobs().assign(arm=lambda d: d["treat"] + 1, job_seek=lambda d: d["job_seek"] + 0.2 * (d.index % 9))
    data["depress2"] += 0.1 * (data.index % 9) * data["job_seek"] * (data["econ_hard"] - 2)
    data["site"] = data.index % 9 + 1
    med = R.lmer("job_seek ~ arm + econ_hard + (1 + arm | site)", data)
    out = R.lmer("depress2 ~ arm + job_seek + econ_hard + (0 + job_seek:econ_hard + arm | site)", data)
    return data, med, out


def random_slopes(compat: str) -> Any:
    _, med, out = slopes_by_site()
    R.set_seed(10)
    options = {"control_value": 1, "treat_value": 2, "covariates": {"econ_hard": 3}, "compat": compat}
    return pm.mediate(med, out, treat="arm", mediator="job_seek", sims=SIMS, **options)


def group_labels(compat: str) -> Any:
    data = jobs()
    med = R.lmer("job_seek ~ treat + econ_hard + (1 | occp)", data)
    out = R.glmer("emp ~ treat + job_seek + econ_hard + (1 | occp)", data, family=R.binomial)
    R.set_seed(11)
    return pm.mediate(med, out, treat="treat", mediator="job_seek", sims=SIMS, compat=compat)


def cluster_bootstrap(compat: str, **options: Any) -> Any:
    data = jobs()
    models = R.lm("job_seek ~ treat + econ_hard", data), R.lm("depress2 ~ treat + job_seek + econ_hard", data)
    site, given = data.index % 60, {"boot": True, "sims": SIMS, "compat": compat}
    return pm.mediate(
        *models, treat="treat", mediator="job_seek", cluster=site, rng=pm.RStream(12), **given, **options
    )


def weight_column(compat: str) -> Any:
    data = jobs().assign(weight=lambda d: d["age"])
    R.set_seed(7)
    found = pm.mediations(
        {"jobs": data}, "treat", "job_seek", "depress2", "econ_hard", weights="w", sims=SIMS, compat=compat
    )
    return found[0]


def imputed(names: str, compat: str) -> Any:
    """Pool three data sets under the names given by letters."""
    R.set_seed(1)
    found = pm.mediations(
        *(batch_cases.imputed(), ["treat"] * 3, "job_seek", "depress2"), "econ_hard + sex + age", sims=20
    )
    if len(set(names)) < len(names):
        return pm.amelidiate(found, compat=compat)
    return pm.amelidiate(dict(zip(names, found.results, strict=True)), compat=compat)


def pooled_by_name(compat: str) -> Any:
    return imputed("AAA", compat)


def pooled_inference(compat: str) -> Any:
    return imputed("ABC", compat)


def two_stage(compat: str, kept: int = 0, **options: Any) -> Any:
    if not options.get("boot"):
        options = {"residuals": "second-stage"} | options  # so that one difference shows at a time
    data = instrument_cases.data_d(200).assign(m=lambda d: d["m"].where(d.index >= kept))
    models = R.lm("m ~ t + z", data), R.lm("y ~ t + m", data)
    R.set_seed(8)
    return pm.mediate_tsls(*models, treat="t", compat=compat, **options)


def empty_clusters(compat: str, **options: Any) -> Any:
    sites = pd.Categorical(np.arange(200) % 12, categories=range(15))
    return two_stage(compat, cluster=sites, **options)


def missing_rows(compat: str) -> Any:
    return two_stage(compat, kept=50, boot=True, sims=SIMS)


def medsens(
    med: Any, out: Any, compat: str, mediator: str = "job_seek", treat: str = "treat", **options: Any
) -> Any:
    R.set_seed(9)
    result = pm.mediate(med, out, treat=treat, mediator=mediator, sims=SIMS, **options)
    return pm.medsens(result, 0.25, SIMS, effect_type="both", compat=compat)


def medsens_denominator(compat: str) -> Any:
    data = jobs()
    out = R.glm("emp ~ treat + job_seek + age", R.binomial("probit"), data)
    return medsens(R.lm("job_seek ~ treat + age", data), out, compat)


def medsens_other_reference(compat: str) -> Any:
    data = jobs()
    med, out = R.lm("job_seek ~ educ + age", data), R.lm("depress2 ~ educ + job_seek + age", data)
    levels = {"control_value": "gradwk", "treat_value": "somcol"}
    return medsens(med, out, compat, treat="educ", **levels)


def medsens_swapped_levels(compat: str) -> Any:
    data = jobs()
    med, out = R.lm("job_seek ~ control + age", data), R.lm("depress2 ~ control + job_seek + age", data)
    first, second = R.levels(data["control"])
    levels = {"control_value": second, "treat_value": first}
    return medsens(med, out, compat, treat="control", **levels)


def medsens_unit_step(compat: str) -> Any:
    data = jobs()
    med, out = R.lm("job_seek ~ econ_hard", data), R.lm("depress2 ~ econ_hard * job_seek", data)
    return medsens(med, out, compat, treat="econ_hard", control_value=2, treat_value=4)


def probit_mediator(product: str, compat: str) -> Any:
    data = jobs()
    med = R.glm("job_dich ~ treat + age", R.binomial("probit"), data)
    return medsens(med, R.lm(f"depress2 ~ treat {product} job_dich + age", data), compat, "job_dich")


def medsens_weights(compat: str) -> Any:
    return probit_mediator("+", compat)


def medsens_one_row(compat: str) -> Any:
    return probit_mediator("*", compat)


def medsens_covariate_order(compat: str) -> Any:
    data = jobs()
    out = R.glm("emp ~ treat + job_seek + sex + age", R.binomial("probit"), data)
    return medsens(R.lm("job_seek ~ treat + age + sex", data), out, compat)


def medsens_surface(compat: str) -> Any:
    import matplotlib.pyplot as plt

    data = jobs()
    med, out = R.lm("job_seek ~ treat + age", data), R.lm("depress2 ~ treat + job_seek + age", data)
    sens = medsens(med, out, compat)
    sens.plot(sens_par="R2")
    plt.close("all")
    return sens


def single_experiment(compat: str) -> Any:
    R.set_seed(10)
    return pm.mediate_sed("depress2", "job_disc", "treat", jobs(), SI=True, boot=True, compat=compat)


def parallel_bounds(compat: str) -> Any:
    data = pm.datasets.load_boundsdata().assign(med=lambda d: 1 - d["med"])
    there = (data["manip"] == 1) & (data["ttt"] == 0)
    data.loc[there, "out"] = 1 - data.loc[there, "out"]
    return pm.mediate_pd("out", "med", "ttt", "manip", data, NINT=False, compat=compat)


def impossible_encouragement(compat: str) -> Any:
    data = pm.datasets.load_boundsdata().assign(enc=lambda d: -d["enc"])
    return pm.mediate_ped("out.enc", "med.enc", "ttt", "enc", data, compat=compat)


def treatment_glm(compat: str) -> Any:
    data, family = instrument_cases.data_s(), R.binomial
    models = (
        R.glm("t ~ z + x", family, data),
        R.glm("mb ~ t + z + x", family, data),
        R.lm("y ~ mb * (t + z) + x", data),
    )
    return pm.ivmediate(*models, ci=False, enc="z", treat="t", mediator="mb", compat=compat)


CASES: dict[str, Callable[[str], Any]] = {
    "transformed-terms": transformed_terms,
    "offsets": offsets,
    "contrasts": contrasts,
    "ordered-codes": ordered_codes,
    "hidden-interaction": hidden_interaction,
    "cluster-weights": cluster_weights,
    "bca": bca,
    "cluster-bootstrap": cluster_bootstrap,
    "random-slopes": random_slopes,
    "group-labels": group_labels,
    "medsens-denominator": medsens_denominator,
    "medsens-other-reference": medsens_other_reference,
    "medsens-swapped-levels": medsens_swapped_levels,
    "medsens-unit-step": medsens_unit_step,
    "medsens-weights": medsens_weights,
    "medsens-one-row": medsens_one_row,
    "medsens-covariate-order": medsens_covariate_order,
    "medsens-surface": medsens_surface,
    "weight-column": weight_column,
    "pooled-by-name": pooled_by_name,
    "pooled-inference": pooled_inference,
    "tsls-robust": two_stage,
    "tsls-covariance": functools.partial(two_stage, robustSE=True, residuals=None),
    "tsls-one-sided": functools.partial(two_stage, robustSE=True),
    "tsls-empty-clusters": functools.partial(empty_clusters, boot=True, sims=SIMS),
    "tsls-missing-rows": missing_rows,
    "iv-treatment-glm": treatment_glm,
    "sed-bootstrap": single_experiment,
    "pd-bounds": parallel_bounds,
    "ped-infeasible": impossible_encouragement,
}


def test_every_row_has_a_case_here():
    assert set(CASES) == set(ROWS)


def test_every_row_has_a_section_in_the_document():
    sections = re.findall(r"^### `([a-z-]+)`$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert sections == list(ROWS)


@pytest.mark.filterwarnings("default::pymediation.PymediationWarning")
@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize(("compat", "words"), [("fixed", "differs from R's"), ("R", "known to be wrong")])
def test_one_warning_names_the_row_and_the_remedy(row, compat, words):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        CASES[row](compat)
    (warning,) = [one for one in caught if issubclass(one.category, pm.CompatibilityWarning)]
    text = str(warning.message)
    assert words in text
    assert f"[{row}]" in text
    assert ("compat='R'" if compat == "fixed" else "compat='fixed'") in text


@pytest.mark.parametrize("compat", ["R", "fixed"])
@pytest.mark.parametrize("row", [row for row in ROWS if row in BY_HAND])
def test_equals_base_r_by_hand(row, compat):
    result, expected = CASES[row](compat), BY_HAND[row][compat]
    np.testing.assert_allclose(
        [result[name] for name in EFFECTS], [expected[name] for name in EFFECTS], rtol=EXACT
    )


@pytest.mark.parametrize("row", [row for row in ROWS if row in BY_HAND])
def test_the_two_settings_differ(row):
    wrong, right = CASES[row]("R"), CASES[row]("fixed")
    assert max(abs(wrong[name] - right[name]) for name in EFFECTS) > VISIBLE


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.startswith("medsens-") and row != "medsens-surface"]
)
def test_the_two_settings_of_a_sensitivity_analysis_differ(row):
    """What either returns is compared with recorded runs, plain algorithms and simulation beside medsens."""
    gap = CASES[row]("R").to_frame()["estimate"] - CASES[row]("fixed").to_frame()["estimate"]
    assert gap.abs().max() > VISIBLE


def test_ordered_codes_of_the_bootstrap_are_one_too_high():
    wrong, right = ordered_codes("R", boot=True), ordered_codes("fixed", boot=True)
    product = R.coef(right.model_y)["treat:rank"]
    np.testing.assert_allclose([wrong.z0 - right.z0, wrong.z1 - right.z1], product, rtol=EXACT)
    np.testing.assert_allclose([wrong.d0, wrong.d1], [right.d0, right.d1], rtol=EXACT)


@pytest.mark.filterwarnings("error::pymediation.CompatibilityWarning")
@pytest.mark.parametrize(
    ("terms", "shift"), [("treat * rank", 1), ("treat + rank", 0), ("treat * factor(rank)", 0)]
)
def test_ordered_codes_that_make_no_difference_are_not_warned_about(terms, shift):
    wrong, right = (ordered_codes(compat, terms, shift=shift) for compat in ("R", "fixed"))
    assert [wrong[name] for name in EFFECTS] == [right[name] for name in EFFECTS]


def test_hidden_interaction_changes_what_is_shown_and_no_number():
    wrong, right = hidden_interaction("R"), hidden_interaction("fixed")
    assert (wrong.INT, right.INT) == (False, True)
    assert list(wrong.to_frame().index) == ["ACME", "ADE", "Total Effect", "Prop. Mediated"]
    assert "ACME (control)" in right.to_frame().index
    assert wrong.d0 == right.d0
    # With a product term the effects are known in closed form: δ(t) = a (b2 + b3 t).
    effect, slopes = R.coef(right.model_m)["treat"], R.coef(right.model_y)
    product = slopes["I(treat * job_seek)"]
    np.testing.assert_allclose(right.d0, effect * slopes["job_seek"], rtol=EXACT)
    np.testing.assert_allclose(right.d1, effect * (slopes["job_seek"] + product), rtol=EXACT)
    assert abs(right.d1 - right.d0) > VISIBLE


def corrected(draws: np.ndarray, centre: float, influence: np.ndarray) -> np.ndarray:
    """Return the bias-corrected and accelerated interval of Efron (1987)."""
    acceleration = np.sum(influence**3) / (6 * np.sum(influence**2) ** 1.5)
    z = ndtri(np.mean(draws < centre))
    shifted = z + ndtri([0.025, 0.975])
    return np.quantile(draws, ndtr(z + shifted / (1 - acceleration * shifted)))


def test_bca_of_r_takes_centre_and_acceleration_from_the_draws():
    result = bca("R")
    draws = result.d0_sims
    expected = corrected(draws, draws.mean(), draws.mean() - draws)
    np.testing.assert_allclose(np.asarray(result.d0_ci), expected, rtol=EXACT)


def left_out_effects(data: pd.DataFrame) -> np.ndarray:
    """Return the product of coefficients a b without each row in turn."""
    one = np.ones(len(data))
    X = np.column_stack([one, data["treat"], data["econ_hard"]])
    Z = np.column_stack([one, data["treat"], data["job_seek"], data["econ_hard"]])
    m, y = data["job_seek"].to_numpy(), data["depress2"].to_numpy()
    effects = []
    for i in range(len(data)):
        rest = np.arange(len(data)) != i
        a = np.linalg.lstsq(X[rest], m[rest], rcond=None)[0][1]
        effects.append(a * np.linalg.lstsq(Z[rest], y[rest], rcond=None)[0][2])
    return np.array(effects)


def test_bca_of_the_textbook_takes_them_from_estimate_and_jackknife():
    result, wrong = bca("fixed"), bca("R")
    left_out = left_out_effects(jobs().iloc[:120])
    expected = corrected(result.d0_sims, result.d0, left_out.mean() - left_out)
    np.testing.assert_allclose(np.asarray(result.d0_ci), expected, rtol=EXACT)
    assert np.max(np.abs(np.asarray(result.d0_ci) - np.asarray(wrong.d0_ci))) > VISIBLE


def acme_of(rows: pd.DataFrame) -> float:
    """Return the product of the two coefficients."""
    one, t, x, m = np.ones(len(rows)), rows["treat"], rows["econ_hard"], rows["job_seek"]
    a = np.linalg.lstsq(np.column_stack([one, t, x]), m, rcond=None)[0][1]
    return a * np.linalg.lstsq(np.column_stack([one, t, x, m]), rows["depress2"], rcond=None)[0][3]


@pytest.mark.parametrize("strata", [None, np.arange(899) % 60 % 3])
def test_whole_clusters_are_resampled_and_by_r_rows(strata):
    data, site = jobs(), np.arange(899) % 60
    of_sites = None if strata is None else np.arange(60) % 3
    drawn = pm.RStream(12).bootstrap_indices(60, SIMS, of_sites)
    samples = [np.concatenate([np.flatnonzero(site == s) for s in sites]) for sites in drawn]
    expected = [acme_of(data.iloc[rows]) for rows in samples]
    found, by_rows = (cluster_bootstrap(compat, strata=strata) for compat in ("fixed", "R"))
    np.testing.assert_allclose(found.d0_sims, expected, rtol=EXACT)
    drawn = pm.RStream(12).bootstrap_indices(899, SIMS, strata)
    np.testing.assert_allclose(by_rows.d0_sims, [acme_of(data.iloc[rows]) for rows in drawn], rtol=EXACT)
    assert found.d0 == pytest.approx(by_rows.d0, rel=EXACT)
    assert "(Whole clusters resampled: 60 of them)" in str(found.summary())
    assert by_rows.cluster is None


def test_bca_with_clusters_leaves_out_whole_clusters():
    data, site = jobs(), np.arange(899) % 60
    result = cluster_bootstrap("fixed", boot_ci_type="bca")
    left_out = np.array([acme_of(data[site != s]) for s in range(60)])
    expected = corrected(result.d0_sims, result.d0, left_out.mean() - left_out)
    np.testing.assert_allclose(np.asarray(result.d0_ci), expected, rtol=EXACT)


def test_clusters_in_several_strata_are_refused():
    with pytest.raises(pm.DataMismatchError, match="60 of 60 clusters have rows in more than one stratum"):
        cluster_bootstrap("fixed", strata=np.arange(899) % 7)


def test_random_slopes_are_multiplied_by_counterfactual_values_and_by_r_by_observed_ones():
    data, med, out = slopes_by_site()
    one, seek, hard = np.ones(len(data)), data["job_seek"], data["econ_hard"]
    fixed = {
        "x_m": lambda t: np.column_stack([one, one * (t + 1), one * 3]),
        "x_y": lambda t, m: np.column_stack([one, one * (t + 1), m, one * 3]),
    }
    right = fixed | {
        "z_m": lambda t: np.column_stack([one, one * (t + 1)]),
        "z_y": lambda t, m: np.column_stack([one * (t + 1), m * 3]),
    }
    wrong = fixed | {
        "z_m": lambda t: np.column_stack([one, one * t]),
        "z_y": lambda t, m: np.column_stack([one * t, seek * hard]),
    }
    for compat, columns in (("fixed", right), ("R", wrong)):
        acme, total = mixed_plain.simulate(med, out, pm.RStream(10), SIMS, columns, len(data))
        result = random_slopes(compat)
        np.testing.assert_allclose(result.d0_sims, acme.mean(axis=1), rtol=EXACT)
        np.testing.assert_allclose(result.tau_sims, total.mean(axis=1), rtol=EXACT)
        for place, site in enumerate(result.groups):
            rows = (data["site"] == site).to_numpy()
            np.testing.assert_allclose(result.d0_group[place], acme[:, rows].mean(), rtol=EXACT)
    assert abs(random_slopes("R").d0 - random_slopes("fixed").d0) > VISIBLE


def test_groups_are_named_by_their_rows_and_by_r_by_their_levels():
    wrong, right = group_labels("R"), group_labels("fixed")
    np.testing.assert_array_equal(wrong.d0_group, right.d0_group)
    data = jobs()
    assert right.group_labels == tuple(data["occp"].drop_duplicates())
    assert wrong.group_labels == tuple(data["occp"].cat.categories)
    # Averages over all rows are those of the groups weighted by their rows, if these are named rightly.
    sizes = data["occp"].value_counts()
    share = {r: np.array([sizes[name] for name in r.group_labels]) / len(data) for r in (wrong, right)}
    assert share[right] @ right.z0_group == pytest.approx(right.z0, rel=EXACT)
    assert abs(share[wrong] @ wrong.z0_group - wrong.z0) > VISIBLE
    by_name = right.to_frame("group").xs("ADE (control)")["estimate"]
    np.testing.assert_array_equal(by_name.to_numpy(), right.z0_group)


def test_weights_are_those_of_the_column_asked_for_and_in_r_of_the_column_named_weight():
    for compat, column in (("R", "age"), ("fixed", "w")):
        med = R.lm("job_seek ~ treat + econ_hard", jobs(), weights=column)
        out = R.lm("depress2 ~ treat + job_seek + econ_hard", jobs(), weights=column)
        expected = call(med, out, rng=pm.RStream(7))
        np.testing.assert_allclose(weight_column(compat).d0_sims, expected.d0_sims, rtol=EXACT)
    assert abs(weight_column("R").d0 - weight_column("fixed").d0) > VISIBLE


def test_data_sets_of_one_name_are_all_pooled_and_by_r_the_first_of_them_alone():
    wrong, right = pooled_by_name("R"), pooled_by_name("fixed")
    first, *others = (element.d0_sims for element in right.elements)
    np.testing.assert_allclose(wrong.d0_sims, np.tile(first, 3), rtol=EXACT)
    np.testing.assert_allclose(right.d0_sims, np.concatenate([first, *others]), rtol=EXACT)
    recorded = batch_cases.cases()
    for found, name in ((wrong, "repeated"), (right, "distinct")):
        expected = recorded[f"amelidiate_{name}_names"]["result"]["d0"][0]
        assert found.d0 == pytest.approx(expected, rel=EXACT)
    assert abs(wrong.d0 - right.d0) > VISIBLE


def test_pooled_p_values_are_those_of_the_draws_and_by_r_all_1():
    wrong, right = pooled_inference("R"), pooled_inference("fixed")
    below = np.mean(right.tau_sims < 0)
    assert (wrong.tau_p, right.tau_p) == (1, pytest.approx(2 * min(below, 1 - below), rel=EXACT))
    of_sets = [element.n_avg for element in right.elements]
    wrong_ends = np.quantile(np.repeat(of_sets, 20), [0.025, 0.975])
    right_ends = np.quantile(right.n_avg_sims, [0.025, 0.975])
    np.testing.assert_allclose(np.asarray(wrong.n_avg_ci), wrong_ends, rtol=EXACT)
    np.testing.assert_allclose(np.asarray(right.n_avg_ci), right_ends, rtol=EXACT)
    assert np.max(np.abs(right_ends - wrong_ends)) > VISIBLE
    assert ("% CI Lower" in str(wrong.summary()), "95% CI Lower" in str(wrong.summary())) == (True, False)
    # What R pools is the same otherwise.
    np.testing.assert_array_equal(np.asarray(wrong.d0_ci), np.asarray(right.d0_ci))


def test_robust_errors_of_two_stage_least_squares():
    assert two_stage("R").z1_se == two_stage("fixed", robustSE=True).z1_se
    data = instrument_cases.data_d(200)
    data["m"] = smf.ols("m ~ t + z", data).fit().fittedvalues
    assert two_stage("fixed").z1_se == pytest.approx(smf.ols("y ~ t + m", data).fit().bse["t"], rel=EXACT)
    assert abs(two_stage("R").z1_se - two_stage("fixed").z1_se) > VISIBLE


def test_covariance_of_two_stage_least_squares():
    as_r, fixed = (two_stage(compat, robustSE=True, residuals=None) for compat in ("R", "fixed"))
    direct = smf.ols("y ~ t + z", instrument_cases.data_d(200)).fit(cov_type="HC1")
    assert fixed.tau_coef == pytest.approx(direct.params["t"], rel=EXACT)
    assert fixed.tau_se == pytest.approx(direct.bse["t"], rel=EXACT)
    assert abs(as_r.tau_se / fixed.tau_se - 1) > VISIBLE


def test_sides_of_p_values_of_two_stage_least_squares():
    one, two = (two_stage(compat, robustSE=True) for compat in ("R", "fixed"))
    assert one.z1_p == pytest.approx(ndtr(-abs(one.z1) / one.z1_se), rel=EXACT)
    assert two.z1_p == pytest.approx(2 * one.z1_p, rel=EXACT)


def test_empty_clusters_of_two_stage_least_squares():
    as_r, fixed = empty_clusters("R"), empty_clusters("fixed")
    assert as_r.z1_se / fixed.z1_se == pytest.approx(np.sqrt(15 / 14 / (12 / 11)), rel=EXACT)
    assert two_stage("fixed", cluster=np.arange(200) % 12).z1_se == pytest.approx(fixed.z1_se, rel=EXACT)
    assert (
        empty_clusters("R", boot=True, sims=SIMS).z1_se != empty_clusters("fixed", boot=True, sims=SIMS).z1_se
    )


def test_missing_rows_of_two_stage_least_squares():
    data = instrument_cases.data_d(200)
    for compat, start in (("R", 0), ("fixed", 50)):
        drawn = pm.RStream(8).integers(150, size=150) + start
        rows = data.iloc[drawn[drawn >= 50]].reset_index(drop=True)
        first = smf.ols("m ~ t + z", rows).fit()
        second = smf.ols("y ~ t + m", rows.assign(m=first.fittedvalues)).fit()
        assert missing_rows(compat).ade.sims[0] == pytest.approx(second.params["t"], rel=EXACT)


def test_complements_of_a_glm_of_the_treatment():
    data, effects = instrument_cases.data_s(), {}
    fits = {
        "t": smf.logit("t ~ z + x", data).fit(disp=False),
        "m": smf.logit("mb ~ t + z + x", data).fit(disp=False),
        "y": smf.ols("y ~ mb * (t + z) + x", data).fit(),
    }

    def at(model: str, **values: float) -> np.ndarray:
        return np.asarray(fits[model].predict(data.assign(**values)))

    eta = {z: fits["t"].predict(data.assign(z=z), which="linear").to_numpy() for z in (0, 1)}
    for compat in ("R", "fixed"):
        taken = {z: expit(eta[z]) for z in (0, 1)}
        left = {z: expit(1 - eta[z]) if compat == "R" else 1 - taken[z] for z in (0, 1)}
        total = 0.0
        for m in (0, 1):
            p = {(t, z): np.abs(1 - m - at("m", t=t, z=z)) for t in (0, 1) for z in (0, 1)}
            S = {z: at("y", t=0, z=z, mb=m) for z in (0, 1)}
            a1, a0, c1, c0 = taken[1] * p[1, 1], taken[0] * p[1, 0], left[1] * p[0, 1], left[0] * p[0, 0]
            total += (c0 * S[0] - c1 * S[1]) / (c0 - c1) * (a1 - a0 - c0 + c1) / (taken[1] - taken[0])
        effects[compat] = np.mean(total)
        assert treatment_glm(compat).dc0 == pytest.approx(effects[compat], rel=FIT)
    assert abs(effects["R"] - effects["fixed"]) > VISIBLE


def test_the_dialect_returns_the_number_of_r():
    data = jobs()
    med = R.lm("job_seek ~ treat + econ_hard", data)
    out = R.lm("depress2 ~ treat + job_seek + I(job_seek^2) + econ_hard", data)
    R.set_seed(1)
    assert R.mediate(med, out, treat="treat", mediator="job_seek", sims=SIMS).d0 == transformed_terms("R").d0


# What R refuses or crashes on (section 2 of the document).


def call(med: Any, out: Any, mediator: str = "job_seek", **options: Any) -> Any:
    return pm.mediate(
        med, out, **({"treat": "treat", "mediator": mediator, "sims": SIMS, "rng": 1} | options)
    )


def binary_mediator(coded: pd.Series) -> Any:
    data = jobs().assign(better=coded)
    med = R.glm("better ~ treat + age", R.binomial, data)
    return call(med, R.lm("depress2 ~ treat + better + age", data), "better", boot=True).d_avg


def test_bootstrap_with_a_factor_mediator_equals_that_with_its_codes():
    codes = jobs()["job_dich"]
    labels = pd.Categorical(codes.map({0: "low", 1: "high"}), categories=["low", "high"])
    assert binary_mediator(labels) == pytest.approx(binary_mediator(codes), rel=EXACT)


def test_bootstrap_with_transformed_variables_equals_that_with_columns_of_them():
    data = jobs().assign(log_age=lambda d: np.log(d["age"]))
    fits = [
        call(
            R.lm(f"job_seek ~ treat + {age}", data),
            R.lm(f"depress2 ~ treat + job_seek + {age}", data),
            boot=True,
        )
        for age in ("log(age)", "log_age")
    ]
    np.testing.assert_allclose(fits[0].d0_sims, fits[1].d0_sims, rtol=EXACT)


def test_a_mediator_that_is_only_transformed_follows_its_draws():
    data = jobs()
    med, out = R.lm("job_seek ~ treat", data), R.lm("depress2 ~ treat + exp(job_seek / 10)", data)
    result = call(med, out, sims=2000)
    slope, (base, step) = R.coef(out)["exp(job_seek/10)"], R.coef(med)
    # The mean of a log-normal variable, at the estimates.
    level = np.exp(base / 10 + R.sigma(med) ** 2 / 200)
    assert result.d0 == pytest.approx(slope * level * np.expm1(step / 10), rel=MONTE_CARLO)


def test_a_logical_treatment_is_zero_and_one_in_the_bootstrap():
    found = []
    for data in (jobs(), jobs().assign(treat=lambda d: d["treat"] == 1)):
        med, out = R.lm("job_seek ~ treat", data), R.lm("depress2 ~ treat + job_seek", data)
        found.append(call(med, out, boot=True).d0_sims)
    np.testing.assert_allclose(found[0], found[1], rtol=EXACT)


@pytest.mark.parametrize("boot", [False, True])
def test_one_simulation_works(boot):
    result = call(
        R.lm("job_seek ~ treat", jobs()), R.lm("depress2 ~ treat + job_seek", jobs()), sims=1, boot=boot
    )
    assert np.isfinite(result.d0)


def other_rows() -> Any:
    data = jobs()
    fits = [R.lm("job_seek ~ treat", data.iloc[1:]), R.lm("depress2 ~ treat + job_seek", data.iloc[:-1])]
    return call(*fits)


def short_cluster() -> Any:
    fits = [R.lm("job_seek ~ treat", jobs()), R.lm("depress2 ~ treat + job_seek", jobs())]
    return call(*fits, cluster=[1, 2, 3])


def unknown_level() -> Any:
    fits = [R.lm("job_seek ~ treat + sex:educ", jobs()), R.lm("depress2 ~ treat + job_seek + educ", jobs())]
    return call(*fits, covariates={"educ": "bachelor"})


def counts_as_mediator() -> Any:
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    data = jobs().assign(wins=lambda d: d["job_dich"] + 1, losses=lambda d: 2 - d["job_dich"])
    med = smf.glm("wins + losses ~ treat", data, family=sm.families.Binomial()).fit()
    return call(med, R.lm("depress2 ~ treat + wins", data), "wins")


def quasi_mediator() -> Any:
    med = R.glm("cnt ~ treat", R.quasipoisson, jobs())
    return call(med, R.lm("job_seek ~ treat + cnt", jobs()), "cnt", rng=None)


@pytest.mark.parametrize(
    ("refused", "error", "words"),
    [
        (other_rows, pm.DataMismatchError, "rows"),
        (short_cluster, pm.DataMismatchError, "cluster has 3 values"),
        (unknown_level, pm.UnknownNameError, "'bach'"),
        (counts_as_mediator, pm.UnsupportedModelError, "one row per trial"),
        (quasi_mediator, pm.UnsupportedModelError, "quasipoisson"),
    ],
)
def test_refused_with_a_reason_where_r_is_silent_or_crashes(refused, error, words):
    with pytest.raises(error, match=words):
        refused()


def test_a_family_without_a_distribution_is_refused_before_anything_is_drawn():
    R.set_seed(7)
    expected = R.runif(1)
    R.set_seed(7)
    with pytest.raises(pm.UnsupportedModelError):
        quasi_mediator()
    assert R.runif(1) == expected


def test_a_hundred_thousand_simulations_print_as_a_number():
    result = call(R.lm("job_seek ~ treat", jobs()), R.lm("depress2 ~ treat + job_seek", jobs()), sims=100_000)
    assert "Simulations: 100000" in str(result.summary())


# Decisions on models (section 3).


def gaussian_models(data: pd.DataFrame, **weights: Any) -> tuple[Any, Any]:
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    return tuple(
        smf.glm(formula, data, family=sm.families.Gaussian(), **weights).fit()
        for formula in ("job_seek ~ treat + age", "depress2 ~ treat * job_seek + age")
    )


def test_freq_weights_are_repeated_rows():
    counts = np.arange(len(jobs())) % 3
    weighted = call(*gaussian_models(jobs(), freq_weights=counts), rng=pm.RStream(8))
    repeated_rows = jobs().loc[np.repeat(jobs().index, counts)].reset_index(drop=True)
    repeated = call(*gaussian_models(repeated_rows), rng=pm.RStream(8))
    np.testing.assert_allclose(weighted.d0_sims, repeated.d0_sims, rtol=EXACT)
    assert weighted.nobs == counts.sum()


def test_var_weights_are_the_weights_of_r():
    weights = jobs()["w"].to_numpy()
    given = call(*gaussian_models(jobs(), var_weights=weights), rng=pm.RStream(9))
    med = R.glm("job_seek ~ treat + age", R.gaussian, jobs(), weights="w")
    out = R.glm("depress2 ~ treat * job_seek + age", R.gaussian, jobs(), weights="w")
    np.testing.assert_allclose(given.d0_sims, call(med, out, rng=pm.RStream(9)).d0_sims, rtol=EXACT)


def test_probit_of_the_discrete_models_is_refitted_as_glm():
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    data, formula = jobs(), "emp ~ treat + job_seek + age"
    med = smf.ols("job_seek ~ treat + age", data).fit()
    family = sm.families.Binomial(sm.families.links.Probit())
    outcomes = (smf.probit(formula, data).fit(disp=0), smf.glm(formula, data, family=family).fit())
    first, second = (call(med, out, rng=pm.RStream(10)) for out in outcomes)
    np.testing.assert_array_equal(first.d0_sims, second.d0_sims)


def test_a_robust_covariance_of_the_fit_is_used_and_said():
    import statsmodels.formula.api as smf

    data = jobs()
    robust = [
        smf.ols(formula, data).fit(cov_type="HC1")
        for formula in ("job_seek ~ treat + age", "depress2 ~ treat + job_seek + age")
    ]
    plain = [smf.ols(fit.model.formula, data).fit() for fit in robust]
    own = call(*robust, rng=pm.RStream(11))
    asked = call(*plain, rng=pm.RStream(11), robustSE=True, type="HC1")
    np.testing.assert_allclose(own.d0_sims, asked.d0_sims, rtol=EXACT)
    assert "HC1 covariance" in str(own.summary())


def test_a_factor_response_means_the_event_of_r():
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    data, med = jobs(), smf.ols("job_seek ~ treat + age", jobs()).fit()
    given = smf.glm("work1 ~ treat + job_seek + age", data, family=sm.families.Binomial()).fit()
    coded = smf.glm("emp ~ treat + job_seek + age", data, family=sm.families.Binomial()).fit()
    with pytest.warns(pm.PymediationWarning, match="probability of 'psyemp'"):
        first = call(med, given, rng=pm.RStream(12))
    np.testing.assert_allclose(first.d0_sims, call(med, coded, rng=pm.RStream(12)).d0_sims, rtol=EXACT)


def test_resampled_counts_make_the_interval_that_of_the_delta_method():
    delta = pm.mediate_sed("depress2", "job_disc", "treat", jobs(), SI=True).acme.treated.std_error
    right, wrong = (single_experiment(compat).acme.treated.std_error for compat in ("fixed", "R"))
    assert right == pytest.approx(delta, rel=MONTE_CARLO)
    assert wrong > 5 * right


def test_terms_exchanged_make_the_bounds_narrower():
    right, wrong = (parallel_bounds(compat) for compat in ("fixed", "R"))
    assert right.d0.lower < wrong.d0.lower - VISIBLE
    assert [*right.d1] == [*wrong.d1]


def test_no_population_no_bounds():
    right, wrong = (impossible_encouragement(compat).to_frame() for compat in ("fixed", "R"))
    assert right[["lower", "upper"]].isna().all(axis=None)
    assert (wrong[["lower", "upper"]] == 0).all(axis=None)
