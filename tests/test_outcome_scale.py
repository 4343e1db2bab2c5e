"""`outcome_scale`: effects on means, medians and probabilities of survival and tobit outcomes."""

from __future__ import annotations

import math
import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from engine import plain
from scipy import stats
from scipy.integrate import quad

import pymediation as pm
import pymediation.r as R
from pymediation.engine.layout import DRAWS_FIRST, ROWS_FIRST
from pymediation.engine.scale import ParameterScale
from pymediation.engine.surface import AffineSurface, GenericSurface, LevelSurface, ParameterSurface
from pymediation.fits.tobit import fit_tobit
from pymediation.kinds import survival_kind, tobit_kind
from pymediation.setting import counterfactual

# Rounding in sums over a few dozen rows.
ROUNDING = 1e-12
# Numerical integration, in pieces on which the function is smooth.
QUADRATURE = 1e-12
# Refits go to the last digits of the maximum.
REFIT = 1e-12
# Standard errors that an estimate may be away from the truth: once in 15000 cases.
STANDARD_ERRORS = 4.0

HORIZON = 1.7
SCALES: tuple[Any, ...] = ("mean", "median", ("restricted_mean", HORIZON), ("survival", HORIZON))
# SciPy's distribution of the times with linear predictor e and scale s.
TIMES: dict[str, Any] = {
    "weibull": lambda e, s: stats.weibull_min(1 / s, scale=np.exp(e)),
    "exponential": lambda e, s: stats.expon(scale=np.exp(e)),
    "rayleigh": lambda e, s: stats.rayleigh(scale=np.exp(e) / np.sqrt(2)),
    "lognormal": lambda e, s: stats.lognorm(s, scale=np.exp(e)),
    "loggaussian": lambda e, s: stats.lognorm(s, scale=np.exp(e)),
    "loglogistic": lambda e, s: stats.fisk(1 / s, scale=np.exp(e)),
    "extreme": stats.gumbel_l,
    "logistic": stats.logistic,
    "gaussian": stats.norm,
    "t": lambda e, s: stats.t(4, e, s),
}
FIXED = {"exponential": 1.0, "rayleigh": 0.5}
AFFINE = ("extreme", "logistic", "gaussian", "t")


def made(n: int = 60, seed: int = 7) -> pd.DataFrame:
    """Return made-up rows: a mediator as a number, a 0/1 and levels, a censored time, a cut-off response."""
    rng = np.random.default_rng(seed)
    t, x = np.arange(n) % 2, rng.normal(size=n)
    m = 0.5 * t + 0.4 * x + rng.normal(size=n)
    time = np.exp(0.2 + 0.3 * t + 0.4 * m - 0.4 * rng.gumbel(size=n))
    y = 0.3 * t + 0.6 * m + 0.2 * x + rng.normal(size=n)
    return pd.DataFrame(
        {
            **{"t": t.astype(float), "x": x, "m": m, "b": (m > 0.3).astype(float)},
            "grade": pd.Categorical(np.array(["low", "mid", "high"])[np.digitize(m, [-0.3, 0.6])]),
            "time": np.minimum(time, 2.5),
            "seen": (time < 2.5).astype(float),
            "cut": np.clip(y, -0.5, 1.0),
        }
    )


def run(fit_m: Any, fit_y: Any, **options: Any) -> Any:
    settings = {"treat": "t", "mediator": "m", "sims": 6, "rng": pm.RStream(3), **options}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "sims=", pm.PymediationWarning)
        return pm.mediate(fit_m, fit_y, **settings)


def survreg(data: pd.DataFrame, dist: str, terms: str = "t * m + x") -> Any:
    return R.survreg(f"Surv(time, seen) ~ {terms}", data, dist=dist)


def value(scale: Any, law: Any, positive: bool) -> Any:
    """Return one scale of a SciPy distribution, by numerical integration where SciPy has no formula."""
    if scale == "median":
        return law.ppf(0.5)
    if scale == "mean":
        return law.mean()
    name, horizon = scale
    if name == "survival":
        return law.sf(horizon)
    nodes, weights = np.polynomial.legendre.leggauss(400)
    far = (1 - nodes) / 2  # 0 at the horizon, 1 at the lower end
    if positive:
        points, steps = horizon * (1 - far**3), weights * horizon * 1.5 * far**2
    else:
        points, steps = horizon - far / (1 - far), weights / 2 / (1 - far) ** 2
    below = sum(w * law.cdf(point) for point, w in zip(points, steps, strict=True))
    return horizon - below


