"""The line that ``run`` says of a key that is due: when it is said, and when not."""

from __future__ import annotations

import time
from typing import Any

import pytest
from conftest import PASSWORD, Cli, okx_credential

import vault
from vault.journal.journal import Entry, Journal

DAY = 86400


def stored(cli: Cli, **changes: Any) -> vault.Credential:
    """The template's credential with other facts."""
    with vault.open(cli.path).unlock(vault.Secret(PASSWORD)) as opened:
        changed = okx_credential(**{"ips": (), "permissions": ("trade",), **changes})
        opened.replace(changed)
        opened.save()
    return changed


def used(
    cli: Cli, days: int, name: str = "okx-main", did: str = "run", outcome: str = "ok", times: int = 1
) -> None:
    """Records of a use that many days ago."""
    opened = vault.open(cli.path).unlock(vault.Secret(PASSWORD))
    journal = Journal(opened.path, opened.header.vault_id, opened.payload.journal)
    for _ in range(times):
        journal.append(Entry(int(time.time()) - days * DAY, did, (name,), outcome=outcome))


def said(cli: Cli) -> str:
    return cli("run", "--", "true").stderr.decode()


def ago(days: int) -> int:
    return int(time.time()) - days * DAY


@pytest.mark.parametrize(
    ("days", "told"),
    [(20, "okx-main expired 19 days ago"), (0, "expires in"), (-6, "expires in 6 days"), (-8, "")],
    ids=str,
)
def test_a_date_on_record_is_told_a_week_before(cli: Cli, days: int, told: str) -> None:
    """And once it is past; not earlier."""
    stored(cli, expires=ago(days) + 3600, created=ago(1), ips=("203.0.113.7",))
    line = said(cli)
    assert told in line
    assert bool(told) == bool(line)


def test_an_idle_key_is_told(cli: Cli) -> None:
    """Nobody has used it for longer than OKX keeps such a key: the bot's first error is explained."""
    stored(cli, created=ago(30))
    used(cli, 20)
    assert "okx-main may have expired 6 days ago" in said(cli)


def test_a_run_keeps_a_key_alive(cli: Cli) -> None:
    """A key that was used within its days is no news, however old it is; this run counts for the next."""
    stored(cli, created=ago(300))
    used(cli, 13)
    assert said(cli) == ""
    assert said(cli) == ""


def test_a_key_stored_long_ago_and_never_used_is_told(cli: Cli) -> None:
    """As an estimate: it may have been used elsewhere."""
    stored(cli, created=ago(30))
    assert "estimate" in said(cli)


def test_a_refused_test_request_is_no_use(cli: Cli) -> None:
    """The exchange did not count it."""
    stored(cli, created=ago(30))
    used(cli, 1, did="verify", outcome="key-rejected")
    assert "may have expired" in said(cli)


def test_what_is_not_known_is_not_told(cli: Cli) -> None:
    """The last use stands behind many records of other credentials: that is no reason to warn."""
    stored(cli, created=ago(30))
    used(cli, 0, name="other", times=70)
    assert said(cli) == ""
