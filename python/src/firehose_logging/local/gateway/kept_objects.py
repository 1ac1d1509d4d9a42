"""Objects as data: a document that holds what they contain, and no instruction to make them.

Unlike a pickle, such a document can't name what is to be called. Reading it makes containers,
values of a fixed list of types, and instances of classes that are defined in a trusted package;
their constructors are not called.
"""

from __future__ import annotations

import base64
import copyreg
import datetime
import importlib
import math
import re
import uuid
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

_PRIVATE_KEYS = (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)
_LARGEST_INTEGER = 2**63 - 1
_FURTHER_CLASSES = frozenset({"requests.structures:CaseInsensitiveDict"})
_MODULE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_FACTORIES: Mapping[str, type] = {
    kind.__name__: kind for kind in (bool, bytes, dict, float, int, list, set, str, tuple)
}

Document = dict[str, Any]


class UnkeepableError(Exception):
    """Say which type can't be written, or what in a document can't be read."""


def document_of(
    root: object, package: str, given: Mapping[str, object] = MappingProxyType({})
) -> Document:
    """Return the document of an object and all that it refers to, for ``restored``.

    Args:
        root: may be part of cycles.
        package: whose classes may occur, for example ``moto``.
        given: objects that whoever reads the document has as well; their names stand for them.

    Returns:
        What JSON can hold.

    Raises:
        UnkeepableError: there is an object of another type among them.
    """
    writer = _Writer(package, given)
    value = writer.value(root)
    writer.write_all()
    return {"root": value, "objects": writer.nodes}


def restored(
    document: Document, package: str, given: Mapping[str, object] = MappingProxyType({})
) -> Any:
    """Return the object that ``document_of`` wrote.

    Args:
        document: as JSON gave it; from anybody.
        package: whose classes may occur.
        given: the objects that names stand for.

    Raises:
        UnkeepableError: it is no such document, or names something else.
    """
    try:
        return _Reader(document["objects"], package, given).root(document["root"])
    except UnkeepableError:
        raise
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise UnkeepableError(f"it is damaged: {error!r}") from error


class _Writer:
    """Give every object a number, and write each one once.

    A value is a JSON literal, or the number of an object in a list of its own.
    """

    def __init__(self, package: str, given: Mapping[str, object]) -> None:
        self._classes = _Classes(package)
        self._given = {id(item): name for name, item in given.items()}
        self._numbers: dict[int, list[int]] = {}
        self._pending: list[tuple[int, object]] = []
        # An object that went away could leave its identity to another one.
        self._alive: list[object] = []
        self.nodes: list[Any] = []

    def value(self, item: object) -> Any:
        kind = type(item)
        if item is None or kind is str or kind is bool:
            return item
        if kind is int and abs(item) <= _LARGEST_INTEGER:  # type: ignore[arg-type]  # an int
            return item
        if kind is float and math.isfinite(item):  # type: ignore[arg-type]  # a float
            return item
        known = self._numbers.get(id(item))
        if known is None:
            known = self._numbers[id(item)] = [len(self.nodes)]
            self.nodes.append(None)
            self._alive.append(item)
            self._pending.append((known[0], item))
        return known

    def write_all(self) -> None:
        while self._pending:
            number, item = self._pending.pop()
            self.nodes[number] = self._node(item)

    def _node(self, item: Any) -> list[Any]:
        name = self._given.get(id(item))
        if name is not None:
            return ["given", name]
        write = _PLAIN.get(type(item))
        if write is not None:
            return write(self, item)
        for kinds, write in _BY_BASE:
            if isinstance(item, kinds):
                return write(self, item)
        return self._instance(item)

    def values(self, items: Iterable[object]) -> list[Any]:
        return [self.value(item) for item in items]

    def pairs(self, items: Iterable[tuple[object, object]]) -> list[Any]:
        return [[self.value(key), self.value(value)] for key, value in items]

    def factory(self, item: Any) -> str | None:
        return None if item is None else self._classes.name_of_factory(item)

    def member(self, item: Enum) -> list[Any]:
        return ["member", self._classes.name_of(type(item)), item.name]

    def _instance(self, item: Any) -> list[Any]:
        name = self._classes.name_of(type(item))
        made = item.__reduce_ex__(2)
        how, arguments, state = made[:3]
        if how is not copyreg.__newobj__ or len(arguments) != 1:  # type: ignore[attr-defined]
            raise UnkeepableError(f"{name} is made in a way of its own")
        # What the containers hold, not what a class of its own shows of it.
        return [
            "instance",
            name,
            self.value(state),
            self.values(list.__iter__(item)) if isinstance(item, list) else None,
            self.pairs(dict.items(item)) if isinstance(item, dict) else None,
        ]


