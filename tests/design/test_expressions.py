"""Reading names out of the text of factors."""

from __future__ import annotations

import pytest

from pymediation.design.expressions import canonical, strip_wrappers, variables_of
from pymediation.errors import ArgumentError


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("m", {"m"}),
        ("np.log(m)", {"m"}),
        ("I(m**2 + x)", {"m", "x"}),
        ("C(g, Treatment(2))", {"g"}),
        ("bs(m, df=4, knots=kn)", {"m", "kn"}),
        ("Q('out.enc')", {"out.enc"}),
        ('center(Q("a b")) * x', {"a b", "x"}),
        ("np.log(`a b` + 1)", {"a b"}),
        ("x.clip(0)", {"x"}),
        ("(m > 2) & (x < y)", {"m", "x", "y"}),
        ("two words", {"two words"}),
        ("np", {"np"}),
        ("C(g, contr.sum)", {"g"}),
        ("f(z[0])", {"z"}),
    ],
)
def test_variables_of(code, names):
    assert variables_of(code) == names


def test_variables_of_can_leave_out_keyword_arguments():
    assert variables_of("bs(m, knots=kn)", keywords=False) == {"m"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("m", "m"),
        (" m ", "m"),
        ("(m)", "m"),
        ("((m))", "m"),
        ("`m`", "m"),
        ("`a b`", "a b"),
        ('Q("m")', "m"),
        ("Q('a[1]')", "a[1]"),
        ("factor(g)", "g"),
        ("as.factor(g)", "g"),
        ("C(g)", "g"),
        ("C(g, Treatment(2))", "g"),
        ("C(Q('a, b'), Sum)", "a, b"),
        ("scale(m)", "m"),
        ("scale(factor(`g`))", "g"),
        ("(a) + (b)", "(a) + (b)"),
        ("log(m)", "log(m)"),
        ("scale(log(m))", "log(m)"),
        ("C(a) + C(b)", "C(a) + C(b)"),
        ("Body.mass.index", "Body.mass.index"),
        ("age (years)", "age (years)"),
    ],
)
def test_strip_wrappers(text, name):
    assert strip_wrappers(text) == name


@pytest.mark.parametrize("text", ["d$x", "d[, 1]", "factor(d$g)", "d['x']"])
def test_a_column_taken_out_of_a_frame_is_refused_with_the_rewrite(text):
    with pytest.raises(ArgumentError, match=r"takes a column out of a data frame.*treat='x'"):
        strip_wrappers(text)


@pytest.mark.parametrize(
    ("one", "other"), [("I(m**2)", "I( m ** 2 )"), ("Q('a')", 'Q("a")'), ("a  b", "a b"), ("x", " x")]
)
def test_spelling_does_not_matter(one, other):
    assert canonical(one) == canonical(other)


def test_white_space_inside_quotes_matters():
    assert canonical("Q('a b')") != canonical("Q('ab')")
