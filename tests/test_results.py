"""The result object: components, intervals, tables, text, pickling."""

from __future__ import annotations

import copy
import math
import pickle
import subprocess
import sys
import textwrap
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from people import SIMS, glm, mediate, ols, people

import pymediation as pm
import pymediation.r as R
from pymediation.errors import ArgumentError, NotEstimableError, UnknownNameError
from pymediation.estimates.effects import (
    EFFECT_NAMES,
    Interval,
    draws_of_effects,
    percentile_levels,
    summarise,
)

# Differences of sums in another order.
ROUNDING = 1e-12

EFFECTS = ("d0", "d1", "z0", "z1", "n0", "n1", "tau", "d_avg", "z_avg", "n_avg")
PARTS = ("", "_ci", "_p", "_sims")
OTHERS = (
    *("boot", "boot_ci_type", "treat", "mediator", "covariates", "INT", "conf_level", "model_y", "model_m"),
    *("control_value", "treat_value", "nobs", "sims", "call", "robustSE", "cluster"),
)
COMPONENTS = {
    "tau_coef" if name == "tau" and part == "" else name + part for name in EFFECTS for part in PARTS
} | set(OTHERS)

d = people()


@pytest.fixture(scope="module")
def result() -> Any:
    return mediate(d)


@pytest.fixture(scope="module")
def curved() -> Any:
    return mediate(d, model_y=glm("yb ~ t * m + x", d))


def test_has_the_components_of_r(result: Any) -> None:
    assert set(result.keys()) == set(result) == COMPONENTS
    assert len(COMPONENTS) == 56


def test_components_without_draws() -> None:
    short = mediate(d, long=False)
    assert set(short.keys()) == {name for name in COMPONENTS if not name.endswith("_sims")}
    assert len(short.keys()) == 46
    assert short.d0_sims is None
    with pytest.raises(UnknownNameError, match="long=True"):
        short["d0_sims"]
    pd.testing.assert_frame_equal(short.to_frame(), mediate(d).to_frame())


def test_summary_has_every_component(result: Any) -> None:
    summary = result.summary()
    assert set(summary.keys()) == COMPONENTS
    for name in COMPONENTS:
        assert summary[name] is result[name] or summary[name] == result[name]
        assert getattr(summary, name) is getattr(result, name) or summary[name] == result[name]


@pytest.mark.parametrize("shown", ["result", "summary"])
@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("d.avg", "d_avg"),
        ("d0.ci", "d0_ci"),
        ("tau.coef", "tau_coef"),
        ("model.y", "model_y"),
        ("d0_si", "d0_sims"),
    ],
)
def test_r_name_is_answered_with_ours(result: Any, shown: str, given: str, meant: str) -> None:
    asked = result if shown == "result" else result.summary()
    with pytest.raises(KeyError, match=f"Did you mean '{meant}'"):
        asked[given]


def test_what_was_passed_is_kept() -> None:
    fits = ols("m ~ t + x", d), ols("y ~ t + m + x", d)
    kept = pm.mediate(
        *fits, treat="t", mediator="m", sims=SIMS, covariates={"x": 1}, conf_level=0.9, cluster="site", rng=3
    )
    assert (kept.model_m, kept.model_y) == fits
    assert (kept.treat, kept.mediator, kept.covariates, kept.conf_level) == ("t", "m", {"x": 1}, 0.9)
    assert (kept.sims, kept.nobs, kept.boot, kept.boot_ci_type) == (SIMS, len(d), False, "perc")
    assert (kept.control_value, kept.treat_value, kept.robustSE) == (0, 1, False)
    np.testing.assert_array_equal(kept.cluster, d.site)
    assert kept.call["cluster"] == "site"
    assert kept.formulas == ("m ~ t + x", "y ~ t + m + x")


