"""The doctor: what raises each finding and what does not, in which order, and what never counts."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW
from hypothesis import given
from hypothesis import strategies as st

from vault.care import places
from vault.care.doctor import CODES, RELEASED, HostFacts, examine
from vault.care.findings import NOTE, SEVERITIES, Finding
from vault.care.places import Place
from vault.copies.beside import Copy, VaultFiles
from vault.core.format import Header, PasswordSlot
from vault.errors import Damaged, InsecureFile
from vault.unlock.cost import DEFAULT_KDF, LOWEST_KDF

VAULT = "/home/me/bots/bots.vault"
AT = max(NOW, RELEASED)


def header(kdf: Any = DEFAULT_KDF, generation: int = 7, epoch: int = 2) -> Header:
    slots = (PasswordSlot(bytes(8), kdf, bytes(32)),)
    return Header(bytes(16), generation, epoch, bytes(32), slots)


def copy(kind: str, generation: int = 6, epoch: int = 2, **more: Any) -> VaultFiles:
    """The vault, of save 7 and epoch 2, with one file beside it."""
    return SOUND.changed(copies=(Copy("/home/me/bots/other.vault", kind, generation, epoch, **more),))


SOUND = VaultFiles(VAULT, header(), saved=AT)
HERE = Place(VAULT, "ext4", {"/home/me/bots": ("bots.vault",), "/home/me": ("bots",), "/": ("home",)})
PASSWORD = Place("/home/me/pw", "ext4", {"/home/me": ("pw",)})
QUIET = HostFacts(
    AT, SOUND, HERE, swap=(), core_dumps="", histories=(), traceable=False, known={"VAULT_FILE"}
)


SYNCED: dict[str, tuple[str, ...]] = {"/home/me/Dropbox": ("bots",)}
GIT: dict[str, tuple[str, ...]] = {"/home/me/bots": (".git",)}

# What there must be, besides quiet facts, for each finding to be the only one.
CASES: dict[str, dict[str, Any]] = {
    "vault-refused": {"beside": SOUND.changed(refusal=Damaged("the vault is damaged"))},
    "older-than-seen": {"beside": SOUND.changed(newest=9)},
    "conflict-copy": {"beside": copy("conflict")},
    "file-refused": {"beside": SOUND.changed(refusals=(InsecureFile("x is open to other users"),))},
    "folder-open": {"writers": ("everybody may write to /srv",)},
    "password-file-open": {"password": PASSWORD, "password_open": True},
    "password-file-shared": {"password": PASSWORD.changed(above=SYNCED)},
    "password-variable": {"variables": {"VAULT_PASSWORD": "x"}},
    "tracked": {"place": HERE.changed(above=GIT, tracked=True)},
    "passing": {"place": HERE.changed(file_system="tmpfs")},
    "clock": {"now": RELEASED - 1, "beside": SOUND.changed(saved=RELEASED - 1)},
    "synced": {"place": HERE.changed(above=SYNCED)},
    "work-tree": {"place": HERE.changed(above=GIT, tracked=False)},
    "network": {"place": HERE.changed(file_system="nfs4")},
    "old-password": {"beside": copy("previous", epoch=1)},
    "weak-kdf": {"beside": SOUND.changed(header=header(LOWEST_KDF))},
    "swap": {"swap": ("/dev/sda2",)},
    "core-dumps": {"core_dumps": "is written to a file (core)"},
    "clipboard-history": {"histories": ("CopyQ",)},
    "leftover": {"beside": copy("leftover", 0, 0)},
    "setting": {"variables": {"VAULT_FILE": "bots.vault"}},
    "copy": {"beside": copy("backup")},
    "unknown-variable": {"variables": {"VAULT_ADDR": "x"}},
    "no-vault": {"beside": VaultFiles(VAULT)},
    "same-user": {},
    "unchecked": {"swap": None},
}


def findings(**facts: Any) -> list[Finding]:
    return examine(QUIET.changed(**facts))


def codes(**facts: Any) -> list[str]:
    """Of all findings but the one that is always there."""
    return [finding.code for finding in findings(**facts) if finding.code != "same-user"]


def test_every_finding_has_a_case() -> None:
    """And no case is of an unknown one."""
    assert list(CODES) == list(CASES)


@pytest.mark.parametrize("code", [code for code in CASES if code != "same-user"])
def test_each_is_found_alone(code: str) -> None:
    """One fact, one finding, of the severity that the table says."""
    assert [code] == codes(**CASES[code])
    assert [CODES[code][0]] == [f.severity for f in findings(**CASES[code]) if f.code == code]


def test_a_sound_vault_on_a_sound_machine() -> None:
    """There is only what nobody can prevent."""
    assert ["same-user"] == [finding.code for finding in findings()]
    assert NOTE == findings()[0].severity


@pytest.mark.parametrize("code", CASES)
def test_each_has_its_remedy(code: str) -> None:
    """No finding without a next step."""
    assert [] == [finding for finding in findings(**CASES[code]) if not finding.hint and finding.code == code
                  and code not in ("vault-refused", "file-refused")]  # fmt: skip


def test_a_refusal_is_told_in_its_own_words() -> None:
    """With the error's own hint."""
    error = InsecureFile("bots.vault is open to other users (mode 0644)", hint="chmod 600 bots.vault")
    found = findings(beside=SOUND.changed(refusal=error))[0]
    assert (str(error), error.hint) == (found.message, found.hint)


