"""What the design-based functions accept, and how they say what they do not."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pymediation as pm
import pymediation.r as R

SED = ("out", "med", "ttt")
PD = ("out", "med", "ttt", "manip")
PED = ("out.enc", "med.enc", "ttt", "enc")
CED = ("Y2", "M1", "M2", "T1", "Z")
FUNCTIONS = {"mediate_sed": SED, "mediate_pd": PD, "mediate_ped": PED, "mediate_ced": CED}
FEW = "ignore:sims=:pymediation.PymediationWarning"

pytestmark = pytest.mark.filterwarnings("error::pymediation.PymediationWarning", FEW)


def data() -> pd.DataFrame:
    """Return the columns of all designs; those of the crossover design have their first thousand rows."""
    return pd.concat(
        [pm.datasets.load_boundsdata(), pm.datasets.load_CEDdata().iloc[::2].reset_index()], axis=1
    )


def run(function: str, frame: pd.DataFrame | None = None, **options: Any) -> Any:
    """Call a function with the names of its example."""
    frame = data() if frame is None else frame
    options = ({"sims": 20} if function in ("mediate_pd", "mediate_ced") else {}) | options
    return getattr(pm, function)(*FUNCTIONS[function], frame, **{"rng": 1, **options})


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_frame_must_be_one(function):
    with pytest.raises(pm.ArgumentTypeError, match=f"{function}: data must be a pandas DataFrame; got dict"):
        run(function, data().to_dict("list"))
    with pytest.raises(TypeError):
        run(function, data().to_numpy())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_name_that_is_not_a_column_is_an_error_that_suggests_one(function):
    first = FUNCTIONS[function][0]
    with pytest.raises(pm.UnknownNameError, match=f"outcome='{first}' is not a column of data"):
        run(function, data().rename(columns={first: f"{first}_"}))
    with pytest.raises(pm.UnknownNameError, match=rf"Did you mean '{first}_'\?"):
        run(function, data().rename(columns={first: f"{first}_"}))


def test_names_are_text():
    frame = data()
    with pytest.raises(pm.ArgumentTypeError, match="mediator must be the name of a column"):
        pm.mediate_sed("out", frame["med"], "ttt", frame)


def test_a_column_has_one_role():
    with pytest.raises(pm.ArgumentError, match="outcome and mediator name the same column, 'out'"):
        pm.mediate_sed("out", "out", "ttt", data())


def test_a_name_stands_for_one_column():
    frame = data()
    twice = pd.concat([frame, frame[["out"]]], axis=1)
    with pytest.raises(pm.ArgumentError, match="outcome='out' is the name of several columns"):
        run("mediate_sed", twice)


REQUIREMENTS = [
    *(
        ("mediate_sed", column, argument)
        for column, argument in zip(SED, ("outcome", "mediator", "treat"), strict=True)
    ),
    *(
        ("mediate_pd", column, argument)
        for column, argument in zip(PD, ("outcome", "mediator", "treat", "manipulated"), strict=True)
    ),
    *(
        ("mediate_ped", column, argument)
        for column, argument in zip(PED[:3], ("outcome", "mediator", "treat"), strict=True)
    ),
    *(
        ("mediate_ced", column, argument)
        for column, argument in zip(CED, ("outcome", "med_1", "med_2", "treat", "encourage"), strict=True)
    ),
]


@pytest.mark.parametrize(("function", "column", "argument"), REQUIREMENTS)
def test_each_variable_is_zero_and_one(function, column, argument):
    frame = data()
    frame.loc[3, column] = 2
    with pytest.raises(pm.ArgumentError) as error:
        run(function, frame)
    text = str(error.value)
    assert text.startswith(f"{function}: {argument}={column!r} must take exactly the values 0 and 1")
    assert "it takes 0, 1, 2 (" in text
    with pytest.raises(pm.ArgumentError, match="each at least once; it takes 1 only"):
        run(function, data().assign(**{column: 1}))


def test_encouragement_takes_all_of_three_values():
    for values, found in (
        (data()["enc"].abs(), "0, 1 only"),
        (data()["enc"] * 2, "-2, 0, 2"),
        (data()["enc"].replace(-1, 0), "0, 1 only"),
    ):
        with pytest.raises(
            pm.ArgumentError, match=f"values -1, 0 and 1, each at least once; it takes {found}"
        ):
            run("mediate_ped", data().assign(enc=values))


def test_under_sequential_ignorability_only_the_treatment_is_checked():
    frame = data().assign(out=lambda d: d["out"] * 1.5 - 7, med=lambda d: d["med"] * 3)
    shifted, plain = run("mediate_sed", frame, SI=True), run("mediate_sed", SI=True)
    np.testing.assert_allclose([shifted.d0, shifted.d1], [1.5 * plain.d0, 1.5 * plain.d1], rtol=1e-12)
    with pytest.raises(pm.ArgumentError, match="treat='ttt' must take exactly the values 0 and 1"):
        run("mediate_sed", data().assign(ttt=lambda d: d["ttt"] + 1), SI=True)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_booleans_text_and_other_numbers_are_read(function):
    wanted = run(function).to_frame()
    columns = [column for column in FUNCTIONS[function] if column != "enc"]
    for kind in ("bool", "boolean", "Int64", "float32", "str", "string"):
        frame = data()
        for column in columns:
            frame[column] = frame[column].astype(kind)
        pd.testing.assert_frame_equal(run(function, frame).to_frame(), wanted)


def test_factors_are_read_by_position_in_a_single_experiment_and_else_by_label():
    named = data().assign(ttt=lambda d: R.factor(d["ttt"], labels=["c", "t"]))
    pd.testing.assert_frame_equal(run("mediate_sed", named).to_frame(), run("mediate_sed").to_frame())
    with pytest.raises(
        pm.ArgumentError, match=r"treat='ttt' must hold numbers; it has 'c', 't' \(a factor is read by"
    ):
        run("mediate_pd", named)
    numbered = data().assign(ttt=lambda d: R.factor(d["ttt"], levels=[1, 0]))
    pd.testing.assert_frame_equal(run("mediate_pd", numbered).to_frame(), run("mediate_pd").to_frame())
    exchanged = run("mediate_sed", numbered)  # level 1 comes first, so it is 0
    assert exchanged.d1.upper == pytest.approx(-run("mediate_sed").d0.lower, abs=1e-12)


def test_a_level_that_no_row_has_is_named_where_levels_are_counted():
    words = lambda d: R.factor(np.where(d["med"] == 1, "hi", "lo"), levels=["none", "lo", "hi"])  # noqa: E731
    with pytest.raises(
        pm.ArgumentError, match=r"it takes 1, 2 .*No row has 'none'.*remove_unused_categories"
    ):
        run("mediate_sed", data().assign(med=words))
    frame = data().assign(med=words)
    frame["med"] = frame["med"].cat.remove_unused_categories()
    pd.testing.assert_frame_equal(run("mediate_sed", frame).to_frame(), run("mediate_sed").to_frame())


def test_text_that_is_no_number_is_named():
    frame = data().assign(ttt=lambda d: np.where(d["ttt"] == 1, "yes", "no"))
    with pytest.raises(
        pm.ArgumentError, match=r"treat='ttt' must hold numbers; it has '(yes|no)', '(yes|no)'"
    ):
        run("mediate_sed", frame)


@pytest.mark.parametrize(
    "odd",
    [pd.to_datetime("2020-01-01"), pd.Timedelta(days=1), 1j, [1], pd.Interval(0, 1), pd.Period("2020", "D")],
)
def test_what_is_no_number_is_refused(odd):
    frame = data().assign(out=pd.Series([odd] * 1000))
    for SI in (True, False):
        with pytest.raises(pm.ArgumentError, match="outcome='out' must hold numbers; it has"):
            run("mediate_sed", frame, SI=SI)
    frame = data().assign(
        out=pd.Series([odd] * 1000).astype("category") if odd != [1] else pd.Series(["x"] * 1000)
    )
    with pytest.raises(pm.ArgumentError, match="outcome='out' must hold numbers; it has"):
        run("mediate_pd", frame)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_rows_with_missing_values_are_left_out_with_their_number(function):
    frame, column = data(), FUNCTIONS[function][1]
    frame[column] = frame[column].astype(float)
    frame.loc[[0, 5, 9], column] = np.nan
    with pytest.warns(pm.PymediationWarning, match=f"removed: 3 of 1000 rows .'{column}': 3"):
        result = run(function, frame)
    assert result.nobs == 997
    pd.testing.assert_frame_equal(result.to_frame(), run(function, frame.drop(index=[0, 5, 9])).to_frame())


def test_missing_values_elsewhere_do_not_matter():
    frame = data().assign(other=np.nan)
    assert run("mediate_sed", frame).nobs == 1000


def test_nothing_left_is_an_error():
    with pytest.raises(pm.NotEstimableError, match="every row has a missing value"):
        run("mediate_sed", data().assign(out=np.nan))
    with pytest.raises(pm.NotEstimableError, match="data has no rows"):
        run("mediate_sed", data().iloc[:0])


def test_infinite_outcomes_are_refused():
    frame = data().assign(out=lambda d: d["out"].astype(float).replace(1.0, np.inf))
    with pytest.raises(pm.ArgumentError, match=r"outcome='out' has \d+ infinite values"):
        run("mediate_sed", frame, SI=True)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_data_are_not_changed_and_their_index_does_not_matter(function):
    frame = data().set_index(np.zeros(1000, dtype=int))
    before = frame.copy()
    result = run(function, frame)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(result.to_frame(), run(function).to_frame())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_unknown_arguments_are_refused(function):
    with pytest.raises(
        pm.UnknownArgumentError, match=rf"{function}\(\) has no argument 'weights': every row"
    ):
        run(function, weights="w")
    with pytest.raises(pm.UnknownArgumentError, match="Did you mean 'conf_level'"):
        run(function, conf_levl=0.9)
    with pytest.raises(
        pm.ArgumentError, match=r"conf_level must lie between 0 and 1; got 95.*Did you mean 0.95"
    ):
        run(function, conf_level=95)
    with pytest.raises(pm.ArgumentError, match="compat must be"):
        run(function, compat="S")


def test_options_without_effect_are_warned_about():
    with pytest.warns(
        pm.PymediationWarning, match="boot=True has no effect with SI=False; use bounds_ci=True"
    ):
        run("mediate_sed", boot=True)
    with pytest.warns(
        pm.PymediationWarning, match="bounds_ci=True has no effect with SI=True; use boot=True"
    ):
        run("mediate_sed", SI=True, bounds_ci=True)
    with pytest.warns(pm.PymediationWarning, match="bounds_ci=True has no effect with NINT=True"):
        run("mediate_pd", bounds_ci=True)


def test_empty_cells_are_named():
    frame = data()
    with pytest.warns(pm.PymediationWarning, match="no rows with manip=1, ttt=1, med=0"):
        result = run(
            "mediate_pd", frame[~((frame.manip == 1) & (frame.ttt == 1) & (frame.med == 0))], NINT=False
        )
    assert np.isnan([*result.d1]).all()
    assert np.isfinite([*result.d0]).all()
    with pytest.raises(pm.NotEstimableError, match="no rows with ttt=0, enc=-1"):
        run("mediate_ped", frame[~((frame.enc == -1) & (frame.ttt == 0))])
    with pytest.warns(
        pm.PymediationWarning, match=r"too sparse \(mediate_ced: there are no rows with T1=0, M1=0"
    ):
        run("mediate_ced", frame[~((frame.T1 == 0) & (frame.M1 == 0) & (frame.Z == 1))])


def test_bounds_in_the_wrong_order_are_named():
    """Y = M where M is observed, Y = 1 - M where it is set."""
    t, m, d = (x.ravel() for x in np.meshgrid([0, 1], [0, 1, 1], [0, 1]))
    frame = pd.DataFrame({"t": t, "m": m, "d": d, "y": np.where(d, 1 - m, m)})
    for compat, crossed in (("fixed", ["control", "treatment"]), ("R", ["treatment"])):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            result = pm.mediate_pd("y", "m", "t", "d", frame, NINT=False, compat=compat)
        told = [str(one.message).partition(" (")[0] for one in caught if "above" in str(one.message)]
        assert told == [f"mediate_pd: the lower bound under {arm}" for arm in crossed]
        assert result.d1.lower > result.d1.upper + 0.9


def test_an_encouragement_that_moves_nobody_is_named():
    frame = pd.concat([data()] * 2).assign(Z=np.repeat([0, 1], 1000))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run("mediate_ced", frame, compat="R")
    assert any("'Z' does not move 'M2'" in str(one.message) for one in caught)


def test_a_mediator_value_absent_from_an_arm_is_named():
    frame = data().assign(med=lambda d: np.where((d["ttt"] == 1) & (d["med"] == 1), 2, d["med"]))
    with pytest.warns(pm.PymediationWarning) as told:
        result = run("mediate_sed", frame, SI=True)
    texts = [str(one.message) for one in told]
    assert "where 'ttt' is 0, 'med' is never 2 (1 of its 3 values): the ACME under control" in texts[0]
    assert "where 'ttt' is 1, 'med' is never 1" in texts[1]
    assert np.isnan([result.d0, result.d1]).all()


def test_a_mediator_value_with_one_row_leaves_no_variance():
    frame = data()
    frame.loc[frame.index[frame["ttt"] == 0][0], "med"] = 2
    frame.loc[frame.index[frame["ttt"] == 1][:5], "med"] = 2
    with pytest.warns(
        pm.PymediationWarning, match="ACME under control has no interval: a value of 'med' occurs once"
    ):
        result = run("mediate_sed", frame, SI=True)
    assert np.isfinite(result.d0)
    assert str(result.summary()).splitlines()[8].split()[-2:] == ["NA", "NA"]
    assert np.isfinite([*result.d1_ci]).all()


@pytest.mark.parametrize(("column", "argument"), [("med", "mediator"), ("out", "outcome")])
def test_a_variable_that_never_varies_has_no_effects_and_is_named(column, argument):
    with pytest.warns(pm.PymediationWarning, match=f"{argument}='{column}' is 2 in every row: the effects"):
        result = run("mediate_sed", data().assign(**{column: 2}), SI=True)
    assert (result.d0, result.d1) == (0.0, 0.0)
    assert not np.signbit([result.d0, result.d1]).any()  # R has 0, not -0
    np.testing.assert_array_equal(result.to_frame()["p_value"], 1.0)


def test_the_dialect_takes_abbreviations_and_refuses_what_does_not_exist():
    with pytest.warns(pm.PymediationWarning, match="`conf` is taken as `conf_level`"):
        assert R.mediate_ced(*CED, data(), sims=20, conf=0.9, rng=1).conf_level == 0.9
    with pytest.raises(pm.UnknownArgumentError, match=r"mediate_ped\(\) has no argument 'boot'"):
        R.mediate_ped(*PED, data(), boot=True)
