"""The result for an ordered outcome: components per category, tables, R's text, plot, pickling."""

from __future__ import annotations

import copy
import json
import pickle
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from r_cases import REFERENCE

from pymediation.errors import ArgumentError, UnknownNameError
from pymediation.estimates.effects import Effect, EffectName, Interval
from pymediation.plots.marks import default_xlim
from pymediation.plots.ordered import ordered_marks
from pymediation.results.components import CategoryComponents
from pymediation.results.ordered import OrderedMediationResult
from pymediation.results.records import Models
from pymediation.streams import as_stream

EXACT_TO = 1e-12  # positions are sums and products of a few doubles

NAMES: tuple[EffectName, ...] = ("d0", "d1", "z0", "z1", "tau")
LABELS = ["ACME (control)", "ACME (treated)", "ADE (control)", "ADE (treated)", "Total Effect"]
OTHERS = {
    *("boot", "boot_ci_type", "treat", "mediator", "covariates", "INT", "conf_level", "model_y", "model_m"),
    *("control_value", "treat_value", "nobs", "sims", "call", "robustSE", "cluster"),
}
COMPONENTS = {
    "tau_coef" if name == "tau" and part == "" else name + part
    for name in NAMES
    for part in ("", "_ci", "_p", "_sims")
} | OTHERS
CATEGORIES = ("low", "mid", "high")  # not in alphabetical order
SIMS = 6
R_CASES = {
    name: case
    for name, case in json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"].items()
    if case["outcome_model"].startswith("polr(")
}


def effect(place: int, *, long: bool = True) -> Effect:
    """Return an effect that no other place has."""
    sims = place + np.arange(SIMS) / 10
    return Effect(
        estimate=place + 0.25,
        ci=Interval(place - 1.0, place + 1.0, 0.95),
        p_value=place / 100,
        sims=sims if long else None,
        std_error=place / 10,
        mc_error=float("nan"),
    )


def result_of(effects: list[dict[EffectName, Effect]], **given: Any) -> OrderedMediationResult:
    record = {
        **{"categories": CATEGORIES, "boot": True, "boot_ci_type": "perc", "treat": "t", "mediator": "m"},
        **{"covariates": None, "INT": True, "conf_level": 0.95, "control_value": 0, "treat_value": 1},
        **{"nobs": 50, "sims": SIMS, "n_failed": 0, "call": {"sims": SIMS}, "robustSE": False},
        **{"cluster": None, "notes": (), "formulas": ("m ~ t", "y ~ t * m"), "compat": "fixed"},
        **{"stream": as_stream(1).describe(), "models": Models("mediator model", "outcome model")},
    }
    return OrderedMediationResult(effects=tuple(effects), **(record | given))


def made_up(count: int = 3, *, long: bool = True, **given: Any) -> OrderedMediationResult:
    """Return a result whose effect `i` on category `j` is `effect(10 i + j)`."""
    effects = [{name: effect(10 * i + j, long=long) for i, name in enumerate(NAMES)} for j in range(count)]
    return result_of(effects, **given)


def of_r(case: dict[str, Any]) -> OrderedMediationResult:
    """Return the result with the numbers that R recorded."""

    def recorded(name: str, place: int) -> Effect:
        lower, upper = case[f"{name}.ci"][2 * place : 2 * place + 2]
        estimate = case["tau.coef" if name == "tau" else name][place]
        nan = float("nan")
        return Effect(estimate, Interval(lower, upper, 0.95), case[f"{name}.p"][place], None, nan, nan)

    effects = [{name: recorded(name, place) for name in NAMES} for place in range(3)]
    sims = int(re.search(r"sims = (\d+)", case["call"])[1])
    kept = {"INT": case["INT"], "nobs": case["nobs"], "sims": sims}
    return result_of(effects, categories=("1", "2", "3"), **kept)


@pytest.fixture
def result() -> OrderedMediationResult:
    return made_up()


def test_has_the_components_of_r(result: OrderedMediationResult) -> None:
    assert set(result.keys()) == set(result) == COMPONENTS
    assert len(result.keys()) == 36


