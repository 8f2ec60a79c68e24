"""The records of the payload: credentials, as their exchange showed them once, and slots.

Each has one plain form, of JSON's types (docs/format.md, "Payload"). Times are seconds since the Unix
epoch, UTC.
"""

from __future__ import annotations

from ..base.clock import MAX_TIME, SKEW
from ..base.record import Record
from ..base.rules import (
    check_exchange,
    check_field,
    check_name,
    check_text,
    check_value,
    check_variable,
    shortened,
)
from ..base.secret import Secret
from ..errors import CredentialExists, CredentialNotFound, InvalidCredential, Malformed, Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Self

    from ..base.record import WordSet

MAX_FIELDS = 32
PERMISSIONS = ("read", "trade", "withdraw")
STATES = ("active", "disabled", "pending")


class decoding:  # noqa: N801
    """Turn any decoding error into Malformed, without detail: the detail could quote a secret.

    A TypeError, KeyError or AttributeError is a bug of ours, and stays one.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, Unsupported):
            raise Unsupported(f"the vault was written by a newer version: {error}") from None
        if isinstance(error, (ValueError, InvalidCredential)):
            raise Malformed("the payload has impossible contents") from None


def check_time(moment: int) -> None:
    """Raise InvalidCredential unless *moment* is a second that RFC 3339 can write."""
    if type(moment) is not int or not 0 <= moment <= MAX_TIME:  # True is an int too
        raise InvalidCredential(f"not a time: {moment!r}")


def not_found(name: str, known: Iterable[str]) -> CredentialNotFound:
    """Return the error for a name that is not one of *known*, with the nearest of them."""
    check_name(name)
    from difflib import get_close_matches  # heavy, and needed for a typing mistake only

    near = get_close_matches(name, known, 1)
    return CredentialNotFound(
        f"no credential is named {name}", hint=f"did you mean {near[0]}?" if near else None
    )


def _check_fields(fields: Mapping[str, Secret]) -> None:
    if not 1 <= len(fields) <= MAX_FIELDS:
        raise InvalidCredential(f"a credential has 1 to {MAX_FIELDS} fields, not {len(fields)}")
    for field, value in fields.items():
        check_field(field)
        check_value(field, value.reveal())


class Values(Record):
    """The values of the key that comes next, or of the one before.

    Attributes:
        created: when they were stored here.
        expires: when that key ends, as its owner said.
        issued: when the exchange made it.
        replaced: when another key, or corrected values, took its place.
        corrected: these are values of the same key, from before one of them was corrected.
    """

    fields: Mapping[str, Secret]
    created: int
    expires: int | None = None
    issued: int | None = None
    replaced: int | None = None
    corrected: bool = False

    def check(self) -> None:
        _check_fields(self.fields)
        for moment in (self.created, self.expires, self.issued, self.replaced):
            check_time(0 if moment is None else moment)


def same_key(one: Mapping[str, Secret], other: Mapping[str, Secret]) -> bool:
    """Return whether two sets of values are of one key, as its exchange tells keys apart.

    An API key names it, or a wallet's private key; of other values, all have to be the same.
    """
    named = next((name for name in ("api_key", "private_key") if name in one and name in other), None)
    return one[named] == other[named] if named else dict(one) == dict(other)


class ProgramBinding(Record):
    """A program that a credential may be handed to, as it was when its owner bound the two.

    Attributes:
        program, script: absolute paths; the script may be empty.
        program_sha256, script_sha256: of their contents, 64 hexadecimal digits.
    """

    program: str
    program_sha256: str
    script: str = ""
    script_sha256: str = ""

    def check(self) -> None:
        if not self.program or bool(self.script) != bool(self.script_sha256):
            raise InvalidCredential("a binding needs a program, and a script's digest with its path")
        for digest in (self.program_sha256, self.script_sha256 or self.program_sha256):
            if len(digest) != 64 or digest.strip("0123456789abcdef"):
                raise InvalidCredential("a SHA-256 has 64 hexadecimal digits")
        check_text(self.program)
        check_text(self.script)

    @property
    def shown(self) -> str:
        """``PROGRAM`` or ``PROGRAM:SCRIPT``, as ``edit --only-for`` takes it."""
        return f"{self.program}:{self.script}" if self.script else self.program


class Credential(Record):
    """One credential as its exchange showed it, once, and what its owner noted about it.

    Attributes:
        name: as typed at the command line, e.g. ``okx-main``.
        exchange: the profile it follows, e.g. ``okx``.
        fields: secret values by field name, e.g. ``api_key``.
        created: when these values were stored here, or took the place of others.
        updated: when anything about it was last changed here.
        state: ``active``; ``disabled``: not handed to any program; ``pending``: a key pair made here that the
            exchange has not answered yet.
        permissions: out of ``read``, ``trade``, ``withdraw``; empty: not recorded.
        ips: the addresses or networks it is bound to; empty: not recorded.
        account: the account or sub-account it belongs to.
        region: the site it works at, as its profile names it.
        demo, testnet: it belongs to the exchange's demo environment, or its test network.
        issued: when the exchange made the key.
        expires: when it ends, as its owner said.
        uid: the exchange's number of the account.
        label: the key's name at the exchange.
        guarded: handed to a program only when it is named.
        preset: the client whose variable names it uses unless another is chosen.
        variables: environment variables by field name, before any preset.
        only_for: the only programs that it is handed to; empty: any.
        staged: the successor's values, until it is promoted or dropped.
        previous: the values before these, until they are forgotten.
    """

    name: str
    exchange: str
    fields: Mapping[str, Secret]
    created: int
    updated: int = 0
    state: str = "active"
    permissions: WordSet = ()
    ips: tuple[str, ...] = ()
    account: str = ""
    region: str = ""
    demo: bool = False
    testnet: bool = False
    issued: int | None = None
    expires: int | None = None
    uid: str = ""
    label: str = ""
    tags: WordSet = ()
    note: str = ""
    guarded: bool = False
    preset: str = ""
    variables: Mapping[str, str] = {}
    only_for: tuple[ProgramBinding, ...] = ()
    staged: Values | None = None
    previous: Values | None = None

    ALWAYS = ("state", "updated")

    def check(self) -> None:
        check_name(self.name)
        check_exchange(self.exchange)
        _check_fields(self.fields)
        if self.state not in STATES:
            raise InvalidCredential(f"not a state: {shortened(self.state)}")
        if not set(self.permissions).issubset(PERMISSIONS):
            raise InvalidCredential(f"permissions are {', '.join(PERMISSIONS)}")
        for moment in (self.created, self.updated, self.expires, self.issued):
            check_time(0 if moment is None else moment)
        texts = (self.account, self.region, self.uid, self.label, self.note, self.preset)
        for text in (*texts, *self.tags, *self.ips):
            check_text(text)
        if "" in (*self.tags, *self.ips):
            raise InvalidCredential("a tag or an address is empty")
        if not all(isinstance(flag, bool) for flag in (self.demo, self.testnet, self.guarded)):
            raise InvalidCredential("demo, testnet and guarded are True or False")
        if self.demo and self.testnet:
            raise InvalidCredential("a key cannot belong to both the demo environment and the test network")
        for field, variable in self.variables.items():
            if field not in self.fields:
                raise InvalidCredential(f"{self.name} has no field {shortened(field)}")
            check_variable(variable)

    @property
    def is_guarded(self) -> bool:
        """Whether it is handed out only when it is named: it is marked so, or can move funds away."""
        return self.guarded or "withdraw" in self.permissions

    @property
    def environment(self) -> str:
        """``live``, ``demo`` or ``testnet``: a key works in one of them."""
        return "testnet" if self.testnet else "demo" if self.demo else "live"

    def born(self, now: int) -> int | None:
        """Return when the key was made, or else stored; None if a wrong clock dated both after *now*."""
        return next((at for at in (self.issued, self.created) if at is not None and at <= now + SKEW), None)

    @property
    def retired(self) -> Values | None:
        """The previous values, if they are of another key, which may still work at its exchange."""
        kept = self.previous
        return None if kept is None or kept.corrected or same_key(kept.fields, self.fields) else kept

    def stage(self, values: Values) -> Self:
        """Return it with *values* as its successor; raises CredentialExists if it has one already."""
        if self.staged is not None:
            raise CredentialExists(
                f"{self.name} has a successor already",
                hint=f"vault rotate {self.name} --commit, or --abort, or try it: vault run --next",
            )
        return self.changed(staged=values, updated=values.created)

    def commit(self, now: int) -> Self:
        """Return it with its successor's values as its own, and its own as the previous ones.

        What its owner decided once (permissions, addresses, account, names) stays; what belongs to one key
        (its dates, and its name at the exchange) is the successor's.
        """
        previous = Values(self.fields, self.created, self.expires, self.issued, replaced=now)
        after = self.successor()
        # The new key is in force from now on, so that earlier uses are the old key's; it is older than that.
        return after.changed(created=now, issued=after.born(now), staged=None, previous=previous, updated=now)

    def correct(self, fields: Mapping[str, Secret], now: int) -> Self:
        """Return it with other values of the same key in *fields*; the ones before are kept as the previous.

        The key's dates and uses stay: it is as old as it was.
        """
        if not fields.keys() <= self.fields.keys():
            unknown = min(fields.keys() - self.fields.keys())
            raise InvalidCredential(f"{self.name} has no field {shortened(unknown)}")
        if all(self.fields[name] == value for name, value in fields.items()):
            raise InvalidCredential(f"{self.name} holds these values already", hint="nothing was changed")
        before = Values(self.fields, self.created, self.expires, self.issued, replaced=now, corrected=True)
        return self.changed(fields={**self.fields, **fields}, previous=before, updated=now)

    def abort(self, now: int) -> Self:
        """Return it without its successor."""
        self._staged()
        return self.changed(staged=None, updated=now)

    def forget(self, now: int) -> Self:
        """Return it without the previous values."""
        if self.previous is None:
            raise CredentialNotFound(f"{self.name} has no previous values", hint="nothing is left to forget")
        return self.changed(previous=None, updated=now)

    def successor(self) -> Self:
        """Return it as it will be once its successor is promoted: what ``--next`` tries."""
        staged = self._staged()
        own = {"fields": staged.fields, "created": staged.created, "expires": staged.expires}
        return self.changed(**own, issued=staged.issued, label="")

    def _staged(self) -> Values:
        if self.staged is None:
            raise CredentialNotFound(
                f"{self.name} has no successor", hint=f"store one first: vault rotate {self.name}"
            )
        return self.staged

    def kept(self) -> dict[str, Any]:
        """Return the plain form; raises Malformed if it could not be read back."""
        plain: dict[str, Any] = self.to_plain()
        with decoding():
            type(self).from_plain(plain)
        return plain


class SlotRecord(Record):
    """The description of a slot, inside the payload.

    Attributes:
        kind: ``password``, ``recovery`` or ``machine``.
        public_key: of a recipient, 32 bytes: a new data key is wrapped to it without its owner.
    """

    kind: str
    label: str
    created: int
    public_key: bytes = b""

    def check(self) -> None:
        if self.kind not in ("password", "recovery", "machine"):
            raise InvalidCredential(f"not a kind of slot: {shortened(self.kind)}")
        if len(self.public_key) != (0 if self.kind == "password" else 32):
            raise InvalidCredential(
                "a recipient's public key has 32 bytes, and a password slot has no such key"
            )
        check_text(self.label)
        check_time(self.created)
