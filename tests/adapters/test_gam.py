"""GLMGam of statsmodels as mediator and outcome model, and the control column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from people import ols, quietly
from statsmodels.gam.api import BSplines, CyclicCubicSplines, GLMGam

import pymediation as pm
from pymediation.adapters import adapt
from pymediation.engine.resamples import resample_counts

# The same numbers by other arithmetic.
ROUNDING = 1e-9
# Where two programs stop: both when the deviance settles to 1e-8.
STOPPING = 1e-5
SIMS = 60

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def people(n: int = 240) -> pd.DataFrame:
    g = np.random.default_rng(11)
    d = pd.DataFrame({"t": g.integers(0, 2, n).astype(float), "x": g.normal(size=n)})
    d["m"] = 0.7 * d.t + 0.4 * d.x + g.normal(size=n)
    d["y"] = np.sin(d.m) + 0.3 * d.t * d.m + 0.3 * d.t + 0.2 * d.x + 0.5 * g.normal(size=n)
    d["yb"], d["c"] = (d.y > 0.2).astype(float), 1 - d.t
    d["count"] = g.poisson(np.exp(0.3 * d.t + 0.5 * np.sin(d.x))).astype(float)
    d["arm"], d["group"] = np.where(d.t == 1, "drug", "placebo"), g.choice(["a", "b", "c"], n)
    d["m_t"], d["m_c"], d["w"] = d.m * d.t, d.m * d.c, g.uniform(0.5, 2, n)
    return d


d = people()
TRIALS = d.assign(k=np.arange(len(d)) % 6, f=5 - np.arange(len(d)) % 6)


def gam(
    formula: str = "y ~ t + x",
    smooth: tuple[str, ...] = ("m",),
    data: pd.DataFrame = d,
    fit: dict[str, Any] | None = None,
    **options: Any,
) -> Any:
    smoother = options.pop("smoother", None)
    if smoother is None:
        smoother = BSplines(data[list(smooth)], df=[8] * len(smooth), degree=[3] * len(smooth))
    settings = {"alpha": 2.0, **options}
    model = GLMGam.from_formula(formula, data=data, smoother=smoother, **settings)
    return quietly(lambda: model.fit(**(fit or {})))


def mediate(model_y: Any, model_m: Any = None, **options: Any) -> Any:
    settings = {"treat": "t", "mediator": "m", "boot": True, "sims": SIMS, "rng": pm.RStream(1), **options}
    return pm.mediate(ols("m ~ t + x", d) if model_m is None else model_m, model_y, **settings)


DESIGNS: dict[str, Callable[[], Any]] = {
    "one smooth": gam,
    "a factor before": lambda: gam("y ~ t + C(group) + x"),
    "two smooths, two penalties": lambda: gam("y ~ t", ("m", "x"), alpha=[3.0, 0.5]),
    "products": lambda: gam(smooth=("m_t", "m_c")),
    "binomial": lambda: gam("yb ~ t", ("x", "m"), family=sm.families.Binomial()),
    "probit": lambda: gam("yb ~ t", family=sm.families.Binomial(sm.families.links.Probit())),
    "cyclic": lambda: gam(smoother=CyclicCubicSplines(d[["m"]], df=[7])),
    "cyclic, centred": lambda: gam(smoother=CyclicCubicSplines(d[["m"]], df=[7], constraints="center")),
    "with an intercept": lambda: gam(
        smoother=BSplines(d[["m"]], df=[8], degree=[3], include_intercept=[True])
    ),
    "functions between equal knots": lambda: gam(
        "y ~ t", ("p",), d.assign(p=np.where(d.t * (d.group == "a") == 1, d.m.abs(), 0.0))
    ),
    "offset": lambda: gam(offset=0.1 * d.x),
    "weights": lambda: gam(var_weights=d.w, fit={"weights": d.w.to_numpy()}),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_designs_and_estimates_are_those_of_the_fit(name: str) -> None:
    result = DESIGNS[name]()
    fitted = adapt(result, "outcome", ("t", "m"))
    predictor = result.model.exog @ np.asarray(result.params)
    np.testing.assert_allclose(fitted.X @ fitted.fit.coef, predictor, rtol=0, atol=STOPPING)
    assert not fitted.fit.aliased.any()
    assert fitted.kind.coefficients is None


# Knots wide enough that the library predicts at every mediator drawn.
WIDE = {"lower_bound": -9.0, "upper_bound": 9.0}
BRUTE: dict[str, tuple[str, tuple[str, ...], Any, str | None]] = {
    "one smooth": ("y ~ t + x", ("m",), None, None),
    "interaction in the linear part": ("y ~ t * m", ("x",), None, None),
    "smooths by arm": ("y ~ t + x", ("m_t", "m_c"), None, None),
    "smooths by arm, control named": ("y ~ t + x", ("m_t", "m_c"), None, "c"),
    "binomial": ("yb ~ t", ("x", "m"), sm.families.Binomial(), None),
}


def wide(formula: str, smooth: tuple[str, ...], family: Any, rows: Any, knots: Any = None) -> Any:
    """Fit to rows of the data, with knots from outside their range; the same ones when `knots` are given."""
    part = d.iloc[rows].reset_index(drop=True)
    kwds = [WIDE] * len(smooth) if knots is None else [{"all_knots": one} for one in knots]
    smoother = BSplines(part[list(smooth)], df=[8] * len(smooth), degree=[3] * len(smooth), knot_kwds=kwds)
    return gam(formula, smoother=smoother, data=part, family=family)


def by_hand(model_y: Any, model_m: Any, errors: Any) -> dict[str, float]:
    """Average the library's own predictions with treatment and mediator set."""
    sd, cells = np.sqrt(model_m.scale), {}
    m = {t: model_m.predict(d.assign(t=float(t))).to_numpy() + sd * errors for t in (0, 1)}
    for t in (0, 1):
        for s in (0, 1):
            frame = d.assign(t=float(t), c=1.0 - t, m=m[s], m_t=m[s] * t, m_c=m[s] * (1 - t))
            smooth = frame[list(model_y.model.smoother.variable_names)].to_numpy()
            cells[t, s] = float(np.mean(model_y.predict(frame, exog_smooth=smooth)))
    arms = {f"d{t}": cells[t, 1] - cells[t, 0] for t in (0, 1)}
    return arms | {f"z{s}": cells[1, s] - cells[0, s] for s in (0, 1)}


