import numpy as np
import pandas as pd
import pytest
from r_dialect.recorded import RECORDED, floats

import pymediation.r as R
from pymediation.errors import ArgumentError, ArgumentTypeError, PymediationWarning, UnknownNameError

SMALL = RECORDED["small"]
R_NUMBERS = {"rtol": 1e-13, "atol": 1e-15}  # stored with 15 significant digits

X = np.array([2.5, -1.25, 7, 3.5, 0.125, 9.75, 4, 4, 6.5, -3, 2.25])
GAPS = np.array([1.5, np.nan, 3, 8, np.nan, 2])
P = np.array([0.011, 0.02, np.nan, 0.00035, 0.6, 0.04, 0.04, 0.9, 0.003])
PROBABILITIES = [0, 0.025, 1 / 3, 0.5, 0.975, 1]


@pytest.fixture(scope="module")
def jobs():
    return R.data("jobs")


def equal(values, name):
    np.testing.assert_allclose(values, floats(SMALL[name]), **R_NUMBERS)


@pytest.mark.parametrize("kind", range(1, 10))
def test_quantiles_of_all_types(kind):
    got = R.quantile(X, PROBABILITIES, type=kind)
    np.testing.assert_allclose(got, SMALL["quantile"][str(kind)], **R_NUMBERS)


def test_quantiles_by_name_and_by_position():
    q = R.quantile(pd.Series(X), PROBABILITIES)
    assert list(q.index) == SMALL["quantile_names"]
    assert q[0] == q["0%"] == X.min()
    assert q[-1] == q["100%"] == X.max()
    assert float(R.quantile(X, 0.5)) == np.median(X)


def test_quantile_refuses_missing_values_unless_told_to_drop_them():
    with pytest.raises(ArgumentError, match="na_rm=TRUE"):
        R.quantile(GAPS)
    assert R.quantile(GAPS, 0.5, na_rm=True)[0] == 2.5


def test_moments():
    equal(R.mean(X), "mean")
    equal(R.sd(X), "sd")
    equal(R.var(X), "var")
    equal(R.median(X), "median")
    equal(R.mean(GAPS, na_rm=True), "mean_gaps")
    equal(R.sd(GAPS, na_rm=True), "sd_gaps")
    equal(R.cor(X, X[::-1] ** 2), "cor")
    equal(R.cor(X, X[::-1] ** 2, method="spearman"), "spearman")


@pytest.mark.parametrize("statistic", [R.mean, R.median, R.sd, R.var])
def test_missing_values_are_not_dropped_silently_even_from_a_series(statistic):
    assert np.isnan(statistic(pd.Series(GAPS)))


def test_covariance_and_correlation_matrices_keep_the_names(jobs):
    d = jobs[["age", "depress1"]]
    assert R.var(d).loc["age", "depress1"] == pytest.approx(d.cov().loc["age", "depress1"], rel=1e-12)
    assert R.cor(d).loc["age", "depress1"] == pytest.approx(d.corr().loc["age", "depress1"], rel=1e-12)


def test_scale():
    equal(R.scale(X), "scale")
    equal(R.scale(GAPS), "scale_gaps")
    equal(R.scale(X, center=False), "scale_origin")
    equal(R.scale(X, scale=False), "scale_center")


def test_scale_keeps_the_index():
    series = pd.Series(X, index=list("abcdefghijk"), name="x")
    pd.testing.assert_series_equal(R.scale(series), pd.Series(R.scale(X), index=series.index, name="x"))
    frame = pd.DataFrame({"x": X, "z": 2 * X + 1}, index=series.index)
    np.testing.assert_allclose(R.scale(frame)["z"], R.scale(X), rtol=1e-12)


@pytest.mark.parametrize("method", list(SMALL["p_adjust"]))
def test_p_adjust(method):
    np.testing.assert_allclose(R.p_adjust(P, method), floats(SMALL["p_adjust"][method]), **R_NUMBERS)
    np.testing.assert_allclose(R.p_adjust(P, method, n=15), floats(SMALL["p_adjust_n"][method]), **R_NUMBERS)