_Write = Callable[[_Writer, Any], list[Any]]

_PLAIN: Mapping[type, _Write] = {
    list: lambda writer, item: ["list", writer.values(item)],
    tuple: lambda writer, item: ["tuple", writer.values(item)],
    set: lambda writer, item: ["set", writer.values(item)],
    frozenset: lambda writer, item: ["frozenset", writer.values(item)],
    dict: lambda writer, item: ["dict", writer.pairs(item.items())],
    OrderedDict: lambda writer, item: ["ordered", writer.pairs(item.items())],
    defaultdict: lambda writer, item: [
        "default",
        writer.pairs(item.items()),
        writer.factory(item.default_factory),
    ],
    bytes: lambda _, item: ["bytes", base64.b64encode(item).decode()],
    bytearray: lambda _, item: ["bytearray", base64.b64encode(item).decode()],
    int: lambda _, item: ["int", str(item)],
    float: lambda _, item: ["float", repr(item)],
    Decimal: lambda _, item: ["decimal", str(item)],
    uuid.UUID: lambda _, item: ["uuid", item.hex],
    datetime.datetime: lambda _, item: ["datetime", item.isoformat()],
    datetime.date: lambda _, item: ["date", item.isoformat()],
    datetime.timedelta: lambda _, item: ["delta", item.days, item.seconds, item.microseconds],
    datetime.timezone: lambda _, item: ["zone", item.utcoffset(None).total_seconds()],
    re.Pattern: lambda _, item: ["pattern", item.pattern, item.flags],
}

_BY_BASE: tuple[tuple[Any, _Write], ...] = (
    (Enum, lambda writer, item: writer.member(item)),
    (_PRIVATE_KEYS, lambda _, item: ["key", base64.b64encode(_der(item)).decode()]),
    (type, lambda writer, item: ["class", writer.factory(item)]),
)


def _der(key: Any) -> bytes:
    der: bytes = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return der


class _Reader:
    """Make each object when it is first asked for, and its content after it."""

    def __init__(self, nodes: list[Any], package: str, given: Mapping[str, object]) -> None:
        self._nodes = nodes
        self._given = given
        self._classes = _Classes(package)
        self._made: dict[int, Any] = {}
        self._to_fill: list[tuple[Any, list[Any]]] = []
        self._to_set_up: list[tuple[Any, Any]] = []

    def root(self, written: Any) -> Any:
        item = self._value(written)
        self._fill_all()
        return item

    def _value(self, written: Any, above: tuple[int, ...] = ()) -> Any:
        """Return what a value stands for; ``above`` are the unfinished objects around it."""
        return self._object(written[0], above) if isinstance(written, list) else written

    def _object(self, number: int, above: tuple[int, ...]) -> Any:
        if number in self._made:
            return self._made[number]
        if number in above or number < 0:
            raise UnkeepableError(f"object {number} can't be a part of itself")
        node = self._nodes[number]
        kind = node[0]
        if kind in _EMPTY:
            item = self._made[number] = _EMPTY[kind]()
            self._to_fill.append((item, node))
        elif kind == "default":
            item = defaultdict(None if node[2] is None else self._classes.factory(node[2]))
            self._made[number] = item
            self._to_fill.append((item, node))
        elif kind == "instance":
            cls = self._classes.named(node[1])
            item = self._made[number] = cls.__new__(cls)
            self._to_fill.append((item, node))
        else:
            item = self._made[number] = self._finished(node, (*above, number))
        return item

    def _finished(self, node: list[Any], above: tuple[int, ...]) -> Any:
        kind = node[0]
        if kind in {"tuple", "frozenset"}:
            parts = [self._value(part, above) for part in node[1]]
            return tuple(parts) if kind == "tuple" else frozenset(parts)
        if kind == "member":
            return self._classes.named(node[1])[node[2]]
        if kind == "class":
            return self._classes.factory(node[1])
        if kind == "given":
            return self._given[node[1]]
        if kind not in _VALUES:
            raise UnkeepableError(f"there is no kind {kind!r}")
        return _VALUES[kind](*node[1:])

    def _fill_all(self) -> None:
        while self._to_fill:
            item, node = self._to_fill.pop()
            self._fill(item, node)
        # Only now is complete what a class of its own takes its state from.
        while self._to_set_up:
            item, state = self._to_set_up.pop()
            _set_up(item, state)

    def _fill(self, item: Any, node: list[Any]) -> None:
        kind = node[0]
        if kind == "list":
            item.extend(self._value(part) for part in node[1])
        elif kind == "set":
            item.update([self._value(part) for part in node[1]])
        elif kind == "instance":
            self._to_set_up.append((item, self._value(node[2])))
            if node[3] is not None:
                list.extend(item, [self._value(part) for part in node[3]])
            for key, value in node[4] or ():
                dict.__setitem__(item, self._value(key), self._value(value))
        else:
            for key, value in node[1]:
                item[self._value(key)] = self._value(value)


