"""``ivmediate``: what it refuses, what it warns of, and how results print and draw."""

from __future__ import annotations

import pickle
from typing import Any

import instrument_cases
import numpy as np
import pandas as pd
import pytest

import pymediation as pm
import pymediation.r as R

EFFECTS = ("dc1", "dc0", "zc1", "zc0", "tauc")
# R's glm stops when the deviance settles; its path is followed, the last digit of exp() is not.
GLM = 1e-11

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def made(n: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"z": rng.integers(0, 2, n), "x": rng.normal(size=n)})
    data["t"] = ((data["z"] + rng.normal(size=n)) > 0.5).astype(int)
    data["m"] = 0.5 * data["t"] + rng.normal(size=n)
    data["mb"] = (data["m"] > 0).astype(int)
    data["y"] = data["t"] + data["m"] + rng.normal(size=n)
    return data.assign(t2=data["t"] + 1, k=rng.poisson(2, n), g=np.where(data["z"] == 1, "on", "off"), one=1)


BINARY = ("t ~ z", "logit mb ~ t + z", "y ~ mb * (t + z)")
CONTINUOUS = ("t ~ z", "m ~ t + z", "y ~ m * (t + z)")


def fit(formula: str, data: pd.DataFrame) -> Any:
    """Fit a model whose formula may start with the name of a family."""
    kind, _, rest = formula.partition(" ")
    families = {"logit": R.binomial, "poisson": R.poisson, "gaussian": R.gaussian}
    return R.glm(rest, families[kind], data=data) if kind in families else R.lm(formula, data=data)


def estimated(
    formulas: tuple[str, str, str],
    function: Any = pm.ivmediate,
    data: pd.DataFrame | None = None,
    **options: Any,
) -> Any:
    names = {"enc": "z", "treat": "t", "mediator": "mb" if "mb" in formulas[1] else "m", "ci": False}
    data = made() if data is None else data
    return function(*(fit(formula, data) for formula in formulas), **names | options)


