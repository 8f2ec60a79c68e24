"""``list``, ``show``, ``copy``, ``edit``, ``disable``, ``enable``, ``remove``: one credential at a time."""

from __future__ import annotations

import sys
import time

import click

from ..base.rules import shortened
from ..base.times import ago, day, stamp
from ..care import deadlines
from ..care.usage import usage_of
from ..credential.credential import Credential
from ..errors import Cancelled, InvalidCredential, NoTerminal, StillUsed
from ..exchanges import profiles
from ..system import clipboard
from . import metadata, usage
from .asking import ask
from .group import as_json
from .opening import open_vault
from .output import emit, hand_out, print_table, remark, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..base.secret import Secret
    from ..care.deadlines import Deadline
    from ..core.vault import Vault
    from ..journal.history import History
    from .options import Settings

_RECENT = 30 * 86400  # seconds; a program that used a key since then depends on it, docs/cli.md
_CLIPBOARD = 30  # seconds that a value stands in the clipboard


# --- list, show ---------------------------------------------------------------------------------------


def facts_of(credential: Credential, opened: Vault, reading: History | None = None) -> dict[str, Any]:
    """All that is known and not secret; keys are documented in docs/cli.md and stable.

    Args:
        reading: the journal, if it was read already.
    """
    used = usage_of(reading or usage.reading(opened), credential)
    due = _due(credential, used.last)
    return {
        "name": credential.name,
        "exchange": credential.exchange,
        "state": credential.state,
        "fields": sorted(credential.fields),
        "account": credential.account,
        "uid": credential.uid,
        "label": credential.label,
        "region": credential.region,
        "environment": credential.environment,
        "permissions": list(credential.permissions),
        "ips": list(credential.ips),
        "guarded": credential.is_guarded,
        "preset": credential.preset,
        "variables": dict(credential.variables),
        "only_for": [bound.shown for bound in credential.only_for],
        "tags": list(credential.tags),
        "note": credential.note,
        "created": stamp(credential.created),
        "updated": stamp(credential.updated or credential.created),
        "issued": stamp(credential.issued),
        "expires": stamp(credential.expires),
        "due": stamp(due.at) if due else None,
        "due_because": f"{due.what}: {due.why}" if due else None,
        "due_is_estimate": due.estimate if due else None,
        "last_used": stamp(used.last),
        "used_by": [{"program": p.path, "folder": p.folder, "last": stamp(p.last)} for p in used.programs],
        "staged": stamp(credential.staged.created) if credential.staged else None,
        "previous": stamp(credential.previous.replaced) if credential.previous else None,
    }


def _due(credential: Credential, last_used: int | None) -> Deadline | None:
    return deadlines.due(credential, profiles.known(credential.exchange), last_used, int(time.time()))


@click.command("list")
@as_json
@click.pass_obj
def list_(settings: Settings) -> None:
    """List the credentials, without their values."""
    opened = open_vault(settings)
    reading, credentials = usage.reading(opened), opened.credentials
    if settings.json:
        emit({"credentials": [facts_of(c, opened, reading) for c in credentials]})
        return
    if not credentials:
        remark("the vault holds no credentials yet; store one: vault add NAME --exchange okx")
        return
    rows = [_row(credential, usage_of(reading, credential).last) for credential in credentials]
    print_table(("NAME", "EXCHANGE", "ACCOUNT", "MAY", "FROM", "STATE", "STORED", "USED", "DUE"), rows)


def _row(credential: Credential, last_used: int | None) -> tuple[str, ...]:
    environment = "" if credential.environment == "live" else f" {credential.environment}"
    due = _due(credential, last_used)
    marks = [credential.state, "guarded" * credential.is_guarded, "staged" * (credential.staged is not None)]
    return (
        credential.name,
        credential.exchange + environment,
        credential.account or "-",
        " ".join(credential.permissions) or "-",
        " ".join(credential.ips) or "-",
        ", ".join(mark for mark in marks if mark),
        day(credential.created),
        ago(last_used, int(time.time())),
        f"{'~' * due.estimate}{day(due.at)}" if due else "-",
    )


@click.command()
@click.argument("name")
@click.option("--reveal", metavar="FIELD", help="Print this one value, and nothing else.")
@click.option("--force-stdout", is_flag=True, help="With --reveal: even if standard output is no terminal.")
@as_json
@click.pass_obj
def show(settings: Settings, name: str, reveal: str | None, force_stdout: bool) -> None:
    """Show one credential without its values, or one value.

    With --reveal FIELD, that value and one newline are printed, and nothing else.
    """
    if reveal is not None and not force_stdout and not (sys.stdout and sys.stdout.isatty()):
        raise NoTerminal("a value is shown on a terminal only", hint="if you mean it: --force-stdout")
    opened = open_vault(settings)
    credential = opened.get(name)
    if reveal is not None:
        value = _field(credential, reveal)
        usage.note(opened, "reveal", [name])
        hand_out(value)
    elif settings.json:
        emit(facts_of(credential, opened))
    else:
        for key, fact in facts_of(credential, opened).items():
            if fact not in ("", [], {}, None, False):
                say(f"{key.replace('_', ' '):16} {_shown(fact)}")


