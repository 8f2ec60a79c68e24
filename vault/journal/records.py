"""The records of a journal: entries, and their bytes, sealed and chained (docs/format.md, "The journal").

Sizes are bytes; records are numbered from 1.
"""

from __future__ import annotations

from ..base import canonical
from ..base.digest import hmac_sha256, sha256
from ..base.record import Record
from ..base.rules import check_name, check_text, is_word, shortened
from ..core import crypto
from ..credential.credential import check_time
from ..errors import JournalError, VaultError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

DID = (
    "run", "verify", "copy", "reveal", "rotate", "add", "keygen", "edit", "correct", "disable", "enable",
    "remove", "export", "import", "merge", "passwd", "gap", "summary",
)  # fmt: skip
MAX_NAMES = 1000  # of one entry
MAX_PATH = 4096  # characters; PATH_MAX of Linux
MAX_TEXT = 256 << 10  # of one record; an entry has 100 KiB at most
MAX_SEQ = 1 << 62
MAX_FILE = 8 << 20  # of a journal; a longer one is not read
MAGIC = bytes.fromhex("8943564a0d0a1a0a")
VERSION = (1).to_bytes(2, "big")
HEADER, HEAD, BORDER, PAD = 32, 32, 36, 64
AROUND = HEAD + 16 + BORDER  # of a record, without its padded text

UNREADABLE = (VaultError, ValueError)  # what Record.from_plain raises

_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
_CODE = _LOWER | frozenset("0123456789-")


class Entry(Record):
    """One thing that was done.

    Attributes:
        at: when.
        did: one of ``DID``. A ``gap`` notes that records were lost, a ``summary`` replaces older ones.
        names: the credentials that were used.
        program: path of the program that was started; never an argument.
        folder: its working folder.
        outcome: ``ok`` or the code of an error; of a gap, what was found.
        expected: of a gap, the number of the last record that should have been there.
        found: of a gap, the number of the last one that was.
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
            raise JournalError(f"not a kind of journal entry: {shortened(self.did)}")
        if len(self.names) > MAX_NAMES:
            raise JournalError(f"a journal entry names at most {MAX_NAMES:,} credentials")
        for name in self.names:
            check_name(name)
        if self.outcome and not is_word(self.outcome, _LOWER, _CODE):
            raise JournalError(f"not an outcome: {shortened(self.outcome)}")
        for seq in (self.expected, self.found):
            if type(seq) is not int or not 0 <= seq < MAX_SEQ:
                raise JournalError("not a record number")

    def to_plain(self) -> Any:
        """Return the plain form, with both paths escaped."""
        plain = super().to_plain()
        return plain | {key: escaped(plain[key]) for key in ("program", "folder") if key in plain}


def gap(outcome: str, expected: int = 0, found: int = 0, at: int = 0) -> Entry:
    """Return the entry that notes lost records."""
    return Entry(at, "gap", outcome=outcome, expected=expected, found=found)


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
    """Return *path* as one line of UTF-8 without controls, of at most ``MAX_PATH`` characters.

    Anything else is escaped as in Python.
    """
    if not _is_plain(path):
        path = "".join(c if _is_plain(c) else c.encode("unicode_escape").decode() for c in path[:MAX_PATH])
    return path[:MAX_PATH]


# --- its bytes --------------------------------------------------------------------------------------


def integer(data: bytes, at: int, size: int = 4) -> int:
    """Return the number in *size* bytes from byte *at*."""
    return int.from_bytes(data[at : at + size], "big")


def fits(size: int) -> bool:
    """Return whether a record can have that length."""
    return 0 < size - AROUND <= MAX_TEXT and (size - AROUND) % PAD == 0


def frame(data: bytes, at: int) -> int:
    """Return where the record at byte *at* ends; 0 if its two lengths do not agree."""
    size = integer(data, at)
    end = at + size
    return end if fits(size) and end <= len(data) and integer(data, end - 4) == size else 0


def stored_link(data: bytes, end: int) -> bytes:
    """Return the link of the record that ends at byte *end*."""
    return data[end - BORDER : end - 4]


class VerifiedRecord(Record):
    """A record that was decrypted, or, without its epoch's key, verified by the chain alone (text is None).

    Attributes:
        end: where it ends, in the bytes that it was read from.
        entry: its contents; None if a newer version wrote it.
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
        """The number that follows the record before it: a gap's own number skips the missing ones."""
        return self.entry.found + 1 if self.entry is not None and self.entry.did == "gap" else self.seq


class Keys:
    """The keys of one vault's journal: they seal and open its records."""

    def __init__(self, vault_id: bytes, keys: Mapping[int, bytes]) -> None:
        self.by_epoch = dict(keys)
        self.newest = max(keys, default=0)
        self.header = MAGIC + VERSION + bytes(6) + vault_id
        self.start = sha256(self.header)  # the link before the first record
        self._vault_id, self._info = vault_id, b"coldvault/1/journal\0" + vault_id

    def seal(self, seq: int, text: bytes, previous: bytes) -> tuple[bytes, bytes]:
        """Return a record and its link."""
        key = self.by_epoch[self.newest]
        text += bytes(-len(text) % PAD)
        # The salt is hedged, as the payload's is: a random source that repeats itself, as after a restored
        # snapshot, still gives another text another key.
        salting = crypto.hkdf(key, salt=self._vault_id, info=b"coldvault/1/journal-salt")
        size = (len(text) + AROUND).to_bytes(4, "big")
        head = size + self.newest.to_bytes(4, "big") + seq.to_bytes(8, "big")
        head += (salt := hmac_sha256(salting, crypto.random(32) + previous + head + text)[:16])
        record = head + crypto.seal(crypto.hkdf(key, salt=salt, info=self._info), text, previous + head)
        link = sha256(previous + record)
        return record + link + size, link

    def open(self, data: bytes, at: int, previous: bytes) -> VerifiedRecord | None:
        """Return the record at byte *at*; None unless it was written after the link *previous*."""
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
        return VerifiedRecord(seq, epoch, link, end, **_decoded(padded))


def _decoded(padded: bytes) -> dict[str, Any]:
    """Return the text of a record, and its entry if it is of this version."""
    text = padded.rstrip(b"\0")
    try:
        plain = canonical.loads(text)
        if canonical.dumps(plain) != text or len(padded) - len(text) >= PAD:
            return {"text": text}
        if type(plain) is dict and plain.get("did") == "summary":
            entry = Entry.from_plain({"at": plain.get("at"), "did": "summary"})
            return {"text": text, "entry": entry, "summary": plain}
        return {"text": text, "entry": Entry.from_plain(plain)}
    except UNREADABLE:
        return {"text": text}
