"""The records of a journal: what one says, and its bytes, sealed and chained (docs/format.md, "The journal").

Sizes are bytes; records are numbered from 1.
"""

from __future__ import annotations

from ..base import canonical
from ..base.digest import hmac_sha256, sha256
from ..base.record import Record
from ..base.rules import check_name, check_text, is_word, shortened
from ..core import crypto
from ..credential.credential import MAX_TIME
from ..errors import JournalError, VaultError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Self

DID = (
    "run", "verify", "copy", "reveal", "rotate", "add", "keygen", "edit", "disable", "enable", "remove",
    "export", "import", "passwd", "gap", "summary",
)  # fmt: skip
MAX_NAMES = 1000  # of one entry
MAX_PATH = 4096  # characters; PATH_MAX of Linux
MAX_TEXT = 256 << 10  # of one record; an entry has 100 KiB at most
MAX_SEQ = 1 << 62
MAX_FILE = 8 << 20  # of a journal; never is more read
MAGIC = bytes.fromhex("8943564a0d0a1a0a")
VERSION = (1).to_bytes(2, "big")
HEADER, HEAD, BORDER, PAD = 32, 32, 36, 64
AROUND = HEAD + 16 + BORDER  # of a record, besides its padded text

UNREADABLE = (VaultError, ValueError, TypeError, KeyError, AttributeError)  # what a plain form may lead to

_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
_CODE = _LOWER | frozenset("0123456789-")


class Entry(Record):
    """One thing that was done.

    Attributes:
        at: when.
        did: one of ``DID``. A ``gap`` says that records were lost, a ``summary`` stands for older ones.
        names: the credentials that it was done with.
        program: path of the program that was started; never an argument.
        folder: the working folder it was started in.
        outcome: ``ok`` or the code of an error; of a gap, what was found.
        expected: of a gap, the number of the last record that should have been there.
        found: of a gap, the number of the last one that was.

    In the journal, characters of a path that have no UTF-8, end the line or turn its direction are
    escaped as in Python, and a path ends after ``MAX_PATH`` characters.
    """

    at: int
    did: str
    names: tuple[str, ...] = ()
    program: str = ""
    folder: str = ""
    outcome: str = ""
    expected: int = 0
    found: int = 0

    def check(self) -> None:
        check_time(self.at)
        if self.did not in DID:
            raise JournalError(f"a journal has no entry of the kind {shortened(self.did)}")
        if len(self.names) > MAX_NAMES:
            raise JournalError(f"an entry of a journal names {MAX_NAMES:,} credentials at most")
        for name in self.names:
            check_name(name)
        if self.outcome and not is_word(self.outcome, _LOWER, _CODE):
            raise JournalError(f"not an outcome: {shortened(self.outcome)}")
        for seq in (self.expected, self.found):
            if type(seq) is not int or not 0 <= seq < MAX_SEQ:
                raise JournalError("not the number of a record")

    def to_plain(self) -> dict[str, Any]:
        """Its plain form; what has its default is absent."""
        plain = {
            key: value
            for key in type(self).__annotations__
            if (value := getattr(self, key)) != getattr(type(self), key, None)
        }
        for key in ("program", "folder"):
            if key in plain:
                plain[key] = escaped(plain[key])
        return {**plain, "names": list(self.names)} if self.names else plain

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """The entry of a plain form; errors of any kind mean that no writer of this version makes it."""
        entry = cls(**{**plain, "names": tuple(plain.get("names", ()))})
        if entry.to_plain() != plain:
            raise ValueError(plain)
        return entry


def check_time(at: int) -> None:
    """Raise JournalError unless *at* can be a time."""
    if type(at) is not int or not 0 <= at <= MAX_TIME:  # True is an int too
        raise JournalError(f"not a time: {at!r}")


def _is_plain(text: str) -> bool:
    if text.isascii() and text.isprintable():
        return True
    try:
        for at in range(0, len(text), 1024):
            check_text(text[at : at + 1024])
    except VaultError:
        return False
    return True


def escaped(path: str) -> str:
    """*path* as it can stand in the journal: one line of UTF-8 without controls."""
    if not _is_plain(path):
        path = "".join(c if _is_plain(c) else c.encode("unicode_escape").decode() for c in path[:MAX_PATH])
    return path[:MAX_PATH]


