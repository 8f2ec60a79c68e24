"""Apply a change of one credential to the newest vault, save it, and note it in the journal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Self

from ..base.record import Record
from ..core.vault import Vault
from ..credential.credential import Credential
from ..errors import FormatError, NotDurable, StoreError, UnlockError, VaultError
from ..store.file import Store
from . import journal


class Done(Record):
    """The result of an action on a whole vault."""

    facts: dict[str, Any]  # its JSON form; the keys are documented in docs/cli.md and stable
    said: str
    remarks: tuple[str, ...]
    warnings: tuple[str, ...] = ()


class Saved(Record):
    """A change that is on the disk."""

    credential: Credential  # its new state, or its last one if it was removed
    opened: Vault
    warnings: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()  # for the person to do, in order


class Change(Record):
    """A change that is not saved yet; it keeps the typed values until then.

    Attributes:
        did: the journal's word for the change; empty: do not note it.
        state: maps the credential in the newest vault to its new state.
        added: a new credential. Without it and *state*, the credential is removed.
        warnings: to be shown after the save.
        steps: returns the steps left to the person, given the vault and the saved credential.
    """

    name: str
    did: str
    state: Callable[[Credential], Credential] | None = None
    added: Credential | None = None
    warnings: tuple[str, ...] = ()
    steps: Callable[[Vault, Credential], Iterable[str]] | None = None

    def renamed(self, name: str) -> Self:
        """Return the same addition under another name; raises InvalidCredential."""
        return self.changed(name=name, added=self.added and self.added.changed(name=name))

    def save(self, opened: Vault) -> Saved:
        """Apply the change to the newest vault, and save it.

        After any error but NotDurable, file and *opened* are as before, and this may be called again; if
        the password was changed meanwhile, with the vault opened anew.

        Raises:
            CredentialExists: If a new credential's name is taken by now; see :meth:`renamed`.
            StoreError, FormatError: If it cannot be saved; see :func:`is_retriable`, :meth:`save_copy`.
            NotDurable: If it is saved, and the disk did not confirm it.
            CredentialError: If the credential's state does not allow it.
        """
        with opened, self._applied(opened, NotDurable) as credential:
            opened.save()
        return self._saved(opened, credential)

    def save_copy(self, opened: Vault, path: str) -> Saved:
        """Save *opened* with the change as a new file, for when its own disk refuses.

        Raises VaultExists; StoreError if that disk refused, or did not confirm it.
        """
        with self._applied(opened) as credential:
            Store(os.path.expanduser(path)).create(opened.sealed())
        return self._saved(opened, credential)

    @contextmanager
    def _applied(self, opened: Vault, *kept_after: type[VaultError]) -> Iterator[Credential]:
        """Apply the change in memory, and undo it after any error in the block but *kept_after*."""
        undo: Callable[[], object]
        if self.added is not None:
            opened.add(after := self.added)
            undo = partial(opened.remove, self.name)
        elif self.state is not None:
            before = opened.get(self.name)
            opened.replace(after := self.state(before))
            undo = partial(opened.replace, before)
        else:
            after = opened.remove(self.name)
            undo = partial(opened.add, after)
        try:
            yield after
        except kept_after:
            raise
        except BaseException:
            undo()
            raise

    def _saved(self, opened: Vault, credential: Credential) -> Saved:
        warnings = journal.note(opened, self.did, self.name) if self.did else ()
        steps: tuple[str, ...] = ()
        try:
            steps = tuple(self.steps(opened, credential)) if self.steps else ()
        except VaultError as error:  # the journal cannot be read; the change is saved all the same
            warnings = (*warnings, str(error))
        return Saved(credential, opened, (*warnings, *self.warnings), steps)


def is_retriable(error: VaultError) -> bool:
    """Return whether a change that failed with *error* may be saved once the cause is mended."""
    # NotDurable: the change is in the file, and a second save would not make the disk any better.
    return isinstance(error, StoreError | FormatError | UnlockError) and not isinstance(error, NotDurable)
