"""Secret values that come in: typed, pasted or piped."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import click

from ..base.rules import check_value
from ..base.secret import Secret
from ..capture import dialog as capture
from ..capture.dialog import Unsure
from ..errors import Cancelled, InvalidCredential, LineRefused, NoClipboard, NoTerminal
from ..exchanges.profile import Field, Profile
from ..system import clipboard
from .asking import ask, confirmed, paste
from .output import remark, warn

_MAX_INPUT = 4 << 20  # bytes of JSON; 32 fields of 64 KiB fit, whatever their escapes

paste_option = click.option(
    "--paste", is_flag=True, help="Read the whole page that shows it, labels and all."
)
stdin_option = click.option(
    "--stdin", "from_stdin", is_flag=True, help="Read standard input: a JSON object, or what --paste takes."
)
clear_option = click.option("--clear-clipboard", is_flag=True, help="Empty the clipboard once it is saved.")


def collect(profile: Profile, wanted: Iterable[str], *, paste: bool, from_stdin: bool) -> dict[str, Secret]:
    """Return the values of the fields *wanted*, from where the options say."""
    if paste:
        fields = _from_paste(profile, list(wanted), ask=not from_stdin)
    elif from_stdin:
        fields = _from_stdin(profile, list(wanted))
    else:
        fields = _from_terminal(profile, list(wanted))
    warn(capture.prove(profile, fields))
    return fields


def _from_terminal(profile: Profile, wanted: list[str]) -> dict[str, Secret]:
    if not wanted:
        raise InvalidCredential(
            f"which fields does it have? {profile.title} has none of its own",
            hint="name them: --field api_key --field secret; or choose --exchange; or give JSON: --stdin",
        )
    try:
        typed = {name: _typed(profile, name) for name in wanted}
        return {name: value for name, value in typed.items() if value is not None}
    except NoTerminal:
        raise NoTerminal("the values need a terminal to be asked at", hint="give JSON: --stdin") from None


def _typed(profile: Profile, name: str) -> Secret | None:
    """Ask for one value, and describe it without showing it; ask again if it looks wrong."""
    field = profile.field(name)
    while True:
        try:
            value = _line_of(f"{field.label} (not shown{', Enter: none' if field.optional else ''}): ", field)
            if field.optional and not len(value):
                return None
            check_value(name, value.reveal())
        except (LineRefused, InvalidCredential) as error:
            remark(f"{error}; once more")
            if error.hint:
                remark(f"hint: {error.hint}")
            continue
        remarks = profile.remarks(name, value)
        warn(remarks)
        if not remarks:
            remark(capture.verdict(profile, name, value))
            return value
        if confirmed("keep it as it is?", default=False):
            return value


def _line_of(prompt: str, field: Field) -> Secret:
    """Ask for a value of one line, or for all lines of a private key in PEM."""
    if not field.keys:
        return Secret(ask(prompt, hidden=True))
    text = paste(prompt, lambda text: "-----BEGIN" not in text or "-----END" in text)
    return capture.normalised(Secret(text.rstrip("\r\n")))


def _from_paste(profile: Profile, wanted: list[str], *, ask: bool) -> dict[str, Secret]:
    """Find the values on a whole page; ask for those that are missing or in doubt."""
    prompt = "paste the whole page, labels and all (not shown; Ctrl-D or an empty line ends it): "
    text = paste(prompt) if ask else _piped().decode(errors="replace")
    found = capture.read_dialog(text, profile)
    warn(found.remarks)
    fields = {name: value for name, value in found.fields.items() if name in wanted or not wanted}
    for name, value in fields.items():
        remark(capture.verdict(profile, name, value))
    if not ask and (found.unsure or found.missing):
        open_ones = [doubt.field for doubt in found.unsure] or list(found.missing)
        raise InvalidCredential(
            f"the page does not say for certain: {', '.join(open_ones)}",
            hint="give JSON instead: --stdin alone",
        )
    for doubt in found.unsure:
        if doubt.field in wanted and (settled := _settled(profile, doubt, fields)):
            fields[doubt.field] = settled
    typed = {name: _typed(profile, name) for name in wanted if name not in fields}
    fields |= {name: value for name, value in typed.items() if value is not None}
    if ask and not (typed or found.unsure) and not confirmed("store these?"):
        raise Cancelled("nothing was stored")
    return fields


def _settled(profile: Profile, doubt: Unsure, taken: Mapping[str, Secret]) -> Secret | None:
    """Ask which of the values found belongs to a field in doubt; return None if none does."""
    label = profile.field(doubt.field).label
    for value in doubt.values:
        if value in taken.values():
            continue
        remark(f"{label}: {doubt.why}")
        if confirmed(f"is the one of {len(value)} characters the {label}?", default=False):
            return value
    return None


def _from_stdin(profile: Profile, wanted: list[str]) -> dict[str, Secret]:
    import json

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise InvalidCredential("standard input names a field twice")
        return fields

    hint = 'one object: {"api_key": "…", "secret_key": "…", "passphrase": "…"}'
    try:
        fields = json.loads(_piped(), object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise InvalidCredential("standard input is not JSON", hint=hint) from None
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        raise InvalidCredential("standard input is not one JSON object of texts", hint=hint)
    profile.check_fields(fields, wanted)
    values = {
        name: capture.normalised(Secret(value)) if profile.field(name).keys else Secret(value)
        for name, value in fields.items()
    }
    for field, value in values.items():
        warn(f"{text}; kept as it is" for text in profile.remarks(field, value))
    return values


def _piped() -> bytes:
    data = b"" if sys.stdin is None else sys.stdin.buffer.read(_MAX_INPUT + 1)
    if len(data) > _MAX_INPUT:
        raise InvalidCredential(f"standard input has more than {_MAX_INPUT >> 20} MiB")
    return data


def clear_clipboard(values: Iterable[Secret]) -> None:
    """Empty the clipboard if it holds one of *values*, and say so."""
    try:
        cleared = clipboard.clear(values)
        remark("the clipboard was emptied" if cleared else "the clipboard held none of the values")
    except NoClipboard as error:
        remark(f"warning: the clipboard is as it was: {error}")
