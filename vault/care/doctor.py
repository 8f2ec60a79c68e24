"""What endangers a vault from outside: facts about its file and its machine in, findings out, worst first.

Pure, and nothing is unlocked for it. What is only a note cannot be helped, or need not be: it is said all the
same, so that nobody takes silence for a promise.
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
    from collections.abc import Collection, Iterable, Iterator, Mapping

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
    "tracked": ("high", "git keeps the vault"),
    "passing": ("high", "the vault lies where files do not last"),
    "clock": ("high", "this machine's clock is wrong"),
    "synced": ("medium", "the vault is in a folder that a service copies elsewhere"),
    "work-tree": ("medium", "the vault is in a git work tree"),
    "network": ("medium", "the vault is on a network file system"),
    "old-password": ("medium", "an earlier master password opens a version beside the vault"),
    "weak-kdf": ("medium", "a guess at the master password costs less than the default"),
    "swap": ("medium", "memory may be written to a disk without encryption"),
    "core-dumps": ("medium", "a program that crashes leaves its memory somewhere, credentials included"),
    "clipboard-history": ("medium", "something keeps what is copied"),
    "leftover": ("low", "a save was killed, and left a file"),
    "setting": ("low", "a variable of ours is set to something that hardly can be meant"),
    "copy": (NOTE, "another version stands beside the vault"),
    "unknown-variable": (NOTE, "a variable looks like one of ours and is none"),
    "no-vault": (NOTE, "there is no vault yet"),
    "same-user": (NOTE, "programs of the same user can read what a running program was given"),
    "unchecked": (NOTE, "what is not known on this system"),
}
_finding = partial(finding, CODES)


class HostFacts(Record):
    """What was found out.

    Attributes:
        now: seconds since the Unix epoch.
        beside: the vault's file and what stands beside it.
        place: the vault's.
        password: that of the file with the master password; None without one.
        password_open: others can read it.
        password_missing: its path, if it is not there.
        writers: who else may write to folders on the way to the vault, a sentence each.
        swap: where memory is written to a disk without encryption; None if that is unknown.
        core_dumps: what happens to the memory of a program that crashes; empty: it is gone.
        histories: what keeps a history of the clipboard.
        traceable: whether programs of this user may read each other's memory.
        variables: those of the environment that begin with ``VAULT_``.
        known: the names among them that mean something.
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
    """Every finding, worst first."""
    found = [*_of_files(facts), *_of_copies(facts.beside), *_of_place(facts.place)]
    found += [*_of_password(facts), *_of_machine(facts), *_of_variables(facts)]
    return worst_first(CODES, found)


def _of_files(facts: HostFacts) -> Iterator[Finding]:
    beside = facts.beside
    if beside.saved is None:
        hint = "create one: vault init; or name it: --file PATH or VAULT_FILE"
        yield _finding("no-vault", f"no vault at {beside.path}: only its place was looked at", hint)
    if beside.refusal is not None:
        yield _finding("vault-refused", str(beside.refusal), beside.refusal.hint)
    for error in beside.refusals:
        yield _finding("file-refused", str(error), error.hint)
    for who in facts.writers:
        message = f"{who}: the vault, or what is noted of it, could be replaced there"
        yield _finding("folder-open", message, "keep the vault in folders of your own: chmod go-w FOLDER")
    if beside.header is None:
        return
    if beside.newest is not None:
        ours = beside.header.generation
        which = "another file of that save" if beside.newest == ours else f"save {ours}"
        message = f"this machine has seen save {beside.newest} of this vault; here stands {which}"
        hint = (
            "put the other one back, if it is there: vault restore FILE; if this one is meant: --accept-older"
        )
        yield _finding("older-than-seen", message, hint)


def _of_copies(beside: VaultFiles) -> Iterator[Finding]:
    for copy in beside.copies:
        yield from _of_copy(copy, beside)


def _of_copy(copy: Copy, beside: VaultFiles) -> Iterator[Finding]:
    path, remove = copy.path, f"rm {quote(copy.path)}"
    ours = beside.header
    if copy.kind == "leftover":
        yield _finding("leftover", f"a save was killed, and left {path}", "the next save removes it")
    elif copy.kind == "journal":
        message = (
            f"a sync tool seems to have set aside a journal: {path}; its records are not in the other one"
        )
        yield _finding("conflict-copy", message, f"nothing merges them; once they are of no use: {remove}")
    elif ours is None or not copy.generation:
        message = f"{path} is named as sync tools name what they set aside, and is no whole vault"
        yield _finding("conflict-copy", message, f"let the tool finish; if it stays so: {remove}")
    elif not copy.same and (
        copy.kind == "conflict" or (copy.kind == "copy" and copy.generation >= ours.generation)
    ):
        saves = f"save {copy.generation}, the vault is of save {ours.generation}"
        message = f"a sync tool seems to have set aside {path} ({saves}); it may hold what the vault lacks"
        hint = f"nothing merges them; see what differs: vault restore --dry-run {quote(path)}; then: {remove}"
        yield _finding("conflict-copy", message, hint)
    elif copy.epoch < ours.epoch:
        hint = f"when the vault opens with its present password: {remove}"
        yield _finding("old-password", f"an earlier master password opens {path}", hint)
    elif copy.kind != "previous":
        what = "the same as the vault" if copy.same else f"of save {copy.generation}"
        yield _finding(
            "copy", f"a copy stands beside the vault, {what}: {path}", f"if it is of no use: {remove}"
        )


