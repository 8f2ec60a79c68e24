"""`Record`: named fields, set once, checked when made, with a plain form of JSON's types.

It does what ``dataclasses.dataclass(frozen=True)`` would do, without the import of ``inspect`` behind it:
that import alone costs more than the bare interpreter, at every start of every bot
(``scripts/bench/shortcuts.py``). Type checkers read a subclass as a frozen dataclass.
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

    Plain = dict[str, Any]  # kept as it is
    WordSet = tuple[str, ...]  # its plain form is sorted, with each word once
    _Convert = Callable[[Any], Any]
    _Plan = tuple[dict[str, tuple[_Convert, _Convert | None, object]], frozenset[str]]
else:

    def dataclass_transform(**_options):  # noqa: D103
        return lambda cls: cls


_ALWAYS = object()  # stands for the default of a field that the plain form never leaves out


@dataclass_transform(frozen_default=True)
class Record:
    """Base of the plain data of this package.

    A subclass annotates its fields; a class attribute is a field's default. :meth:`check` is run
    once all fields are set, and raises when they do not fit together. A plain form leaves out what has
    its default, but for the fields that the class names in ``ALWAYS``.
    """

    ALWAYS: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *values: Any, **named: Any) -> None:
        names = type(self).__annotations__
        if len(values) > len(names):
            raise TypeError(f"{type(self).__name__} has {len(names)} fields, {len(values)} given")
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
        for name, (_, write, default) in _plan(type(self))[0].items():
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
        fields, needed = _plan(cls)
        if type(plain) is not dict:
            raise ValueError(f"not a table of {', '.join(fields)}")
        if unknown := plain.keys() - fields.keys():
            raise Unsupported(f"unknown key {shortened(min(unknown))}")
        if missing := needed - plain.keys():
            raise ValueError(f"{min(missing)} is missing")
        record = cls.__new__(cls)
        for name, value in plain.items():
            try:
                record.__dict__[name] = fields[name][0](value)
            except _WrongType:
                wanted = cls.__annotations__[name].removesuffix(" | None")
                raise ValueError(f"{name} is not of its type, {wanted}") from None
        record.check()
        return record

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} is set once, when it is made")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} is set once, when it is made")

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


_text, _table = _exactly(str), _exactly(dict)


def _bytes(value: Any) -> bytes:
    try:
        return bytes.fromhex(_text(value))
    except ValueError:
        raise _WrongType from None


def _list(read: _Convert) -> _Convert:
    def read_all(value: Any) -> tuple[Any, ...]:
        if type(value) is not list:
            raise _WrongType
        return tuple([read(item) for item in value])

    return read_all


# How the value of a field is read from its plain form, and written (None: it is its own plain form), by the
# field's annotation.
_CODECS: dict[str, tuple[_Convert, _Convert | None]] = {
    "bool": (_exactly(bool), None),
    "bytes": (_bytes, bytes.hex),
    "float": (_exactly(float, int), None),
    "int": (_exactly(int), None),
    "Plain": (_table, None),
    "Secret": (lambda value: Secret(_text(value)), Secret.reveal),
    "str": (_text, None),
    "WordSet": (_list(_text), lambda words: sorted(set(words))),
}


def _codec(annotation: str, module: str) -> tuple[_Convert, _Convert | None]:
    if annotation in _CODECS:
        return _CODECS[annotation]
    if annotation.endswith(" | None"):  # its plain form is left out
        return _codec(annotation[: -len(" | None")], module)
    if annotation.startswith("tuple["):
        read, write = _codec(annotation[len("tuple[") : -len(", ...]")], module)
        return _list(read), list if write is None else lambda items: [write(item) for item in items]
    if annotation.startswith("Mapping[str, "):
        read_one, write_one = _codec(annotation[len("Mapping[str, ") : -1], module)
        return (
            lambda value: {key: read_one(item) for key, item in _table(value).items()},
            dict if write_one is None else lambda items: {key: write_one(items[key]) for key in items},
        )
    record: type[Record] = getattr(sys.modules[module], annotation)
    return record.decode, record.to_plain


_PLANS: dict[type[Record], _Plan] = {}


def _plan(cls: type[Record]) -> _Plan:
    """Return how each field is read and written, with its default, and which fields have no default.

    It is made once a class, when a plain form of it is first read or written.
    """
    if cls not in _PLANS:
        fields = {
            name: (*_codec(annotation, cls.__module__), getattr(cls, name, _ALWAYS))
            for name, annotation in cls.__annotations__.items()
        }
        needed = frozenset(name for name, (_, _, default) in fields.items() if default is _ALWAYS)
        fields |= {name: (*fields[name][:2], _ALWAYS) for name in cls.ALWAYS}
        _PLANS[cls] = fields, needed
    return _PLANS[cls]
