"""Numbers cut into intervals, and where that computation lives."""

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pymediation.formula
from pymediation.errors import ArgumentError
from pymediation.formula import model_frame
from pymediation.formula.cutting import interval_codes, interval_names, learn_intervals

NUMBERS = np.array([-3.0, 0.0, 2.5, 9.75, np.nan])

# Printed by R 4.2.2: levels(cut(x, ...)) and as.integer(cut(x, ...)), NA as -1 and codes from 0.
R_CUTS = [
    ([-5, 0, 2.5, 10], False, True, ("(-5,0]", "(0,2.5]", "(2.5,10]"), [0, 0, 1, 2, -1]),
    ([10, -3, 2.5], False, True, ("(-3,2.5]", "(2.5,10]"), [-1, 0, 0, 1, -1]),
    ([-3, 0, 9.75], True, True, ("[-3,0]", "(0,9.75]"), [0, 0, 1, 1, -1]),
    ([-3, 0, 9.75], True, False, ("[-3,0)", "[0,9.75]"), [0, 1, 1, 1, -1]),
    ([-3, 0, 9.75], False, False, ("[-3,0)", "[0,9.75)"), [0, 1, 1, -1, -1]),
    (2, False, True, ("(-3.01,3.38]", "(3.38,9.76]"), [0, 0, 0, 1, -1]),
]


@pytest.mark.parametrize(("breaks", "lowest", "right", "names", "codes"), R_CUTS)
def test_intervals_are_those_of_r(breaks, lowest, right, names, codes):
    intervals = learn_intervals(NUMBERS, breaks, lowest=lowest, right=right)
    assert interval_names(intervals) == names
    assert interval_codes(intervals, NUMBERS).tolist() == codes


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (0.0, ("(-0.001,-0.000333]", "(-0.000333,0.000333]", "(0.000333,0.001]")),
        (5.0, ("(4.995,4.998]", "(4.998,5.002]", "(5.002,5.005]")),
    ],
)
def test_constant_is_cut_as_r_cuts_it(value, names):
    assert interval_names(learn_intervals(np.full(3, value), 3, lowest=False, right=True)) == names


@pytest.mark.parametrize(
    ("breaks", "words"), [(1, "number of intervals from 2 up"), ([1, 1, 3], "must be distinct")]
)
def test_refused_cut_points(breaks, words):
    with pytest.raises(ArgumentError, match=words):
        learn_intervals(NUMBERS, breaks, lowest=False, right=True)
    data, written = pd.DataFrame({"y": NUMBERS, "x": NUMBERS}), "1" if breaks == 1 else "c(1, 1, 3)"
    with pytest.raises(ArgumentError, match=words):
        model_frame(f"y ~ cut(x, {written})", data)


def test_labels_must_be_as_many_as_intervals():
    intervals = learn_intervals(NUMBERS, [0, 1, 2], lowest=False, right=True)
    with pytest.raises(ArgumentError, match="3 names for 2 intervals"):
        interval_names(intervals, ["a", "b", "c"])


def test_a_number_of_intervals_keeps_the_cut_points_of_the_fit():
    data = pd.DataFrame({"y": np.arange(20.0), "x": np.linspace(0, 10, 20)})
    design = model_frame("y ~ cut(x, 2)", data).design
    new = design.matrix(data.assign(x=data["x"] / 2).iloc[[19, 18]])
    assert design.names == ("(Intercept)", "cut(x, 2)(5,10]")
    assert new[:, 1].tolist() == [0, 0]  # within a range of its own the upper row would be high


def test_formulas_do_not_look_up_to_the_dialect():
    for path in Path(pymediation.formula.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"relative import in {path.name}"
                assert not str(node.module).startswith("pymediation.r"), path.name