@pytest.mark.parametrize("place", range(5))
def test_arrays_have_an_entry_per_category(result: OrderedMediationResult, place: int) -> None:
    name = NAMES[place]
    first = 10.0 * place + np.arange(3)
    np.testing.assert_array_equal(result["tau_coef" if name == "tau" else name], first + 0.25)
    np.testing.assert_array_equal(result[f"{name}_ci"], [first - 1, first + 1])
    np.testing.assert_array_equal(result[f"{name}_p"], first / 100)
    np.testing.assert_array_equal(result[f"{name}_sims"], first + np.arange(SIMS)[:, None] / 10)


def test_components_without_draws() -> None:
    short = made_up(long=False)
    assert set(short.keys()) == {name for name in COMPONENTS if not name.endswith("_sims")}
    assert short.d0_sims is None
    with pytest.raises(UnknownNameError, match="long=True"):
        short["d0_sims"]


def test_changing_an_array_does_not_change_the_result(result: OrderedMediationResult) -> None:
    result.d0[:] = 0
    result.d0_sims[:] = 0
    assert result.d0[0] == 0.25
    assert result.d0_sims[1, 0] == 0.1


@pytest.mark.parametrize(
    ("given", "meant"),
    [("d0.ci", "d0_ci"), ("tau.coef", "tau_coef"), ("model.y", "model_y"), ("tau", "tau_p")],
)
def test_r_name_is_answered_with_ours(result: OrderedMediationResult, given: str, meant: str) -> None:
    for shown in (result, result.summary()):
        with pytest.raises(KeyError, match=f"Did you mean '{meant}'"):
            shown[given]


@pytest.mark.parametrize("name", ["d_avg", "z_avg_ci", "n0", "n1_p", "n_avg_sims", "prop_mediated"])
def test_averages_and_proportions_are_explained(result: OrderedMediationResult, name: str) -> None:
    for shown in (result, result.summary()):
        assert not hasattr(shown, name)
        with pytest.raises(AttributeError, match=f"{name}.*Like R's, this result has no averages"):
            getattr(shown, name)
        with pytest.raises(KeyError, match=r"no proportions mediated"):
            shown[name.replace("_", ".")]


def test_misspelt_attribute(result: OrderedMediationResult) -> None:
    with pytest.raises(AttributeError, match="'OrderedMediationResult' object has no attribute 'acmee'"):
        result.acmee  # noqa: B018


def test_words_are_the_codes(result: OrderedMediationResult) -> None:
    for place, category in enumerate(CATEGORIES):
        for words, codes in ((result.acme, ("d0", "d1")), (result.ade, ("z0", "z1"))):
            arms = words[category]
            assert [arms.control.estimate, arms.treated.estimate] == [result[code][place] for code in codes]
            assert [*arms.treated.ci] == result[f"{codes[1]}_ci"][:, place].tolist()
        assert result.total[category].estimate == result.tau_coef[place]
    assert list(result.acme) == list(CATEGORIES)
    assert len(result.total) == 3
    assert "'mid': ArmEffects(control=Effect(estimate=1.25" in repr(result.acme)


def test_unknown_category_is_answered_with_the_known_ones(result: OrderedMediationResult) -> None:
    with pytest.raises(UnknownNameError, match=r"'low', 'mid', 'high'\. Did you mean 'mid'"):
        result.acme["middle"]
    with pytest.raises(UnknownNameError, match=r"category 2; .* Did you mean '2'"):
        made_up(categories=("1", "2", "3")).total[2]  # type: ignore[index]


def test_what_was_passed_is_kept(result: OrderedMediationResult) -> None:
    assert (result.model_m, result.model_y) == ("mediator model", "outcome model")
    assert (result.boot, result.method, result.nobs) == (True, "nonparametric bootstrap", 50)
    with pytest.raises(AttributeError):
        result.boot = False  # type: ignore[misc]


def test_summary_has_every_component(result: OrderedMediationResult) -> None:
    summary = result.summary()
    assert isinstance(summary, CategoryComponents)
    assert set(summary.keys()) == COMPONENTS
    for name in COMPONENTS:
        np.testing.assert_array_equal(summary[name], result[name])
    assert (summary.n_failed, summary.categories) == (0, CATEGORIES)
    pd.testing.assert_frame_equal(summary.to_frame(), result.to_frame())


@pytest.mark.parametrize("name", R_CASES)
def test_text_equals_r(name: str) -> None:
    assert str(of_r(R_CASES[name]).summary()) == "\n".join(R_CASES[name]["summary"])


def test_both_recorded_runs_are_there() -> None:
    assert len(R_CASES) == 2