def test_words_are_the_codes(curved: Any) -> None:
    for group, code in ((curved.acme, "d"), (curved.ade, "z"), (curved.prop_mediated, "n")):
        for arm, effect in (("0", group.control), ("1", group.treated), ("_avg", group.average)):
            assert effect.estimate == curved[code + arm]
            assert effect.ci == curved[f"{code}{arm}_ci"]
            assert effect.p_value == curved[f"{code}{arm}_p"]
        ends = group.estimate, group.lower, group.upper, group.p_value
        assert ends == (curved[f"{code}_avg"], *curved[f"{code}_avg_ci"], curved[f"{code}_avg_p"])
    total = curved.total
    assert (total.estimate, total.lower, total.upper) == (curved.tau_coef, *curved.tau_ci)


def test_draws_add_up(curved: Any) -> None:
    for delta, zeta in ((curved.d1_sims, curved.z0_sims), (curved.d0_sims, curved.z1_sims)):
        np.testing.assert_allclose(delta + zeta, curved.tau_sims, rtol=0, atol=ROUNDING)
    assert curved.d0_sims.shape == (SIMS,)


def test_interval_cannot_be_read_at_the_wrong_end(result: Any) -> None:
    ci = result.d0_ci
    lower, upper = ci
    assert (ci.lower, ci.upper) == (ci[0], ci[1]) == (ci["2.5%"], ci["97.5%"]) == (lower, upper)
    assert (ci[-2], ci[-1], len(ci), ci.level) == (lower, upper, 2, 0.95)
    np.testing.assert_array_equal(np.asarray(ci), [lower, upper])
    with pytest.raises(IndexError, match=r"\.lower and R's ci\[2\] is \.upper"):
        ci[2]
    with pytest.raises(KeyError, match=r"'2\.5%' and '97\.5%'"):
        ci["5%"]
    with pytest.raises(AttributeError):
        ci.lower = 0.0
    assert pickle.loads(pickle.dumps(ci)) == ci
    assert (*round(ci, 2), round(ci, 2).names) == (round(lower, 2), round(upper, 2), ci.names)
    assert "lower=" in repr(ci)


def test_interval_of_bca_is_named_after_its_levels() -> None:
    ci = mediate(d, boot=True, boot_ci_type="bca", sims=1000, compat="fixed").d0_ci
    assert ci.level == 0.95
    assert ci.names != ("2.5%", "97.5%")
    assert ci[ci.names[0]] == ci.lower


def test_table_has_a_row_per_printed_line(result: Any, curved: Any) -> None:
    assert result.to_frame().index.tolist() == ["ACME", "ADE", "Total Effect", "Prop. Mediated"]
    assert len(curved.to_frame()) == 10
    for shown in (result, curved):
        frame, printed = shown.to_frame(), str(shown.summary())
        assert frame.index.name == "effect"
        assert frame.columns.tolist() == ["estimate", "std_error", "lower", "upper", "p_value", "mc_error"]
        assert all(f"\n{label} " in printed for label in frame.index)
        pd.testing.assert_frame_equal(shown.summary().to_frame(), frame)
        assert not frame.isna().any(axis=None)
    row = result.to_frame().loc["ACME"]
    assert row.tolist()[:1] == [result.d1]
    assert row["std_error"] == np.std(result.d1_sims, ddof=1)
    assert row["mc_error"] == pytest.approx(row["std_error"] / math.sqrt(SIMS))


def test_text_and_digits(result: Any) -> None:
    assert str(result.summary()) == repr(result.summary())
    assert "Causal Mediation Analysis" in str(result.summary())
    assert str(result.summary(digits=4)) != str(result.summary(digits=9))
    assert str(result.summary(digits=7)) == str(result.summary())


@pytest.mark.parametrize("digits", [0, 23, 2.5, "3", True])
def test_digits_that_are_none(result: Any, digits: Any) -> None:
    with pytest.raises(ArgumentError, match="digits must be a whole number from 1 to 22"):
        result.summary(digits=digits)


