"""The payload: credentials by name, and its one encoding."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from conftest import NOW, okx_credential
from hypothesis import given
from hypothesis import strategies as st

import vault
from vault.core.model import Payload
from vault.credential.credential import SlotRecord
from vault.errors import (
    CredentialExists,
    CredentialNotFound,
    InvalidCredential,
    Malformed,
    Unsupported,
    VaultError,
)

PASSWORD_ID, RECOVERY_ID = bytes(range(8)), bytes(range(8, 16))
SLOTS = {
    PASSWORD_ID: SlotRecord("password", "master password", NOW),
    RECOVERY_ID: SlotRecord("recovery", "recovery key", NOW, bytes(range(32))),
}


def payload() -> Payload:
    return Payload(NOW, [okx_credential("b"), okx_credential("a", note="Zürich", tags=("x",))], SLOTS)


def encode(plain: Any) -> bytes:
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def test_a_payload_is_read_back() -> None:
    """from_json undoes to_json."""
    again = Payload.from_json(payload().to_json())
    assert (payload().credentials, payload().slots) == (again.credentials, again.slots)


def test_the_encoding_does_not_depend_on_the_order_of_adding() -> None:
    """Credentials are written by name."""
    other = Payload(NOW, reversed(payload().credentials), dict(reversed(SLOTS.items())))
    assert payload().to_json() == other.to_json()


PRINTABLE = st.text(max_size=20).filter(str.isprintable)


@given(
    value=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
    note=PRINTABLE,
    tags=st.lists(PRINTABLE.filter(bool), max_size=3),
)
def test_any_text_survives(value: str, note: str, tags: list[str]) -> None:
    """Values are kept byte for byte, control characters and all; so are notes and tags."""
    fields = {"api_key": vault.Secret(value)}
    credential = okx_credential(fields=fields, note=note, tags=tuple(sorted(set(tags))))
    assert [credential] == Payload.from_json(Payload(NOW, [credential]).to_json()).credentials


@given(st.text())
def test_a_value_is_kept_or_refused(value: str) -> None:
    """No text whatever raises anything but InvalidCredential."""
    try:
        credential = okx_credential(fields={"api_key": vault.Secret(value)})
    except InvalidCredential:
        return
    assert (
        value
        == Payload.from_json(Payload(NOW, [credential]).to_json()).get("okx-main").fields["api_key"].reveal()
    )


def test_what_is_absent_has_its_default() -> None:
    """A credential written with its six keys alone has the defaults of the others."""
    data = Payload(NOW, [okx_credential()]).to_json()
    assert b'"demo"' not in data
    assert okx_credential() == Payload.from_json(data).get("okx-main")


DEFAULTS = {"account": "", "demo": False, "expires": None, "guarded": False, "ips": [], "note": "",
            "permissions": [], "preset": "", "region": "", "tags": [], "variables": {}}  # fmt: skip


@pytest.mark.parametrize("key", DEFAULTS)
def test_a_written_default_is_malformed(key: str) -> None:
    """A default that is written would be a second encoding of one credential."""
    plain = json.loads(payload().to_json())
    plain["credentials"][1][key] = DEFAULTS[key]
    with pytest.raises(Malformed):
        Payload.from_json(encode(plain))


# Where an unknown key is put: the way to it.
UNKNOWN: dict[str, list[Any]] = {
    "payload": [],
    "credential": ["credentials", 0],
    "slot": ["slots", PASSWORD_ID.hex()],
}


@pytest.mark.parametrize("place", UNKNOWN)
def test_an_unknown_key_is_of_a_newer_version(place: str) -> None:
    """A newer writer's key is not dropped in silence at the next save: the vault is not opened."""
    plain = json.loads(payload().to_json())
    target = plain
    for step in UNKNOWN[place]:
        target = target[step]
    target["zzz_new"] = 1
    with pytest.raises(Unsupported):
        Payload.from_json(encode(plain))


