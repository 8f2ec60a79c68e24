"""Why an exchange refused, in words: from its code to a sentence and the next step.

Which causes a code has stands in the exchange's profile; a sentence for each stands here. Where a code has
several causes, all are named, most likely first, and the hint says how to tell them apart.
"""

from __future__ import annotations

import re

from ..base.record import Record
from ..errors import (
    AddressRejected,
    AnswerRefused,
    ClockOff,
    ExchangeError,
    KeyRejected,
    PermissionMissing,
    RateLimited,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.secret import Secret
    from ..exchanges.profiles import Profile

SET_CLOCK = (
    "set the clock by the network: timedatectl set-ntp true (Linux), w32tm /resync (Windows), "
    "System Settings, Date & Time (macOS)"
)


class Asked(Record):
    """What was asked of whom: what the words of a refusal depend on.

    Attributes:
        region, environment: of the credential; an empty region is the usual one.
        host: where the request went.
        name: the credential, for hints.
        ips: the addresses that are recorded for it.
        secrets: its values; no word of an error repeats one.
    """

    profile: Profile
    region: str
    environment: str
    host: str
    name: str = "NAME"
    ips: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()

    @property
    def site(self) -> str:
        """The exchange, with its environment or site where it has several."""
        title, regions = self.profile.title, list(self.profile.regions)
        if self.environment != "live":
            return f"{title}'s {'test network' if self.environment == 'testnet' else 'demo environment'}"
        if len(regions) < 2:
            return title
        region = self.region or regions[0]
        return f"{title}'s {region.upper() if len(region) < 4 else region} site"

    @property
    def page(self) -> str:
        """The page where keys are managed, as the end of a sentence."""
        return self.profile.manage or f"the page of {self.profile.title} where keys are managed"

    def harmless(self, text: str) -> str:
        """*text* of the exchange's, unless it repeats a value of the credential."""
        repeats = any(len(value) >= 4 and value.reveal() in text for value in self.secrets)
        return "(not shown: it repeats a value of the credential)" if repeats else text


def refused(asked: Asked, status: int, code: str, message: str) -> ExchangeError:
    """The error for a refusal with that HTTP status, the exchange's *code* and its *message*.

    A profile knows it by its code, or by its status as ``HTTP 403``.
    """
    known = asked.profile.verify.errors if asked.profile.verify else {}
    causes = known.get(code) or known.get(f"HTTP {status}") or (("rate",) if status == 429 else ())
    if "key" in causes:  # another site is the first thing that the hint for an unknown key names
        causes = tuple(cause for cause in causes if cause != "region")
    title, shown = asked.profile.title, asked.harmless(code)
    shown = shown if shown.startswith("HTTP ") else f"code {shown}"
    if not causes:
        return AnswerRefused(
            f"{title} refused the request with {shown}, which coldvault does not know",
            hint=f"look it up in the documentation of {title}'s API; nothing is known about the key",
        )
    told = [_REASONS[cause](asked, message) for cause in causes]
    kind, sentence, hint, _ = told[0]
    if len(told) == 1:
        return kind(f"{sentence} ({shown})", hint=hint)
    sentences = "; ".join(f"({n}) {sentence}" for n, (_, sentence, _, _) in enumerate(told, 1))
    steps = "; ".join(f"({n}) {tell}" for n, (_, _, _, tell) in enumerate(told, 1))
    return kind(
        f"{title} refused with {shown}, which has {len(told)} causes, most likely first: {sentences}",
        hint=f"to tell them apart: {steps}; {asked.page}",
    )


def own_address(message: str) -> str:
    """The one IP address that a refusal names: the one the request came from; empty if there is none."""
    from ipaddress import ip_address

    found = set()
    for word in re.findall(
        r"(?<![\w.:])[0-9a-fA-F]{1,4}(?:[.:]{1,2}[0-9a-fA-F]{1,4}){2,8}(?![\w:])", message
    ):
        try:
            found.add(str(ip_address(word)))
        except ValueError:  # a time of day, a version
            pass
    return found.pop() if len(found) == 1 else ""


def clock_off(asked: Asked, skew: int) -> ClockOff:
    """The error for a clock that is *skew* milliseconds ahead of the exchange's, or behind if negative."""
    seconds, side = f"{abs(skew) / 1000:,.1f}", "ahead of" if skew > 0 else "behind"
    return ClockOff(f"this machine's clock is {seconds} s {side} {asked.profile.title}'s", hint=SET_CLOCK)


# --- one function a cause: the error's class, the sentence, the next step, how to tell it from others -----

Reason = tuple[type[ExchangeError], str, str, str]


def _label(asked: Asked, field: str) -> str:
    return asked.profile.field(field).label.replace("_", " ")


def _address(asked: Asked, message: str) -> Reason:
    own = asked.harmless(own_address(message))
    count = str(len(asked.ips)) if asked.ips else "addresses"
    bound = f" ({', '.join(asked.ips[:3])}{', …' * (len(asked.ips) > 3)})" if asked.ips else ""
    return (
        AddressRejected,
        f"your address {own + ' ' * bool(own)}is not among the {count} that this key is bound to",
        f"send from an address that is bound{bound}, or bind this one as well: {asked.page}",
        "compare this machine's public address with the ones bound to the key",
    )


def _key(asked: Asked, message: str) -> Reason:
    edit, regions = f"vault edit {asked.name}", list(asked.profile.regions)
    others = [region for region in regions if region != (asked.region or regions[0])]
    steps = []
    if others:
        own = f"is of the site {asked.region}" if asked.region else "has no region"
        steps.append(
            f"this credential {own}; if its account is elsewhere: {edit} --region {'|'.join(others)}"
        )
    if asked.environment != "live":
        steps.append(f"a key of the live environment: {edit} --live")
    elif asked.profile.host(asked.region, "demo"):
        steps.append(f"a demo key: {edit} --demo")
    steps.append(f"whether it was deleted or has expired: {asked.page}")
    return (
        KeyRejected,
        f"{asked.site} knows no such key",
        "; ".join(steps),
        "compare the key's first characters with the page, and its site and environment with the credential",
    )


def _secret(asked: Asked, message: str) -> Reason:
    return (
        KeyRejected,
        f"the {_label(asked, 'secret_key')} is not the one that belongs to this {_label(asked, 'api_key')}",
        f"a character is missing or changed, or two keys were mixed up; if it is lost, make a new key at "
        f"{asked.page}, then: vault rotate {asked.name}",
        f"the {_label(asked, 'secret_key')} may be another key's, or lack a character",
    )


def _passphrase(asked: Asked, message: str) -> Reason:
    return (
        KeyRejected,
        "the passphrase is not the one that this key was made with",
        "it is the one that you chose for this key, not the password of the account; if it is lost, make a "
        f"new key at {asked.page}, then: vault rotate {asked.name}",
        "the passphrase is the one that you chose for this key, not the account's password",
    )


def _environment(asked: Asked, message: str) -> Reason:
    title, edit = asked.profile.title, f"vault edit {asked.name}"
    if asked.environment == "live":
        known = [e for e in ("demo", "testnet") if asked.profile.host(asked.region, e)] or ["demo"]
        hint = f"if it was made for {' or '.join(known)}: {edit} --{'|--'.join(known)}"
    else:
        hint = f"if it was made for live trading: {edit} --live"
    return (
        KeyRejected,
        f"the key is not one of {title}'s {asked.environment} environment",
        hint,
        f"look where the key was made: it is recorded as {asked.environment}",
    )


def _region(asked: Asked, message: str) -> Reason:
    others = [region for region in asked.profile.regions if region != asked.region]
    other = f": vault edit {asked.name} --region {'|'.join(others)}" if len(others) > 1 else ""
    return (
        KeyRejected,
        f"{asked.site} does not serve this account, or not from where you are",
        f"use the site that the account was made at{other}",
        "look which site the account was made at, and whether it serves your country",
    )


def _frozen(asked: Asked, message: str) -> Reason:
    return (
        KeyRejected,
        f"{asked.profile.title} has frozen or disabled this key or its account",
        f"look for a notice: {asked.page}",
        "look whether the key is shown as disabled or frozen",
    )


def _expired(asked: Asked, message: str) -> Reason:
    return (
        KeyRejected,
        "the key has expired",
        f"make a new one at {asked.page}, then: vault rotate {asked.name}",
        "look whether the key is shown as expired, or no longer at all",
    )


def _bind(asked: Asked, message: str) -> Reason:
    return (
        PermissionMissing,
        f"{asked.profile.title} answers this request only to a key that is bound to an address",
        f"bind the key to the address of this machine: {asked.page}",
        "look whether an address is bound to the key",
    )


def _permission(asked: Asked, message: str) -> Reason:
    return (
        PermissionMissing,
        "the key lacks the permission to be asked about itself",
        f"the key itself may be in order; allow it to read: {asked.page}",
        "look whether reading is allowed to the key",
    )


def _clock(asked: Asked, message: str) -> Reason:
    return (
        ClockOff,
        f"{asked.profile.title} refused the time of the request",
        SET_CLOCK,
        "look at this machine's clock",
    )


def _rate(asked: Asked, message: str) -> Reason:
    return (
        RateLimited,
        f"{asked.profile.title} asks for fewer requests",
        "wait a minute, and look whether a program uses up the limit of this account or address",
        "wait a minute and try once more",
    )


def _locked(asked: Asked, message: str) -> Reason:
    return (
        RateLimited,
        f"{asked.profile.title} has locked out this key or address for a while, after refusing it too often",
        "stop every program that uses the key, wait a quarter of an hour, and find the fault first",
        "wait a quarter of an hour and try once more",
    )


def _busy(asked: Asked, message: str) -> Reason:
    return (
        ExchangeError,
        f"{asked.profile.title} is too busy, or under maintenance",
        "this says nothing about the key; try again later",
        "try again later",
    )


def _nonce(asked: Asked, message: str) -> Reason:
    return (
        ExchangeError,
        f"{asked.profile.title} has seen a larger nonce from this key: a program uses it at the same time",
        "the key is genuine; give each program a key of its own, since a nonce in a larger unit, as "
        "nanoseconds, locks the others out for good",
        "look which other program uses the key",
    )


def _request(asked: Asked, message: str) -> Reason:
    return (
        ExchangeError,
        f"{asked.profile.title} did not understand the request",
        "this says nothing about the key; its API may have changed: look for a newer coldvault",
        "look for a newer coldvault",
    )


# By the words of profiles.CAUSES.
_REASONS = {
    "address": _address,
    "bind": _bind,
    "busy": _busy,
    "clock": _clock,
    "environment": _environment,
    "expired": _expired,
    "frozen": _frozen,
    "key": _key,
    "locked": _locked,
    "nonce": _nonce,
    "passphrase": _passphrase,
    "permission": _permission,
    "rate": _rate,
    "region": _region,
    "request": _request,
    "secret": _secret,
}


def no_agent(asked: Asked, role: str) -> KeyRejected:
    """The error for a private key whose address is in Hyperliquid's books as *role*, and not as an agent."""
    if role == "missing":
        return KeyRejected(
            f"{asked.site} knows no such agent: it was never approved, was replaced, or has expired",
            hint=f"approve a new one, with an address that was never used before, {asked.page}; then: "
            f"vault rotate {asked.name}",
        )
    return KeyRejected(
        "the private key is not an agent's but an account's own, which can move its funds",
        hint=f"approve an agent and store that one's key instead, {asked.page}",
    )
