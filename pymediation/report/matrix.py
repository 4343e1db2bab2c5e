"""Tables of text and of numbers, laid out as R prints a matrix."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from pymediation.errors import ArgumentError
from pymediation.report.numbers import format_numbers

__all__ = ["display_width", "matrix_lines", "table_lines"]


def display_width(text: str) -> int:
    """Return the columns a text takes on a terminal: two for wide characters, none for combining marks."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    marks = sum(unicodedata.combining(character) != 0 for character in text)
    return len(text) + wide - marks


def table_lines(
    row_names: Sequence[str],
    column_names: Sequence[str],
    cells: Sequence[Sequence[str]],
    *,
    width: int | None = None,
) -> list[str]:
    """Lay out texts as R prints a matrix of strings without quotes.

    Row names are on the left, padded to the longest; cells and headings are right-justified in columns
    one blank apart.

    Parameters
    ----------
    row_names, column_names : sequence of str
        The m row names and k headings.
    cells : sequence of sequences of str
        m rows of k texts.
    width : int, optional
        Columns that would make a line this long or longer go to a further block that repeats the row
        names, as on R's console of 80. Without it no line is broken.

    Returns
    -------
    list of str
        A heading line and m lines; with `width`, one such block after the other.

    Raises
    ------
    ArgumentError
        If the numbers of names and cells do not match.

    Examples
    --------
    >>> for line in table_lines(["a", "bb"], ["x"], [["1.5"], ["10"]]):
    ...     print(line)
         x
    a  1.5
    bb  10
    """
    _require_shape(row_names, column_names, [len(row) for row in cells])
    names = _pad(["", *row_names], left=False)
    columns = [
        _pad([heading, *(row[j] for row in cells)], left=True) for j, heading in enumerate(column_names)
    ]
    lines: list[str] = []
    for block in _blocks(display_width(names[0]), [display_width(column[0]) for column in columns], width):
        lines += [" ".join((name, *(columns[j][i] for j in block))) for i, name in enumerate(names)]
    return lines


def matrix_lines(
    row_names: Sequence[str],
    column_names: Sequence[str],
    values: ArrayLike,
    *,
    digits: int = 7,
    na: ArrayLike | None = None,
    width: int | None = None,
) -> list[str]:
    """Lay out numbers as R prints a numeric matrix: each column in its own format.

    Parameters
    ----------
    row_names, column_names : sequence of str
        The m row names and k headings.
    values : array_like
        m by k numbers.
    digits : int
        Significant digits, as in R's ``print(x, digits=)``.
    na : array_like of bool, optional
        m by k: cells that are R's ``NA`` and not ``NaN``.
    width : int, optional
        As in `table_lines`.

    Returns
    -------
    list of str
        The lines, without line ends.

    Raises
    ------
    ArgumentError
        If the numbers of names and values do not match.

    Examples
    --------
    >>> for line in matrix_lines(["a", "b"], ["x", "y"], [[1, 0.25], [20, 1]], digits=3):
    ...     print(line)
       x    y
    a  1 0.25
    b 20 1.00
    """
    array = np.asarray(values, dtype=np.float64)
    _require_shape(row_names, column_names, [len(row) for row in array])
    missing = np.zeros(array.shape, dtype=bool) if na is None else np.asarray(na, dtype=bool)
    columns = [
        format_numbers(column, digits, na=gaps) for column, gaps in zip(array.T, missing.T, strict=True)
    ]
    cells = [[column[i] for column in columns] for i in range(len(row_names))]
    return table_lines(row_names, column_names, cells, width=width)


def _require_shape(row_names: Sequence[str], column_names: Sequence[str], row_lengths: Sequence[int]) -> None:
    """Refuse names that do not fit the cells."""
    if len(row_lengths) != len(row_names) or any(length != len(column_names) for length in row_lengths):
        raise ArgumentError(
            f"row_names has {len(row_names)} and column_names {len(column_names)} entries, but there are "
            f"{len(row_lengths)} rows of {sorted(set(row_lengths))} cells; give one row name per row and one "
            "column name per cell of a row."
        )


def _pad(texts: Sequence[str], *, left: bool) -> list[str]:
    """Pad texts with blanks to their common width on a terminal."""
    widths = [display_width(text) for text in texts]
    widest = max(widths)
    blanks = [" " * (widest - width) for width in widths]
    return [blank + text if left else text + blank for text, blank in zip(texts, blanks, strict=True)]


def _blocks(name_width: int, column_widths: Sequence[int], width: int | None) -> list[list[int]]:
    """Split column positions into the blocks that fit on a line; every block has at least one."""
    blocks: list[list[int]] = [[]]
    used = name_width
    for j, column_width in enumerate(column_widths):
        if width is not None and blocks[-1] and used + 1 + column_width >= width:
            blocks.append([])
            used = name_width
        blocks[-1].append(j)
        used += 1 + column_width
    return blocks