def test_categories_keep_their_order_in_the_text(result: OrderedMediationResult) -> None:
    lines = str(result.summary()).splitlines()
    assert lines[5].split() == ["Pr(Y=low)", "Pr(Y=mid)", "Pr(Y=high)"]
    assert lines[6].split()[2:] == ["0.25", "1.25", "2.25"]


def test_text_follows_the_options() -> None:
    shown = made_up(boot_ci_type="bca", covariates={"x": 1}, conf_level=0.9, notes=("A note.",))
    printed = str(shown.summary())
    for part in ("BCa Method", "Covariate Values Specified", "\n5% ", "\n95% ", "\nA note.\n"):
        assert part in printed
    assert repr(shown.summary()) == printed
    assert "  0.01336179" in str(of_r(R_CASES["jobs_polr_outcome"]).summary(digits=6))
    with pytest.raises(ArgumentError, match="digits must be a whole number"):
        shown.summary(digits=0)


def test_table_has_a_row_per_effect_and_category(result: OrderedMediationResult) -> None:
    frame = result.to_frame()
    assert frame.index.names == ["effect", "category"]
    assert frame.index.tolist() == [(label, category) for label in LABELS for category in CATEGORIES]
    assert frame.columns.tolist() == ["estimate", "std_error", "lower", "upper", "p_value"]
    assert frame.loc[("ADE (treated)", "mid")].tolist() == [31.25, 3.1, 30.0, 32.0, 0.31]
    wide = frame["estimate"].unstack()
    assert wide.columns.tolist() == list(CATEGORIES)
    np.testing.assert_array_equal(wide.loc["Total Effect"], result.tau_coef)


def test_repr_says_what_was_done(result: OrderedMediationResult) -> None:
    lines = repr(result).splitlines()
    for word in (
        "OrderedMediationResult: t -> m",
        "3 categories",
        f"{SIMS} replicates",
        "n = 50",
        "seed 1",
    ):
        assert word in lines[0]
    assert lines[1].split() == ["Pr(Y=low)", "Pr(Y=mid)", "Pr(Y=high)"]
    assert lines[-2].split() == ["Total", "Effect", "40.25", "41.25", "42.25"]
    assert ".summary()" in lines[-1]


def test_html_has_a_table_per_effect(result: OrderedMediationResult) -> None:
    page = result._repr_html_()
    assert page.count("<table") == page.count("</table>") == 5
    assert all(label in page for label in LABELS)
    assert page == result.summary()._repr_html_()


def test_pickles(result: OrderedMediationResult) -> None:
    for before in (result, result.summary()):
        for after in (pickle.loads(pickle.dumps(before)), copy.deepcopy(before)):
            assert str(after) == str(before)
            assert set(after.keys()) == COMPONENTS
            np.testing.assert_array_equal(after.tau_sims, before.tau_sims)
            assert (after.model_m, after.model_y) == ("mediator model", "outcome model")


@pytest.fixture
def closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def heights(drawn: OrderedMediationResult, *series: str) -> dict[tuple[str, float], list[float]]:
    """Return the positions by condition and row."""
    found: dict[tuple[str, float], list[float]] = {}
    marks = [entry.mark for entry in ordered_marks(drawn, series)]
    for place, mark in enumerate(marks):
        run = place // len(drawn.categories)
        row = 3 - run // len(series)
        found.setdefault((mark.series, row), []).append(mark.y)
    return found


def names_at_the_right(ax: Axes) -> list[tuple[str, float]]:
    names = [text for text in ax.texts if isinstance(text, Annotation) and text.xycoords != "axes fraction"]
    return [(text.get_text(), text.xy[1]) for text in names]


def test_both_conditions_are_above_and_below_the_row(result: OrderedMediationResult) -> None:
    placed = heights(result, "treated", "control")
    for row in (3, 2):
        assert placed["treated", row] == pytest.approx([row + 0.15, row + 0.1, row + 0.05], abs=EXACT_TO)
        assert placed["control", row] == pytest.approx([row - 0.05, row - 0.1, row - 0.15], abs=EXACT_TO)
    assert placed["treated", 1] == pytest.approx([1.15, 1.1, 1.05], abs=EXACT_TO)
    assert ("control", 1) not in placed


