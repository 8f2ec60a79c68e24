"""Exchange profiles: what an exchange's credential looks like, and which names its clients read.

The sources are the TOML files in ``exchanges/``. :func:`parse` checks one; ``scripts/compile-profiles``
writes all of them into ``exchanges/table.py``, since reading TOML would double the time in which a
bot starts. tests/unit/test_profiles.py fails when that table is stale.
"""

from __future__ import annotations

from .errors import InvalidCredential, ProfileNotFound
from .record import Record
from .rules import check_exchange, check_field, check_variable, shortened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from .secret import Secret


class Field(Record):
    """One secret of a credential.

    Attributes:
        label: what the exchange calls it.
        shape: a regular expression of the whole value; a value that differs is warned of, never refused.
        looks: the shape in words.
    """

    name: str
    label: str
    shape: str = ""
    looks: str = ""


class Preset(Record):
    """The variable names that one client reads, and what belongs to them.

    Attributes:
        variables: name by field.
        rename: other names in a region: by region, name by field.
        live, demo: variables to set besides, for a live or a demo credential.
        region: variables to set besides: by region.
        default: these are the profile's names when no client is chosen.
    """

    variables: Mapping[str, str]
    rename: Mapping[str, Mapping[str, str]] = {}
    live: Mapping[str, str] = {}
    demo: Mapping[str, str] = {}
    region: Mapping[str, Mapping[str, str]] = {}
    default: bool = False


class Profile(Record):
    """One exchange.

    Attributes:
        title: as the exchange writes itself.
        manage: the address of the page where its keys are managed.
        fields: what it shows, in that order; empty: any names.
        regions: what is known of each site, by the name that a credential records.
        presets: by the client's name.
    """

    name: str
    title: str
    manage: str = ""
    fields: tuple[Field, ...] = ()
    regions: Mapping[str, Mapping[str, str]] = {}
    presets: Mapping[str, Preset] = {}

    def check_fields(self, fields: Collection[str]) -> None:
        """Raise InvalidCredential unless *fields* are the ones it shows: all of them, and no other."""
        known = [field.name for field in self.fields]
        if not known:
            return
        hint = f"{self.title} has: {', '.join(known)}"
        if unknown := [name for name in fields if name not in known]:
            raise InvalidCredential(f"{self.title} has no field {shortened(unknown[0])}", hint=hint)
        if missing := [name for name in known if name not in fields]:
            raise InvalidCredential(f"missing: {', '.join(missing)}", hint=hint)

    def remarks(self, field: str, value: Secret) -> list[str]:
        """What looks wrong about a value; never the value itself. It is kept as it is all the same."""
        import re

        text = value.reveal()
        known = next((entry for entry in self.fields if entry.name == field), Field(field, field))
        remarks = []
        if text != text.strip():
            remarks.append(f"{known.label}: begins or ends with a blank")
        if not text.isprintable():
            remarks.append(f"{known.label}: has line breaks or other characters that cannot be seen")
        if not text.isascii():
            remarks.append(f"{known.label}: has characters beyond ASCII, which some clients cannot send")
        if known.shape and not re.fullmatch(known.shape, text):
            size = f"{len(text)} character{'s' * (len(text) != 1)}"
            remarks.append(f"{known.label}: {size}, not like {self.title}'s: {known.looks}")
        return remarks

    @property
    def default(self) -> str:
        """The client whose preset names the variables when none is chosen; empty if there is none."""
        return next((client for client, preset in self.presets.items() if preset.default), "")


def names() -> list[str]:
    """Every profile there is."""
    from .exchanges.table import TABLE

    return sorted(TABLE)


def load(name: str) -> Profile:
    """The profile of that name; raises ProfileNotFound, naming those there are."""
    from .exchanges.table import TABLE

    if name not in TABLE:
        check_exchange(name)
        raise ProfileNotFound(f"no profile is named {name}", hint=f"there are: {', '.join(names())}")
    return _profile(name, TABLE[name])


def clients() -> list[str]:
    """Every client that some profile has a preset for."""
    return sorted({client for name in names() for client in load(name).presets})


def parse(name: str, text: str) -> dict[str, Any]:
    """The contents of a profile's TOML *text*, checked.

    Raises:
        InvalidCredential: If it is not a profile; the message says where.
    """
    import re
    import tomllib

    try:
        plain = tomllib.loads(text)
        profile = _profile(name, plain)
        for field in profile.fields:
            check_field(field.name)
            re.compile(field.shape)
        known = {field.name for field in profile.fields}
        for preset in profile.presets.values():
            for variables in (preset.variables, *preset.rename.values()):
                if not variables.keys() <= known:
                    raise InvalidCredential(f"a preset names fields that {name} has not")
                for variable in variables.values():
                    check_variable(variable)
            for extra in (preset.live, preset.demo, *preset.region.values()):
                for variable in extra:
                    check_variable(variable)
            if not (preset.rename.keys() | preset.region.keys()) <= profile.regions.keys():
                raise InvalidCredential(f"a preset names regions that {name} has not")
    except (tomllib.TOMLDecodeError, re.error, TypeError, AttributeError) as error:
        raise InvalidCredential(f"the profile {name} cannot be read: {error}") from None
    return plain


def _profile(name: str, plain: Mapping[str, Any]) -> Profile:
    fields = tuple(Field(**field) for field in plain.get("fields", ()))
    presets = {client: Preset(**preset) for client, preset in plain.get("presets", {}).items()}
    return Profile(**{**plain, "name": name, "fields": fields, "presets": presets})
