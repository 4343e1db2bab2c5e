"""The R code of the paper's sections 3.1 to 3.3, ported line by line and run in one go."""

import contextlib
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import r_cases
from idioms import EFFECTS

# The seeds are those of the recorded runs; the paper has the first one only.
R_SCRIPT = """
library("mediation")
data("framing", package = "mediation")
# 3.1
med.fit <- lm(emo ~ treat + age + educ + gender + income, data = framing)
out.fit <- glm(cong_mesg ~ emo + treat + age + educ + gender + income,
  data = framing, family = binomial("probit"))
set.seed(2014)
med.out <- mediate(med.fit, out.fit, treat = "treat", mediator = "emo", robustSE = TRUE, sims = 100)
summary(med.out)
plot(med.out)
set.seed(2014)
med.boot <- mediate(med.fit, out.fit, boot = TRUE, treat = "treat", mediator = "emo", sims = 100)
summary(med.boot)
set.seed(2015)
med.bca <- mediate(med.fit, out.fit, boot = TRUE, boot.ci.type = "bca",
  treat = "treat", mediator = "emo", sims = 100)
summary(med.bca)
int.fit <- glm(cong_mesg ~ emo * treat + age + educ + gender + income,
  data = framing, family = binomial("probit"))
set.seed(2016)
med.int <- mediate(med.fit, int.fit, treat = "treat", mediator = "emo", robustSE = TRUE, sims = 100)
summary(med.int)
plot(med.int)
# 3.2
med.fit <- lm(emo ~ treat * age + educ + gender + income, data = framing)
out.fit <- glm(cong_mesg ~ emo + treat * age + emo * age + educ + gender + income,
  data = framing, family = binomial("probit"))
set.seed(2017)
med.age20 <- mediate(med.fit, out.fit, treat = "treat", mediator = "emo",
  covariates = list(age = 20), sims = 100)
set.seed(2018)
med.age60 <- mediate(med.fit, out.fit, treat = "treat", mediator = "emo",
  covariates = list(age = 60), sims = 100)
summary(med.age20)
summary(med.age60)
# 3.3
med.fit <- lm(emo ~ cond + age + educ + gender + income, data = framing)
out.fit <- glm(cong_mesg ~ emo + cond + age + educ + gender + income,
  data = framing, family = binomial("probit"))
set.seed(2019)
med23.out <- mediate(med.fit, out.fit, treat = "cond", mediator = "emo",
  control.value = "2", treat.value = "3", sims = 100)
summary(med23.out)
set.seed(2020)
med14.out <- mediate(med.fit, out.fit, treat = "cond", mediator = "emo",
  control.value = "1", treat.value = "4", sims = 100)
summary(med14.out)
"""

SCRIPT = """
from pymediation.r import *
framing = data("framing", package="mediation")
# 3.1
med_fit = lm("emo ~ treat + age + educ + gender + income", data=framing)
out_fit = glm("cong_mesg ~ emo + treat + age + educ + gender + income",
  data=framing, family=binomial("probit"))
set_seed(2014)
med_out = mediate(med_fit, out_fit, treat="treat", mediator="emo", robustSE=TRUE, sims=100)
print(summary(med_out))
plot(med_out)
set_seed(2014)
med_boot = mediate(med_fit, out_fit, boot=TRUE, treat="treat", mediator="emo", sims=100)
print(summary(med_boot))
set_seed(2015)
med_bca = mediate(med_fit, out_fit, boot=TRUE, boot_ci_type="bca",
  treat="treat", mediator="emo", sims=100)
print(summary(med_bca))
int_fit = glm("cong_mesg ~ emo * treat + age + educ + gender + income",
  data=framing, family=binomial("probit"))
set_seed(2016)
med_int = mediate(med_fit, int_fit, treat="treat", mediator="emo", robustSE=TRUE, sims=100)
print(summary(med_int))
plot(med_int)
# 3.2
med_fit = lm("emo ~ treat * age + educ + gender + income", data=framing)
out_fit = glm("cong_mesg ~ emo + treat * age + emo * age + educ + gender + income",
  data=framing, family=binomial("probit"))
set_seed(2017)
med_age20 = mediate(med_fit, out_fit, treat="treat", mediator="emo",
  covariates=dict(age=20), sims=100)
set_seed(2018)
med_age60 = mediate(med_fit, out_fit, treat="treat", mediator="emo",
  covariates=dict(age=60), sims=100)
print(summary(med_age20))
print(summary(med_age60))
# 3.3
med_fit = lm("emo ~ cond + age + educ + gender + income", data=framing)
out_fit = glm("cong_mesg ~ emo + cond + age + educ + gender + income",
  data=framing, family=binomial("probit"))
set_seed(2019)
med23_out = mediate(med_fit, out_fit, treat="cond", mediator="emo",
  control_value="2", treat_value="3", sims=100)
print(summary(med23_out))
set_seed(2020)
med14_out = mediate(med_fit, out_fit, treat="cond", mediator="emo",
  control_value="1", treat_value="4", sims=100)
print(summary(med14_out))
"""

