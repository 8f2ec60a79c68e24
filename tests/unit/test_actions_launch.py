"""The plan of a start: what a program is given, what its user is told, and what must be accepted."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest
from conftest import NOW, OKX

import vault
from vault.actions import journal, launch
from vault.actions.launch import LaunchPlan, Request
from vault.credential.credential import ProgramBinding, Values
from vault.errors import ProgramNotFound, ProgramRefused, Usage, VariableRefused

EXPORTS = {"OKX_API_KEY": OKX["api_key"], "OKX_SECRET_KEY": OKX["secret_key"],
           "OKX_PASSPHRASE": OKX["passphrase"], "OKX_DEMO": "false"}  # fmt: skip


def planned(opened: vault.Vault, request: Request) -> LaunchPlan:
    return launch.plan(opened, launch.prepare(request))


def changed(opened: vault.Vault, **facts: object) -> None:
    with opened:
        opened.replace(opened.get("okx-main").changed(**facts))
        opened.save()


def test_a_plan_says_what_a_program_is_given(opened: vault.Vault) -> None:
    """Its environment, and where each variable is from; nothing is noted yet."""
    plan = planned(opened, Request(("sh",), clean=True))
    assert EXPORTS == {name: value for name, value in plan.child.items() if name.startswith("OKX")}
    assert ("OKX_API_KEY", "okx-main.api_key") in plan.sources
    assert (["okx-main"], b"", None, {}) == (plan.names, plan.data, plan.mask, plan.changes)
    assert os.path.isabs(plan.program)
    assert () == journal.read(opened).entries


def test_a_plan_does_not_show_values(opened: vault.Vault) -> None:
    """A mistake costs nothing."""
    shown = repr(planned(opened, Request(("sh",))))
    assert [] == [value for value in OKX.values() if value in shown]


def test_values_can_be_handed_over_beside_the_environment(opened: vault.Vault) -> None:
    """The sources name credentials then, and no variable holds a value."""
    plan = planned(opened, Request(("sh",), via="fd"))
    assert [("VAULT_FD", "okx-main")] == plan.sources
    assert OKX["passphrase"].encode() in plan.data
    assert {} == {name: value for name, value in plan.child.items() if name.startswith("OKX")}


def test_a_successor_is_handed_over_in_its_place(opened: vault.Vault) -> None:
    """And noted as what it is, not as a use of the key."""
    values = Values({name: vault.Secret(f"{value}1") for name, value in OKX.items()}, NOW)
    changed(opened, staged=values)
    plan = planned(opened, Request(("sh",), successor=True))
    assert f"{OKX['api_key']}1" == plan.child["OKX_API_KEY"]
    launch.note(opened, plan)
    assert ["next"] == [entry.outcome for entry in journal.read(opened).entries]


def test_what_redirects_a_program_is_a_warning(opened: vault.Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a refusal."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    (warning,) = planned(opened, Request(("sh",))).warnings
    assert "HTTPS_PROXY" in warning
    with pytest.raises(VariableRefused):
        planned(opened, Request(("sh",), strict=True))


def test_what_a_mask_leaves_is_a_warning(opened: vault.Vault) -> None:
    """A value that is too short to be told from other text."""
    changed(opened, fields={**opened.get("okx-main").fields, "passphrase": vault.Secret("abc")})
    plan = planned(opened, Request(("sh",), mask=True))
    assert plan.mask is not None
    assert plan.warnings[-1].endswith("okx-main.passphrase")


def test_a_start_is_noted(opened: vault.Vault) -> None:
    """With the program and the folder."""
    plan = planned(opened, Request(("sh",)))
    assert () == launch.note(opened, plan)
    (entry,) = journal.read(opened).entries
    assert ("run", ("okx-main",), plan.program, os.getcwd()) == (
        entry.did, entry.names, entry.program, entry.folder)  # fmt: skip


def test_a_note_warns_of_what_is_due(opened: vault.Vault) -> None:
    """Within a week; later, there is time."""
    now = int(time.time())
    for days, warned in ((30, False), (3, True)):
        changed(opened, expires=now + days * 86400, ips=("203.0.113.7",))
        assert warned == any(
            "expires in" in w for w in launch.note(opened, planned(opened, Request(("sh",))))
        )


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (Request(("no-such-program",)), ProgramNotFound),
        (Request(("sh",), client=("ccxt",), prefix="A_"), Usage),
        (Request(("sh",), via="fd", env=("A=okx-main.api_key",)), Usage),
        (Request(("sh",), via="smoke"), Usage),
        (Request(("sh",), env=("LD_PRELOAD=okx-main.api_key",)), VariableRefused),
    ],
)
def test_a_request_is_checked_before_the_vault_is_open(request_: Request, error: type[Exception]) -> None:
    """Nothing of it needs the vault."""
    with pytest.raises(error):
        launch.prepare(request_)


def test_a_program_that_changed_is_for_a_person_to_accept(opened: vault.Vault, tmp_path: Path) -> None:
    """Until then the plan says so; another program is refused."""
    program = tmp_path / "bot"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    old = hashlib.sha256(b"other").hexdigest()
    changed(opened, only_for=(ProgramBinding(str(program), old),))
    plan = planned(opened, Request((str(program),)))
    launch.accept(opened, "okx-main", plan.changes["okx-main"])
    assert {} == planned(opened, Request((str(program),))).changes
    assert hashlib.sha256(b"#!/bin/sh\n").hexdigest() == opened.get("okx-main").only_for[0].program_sha256
    with pytest.raises(ProgramRefused):
        planned(opened, Request(("sh",)))
