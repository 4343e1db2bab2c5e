"""What models of groups are taken, how they are paired, and what is refused."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import mixed_cases
import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

import pymediation as pm
import pymediation.r as R
from pymediation.multilevel import simulation, storage

# Two programs' full convergence to one maximum, in coefficients of order one.
SAME_MAXIMUM = 1e-6
# Two ways to the same sums.
EXACT = 1e-12

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def schools(J: int = 30, size: int = 20, seed: int = 1) -> pd.DataFrame:
    """Return pupils in schools, not sorted by school, and a mediator that only schools have."""
    rng = np.random.default_rng(seed)
    school = rng.permutation(np.repeat(np.arange(J), size))
    u, v, w = (rng.normal(size=J)[school] for _ in range(3))
    d = pd.DataFrame({"school": school, "t": rng.integers(0, 2, J * size), "x": rng.normal(size=J * size)})
    d["m"] = 1 + 0.5 * d.t + 0.3 * d.x + 0.6 * u + rng.normal(size=len(d))
    d["y"] = 0.2 * d.t + (0.4 + 0.3 * w) * d.m + 0.3 * d.x + 0.5 * v + rng.normal(size=len(d))
    d["b"] = (d.y > 0.5).astype(float)
    d["policy"] = d.school % 2
    climate = rng.normal(size=J) + 0.5 * (np.arange(J) % 2)
    d["climate"] = climate[d.school]
    d["z"] = 0.3 * d.climate + 0.2 * d.policy + 0.5 * u + rng.normal(size=len(d))
    return d


def of_schools(d: pd.DataFrame) -> pd.DataFrame:
    return d.groupby("school")[["policy", "climate", "x"]].mean().reset_index()


def run(m: Any, y: Any, **options: Any) -> Any:
    given = {"treat": "t", "mediator": "m", "sims": 40, "rng": pm.RStream(1)} | options
    return pm.mediate(m, y, **given)


@pytest.fixture(scope="module")
def d() -> pd.DataFrame:
    return schools()


@pytest.fixture(scope="module")
def fits(d: pd.DataFrame) -> tuple[Any, Any]:
    return R.lmer("m ~ t + x + (1 | school)", d), R.lmer("y ~ t + m + x + (1 + m | school)", d)


def given_by(fit: Any, data: pd.DataFrame, **changed: Any) -> pm.MixedFit:
    (modes,) = R.ranef(fit).values()
    estimates = {
        "fixef": R.fixef(fit),
        "vcov": R.vcov(fit),
        "levels": modes.index,
        "modes": modes,
        "cond_sd": fit.cond_sd,
        "sigma": R.sigma(fit),
    }
    return pm.MixedFit(R.formula(fit), data, **{**estimates, **changed})


def test_mixedlm_is_the_fit_of_lmer(d, fits):
    ours = run(*fits)
    theirs = run(
        smf.mixedlm("m ~ t + x", d, groups="school").fit(),
        smf.mixedlm("y ~ t + m + x", d, groups="school", re_formula="~m").fit(),
    )
    assert theirs.group_name == "school"
    np.testing.assert_allclose(theirs.d0_sims, ours.d0_sims, rtol=0, atol=SAME_MAXIMUM)
    np.testing.assert_allclose(theirs.z1_group, ours.z1_group, rtol=0, atol=SAME_MAXIMUM)


def test_slopes_of_mixedlm_follow_the_treatment_though_only_they_read_a_column(d):
    d = d.assign(hours=d.x + 1)
    own = R.lmer("y ~ t + m + (1 + t:hours | school)", d)
    theirs = smf.mixedlm("y ~ t + m", d, groups="school", re_formula="~t:hours").fit()
    m = R.lmer("m ~ t + (1 | school)", d)
    np.testing.assert_allclose(run(m, theirs).z0, run(m, own).z0, rtol=0, atol=1e-5)


def test_ingredients_in_any_order_and_by_other_names(d, fits):
    expected = run(*fits)
    back = slice(None, None, -1)
    y = fits[1]
    (modes,) = R.ranef(y).values()
    named = R.fixef(y).rename({"(Intercept)": "Intercept"})[back]
    reordered = given_by(
        y,
        d,
        fixef=dict(named),
        vcov=R.vcov(y).to_numpy()[back, back],
        levels=[*modes.index[back], "closed"],
        modes=np.vstack([modes[back], [[9, 9]]]),
        cond_sd=np.vstack([y.cond_sd[back], [[9, 9]]]),
    )
    found = run(given_by(fits[0], d), reordered)
    np.testing.assert_allclose(found.d0_sims, expected.d0_sims, rtol=EXACT)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"fixef": {"(Intercept)": 1.0, "t": 1.0}}, "fixef has .* but the formula has the columns"),
        ({"vcov": np.eye(3)}, "vcov must have"),
        ({"vcov": np.triu(np.ones((4, 4)))}, "not symmetric"),
        ({"levels": range(1, 31)}, "levels lacks 1 of the 30 groups .* '0'"),
        ({"modes": np.zeros((30, 3))}, "modes must have a row per group"),
        ({"cond_sd": -np.ones((30, 2))}, "negative"),
        ({"sigma": None}, "sigma must be the residual standard deviation"),
        ({"cond_sd": np.full((30, 2), np.nan)}, "missing or infinite"),
    ],
)
def test_ingredients_that_do_not_fit(d, fits, changed, words):
    with pytest.raises(pm.PymediationError, match=words):
        given_by(fits[1], d, **changed)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("y ~ t + m + (1 | school) + (1 | policy)", "one grouping column"),
        ("y ~ t + m + (1 | school / policy)", "nested or crossed"),
        ("y ~ t + m", "no random effects"),
        ("y ~ t + m + I(2 * m) + (1 | school)", "combinations of other columns"),
        ("y ~ t + m + (1 | one)", "'one' has one group"),
        ("y ~ t + m + (1 | row)", "600 groups with 1 coefficient each for 600 rows"),
    ],
)
def test_formulas_that_lmer_refuses(d, formula, words):
    with pytest.raises(pm.PymediationError, match=words):
        R.lmer(formula, d.assign(one=1, row=d.index))


def test_units_of_the_columns_do_not_matter(d, fits):
    other = d.assign(m=1e4 * d.m)
    found = R.lmer("y ~ t + m + x + (1 + m | school)", other)
    np.testing.assert_allclose(R.fixef(found)["m"], R.fixef(fits[1])["m"] / 1e4, rtol=SAME_MAXIMUM)
    modes = R.ranef(fits[1])["school"]
    np.testing.assert_allclose(
        R.ranef(found)["school"]["m"], modes["m"] / 1e4, rtol=0, atol=1e-4 * SAME_MAXIMUM
    )
    logit, other = (R.glmer("b ~ t + m + (1 + m | school)", data, family=R.binomial) for data in (d, other))
    np.testing.assert_allclose(other.fit.loglik, logit.fit.loglik, rtol=1e-9)


def test_separation_is_refused(d):
    with pytest.raises(pm.NotEstimableError, match="separate the responses"):
        R.glmer("q ~ t + (1 | school)", d.assign(q=d.t), family=R.binomial)


def test_group_level_mediator_is_drawn_once_per_group(d):
    groups = of_schools(d)
    m = R.lm("climate ~ policy + x", groups)
    y = R.lmer("z ~ policy * climate + x + (1 | school)", d)
    found = run(m, y, treat="policy", mediator="climate", sims=2000)
    assert (found.group_m, found.group_y, found.nobs) == (None, "school", len(d))
    # By hand: the mediator of a group is shared by its pupils; effects are averages over pupils.
    stream = pm.RStream(1)
    a = stream.multivariate_normal(R.coef(m), R.vcov(m), 2000)
    b = stream.multivariate_normal(R.fixef(y), R.vcov(y), 2000)
    np.testing.assert_allclose(found.d0_sims, a[:, 1] * b[:, 2], rtol=0, atol=EXACT)
    np.testing.assert_allclose(found.d1_sims, a[:, 1] * (b[:, 2] + b[:, 4]), rtol=0, atol=EXACT)
    labelled = groups.assign(school=groups.school.map(lambda s: f"s{s:02d}").astype("category"))
    texts = R.lmer(
        "z ~ policy * climate + x + (1 | school)", d.assign(school=d.school.map(lambda s: f"s{s:02d}"))
    )
    again = run(R.lm("climate ~ policy + x", labelled), texts, treat="policy", mediator="climate", sims=2000)
    np.testing.assert_allclose(again.d0_sims, found.d0_sims, rtol=EXACT)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda g: g[g.school > 1], "mediator model lacks '0', '1'\\. A"),
        (lambda g: g.assign(x=g.x.where(g.school != 3)), "lacks '3' \\('3' left out for missing values\\)"),
        (lambda g: pd.concat([g, g.iloc[[0]].assign(school=99)]), "outcome model lacks '99'"),
        (lambda g: g.drop(columns="school"), "no column 'school'"),
    ],
)
def test_groups_that_differ_are_named(d, change, words):
    m = R.lm("climate ~ policy + x", change(of_schools(d)))
    y = R.lmer("z ~ policy + climate + x + (1 | school)", d)
    with pytest.raises(pm.PymediationError, match=words):
        run(m, y, treat="policy", mediator="climate")


def test_groups_that_are_others_in_the_second_table(d):
    groups = of_schools(d)
    wrong = groups.assign(school=groups.school.to_numpy()[::-1])
    y = R.lmer("z ~ policy + climate + x + (1 | school)", d)
    given = {"treat": "policy", "mediator": "climate"}
    words = (
        r"'policy' differs in 30 of 30 groups \(in '\d+' it is .* 'climate' differs in 30 .*groupby\('school'"
    )
    with pytest.raises(pm.DataMismatchError, match=words):
        run(R.lm("climate ~ policy + x", wrong), y, **given)
    with pytest.warns(pm.PymediationWarning, match="R does not look"):
        found = run(R.lm("climate ~ policy + x", wrong), y, **given, compat="R")
    # Linear models do not mind: coefficients are those of the right table.
    expected = run(R.lm("climate ~ policy + x", groups), y, **given)
    np.testing.assert_allclose(found.d0_sims, expected.d0_sims, rtol=EXACT)
    np.testing.assert_allclose(found.z0_group, expected.z0_group, rtol=EXACT)


def test_covariates_that_groups_cannot_have_are_no_difference_between_models(d):
    d = d.sort_values("school", kind="stable").reset_index(drop=True)
    m = R.lm("climate ~ policy", of_schools(d))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(
            m,
            R.lmer("z ~ policy + climate + x + (1 | school)", d),
            treat="policy",
            mediator="climate",
            sims=500,
        )
    size = d.assign(size=d.groupby("school").x.transform("mean"))
    y = R.lmer("z ~ policy + climate + x + size + (1 | school)", size)
    with pytest.warns(pm.PymediationWarning, match="'size' only in the outcome model"):
        run(m, y, treat="policy", mediator="climate")


def test_groups_that_a_table_of_groups_repeats_are_named(d):
    groups = of_schools(d)
    m = R.lm("climate ~ policy + x", pd.concat([groups, groups.head(2)], ignore_index=True))
    y = R.lmer("z ~ policy + climate + x + (1 | school)", d)
    with pytest.raises(pm.DataMismatchError, match="one row for most groups 'school', but more for '0', '1'"):
        run(m, y, treat="policy", mediator="climate")


@pytest.mark.parametrize("term", ["(1 | school)", "(1 + t | school)"])
def test_bars_of_r_in_a_formula_of_patsy(d, fits, term):
    with pytest.raises(
        pm.UnsupportedModelError, match=r"\| school\), which in formulas of patsy .* groups='school'"
    ):
        run(fits[0], smf.ols(f"y ~ t + m + x + {term}", d).fit())
    either = d.assign(one=d.x > 0, other=d.m > 0)
    found = run(
        smf.ols("m ~ t + (one | other)", either).fit(), smf.ols("y ~ t + m + (one | other)", either).fit()
    )
    assert np.isfinite(found.d0)


def test_names_of_groups_alone_are_said_to_differ(d, fits):
    with pytest.warns(pm.CompatibilityWarning, match="naming of groups differs from R's.*gives R's names"):
        run(*fits)
    with pytest.warns(pm.CompatibilityWarning, match="these are R's names of groups.*gives the right ones"):
        run(*fits, compat="R")


def test_rows_in_other_groups_are_named(d, fits):
    moved = d.assign(school=d.school.where(d.index != 5, (d.school + 1) % 30))
    with pytest.raises(pm.DataMismatchError, match="on 1 of 600 rows \\(the first, row 5:"):
        run(R.lmer("m ~ t + x + (1 | school)", moved), fits[1])


def test_ordinary_mediator_of_the_same_rows_beside_a_mixed_outcome(d, fits):
    m = smf.ols("m ~ t + x", d).fit()
    found = run(m, fits[1], sims=500)
    y = given_by(fits[1], d)
    expected = m.params["t"] * (R.fixef(fits[1])["m"] + y.fit.modes[y.rows.grouping.codes, 1].mean())
    assert found.d0 == pytest.approx(expected, abs=4 * found.acme.control.std_error / np.sqrt(500))


def test_many_groups_need_no_memory_for_all_draws(fits, monkeypatch):
    expected = run(*fits)
    whole = storage.zeros_on_file((3, 4))
    monkeypatch.setattr(storage, "_IN_MEMORY", 100)
    monkeypatch.setattr(storage, "_KEPT", 30 * 40 - 1)
    monkeypatch.setattr(storage, "_CHUNK", 1000)
    monkeypatch.setattr(simulation, "_CELLS", 90)  # two or three groups, or draws, at a time
    on_file = storage.zeros_on_file((30, 40))
    assert isinstance(on_file, np.memmap)
    assert not isinstance(whole, np.memmap)
    assert not on_file.any()
    found = run(*fits)
    np.testing.assert_array_equal(found.d0_sims, expected.d0_sims)
    for name in ("d0_group", "z1_ci_group", "n_avg_p_group", "tau_coef_group"):
        np.testing.assert_array_equal(found[name], expected[name])
    assert found.d0_sims_group is None
    assert expected.d0_sims_group.shape == (30, 40)
    seeded, again = run(*fits, rng=7), run(*fits, rng=7, n_jobs=2)
    np.testing.assert_array_equal(seeded.d0_group, again.d0_group)
    monkeypatch.undo()
    np.testing.assert_array_equal(run(*fits, rng=7).d0_group, seeded.d0_group)


def test_a_full_disk_is_told_before_the_work(monkeypatch):
    class Full:
        def write(self, data: bytes) -> int:
            raise OSError(28, "No space left on device")

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *error: object) -> None:
            pass

    monkeypatch.setattr(storage, "_IN_MEMORY", 100)
    monkeypatch.setattr(storage.tempfile, "TemporaryFile", lambda **options: Full())
    with pytest.raises(pm.PymediationError, match=r"1000 groups .* 1 MB: .* TMPDIR"):
        storage.zeros_on_file((1, 1000, 125))


def test_group_out_chooses_between_two_groupings(d, fits):
    y = R.lmer("y ~ t + m + x + (1 | policy)", d)
    assert run(fits[0], y).group_name == "policy"
    assert run(fits[0], y, group_out="school").group_name == "school"
    with pytest.warns(pm.PymediationWarning, match="not the grouping column of either model"):
        assert run(fits[0], y, group_out="class").group_name == "policy"


def test_what_is_refused(d, fits):
    with pytest.raises(pm.UnsupportedModelError, match="vary between groups"):
        run(*fits, boot=True)
    model = BinomialBayesMixedGLM.from_formula("b ~ t + m + x", {"school": "0 + C(school)"}, d)
    variational = model.fit_vb()
    with pytest.raises(pm.UnsupportedModelError, match="correlations of coefficients"):
        run(fits[0], variational)
    # What the refusal says: standard errors are too small, and a joint mode has too little between groups.
    own = R.glmer("b ~ t + m + x + (1 | school)", d, family=R.binomial)
    assert variational.fe_sd[0] < 0.5 * np.sqrt(R.vcov(own).iloc[0, 0])
    assert np.exp(model.fit_map(minim_opts={"maxiter": 5000}).vcp_mean[0]) < 0.7 * own.fit.theta[0]
    nested = smf.mixedlm("y ~ t + m + x", d, groups="school", vc_formula={"p": "0 + C(policy)"}).fit()
    with pytest.raises(pm.UnsupportedModelError, match="variance components"):
        run(fits[0], nested)
    grades = d.assign(m=pd.cut(d.m, [-np.inf, 0.5, 1.5, np.inf], labels=["a", "b", "c"]))
    pair = R.polr("m ~ t + x", grades), R.lmer("y ~ t + m + x + (1 | school)", grades)
    with pytest.raises(pm.UnsupportedModelError, match="draws categories"):
        run(*pair)
    missing = d.assign(x=d.x.where(d.index > 3))
    pair = given_by(fits[0], d), R.lmer("y ~ t + m + x + (1 | school)", missing)
    with pytest.raises(pm.UnsupportedModelError, match="cannot be refitted"):
        run(*pair, dropobs=True)


def test_dropobs_refits_and_leaves_out_groups_without_rows(d):
    missing = d.assign(x=d.x.where(d.school != 7))
    found = run(
        R.lmer("m ~ t + (1 | school)", d), R.lmer("y ~ t + m + x + (1 | school)", missing), dropobs=True
    )
    rest = d[d.school != 7]
    expected = run(R.lmer("m ~ t + (1 | school)", rest), R.lmer("y ~ t + m + x + (1 | school)", rest))
    np.testing.assert_allclose(found.d0_sims, expected.d0_sims, rtol=EXACT)
    assert 7 not in found.groups


def test_singular_fits_are_warned_about(d):
    flat = d.assign(y=d.y - d.groupby("school").y.transform("mean"))
    with pytest.warns(pm.PymediationWarning, match="boundary \\(singular\\) fit"):
        y = R.lmer("y ~ t + m + x + (1 | school)", flat)
    assert R.isSingular(y)
    with pytest.warns(pm.PymediationWarning, match="outcome model .* is singular"):
        found = run(R.lmer("m ~ t + x + (1 | school)", flat), y)
    assert np.ptp(found.d0_group) < EXACT


def test_weights_and_offsets(d):
    weighted = d.assign(w=1.0 + (d.index % 3), o=0.3 * d.t)
    m = R.lmer("m ~ t + x + (1 | school)", weighted, weights="w")
    y = R.glmer("b ~ t + m + x + offset(o) + (1 | school)", weighted, family=R.binomial)
    with pytest.raises(pm.DataMismatchError, match="weights"):
        run(m, y)
    y = R.lmer("y ~ t * m + x + offset(o) + (1 | school)", weighted, weights="w")
    found = run(m, y, compat="fixed")
    shares = weighted.groupby("school").w.sum()[list(found.groups)].to_numpy() / weighted.w.sum()
    assert shares @ found.z0_group == pytest.approx(found.z0, rel=EXACT)


def test_a_transformed_mediator_is_recomputed(d):
    m = R.lmer("m ~ t + x + (1 | school)", d)
    curved = R.lmer("y ~ t + m + I(m^2) + x + (1 + I(m^2) | school)", d)
    assert np.isfinite(run(m, curved).d0)
    twice = R.lmer("y ~ t + m + I(2 * t * m) + x + (1 | school)", d)
    plain = R.lmer("y ~ t * m + x + (1 | school)", d)
    assert run(m, twice, sims=500).d1 == pytest.approx(run(m, plain, sims=500).d1, abs=0.01)


def test_a_factor_treatment_with_a_random_slope(d):
    worded = d.assign(t=d.t.map({0: "no", 1: "yes"}))
    formulas = ("m ~ t + x + (1 + t | school)", "y ~ t + m + x + (1 | school)")
    found = run(*(R.lmer(f, worded) for f in formulas), control_value="no", treat_value="yes")
    expected = run(*(R.lmer(f, d) for f in formulas))
    np.testing.assert_allclose(found.d0_sims, expected.d0_sims, rtol=EXACT)


def test_results_by_group(d, fits):
    found = run(*fits)
    table = found.to_frame("group")
    assert table.index.names == ["effect", "group"]
    assert table.loc[("ACME", 3), "estimate"] == found.group(3).acme.treated.estimate
    assert found["d0_ci_group"].shape == (30, 2)
    assert found["tau_sims_group"].shape == (30, 40)
    with pytest.raises(pm.UnknownNameError, match="no group 30"):
        found.group(30)
    with pytest.raises(pm.ArgumentError, match="'group'"):
        found.to_frame("school")
    with pytest.raises(pm.ArgumentError, match="byeffect"):
        found.summary(output="by")
    short = run(*fits, long=False)
    assert short.d0_sims_group is None
    assert "d0_sims_group" not in short
    np.testing.assert_array_equal(short.d0_group, found.d0_group)
    copy = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(copy.d0_sims_group, found.d0_sims_group)
    assert str(copy.summary(output="bygroup")) == str(found.summary(output="bygroup"))
    for output in ("default", "byeffect", "bygroup"):
        assert "<table" in found.summary(output=output)._repr_html_()


@pytest.mark.parametrize("family", ["lm", "glm"])
def test_plots_by_group(d, fits, family):
    import matplotlib.pyplot as plt

    y = fits[1] if family == "lm" else R.glmer("b ~ t + m + x + (1 | school)", d, family=R.binomial)
    found = run(fits[0], y)
    axes = found.plot(group_plots=True)
    titles = (
        ["ACME", "ADE"]
        if family == "lm"
        else [f"{e} ({a})" for e in ("ACME", "ADE") for a in ("control", "treated")]
    )
    assert [ax.get_title() for ax in axes[1:]] == [*titles, "Total Effect"]
    last = axes[-1]
    assert [label.get_text() for label in last.get_yticklabels()] == [str(group) for group in found.groups]
    drawn = [line for line in last.lines if line.get_label() == "_treated"]
    np.testing.assert_allclose([line.get_xdata()[1] for line in drawn], found.tau_coef_group)
    np.testing.assert_allclose([line.get_ydata()[1] for line in drawn], np.arange(30, 0, -1))
    low, high = last.get_xlim()
    assert low <= min(0, found.tau_ci_group.min())
    assert high >= max(0, found.tau_ci_group.max())
    assert len(found.plot(group_plots=True, treatment="control")) == 4
    with pytest.raises(pm.ArgumentError, match=r"there are \d plots"):
        found.plot(group_plots=True, ax=[axes[0]])
    plt.close("all")


def test_plots_of_many_groups_are_sorted_and_some_are_named():
    import matplotlib.pyplot as plt

    many = schools(J=130, size=5)
    fits = R.lmer("m ~ t + x + (1 | school)", many), R.lmer("y ~ t + m + x + (1 + m | school)", many)
    found = run(*fits)
    acme = found.plot(group_plots=True)[1]
    (dots,) = (line for line in acme.lines if line.get_marker() == ".")
    np.testing.assert_array_equal(dots.get_xdata(), np.sort(found.d1_group))
    ends = np.concatenate([lines.get_segments() for lines in acme.collections])[:, :, 0]
    np.testing.assert_allclose(np.sort(ends[:, 0]), np.sort(found.d1_ci_group[:, 0]))
    clear = np.sum((found.d1_ci_group[:, 0] > 0) | (found.d1_ci_group[:, 1] < 0))
    assert [len(lines.get_segments()) for lines in acme.collections] == [clear, 130 - clear]
    named = {
        label.get_text(): tick for label, tick in zip(acme.get_yticklabels(), acme.get_yticks(), strict=True)
    }
    assert 40 < len(named) <= 60
    for name, y in named.items():
        assert dots.get_xdata()[int(y) - 1] == found.group(int(name)).acme.treated.estimate
    assert max(named.values()) == 130
    plt.close("all")


def test_no_warning_without_a_reason(d):
    ordered = d.sort_values("school", kind="stable").reset_index(drop=True)
    fits = R.lmer("m ~ t + x + (1 | school)", ordered), R.lmer("y ~ t + m + x + (1 | school)", ordered)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(*fits, sims=500)


def test_sensitivity_is_refused(d, fits):
    with pytest.raises(pm.UnsupportedModelError):
        pm.medsens(run(*fits))


def test_helpers_of_the_dialect(d, fits):
    m, y = fits
    assert R.coef(y)["school"].loc["3", "m"] == R.fixef(y)["m"] + R.ranef(y)["school"].loc["3", "m"]
    np.testing.assert_allclose(R.predict(y), R.fitted(y))
    np.testing.assert_allclose(R.predict(y, d.head(3)), R.fitted(y)[:3])
    without = R.predict(y, d.head(3), re_form=R.NA)
    np.testing.assert_allclose(without, R.model_matrix(y).to_numpy()[:3] @ R.fixef(y))
    with pytest.raises(pm.DataMismatchError, match="no group '77'"):
        R.predict(y, d.head(1).assign(school=77))
    with pytest.raises(pm.ArgumentError, match="REML=False"):
        R.deviance(m)
    assert R.confint(m).loc["t", "2.5 %"] < R.fixef(m)["t"]
    assert "Number of obs: 600, groups:  school, 30" in str(R.summary(m))
    assert set(mixed_cases.CASES) >= {"lmer_lmer"}
