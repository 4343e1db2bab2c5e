"""Several designs side by side: terms whose coefficients are uncorrelated within groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.design import Design, Term
from pymediation.errors import UnknownNameError
from pymediation.rows import LevelCodes

__all__ = ["JoinedDesign", "joined"]


@dataclass(frozen=True, slots=True, eq=False)
class JoinedDesign:
    """Designs of the same rows side by side.

    Attributes
    ----------
    parts : tuple of Design
    """

    parts: tuple[Design, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(name for part in self.parts for name in part.names)

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms, in column order."""
        terms, start = [], 0
        for part in self.parts:
            for term in part.terms:
                columns = slice(term.columns.start + start, term.columns.stop + start)
                terms.append(replace(term, columns=columns))
            start += len(part.names)
        return tuple(terms)

    @property
    def variables(self) -> frozenset[str]:
        """Names of the data columns that the parts read."""
        return frozenset[str]().union(*(part.variables for part in self.parts))

    def factor_variables(self, factor: str) -> frozenset[str]:
        """Return the data columns that one factor reads."""
        return self._part_with(factor).factor_variables(factor)

    def matrix(
        self,
        frame: pd.DataFrame,
        *,
        values: Mapping[str, Any] | None = None,
        default_contrasts: bool = False,
    ) -> NDArray[np.float64]:
        """Evaluate the parts on the rows of `frame`; see `Design`."""
        blocks = []
        for part in self.parts:
            factors = {factor for term in part.terms for factor in term.factors}
            own = {name: value for name, value in (values or {}).items() if name in factors}
            blocks.append(part.matrix(frame, values=own or None, default_contrasts=default_contrasts))
        return np.hstack(blocks)

    def factor_values(self, factor: str, frame: pd.DataFrame) -> Any:
        """Return one factor evaluated on the rows of `frame`."""
        return self._part_with(factor).factor_values(factor, frame)

    def level_codes(self, frame: pd.DataFrame) -> Mapping[str, LevelCodes]:
        """Return, for each categorical factor, the code of its level in each row and the levels."""
        return {name: codes for part in self.parts for name, codes in part.level_codes(frame).items()}

    def relearn(self, frame: pd.DataFrame) -> JoinedDesign:
        """Return the recipes of the same formulas learnt anew from the rows of `frame`."""
        return JoinedDesign(tuple(part.relearn(frame) for part in self.parts))

    def _part_with(self, factor: str) -> Design:
        """Return the part that has a factor."""
        for part in self.parts:
            if any(factor in term.factors for term in part.terms):
                return part
        raise UnknownNameError(f"No term has the factor {factor!r}.")


def joined(parts: Sequence[Design]) -> Design:
    """Return the designs side by side; one alone as it is."""
    return parts[0] if len(parts) == 1 else JoinedDesign(tuple(parts))
