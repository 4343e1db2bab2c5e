"""The paper's R code, transliterated line by line.

Each function is one listing: the lines between its docstring and its ``return`` are shown to the reader, so
they hold what the R script holds, broken where it breaks, and nothing else.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

import pymediation.r as R

__all__ = ["EXAMPLES", "Example"]


@dataclass(frozen=True, slots=True)
class Example:
    """One table of the paper.

    Attributes
    ----------
    id : str
        Section of the paper and a name; also the name of the plot's file.
    title : str
        What the example shows.
    run : callable
        Runs the listing and returns the result, whose ``to_frame()`` is the table.
    reference : str or None
        Name in ``reference.json`` of the table that ours must equal; None for data that are not bundled.
    published : str or None
        Name of the table printed in the paper, where that one cannot be equalled.
    plots : mapping of str to mapping
        Options of each plot by what its file's name ends in; by default one plot under the title.
    table : callable
        Returns the table of a result.
    """

    id: str
    title: str
    run: Callable[[], Any]
    reference: str | None
    published: str | None = None
    plots: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"": {}})
    table: Callable[[Any], pd.DataFrame] = lambda result: result.to_frame()

    @property
    def online(self) -> bool:
        """Whether the data are downloaded; what R gives for them is not recorded."""
        return self.reference is None

    @property
    def listing(self) -> str:
        """The code of the example: the body of `run` without docstring and ``return``."""
        lines = inspect.getsource(self.run).splitlines()
        return textwrap.dedent("\n".join(lines[2:-1]))


# fmt: off
def _quasi_bayes() -> Any:
    """Run section 3.1, the first table."""
    framing = R.data("framing")
    R.set_seed(2014)
    med_fit = R.lm("emo ~ treat + age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo + treat + age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    med_out = R.mediate(med_fit, out_fit, treat="treat", mediator="emo", robustSE=True, sims=100)
    return med_out


def _bootstrap() -> Any:
    """Run section 3.1, nonparametric bootstrap."""
    framing = R.data("framing")
    med_fit = R.lm("emo ~ treat + age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo + treat + age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    R.set_seed(2014)
    med_out = R.mediate(med_fit, out_fit, boot=True, treat="treat", mediator="emo", sims=100)
    return med_out


def _bias_corrected() -> Any:
    """Run section 3.1, bootstrap with the BCa interval."""
    framing = R.data("framing")
    med_fit = R.lm("emo ~ treat + age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo + treat + age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    R.set_seed(2015)
    med_out = R.mediate(med_fit, out_fit, boot=True, boot_ci_type="bca",
                        treat="treat", mediator="emo", sims=100)
    return med_out


def _interaction() -> Any:
    """Run section 3.1, treatment by mediator."""
    framing = R.data("framing")
    med_fit = R.lm("emo ~ treat + age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo * treat + age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    R.set_seed(2016)
    med_out = R.mediate(med_fit, out_fit, treat="treat", mediator="emo", robustSE=True, sims=100)
    return med_out


def _moderated_age20() -> Any:
    """Run section 3.2, at age 20."""
    framing = R.data("framing")
    med_fit = R.lm("emo ~ treat * age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo + treat * age + emo * age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    R.set_seed(2017)
    med_age20 = R.mediate(med_fit, out_fit, treat="treat", mediator="emo",
                          covariates=dict(age=20), sims=100)
    return med_age20


def _moderated_age60() -> Any:
    """Run section 3.2, at age 60."""
    framing = R.data("framing")
    med_fit = R.lm("emo ~ treat * age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo + treat * age + emo * age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    R.set_seed(2018)
    med_age60 = R.mediate(med_fit, out_fit, treat="treat", mediator="emo",
                          covariates=dict(age=60), sims=100)
    return med_age60


def _conditions_2_3() -> Any:
    """Run section 3.3, a factor with four levels."""
    framing = R.data("framing")
    med_fit = R.lm("emo ~ cond + age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo + cond + age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    R.set_seed(2019)
    med23_out = R.mediate(med_fit, out_fit, treat="cond", mediator="emo",
                          control_value="2", treat_value="3", sims=100)
    return med23_out


def _conditions_1_4() -> Any:
    """Run section 3.3, two other levels."""
    framing = R.data("framing")
    med_fit = R.lm("emo ~ cond + age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo + cond + age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    R.set_seed(2020)
    med14_out = R.mediate(med_fit, out_fit, treat="cond", mediator="emo",
                          control_value="1", treat_value="4", sims=100)
    return med14_out


def _continuous_treatment() -> Any:
    """Run section 3.3, a numeric treatment."""
    framing = R.data("framing")
    framing["c4"] = R.as_numeric(framing["cond"]) + 3  # levels 4 to 7 of R's factor
    med_fit = R.lm("emo ~ c4 + age", data=framing)
    out_fit = R.glm("cong_mesg ~ emo * c4 + age", data=framing, family=R.binomial("logit"))
    R.set_seed(2021)
    med_out = R.mediate(med_fit, out_fit, treat="c4", mediator="emo",
                        control_value=1, treat_value=4, sims=60)
    return med_out


def _sensitivity() -> Any:
    """Run section 3.4, sensitivity to unmeasured confounding."""
    framing = R.data("framing")
    R.set_seed(2014)
    med_fit = R.lm("emo ~ treat + age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo + treat + age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    med_out = R.mediate(med_fit, out_fit, treat="treat", mediator="emo", robustSE=True, sims=100)
    sens_out = R.medsens(med_out, rho_by=0.1, effect_type="indirect", sims=100)
    return sens_out


def _students() -> Any:
    """Run section 4.1 on the paper's data, which are downloaded."""
    from statsmodels.datasets import get_rdataset
    student = get_rdataset("student", "mediation").data
    med_fit = R.glmer("attachment ~ catholic + gender + income + pared + (1|SCH_ID)",
                      family=R.binomial("logit"), data=student)
    out_fit = R.glmer("fight ~ catholic*attachment + gender + income + pared + (1 + attachment|SCH_ID)",
                      family=R.binomial("logit"), data=student)
    R.set_seed(2014)
    med_out = R.mediate(med_fit, out_fit, treat="catholic", mediator="attachment", sims=100)
    return med_out


