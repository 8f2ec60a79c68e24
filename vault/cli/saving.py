"""Save a change, with the person's help if that fails, and report it."""

from __future__ import annotations

from ..actions.saving import Change, Saved, is_retriable
from ..actions.survey import survey
from ..base.rules import pasted
from ..errors import CredentialExists, InvalidCredential, VaultError
from .asking import ask, confirmed
from .opening import open_vault
from .options import Settings
from .output import emit, remark, say, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.vault import Vault


def save(settings: Settings, opened: Vault, change: Change, *, insist: bool) -> Saved:
    """Save a change; if that fails, keep what was typed, and offer to try again.

    Args:
        insist: a person typed values that the exchange will not show again; without it, raise the error.
    """
    stale = False
    while True:
        try:
            if stale:
                opened = open_vault(settings)  # the password may be what has changed
            return change.save(opened)
        except CredentialExists as error:
            if not (insist and change.added):
                raise
            remark(f"not saved: {error}")
            change = _renamed(change, error)
        except VaultError as error:
            if not (insist and is_retriable(error)):
                raise
            remark(f"not saved: {error}")
            remark("what you typed is not lost; mend this in another window")
            if not confirmed("try again?"):
                if saved := _save_copy(opened, change):
                    return saved
                raise
            stale = True


def _renamed(change: Change, error: CredentialExists) -> Change:
    while name := ask("that name was taken meanwhile; another name (Enter: give up): ").strip():
        try:
            return change.renamed(name)
        except InvalidCredential as refused:
            remark(f"{refused}; try again")
    raise error


def _save_copy(opened: Vault, change: Change) -> Saved | None:
    """Save the change in a copy of the vault; return None if the person gives up."""
    while path := ask("save it in a copy of the vault: its path (Enter: give up): ").strip():
        try:
            saved = change.save_copy(opened, path)
        except VaultError as error:
            remark(f"not saved: {error}")
            continue
        remark(f"saved in {path} only; once the disk works again: vault restore {pasted(path)}")
        return saved
    return None


def say_saved(settings: Settings, saved: Saved, said: str) -> None:
    """Print the credential as JSON, or *said* for a person; then the next steps."""
    warn(saved.warnings)
    if settings.json:
        emit(survey(saved.opened, [saved.credential], settings.now())[0].plain())
    else:
        say(f"{saved.credential.name}: {said}")
    for step in saved.steps:
        remark(step)
