"""The slots: the data key, wrapped for each way in and unwrapped by what opens it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import CHEAPEST_KDF, NOW, PASSWORD, Template
from wording import worded  # noqa: F401  (a fixture)

import vault
from vault import errors
from vault.base.digest import hmac_sha256
from vault.core import crypto, format, slots
from vault.core import vault as core
from vault.credential.credential import SlotRecord
from vault.system.memory import Workspace
from vault.unlock.cost import Kdf

SECRET = vault.Secret(PASSWORD)
OTHER = vault.Secret("another six words nobody would guess")
VAULT_ID, DATA_KEY = bytes(range(16)), bytes(range(32))

pytestmark = pytest.mark.usefixtures("remembered_kdf", "worded")


def header(
    *keys: vault.RecoveryKey, password: vault.Secret | None = SECRET, kdf: Kdf = CHEAPEST_KDF
) -> format.Header:
    """The header of a vault with these ways in."""
    records: dict[bytes, SlotRecord] = {}
    if password is not None:
        records |= slots.with_password({}, NOW)
    for key in keys:
        records |= slots.new_recovery(key.private, NOW)
    wrapped = slots.wrap(DATA_KEY, VAULT_ID, records, OTHER if password is None else password, kdf)
    return format.Header(VAULT_ID, 1, 1, bytes(32), wrapped)


# --- records --------------------------------------------------------------------------------------------


def test_a_password_s_record_takes_the_place_of_the_old_one_s() -> None:
    """First, under a new id of 8 bytes; all others stay as they are."""
    key = vault.new_recovery_key()
    before = slots.with_password(slots.new_recovery(key.private, 1), 2)
    after = slots.with_password(before, 3)
    assert [SlotRecord("password", "master password", 3), *slots.new_recovery(key.private, 1).values()] == [
        *after.values()
    ]
    assert 1 == len(before.keys() & after.keys())
    assert {8} == {len(slot_id) for slot_id in after}


def test_a_recovery_key_s_record_has_its_public_half() -> None:
    """A new data key is wrapped to it while its owner is elsewhere."""
    key = vault.new_recovery_key()
    (record,) = slots.new_recovery(key.private, NOW).values()
    assert SlotRecord("recovery", "recovery key", NOW, crypto.public_key(key.private)) == record


# --- a password -----------------------------------------------------------------------------------------


def test_the_password_unwraps() -> None:
    """The data key that was wrapped under it."""
    assert DATA_KEY == slots.unwrap(header(), SECRET)


@pytest.mark.parametrize(
    "password", [PASSWORD + " ", " " + PASSWORD, PASSWORD.upper(), PASSWORD + "\n", "x" * 60, "x" * 100]
)
def test_another_password(password: str) -> None:
    """Nothing is trimmed or folded, and no length makes a key of it."""
    with pytest.raises(errors.WrongPassword) as caught:
        slots.unwrap(header(), vault.Secret(password))
    assert "wrong password" == str(caught.value)


@pytest.mark.parametrize("password", ["", "x" * 1025, "\ud800"])
def test_a_password_that_cannot_be(password: str, asked: list[tuple[Any, ...]]) -> None:
    """It is refused before anything is derived, by either half."""
    for half in (
        lambda: slots.unwrap(header(), vault.Secret(password)),
        lambda: header(password=vault.Secret(password)),
    ):
        asked.clear()
        with pytest.raises(errors.PasswordRefused):
            half()
        assert [] == [given for given in asked if given[0] != PASSWORD.encode()]


def test_a_cost_that_is_not_written() -> None:
    """Whatever the ways in are."""
    for password in (SECRET, None):
        with pytest.raises(errors.CostRefused):
            header(password=password, kdf=Kdf(8, 1, 1))


def test_decomposed_and_composed_are_one_password() -> None:
    """Made on one system, opened on another that types in another way."""
    made = header(password=vault.Secret("Z\u00fcrich"))
    assert DATA_KEY == slots.unwrap(made, vault.Secret("Zu\u0308rich"))


def test_the_password_slot_is_that_of_the_format(asked: list[tuple[Any, ...]]) -> None:
    """Argon2 at the slot's own cost; key and commitment from what it gave, its length before it."""
    made = header(kdf=Kdf(65536, 4, 2))
    slot = made.password_slot
    assert slot is not None
    assert (8, 32) == (len(slot.slot_id), len(slot.salt))
    slots.unwrap(made, SECRET)
    assert [(PASSWORD.encode(), slot.salt, 65536, 4, 2, None)] * 2 == asked
    ikm = (32).to_bytes(4, "big") + hmac_sha256(slot.salt, PASSWORD.encode())
    info = b"coldvault/1/slot\0" + VAULT_ID + slot.encode()[:56]
    wanted = crypto.hkdf(ikm, salt=slot.salt, info=info, size=64)
    assert wanted[32:] == slot.commitment
    assert DATA_KEY == crypto.unseal(wanted[:32], slot.wrapped_key, info)


