"""Two versions of a vault are joined, or single credentials are taken: nothing is dropped unnamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CHEAPEST_KDF, NOW, PASSWORD, Template, okx_credential

import vault
from vault import errors
from vault.copies.compare import Difference
from vault.copies.merge import Conflict, Join, Merge, Merged
from vault.store import notes

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="POSIX rights"),
    pytest.mark.usefixtures("remembered_kdf"),
]

SECRET = vault.Secret(PASSWORD)
OTHER = vault.Secret("an altogether different sentence")
Change = Callable[[vault.Vault], object]


def unlocked(path: Path, secret: vault.Secret = SECRET, **how: bool) -> vault.Vault:
    return vault.open(path, **how).unlock(secret)


def names(path: Path, secret: vault.Secret = SECRET) -> list[str]:
    """The credentials of the vault, opened as any command does: without a flag."""
    return [credential.name for credential in unlocked(path, secret).credentials]


def adding(name: str, **changes: object) -> Change:
    return lambda opened: opened.add(okx_credential(name, **changes))


def noting(note: str, at: int) -> Change:
    return lambda opened: opened.replace(opened.get("okx-main").changed(note=note, updated=at))


def removing(name: str) -> Change:
    return lambda opened: opened.remove(name)


def saved(path: Path, *changes: Change) -> None:
    """Make each change, and save it, as another machine does that knows nothing of this one's notes."""
    for change in changes:
        with unlocked(path, accept_older=True) as opened:
            change(opened)
            opened.save()


@pytest.fixture
def versions(path: Path, tmp_path: Path) -> Callable[[list[Change], list[Change]], Path]:
    """Make the vault a fork of what this machine saw; return the path of the other machine's version."""

    def fork(here: list[Change], there: list[Change]) -> Path:
        copy = tmp_path / "copy.vault"
        shutil.copy2(path, copy)
        seen = os.environ["XDG_STATE_HOME"]
        os.environ["XDG_STATE_HOME"] = str(tmp_path / "their state")
        saved(copy, *there)
        os.environ["XDG_STATE_HOME"] = seen
        saved(path, *here)
        return copy

    return fork


def joined(path: Path, copy: Path | str = "", *only: str, secret: vault.Secret | None = None) -> Join:
    """Both unlocked; *secret* is the copy's own password."""
    planned = Merge(str(path), str(copy), only)
    ours, theirs = planned.open(SECRET)
    return planned.join(ours, theirs or planned.open_copy(secret or SECRET))


# --- two versions ---------------------------------------------------------------------------------------


@pytest.mark.promise(3)
def test_what_only_one_side_has_stays(path: Path, versions: Callable[..., Path]) -> None:
    """The copy's are taken, the vault's stay, and the result opens without a flag."""
    copy = versions([adding("ours")], [adding("theirs"), adding("more")])
    found = joined(path, copy)
    assert Difference(("ours",), ("more", "theirs"), ()) == found.difference
    assert Merged(("more", "theirs")) == found.apply({}, NOW)
    assert ["more", "okx-main", "ours", "theirs"] == names(path)


@pytest.mark.promise(3)
def test_the_kept_version_is_the_other_side(path: Path, versions: Callable[..., Path]) -> None:
    """A sync tool has put theirs over ours; ours is what this machine saw."""
    copy = versions([adding("ours")], [adding("theirs"), adding("more")])
    shutil.copyfile(copy, path)
    with pytest.raises(errors.OlderThanSeen):
        names(path)
    joined(path).apply({}, NOW)
    assert ["more", "okx-main", "ours", "theirs"] == names(path)


def test_a_difference_is_named_and_dated(path: Path, versions: Callable[..., Path]) -> None:
    """By its attributes; that it was changed later is no difference of its own, unless it is all."""
    copy = versions([noting("ours", NOW + 5)], [noting("theirs", NOW + 9)])
    assert (Conflict("okx-main", ("note",), NOW + 5, NOW + 9),) == joined(path, copy).conflicts


def test_a_later_change_alone_is_a_difference(path: Path, versions: Callable[..., Path]) -> None:
    """Of the time."""
    copy = versions([noting("same", NOW + 5)], [noting("same", NOW + 9)])
    assert ("updated",) == joined(path, copy).conflicts[0].differs


