"""The path diagram: its numbers against the fitted models, and what is drawn."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from matplotlib.axes import Axes
from people import SIMS, glm, mediate, ols, people
from scipy.special import ndtri

import pymediation as pm
import pymediation.r as R
from pymediation.errors import ArgumentError, ArgumentTypeError
from pymediation.results.paths import Path, paths_of

# Standard errors of iterated fits are those of the step before the last; linear ones agree far better.
FITS_TO = 1e-5

d = people()


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def agrees(path: Path | None, estimate: float, std_error: float, level: float = 0.95) -> None:
    """Check a number and its normal interval."""
    assert path is not None
    assert path.ci is not None
    reach = ndtri((1 + level) / 2) * std_error
    found = (path.estimate, path.estimate - path.ci.lower, path.ci.upper - path.estimate)
    np.testing.assert_allclose(found, (estimate, reach, reach), rtol=FITS_TO)


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


@pytest.mark.parametrize(
    ("model_m", "model_y"),
    [
        (ols("m ~ t + x", d), ols("y ~ t + m + x", d)),
        (glm("mb ~ t + x", d), ols("y ~ t + mb + x", d)),
        (ols("m ~ t + x", d), glm("yb ~ t + m + x", d)),
        (ols("m ~ t + x", d), smf.poisson("yc ~ t + m + x", d).fit(disp=False)),
    ],
)
def test_coefficients_of_the_models(model_m: Any, model_y: Any) -> None:
    mediator = "mb" if "mb" in model_y.params else "m"
    paths = paths_of(mediate(d, model_m, model_y, mediator=mediator))
    agrees(paths.to_mediator, model_m.params["t"], model_m.bse["t"])
    (only,) = paths.to_outcome
    agrees(only, model_y.params[mediator], model_y.bse[mediator])
    agrees(paths.direct, model_y.params["t"], model_y.bse["t"])


def test_product_of_linear_coefficients_is_the_acme_of_the_original_sample() -> None:
    result = mediate(d, boot=True)
    paths = paths_of(result)
    assert paths.to_mediator is not None
    assert paths.direct is not None
    assert paths.to_mediator.estimate * paths.to_outcome[0].estimate == pytest.approx(result.d0, rel=1e-10)
    assert paths.direct.estimate == pytest.approx(result.z0, rel=1e-10)


def test_step_of_the_treatment_multiplies() -> None:
    data = d.assign(dose=d["age"] / 10)
    fits = ols("m ~ dose + x", data), ols("y ~ dose + m + x", data)
    result = pm.mediate(*fits, treat="dose", mediator="m", control_value=2, treat_value=5, sims=SIMS, rng=1)
    paths = paths_of(result)
    agrees(paths.to_mediator, 3 * fits[0].params["dose"], 3 * fits[0].bse["dose"])
    agrees(paths.direct, 3 * fits[1].params["dose"], 3 * fits[1].bse["dose"])


def test_levels_of_a_factor_are_contrasted() -> None:
    fits = ols("m ~ group + x", d), ols("y ~ group + m + x", d)
    options: dict[str, Any] = {"treat": "group", "mediator": "m", "control_value": "b", "treat_value": "c"}
    paths = paths_of(pm.mediate(*fits, **options, sims=SIMS, rng=1))
    test = fits[0].t_test("group[T.c] - group[T.b] = 0")
    agrees(paths.to_mediator, test.effect.item(), test.sd.item())


def test_interaction_has_a_number_for_each_arm() -> None:
    fit = ols("y ~ t * m + x", d)
    result = mediate(d, model_y=fit)
    paths = paths_of(result)
    control, treated = paths.to_outcome
    agrees(control, fit.params["m"], fit.bse["m"])
    test = fit.t_test("m + t:m = 0")
    agrees(treated, test.effect.item(), test.sd.item())
    at_mean = fit.t_test([0, 1, 0, d["m"].mean(), 0])
    agrees(paths.direct, at_mean.effect.item(), at_mean.sd.item())
    shown = texts(result.plot_paths())
    assert any(text.startswith("control: ") and "\ntreated: " in text for text in shown)
    assert "The direct arrow: with m as observed." in shown[-1]


def test_interactions_with_covariates_are_averaged_or_held() -> None:
    fits = ols("m ~ t * x", d), ols("y ~ t + m + x", d)
    average = fits[0].t_test([0, 1, 0, d["x"].mean()])
    agrees(paths_of(mediate(d, *fits)).to_mediator, average.effect.item(), average.sd.item())
    held = fits[0].t_test([0, 1, 0, 2])
    found = paths_of(mediate(d, *fits, covariates={"x": 2})).to_mediator
    agrees(found, held.effect.item(), held.sd.item())


def test_intervals_follow_covariance_and_level_of_the_analysis() -> None:
    fits = ols("m ~ t + x", d), ols("y ~ t + m + x", d)
    robust = fits[0].get_robustcov_results("HC3")
    paths = paths_of(mediate(d, *fits, robustSE=True, conf_level=0.9))
    agrees(paths.to_mediator, fits[0].params["t"], robust.bse[1], level=0.9)
    clustered = paths_of(mediate(d, *fits, cluster=d["site"])).to_mediator
    plain = paths_of(mediate(d, *fits)).to_mediator
    assert clustered is not None
    assert plain is not None
    assert clustered.estimate == plain.estimate
    assert clustered.ci != plain.ci


def test_weights_average_rows() -> None:
    fits = [smf.wls(formula, d, weights=d["w"]).fit() for formula in ("m ~ t * x", "y ~ t + m + x")]
    held = fits[0].t_test([0, 1, 0, np.average(d["x"], weights=d["w"])])
    agrees(paths_of(mediate(d, *fits)).to_mediator, held.effect.item(), held.sd.item())


def test_parameters_beyond_the_coefficients_are_left_aside() -> None:
    data = d.assign(time=np.exp(d["y"]), seen=1)
    survival = R.survreg("Surv(time, seen) ~ t + m + x", data=data)
    result = mediate(data, model_y=survival)
    assert texts(result.plot_paths())[2] == "time"
    paths = paths_of(result)
    place = list(survival.coef().index).index("m")
    agrees(paths.to_outcome[0], survival.coef()["m"], np.sqrt(np.asarray(R.vcov(survival))[place, place]))
    clipped = data.assign(y=data["y"].clip(lower=-1.0))
    tobit = pm.Tobit.from_formula("y ~ t + m + x", clipped, lower=-1.0).fit()
    agrees(paths_of(mediate(clipped, model_y=tobit)).to_outcome[0], tobit.params["m"], tobit.bse["m"])


def test_a_mediator_that_bends_has_no_single_number() -> None:
    result = mediate(d, model_y=ols("y ~ t + m + I(m**2) + x", d))
    assert paths_of(result).to_outcome == ()
    assert "The effect of m on the predictor is not one number." in texts(result.plot_paths())[-1]


def test_models_without_coefficients_get_arrows_without_numbers() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    learner = linear.LinearRegression().fit(d[["t", "m", "x"]], d["y"])
    result = mediate(d, model_y=pm.with_data(learner, d, "y"), boot=True, sims=SIMS)
    paths = paths_of(result)
    assert (paths.to_outcome, paths.direct) == ((), None)
    assert paths.to_mediator is not None
    assert "without numbers" in texts(result.plot_paths())[-1]


def test_a_median_has_estimates_on_its_scale() -> None:
    fit = smf.quantreg("y ~ t + m + x", d).fit(0.5)
    paths = paths_of(mediate(d, model_y=fit))
    assert paths.to_outcome[0].estimate == pytest.approx(fit.params["m"], abs=1e-3)  # statsmodels iterates
    assert "quantile (tau = 0.5)" in paths.scales[1]


def test_names_numbers_and_scales_are_drawn() -> None:
    result = mediate(d, model_y=glm("yb ~ t + m + x", d))
    ax = result.plot_paths(main="Paths")
    shown = texts(ax)
    assert shown[:3] == ["t", "m", "yb"]
    assert shown[3].startswith(f"{ols('m ~ t + x', d).params['t']:.3f}\n[")
    assert [line.split(":")[0] for line in shown[6].splitlines()] == [
        "ACME (average)",
        "ADE (average)",
        "Total effect",
    ]
    assert f"ACME (average): {result.d_avg:.3f} [" in shown[6]
    assert "linear predictor of yb, glm (binomial, logit)" in shown[7]
    assert "differences in the probability that yb is 1" in shown[7]
    assert ax.get_title() == "Paths"
    arrows = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None) is not None]
    assert len(arrows) == 3


def test_texts_stay_clear_of_each_other() -> None:
    long = {"t": "treatment_group", "m": "self_efficacy", "y": "depression_score"}
    data = d.rename(columns=long)
    fits = (
        ols(f"{long['m']} ~ {long['t']} + x", data),
        ols(f"{long['y']} ~ {long['t']} * {long['m']} + x", data),
    )
    result = pm.mediate(*fits, treat=long["t"], mediator=long["m"], sims=SIMS, rng=1)
    ax = result.plot_paths()
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text()]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_given_axes_are_drawn_on_and_colours_are_those_asked_for() -> None:
    _, given = plt.subplots()
    ax = mediate(d).plot_paths(ax=given, col="gray40", lwd=2.0)
    assert ax is given
    arrow = next(text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None) is not None)
    assert arrow.get_edgecolor()[:3] == (0.4, 0.4, 0.4)
    assert arrow.get_linewidth() == 2.0


@pytest.mark.parametrize("digits", [0, 16, "3", True])
def test_digits_are_checked(digits: Any) -> None:
    with pytest.raises(ArgumentError, match="digits must be a whole number from 1 to 15"):
        mediate(d).plot_paths(digits=digits)


def test_axes_are_checked() -> None:
    with pytest.raises(ArgumentTypeError, match="Matplotlib Axes"):
        mediate(d).plot_paths(ax=3)


def test_survives_pickling_and_leaves_the_stream_alone() -> None:
    result = mediate(d)
    assert paths_of(pickle.loads(pickle.dumps(result))) == paths_of(result)
    pm.set_seed(1)
    before = R.rnorm(1)
    pm.set_seed(1)
    result.plot_paths()
    assert R.rnorm(1) == before


def test_levels_of_a_binary_factor_mediator() -> None:
    data = d.assign(state=pd.Categorical(np.where(d["mb"] == 1, "high", "low"), ["low", "high"]))
    fit = ols("y ~ t + state + x", data)
    result = mediate(data, glm("state ~ t + x", data), fit, mediator="state")
    agrees(paths_of(result).to_outcome[0], fit.params["state[T.high]"], fit.bse["state[T.high]"])
