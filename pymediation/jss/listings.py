"""The paper's R code, transliterated line by line.

Each function is one listing: the lines between its docstring and its ``return`` are shown to the reader, so
they hold what the R script holds, broken where it breaks, and nothing else.
"""

from __future__ import annotations

from typing import Any

import pymediation.r as R


# fmt: off
def quasi_bayes() -> Any:
    """Run section 3.1, the first table."""
    framing = R.data("framing")
    R.set_seed(2014)
    med_fit = R.lm("emo ~ treat + age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo + treat + age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    med_out = R.mediate(med_fit, out_fit, treat="treat", mediator="emo", robustSE=True, sims=100)
    return med_out


def bootstrap() -> Any:
    """Run section 3.1, nonparametric bootstrap."""
    framing = R.data("framing")
    med_fit = R.lm("emo ~ treat + age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo + treat + age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    R.set_seed(2014)
    med_out = R.mediate(med_fit, out_fit, boot=True, treat="treat", mediator="emo", sims=100)
    return med_out


def bias_corrected() -> Any:
    """Run section 3.1, bootstrap with the BCa interval."""
    framing = R.data("framing")
    med_fit = R.lm("emo ~ treat + age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo + treat + age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    R.set_seed(2015)
    med_out = R.mediate(med_fit, out_fit, boot=True, boot_ci_type="bca",
                        treat="treat", mediator="emo", sims=100)
    return med_out


def interaction() -> Any:
    """Run section 3.1, treatment by mediator."""
    framing = R.data("framing")
    med_fit = R.lm("emo ~ treat + age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo * treat + age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    R.set_seed(2016)
    med_out = R.mediate(med_fit, out_fit, treat="treat", mediator="emo", robustSE=True, sims=100)
    return med_out


def moderated_age20() -> Any:
    """Run section 3.2, at age 20."""
    framing = R.data("framing")
    med_fit = R.lm("emo ~ treat * age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo + treat * age + emo * age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    R.set_seed(2017)
    med_age20 = R.mediate(med_fit, out_fit, treat="treat", mediator="emo",
                          covariates=dict(age=20), sims=100)
    return med_age20


def moderated_age60() -> Any:
    """Run section 3.2, at age 60."""
    framing = R.data("framing")
    med_fit = R.lm("emo ~ treat * age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo + treat * age + emo * age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    R.set_seed(2018)
    med_age60 = R.mediate(med_fit, out_fit, treat="treat", mediator="emo",
                          covariates=dict(age=60), sims=100)
    return med_age60


def conditions_2_3() -> Any:
    """Run section 3.3, a factor with four levels."""
    framing = R.data("framing")
    med_fit = R.lm("emo ~ cond + age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo + cond + age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    R.set_seed(2019)
    med23_out = R.mediate(med_fit, out_fit, treat="cond", mediator="emo",
                          control_value="2", treat_value="3", sims=100)
    return med23_out


def conditions_1_4() -> Any:
    """Run section 3.3, two other levels."""
    framing = R.data("framing")
    med_fit = R.lm("emo ~ cond + age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo + cond + age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    R.set_seed(2020)
    med14_out = R.mediate(med_fit, out_fit, treat="cond", mediator="emo",
                          control_value="1", treat_value="4", sims=100)
    return med14_out


def continuous_treatment() -> Any:
    """Run section 3.3, a numeric treatment."""
    framing = R.data("framing")
    framing["c4"] = R.as_numeric(framing["cond"]) + 3  # levels 4 to 7 of R's factor
    med_fit = R.lm("emo ~ c4 + age", data=framing)
    out_fit = R.glm("cong_mesg ~ emo * c4 + age", data=framing, family=R.binomial("logit"))
    R.set_seed(2021)
    med_out = R.mediate(med_fit, out_fit, treat="c4", mediator="emo",
                        control_value=1, treat_value=4, sims=60)
    return med_out


def sensitivity() -> Any:
    """Run section 3.4, sensitivity to unmeasured confounding."""
    framing = R.data("framing")
    R.set_seed(2014)
    med_fit = R.lm("emo ~ treat + age + educ + gender + income", data=framing)
    out_fit = R.glm("cong_mesg ~ emo + treat + age + educ + gender + income",
                    data=framing, family=R.binomial("probit"))
    med_out = R.mediate(med_fit, out_fit, treat="treat", mediator="emo", robustSE=True, sims=100)
    sens_out = R.medsens(med_out, rho_by=0.1, effect_type="indirect", sims=100)
    return sens_out


def students() -> Any:
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


def schools() -> Any:
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


def multilevel() -> Any:
    """Run an analysis like that of section 4.1 on the bundled data."""
    jobs = R.data("jobs")
    jobs["emp"] = R.as_numeric(jobs["work1"]) - 1
    med_fit = R.glmer("job_dich ~ treat + econ_hard + (1|educ)", family=R.binomial("logit"), data=jobs)
    out_fit = R.glmer("emp ~ treat*job_dich + econ_hard + (1|occp)", family=R.binomial("logit"), data=jobs)
    R.set_seed(3)
    med_out = R.mediate(med_fit, out_fit, treat="treat", mediator="job_dich", sims=60)
    return med_out


def random_slopes() -> Any:
    """Run section 4.1's random slopes of the mediator on the bundled data."""
    jobs = R.data("jobs")
    med_fit = R.lmer("job_seek ~ treat + econ_hard + (1|occp)", data=jobs)
    out_fit = R.lmer("depress2 ~ treat*job_seek + econ_hard + (1 + job_seek|occp)", data=jobs)
    R.set_seed(2)
    med_out = R.mediate(med_fit, out_fit, treat="treat", mediator="job_seek", sims=60)
    return med_out


def group_level() -> Any:
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


def single_experiment() -> Any:
    """Run section 5.1, the single experiment design."""
    framing = R.data("framing")
    framing["english"] = R.as_numeric(framing["english"])
    framing["anx"] = R.as_numeric(framing["anx"])
    R.set_seed(1)
    sed_est = R.mediate_sed("english", "anx", "treat", data=framing, SI=True, boot=True, sims=100)
    return sed_est


def parallel() -> Any:
    """Run section 5.2, the parallel design without interaction."""
    boundsdata = R.data("boundsdata")
    R.set_seed(1)
    pd = R.mediate_pd("out", "med", "ttt", "manip", boundsdata,
                      NINT=True, sims=100, conf_level=0.95)
    return pd


def parallel_bounds() -> Any:
    """Run section 5.2, the parallel design with interaction."""
    boundsdata = R.data("boundsdata")
    pd1 = R.mediate_pd("out", "med", "ttt", "manip", boundsdata, NINT=False)
    return pd1


def encouragement() -> Any:
    """Run section 5.3, the parallel encouragement design."""
    boundsdata = R.data("boundsdata")
    ped = R.mediate_ped("out.enc", "med.enc", "ttt", "enc", boundsdata)
    return ped


def crossover() -> Any:
    """Run section 5.4, the crossover encouragement design."""
    CEDdata = R.data("CEDdata")
    R.set_seed(1)
    ced = R.mediate_ced("Y2", "M1", "M2", "T1", "Z", CEDdata, sims=100)
    return ced


def alternative_mechanism() -> Any:
    """Run section 6.2, two mechanisms in a single experiment."""
    framing = R.data("framing")
    Xnames = ["age", "educ", "gender", "income"]
    R.set_seed(1)
    m_med = R.multimed(outcome="immigr", med_main="emo", med_alt="p_harm", treat="treat",
                       covariates=Xnames, data=framing, design="single", sims=100)
    return m_med


def parallel_design() -> Any:
    """Run section 6.3, the parallel design."""
    boundsdata = R.data("boundsdata")
    R.set_seed(2014)
    m_med_para = R.multimed(outcome="out", med_main="med", treat="ttt", experiment="manip",
                            data=boundsdata, design="parallel", sims=100)
    return m_med_para


def noncompliance() -> Any:
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
