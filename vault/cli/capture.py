"""``add``, ``rotate``, ``keygen``: values come in, or are made here."""

from __future__ import annotations

import time

import click

from ..base.rules import check_name
from ..base.times import moment
from ..care import checklist
from ..credential import private_keys
from ..credential.credential import Credential, Values
from ..errors import Cancelled, NoTerminal
from ..exchanges import keypair, profiles
from . import metadata, usage, values
from .group import as_json
from .opening import open_vault
from .output import emit, remark, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..core.vault import Vault
    from ..exchanges.profile import Profile
    from .options import Settings

_paste = click.option("--paste", is_flag=True, help="Read the whole page that shows it, labels and all.")
_stdin = click.option(
    "--stdin", "from_stdin", is_flag=True, help="Read standard input: a JSON object, or what --paste takes."
)
_clear = click.option("--clear-clipboard", is_flag=True, help="Empty the clipboard once it is saved.")


# --- add ----------------------------------------------------------------------------------------------


@click.command()
@click.argument("name")
@click.option("--exchange", default="generic", show_default=True, help="The profile it follows.")
@_paste
@_stdin
@click.option(
    "--field", "asked", multiple=True, metavar="FIELD", help="generic: ask for this field (repeatable)."
)
@_clear
@metadata.options
@as_json
@click.pass_obj
def add(
    settings: Settings, /, name: str, exchange: str, paste: bool, from_stdin: bool, asked: tuple[str, ...],
    clear_clipboard: bool, **given: Any,
) -> None:  # fmt: skip
    """Store a credential the moment it is shown.

    Each value is asked for without being shown; or the whole page is pasted at once; or a program gives
    all of them:

    \b
      vault add okx-main --exchange okx
      vault add okx-main --exchange okx --paste
      … | vault add okx-main --exchange okx --stdin --permission trade --ip 203.0.113.7
    """
    check_name(name)
    profile = profiles.load(exchange)
    facts = metadata.read(given, profile)
    opened = open_vault(settings, writing=True)  # before anything is asked: whether it could be saved
    opened.payload.check_free(name)
    wanted = asked or [field.name for field in profile.fields]
    profile.check_fields(wanted)
    fields = values.collect(profile, wanted, paste=paste, from_stdin=from_stdin)
    now = int(time.time())
    credential = Credential(name, exchange, fields, created=now, updated=now, **facts)
    values.warn_of_client(profile, credential.preset, fields)
    credential = values.save(settings, opened, lambda _: credential, insist=not from_stdin, new=True)
    values.say_saved(settings, opened, credential, "add", "saved, read back; safe to close the page")
    if clear_clipboard:
        values.clear_clipboard(fields.values())
    if not (from_stdin or facts or settings.json) and profile.fields:
        _ask_facts(settings, opened, credential, profile)


def _ask_facts(settings: Settings, opened: Vault, credential: Credential, profile: Profile) -> None:
    """The short form, once the values are safe: whoever leaves it has lost nothing."""
    try:
        facts = metadata.form(profile)
    except (Cancelled, KeyboardInterrupt):
        remark(f"left open; later: vault edit {credential.name}, or vault verify {credential.name} --record")
        return
    if facts:
        values.save(
            settings, opened, lambda opened: opened.get(credential.name).changed(**facts), insist=True
        )
        say(f"{credential.name}: recorded")


# --- rotate -------------------------------------------------------------------------------------------


@click.command()
@click.argument("name")
@click.option("--commit", "step", flag_value="commit", help="The successor takes the place of the values.")
@click.option("--abort", "step", flag_value="abort", help="Drop the successor.")
@click.option("--forget", "step", flag_value="forget", help="Drop the previous values.")
@_paste
@_stdin
@click.option("--expires", metavar="DATE", help="The day the new key ends, as 2027-01-31.")
@click.option("--issued", metavar="DATE", help="The day the exchange made it [default: when it is stored].")
@_clear
@as_json
@click.pass_obj
def rotate(
    settings: Settings, name: str, step: str | None, paste: bool, from_stdin: bool,
    expires: str | None, issued: str | None, clear_clipboard: bool,
) -> None:  # fmt: skip
    """Replace a credential's values without a gap.

    The new key is staged first, and tried; then it takes the old one's place, which is kept as the
    previous one until you say that it is deleted at the exchange:

    \b
      vault rotate okx-main
      vault verify okx-main --next
      vault run --next -c okx-main -- python bot.py
      vault rotate okx-main --commit
      vault rotate okx-main --forget
    """
    if step:
        _advance(settings, name, step)
        return
    opened = open_vault(settings, writing=True)
    credential = opened.get(name)
    _check_unstaged(credential)
    profile = profiles.load(credential.exchange)
    _say(checklist.making(credential, profile))
    wanted = [field.name for field in profile.fields] or list(credential.fields)
    fields = values.collect(profile, wanted, paste=paste, from_stdin=from_stdin)
    dates = {key: moment(text) for key, text in (("expires", expires), ("issued", issued)) if text}
    staged = Values(fields, int(time.time()), **dates)
    changed = values.save(
        settings, opened, lambda opened: opened.get(name).stage(staged), insist=not from_stdin
    )
    values.say_saved(
        settings, opened, changed, "rotate", "successor saved, read back; safe to close the page"
    )
    if clear_clipboard:
        values.clear_clipboard(fields.values())
    _say(checklist.trying(changed, profile))