def _of_place(place: Place) -> Iterator[Finding]:
    path, kind = place.path, place.file_system
    if (synced := places.synced(place)) is not None:
        message = f"{synced[0]} keeps {synced[1]} in step, and the vault in it: "
        message += "every version of it is stored elsewhere, those with an earlier password included"
        hint = "move the vault to a folder of this machine alone, and copy it on purpose: vault backup DIR"
        yield _finding("synced", message, hint)
    if (root := places.work_tree(place)) is not None:
        name = os.path.relpath(path, root)
        if place.tracked:
            message = f"git keeps {path}: every clone has it, and every earlier version"
            hint = f"git rm --cached {quote(name)}; then another password, vault passwd, and new keys"
            yield _finding("tracked", message, hint)
        elif place.tracked is None or not place.ignored:
            known = "git does not keep it so far" if place.tracked is False else "see git ls-files"
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
        where.append(f"in a folder that {synced[0]} keeps in step")
    if (root := places.work_tree(place)) is not None:
        where.append(f"kept by git ({root})" if place.tracked else f"in a git work tree ({root})")
    if place.file_system in places.NETWORK:
        where.append(f"on a network file system ({place.file_system})")
    if where:
        message = f"the file with the master password is {' and '.join(where)}: {place.path}"
        yield _finding("password-file-shared", message, "move it; then another password: vault passwd")


def _of_machine(facts: HostFacts) -> Iterator[Finding]:
    saved = facts.beside.saved
    if facts.now < max(RELEASED, (saved or 0) - _SKEW):
        than = "this version was made" if facts.now < RELEASED else "the vault was last saved"
        message = f"this machine's clock says {minute(facts.now)} UTC, which is before {than}"
        yield _finding("clock", message, "set it: exchanges refuse requests, and deadlines are counted by it")
    if facts.swap:
        message = (
            f"memory may be written to a disk without encryption, passwords and keys too: {_all(facts.swap)}"
        )
        yield _finding("swap", message, "encrypt swap with dm-crypt, or use zram; or turn it off: swapoff -a")
    if facts.core_dumps:
        message = f"the memory of a bot that crashes, its credentials included, {facts.core_dumps}"
        hint = "start bots with: prlimit --core=1 vault run …; in a unit of systemd: LimitCORE=1"
        yield _finding("core-dumps", message, hint)
    for name in facts.histories or ():
        message = f"{name} keeps what is copied, the values on a page of keys too"
        hint = "have it leave out the browser; or clear its history after a page was copied"
        yield _finding("clipboard-history", message, hint)
    memory = {True: ", and its memory", False: "", None: ", and perhaps its memory"}[facts.traceable]
    message = (
        f"every program of your user can read the variables of a running bot{memory}: that is not prevented"
    )
    hint = "run what you do not trust as another user"
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
        told = _all(what for what, is_unknown in unknown.items() if is_unknown)
        yield _finding("unchecked", f"not known on this system: {told}", "look yourself")


def _all(words: Iterable[str]) -> str:
    return ", ".join(words)


def _of_variables(facts: HostFacts) -> Iterator[Finding]:
    for name, value in facts.variables.items():
        if name in facts.known or not value:
            continue
        if "PASS" in name:
            message = (
                f"{name} seems to hold a password: nothing of ours reads it, and every program inherits it"
            )
            hint = f"unset {name}; a password comes from a file: VAULT_PASSWORD_FILE"
            yield _finding("password-variable", message, hint)
        else:
            message = f"{name} is no variable of ours, and has no effect"
            yield _finding("unknown-variable", message, f"ours are: {_all(sorted(facts.known))}")
    file = facts.variables.get("VAULT_FILE", "")
    if file and not os.path.isabs(file):
        message = f"VAULT_FILE is {file}: which vault that is depends on the folder one is in"
        yield _finding("setting", message, f"export VAULT_FILE={quote(facts.beside.path)}")
    if facts.password_missing:
        message = f"there is no file with the master password at {facts.password_missing}"
        yield _finding("setting", message, "check --password-file, or VAULT_PASSWORD_FILE")
