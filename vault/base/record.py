"""`Record`: named fields, set once, checked when made.

What ``dataclasses.dataclass(frozen=True)`` would be, without the import of ``inspect`` behind it:
that import alone costs more than the bare interpreter, at every start of every bot
(``scripts/bench/launch.py``). Type checkers read a subclass as a frozen dataclass.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self, dataclass_transform
else:

    def dataclass_transform(**_options):  # noqa: D103
        return lambda cls: cls


@dataclass_transform(frozen_default=True)
class Record:
    """Base of the plain data of this package.

    A subclass annotates its fields; a class attribute is a field's default. :meth:`check` is run
    once all fields are set, and raises when they do not fit together.
    """

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
        """A copy with other values in *fields*; it is checked like any other."""
        return type(self)(**{**self.__dict__, **fields})

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