def _set_up(item: Any, state: Any) -> None:
    """Give an object its attributes, by its class's own rule where it has one."""
    if hasattr(type(item), "__setstate__"):
        item.__setstate__(state)
        return
    attributes, slots = state if isinstance(state, tuple) else (state, None)
    if attributes:
        item.__dict__.update(attributes)
    for name, value in (slots or {}).items():
        object.__setattr__(item, name, value)


_EMPTY: Mapping[str, Callable[[], Any]] = {
    "list": list,
    "set": set,
    "dict": dict,
    "ordered": OrderedDict,
}

_VALUES: Mapping[str, Callable[..., Any]] = {
    "bytes": base64.b64decode,
    "bytearray": lambda text: bytearray(base64.b64decode(text)),
    "int": int,
    "float": float,
    "decimal": Decimal,
    "uuid": uuid.UUID,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "delta": datetime.timedelta,
    "zone": lambda seconds: datetime.timezone(datetime.timedelta(seconds=seconds)),
    "pattern": re.compile,
    "key": lambda text: load_der_private_key(base64.b64decode(text), None),
}


class _Classes:
    """The classes that a document may name, and no other object of any module."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._known: dict[str, type] = {}
        self._names: dict[type, str] = {}

    def name_of(self, cls: type) -> str:
        name = self._names.get(cls)
        if name is None:
            name = f"{cls.__module__}:{cls.__qualname__}"
            try:
                found = self.named(name)
            except (AttributeError, ImportError) as error:
                raise UnkeepableError(f"{name} can't be found again") from error
            if found is not cls:
                raise UnkeepableError(f"{name} is another class than that of the object")
            self._names[cls] = name
        return name

    def named(self, name: str) -> Any:
        """Return a class of the package, defined where its name says."""
        if name not in self._known:
            module_name, _, qualified = name.partition(":")
            if not (module_name.startswith(f"{self._package}.") or name in _FURTHER_CLASSES):
                raise UnkeepableError(f"{name} is no class of {self._package}")
            found: Any = _module(module_name)
            for part in qualified.split("."):
                found = vars(found)[part] if isinstance(found, type) else getattr(found, part)
            if not isinstance(found, type) or found.__module__ != module_name:
                raise UnkeepableError(f"{name} is no class of {self._package}")
            self._known[name] = found
        return self._known[name]

    def name_of_factory(self, item: Any) -> str:
        if item in _FACTORIES.values():
            return str(item.__name__)
        if isinstance(item, type):
            return self.name_of(item)
        raise UnkeepableError(f"{item!r} is no class")

    def factory(self, name: str) -> Any:
        return _FACTORIES[name] if name in _FACTORIES else self.named(name)


def _module(name: str) -> Any:
    if not _MODULE.fullmatch(name):
        raise UnkeepableError(f"{name!r} is no module's name")
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UnkeepableError(f"there is no module {name}") from error
