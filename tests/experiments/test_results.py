"""What the design-based functions return: components, tables, text, intervals for bounds, plots."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

import pymediation as pm
import pymediation.r as R
from pymediation.imbens_manski import critical_value

PD = ("out", "med", "ttt", "manip")
PED = ("out.enc", "med.enc", "ttt", "enc")
CED = ("Y2", "M1", "M2", "T1", "Z")
# Rounding.
EXACT = 1e-12

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def bounds(**options: Any) -> Any:
    return pm.mediate_pd(*PD, pm.datasets.load_boundsdata(), NINT=False, rng=pm.RStream(1), **options)


def encouraged(**options: Any) -> Any:
    return pm.mediate_ped(*PED, pm.datasets.load_boundsdata(), rng=pm.RStream(1), **options)


def estimates(**options: Any) -> Any:
    return pm.mediate_ced(*CED, pm.datasets.load_CEDdata(), sims=200, rng=pm.RStream(1), **options)


def test_components_have_the_names_of_r():
    result = estimates()
    assert result.keys() == ("d0", "d1", "d0_ci", "d1_ci", "nobs", "sims", "conf_level", "design")
    assert list(result) == list(result.keys()) == list(result.summary().keys())
    with pytest.raises(pm.UnknownNameError, match=r"Did you mean 'd0_ci'\?"):
        result["d0.ci"]
    for name in result:
        assert result.summary()[name] == result[name] == getattr(result.summary(), name)


def test_words_stand_beside_the_names():
    result = estimates()
    assert result.acme.control.estimate == result.d0
    assert result.acme.treated.ci == result.d1_ci
    assert encouraged().complier_acme.treated is not None
    found = encouraged()
    assert [*found.complier_acme.control] == [*found.d0_p]
    assert [*found.acme.treated] == [*found.d1]


def test_bounds_among_compliers_are_those_of_one_design():
    with pytest.raises(
        AttributeError, match=r"'d1_p'\. It is part of a parallel encouragement design alone; this is PD"
    ):
        _ = bounds().d1_p


def test_bounds_cannot_be_read_at_the_wrong_end():
    found = bounds().d1
    lower, upper = found
    assert (found[0], found[1], len(found)) == (lower, upper, 2) == (found.lower, found.upper, 2)
    np.testing.assert_array_equal(np.asarray(found), [lower, upper])
    for literal in (2, (0, 1)):
        with pytest.raises(IndexError, match=r"R's ci\[2\] is \.upper"):
            found[literal]


def test_equal_bounds_are_equal():
    assert bounds().d1 == bounds().d1 != bounds().d0
    assert bounds().d1 != bounds(bounds_ci=True).d1
    assert len({bounds().d1, bounds().d1}) == 1
    assert bounds().d1 != (bounds().d1.lower, bounds().d1.upper)


@pytest.mark.parametrize("make", [bounds, encouraged, estimates])
def test_results_are_pickled(make):
    result = make(bounds_ci=True) if make is not estimates else make()
    again = pickle.loads(pickle.dumps(result))
    pd.testing.assert_frame_equal(again.to_frame(), result.to_frame())
    assert str(again.summary()) == str(result.summary())


def test_frames():
    frame = estimates().to_frame()
    assert list(frame.index) == ["Pliable ACME (control)", "Pliable ACME (treated)"]
    assert list(frame.columns) == ["estimate", "std_error", "lower", "upper", "p_value"]
    draws = estimates().acme.treated.sims
    assert draws.shape == (200,)
    assert frame.loc["Pliable ACME (treated)", "std_error"] == pytest.approx(draws.std(ddof=1), abs=EXACT)
    frame = bounds().to_frame()
    assert list(frame.columns) == [
        "lower",
        "upper",
        "std_error_lower",
        "std_error_upper",
        "ci_lower",
        "ci_upper",
    ]
    assert frame[["std_error_lower", "ci_lower"]].isna().all(axis=None)


def test_repr_and_html_show_the_numbers():
    result = bounds()
    assert repr(result).splitlines()[0] == "<DesignBounds: Parallel Design (Interaction Allowed); n = 1000>"
    assert "0.200650" in repr(result)
    html = result._repr_html_()
    assert (
        "<caption>Design-Based Causal Mediation Analysis<br>Parallel Design (Interaction Allowed)</caption>"
        in html
    )
    assert "Lower Bound" in html
    assert result.summary()._repr_html_() == html
    assert R.summary(result).d1 is result.d1


def test_repr_shows_estimates_that_are_missing_as_missing():
    data = pm.datasets.load_boundsdata().assign(enc=lambda d: -d["enc"])
    assert repr(pm.mediate_ped(*PED, data)).count("NaN") == 8
    wanted = pm.mediate_sed("out", "med", "ttt", data.assign(med=data["ttt"]), SI=True)
    assert repr(wanted).splitlines()[1].split() == ["estimate", "lower", "upper"]


def test_a_component_that_does_not_exist_is_answered_with_those_that_do():
    with pytest.raises(pm.UnknownNameError, match=r"no component 'd0\.ci'\. There are d1, d0, design, nobs"):
        bounds()["d0.ci"]


def test_one_resample_gives_bounds_no_interval_and_that_is_said():
    with pytest.warns(pm.PymediationWarning, match="With sims=1 there is no bootstrap variance"):
        assert np.isnan([*bounds(bounds_ci=True, sims=1).d1.ci]).all()


def test_without_random_numbers_none_are_drawn():
    stream = pm.RStream(1)
    result = pm.mediate_pd(*PD, pm.datasets.load_boundsdata(), NINT=False, rng=stream)
    assert stream.uniform()[0] == pm.RStream(1).uniform()[0]
    assert (result.stream, result.sims, result.conf_level, result.boot) == (None, None, None, False)


def test_results_know_their_random_numbers_and_their_call():
    result = estimates(conf_level=0.9)
    assert (result.stream.kind, result.stream.seed, result.stream.position) == ("R", 1, 0)
    assert (result.call["med_1"], result.call["conf_level"], result.sims, result.n_failed) == (
        "M1",
        0.9,
        200,
        0,
    )
    assert estimates().d0_ci.level == 0.95


def test_the_global_stream_continues():
    pm.set_seed(1)
    first, second = (pm.mediate_ced(*CED, pm.datasets.load_CEDdata(), sims=20) for _ in range(2))
    pm.set_seed(1)
    again = pm.mediate_ced(*CED, pm.datasets.load_CEDdata(), sims=20)
    pm.set_seed(None)
    assert first.d0_ci == again.d0_ci != second.d0_ci


def test_numpy_streams_repeat_themselves():
    run = lambda seed: pm.mediate_ced(*CED, pm.datasets.load_CEDdata(), sims=50, rng=seed).d0_ci  # noqa: E731
    assert run(3) == run(3) != run(4)


@pytest.mark.parametrize("make", [bounds, encouraged])
def test_bounded_effects_have_intervals_of_imbens_and_manski(make):
    plain, result = make(), make(bounds_ci=True, sims=400, conf_level=0.9)
    for _, name in result.rows:
        found = result.bounds[name]
        assert [*found] == [*plain.bounds[name]]
        errors = found.std_error_lower, found.std_error_upper
        C = float(critical_value((found.upper - found.lower) / max(errors), 0.9))
        assert found.ci.lower == pytest.approx(found.lower - C * errors[0], abs=EXACT)
        assert found.ci.upper == pytest.approx(found.upper + C * errors[1], abs=EXACT)
        assert found.ci.level == 0.9
    lines = str(result.summary()).splitlines()
    assert "Imbens and Manski 2004" in lines[5]
    assert lines[7].endswith("Lower Bound Upper Bound 90% CI Lower 90% CI Upper")
    assert max(map(len, lines[7:])) < 80


def test_standard_errors_of_bounds_are_those_of_estimates_where_one_term_decides():
    """Under control the upper bound of the single experiment is the share of Y = 0 there, by far."""
    data = pm.datasets.load_boundsdata().query("manip == 0")
    found = pm.mediate_sed("out", "med", "ttt", data, bounds_ci=True, sims=2000, rng=pm.RStream(3)).d0
    control = data[data["ttt"] == 0]
    p = (control["out"] == 0).mean()
    assert found.upper == pytest.approx(p, abs=EXACT)
    # A standard deviation of 2000 draws has a relative error of 1.6 per cent.
    assert found.std_error_upper == pytest.approx(np.sqrt(p * (1 - p) / len(control)), rel=0.07)


def test_where_there_are_no_bounds_there_is_no_interval():
    data = pm.datasets.load_boundsdata().assign(enc=lambda d: -d["enc"])
    for compat in ("fixed", "R"):
        result = pm.mediate_ped(*PED, data, bounds_ci=True, sims=50, rng=1, compat=compat)
        assert np.isnan([*result.d1.ci]).all()


def labels(ax: Axes) -> list[str]:
    """Return the names of the rows from top to bottom."""
    return [label.get_text() for label in ax.get_yticklabels()]


def test_bounds_are_bars_from_lower_to_upper():
    result = encouraged()
    ax = result.plot()
    assert labels(ax)[0] == "Population ACME\n(control)"
    bars = sorted(ax.patches, key=lambda bar: -bar.get_y())
    wanted = [result.bounds[name] for _, name in result.rows]
    assert [bar.get_x() for bar in bars] == [one.lower for one in wanted]
    np.testing.assert_allclose([bar.get_x() + bar.get_width() for bar in bars], [one.upper for one in wanted])
    np.testing.assert_allclose([bar.get_y() + bar.get_height() / 2 for bar in bars], [4, 3, 2, 1])
    treated, control = bars[2].get_facecolor(), bars[0].get_facecolor()
    assert control == (1.0, 1.0, 1.0, 1.0) != treated
    low, high = ax.get_xlim()
    assert low < min(one.lower for one in wanted)
    assert high > max(one.upper for one in wanted)


def test_intervals_of_bounds_reach_beyond_the_bars():
    result = bounds(bounds_ci=True)
    ax = result.plot(col="navy", main="Bounds")
    segments = [line for line in ax.get_lines() if line.get_label() == "_interval"]
    assert [list(line.get_xdata()) for line in segments] == [[*result.d0.ci], [*result.d1.ci]]
    assert {line.get_color() for line in segments} == {"navy"}
    assert ax.get_title() == "Bounds"


def test_a_parameter_without_effect_is_warned_about_at_the_line_of_the_caller():
    with pytest.warns(pm.PymediationWarning, match="'cols'.*Did you mean 'col'") as caught:
        estimates().plot(cols="navy")
    assert {one.filename for one in caught if "cols" in str(one.message)} == {__file__}


def test_estimates_are_dots_on_their_intervals():
    result = estimates()
    ax = result.plot(labels=["a", "b"], xlim=(-1, 1))
    drawn = {line.get_label(): line for line in ax.get_lines()}
    assert list(drawn["_control"].get_xdata()) == [result.d0_ci.lower, result.d0, result.d0_ci.upper]
    assert list(drawn["_treated"].get_xdata()) == [result.d1_ci.lower, result.d1, result.d1_ci.upper]
    assert drawn["_control"].get_markerfacecolor() == "white"
    assert labels(ax) == ["a", "b"]
    assert ax.get_xlim() == (-1.0, 1.0)


def test_one_effect_is_one_row_and_given_axes_are_used():
    _, ax = plt.subplots()
    result = pm.mediate_pd(*PD, pm.datasets.load_boundsdata(), sims=50, rng=1)
    assert R.plot(result, ax=ax) is ax
    assert labels(ax) == ["ACME"]
    with pytest.raises(pm.ArgumentError, match="labels has 2 entries, but 1 effects are drawn"):
        result.plot(labels=["a", "b"])


def test_what_is_missing_is_not_drawn():
    data = pm.datasets.load_boundsdata().assign(enc=lambda d: -d["enc"])
    ax = pm.mediate_ped(*PED, data, bounds_ci=True, sims=20, rng=1).plot()
    assert len(ax.patches) == 0
    assert len(labels(ax)) == 4