@pytest.mark.parametrize("dist", TIMES)
@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_values_are_integrals_of_the_distribution(dist: str, scale: Any) -> None:
    name, horizon = (scale, math.nan) if isinstance(scale, str) else scale
    function = survival_kind(dist).scales[name](horizon).function
    for eta in (-0.6, 0.9):
        for sd in (FIXED[dist],) if dist in FIXED else (0.3, 0.8):
            law = TIMES[dist](eta, sd)
            low = {"t": -np.inf}.get(dist, -50.0 if dist in AFFINE else 0.0)
            if name == "mean":
                expected = quad(lambda u, law=law: law.ppf(u), 0, 1, limit=500)[0]
                tolerance = 1e-4  # a quantile function with poles at both ends
            else:
                tolerance = QUADRATURE
                expected = {
                    "median": lambda law=law: law.ppf(0.5),
                    "survival": lambda law=law, low=low: 1 - quad(law.pdf, low, HORIZON)[0],
                    "restricted_mean": lambda law=law, low=low: HORIZON - quad(law.cdf, low, HORIZON)[0],
                }[name]()
            found = function(np.array([eta]), np.array([sd]))
            assert found[0] == pytest.approx(expected, rel=tolerance, abs=1e-10), (eta, sd)


@pytest.mark.parametrize("limits", [(0.0, np.inf), (-0.5, 1.0), (-np.inf, 0.4)], ids=str)
def test_tobit_values_are_integrals_of_the_response(limits: tuple[float, float]) -> None:
    scales = tobit_kind(*limits).scales
    for eta, sd in ((-0.7, 0.5), (0.3, 2.0)):
        kinks = [(limit - eta) / sd for limit in limits if np.isfinite(limit)]
        both = [scales[name](math.nan).function(np.array([eta]), np.array([sd]))[0] for name in scales]

        def observed(w: float, eta: float = eta, sd: float = sd) -> float:
            return float(np.clip(eta + sd * w, *limits) * stats.norm.pdf(w))

        assert list(scales) == ["censored_mean", "latent"]
        area = quad(observed, -12, 12, limit=400, points=kinks, epsabs=0, epsrel=QUADRATURE)[0]
        assert both == pytest.approx([area, eta], rel=QUADRATURE)


def effects(cells: Any) -> Any:
    """Return d1, d0, z1, z0 of averages of Y(1, M1), Y(1, M0), Y(0, M1), Y(0, M0)."""
    return np.array([cells[0] - cells[1], cells[2] - cells[3], cells[0] - cells[2], cells[1] - cells[3]])


def averages(data: pd.DataFrame, coef: Any, outcome: Any, treated: Any, control: Any) -> list[float]:
    """Average the outcome of ``t * m + x`` over rows, one combination of arm and mediator at a time."""
    x = data["x"].to_numpy()
    b0, bt, bm, bx, btm = coef
    return [
        float(np.mean(outcome(b0 + bt * t + bm * m + bx * x + btm * t * m)))
        for t in (1, 0)
        for m in (treated, control)
    ]


@pytest.mark.parametrize("dist", ["weibull", "rayleigh", "loglogistic", "t"])
@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_simulation_draw_by_draw(dist: str, scale: Any) -> None:
    """Coefficients and log scale of a draw go together; random numbers are those of R's order."""
    data, sims = made(), 6
    fit_m, fit_y = R.lm("m ~ t + x", data), survreg(data, dist)
    stream = pm.RStream(3)
    law_m = SimpleNamespace(coef=np.asarray(fit_m.params), cov=np.asarray(fit_m.cov_params()))
    estimates = np.asarray(fit_y.coef())
    log_scale = () if dist in FIXED else (math.log(fit_y.scale),)
    law_y = SimpleNamespace(coef=np.append(estimates, log_scale), cov=np.asarray(fit_y.vcov()))
    draws_m, draws_y = (plain.draw_coefficients(stream, law, sims) for law in (law_m, law_y))
    errors = np.array([[plain.one(stream.normal()) for _ in range(sims)] for _ in range(len(data))]).T
    errors *= math.sqrt(fit_m.scale)
    expected = []
    for a, b, error in zip(draws_m, draws_y, errors, strict=True):
        sd = FIXED[dist] if dist in FIXED else math.exp(b[-1])
        control = a[0] + a[2] * data["x"].to_numpy() + error
        cells = averages(
            data,
            b[:5],
            lambda eta, sd=sd: value(scale, TIMES[dist](eta, sd), dist not in AFFINE),
            control + a[1],
            control,
        )
        expected.append(effects(cells))
    result = run(fit_m, fit_y, sims=sims, outcome_scale=scale)
    found = np.array([result[f"{name}_sims"] for name in plain.EFFECTS])
    np.testing.assert_allclose(found, np.array(expected).T, rtol=0, atol=QUADRATURE)


