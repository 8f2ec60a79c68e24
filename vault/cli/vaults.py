"""``init``, ``passwd``, ``status``: the vault as a whole."""

from __future__ import annotations

import time

import click

from ..base.secret import Secret
from ..core import slots, vault
from ..errors import NoPassword, NotDurable, NoTerminal, PasswordRefused
from ..exchanges import profiles
from ..system import available_memory
from ..unlock import passwords
from ..unlock.cost import DEFAULT_KDF, Kdf, calibrated
from . import usage
from .asking import ask, ask_again, confirmed, display
from .group import as_json
from .opening import given_password, locked, open_vault, password_from_descriptor, password_from_file
from .options import default_path
from .output import emit, remark, say, working

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..core.vault import LockedVault
    from ..unlock.recovery import RecoveryKey
    from .options import Settings


def _cost(command: Any) -> Any:
    """Options for the cost of the key derivation, by hand."""
    for name, metavar, text in (
        ("lanes", "N", "How many run side by side."),
        ("passes", "N", "Passes over that memory."),
        ("memory", "MIB", "Memory of the key derivation [default: measured, from 256 MiB up]."),
    ):
        command = click.option(f"--{name}", type=int, metavar=metavar, help=text)(command)
    return command


def _kdf(memory: int | None, passes: int | None, lanes: int | None) -> Kdf:
    """The cost by hand where it is given, else what this machine can do."""
    if memory is None and passes is None and lanes is None:
        seconds = working("measuring this machine", lambda: slots.measure(time.perf_counter))
        return calibrated(seconds, available_memory())
    given = {"memory": memory and memory * 1024, "passes": passes, "lanes": lanes}
    return DEFAULT_KDF.changed(**{name: number for name, number in given.items() if number is not None})


def _new_password(given: Secret | None) -> Secret:
    """A new master password: the one that was given, else typed twice or made."""
    if given is None:
        return ask_again(_typed_password)
    _judge(given)
    return given


def _typed_password() -> Secret:
    try:
        prompt = "new master password (Enter alone: have six words made): "
        typed = Secret(ask(prompt, hidden=True))
    except NoTerminal:
        raise NoPassword("a new master password is needed, and there is no terminal to ask at") from None
    if len(typed):
        strength = _judge(typed)
        remark(f"guessing it takes {strength}{f'; {strength.remark}' if strength.remark else ''}")
    else:
        typed = passwords.generate()
        display(f"\n    {typed.reveal()}\n\nwrite it down now; it is not shown again")
    if Secret(ask("once more: ", hidden=True)) != typed:
        raise PasswordRefused("the two are not the same")
    return typed


def _judge(password: Secret) -> passwords.Strength:
    """Its strength, and a warning of what may be regretted; raises PasswordRefused as estimate does."""
    strength = passwords.estimate(password)
    if strength.weak:
        remark(f"warning: guessing this password takes {strength}; a few unrelated words take far more")
    if not password.reveal().isascii():
        remark("warning: it has characters beyond ASCII, which another keyboard may not have")
    return strength


# --- init ---------------------------------------------------------------------------------------------


@click.command()
@_cost
@click.option("--recovery", is_flag=True, help="Make a recovery key, and print it once.")
@as_json
@click.pass_obj
def init(settings: Settings, /, recovery: bool, **cost: Any) -> None:
    """Create a vault.

    On a terminal, everything is asked. With --password-file or --password-fd nothing is, and a recovery
    key is made only with --recovery.
    """
    make = settings.path == default_path()
    vault.probe_new(settings.path, make_folder=make)  # before anything is asked
    given = given_password(settings)
    password = _new_password(given)
    key = _recovery_key(recovery, typed=given is None)
    kdf = _kdf(**cost)
    now = int(time.time())
    shown = key.text().reveal() if key is not None and given is not None else None
    try:
        opened = working(
            "deriving the key",
            lambda: vault.create(settings.path, password, now=now, kdf=kdf, recovery=key, make_folder=make),
        )
    except NotDurable:  # the vault stands, and nobody has seen its recovery key
        if shown is not None:
            facts = {"path": settings.path, "vault_id": None, "recovery_key": shown}
            emit(facts) if settings.json else say(shown)
        raise
    if settings.json:
        emit({"path": opened.path, "vault_id": opened.header.vault_id.hex(), "recovery_key": shown})
        return
    say(f"created {opened.path}")
    remark(f"each guess at the password costs {kdf}")
    if shown is not None:
        say(shown)


