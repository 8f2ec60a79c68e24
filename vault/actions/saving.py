"""Save a change of one credential: made in the newest vault, read back, and noted in the journal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Self

from ..base.record import Record
from ..copies import backup
from ..core.vault import Vault
from ..credential.credential import Credential
from ..errors import FormatError, NotDurable, StoreError, UnlockError, VaultError
from . import journal


class Saved(Record):
    """A change that is on the disk.

    Attributes:
        credential: its new state; its last one, if it was removed.
        opened: the vault that holds it.
        warnings: what the person should know.
        steps: what is left to the person, in order.
    """

    credential: Credential
    opened: Vault
    warnings: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


class Change(Record):
    """A change that is not saved yet; it keeps what was typed until it is.

    Attributes:
        name: of the credential.
        did: the journal's word for the change; empty: it is not noted.
        state: given the credential in the newest vault, returns its new state.
        added: a new credential. Without it and without *state*, the credential is removed.
        warnings: to be shown once it is saved.
        steps: given the vault and the saved credential, returns what is left to the person.
    """

    name: str
    did: str
    state: Callable[[Credential], Credential] | None = None
    added: Credential | None = None
    warnings: tuple[str, ...] = ()
    steps: Callable[[Vault, Credential], Iterable[str]] | None = None

    def renamed(self, name: str) -> Self:
        """Return the addition of the same values under another name; raises InvalidCredential."""
        return self.changed(name=name, added=self.added and self.added.changed(name=name))

    def save(self, opened: Vault) -> Saved:
        """Make the change in the newest vault, and save it.

        After any error but NotDurable, file and *opened* are as before, and this may be called again; if
        the password was changed meanwhile, with the vault opened anew.

        Raises:
            CredentialExists: If a new credential's name is taken by now; see :meth:`renamed`.
            StoreError, FormatError: If it cannot be saved; see :func:`is_retriable`, :meth:`save_copy`.
            NotDurable: If it is saved, and the disk did not confirm it.
            CredentialError: If the credential's state does not allow it.
        """
        with opened:
            credential, undo = self._apply(opened)
            try:
                opened.save()
            except NotDurable:
                raise
            except BaseException:
                undo()
                raise
        return self._saved(opened, credential)

    def save_copy(self, opened: Vault, path: str) -> Saved:
        """Save a copy of *opened* with the change as a new file, where its own disk refuses.

        Raises:
            VaultExists: If anything stands there.
            StoreError: If that disk refused, or did not confirm it.
        """
        credential, undo = self._apply(opened)
        try:
            backup.save_copy(opened, os.path.expanduser(path))
        except BaseException:
            undo()
            raise
        return self._saved(opened, credential)

    def _apply(self, opened: Vault) -> tuple[Credential, Callable[[], object]]:
        """Make the change in memory; return the credential, and what undoes the change."""
        if self.added is not None:
            opened.add(self.added)
            return self.added, lambda: opened.remove(self.name)
        before = opened.get(self.name)
        if self.state is None:
            return opened.remove(self.name), lambda: opened.add(before)
        opened.replace(after := self.state(before))
        return after, lambda: opened.replace(before)

    def _saved(self, opened: Vault, credential: Credential) -> Saved:
        warnings = journal.note(opened, self.did, self.name) if self.did else ()
        steps: tuple[str, ...] = ()
        try:
            steps = tuple(self.steps(opened, credential)) if self.steps else ()
        except VaultError as error:  # the journal cannot be read; the change is saved all the same
            warnings = (*warnings, str(error))
        return Saved(credential, opened, (*warnings, *self.warnings), steps)


def is_retriable(error: VaultError) -> bool:
    """Return whether a change that ended with *error* may be saved yet, once its cause is mended."""
    # NotDurable: it stands in the file, and a second save would not make the disk any better.
    return isinstance(error, StoreError | FormatError | UnlockError) and not isinstance(error, NotDurable)