@pytest.mark.parametrize(
    ("outcome", "scale"),
    [("lognormal", scale) for scale in SCALES] + [("tobit", "censored_mean"), ("tobit", "latent")],
    ids=str,
)
def test_bootstrap_replicate_by_replicate(outcome: str, scale: Any) -> None:
    """Each replicate has the scale parameter of its own refit."""
    data, sims = made(), 4

    def fits(rows: Any) -> tuple[Any, Any]:
        sample = data.iloc[rows].reset_index(drop=True)
        if outcome == "tobit":
            return R.lm("m ~ t + x", sample), tobit(sample)
        return R.lm("m ~ t + x", sample), survreg(sample, outcome)

    stream, everything = pm.RStream(3), np.arange(len(data))
    resamples = plain.resampled_rows(stream, len(data), sims)
    expected = []
    for rows in (everything, *resamples, everything):
        fit_m, fit_y = fits(rows)
        coef, sd = split(fit_y)
        a = np.asarray(fit_m.params)
        errors = np.array([plain.one(stream.normal()) for _ in everything]) * math.sqrt(fit_m.scale)
        control = a[0] + a[2] * data["x"].to_numpy() + errors

        def outcomes(eta: Any, sd: float = sd) -> Any:
            if scale == "latent":
                return eta
            if scale == "censored_mean":
                return clipped_by_formula(eta, sd, -0.5, 1.0)
            return value(scale, TIMES[outcome](eta, sd), True)

        expected.append(effects(averages(data, coef, outcomes, control + a[1], control)))
    result = run(*fits(everything), boot=True, sims=sims, outcome_scale=scale)
    found = np.array([result[f"{name}_sims"] for name in plain.EFFECTS])
    np.testing.assert_allclose(found, np.array(expected[1:-1]).T, rtol=0, atol=REFIT)
    estimates = [result[name] for name in plain.EFFECTS]
    np.testing.assert_allclose(estimates, expected[-1], rtol=0, atol=REFIT)


def tobit(data: pd.DataFrame) -> Any:
    return R.vglm("cut ~ t * m + x", R.tobit(Lower=-0.5, Upper=1.0), data)


def split(fit: Any) -> tuple[Any, float]:
    """Return coefficients and scale of a fit."""
    if hasattr(fit, "scale"):
        return np.asarray(fit.coef()), float(fit.scale)
    # vglm stops on the way to the maximum.
    best = fit_tobit(fit.rows.y, fit.rows.X, fit.lower, fit.upper, method="newton")
    return best.coef, best.sd


def clipped_by_formula(eta: Any, sd: float, low: float, high: float) -> Any:
    """Return the mean of a normal variable cut off at two limits, from its three parts."""
    a, b = (low - eta) / sd, (high - eta) / sd
    inside = eta * (stats.norm.cdf(b) - stats.norm.cdf(a)) + sd * (stats.norm.pdf(a) - stats.norm.pdf(b))
    return low * stats.norm.cdf(a) + high * stats.norm.sf(b) + inside


TRUTH = {"a": (0.0, 0.8), "b": (0.3, 0.4, 0.5), "sd": 0.4}


