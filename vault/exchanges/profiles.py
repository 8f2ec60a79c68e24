"""Exchange profiles: what an exchange's credential is, what ends it, and which names its clients read.

The sources are the TOML files in ``exchanges/``. :func:`parse` checks one; ``scripts/compile-profiles``
writes all of them into ``exchanges/table.py``, since reading TOML would double the time in which a
bot starts. tests/unit/test_profiles.py fails when that table is stale.

A person's own files, ``profiles/NAME.toml`` in the user's data folder, add an exchange or override one:
their tables are laid over the built-in ones, any other value of theirs takes the place of ours.
"""

from __future__ import annotations

import os

from ..base.record import Record
from ..base.rules import check_exchange, check_field, check_variable, shortened
from ..errors import InvalidCredential, ProfileNotFound, VaultError
from ..system import Folder, Missing, NotAFile, data_home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any, TypeVar

    from ..base.secret import Secret

    R = TypeVar("R", bound=Record)

# What can be wrong with a signed request, whatever number an exchange gives it; check.py says each in words.
CAUSES = ("address", "bind", "busy", "clock", "environment", "expired", "frozen", "key", "locked", "nonce",
          "passphrase", "permission", "rate", "region", "request", "secret")  # fmt: skip
ENVIRONMENTS = ("live", "demo", "testnet")
KINDS = ("ed25519", "rsa", "p256", "secp256k1")  # of private keys; private_keys.py makes and reads them
_BEGINNINGS = ("use", "creation")
_MAX_PROFILE = 256 << 10  # bytes of a person's own file
_HINT = "your own are in the folder profiles beside the default vault; docs/profiles.md says what they hold"


class Field(Record):
    """One value of a credential.

    Attributes:
        label: what the exchange calls it.
        shape: a regular expression of the whole value; a value that differs is warned of, never refused.
        looks: the shape in words.
        keys: kinds of private key that it may be besides; such a value is proved whole by reading it.
        key_only: it is one of them in any case.
        decodes: bytes that it has once its base64 is taken off; 0: it is no base64.
        optional: a credential may lack it.
        public: not a secret, like an address; it is kept like one all the same.
    """

    name: str
    label: str
    shape: str = ""
    looks: str = ""
    keys: tuple[str, ...] = ()
    key_only: bool = False
    decodes: int = 0
    optional: bool = False
    public: bool = False


class Preset(Record):
    """The variable names that one client reads, and what belongs to them.

    Attributes:
        variables: name by field.
        rename: other names in a region or an environment: by region, ``demo`` or ``testnet``, name by field.
        live, demo, testnet: variables to set besides, by the credential's environment.
        region: variables to set besides: by region.
        retypes: fields whose values the client reads as a number, a truth value or a list if it can.
        redirects: variables that change where the client connects; ``*`` at the end stands for anything.
        default: these are the profile's names when no client is chosen.
    """

    variables: Mapping[str, str]
    rename: Mapping[str, Mapping[str, str]] = {}
    live: Mapping[str, str] = {}
    demo: Mapping[str, str] = {}
    testnet: Mapping[str, str] = {}
    region: Mapping[str, Mapping[str, str]] = {}
    retypes: tuple[str, ...] = ()
    redirects: tuple[str, ...] = ()
    default: bool = False


class Region(Record):
    """One site of an exchange, a universe of keys: the host of its API in each environment."""

    host: str
    demo: str = ""
    testnet: str = ""


class Expiry(Record):
    """One rule by which a key ends, or loses rights, without anybody's doing.

    Attributes:
        days: how long it lasts.
        since: ``use``: from its last use on; ``creation``: from when it was made.
        unbound: only while no address is bound to it.
        permissions: only with one of these; empty: any.
        live: only in the live environment.
        then: what happens, as the end of a sentence: ``expires``, ``loses trading``.
        source: where the rule is from, with its date.
    """

    days: int
    since: str
    then: str
    source: str
    unbound: bool = False
    permissions: tuple[str, ...] = ()
    live: bool = False


class Limits(Record):
    """How many keys an account, and how many addresses a key, may have; 0: not established."""

    source: str
    keys: int = 0
    ips: int = 0


class Rights(Record):
    """The exchange's words for what a key may do, each as ``read``, ``trade`` or ``withdraw``."""

    source: str
    words: Mapping[str, str] = {}


