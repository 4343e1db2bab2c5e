"""Formulas, names and spellings of R scripts: in the dialect and in plain statsmodels, the same numbers."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from idioms import SAME, SIMS, assert_same, dialect, frame, plain

import pymediation as pm
import pymediation.r as R
from pymediation.errors import ArgumentError, FormulaError, PymediationWarning, UnknownArgumentError

pytestmark = [
    pytest.mark.filterwarnings("ignore:sims=:pymediation.PymediationWarning"),
    # compat="fixed" in both spellings: the numbers that differ from R's are the subject of other tests.
    pytest.mark.filterwarnings("ignore::pymediation.CompatibilityWarning"),
]
BOTH = pytest.mark.parametrize("boot", [False, True], ids=["quasi-bayes", "boot"])


@pytest.fixture(scope="module")
def d():
    data = frame()
    names = {"med.score": "m", "treat.arm": "x", "3-indoxyl": "m", "my treat": "x", "ärger": "m", "治疗": "x"}
    return data.assign(pos=np.exp(data["a"]), **{new: data[old] for new, old in names.items()})


# R's formulas, the same for patsy, and the roles.
FORMULAS = {
    "dots": (
        ("med.score ~ treat.arm + a", "y ~ treat.arm * med.score + a"),
        ("Q('med.score') ~ Q('treat.arm') + a", "y ~ Q('treat.arm') * Q('med.score') + a"),
        ("treat.arm", "med.score"),
    ),
    "backticks": (
        ("`3-indoxyl` ~ `my treat` + a", "y ~ `my treat` + `3-indoxyl` + a"),
        ("Q('3-indoxyl') ~ Q('my treat') + a", "y ~ Q('my treat') + Q('3-indoxyl') + a"),
        ("my treat", "3-indoxyl"),
    ),
    "alphabets": (("ärger ~ 治疗 + a", "y ~ 治疗 + ärger + a"), None, ("治疗", "ärger")),
    "no intercept": (("m ~ x + a - 1", "y ~ 0 + x + m + a"), None, ("x", "m")),
    "one": (("m ~ 1 + x + a", "y ~ 1 + x + m + a"), None, ("x", "m")),
    "colon": (("m ~ x + a + x:a", "y ~ x + m + a + x:m"), None, ("x", "m")),
    "star": (("m ~ x * a", "y ~ x * m + x * a"), None, ("x", "m")),
    "factor": (
        ("m ~ x + factor(g)", "y ~ x + m + as.factor(g)"),
        ("m ~ x + g", "y ~ x + m + C(g)"),
        ("x", "m"),
    ),
    "log": (
        ("m ~ x + log(pos) + sqrt(w)", "y ~ x + m + log(pos) + sqrt(pos) + exp(w)"),
        ("m ~ x + np.log(pos) + np.sqrt(w)", "y ~ x + m + np.log(pos) + np.sqrt(pos) + np.exp(w)"),
        ("x", "m"),
    ),
    "I": (
        ("m ~ x + a + I(a^2)", "y ~ x + m + I(m^2) + I(x * m) + a"),
        ("m ~ x + a + I(a ** 2)", "y ~ x + m + I(m ** 2) + I(x * m) + a"),
        ("x", "m"),
    ),
    "scale": (
        ("m ~ x + scale(a)", "y ~ x + scale(m) + scale(a, scale = FALSE)"),
        ("m ~ x + scale(a, ddof=1)", "y ~ x + scale(m, ddof=1) + center(a)"),
        ("x", "m"),
    ),
}


@BOTH
@pytest.mark.parametrize("name", FORMULAS)
def test_formulas(d, name, boot):
    texts, patsy, (treat, mediator) = FORMULAS[name]
    options = {"treat": treat, "mediator": mediator, "boot": boot}
    res = dialect(*(R.lm(text, d) for text in texts), **options, compat="fixed")
    assert_same(res, plain(*(smf.ols(text, d).fit() for text in patsy or texts), **options))


@BOTH
def test_dot_is_every_other_column(d, boot):
    e = d[["x", "a", "m", "y"]]
    res = dialect(R.lm("m ~ .", e.drop(columns="y")), R.lm("y ~ .", e), boot=boot)
    assert_same(res, plain(smf.ols("m ~ x + a", e).fit(), smf.ols("y ~ x + a + m", e).fit(), boot=boot))


@BOTH
def test_orthogonal_polynomials(d, boot, monkeypatch):
    texts = "m ~ x + poly(a, 2)", "y ~ x + poly(m, 2) + poly(a, 2)"
    res = dialect(*(R.lm(text, d) for text in texts), boot=boot, compat="fixed")
    monkeypatch.setattr("statsmodels.formula.options.formula_engine", "formulaic")  # patsy has no poly()
    assert_same(res, plain(*(smf.ols(text, d).fit() for text in texts), boot=boot))
    if boot:  # the same curve in powers
        powers = R.lm("m ~ x + a + I(a^2)", d), R.lm("y ~ x + m + I(m^2) + a + I(a^2)", d)
        assert res.d0 == pytest.approx(dialect(*powers, boot=True).d0, rel=SAME["rtol"])


@BOTH
@pytest.mark.parametrize("name", ["factor(x)", "as.factor(x)"])
def test_treatment_named_by_its_factor_expression(d, name, boot):
    texts = f"m ~ {name} + a", f"y ~ {name} + m + a"
    base = dialect(R.lm("m ~ x + a", d), R.lm("y ~ x + m + a", d), boot=boot)
    for treat in (name, "x"):
        assert_same(dialect(*(R.lm(text, d) for text in texts), treat=treat, boot=boot), base)
    fits = (smf.ols(text.replace(name, "C(x)"), d).fit() for text in texts)
    assert_same(plain(*fits, treat="C(x)", boot=boot), base)


@BOTH
def test_mediator_named_by_its_scaled_expression(d, boot):
    data = d.assign(s=5 * d["m"] + 7)
    texts = "scale(s) ~ x + a", "y ~ x + scale(s) + a"
    res = dialect(*(R.lm(text, data) for text in texts), mediator="scale(s)", boot=boot)
    ready = data.assign(s=R.scale(data["s"]))
    fits = R.lm("s ~ x + a", ready), R.lm("y ~ x + s + a", ready)
    assert_same(res, dialect(*fits, mediator="s", boot=boot))
    patsy = (smf.ols(text.replace("scale(s)", "scale(s, ddof=1)"), data).fit() for text in texts)
    assert_same(res, plain(*patsy, mediator="s", boot=boot))


@BOTH
def test_binary_mediator_named_by_its_factor_expression(d, boot):
    named = R.glm("factor(b) ~ x + a", R.binomial, d), R.lm("y ~ x + factor(b) + a", d)
    numbers = R.glm("b ~ x + a", R.binomial, d), R.lm("y ~ x + b + a", d)
    assert_same(dialect(*named, mediator="factor(b)", boot=boot), dialect(*numbers, mediator="b", boot=boot))


@BOTH
def test_weights(d, boot):
    texts = "m ~ x + a", "y ~ x + m + a"
    res = dialect(*(R.lm(text, d, weights="w") for text in texts), boot=boot)
    assert_same(res, dialect(*(R.lm(text, d, weights=d["w"]) for text in texts), boot=boot))
    assert_same(res, plain(*(smf.wls(text, d, weights=d["w"]).fit() for text in texts), boot=boot))


@BOTH
def test_subset(d, boot):
    texts = "m ~ x + a", "y ~ x + m + a"
    res = dialect(*(R.lm(text, d, subset="g == 'lo' & w > 0.6") for text in texts), boot=boot)
    rows = (d["g"] == "lo") & (d["w"] > 0.6)
    assert_same(res, dialect(*(R.lm(text, d, subset=rows) for text in texts), boot=boot))
    assert_same(res, plain(*(smf.ols(text, d[rows]).fit() for text in texts), boot=boot))
    assert res.nobs == rows.sum()


@BOTH
def test_offset(d, boot):
    data = d.assign(k=np.floor(np.exp(d["y"] / 3)))
    fm = R.lm("m ~ x + a", data)
    inside = R.glm("k ~ x + m + a + offset(log(w))", R.poisson, data)
    beside = R.glm("k ~ x + m + a", R.poisson, data, offset=np.log(data["w"]))
    res = dialect(fm, inside, boot=boot, compat="fixed")
    assert_same(res, dialect(fm, beside, boot=boot, compat="fixed"))
    model = smf.glm("k ~ x + m + a", data, family=sm.families.Poisson(), offset=np.log(data["w"]))
    assert_same(res, plain(smf.ols("m ~ x + a", data).fit(), model.fit(), boot=boot))


@BOTH
def test_variables_of_the_workspace(d, boot):
    x, m, y, a = (d[name].to_numpy() for name in ("x", "m", "y", "a"))
    fits = R.lm("m ~ x + a"), R.lm("y ~ x + m + a")
    in_data = R.lm("m ~ x + a", d), R.lm("y ~ x + m + a", d)
    assert_same(dialect(*fits, boot=boot), dialect(*in_data, boot=boot))
    assert len(x) == len(m) == len(y) == len(a) == 150


@BOTH
def test_matrix_of_covariates(d, boot):
    W = np.column_stack([d["a"], d["w"]])
    fits = R.lm("m ~ x + W", d), R.lm("y ~ x + m + W", d)
    columns = R.lm("m ~ x + a + w", d), R.lm("y ~ x + m + a + w", d)
    assert W.shape == (150, 2)
    assert R.coef(fits[0]).index.tolist() == ["(Intercept)", "x", "W1", "W2"]
    assert_same(dialect(*fits, boot=boot), dialect(*columns, boot=boot))


def test_formulas_put_together(d):
    names = ["x", "med.score", "a"]
    texts = [
        "y ~ x + med.score + a",
        R.as_formula(R.paste("y ~", R.paste(names, collapse=" + "))),
        R.reformulate(names, response="y"),
        R.paste0("y", "~", R.paste0(names, collapse="+")),
    ]
    coefficients = [R.coef(R.lm(text, d)) for text in texts]
    assert all(one.equals(coefficients[0]) for one in coefficients)


def test_names_in_variables_and_positional_order(d):
    treat, mediator = "treat.arm", "med.score"
    for sims, boot in ((SIMS, False), (6e1, True)):
        fm, fy = R.lm(f"{mediator} ~ {treat}", d), R.lm(f"y ~ {treat} + {mediator}", d)
        R.set_seed(1)
        by_position = R.mediate(fm, fy, sims, boot, "perc", treat, mediator)
        R.set_seed(1)
        by_name = R.mediate(model_m=fm, model_y=fy, sims=SIMS, boot=boot, treat=treat, mediator=mediator)
        assert_same(by_position, by_name)
        assert by_position.sims == SIMS
    weighted = R.lm("m ~ x", d, d["w"] > 0.7, d["w"]), R.glm("b ~ x", R.binomial, d, None, d["w"] > 0.7)
    assert [R.nobs(fit) for fit in weighted] == [(d["w"] > 0.7).sum()] * 2


@pytest.mark.parametrize("short", [{"sim": SIMS}, {"med": "m"}, {"covar": {"a": 0.0}}, {"boot_c": "perc"}])
def test_abbreviated_arguments(d, short):
    fits = R.lm("m ~ x + a", d), R.lm("y ~ x + m + a", d)
    ((name, value),) = short.items()
    full = {
        "sim": "sims",
        "med": "mediator",
        "covar": "covariates",
        "boot_c": "boot_ci_type",
    }[name]
    given = {key: v for key, v in {"treat": "x", "mediator": "m", "sims": SIMS}.items() if key != full}
    R.set_seed(1)
    with pytest.warns(PymediationWarning, match=f"`{name}` is taken as `{full}`. Write the name out"):
        res = R.mediate(*fits, **given, **short)
    assert_same(res, dialect(*fits, **given, **{full: value}))
    with pytest.raises(UnknownArgumentError, match=f"no argument '{name}'.*Did you mean '{full}'"):
        pm.mediate(*fits, **given, **short)


def test_data_of_the_package():
    framing = R.data("framing", package="mediation")
    assert R.nrow(framing) == R.nrow(R.data("framing")) == 265
    pd.testing.assert_frame_equal(framing, pm.datasets.load_framing())
    framing["emo"] = 0  # each call returns a fresh copy
    assert R.data("framing")["emo"].nunique() > 1


def test_small_functions_prepare_data(d):
    e = d.copy()
    e["high"] = R.ifelse(e.w > R.median(e.w), 1, 0)
    e["group"] = R.relevel(R.factor(e.g, labels=["H", "L", "M"]), ref="L")
    e["code"] = R.as_numeric(e.group)
    assert R.table(e.high).tolist() == [75, 75]
    assert R.levels(e.group) == ["L", "H", "M"]
    assert (e.code == e.g.map({"lo": 1, "hi": 2, "mid": 3})).all()
    res = dialect(R.lm("m ~ high + group", e), R.lm("y ~ high + m + group", e), treat="high")
    group = pd.Categorical(d["g"], categories=["lo", "hi", "mid"])
    ready = d.assign(high=(d["w"] > d["w"].median()).astype(int), group=group)
    fits = smf.ols("m ~ high + group", ready).fit(), smf.ols("y ~ high + m + group", ready).fit()
    assert_same(res, plain(*fits, treat="high"))


def test_models_are_looked_at_first(d):
    fit = R.glm("b ~ x + m", R.binomial, d)
    table = R.coef(R.summary(fit))
    assert table.columns.tolist() == ["Estimate", "Std. Error", "z value", "Pr(>|z|)"]
    same = smf.logit("b ~ x + m", d).fit(disp=0)
    np.testing.assert_allclose(table["Estimate"], same.params, rtol=1e-6)
    assert "Coefficients:" in str(R.summary(fit))
    assert "Residual Deviance:" in str(fit)
    assert R.nobs(fit) == 150


@pytest.mark.parametrize(
    "fit",
    [
        lambda d: R.lm("y ~ x + m", d),
        lambda d: R.polr("k ~ x + m", d.assign(k=pd.qcut(d["y"], 3))),
        lambda d: R.rq("y ~ x + m", data=d),
        lambda d: R.survreg("Surv(exp(y)) ~ x + m", d),
        lambda d: R.vglm("y ~ x + m", R.tobit(), d),
    ],
)
@pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")
def test_coefficients_are_a_component_of_every_fit(d, fit):
    found = fit(d)
    assert found.coefficients["m"] == R.coef(found)["m"]
    assert str(found).lstrip().startswith("Call:")


def test_what_cannot_be_ported_is_refused_with_the_rewrite(d):
    for text in ("d$y ~ d$x", "d[, 2] ~ d[, 1]"):
        with pytest.raises(FormulaError, match=r'write lm\("y ~ x", d\) instead'):
            R.lm(text)
    fits = R.lm("m ~ x + a", d), R.lm("y ~ x + m + a", d)
    for treat in ("d$x", "d[, 1]", "d[['x']]"):
        with pytest.raises(ArgumentError, match="give the name of the column"):
            dialect(*fits, treat=treat)