@pytest.mark.parametrize("scale", SCALES[:1] + SCALES[2:], ids=str)
def test_a_known_process_is_recovered(scale: Any) -> None:
    """Times drawn one by one in four worlds, without any formula, against estimates from one data set."""
    rng, (a0, a1), (b0, bt, bm), sd = np.random.default_rng(1), TRUTH["a"], TRUTH["b"], TRUTH["sd"]

    def times(t: Any, m: Any, size: int) -> Any:
        return np.exp(b0 + bt * t + bm * m + sd * np.log(rng.exponential(size=size)))

    size = 400_000
    noise = rng.normal(size=size)
    worlds = [times(t, a0 + a1 * s + noise, size) for t in (1, 0) for s in (1, 0)]
    measure = {
        "mean": np.mean,
        "restricted_mean": lambda time: np.mean(np.minimum(time, HORIZON)),
        "survival": lambda time: np.mean(time > HORIZON),
    }[scale if isinstance(scale, str) else scale[0]]
    truth = effects([measure(world) for world in worlds])
    t = np.arange(3000) % 2
    m = a0 + a1 * t + rng.normal(size=t.size)
    time, limit = times(t, m, t.size), rng.uniform(1, 6, size=t.size)
    data = pd.DataFrame({"t": t, "m": m, "time": np.minimum(time, limit), "seen": time < limit})
    fits = R.lm("m ~ t", data), R.survreg("Surv(time, seen) ~ t + m", data)
    result = run(*fits, sims=500, outcome_scale=scale)
    for name, wanted in zip(plain.EFFECTS, truth, strict=True):
        assert abs(result[name] - wanted) < STANDARD_ERRORS * result.effects[name].std_error, name
        assert abs(wanted) > STANDARD_ERRORS * result.effects[name].std_error, name


@pytest.mark.parametrize("dist", TIMES)
@pytest.mark.parametrize("boot", [False, True])
def test_scales_that_coincide_agree(dist: str, boot: bool) -> None:
    """R's scale is the median of symmetric errors, the mean of exponential times, and a shift of others."""
    data = made()
    fits = R.lm("m ~ t + x", data), survreg(data, dist, "t + m + x")
    own, mean, median = (
        run(*fits, boot=boot, outcome_scale=scale, covariates={"x": 0.2})
        for scale in (None, "mean", "median")
    )
    same = {
        **dict.fromkeys(AFFINE, (mean, median)),
        **dict.fromkeys(("lognormal", "loggaussian", "loglogistic"), (median,)),
        "exponential": (mean,),
    }.get(dist, ())
    for other in (mean, median):
        agrees = all(other[name] == pytest.approx(own[name], abs=ROUNDING) for name in plain.EFFECTS)
        assert agrees == (other in same)
        assert other.one_set == (dist in AFFINE)


class TestLayouts:
    """The surfaces in both layouts against one cell at a time."""

    B = np.array([[0.2, 0.5, -0.3, 0.4], [0.1, 0.3, 0.6, 0.9], [-0.2, 0.1, 0.2, 1.5]])
    scale = ParameterScale("made up", lambda eta, parameter: np.exp(eta) * parameter)

    def check(self, predictor: Any, row: Any, M1: Any, M0: Any) -> None:
        weights = np.array([0.1, 0.2, 0.3, 0.4])
        surface = ParameterSurface(predictor, self.scale)

        def one(arm: int, M: Any, r: int) -> float:
            b = self.B[r]
            values = [b[3] * math.exp(np.dot(row(arm, i, M[r, i]), b[:3])) for i in range(4)]
            return float(np.dot(weights, values))

        expected = [[one(arm, M, r) for r in range(3)] for arm in (0, 1) for M in (M1, M0)]
        for layout, turn in ((DRAWS_FIRST, lambda M: M), (ROWS_FIRST, lambda M: M.T)):
            found = surface.cells(layout, self.B, turn(M1), turn(M0), slice(0, 4), weights)
            np.testing.assert_allclose(found, expected, rtol=ROUNDING)

    @pytest.fixture
    def mediators(self) -> Any:
        return np.random.default_rng(2).normal(size=(2, 3, 4))

    def row(self, arm: int, i: int, m: float) -> Any:
        return np.array([1.0, 1.0 - arm + i / 10, m * (1 + (1 - arm) / 2)])

    def design(self, m: float) -> Any:
        return tuple(np.array([self.row(arm, i, m) for i in range(4)]) for arm in (0, 1))

    def affine(self, *, constant: bool, two_valued: bool) -> AffineSurface:
        base, at_one = self.design(0.0), self.design(1.0)
        slope = (at_one[0] - base[0], at_one[1] - base[1])
        return AffineSurface(base, slope, constant, two_valued, counterfactual_link(), None)

    @pytest.mark.parametrize("constant", [False, True])
    def test_affine(self, mediators: Any, constant: bool) -> None:
        self.check(self.affine(constant=constant, two_valued=False), self.row, *mediators)

    def test_two_values(self, mediators: Any) -> None:
        self.check(self.affine(constant=True, two_valued=True), self.row, *(mediators > 0).astype(float))

    def test_built_designs(self, mediators: Any) -> None:
        def build(arm: int, rows: Any, values: Any) -> Any:
            return np.array([self.row(arm, i, m) for i, m in zip(rows, values, strict=True)])

        self.check(GenericSurface(build, counterfactual_link(), None), self.row, *mediators)

    def test_levels(self, mediators: Any) -> None:
        codes = np.digitize(mediators, [-0.4, 0.4])
        designs = [tuple(self.design(float(code))[arm] for code in range(3)) for arm in (0, 1)]
        surface = LevelSurface((designs[0], designs[1]), counterfactual_link(), None)
        self.check(surface, self.row, codes[0], codes[1])