class Verify(Record):
    """The test request, and what its errors mean.

    Attributes:
        path: of the signed call that describes the key itself.
        time: path of the unsigned call that tells the exchange's time; empty: there is none.
        balance: path of a signed call that shows the account's balance; empty: none is offered.
        elsewhere: path of the signed call in another environment, which has not the usual one.
        otherwise: path of the call that an account is asked instead which answers with this code.
        method, query, body: of the signed call.
        demo: headers besides, for a demo key.
        skew: seconds that a request's time may be off; 0: not established.
        pause: seconds to leave between two checks of keys of this exchange.
        errors: causes, out of :data:`CAUSES`, by the exchange's code; most likely first.
    """

    source: str
    path: str = ""
    time: str = ""
    balance: str = ""
    elsewhere: Mapping[str, str] = {}
    otherwise: Mapping[str, str] = {}
    method: str = "GET"
    query: Mapping[str, str] = {}
    body: Mapping[str, str] = {}
    demo: Mapping[str, str] = {}
    skew: int = 0
    pause: float = 0.5
    errors: Mapping[str, tuple[str, ...]] = {}


class Profile(Record):
    """One exchange.

    Attributes:
        title: as the exchange writes itself.
        manage: the address of the page where its keys are managed.
        fields: what it shows, in that order; empty: any names.
        keygen: kinds of private key that its owner may make and upload the public half of; default first.
        disables: whether the exchange can disable a key without deleting it.
        regions: its sites, by the name that a credential records; the first is the usual one.
        expiry: every rule by which its keys end.
        verify: the test request; None if there is none.
        presets: by the client's name.
        file: the person's own file that it is from, or was changed by.
    """

    name: str
    title: str
    manage: str = ""
    fields: tuple[Field, ...] = ()
    keygen: tuple[str, ...] = ()
    disables: bool = False
    regions: Mapping[str, Region] = {}
    limits: Limits = Limits(source="")
    rights: Rights = Rights(source="")
    expiry: tuple[Expiry, ...] = ()
    verify: Verify | None = None
    presets: Mapping[str, Preset] = {}
    file: str = ""

    def check_fields(self, fields: Collection[str], wanted: Collection[str] = ()) -> None:
        """Raise InvalidCredential unless *fields* are the ones it shows: all of them, and no other.

        Args:
            wanted: of the ones it shows, only these.
        """
        known = [entry.name for entry in self.fields if entry.name in wanted or not wanted]
        if not self.fields:
            return
        hint = f"{self.title} has: {', '.join(known)}"
        if unknown := [name for name in fields if name not in known]:
            raise InvalidCredential(f"{self.title} has no field {shortened(unknown[0])}", hint=hint)
        if missing := [name for name in known if name not in fields and not self.field(name).optional]:
            raise InvalidCredential(f"missing: {', '.join(missing)}", hint=hint)

    def field(self, name: str) -> Field:
        """What is known of the field of that name."""
        return next((entry for entry in self.fields if entry.name == name), Field(name, name))

    def remarks(self, field: str, value: Secret) -> list[str]:
        """What looks wrong about a value; never the value itself. It is kept as it is all the same."""
        import re

        known, text = self.field(field), value.reveal()
        pem = bool(known.keys) and "-----" in text
        lines = text.split("\n") if pem else [text]  # a PEM has several, and may end in a line break
        remarks = []
        if (text.removesuffix("\n") if pem else text) != text.strip():
            remarks.append("begins or ends with a blank")
        if not all(line.isprintable() for line in lines):
            remarks.append("has line breaks or other characters that cannot be seen")
        if not text.isascii():
            remarks.append("has characters beyond ASCII, which some clients cannot send")
        if pem or known.key_only:
            remarks += _key_remarks(known, value) if not remarks else []
        elif known.shape and not re.fullmatch(known.shape, text):
            size = f"{len(text)} character{'s' * (len(text) != 1)}"
            remarks.append(f"{size}, not like {self.title}'s: {known.looks}")
        elif known.decodes and _decoded(text) != known.decodes:
            remarks.append(
                f"its base64 does not stand for {known.decodes} bytes: something is missing or changed"
            )
        return [f"{known.label}: {why}" for why in remarks]

    @property
    def default(self) -> str:
        """The client whose preset names the variables when none is chosen; empty if there is none."""
        return next((client for client, preset in self.presets.items() if preset.default), "")

    @property
    def environments(self) -> tuple[str, ...]:
        """Those in which some site of it has keys."""
        sites = self.regions.values()
        others = (name for name in ENVIRONMENTS[1:] if any(getattr(site, name) for site in sites))
        return (ENVIRONMENTS[0], *others)

    def host(self, region: str, environment: str = "live") -> str:
        """The API's host for keys of that region, the usual one if it is empty; empty if there is none."""
        site = self.regions.get(region or next(iter(self.regions), ""))
        if site is None:
            return ""
        return site.host if environment == "live" else getattr(site, environment)


