"""`Record`: named fields, set once, checked when made, with a plain form of JSON's types.

It does what ``dataclasses.dataclass(frozen=True)`` does, without importing ``inspect``: that alone costs
more than the bare interpreter, at every start of every bot (``scripts/bench/shortcuts.py``). Type checkers
read a subclass as a frozen dataclass.
"""

from __future__ import annotations

import sys

from ..errors import Unsupported
from .rules import shortened
from .secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ClassVar, Self, dataclass_transform

    Plain = dict[str, Any]  # a table that is not looked into
    WordSet = tuple[str, ...]  # sorted in the plain form, each word once
    _Convert = Callable[[Any], Any]
    # What reads a value from its plain form, and what writes it; None: the value is its own plain form.
    _Codec = tuple[_Convert, _Convert | None]
    # Readers by field; the fields without a default; field, writer and default.
    _Plan = tuple[dict[str, _Convert], frozenset[str], list[tuple[str, _Convert | None, object]]]
else:

    def dataclass_transform(**_options):  # noqa: D103
        return lambda cls: cls


_ALWAYS = object()  # the default of a field that is always written


@dataclass_transform(frozen_default=True)
class Record:
    """Base of the plain data of this package.

    A subclass annotates its fields; a class attribute is a field's default. :meth:`check` runs once all
    fields are set. The plain form leaves out a field that has its default, unless it is in ``ALWAYS``.
    """

    ALWAYS: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *values: Any, **named: Any) -> None:
        names = type(self).__annotations__
        fields = {**dict(zip(names, values, strict=False)), **named}
        if len(fields) != len(values) + len(named) or not fields.keys() <= names.keys():
            raise TypeError(f"{type(self).__name__} takes each of {', '.join(names)} once")
        for name in names:
            if name not in fields and not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} needs {name}")
        self.__dict__.update(fields)
        self.check()

    def check(self) -> None:
        """Raise if the fields do not fit together."""

    def changed(self, **fields: Any) -> Self:
        """Return a checked copy with other values in *fields*."""
        return type(self)(**{**self.__dict__, **fields})

    def to_plain(self) -> Any:
        """Return the plain form, secrets revealed."""
        plain = {}
        for name, write, default in _plan(type(self))[2]:
            value = getattr(self, name)
            if default is _ALWAYS or value != default:
                plain[name] = write(value) if write else value
        return plain

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Return the record whose plain form is *plain*.

        Raises:
            Unsupported: If there is a key that this version does not know.
            ValueError: If a key is missing, a value is of another type, or this is a second encoding.
            VaultError: If the fields do not fit together.
        """
        record = cls.decode(plain)
        if record.to_plain() != plain:
            raise ValueError("a second encoding")
        return record

    @classmethod
    def decode(cls, plain: Any) -> Self:
        """Return the record of a form that may write defaults too; raises as :meth:`from_plain`."""
        readers, needed, _ = _plan(cls)
        if type(plain) is not dict:
            raise ValueError(f"not a table of {', '.join(readers)}")
        if not plain.keys() <= readers.keys():
            raise Unsupported(f"unknown key {shortened(min(plain.keys() - readers.keys()))}")
        if not needed <= plain.keys():
            raise ValueError(f"{min(needed - plain.keys())} is missing")
        record = cls.__new__(cls)
        values = record.__dict__
        for name, value in plain.items():
            try:
                values[name] = readers[name](value)
            except _WrongType:
                wanted = cls.__annotations__[name].removesuffix(" | None").replace("tuple", "list")
                raise ValueError(f"{name} is not of its type, {wanted}") from None
        record.check()
        return record

    def __setattr__(self, name: str, value: object = None) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} is set once, when it is made")

    __delattr__ = __setattr__

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in type(self).__annotations__)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in type(self).__annotations__)
        return f"{type(self).__name__}({fields})"


# --- plain forms --------------------------------------------------------------------------------------


class _WrongType(Exception):
    """A value is not of the type that its field's annotation names."""


def _exactly(*kinds: type) -> _Convert:
    def read(value: Any) -> Any:
        if type(value) not in kinds:  # bool is a subclass of int
            raise _WrongType
        return value

    return read


_text, _list, _table = _exactly(str), _exactly(list), _exactly(dict)


def _bytes(value: Any) -> bytes:
    try:
        return bytes.fromhex(_text(value))
    except ValueError:
        raise _WrongType from None


_CODECS: dict[str, _Codec] = {
    "bool": (_exactly(bool), None),
    "bytes": (_bytes, bytes.hex),
    "float": (_exactly(float, int), None),
    "int": (_exactly(int), None),
    "Plain": (_table, None),
    "Secret": (lambda value: Secret(_text(value)), Secret.reveal),
    "str": (_text, None),
    "WordSet": (
        lambda value: tuple([_text(word) for word in _list(value)]),
        lambda words: sorted(set(words)),
    ),
}


def _codec(annotation: str, module: str) -> _Codec:
    """Return how values of an annotated type are read from their plain form, and written."""
    if annotation in _CODECS:
        return _CODECS[annotation]
    if annotation.endswith(" | None"):  # the plain form leaves a None out
        return _codec(annotation[: -len(" | None")], module)
    if annotation.startswith("tuple["):
        read, write = _codec(annotation[len("tuple[") : -len(", ...]")], module)
        return (
            lambda plain: tuple([read(value) for value in _list(plain)]),
            list if write is None else lambda values: [write(value) for value in values],
        )
    if annotation.startswith("Mapping[str, "):
        read_one, write_one = _codec(annotation[len("Mapping[str, ") : -1], module)
        return (
            lambda plain: {key: read_one(value) for key, value in _table(plain).items()},
            dict if write_one is None else lambda values: {key: write_one(values[key]) for key in values},
        )
    record: type[Record] = getattr(sys.modules[module], annotation)
    return record.decode, record.to_plain


_PLANS: dict[type[Record], _Plan] = {}


def _plan(cls: type[Record]) -> _Plan:
    """Return how a class's fields are read and written, which is found out once."""
    if cls not in _PLANS:
        fields = [
            (name, *_codec(annotation, cls.__module__), getattr(cls, name, _ALWAYS))
            for name, annotation in cls.__annotations__.items()
        ]
        _PLANS[cls] = (
            {name: read for name, read, _, _ in fields},
            frozenset(name for name, _, _, default in fields if default is _ALWAYS),
            [(name, write, _ALWAYS if name in cls.ALWAYS else default) for name, _, write, default in fields],
        )
    return _PLANS[cls]
