"""One call for each row of the table of differences from R, by either setting of `compat`."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import batch_cases
import instrument_cases
import numpy as np
import pandas as pd

import pymediation as pm
import pymediation.r as R

# Computed in R by hand, without the package.
BY_HAND = json.loads((Path(__file__).parents[1] / "r" / "differences.json").read_text(encoding="utf-8"))
SIMS: int = BY_HAND["sims"]
EFFECTS = ("d0", "d1", "z0", "z1")

# The draws are R's; what remains is rounding in fits and means.
EXACT = 1e-12
# The smallest difference between right and wrong among the rows is 1e-5.
VISIBLE = 1e-6
# Five standard errors of a mean over 2000 draws.
MONTE_CARLO = 0.1


def jobs() -> pd.DataFrame:
    """Return the data with the columns that differences.R derives."""
    data = R.data("jobs")
    data["cnt"] = np.floor(2 * data["depress2"])
    data["exposure"] = data["age"] / 10
    data["emp"] = (data["work1"] == "psyemp").astype(float)
    data["w"] = data["econ_hard"]
    return data


def transformed_terms(compat: str) -> Any:
    data = jobs()
    med = R.lm("job_seek ~ treat + econ_hard", data)
    out = R.lm("depress2 ~ treat + job_seek + I(job_seek^2) + econ_hard", data)
    R.set_seed(1)
    return pm.mediate(med, out, treat="treat", mediator="job_seek", sims=SIMS, compat=compat)


def offsets(compat: str) -> Any:
    data = jobs()
    med = R.lm("job_seek ~ treat + econ_hard", data)
    out = R.glm("cnt ~ treat + job_seek + econ_hard + offset(log(exposure))", R.poisson, data)
    R.set_seed(2)
    return pm.mediate(med, out, treat="treat", mediator="job_seek", sims=SIMS, compat=compat)


def contrasts(compat: str) -> Any:
    data, sums = jobs(), {"control": "contr.sum"}
    med = R.lm("job_seek ~ control + econ_hard", data, contrasts=sums)
    out = R.lm("depress2 ~ control + job_seek + econ_hard", data, contrasts=sums)
    levels = {"control_value": "control", "treat_value": "treat"}
    R.set_seed(3)
    return pm.mediate(med, out, treat="control", mediator="job_seek", sims=SIMS, compat=compat, **levels)


def ordered_codes(compat: str, terms: str = "treat * rank", boot: bool = False, shift: int = 0) -> Any:
    data = jobs().assign(rank=lambda d: np.digitize(d["job_seek"], [4, 4.6]) + shift)
    med = R.polr("factor(rank) ~ treat + econ_hard", data)
    out = R.lm(f"depress2 ~ {terms} + econ_hard", data)
    R.set_seed(10)
    return pm.mediate(med, out, SIMS, boot, treat="treat", mediator="rank", compat=compat)


def cluster_weights(compat: str) -> Any:
    data = jobs()
    med = R.lm("job_seek ~ treat + econ_hard", data, weights="w")
    out = R.glm("emp ~ treat + job_seek + econ_hard", R.binomial("probit"), data, weights="w")
    R.set_seed(4)
    return pm.mediate(
        med, out, treat="treat", mediator="job_seek", sims=SIMS, cluster=data["occp"], compat=compat
    )


def hidden_interaction(compat: str) -> Any:
    data = jobs()
    med = R.lm("job_seek ~ treat + econ_hard", data)
    out = R.lm("depress2 ~ treat + job_seek + I(treat * job_seek) + econ_hard", data)
    R.set_seed(5)
    return pm.mediate(med, out, treat="treat", mediator="job_seek", sims=SIMS, boot=True, compat=compat)


def bca(compat: str) -> Any:
    data = jobs().iloc[:120]
    med, out = (
        R.lm("job_seek ~ treat + econ_hard", data),
        R.lm("depress2 ~ treat + job_seek + econ_hard", data),
    )
    R.set_seed(6)
    kind = {"boot": True, "boot_ci_type": "bca"}
    return pm.mediate(med, out, treat="treat", mediator="job_seek", sims=1000, compat=compat, **kind)


@functools.cache
def slopes_by_site() -> tuple[pd.DataFrame, Any, Any]:
    """Return models with a treatment of 1 and 2 whose slopes vary, and the mediator's with a covariate."""
    data = jobs().assign(arm=lambda d: d["treat"] + 1, job_seek=lambda d: d["job_seek"] + 0.2 * (d.index % 9))
    data["depress2"] += 0.1 * (data.index % 9) * data["job_seek"] * (data["econ_hard"] - 2)
    data["site"] = data.index % 9 + 1
    med = R.lmer("job_seek ~ arm + econ_hard + (1 + arm | site)", data)
    out = R.lmer("depress2 ~ arm + job_seek + econ_hard + (0 + job_seek:econ_hard + arm | site)", data)
    return data, med, out