def _key_remarks(known: Field, value: Secret) -> list[str]:
    from ..credential import private_keys

    try:
        kind = private_keys.kind(value)
    except InvalidCredential as error:
        return [str(error)]
    wanted = " or ".join(known.keys)
    return [] if kind in known.keys else [f"a private key of another kind: {kind}, not {wanted}"]


def _decoded(text: str) -> int:
    """Bytes that base64 *text* stands for; -1 if it is none."""
    import binascii

    try:
        return len(binascii.a2b_base64(text, strict_mode=True))
    except ValueError:
        return -1


_MADE: dict[str, Profile] = {}  # out of the table, which does not change


def names() -> list[str]:
    """Every profile there is."""
    from .table import TABLE

    return sorted({*TABLE, *_own_names()})


def load(name: str) -> Profile:
    """The profile of that name; raises ProfileNotFound, naming those there are."""
    from .table import TABLE

    if name in _own_names():
        path, text = _own_text(name)
        return make(name, {**parse(name, text, TABLE.get(name, {})), "file": path})
    if name not in TABLE:
        check_exchange(name)
        raise ProfileNotFound(f"no profile is named {name}", hint=f"there are: {', '.join(names())}")
    if name not in _MADE:  # a bot's start asks three times
        _MADE[name] = make(name, TABLE[name])
    return _MADE[name]


def known(name: str) -> Profile:
    """The profile of that name; one that knows nothing if there is none, or if it cannot be read."""
    try:
        return load(name)
    except VaultError:
        return Profile(name, name)


def clients() -> list[str]:
    """Every client that some profile has a preset for."""
    return sorted({client for name in names() for client in known(name).presets})


def _own_folder() -> str:
    return os.path.join(data_home(), "profiles")


def _own_names() -> list[str]:
    """Profiles of the person's own, by their files' names."""
    try:
        files = os.listdir(_own_folder())
    except OSError:  # as a rule there is no such folder
        return []
    return [file.removesuffix(".toml") for file in files if file.endswith(".toml")]


def _own_text(name: str) -> tuple[str, str]:
    """Path and contents of a person's own file, which nobody else could have written.

    It says where signed requests go, and what a program is given.
    """
    try:
        with Folder(_own_folder()) as folder:
            data = folder.read(f"{name}.toml", _MAX_PROFILE)
        if len(data) > _MAX_PROFILE:
            raise InvalidCredential(f"the profile {name} is larger than {_MAX_PROFILE >> 10} KiB")
        return folder.full(f"{name}.toml"), data.decode()
    except (Missing, NotAFile) as error:
        raise InvalidCredential(f"the profile {name} cannot be read: {error}", hint=_HINT) from None
    except UnicodeDecodeError:
        raise InvalidCredential(f"the profile {name} is not UTF-8") from None


def parse(name: str, text: str, base: Mapping[str, Any] = {}) -> dict[str, Any]:
    """The contents of a profile's TOML *text*, laid over *base*, and checked.

    Raises:
        InvalidCredential: If it is not a profile; the message says where.
    """
    import re
    import tomllib

    try:
        check_exchange(name)
        plain = _laid_over(base, tomllib.loads(text))
        _check(make(name, plain))
    except (tomllib.TOMLDecodeError, re.error, TypeError, AttributeError, KeyError, VaultError) as error:
        raise InvalidCredential(f"the profile {name} cannot be read: {error}", hint=_HINT) from None
    return plain


