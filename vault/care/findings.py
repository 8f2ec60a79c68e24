"""Findings of ``audit`` and ``doctor``, with those about the master password that both have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from shlex import quote

from ..base.record import Record
from ..unlock.cost import DEFAULT_KDF, Kdf

Codes = Mapping[str, tuple[str, str]]

NOTE = "note"  # cannot be helped, or need not be
SEVERITIES = ("critical", "high", "medium", "low", NOTE)  # worst first


class Finding(Record):
    """One finding, with the next step as its hint; *name* is the credential's, or empty."""

    severity: str
    code: str
    name: str
    message: str
    hint: str


def finding(codes: Codes, code: str, message: str, hint: str = "", name: str = "") -> Finding:
    """Return a finding of the severity that *codes* gives it."""
    return Finding(codes[code][0], code, name, message, hint)


def worst_first(codes: Codes, found: Iterable[Finding]) -> list[Finding]:
    """Sort findings by their places in *codes*, then by name and message."""
    order = {code: place for place, code in enumerate(codes)}
    return sorted(found, key=lambda each: (order[each.code], each.name, each.message))


def of_password(codes: Codes, kdf: Kdf | None, readable: str) -> Iterator[Finding]:
    """Yield findings about the master password; *readable* is a file with it that others can read."""
    if readable:
        message = f"other users can read the file with the master password: {readable}"
        hint = f"chmod 600 {quote(readable)}; then another password: vault passwd"
        yield finding(codes, "password-file-open", message, hint)
    if kdf is not None and kdf.work < DEFAULT_KDF.work:
        message = f"a guess at the master password costs {kdf}; the default is {DEFAULT_KDF}"
        yield finding(codes, "weak-kdf", message, "renew it, with the same password or another: vault passwd")