def test_worst_first() -> None:
    """All together, in the order of the table; whatever comes in which order."""
    everything: dict[str, Any] = {}
    for code in ("swap", "clipboard-history", "password-variable", "weak-kdf", "network", "unchecked"):
        everything |= CASES[code]
    found = findings(**everything)
    assert found == sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))
    assert [code for code in CODES if code in {f.code for f in found}] == [f.code for f in found]


# --- the clock ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "saved", "expected"),
    [
        (RELEASED, RELEASED, []),
        (RELEASED - 1, None, ["clock", "no-vault"]),
        (AT, AT + 120, []),
        (AT, AT + 121, ["clock"]),
    ],
    ids=["as released", "before", "a little behind", "behind"],
)
def test_the_clock(now: int, saved: int | None, expected: list[str]) -> None:
    """Not before this version, nor before the last save; a file server's clock may be a little ahead."""
    beside = SOUND.changed(saved=saved) if saved else VaultFiles(VAULT)
    assert expected == codes(now=now, beside=beside)


# --- copies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        (copy("conflict", same=True), ["copy"]),
        (copy("conflict", 0, 0), ["conflict-copy"]),
        (copy("journal", 0, 0), ["conflict-copy"]),
        (copy("copy", 6), ["copy"]),
        (copy("copy", 7), ["conflict-copy"]),
        (copy("copy", 8), ["conflict-copy"]),
        (copy("copy", 7, same=True), ["copy"]),
        (copy("previous", 6), []),
        (copy("previous", 8), []),
        (copy("replaced", 8), ["copy"]),
        (copy("backup", 6, epoch=1), ["old-password"]),
        (copy("conflict", 6, epoch=1), ["conflict-copy"]),
    ],
    ids=lambda value: (
        value.copies[0].kind + str(value.copies[0].generation) if isinstance(value, VaultFiles) else ""
    ),
)
def test_copies(beside: VaultFiles, expected: list[str]) -> None:
    """What may hold something that the vault lacks is a finding; the rest is a note, or nothing."""
    assert expected == codes(beside=beside)


def test_a_conflict_is_explained() -> None:
    """Both saves are named, and how to compare and to join them."""
    found = findings(beside=copy("conflict"))[0]
    assert "save 6, the vault is of save 7" in found.message
    assert "vault merge /home/me/bots/other.vault --dry-run" in found.hint


