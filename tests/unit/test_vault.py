"""The vault: created, opened, unlocked, changed, saved, rolled back."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import CHEAPEST_KDF, NOW, OKX, PASSWORD, Template, okx_credential
from wording import worded  # noqa: F401  (a fixture)

import vault
from vault import errors
from vault.actions.vaults import probe_new
from vault.base.digest import hmac_sha256, sha256
from vault.core import crypto, format, slots
from vault.core import vault as core
from vault.credential.credential import SlotRecord
from vault.store import notes
from vault.store.file import Store
from vault.system.memory import Workspace
from vault.unlock.cost import Kdf

SECRET = vault.Secret(PASSWORD)
OTHER = vault.Secret("another six words nobody would guess")


def unlock(path: Path, secret: vault.Secret = SECRET, **how: bool) -> vault.Vault:
    return vault.open(path, **how).unlock(secret)


def names(path: Path, secret: vault.Secret = SECRET) -> list[str]:
    return [credential.name for credential in unlock(path, secret).credentials]


def put(path: Path, data: bytes) -> None:
    """Let a backup or a sync tool write the file."""
    path.write_bytes(data)
    path.chmod(0o600)


pytestmark = pytest.mark.usefixtures("remembered_kdf", "worded")


# --- created, opened, saved -------------------------------------------------------------------------


def test_a_new_vault_is_empty(folder: Path) -> None:
    """It is made without credentials, and is open."""
    assert [] == vault.create(folder / "a", SECRET, now=NOW, kdf=CHEAPEST_KDF).credentials


def test_a_new_vault_begins_at_one(folder: Path) -> None:
    """Generation and epoch."""
    header = vault.create(folder / "a", SECRET, now=NOW, kdf=CHEAPEST_KDF).header
    assert (1, 1) == (header.generation, header.epoch)


def test_a_new_vault_opens_again(folder: Path) -> None:
    """With its password, from the disk."""
    vault.create(folder / "a", SECRET, now=NOW, kdf=CHEAPEST_KDF)
    assert names(folder / "a") == []


@pytest.mark.parametrize(
    ("password", "kdf", "error"),
    [
        ("", CHEAPEST_KDF, errors.PasswordRefused),
        ("x" * 1025, CHEAPEST_KDF, errors.PasswordRefused),
        ("\ud800", CHEAPEST_KDF, errors.PasswordRefused),
        ("x", Kdf(19456, 1, 1), errors.CostRefused),
        ("x", Kdf(65536, 2, 1), errors.CostRefused),
        ("x", Kdf(65536, 3, 17), errors.CostRefused),
    ],
    ids=ascii,
)
def test_a_refused_vault_is_not_made(
    folder: Path, password: str, kdf: Kdf, error: type[errors.VaultError]
) -> None:
    """No file is written for a password or a cost that a vault cannot have."""
    with pytest.raises(error):
        vault.create(folder / "new" / "a", vault.Secret(password), now=NOW, kdf=kdf, make_folder=True)
    assert os.listdir(folder) == []


def test_an_existing_vault_is_not_made_again(path: Path, template: Template) -> None:
    """VaultExists, and every byte stays."""
    with pytest.raises(errors.VaultExists):
        vault.create(path, SECRET, now=NOW, kdf=CHEAPEST_KDF)
    assert template.data == path.read_bytes()


def test_a_saved_credential_is_there_again(path: Path) -> None:
    """Added, saved, read from the disk: the same."""
    credential = okx_credential("second", note="Zürich", tags=("a",))
    with unlock(path) as opened:
        opened.add(credential)
        opened.save()
    assert credential == unlock(path).get("second")


def test_every_field_comes_back(path: Path) -> None:
    """The values of the first credential, byte for byte."""
    fields = unlock(path).get("okx-main").fields
    assert {field: value.reveal() for field, value in fields.items()} == OKX


def test_without_a_save_nothing_is_kept(path: Path, template: Template) -> None:
    """Adding changes memory only."""
    with unlock(path) as opened:
        opened.add(okx_credential("second"))
    assert template.data == path.read_bytes()


def test_a_replaced_and_a_removed_credential(path: Path) -> None:
    """Both changes are saved."""
    with unlock(path) as opened:
        opened.add(okx_credential("second"))
        opened.replace(okx_credential("second", state="disabled"))
        opened.remove("okx-main")
        opened.save()
    assert [okx_credential("second", state="disabled")] == unlock(path).credentials


def test_each_save_counts(path: Path) -> None:
    """The generation goes up by one, the epoch stays, and the vault keeps its id."""
    opened = unlock(path)
    before = opened.header
    opened.save()
    assert (before.generation + 1, before.epoch, before.vault_id) == (
        opened.header.generation,
        opened.header.epoch,
        opened.header.vault_id,
    )


def test_a_save_keeps_the_previous_version(path: Path, template: Template) -> None:
    """It stands beside the vault, and opens with the same password."""
    unlock(path).save()
    assert template.data == Path(f"{path}.bak").read_bytes()


def test_a_backup_opens(path: Path) -> None:
    """As a vault of its own, by accepting that it is older."""
    opened = unlock(path)
    opened.remove("okx-main")
    opened.save()
    backup = vault.open(f"{path}.bak", accept_older=True).unlock(SECRET)
    assert ["okx-main"] == [credential.name for credential in backup.credentials]


def test_the_written_file_is_opened_before_it_counts(
    path: Path, template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of our own in sealing is found before the old vault is replaced."""
    opened = unlock(path)
    seal = crypto.seal
    monkeypatch.setattr(crypto, "seal", lambda key, text, aad: seal(key, text, b"wrong"))
    with pytest.raises(errors.Tampered):
        opened.save()
    assert template.data == path.read_bytes()