WHOLES: tuple[Any, ...] = ([], "text", 1, None, True, {}, {"created": 1}, {"created": 1, "slots": {}})
WHOLE: list[tuple[list[Any], Any]] = [([], value) for value in WHOLES]
TOPS: dict[str, tuple[Any, ...]] = {
    "created": (None, "now", True, -1, 253402300800, [], {}),
    "credentials": (None, {}, "text", 1, [1], [[]], ["x"], [None], [{}]),
    "slots": (None, [], "text", 1, {"zz": {}}, {"00": 1}, {"00": {}}, {"00": None}, {"00": []}),
}
TOP: list[tuple[list[Any], Any]] = [([key], value) for key, values in TOPS.items() for value in values]
FIELDS: dict[str, tuple[Any, ...]] = {
    "name": (None, 1, True, "", "A", ["a"], {"a": 1}, []),
    "exchange": (None, 1, "", "O", ["o"], ["okx"], {"o": 1}),
    "fields": (
        None,
        1,
        [],
        {},
        "text",
        {"api_key": 1},
        {"api_key": None},
        {"api_key": ""},
        {"A": "x"},
        {"api_key": ["x"]},
        {"api_key": "a\0b"},
    ),
    "created": (None, "now", True, False, -1, 253402300800, [], {}),
    "updated": (None, "now", True, False, -1, []),
    "expires": ("never", True, False, -1, [], {}),
    "state": (None, 1, "", "asleep", ["active"], {"active": 1}),
    "permissions": (
        1,
        "read",
        ["trade", "read"],
        ["read", "read"],
        ["all"],
        {"read": 1},
        [1],
        [["read"]],
        True,
    ),
    "ips": (1, "203.0.113.7", {"a": 1}, [1], [["a"]], True),
    "tags": (1, "abc", ["b", "a"], ["a", "a"], [1], {"a": 1}, True),
    "account": (1, True, ["a"], {"a": 1}, "a\nb"),
    "region": (1, True, ["a"]),
    "note": (1, True, ["a"], "\x1b"),
    "preset": (1, True, ["a"]),
    "demo": (1, "yes", [], "true"),
    "guarded": (1, "yes", {}, 2),
    "variables": (
        1,
        "x",
        [],
        ["api_key"],
        {"api_key": 1},
        {"api_key": ""},
        {"api_key": ["A"]},
        {"other": "A"},
    ),
}
OF_CREDENTIAL: list[tuple[list[Any], Any]] = [
    (["credentials", 0, key], value) for key, values in FIELDS.items() for value in values
]
SLOT_FIELDS: dict[str, tuple[Any, ...]] = {
    "kind": (None, 1, "fido", "password", ["recovery"]),
    "label": (None, 1, True, ["a"], "a\nb"),
    "created": (None, "now", True, -1, 253402300800, []),
    "public_key": (None, 1, "", "zz", "00" * 31, "00" * 33, "0A" * 32, " " + "00" * 32, ["00"]),
}
OF_SLOT: list[tuple[list[Any], Any]] = [
    (["slots", RECOVERY_ID.hex(), key], value) for key, values in SLOT_FIELDS.items() for value in values
]


@pytest.mark.parametrize(
    ("way", "value"), WHOLE + TOP + OF_CREDENTIAL + OF_SLOT, ids=lambda case: ascii(case)[-40:]
)
def test_a_value_of_another_kind_is_malformed(way: list[Any], value: Any) -> None:
    """What no writer makes is Malformed, whatever stands in whatever place; nothing else is raised."""
    plain = json.loads(payload().to_json())
    target = plain
    for step in way[:-1]:
        target = target[step]
    if way:
        target[way[-1]] = value
    else:
        plain = value
    with pytest.raises(Malformed):
        Payload.from_json(encode(plain))


@pytest.mark.parametrize("key", ["created", "exchange", "fields", "name", "state", "updated"])
def test_a_missing_key_is_malformed(key: str) -> None:
    """Six keys are always written."""
    plain = json.loads(payload().to_json())
    del plain["credentials"][0][key]
    with pytest.raises(Malformed):
        Payload.from_json(encode(plain))


def test_a_name_twice_is_malformed() -> None:
    """The second of two credentials of one name would hide the first."""
    plain = json.loads(payload().to_json())
    plain["credentials"][1]["name"] = plain["credentials"][0]["name"]
    with pytest.raises(Malformed):
        Payload.from_json(encode(plain))


def test_unsorted_credentials_are_malformed() -> None:
    """One order, one encoding."""
    plain = json.loads(payload().to_json())
    plain["credentials"].reverse()
    with pytest.raises(Malformed):
        Payload.from_json(encode(plain))


@pytest.mark.parametrize("depth", [10, 500, 900, 940, 960, 980, 5_000])
def test_a_deep_value_is_malformed(depth: int) -> None:
    """However deep the nesting, also just below the interpreter's limit, the answer is Malformed."""
    nested = b"[" * depth + b"]" * depth
    with pytest.raises(Malformed):
        Payload.from_json(b'{"created":' + nested + b',"credentials":[],"slots":{}}')


@pytest.mark.promise(8)
@given(st.binary(max_size=40))
def test_any_bytes_are_refused_cleanly(data: bytes) -> None:
    """Random bytes raise an error of ours."""
    with pytest.raises(VaultError):
        Payload.from_json(data)