def _recovery_key(wanted: bool, *, typed: bool) -> RecoveryKey | None:
    """A recovery key, if one is wanted; a person who types is asked, and shown it."""
    question = "make a recovery key, for the day the password is forgotten?"
    if not wanted and not (typed and confirmed(question)):
        return None
    key = vault.new_recovery_key()
    if typed:
        _show_key(key)
    return key


def _show_key(key: RecoveryKey) -> None:
    display(
        f"\n    {key.text().reveal()}\n\n"
        "whoever has it and the file opens the vault: keep it on paper, elsewhere; it is not shown again"
    )
    ask("Enter when it is written down: ")


# --- passwd -------------------------------------------------------------------------------------------


@click.command()
@click.option("--new-password-file", metavar="PATH", help="Read the new password from this file.")
@click.option("--new-password-fd", metavar="N", help="Read it from this descriptor.")
@_cost
@as_json
@click.pass_obj
def passwd(
    settings: Settings, /, new_password_file: str | None, new_password_fd: str | None, **cost: Any
) -> None:
    """Change the master password.

    Everything is sealed anew under another key, and the saved file is opened again before it is said. The
    old password opens nothing that is written from then on.
    """
    opened = open_vault(settings, writing=True)
    password = _next_password(new_password_file, new_password_fd)
    kdf, now = _kdf(**cost), int(time.time())
    with opened:
        fresh = working(
            "deriving the key, saving, opening again",
            lambda: opened.change_password(password, now=now, kdf=kdf),
        )
    usage.note(fresh, "passwd", [])
    if settings.json:
        emit({"path": fresh.path, "generation": fresh.header.generation, "epoch": fresh.header.epoch})
    else:
        say("the master password was changed; the file was opened again with the new one")
    _after_passwd(fresh)


def _next_password(file: str | None, descriptor: str | None) -> Secret:
    given = None
    if descriptor:
        given = password_from_descriptor(descriptor)
    elif file:
        given = password_from_file(file)
    try:
        return _new_password(given)
    except NoPassword as error:
        raise NoPassword(
            str(error), hint="give one of: --new-password-file FILE, --new-password-fd N"
        ) from None


def _after_passwd(fresh: vault.Vault) -> None:
    remark("copies of the file made before still open with the old password, wherever they are")
    if fresh.credentials:
        remark("if the old password may be known to somebody, replace these at the exchange:")
    for credential in fresh.credentials:
        page = profiles.load(credential.exchange).manage
        remark(f"  {credential.name}{f': {page}' if page else ''}")


# --- status -------------------------------------------------------------------------------------------


def _status(closed: LockedVault) -> dict[str, Any]:
    header = closed.header
    slot = header.password_slot
    return {
        "path": closed.path,
        "format": 1,
        "vault_id": header.vault_id.hex(),
        "generation": header.generation,
        "epoch": header.epoch,
        "password_slots": int(slot is not None),
        "recipient_slots": len(header.recipients),
        "kdf": None
        if slot is None
        else {"memory_kib": slot.kdf.memory, "passes": slot.kdf.passes, "lanes": slot.kdf.lanes},
        "below_default": slot is not None and slot.kdf.work < DEFAULT_KDF.work,
        "copies": closed.copies(),
    }


@click.command()
@as_json
@click.pass_obj
def status(settings: Settings) -> None:
    """Say what can be known about the vault without its password."""
    facts = _status(locked(settings))
    if settings.json:
        emit(facts)
        return
    for key, value in facts.items():
        if key not in ("kdf", "copies", "below_default"):
            say(f"{key.replace('_', ' '):16} {value}")
    if facts["kdf"]:
        say(f"{'cost of a guess':16} {Kdf(*facts['kdf'].values())}")
    for path in facts["copies"]:
        say(f"{'beside it':16} {path}")
    if facts["below_default"]:
        remark(f"a guess costs less than the default, {DEFAULT_KDF}; vault passwd lifts it")
