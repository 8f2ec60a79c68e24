"""What is known of an exchange: its credential, what ends it, and which names its clients read."""

from __future__ import annotations

from ..base.record import Record
from ..base.rules import counted, shortened
from ..errors import InvalidCredential

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ..base.secret import Secret

# What can be wrong with a signed request, whatever number an exchange gives it; verify puts each into words.
CAUSES = ("address", "bind", "busy", "clock", "environment", "expired", "frozen", "key", "locked", "nonce",
          "passphrase", "permission", "rate", "region", "request", "secret")  # fmt: skip
ENVIRONMENTS = ("live", "demo", "testnet")


class Field(Record):
    """One value of a credential.

    Attributes:
        label: what the exchange calls it.
        shape: a regular expression of the whole value; a value that differs is remarked on, never refused.
        looks: the shape in words.
        keys: kinds of private key that the value may be instead; reading such a key proves it complete.
        key_only: the value is always a private key.
        decodes: bytes that its base64 decodes to; 0: it is not base64.
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
        live, demo, testnet: further variables to set, by the credential's environment.
        region: further variables to set, by region.
        retypes: fields whose values the client reads as a number, a boolean or a list if it can.
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
    """One site of an exchange, with keys of its own: the host of its API in each environment."""

    host: str
    demo: str = ""
    testnet: str = ""


class Expiry(Record):
    """One rule by which an exchange ends a key, or takes rights from it, by itself.

    Attributes:
        days: how long the key lasts.
        since: ``use``: from its last use on; ``creation``: from when it was made.
        unbound: only while the key is not bound to an address.
        permissions: only with one of these; empty: any.
        live: only in the live environment.
        then: what happens, as the end of a sentence: ``expires``, ``loses trading``.
        source: who says so, with the date.
    """

    days: int
    since: str
    then: str
    source: str
    unbound: bool = False
    permissions: tuple[str, ...] = ()
    live: bool = False


class Limits(Record):
    """How many keys an account may have, and how many addresses a key; 0: unknown."""

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
        time: path of the unsigned call for the exchange's time; empty: it has none.
        balance: path of a signed call for the account's balance; empty: none is known.
        elsewhere: path of the signed call in an environment that lacks the usual one.
        otherwise: path of the call to make instead, by the code with which an account refuses the usual one.
        method, query, body: of the signed call.
        demo: further headers for a demo key.
        skew: seconds that a request's time may be off; 0: unknown.
        pause: seconds between two checks of keys of this exchange.
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
        fields: the values it shows, in that order; empty: any.
        keygen: kinds of private key that its owner may make and upload the public half of; default first.
        disables: whether the exchange can disable a key without deleting it.
        regions: its sites, by the name that a credential records; the first is the usual one.
        expiry: every rule by which its keys end.
        verify: the test request; None if there is none.
        presets: by the client's name.
        file: the person's own file that made or changed this profile.
        moved: the hosts that this file names in place of the built-in ones.
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
    moved: tuple[str, ...] = ()

    def check_fields(self, fields: Collection[str], wanted: Collection[str] = ()) -> None:
        """Raise InvalidCredential unless *fields* are those it shows, or of those only the *wanted* ones."""
        known = [entry.name for entry in self.fields if entry.name in wanted or not wanted]
        if not self.fields:
            return
        hint = f"{self.title} has: {', '.join(known)}"
        if unknown := [name for name in fields if name not in known]:
            raise InvalidCredential(f"{self.title} has no field {shortened(unknown[0])}", hint=hint)
        if missing := [name for name in known if name not in fields and not self.field(name).optional]:
            raise InvalidCredential(f"missing: {', '.join(missing)}", hint=hint)

    def field(self, name: str) -> Field:
        """Return the field of that name; one that knows no more than its name if there is none."""
        return next((entry for entry in self.fields if entry.name == name), Field(name, name))

    def remarks(self, field: str, value: Secret) -> list[str]:
        """Return what looks wrong about a value, without quoting it; it is kept as it is all the same."""
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
            remarks.append(f"{counted(len(text), 'character')}, not like {self.title}'s: {known.looks}")
        elif known.decodes and _decoded(text) != known.decodes:
            remarks.append(f"not base64 of {known.decodes} bytes: something is missing or changed")
        return [f"{known.label}: {why}" for why in remarks]

    @property
    def issuer(self) -> str:
        """Who gives out the keys: the exchange's name, if more than a name is known of it."""
        return self.title if self.fields else "its issuer"

    @property
    def page(self) -> str:
        """Where the keys are managed: the page's address, or words for it."""
        return self.manage or f"{self.issuer}'s page for API keys"

    @property
    def default(self) -> str:
        """The client whose preset names the variables unless another is chosen; empty if there is none."""
        return next((client for client, preset in self.presets.items() if preset.default), "")

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments in which at least one of its sites has keys."""
        sites = self.regions.values()
        others = (name for name in ENVIRONMENTS[1:] if any(getattr(site, name) for site in sites))
        return (ENVIRONMENTS[0], *others)

    def host(self, region: str, environment: str = "live") -> str:
        """Return the API's host for keys of that region, the usual one if empty; empty if it has no host."""
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
    """Return how many bytes base64 *text* decodes to; -1 if it is not base64."""
    import binascii

    try:
        return len(binascii.a2b_base64(text, strict_mode=True))
    except ValueError:
        return -1
