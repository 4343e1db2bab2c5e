"""Every way to write one model gives one result: libraries, formulas, columns, codings, names."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from people import BINOMIAL, SIMS, glm, mediate, ols, people, quietly

import pymediation as pm
import pymediation.r as R
from pymediation.errors import PymediationWarning

# The same model in other columns: rounding of a least-squares or scoring fit, amplified by its condition.
ROUNDING = 1e-9

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")

d = people()
X, XY = sm.add_constant(d[["t", "x"]]), sm.add_constant(d[["t", "m", "x"]])


def assert_same(left: Any, right: Any, tolerance: float = 0.0) -> None:
    """Require equal draws of all effects."""
    for name in ("d0_sims", "d1_sims", "z0_sims", "z1_sims"):
        np.testing.assert_allclose(left[name], right[name], rtol=0, atol=tolerance)


@contextmanager
def engine(name: str) -> Iterator[None]:
    """Read formulas with another library."""
    import statsmodels.formula

    before = statsmodels.formula.options.formula_engine
    statsmodels.formula.options.formula_engine = name
    try:
        yield
    finally:
        statsmodels.formula.options.formula_engine = before


POISSON = sm.families.Poisson
OUTCOMES: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "Logit": (lambda: smf.logit("yb ~ t + m + x", d).fit(disp=0), lambda: glm("yb ~ t + m + x", d)),
    "Probit": (
        lambda: smf.probit("yb ~ t + m + x", d).fit(disp=0),
        lambda: glm("yb ~ t + m + x", d, BINOMIAL(sm.families.links.Probit())),
    ),
    "Poisson": (
        lambda: smf.poisson("yc ~ t + m + x", d).fit(disp=0),
        lambda: glm("yc ~ t + m + x", d, POISSON()),
    ),
    "Poisson with exposure": (
        lambda: smf.poisson("yc ~ t + m + x", d, exposure=d.w).fit(disp=0),
        lambda: glm("yc ~ t + m + x", d, POISSON(), exposure=d.w),
    ),
    "offset": (
        lambda: glm("yc ~ t + m + x", d, POISSON(), offset=np.log(d.w)),
        lambda: glm("yc ~ t + m + x", d, POISSON(), exposure=d.w),
    ),
    "WLS of ones": (
        lambda: smf.wls("y ~ t + m + x", d, weights=np.ones(len(d))).fit(),
        lambda: ols("y ~ t + m + x", d),
    ),
    "columns": (lambda: sm.OLS(d.y, XY).fit(), lambda: ols("y ~ t + m + x", d)),
    "columns with a response of one column": (
        lambda: sm.OLS(d[["y"]], XY).fit(),
        lambda: ols("y ~ t + m + x", d),
    ),
    "columns of a GLM": (
        lambda: sm.GLM(d.yb, XY, family=BINOMIAL()).fit(),
        lambda: glm("yb ~ t + m + x", d),
    ),
    "products as columns": (
        lambda: sm.OLS(d.y, XY.assign(tm=d.t * d.m, mm=d.m**2)).fit(),
        lambda: sm.OLS(d.y, XY.assign(p=d.t * d.m, q=d.m**2)).fit(),
    ),
    "nullable numbers": (
        lambda: ols("y ~ t + m + x", d.astype({"t": "Int64", "x": "Float64"})),
        lambda: ols("y ~ t + m + x", d),
    ),
    "dialect": (lambda: R.lm("y ~ t + m + x", d), lambda: ols("y ~ t + m + x", d)),
    "dialect of a GLM": (
        lambda: R.glm("yb ~ t + m + x", R.binomial, d),
        lambda: glm("yb ~ t + m + x", d),
    ),
}


@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.parametrize("name", OUTCOMES)
def test_one_outcome_model_written_twice(name: str, boot: bool) -> None:
    one, other = (mediate(d, model_y=fit(), boot=boot) for fit in OUTCOMES[name])
    assert_same(one, other, ROUNDING)


def test_mediator_model_of_columns() -> None:
    for response in (d.m, d[["m"]]):
        assert_same(mediate(d, sm.OLS(response, X).fit()), mediate(d), ROUNDING)


def test_products_of_columns_are_interactions() -> None:
    columns = sm.OLS(d.y, XY.assign(tm=d.t * d.m, mm=d.m**2)).fit()
    formula = ols("y ~ t + m + x + t:m + I(m**2)", d)
    by_columns, by_formula = (mediate(d, model_y=fit, sims=4000) for fit in (columns, formula))
    assert by_columns.INT
    assert by_formula.INT
    # Columns are taken in the order given, so that draws differ: five Monte Carlo errors.
    for name in ("d0", "d1", "z0", "z1"):
        error = np.std(by_formula[f"{name}_sims"]) / np.sqrt(4000)
        assert abs(by_columns[name] - by_formula[name]) < 5 * np.sqrt(2) * error


FORMULAS = {
    "factors": ("m ~ t * group + x", "y ~ t * group + m + x"),
    "transforms": ("m ~ t + center(x) + np.log(w)", "y ~ t + m + center(x) + np.log(w)"),
    "spline": ("m ~ t + bs(x, df=4)", "y ~ t + m + bs(x, df=4)"),
    "square": ("m ~ t", "y ~ t * m + I(m**2)"),
}


@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.parametrize("name", FORMULAS)
def test_formulaic_equals_patsy(name: str, boot: bool) -> None:
    pytest.importorskip("formulaic")
    with engine("formulaic"):
        new = [ols(formula, d) for formula in FORMULAS[name]]
    old = [ols(formula, d) for formula in FORMULAS[name]]
    left, right = (mediate(d, *fits, boot=boot, rng=pm.RStream(2)) for fits in (new, old))
    assert_same(left, right, ROUNDING)


CODED = d.assign(
    logical=d.mb == 1,
    factor=pd.Categorical(np.where(d.mb, "yes", "no"), categories=["no", "yes"]),
    text=np.where(d.mb, "yes", "no"),
    string=pd.Series(np.where(d.mb, "yes", "no"), dtype="string"),
)


@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.parametrize("coding", ["logical", "factor", "text", "string"])
def test_codings_of_a_binary_mediator(coding: str, boot: bool) -> None:
    def run(name: str) -> Any:
        fits = glm(f"{name} ~ t + x", CODED), glm(f"yb ~ t + {name} + x", CODED)
        return mediate(CODED, *fits, mediator=name, boot=boot, rng=pm.RStream(1))

    # The order of columns is R's: numbers and the one column of a two-level factor stand at the same place.
    assert_same(run(coding), run("mb"), ROUNDING)


def test_reversed_factor_is_another_event_with_the_same_effect() -> None:
    data = d.assign(factor=pd.Categorical(np.where(d.mb, "yes", "no"), categories=["yes", "no"]))
    reversed_ = mediate(data, glm("factor ~ t", data), "y ~ t + factor", mediator="factor", sims=4000)
    plain = mediate(data, glm("mb ~ t", data), "y ~ t + mb", mediator="mb", sims=4000)
    error = np.std(plain.d0_sims) / np.sqrt(4000)
    assert abs(reversed_.d0 - plain.d0) < 5 * np.sqrt(2) * error


@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.parametrize(
    ("mediator", "outcome", "named"),
    [
        ("scale(m)", "scale(m)", "scale(m)"),
        ("scale(m)", "scale(m)", "m"),
        ("center(m)", "standardize(m)", "m"),
    ],
)
def test_units_of_the_mediator_do_not_matter(mediator: str, outcome: str, named: str, boot: bool) -> None:
    result = mediate(d, f"{mediator} ~ t + x", f"y ~ t + {outcome} + x", mediator=named, boot=boot)
    assert_same(result, mediate(d, "m ~ t + x", f"y ~ t + {outcome} + x", boot=boot), ROUNDING)
    if boot:  # the square root of a covariance, and with it simulated draws, depends on the units of columns
        assert_same(result, mediate(d, boot=True), ROUNDING)


def test_units_of_the_mediator_in_the_dialect() -> None:
    fits = R.lm("scale(m) ~ t + x", d), R.lm("y ~ t + scale(m) + x", d)
    same = R.lm("m ~ t + x", d), fits[1]
    assert_same(mediate(d, *fits, mediator="scale(m)", compat="R"), mediate(d, *same), ROUNDING)


def test_robust_fit_in_other_units() -> None:
    scaled = smf.ols("scale(m) ~ t + x", d).fit(cov_type="HC1")
    plain = smf.ols("m ~ t + x", d).fit(cov_type="HC1")
    outcome = "y ~ t + scale(m) + x"
    assert_same(mediate(d, scaled, outcome), mediate(d, plain, outcome), ROUNDING)


TREATMENTS = d.assign(
    logical=d.t == 1,
    factor=pd.Categorical(d.arm, categories=["placebo", "drug"]),
    string=d.arm.astype("string"),
)


@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.parametrize(
    ("name", "term"),
    [
        ("logical", "logical"),
        ("logical", "C(logical)"),
        ("factor", "factor"),
        ("t", "C(t)"),
        ("C(t)", "C(t)"),
    ],
)
def test_codings_of_the_treatment(name: str, term: str, boot: bool) -> None:
    values = {"control_value": "placebo", "treat_value": "drug"} if name == "factor" else {}
    result = mediate(
        TREATMENTS,
        f"m ~ {term} + x",
        f"y ~ {term} + m + x",
        treat=name,
        boot=boot,
        rng=pm.RStream(1),
        **values,
    )
    assert_same(result, mediate(d, boot=boot, rng=pm.RStream(1)), ROUNDING)


@pytest.mark.parametrize("coding", ["arm", "string", "C(arm)"])
def test_levels_are_sorted(coding: str) -> None:
    # 'drug' comes before 'placebo': the default comparison is turned round.
    name = coding.removeprefix("C(").removesuffix(")")
    run = {"model_m": f"m ~ {coding} + x", "model_y": f"y ~ {coding} + m + x", "treat": name, "boot": True}
    default = mediate(TREATMENTS, **run)
    chosen = mediate(TREATMENTS, **run, control_value="placebo", treat_value="drug")
    np.testing.assert_allclose(default.d0_sims, -chosen.d0_sims, rtol=0, atol=ROUNDING)
    assert_same(chosen, mediate(d, boot=True), ROUNDING)


@pytest.mark.parametrize(("low", "high"), [(1, 3), ("1", "3"), (1.0, np.int64(3))])
def test_codes_that_a_formula_treats_as_levels(low: Any, high: Any) -> None:
    coded = mediate(d, "m ~ C(cond)", "y ~ C(cond) + m", treat="cond", control_value=low, treat_value=high)
    named = mediate(d, "m ~ group", "y ~ group + m", treat="group", control_value="a", treat_value="c")
    assert_same(coded, named)


RENAMED = d.rename(columns={"y": "out.enc", "x": "my x", "m": "med.score", "t": "treat grp"})


@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.parametrize("named", [("treat grp", "med.score"), ('Q("treat grp")', "Q('med.score')")])
def test_names_with_spaces_and_dots(named: tuple[str, str], boot: bool) -> None:
    fits = (
        'Q("med.score") ~ Q("treat grp") + Q("my x")',
        'Q("out.enc") ~ Q("treat grp") + Q("med.score") + Q("my x")',
    )
    result = mediate(RENAMED, *fits, treat=named[0], mediator=named[1], boot=boot, covariates={"my x": 1})
    assert_same(result, mediate(d, boot=boot, covariates={"x": 1}))


def test_names_of_columns_with_spaces_and_dots() -> None:
    exog = sm.add_constant(RENAMED[["treat grp", "med.score", "my x"]])
    fits = (
        sm.OLS(RENAMED["med.score"], exog.drop(columns="med.score")).fit(),
        sm.OLS(RENAMED["out.enc"], exog).fit(),
    )
    assert_same(mediate(d, *fits, treat="treat grp", mediator="med.score"), mediate(d))


@pytest.mark.parametrize("covariates", [{"group": "b"}, {"C(group)": "b"}, pd.Series({"group": "b"})])
def test_covariates_are_held(covariates: Any) -> None:
    formulas = "m ~ t * group + x", "y ~ t * group + m + x"
    held = mediate(d, *formulas, covariates=covariates)
    columns = {"group": ["b"] * len(d)}
    assert_same(held, mediate(d, *formulas, covariates=columns))
    assert_same(held, mediate(d, *formulas, covariates=pd.DataFrame({"group": ["b"]})))
    assert abs(held.z_avg - mediate(d, *formulas).z_avg) > ROUNDING


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
def test_robust_covariance_chosen_at_the_fit(kind: str) -> None:
    # statsmodels and R define these kinds alike for least squares.
    fits = smf.ols("m ~ t + x", d).fit(cov_type=kind), smf.ols("y ~ t + m + x", d).fit(cov_type=kind)
    at_fit = mediate(d, *fits)
    assert_same(at_fit, mediate(d, robustSE=True, type=kind), ROUNDING)
    for role in ("Mediator", "Outcome"):
        assert f"({role} model: {kind} covariance, as it was fitted)" in str(at_fit.summary())
    assert "covariance" not in str(mediate(d).summary())


def test_cluster_covariance_chosen_at_the_fit() -> None:
    options: dict[str, Any] = {"cov_type": "cluster", "cov_kwds": {"groups": d.site}}
    fits = smf.ols("m ~ t + x", d).fit(**options), smf.ols("y ~ t + m + x", d).fit(**options)
    at_fit = mediate(d, *fits)
    assert_same(at_fit, mediate(d, cluster="site"), ROUNDING)
    assert "(Mediator model: cluster covariance, as it was fitted)" in str(at_fit.summary())


def test_robust_results_of_a_fit() -> None:
    fit = smf.ols("m ~ t + x", d).fit()
    assert_same(
        mediate(d, fit.get_robustcov_results("HC3")), mediate(d, smf.ols("m ~ t + x", d).fit(cov_type="HC3"))
    )


@pytest.mark.parametrize("boot", [False, True])
def test_two_columns_of_counts_as_outcome(boot: bool) -> None:
    # Successes and failures weigh in the fit, not in the averages over rows: R's trials.
    counts = d.assign(k=np.random.default_rng(3).binomial(5, 1 / (1 + np.exp(-d.m))))
    counts = counts.assign(failures=5 - counts.k)
    two = mediate(d, model_y=glm("k + failures ~ t + m + x", counts), boot=boot)
    dialect = mediate(d, model_y=R.glm("cbind(k, failures) ~ t + m + x", R.binomial, counts), boot=boot)
    assert_same(two, dialect, ROUNDING)


def inputs() -> dict[str, Callable[[pd.DataFrame], Any]]:
    """Return calls that take every way through the data."""
    return {
        "plain": lambda f: mediate(f),
        "bootstrap": lambda f: mediate(f, boot=True, strata="site"),
        "factors": lambda f: mediate(
            f, "m ~ arm + group", "y ~ arm + m + group", treat="arm", covariates={"group": "a"}
        ),
        "cluster": lambda f: mediate(f, cluster="site", dropobs=True),
        "units": lambda f: mediate(f, "scale(m) ~ t + x", "y ~ t + scale(m) + x"),
        "dropped rows": lambda f: mediate(f, "m ~ t + late", "y ~ t + m", dropobs=True),
        "frequencies": lambda f: mediate(
            f,
            *(
                glm(formula, f, sm.families.Gaussian(), freq_weights=f.cond)
                for formula in ("m ~ t", "y ~ t + m")
            ),
        ),
        "binary": lambda f: mediate(
            f, glm("arm ~ x + group", f), "y ~ group + arm + x", treat="group", mediator="arm"
        ),
        "dialect": lambda f: mediate(f, R.lm("m ~ t + x", f), R.glm("yb ~ t + m + x", R.binomial, f)),
        "R's defects": lambda f: mediate(f, "y ~ t + m + x", "m ~ t + x", compat="R"),
    }


@pytest.mark.parametrize("name", inputs())
def test_inputs_are_not_modified(name: str) -> None:
    frame = d.assign(late=d.x.where(d.x > -1)).astype({"group": "category"})
    before = copy.deepcopy(frame)
    inputs()[name](frame)
    pd.testing.assert_frame_equal(frame, before, check_exact=True)
    assert frame.columns.tolist() == before.columns.tolist()


def test_models_are_not_modified() -> None:
    fits = ols("m ~ t + x", d), quietly(lambda: smf.logit("yb ~ t + m + x", d).fit(disp=0))
    before = [(fit.params.copy(), fit.model.exog.copy(), fit.model.endog.copy()) for fit in fits]
    mediate(d, *fits)
    mediate(d, *fits, boot=True)
    for fit, (params, exog, endog) in zip(fits, before, strict=True):
        pd.testing.assert_series_equal(fit.params, params, check_exact=True)
        np.testing.assert_array_equal(fit.model.exog, exog)
        np.testing.assert_array_equal(fit.model.endog, endog)


def test_other_columns_of_the_frame_may_change_after_the_fit() -> None:
    frame = d.copy()
    fits = ols("m ~ t + x", frame), ols("y ~ t + m + x", frame)
    frame["new"] = 1
    frame["site"] = 0
    assert_same(mediate(frame, *fits), mediate(d))


ROLES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # name: mediator model, outcome model, effects that are exactly zero in R
    "swapped": ("y ~ t + m + x", "m ~ t + x", ("d0", "d1")),
    "treatment as outcome": ("m ~ t + x", "t ~ m + x", ("z0", "z1")),
}


@pytest.mark.parametrize("name", ROLES)
@pytest.mark.parametrize("boot", [False, True])
def test_r_number_of_models_in_other_roles(name: str, boot: bool) -> None:
    model_m, model_y, zero = ROLES[name]
    result = mediate(d, model_m, model_y, boot=boot, compat="R", rng=pm.RStream(1))
    for effect in zero:
        assert np.max(np.abs(result[f"{effect}_sims"])) < ROUNDING
    assert abs(result.tau_coef) > ROUNDING


def test_r_number_of_another_response() -> None:
    # R draws whatever the mediator model describes and calls it the mediator.
    wrong = mediate(d, "scale(m) ~ t + x", compat="R")
    right = mediate(d)
    np.testing.assert_allclose(wrong.d0_sims * d.m.std(ddof=0), right.d0_sims, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(wrong.z0_sims, right.z0_sims, rtol=0, atol=ROUNDING)


def test_dispersion_makes_a_quasi_family() -> None:
    # scale="X2" estimates a dispersion: standard errors are multiplied by its root.
    quasi = mediate(d, model_y=smf.glm("yc ~ t + m + x", d, family=POISSON()).fit(scale="X2"))
    plain = mediate(d, model_y=glm("yc ~ t + m + x", d, POISSON()))
    dialect = mediate(d, model_y=R.glm("yc ~ t + m + x", R.quasipoisson, d))
    assert_same(quasi, dialect)
    assert np.std(quasi.z0_sims) != np.std(plain.z0_sims)


@pytest.mark.filterwarnings("ignore:The Power link function")
def test_any_power_is_a_link() -> None:
    """With mean η³ and a normal mediator effects have a closed form: E(a + bM)³, from three moments."""
    rng = np.random.default_rng(5)
    n = 400
    data = pd.DataFrame({"t": rng.integers(0, 2, n) * 1.0}).assign(m=lambda f: f.t + rng.normal(size=n))
    data["y"] = (2 + 0.2 * data.t + 0.1 * data.m) ** 3 + rng.normal(size=n)
    third = sm.families.Gaussian(sm.families.links.Power(1 / 3), check_link=False)
    fit_m, fit_y = smf.ols("m ~ t", data).fit(), smf.glm("y ~ t + m", data, family=third).fit()
    result = pm.mediate(fit_m, fit_y, 1000, treat="t", mediator="m", rng=2)

    def mean(t: float, s: float) -> float:
        slope = fit_y.params["m"]
        at = (
            fit_y.params["Intercept"]
            + fit_y.params["t"] * t
            + slope * fit_m.predict(pd.DataFrame({"t": [s]}))[0]
        )
        return float(at**3 + 3 * at * slope**2 * fit_m.scale)

    for name, value in {"d1": mean(1, 1) - mean(1, 0), "z0": mean(1, 0) - mean(0, 0)}.items():
        # Five standard errors of a mean over draws, and curvature of the second order.
        assert abs(result[name] - value) < (5 / np.sqrt(1000) + 0.1) * np.std(result[f"{name}_sims"])
    lowest = sm.families.Gaussian(sm.families.links.Power(-0.5), check_link=False)
    refused = smf.glm("y ~ t + m", data.assign(y=lambda f: f.y.clip(1)), family=lowest).fit()
    with pytest.raises(pm.UnsupportedModelError, match=r"outcome model has the link Power.* Power above 0"):
        pm.mediate(fit_m, refused, treat="t", mediator="m")


def test_separation_warnings_of_statsmodels_do_not_reach_the_user() -> None:
    data = d.assign(separated=(d.x > 0).astype(int))
    fit = glm("separated ~ t + m + x", data)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        mediate(data, model_y=fit, sims=SIMS)
    assert {warning.category for warning in found} == {PymediationWarning}


def test_a_dialect_mediator_of_counts_is_refused_as_such() -> None:
    rng = np.random.default_rng(1)
    data = pd.DataFrame(
        {"wins": rng.integers(0, 4, 60), "t": rng.integers(0, 2, 60), "y": rng.normal(size=60)}
    )
    data["losses"] = 4 - data["wins"]
    fits = R.glm("cbind(wins, losses) ~ t", R.binomial, data), R.lm("y ~ t + wins", data)
    with pytest.raises(pm.UnsupportedModelError, match="two-column response"):
        pm.mediate(*fits, treat="t", mediator="wins", sims=600, rng=1)