def _laid_over(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(base)
    for key, value in over.items():
        deep = isinstance(value, dict) and isinstance(both.get(key), dict)
        both[key] = _laid_over(both[key], value) if deep else value
    return both


def make(name: str, plain: Mapping[str, Any]) -> Profile:
    """The profile of a checked plain form."""
    read = dict(plain)
    if "limits" in read:
        read["limits"] = _record(Limits, read["limits"])
    if "rights" in read:
        read["rights"] = _record(Rights, read["rights"])
    if "verify" in read:
        errors = {code: tuple(causes) for code, causes in read["verify"].get("errors", {}).items()}
        read["verify"] = _record(Verify, {**read["verify"], "errors": errors})
    read["regions"] = {key: _record(Region, site) for key, site in read.get("regions", {}).items()}
    read["presets"] = {client: _record(Preset, names) for client, names in read.get("presets", {}).items()}
    read["fields"] = tuple(_record(Field, field) for field in read.get("fields", ()))
    read["expiry"] = tuple(_record(Expiry, rule) for rule in read.get("expiry", ()))
    return _record(Profile, {**read, "name": name})


def _record(kind: type[R], plain: Mapping[str, Any]) -> R:
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()})


def _check(profile: Profile) -> None:
    """Raise InvalidCredential where the parts of a profile do not fit together."""
    import re

    verify = (profile.verify,) if profile.verify else ()
    parts = (*profile.regions.values(), *profile.expiry, *profile.presets.values(), *verify)
    for record in (profile, *profile.fields, profile.limits, profile.rights, *parts):
        for name, kind in type(record).__annotations__.items():
            if not _fits(getattr(record, name), kind):
                raise InvalidCredential(f"{name} is not of its type, {kind.replace('tuple', 'list')}")
    known = {field.name for field in profile.fields}
    for field in profile.fields:
        check_field(field.name)
        re.compile(field.shape)
        _among("a kind of private key", field.keys, KINDS)
        if bool(field.shape) != bool(field.looks):
            raise InvalidCredential(f"{field.name} has a shape or its words alone")
    _among("a kind of private key", profile.keygen, KINDS)
    for preset in profile.presets.values():
        _check_preset(preset, known, profile.regions)
    for rule in profile.expiry:
        _among("a beginning", (rule.since,), _BEGINNINGS)
        _among("a permission", rule.permissions, ("read", "trade", "withdraw"))
        if rule.days < 1:
            raise InvalidCredential("a rule of expiry has no days")
    _among("a permission", profile.rights.words.values(), ("read", "trade", "withdraw"))
    for check in verify:
        _among("an environment", check.elsewhere, ENVIRONMENTS)
        for causes in check.errors.values():
            _among("a cause", causes, CAUSES)
    sources = [rule.source for rule in profile.expiry] + ([profile.verify.source] if profile.verify else [])
    sources += [profile.limits.source] if profile.limits != Limits(source="") else []
    sources += [profile.rights.source] if profile.rights != Rights(source="") else []
    if not all(re.search(r"\b20\d\d-\d\d\b", source) for source in sources):
        raise InvalidCredential("a rule has no source with its date, as in 2026-07")


def _check_preset(preset: Preset, known: Collection[str], regions: Collection[str]) -> None:
    for variables in (preset.variables, *preset.rename.values()):
        _among("a field", variables, known)
        for variable in variables.values():
            check_variable(variable)
    _among("a field", preset.retypes, known)
    for name in preset.redirects:
        check_variable(name.removesuffix("*"))
    for extra in (preset.live, preset.demo, preset.testnet, *preset.region.values()):
        for variable in extra:
            check_variable(variable)
    _among("a region", preset.region, regions)
    _among("a region or an environment", preset.rename, (*regions, *ENVIRONMENTS[1:]))


def _among(what: str, given: Collection[str], known: Collection[str]) -> None:
    if unknown := [word for word in given if word not in known]:
        raise InvalidCredential(f"not {what}: {shortened(unknown[0])}")


_TYPES: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "bool": (bool,), "float": (int, float)}


def _fits(value: object, kind: str) -> bool:
    """Whether *value* is what an annotation of the records above says."""
    if kind in _TYPES:
        return type(value) in _TYPES[kind]
    if kind.startswith("tuple["):
        return isinstance(value, tuple) and all(_fits(part, kind[6:-6]) for part in value)
    if kind.startswith("Mapping["):
        return isinstance(value, dict) and all(_fits(part, kind[13:-1]) for part in value.values())
    return value is None or isinstance(value, Record)
