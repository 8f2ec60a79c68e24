"""Values that come in, typed, pasted or piped, and are saved: shared by ``add``, ``keygen``, ``rotate``."""

from __future__ import annotations

import os
import sys

from .. import capture
from ..actions import journal
from ..actions.saving import Saved
from ..base.rules import check_value
from ..base.secret import Secret
from ..copies import backup
from ..errors import (
    Cancelled,
    CredentialExists,
    FormatError,
    InvalidCredential,
    LineRefused,
    NoClipboard,
    NotDurable,
    NoTerminal,
    StoreError,
    UnlockError,
    VaultError,
)
from ..launch import quirks
from ..system import clipboard
from . import saved
from .asking import ask, confirmed, paste
from .opening import open_vault
from .output import remark

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from ..capture import Unsure
    from ..core.vault import Vault
    from ..credential.credential import Credential
    from ..exchanges.profile import Field, Profile
    from .options import Settings

_MAX_INPUT = 4 << 20  # bytes of JSON; 32 fields of 64 KiB fit, whatever their escapes


# --- values: typed, pasted, piped ---------------------------------------------------------------------


def collect(profile: Profile, wanted: Iterable[str], *, paste: bool, from_stdin: bool) -> dict[str, Secret]:
    """The values of the fields *wanted*, from where the options say."""
    if paste:
        fields = _from_paste(profile, list(wanted), ask=not from_stdin)
    elif from_stdin:
        fields = _from_stdin(profile, list(wanted))
    else:
        fields = _from_terminal(profile, list(wanted))
    for text in capture.prove(profile, fields):
        remark(f"warning: {text}")
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
    """One value, with what can be seen of it without showing it; asked for anew if it looks wrong."""
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
        for text in remarks:
            remark(f"warning: {text}")
        if not remarks:
            remark(capture.verdict(profile, name, value))
            return value
        if confirmed("keep it as it is?", default=False):
            return value


def _line_of(prompt: str, field: Field) -> Secret:
    """A value of one line; of a private key in PEM all its lines."""
    if not field.keys:
        return Secret(ask(prompt, hidden=True))
    text = paste(prompt, lambda text: "-----BEGIN" not in text or "-----END" in text)
    return capture.normalised(Secret(text.rstrip("\r\n")))


def _from_paste(profile: Profile, wanted: list[str], *, ask: bool) -> dict[str, Secret]:
    """The values on a whole page; what it lacks, or leaves in doubt, is asked for."""
    prompt = "paste the whole page, labels and all (not shown; Ctrl-D or an empty line ends it): "
    text = paste(prompt) if ask else _piped().decode(errors="replace")
    found = capture.read_dialog(text, profile)
    for line in found.remarks:
        remark(f"warning: {line}")
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
    """The value that the person takes for a field in doubt; None: none of those found."""
    label = profile.field(doubt.field).label
    for value in (doubt.value, *doubt.others):
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
    for text in (text for field, value in values.items() for text in profile.remarks(field, value)):
        remark(f"warning: {text}; kept as it is")
    return values


def _piped() -> bytes:
    data = b"" if sys.stdin is None else sys.stdin.buffer.read(_MAX_INPUT + 1)
    if len(data) > _MAX_INPUT:
        raise InvalidCredential(f"standard input has more than {_MAX_INPUT >> 20} MiB")
    return data


# --- saving -------------------------------------------------------------------------------------------


def save(
    settings: Settings,
    opened: Vault,
    state: Callable[[Vault], Credential],
    *,
    insist: bool,
    new: bool = False,
) -> Credential:
    """Save a credential's new state; if that fails, keep what was typed and offer to try again.

    Args:
        state: made of the newest vault, which others may have saved meanwhile.
        insist: a person typed values, which the exchange will not show again.
        new: the credential is not there yet.
    """
    stale, changed = False, None
    while True:
        try:
            if stale:
                opened = open_vault(settings)  # the password may be what has changed
            with opened:
                changed = state(opened)
                opened.add(changed) if new else opened.replace(changed)
                opened.save()
            return changed
        except CredentialExists as error:
            if not (insist and new):
                raise
            remark(f"not saved: {error}")
            state = _under_another_name(state(opened), error)
        except NotDurable:
            raise  # it stands there, and a second save would not make the disk any better
        except (StoreError, FormatError, UnlockError) as error:
            if not insist:
                raise
            remark(f"not saved: {error}")
            remark("what you typed is still here; mend it in another window")
            if not confirmed("try again?"):
                changed = changed or state(opened)
                if not _saved_elsewhere(opened, changed):
                    raise
                return changed
            stale = True


def _under_another_name(credential: Credential, error: CredentialExists) -> Callable[[Vault], Credential]:
    """A state for :func:`save`: *credential* under a name that the person gives; raises *error* if none."""
    while name := ask("somebody else took that name; another one (Enter: give up): ").strip():
        try:
            renamed = credential.changed(name=name)
        except InvalidCredential as refused:
            remark(f"{refused}; once more")
            continue
        return lambda _: renamed
    raise error


def _saved_elsewhere(opened: Vault, changed: Credential) -> bool:
    """Whether the person had it saved in a copy of the vault, on another disk."""
    is_there = changed.name in {credential.name for credential in opened.credentials}
    opened.replace(changed) if is_there else opened.add(changed)
    while path := ask("save it in a copy of the vault? its path (Enter: give up): ").strip():
        try:
            backup.save_copy(opened, os.path.expanduser(path))
        except VaultError as error:
            remark(f"not saved: {error}")
            continue
        remark(f"it is in {path} alone; once the disk works again: vault restore {path}")
        return True
    return False


def say_saved(settings: Settings, opened: Vault, credential: Credential, did: str, said: str) -> None:
    """Note it in the journal, and say so: only now is it safe to close the page."""
    saved.say_saved(settings, Saved(credential, opened, journal.note(opened, did, credential.name)), said)


def clear_clipboard(values: Iterable[Secret]) -> None:
    """Empty the clipboard if one of *values* stands there, and say so."""
    try:
        cleared = clipboard.clear(values)
        remark("the clipboard was emptied" if cleared else "the clipboard held none of the values")
    except NoClipboard as error:
        remark(f"warning: the clipboard is as it was: {error}")


def warn_of_client(profile: Profile, client: str, fields: Mapping[str, Secret]) -> None:
    """What the client that was chosen would make of these values."""
    if client not in profile.presets:
        return
    for name, value in fields.items():
        for text in quirks.warnings(profile, client, name, value.reveal()):
            remark(f"warning: {profile.field(name).label}: {text}")
