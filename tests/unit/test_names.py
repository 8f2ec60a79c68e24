"""The names of what belongs to a vault."""

from __future__ import annotations

import pytest

from vault.store import names


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bots.vault.bak", "previous"),
        (".bots.vault.0123456789abcdef.tmp", "leftover"),
        ("bots.vault.replaced-2026-11-23-2", "replaced"),
        ("bots.2026-11-23.save-7.vault", "backup"),
        ("bots (conflicted copy 2026-11-23 101112).vault", "conflict"),
        ("bots (host's conflicted copy 2026-11-23).vault", "conflict"),
        ("bots.sync-conflict-20261123-101112-ABCDEFG.vault", "conflict"),
        ("bots_conflict-20261123-101112.vault", "conflict"),
        ("bots-LAPTOP.vault", "conflict"),
        ("bots-LAPTOP-2.vault", "conflict"),
        ("bots (1).vault", "conflict"),
        ("bots 2.vault", "conflict"),
        ("bots.vault (conflicted copy 2026-11-23).journal", "journal"),
        ("bots.vault.sync-conflict-20261123-101112-ABCDEFG.journal", "journal"),
        ("other.vault", "copy"),
        ("botsy.vault", "copy"),
        ("bots.vault", ""),
        ("bots.vault.lock", ""),
        ("bots.vault.journal", ""),
        ("bots.vault.journal.lock", ""),
        ("bots.vault.replaced-2026-11-23.journal", ""),
        ("bots.2026-11-23.save-7.vault.journal", ""),
        ("notes.txt", ""),
        ("bots-notes.txt", ""),
    ],
)
def test_a_name_tells_what_a_file_may_be(name: str, kind: str) -> None:
    """As this program, and as each sync tool names it."""
    assert kind == names.kind(name, "bots.vault")


def test_a_vault_without_an_ending() -> None:
    """Every file begins or ends like its name: none is looked at for that alone."""
    assert ["", ""] == [names.kind(name, "bots") for name in ("bots-notes.txt", "readme")]


def test_what_is_made_is_known_again() -> None:
    """The names that this program gives are of the kind that they are given for."""
    made = {
        "bots.vault" + names.PREVIOUS: "previous",
        names.drafts("bots.vault") + "0123456789abcdef.tmp": "leftover",
        names.drafts("bots.vault", "journal") + "0123456789abcdef.tmp": "",
        names.backup("bots.vault", "2026-11-23", 7): "backup",
        names.replaced("bots.vault", "2026-11-23"): "replaced",
    }
    assert made == {name: names.kind(name, "bots.vault") for name in made}


def test_a_copy_without_an_ending() -> None:
    """Its name tells day and save all the same."""
    assert "bots.2026-11-23.save-7" == names.backup("bots", "2026-11-23", 7)


@pytest.mark.parametrize("part", ["journal", "copy"])
def test_a_save_sweeps_nothing_of_another_part(part: str) -> None:
    """The lock that a save holds is the vault's alone."""
    other = names.drafts("bots.vault", part)
    assert f".bots.vault-{part}." == other
    assert not other.startswith(names.drafts("bots.vault"))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("bots.vault.bak", True),
        ("bots.vault.replaced-2026-11-23", True),
        (".bots.vault.0123456789abcdef.tmp", True),
        ("bots.vault", False),
        ("bots.vault.lock", False),
        ("bots.vault.journal", False),
        ("bots.vault.journal.lock", False),
        (".bots.vault-journal.0123456789abcdef.tmp", False),
        ("other.vault.bak", False),
    ],
)
def test_what_may_be_an_older_version(entry: str, expected: bool) -> None:
    """Whatever begins with the vault's name; locks and the journal are none."""
    assert expected == names.is_version(entry, "bots.vault")