@pytest.mark.parametrize("name", BRUTE)
def test_the_bootstrap_is_that_done_by_hand(name: str) -> None:
    formula, smooth, family, control = BRUTE[name]
    every = np.arange(len(d))
    outcome = wide(formula, smooth, family, every)
    done = mediate(outcome, sims=3, control=control)
    stream = pm.RStream(1)
    counts = np.concatenate([block[1] for block in resample_counts(stream, len(d), 3, None)])
    rows = [every, *(np.repeat(every, count) for count in counts), every]
    knots = [one.knots for one in outcome.model.smoother.smoothers]
    found = [
        by_hand(
            wide(formula, smooth, family, part, knots),
            ols("m ~ t + x", d.iloc[part]),
            stream.normal(0.0, 1.0, size=len(d)),
        )
        for part in rows
    ]
    for effect in ("d0", "d1", "z0", "z1"):
        assert done[effect] == pytest.approx(found[-1][effect], abs=STOPPING)
        replicates = [one[effect] for one in found[1:-1]]
        np.testing.assert_allclose(done[f"{effect}_sims"], replicates, rtol=0, atol=STOPPING)
    assert (name != "one smooth") == done.INT


def test_a_smooth_mediator_model_is_drawn_around_its_mean() -> None:
    """With a linear outcome the effects are the product of coefficients, whatever is drawn."""
    model_m = gam("m ~ t", ("x",))
    model_y = ols("y ~ t + m + x", d)
    done = mediate(model_y, model_m)
    assert done.d0 == pytest.approx(model_m.params["t"] * model_y.params["m"], abs=ROUNDING)
    counts = gam("count ~ t", ("x",), family=sm.families.Poisson())
    outcome = ols("y ~ t + count + x", d)
    many = mediate(outcome, counts, mediator="count", sims=400)
    means = [counts.predict(d.assign(t=t), exog_smooth=d[["x"]].to_numpy()).mean() for t in (0.0, 1.0)]
    expected = (means[1] - means[0]) * outcome.params["count"]
    assert abs(np.mean(many.d0_sims) - expected) < 4 * np.std(many.d0_sims) / np.sqrt(20)