@pytest.mark.promise(3)
@pytest.mark.parametrize(
    ("choice", "notes", "merged"),
    [
        ("vault", {"okx-main": "ours"}, Merged(kept=("okx-main",))),
        ("copy", {"okx-main": "theirs"}, Merged(replaced=("okx-main",))),
        ("newer", {"okx-main": "theirs"}, Merged(replaced=("okx-main",))),
        ("both", {"okx-main": "ours", "okx-main-2": "theirs"}, Merged(beside={"okx-main": "okx-main-2"})),
    ],
)
def test_a_difference_is_decided(
    path: Path, versions: Callable[..., Path], choice: str, notes: dict[str, str], merged: Merged
) -> None:
    """One side, the one changed last, or both."""
    copy = versions([noting("ours", NOW + 5)], [noting("theirs", NOW + 9)])
    assert merged == joined(path, copy).apply({"okx-main": choice}, NOW + 20)
    assert notes == {c.name: c.note for c in unlocked(path).credentials}


@pytest.mark.parametrize("choice", ["", "neither"])
def test_nothing_is_decided_by_itself(path: Path, versions: Callable[..., Path], choice: str) -> None:
    """RestoreRefused, and nothing is written."""
    copy = versions([noting("ours", NOW + 5)], [noting("theirs", NOW + 9)])
    before = path.read_bytes()
    with pytest.raises(errors.RestoreRefused, match="okx-main differs in the two: note"):
        joined(path, copy).apply({"okx-main": choice}, NOW + 20)
    assert before == path.read_bytes()


@pytest.mark.parametrize(("here", "there"), [(5, 5), (5, 90), (90, 5)])
def test_what_is_newer_cannot_be_told(
    path: Path, versions: Callable[..., Path], here: int, there: int
) -> None:
    """Both at once, or one at a time after now: no clock decides then."""
    copy = versions([noting("ours", NOW + here)], [noting("theirs", NOW + there)])
    with pytest.raises(errors.RestoreRefused, match="the newer one cannot be told"):
        joined(path, copy).apply({"okx-main": "newer"}, NOW + 20)


def test_a_free_name_is_found_for_both(path: Path, versions: Callable[..., Path]) -> None:
    """One that neither side has."""
    copy = versions(
        [noting("ours", NOW), adding("okx-main-2")], [noting("theirs", NOW), adding("okx-main-3")]
    )
    assert {"okx-main": "okx-main-4"} == joined(path, copy).apply({"okx-main": "both"}, NOW).beside


@pytest.mark.promise(3)
def test_a_later_version_is_taken_as_it_is(path: Path, versions: Callable[..., Path]) -> None:
    """It descends from the vault: what it changed and removed counts, and is named; nothing is asked."""
    copy = versions([], [adding("theirs"), noting("theirs", NOW + 9), adding("third"), removing("theirs")])
    found = joined(path, copy)
    assert (True, ()) == (found.later, found.conflicts)
    assert Merged(("third",), ("okx-main",)) == found.apply({}, NOW)
    assert ["okx-main", "third"] == names(path)


def test_what_a_later_version_removed_is_named(path: Path, versions: Callable[..., Path]) -> None:
    """And goes."""
    copy = versions([], [adding("theirs"), removing("okx-main")])
    assert Merged(("theirs",), removed=("okx-main",)) == joined(path, copy).apply({}, NOW)
    assert ["theirs"] == names(path)


def test_an_earlier_version_has_nothing_to_give(path: Path, versions: Callable[..., Path]) -> None:
    """The vault descends from it."""
    copy = versions([removing("okx-main"), adding("ours")], [])
    assert joined(path, copy).earlier
    assert Merge(str(path), str(path)).same


def test_three_versions(path: Path, tmp_path: Path, versions: Callable[..., Path]) -> None:
    """One after another; each machine then takes the result for newer."""
    first = versions([], [adding("first")])
    second = tmp_path / "second.vault"
    shutil.move(first, second)
    third = versions([adding("ours")], [adding("third")])
    for copy in (second, third):
        joined(path, copy).apply({}, NOW)
    assert ["first", "okx-main", "ours", "third"] == names(path)
    merged = unlocked(path)
    for copy in (second, third):
        notes.remember(merged.header.vault_id, 3, copy.read_bytes(), lower=True)
        assert ["first", "okx-main", "ours", "third"] == names(path)


