"""The vault against a plain dictionary: whatever is done to both, in whatever order, they hold the same."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from conftest import CHEAPEST_KDF, NOW, Tally
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import vault
from vault import errors
from vault.core import crypto
from vault.core import vault as core
from vault.credential.credential import Credential, Values
from vault.store import notes
from vault.store.file import Store

pytestmark = pytest.mark.slow

NAMES = st.sampled_from(["a", "okx-main"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60)
PASSWORDS = [f"six words nobody would guess, number {n}" for n in range(3)]

Plain = dict[str, dict[str, Any]]


class Machine(RuleBasedStateMachine):
    """One vault, and what should be in it."""

    tally: Tally
    place: Path
    numbers = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        folder = self.place / str(next(self.numbers))
        folder.mkdir(mode=0o700)
        self.path, self.password, self.now = folder / "a.vault", PASSWORDS[0], NOW
        self.recovery = vault.new_recovery_key()
        self.opened = vault.create(
            self.path, vault.Secret(self.password), now=NOW, kdf=CHEAPEST_KDF, recovery=self.recovery
        )
        self.model: Plain = {}
        self.history: list[tuple[bytes, Plain, str]] = []
        self.note()

    # What every rule ends with.

    def tried(self, what: str, wanted: type[Exception] | None, call: Callable[[], Any]) -> None:
        """*call* does what it should: raise *wanted*, or nothing."""
        self.now += 1
        found = None
        try:
            call()
        except errors.VaultError as error:
            found = type(error)
        self.tally.case(found is wanted, f"{what}: {found}")
        assert wanted is found, what

    def note(self) -> None:
        """What is on the disk now."""
        self.history.append((self.path.read_bytes(), deepcopy(self.model), self.password))

    def fresh(self, secret: str | None = None, **how: bool) -> vault.Vault:
        return vault.open(self.path, **how).unlock(vault.Secret(secret or self.password))

    def put(self, data: bytes) -> None:
        """As a sync tool or a backup does."""
        self.path.write_bytes(data)

    @invariant()
    def the_same(self) -> None:
        """In memory; on the disk it is looked at after each save."""
        assert self.model == {c.name: c.to_plain() for c in self.opened.credentials}

    # What is done.

    @rule(name=NAMES, value=TEXTS, exchange=st.sampled_from(["okx", "kraken"]))
    def add(self, name: str, value: str, exchange: str) -> None:
        new = Credential(name, exchange, {"api_key": vault.Secret(value)}, created=self.now)
        self.tried(
            "add", errors.CredentialExists if name in self.model else None, lambda: self.opened.add(new)
        )
        self.model.setdefault(name, new.to_plain())

    @rule(name=NAMES)
    def remove(self, name: str) -> None:
        wanted = None if name in self.model else errors.CredentialNotFound
        self.tried("remove", wanted, lambda: self.opened.remove(name))
        self.model.pop(name, None)

    def changed(
        self, what: str, name: str, possible: bool, change: Callable[[Credential], Credential]
    ) -> None:
        """Replace one by what *change* makes of it, where that is *possible*."""
        taken = what == "stage" and name in self.model
        wanted = None if possible else errors.CredentialExists if taken else errors.CredentialNotFound
        self.tried(what, wanted, lambda: self.opened.replace(change(self.opened.get(name))))

    @rule(name=NAMES, label=st.sampled_from(["", "one", "två"]))
    def edit(self, name: str, label: str) -> None:
        self.changed("edit", name, name in self.model, lambda c: c.changed(label=label, updated=self.now))
        if name in self.model:
            self.model[name] |= {"updated": self.now, "label": label}
            if not label:
                del self.model[name]["label"]

    @rule(name=NAMES, value=TEXTS)
    def stage(self, name: str, value: str) -> None:
        one = self.model.get(name)
        possible, at = one is not None and "staged" not in one, self.now + 1
        new = Values({"api_key": vault.Secret(value)}, at)
        self.changed("stage", name, possible, lambda c: c.stage(new))
        if one is not None and possible:
            one |= {"updated": at, "staged": {"fields": {"api_key": value}, "created": at}}

    @rule(name=NAMES)
    def commit(self, name: str) -> None:
        one = self.model.get(name, {})
        self.changed("commit", name, "staged" in one, lambda c: c.commit(self.now))
        if "staged" in one:
            staged = one.pop("staged")
            one["previous"] = {"fields": one["fields"], "created": one["created"], "replaced": self.now}
            if "issued" in one:
                one["previous"]["issued"] = one["issued"]
            one |= {"fields": staged["fields"], "created": self.now, "updated": self.now}
            one["issued"] = staged["created"]
            one.pop("label", None)

    @rule(name=NAMES)
    def abort(self, name: str) -> None:
        one = self.model.get(name, {})
        self.changed("abort", name, "staged" in one, lambda c: c.abort(self.now))
        if one.pop("staged", None):
            one["updated"] = self.now

    @rule()
    def save(self) -> None:
        self.tried("save", None, self.opened.save)
        self.note()
        assert self.model == {c.name: c.to_plain() for c in self.fresh().credentials}

    @rule(number=st.integers(0, 2))
    def passwd(self, number: int) -> None:
        def change() -> None:
            new = vault.Secret(PASSWORDS[number])
            self.opened = self.opened.change_password(new, now=self.now, kdf=CHEAPEST_KDF)

        self.tried("passwd", None, change)
        self.password = PASSWORDS[number]
        self.note()

    @rule()
    def reopen(self) -> None:
        """What was not saved is gone."""
        self.opened, self.model = self.fresh(), deepcopy(self.history[-1][1])

    @rule(number=st.integers(0, 2))
    def unlock(self, number: int) -> None:
        wanted = None if PASSWORDS[number] == self.password else errors.WrongPassword
        self.tried("unlock", wanted, lambda: self.fresh(PASSWORDS[number]))

    @rule()
    def recover(self) -> None:
        self.tried("recovery key", None, lambda: self.fresh(self.recovery.text().reveal()))

    @rule(name=NAMES)
    def somebody_else(self, name: str) -> None:
        """Another program saves; a save of ours says so, writes nothing, and goes on from there."""
        other, theirs = self.fresh(), deepcopy(self.history[-1][1])
        if name in theirs:
            other.remove(name)
            del theirs[name]
        other.save()
        data = self.path.read_bytes()
        self.tried("save over another's", errors.VaultChanged, self.opened.save)
        assert data == self.path.read_bytes()
        with self.opened:
            self.model = theirs
        self.note()

    @precondition(lambda self: len(self.history) > 1)
    @rule(data=st.data())
    def older(self, data: st.DataObject) -> None:
        """An older file is refused; accepted, it is what there is."""
        old, held, password = self.history[data.draw(st.integers(0, len(self.history) - 2))]
        newest = self.path.read_bytes()
        self.put(old)
        self.tried("older", errors.OlderThanSeen, lambda: self.fresh(password))
        if data.draw(st.booleans()):
            self.put(newest)
            self.tried("newest again", None, self.fresh)
        else:
            self.opened, self.password, self.model = (
                self.fresh(password, accept_older=True),
                password,
                deepcopy(held),
            )
            self.history = [entry for entry in self.history if entry[0] == old]


def cheap(password: bytes, salt: bytes, *cost: object) -> bytes:
    """In the place of Argon2: another key for other inputs."""
    return sha256(repr((password, salt, cost[:3])).encode()).digest()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Machine]]:
    """The machine, in a folder in memory where there is one: no disk is tried here."""
    monkeypatch.setattr(crypto, "argon2id", cheap)
    with TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        monkeypatch.setenv("XDG_STATE_HOME", folder)
        yield type("Tried", (Machine,), {"place": Path(folder), "tally": Tally()})


def run(machine: type[Machine], examples: int, *phases: Phase) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            phases=phases or list(Phase),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.assurance("2, 3, 5, 6", "steps of a random use, each compared with a plain dictionary")
def test_a_vault_is_what_was_done_to_it(machine: type[Machine], tally: Tally, many: int) -> None:
    """Adding, editing, rotating, saving, new passwords, other writers and older files, in any order."""
    machine.tally = tally
    run(machine, 150 * many)


BROKEN: dict[str, tuple[Any, str, Any]] = {
    "saves nothing": (core.Vault, "save", lambda self: None),
    "forgets what it has seen": (notes, "recall", lambda vault_id: None),
    "loses the old values": (Credential, "commit", lambda self, now: self.successor().changed(staged=None)),
    "compares nothing": (
        Store,
        "replace",
        lambda self, data, **_: Path(self.path).write_bytes(data),
    ),
}


@pytest.mark.broken("a vault")
@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_vault_is_caught(
    machine: type[Machine], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Each of these comes out as a difference."""
    monkeypatch.setattr(*BROKEN[fault])
    with pytest.raises(AssertionError):
        run(machine, 60, Phase.generate)  # and not made smaller, which takes a minute