# What a reader does with an editor: R on the left, the dialect on the right.
RULES = [
    (r" = ", "="),
    (r" <- ", " = "),
    (r'^data\("(\w+)"', r'\1 = data("\1"'),
    (r"(?<=[a-z0-9])\.(?=[a-z])", "_"),
    (r"\b(g?lm)\(([^,]+),", r'\1("\2",'),
    (r"\blist\(", "dict("),
    (r"^(summary\(.*\))$", r"print(\1)"),
    (r'^library\("mediation"\)$', "from pymediation.r import *"),
]

CASES = {
    "med_out": "jss_framing_robust",
    "med_boot": "jss_framing_boot",
    "med_bca": "jss_framing_bca",
    "med_int": "jss_framing_interaction",
    "med_age20": "jss_framing_modmed_age20",
    "med_age60": "jss_framing_modmed_age60",
    "med23_out": "jss_framing_cond_2_3",
    "med14_out": "jss_framing_cond_1_4",
}
# Reweighted least squares and the eigenvectors of the covariance are rounded differently by another library.
TOLERANCE = {"rtol": 1e-8, "atol": 1e-8}

# Tingley et al. (2014), the table after the first call of mediate: estimate, interval, p.
PUBLISHED = {
    "ACME (control)": (0.0791, 0.0351, 0.1501, 0.00),
    "ACME (treated)": (0.0804, 0.0367, 0.1557, 0.00),
    "ADE (control)": (0.0206, -0.0976, 0.1158, 0.70),
    "ADE (treated)": (0.0218, -0.1053, 0.1226, 0.70),
    "Total Effect": (0.1009, -0.0497, 0.2339, 0.14),
    "Prop. Mediated (control)": (0.6946, -6.3109, 3.6793, 0.14),
    "Prop. Mediated (treated)": (0.7118, -5.7936, 3.4965, 0.14),
    "ACME (average)": (0.0798, 0.0359, 0.1537, 0.00),
    "ADE (average)": (0.0212, -0.1014, 0.1192, 0.70),
    "Prop. Mediated (average)": (0.7032, -6.0523, 3.5879, 0.14),
}

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def ported(line):
    """Apply the rules to a line of R."""
    for pattern, replacement in RULES:
        line = re.sub(pattern, replacement, line)
    return line


@pytest.fixture(scope="module")
def run():
    """Run the script once; return its variables, what it printed and what it drew."""
    plt.close("all")
    names, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(SCRIPT, names)
    figures = [plt.figure(number) for number in plt.get_fignums()]
    yield names, printed.getvalue(), figures
    plt.close("all")


def test_the_port_is_what_an_editor_makes_of_the_r_code():
    assert [ported(line) for line in R_SCRIPT.splitlines()] == SCRIPT.splitlines()


def test_script_prints_what_r_prints(run):
    tables = ["\n".join(r_cases.cases()[case]["summary"]) for case in CASES.values()]
    assert run[1] == "\n".join(tables) + "\n"


@pytest.mark.parametrize("name", CASES)
def test_numbers_are_those_of_r(run, name):
    result, case = run[0][name], r_cases.cases()[CASES[name]]
    parts = [f"{effect.removesuffix('_coef')}_{part}" for effect in EFFECTS for part in ("ci", "p")]
    for key in [*EFFECTS, *parts]:
        expected = case[key.replace("_", ".")]
        np.testing.assert_allclose(np.asarray(result[key]), expected, err_msg=key, **TOLERANCE)
    for key in ("d0_sims", "d1_sims", "z0_sims", "z1_sims"):
        np.testing.assert_allclose(result[key][:12], case[key.replace("_", ".")], err_msg=key, **TOLERANCE)


def test_first_table_is_the_published_one(run):
    table = run[0]["med_out"].to_frame()[["estimate", "lower", "upper", "p_value"]]
    assert {row: tuple(numbers) for row, *numbers in table.round(4).itertuples()} == PUBLISHED


def test_figures_show_the_three_effects(run):
    assert len(run[2]) == 2
    for figure, name in zip(run[2], ("med_out", "med_int"), strict=True):
        (ax,) = figure.axes
        assert [label.get_text() for label in ax.get_yticklabels()] == ["ACME", "ADE", "Total\nEffect"]
        drawn = np.concatenate([np.ravel(line.get_xdata()) for line in ax.lines])
        for value in (run[0][name].d1, run[0][name].d1_ci.lower, run[0][name].tau_coef):
            assert np.isclose(drawn, value).any()