def _schools() -> Any:
    """Run section 4.2 on the paper's data, which are downloaded."""
    from statsmodels.datasets import get_rdataset
    student = get_rdataset("student", "mediation").data
    school = get_rdataset("school", "mediation").data
    med_fit = R.lm("smorale ~ free + catholic + coed", data=school)
    out_fit = R.lmer("late ~ free + smorale + catholic + coed + gender + income + pared + (1|SCH_ID)",
                     data=student)
    R.set_seed(2014)
    med_out = R.mediate(med_fit, out_fit, treat="free", mediator="smorale",
                        control_value=3, treat_value=4, sims=100)
    return med_out


def _multilevel() -> Any:
    """Run an analysis like that of section 4.1 on the bundled data."""
    jobs = R.data("jobs")
    jobs["emp"] = R.as_numeric(jobs["work1"]) - 1
    med_fit = R.glmer("job_dich ~ treat + econ_hard + (1|educ)", family=R.binomial("logit"), data=jobs)
    out_fit = R.glmer("emp ~ treat*job_dich + econ_hard + (1|occp)", family=R.binomial("logit"), data=jobs)
    R.set_seed(3)
    med_out = R.mediate(med_fit, out_fit, treat="treat", mediator="job_dich", sims=60)
    return med_out


def _random_slopes() -> Any:
    """Run section 4.1's random slopes of the mediator on the bundled data."""
    jobs = R.data("jobs")
    med_fit = R.lmer("job_seek ~ treat + econ_hard + (1|occp)", data=jobs)
    out_fit = R.lmer("depress2 ~ treat*job_seek + econ_hard + (1 + job_seek|occp)", data=jobs)
    R.set_seed(2)
    med_out = R.mediate(med_fit, out_fit, treat="treat", mediator="job_seek", sims=60)
    return med_out