def random_slopes(compat: str) -> Any:
    _, med, out = slopes_by_site()
    R.set_seed(10)
    options = {"control_value": 1, "treat_value": 2, "covariates": {"econ_hard": 3}, "compat": compat}
    return pm.mediate(med, out, treat="arm", mediator="job_seek", sims=SIMS, **options)


def group_labels(compat: str) -> Any:
    data = jobs()
    med = R.lmer("job_seek ~ treat + econ_hard + (1 | occp)", data)
    out = R.glmer("emp ~ treat + job_seek + econ_hard + (1 | occp)", data, family=R.binomial)
    R.set_seed(11)
    return pm.mediate(med, out, treat="treat", mediator="job_seek", sims=SIMS, compat=compat)


def cluster_bootstrap(compat: str, **options: Any) -> Any:
    data = jobs()
    models = R.lm("job_seek ~ treat + econ_hard", data), R.lm("depress2 ~ treat + job_seek + econ_hard", data)
    site, given = data.index % 60, {"boot": True, "sims": SIMS, "compat": compat}
    return pm.mediate(
        *models, treat="treat", mediator="job_seek", cluster=site, rng=pm.RStream(12), **given, **options
    )


def weight_column(compat: str) -> Any:
    data = jobs().assign(weight=lambda d: d["age"])
    R.set_seed(7)
    found = pm.mediations(
        {"jobs": data}, "treat", "job_seek", "depress2", "econ_hard", weights="w", sims=SIMS, compat=compat
    )
    return found[0]


def imputed(names: str, compat: str) -> Any:
    """Pool three data sets under the names given by letters."""
    R.set_seed(1)
    found = pm.mediations(
        *(batch_cases.imputed(), ["treat"] * 3, "job_seek", "depress2"), "econ_hard + sex + age", sims=20
    )
    if len(set(names)) < len(names):
        return pm.amelidiate(found, compat=compat)
    return pm.amelidiate(dict(zip(names, found.results, strict=True)), compat=compat)


def pooled_by_name(compat: str) -> Any:
    return imputed("AAA", compat)


def pooled_inference(compat: str) -> Any:
    return imputed("ABC", compat)


def two_stage(compat: str, kept: int = 0, **options: Any) -> Any:
    if not options.get("boot"):
        options = {"residuals": "second-stage"} | options  # so that one difference shows at a time
    data = instrument_cases.data_d(200).assign(m=lambda d: d["m"].where(d.index >= kept))
    models = R.lm("m ~ t + z", data), R.lm("y ~ t + m", data)
    R.set_seed(8)
    return pm.mediate_tsls(*models, treat="t", compat=compat, **options)


def empty_clusters(compat: str, **options: Any) -> Any:
    sites = pd.Categorical(np.arange(200) % 12, categories=range(15))
    return two_stage(compat, cluster=sites, **options)


def missing_rows(compat: str) -> Any:
    return two_stage(compat, kept=50, boot=True, sims=SIMS)


def medsens(
    med: Any, out: Any, compat: str, mediator: str = "job_seek", treat: str = "treat", **options: Any
) -> Any:
    R.set_seed(9)
    result = pm.mediate(med, out, treat=treat, mediator=mediator, sims=SIMS, **options)
    return pm.medsens(result, 0.25, SIMS, effect_type="both", compat=compat)


def medsens_denominator(compat: str) -> Any:
    data = jobs()
    out = R.glm("emp ~ treat + job_seek + age", R.binomial("probit"), data)
    return medsens(R.lm("job_seek ~ treat + age", data), out, compat)


def medsens_other_reference(compat: str) -> Any:
    data = jobs()
    med, out = R.lm("job_seek ~ educ + age", data), R.lm("depress2 ~ educ + job_seek + age", data)
    levels = {"control_value": "gradwk", "treat_value": "somcol"}
    return medsens(med, out, compat, treat="educ", **levels)


def medsens_swapped_levels(compat: str) -> Any:
    data = jobs()
    med, out = R.lm("job_seek ~ control + age", data), R.lm("depress2 ~ control + job_seek + age", data)
    first, second = R.levels(data["control"])
    levels = {"control_value": second, "treat_value": first}
    return medsens(med, out, compat, treat="control", **levels)


