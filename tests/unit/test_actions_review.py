"""The journal is filtered, and an audit has what only the vault and this machine know."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import CHEAPEST_KDF, NOW

import vault
from vault import Secret, Vault
from vault.actions import review
from vault.errors import Usage
from vault.journal.journal import Entry, Journal

WEEK = 7 * 86400


@pytest.fixture
def noted(opened: Vault) -> Vault:
    """A vault with three entries in its journal."""
    for at, name in ((1, "a"), (2, "b"), (3, "a")):
        Journal.of(opened).append(Entry(NOW + at, "copy", (name,)))
    return opened


@pytest.mark.parametrize(
    ("how", "at"),
    [({}, [1, 2, 3]), ({"name": "a"}, [1, 3]), ({"since": NOW + 2}, [2, 3]), ({"limit": 2}, [2, 3]),
     ({"name": "a", "limit": 1}, [3]), ({"name": "okx-main"}, []), ({"limit": 9}, [1, 2, 3])],
)  # fmt: skip
def test_the_newest_entries_of_a_name(noted: Vault, how: dict[str, object], at: list[int]) -> None:
    """Oldest first; none is an empty log."""
    log = review.log(noted, NOW, **how)  # type: ignore[arg-type]
    assert (at, (), False) == ([entry.at - NOW for entry in log.entries], log.problems, log.alarmed)


def test_a_journal_that_was_cut_alarms(noted: Vault, path: Path) -> None:
    """For as long as that is new."""
    path.with_name(f"{path.name}.journal").unlink()
    log = review.log(noted, NOW)
    assert log.problems
    assert log.alarmed
    assert "journal-damaged" in {finding.code for finding in review.audit(noted, NOW, WEEK)}


def test_nothing_is_due_by_a_time_that_has_passed(opened: Vault) -> None:
    """An audit that could find nothing would say that all is well."""
    with pytest.raises(Usage):
        review.audit(opened, NOW, -1)


def test_a_password_file_counts_if_others_can_read_it(opened: Vault, password_file: Path) -> None:
    """Not otherwise, and not without one."""

    def codes(path: str) -> set[str]:
        return {finding.code for finding in review.audit(opened, NOW, WEEK, path)}

    assert "password-file-open" not in codes(str(password_file)) | codes("")
    password_file.chmod(0o644)
    assert "password-file-open" in codes(str(password_file))


def test_a_version_that_an_earlier_password_opens_is_found(opened: Vault, path: Path) -> None:
    """passwd takes care that there is none; somebody may have put it there."""
    earlier = path.read_bytes()
    opened.change_password(Secret("another horse battery staple"), now=NOW, kdf=CHEAPEST_KDF)
    fresh = vault.open(path).unlock(Secret("another horse battery staple"))
    assert "old-backup" not in {finding.code for finding in review.audit(fresh, NOW, WEEK)}
    backup = path.with_name(f"{path.name}.bak")
    backup.write_bytes(earlier)
    backup.chmod(0o600)
    assert "old-backup" in {finding.code for finding in review.audit(fresh, NOW, WEEK)}


def test_what_a_leak_means_knows_its_use(opened: Vault) -> None:
    """As plain data its moments are dates."""
    Journal.of(opened).append(Entry(NOW, "run", ("okx-main",), program="/bin/bot", folder="/srv"))
    plain = review.plain_exposure(review.exposure(opened, "okx-main", NOW))
    assert [("/bin/bot", "/srv")] == [(use["program"], use["folder"]) for use in plain["used"]]
    assert plain["since"].endswith("Z")
