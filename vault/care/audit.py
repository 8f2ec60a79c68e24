"""Findings about credentials and the vault that holds them, worst first.

Pure: nothing is read, printed or changed, and no finding holds a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from shlex import quote

from ..base.clock import SKEW
from ..base.record import Record
from ..base.rules import counted
from ..base.times import ago, day
from ..credential.credential import Credential
from ..errors import ProfileNotFound, VaultError
from ..exchanges.profile import Profile
from ..unlock.cost import Kdf
from .deadlines import DAY, SOON, Deadline, deadlines, unbound, warning
from .findings import Finding, finding, of_password, worst_first
from .keys import is_own_wallet, is_wallet, listed
from .shared import same_values
from .usage import Used

UNUSED = 30 * DAY  # without a run: nothing seems to need the key
UNFINISHED = 7 * DAY  # a successor that is only staged, a predecessor that is still kept
FORGOTTEN = 30 * DAY  # disabled here, and nobody has deleted it at the exchange
_RACE = 60  # seconds in which a run that began before a key was disabled may still be noted
_CHOSEN = {"passphrase", "otp"}  # fields that a person thinks up, and may think up twice

# Severity and meaning of each finding, by its stable code; findings of one severity come in this order.
CODES = {
    "journal-damaged": ("critical", "the usage journal was cut short, changed, or cannot be read"),
    "used-while-disabled": ("critical", "a program was handed a key after it was disabled"),
    "overdue": ("critical", "a key has ended, or has lost rights"),
    "withdraw-unbound": ("critical", "a live key may withdraw, and works from any address"),
    "wallet-itself": ("high", "a private key is that of the account's address, not of an agent"),
    "overdue-estimate": ("high", "a key has perhaps ended: by our own record, which may be incomplete"),
    "due": ("high", "a key ends, or loses rights, within the time asked for; estimates say so"),
    "time-ahead": ("high", "something is dated after now: a clock was wrong, and it does not count"),
    "unbound": ("high", "a live key may trade, and works from any address"),
    "mixed-environments": ("high", "a live and a demo or testnet credential hold the same value"),
    "password-file-open": ("high", "other users of this machine can read the file with the master password"),
    "withdraw": ("medium", "a live key may withdraw; it works from its own addresses only"),
    "permissions-unknown": ("medium", "the permissions of a live key are not recorded"),
    "shared-key": ("medium", "two credentials hold the same key"),
    "unused": ("medium", "no program was handed the key for 30 days"),
    "previous-kept": ("medium", "a replaced key is still kept after 7 days, and may still work"),
    "staged": ("medium", "a successor is staged for more than 7 days"),
    "disabled-kept": ("medium", "a key has been disabled for 30 days, and may still work elsewhere"),
    "too-many-keys": ("medium", "an account has more keys than its exchange allows"),
    "too-many-addresses": ("medium", "a key is bound to more addresses than its exchange allows"),
    "remark": ("medium", "a value does not look like those that its exchange gives"),
    "profile-broken": ("medium", "the profile of a credential's exchange cannot be read"),
    "weak-kdf": ("medium", "a guess at the master password costs less than the default"),
    "old-backup": ("medium", "an earlier master password opens a version beside the vault"),
    "profile-unknown": ("low", "no profile exists for a credential's exchange"),
    "never-verified": ("low", "no test request with the present values has succeeded"),
    "pending": ("low", "a key pair made here waits for the exchange's API key"),
    "shared-passphrase": ("low", "two credentials hold the same passphrase"),
    "no-recovery": ("low", "only the master password opens the vault"),
}
_finding = partial(finding, CODES)


class VaultFacts(Record):
    """Facts about the vault itself.

    Attributes:
        kdf: the cost of a guess at the master password; None if there is no password.
        recovery: whether it has a recovery key.
        old_backup: path of an earlier version beside it, of another epoch.
        password_file: path of a file with the master password, if others can read it.
        journal: the problems of the usage journal, a sentence each.
        later: times after now that the journal has.
    """

    kdf: Kdf | None = None
    recovery: bool = True
    old_backup: str = ""
    password_file: str = ""
    journal: tuple[str, ...] = ()
    later: tuple[int, ...] = ()


def audit(
    credentials: Iterable[Credential],
    profiles: Callable[[str], Profile],
    usage: Mapping[str, Used],
    now: int,
    within: int = SOON,
    vault: VaultFacts | None = None,
) -> list[Finding]:
    """Return every finding, worst first; the order of *credentials* does not matter.

    Args:
        profiles: ``profiles.load``, or another function that raises the same errors.
        usage: by the credential's name.
        within: seconds from *now* to the last deadline that is reported.
        vault: None to audit the credentials alone.
    """
    credentials = sorted(credentials, key=lambda credential: credential.name)
    found = list(_of_vault(vault or VaultFacts()))
    known: dict[str, Profile] = {}
    broken: dict[str, VaultError] = {}
    for exchange in dict.fromkeys(credential.exchange for credential in credentials):
        try:
            known[exchange] = profiles(exchange)
        except VaultError as error:
            known[exchange], broken[exchange] = Profile(exchange, exchange), error
    shared = same_values(credentials, known)
    elsewhere = {name for names, same in shared.items() if not same <= _CHOSEN for name in names}
    for credential in credentials:
        profile, used = known[credential.exchange], usage.get(credential.name, Used())
        if credential.exchange in broken:
            found.append(_no_profile(credential, broken[credential.exchange]))
        found += _ahead(credential, now)
        found += _deadlines(credential, profile, used, now, within)
        found += _rights(credential, profile)
        found += _life(credential, profile, used, now, credential.name in elsewhere)
        found += _values(credential, profile)
    found += _too_many(credentials, known)
    found += _shared(credentials, shared)
    return worst_first(CODES, found)


def _of_vault(vault: VaultFacts) -> Iterator[Finding]:
    for problem in vault.journal:
        hint = "see the remaining records: vault log; if you did not do this, replace the keys that matter"
        yield _finding("journal-damaged", f"the usage journal is damaged: {problem}", hint)
    if vault.later:
        message = (
            f"the journal has {counted(len(vault.later), 'time')} after now, up to {day(max(vault.later))}"
        )
        yield _finding("time-ahead", f"{message}; they do not count", "see which clock was wrong: vault log")
    yield from of_password(CODES, vault.kdf, vault.password_file)
    if vault.old_backup:
        message = f"an earlier master password opens {vault.old_backup}"
        hint = f"when the vault opens with its present password: rm {quote(vault.old_backup)}"
        yield _finding("old-backup", message, hint)
    if not vault.recovery:
        message = "only the master password opens the vault: it has no recovery key"
        hint = "write the master password on paper; a vault gets a recovery key when it is made: vault init"
        yield _finding("no-recovery", message, hint)


def _ahead(credential: Credential, now: int) -> Iterator[Finding]:
    """Yield a finding for the latest time after *now* that is on record."""
    times = {"stored": credential.created, "made": credential.issued, "changed": credential.updated}
    for what, values in (("its successor", credential.staged), ("the key before it", credential.previous)):
        if values is not None:
            times |= {f"{what}: stored": values.created, f"{what}: made": values.issued}
            times |= {f"{what}: replaced": values.replaced}
    name, late = credential.name, {what: at for what, at in times.items() if at and at > now + SKEW}
    if late:
        what = max(late, key=lambda what: late[what])
        message = f"{name} has a time after now, which does not count ({what} on {day(late[what])})"
        hint = f"once this clock is right, note when the key was made: vault edit {name} --issued DATE"
        yield _finding("time-ahead", message, hint, name)


def _no_profile(credential: Credential, error: VaultError) -> Finding:
    name, exchange = credential.name, credential.exchange
    if isinstance(error, ProfileNotFound):
        message = f"no profile is named {exchange}: the rules of {name}'s exchange are unknown"
        return _finding("profile-unknown", message, f"put its file back: profiles/{exchange}.toml", name)
    message = f"the rules of {name}'s exchange are unknown: {error}"
    return _finding("profile-broken", message, error.hint or f"mend it: profiles/{exchange}.toml", name)


def _deadlines(
    credential: Credential, profile: Profile, used: Used, now: int, within: int
) -> Iterator[Finding]:
    if credential.state != "active":
        return  # no program is handed it, so none stops when it ends
    told = set()
    for deadline in deadlines(credential, profile, used.last, now):
        kind = (deadline.what, deadline.estimate)
        if deadline.at - now > within or kind in told:
            continue
        told.add(kind)
        passed = deadline.at <= now
        code = "due" if not passed else "overdue-estimate" if deadline.estimate else "overdue"
        hint = _next_step(credential, profile, deadline, passed)
        yield _finding(code, warning(credential.name, deadline, now), hint, credential.name)


def _next_step(credential: Credential, profile: Profile, deadline: Deadline, passed: bool) -> str:
    name = credential.name
    if passed and deadline.estimate and profile.verify is not None:
        return f"see whether it still works: vault verify {name}; if it does not: vault rotate {name}"
    steps = []
    if deadline.kind == "use" and profile.verify is not None:  # an estimate: not passed, that is
        steps.append(f"use it: vault verify {name}")
    if deadline.bindable and not passed:
        steps.append(f"bind it to an address at {profile.page}, and note it: vault edit {name} --ip ADDR")
    return "; or ".join(steps) or f"make another key at {profile.page}; then: vault rotate {name}"


def _rights(credential: Credential, profile: Profile) -> Iterator[Finding]:
    name, where = credential.name, profile.page
    if credential.environment != "live" or credential.state == "pending":
        return
    bind = f"bind it at {where}, and note it: vault edit {name} --ip ADDR"
    anywhere = unbound(credential) and not is_wallet(profile)
    recorded = "no address is recorded" if not credential.ips else "it is bound to any address"
    if "withdraw" in credential.permissions:
        if anywhere:
            message = f"anyone who has {name} can withdraw from anywhere: {recorded}"
            yield _finding("withdraw-unbound", message, f"take the right away, or {bind}", name)
        else:
            hint = f"take the right away unless a program needs it: {where}"
            yield _finding("withdraw", f"{name} may withdraw", hint, name)
    elif "trade" in credential.permissions and anywhere:
        message = f"anyone who has {name} can trade from anywhere: {recorded}"
        yield _finding("unbound", message, bind, name)
    elif not credential.permissions and profile.fields and not is_wallet(profile):
        message = f"the permissions of {name} are not recorded: it may be able to withdraw"
        hint = f"look at {where}, then: vault edit {name} --permission read --permission trade"
        if profile.verify is not None:
            hint = f"ask the exchange: vault verify {name} --record"
        yield _finding("permissions-unknown", message, hint, name)
    if 0 < profile.limits.ips < len(credential.ips):
        message = f"{name} is bound to {len(credential.ips)} addresses; {profile.title} allows "
        hint = f"compare with {where}, then: vault edit {name} --ip ADDR"
        yield _finding("too-many-addresses", f"{message}{profile.limits.ips}", hint, name)


def _life(
    credential: Credential, profile: Profile, used: Used, now: int, elsewhere: bool
) -> Iterator[Finding]:
    """Yield findings on its state; a key that is *elsewhere* in the vault, too, is not to be deleted."""
    name, where, stored = credential.name, profile.page, min(credential.created, now)
    delete = f"delete it at {where}; then: vault remove {name}"
    if elsewhere:
        delete = f"remove it here, where another credential has its key, too: vault remove {name}"
    if credential.state == "pending":
        message = f"{name} is a key pair that waits for {profile.issuer}'s API key"
        hint = f"upload its public half at {where}; go on: vault keygen {name}; or: vault remove {name}"
        yield _finding("pending", message, hint, name)
    if credential.state == "disabled":
        since = credential.updated or credential.created
        if used.run is not None and used.run > since + _RACE:
            message = f"a program was handed {name} {ago(used.run, now)}, after it was disabled"
            yield _finding("used-while-disabled", message, f"see which: vault log; {delete}", name)
        elif now - since > FORGOTTEN:
            message = f"{name} was disabled {ago(since, now)}, and may still work elsewhere"
            yield _finding("disabled-kept", message, delete, name)
    if credential.state == "active":
        if now - max(stored, used.run or 0) > UNUSED:
            told = "no run with it is recorded" if used.run is None else f"last run {ago(used.run, now)}"
            message = f"{name} is not used: stored {ago(stored, now)}, {told}"
            yield _finding("unused", message, f"if nothing needs it, {delete}", name)
        if profile.verify is not None and (used.verified or -1) < stored:
            message = f"no test request with {name} has succeeded since its values were stored"
            yield _finding("never-verified", message, f"vault verify {name}", name)
    if credential.staged is not None and now - credential.staged.created > UNFINISHED:
        message = f"the successor of {name} was staged {ago(credential.staged.created, now)}, and still is"
        hint = f"vault verify {name} --next; then: vault rotate {name} --commit, or --abort"
        if any(not field.optional and field.name not in credential.staged.fields for field in profile.fields):
            hint = f"complete the key pair: vault keygen {name}; or drop it: vault rotate {name} --abort"
        yield _finding("staged", message, hint, name)
    previous = credential.previous
    if previous is not None and now - (previous.replaced or credential.created) > UNFINISHED:
        when = ago(previous.replaced or credential.created, now)
        message = f"the key that {name} replaced {when} is still kept, and may still work"
        hint = f"delete it at {where}; then: vault rotate {name} --forget"
        if credential.retired is None:
            message = f"the values of {name} from before a correction {when} are still kept"
            hint = f"once the key works: vault rotate {name} --forget"
        elif elsewhere:
            hint = f"look which credential has it, too; then: vault rotate {name} --forget"
        yield _finding("previous-kept", message, hint, name)


def _values(credential: Credential, profile: Profile) -> Iterator[Finding]:
    name = credential.name
    for what, values in (("", credential), ("its successor's ", credential.staged)):
        for field, value in values.fields.items() if values is not None else ():
            for remark in profile.remarks(field, value):
                hint = "compare it with what was shown when the key was made"
                if profile.verify is not None:
                    hint = f"see whether it works: vault verify {name}"
                if what:
                    hint = f"store it again: vault rotate {name} --abort; vault rotate {name}"
                yield _finding("remark", f"{name}: {what}{remark}", hint, name)
    if is_own_wallet(credential, profile):
        message = (
            f"{name}'s private key is its wallet's own and can move all funds, unless the address is wrong"
        )
        hint = f"make an agent, and approve its address at {profile.page}: vault keygen {name}"
        yield _finding("wallet-itself", message, hint, name)


def _too_many(credentials: Iterable[Credential], known: Mapping[str, Profile]) -> Iterator[Finding]:
    accounts: dict[tuple[str, str, str, str], list[str]] = {}
    for credential in credentials:
        if credential.state != "pending":
            profile = known[credential.exchange]
            region = credential.region or next(iter(profile.regions), "")
            account = (profile.name, region, credential.account or credential.uid, credential.environment)
            # The exchange counts disabled, replaced and staged keys, too.
            values = (credential, credential.staged, credential.retired)
            held = accounts.setdefault(account, [])
            held += [credential.name for each in values if each is not None]
    for (exchange, _, account_name, environment), names in accounts.items():
        profile = known[exchange]
        if 0 < profile.limits.keys < len(names):
            kind = "" if environment == "live" else f"{environment} "
            whose = f"account {account_name}" if account_name else "one account"
            message = f"{whose} has {len(names)} {kind}keys here; {profile.title} allows "
            message += f"{profile.limits.keys}: {listed(names)}"
            hint = f"delete unused keys at {profile.page}; or name accounts: vault edit NAME --account TEXT"
            yield _finding("too-many-keys", message, hint)


def _shared(
    credentials: Iterable[Credential], shared: Mapping[tuple[str, ...], set[str]]
) -> Iterator[Finding]:
    environments = {credential.name: credential.environment for credential in credentials}
    for names, same in shared.items():
        what = f"{listed(names)} have the same {', '.join(sorted(same))}"
        found = sorted({environments[name] for name in names})
        if same <= _CHOSEN:
            hint = "choose another one for the next key of each"
            yield _finding("shared-passphrase", what, hint, names[0])
        elif len(found) > 1:
            hint = f"see where it belongs: vault verify {names[0]}; and remove or mend the others"
            what += f", though they are {' and '.join(found)}"
            yield _finding("mixed-environments", what, hint, names[0])
        else:
            hint = f"give programs one name for it, and remove the other: vault remove {names[-1]}"
            yield _finding("shared-key", what, hint, names[0])
