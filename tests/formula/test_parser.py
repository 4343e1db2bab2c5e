"""Reading formula text: precedence, names, random-effects terms, refusals."""

import pickle

import pandas as pd
import pytest

from pymediation.errors import ArgumentTypeError, FormulaError
from pymediation.formula import deparse, parse_formula
from pymediation.formula.nodes import Bar, Binary, Call, Name, Number, Paren, Unary, names_in
from pymediation.formula.parser import parse_expression
from pymediation.formula.terms import expand_terms

A, B, C = Name("a"), Name("b"), Name("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a + b * c", Binary("+", A, Binary("*", B, C))),
        ("a:b * c", Binary("*", Binary(":", A, B), C)),
        ("a:b ^ c", Binary(":", A, Binary("^", B, C))),
        ("-a ^ b", Unary("-", Binary("^", A, B))),
        ("-a:b", Binary(":", Unary("-", A), B)),
        ("a ^ -b:c", Binary(":", Binary("^", A, Unary("-", B)), C)),
        ("a ^ b ^ c", Binary("^", A, Binary("^", B, C))),
        ("a - b - c", Binary("-", Binary("-", A, B), C)),
        ("a %in% b:c", Binary("%in%", A, Binary(":", B, C))),
        ("a * b %in% c", Binary("*", A, Binary("%in%", B, C))),
        ("!a == b & c", Binary("&", Unary("!", Binary("==", A, B)), C)),
        ("a | b & c", Binary("|", A, Binary("&", B, C))),
        ("(a + b) / c", Binary("/", Paren(Binary("+", A, B)), C)),
        ("a ** b", Binary("^", A, B)),
        ("pkg::f(a, k = 0x10)", Call("f", ((None, A), ("k", Number(16.0))), "pkg")),
    ],
)
def test_precedence_is_that_of_r(text, tree):
    assert parse_expression(text) == tree


@pytest.mark.parametrize(
    "name", ["Body.mass.index", ".hidden", "x_1", "größe", "年龄", "...", "x2", "e1", "TRUEish", "L"]
)
def test_names_that_need_no_backticks(name):
    assert parse_formula(f"y ~ {name}").rhs == Name(name)
    assert deparse(parse_formula(f"y ~ {name}").rhs) == name


@pytest.mark.parametrize("name", ["3-indoxyl", "my var", "a+b", "_x", "if", "a`b"])
def test_names_in_backticks(name):
    quoted = "`" + name.replace("`", "\\`") + "`"
    node = parse_formula(f"{quoted} ~ log({quoted})").rhs
    assert node.args == (Name(name),)
    assert deparse(node) == f"log({quoted})"


def test_left_side_is_kept_as_a_call():
    formula = parse_formula("survival::Surv(time, status == 2) ~ x")
    assert formula.lhs.name == "Surv"
    assert formula.lhs.args == (Name("time"), Binary("==", Name("status"), Number(2.0)))
    assert parse_formula("~ x").lhs is None


def test_random_terms_are_split_off():
    formula = parse_formula("y ~ x + (1 | g) + z + (1 + x || a:b)")
    assert formula.random_terms == (
        Bar(Number(1.0), Name("g")),
        Bar(Binary("+", Number(1.0), Name("x")), Binary(":", A, B), correlated=False),
    )
    assert deparse(formula.fixed) == "x + z"
    assert str(formula) == "y ~ x + (1 | g) + z + (1 + x || a:b)"
    assert parse_formula("y ~ (1 | g)").fixed == Number(1.0)


def test_bar_inside_a_call_means_or():
    formula = parse_formula("y ~ I(a | b)")
    assert formula.random_terms == ()
    assert formula.rhs.args == (Binary("|", A, B),)


def test_names_of_an_expression():
    node = parse_formula("~ log(x.1) * C(g, sum) + (1 | h) + I(TRUE & x.1)").rhs
    assert names_in(node) == ("x.1", "g", "h")


def test_formula_pickles_and_is_read_once():
    formula = parse_formula("y ~ a * b")
    assert pickle.loads(pickle.dumps(formula)) == formula
    assert parse_formula(formula) is formula
    assert parse_formula("y ~ a * b") is formula


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("y ~ d$x", 5, 'lm("y ~ x", d)'),
        ("d[, 2] ~ x", 1, 'lm("y ~ x", d)'),
        ("y ~ d[['x']]", 5, 'lm("y ~ x", d)'),
        ("y ~ a +", 7, "ends too early"),
        ("y ~ (a + b", 4, "never closed"),
        ("y ~ log(a", 7, "never closed"),
        ("y ~ a b", 6, "operator"),
        ("y ~ 2x", 4, "backticks: `2x`"),
        ("y ~ 'a", 4, "never closed"),
        ("y ~ I(x<-1)", 7, "x < -1"),
        ("y ~ f(a,)", 7, "missing after the comma"),
        ("y ~ f(a b)", 8, "missing before 'b'"),
        ("y ~ a < b < c", 10, "chained"),
        ("y ~ a ~ b", 2, "one `~`"),
        ("y", 1, "needs a `~`"),
        ("", 0, "empty"),
        ("y ~ a ? b", 6, "no place"),
        ("y ~ é€", 5, "no meaning"),
        ("y ~ function(x)", 4, "reserved"),
        ("y ~ pkg::x", 9, "function call"),
        ("y ~ 2i", 4, "Complex"),
        ("y ~ )", 4, "not expected"),
        ("y = x", 2, "parted by `~`"),
        ("y ~ x, data = d", 5, "Other arguments follow after the text"),
        ("y ~ ``", 4, "empty"),
    ],
)
def test_what_cannot_be_read_is_marked(text, place, words):
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)
    message, line, caret = caught.value.message.rsplit("\n", 2)
    assert words in message
    assert line == f"    {text}"
    assert caret.index("^") - 4 == place


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("y ~ a^b", "whole number"),
        ("y ~ a^0", r"I\(a\^2\)"),
        ("y ~ a^1.5", "whole number"),
        ("y ~ 2*x", "only 0 and 1"),
        ("y ~ x + 'a'", "not a variable"),
        ("y ~ x + TRUE", "not a variable"),
        ("y ~ 1 | g", "parentheses"),
        ("y ~ x:(1 | g)", "parentheses"),
        ("y ~ .", "no data"),
        ("y ~ x + y", "response and a term"),
        ("y ~ x * (y)", "response and a term"),
    ],
)
def test_what_has_no_meaning_as_terms_is_refused(text, words):
    with pytest.raises(FormulaError, match=words):
        expand_terms(parse_formula(text))


@pytest.mark.parametrize("given", [None, 3, ["y", "x"], pd.DataFrame({"y": range(99)})])
def test_a_formula_must_be_text(given):
    with pytest.raises(ArgumentTypeError, match=r"must be text.*the first argument and the data") as caught:
        parse_formula(given)
    assert len(str(caught.value)) < 200  # the data are not printed


def test_error_in_a_formula_of_two_lines_shows_the_line():
    with pytest.raises(FormulaError) as caught:
        parse_formula("y ~ a +\n  b c")
    assert caught.value.message.endswith("\n      b c\n        ^")