def _group_level() -> Any:
    """Run an analysis like that of section 4.2 on the bundled data: the mediator is one of groups."""
    jobs = R.data("jobs")
    groups = jobs.groupby("occp", observed=True, as_index=False)["econ_hard"].mean()
    R.set_seed(9)
    groups["tr"] = R.rep([0, 1], length_out=7)
    groups["med"] = 1 + 0.5 * groups["tr"] + 0.3 * groups["econ_hard"] + R.rnorm(7, sd=0.3)
    merged = jobs.merge(groups[["occp", "tr", "med"]], on="occp").sort_values("occp", kind="stable")
    med_fit = R.lm("med ~ tr + econ_hard", data=groups)
    out_fit = R.lmer("depress2 ~ tr + med + age + (1|occp)", data=merged)
    R.set_seed(7)
    med_out = R.mediate(med_fit, out_fit, treat="tr", mediator="med", sims=60)
    return med_out


def _single_experiment() -> Any:
    """Run section 5.1, the single experiment design."""
    framing = R.data("framing")
    framing["english"] = R.as_numeric(framing["english"])
    framing["anx"] = R.as_numeric(framing["anx"])
    R.set_seed(1)
    sed_est = R.mediate_sed("english", "anx", "treat", data=framing, SI=True, boot=True, sims=100)
    return sed_est


def _parallel() -> Any:
    """Run section 5.2, the parallel design without interaction."""
    boundsdata = R.data("boundsdata")
    R.set_seed(1)
    pd = R.mediate_pd("out", "med", "ttt", "manip", boundsdata,
                      NINT=True, sims=100, conf_level=0.95)
    return pd


def _parallel_bounds() -> Any:
    """Run section 5.2, the parallel design with interaction."""
    boundsdata = R.data("boundsdata")
    pd1 = R.mediate_pd("out", "med", "ttt", "manip", boundsdata, NINT=False)
    return pd1


def _encouragement() -> Any:
    """Run section 5.3, the parallel encouragement design."""
    boundsdata = R.data("boundsdata")
    ped = R.mediate_ped("out.enc", "med.enc", "ttt", "enc", boundsdata)
    return ped


def _crossover() -> Any:
    """Run section 5.4, the crossover encouragement design."""
    CEDdata = R.data("CEDdata")
    R.set_seed(1)
    ced = R.mediate_ced("Y2", "M1", "M2", "T1", "Z", CEDdata, sims=100)
    return ced


def _alternative_mechanism() -> Any:
    """Run section 6.2, two mechanisms in a single experiment."""
    framing = R.data("framing")
    Xnames = ["age", "educ", "gender", "income"]
    R.set_seed(1)
    m_med = R.multimed(outcome="immigr", med_main="emo", med_alt="p_harm", treat="treat",
                       covariates=Xnames, data=framing, design="single", sims=100)
    return m_med


def _parallel_design() -> Any:
    """Run section 6.3, the parallel design."""
    boundsdata = R.data("boundsdata")
    R.set_seed(2014)
    m_med_para = R.multimed(outcome="out", med_main="med", treat="ttt", experiment="manip",
                            data=boundsdata, design="parallel", sims=100)
    return m_med_para


def _noncompliance() -> Any:
    """Run section 7.2, treatment noncompliance."""
    jobs = R.data("jobs")
    a = R.lm("comply ~ treat + sex + age + marital + nonwhite + educ + income", data=jobs)
    b = R.glm("job_dich ~ comply + treat + sex + age + marital + nonwhite + educ + income",
              data=jobs, family=R.binomial)
    c = R.lm("depress2 ~ job_dich * (comply + treat) + sex + age + marital + nonwhite + educ + income",
             data=jobs)
    R.set_seed(1)
    out = R.ivmediate(a, b, c, sims=50, boot=False,
                      enc="treat", treat="comply", mediator="job_dich")
    return out

# fmt: on


def _with_crossings(result: Any) -> pd.DataFrame:
    """Return the estimates, and below them where effects first cross zero, a row each."""
    crossings = result.to_frame("crossings")
    labels = [f"{effect}, {parameter}" for effect in crossings.index for parameter in crossings.columns]
    return pd.concat([result.to_frame(), pd.DataFrame({"estimate": crossings.to_numpy().ravel()}, labels)])