def counterfactual_link() -> Any:
    """Return a link that would give wrong numbers if it were used."""
    return SimpleNamespace(name="never used", inverse=None)


@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.parametrize(
    ("mediator", "model", "terms"),
    [("b", "glm", "t * b + x"), ("grade", "polr", "t + grade + x"), ("m", "lm", "t + I(m^2) + m + x")],
)
def test_every_kind_of_mediator(
    mediator: str, model: str, terms: str, boot: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closed forms, levels and expanded designs; a median of lognormal times is R's own scale."""
    data = made(120)
    fit_m = {
        "glm": lambda: R.glm("b ~ t + x", R.binomial, data),
        "polr": lambda: R.polr("grade ~ t + x", data),
        "lm": lambda: R.lm("m ~ t + x", data),
    }[model]()
    fits = fit_m, survreg(data, "lognormal", terms)
    own, median, mean = (
        run(*fits, mediator=mediator, boot=boot, outcome_scale=scale) for scale in (None, "median", "mean")
    )
    for name in plain.EFFECTS:
        assert median[name] == pytest.approx(own[name], abs=ROUNDING)
        assert mean[name] != pytest.approx(own[name], rel=1e-3)
    if model == "lm":
        return
    monkeypatch.setattr(counterfactual, "enters_as_itself", lambda *_: False)
    again = run(*fits, mediator=mediator, boot=boot, outcome_scale="mean")
    assert again.d1 == pytest.approx(mean.d1, abs=ROUNDING)


def test_a_horizon_far_away_leaves_the_mean() -> None:
    data = made()
    fits = R.lm("m ~ t + x", data), survreg(data, "weibull")
    with pytest.warns(pm.PymediationWarning, match=r"time 1e\+06 .* beyond the last time observed, 2\.5"):
        restricted = run(*fits, outcome_scale=("restricted_mean", 1e6))
    assert restricted.d1 == pytest.approx(run(*fits, outcome_scale="mean").d1, rel=1e-9)


REFUSED = [
    ("means", pm.ArgumentError, "'means' is not known; it is one of 'mean'.* Did you mean 'mean'"),
    (5, pm.ArgumentTypeError, r"a name such as 'mean'.*got 5"),
    ((), pm.ArgumentTypeError, r"a name and a time such as \('survival', 60\)"),
    (("survival", 1, 2), pm.ArgumentTypeError, "got .*1, 2"),
    ("survival", pm.ArgumentError, r"'survival' needs a time.*outcome_scale=\('survival', 60\)"),
    (("survival", None), pm.ArgumentError, "needs a time"),
    (("restricted_mean",), pm.ArgumentError, "needs a time"),
    (("restricted_mean", "3"), pm.ArgumentTypeError, "must be a number; got '3'"),
    (("survival", True), pm.ArgumentTypeError, "must be a number; got True"),
    (("survival", 0), pm.ArgumentError, "finite and above 0; got 0"),
    (("survival", -1.5), pm.ArgumentError, r"finite and above 0; got -1\.5"),
    (("survival", math.inf), pm.ArgumentError, "finite and above 0"),
    (("survival", math.nan), pm.ArgumentError, "finite and above 0; got nan"),
    (("mean", 3), pm.ArgumentError, "'mean' takes no time"),
    ("latent", pm.ArgumentError, r"outcome model \(survreg.*it can be 'mean', 'median', \('restricted_mean'"),
]


@pytest.mark.parametrize(("scale", "error", "message"), REFUSED, ids=[str(case[0]) for case in REFUSED])
def test_refused(scale: Any, error: type[Exception], message: str) -> None:
    data = made()
    with pytest.raises(error, match=message):
        run(R.lm("m ~ t + x", data), survreg(data, "weibull"), outcome_scale=scale)


def test_a_time_that_nobody_reaches_is_said_to_be_one_reason_for_no_effects() -> None:
    data = made()
    with (
        pytest.warns(pm.PymediationWarning, match="beyond the last time observed"),
        pytest.raises(pm.NotEstimableError, match=r"exactly 0 .*same for everyone on the scale"),
    ):
        run(R.lm("m ~ t + x", data), survreg(data, "weibull"), outcome_scale=("survival", 1e9))


@pytest.mark.parametrize(
    ("outcome", "own"),
    [
        (lambda data: R.lm("time ~ t + m + x", data), "the mean of the outcome"),
        (lambda data: R.rq("time ~ t + m + x", 0.3, data), "the quantile 0.3 of the outcome"),
        (lambda data: R.polr("grade ~ t + time", data), "the probability of each category"),
    ],
    ids=["lm", "rq", "polr"],
)
def test_other_outcomes_have_one_scale(outcome: Any, own: str) -> None:
    data = made()
    with pytest.raises(pm.ArgumentError, match=rf"'mean' does not apply .*survival and tobit.*are on {own}"):
        run(R.lm("m ~ t + x", data), outcome(data), outcome_scale="mean")


def test_scales_of_a_tobit_outcome_are_named() -> None:
    data = made()
    with pytest.raises(pm.ArgumentError, match=r"\(vglm.*it can be 'censored_mean', 'latent'\. And without"):
        run(R.lm("m ~ t + x", data), tobit(data), outcome_scale="mean")


def heavy(sd: float, n: int) -> pd.DataFrame:
    """Return loglogistic times of a given scale."""
    rng = np.random.default_rng(4)
    t = np.arange(n) % 2
    m = t + rng.normal(size=n)
    time = np.exp(0.5 * t + 0.5 * m + sd * rng.logistic(size=n))
    return pd.DataFrame({"t": t, "m": m, "time": time, "seen": 1})


def test_an_infinite_mean_is_refused() -> None:
    data = heavy(1.3, 200)
    fits = R.lm("m ~ t", data), survreg(data, "loglogistic", "t + m")
    with pytest.raises(pm.NotEstimableError, match=r"infinite where the scale is 1 or more; it is estimated"):
        run(*fits, outcome_scale="mean")
    assert np.isfinite(run(*fits, outcome_scale=("restricted_mean", 2)).d1)


@pytest.mark.parametrize("compat", ["fixed", "R"])
@pytest.mark.parametrize("boot", [False, True])
def test_draws_with_an_infinite_mean(boot: bool, compat: Any) -> None:
    """Few of them are left out with a warning, many are refused, each with the reason."""
    for sd, share in ((0.93, "few"), (0.97, "many")):
        data = heavy(sd, 500)
        fits = R.lm("m ~ t", data), survreg(data, "loglogistic", "t + m")
        assert 0.9 < fits[1].scale < 1
        options = {"boot": boot, "compat": compat, "sims": 500, "outcome_scale": "mean"}
        if share == "few":
            with pytest.warns(pm.PymediationWarning, match=r"the mean survival time is infinite.*left out"):
                assert 0 < run(*fits, **options).n_failed < 50
        else:
            with pytest.raises(pm.NotEstimableError, match=r"infinite where.*Use outcome_scale='median'"):
                run(*fits, **options)


class TestSummary:
    """The scale is said below R's text, which stays as it is."""

    @pytest.fixture
    def models(self) -> Any:
        data = made()
        return R.lm("m ~ t + x", data), survreg(data, "weibull")

    def test_r_text_alone_with_compat_r(self, models: Any) -> None:
        ours, theirs = run(*models), run(*models, compat="R")
        note = "(Effects on exp(x'b), the time by which 63% have had the event, as in R: not on its mean, for"
        assert str(ours.summary()).startswith(str(theirs.summary()))
        assert str(theirs.summary()).endswith("Simulations: 6 \n")
        assert str(ours.summary()).splitlines()[-1].startswith(note)
        assert "outcome_scale" in repr(theirs)
        assert "outcome_scale" in theirs.summary()._repr_html_()

    @pytest.mark.parametrize("compat", ["fixed", "R"])
    def test_a_chosen_scale_is_always_said(self, models: Any, compat: Any) -> None:
        result = run(*models, outcome_scale=("survival", 2), compat=compat)
        words = "the probability of survival beyond 2"
        assert result.scale == result.summary().scale == words
        assert result.outcome_scale == result.summary().outcome_scale == ("survival", 2)
        for text in (str(result.summary()), repr(result), result._repr_html_()):
            assert f"(Effects on {words})" in text

    def test_other_models_say_nothing(self) -> None:
        data = made()
        result = run(R.lm("m ~ t + x", data), R.lm("time ~ t + m + x", data))
        assert result.scale == "the mean of the outcome"
        assert "Effects on" not in str(result.summary()) + repr(result)

    @pytest.mark.parametrize(
        ("dist", "words"),
        [
            ("exponential", "exp(x'b), the mean survival time, as in R)"),
            ("lognormal", "exp(x'b), the median survival time, as in R: not on its mean"),
            ("loglogistic", "exp(x'b), the median survival time, as in R: not on its mean"),
            ("rayleigh", "the time by which 63% have had the event, as in R: not on its mean"),
            ("extreme", "x'b, the linear predictor of the survival time, as in R: the same as on its mean"),
        ],
    )
    def test_what_r_s_scale_is(self, dist: str, words: str) -> None:
        assert words in survival_kind(dist).footnote
        law = TIMES[dist](0.4, FIXED.get(dist, 0.6))
        share = law.cdf(0.4 if dist in AFFINE else math.exp(0.4))
        assert share == pytest.approx(0.5 if "median" in words else 1 - math.exp(-1))

    def test_tobit(self) -> None:
        data = made()
        result = run(R.lm("m ~ t + x", data), tobit(data))
        assert "not on the mean of the observed response" in str(result.summary())


def test_the_dialect_takes_it_too() -> None:
    data = made()
    fits = R.lm("m ~ t + x", data), survreg(data, "weibull")
    options: Any = {"treat": "t", "mediator": "m", "sims": 500, "rng": pm.RStream(3)}
    dialect = R.mediate(*fits, outcome_scale="median", **options)
    assert dialect.d1 == run(*fits, sims=500, outcome_scale="median").d1


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_lifelines_models_have_the_same_scales(scale: Any) -> None:
    lifelines = pytest.importorskip("lifelines")
    data = made().drop(columns=["grade", "b", "cut"])
    fit_m, fitter = R.lm("m ~ t + x", data), lifelines.WeibullAFTFitter()
    fitter.fit(data, "time", "seen", formula="t * m + x")
    theirs = run(fit_m, pm.with_data(fitter, data), outcome_scale=scale)
    ours = run(fit_m, survreg(data, "weibull"), outcome_scale=scale)
    assert theirs.d1 == pytest.approx(ours.d1, rel=REFIT)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("boot", [False, True])
def test_threads_and_weights(boot: bool, n_jobs: int) -> None:
    """Blocks and weighted averages are those of R's scale, which is the median here."""
    data = made().assign(w=lambda d: 1.0 + (d["x"] > 0))
    fits = (
        R.lm("m ~ t + x", data, weights="w"),
        R.survreg("Surv(time, seen) ~ t + m + x", data, dist="lognormal", weights="w"),
    )
    median = run(*fits, boot=boot, n_jobs=n_jobs, outcome_scale="median")
    own = run(*fits, boot=boot, n_jobs=1)
    assert median.d1 == pytest.approx(own.d1, abs=ROUNDING)


def test_bca_intervals_have_a_jackknife_on_the_scale() -> None:
    data = made()
    fits = R.lm("m ~ t + x", data), survreg(data, "lognormal")
    median, own = (
        run(*fits, boot=True, boot_ci_type="bca", sims=50, outcome_scale=scale, rng=pm.RStream(8))
        for scale in ("median", None)
    )
    assert tuple(median.d1_ci) == pytest.approx(tuple(own.d1_ci), abs=ROUNDING)


def test_a_fixed_scale_is_used() -> None:
    data = made()
    fit_m = R.lm("m ~ t + x", data)
    free = R.survreg("Surv(time, seen) ~ t * m + x", data, dist="weibull", scale=0.5)
    named = survreg(data, "rayleigh")
    for boot in (False, True):
        one, other = (run(fit_m, fit, boot=boot, outcome_scale="mean") for fit in (free, named))
        assert one.d1 == pytest.approx(other.d1, rel=REFIT)
