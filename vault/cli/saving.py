"""Save a change, with the person's help if that fails, and report it."""

from __future__ import annotations

import time

from ..actions.saving import is_retriable
from ..actions.survey import survey
from ..errors import CredentialExists, InvalidCredential, VaultError
from .asking import ask, confirmed
from .opening import open_vault
from .output import emit, remark, say, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..actions.saving import Change, Saved
    from ..core.vault import Vault
    from .options import Settings


def save(settings: Settings, opened: Vault, change: Change, *, insist: bool) -> Saved:
    """Save a change; if that fails, keep what was typed, and offer to try again.

    Args:
        insist: a person typed values, which the exchange will not show again; otherwise raise the error.
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
            remark("what you typed is still here; mend it in another window")
            if not confirmed("try again?"):
                saved = _save_copy(opened, change)
                if saved is None:
                    raise
                return saved
            stale = True


def _renamed(change: Change, error: CredentialExists) -> Change:
    """Ask for another name, and return the change under it; raise *error* if the person gives up."""
    while name := ask("somebody else took that name; another one (Enter: give up): ").strip():
        try:
            return change.renamed(name)
        except InvalidCredential as refused:
            remark(f"{refused}; once more")
    raise error


def _save_copy(opened: Vault, change: Change) -> Saved | None:
    """Save the change in a copy of the vault, where the person says; return None if they give up."""
    while path := ask("save it in a copy of the vault? its path (Enter: give up): ").strip():
        try:
            saved = change.save_copy(opened, path)
        except VaultError as error:
            remark(f"not saved: {error}")
            continue
        remark(f"it is in {path} alone; once the disk works again: vault restore {path}")
        return saved
    return None


def say_saved(settings: Settings, saved: Saved, said: str) -> None:
    """Print the credential as JSON, or *said* for a person; then what is left to do."""
    warn(saved.warnings)
    if settings.json:
        emit(survey(saved.opened, [saved.credential], int(time.time()))[0].plain())
    else:
        say(f"{saved.credential.name}: {said}")
    for step in saved.steps:
        remark(step)