def _field(credential: Credential, name: str) -> Secret:
    if name not in credential.fields:
        hint = f"it has: {', '.join(credential.fields)}"
        raise InvalidCredential(f"{credential.name} has no field {shortened(name)}", hint=hint)
    return credential.fields[name]


def _shown(fact: Any) -> str:
    if isinstance(fact, dict):
        return ", ".join(f"{key}={part}" for key, part in fact.items())
    if isinstance(fact, list):
        return ", ".join(f"{p['program']} in {p['folder']}" if isinstance(p, dict) else p for p in fact)
    return "yes" if fact is True else str(fact)


@click.command()
@click.argument("name")
@click.argument("field")
@click.pass_obj
def copy(settings: Settings, name: str, field: str) -> None:
    """Copy one value to the clipboard, and take it away again after 30 seconds.

    It is only taken away if it still stands there. Ctrl-C takes it away at once. Managers that keep a
    history of the clipboard may keep it.
    """
    opened = open_vault(settings)
    value = _field(opened.get(name), field)
    try:
        clipboard.put(value)
        usage.note(opened, "copy", [name])
        remark(f"{field} of {name} is in the clipboard for {_CLIPBOARD} seconds; Ctrl-C: take it away now")
        time.sleep(_CLIPBOARD)
    except KeyboardInterrupt:  # at whatever moment
        pass
    cleared = clipboard.clear([value])
    remark("the clipboard was emptied" if cleared else "the clipboard holds something else by now")


# --- edit, disable, enable, remove ----------------------------------------------------------------------


def _changed(
    settings: Settings, did: str, name: str, said: str, state: Callable[[Credential], Credential]
) -> None:
    """Unlock, put one credential into another state, save, and say so."""
    opened = open_vault(settings, writing=True)
    with opened:
        changed = state(opened.get(name))
        opened.replace(changed)
        opened.save()
    usage.note(opened, did, [name])
    emit(facts_of(changed, opened)) if settings.json else say(f"{name}: {said}")


@click.command()
@click.argument("name")
@metadata.options
@as_json
@click.pass_obj
def edit(settings: Settings, /, name: str, **given: Any) -> None:
    """Change all about a credential but its values."""
    if all(value is None or value == () for value in given.values()):
        raise click.UsageError("nothing to change: name at least one option")

    def state(credential: Credential) -> Credential:
        facts = metadata.read(given, profiles.known(credential.exchange))
        return credential.changed(**{**facts, "updated": int(time.time())})

    _changed(settings, "edit", name, "changed", state)


@click.command()
@click.argument("name")
@as_json
@click.pass_obj
def disable(settings: Settings, name: str) -> None:
    """Keep a credential, and never hand it to a program."""

    def state(credential: Credential) -> Credential:
        return credential.changed(state="disabled", updated=int(time.time()))

    _changed(settings, "disable", name, "disabled", state)


@click.command()
@click.argument("name")
@as_json
@click.pass_obj
def enable(settings: Settings, name: str) -> None:
    """Hand a disabled credential to programs again."""

    def state(credential: Credential) -> Credential:
        if credential.state == "pending":
            raise InvalidCredential(f"{name} has no API key yet", hint=f"complete it: vault keygen {name}")
        return credential.changed(state="active", updated=int(time.time()))

    _changed(settings, "enable", name, "active", state)


@click.command()
@click.argument("name")
@click.option("--force", is_flag=True, help="Do not ask, and do not mind that programs use it.")
@as_json
@click.pass_obj
def remove(settings: Settings, name: str, force: bool) -> None:
    """Delete a credential from the vault for good.

    A credential that a program was given in the last 30 days is only removed with --force.
    """
    opened = open_vault(settings, writing=True)
    credential = opened.get(name)
    if not force:
        _check_unused(opened, name)
        if _typed_name(name) != name:
            raise Cancelled("that is not its name; nothing was removed")
    with opened:
        removed = opened.remove(name)
        opened.save()
    usage.note(opened, "remove", [name])
    emit(facts_of(removed, opened)) if settings.json else say(f"{name}: removed")
    page = profiles.known(credential.exchange).manage
    where = f"delete it at the exchange{f', {page}' if page else ''}"
    pending = credential.state == "pending"
    remark(f"{'if its public half was uploaded' if pending else 'the key itself still works'}: {where}")


def _check_unused(opened: Vault, name: str) -> None:
    """Raise StillUsed if a program was given it lately, under this name, by whatever key."""
    if recent := usage.programs(opened, name, since=int(time.time()) - _RECENT):
        raise StillUsed(
            f"{name} was given to a program in the last 30 days: {', '.join(recent)}",
            hint="stop or change it first; or keep the key unused: vault disable; if you mean it: --force",
        )


def _typed_name(name: str) -> str:
    try:
        return ask(f"type the name to remove {name} for good: ")
    except NoTerminal:
        raise NoTerminal("a removal is confirmed on a terminal", hint="in scripts: --force") from None
