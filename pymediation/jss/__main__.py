"""Command line: run the examples of the paper and compare them with their reference numbers."""

from __future__ import annotations

import argparse
import sys
import textwrap
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pymediation.errors import PymediationWarning, said_by
from pymediation.jss.compare import compare, render, render_beside, render_rows, stored_table
from pymediation.jss.examples import EXAMPLES, Example

if TYPE_CHECKING:
    import pandas as pd

_WIDTH: Final = 100
_INTRODUCTION: Final = """\
Tingley, Yamamoto, Hirose, Keele and Imai (2014), mediation: R package for causal mediation analysis,
Journal of Statistical Software 59(5). The paper's code, line by line, on the bundled data.

The first table must equal the numbers printed in the paper, to the printed digits. The later ones depend
on the R and the package of 2014, whose sampling, bootstrap and normal draws have changed since: they must
equal what R 4.2.2 with mediation 4.5.1 returns under the same seed. Figures of the paper stand below for
information; estimates and bounds of sections 5.2 to 7.2 equal them but for one that was corrected since.

Section 4 has bundled data and mixed models, which lme4 fits to four decimals. On the paper's own data, which
are not bundled, it is run with --online; those numbers are compared with the paper's by eye.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the examples; return 0 if all tables are equal, else 1.

    Parameters
    ----------
    arguments : sequence of str, optional
        Command-line arguments; by default those of the process.
    """
    options = _parser().parse_args(arguments)
    chosen = [example for example in EXAMPLES if example.id.startswith(options.only)]
    if not chosen:
        known = ", ".join(example.id for example in EXAMPLES)
        print(f"No example starts with {options.only!r}. There are {known}.", file=sys.stderr)
        return 1
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
    print(_paragraphs(_INTRODUCTION))
    equal = [_show(example, options.out) for example in chosen if options.online or not example.online]
    plots = "" if options.out is None else f", plots in {options.out}"
    left_out = [example.id for example in chosen if example.online and not options.online]
    if left_out:
        print(f"Not run, for their data are not bundled: {', '.join(left_out)}; --online downloads them.")
    print(f"{sum(filter(None, equal))} of {sum(one is not None for one in equal)} tables equal{plots}")
    return 1 if False in equal else 0


def _parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog="python -m pymediation.jss", description=__doc__)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for the plots (PNG); without it none are saved"
    )
    parser.add_argument(
        "--only", default="", metavar="ID", help="examples whose id starts so, e.g. 3.1 or 3.2_age20"
    )
    parser.add_argument(
        "--online", action="store_true", help="also section 4 on the paper's data, which are downloaded"
    )
    return parser


def _show(example: Example, out: Path | None) -> bool | None:
    """Run one example, print it, save its plot; return whether its table is equal, None without verdict."""
    print(f"{'=' * _WIDTH}\n{example.id}  {example.title}\n{'=' * _WIDTH}\n")
    print(textwrap.indent(example.listing, "    ") + "\n")
    result, notes = _noted(example.run)
    for note in notes:
        print(_paragraphs(f"Warning: {note}"))
    table = example.table(result)
    equal = None if example.reference is None else _compared(table, example.reference)
    if example.published is not None:
        published = stored_table(example.published)
        print(_paragraphs(f"{published.source}, for information: {published.note}").rstrip())
        rows = render_beside(compare(table, published)) if equal is None else render_rows(published)
        print(f"{rows}\n")
    if out is not None:
        _, notes = _noted(lambda: _save_plots(result, out, example))
        for note in notes:
            print(_paragraphs(f"Warning: {note}"))
    return equal


def _compared(table: pd.DataFrame, reference: str) -> bool:
    """Print a table beside its reference; return whether they are equal."""
    comparison = compare(table, stored_table(reference))
    print(render(comparison) + "\n")
    return comparison.equal


def _noted(action: Callable[[], Any]) -> tuple[Any, list[str]]:
    """Do something; return what it returns and what it warned about, except for the paper's few draws."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = action()
    texts = [said_by(one.message) for one in caught if issubclass(one.category, PymediationWarning)]
    return result, [text for text in dict.fromkeys(texts) if not text.startswith("sims=")]


def _save_plots(result: Any, out: Path, example: Example) -> None:
    """Draw the effects and save them."""
    import numpy as np
    from matplotlib import pyplot as plt

    for ending, options in example.plots.items():
        axes = result.plot(**(options or {"main": example.title}))
        figure = np.ravel(axes)[0].figure  # a sensitivity analysis has several panels
        figure.savefig(out / f"{example.id}{ending}.png", dpi=150, bbox_inches="tight")
        plt.close(figure)


def _paragraphs(text: str) -> str:
    """Wrap each paragraph to the width of the page."""
    return "\n\n".join(textwrap.fill(part, _WIDTH) for part in text.split("\n\n")) + "\n"


if __name__ == "__main__":
    sys.exit(main())
