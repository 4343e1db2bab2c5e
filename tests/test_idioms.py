"""What R scripts do around ``mediate``: in the dialect and in plain statsmodels, with the same numbers."""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from idioms import CLOSED_FORM, EFFECTS, SAME, SIMS, assert_same, dialect, frame, plain

import pymediation.r as R
from pymediation.errors import CompatibilityWarning, PymediationWarning, UnknownNameError

# The same arithmetic in R, stored with 15 digits.
R_NUMBERS = {"rtol": 1e-10, "atol": 1e-12}

BY_HAND = json.loads((Path(__file__).parent / "r" / "idioms.json").read_text(encoding="utf-8"))

pytestmark = pytest.mark.filterwarnings("ignore:sims=:pymediation.PymediationWarning")


@pytest.fixture(scope="module")
def d():
    return frame()


# A script on one stream -----------------------------------------------------------------------------------

SCRIPT = """
from pymediation.r import *
set_seed(20240112)
n = 120
x = rbinom(n, 1, 0.5)
a = rnorm(n)
g = sample(["lo", "mid", "hi"], n, replace=TRUE)
m = 0.5 * x + 0.3 * a + rnorm(n)
y = 0.4 * x + 0.6 * m + 0.2 * a + rnorm(n)
w = runif(n, 0.5, 1.5)
k = rpois(n, exp(0.2 * m))
fm = lm("m ~ x + a")
fy = lm("y ~ x + m + a")
one = mediate(fm, fy, 60, treat="x", mediator="m")
two = mediate(fm, fy, 60, treat="x", mediator="m")
three = mediate(fm, fy, 60, TRUE, treat="x", mediator="m")
after = runif(1)
"""


@pytest.fixture(scope="module")
def script():
    names = {}
    exec(SCRIPT, names)
    return names


def test_script_makes_the_data_of_r(script):
    for name, total in BY_HAND["sums"].items():
        assert script[name].sum() == pytest.approx(total, rel=R_NUMBERS["rtol"])
    assert {level: script["g"].count(level) for level in ("hi", "lo", "mid")} == BY_HAND["g"]
    for fit, values in BY_HAND["coef"].items():
        np.testing.assert_allclose(R.coef(script[fit]), values, **R_NUMBERS)


@pytest.mark.parametrize(("result", "number"), [("one", 0), ("two", 1), ("three", None)])
def test_script_goes_on_with_the_stream_of_its_data(script, result, number):
    expected = BY_HAND["boot"] if number is None else BY_HAND["quasi_bayes"][number]
    for name, value in expected.items():
        np.testing.assert_allclose(np.asarray(script[result][name]), value, err_msg=name, **R_NUMBERS)


def test_script_leaves_the_stream_where_r_does(script):
    assert script["after"][0] == pytest.approx(BY_HAND["after"], rel=R_NUMBERS["rtol"])
    normals = 60 * (3 + 4 + 120)  # coefficients of both models, errors of the mediator
    words = script["two"].stream.position - script["one"].stream.position
    assert words == 2 * normals  # R's inversion spends two words on a normal


def test_second_call_continues_and_a_new_seed_starts_over(d):
    fits = R.lm("m ~ x + a", d), R.lm("y ~ x + m + a", d)
    first = dialect(*fits)
    second = R.mediate(*fits, treat="x", mediator="m", sims=SIMS)
    assert second.d0 != first.d0
    assert dialect(*fits).d0 == first.d0


# The fifteen idioms ---------------------------------------------------------------------------------------


def test_base_case(d):
    R.set_seed(1)
    fm = R.lm("m ~ x + a", data=d)
    fy = R.lm("y ~ x + m + a", data=d)
    res = R.mediate(fm, fy, treat="x", mediator="m", sims=1e3)
    same = plain(smf.ols("m ~ x + a", d).fit(), smf.ols("y ~ x + m + a", d).fit(), sims=1000)
    assert_same(res, same)
    assert str(R.summary(res)) == str(same.summary())
    assert res.sims == 1000