def test_a_modified_slot_is_not_a_wrong_password() -> None:
    """The commitment says that the password is right, and the refusal does, too."""
    made = header()
    slot = made.password_slot
    assert slot is not None
    changed = slot.changed(wrapped_key=bytes(48))
    with pytest.raises(errors.Tampered, match="the password is right, but the vault was modified"):
        slots.unwrap(made.changed(slots=(changed,)), SECRET)


def test_a_slot_of_another_vault_is_a_wrong_password() -> None:
    """Its keys are bound to the vault's id."""
    with pytest.raises(errors.WrongPassword):
        slots.unwrap(header().changed(vault_id=bytes(16)), SECRET)


# --- a recovery key -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [str, str.lower, lambda text: text.replace("-", "")],
    ids=["as given", "lower case", "without dashes"],
)
def test_the_recovery_key_unwraps(change: Any) -> None:
    """Typed as it comes, down to its 60 letters without a dash, with a password beside it or without."""
    key = vault.new_recovery_key()
    secret = vault.Secret(change(key.text().reveal()))
    assert [DATA_KEY] * 2 == [slots.unwrap(header(key, password=p), secret) for p in (SECRET, None)]


def test_each_of_three_recovery_keys_unwraps() -> None:
    """The first slot that does not fit is not the last."""
    keys = [vault.new_recovery_key() for _ in range(3)]
    made = header(*keys)
    assert [DATA_KEY] * 3 == [slots.unwrap(made, key.text()) for key in keys]


def test_the_recovery_key_derives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It opens on a machine that has not got the memory for the password."""
    key = vault.new_recovery_key()
    made = header(key)
    monkeypatch.setattr(slots, "available_memory", lambda: 0)
    assert DATA_KEY == slots.unwrap(made, key.text())


@pytest.mark.parametrize("keys", [0, 1])
def test_another_recovery_key(keys: int) -> None:
    """WrongKey, whether the vault has one or none."""
    made = header(*[vault.new_recovery_key() for _ in range(keys)])
    with pytest.raises(errors.WrongKey) as caught:
        slots.unwrap(made, vault.new_recovery_key().text())
    assert "no slot of this vault opens with this recovery key" == str(caught.value)


def test_a_recovery_slot_is_bound_to_its_vault() -> None:
    """WrongKey in a header with another id."""
    key = vault.new_recovery_key()
    with pytest.raises(errors.WrongKey):
        slots.unwrap(header(key).changed(vault_id=bytes(16)), key.text())


def test_a_recovery_key_with_a_slip_is_a_wrong_password(template: Template) -> None:
    """It is no recovery key, so it is tried as a password."""
    with pytest.raises(errors.WrongPassword):
        slots.unwrap(format.parse(template.data).header, vault.Secret(template.recovery[:-1]))


def test_a_usual_password_needs_nothing_of_recovery_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot's start does without their module: a shorter text than 60 letters writes no key."""
    monkeypatch.setitem(sys.modules, "vault.unlock.recovery", None)
    with pytest.raises(errors.WrongPassword):
        slots.unwrap(header(), vault.Secret("x" * 59))


# --- a vault without a password -------------------------------------------------------------------------