def medsens_unit_step(compat: str) -> Any:
    data = jobs()
    med, out = R.lm("job_seek ~ econ_hard", data), R.lm("depress2 ~ econ_hard * job_seek", data)
    return medsens(med, out, compat, treat="econ_hard", control_value=2, treat_value=4)


def probit_mediator(product: str, compat: str) -> Any:
    data = jobs()
    med = R.glm("job_dich ~ treat + age", R.binomial("probit"), data)
    return medsens(med, R.lm(f"depress2 ~ treat {product} job_dich + age", data), compat, "job_dich")


def medsens_weights(compat: str) -> Any:
    return probit_mediator("+", compat)


def medsens_one_row(compat: str) -> Any:
    return probit_mediator("*", compat)


def medsens_covariate_order(compat: str) -> Any:
    data = jobs()
    out = R.glm("emp ~ treat + job_seek + sex + age", R.binomial("probit"), data)
    return medsens(R.lm("job_seek ~ treat + age + sex", data), out, compat)


def medsens_surface(compat: str) -> Any:
    import matplotlib.pyplot as plt

    data = jobs()
    med, out = R.lm("job_seek ~ treat + age", data), R.lm("depress2 ~ treat + job_seek + age", data)
    sens = medsens(med, out, compat)
    sens.plot(sens_par="R2")
    plt.close("all")
    return sens


def single_experiment(compat: str) -> Any:
    R.set_seed(10)
    return pm.mediate_sed("depress2", "job_disc", "treat", jobs(), SI=True, boot=True, compat=compat)


def parallel_bounds(compat: str) -> Any:
    data = pm.datasets.load_boundsdata().assign(med=lambda d: 1 - d["med"])
    there = (data["manip"] == 1) & (data["ttt"] == 0)
    data.loc[there, "out"] = 1 - data.loc[there, "out"]
    return pm.mediate_pd("out", "med", "ttt", "manip", data, NINT=False, compat=compat)


def impossible_encouragement(compat: str) -> Any:
    data = pm.datasets.load_boundsdata().assign(enc=lambda d: -d["enc"])
    return pm.mediate_ped("out.enc", "med.enc", "ttt", "enc", data, compat=compat)


def treatment_glm(compat: str) -> Any:
    data, family = instrument_cases.data_s(), R.binomial
    models = (
        R.glm("t ~ z + x", family, data),
        R.glm("mb ~ t + z + x", family, data),
        R.lm("y ~ mb * (t + z) + x", data),
    )
    return pm.ivmediate(*models, ci=False, enc="z", treat="t", mediator="mb", compat=compat)


def call(med: Any, out: Any, mediator: str = "job_seek", **options: Any) -> Any:
    return pm.mediate(
        med, out, **({"treat": "treat", "mediator": mediator, "sims": SIMS, "rng": 1} | options)
    )


CASES: dict[str, Callable[[str], Any]] = {
    "transformed-terms": transformed_terms,
    "offsets": offsets,
    "contrasts": contrasts,
    "ordered-codes": ordered_codes,
    "hidden-interaction": hidden_interaction,
    "cluster-weights": cluster_weights,
    "bca": bca,
    "cluster-bootstrap": cluster_bootstrap,
    "random-slopes": random_slopes,
    "group-labels": group_labels,
    "medsens-denominator": medsens_denominator,
    "medsens-other-reference": medsens_other_reference,
    "medsens-swapped-levels": medsens_swapped_levels,
    "medsens-unit-step": medsens_unit_step,
    "medsens-weights": medsens_weights,
    "medsens-one-row": medsens_one_row,
    "medsens-covariate-order": medsens_covariate_order,
    "medsens-surface": medsens_surface,
    "weight-column": weight_column,
    "pooled-by-name": pooled_by_name,
    "pooled-inference": pooled_inference,
    "tsls-robust": two_stage,
    "tsls-covariance": functools.partial(two_stage, robustSE=True, residuals=None),
    "tsls-one-sided": functools.partial(two_stage, robustSE=True),
    "tsls-empty-clusters": functools.partial(empty_clusters, boot=True, sims=SIMS),
    "tsls-missing-rows": missing_rows,
    "iv-treatment-glm": treatment_glm,
    "sed-bootstrap": single_experiment,
    "pd-bounds": parallel_bounds,
    "ped-infeasible": impossible_encouragement,
}
