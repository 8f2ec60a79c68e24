"""Labels of values, in the twelve languages of ``labels.toml``."""

# ruff: noqa: RUF001  some letters of other scripts look like Latin ones

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from ..exchanges.profile import Field, Profile
from .words import IDEOGRAPH, IDEOGRAPHS, LONG, OPENING, Part, Piece, fits

FREE = ("passphrase", "otp")  # fields that a person invents: a label alone can tell them

# Labels of something else: any other, a name or an id, a passphrase where the exchange has none.
OTHERS = ("noise", "neutral", "surplus")
KEYS = ("key", "other key")  # ambiguous labels: the other labels decide which key is meant

_ATOM = re.compile(f"[{IDEOGRAPHS}]|[^\\W_{IDEOGRAPHS}]+")
_INSIDE = re.compile("(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")  # where camelCase has its words apart
_MANY = 9.0  # other words, more than any label has


def atoms(text: str) -> list[str]:
    """Return the words of *text* without case, accents and punctuation; an ideograph is a word."""
    apart = unicodedata.normalize("NFKD", _INSIDE.sub(" ", text))
    bare = "".join(character for character in apart if unicodedata.category(character) != "Mn")
    bare = unicodedata.normalize("NFC", bare).casefold()
    found: list[str] = _ATOM.findall(bare.replace("ı", "i").replace("đ", "d"))
    return found


@cache
def phrases() -> Mapping[str, str]:
    """Return the phrases of each role, between bars or on lines of their own."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


@cache
def _roles() -> Mapping[tuple[str, ...], str]:
    found = {
        tuple(atoms(phrase)): role for role, text in phrases().items() for phrase in re.split("[|\n]", text)
    }
    found.pop((), None)  # of a line's end
    return found


class Vocabulary:
    """What words mean for one profile; without a profile, to compare exchanges, no label is a field's."""

    def __init__(self, profile: Profile | None) -> None:
        self.fields: dict[str, Field] = {field.name: field for field in profile.fields} if profile else {}
        self._any = profile is not None and not self.fields
        self._phrases = {**_roles()}
        for field in self.fields.values():
            self._phrases[tuple(atoms(field.name))] = f"={field.name}"
            self._phrases[tuple(atoms(field.label))] = f"={field.name}"
        self._longest: dict[str, int] = {}
        for phrase in self._phrases:
            self._longest[phrase[0]] = max(len(phrase), self._longest.get(phrase[0], 0))

    def is_field(self, label: str) -> bool:
        """Return whether a label names a field."""
        return label in self.fields or (self._any and label not in ("", *OTHERS, *KEYS))

    def agrees(self, label: str, text: str) -> bool:
        """Return whether *text* can be the value of the field that *label* names."""
        field = self.fields.get(label)
        return bool(field and (fits(field, text) or (label in FREE and not field.shape)))

    def shaped(self, text: str) -> list[str]:
        """Return the fields whose shape *text* has, if it is too long for a word."""
        known = [field for field in self.fields.values() if field.shape and field.name not in FREE]
        return [field.name for field in known if len(text) >= LONG and fits(field, text)]

    def _meant(self, role: str) -> str:
        if role.startswith("="):
            return role[1:]
        if self._any or role in self.fields or role in (*OTHERS, *KEYS, "filler", "right"):
            return role
        twin = {"secret_key": "private_key", "private_key": "secret_key"}.get(role, "")
        if twin in self.fields:
            return twin
        other = {"passphrase": "surplus", "agent": "noise", "otp": "noise", "wallet_address": "noise"}
        return other.get(role, "neutral")

    def said(self, text: str) -> tuple[str, float]:
        """Return the meaning of *text* as a label, empty if it has none, and its number of other words."""
        words = atoms(text)
        roles: set[str] = set()
        others, at = 0.0, 0
        while at < len(words):
            most = min(self._longest.get(words[at], 0), len(words) - at)
            sizes = (size for size in range(most, 0, -1) if tuple(words[at : at + size]) in self._phrases)
            if size := next(sizes, 0):
                roles.add(self._meant(self._phrases[tuple(words[at : at + size])]))
            elif IDEOGRAPH.match(words[at]):
                others += 0.5
            elif not words[at].isdigit():
                others += 1
            at += size or 1
        roles.discard("filler")
        if roles == {"right"}:
            return "", others + 1
        roles.discard("right")
        if other := next((kind for kind in OTHERS if kind in roles), ""):
            return other, others
        if len(roles) > 1:
            roles -= {*KEYS}
        return (roles.pop(), others) if len(roles) == 1 else ("", others + _MANY * len(roles))

    def is_known(self, text: str) -> bool:
        """Return whether *text* consists of words of labels."""
        return bool(atoms(text)) and not self.said(text)[1]

    def label(self, pieces: Iterable[Piece]) -> tuple[str, float]:
        """Return :meth:`said` of several words; those in brackets count where the others are ambiguous."""
        depth = 0
        outside: list[str] = []
        inside: list[str] = []
        for piece in pieces:
            if piece.part is Part.BRACKET:
                depth = max(0, depth + (1 if piece.text in OPENING else -1))
            else:
                (inside if depth else outside).append(piece.text)
        said, others = self.said(" ".join(outside))
        if inside and said in ("", *KEYS, "neutral"):
            within, more = self.said(" ".join(inside))
            if within and (within in self.fields or not said):
                return within, others + more
        return said, others