def _check_unstaged(credential: Credential) -> None:
    credential.stage(Values(credential.fields, credential.created))


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        remark(line)


_STEPS = {
    "commit": "the successor is in its place; the old values are kept as the previous ones",
    "abort": "the successor was dropped; delete it at the exchange, too",
    "forget": "the previous values were dropped",
}


def _advance(settings: Settings, name: str, step: str) -> None:
    """Commit, abort or forget: one change that needs no values."""
    opened = open_vault(settings, writing=True)
    now = int(time.time())
    before = opened.get(name)
    profile = profiles.load(before.exchange)

    def state(opened: Vault) -> Credential:
        credential = opened.get(name)
        if step == "commit":
            if credential.staged:
                profile.check_fields(credential.staged.fields)  # a key pair still without its API key
            return credential.commit(now)
        return credential.abort(now) if step == "abort" else credential.forget(now)

    changed = values.save(settings, opened, state, insist=False)
    values.say_saved(settings, opened, changed, "rotate", _STEPS[step])
    if step == "commit":
        if before.previous:
            remark("warning: the values before those were still kept, and are dropped now")
        _say(checklist.retiring(changed, profile, usage.programs(opened, name)))


# --- keygen -------------------------------------------------------------------------------------------


@click.command()
@click.argument("name")
@click.option("--exchange", metavar="EXCHANGE", help="The profile it follows, for a new credential.")
@click.option(
    "--kind", type=click.Choice(private_keys.KINDS), help="Of private key [default: the exchange's usual]."
)
@click.option("--later", is_flag=True, help="Do not ask yet for what the exchange answers with.")
@_stdin
@metadata.options
@as_json
@click.pass_obj
def keygen(
    settings: Settings, /, name: str, exchange: str | None, kind: str | None, later: bool, from_stdin: bool,
    **given: Any,
) -> None:  # fmt: skip
    """Make a private key inside the vault, and print its public half alone.

    The public half, or a wallet's address, is what you upload. What the exchange answers with completes
    the credential: at once, or when the command is called again. For a credential that is there already,
    the pair is its successor, as with rotate.

    \b
      vault keygen binance-main --exchange binance
    """
    check_name(name)
    opened = open_vault(settings, writing=True)
    known = next((credential for credential in opened.credentials if credential.name == name), None)
    profile = profiles.load(exchange or (known.exchange if known else "generic"))
    pair = known if known and keypair.is_unanswered(known, profile) else None
    if pair is None:
        facts = metadata.read(given, profile)
        pair = _made(settings, opened, known or name, profile, kind or "", facts)
    _show_public(settings, pair, profile)
    if not keypair.lacking(profile, keypair.newest(pair)):
        _say(checklist.trying(pair, profile))
    elif from_stdin or not (later or settings.json):
        _complete(settings, opened, pair, profile, from_stdin=from_stdin)
    else:
        remark(f"once the exchange has answered: vault keygen {name}")


def _made(
    settings: Settings,
    opened: Vault,
    target: Credential | str,
    profile: Profile,
    kind: str,
    facts: dict[str, Any],
) -> Credential:
    """The credential with a new pair: a new one that awaits its answer, or one with a successor that does."""
    before = {} if isinstance(target, str) else target.fields
    made = keypair.make(profile, kind, int(time.time()), before)
    if isinstance(target, str):
        new = Credential(
            target,
            profile.name,
            made.fields,
            created=made.created,
            updated=made.created,
            state="pending",
            **facts,
        )
        changed = values.save(settings, opened, lambda _: new, insist=False, new=True)
    else:
        name = target.name
        changed = values.save(settings, opened, lambda opened: opened.get(name).stage(made), insist=False)
    usage.note(opened, "keygen", [changed.name])
    return changed


def _show_public(settings: Settings, pair: Credential, profile: Profile) -> None:
    fields = keypair.newest(pair)
    public, lacking = keypair.public_half(profile, fields), keypair.lacking(profile, fields)
    if settings.json:
        emit({"name": pair.name, "public": public, "lacking": lacking})
        return
    for line in public.splitlines():
        say(line)
    remark(f"that is the public half: upload it at {profile.page}")


def _complete(
    settings: Settings, opened: Vault, pair: Credential, profile: Profile, *, from_stdin: bool
) -> None:
    """Ask for what the exchange answers with, and put it in."""
    lacking = keypair.lacking(profile, keypair.newest(pair))
    try:
        fields = values.collect(profile, lacking, paste=False, from_stdin=from_stdin)
    except (NoTerminal, Cancelled, KeyboardInterrupt):
        remark(f"the pair is saved; once the exchange has answered: vault keygen {pair.name}")
        return
    now = int(time.time())
    changed = values.save(
        settings,
        opened,
        lambda opened: keypair.answered(opened.get(pair.name), fields, now),
        insist=not from_stdin,
    )
    values.say_saved(
        settings, opened, changed, "keygen", "complete; saved, read back; safe to close the page"
    )
    if changed.staged:
        _say(checklist.trying(changed, profile))
