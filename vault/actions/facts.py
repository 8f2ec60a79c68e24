"""The fields of a credential that are not secret, checked against its exchange's profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.clock import SKEW
from ..base.rules import check_address, shortened
from ..base.secret import Secret
from ..base.times import day
from ..credential.credential import PERMISSIONS
from ..errors import InvalidCredential
from ..exchanges.profile import Profile
from ..launch import binding, quirks
from ..launch.variables import check_target


def read(given: Mapping[str, Any], profile: Profile, now: int) -> dict[str, Any]:
    """Return the fields of a Credential that *given* sets.

    In *given*, ``environment`` is ``live``, ``demo`` or ``testnet``, and ``only_for`` has programs as
    ``PROGRAM`` or ``PROGRAM:SCRIPT``. Raises InvalidCredential; VariableRefused if a variable must not
    hold a credential; HostError if a program cannot be read.
    """
    facts = dict(given)
    check_made(facts.get("issued"), now)
    for address in facts.get("ips", ()):
        check_address(address)
    for key in facts.keys() & {"permissions", "tags"}:
        facts[key] = tuple(sorted(set(facts[key])))
    if not set(facts.get("permissions", ())) <= set(PERMISSIONS):
        raise InvalidCredential(f"permissions are {', '.join(PERMISSIONS)}")
    for variable in facts.get("variables", {}).values():
        check_target(variable)
    if "only_for" in facts:
        facts["only_for"] = tuple(binding.read(text) for text in facts["only_for"])
    if "environment" in facts:
        name = facts.pop("environment")
        if profile.regions and name not in profile.environments:
            raise InvalidCredential(
                f"{profile.title} has no {name} environment that is known here",
                hint=f"there are: {', '.join(profile.environments)}",
            )
        facts |= {"demo": name == "demo", "testnet": name == "testnet"}
    if facts.get("region") and profile.regions and facts["region"] not in profile.regions:
        raise InvalidCredential(
            f"{profile.title} has no region {shortened(facts['region'])}",
            hint=f"there are: {', '.join(profile.regions)}",
        )
    if facts.get("preset") and facts["preset"] not in profile.presets:
        raise InvalidCredential(
            f"unknown client for {profile.title}: {shortened(facts['preset'])}",
            hint=f"there are: {', '.join(profile.presets) or 'none'}; or map them: --variable FIELD=VAR",
        )
    return facts


def check_made(issued: int | None, now: int) -> None:
    """Raise InvalidCredential if a key is said to be made after *now*."""
    if issued is not None and issued > now + SKEW:
        raise InvalidCredential(
            f"the exchange cannot have made it on {day(issued)}, which is still to come",
            hint="check the year, and this machine's clock",
        )


def client_warnings(profile: Profile, client: str, fields: Mapping[str, Secret]) -> list[str]:
    """Return a sentence for each value that *client* would misread; none if the profile does not know it."""
    if client not in profile.presets:
        return []
    return [
        f"{profile.field(name).label}: {text}"
        for name, value in fields.items()
        for text in quirks.warnings(profile, client, name, value.reveal())
    ]
