"""The data tables of R's ``mediation`` package, with R's column types and factor levels.

Each loader returns a fresh frame in the original row order, which matters: a bootstrap under a given seed
picks rows by position. A factor is a pandas Categorical whose categories are R's levels in R's order, so
the reference level of a formula is R's. ``data/README.md`` states where the copies come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn, TypeAlias

import pandas as pd

from pymediation.absent import LOADERS, refuse
from pymediation.errors import PymediationError, did_you_mean

__all__ = ["load_CEDdata", "load_boundsdata", "load_framing", "load_jobs"]

_AVAILABLE = f" There are {', '.join(__all__)}."

_Levels: TypeAlias = tuple[str, ...]
_Columns: TypeAlias = Mapping[str, str | _Levels]

_INTEGER = "int64"
_NUMERIC = "float64"

# A column's dtype, or the levels of a factor in R's order: the part of a table that its CSV file cannot hold.
_FRAMING: _Columns = MappingProxyType(
    {
        "cond": ("1", "2", "3", "4"),
        "anx": ("very anxious", "somewhat anxious", "a little anxious", "not anxious at all"),
        "age": _INTEGER,
        "educ": ("less than high school", "high school", "some college", "bachelor's degree or higher"),
        "gender": ("male", "female"),
        "income": _INTEGER,
        "emo": _NUMERIC,
        "p_harm": _NUMERIC,
        "tone": _INTEGER,
        "eth": _INTEGER,
        "treat": _NUMERIC,
        "english": ("Strongly Favor", "Favor", "Oppose", "Strongly Oppose"),
        "immigr": _INTEGER,
        "anti_info": _INTEGER,
        "cong_mesg": _INTEGER,
    }
)

_OCCUPATIONS: _Levels = (
    "professionals",
    "manegerial",  # spelt so in R
    "clerical/kindred",
    "sales workers",
    "craftsmen/foremen/kindred",
    "operatives/kindred wrks",
    "laborers/service wrks",
)

_JOBS: _Columns = MappingProxyType(
    {
        "treat": _INTEGER,
        "econ_hard": _NUMERIC,
        "depress1": _NUMERIC,
        "sex": _INTEGER,
        "age": _NUMERIC,
        "occp": _OCCUPATIONS,
        "marital": ("nevmarr", "married", "separtd", "divrcd", "widowed"),
        "nonwhite": ("white0", "non.white1"),
        "educ": ("lt-hs", "highsc", "somcol", "bach", "gradwk"),
        "income": ("lt15k", "15t24k", "25t39k", "40t49k", "50k+"),
        "job_seek": _NUMERIC,
        "depress2": _NUMERIC,
        "work1": ("psyump", "psyemp"),
        "comply": _INTEGER,
        "control": ("treat", "control"),
        "job_dich": _NUMERIC,
        "job_disc": _NUMERIC,
    }
)

_BOUNDSDATA: _Columns = MappingProxyType(
    dict.fromkeys(("out", "out.enc", "med", "med.enc", "ttt", "manip", "enc"), _INTEGER)
)

_CEDDATA: _Columns = MappingProxyType(dict.fromkeys(("T1", "M1", "Y1", "T2", "Z", "M2", "Y2"), _INTEGER))


def load_framing() -> pd.DataFrame:
    """Load the media framing experiment of Brader, Valentino and Suhay.

    265 subjects read a news story about immigration whose tone and whose featured immigrant were assigned at
    random. The question is whether the story moves opinion and behaviour by way of anxiety. The running
    example of Tingley et al. (2014): treatment `treat`, mediator `emo`, outcome `cong_mesg`.

    Returns
    -------
    DataFrame, shape (265, 15)
        A fresh frame with these columns:

        ========== ======== ==========================================================================
        column     type     meaning
        ========== ======== ==========================================================================
        cond       factor   experimental condition, "1" to "4": (tone, eth) = (1, 1), (1, 0), (0, 1),
                            (0, 0)
        anx        factor   how anxious immigration makes the subject feel, four levels (see Notes)
        age        integer  age in years, 18 to 85
        educ       factor   education, four levels, lowest first
        gender     factor   "male", "female"
        income     integer  household income in 19 brackets, 1 (lowest) to 19
        emo        numeric  index of negative feeling during the experiment, 3 to 12 (see Notes)
        p_harm     numeric  perceived harm of more immigration, 2 to 8, larger for more harm
        tone       integer  1 if the story stressed the costs of immigration, 0 if its benefits
        eth        integer  1 if the featured immigrant was Latino, 0 if European
        treat      numeric  ``tone * eth``: 1 for a negative story about a Latino immigrant, else 0
        english    factor   view of a law making English the official language, four levels (see Notes)
        immigr     integer  view of the number of immigrants, 1 to 4, larger for wanting fewer
        anti_info  integer  1 if the subject asked for information from anti-immigration organisations
        cong_mesg  integer  1 if the subject had a message against immigration sent to Congress
        ========== ======== ==========================================================================

    Raises
    ------
    PymediationError
        If the installation has lost its data files.

    Notes
    -----
    Labels and values are those that R distributes. In them `emo` rises with `p_harm` and `immigr` and falls
    from "not anxious at all" to "very anxious"; likewise those who "Strongly Oppose" the language law are
    the most opposed to immigration. So the labels of `anx` and `english` read as if reversed. They are left
    as they are, because the reference level of a published model depends on them.

    The copy is the one that statsmodels distributes with its tests.

    References
    ----------
    .. [1] Brader T, Valentino NA, Suhay E (2008). What triggers public opposition to immigration? Anxiety,
       group cues, and immigration threat. American Journal of Political Science 52(4), 959-978.
    .. [2] Tingley D, Yamamoto T, Hirose K, Keele L, Imai K (2014). mediation: R package for causal mediation
       analysis. Journal of Statistical Software 59(5), 1-38.

    Examples
    --------
    >>> from pymediation.datasets import load_framing
    >>> framing = load_framing()
    >>> framing.groupby("treat")["cong_mesg"].mean().round(3).to_dict()
    {0.0: 0.305, 1.0: 0.412}
    >>> list(framing["gender"].cat.categories)
    ['male', 'female']
    """
    return _load("framing", _FRAMING)


def load_jobs() -> pd.DataFrame:
    """Load the JOBS II field experiment of Vinokur, Price and Schul.

    899 unemployed workers, of whom two thirds were invited at random to a training in searching for a job;
    the others got a booklet. The question is whether the training eased depression by way of confidence in
    searching for a job: treatment `treat`, mediator `job_seek`, outcome `depress2`.

    Returns
    -------
    DataFrame, shape (899, 17)
        A fresh frame with these columns; "before" and "after" are relative to the training:

        ========= ======== ===========================================================================
        column    type     meaning
        ========= ======== ===========================================================================
        treat     integer  1 if invited to the training at random, else 0
        econ_hard numeric  economic hardship before, 1 to 5, larger for more
        depress1  numeric  symptoms of depression before, 1 to 3, larger for more
        sex       integer  0 male, 1 female
        age       numeric  age in years
        occp      factor   last occupation, seven levels
        marital   factor   never married, married, separated, divorced, widowed
        nonwhite  factor   "white0", "non.white1"
        educ      factor   education: below high school, high school, some college, bachelor, graduate
                           work
        income    factor   household income, five brackets in thousands of dollars, lowest first
        job_seek  numeric  confidence in one's ability to search for a job after, 1 to 5, larger for
                           more
        depress2  numeric  symptoms of depression after, 1 to 5, larger for more
        work1     factor   "psyemp" if working more than 20 hours a week and finding it enough after,
                           else "psyump"
        comply    integer  1 if the subject took part in the training, else 0; always 0 if not invited
        control   factor   `treat` reversed: "treat" if invited, else "control"
        job_dich  numeric  1 if `job_seek` is 4 or more, else 0
        job_disc  numeric  `job_seek` in four ordered classes, 1 to 4, cut between 2.33 and 2.5, 3.33 and
                           3.5, 4.33 and 4.5
        ========= ======== ===========================================================================

    Raises
    ------
    PymediationError
        If the installation has lost its data files.

    Notes
    -----
    The fractional columns hold single-precision numbers, such as 1.909999966621399 for 1.91, as in R. The
    copy was typed from the public Rdatasets archive's listing and agrees with R's in every cell.

    References
    ----------
    .. [1] Vinokur AD, Price RH, Schul Y (1995). Impact of the JOBS intervention on unemployed workers
       varying in risk for depression. American Journal of Community Psychology 23(1), 39-74.
    .. [2] Vinokur AD, Schul Y (1997). Mastery and inoculation against setbacks as active ingredients in the
       JOBS intervention for the unemployed. Journal of Consulting and Clinical Psychology 65(5), 867-877.

    Examples
    --------
    >>> from pymediation.datasets import load_jobs
    >>> jobs = load_jobs()
    >>> jobs.groupby("treat")[["job_seek", "depress2"]].mean().round(3).to_dict("index")
    {0: {'job_seek': 3.998, 'depress2': 1.784}, 1: {'job_seek': 4.066, 'depress2': 1.72}}
    >>> list(jobs["income"].cat.categories)
    ['lt15k', '15t24k', '25t39k', '40t49k', '50k+']
    """
    return _load("jobs", _JOBS)


def load_boundsdata() -> pd.DataFrame:
    """Load the simulated data for the parallel and the parallel encouragement design.

    1000 units, seen in two designs. The parallel design splits the units at random: in one half only the
    treatment is assigned, in the other the mediator is set as well (`out`, `med`, `ttt`, `manip`). The
    parallel encouragement design cannot set the mediator, only encourage one of its values (`out.enc`,
    `med.enc`, `ttt`, `enc`).

    Returns
    -------
    DataFrame, shape (1000, 7)
        A fresh frame of integer columns:

        ======= ========== ============================================================================
        column  values     meaning
        ======= ========== ============================================================================
        out     0, 1       outcome in the parallel design
        out.enc 0, 1       outcome in the parallel encouragement design
        med     0, 1       mediator in the parallel design
        med.enc 0, 1       mediator in the parallel encouragement design
        ttt     0, 1       treatment, assigned at random
        manip   0, 1       parallel design: 1 if the unit's mediator was set, 0 if it was only observed
        enc     -1, 0, 1   encouragement design: towards mediator 0 (-1), towards 1 (1), or none (0)
        ======= ========== ============================================================================

    Raises
    ------
    PymediationError
        If the installation has lost its data files.

    Notes
    -----
    Two column names hold a dot, as in R: write ``frame["out.enc"]``, and in a formula ``Q("out.enc")``. The
    copy was typed from the public Rdatasets archive's listing and agrees with R's in every cell.

    References
    ----------
    .. [1] Imai K, Tingley D, Yamamoto T (2013). Experimental designs for identifying causal mechanisms.
       Journal of the Royal Statistical Society A 176(1), 5-51.

    Examples
    --------
    >>> from pymediation.datasets import load_boundsdata
    >>> bounds = load_boundsdata()
    >>> bounds.groupby("enc")["med.enc"].mean().round(3).to_dict()
    {-1: 0.119, 0: 0.418, 1: 0.603}
    """
    return _load("boundsdata", _BOUNDSDATA)


def load_CEDdata() -> pd.DataFrame:
    """Load the simulated data for the crossover encouragement design.

    2000 units go through two rounds. In the first the treatment is assigned at random and mediator and
    outcome are observed; in the second each unit gets the other treatment, and a random half is encouraged
    to take the value that its mediator had in the first.

    Returns
    -------
    DataFrame, shape (2000, 7)
        A fresh frame of integer columns, each 0 or 1:

        ====== ==========================================================
        column meaning
        ====== ==========================================================
        T1     treatment in the first round, assigned at random
        M1     mediator in the first round
        Y1     outcome in the first round
        T2     treatment in the second round, always ``1 - T1``
        Z      1 if encouraged in the second round, assigned at random
        M2     mediator in the second round
        Y2     outcome in the second round
        ====== ==========================================================

    Raises
    ------
    PymediationError
        If the installation has lost its data files.

    Notes
    -----
    The copy was typed from the public Rdatasets archive's listing and agrees with R's in every cell.

    References
    ----------
    .. [1] Imai K, Tingley D, Yamamoto T (2013). Experimental designs for identifying causal mechanisms.
       Journal of the Royal Statistical Society A 176(1), 5-51.

    Examples
    --------
    >>> from pymediation.datasets import load_CEDdata
    >>> ced = load_CEDdata()
    >>> ced.shape, bool((ced["T2"] == 1 - ced["T1"]).all())
    ((2000, 7), True)
    """
    return _load("CEDdata", _CEDDATA)


def _load(name: str, columns: _Columns) -> pd.DataFrame:
    """Read one table, as text first: pandas' own parser of numbers may be off in the last digit."""
    dtypes = {
        column: pd.CategoricalDtype(list(kind)) if isinstance(kind, tuple) else kind
        for column, kind in columns.items()
    }
    with _data_file(name).open("rb") as source:
        return pd.read_csv(source, dtype=str, na_filter=False).astype(dtypes)


def _data_file(name: str) -> Traversable:
    """Find a table: inside the installed package, or beside it in a source checkout."""
    packaged = files("pymediation") / "data" / f"{name}.csv"
    if packaged.is_file():
        return packaged
    checkout = Path(__file__).resolve().parents[1] / "data" / f"{name}.csv"
    if checkout.is_file():
        return checkout
    raise PymediationError(
        f"The data table {name!r} is missing: looked for {packaged} and {checkout}. "
        "Reinstall the package: pip install --force-reinstall pymediation"
    )


if not TYPE_CHECKING:  # so that type checkers still find misspelt names

    def __getattr__(name: str) -> NoReturn:
        """Say which data sets there are."""
        refuse(__name__, name, __all__, LOADERS, did_you_mean(name, __all__) or _AVAILABLE)
