"""Keys are verified through actions alone: asked, noted, compared, recorded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import NOW, OKX, okx_credential

import vault
from vault.actions import journal, verify
from vault.actions.verify import Request
from vault.credential.credential import Values
from vault.errors import CredentialNotFound, SelectionRefused, Usage
from vault.exchanges import profiles

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
from okx_standin import Standin

if TYPE_CHECKING:
    from vault.actions.verify import Result

NAMES = ("okx-main",)


@pytest.fixture
def okx() -> Iterator[Standin]:
    """The exchange, which knows the template's key."""
    with Standin() as standin:
        standin.add_key(OKX, perm="read_only,trade", ip="127.0.0.1", label="grid bot")
        yield standin


def results(opened: vault.Vault, request: Request) -> list[Result]:
    return verify.verify(opened, verify.choose(opened, request), request)


def outcomes(opened: vault.Vault) -> list[tuple[str, str]]:
    return [(entry.did, entry.outcome) for entry in journal.read(opened).entries]


def add(opened: vault.Vault, name: str, exchange: str, state: str = "active") -> None:
    fields = {name: vault.Secret(value) for name, value in OKX.items()}
    credential = vault.Credential(name, exchange=exchange, fields=fields, created=NOW, state=state)
    with opened:
        opened.add(credential)
        opened.save()


def test_what_the_exchange_says_is_compared(opened: vault.Vault, okx: Standin) -> None:
    """And noted; nothing is stored without being asked for."""
    before = opened.get("okx-main")
    (result,) = results(opened, Request(NAMES, base_url=okx.url))
    assert result.report is not None
    assert ("read", "trade") == result.report.facts.permissions
    assert {"permissions", "ips", "label"} <= {mismatch.what for mismatch in result.mismatches}
    assert [("verify", "elsewhere")] == outcomes(opened)
    assert before == opened.get("okx-main")
    assert ("okx-main", True) == (result.plain()["name"], result.plain()["works"])


def test_what_the_exchange_says_is_recorded_on_request(opened: vault.Vault, okx: Standin) -> None:
    """The mismatches returned are those from before; the next time there is none."""
    (result,) = results(opened, Request(NAMES, base_url=okx.url, record=True))
    assert result.mismatches
    assert ("grid bot", ("127.0.0.1",)) == (opened.get("okx-main").label, opened.get("okx-main").ips)
    assert () == results(opened, Request(NAMES, base_url=okx.url))[0].mismatches


def test_a_successor_is_verified_with_its_own_values(opened: vault.Vault, okx: Standin) -> None:
    """The exchange does not know them; its refusal is a result, and noted by its code."""
    with opened:
        values = Values({name: vault.Secret("x" * 36) for name in OKX}, NOW)
        opened.replace(opened.get("okx-main").stage(values))
        opened.save()
    (result,) = results(opened, Request(NAMES, successor=True, base_url=okx.url))
    assert result.error is not None
    assert [("verify", result.error.code)] == outcomes(opened)
    assert {"name": "okx-main", "works": False} == dict(list(result.plain().items())[:2])


def test_an_error_ends_none_of_the_others(
    opened: vault.Vault, okx: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is announced; between two of one exchange there is the pause that it asks for."""
    add(opened, "a-pending", "okx", "pending")
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    begun: list[tuple[int, str]] = []
    request = Request(("a-pending", "okx-main"), base_url=okx.url)
    first, second = verify.verify(
        opened,
        verify.choose(opened, request),
        request,
        begins=lambda number, credential: begun.append((number, credential.name)),
    )
    assert isinstance(first.error, SelectionRefused)
    assert second.error is None
    assert [(1, "a-pending"), (2, "okx-main")] == begun
    rules = profiles.load("okx").verify
    assert rules is not None
    assert [rules.pause] == [pytest.approx(wait, abs=rules.pause / 2) for wait in waits]


def test_every_one_that_is_active_is_chosen(opened: vault.Vault) -> None:
    """Those that are disabled can still be named."""
    add(opened, "a", "okx", "disabled")
    assert ["okx-main"] == [c.name for c in verify.choose(opened, Request(every=True))]
    assert ["a"] == [c.name for c in verify.choose(opened, Request(("a",)))]
    with pytest.raises(CredentialNotFound):
        verify.choose(opened, Request(("b",)))


def test_one_address_is_one_exchange(opened: vault.Vault) -> None:
    """It would be shown the others' keys."""
    add(opened, "g", "generic")
    with pytest.raises(Usage):
        verify.choose(opened, Request(every=True, base_url="https://mirror.example"))


@pytest.mark.parametrize(
    ("names", "every", "more"),
    [((), False, {}), (NAMES, True, {}), (NAMES, False, {"record": True, "successor": True})],
)
def test_a_request_is_not_contradictory(names: tuple[str, ...], every: bool, more: dict[str, Any]) -> None:
    """Seen before the vault is opened."""
    with pytest.raises(Usage):
        Request(names, every, **more)


# --- an answer that takes something away ------------------------------------------------------------------


def noted(opened: vault.Vault, **facts: object) -> None:
    with opened:
        opened.replace(opened.get("okx-main").changed(**facts))
        opened.save()


@pytest.mark.promise(9)
def test_an_answer_that_lowers_what_is_on_record_is_asked_about(opened: vault.Vault, okx: Standin) -> None:
    """Without leave nothing is recorded, and it is said what would be gone."""
    noted(opened, permissions=("read", "trade", "withdraw"), ips=("127.0.0.1",))
    request = Request(NAMES, base_url=okx.url, record=True)
    (result,) = results(opened, request)
    assert "not recorded: the answer takes away the right to withdraw" == str(result.error)
    assert ("read", "trade", "withdraw") == opened.get("okx-main").permissions
    doubts: list[str] = []

    def agree(doubt: str) -> bool:
        doubts.append(doubt)
        return True

    verify.verify(opened, verify.choose(opened, request), request, agree=agree)
    assert ["okx-main: the exchange's answer takes away the right to withdraw"] == doubts
    assert ("read", "trade") == opened.get("okx-main").permissions


@pytest.mark.promise(9)
def test_a_guard_is_not_taken_away_by_an_answer(opened: vault.Vault, okx: Standin) -> None:
    """It rested on the right to withdraw; it stays when that is gone."""
    noted(opened, permissions=("read", "withdraw"))
    request = Request(NAMES, base_url=okx.url, record=True)
    verify.verify(opened, verify.choose(opened, request), request, agree=lambda _: True)
    kept = opened.get("okx-main")
    assert (True, True, ("read", "trade")) == (kept.guarded, kept.is_guarded, kept.permissions)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, ""),
        ({"permissions": ("read", "trade"), "ips": ("203.0.113.9",)}, ""),
        ({"permissions": ("read",)}, "the right to trade"),
        ({"ips": ()}, "all of its addresses"),
        ({"permissions": (), "ips": ()}, "the right to read and trade and all of its addresses"),
    ],
)
def test_what_would_be_lowered(facts: dict[str, tuple[str, ...]], told: str) -> None:
    """Rights, and being bound at all; other addresses are no less than before."""
    assert told == verify.lowered(okx_credential(permissions=("read", "trade")), facts)


def test_another_address_has_nothing_to_record() -> None:
    """But a stand-in on this machine."""
    with pytest.raises(Usage, match="another address has nothing to say"):
        Request(NAMES, base_url="https://mirror.example", record=True)
    Request(NAMES, base_url="http://127.0.0.1:8080", record=True)