@pytest.mark.parametrize("kind", ["perc", "bca"])
@pytest.mark.filterwarnings("ignore::pymediation.CompatibilityWarning")
def test_seed_then_bootstrap(d, kind):
    R.set_seed(42)
    fm, fy = R.lm("m ~ x + a", d), R.lm("y ~ x + m + a", d)
    res = R.mediate(fm, fy, boot=R.TRUE, boot_ci_type=kind, sims=1000, treat="x", mediator="m")
    fits = smf.ols("m ~ x + a", d).fit(), smf.ols("y ~ x + m + a", d).fit()
    same = plain(*fits, seed=42, boot=True, boot_ci_type=kind, sims=1000, compat="R")
    assert_same(res, same)
    assert f"with the {'BCa' if kind == 'bca' else 'Percentile'} Method" in str(R.summary(res))


def test_bca_of_r_is_announced_as_wrong(d):
    fits = R.lm("m ~ x + a", d), R.lm("y ~ x + m + a", d)
    with pytest.warns(CompatibilityWarning, match=r"R's number.*compat='fixed' gives the right one"):
        dialect(*fits, boot=True, boot_ci_type="bca", sims=1000)


PROBIT = sm.families.Binomial(sm.families.links.Probit())


@pytest.mark.parametrize(
    ("spelling", "same"),
    [
        (R.binomial, sm.families.Binomial()),
        (R.binomial(), sm.families.Binomial()),
        ("binomial", sm.families.Binomial()),
        (R.binomial(link=R.logit), sm.families.Binomial()),
        (R.binomial(link="logit"), sm.families.Binomial()),
        (R.binomial("probit"), PROBIT),
        (R.binomial(R.probit), PROBIT),
    ],
)
def test_binary_outcome(d, spelling, same):
    res = dialect(R.lm("m ~ x + a", d), R.glm("b ~ x + m + a", data=d, family=spelling))
    fits = smf.ols("m ~ x + a", d).fit(), smf.glm("b ~ x + m + a", d, family=same).fit()
    assert_same(res, plain(*fits))
    assert len(res.to_frame()) == 10


def test_binary_outcome_by_the_discrete_models(d):
    med_fit = smf.ols("m ~ x + a", d).fit()
    res = dialect(R.lm("m ~ x + a", d), R.glm("b ~ x + m + a", R.binomial("probit"), d))
    # Newton-Raphson stops elsewhere than reweighted least squares, by less than anyone prints.
    other = plain(med_fit, smf.probit("b ~ x + m + a", d).fit(disp=0))
    np.testing.assert_allclose([other[e] for e in EFFECTS], [res[e] for e in EFFECTS], rtol=1e-5)


@pytest.mark.parametrize("boot", [False, True])
def test_factor_treatment_with_named_levels(d, boot):
    levels = {"treat": "arm", "control_value": "placebo", "treat_value": "drug", "boot": boot}
    res = dialect(R.lm("m ~ arm + a", d), R.lm("y ~ arm + m + a", d), **levels)
    text = d.assign(arm=d["arm"].astype(str))
    for data, term in ((d, "arm"), (d, "C(arm)"), (text, "C(arm, levels=['placebo', 'drug'])")):
        fits = smf.ols(f"m ~ {term} + a", data).fit(), smf.ols(f"y ~ {term} + m + a", data).fit()
        assert_same(res, plain(*fits, **levels))
    assert_same(res, dialect(R.lm("m ~ x + a", d), R.lm("y ~ x + m + a", d), boot=boot))


def test_treatment_by_mediator(d):
    res = dialect(R.lm("m ~ x + a", d), R.lm("y ~ x * m + a", d))
    assert res.INT
    assert "ACME (treated)" in str(R.summary(res))
    assert_same(res, plain(smf.ols("m ~ x + a", d).fit(), smf.ols("y ~ x * m + a", d).fit()))


