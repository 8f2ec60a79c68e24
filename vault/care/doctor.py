"""Findings about the vault's file and its machine, worst first; pure, and without unlocking.

A note needs no action: it is shown so that nobody takes silence for a promise.
"""

from __future__ import annotations

import os
from functools import partial
from shlex import quote

from ..base.record import Record
from ..base.times import minute
from . import places
from .findings import NOTE, Finding, finding, of_password, worst_first
from .places import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from ..copies.beside import Copy, VaultFiles

RELEASED = 1_793_491_200  # 2026-11-01: this version ran on no machine before
_SKEW = 120  # seconds that a file server's clock may be ahead

# Severity and meaning of each finding, by its stable code; findings of one severity come in this order.
CODES = {
    "vault-refused": ("critical", "the vault is damaged, or open to others: no command would open it"),
    "older-than-seen": ("high", "an older or another version stands in the place of one seen here"),
    "conflict-copy": ("high", "a sync tool seems to have set aside a version, saved on another machine"),
    "file-refused": ("high", "a file that belongs to the vault is open to others, or not a file"),
    "folder-open": ("high", "somebody else may replace the vault, or the notes of what was seen"),
    "password-file-open": ("high", "other users of this machine can read the file with the master password"),
    "password-file-shared": ("high", "the file with the master password is where copies of it are made"),
    "password-variable": ("high", "a variable seems to hold a password"),
    "tracked": ("high", "git tracks the vault"),
    "passing": ("high", "the vault lies where files do not last"),
    "clock": ("high", "this machine's clock is wrong"),
    "synced": ("medium", "the vault is in a folder that a service copies elsewhere"),
    "work-tree": ("medium", "the vault is in a git work tree"),
    "network": ("medium", "the vault is on a network file system"),
    "old-password": ("medium", "an earlier master password opens a version beside the vault"),
    "weak-kdf": ("medium", "a guess at the master password costs less than the default"),
    "swap": ("medium", "memory may be written to a disk without encryption"),
    "core-dumps": ("medium", "a program that crashes leaves its memory behind, credentials included"),
    "clipboard-history": ("medium", "a program keeps a history of the clipboard"),
    "leftover": ("low", "a save was killed, and left a file"),
    "setting": ("low", "a VAULT_* variable has an implausible value"),
    "copy": (NOTE, "another version stands beside the vault"),
    "unknown-variable": (NOTE, "a VAULT_* variable has no meaning"),
    "no-vault": (NOTE, "no vault exists yet"),
    "same-user": (NOTE, "programs of the same user can read what a running program was given"),
    "unchecked": (NOTE, "something could not be found out on this system"),
}
_finding = partial(finding, CODES)


class HostFacts(Record):
    """Facts about the machine and the surroundings of the vault.

    Attributes:
        now: seconds since the Unix epoch.
        place: of the vault.
        password: the place of the file with the master password, or None.
        password_open: whether others can read it.
        password_missing: its path, if it does not exist.
        writers: others who may write to folders on the way to the vault, a sentence each.
        swap: unencrypted swap devices; None if unknown.
        core_dumps: the fate of a crashed program's memory; empty if it is discarded, None if unknown.
        histories: programs that keep a history of the clipboard; None if unknown.
        traceable: whether programs of this user may read each other's memory.
        variables: those of the environment that begin with ``VAULT_``.
        known: the names of variables that have a meaning.
    """

    now: int
    beside: VaultFiles
    place: Place
    password: Place | None = None
    password_open: bool = False
    password_missing: str = ""
    writers: tuple[str, ...] = ()
    swap: tuple[str, ...] | None = None
    core_dumps: str | None = None
    histories: tuple[str, ...] | None = None
    traceable: bool | None = None
    variables: Mapping[str, str] = {}
    known: Collection[str] = ()


def examine(facts: HostFacts) -> list[Finding]:
    """Return every finding, worst first."""
    copies = [each for copy in facts.beside.copies for each in _of_copy(copy, facts.beside)]
    found = [*_of_files(facts), *copies, *_of_place(facts.place)]
    found += [*_of_password(facts), *_of_machine(facts), *_of_variables(facts)]
    return worst_first(CODES, found)


