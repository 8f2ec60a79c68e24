"""A profile's TOML, checked: as the built-in ones are compiled, and as a person's own files are read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from typing import Any

from ..base.rules import check_exchange, check_field, check_variable, shortened
from ..credential.credential import PERMISSIONS
from ..credential.private_keys import KINDS
from ..errors import InvalidCredential, VaultError
from .profile import CAUSES, ENVIRONMENTS, Limits, Preset, Profile, Rights

_OWN_VERIFY = {
    "errors",
    "pause",
    "skew",
    "source",
}  # of a built-in exchange's, what a person's own file may say
_BEGINNINGS = ("use", "creation")
_HINT = "your own are in the folder profiles beside the default vault; docs/profiles.md says what they hold"


def parse(name: str, text: str, base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the plain form of a profile's TOML *text*; a person's own is laid over *base*, perhaps empty.

    What is signed with a key decides what happens to the money behind it. So a person's own file, which may
    be somebody else's, changes no test request of a built-in exchange, and adds none but a GET.

    Raises:
        InvalidCredential: If it is not a profile; the message says where.
    """
    try:
        check_exchange(name)
        over = tomllib.loads(text)
        if base is not None:
            _check_own(over, base)
        plain = _laid_over(base or {}, over)
        _check(Profile.decode({**plain, "name": name}))
    except (ValueError, OverflowError, re.error, VaultError) as error:
        raise InvalidCredential(f"the profile {name} cannot be read: {error}", hint=_HINT) from None
    return plain


def _check_own(over: Mapping[str, Any], base: Mapping[str, Any]) -> None:
    """Raise InvalidCredential if a person's own file changes what is signed, or hides a redirect."""
    verify = over.get("verify")
    if isinstance(verify, dict):
        if base and (signed := sorted(verify.keys() - _OWN_VERIFY)):
            raise InvalidCredential(f"what is signed for a built-in exchange stays: verify.{signed[0]}")
        if verify.get("method", "GET") != "GET":
            raise InvalidCredential("an exchange of your own is asked by GET alone: verify.method")
    for client, preset in (base.get("presets") or {}).items():
        own = (over.get("presets") or {}).get(client)
        if isinstance(own, dict) and not {*preset.get("redirects", ())} <= {
            *own.get("redirects", preset.get("redirects", ()))
        }:
            raise InvalidCredential(f"a client's redirects can be added to, not taken away: presets.{client}")


def _laid_over(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(base)
    for key, value in over.items():
        deep = isinstance(value, dict) and isinstance(both.get(key), dict)
        both[key] = _laid_over(both[key], value) if deep else value
    return both


def _check(profile: Profile) -> None:
    """Raise InvalidCredential where the parts of a profile do not fit together."""
    known = {field.name for field in profile.fields}
    for field in profile.fields:
        check_field(field.name)
        re.compile(field.shape)
        _check_words("a kind of private key", field.keys, KINDS)
        if bool(field.shape) != bool(field.looks):
            raise InvalidCredential(f"{field.name} needs both a shape and its words, or neither")
    _check_words("a kind of private key", profile.keygen, KINDS)
    for preset in profile.presets.values():
        _check_preset(preset, known, profile.regions)
    for rule in profile.expiry:
        _check_words("a beginning", (rule.since,), _BEGINNINGS)
        _check_words("a permission", rule.permissions, PERMISSIONS)
        if rule.days < 1:
            raise InvalidCredential("a rule of expiry has no days")
    _check_words("a permission", profile.rights.words.values(), PERMISSIONS)
    sources = [rule.source for rule in profile.expiry]
    if profile.verify:
        sources.append(profile.verify.source)
        _check_words("an environment", profile.verify.elsewhere, ENVIRONMENTS)
        for causes in profile.verify.errors.values():
            _check_words("a cause", causes, CAUSES)
    sources += [profile.limits.source] if profile.limits != Limits(source="") else []
    sources += [profile.rights.source] if profile.rights != Rights(source="") else []
    if not all(re.search(r"\b20\d\d-\d\d\b", source) for source in sources):
        raise InvalidCredential("a rule has no source with its date, as in 2026-07")


def _check_preset(preset: Preset, known: Collection[str], regions: Collection[str]) -> None:
    for variables in (preset.variables, *preset.rename.values()):
        _check_words("a field", variables, known)
        for variable in variables.values():
            check_variable(variable)
    _check_words("a field", preset.retypes, known)
    for name in preset.redirects:
        check_variable(name.removesuffix("*"))
    for extra in (preset.live, preset.demo, preset.testnet, *preset.region.values()):
        for variable in extra:
            check_variable(variable)
    _check_words("a region", preset.region, regions)
    _check_words("a region or an environment", preset.rename, (*regions, *ENVIRONMENTS[1:]))


def _check_words(what: str, given: Collection[str], known: Collection[str]) -> None:
    if unknown := [word for word in given if word not in known]:
        raise InvalidCredential(f"not {what}: {shortened(unknown[0])}")
