"""Tables as HTML, readable without colour and by a screen reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["TableMarkup", "table_html"]

TABLE_CLASS = "pymediation-summary"


@dataclass(frozen=True, slots=True)
class TableMarkup:
    """The texts of an HTML table.

    Attributes
    ----------
    caption : tuple of str
        Lines of the caption.
    corner : str
        Heading of the column of row names.
    column_names, row_names : tuple of str
        The k headings and m row names.
    cells : tuple of tuple of str
        m rows of k texts.
    stars : tuple of str or None
        m significance symbols for a last column, or None for no such column.
    footer : tuple of str
        Lines below the table, each across all columns.
    """

    caption: tuple[str, ...]
    corner: str
    column_names: tuple[str, ...]
    row_names: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    stars: tuple[str, ...] | None = None
    footer: tuple[str, ...] = ()


def table_html(markup: TableMarkup) -> str:
    """Return a ``table`` element with caption, scoped headings, body and footer.

    Parameters
    ----------
    markup : TableMarkup
        The texts; blanks around them are dropped and special characters escaped.

    Returns
    -------
    str
        Lines of HTML without style attributes.

    Examples
    --------
    >>> print(table_html(TableMarkup(("Effects",), "Effect", ("Estimate",), ("ACME",), (("0.5",),))))
    <table class="pymediation-summary">
    <caption>Effects</caption>
    <thead>
    <tr><th scope="col">Effect</th><th scope="col">Estimate</th></tr>
    </thead>
    <tbody>
    <tr><th scope="row">ACME</th><td>0.5</td></tr>
    </tbody>
    </table>
    """
    starred = markup.stars is not None
    headings = [markup.corner, *markup.column_names, *(["Significance"] if starred else [])]
    symbols = markup.stars if markup.stars is not None else ("",) * len(markup.row_names)
    body = [
        _row(_element("th", name, scope="row"), (*texts, symbol) if starred else texts)
        for name, texts, symbol in zip(markup.row_names, markup.cells, symbols, strict=True)
    ]
    lines = [
        f'<table class="{TABLE_CLASS}">',
        f"<caption>{'<br>'.join(_clean(line) for line in markup.caption)}</caption>",
        *_section("thead", [f"<tr>{''.join(_element('th', h, scope='col') for h in headings)}</tr>"]),
        *_section("tbody", body),
        *_section("tfoot", [_footer_row(line, len(headings)) for line in markup.footer]),
        "</table>",
    ]
    return "\n".join(lines)


def _row(heading: str, texts: Iterable[str]) -> str:
    """Return a table row."""
    return f"<tr>{heading}{''.join(_element('td', text) for text in texts)}</tr>"


def _footer_row(line: str, columns: int) -> str:
    """Return a row that holds one text across all columns."""
    return f"<tr>{_element('td', line, colspan=str(columns))}</tr>"


def _section(tag: str, rows: Sequence[str]) -> list[str]:
    """Return rows inside a table section; nothing if there are none."""
    return [f"<{tag}>", *rows, f"</{tag}>"] if rows else []


def _element(tag: str, text: str, **attributes: str) -> str:
    """Return an element that holds a text."""
    inside = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<{tag}{inside}>{_clean(text)}</{tag}>"


def _clean(text: str) -> str:
    """Return a text without outer blanks, safe inside HTML."""
    return escape(text.strip())