# --- its bytes --------------------------------------------------------------------------------------


def integer(data: bytes, at: int, size: int = 4) -> int:
    """The number in *size* bytes from byte *at*."""
    return int.from_bytes(data[at : at + size], "big")


def fits(size: int) -> bool:
    """Whether a record can have that length."""
    return 0 < size - AROUND <= MAX_TEXT and (size - AROUND) % PAD == 0


def frame(data: bytes, at: int) -> int:
    """Where the record at byte *at* ends by both of its lengths, or 0."""
    size = integer(data, at)
    end = at + size
    return end if fits(size) and end <= len(data) and integer(data, end - 4) == size else 0


def stored_link(data: bytes, end: int) -> bytes:
    """The link that stands before byte *end*, the end of a record."""
    return data[end - BORDER : end - 4]


class Whole(Record):
    """A record that opened, or that fits where it stands and whose key is not there: no text then.

    Attributes:
        end: where it ends, in the bytes that it was read from.
        entry: what it says; None if a newer version wrote it.
        summary: the plain form of a summary.
    """

    seq: int
    epoch: int
    link: bytes
    end: int
    text: bytes | None = None
    entry: Entry | None = None
    summary: Mapping[str, Any] | None = None

    @property
    def reach(self) -> int:
        """The number up to which nothing is missing before it: a gap's own jumps over what it tells of."""
        return self.entry.found + 1 if self.entry is not None and self.entry.did == "gap" else self.seq


class Keys:
    """Seals and opens the records of one vault."""

    def __init__(self, vault_id: bytes, keys: Mapping[int, bytes]) -> None:
        self.by_epoch = dict(keys)
        self.newest = max(keys, default=0)
        self.header = MAGIC + VERSION + bytes(6) + vault_id
        self.start = sha256(self.header)  # the first record's previous link
        self._vault_id, self._info = vault_id, b"coldvault/1/journal\0" + vault_id

    def seal(self, seq: int, text: bytes, previous: bytes) -> tuple[bytes, bytes]:
        """A record and its link."""
        key = self.by_epoch[self.newest]
        text += bytes(-len(text) % PAD)
        # Hedged, as the vault's payload is: a machine whose random source repeats itself, as a restored
        # snapshot may, still seals another text under another key.
        salting = crypto.hkdf(key, salt=self._vault_id, info=b"coldvault/1/journal-salt")
        size = (len(text) + AROUND).to_bytes(4, "big")
        head = size + self.newest.to_bytes(4, "big") + seq.to_bytes(8, "big")
        head += (salt := hmac_sha256(salting, crypto.random(32) + previous + head + text)[:16])
        record = head + crypto.seal(crypto.hkdf(key, salt=salt, info=self._info), text, previous + head)
        link = sha256(previous + record)
        return record + link + size, link

    def open(self, data: bytes, at: int, previous: bytes) -> Whole | None:
        """The record at byte *at*, if it is the one that was written after the link *previous*."""
        size, epoch, seq = integer(data, at), integer(data, at + 4), integer(data, at + 8, 8)
        key, end = self.by_epoch.get(epoch), at + size
        if key is None or not fits(size) or end > len(data) or not 0 < seq < MAX_SEQ:
            return None
        head, sealed = data[at : at + HEAD], data[at + HEAD : end - BORDER]
        try:
            key = crypto.hkdf(key, salt=head[16:], info=self._info)
            padded = crypto.unseal(key, sealed, previous + head)
        except crypto.OpenError:
            return None
        link = sha256(previous + data[at : end - BORDER])
        return Whole(seq, epoch, link, end, **_understood(padded))


def _understood(padded: bytes) -> dict[str, Any]:
    """The text of a record, and what it says if it is of this version."""
    text = padded.rstrip(b"\0")
    said: dict[str, Any] = {"text": text}
    try:
        plain = canonical.loads(text)
        if canonical.dumps(plain) != text or len(padded) - len(text) >= PAD:
            return said
        if plain["did"] == "summary":
            said["entry"], said["summary"] = Entry(plain["at"], "summary"), plain
        else:
            said["entry"] = Entry.from_plain(plain)
    except UNREADABLE:
        pass
    return said
