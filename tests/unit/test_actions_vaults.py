"""The vault as a whole: its cost, its new password, its status."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import CHEAPEST_KDF, NOW

import vault
from vault import Secret, Vault
from vault.actions import journal, vaults
from vault.core import crypto
from vault.errors import PasswordRefused
from vault.unlock.cost import DEFAULT_KDF

PASSWORD = Secret("another horse battery staple")


def test_a_cost_by_hand_is_not_measured() -> None:
    """What is not named is the default's; memory is given in MiB."""
    found = vaults.cost(lambda: 1 / 0, memory=512, passes=None, lanes=2)
    assert DEFAULT_KDF.changed(memory=512 * 1024, lanes=2) == found


def test_a_slow_machine_keeps_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """One derivation at that cost is measured, by the clock that is given."""
    derived: list[tuple[Any, ...]] = []
    monkeypatch.setattr(crypto, "argon2id", lambda *given: derived.append(given[2:]))
    ticks = iter([5.0, 14.0])
    assert DEFAULT_KDF == vaults.cost(lambda: next(ticks), memory=None, passes=None, lanes=None)
    assert [(DEFAULT_KDF.memory, DEFAULT_KDF.passes, DEFAULT_KDF.lanes)] == derived


def test_a_weak_password_is_warned_of(opened: Vault) -> None:
    """One beyond ASCII, too; a hopeless one is refused."""
    strength, warnings = vaults.judge(Secret("correct horse battery stäple of mine"))
    assert strength.startswith("guessing it takes about 10^")
    assert ["beyond ASCII" in warning for warning in warnings] == [True]
    with pytest.raises(PasswordRefused):
        vaults.judge(Secret("passwordpassword"))


def test_a_changed_password_leaves_work_at_the_exchange(opened: Vault, path: Path) -> None:
    """Each credential with its page; one whose exchange is not known any more is named, too."""
    opened.add(opened.get("okx-main").changed(name="gone", exchange="gone"))
    opened.save()
    done = vaults.change_password(opened, PASSWORD, CHEAPEST_KDF, NOW)
    assert {"path": str(path), "generation": 4, "epoch": 2} == done.facts
    assert "  gone: its issuer's page for API keys" in done.remarks
    assert any(line.startswith("  okx-main: https://") for line in done.remarks)
    fresh = vault.open(path).unlock(PASSWORD)
    assert ["passwd"] == [entry.did for entry in journal.read(fresh).entries]


def test_the_status_needs_no_key(path: Path) -> None:
    """A cheap guess is called so."""
    facts = vaults.status(vault.open(path))
    assert (1, 1, True) == (facts["password_slots"], facts["recipient_slots"], facts["below_default"])
    assert {"memory_kib": 65536, "passes": 3, "lanes": 4} == facts["kdf"]
