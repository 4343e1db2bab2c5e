"""Reading the text of factors: which columns they use and what is inside their wrappers."""

from __future__ import annotations

import ast
import re

from pymediation.errors import ArgumentError

__all__ = ["bare_factor", "canonical", "strip_wrappers", "variables_of"]

# Names that stand for a module or a registry when something is taken from them ("np.log", "contr.sum").
_NAMESPACES = frozenset({"np", "numpy", "pd", "pandas", "math", "scipy", "sp", "contr", "patsy", "formulaic"})
_WRAPPERS = frozenset(
    {"factor", "as.factor", "as_factor", "ordered", "as.ordered", "C", "scale", "center", "standardize", "Q"}
)
_BACKTICKED = re.compile(r"`([^`]*)`")
_QUOTED = re.compile(r"`[^`]*`|\"[^\"]*\"|'[^']*'")
_CALL = re.compile(r"([A-Za-z_][\w.]*)\((.*)\)", re.DOTALL)


def variables_of(code: str, *, keywords: bool = True) -> frozenset[str]:
    """Return the names that an expression reads as values.

    Names of functions called are left out, and so are the modules they come from; ``Q("a b")`` and names in
    backticks count as the column they quote. A name may still be a constant of the caller's: intersect the
    result with the columns of the data.

    Parameters
    ----------
    code : str
        A factor as a formula has it.
    keywords : bool
        Whether names in keyword arguments (``bs(x, knots=k)``) count.

    Returns
    -------
    frozenset of str

    Examples
    --------
    >>> sorted(variables_of("np.log(x + 1) * Q('out.enc')"))
    ['out.enc', 'x']
    """
    text, quoted = _hide_backticks(code.strip())
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError:
        return frozenset({code.strip()})
    return frozenset(quoted.get(name, name) for name in _value_names(tree.body, keywords))


def _hide_backticks(code: str) -> tuple[str, dict[str, str]]:
    """Replace quoted names by identifiers; return the text and identifier -> name."""
    quoted: dict[str, str] = {}

    def hide(match: re.Match[str]) -> str:
        stand_in = f"_quoted_{len(quoted)}"
        quoted[stand_in] = match.group(1)
        return stand_in

    return _BACKTICKED.sub(hide, code), quoted


def _value_names(node: ast.AST, keywords: bool) -> set[str]:
    """Collect the names that a syntax tree reads as values."""
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return {node.value.id} - _NAMESPACES
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        first = node.args[0] if node.args else None
        if node.func.id == "Q" and isinstance(first, ast.Constant):
            return {str(first.value)}
        children = [*node.args, *node.keywords]
    used = [child for child in children if keywords or not isinstance(child, ast.keyword)]
    return set().union(*(_value_names(child, keywords) for child in used))


def canonical(text: str) -> str:
    """Return an expression in one spelling, whatever its white space and quotes.

    Parameters
    ----------
    text : str
        A factor, e.g. ``"I(m**2)"``.

    Returns
    -------
    str

    Examples
    --------
    >>> canonical("I(m**2)") == canonical("I( m ** 2 )")
    True
    """
    try:
        return ast.unparse(ast.parse(text.strip(), mode="eval"))
    except SyntaxError:
        return " ".join(text.split())


def strip_wrappers(text: str) -> str:
    """Return what is inside the wrappers that only change how a variable is coded.

    Removed are parentheses, backticks and the calls ``factor``, ``as.factor``, ``ordered``, ``C``, ``scale``,
    ``center``, ``standardize`` and ``Q``, with any further arguments. Everything else (``log(m)``) stays.

    Parameters
    ----------
    text : str
        The name of a variable as the user wrote it.

    Returns
    -------
    str

    Raises
    ------
    ArgumentError
        The text takes a column out of a data frame (``d$x``, ``d[, 1]``).

    Examples
    --------
    >>> strip_wrappers("C(g, Treatment(2))"), strip_wrappers("as.factor(g)"), strip_wrappers('Q("m")')
    ('g', 'g', 'm')
    """
    _refuse_subsetting(text)
    return bare_factor(text)


def bare_factor(text: str) -> str:
    """Return what is inside the wrappers of a factor of a formula, whatever it is; see `strip_wrappers`.

    Examples
    --------
    >>> bare_factor("C(g, levels=['lo', 'hi'])")
    'g'
    """
    inner = text.strip()
    while (shorter := _strip_once(inner)) != inner:
        inner = shorter
    return inner


def _refuse_subsetting(text: str) -> None:
    """Raise for expressions that index a data frame."""
    bare = _QUOTED.sub("", text)
    if not set("$[") & set(bare):
        return
    msg = (
        f"{text!r} takes a column out of a data frame; give the name of the column instead. "
        "Fit the models with the data and plain names, e.g. ols('y ~ x', data=d) instead of 'd$y ~ d$x', "
        "and pass treat='x'."
    )
    raise ArgumentError(msg)


def _strip_once(text: str) -> str:
    """Remove the outermost wrapper, if there is one."""
    if len(text) > 1 and text[0] == text[-1] == "`" and "`" not in text[1:-1]:
        return text[1:-1]
    if text.startswith("(") and _closing(text, 0) == len(text) - 1:
        return text[1:-1].strip()
    call = _CALL.fullmatch(text)
    if call is None or call.group(1) not in _WRAPPERS or _closing(text, call.end(1)) != len(text) - 1:
        return text
    first = _first_argument(call.group(2))
    return first.strip("\"'") if call.group(1) == "Q" else first


def _closing(text: str, start: int) -> int:
    """Return the position of the parenthesis that closes the one at `start`, or -1."""
    depth = 0
    for position in range(start, len(text)):
        depth += (text[position] in "([{") - (text[position] in ")]}")
        if depth == 0:
            return position
    return -1


def _first_argument(arguments: str) -> str:
    """Return the text up to the first comma outside brackets and quotes."""
    masked = _QUOTED.sub(lambda match: "_" * len(match.group()), arguments)
    depth = 0
    for position, character in enumerate(masked):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and character == ",":
            return arguments[:position].strip()
    return arguments.strip()
