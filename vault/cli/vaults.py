"""``vault init``, ``passwd`` and ``status``, and what they ask for a new master password."""

from __future__ import annotations

import time
from typing import Any

import click

from ..actions import vaults
from ..base.secret import Secret
from ..errors import NoPassword, NotDurable, NoTerminal, PasswordRefused
from ..unlock.cost import DEFAULT_KDF, Kdf
from ..unlock.passwords import generate
from ..unlock.recovery import RecoveryKey
from .asking import ask, ask_again, confirmed, display
from .group import command
from .opening import given_password, locked, open_vault, password_from_descriptor, password_from_file
from .options import Settings, default_path
from .output import emit, remark, report, say, warn, working


def _cost_options(command: Any) -> Any:
    for name, metavar, text in (
        ("lanes", "N", "How many run side by side."),
        ("passes", "N", "Passes over that memory."),
        ("memory", "MIB", "Memory of the key derivation [default: measured, from 256 MiB up]."),
    ):
        command = click.option(f"--{name}", type=int, metavar=metavar, help=text)(command)
    return command


def _chosen_cost(options: dict[str, int | None]) -> Kdf:
    return working("measuring this machine", lambda: vaults.cost(time.perf_counter, **options))


def _new_password(given: Secret | None) -> Secret:
    """Return *given*, else a new master password that is typed twice or generated."""
    if given is None:
        return ask_again(_typed)
    warn(vaults.judge(given)[1])
    return given


def _typed() -> Secret:
    try:
        typed = Secret(ask("new master password (Enter alone: have six words made): ", hidden=True))
    except NoTerminal:
        raise NoPassword("a new master password is needed, and there is no terminal to ask at") from None
    if len(typed):
        strength, warnings = vaults.judge(typed)
        warn(warnings)
        remark(strength)
    else:
        typed = generate()
        display(f"\n    {typed.reveal()}\n\nwrite it down now; it is not shown again")
    if Secret(ask("once more: ", hidden=True)) != typed:
        raise PasswordRefused("the two passwords differ")
    return typed


@command
@_cost_options
@click.option("--recovery", is_flag=True, help="Make a recovery key, and print it once.")
def init(settings: Settings, /, recovery: bool, **cost: Any) -> None:
    """Create a vault.

    On a terminal, everything is asked. With --password-file or --password-fd nothing is, and a recovery
    key is made only with --recovery.
    """
    make = settings.path == default_path()
    vaults.probe_new(settings.path, make_folder=make)  # before anything is asked
    given = given_password(settings)
    password = _new_password(given)
    key = _recovery_key(recovery, typed=given is None)
    kdf = _chosen_cost(cost)
    shown = key.text().reveal() if key is not None and given is not None else None
    now = settings.now()
    try:
        opened = working(
            "deriving the key",
            lambda: vaults.create(settings.path, password, now=now, kdf=kdf, recovery=key, make_folder=make),
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
    """Return a new recovery key, or None; ask a person who types, and show it."""
    question = "make a recovery key, for the day the password is forgotten?"
    if not wanted and not (typed and confirmed(question)):
        return None
    key = vaults.new_recovery_key()
    if typed:
        display(
            f"\n    {key.text().reveal()}\n\n"
            "it opens the vault without the password: keep it on paper, elsewhere; it is not shown again"
        )
        ask("Enter when it is written down: ")
    return key


@command
@click.option("--new-password-file", "file", metavar="PATH", help="Read the new password from this file.")
@click.option("--new-password-fd", "descriptor", metavar="N", help="Read it from this descriptor.")
@_cost_options
def passwd(settings: Settings, /, file: str | None, descriptor: str | None, **cost: Any) -> None:
    """Change the master password.

    Everything is sealed anew under another key, and the saved file is opened again before success is
    reported. The old password opens nothing that is written from then on.
    """
    opened = open_vault(settings, writing=True)
    password = _next_password(file, descriptor)
    kdf, now = _chosen_cost(cost), settings.now()
    done = working(
        "deriving the key, saving, opening again", lambda: vaults.change_password(opened, password, kdf, now)
    )
    warn(done.warnings)
    report(settings.json, done.facts, done.said, done.remarks)


def _next_password(file: str | None, descriptor: str | None) -> Secret:
    given = None
    if descriptor:
        given = password_from_descriptor(descriptor)
    elif file:
        given = password_from_file(file)
    try:
        return _new_password(given)
    except NoPassword as error:
        hint = "give one of: --new-password-file FILE, --new-password-fd N"
        raise NoPassword(str(error), hint=hint) from None


@command
def status(settings: Settings) -> None:
    """Show what can be known about the vault without its password."""
    facts = vaults.status(locked(settings))
    if settings.json:
        emit(facts)
        return
    for key, fact in facts.items():
        if key not in ("kdf", "copies", "below_default"):
            say(f"{key.replace('_', ' '):16} {fact}")
    if facts["kdf"]:
        say(f"{'cost of a guess':16} {Kdf(*facts['kdf'].values())}")
    for path in facts["copies"]:
        say(f"{'beside it':16} {path}")
    if facts["below_default"]:
        remark(f"a guess costs less than the default, {DEFAULT_KDF}; vault passwd lifts it")
