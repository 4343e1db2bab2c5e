"""Path diagrams of results beyond those of one outcome: numbers against the models, and what is drawn."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from analyses import MANIPULATED, d, grouped, multimed, noncompliance, pooled, quiet
from matplotlib.axes import Axes
from people import SIMS, ols

import pymediation as pm
import pymediation.r as R
from pymediation.errors import ArgumentError, UnknownNameError
from pymediation.plots.path_diagram import PathNumber
from pymediation.report.numbers import common_decimals
from pymediation.results.paths import paths_of

# The same regressions by two least-squares routines.
SAME_TO = 1e-8
COLUMN_WIDTH = 3.5  # inches of a journal's column

graded = d.assign(
    grade=pd.Categorical(np.digitize(d["y"], [-0.5, 0.8]).astype(str), ordered=True),
    other=d["m"] + np.random.default_rng(3).normal(size=len(d)),
    z=np.random.default_rng(4).normal(size=len(d)),
)


def ordered() -> Any:
    fit = R.polr("grade ~ t + m + x", data=graded)
    return quiet(
        lambda: pm.mediate(
            ols("m ~ t + x", graded), fit, treat="t", mediator="m", boot=True, sims=SIMS, rng=1
        )
    )


def two_stage(instruments: str = "z", **options: Any) -> Any:
    data = graded.assign(m=graded["m"] + graded["z"])
    fits = ols(f"m ~ t + x + {instruments}", data), ols("y ~ t + m + x", data)
    return quiet(lambda: pm.mediate_tsls(*fits, treat="t", **options))


MAKERS = {
    "ordered": ordered,
    "pooled": pooled,
    "multilevel": grouped,
    "multimed": multimed,
    "multimed parallel": lambda: multimed(**MANIPULATED),
    "noncompliance": noncompliance,
    "two stages": two_stage,
}


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def results() -> Callable[[str], Any]:
    return cache(lambda name: MAKERS[name]())


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def arrows(ax: Axes) -> list[Any]:
    return [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None) is not None]


def written(number: PathNumber) -> str:
    """Return a number as it stands at an arrow."""
    values = (number.estimate,) if number.ci is None else (number.estimate, number.ci.lower, number.ci.upper)
    first, *ends = (one.replace("-", "\N{MINUS SIGN}") for one in common_decimals(values, 3))
    return f"{first}\n[{', '.join(ends)}]" if ends else first


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("width", [COLUMN_WIDTH, 6.4])
def test_texts_stay_clear_of_each_other_and_within_the_figure(
    name: str, width: float, results: Callable[[str], Any]
) -> None:
    figure, ax = plt.subplots(figsize=(width, 3.6), layout="constrained")
    assert results(name).plot_paths(ax=ax) is ax
    figure.canvas.draw()
    drawn = [text for text in ax.texts if text.get_text()]
    boxes = [text.get_window_extent() for text in drawn]
    for one, other in combinations(range(len(boxes)), 2):
        assert not boxes[one].overlaps(boxes[other]), (drawn[one].get_text(), drawn[other].get_text())
    frame = figure.bbox.padded(1.0)
    for text, box in zip(drawn, boxes, strict=True):
        assert frame.x0 <= box.x0 <= box.x1 <= frame.x1, text.get_text()
        assert frame.y0 <= box.y0 <= box.y1 <= frame.y1, text.get_text()
    assert min(text.get_fontsize() for text in drawn) >= 6


@pytest.mark.parametrize("name", MAKERS)
def test_names_come_first_and_numbers_survive_pickling(name: str, results: Callable[[str], Any]) -> None:
    result = results(name)
    shown = texts(result.plot_paths())
    assert shown == texts(pickle.loads(pickle.dumps(result)).plot_paths())
    assert "Effects: differences in" in shown[-1] or "Two-stage least squares" in shown[-1]
    assert not any(character.isspace() for character in "".join(shown[:3]))


def shown_numbers(result: Any, **options: Any) -> list[str]:
    return [
        one for one in texts(result.plot_paths(**options)) if re.match(r"(control: )?[\N{MINUS SIGN}\d]", one)
    ]


def test_arrows_to_an_ordered_outcome_are_its_models_coefficients(results: Callable[[str], Any]) -> None:
    result = results("ordered")
    paths = paths_of(result)
    fit = result.model_y
    assert paths.to_outcome[0].estimate == pytest.approx(fit.coef()["m"], rel=SAME_TO)
    assert written(paths.to_outcome[0].number()) in shown_numbers(result)
    effects = texts(result.plot_paths())[-2].splitlines()
    assert [line.split(":")[0] for line in effects] == ["0", "1", "2"]
    line = common_decimals([result.d1[2], result.z0[2], result.tau_coef[2]], 3)
    assert effects[2] == "2: ACME {}, ADE {}, total {}".format(*line).replace("-", "\N{MINUS SIGN}")


def test_a_category_of_an_ordered_outcome_can_be_chosen(results: Callable[[str], Any]) -> None:
    result = results("ordered")
    shown = texts(result.plot_paths(category="2"))
    assert shown[-2].splitlines()[1].startswith(f"ACME (treated): {result.d1[2]:.3f}"[:20])
    assert "the probability of category 2" in shown[-1]
    with pytest.raises(UnknownNameError, match="no outcome category 'x'"):
        result.plot_paths(category="x")


def test_more_categories_than_lines_are_refused() -> None:
    cuts = np.quantile(d["y"], [0.2, 0.35, 0.5, 0.65, 0.8])
    data = d.assign(grade=pd.Categorical(np.digitize(d["y"], cuts).astype(str), ordered=True))
    fit = R.polr("grade ~ t + m + x", data=data)
    fits = ols("m ~ t + x", data), fit
    result = quiet(lambda: pm.mediate(*fits, treat="t", mediator="m", boot=True, sims=SIMS, rng=1))
    with pytest.raises(ArgumentError, match="effects on 6 categories do not fit below a diagram"):
        result.plot_paths()
    assert result.plot_paths(category="5")


def test_arrows_of_pooled_analyses_follow_rubins_rules(results: Callable[[str], Any]) -> None:
    result = results("pooled")
    found = [paths_of(one).to_mediator for one in result.elements]
    combined = pm.rubins_rules([one.estimate for one in found], [one.std_error**2 for one in found])
    assert written(PathNumber(combined.estimate, combined.ci)) in shown_numbers(result)
    assert "3 data sets, by Rubin's rules" in texts(result.plot_paths())[-1]


def test_arrows_of_mixed_models_are_common_coefficients(results: Callable[[str], Any]) -> None:
    result = results("multilevel")
    paths = paths_of(result)
    assert paths.to_mediator is not None
    assert paths.to_mediator.estimate == pytest.approx(R.fixef(result.model_m)["t"], rel=SAME_TO)
    assert paths.to_outcome[0].estimate == pytest.approx(R.fixef(result.model_y)["m"], rel=SAME_TO)


def test_arrows_of_two_mediators_are_regression_coefficients(results: Callable[[str], Any]) -> None:
    result = results("multimed")
    by_ends = {(one.start, one.end): one for one in result.arrows}
    outcome = ols("y ~ t * (m + other) + x", graded)
    for (start, end), (fit, term) in {
        ("treatment", "mediator"): (ols("m ~ t + x", graded), "t"),
        ("treatment", "alternative"): (ols("other ~ t + x", graded), "t"),
        ("mediator", "outcome"): (outcome, "m"),
        ("alternative", "outcome"): (outcome, "other"),
    }.items():
        first = by_ends[start, end].numbers[0]
        np.testing.assert_allclose(first.estimate, fit.params[term], rtol=SAME_TO)
        assert first.ci is not None
        reach = (first.ci.upper - first.ci.lower) / 2
        np.testing.assert_allclose(reach, 1.959963984540054 * fit.bse[term], rtol=SAME_TO)
        assert written(first) in "\n".join(shown_numbers(result))
    treated = by_ends["mediator", "outcome"].numbers[1]
    np.testing.assert_allclose(treated.estimate, outcome.params["m"] + outcome.params["t:m"], rtol=SAME_TO)
    means = graded["m"].mean(), graded["other"].mean()
    direct = outcome.params["t"] + outcome.params["t:m"] * means[0] + outcome.params["t:other"] * means[1]
    np.testing.assert_allclose(by_ends["treatment", "outcome"].numbers[0].estimate, direct, rtol=SAME_TO)
    assert by_ends["alternative", "mediator"].dashed


def test_several_alternative_mediators_share_a_box_without_numbers() -> None:
    result = pm.multimed("y", "m", ["other", "z"], "t", "x", data=graded, sims=SIMS, rng=1)
    shown = texts(result.plot_paths())
    assert "other\nz" in shown
    assert "Several alternative mediators together have no number." in shown[-1].replace("\n", " ")
    by_ends = {(one.start, one.end): one.numbers for one in result.arrows}
    assert by_ends["treatment", "alternative"] == by_ends["alternative", "outcome"] == ()


def test_dashes_are_for_the_path_that_is_not_estimated(results: Callable[[str], Any]) -> None:
    dashed = [one for one in arrows(results("multimed").plot_paths()) if one.get_linestyle() != "-"]
    assert len(dashed) == 1
    assert all(one.get_linestyle() == "-" for one in arrows(results("multimed parallel").plot_paths()))


def test_share_of_compliers_is_the_only_number_with_noncompliance(results: Callable[[str], Any]) -> None:
    result = results("noncompliance")
    share = result.complier_share
    assert shown_numbers(result) == [written(PathNumber(share.estimate, share.ci))]
    assert "mix compliers with others" in texts(result.plot_paths())[-1].replace("\n", " ")
    assert len(arrows(result.plot_paths())) == 4
    bare = noncompliance(ci=False)
    assert shown_numbers(bare) == [f"{bare.complier_share.estimate:.3f}"]


@pytest.mark.parametrize("options", [{}, {"boot": True, "sims": SIMS, "rng": 1}, {"est_se": False}])
def test_coefficients_of_both_stages(options: dict[str, Any]) -> None:
    result = two_stage(**options)
    numbers = result.path_numbers
    first = result.model_m
    for role, term in (("treatment", "t"), ("instrument", "z")):
        np.testing.assert_allclose(numbers[role].estimate, first.params[term], rtol=SAME_TO)
        reach = 1.959963984540054 * first.bse[term]
        np.testing.assert_allclose(numbers[role].ci.upper - numbers[role].estimate, reach, rtol=SAME_TO)
        assert written(numbers[role]) in shown_numbers(result)
    product = numbers["treatment"].estimate * numbers["mediator"].estimate
    np.testing.assert_allclose(product, result.acme.estimate, rtol=SAME_TO)
    np.testing.assert_allclose(numbers["direct"].estimate, result.ade.estimate, rtol=SAME_TO)
    if not options:
        reach = (numbers["direct"].ci.upper - numbers["direct"].ci.lower) / 2
        np.testing.assert_allclose(reach, (result.ade.upper - result.ade.lower) / 2, rtol=SAME_TO)


def test_several_instruments_have_one_arrow_and_no_number() -> None:
    result = two_stage("z + age")
    assert "instrument" not in result.path_numbers
    shown = texts(result.plot_paths())
    assert "z\nage" in shown or "age\nz" in shown
    assert "Instruments: F = " in shown[-1]


def test_options_are_those_of_every_diagram(results: Callable[[str], Any]) -> None:
    ax = results("two stages").plot_paths(main="Two stages", col="gray40", digits=2)
    assert ax.get_title() == "Two stages"
    assert arrows(ax)[0].get_edgecolor()[:3] == (0.4, 0.4, 0.4)
    with pytest.raises(ArgumentError, match="digits must be a whole number"):
        results("multimed").plot_paths(digits=0)
