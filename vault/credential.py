"""`Credential`: one exchange key as it was shown, once, and what is known about it.

Times are seconds since the Unix epoch, UTC.
"""

from __future__ import annotations

from .errors import InvalidCredential
from .record import Record
from .rules import check_exchange, check_field, check_name, check_text, check_value, check_variable, shortened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .secret import Secret

MAX_FIELDS = 32
MAX_TIME = 253402300799  # 9999-12-31T23:59:59Z, the last second that RFC 3339 can write
PERMISSIONS = ("read", "trade", "withdraw")
STATES = ("active", "disabled")


class Credential(Record):
    """One credential as its issuer showed it, once, and what is known about it.

    Attributes:
        name: as typed at the command line, e.g. ``okx-main``.
        exchange: the profile it follows, e.g. ``okx``.
        fields: secret values by field name, e.g. ``api_key``.
        created: when it was stored here.
        updated: when anything about it was last changed here.
        state: ``active``, or ``disabled``: never handed to a program.
        permissions: what it may do, out of ``read``, ``trade``, ``withdraw``; empty: not recorded.
        ips: the addresses or networks it is bound to; empty: none recorded.
        account: the account or sub-account it belongs to.
        region: the site it works at, as its profile names it.
        demo: it belongs to the exchange's demo environment.
        expires: when it ends, by its owner's word.
        guarded: handed to a program only when it is named.
        preset: the client whose variable names it uses when no other is chosen.
        variables: environment variables by field name, before any preset.
    """

    name: str
    exchange: str
    fields: Mapping[str, Secret]
    created: int
    updated: int = 0
    state: str = "active"
    permissions: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    account: str = ""
    region: str = ""
    demo: bool = False
    expires: int | None = None
    tags: tuple[str, ...] = ()
    note: str = ""
    guarded: bool = False
    preset: str = ""
    variables: Mapping[str, str] = {}

    def check(self) -> None:
        check_name(self.name)
        check_exchange(self.exchange)
        if not 1 <= len(self.fields) <= MAX_FIELDS:
            raise InvalidCredential(f"a credential has 1 to {MAX_FIELDS} fields, not {len(self.fields)}")
        for field, value in self.fields.items():
            check_field(field)
            check_value(field, value.reveal())
        if self.state not in STATES:
            raise InvalidCredential(f"not a state: {shortened(self.state)}")
        if not set(self.permissions).issubset(PERMISSIONS):
            raise InvalidCredential(f"permissions are {', '.join(PERMISSIONS)}")
        for moment in (self.created, self.updated, self.expires or 0):
            if not 0 <= moment <= MAX_TIME:
                raise InvalidCredential(f"not a time: {moment}")
        for text in (self.account, self.region, self.note, self.preset, *self.tags, *self.ips):
            check_text(text)
        for field, variable in self.variables.items():
            if field not in self.fields:
                raise InvalidCredential(f"{self.name} has no field {shortened(field)}")
            check_variable(variable)

    @property
    def is_guarded(self) -> bool:
        """Whether it must be named to be handed out: marked so, or able to move funds away."""
        return self.guarded or "withdraw" in self.permissions
