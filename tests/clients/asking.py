"""Asking a server of this machine, as most tests of the test request do it."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))


from vault import Credential, Secret, errors
from vault.exchanges import profiles
from vault.verify import check
from vault.verify.check import Report

KEY = {
    "api_key": "37c541a1-0b1c-4d2e-9f3a-10fe7a038418",
    "secret_key": "22582BD0CFF14C41EDBF1AB98506286D",
    "passphrase": "Pass-Phrase-1",
}
SOON = 0.3  # seconds; the deadline of tests that reach it
LATE = 20  # seconds after which a server that waits gives up, so that a test without a deadline ends too


def record(key: Mapping[str, str], exchange: str, environment: str = "live", **facts: Any) -> Credential:
    """A credential with these values."""
    fields = {name: Secret(value) for name, value in key.items()}
    where: dict[str, Any] = {environment: True} if environment != "live" else {}
    return Credential("okx-main", exchange, fields, created=0, **where, **facts)


def ask(key: Mapping[str, str] = KEY, exchange: str = "okx", **how: Any) -> Report:
    """check.ask() with the settings that most tests share; the address is always one of this machine's."""
    facts = {name: how.pop(name) for name in ("environment", "region", "ips") if name in how}
    how = {"clock": time.time, "deadline": 10.0, **how}
    assert "base_url" in how, "a test must not ask a real exchange"
    return check.ask(record(key, exchange, **facts), profiles.load(exchange), **how)


def refusal(kind: type[errors.VaultError], key: Mapping[str, str] = KEY, **how: Any) -> errors.VaultError:
    """The error of exactly that class, which must be fit to be shown."""
    with pytest.raises(errors.VaultError) as caught:
        ask(key, how.pop("exchange", "okx"), **how)
    error = caught.value
    assert kind is type(error), error
    assert error.exit_code not in (0, 70)
    shown = f"{error} {error.hint} {error!r} {error.__cause__!r}"
    assert [] == [name for name, value in key.items() if value in shown]
    assert not str(error).endswith(".")
    return error
