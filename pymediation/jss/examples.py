"""The tables of the paper: for each its listing, what it must equal, and its plots."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pymediation.jss import listings

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


def _with_crossings(result: Any) -> pd.DataFrame:
    """Return the estimates, and below them where effects first cross zero, a row each."""
    crossings = result.to_frame("crossings")
    labels = [f"{effect}, {parameter}" for effect in crossings.index for parameter in crossings.columns]
    return pd.concat([result.to_frame(), pd.DataFrame({"estimate": crossings.to_numpy().ravel()}, labels)])


EXAMPLES: tuple[Example, ...] = (
    Example(
        "3.1_quasi_bayes",
        "Quasi-Bayesian intervals with robust standard errors",
        listings.quasi_bayes,
        "paper_quasi_bayes",
    ),
    Example("3.1_bootstrap", "Nonparametric bootstrap", listings.bootstrap, "r_bootstrap", "paper_bootstrap"),
    Example("3.1_bca", "Nonparametric bootstrap, BCa intervals", listings.bias_corrected, "r_bca"),
    Example(
        "3.1_interaction",
        "Treatment and mediator interacting",
        listings.interaction,
        "r_interaction",
        "paper_interaction",
    ),
    Example(
        "3.2_age20",
        "Moderated mediation: at age 20",
        listings.moderated_age20,
        "r_moderated_age20",
        "paper_moderated_age20",
    ),
    Example(
        "3.2_age60",
        "Moderated mediation: at age 60",
        listings.moderated_age60,
        "r_moderated_age60",
        "paper_moderated_age60",
    ),
    Example(
        "3.3_cond_2_3",
        "Non-binary treatment: condition 3 against 2",
        listings.conditions_2_3,
        "r_conditions_2_3",
    ),
    Example(
        "3.3_cond_1_4",
        "Non-binary treatment: condition 4 against 1",
        listings.conditions_1_4,
        "r_conditions_1_4",
    ),
    Example(
        "3.3_continuous", "Continuous treatment, from 1 to 4", listings.continuous_treatment, "r_continuous"
    ),
    Example(
        "3.4_sensitivity",
        "Sensitivity to unmeasured confounding",
        listings.sensitivity,
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
        listings.students,
        None,
        "paper_multilevel",
    ),
    Example(
        "4.1_multilevel",
        "Multilevel data: logit models with intercepts by group",
        listings.multilevel,
        "r_multilevel",
    ),
    Example(
        "4.1_random_slopes",
        "Multilevel data: the mediator's effect varies between groups",
        listings.random_slopes,
        "r_random_slopes",
    ),
    Example(
        "4.2_schools", "Group-level mediator: morale of schools", listings.schools, None, "paper_group_level"
    ),
    Example("4.2_group_level", "Group-level mediator", listings.group_level, "r_group_level"),
    Example(
        "5.1_single",
        "Single experiment, sequential ignorability",
        listings.single_experiment,
        "r_single",
        "paper_single",
    ),
    Example(
        "5.2_parallel", "Parallel design, no interaction", listings.parallel, "r_parallel", "paper_parallel"
    ),
    Example(
        "5.2_bounds",
        "Parallel design: bounds",
        listings.parallel_bounds,
        "r_parallel_bounds",
        "paper_parallel_bounds",
    ),
    Example(
        "5.3_encouragement",
        "Parallel encouragement design: bounds",
        listings.encouragement,
        "r_encouragement",
        "paper_encouragement",
    ),
    Example(
        "5.4_crossover",
        "Crossover encouragement design",
        listings.crossover,
        "r_crossover",
        "paper_crossover",
    ),
    Example(
        "6.2_multimed",
        "Beside an alternative mechanism: the single design",
        listings.alternative_mechanism,
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
        listings.parallel_design,
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
        listings.noncompliance,
        "r_noncompliance",
        "paper_noncompliance",
    ),
)