def test_without_a_password_the_recovery_key_is_the_next_step() -> None:
    """The refusal says so."""
    with pytest.raises(errors.WrongPassword) as caught:
        slots.unwrap(header(vault.new_recovery_key(), password=None), SECRET)
    assert "this vault has no password" == str(caught.value)
    assert "open it with its recovery key" == caught.value.hint
    with pytest.raises(errors.PasswordRefused):  # what cannot be a password is said first
        slots.unwrap(header(vault.new_recovery_key(), password=None), vault.Secret(""))


def test_a_vault_without_a_password_is_used_like_any_other(path: Path, template: Template) -> None:
    """It is prepared, opened with its key, and given a password by whoever has that."""
    file, key = format.parse(template.data), vault.Secret(template.recovery)
    data_key = slots.unwrap(file.header, key)
    payload = core._unseal(file, data_key)
    slot = file.header.recipients[0]
    payload.slots = {slot.slot_id: payload.slots[slot.slot_id]}
    path.write_bytes(core._seal(file.header.changed(slots=(slot,)), data_key, payload))
    closed = vault.open(path, accept_older=True)
    closed.prepare()
    opened = closed.unlock(key)
    assert ["okx-main"] == [credential.name for credential in opened.credentials]
    opened.change_password(OTHER, now=NOW, kdf=CHEAPEST_KDF)
    assert ["okx-main"] == [credential.name for credential in vault.open(path).unlock(OTHER).credentials]


# --- memory and time ------------------------------------------------------------------------------------


@pytest.mark.parametrize("free", [64 << 20, None], ids=["just enough", "unknown"])
def test_enough_memory(monkeypatch: pytest.MonkeyPatch, free: int | None) -> None:
    """Exactly what is needed is enough, and an unknown figure stops nobody."""
    monkeypatch.setattr(slots, "available_memory", lambda: free)
    assert DATA_KEY == slots.unwrap(header(), SECRET)


@pytest.mark.promise(8)
@pytest.mark.parametrize(
    ("available", "said"),
    [
        ((64 << 20) - 1, "the key derivation needs 64 MiB; 63 MiB are free"),
        (64 << 20, "the key derivation failed: memory allocation error"),
        (None, "the key derivation failed: memory allocation error"),
    ],
    ids=["before", "within", "unknown"],
)
def test_how_much_memory_is_missing(
    asked: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch, available: int | None, said: str
) -> None:
    """NotEnoughMemory, not a process killed by the system: in MiB, or in Argon2's words."""

    def fail(*_: object) -> bytes:
        raise crypto.DeriveError("Memory Allocation Error")

    made = header()
    monkeypatch.setattr(crypto, "argon2id", fail)
    monkeypatch.setattr(slots, "available_memory", lambda: available)
    with pytest.raises(errors.NotEnoughMemory) as caught:
        slots.unwrap(made, SECRET)
    assert said == str(caught.value)


def test_prepared_memory_is_enough(asked: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what the slot's cost takes, touched, and what Argon2 is given; it counts as free no more."""
    touched: list[Workspace] = []
    monkeypatch.setattr(Workspace, "touch", lambda self: touched.append(self))
    made = header()
    workspace = slots.prepare(made)
    assert workspace is not None
    assert [workspace] == touched
    assert 64 << 20 == workspace.size
    monkeypatch.setattr(slots, "available_memory", lambda: 0)
    assert DATA_KEY == slots.unwrap(made, SECRET, workspace)
    assert workspace is asked[-1][5]


def test_nothing_is_prepared_without_a_password() -> None:
    """A key derives nothing."""
    assert slots.prepare(header(vault.new_recovery_key(), password=None)) is None


@pytest.mark.parametrize("error", [MemoryError, OSError])
def test_memory_that_cannot_be_prepared(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    """The derivation itself says so, better."""

    def none_left(_memory: int) -> None:
        raise error

    made = header()
    monkeypatch.setattr(slots, "Workspace", none_left)
    assert slots.prepare(made) is None


@pytest.mark.promise(8)
def test_no_memory_is_touched_that_is_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is compared before, as where no person types: the system would end some process otherwise."""
    made = header()
    monkeypatch.setattr(slots, "Workspace", lambda memory: pytest.fail("touched"))
    monkeypatch.setattr(slots, "available_memory", lambda: made.password_slot.kdf.memory * 1024 - 1)  # type: ignore[union-attr]
    assert slots.prepare(made) is None