@pytest.mark.parametrize("series", ["treated", "control"])
def test_one_condition_starts_at_the_row_and_goes_down(result: OrderedMediationResult, series: str) -> None:
    placed = heights(result, series)
    for row in (3, 2):
        assert placed[series, row] == pytest.approx([row, row - 0.05, row - 0.1], abs=EXACT_TO)
    assert placed["treated", 1] == pytest.approx([1, 0.95, 0.9], abs=EXACT_TO)


def test_rows_of_many_categories_stay_apart() -> None:
    many = made_up(16, categories=tuple(map(str, range(16))))
    placed = heights(many, "treated", "control")
    assert min(placed["control", 3]) > max(placed["treated", 2])
    assert max(placed["treated", 3]) < 3.5


def test_marks_hold_the_numbers(result: OrderedMediationResult) -> None:
    entries = ordered_marks(result, ("treated", "control"))
    codes = ["d1", "d0", "z1", "z0", "tau"]
    assert [entry.category for entry in entries] == list(CATEGORIES) * 5
    for code, run in zip(codes, np.arange(15).reshape(5, 3), strict=True):
        marks = [entries[place].mark for place in run]
        assert [mark.estimate for mark in marks] == result["tau_coef" if code == "tau" else code].tolist()
        assert [[mark.lower for mark in marks], [mark.upper for mark in marks]] == result[
            f"{code}_ci"
        ].tolist()


@pytest.mark.usefixtures("closed_figures")
def test_plot_names_rows_and_categories(result: OrderedMediationResult) -> None:
    ax = result.plot(main="Mood", xlab="effect")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["ACME", "ADE", "Total\nEffect"]
    assert ax.get_yticks().tolist() == [3, 2, 1]
    assert ax.get_ylim() == (0.5, 3.5)
    assert ax.get_xlim() == default_xlim([-1.0, 43.0])
    assert (ax.get_title(), ax.get_xlabel()) == ("Mood", "effect")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["treated", "control"]
    marks = ordered_marks(result, ("treated", "control"))
    assert names_at_the_right(ax) == [(entry.category, entry.mark.y) for entry in marks]
    named = replace(result, wording=replace(result.wording, outcome="grade")).plot()
    assert named.get_xlabel() == "Effect on Pr(grade = category)"
    assert named.texts[-1].get_text() == "grade"
    custom = result.summary().plot(labels=["a", "b", "c"])
    assert [label.get_text() for label in custom.get_yticklabels()] == ["a", "b", "c"]


@pytest.mark.usefixtures("closed_figures")
def test_names_of_categories_do_not_touch() -> None:
    many = made_up(11, categories=tuple(map(str, range(11))))
    ax = many.plot()
    ax.figure.canvas.draw()
    boxes = sorted((text.get_window_extent() for text in ax.texts[:-1]), key=lambda box: box.y0)
    assert len(boxes) == 55
    # Boxes have the font's full line height; digits take three quarters of it.
    assert all(low.y0 + 0.75 * low.height < high.y0 for low, high in pairwise(boxes))


@pytest.mark.usefixtures("closed_figures")
def test_names_are_left_out_where_there_is_no_room(result: OrderedMediationResult) -> None:
    low = plt.subplots(figsize=(4, 2))[1]
    assert result.plot(ax=low) is low
    assert len(low.texts) == 0
    cut = result.plot(ylim=(1.5, 3.5))
    assert min(y for _, y in names_at_the_right(cut)) > 1.5


@pytest.mark.usefixtures("closed_figures")
def test_conditions_follow_the_interaction(capsys: pytest.CaptureFixture[str]) -> None:
    def drawn(shown: OrderedMediationResult, **options: Any) -> list[int]:
        labels = [line.get_label() for line in shown.plot(**options).get_lines()]
        return [labels.count("_treated"), labels.count("_control")]

    assert drawn(made_up(INT=True)) == [9, 6]
    assert drawn(made_up(INT=False)) == [9, 0]
    assert drawn(made_up(INT=False), treatment="both") == [9, 6]
    assert drawn(made_up(INT=True), treatment="control") == [3, 6]
    assert capsys.readouterr().out == ""  # R prints a word here
    with pytest.raises(ArgumentError, match="treatment='all' is not accepted"):
        made_up().plot(treatment="all")
    with pytest.raises(ArgumentError, match="labels has 2 entries, but 3 effects"):
        made_up().plot(labels=["a", "b"])
