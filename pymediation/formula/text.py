"""How R writes names, numbers and strings, and how it sorts text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

import numpy as np

__all__ = ["is_name_char", "level_text", "name_text", "number_text", "sort_text", "string_text"]

_RESERVED: Final = frozenset(
    {"if", "else", "repeat", "while", "function", "for", "next", "break", "in"}
    | {"TRUE", "FALSE", "NULL", "Inf", "NaN", "NA", "NA_integer_", "NA_real_", "NA_character_"}
)
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
# Root order of the Unicode collation algorithm for the characters that names of levels use.
_SYMBOLS: Final = "_-‐‑‒–—,;:!¡?¿.…·'‘’\"“”«»()[]{}§¶@*/\\&#%•`´^¯°©®→±÷×+<=>¬|¦~∞≤≥¢$£¥€"
_SYMBOL_RANK: Final = {symbol: rank for rank, symbol in enumerate(_SYMBOLS)}
# Letters that sort beside a plain letter although Unicode does not decompose them.
_PLAIN: Final = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ð": "d", "ħ": "h", "ı": "i"}
)


def is_name_char(char: str) -> bool:
    """Tell whether a character may stand inside a name without backticks."""
    return char.isalnum() or char in "._" or unicodedata.category(char).startswith("M")


def name_text(name: str) -> str:
    """Write a name, in backticks unless R reads it without."""
    first = name[:1]
    starts = first.isalpha() or (first == "." and not name[1:2].isdigit())
    if starts and name not in _RESERVED and all(is_name_char(char) for char in name):
        return name
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def number_text(value: float) -> str:
    """Write a number with up to 15 significant digits, fixed or scientific, whichever is shorter."""
    if not np.isfinite(value):
        return "NaN" if np.isnan(value) else ("Inf" if value > 0 else "-Inf")
    mantissa, exponent = f"{value:.14e}".split("e")
    digits = mantissa.rstrip("0").rstrip(".")
    decimals = len(digits.lstrip("-").replace(".", "")) - 1 - int(exponent)
    fixed = f"{value:.{max(0, decimals)}f}"
    scientific = f"{digits}e{exponent}"
    return fixed if len(fixed) <= len(scientific) else scientific


def string_text(value: str) -> str:
    """Write a text in double quotes."""
    return '"' + "".join(_ESCAPES.get(char, char) for char in value) + '"'


def level_text(value: Any) -> str:
    """Write one value as the name of a level."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (float, np.floating)):
        return number_text(float(value))
    return str(value)


def sort_text(values: Iterable[str]) -> list[str]:
    """Sort text as R does where the language is English (``en_US.UTF-8``).

    Letters go first by alphabet, then by accent, then lower before upper case; white space and
    punctuation count and precede digits, which precede letters. Letters of other alphabets follow the
    Latin ones. Characters outside everyday text fall back on their code points.
    """
    return sorted(values, key=_collation_key)


@lru_cache(maxsize=65536)
def _collation_key(text: str) -> tuple[Any, ...]:
    """Return alphabet, accent and case of a text, compared in this order."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    letters = [char for char in plain if not unicodedata.category(char).startswith("M")]
    primary = tuple(_rank(char) for char in letters)
    accents = unicodedata.normalize("NFD", text.casefold())
    upper = tuple(char.isupper() for char in text)
    return primary, accents, upper, text


def _rank(char: str) -> tuple[int, int]:
    """Rank one character: space, punctuation and signs, other signs, digits, letters."""
    if char.isspace():
        return 0, ord(char)
    if char in _SYMBOL_RANK:
        return 1, _SYMBOL_RANK[char]
    if char.isdigit():
        return 3, unicodedata.digit(char)
    return (4 if char.isalpha() else 2), ord(char)