def test_a_smooth_without_the_mediator_leaves_the_fast_way() -> None:
    """An outcome that is linear in the mediator: the effect is exact."""
    model_y, model_m = gam("y ~ t + m", ("x",)), ols("m ~ t + x", d)
    done = mediate(model_y, model_m)
    assert done.d0 == pytest.approx(model_m.params["t"] * model_y.params["m"], abs=ROUNDING)
    assert not done.INT


def test_mediators_beyond_the_knots_follow_a_straight_line() -> None:
    """Shifted far out, the mediator's effect is the slope at the boundary times the shift."""
    result = gam(alpha=50.0)
    fitted = adapt(result, "outcome", ("t", "m"))
    top, step = d.m.max(), 1e-4

    def predictor(m: float) -> float:
        return float((fitted.design.matrix(fitted.frame.assign(m=m)) @ fitted.fit.coef)[0])

    smooth = result.model.smoother
    frame = d.iloc[[0]].assign(m=top)
    inside = [result.predict(frame, exog_smooth=np.array([[m]])).iloc[0] for m in (top, top - step)]
    slope = (inside[0] - inside[1]) / step
    assert smooth.x.max() == top
    # A backward difference of a function with a curvature of order one.
    assert predictor(top + 5) == pytest.approx(predictor(top) + 5 * slope, abs=50 * step)


def test_control_moves_against_the_treatment() -> None:
    """Without an intercept the control group can have its own constant: only control= moves it."""
    formula = "y ~ 0 + t + c + x"
    with pytest.warns(pm.PymediationWarning, match="'c' of the outcome model is determined by the treatment"):
        wrong = mediate(gam(formula))
    right = mediate(gam(formula), control="c")
    usual = mediate(gam("y ~ t + x"))
    for effect in ("d0", "d1", "z0", "z1"):
        assert right[effect] == pytest.approx(usual[effect], abs=ROUNDING)
    assert abs(wrong.z0 - usual.z0) > 0.05


def test_control_of_a_factor_treatment() -> None:
    other = d.assign(other=np.where(d.t == 1, "placebo", "drug"))
    values = {"treat": "arm", "control_value": "placebo", "treat_value": "drug"}
    model_m = ols("m ~ arm + x", other)
    named = mediate(gam("y ~ 0 + C(other) + x:C(arm)", data=other), model_m, **values, control="other")
    usual = mediate(gam("y ~ arm * x", data=other), model_m, **values)
    assert named.z0 == pytest.approx(usual.z0, abs=ROUNDING)


MISUSES: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "simulation": (
        lambda: mediate(gam(), boot=False),
        pm.UnsupportedModelError,
        "cannot be simulated from.*Set boot=True",
    ),
    "mediator simulated": (
        lambda: mediate(ols("y ~ t + m", d), gam("m ~ t", ("x",)), boot=False),
        pm.UnsupportedModelError,
        "mediator model .*GLMGam.* Set boot=True",
    ),
    "array": (
        lambda: mediate(gam(smoother=BSplines(d[["m"]].to_numpy(), df=[8], degree=[3]))),
        pm.UnsupportedModelError,
        r"without column names.*BSplines\(d\[\['m'\]\]",
    ),
    "scaled mediator": (
        lambda: mediate(gam("y ~ t + m", ("x", "lm"), data=d.assign(lm=np.exp(d.m)))),
        pm.UnsupportedModelError,
        "'lm', which rises and falls with 'm'",
    ),
    "weights that the fit left out": (
        lambda: mediate(gam(var_weights=d.w)),
        pm.UnsupportedModelError,
        r"fit\(weights=w\)",
    ),
    "successes and failures": (
        lambda: mediate(gam("k + f ~ t", data=TRIALS, family=sm.families.Binomial())),
        pm.UnsupportedModelError,
        "one row per trial",
    ),
    "unknown control": (lambda: mediate(gam(), control="cc"), pm.UnknownNameError, "control='cc'"),
    "control is the treatment": (lambda: mediate(gam(), control="t"), pm.ArgumentError, "is the treatment"),
    "control of other values": (
        lambda: mediate(gam("y ~ 0 + t + k", data=d.assign(k=5 + d.c)), control="k"),
        pm.ArgumentError,
        "cannot be set to",
    ),
    "linear product with the smoothed": (
        lambda: mediate(by_columns(["t", "m_t"])),
        pm.UnsupportedModelError,
        "'m_t' in its linear part",
    ),
    "no linear part": (
        lambda: mediate(by_columns(None)),
        pm.UnsupportedModelError,
        "no linear part",
    ),
}


