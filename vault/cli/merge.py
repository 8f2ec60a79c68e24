"""``vault merge``, and the part of ``vault restore`` that takes single credentials."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ..actions import merge as action
from ..base.secret import Secret
from ..errors import NoPassword, NoTerminal
from .asking import ask, ask_again
from .group import command
from .opening import password_from_file, with_password
from .options import Settings
from .output import remark, report, warn, working

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.vault import Vault

copy_password_option = click.option(
    "--copy-password-file",
    "copy_password",
    metavar="PATH",
    help="Read the copy's own password from this file.",
)


@command
@click.argument("copy", metavar="[FILE]", default="")
@click.option("--only", multiple=True, metavar="NAME", help="Take this credential alone (repeatable).")
@click.option(
    "--prefer",
    type=click.Choice(action.CHOICES),
    help="Where a credential differs: the vault's, the copy's, the one changed last, or both.",
)
@click.option("--dry-run", is_flag=True, help="Only report what would change.")
@copy_password_option
def merge(
    settings: Settings, copy: str, only: tuple[str, ...], prefer: str | None, dry_run: bool,
    copy_password: str | None,
) -> None:  # fmt: skip
    """Join two versions of the vault, or take over another vault's credentials.

    Two versions arise where two machines save copies of one vault, and a sync tool lets one of them win.
    Without FILE, the other version is the one that this machine saw last, and keeps. What only one of
    them has stays; where a credential differs, you are asked, or --prefer says which one stays. Password
    and recovery keys are those of the later change of password.
    """
    take(settings, copy, only, prefer, dry_run=dry_run, copy_password=copy_password)


def take(
    settings: Settings,
    copy: str,
    only: Sequence[str],
    prefer: str | None,
    *,
    dry_run: bool,
    copy_password: str | None,
) -> None:
    """Plan a merge, unlock both sides, have each difference decided, and save."""
    planned = action.Merge(settings.path, copy, only, expensive=settings.allow_expensive_kdf)
    if (done := action.nothing(planned)) is None:
        ours, theirs = with_password(settings, "opening both", planned.open)
        joined = planned.join(ours, theirs or _other(planned, copy_password))
        done = action.nothing(planned, joined)
        if done is None and dry_run:
            done = action.compare(planned, joined)
        elif done is None:
            choices = {found.name: prefer or _decided(found) for found in joined.conflicts}
            done = working("saving", lambda: action.merge(planned, joined, choices, settings.now()))
    warn(done.warnings)
    report(settings.json, done.facts, done.said, done.remarks)


def _other(planned: action.Merge, password_file: str | None) -> Vault:
    """Unlock the copy with a password of its own."""

    def opening(secret: Secret) -> Vault:
        return working("opening the copy", lambda: planned.open_copy(secret))

    if password_file:
        return opening(password_from_file(password_file))
    try:
        return ask_again(lambda: opening(Secret(ask("password of the copy: ", hidden=True))))
    except NoTerminal:
        hint = "give it: --copy-password-file PATH"
        raise NoPassword(f"{planned.copy} has another password", hint=hint) from None


def _decided(found: action.Conflict) -> str:
    """Ask which side of a difference stays; without a terminal, return an empty choice."""
    remark(action.differing(found))
    sides = {side[0]: side for side in (action.VAULT, action.COPY, action.BOTH)}
    try:
        while (
            answer := ask("which one stays: the (v)ault's, the (c)opy's, or (b)oth? ").strip()[:1]
        ) not in sides:
            remark("answer v, c or b; Ctrl-C leaves everything as it is")
        return sides[answer]
    except NoTerminal:
        return ""
