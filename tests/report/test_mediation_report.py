"""Summaries against R's text, character for character."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from pymediation.errors import ArgumentError
from pymediation.report.document import METHOD_LINES, percent, quantile_names
from pymediation.report.mediation import EffectRow, MediationReport, html, rows_shown, text
from pymediation.report.ordered import (
    CategoryEffects,
    OrderedReport,
    ordered_html,
    ordered_rows,
    ordered_text,
)

CASES: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "reference" / "mediate.json").read_text(encoding="utf-8")
)["cases"]
ORDERED = [name for name, case in CASES.items() if isinstance(case["d0"], list)]
PLAIN = [name for name in CASES if name not in ORDERED]
ESTIMATES = {"tau": "tau.coef"}


def method_of(case: dict[str, Any]) -> Any:
    return next(key for key, line in METHOD_LINES.items() if line == case["summary"][3])


def sims_of(case: dict[str, Any]) -> int:
    return int(re.search(r"sims = (\d+)", case["call"])[1])


def level_of(case: dict[str, Any]) -> float:
    given = re.search(r"conf.level = ([\d.]+)", case["call"])
    return float(given[1]) if given else 0.95


def effect_row(case: dict[str, Any], label: str, name: str) -> EffectRow:
    key = name.replace("_", ".")
    lower, upper = case[f"{key}.ci"]
    return EffectRow(label, case[ESTIMATES.get(key, key)], lower, upper, case[f"{key}.p"])


def plain_report(case: dict[str, Any]) -> MediationReport:
    one_set = any(line.startswith("ACME  ") for line in case["summary"])
    return MediationReport(
        method=method_of(case),
        rows=tuple(effect_row(case, label, name) for label, name in rows_shown(one_set)),
        conf_level=level_of(case),
        nobs=case["nobs"],
        sims=sims_of(case),
        conditional="covariates" in case["call"],
    )


def ordered_report(case: dict[str, Any]) -> OrderedReport:
    def panel(label: str, name: str) -> CategoryEffects:
        limits = case[f"{name}.ci"]  # by column: lower and upper of the first category, of the second, ...
        estimate = case[ESTIMATES.get(name, name)]
        return CategoryEffects(
            label, tuple(estimate), tuple(limits[::2]), tuple(limits[1::2]), tuple(case[f"{name}.p"])
        )

    return OrderedReport(
        method=method_of(case),
        levels=("1", "2", "3"),
        panels=tuple(panel(label, name) for label, name in ordered_rows()),
        conf_level=0.95,
        nobs=case["nobs"],
        sims=sims_of(case),
    )


def test_reference_holds_both_kinds() -> None:
    assert len(PLAIN) == 43
    assert len(ORDERED) == 2


@pytest.mark.parametrize("name", PLAIN)
def test_text_equals_r(name: str) -> None:
    assert text(plain_report(CASES[name])) == "\n".join(CASES[name]["summary"])


@pytest.mark.parametrize("name", ORDERED)
def test_ordered_text_equals_r(name: str) -> None:
    assert ordered_text(ordered_report(CASES[name])) == "\n".join(CASES[name]["summary"])


def test_ordered_columns_have_formats_of_their_own() -> None:
    panel = CategoryEffects(
        "ACME (control) ",
        estimate=(0.011610, -2.96e-03, -0.008648),
        lower=(0.000142, -7.44e-03, -0.017103),
        upper=(0.024615, -3.56e-05, -0.000107),
        p=(0.08, 0.08, 0.08),
    )
    report = OrderedReport("boot perc", ("1", "2", "3"), (panel,), 0.95, nobs=899, sims=50)
    assert ordered_text(report).splitlines()[5:10] == [
        "                 Pr(Y=1)   Pr(Y=2)   Pr(Y=3)",
        "ACME (control)  0.011610 -2.96e-03 -0.008648",
        "2.5%            0.000142 -7.44e-03 -0.017103",
        "97.5%           0.024615 -3.56e-05 -0.000107",
        "p-value         0.080000  8.00e-02  0.080000",
    ]


def test_two_stage_least_squares_text_equals_r() -> None:
    rows = (
        EffectRow("ACME", -0.526823, -0.793276, -0.260370, 5.327e-05),
        EffectRow("ADE", 0.875103, 0.782406, 0.967799, 0.0),
        EffectRow("Total Effect", 0.348280, 0.081432, 0.615128, 0.005263),
        EffectRow("Prop. Mediated", -1.512642, -3.405988, 0.380704, 0.058690),
    )
    report = MediationReport(
        "two-stage",
        rows,
        0.95,
        nobs=1000,
        sims=None,
        title="Causal Mediation Analysis using Two-Stage Least Squares",
    )
    expected = """
Causal Mediation Analysis using Two-Stage Least Squares

Two-Stage Least Squares Confidence Intervals

                Estimate 95% CI Lower 95% CI Upper   p-value    