BUGS = (AttributeError, KeyError, TypeError, IndexError, AssertionError)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_bug_of_ours_is_not_malformed(bug: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """An error in the code that reads a sound payload is not taken for an error in the payload."""

    def broken(self: object) -> None:
        raise bug

    data = payload().to_json()
    monkeypatch.setattr(vault.Credential, "check", broken)
    with pytest.raises(bug):
        Payload.from_json(data)
    monkeypatch.setattr(SlotRecord, "check", broken)
    with pytest.raises(bug):
        Payload.from_json(data, whole=False)


def test_what_is_malformed_is_not_quoted() -> None:
    """The detail of a decoding error could be a secret."""
    plain = json.loads(payload().to_json())
    plain["credentials"][0]["fields"]["api_key"] = "hunter2\0"
    with pytest.raises(Malformed) as caught:
        Payload.from_json(encode(plain))
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__


# --- understood once asked for ------------------------------------------------------------------------


def late(**changes: Any) -> Payload:
    """A payload out of a file whose credential ``a`` has these keys besides; ``b`` is as it should be."""
    plain = json.loads(payload().to_json())
    plain["credentials"][0].update(changes)
    return Payload.from_json(encode(plain), whole=False)


FAULTS: dict[str, tuple[dict[str, Any], type[VaultError]]] = {
    "another kind": ({"state": 1}, Malformed),
    "a written default": ({"demo": False}, Malformed),
    "unsorted": ({"tags": ["y", "x"]}, Malformed),
    "of a newer version": ({"zzz_new": 1}, Unsupported),
}


ASKED: dict[str, Callable[[Payload], object]] = {
    "for it": lambda payload: payload.get("a"),
    "for all": lambda payload: payload.credentials,
    "to replace it": lambda payload: payload.replace(okx_credential("a")),
    "to remove it": lambda payload: payload.remove("a"),
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_shows_when_the_credential_is_asked_for(fault: str, asked: str) -> None:
    """Whatever asks for it gets what from_json would have raised."""
    changes, error = FAULTS[fault]
    opened = late(**changes)
    with pytest.raises(error):
        ASKED[asked](opened)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_does_not_stop_the_others(fault: str) -> None:
    """A bot whose own credential is sound gets it."""
    assert okx_credential("b") == late(**FAULTS[fault][0]).get("b")


def test_what_is_not_understood_is_kept_as_it_is() -> None:
    """A newer writer's key is still there after an older version has added a credential and saved."""
    opened = late(zzz_new=1)
    opened.add(okx_credential("c"))
    assert b'"zzz_new":1' in opened.to_json()


def test_what_would_not_be_read_again_is_not_put_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A credential whose plain form the reader refuses is refused before anything is saved."""
    monkeypatch.setattr(vault.Credential, "to_plain", lambda self: {"name": self.name})
    with pytest.raises(Malformed):
        Payload(NOW).add(okx_credential())


def test_payloads_of_the_same_contents_are_equal() -> None:
    """Also when one of them was never asked for anything; a change makes the difference."""
    other = Payload.from_json(payload().to_json(), whole=False)
    assert payload() == other
    other.replace(okx_credential("b", note="other"))
    assert payload() != other


# --- credentials by name ----------------------------------------------------------------------------


def test_credentials_are_listed_by_name() -> None:
    """Whatever the order of adding."""
    assert ["a", "b"] == [credential.name for credential in payload().credentials]


def test_a_taken_name_is_refused() -> None:
    """Adding never replaces."""
    with pytest.raises(CredentialExists):
        payload().add(okx_credential("a"))


def test_a_refused_addition_changes_nothing() -> None:
    """The first credential of that name stays."""
    ours = payload()
    with pytest.raises(CredentialExists):
        ours.add(okx_credential("a", note="other"))
    assert payload().to_json() == ours.to_json()


@pytest.mark.parametrize("call", ["get", "remove"])
def test_a_missing_name_is_not_found(call: str) -> None:
    """Asking for what is not there is CredentialNotFound."""
    with pytest.raises(CredentialNotFound):
        getattr(payload(), call)("c")


def test_only_what_is_there_is_replaced() -> None:
    """Replacing never adds."""
    with pytest.raises(CredentialNotFound):
        payload().replace(okx_credential("c"))


def test_the_nearest_name_is_a_hint() -> None:
    """A slip of the finger is answered with the name that was meant."""
    with pytest.raises(CredentialNotFound) as caught:
        Payload(NOW, [okx_credential("okx-main"), okx_credential("bybit")]).get("okx-mian")
    assert "okx-main" in caught.value.hint


def test_without_a_near_name_the_hint_is_the_list() -> None:
    """A name like no other is answered with the way to see all of them."""
    with pytest.raises(CredentialNotFound) as caught:
        payload().get("something-else")
    assert CredentialNotFound.hint == caught.value.hint


def test_a_name_that_cannot_be_is_refused() -> None:
    """A control character is not echoed as a name that was not found."""
    with pytest.raises(InvalidCredential):
        payload().get("\x1b[31m")


def test_removing_gives_the_credential() -> None:
    """What was taken out is returned."""
    assert okx_credential("b") == payload().remove("b")


def test_a_removed_credential_is_gone() -> None:
    """It is neither listed nor written."""
    ours = payload()
    ours.remove("b")
    assert b'"name":"b"' not in ours.to_json()


def test_payloads_do_not_share_their_slots() -> None:
    """Two payloads made without slots have each their own."""
    Payload(NOW).slots[PASSWORD_ID] = SLOTS[PASSWORD_ID]
    assert Payload(NOW).slots == {}