@pytest.mark.parametrize("boot", [False, True])
def test_moderated_mediation(d, boot):
    low = R.mean(d.w) - R.sd(d.w)
    fm, fy = R.lm("m ~ x * w", data=d), R.lm("y ~ x * w + m * w", data=d)
    res = dialect(fm, fy, covariates=dict(w=low), boot=boot)
    fits = smf.ols("m ~ x * w", d).fit(), smf.ols("y ~ x * w + m * w", d).fit()
    assert_same(res, plain(*fits, covariates={"w": d["w"].mean() - d["w"].std()}, boot=boot))
    if boot:
        alpha, beta = R.coef(fm), R.coef(fy)
        effect = (alpha["x"] + alpha["x:w"] * low) * (beta["m"] + beta["w:m"] * low)
        assert res.d0 == pytest.approx(effect, rel=CLOSED_FORM)


def benjamini_hochberg(p):
    order = np.argsort(p)[::-1]
    stepped = np.minimum.accumulate(np.asarray(p)[order] * len(p) / np.arange(len(p), 0, -1))
    return np.minimum(stepped, 1)[np.argsort(order)]


def test_loop_over_triples_with_adjusted_p_values(d):
    rows, same, covs = [], [], "g"
    for x, m, y in itertools.product(["x", "b"], ["m", "a"], ["y", "w"]):
        fm = R.lm(R.as_formula(R.paste(m, "~", x, "+", covs)), d)
        fy = R.lm(f"{y} ~ {m} + {x} + {covs}", d)
        r = dialect(fm, fy, treat=x, mediator=m, sims=100)
        rows.append(dict(m=m, acme=r.d0, lo=r.d0_ci[0], hi=r.d0_ci[1], p=r.d0_p))
        fits = smf.ols(f"{m} ~ {x} + {covs}", d).fit(), smf.ols(f"{y} ~ {m} + {x} + {covs}", d).fit()
        same.append(plain(*fits, treat=x, mediator=m, sims=100))
    out = pd.DataFrame(rows)
    out["q"] = R.p_adjust(out.p, "fdr")
    np.testing.assert_allclose(out.acme, [r.d0 for r in same], **SAME)
    np.testing.assert_allclose(out[["lo", "hi"]], [list(r.d0_ci) for r in same], **SAME)
    np.testing.assert_allclose(out.q, benjamini_hochberg([r.d0_p for r in same]), rtol=CLOSED_FORM)
    assert out.q.nunique() > 2
    tables = pd.concat([r.to_frame() for r in same], keys=range(len(same)))
    np.testing.assert_allclose(tables.xs("ACME", level=1)["estimate"], out.acme, **SAME)


@pytest.fixture(scope="module")
def res(d):
    return dialect(R.lm("m ~ x + a", d), R.glm("b ~ x * m + a", "binomial", d), conf_level=0.9)


def test_components_by_name_on_result_and_summary(res):
    s = R.summary(res)
    names = {f"{e.removesuffix('_coef')}{part}" for e in EFFECTS for part in ("_ci", "_p", "_sims")}
    assert names | set(EFFECTS) <= set(res.keys()) == set(s.keys())
    for name in res:
        np.testing.assert_equal(np.asarray(getattr(s, name)), np.asarray(getattr(res, name)))
    assert s.tau_p == res["tau_p"] == res.total.p_value
    assert (res.d_avg, res.d_avg_ci) == (res.acme.estimate, res.acme.average.ci)
    assert R.sd(res.d0_sims) == pytest.approx(res.acme.control.std_error)
    for owner in (res, s):
        with pytest.raises(UnknownNameError, match="Did you mean 'd_avg'"):
            owner["d.avg"]


def test_intervals_are_taken_apart(res):
    lower, upper = res.d0_ci
    assert (res.d0_ci[0], res.d0_ci[1]) == (lower, upper) == (res.d0_ci["5%"], res.d0_ci["95%"])
    assert (res.acme.control.lower, res.acme.control.upper) == (lower, upper)
    np.testing.assert_allclose(R.quantile(res.d0_sims, [0.05, 0.95]), [lower, upper], rtol=CLOSED_FORM)
    with pytest.raises(IndexError, match=r"R's ci\[2\] is .upper"):
        res.d0_ci[2]