@pytest.mark.parametrize(
    ("formulas", "options", "error", "words"),
    [
        (
            ("t ~ x", *BINARY[1:]),
            {},
            pm.UnknownNameError,
            "enc='z' is not in the treatment model, which has 'x'",
        ),
        ((BINARY[0], "logit mb ~ z", BINARY[2]), {}, pm.UnknownNameError, "treat='t' is not in the mediator"),
        ((*BINARY[:2], "y ~ t + z"), {}, pm.UnknownNameError, "mediator='mb' is not in the outcome model"),
        (BINARY, {"enc": "zz"}, pm.UnknownNameError, "Did you mean 'z'"),
        (BINARY, {"enc": "enc.name"}, pm.UnknownNameError, "the argument was not given"),
        (BINARY, {"enc": 3}, pm.ArgumentTypeError, "enc must be the name"),
        (
            ("t2 ~ z", "logit mb ~ t2 + z", "y ~ mb * t2"),
            {"treat": "t2"},
            pm.ArgumentError,
            "has 1, 2. Recode",
        ),
        (("t ~ x + z", "logit mb ~ t", "y ~ mb * t"), {"enc": "x"}, pm.ArgumentError, "enc must be 0 or 1"),
        (("z ~ t", *BINARY[1:]), {"enc": "t", "treat": "t"}, pm.DataMismatchError, "'z', not treat='t'"),
        (("t ~ z", "logit mb ~ t", "y ~ mb * t"), {"mediator": "t"}, pm.DataMismatchError, "named twice"),
        (
            (BINARY[0], "poisson k ~ t", "y ~ k * t"),
            {"mediator": "k"},
            pm.UnsupportedModelError,
            "binomial family",
        ),
        ((BINARY[0], "gaussian m ~ t", "y ~ m * t"), {}, pm.UnsupportedModelError, "mediator model is a"),
        ((*BINARY[:2], "gaussian y ~ mb * t"), {}, pm.UnsupportedModelError, "outcome model is a"),
        ((*CONTINUOUS[:2], "y ~ m * t + I(m^2)"), {}, pm.UnsupportedModelError, "must enter as itself"),
        (BINARY, {"conf_level": [0.95, 0.95]}, pm.ArgumentError, "several different"),
        (BINARY, {"conf_level": 95}, pm.ArgumentError, "0.95"),
        (BINARY, {"boots": True}, pm.UnknownArgumentError, "ivmediate.. has no argument 'boots'"),
        (BINARY, {"multicore": 3}, pm.ArgumentTypeError, "multicore must be True or False"),
    ],
)
def test_what_does_not_fit_is_refused(formulas: Any, options: dict[str, Any], error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        estimated(formulas, **options)


def test_factors_of_two_levels_are_taken_and_others_refused() -> None:
    formulas = ("t ~ g", "logit mb ~ t + g", "y ~ mb * (t + g)")
    assert estimated(formulas, enc="g").dc1 == pytest.approx(estimated(BINARY).dc1, rel=GLM)
    three = made().assign(g=lambda d: np.where(d["x"] > 0, "a", np.where(d["x"] > -1, "b", "c")))
    with pytest.raises(pm.UnsupportedModelError, match="levels 'a', 'b', 'c'; 0 and 1, or two levels"):
        pm.ivmediate(*(fit(f, three) for f in formulas), enc="g", treat="t", mediator="mb", ci=False)


def test_the_dialect_warns_of_models_in_other_roles() -> None:
    formulas = ("t ~ z + x", "m ~ t + z", "y ~ mb * t")
    with pytest.raises(pm.DataMismatchError, match="'m', not mediator='mb'"):
        estimated(formulas, mediator="mb")
    with pytest.warns(pm.PymediationWarning, match="R returns a number all the same"):
        estimated(formulas, R.ivmediate, mediator="mb")


def test_integrals_without_a_limit_are_warned_about() -> None:
    with pytest.warns(pm.PymediationWarning, match=r"of 120 integrals .*\d+ for dc1"):
        estimated(
            ("t ~ z + x", "m ~ t * z + x", "y ~ m * (t + z) + x"), R.ivmediate, data=instrument_cases.data_s()
        )


def test_replicates_that_cannot_be_fitted_are_counted() -> None:
    few = made(40).assign(mb=lambda d: (d.index < 2).astype(int))
    models = [fit(formula, few) for formula in ("t ~ z", "logit mb ~ t + z", "y ~ mb + t + z")]
    names = {"enc": "z", "treat": "t", "mediator": "mb"}
    result = pm.ivmediate(*models, sims=60, rng=pm.RStream(1), **names)
    assert np.isnan(result.dc1_sims).sum() == result.n_failed
    assert np.isfinite(np.asarray(result.dc1_ci)).all()


def test_a_result_pickles_and_prints() -> None:
    result = estimated(BINARY, ci=True, sims=20, rng=7)
    copy = pickle.loads(pickle.dumps(result))
    assert str(copy.summary()) == str(result.summary())
    text = str(result.summary())
    assert "Decomposition of the Intention-to-Treat Effect" in text
    assert "Share of Compliers" in text
    assert "Decomposition" not in str(estimated(BINARY, R.ivmediate, ci=True, sims=20, rng=7).summary())
    assert result._repr_html_().count("<tr>") >= 12
    assert "20 draws, NumPy stream, seed 7" in repr(result)
    assert "no intervals" in repr(estimated(BINARY))
    assert estimated(BINARY).to_frame()["lower"].isna().all()
    with pytest.raises(pm.UnknownNameError, match="'dc1_ci'"):
        result["dc1.ci"]


# The plot.


def drawn(ax: Any) -> list[tuple[float, float, str]]:
    """Return height, estimate and line style of the segments."""
    lines = [line for line in ax.lines if len(line.get_xdata()) == 3]
    return [(line.get_ydata()[0], line.get_xdata()[1], line.get_linestyle()) for line in lines]


def test_plot_has_a_row_for_each_effect() -> None:
    result = estimated(BINARY, ci=True, sims=50, rng=7, conf_level=[0.9, 0.5])
    ax = result.plot()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["LACME", "LANDE", "LATE"]
    marks = drawn(ax)
    assert [height for height, *_ in marks] == [3.05, 2.95, 2.05, 1.95, 1]
    assert [estimate for _, estimate, _ in marks] == [
        result.dc1,
        result.dc0,
        result.zc1,
        result.zc0,
        result.tauc,
    ]
    assert [style for *_, style in marks] == ["-", "--", "-", "--", "-"]
    low, high = ax.get_xlim()
    ends = np.array([np.asarray(result[f"{name}_ci"]) for name in EFFECTS])
    assert low < min(0, ends.min())
    assert high > max(0, ends.max())
    narrow = result.plot(conf_level=0.5, effect_type="ind", treatment="control", main="Title")
    assert narrow.get_xlim()[1] > result.dc0_ci["90%"].upper
    assert len(drawn(narrow)) == 1
    with pytest.raises(pm.ArgumentError, match=r"0.9, 0.5"):
        result.plot(conf_level=0.95)
    with pytest.raises(pm.ArgumentError, match="one label per effect"):
        result.plot(labels=["one"])
    with pytest.raises(pm.NotEstimableError, match="ci=False"):
        estimated(BINARY).plot()