def by_columns(linear: list[str] | None, smooth: str = "m") -> Any:
    exog = None if linear is None else sm.add_constant(d[linear])
    return quietly(lambda: GLMGam(d.y, exog, BSplines(d[smooth], df=[8], degree=[3]), alpha=2.0).fit())


@pytest.mark.parametrize("name", MISUSES)
def test_what_cannot_be_used_is_refused(name: str) -> None:
    call, error, message = MISUSES[name]
    with pytest.raises(error, match=message):
        quietly(call)


def test_other_smoothers_and_classes_are_refused_by_name() -> None:
    from statsmodels.gam.generalized_additive_model import LogitGam
    from statsmodels.gam.smooth_basis import PolynomialSmoother

    polynomial = gam(smoother=PolynomialSmoother(d[["m"]], degrees=[3]))
    with pytest.raises(pm.UnsupportedModelError, match="BSplines and CyclicCubicSplines"):
        mediate(polynomial)
    splines = BSplines(d[["m"]], df=[8], degree=[3])
    logit = quietly(lambda: LogitGam(d.yb, splines, alpha=[1.0]).fit(disp=0))
    with pytest.raises(pm.UnsupportedModelError, match=r"LogitGam.*GLMGam with family"):
        mediate(logit)


def test_a_penalty_changed_after_the_fit_is_noticed() -> None:
    result = gam()
    result.model.alpha = [5000.0]
    with pytest.raises(pm.UnsupportedModelError, match="cannot be reproduced"):
        mediate(result)


def test_data_changed_after_the_fit_are_noticed() -> None:
    data = people()
    result = gam(data=data)
    data["m"] = data.m + 0.1
    with pytest.raises(pm.DataMismatchError, match="changed after the fit"):
        mediate(result)


def test_columns_and_formula_agree() -> None:
    left, right = mediate(by_columns(["t", "x"])), mediate(gam())
    assert left.d0 == pytest.approx(right.d0, abs=ROUNDING)


def test_repeated_rows_and_missing_values() -> None:
    times = np.random.default_rng(4).integers(1, 3, len(d)).astype(float)
    options = {"freq_weights": times, "fit": {"weights": times}}
    model_m = quietly(lambda: smf.glm("m ~ t + x", d, freq_weights=times).fit())
    long = d.loc[d.index.repeat(times.astype(int))].reset_index(drop=True)
    knots = [{"all_knots": BSplines(d[["m"]], df=[8], degree=[3]).smoothers[0].knots}]
    smoother = BSplines(long[["m"]], df=[8], degree=[3], knot_kwds=knots)
    left = mediate(gam(**options), model_m)
    right = mediate(gam(data=long, smoother=smoother), smf.glm("m ~ t + x", long).fit())
    assert left.d1 == pytest.approx(right.d1, abs=ROUNDING)
    lost = d.assign(x=d.x.where(d.index != 7))
    kept = lost.dropna()
    smoother = BSplines(kept[["m"]], df=[8], degree=[3])
    left = mediate(gam(data=lost, smoother=smoother), ols("m ~ t + x", lost))
    right = mediate(gam(data=kept, smoother=smoother), ols("m ~ t + x", kept))
    assert left.d1 == right.d1


def test_control_without_an_additive_outcome_is_ignored() -> None:
    with pytest.warns(pm.PymediationWarning, match="control='c' is ignored"):
        mediate(ols("y ~ t + m + x", d), gam("m ~ t", ("x",)), control="c")


def test_bca_intervals() -> None:
    done = mediate(gam(), boot_ci_type="bca")
    assert done.d0_ci.lower < done.d0 < done.d0_ci.upper