ACME           -0.526823    -0.793276    -0.260370 5.327e-05 ***
ADE             0.875103     0.782406     0.967799 < 2.2e-16 ***
Total Effect    0.348280     0.081432     0.615128  0.005263 ** 
Prop. Mediated -1.512642    -3.405988     0.380704  0.058690 .  
---
Signif. codes:  0 ‘***’ 0.001 ‘**’ 0.01 ‘*’ 0.05 ‘.’ 0.1 ‘ ’ 1

Sample Size Used: 1000 


Simulations: NA 
"""  # noqa: W291
    assert text(report) == expected


@pytest.fixture
def report() -> MediationReport:
    rows = (
        EffectRow("ACME", -0.0175788, -0.0398013, 0.0068301, 0.16),
        EffectRow("ADE <b>", -0.0448637, -0.1363100, 0.0274786, 0.03),
    )
    notes = ("Mediator Groups: educ ", "Outcome Groups: occp ")
    return MediationReport("boot bca", rows, 0.999, nobs=100000, sims=100000, conditional=True, notes=notes)


def test_notes_follow_the_method_and_the_conditional_line(report: MediationReport) -> None:
    assert text(report).splitlines()[3:11] == [
        METHOD_LINES["boot bca"],
        "",
        "(Inference Conditional on the Covariate Values Specified in `covariates')",
        "",
        "Mediator Groups: educ ",
        "",
        "Outcome Groups: occp ",
        "",
    ]


def test_large_counts_are_written_in_full(report: MediationReport) -> None:
    assert "Sample Size Used: 100000 \n" in text(report)
    assert "Simulations: 100000 \n" in text(report)


def test_headings_tell_the_level(report: MediationReport) -> None:
    assert "99.9% CI Lower 99.9% CI Upper" in text(report)
    assert percent(0.95) == "95"
    assert quantile_names(0.999) == ("0.05%", "99.95%")


@pytest.mark.parametrize(
    ("digits", "estimate"),
    [(None, "-0.0175788"), (6, "-0.01758"), (5, "-0.01758"), (15, "-0.0175788")],
)
def test_digits_are_those_of_r_option(report: MediationReport, digits: int | None, estimate: str) -> None:
    first = next(line for line in text(report, digits).splitlines() if line.startswith("ACME"))
    assert first.split()[1] == estimate


def test_unknown_method_names_the_known_ones() -> None:
    report = MediationReport("bootstrap", (EffectRow("ACME", 1, 0, 2, 0.5),), 0.95, nobs=1, sims=1)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"method='bootstrap'.*'quasi-bayes'.*'boot perc'.*'boot bca'"):
        text(report)


def test_rows_shown() -> None:
    assert rows_shown(True) == (
        ("ACME", "d1"),
        ("ADE", "z0"),
        ("Total Effect", "tau"),
        ("Prop. Mediated", "n0"),
    )
    names = [name for _, name in rows_shown(False)]
    assert names == ["d0", "d1", "z0", "z1", "tau", "n0", "n1", "d_avg", "z_avg", "n_avg"]


class Tags(HTMLParser):
    """Collects what a table holds and fails on tags that do not nest."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(markup)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":
            self.open.append(tag)
            self.cells.append((tag, dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.open:
            tag, attrs, held = self.cells[-1]
            self.cells[-1] = (tag, attrs, held + data.strip())

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def texts(self, tag: str, **attributes: str) -> list[str]:
        return [held for t, attrs, held in self.cells if t == tag and attrs.items() >= attributes.items()]


def test_html_holds_the_table(report: MediationReport) -> None:
    tags = Tags(html(report))
    assert tags.texts("th", scope="row") == ["ACME", "ADE <b>"]
    assert tags.texts("th", scope="col") == [
        "Effect",
        "Estimate",
        "99.9% CI Lower",
        "99.9% CI Upper",
        "p-value",
        "Significance",
    ]
    assert tags.texts("td")[:5] == ["-0.0175788", "-0.0398013", "0.0068301", "0.16", ""]
    assert tags.texts("td")[9] == "*"
    assert tags.texts("td", colspan="6")[0].startswith("Signif. codes:")
    assert len(tags.texts("caption")) == 1
    assert not any("style" in attrs for _, attrs, _ in tags.cells)


def test_html_without_stars_has_no_legend(report: MediationReport) -> None:
    plain = html(MediationReport("quasi-bayes", report.rows[:1], 0.95, nobs=10, sims=None))
    assert "Signif" not in plain
    assert "Simulations" not in plain


def test_ordered_html_has_a_table_per_effect() -> None:
    markup = ordered_html(ordered_report(CASES[ORDERED[0]]))
    assert markup.count("<table") == 5
    assert Tags(markup).texts("th", scope="row")[:4] == ["Estimate", "2.5%", "97.5%", "p-value"]
