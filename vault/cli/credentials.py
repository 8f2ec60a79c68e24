"""``add``, ``list``, ``show``, ``edit``, ``disable``, ``enable``, ``remove``: one credential at a time."""

from __future__ import annotations

import sys
import time

import click

from .. import profiles
from ..credential import PERMISSIONS, Credential
from ..errors import (
    Cancelled,
    InvalidCredential,
    LineRefused,
    NotDurable,
    NoTerminal,
    StoreError,
    UnlockError,
)
from ..rules import check_address, check_name, check_value, shortened
from ..secret import Secret
from . import terminal
from .group import as_json
from .times import day, moment, stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..core.vault import Vault
    from .options import Settings

_MAX_INPUT = 4 << 20  # bytes of JSON; 32 fields of 64 KiB fit, whatever their escapes


# --- what add and edit share --------------------------------------------------------------------------


def _metadata(command: Any) -> Any:
    """Options for all that is known about a credential and is not secret."""
    options = (
        click.option("--permission", "permissions", multiple=True, type=click.Choice([*PERMISSIONS, "none"]),
                     help="What it may do (repeatable); none: clear."),
        click.option("--ip", "ips", multiple=True, metavar="ADDR",
                     help="An address or network it is bound to (repeatable); none: clear."),
        click.option("--account", metavar="TEXT", help="Its account or sub-account."),
        click.option("--region", metavar="TEXT", help="The site it works at, as its profile names it."),
        click.option("--demo/--live", default=None, help="The exchange's demo environment, or the real one."),
        click.option("--expires", metavar="DATE", help="The day it ends, as 2027-01-31; or never."),
        click.option("--tag", "tags", multiple=True, metavar="TEXT",
                     help="A word to find it by (repeatable); none: clear."),
        click.option("--note", metavar="TEXT", help="Anything else, on one line."),
        click.option("--preset", metavar="CLIENT", help="The client whose variable names it uses."),
        click.option("--variable", "variables", multiple=True, metavar="FIELD=VAR",
                     help="A variable name of its own (repeatable); none: clear."),
        click.option("--guarded/--unguarded", default=None, help="Handed over only when it is named."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def _read_metadata(given: dict[str, Any], profile: profiles.Profile) -> dict[str, Any]:
    """The fields of a Credential that these options set."""
    facts = {key: value for key, value in given.items() if value is not None and value != ()}
    for key in ("permissions", "ips", "tags", "variables"):
        if facts.get(key) == ("none",):
            facts[key] = ()
    for address in facts.get("ips", ()):
        check_address(address)
    if "permissions" in facts:
        facts["permissions"] = tuple(sorted(set(facts["permissions"])))
        if "none" in facts["permissions"]:
            raise InvalidCredential("--permission none stands alone")
    if "tags" in facts:
        facts["tags"] = tuple(sorted(set(facts["tags"])))
    if "expires" in facts:
        facts["expires"] = moment(facts["expires"])
    if "variables" in facts:
        facts["variables"] = dict(_variable(text) for text in facts["variables"])
    if facts.get("region") and profile.regions and facts["region"] not in profile.regions:
        raise InvalidCredential(
            f"{profile.title} has no region {shortened(facts['region'])}",
            hint=f"there are: {', '.join(profile.regions)}",
        )
    if facts.get("preset") and facts["preset"] not in profile.presets:
        raise InvalidCredential(
            f"no names are known that {shortened(facts['preset'])} reads for {profile.title}",
            hint=f"there are: {', '.join(profile.presets) or 'none'}; or map them: --variable FIELD=VAR",
        )
    return facts


def _variable(text: str) -> tuple[str, str]:
    from ..launch.environment import check_target

    field, equals, variable = text.partition("=")
    if not equals:
        raise InvalidCredential(f"not of the form FIELD=VAR: {shortened(text)}")
    check_target(variable)
    return field, variable


def _change(
    settings: Settings,
    change: Callable[[Vault], Credential],
    ask: Callable[[Vault], None] = lambda opened: None,
) -> Credential:
    """Unlock, make one change to the newest state, and save it.

    Args:
        ask: what a person is asked before; others can save while the answer is awaited.
    """
    opened = terminal.opened(settings, writing=True)
    ask(opened)
    with opened:
        changed = change(opened)
        opened.save()
    return changed


# --- add ----------------------------------------------------------------------------------------------


@click.command()
@click.argument("name")
@click.option("--exchange", default="generic", show_default=True, help="The profile it follows.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read one JSON object of field names and values.")
@click.option(
    "--field", "asked", multiple=True, metavar="FIELD", help="generic: ask for this field (repeatable)."
)
@_metadata
@as_json
@click.pass_obj
def add(
    settings: Settings, /, name: str, exchange: str, from_stdin: bool, asked: tuple[str, ...], **given: Any
) -> None:
    """Store a credential the moment it is shown.

    Each value is asked for without being shown; or a program gives all of them:

    \b
      vault add okx-main --exchange okx --permission trade --ip 203.0.113.7
      … | vault add okx-main --exchange okx --stdin
    """
    check_name(name)
    profile = profiles.load(exchange)
    facts = _read_metadata(given, profile)
    opened = terminal.opened(settings, writing=True)  # before anything is asked: whether it could be saved
    opened.payload.check_free(name)
    fields = _from_stdin(profile) if from_stdin else _from_terminal(profile, asked)
    now = int(time.time())
    credential = Credential(name, exchange, fields, created=now, updated=now, **facts)
    if from_stdin:
        for text in (text for field, value in fields.items() for text in profile.remarks(field, value)):
            terminal.remark(f"warning: {text}; kept as it is")
    _save_new(settings, opened, credential, insist=not from_stdin)
    if settings.json:
        terminal.emit(_facts(credential))
    else:
        terminal.say(f"{name}: saved, read back; safe to close the page")


def _save_new(settings: Settings, opened: Vault, credential: Credential, *, insist: bool) -> None:
    """Save; if that fails and a person typed the values, keep them and offer to try again."""
    stale = False
    while True:
        try:
            if stale:
                opened = terminal.opened(settings)  # the password may be what has changed
            with opened:
                opened.add(credential)
                opened.save()
            return
        except NotDurable:
            raise  # it stands there, and a second save would not make the disk any better
        except (StoreError, UnlockError) as error:
            if not insist:
                raise
            terminal.remark(f"not saved: {error}")
            terminal.remark("what you typed is still here; mend it in another window")
            if not terminal.confirmed("try again?"):
                raise
            stale = True


def _from_terminal(profile: profiles.Profile, asked: tuple[str, ...]) -> dict[str, Secret]:
    labels = {field.name: field.label for field in profile.fields} or {name: name for name in asked}
    if not labels:
        raise InvalidCredential(
            f"which fields does it have? {profile.title} has none of its own",
            hint="name them: --field api_key --field secret; or choose --exchange; or give JSON: --stdin",
        )
    profile.check_fields(asked or labels)
    try:
        return {name: _typed_value(profile, name, label) for name, label in labels.items()}
    except NoTerminal:
        raise NoTerminal("the values need a terminal to be asked at", hint="give JSON: --stdin") from None


def _typed_value(profile: profiles.Profile, name: str, label: str) -> Secret:
    """One value, with what can be seen of it without showing it; asked for anew if it looks wrong."""
    while True:
        try:
            value = Secret(terminal.ask(f"{label} (not shown): ", hidden=True))
            check_value(name, value.reveal())
        except (LineRefused, InvalidCredential) as error:
            terminal.remark(f"{error}; once more")
            if error.hint:
                terminal.remark(f"hint: {error.hint}")
            continue
        remarks = profile.remarks(name, value)
        for text in remarks:
            terminal.remark(f"warning: {text}")
        if not remarks:
            verdict = f", as {profile.title}'s are" if profile.fields else ""
            terminal.remark(f"{label}: {len(value)} characters{verdict}")
            return value
        if terminal.confirmed("keep it as it is?", default=False):
            return value


def _from_stdin(profile: profiles.Profile) -> dict[str, Secret]:
    import json

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise InvalidCredential("standard input names a field twice")
        return fields

    data = b"" if sys.stdin is None else sys.stdin.buffer.read(_MAX_INPUT + 1)
    if len(data) > _MAX_INPUT:
        raise InvalidCredential(f"standard input has more than {_MAX_INPUT >> 20} MiB")
    hint = 'one object: {"api_key": "…", "secret_key": "…", "passphrase": "…"}'
    try:
        fields = json.loads(data, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise InvalidCredential("standard input is not JSON", hint=hint) from None
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        raise InvalidCredential("standard input is not one JSON object of texts", hint=hint)
    profile.check_fields(fields)
    return {name: Secret(value) for name, value in fields.items()}


# --- list, show ---------------------------------------------------------------------------------------


def _facts(credential: Credential) -> dict[str, Any]:
    """All that is known and not secret; keys are documented in docs/cli.md and stable."""
    return {
        "name": credential.name,
        "exchange": credential.exchange,
        "state": credential.state,
        "fields": sorted(credential.fields),
        "account": credential.account,
        "region": credential.region,
        "environment": "demo" if credential.demo else "live",
        "permissions": list(credential.permissions),
        "ips": list(credential.ips),
        "guarded": credential.is_guarded,
        "preset": credential.preset,
        "variables": dict(credential.variables),
        "tags": list(credential.tags),
        "note": credential.note,
        "created": stamp(credential.created),
        "updated": stamp(credential.updated or credential.created),
        "expires": stamp(credential.expires),
        "due": stamp(credential.expires),
        "last_used": None,
    }


@click.command("list")
@as_json
@click.pass_obj
def list_(settings: Settings) -> None:
    """List the credentials, without their values."""
    opened = terminal.opened(settings)
    if settings.json:
        terminal.emit({"credentials": [_facts(credential) for credential in opened.credentials]})
        return
    if not opened.credentials:
        terminal.remark("the vault holds no credentials yet; store one: vault add NAME --exchange okx")
        return
    rows = [
        (
            c.name,
            c.exchange + (" demo" if c.demo else ""),
            c.account or "-",
            " ".join(c.permissions) or "-",
            " ".join(c.ips) or "-",
            f"{c.state}, guarded" if c.is_guarded else c.state,
            day(c.created),
            day(c.expires) or "-",
        )
        for c in opened.credentials
    ]
    terminal.table(("NAME", "EXCHANGE", "ACCOUNT", "MAY", "FROM", "STATE", "STORED", "DUE"), rows)


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
    credential = terminal.opened(settings).get(name)
    if reveal is not None:
        if reveal not in credential.fields:
            raise InvalidCredential(
                f"{name} has no field {shortened(reveal)}", hint=f"it has: {', '.join(credential.fields)}"
            )
        terminal.hand_out(credential.fields[reveal])
    elif settings.json:
        terminal.emit(_facts(credential))
    else:
        for key, value in _facts(credential).items():
            if value not in ("", [], {}, None, False) and key != "due":
                terminal.say(f"{key:12} {_shown(value)}")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={part}" for key, part in value.items())
    return ", ".join(value) if isinstance(value, list) else "yes" if value is True else str(value)


# --- edit, disable, enable, remove ----------------------------------------------------------------------


@click.command()
@click.argument("name")
@_metadata
@as_json
@click.pass_obj
def edit(settings: Settings, /, name: str, **given: Any) -> None:
    """Change all about a credential but its values."""
    if all(value is None or value == () for value in given.values()):
        raise click.UsageError("nothing to change: name at least one option")

    def change(opened: Vault) -> Credential:
        credential = opened.get(name)
        facts = _read_metadata(given, profiles.load(credential.exchange))
        changed = credential.changed(**{**facts, "updated": int(time.time())})
        opened.replace(changed)
        return changed

    changed = _change(settings, change)
    terminal.emit(_facts(changed)) if settings.json else terminal.say(f"{name}: changed")


def _set_state(settings: Settings, name: str, state: str) -> None:
    def change(opened: Vault) -> Credential:
        changed = opened.get(name).changed(state=state, updated=int(time.time()))
        opened.replace(changed)
        return changed

    changed = _change(settings, change)
    terminal.emit(_facts(changed)) if settings.json else terminal.say(f"{name}: {state}")


@click.command()
@click.argument("name")
@as_json
@click.pass_obj
def disable(settings: Settings, name: str) -> None:
    """Keep a credential, and never hand it to a program."""
    _set_state(settings, name, "disabled")


@click.command()
@click.argument("name")
@as_json
@click.pass_obj
def enable(settings: Settings, name: str) -> None:
    """Hand a disabled credential to programs again."""
    _set_state(settings, name, "active")


@click.command()
@click.argument("name")
@click.option("--force", is_flag=True, help="Do not ask.")
@as_json
@click.pass_obj
def remove(settings: Settings, name: str, force: bool) -> None:
    """Delete a credential from the vault for good."""

    def ask(opened: Vault) -> None:
        opened.get(name)
        if not force and _typed_name(name) != name:
            raise Cancelled("that is not its name; nothing was removed")

    removed = _change(settings, lambda opened: opened.remove(name), ask)
    terminal.emit(_facts(removed)) if settings.json else terminal.say(f"{name}: removed")
    page = profiles.load(removed.exchange).manage
    terminal.remark(f"the key itself still works: delete it at the exchange{f', {page}' if page else ''}")


def _typed_name(name: str) -> str:
    try:
        return terminal.ask(f"type the name to remove {name} for good: ")
    except NoTerminal:
        raise NoTerminal("a removal is confirmed on a terminal", hint="in scripts: --force") from None