@pytest.mark.promise(6)
@pytest.mark.parametrize("side", ["here", "there"])
def test_the_later_password_stays(
    path: Path, tmp_path: Path, versions: Callable[..., Path], side: str
) -> None:
    """Wherever it was changed; the earlier one opens nothing that is written from then on."""

    def changing(opened: vault.Vault) -> None:
        opened.change_password(OTHER, now=NOW, kdf=CHEAPEST_KDF)

    copy = versions([adding("ours")], [adding("theirs")])
    with unlocked(path if side == "here" else copy, accept_older=True) as opened:
        changing(opened)
    planned = Merge(str(path), str(copy))
    ours, theirs = planned.open(OTHER if side == "here" else SECRET)
    assert theirs is None
    found = planned.join(ours, planned.open_copy(SECRET if side == "here" else OTHER))
    found.apply({}, NOW)
    assert (side == "there") == found.password_of_copy
    assert ["okx-main", "ours", "theirs"] == names(path, OTHER)
    for left in (path, path.with_name("bots.vault.bak"), Path(notes.kept(ours.header.vault_id))):
        with pytest.raises(errors.WrongPassword):
            unlocked(left, accept_older=True)


def test_a_version_from_before_there_were_ancestors(
    path: Path, template: Template, versions: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has none, and is joined like any other."""
    monkeypatch.setattr("vault.store.descent.child", lambda *parents: b"")
    copy = versions([], [adding("theirs")])
    monkeypatch.undo()
    os.environ["XDG_STATE_HOME"] = str(path.with_name("state"))
    saved(path, adding("ours"))
    joined(path, copy).apply({}, NOW)
    assert ["okx-main", "ours", "theirs"] == names(path)


def test_a_save_in_the_meantime_is_not_lost(path: Path, versions: Callable[..., Path]) -> None:
    """What was decided was decided about another state: VaultChanged, and theirs stays."""
    copy = versions([], [adding("theirs")])
    found = joined(path, copy)
    saved(path, adding("meanwhile"))
    before = path.read_bytes()
    with pytest.raises(errors.VaultChanged):
        found.apply({}, NOW)
    assert before == path.read_bytes()


def test_a_machine_that_keeps_nothing(path: Path) -> None:
    """Without a copy to merge, the error says how to name one."""
    with pytest.raises(errors.RestoreRefused, match="keeps no version") as caught:
        Merge(str(path))
    assert "vault merge FILE" in caught.value.hint


# --- single credentials, and another vault ----------------------------------------------------------------


def test_single_credentials_come_back(path: Path, versions: Callable[..., Path]) -> None:
    """The vault is as it was otherwise, and does not descend from the copy."""
    copy = versions([removing("okx-main"), adding("ours")], [adding("theirs"), adding("more")])
    found = joined(path, copy, "okx-main", "theirs")
    assert Merged(("okx-main", "theirs")) == found.apply({}, NOW)
    assert ["okx-main", "ours", "theirs"] == names(path)
    notes.remember(found.ours.header.vault_id, 4, copy.read_bytes(), lower=True)
    with pytest.raises(errors.OlderThanSeen):
        names(path)


def test_a_credential_that_the_copy_lacks(path: Path, versions: Callable[..., Path]) -> None:
    """The nearest is named."""
    copy = versions([], [adding("theirs")])
    with pytest.raises(errors.CredentialNotFound) as caught:
        joined(path, copy, "their")
    assert caught.value.hint == "did you mean theirs?"


def test_single_credentials_are_not_taken_into_a_fork(path: Path, versions: Callable[..., Path]) -> None:
    """That vault is refused as by any command."""
    copy = versions([adding("ours")], [adding("theirs"), adding("more")])
    shutil.copyfile(copy, path)
    with pytest.raises(errors.OlderThanSeen):
        joined(path, copy, "theirs")


def test_what_is_there_already_is_not_taken(path: Path, versions: Callable[..., Path]) -> None:
    """Nothing has to be written."""
    assert joined(path, versions([adding("ours")], [adding("theirs")]), "okx-main").same


def test_another_vault_s_credentials_are_taken(path: Path, folder: Path) -> None:
    """Their password stays their own; differences are decided as between versions."""
    other = folder / "other.vault"
    with vault.create(other, OTHER, now=NOW, kdf=CHEAPEST_KDF) as opened:
        opened.add(okx_credential("theirs"))
        opened.add(okx_credential("okx-main", note="theirs"))
        opened.save()
    found = joined(path, other, secret=OTHER)
    assert Merged(("theirs",), beside={"okx-main": "okx-main-2"}) == found.apply({"okx-main": "both"}, NOW)
    assert ["okx-main", "okx-main-2", "theirs"] == names(path)
    assert ["okx-main", "theirs"] == names(other, OTHER)