@pytest.mark.promise(5)
def test_the_written_contents_are_compared(
    path: Path, template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that opens to something else than what was to be saved does not count."""
    opened = unlock(path)
    opened.add(okx_credential("second"))
    old = unlock(path).payload.to_json()
    pad = format.pad
    monkeypatch.setattr(format, "pad", lambda _payload: pad(old))
    with pytest.raises(errors.Tampered):
        opened.save()
    assert template.data == path.read_bytes()


@pytest.mark.promise(5)
def test_a_failed_save_can_be_tried_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was added is still in memory, and the next save keeps it."""
    opened = unlock(path)
    opened.add(okx_credential("second"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", _no_space)
        with pytest.raises(errors.StoreError):
            opened.save()
    opened.save()
    assert names(path) == ["okx-main", "second"]


def _no_space(*_: object) -> int:
    raise OSError(28, "No space left on device")


def test_after_an_unconfirmed_save_the_vault_opens(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NotDurable says that the new file stands, and it does."""
    opened = unlock(path)
    opened.add(okx_credential("second"))
    with monkeypatch.context() as patch:
        patch.setattr("vault.system.posix.folder.Folder.sync", lambda self: False)
        with pytest.raises(errors.NotDurable):
            opened.save()
    assert names(path) == ["okx-main", "second"]


def test_after_an_unconfirmed_save_one_can_save_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint says so: the same object saves once more."""
    opened = unlock(path)
    opened.add(okx_credential("second"))
    with monkeypatch.context() as patch:
        patch.setattr("vault.system.posix.folder.Folder.sync", lambda self: False)
        with pytest.raises(errors.NotDurable):
            opened.save()
    opened.save()
    assert names(path) == ["okx-main", "second"]


# --- unlocking --------------------------------------------------------------------------------------


def test_a_wrong_password(path: Path) -> None:
    """WrongPassword."""
    with pytest.raises(errors.WrongPassword):
        unlock(path, OTHER)


def test_the_recovery_key_opens(path: Path, template: Template) -> None:
    """In the place of the password."""
    assert names(path, vault.Secret(template.recovery)) == ["okx-main"]


def test_the_recovery_key_saves(path: Path, template: Template) -> None:
    """Who opened with it can change the vault, and the password still opens it."""
    with unlock(path, vault.Secret(template.recovery)) as opened:
        opened.add(okx_credential("second"))
        opened.save()
    assert names(path) == ["okx-main", "second"]


def test_another_recovery_key(path: Path) -> None:
    """WrongKey."""
    with pytest.raises(errors.WrongKey):
        unlock(path, vault.new_recovery_key().text())


def test_prepared_pages_open(path: Path) -> None:
    """What was done while a person typed changes nothing."""
    closed = vault.open(path)
    closed.prepare()
    assert ["okx-main"] == [credential.name for credential in closed.unlock(SECRET).credentials]


def test_after_a_wrong_password_the_right_one_opens(path: Path) -> None:
    """The same object, prepared once, is asked three times."""
    closed = vault.open(path)
    closed.prepare()
    with pytest.raises(errors.WrongPassword):
        closed.unlock(OTHER)
    assert ["okx-main"] == [credential.name for credential in closed.unlock(SECRET).credentials]


@pytest.mark.promise(8)
def test_an_expensive_vault_is_refused_before_anything(path: Path, template: Template) -> None:
    """A hostile file cannot ask for all memory."""
    put(path, _with_passes(template, 17))
    with pytest.raises(errors.CostRefused):
        vault.open(path)


def test_an_expensive_vault_is_tried_when_allowed(path: Path, template: Template) -> None:
    """The flag of the caller lifts the bound; the changed cost is a wrong password then."""
    put(path, _with_passes(template, 17))
    with pytest.raises(errors.WrongPassword):
        unlock(path, allow_expensive=True)


def test_an_expensive_vault_is_read_twice_as_well(path: Path, template: Template) -> None:
    """Where a newer save was seen, the file is read once more, under the same bounds."""
    put(path, _with_passes(template, 17))
    header = vault.open(path, allow_expensive=True).header
    notes.remember(header.vault_id, header.generation + 1, bytes(32))
    assert header.generation == vault.open(path, allow_expensive=True, accept_older=True).header.generation


def _with_passes(template: Template, passes: int) -> bytes:
    from hashlib import sha256

    body = template.data[:104] + passes.to_bytes(4, "big") + template.data[108:-32]
    return body + sha256(body).digest()


# --- a data key, kept from before ---------------------------------------------------------------------


def test_the_data_key_opens(path: Path) -> None:
    """Without a password, as often as wanted, and over later saves of the same epoch."""
    opened = unlock(path)
    key = opened.data_key
    assert 32 == len(key)
    opened.add(okx_credential("second"))
    opened.save()
    again = vault.open(path).unlock_with(key)
    assert ["okx-main", "second"] == [credential.name for credential in again.credentials]
    again.remove("second")
    again.save()
    assert ["okx-main"] == names(path)


def test_the_data_key_derives_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is what it is kept for."""
    key = unlock(path).data_key
    monkeypatch.setattr(crypto, "argon2id", None)
    assert key == vault.open(path).unlock_with(key).data_key


def test_the_data_key_notes_what_was_seen(path: Path, template: Template) -> None:
    """A newer save that it opened is remembered, and the older one refused from then on."""
    opened = unlock(path)
    opened.save()
    known = format.parse(template.data)
    notes.remember(known.header.vault_id, known.header.generation, known.checksum, lower=True)
    vault.open(path).unlock_with(opened.data_key)
    put(path, template.data)
    with pytest.raises(errors.OlderThanSeen):
        vault.open(path).unlock_with(opened.data_key)
    vault.open(path, accept_older=True).unlock_with(opened.data_key)
    assert names(path) == ["okx-main"]


def _refused(path: Path, key: bytes) -> None:
    with pytest.raises(errors.WrongKey) as caught:
        vault.open(path, accept_older=True).unlock_with(key)
    assert "this data key does not open the vault" == str(caught.value)
    assert "use the master password" == caught.value.hint


@pytest.mark.parametrize(
    "change",
    [
        lambda key: bytes(32),
        lambda key: key[:-1] + bytes([key[-1] ^ 1]),
        lambda key: key[:-1],
        lambda key: key + b"\0",
        lambda key: b"",
    ],
    ids=["other", "last bit", "short", "long", "empty"],
)
def test_a_wrong_data_key(path: Path, change: Callable[[bytes], bytes]) -> None:
    """WrongKey, with the next step."""
    _refused(path, change(unlock(path).data_key))


def test_the_data_key_of_another_epoch(path: Path) -> None:
    """A new password takes it away, and the new one does not open what was written before."""
    opened = unlock(path)
    before, copy = opened.data_key, path.with_name("copy")
    put(copy, path.read_bytes())
    after = opened.change_password(OTHER, now=NOW, kdf=CHEAPEST_KDF).data_key
    for place, key in ((path, before), (Path(f"{path}.bak"), before), (copy, after)):
        _refused(place, key)


def test_the_data_key_of_another_vault(path: Path, folder: Path) -> None:
    """WrongKey, and if somebody sealed a file with its id under that key, ours does not open it."""
    other, ours = vault.create(folder / "a", SECRET, now=NOW, kdf=CHEAPEST_KDF), unlock(path)
    _refused(path, other.data_key)
    put(path, core._seal(ours.header, other.data_key, ours.payload))
    _refused(path, ours.data_key)


@pytest.mark.parametrize("at", [20, 36, 44, 48, 80 + 8 + 4, 88 + 56, 88 + 136 + 12, 88 + 136 + 92])
def test_a_tampered_header_does_not_open_with_the_data_key(path: Path, template: Template, at: int) -> None:
    """Id, counters, salt, slots and the MAC itself: each is authentic, or nothing is opened or noted."""
    key, body = unlock(path).data_key, bytearray(template.data[:-32])
    body[at] ^= 1
    put(path, bytes(body) + sha256(bytes(body)))
    _refused(path, key)
    put(path, template.data)
    assert ["okx-main"] == names(path)


def test_tampered_contents_do_not_open_with_the_data_key(path: Path, template: Template) -> None:
    """Tampered: the key is right."""
    key, body = unlock(path).data_key, bytearray(template.data[:-32])
    body[-1] ^= 1
    put(path, bytes(body) + sha256(bytes(body)))
    with pytest.raises(errors.Tampered, match="its contents are not what was saved"):
        vault.open(path, accept_older=True).unlock_with(key)


# --- one more save, kept elsewhere ------------------------------------------------------------------


def test_a_sealed_copy_is_the_next_save(path: Path) -> None:
    """With what was changed, under the same keys; the vault itself is as it was."""
    before, opened = path.read_bytes(), unlock(path)
    opened.add(okx_credential("second"))
    copy = path.with_name("copy.vault")
    put(copy, opened.sealed())
    assert before == path.read_bytes()
    assert ["okx-main", "second"] == names(copy)
    assert opened.header.generation + 1 == vault.open(copy).header.generation


# --- two writers ------------------------------------------------------------------------------------


@pytest.mark.promise(5)
def test_a_second_writer_is_refused(path: Path) -> None:
    """Saving over somebody else's save raises VaultChanged and changes nothing."""
    first, second = unlock(path), unlock(path)
    second.add(okx_credential("theirs"))
    second.save()
    with pytest.raises(errors.VaultChanged):
        first.save()
    assert names(path) == ["okx-main", "theirs"]


def test_a_block_begins_with_the_newest_state(path: Path) -> None:
    """What somebody else saved in between is there, and is not lost by the next save."""
    first, second = unlock(path), unlock(path)
    with second:
        second.add(okx_credential("theirs"))
        second.save()
    with first:
        first.add(okx_credential("ours"))
        first.save()
    assert names(path) == ["okx-main", "ours", "theirs"]


def test_a_block_gives_the_lock_back_after_an_error(path: Path) -> None:
    """The next one need not wait."""
    with pytest.raises(ZeroDivisionError), unlock(path):
        raise ZeroDivisionError
    with unlock(path) as opened:
        opened.save()


def test_a_block_that_cannot_begin_gives_the_lock_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged file does not lock everybody out."""
    monkeypatch.setattr("vault.store.file.LOCK_SECONDS", 0.05)
    opened, good = unlock(path), path.read_bytes()
    put(path, good[:-1])
    with pytest.raises(errors.Damaged), opened:
        pass
    put(path, good)
    with unlock(path) as again:
        again.save()


def test_a_password_changed_by_somebody_else(path: Path) -> None:
    """Who opened with the old one cannot go on: VaultChanged, and not a word of tampering."""
    ours = unlock(path)
    unlock(path).change_password(OTHER, now=NOW, kdf=CHEAPEST_KDF)
    with pytest.raises(errors.VaultChanged), ours:
        pass


@pytest.mark.promise(3)
def test_an_older_file_put_there_while_the_vault_is_open(path: Path, template: Template) -> None:
    """A block does not begin from an older state than the one in memory."""
    ours = unlock(path)
    ours.save()
    put(path, template.data)
    with pytest.raises(errors.VaultChanged), ours:
        pass


ADD = """
import sys, vault
from vault import Credential, Secret
name, path, password = sys.argv[1:]
with vault.open(path).unlock(Secret(password)) as opened:
    opened.add(Credential(name, "generic", {"key": Secret(name)}, created=1))
    opened.save()
"""


@pytest.mark.promise(5)
def test_eight_at_once_lose_nothing(path: Path) -> None:
    """Eight processes add one credential each; all of them are there."""
    added = [f"bot-{i}" for i in range(8)]
    command = [sys.executable, "-c", ADD]
    running = [subprocess.Popen([*command, name, str(path), PASSWORD]) for name in added]
    assert [0] * 8 == [process.wait(60) for process in running]
    assert sorted(["okx-main", *added]) == names(path)


# --- a new password ---------------------------------------------------------------------------------


def renew(path: Path, kdf: Kdf = CHEAPEST_KDF) -> vault.Vault:
    with unlock(path) as opened:
        return opened.change_password(OTHER, now=NOW, kdf=kdf)


def test_the_new_password_opens(path: Path) -> None:
    """With everything that was there."""
    renew(path)
    assert names(path, OTHER) == ["okx-main"]


def test_the_returned_vault_is_the_new_one(path: Path) -> None:
    """It was opened from the disk with the new password, and saves."""
    fresh = renew(path)
    fresh.add(okx_credential("second"))
    fresh.save()
    assert names(path, OTHER) == ["okx-main", "second"]


@pytest.mark.promise(6)
@pytest.mark.parametrize("end", ["", ".bak"])
def test_the_old_password_opens_no_file_of_ours(path: Path, end: str) -> None:
    """Neither the vault nor the copy beside it."""
    unlock(path).save()  # so that there is a copy under the old password
    renew(path)
    with pytest.raises(errors.WrongPassword):
        unlock(Path(f"{path}{end}"))


@pytest.mark.promise(6)
@pytest.mark.parametrize("end", ["", ".bak"])
def test_the_old_data_key_opens_no_file_of_ours(path: Path, end: str) -> None:
    """Who kept the key in memory has no use for it either."""
    unlock(path).save()
    old_key = unlock(path)._data_key
    renew(path)
    with pytest.raises(errors.Tampered):
        core._unseal(format.parse(Path(f"{path}{end}").read_bytes()), old_key)


def test_generation_and_epoch_go_up(path: Path) -> None:
    """By one each."""
    before = unlock(path).header
    after = renew(path).header
    assert (before.generation + 1, before.epoch + 1) == (after.generation, after.epoch)


def test_the_vault_stays_the_same_vault(path: Path) -> None:
    """Its id is for life."""
    before = vault.open(path).header.vault_id
    assert before == renew(path).header.vault_id


def test_the_recovery_key_goes_on_working(path: Path, template: Template) -> None:
    """Though it was not at hand."""
    renew(path)
    assert names(path, vault.Secret(template.recovery)) == ["okx-main"]


@pytest.mark.promise(6)
def test_recipients_are_wrapped_anew(path: Path) -> None:
    """The same slot, another sealed key: the old one held the old data key."""
    before = vault.open(path).header.recipients[0]
    after = renew(path).header.recipients[0]
    assert (before.slot_id, True) == (after.slot_id, before.sealed != after.sealed)


@pytest.mark.promise(6)
def test_the_cost_comes_from_policy(path: Path) -> None:
    """Never from the file: what was cheap before is lifted."""
    slot = renew(path, Kdf(65536, 4, 1)).header.password_slot
    assert slot is not None
    assert Kdf(65536, 4, 1) == slot.kdf


def test_the_cost_is_the_default_when_nobody_says(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that of the old slot."""
    asked: list[Kdf] = []
    wrap = slots.wrap

    def cheap(*given: Any) -> Any:
        asked.append(given[4])
        return wrap(given[0], given[1], given[2], given[3], CHEAPEST_KDF)

    monkeypatch.setattr(slots, "wrap", cheap)
    unlock(path).change_password(OTHER, now=NOW)
    assert [vault.DEFAULT_KDF] == asked


@pytest.mark.promise(6)
@pytest.mark.parametrize(
    ("password", "kdf", "error"),
    [("", CHEAPEST_KDF, errors.PasswordRefused), ("x", Kdf(8, 1, 1), errors.CostRefused)],
    ids=["password", "cost"],
)
def test_a_refused_change_writes_nothing(
    path: Path, template: Template, password: str, kdf: Kdf, error: type[errors.VaultError]
) -> None:
    """The old file stands."""
    with pytest.raises(error):
        unlock(path).change_password(vault.Secret(password), now=NOW, kdf=kdf)
    assert template.data == path.read_bytes()


def test_a_change_that_failed_leaves_the_vault_usable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk was full: the same object goes on saving under the old password."""
    opened = unlock(path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", _no_space)
        with pytest.raises(errors.StoreError):
            opened.change_password(OTHER, now=NOW, kdf=CHEAPEST_KDF)
    opened.add(okx_credential("second"))
    opened.save()
    assert names(path) == ["okx-main", "second"]


def test_a_change_over_somebody_elses_save_is_refused(path: Path) -> None:
    """Their credential stays."""
    ours = unlock(path)
    theirs = unlock(path)
    theirs.add(okx_credential("theirs"))
    theirs.save()
    with pytest.raises(errors.VaultChanged):
        ours.change_password(OTHER, now=NOW, kdf=CHEAPEST_KDF)
    assert names(path) == ["okx-main", "theirs"]


# --- older files ------------------------------------------------------------------------------------


@pytest.fixture
def rolled_back(path: Path, template: Template) -> Path:
    """The vault, two saves on, replaced by the file it was."""
    opened = unlock(path)
    opened.save()
    opened.save()
    put(path, template.data)
    return path


@pytest.mark.promise(3)
def test_an_older_file_is_refused(rolled_back: Path) -> None:
    """A genuine but older vault in the place of a newer one is noticed, and both are named."""
    with pytest.raises(errors.OlderThanSeen) as caught:
        unlock(rolled_back)
    said = "this is an older version of the vault, of save 2; this machine has seen save 4"
    assert said == str(caught.value)


def test_an_older_file_is_refused_to_the_recovery_key(rolled_back: Path, template: Template) -> None:
    """Whichever way in."""
    with pytest.raises(errors.OlderThanSeen):
        unlock(rolled_back, vault.Secret(template.recovery))


@pytest.mark.promise(3)
def test_a_refusal_is_not_forgotten(rolled_back: Path) -> None:
    """The second try is refused like the first."""
    for _ in range(2):
        with pytest.raises(errors.OlderThanSeen):
            unlock(rolled_back)


def test_an_older_file_can_be_accepted(rolled_back: Path) -> None:
    """Who put a backup there on purpose says so."""
    assert ["okx-main"] == [c.name for c in unlock(rolled_back, accept_older=True).credentials]


def test_an_accepted_file_opens_from_then_on(rolled_back: Path) -> None:
    """Once is enough."""
    unlock(rolled_back, accept_older=True)
    assert names(rolled_back) == ["okx-main"]


def test_a_wrong_password_accepts_nothing(rolled_back: Path) -> None:
    """Only who can open the vault decides about it."""
    with pytest.raises(errors.WrongPassword):
        unlock(rolled_back, OTHER, accept_older=True)
    with pytest.raises(errors.OlderThanSeen):
        unlock(rolled_back)


@pytest.mark.promise(3)
def test_another_file_of_the_same_generation_is_refused(path: Path, template: Template) -> None:
    """Two histories of one vault: neither is taken for the other."""
    first = unlock(path)
    first.add(okx_credential("first"))
    first.save()
    ours = path.read_bytes()
    put(path, template.data)
    second = unlock(path, accept_older=True)
    second.add(okx_credential("second"))
    second.save()
    put(path, ours)
    with pytest.raises(errors.OlderThanSeen, match="this is another version of the vault, of save 3"):
        unlock(path)


def forked(path: Path, template: Template) -> tuple[bytes, bytes]:
    """Two versions after the template's: with ``ours`` after one save, with ``theirs`` after two."""
    versions = []
    for name, saves in (("ours", 1), ("theirs", 2)):
        put(path, template.data)
        opened = unlock(path, accept_older=True)
        opened.add(okx_credential(name))
        for _ in range(saves):
            opened.save()
        versions.append(path.read_bytes())
    return versions[0], versions[1]


@pytest.mark.promise(3)
def test_a_fork_with_more_saves_is_refused(path: Path, template: Template) -> None:
    """It does not pass for a newer version: its numbers are higher, and it does not descend from ours."""
    ours, theirs = forked(path, template)
    put(path, ours)
    unlock(path, accept_older=True)
    put(path, theirs)
    said = "another version of the vault, of save 4; this machine has seen save 3, from which it does not"
    for _ in range(2):
        with pytest.raises(errors.OlderThanSeen, match=said):
            unlock(path)


@pytest.mark.promise(3)
def test_a_fork_put_there_while_the_vault_is_open(path: Path, template: Template) -> None:
    """A block does not begin from a version that lacks what is in memory."""
    ours, theirs = forked(path, template)
    put(path, ours)
    opened = unlock(path, accept_older=True)
    put(path, theirs)
    with pytest.raises(errors.VaultChanged), opened:
        pytest.fail("not reached")


@pytest.mark.promise(3)
def test_merged_versions_are_followed_by_both(path: Path, template: Template) -> None:
    """A machine that saw either of them takes the merged one for newer."""
    ours, theirs = forked(path, template)
    put(path, ours)
    opened = unlock(path, accept_older=True)
    put(path.with_name("other"), theirs)
    other = unlock(path.with_name("other"), accept_older=True)
    notes.remember(opened.header.vault_id, 3, ours, lower=True)
    with opened:
        opened.add(other.get("theirs"))
        opened.merge(other)
    assert (5, ["okx-main", "ours", "theirs"]) == (opened.header.generation, names(path))
    for seen, number in ((ours, 3), (theirs, 4), (template.data, 2)):
        notes.remember(opened.header.vault_id, number, seen, lower=True)
        assert ["okx-main", "ours", "theirs"] == names(path)


def test_a_merge_of_other_versions_than_the_newest_is_refused(path: Path, template: Template) -> None:
    """What this machine has seen last must be one of the two, or among their ancestors."""
    ours, theirs = forked(path, template)
    put(path, template.data)
    opened = unlock(path, accept_older=True)
    put(path.with_name("other"), theirs)
    other = unlock(path.with_name("other"), accept_older=True)
    notes.remember(opened.header.vault_id, 3, ours, lower=True)
    with pytest.raises(errors.OlderThanSeen), opened:
        opened.merge(other)
    assert template.data == path.read_bytes()


@pytest.mark.parametrize("changed", ["ours", "theirs"])
def test_a_merge_keeps_the_later_password(path: Path, template: Template, changed: str) -> None:
    """Wherever it was changed; the earlier one opens neither the vault nor the version beside it."""
    put(path.with_name("other"), template.data)
    sides = {"ours": unlock(path), "theirs": unlock(path.with_name("other"))}
    sides[changed] = sides[changed].change_password(OTHER, now=NOW, kdf=CHEAPEST_KDF)
    with sides["ours"] as opened:
        opened.merge(sides["theirs"])
    assert ["okx-main"] == [c.name for c in unlock(path, OTHER).credentials]
    assert {1, 2} == set(unlock(path, OTHER).payload.journal)
    for left in (path, path.with_name("bots.vault.bak")):
        with pytest.raises(errors.WrongPassword):
            unlock(left, accept_older=True)


def test_a_newer_file_is_welcome(path: Path, template: Template) -> None:
    """Saved on another machine."""
    opened = unlock(path)
    opened.save()
    newer = path.read_bytes()
    notes.remember(opened.header.vault_id, 2, format.parse(template.data).checksum, lower=True)
    put(path, newer)
    assert names(path) == ["okx-main"]


def test_a_machine_that_has_seen_nothing_opens_an_older_file(
    rolled_back: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The documented limit: what was never seen cannot be missed."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "fresh"))
    assert names(rolled_back) == ["okx-main"]


@pytest.mark.promise(3)
def test_a_file_that_is_not_authentic_is_not_remembered(path: Path, template: Template) -> None:
    """A forged generation does not make the genuine file look old."""
    from hashlib import sha256

    body = template.data[:36] + (2**63).to_bytes(8, "big") + template.data[44:-32]
    put(path, body + sha256(body).digest())
    with pytest.raises(errors.Tampered):
        unlock(path)
    put(path, template.data)
    assert names(path) == ["okx-main"]


# --- what is random ---------------------------------------------------------------------------------


def _seals(template: Template, contents: Callable[[int], str], count: int = 200) -> list[format.VaultFile]:
    """Many saves of one vault, in memory."""
    file = format.parse(template.data)
    key = bytes(range(32))
    slots = {slot.slot_id: _record(slot) for slot in file.header.slots}
    return [
        format.parse(
            core._seal(file.header, key, vault.Payload(NOW, [okx_credential(note=contents(i))], slots))
        )
        for i in range(count)
    ]


def _record(slot: object) -> Any:

    if isinstance(slot, format.PasswordSlot):
        return SlotRecord("password", "", NOW)
    return SlotRecord("recovery", "", NOW, bytes(32))


@pytest.mark.parametrize("part", ["payload_salt", "header_mac", "sealed", "checksum"])
def test_two_hundred_saves_of_the_same_differ(template: Template, part: str) -> None:
    """Under one data key each save has a salt, and so a payload key, of its own."""
    files = _seals(template, lambda i: "same")
    found = {getattr(file.header if part == "payload_salt" else file, part) for file in files}
    assert len(found) == 200


@pytest.mark.promise(1)
def test_a_stuck_random_source_does_not_repeat_a_key(
    template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cloned machine that draws the same bytes still takes another key for other contents."""
    monkeypatch.setattr(crypto, "random", bytes)
    assert len({file.header.payload_salt for file in _seals(template, str)}) == 200


@pytest.mark.promise(1)
def test_what_a_vault_is_made_with_is_new(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No id, salt, commitment, wrapped or sealed key occurs twice, over 100 vaults and 100 changes."""
    monkeypatch.setattr(crypto, "argon2id", lambda password, salt, *_: hmac_sha256(salt, password))
    files = []
    for i in range(100):
        opened = vault.create(
            folder / str(i), SECRET, now=NOW, kdf=CHEAPEST_KDF, recovery=vault.new_recovery_key()
        )
        files += [opened._file, opened.change_password(SECRET, now=NOW, kdf=CHEAPEST_KDF)._file]
    for name in ("slot_id", "salt", "commitment", "wrapped_key"):
        slots = [file.header.password_slot for file in files]
        assert 200 == len({getattr(slot, name) for slot in slots}), name
    assert len({file.header.recipients[0].sealed for file in files}) == 200
    assert len({file.header.vault_id for file in files}) == 100
    assert len({file.header.recipients[0].slot_id for file in files}) == 100


# --- what is readable without a key -----------------------------------------------------------------


@pytest.mark.promise(1)
def test_nothing_of_the_contents_is_readable(path: Path) -> None:
    """No name, exchange, value, label or time stands in the file."""
    with unlock(path) as opened:
        opened.replace(okx_credential(note="a note", account="sub-account"))
        opened.save()
    data = path.read_bytes()
    needles = ["okx", "api_key", "recovery", "master", "a note", "sub-account", str(NOW), *OKX.values()]
    assert [] == [needle for needle in needles if needle.encode() in data]


@pytest.mark.promise(1)
def test_the_size_tells_nothing_within_a_bucket(path: Path) -> None:
    """From no credential to many the file keeps its size, as long as they fit."""
    sizes = set()
    with unlock(path) as opened:
        opened.remove("okx-main")
        for i in range(12):
            opened.save()
            sizes.add(path.stat().st_size)
            opened.add(okx_credential(f"bot-{i}"))
    assert {88 + 136 + 92 + 32 + 4096 + 16 + 32} == sizes


def test_a_larger_payload_takes_the_next_bucket(path: Path) -> None:
    """Sizes are powers of two, and what goes around them."""
    with unlock(path) as opened:
        opened.replace(okx_credential(fields={"api_key": vault.Secret("x" * 5000)}))
        opened.save()
    assert path.stat().st_size == 88 + 136 + 92 + 32 + 8192 + 16 + 32


def test_a_payload_that_is_too_large_changes_nothing(path: Path, template: Template) -> None:
    """More than 64 MiB are refused before anything is written."""
    opened = unlock(path)
    opened.add(okx_credential("huge", fields={"a": vault.Secret("x" * 60_000)}))
    monstrous = opened.payload
    monstrous.to_json = lambda: b"x" * (33 << 20)  # type: ignore[method-assign]
    with pytest.raises(errors.VaultError):
        opened.save()
    assert template.data == path.read_bytes()


# --- what is sealed to something else ---------------------------------------------------------------


@pytest.mark.parametrize("part", ["header_mac", "aad"])
def test_a_payload_sealed_to_another_header_is_refused(path: Path, template: Template, part: str) -> None:
    """Each alone is refused, under the right data key: a MAC left out, a header left out of the seal."""
    opened, file = unlock(path), format.parse(template.data)
    padded = format.pad(opened.payload.to_json())
    key = crypto.hkdf(opened._data_key, salt=file.header.payload_salt, info=b"coldvault/1/payload")
    mac = bytes(32) if part == "header_mac" else file.header_mac
    sealed = crypto.seal(key, padded, file.head + mac if part == "header_mac" else mac)
    put(path, format.assemble(file.head, mac, sealed))
    with pytest.raises(errors.Tampered):
        unlock(path, accept_older=True)


# --- counters at their end --------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["generation", "epoch"])
def test_a_counter_at_its_end_is_an_error_of_ours(path: Path, template: Template, field: str) -> None:
    """The last number of the format cannot be followed by another; the file stands."""
    opened = unlock(path)
    last = {"generation": 2**64 - 1, "epoch": 2**32 - 1}[field]
    put(path, core._seal(opened.header.changed(**{field: last}), opened._data_key, opened.payload))
    data, opened = path.read_bytes(), unlock(path, accept_older=True)
    with pytest.raises(errors.VaultError):
        opened.change_password(OTHER, now=NOW, kdf=CHEAPEST_KDF)
    assert data == path.read_bytes()


# --- before a vault is made, and while a password is typed --------------------------------------------


def test_where_a_vault_could_be_made(folder: Path) -> None:
    """Trying leaves nothing, not even the folder that is still missing unless it may be made."""
    probe_new(str(folder / "new"))
    assert [] == list(folder.iterdir())
    with pytest.raises(errors.StoreError):
        probe_new(str(folder / "missing" / "new"))
    probe_new(str(folder / "missing" / "new"), make_folder=True)
    assert [folder / "missing"] == list(folder.iterdir())


def test_where_no_vault_can_be_made(path: Path) -> None:
    """Because one stands there."""
    with pytest.raises(errors.VaultExists):
        probe_new(str(path))


def test_as_much_is_tried_as_will_be_written(
    path: Path, template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk with room for less would refuse the save: a whole file, or the smallest vault's payload."""
    tried: list[int] = []
    monkeypatch.setattr(Store, "probe", lambda self, size: tried.append(size))
    monkeypatch.setattr(Store, "probe_new", lambda self, size: tried.append(size))
    vault.open(path).probe()
    probe_new(str(path.with_name("new")))
    assert [len(template.data), 4096] == tried


def test_prepared_pages_are_used(path: Path, asked: list[tuple[Any, ...]]) -> None:
    """Once: Argon2 works in what was touched before; without that, in memory of its own."""
    closed = vault.open(path)
    for prepare in (bool, closed.prepare, bool):
        prepare()
        with pytest.raises(errors.WrongPassword):
            closed.unlock(SECRET)
    first, second, third = (given[5] for given in asked)
    assert isinstance(second, Workspace)
    assert (None, None) == (first, third)


# --- what else is kept --------------------------------------------------------------------------------


def test_a_new_password_has_its_record_and_its_journal_key(path: Path) -> None:
    """Beside the recovery key's and the older ones, which open what was written before."""
    before = unlock(path)
    after = before.change_password(OTHER, now=NOW + 9, kdf=CHEAPEST_KDF)
    records = {(record.kind, record.label, record.created) for record in after.payload.slots.values()}
    assert {("password", "master password", NOW + 9), ("recovery", "recovery key", NOW)} == records
    assert [1, 2] == sorted(after.payload.journal)
    assert before.payload.journal[1] == after.payload.journal[1] != after.payload.journal[2]


def test_another_file_of_the_same_generation_is_not_gone_on_from(path: Path, template: Template) -> None:
    """Two saves of one vault on two machines: whose block begins second is told."""
    with unlock(path) as one:
        one.save()
    theirs = path.read_bytes()
    put(path, template.data)
    with unlock(path, accept_older=True) as two:
        two.remove("okx-main")
        two.save()
    put(path, theirs)
    with pytest.raises(errors.VaultChanged), two:
        pytest.fail("not reached")


def test_an_expensive_vault_is_used_like_any_other(path: Path, asked: list[tuple[Any, ...]]) -> None:
    """Once its owner has allowed it: saved, and saved by somebody else."""
    costly = Kdf(64 * 1024, 17, 4)
    opened = vault.create(path.with_name("dear"), SECRET, now=NOW, kdf=CHEAPEST_KDF)
    slot = opened.header.password_slot
    assert slot is not None
    opened._write(opened.header.changed(slots=(slot.changed(kdf=costly),)), opened._data_key, opened.payload)
    other = core.Vault(opened._store, opened._file, opened._data_key)
    with other:
        other.save()
    with opened:
        opened.save()
    assert (costly, 4) == (opened.header.password_slot.kdf, opened.header.generation)  # type: ignore[union-attr]


def test_the_keys_are_those_of_the_format(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Header MAC and salt of the payload, worked out with the labels of docs/format.md, "Keys"."""
    monkeypatch.setattr(crypto, "random", bytes)
    with unlock(path) as opened:
        opened.save()
    file, key = opened._file, opened._data_key

    def subkey(label: bytes) -> bytes:
        return hmac_sha256(hmac_sha256(file.header.vault_id, key), label + b"\1")  # RFC 5869, one block

    padded = format.pad(opened.payload.to_json())
    salt = hmac_sha256(subkey(b"coldvault/1/salt"), bytes(32) + sha256(padded))
    assert (salt, hmac_sha256(subkey(b"coldvault/1/header-mac"), file.head)) == (
        file.header.payload_salt,
        file.header_mac,
    )


def test_a_payload_that_knows_of_other_slots_is_refused(path: Path, template: Template) -> None:
    """Whoever has the data key cannot hide a slot from its owner."""
    opened = unlock(path)
    first = next(iter(opened.payload.slots))
    opened.payload.slots = {first: opened.payload.slots[first]}
    put(path, core._seal(opened.header, opened._data_key, opened.payload))
    with pytest.raises(errors.Malformed, match="not those that its payload lists"):
        unlock(path, accept_older=True)
