"""Components by R's names, with underscores for dots."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import get_annotations
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NoReturn, TypeVar, overload

from pymediation.errors import UnknownAttributeError, UnknownNameError, did_you_mean

if TYPE_CHECKING:
    from typing import Self

__all__ = ["NamedComponents", "Part"]

Value = TypeVar("Value")

# What results of statsmodels have, and the columns of to_frame() that hold it.
_COLUMNS = {
    "params": "'estimate'",
    "bse": "'std_error'",
    "pvalues": "'p_value'",
    "pvalue": "'p_value'",
    "p_value": "'p_value'",
    "conf_int": "'lower' and 'upper'",
}
# Components that a message lists.
_LISTED = 12


class Part(Generic[Value]):
    """A read-only component of a result: one part of one of its effects, under R's name for it.

    Parameters
    ----------
    effect : str
        Name of the effect among those of the result.
    part : str
        Attribute of the effect.
    doc : str
        What the component is.
    """

    # The attribute that holds the effects.
    effects: ClassVar[str] = "effects"

    def __init__(self, effect: str, part: str, doc: str) -> None:
        self._effect, self._part, self.__doc__ = effect, part, doc

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Value: ...
    def __get__(self, instance: object | None, owner: type) -> Any:
        return self if instance is None else self._read(instance)

    def _read(self, instance: Any) -> Any:
        """Look the part up."""
        return getattr(getattr(instance, self.effects)[self._effect], self._part)


class NamedComponents:
    """Access to components by R's names, with underscores for dots."""

    # Components beside the effects, in R's order; subclasses have them as attributes.
    _others: ClassVar[tuple[str, ...]] = ()

    def keys(self) -> tuple[str, ...]:
        """Return the names of all components; those of draws that were not kept are left out."""
        named = [item for owner in type(self).__mro__ for item in vars(owner).items()]
        parts = [name for name, value in named if isinstance(value, Part)]
        kept = [name for name in parts if not ("_sims" in name and getattr(self, name) is None)]
        return (*kept, *self._others)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the components."""
        return iter(self.keys())

    def __getitem__(self, name: str) -> Any:
        """Return a component by name; an R name with dots is answered with the name to use."""
        if name not in self.keys():
            if isinstance(name, str) and "_sims" in name and hasattr(type(self), name):
                msg = f"The draws {name!r} were not kept. Set long=True to keep them."
                raise UnknownNameError(msg)
            _unknown_component(name, self.keys())
        return getattr(self, name)

    if not TYPE_CHECKING:  # so that type checkers still find misspelt names

        def __getattr__(self, name: str) -> NoReturn:
            """Say what to write for an attribute that does not exist, which R's dots often lead to."""
            msg = f"{type(self).__name__!r} object has no attribute {name!r}"
            if name.startswith("_"):  # protocols ask for these, also of objects that are half made
                raise AttributeError(msg, name=name)
            raise UnknownAttributeError(f"{msg}.{self._instead_of(name)}", name=name)

    def _instead_of(self, name: str) -> str:
        """Return a sentence, after a space, on the attributes that exist; these are read off the class."""
        own = type(self)
        if name in _COLUMNS and hasattr(own, "d0_p"):
            return f" See {_COLUMNS[name]} of to_frame()."
        fields = (field for base in own.__mro__ for field in get_annotations(base))
        known = [one for one in (*dir(own), *self._others, *fields) if not one.startswith("_")]
        longer = sorted({one for one in known if one.startswith(f"{name}_")})
        if longer:
            return f" R's dots are underscores here: {', '.join(longer)}."
        return did_you_mean(name, known)


def _unknown_component(name: object, known: tuple[str, ...]) -> NoReturn:
    """Raise for a component that does not exist, naming the nearest one."""
    if not isinstance(name, str):
        msg = f"Components have names, such as {known[0]!r}; got {name!r}. keys() lists them."
        raise UnknownNameError(msg)
    underscored = name.replace(".", "_")
    hint = f" Did you mean {underscored!r}?" if underscored in known else did_you_mean(underscored, known)
    listed = (
        f" There are {', '.join(known)}." if len(known) <= _LISTED else " keys() lists those that there are."
    )
    raise UnknownNameError(f"There is no component {name!r}.{hint or listed}")