def test_html_has_the_rows(result: Any, curved: Any) -> None:
    for shown in (result, curved, curved.summary()):
        page = shown._repr_html_()
        assert page.count("<table") == page.count("</table>") == 1
        assert all(label in page for label in shown.to_frame().index)
    assert result._repr_html_() == result.summary()._repr_html_()


def test_repr_says_what_was_done(result: Any) -> None:
    lines = repr(result).splitlines()
    assert len(lines) == 5
    for word in (
        "t -> m -> y; quasi-Bayesian",
        f"{SIMS} draws",
        f"n = {len(d)}",
        "seed 1",
    ):
        assert word in lines[0]
    assert f"{result.d_avg:.6g}" in lines[1]
    assert ".summary()" in lines[-1]
    assert "unseeded" in repr(mediate(d, rng=None)) or "R stream" in repr(mediate(d, rng=None))
    boot = mediate(d, boot=True, rng=pm.RStream(7))
    assert "nonparametric bootstrap" in repr(boot)
    assert "R stream, seed 7" in repr(boot)


def test_repr_does_not_call_a_p_value_0() -> None:
    certain = mediate(d.assign(m=d["m"] + 50 * d["t"], y=d["y"] + 50 * d["m"]))
    assert certain.d_avg_p == 0
    assert repr(certain).splitlines()[1].endswith(f"  p below {2 / SIMS:.2g}")


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("tau.coef", "underscores here: tau_ci, tau_coef, tau_p, tau_sims"),
        ("d.avg.p", "d_avg, d_avg_ci, d_avg_p"),
        ("model.y", "model_m, model_y"),
        ("conf.level", "conf_level"),
        ("amce", "Did you mean 'acme'"),
        ("pvalues", "See 'p_value' of to_frame()."),
        ("conf_int", "See 'lower' and 'upper' of to_frame()."),
    ],
)
@pytest.mark.parametrize("of", ["result", "summary"])
def test_attributes_written_as_in_r_are_answered_with_ours(
    result: Any, written: str, words: str, of: str
) -> None:
    found = result if of == "result" else result.summary()
    with pytest.raises(pm.UnknownAttributeError, match=words) as caught:
        attrgetter(written)(found)
    assert isinstance(caught.value, AttributeError)
    assert repr(written.partition(".")[0]) in str(caught.value)
    assert not hasattr(found, "_repr_png_")


def test_is_read_only(result: Any) -> None:
    for name in ("d0", "boot", "acme"):
        with pytest.raises(AttributeError):
            setattr(result, name, 0)


PICKLED = {
    "statsmodels formula": lambda: mediate(d),
    "factor, spline": lambda: mediate(
        d, "m ~ t + C(group) + bs(x, df=4)", "y ~ t + m + C(group) + bs(x, df=4)"
    ),
    "bootstrap": lambda: mediate(d, boot=True),
    "glm": lambda: mediate(d, model_y=glm("yb ~ t + m + x", d)),
    "generator": lambda: mediate(d, rng=np.random.default_rng(1)),
    "R stream": lambda: mediate(d, rng=pm.RStream(1)),
    "dialect": lambda: mediate(d, R.lm("m ~ t + x", d), R.lm("y ~ t + m + x", d)),
    "summary": lambda: mediate(d).summary(),
}


@pytest.mark.parametrize("name", PICKLED)
def test_pickles(name: str) -> None:
    before = PICKLED[name]()
    after = pickle.loads(pickle.dumps(before))
    again = pickle.loads(pickle.dumps(after))  # without the models having been asked for
    for copied in (after, again, copy.deepcopy(before)):
        assert str(copied) == str(before)
        assert repr(copied) == repr(before)
        np.testing.assert_array_equal(copied.d0_sims, before.d0_sims)
        np.testing.assert_array_equal(copied.model_y.params, before.model_y.params)
        assert type(copied.model_m) is type(before.model_m)