EXAMPLES: tuple[Example, ...] = (
    Example(
        "3.1_quasi_bayes",
        "Quasi-Bayesian intervals with robust standard errors",
        _quasi_bayes,
        "paper_quasi_bayes",
    ),
    Example("3.1_bootstrap", "Nonparametric bootstrap", _bootstrap, "r_bootstrap", "paper_bootstrap"),
    Example("3.1_bca", "Nonparametric bootstrap, BCa intervals", _bias_corrected, "r_bca"),
    Example(
        "3.1_interaction",
        "Treatment and mediator interacting",
        _interaction,
        "r_interaction",
        "paper_interaction",
    ),
    Example(
        "3.2_age20",
        "Moderated mediation: at age 20",
        _moderated_age20,
        "r_moderated_age20",
        "paper_moderated_age20",
    ),
    Example(
        "3.2_age60",
        "Moderated mediation: at age 60",
        _moderated_age60,
        "r_moderated_age60",
        "paper_moderated_age60",
    ),
    Example(
        "3.3_cond_2_3", "Non-binary treatment: condition 3 against 2", _conditions_2_3, "r_conditions_2_3"
    ),
    Example(
        "3.3_cond_1_4", "Non-binary treatment: condition 4 against 1", _conditions_1_4, "r_conditions_1_4"
    ),
    Example("3.3_continuous", "Continuous treatment, from 1 to 4", _continuous_treatment, "r_continuous"),
    Example(
        "3.4_sensitivity",
        "Sensitivity to unmeasured confounding",
        _sensitivity,
        "r_sensitivity",
        "paper_sensitivity",
        {
            "_figure3": {"sens_par": "rho", "main": "Anxiety", "ylim": (-0.2, 0.2)},
            "_figure4": {"sens_par": "R2", "r_type": "total", "sign_prod": "positive"},
        },
    ),
    Example(
        "4.1_students",
        "Multilevel data: pupils of schools",
        _students,
        None,
        "paper_multilevel",
    ),
    Example(
        "4.1_multilevel",
        "Multilevel data: logit models with intercepts by group",
        _multilevel,
        "r_multilevel",
    ),
    Example(
        "4.1_random_slopes",
        "Multilevel data: the mediator's effect varies between groups",
        _random_slopes,
        "r_random_slopes",
    ),
    Example("4.2_schools", "Group-level mediator: morale of schools", _schools, None, "paper_group_level"),
    Example("4.2_group_level", "Group-level mediator", _group_level, "r_group_level"),
    Example(
        "5.1_single",
        "Single experiment, sequential ignorability",
        _single_experiment,
        "r_single",
        "paper_single",
    ),
    Example("5.2_parallel", "Parallel design, no interaction", _parallel, "r_parallel", "paper_parallel"),
    Example(
        "5.2_bounds",
        "Parallel design: bounds",
        _parallel_bounds,
        "r_parallel_bounds",
        "paper_parallel_bounds",
    ),
    Example(
        "5.3_encouragement",
        "Parallel encouragement design: bounds",
        _encouragement,
        "r_encouragement",
        "paper_encouragement",
    ),
    Example("5.4_crossover", "Crossover encouragement design", _crossover, "r_crossover", "paper_crossover"),
    Example(
        "6.2_multimed",
        "Beside an alternative mechanism: the single design",
        _alternative_mechanism,
        "r_multimed",
        "paper_multimed",
        {
            "_figure5": {"type": "point"},
            "_figure6": {"type": ("sigma", "R2-total"), "tgroup": ("treated", "control")},
        },
        _with_crossings,
    ),
    Example(
        "6.3_multimed_parallel",
        "Beside an alternative mechanism: the parallel design",
        _parallel_design,
        "r_multimed_parallel",
        "paper_multimed_parallel",
        {
            "_point": {"type": "point"},
            "_sensitivity": {"type": ("sigma", "R2-total"), "tgroup": ("treated", "control")},
        },
        _with_crossings,
    ),
    Example(
        "7.2_noncompliance",
        "Treatment noncompliance",
        _noncompliance,
        "r_noncompliance",
        "paper_noncompliance",
    ),
)