def test_another_file_of_the_same_save() -> None:
    """A fork is told as one."""
    assert "another file of that save" in findings(beside=SOUND.changed(newest=7))[0].message


# --- places -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "names", "service"),
    [
        ("/home/me/Dropbox", (), "Dropbox"),
        ("/home/me/Dropbox (Personal)", (), "Dropbox"),
        ("/home/me/box", (".dropbox.cache",), "Dropbox"),
        ("/home/me/OneDrive - Company", (), "OneDrive"),
        ("/home/me/Library/CloudStorage/OneDrive-Personal", (), "OneDrive"),
        ("/data", (".849C9593-D756-4E56-8D6E-42412F2A707B",), "OneDrive"),
        ("/home/me/Library/Mobile Documents", (), "iCloud"),
        ("/home/me/iCloudDrive", (), "iCloud"),
        ("/home/me/Google Drive", (), "Google Drive"),
        ("/Users/me/Library/CloudStorage/GoogleDrive-me@example.com", (), "Google Drive"),
        ("/data", (".tmp.driveupload",), "Google Drive"),
        ("/data", (".stfolder",), "Syncthing"),
        ("/home/me/Nextcloud", (), "Nextcloud"),
        ("/data", (".sync_0123456789ab.db",), "Nextcloud"),
        ("/data", ("._sync_0123456789ab.db",), "Nextcloud"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_synced_folder_is_told_by_its_name_or_a_mark(
    folder: str, names: tuple[str, ...], service: str
) -> None:
    """Anywhere above the vault."""
    place = Place("/x/bots.vault", above={"/x": ("bots.vault",), folder: names})
    assert (service, folder) == places.synced(place)


@pytest.mark.parametrize("name", ["bots", "dropboxes", "sync", ".dropbox", "my-onedrive", "nextcloudy"])
def test_what_only_looks_like_one(name: str) -> None:
    """``.dropbox`` is in the home of everybody who has Dropbox, and no mark of a synced folder."""
    assert places.synced(Place("/x/v", above={f"/x/{name}": (), "/x": (name,)})) is None


@pytest.mark.parametrize(
    ("tracked", "ignored", "expected"),
    [(True, True, "tracked"), (False, False, "work-tree"), (None, True, "work-tree"), (False, True, "")],
    ids=str,
)
def test_git(tracked: bool | None, ignored: bool, expected: str) -> None:
    """What git keeps is worse than what it may take in; what it neither keeps nor takes in is nothing."""
    place = HERE.changed(above=GIT, tracked=tracked, ignored=ignored)
    assert [expected] * bool(expected) == codes(place=place)


@pytest.mark.parametrize(
    ("system", "root", "expected"),
    [("overlay", (".dockerenv",), ["passing"]), ("overlay", ("home",), []), ("ramfs", (), ["passing"]),
     ("fuse.sshfs", (), ["network"]), ("network drive", (), ["network"]), ("fuseblk", (), [])],
)  # fmt: skip
def test_file_systems(system: str, root: tuple[str, ...], expected: list[str]) -> None:
    """Those of other machines, and those that do not last."""
    place = HERE.changed(file_system=system, above={"/home/me": (), "/": root})
    assert expected == codes(place=place)


@pytest.mark.parametrize("why", ["synced", "tracked", "untracked", "network"])
def test_where_the_password_lies(why: str) -> None:
    """A copy of that file opens every copy of the vault."""
    place = {
        "synced": PASSWORD.changed(above=SYNCED),
        "tracked": PASSWORD.changed(above=GIT, tracked=True),
        "untracked": PASSWORD.changed(above=GIT, tracked=False),
        "network": PASSWORD.changed(file_system="cifs"),
    }[why]
    assert ["password-file-shared"] == codes(password=place)


# --- git's index --------------------------------------------------------------------------------------

Git = Callable[..., bytes]


@pytest.fixture
def git(folder: Path) -> Git:
    """A repository with three files, two of them added; what it runs there."""

    def run(*words: str) -> bytes:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
        env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
        return subprocess.run(
            ["git", *who, *words], cwd=folder, env=env, check=True, capture_output=True
        ).stdout

    run("init", "-q")
    (folder / "deep").mkdir()
    for name in ("bots.vault", "deep/bots.vault", "deep/other"):
        (folder / name).write_text(name)
    run("add", "deep")
    return run


def index(folder: Path) -> bytes:
    return (folder / ".git" / "index").read_bytes()


def test_what_git_keeps_is_in_its_index(folder: Path, git: Git) -> None:
    """By its whole path: another file of that name in another folder is another file."""
    assert [False, True, True, False] == [
        places.tracked(index(folder), name)
        for name in ("bots.vault", "deep/bots.vault", "deep/other", "eep/other")
    ]


def test_an_index_of_version_3(folder: Path, git: Git) -> None:
    """Which marks what is only meant to be added."""
    git("add", "-N", "bots.vault")
    assert index(folder)[7] == 3
    assert places.tracked(index(folder), "bots.vault") is True


def test_an_index_that_shortens_names_is_not_guessed_at(folder: Path, git: Git) -> None:
    """Version 4, and whatever comes later."""
    git("update-index", "--index-version", "4")
    assert places.tracked(index(folder), "deep/bots.vault") is None


def test_no_index_has_nothing() -> None:
    """As in a repository to which nothing was ever added."""
    assert places.tracked(b"", "bots.vault") is False


def test_a_long_path_is_found() -> None:
    """Its length does not fit into the twelve bits that are there for it, which are all set then."""
    wanted = "a" * 5000
    assert places.tracked(b"DIRC\0\0\0\2" + b"\x0f\xff" + wanted.encode() + b"\0", wanted) is True


@given(st.binary(max_size=200), st.text(min_size=1, max_size=5))
def test_any_index_is_read(data: bytes, name: str) -> None:
    """Whatever stands in it, there is an answer."""
    assert places.tracked(b"DIRC\0\0\0\2" + data, name) in (True, False)


# --- what is told -------------------------------------------------------------------------------------


def test_no_value_of_a_variable_is_told() -> None:
    """What looks like a password is not repeated."""
    found = findings(variables={"VAULT_PASSWORD": "correct horse", "VAULT_TOKEN": "hvs.abc"})
    assert not any(word in f"{f.message}{f.hint}" for f in found for word in ("correct horse", "hvs.abc"))


def test_an_empty_variable_is_none() -> None:
    """As if it were not set."""
    assert [] == codes(variables={"VAULT_PASSWORD": "", "VAULT_ADDR": ""})


def test_a_missing_password_file_is_told() -> None:
    """Before it is needed."""
    assert ["setting"] == codes(password_missing="/home/me/pw")


@pytest.mark.parametrize(
    ("traceable", "said"), [(True, ", and its memory"), (False, "bot:"), (None, "perhaps")]
)
def test_what_cannot_be_prevented_is_said(traceable: bool | None, said: str) -> None:
    """On every machine, and as far as it goes there."""
    assert said in findings(traceable=traceable)[-1].message


def test_what_was_not_looked_at_is_said() -> None:
    """Silence about it would be taken for a promise."""
    found = findings(swap=None, core_dumps=None, histories=None, place=HERE.changed(file_system=""))[-1]
    assert ("unchecked", 4) == (found.code, len(found.message.split(", ")))


def test_paths_in_commands_can_be_pasted() -> None:
    """A path with a blank is quoted wherever a shell would read it."""
    blank = Copy("/home/my own/bots-2.vault", "conflict", 6, 2)
    assert f"vault merge '{blank.path}' --dry-run" in findings(beside=SOUND.changed(copies=(blank,)))[0].hint
