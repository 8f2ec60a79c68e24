"""One finding, and those that both commands make."""

from __future__ import annotations

import pytest

from vault.care import audit, doctor
from vault.care.findings import SEVERITIES, Finding, finding, of_password, worst_first
from vault.unlock.cost import DEFAULT_KDF, LOWEST_KDF

CODES = {"first": ("high", "what comes first"), "second": ("low", "what comes second")}


def test_a_finding_has_the_severity_of_its_code() -> None:
    """From the table of the command."""
    assert Finding("low", "second", "main", "what", "next") == finding(
        CODES, "second", "what", "next", "main"
    )


def test_the_order_of_findings() -> None:
    """By the table, the name, the message."""
    expected = [
        finding(CODES, "first", "z", name="b"),
        finding(CODES, "second", "y", name="a"),
        finding(CODES, "second", "x", name="b"),
        finding(CODES, "second", "y", name="b"),
    ]
    assert expected == worst_first(CODES, reversed(expected))


@pytest.mark.parametrize("codes", [audit.CODES, doctor.CODES], ids=["audit", "doctor"])
def test_the_master_password(codes: dict[str, tuple[str, str]]) -> None:
    """A file that others can read, and a guess that costs little: in both commands the same."""
    assert [] == [*of_password(codes, None, ""), *of_password(codes, DEFAULT_KDF, "")]
    found = list(of_password(codes, LOWEST_KDF, "/etc/my password"))
    assert [("high", "password-file-open"), ("medium", "weak-kdf")] == [(f.severity, f.code) for f in found]
    assert found[0].hint.startswith("chmod 600 '/etc/my password'")


@pytest.mark.parametrize("codes", [audit.CODES, doctor.CODES], ids=["audit", "doctor"])
def test_tables_are_worst_first(codes: dict[str, tuple[str, str]]) -> None:
    """Their severities never rise."""
    ranks = [SEVERITIES.index(severity) for severity, _ in codes.values()]
    assert sorted(ranks) == ranks