def _of_files(facts: HostFacts) -> Iterator[Finding]:
    beside = facts.beside
    if beside.saved is None:
        hint = "create one: vault init; or name it: --file PATH or VAULT_FILE"
        yield _finding("no-vault", f"no vault at {beside.path}: only its folder was checked", hint)
    if beside.refusal is not None:
        yield _finding("vault-refused", str(beside.refusal), beside.refusal.hint)
    for error in beside.refusals:
        yield _finding("file-refused", str(error), error.hint)
    for who in facts.writers:
        message = f"{who}: they could replace the vault, or the notes about it"
        yield _finding("folder-open", message, "keep the vault in folders of your own: chmod go-w FOLDER")
    if beside.header is None:
        return
    if beside.newest is not None:
        ours = beside.header.generation
        which = "another file of that save" if beside.newest == ours else f"save {ours}"
        message = f"this machine has seen save {beside.newest} of this vault; here stands {which}"
        hint = "join it with the one seen last: vault merge; if this one alone is meant: --accept-older"
        yield _finding("older-than-seen", message, hint)


def _of_copy(copy: Copy, beside: VaultFiles) -> Iterator[Finding]:
    path, remove = copy.path, f"rm {quote(copy.path)}"
    ours = beside.header
    if copy.kind == "leftover":
        yield _finding("leftover", f"a save was killed, and left {path}", "the next save removes it")
    elif copy.kind == "journal":
        message = f"a sync tool seems to have set aside a journal: {path}; the other one lacks its records"
        yield _finding(
            "conflict-copy", message, f"nothing merges journals; once you do not need it: {remove}"
        )
    elif ours is None or not copy.generation:
        message = f"{path} is named like a version that a sync tool set aside, and is not a complete vault"
        yield _finding("conflict-copy", message, f"let the tool finish; if the file stays as it is: {remove}")
    elif not copy.same and (
        copy.kind == "conflict" or (copy.kind == "copy" and copy.generation >= ours.generation)
    ):
        saves = f"save {copy.generation}, the vault is of save {ours.generation}"
        message = f"a sync tool seems to have set aside {path} ({saves}); it may hold what the vault lacks"
        hint = (
            f"see what differs: vault merge {quote(path)} --dry-run; without that, join them; then: {remove}"
        )
        yield _finding("conflict-copy", message, hint)
    elif copy.epoch < ours.epoch:
        hint = f"when the vault opens with its present password: {remove}"
        yield _finding("old-password", f"an earlier master password opens {path}", hint)
    elif copy.kind != "previous":
        what = "the same as the vault" if copy.same else f"of save {copy.generation}"
        message = f"a copy stands beside the vault, {what}: {path}"
        yield _finding("copy", message, f"if you do not need it: {remove}")


def _of_place(place: Place) -> Iterator[Finding]:
    path, kind = place.path, place.file_system
    if (synced := places.synced(place)) is not None:
        message = f"{synced[0]} syncs {synced[1]}, and the vault in it: "
        message += "it stores every version elsewhere, those with an earlier password included"
        hint = "move the vault to a folder of this machine alone, and copy it on purpose: vault backup DIR"
        yield _finding("synced", message, hint)
    if (root := places.work_tree(place)) is not None:
        name = os.path.relpath(path, root)
        if place.tracked:
            message = f"git tracks {path}: every clone has it, and every earlier version"
            hint = f"git rm --cached {quote(name)}; then another password, vault passwd, and new keys"
            yield _finding("tracked", message, hint)
        elif place.tracked is None or not place.ignored:
            known = "git does not track it so far" if place.tracked is False else "see git ls-files"
            message = f"the vault is in a git work tree, {root}; {known}"
            line = quote(places.ignore_line(name))
            hint = f"move it; or have git ignore it: echo {line} >> {quote(os.path.join(root, '.gitignore'))}"
            yield _finding("work-tree", message, hint)
    if kind in places.NETWORK:
        message = f"the vault is on a network file system ({kind}): locks and confirmed writes may fail there"
        hint = "keep it on a disk of this machine, and copies there: vault backup DIR"
        yield _finding("network", message, hint)
    if (end := places.end(place)) is not None:
        yield _finding("passing", f"the vault is on a {kind}, and is gone {end}", "keep it on a disk")


