"""Functions of R that the dialect does not have, because Python has them under another name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NoReturn

from pymediation import absent

__all__ = ["IN_PYTHON", "refuse"]

_NOTHING = "nothing is to be loaded, here the import does it"
_FIGURE = "plots are matplotlib's"

# What to write in the place of R's function, as the end of a sentence.
IN_PYTHON: Final = {
    "Surv": "it is written in the formula, survreg('Surv(time, event) ~ x', data=d)",
    "abline": f"{_FIGURE}: ax.axhline(y), ax.axvline(x)",
    "abs": "Python's abs()",
    "aggregate": "d.groupby(...)",
    "anova": "statsmodels.stats.anova.anova_lm(first, second)",
    "apply": "methods of the DataFrame, such as d.mean()",
    "as_data_frame": "pandas.DataFrame(x)",
    "attach": "name the columns, d['x'], and give data=d",
    "attributes": "dir(x); keys() of a result",
    "c": "a list, [1, 2]",
    "cat": "Python's print()",
    "cbind": "pandas.concat([a, b], axis=1)",
    "colnames": "list(d.columns)",
    "contrasts": "lm(..., contrasts={'g': 'contr.sum'})",
    "dim": "d.shape",
    "do_call": "f(*positions, **names)",
    "gam": "GLMGam of statsmodels; see docs/porting.md",
    "install_packages": _NOTHING,
    "lapply": "a comprehension, [f(one) for one in x]",
    "legend": f"{_FIGURE}: ax.legend()",
    "length": "len(x)",
    "library": _NOTHING,
    "list": "dict(age=40)",
    "lme": "lmer(), or MixedLM of statsmodels",
    "matrix": "numpy.array(x)",
    "max": "Python's max(), or x.max()",
    "merge": "a.merge(b, on=...)",
    "min": "Python's min(), or x.min()",
    "names": "list(d.columns); keys() of a result",
    "options": "pandas.set_option() for tables, summary(x, digits=...) for results",
    "par": f"{_FIGURE}: matplotlib.pyplot.subplots(), and R.plot(x, ax=...)",
    "pdf": f"{_FIGURE}: ax.figure.savefig('file.pdf')",
    "png": f"{_FIGURE}: ax.figure.savefig('file.png')",
    "print": "Python's print()",
    "rbind": "pandas.concat([a, b])",
    "read_csv": "pandas.read_csv(file)",
    "readRDS": "write the table as CSV in R, and pandas.read_csv(file)",
    "require": _NOTHING,
    "rm": "del x",
    "round": "Python's round(), or d.round()",
    "rownames": "list(d.index)",
    "sapply": "a comprehension, [f(one) for one in x]",
    "setwd": "os.chdir(folder)",
    "str": "d.info() of a DataFrame, print(x) of a result",
    "sum": "Python's sum(), or x.sum()",
    "t_test": "scipy.stats.ttest_ind(a, b, equal_var=False)",
    "unique": "x.unique()",
    "which": "numpy.flatnonzero(x)",
    "write_csv": "d.to_csv(file)",
}


def refuse(name: str, known: Iterable[str]) -> NoReturn:
    """Say what to write for a function that the dialect does not have.

    Parameters
    ----------
    name : str
        What was asked for.
    known : iterable of str
        What the dialect has.

    Raises
    ------
    UnknownAttributeError
        Always; names with a leading underscore, which protocols ask for, get Python's own error.
    """
    instead = {name: f"In Python: {IN_PYTHON[name]}"} if name in IN_PYTHON else {}
    longer = sorted(one for one in known if one.startswith(f"{name}_"))
    hint = f" R's dots are underscores here: {', '.join(longer)}." if longer else ""
    absent.refuse("pymediation.r", name, known, instead, hint)