SCRIPT = """
import pickle, sys
import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
import pymediation as pm

g = np.random.default_rng(0)
half = 0.5
d = pd.DataFrame({"t": np.arange(50) % 2, "m": g.normal(size=50), "y": g.normal(size=50)})
fits = smf.ols("m ~ t", d).fit(), smf.ols("y ~ t + I(m * half)", d).fit()
result = pm.mediate(*fits, treat="t", mediator="m", sims=500, rng=1)
with open(sys.argv[1], "wb") as file:
    pickle.dump(result, file)
"""
READ = """
import pickle, sys
with open(sys.argv[1], "rb") as file:
    result = pickle.load(file)
print(repr(result.d0))
"""


def run(script: str, *arguments: str) -> str:
    """Run a script in a Python of its own."""
    command = [sys.executable, "-c", textwrap.dedent(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_pickles_from_the_top_level_of_a_script(tmp_path: Path) -> None:
    # A formula that reads a name of the script's own scope, loaded where that name does not exist.
    file = str(tmp_path / "result.pickle")
    run(SCRIPT, file)
    loaded = pickle.loads(Path(file).read_bytes())
    assert run(READ, file).strip() == repr(loaded.d0)
    assert "Causal Mediation Analysis" in str(loaded.summary())
    with pytest.raises(NotEstimableError, match="name of the script"):
        _ = loaded.model_y


def test_models_that_do_not_pickle_say_so(result: Any) -> None:
    fit = smf.ols("m ~ t + x", d).fit()
    fit.unpicklable = lambda: None
    kept = pickle.loads(pickle.dumps(mediate(d, fit)))
    assert kept.d0 == result.d0
    with pytest.raises(NotEstimableError, match="could not be stored with the result"):
        _ = kept.model_m


@pytest.mark.parametrize("boot", [False, True])
def test_one_draw(boot: bool) -> None:
    with pytest.warns(pm.errors.PymediationWarning, match="sims=1 "):
        one = mediate(d, sims=1, boot=boot)
    assert one.d0_sims.shape == (1,)
    assert one.d0_ci.lower == one.d0_ci.upper == one.d0_sims[0]
    assert "Simulations: 1" in str(one.summary())


def test_many_draws_are_printed_in_full() -> None:
    many = mediate(d, sims=1e4)
    assert many.sims == 10_000
    assert "Simulations: 10000" in str(many.summary())


def test_infinite_proportions_have_quantiles() -> None:
    # In the first draw the total effect is 0 and the mediated effect is not: an infinite share.
    cells = np.array([[1.0, 2.0, 3.0, 4.0], [0.0, 0.5, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], [1.0, 0.5, 0.5, 0.0]])
    draws = draws_of_effects(cells)
    assert np.isinf(draws["n1"]).any()
    effects = summarise(draws, original=None, conf_level=0.5, levels=percentile_levels(0.5), keep=True)
    assert tuple(effects) == EFFECT_NAMES or set(effects) == set(EFFECT_NAMES)
    values = np.sort(draws["n1"])
    # R's type 7: a quarter of the way from the first to the second of four draws is at 0.75.
    assert effects["n1"].lower == pytest.approx(0.25 * values[0] + 0.75 * values[1])
    assert effects["n1"].std_error == math.inf
    assert not np.isnan([effects["n1"].lower, effects["n1"].upper, effects["n1"].mc_error]).any()


def test_no_effect_in_any_draw_is_refused() -> None:
    draws = draws_of_effects(np.ones((4, 10)))
    with pytest.raises(NotEstimableError, match="exactly 0 in every draw"):
        summarise(draws, original=None, conf_level=0.95, levels=percentile_levels(0.95), keep=True)


def test_interval_is_a_value() -> None:
    assert Interval(1, 2, 0.9) == Interval(1.0, 2.0, 0.9)
    assert Interval(1, 2, 0.9) != Interval(1, 2, 0.95)
    assert len({Interval(1, 2, 0.9), Interval(1, 2, 0.9)}) == 1
    assert Interval(1, 2, 0.9).names == ("5%", "95%")
