"""Tell what holds other values, by how it looks, so that no library has to be imported."""

from __future__ import annotations

from collections import deque
from collections.abc import ItemsView, Iterable, KeysView, Mapping, Sequence, ValuesView
from typing import Any, Final

_SEQUENCES: Final = (list, tuple, set, frozenset, deque, ItemsView, KeysView, ValuesView)
_NAMESPACES: Final = frozenset({("types", "SimpleNamespace"), ("argparse", "Namespace")})


def is_sequence(value: Any) -> bool:
    """Tell whether ``value`` holds others one after another, without names."""
    return isinstance(value, _SEQUENCES)


def names_of_positions(value: Any) -> Sequence[str] | None:
    """Return the names of a named tuple's values; None for anything else."""
    names = getattr(type(value), "_fields", None) if isinstance(value, tuple) else None
    return names if isinstance(names, tuple) else None


def fields_of(value: Any) -> Iterable[tuple[Any, Any]] | None:
    """Return names and values of what holds values by name; None if it does not.

    Mappings of any kind; objects with the ``keys`` and ``items`` of one, as classes for headers
    have them; instances of data classes and of classes made by attrs, msgspec and pydantic; plain
    namespaces.
    """
    kind = type(value)
    if isinstance(value, Mapping):
        return value.items()
    names = _declared_names(kind)
    if names is not None:
        return [(name, getattr(value, name)) for name in names if hasattr(value, name)]
    if hasattr(kind, "__pydantic_fields__") or hasattr(kind, "__fields__"):
        return [*vars(value).items(), *(getattr(value, "__pydantic_extra__", None) or {}).items()]
    if any((base.__module__, base.__name__) in _NAMESPACES for base in kind.__mro__):
        return list(vars(value).items())
    if callable(getattr(kind, "keys", None)) and callable(getattr(kind, "items", None)):
        items: Iterable[tuple[Any, Any]] = value.items()
        return items
    return None


def _declared_names(kind: type) -> Iterable[str] | None:
    """Return the fields that a class declares, as data classes and those of libraries do."""
    for marker in ("__dataclass_fields__", "__struct_fields__"):
        if hasattr(kind, marker):
            names: Iterable[str] = getattr(kind, marker)
            return names
    if hasattr(kind, "__attrs_attrs__"):
        return [each.name for each in kind.__attrs_attrs__]
    return None
