"""A face needs nothing but ``vault.actions``: neither the command line nor click is imported for one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import OKX, PASSWORD

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
from okx_standin import Standin

FACE = """
import json, sys, time
import vault
from vault.actions import change, launch, review, rotate, verify
from vault.credential.credential import Values
from vault.exchanges import profiles

path, password, url, first, second = json.loads(sys.argv[1])
now = int(time.time())
opened = vault.open(path).unlock(vault.Secret(password))

def secrets(fields):
    return {name: vault.Secret(value) for name, value in fields.items()}

opened.payload.check_free("second")
profile, facts = profiles.load("okx"), {"permissions": ("read",)}
added = change.add("second", profile, secrets(first), facts, now).save(opened)
begun = rotate.begin(opened, "second")
staged = rotate.stage("second", Values(secrets(second), now)).save(opened)
tried = verify.Request(("second",), successor=True, base_url=url)
(result,) = verify.verify(opened, verify.choose(opened, tried), tried)
committed = rotate.commit(opened, "second", now).save(opened)
findings = review.audit(opened, now, 7 * 86400)
prepared = launch.prepare(launch.Request((sys.executable, "bot.py"), ("second",)))
plan = launch.plan(opened, prepared)
warnings = launch.note(opened, plan)
print(json.dumps({
    "added": added.credential.name,
    "wanted": begun.wanted,
    "steps": len(staged.steps),
    "works": result.plain()["works"],
    "committed": committed.credential.fields == secrets(second),
    "findings": len(findings),
    "key": plan.child["OKX_API_KEY"],
    "shown": repr(plan),
    "warnings": [*added.warnings, *staged.warnings, *committed.warnings],
    "modules": [name for name in sys.modules if name.startswith("vault.") or name == "click"],
}))
"""


@pytest.fixture
def done(path: Path) -> dict[str, Any]:
    """What a face comes to that adds a credential, rotates, verifies, audits and plans a start."""
    second = {**OKX, "api_key": "5c0de1a9-77b2-4e0f-8a6d-3f1b9c2d4e5f"}
    with Standin() as standin:
        standin.add_key(second, perm="read_only")
        told = json.dumps([str(path), PASSWORD, standin.url, OKX, second])
        ended = subprocess.run(
            [sys.executable, "-c", FACE, told], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_a_face_needs_the_actions_alone(done: dict[str, Any]) -> None:
    """All of a rotation, an audit, and everything about a start but the start."""
    modules = done.pop("modules")
    assert [] == [name for name in modules if name == "click" or name.startswith("vault.cli")]
    assert done.pop("findings")
    assert done.pop("shown").endswith(", second)")
    wanted = {"added": "second", "wanted": list(OKX), "steps": 3, "works": True, "committed": True,
              "key": "5c0de1a9-77b2-4e0f-8a6d-3f1b9c2d4e5f", "warnings": []}  # fmt: skip
    assert wanted == done