def test_p_adjust_refuses_unknown_methods():
    with pytest.raises(ArgumentError, match="'FDR'"):
        R.p_adjust(P, "FDR")


CUTS = [
    {"breaks": [-5, 0, 2.5, 10]},
    {"breaks": [-3, 0, 2.5, 9.75], "include_lowest": True},
    {"breaks": 4},
    {"breaks": [-3, 0, 2.5, 9.75], "right": False, "include_lowest": True},
    {"breaks": [0.12344, 0.123455, 6]},
]


@pytest.mark.parametrize("number", range(len(CUTS)))
def test_cut(number):
    recorded = SMALL["cut"][number]
    got = R.cut(X, **CUTS[number])
    assert R.levels(got) == recorded["levels"]
    np.testing.assert_array_equal(R.as_numeric(got), floats(recorded["codes"]))
    np.testing.assert_array_equal(R.cut(X, **CUTS[number], labels=False), floats(recorded["codes"]))


def test_as_character_writes_numbers_as_r_does():
    numbers = [1e5, 123456, 1e15, 1.5, 1 / 3, 1e-5, 1e-4, 0.00015, 120000, -2, 0]
    assert R.as_character(np.array(numbers, dtype=float)).tolist() == SMALL["as_character"]


@pytest.mark.parametrize(
    ("number", "arguments"),
    [
        (0, {"from_": 5}),
        (1, {"from_": 2, "to": -3}),
        (2, {"from_": 0, "to": 1, "by": 0.1}),
        (3, {"from_": 0, "to": 1, "length_out": 7}),
        (4, {"from_": 10, "to": 1, "by": -4}),
    ],
)
def test_seq(number, arguments):
    np.testing.assert_allclose(R.seq(**arguments), SMALL["seq"][number], **R_NUMBERS)


def test_factor_sorts_levels_and_relevel_moves_one_to_the_front():
    f = R.factor(["b", "a", None, "c", "a"])
    assert R.levels(f) == SMALL["factor"]["levels"]
    np.testing.assert_array_equal(R.as_numeric(f), floats(SMALL["factor"]["codes"]))
    moved = R.relevel(R.factor(["b", "a", "c"]), ref="c")
    assert R.levels(moved) == SMALL["relevel"]["levels"]
    assert R.as_integer(moved).tolist() == SMALL["relevel"]["codes"]


def test_factor_labels_can_merge_levels():
    f = R.factor([1, 2, 3, 2], labels=["x", "y", "x"])
    assert R.levels(f) == SMALL["factor_labels"]["levels"]
    assert R.as_integer(f).tolist() == SMALL["factor_labels"]["codes"]


def test_factor_sorts_text_as_in_english_not_by_character_code():
    assert R.levels(R.factor(["b", "C", "a", "B"])) == ["a", "b", "B", "C"]


def test_numeric_levels_stay_numbers_so_that_comparisons_work():
    f = R.factor(pd.Series([0, 1, 1]))
    assert (f == 1).tolist() == [False, True, True]
    assert R.levels(f) == [0, 1]


def test_factor_keeps_the_index_and_as_factor_keeps_unused_levels():
    f = R.factor(pd.Series(["u", "v"], index=[7, 9]))
    assert f.index.tolist() == [7, 9]
    assert R.nlevels(R.as_factor(f[f == "u"])) == 2
    assert R.nlevels(R.factor(f[f == "u"])) == 1
    assert R.nlevels(R.droplevels(pd.DataFrame({"f": f[f == "u"]}))["f"]) == 1


def test_relevel_counts_positions_from_one_and_names_the_levels():
    f = R.factor([10, 20, 30])
    assert R.levels(R.relevel(f, ref=2)) == [20, 10, 30]
    with pytest.raises(UnknownNameError, match="Did you mean 'placebo'"):
        R.relevel(R.factor(["placebo", "drug"]), ref="plazebo")
    with pytest.raises(ArgumentError, match="position from 1"):
        R.relevel(f, ref=0)


