"""Join two versions of a vault, or take credentials from a copy or another vault, losing none unnamed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..base.record import Record
from ..base.secret import Secret
from ..core import format, slots, vault
from ..core.vault import Vault
from ..credential.credential import not_found
from ..errors import RestoreRefused, Tampered, VaultChanged, WrongKey, WrongPassword
from ..store import descent, notes
from ..store.file import Store
from .beside import read
from .compare import Difference, altered, difference

VAULT, COPY, NEWER, BOTH = CHOICES = ("vault", "copy", "newer", "both")


class Conflict(Record):
    """A credential that stands in the vault and in the copy, and differs.

    Attributes:
        differs: the attributes that differ, by name; ``fields`` are its values.
        here, there: when it was last changed in the vault, and in the copy; Unix times.
    """

    name: str
    differs: tuple[str, ...]
    here: int
    there: int


class Merged(Record):
    """What a merge did, by the names of credentials.

    Attributes:
        taken: only the copy had these.
        replaced: the copy's took the place of the vault's.
        beside: the copy's were added, under these other names.
        kept: they differ in the copy, and stay as they are in the vault.
        removed: the copy is a later version, and has these no more.
    """

    taken: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    beside: Mapping[str, str] = {}
    kept: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class Merge:
    """A planned merge of the vault at :attr:`path` with the file at :attr:`copy`."""

    def __init__(
        self, path: str, copy: str = "", only: Sequence[str] = (), *, expensive: bool = False
    ) -> None:
        """Read both; write nothing yet.

        Args:
            copy: empty: the version of this vault that this machine keeps.
            only: take these credentials alone. The vault then does not descend from the copy.
            expensive: as for :func:`vault.core.vault.open`.

        Raises StoreError, FormatError if one of them is not a whole vault; RestoreRefused if none is kept.
        """
        self._store, self._only, self._expensive = Store(path), only, expensive
        self._file = format.parse(self._store.read(), expensive=expensive)
        self.path, self.copy = self._store.path, copy or notes.kept(self._file.header.vault_id)
        if not self.copy:
            hint = "name the other version: vault merge FILE"
            raise RestoreRefused("this machine keeps no version of this vault", hint=hint)
        self._other = format.parse(read(self.copy), expensive=expensive)
        self.same = self._other.raw == self._file.raw

    def open(self, secret: Secret) -> tuple[Vault, Vault | None]:
        """Unlock the vault, and the copy; None if that has another password.

        Raises UnlockError, Tampered, Malformed; OlderThanSeen if single credentials are taken into a vault
        that is not the version seen here last.
        """
        if self._only:
            ours = vault.open(self.path, allow_expensive=self._expensive).unlock(secret)
        else:
            ours = Vault(self._store, self._file, slots.unwrap(self._file.header, secret))
        try:  # most often it has the same data key: nothing is derived
            return ours, Vault(self._store, self._other, ours.data_key)
        except Tampered:
            pass
        try:
            return ours, self.open_copy(secret)
        except (WrongPassword, WrongKey):
            return ours, None

    def open_copy(self, secret: Secret) -> Vault:
        """Unlock the copy; raises UnlockError, Tampered, Malformed."""
        return Vault(self._store, self._other, slots.unwrap(self._other.header, secret))

    def join(self, ours: Vault, theirs: Vault) -> Join:
        """Compare the vault with the copy, both unlocked."""
        whole = not self._only and ours.header.vault_id == theirs.header.vault_id
        earlier = whole and descent.names(ours.payload.ancestors, self._other.checksum)
        later = whole and descent.names(theirs.payload.ancestors, self._file.checksum)
        return Join(ours, theirs, self._only, whole=whole, earlier=earlier, later=later)


class Join:
    """The vault and the copy, unlocked.

    Attributes:
        earlier, later: the copy is an earlier version of the vault, or a later one.
        same: the vault has all of the copy, and the copy's saves need not be noted.
        password_of_copy: the merged vault opens with the copy's password, which is the later one.
        difference: in what they differ; of the chosen credentials, if some were chosen.
        conflicts: of these, what somebody has to decide about.
    """

    def __init__(
        self, ours: Vault, theirs: Vault, only: Sequence[str], *, whole: bool, earlier: bool, later: bool
    ) -> None:
        self.ours, self.theirs, self._whole = ours, theirs, whole
        self.earlier, self.later = earlier, later
        found = difference(theirs, ours)
        if only:
            names = [credential.name for credential in theirs.credentials]
            for name in only:
                if name not in names:
                    raise not_found(name, names)
            found = Difference(
                (), *(tuple(n for n in part if n in only) for part in (found.again, found.altered))
            )
        self.difference = found
        self.same = not whole and not found.again and not found.altered
        self.password_of_copy = whole and theirs.header.epoch > ours.header.epoch
        self.conflicts = () if later else tuple(self._conflict(name) for name in found.altered)

    def _conflict(self, name: str) -> Conflict:
        here, there = self.ours.get(name), self.theirs.get(name)
        return Conflict(name, altered(here, there), here.updated, there.updated)

    def apply(self, choices: Mapping[str, str], now: int) -> Merged:
        """Take over the copy's credentials, and save; *choices* has one of ``CHOICES`` for each conflict.

        Raises:
            RestoreRefused: If a conflict has no choice, or its newer side cannot be told.
            VaultChanged: If the vault was saved in the meantime; as for any error, nothing is written.
            OlderThanSeen, StoreError: As :meth:`vault.core.vault.Vault.merge` does.
        """
        sides = {found.name: self._side(found, choices.get(found.name, ""), now) for found in self.conflicts}
        was = self.ours.header
        with self.ours as opened:
            if opened.header != was:
                raise VaultChanged("the vault was changed by another program in the meantime")
            merged = self._taken(sides)
            if self._whole:
                opened.merge(self.theirs)
            else:
                opened.save()
        return merged

    def _side(self, found: Conflict, choice: str, now: int) -> str:
        if choice == NEWER:
            if found.here == found.there or max(found.here, found.there) > now:
                why = (
                    "both were changed at once"
                    if found.here == found.there
                    else "a time lies ahead of the clock"
                )
                raise RestoreRefused(f"{found.name}: the newer one cannot be told: {why}", hint=_HINT)
            return COPY if found.there > found.here else VAULT
        if choice not in (VAULT, COPY, BOTH):
            differs = ", ".join(found.differs)
            raise RestoreRefused(f"{found.name} differs in the two: {differs}", hint=_HINT)
        return choice

    def _taken(self, sides: Mapping[str, str]) -> Merged:
        """Change the vault in memory."""
        found, beside = self.difference, {}
        removed = found.missing if self.later else ()
        replaced = [n for n in found.altered if self.later or sides[n] == COPY]
        for name in removed:
            self.ours.remove(name)
        for name in found.again:
            self.ours.add(self.theirs.get(name))
        for name in replaced:
            self.ours.replace(self.theirs.get(name))
        for name in (name for name, side in sides.items() if side == BOTH):
            beside[name] = self._free(name)
            self.ours.add(self.theirs.get(name).changed(name=beside[name]))
        kept = tuple(name for name, side in sides.items() if side == VAULT)
        return Merged(found.again, tuple(replaced), beside, kept, removed)

    def _free(self, name: str) -> str:
        taken = {credential.name for opened in (self.ours, self.theirs) for credential in opened.credentials}
        number = 2
        while (free := f"{name[:60]}-{number}") in taken:
            number += 1
        return free


_HINT = "decide: --prefer vault, copy, newer, or both; at a terminal each is asked for"
