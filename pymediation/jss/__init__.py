"""The examples of Tingley et al. (2014), run beside their reference numbers.

``python -m pymediation.jss --out plots`` runs the paper's code on the bundled data and prints, for each
example, our table beside the numbers it must equal. An example is a listing and one
:class:`~pymediation.jss.examples.Example`: a new one is a function more in
:mod:`~pymediation.jss.listings`, an entry more in
:data:`~pymediation.jss.examples.EXAMPLES` and its numbers in ``reference.json``.

References
----------
Tingley, D., Yamamoto, T., Hirose, K., Keele, L. and Imai, K. (2014). mediation: R package for causal
mediation analysis. Journal of Statistical Software 59(5).
"""

from __future__ import annotations

from pymediation.jss.compare import Comparison, ReferenceTable, compare
from pymediation.jss.examples import EXAMPLES, Example

__all__ = ["EXAMPLES", "Comparison", "Example", "ReferenceTable", "compare"]