def test_as_numeric_reads_text_and_warns_about_the_rest():
    assert R.as_numeric("2.5") == 2.5
    with pytest.warns(PymediationWarning, match="'x'"):
        assert np.isnan(R.as_numeric(["1", "x"])[1])


def test_ifelse_keeps_missing_tests_missing():
    np.testing.assert_array_equal(
        R.ifelse(np.array([False, R.NA, True, True, R.NA, False]), 1, 0), floats(SMALL["ifelse"])
    )
    series = R.ifelse(pd.Series([True, False], index=["p", "q"]), "yes", "no")
    assert series.to_dict() == {"p": "yes", "q": "no"}
    assert R.ifelse(True, 1, 0) == 1


def test_tables(jobs):
    assert R.table(jobs.marital).tolist() == SMALL["table"]
    assert R.table(jobs.marital, jobs.work1).to_numpy().tolist() == SMALL["table_two"]


def test_missing_rows_are_dropped_by_label():
    d = pd.DataFrame({"x": GAPS, "y": range(6)}, index=list("abcdef"))
    assert R.na_omit(d).index.tolist() == list("acdf")
    assert d[R.complete_cases(d)].equals(R.na_omit(d))
    assert R.complete_cases(GAPS, [1, 2, 3, 4, 5, np.nan]).tolist() == [True, False, True, True, False, False]


def test_subset_drops_rows_where_the_condition_is_missing():
    d = pd.DataFrame({"x": GAPS, "y": range(6)})
    condition = pd.Series([True, pd.NA, False, True, pd.NA, True], dtype="boolean")
    assert R.subset(d, condition, select="-x").y.tolist() == [0, 3, 5]
    with pytest.raises(UnknownNameError, match="'z'"):
        R.subset(d, select="z")


def test_data_frame_recycles_and_takes_names_that_are_not_python_names():
    d = R.data_frame({"body.mass": [1, 2, 3, 4]}, g=R.factor(["u", "v"]), k=0)
    assert d.columns.tolist() == ["body.mass", "g", "k"]
    assert d.g.tolist() == ["u", "v", "u", "v"]
    with pytest.raises(ArgumentError, match="'b'"):
        R.data_frame(a=[1, 2, 3], b=[1, 2])


def test_paste_and_formula_pieces():
    assert R.paste("m", [1, 2.0], sep="_") == ["m_1", "m_2"]
    assert R.paste0("a", "b") == "ab"
    assert R.as_formula(R.paste("y", "~", R.paste(["x", "w"], collapse=" + "))) == "y ~ x + w"
    assert R.reformulate(["x", "w"], "y", intercept=False) == "y ~ x + w - 1"


def test_heads_and_tails_repetitions_and_sizes(jobs):
    assert len(R.head(jobs)) == 6
    assert R.tail(jobs, 2).index.tolist() == [897, 898]
    assert R.tail([1, 2, 3], -1) == [2, 3]
    assert (R.nrow(jobs), R.ncol(jobs), R.nrow([1, 2])) == (899, 17, None)
    assert R.rep(["a", "b"], [2, 1]).tolist() == ["a", "a", "b"]
    assert R.rep(1, length_out=3).tolist() == [1, 1, 1]


def test_distribution_functions_and_logarithms():
    assert R.log(8, 2) == pytest.approx(3, rel=1e-15)
    assert R.plogis(R.qlogis(0.3)) == pytest.approx(0.3, rel=1e-14)
    assert R.pnorm(R.qnorm(0.3)) == pytest.approx(0.3, rel=1e-14)


def test_data_names_what_there_is():
    with pytest.raises(UnknownNameError, match="Did you mean 'framing'"):
        R.data("farming")
    assert R.data("framing", package="mediation").shape == (265, 15)


def test_numbers_are_not_made_of_factors_or_text():
    with pytest.raises(ArgumentTypeError, match="as_numeric"):
        R.mean(R.factor([1, 2]))
    with pytest.raises(ArgumentTypeError, match="numeric"):
        R.sd(["a", "b"])