def test_table_by_hand(res):
    frame = res.to_frame()
    printed = str(R.summary(res)).splitlines()
    for row in frame.itertuples():
        line = next(line for line in printed if line.startswith(row.Index))
        numbers = [float(part) for part in line.removeprefix(row.Index).split()[:3]]
        np.testing.assert_allclose(numbers, [row.estimate, row.lower, row.upper], atol=5e-5)
    assert frame.columns.tolist() == ["estimate", "std_error", "lower", "upper", "p_value", "mc_error"]


def test_plot(res):
    for drawable in (res, R.summary(res)):
        ax = R.plot(drawable, main="Mediation", col="blue", xlab="Effect", xlim=[-1, 1], cex=1.2)
        assert (ax.get_title(), ax.get_xlabel(), ax.get_xlim()) == ("Mediation", "Effect", (-1, 1))
        before = len(ax.lines)
        ax.axvline(0.2)  # R's abline(v = 0.2)
        assert len(ax.lines) == before + 1
    with pytest.warns(PymediationWarning, match="without effect here: 'foo'"):
        R.plot(res, foo=1)


@pytest.mark.parametrize("boot", [False, True])
def test_standardise_first(d, boot):
    e = d.copy()
    e["m"] = R.scale(e["m"])
    by_hand = d.assign(m=(d["m"] - d["m"].mean()) / d["m"].std())
    res = dialect(R.lm("m ~ x + a", e), R.lm("y ~ x + m + a", e), boot=boot)
    assert_same(
        res, plain(smf.ols("m ~ x + a", by_hand).fit(), smf.ols("y ~ x + m + a", by_hand).fit(), boot=boot)
    )
    whole = R.scale(d[["x", "a", "m", "y"]])
    np.testing.assert_allclose(whole.std(), 1, rtol=CLOSED_FORM)
    centred = R.scale(d["w"], scale=False)
    np.testing.assert_allclose(centred, d["w"] - d["w"].mean(), atol=CLOSED_FORM)
    assert centred.index.equals(d.index)


def test_complete_cases_first(d):
    gaps = d.assign(m=d["m"].where(d.index % 10 != 3), y=d["y"].where(d.index % 15 != 7)).iloc[::-1]
    e = R.na_omit(gaps[["x", "m", "y", "a"]])
    assert e.equals(gaps[["x", "m", "y", "a"]][R.complete_cases(gaps[["x", "m", "y", "a"]])])
    formulas = "m ~ x + a", "y ~ x + m + a"
    res = dialect(*(R.lm(formula, e) for formula in formulas))
    assert_same(res, plain(*(smf.ols(formula, e.dropna()).fit() for formula in formulas)))
    assert res.nobs == 125
    shuffled = e.sample(frac=1, random_state=1)  # rows are matched by their labels
    mixed = dialect(R.lm(formulas[0], e), R.lm(formulas[1], shuffled))
    np.testing.assert_allclose([mixed[name] for name in EFFECTS], [res[name] for name in EFFECTS], **SAME)


@pytest.mark.parametrize("boot", [False, True])
def test_continuous_treatment_at_two_quantiles(d, boot):
    q = R.quantile(d.w, [0.25, 0.75])
    fm, fy = R.lm("m ~ w + a", d), R.lm("y ~ w + m + a", d)
    res = dialect(fm, fy, treat="w", control_value=q[0], treat_value=q[1], boot=boot)
    low, high = np.quantile(d["w"], [0.25, 0.75])
    fits = smf.ols("m ~ w + a", d).fit(), smf.ols("y ~ w + m + a", d).fit()
    assert_same(res, plain(*fits, treat="w", control_value=low, treat_value=high, boot=boot))
    if boot:
        assert res.d0 == pytest.approx((high - low) * R.coef(fm)["w"] * R.coef(fy)["m"], rel=CLOSED_FORM)