def _of_password(facts: HostFacts) -> Iterator[Finding]:
    header, place = facts.beside.header, facts.password
    slot = header.password_slot if header else None
    readable = place.path if place and facts.password_open else ""
    yield from of_password(CODES, slot.kdf if slot else None, readable)
    if place is None:
        return
    where = []
    if (synced := places.synced(place)) is not None:
        where.append(f"in a folder that {synced[0]} syncs")
    if (root := places.work_tree(place)) is not None:
        where.append(f"tracked by git ({root})" if place.tracked else f"in a git work tree ({root})")
    if place.file_system in places.NETWORK:
        where.append(f"on a network file system ({place.file_system})")
    if where:
        message = f"the file with the master password is {' and '.join(where)}: {place.path}"
        yield _finding("password-file-shared", message, "move it; then another password: vault passwd")


def _of_machine(facts: HostFacts) -> Iterator[Finding]:
    if facts.now < max(RELEASED, (facts.beside.saved or 0) - _SKEW):
        than = "this version was made" if facts.now < RELEASED else "the vault was last saved"
        message = f"this machine's clock says {minute(facts.now)} UTC, which is before {than}"
        hint = "set the clock: with a wrong one, exchanges refuse requests, and deadlines are wrong"
        yield _finding("clock", message, hint)
    if facts.swap:
        message = f"memory, with passwords and keys, may be written unencrypted to: {', '.join(facts.swap)}"
        yield _finding("swap", message, "encrypt swap with dm-crypt, or use zram; or turn it off: swapoff -a")
    if facts.core_dumps:
        message = f"the memory of a bot that crashes, its credentials included, {facts.core_dumps}"
        hint = "start bots with: prlimit --core=1 vault run …; in a unit of systemd: LimitCORE=1"
        yield _finding("core-dumps", message, hint)
    for name in facts.histories or ():
        message = f"{name} keeps a history of the clipboard, copied keys included"
        hint = "exclude the browser from it; or clear the history after copying a page of keys"
        yield _finding("clipboard-history", message, hint)
    memory = {True: ", and its memory", False: "", None: ", and perhaps its memory"}[facts.traceable]
    message = "every program of your user can read the variables of a running bot"
    message += f"{memory}: nothing prevents it"
    hint = "run programs that you do not trust as another user"
    if facts.traceable:
        hint += "; on Linux, kernel.yama.ptrace_scope=1 protects the memory, though not the variables"
    yield _finding("same-user", message, hint)
    unknown = {
        "whether swap is encrypted": facts.swap is None,
        "what happens to the memory of a program that crashes": facts.core_dumps is None,
        "whether something keeps a history of the clipboard": facts.histories is None,
        "the kind of file system": not facts.place.file_system,
    }
    if any(unknown.values()):
        listed = ", ".join(fact for fact, is_unknown in unknown.items() if is_unknown)
        yield _finding("unchecked", f"not known on this system: {listed}", "check it by hand")


def _of_variables(facts: HostFacts) -> Iterator[Finding]:
    for name, value in facts.variables.items():
        if name in facts.known or not value:
            continue
        if "PASS" in name:
            message = f"{name} seems to hold a password; every program inherits it, and coldvault ignores it"
            hint = f"unset {name}; name a file with the password instead: VAULT_PASSWORD_FILE"
            yield _finding("password-variable", message, hint)
        else:
            message = f"{name} is not a variable of coldvault, and has no effect"
            yield _finding("unknown-variable", message, f"its variables: {', '.join(sorted(facts.known))}")
    if (file := facts.variables.get("VAULT_FILE", "")) and not os.path.isabs(file):
        message = f"VAULT_FILE is a relative path, {file}: the current folder decides which vault it names"
        yield _finding("setting", message, f"export VAULT_FILE={quote(facts.beside.path)}")
    if facts.password_missing:
        message = f"no file with the master password at {facts.password_missing}"
        yield _finding("setting", message, "check --password-file, or VAULT_PASSWORD_FILE")
