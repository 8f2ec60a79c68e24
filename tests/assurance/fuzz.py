"""Hostile bytes for every reader of the package, made by a coverage-guided fuzzer or by hypothesis.

Usage: fuzz.py ENGINE READER RUNS FOLDER [CORPUS]

A process of its own, so that memory is bounded. It ends with ``cases: N`` and status 0 if no input led to
anything but this project's own errors; otherwise with whatever happened.

ENGINE is ``atheris`` or ``hypothesis``. FOLDER is for what is made on the way; CORPUS, one folder a reader,
has inputs that once reached new code.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from copy import deepcopy
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

MEMORY = 768 << 20  # bytes of address space: the interpreter, the libraries, and what a reader may take
SECONDS = 10  # for one input of a few thousand bytes
LARGEST = 8192  # bytes of one input

ENGINE, READER = sys.argv[1], sys.argv[2]
if ENGINE == "atheris":
    atheris = import_module("atheris")
    watched = atheris.instrument_imports(include=["vault", "tomllib", "dotenv"])
else:
    watched = nullcontext()

with watched:
    from vault.capture import dialog as capture
    from vault.cli import values
    from vault.core import crypto, format
    from vault.core import vault as core
    from vault.core.model import Payload
    from vault.credential.credential import SlotRecord
    from vault.errors import VaultError
    from vault.exchanges import profiles
    from vault.exchanges.parse import parse
    from vault.journal import journal, records
    from vault.launch import envfile
    from vault.unlock.cost import DEFAULT_KDF
    from vault.unlock.recovery import RecoveryKey
    from vault.verify import answer as reading
    from vault.verify import check, hyperliquid

WORDS = Path(__file__).with_name("fuzz.dict")
KEY, VAULT_ID = b"k" * 32, b"v" * 16
OKX = {"api_key": "37c541a1-0b1c-4d2e-9f3a-10fe7a038418", "secret_key": "22582BD0CFF14C41EDBF1AB98506286D"}
EVERY = [profiles.load(name) for name in profiles.names()]
ASKED = [profile for profile in EVERY if profile.verify]
TOML = {path.stem: path.read_text() for path in sorted(Path(profiles.__file__).parent.glob("*.toml"))}
WORK = Path(sys.argv[4])


def text_of(data: bytes) -> str:
    """As the terminal gives it: what is not UTF-8 stands for itself."""
    return data.decode(errors="surrogateescape")


def refused(read: Callable[..., object], *given: object) -> bool:
    """Whether *read* refuses what it is given; any error that is not ours goes on."""
    try:
        read(*given)
    except VaultError as error:
        str(error)
        return True
    return False


# --- the readers: each takes any bytes, and raises what is no error of ours ------------------------------


def parser(data: bytes) -> None:
    """The file, as it is and with a checksum that fits: refused, or as this format writes it, and sealed."""
    for whole in (data, data[:-32] + sha256(data[:-32]).digest()):
        if refused(format.parse, whole):
            continue
        file = format.parse(whole)
        if format.assemble(file.header.encode(len(file.sealed)), file.header_mac, file.sealed) != whole:
            raise ValueError("two encodings of one file")
        if not refused(core._unseal, file, KEY) and whole != A_VAULT:
            raise ValueError("opened, and nobody sealed it")


def payload(data: bytes) -> None:
    """What is inside, once somebody with the key has sealed it; and its padding."""
    for inside in (data, data[:4096] and format.pad(data), data.ljust(4096, b"\0")):
        refused(format.unpad, inside)
    if refused(Payload.from_json, data) != refused(lambda: Payload.from_json(data, whole=False).credentials):
        raise ValueError("what is understood later is judged otherwise")
    if not refused(Payload.from_json, data):
        read = Payload.from_json(data)
        for credential in read.credentials:
            refused(credential.successor)
            if set(credential.fields) & set(re.findall("[A-Z]{20,}", repr(credential))):
                raise ValueError("a value shows")


def recovery(data: bytes) -> None:
    """A recovery key as somebody typed it."""
    refused(RecoveryKey.read, text_of(data))


def usage(data: bytes) -> None:
    """The journal: any bytes, or any texts in records that are sealed as they should be."""
    keys = records.Keys(VAULT_ID, {1: KEY})
    file = data[1:]
    if data[:1] > b"\x7f":
        file, link = keys.header, keys.start
        for seq, said in enumerate(data[1:].split(b"\n")[:8], start=1):
            record, link = keys.seal(seq, said, link)
            file += record
    found = journal.Journal(str(WORK / "a.vault"), VAULT_ID, {1: KEY})
    write(Path(found.path), file)
    refused(lambda: [entry.to_plain() for entry in found.read().entries])
    refused(found.recent, 3)


def profile(data: bytes) -> None:
    """The file of a profile, alone and laid over another."""
    text = data.decode(errors="replace")
    if not refused(parse, "mine", text):
        profiles.make("mine", parse("mine", text))
    refused(parse, "okx", text, BASE)


def paste(data: bytes) -> None:
    """A pasted page, of whatever exchange."""
    text, known = text_of(data[1:]), EVERY[int.from_bytes(data[:1], "big") % len(EVERY)]
    refused(capture.looks_like, text)
    if not refused(capture.read_dialog, text, known):
        captured = capture.read_dialog(text, known)
        capture.prove(known, captured.fields)
        for field, value in captured.fields.items():
            capture.verdict(known, field, capture.normalised(value))


def variables(data: bytes) -> None:
    """A file of variables."""
    path = WORK / "bot.env"
    write(path, data)
    refused(envfile.read, str(path))


def piped(data: bytes) -> None:
    """What ``add --stdin`` reads."""
    known = EVERY[int.from_bytes(data[:1], "big") % len(EVERY)]
    values._piped = lambda: data[1:]
    refused(values._from_stdin, known, [])


def answer(data: bytes) -> None:
    """What an exchange answers, or somebody in its place."""
    profile = ASKED[int.from_bytes(data[:1], "big") % len(ASKED)]
    exchange, told = check.module_of(profile), reading.decoded(data[1:])
    if told is not reading.NOT_JSON:
        refused(exchange.facts, told, OKX["api_key"])
        refused(exchange.refusal, told)
        if profile.verify and profile.verify.time:
            refused(exchange.clock, told)
        refused(hyperliquid.role_of, told)


# --- broken readers: what a fault looks like to this experiment ------------------------------------------


def without_a_bound(data: bytes) -> None:
    """Believes the number of slots before it has looked at the file's length."""
    if data[:8] == format.MAGIC:
        for slot in range(data[80]):
            data[88 + 136 * slot]


def believes_a_size(data: bytes) -> None:
    """Makes room for as much as the file says that it has."""
    if data[:8] == format.MAGIC:
        bytearray(int.from_bytes(data[16:20], "big"))


def never_ends(data: bytes) -> None:
    """Goes on to the next slot, by a length that may be zero."""
    at = 88
    while data[:8] == format.MAGIC and at + 4 <= len(data):
        at += int.from_bytes(data[at + 2 : at + 4], "big")


READERS = {
    f.__name__: f for f in (parser, payload, recovery, usage, profile, paste, variables, piped, answer)
}
BROKEN = {f.__name__: f for f in (without_a_bound, believes_a_size, never_ends)}


# --- what to begin with ----------------------------------------------------------------------------------


def sealed() -> bytes:
    """A small vault under :data:`KEY`, the same each time; nobody's password opens it."""
    crypto.random = lambda size: bytes(size)
    records = {b"recovery": SlotRecord("recovery", "recovery key", 1, b"p" * 32)}
    slots = (format.RecipientSlot(b"recovery"),)
    return core._seal(format.Header(VAULT_ID, 5, 2, bytes(32), slots), KEY, Payload(1, slots=records))


def begun() -> Iterator[bytes]:
    """Sound inputs of the reader; those that the corpus has are beside these."""
    if READER in ("parser", *BROKEN):
        yield A_VAULT
        slots = (
            format.PasswordSlot(b"password", DEFAULT_KDF, b"s" * 32),
            format.RecipientSlot(b"recovery"),
        )
        head = format.Header(VAULT_ID, 1, 1, bytes(32), slots).encode(4112)
        yield format.assemble(head, bytes(32), bytes(4112))
    elif READER == "usage":
        keys = records.Keys(VAULT_ID, {1: KEY})
        texts = [b'{"at":1,"did":"run","names":["a"],"outcome":"ok"}', b'{"at":2,"did":"gap","found":1}']
        record, link = keys.seal(1, texts[0], keys.start)
        yield b"\0" + keys.header + record + keys.seal(2, texts[1], link)[0]
        yield b"\xff" + b"\n".join(texts)
    elif READER == "profile":
        yield from (text.encode() for text in TOML.values())
    elif READER == "piped":
        yield from (bytes([n]) + json.dumps(OKX).encode() for n in range(len(EVERY)))
    yield from (path.read_bytes() for path in CORPUS)


A_VAULT = sealed()
seconds = 2 if READER in BROKEN else SECONDS
CORPUS = sorted(Path(sys.argv[5], READER).glob("*")) if len(sys.argv) > 5 else []
KEYS = [
    "name",
    "exchange",
    "staged",
    "previous",
    "journal",
    "slots",
    "variables",
    "names",
    "programs",
    "data",
    "list",
]
BASE = parse("okx", TOML["okx"])


def write(path: Path, data: bytes) -> None:
    """Make a file that is its owner's alone."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)


# --- how they are changed --------------------------------------------------------------------------------

ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1 << 31,
    1 << 64,
    0.5,
    "",
    "a",
    "withdraw",
    "\ud800",
    "\0",
    "x" * 300,
    [],
    {},
    [[]],
    [{}],
]


def retold(data: bytes, rnd: Random) -> bytes:
    """One line of JSON in *data* with one of its parts gone, doubled, renamed, or another value."""
    start = min((at for at in (data.find(b"{"), data.find(b"[")) if at >= 0), default=len(data))
    lines = data[start:].split(b"\n")
    place = rnd.randrange(len(lines))
    try:
        whole = [json.loads(lines[place])]
    except (ValueError, RecursionError):
        return data
    parts: list[tuple[Any, Any]] = [(whole, 0)]
    for holder, key in parts:
        inner = holder[key]
        if isinstance(inner, dict | list):
            parts += [(inner, k) for k in (inner if isinstance(inner, dict) else range(len(inner)))]
    (holder, key), (other, from_there) = rnd.choice(parts), rnd.choice(parts)
    value = deepcopy(rnd.choice([other[from_there], rnd.choice(ODD)]))
    what = rnd.randrange(4)
    if what and holder is not whole and isinstance(holder, dict):
        value = holder.pop(key) if what == 1 else value
        key = rnd.choice([*holder, *KEYS, "zz"]) if what < 3 else key
    elif what and isinstance(holder[key], list):
        holder, key = holder[key], slice(0, what - 1)
        value = [value] * what
    holder[key] = value
    text = json.dumps(whole[0], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return data[:start] + b"\n".join(
        [*lines[:place], text.encode(errors="surrogatepass"), *lines[place + 1 :]]
    )


# --- the engines -----------------------------------------------------------------------------------------


def by_coverage(read: Callable[[bytes], None], runs: int) -> None:
    """What reaches new code is changed further; libFuzzer counts, and ends the process."""
    seeds, found = WORK / "seeds", WORK / "found"
    for folder in (seeds, found):
        folder.mkdir()
    for number, data in enumerate(begun()):
        (seeds / str(number)).write_bytes(data)
    longest = 1500 if READER == "paste" else LARGEST  # a page is read once, and slowly
    options = [f"-runs={runs}", f"-max_len={longest}", f"-timeout={seconds}", "-seed=1",
               "-print_final_stats=1", f"-artifact_prefix={WORK}/", f"-dict={WORDS}"]  # fmt: skip

    def mutated(data: bytes, size: int, seed: int) -> bytes:
        rnd = Random(seed)
        return retold(data, rnd)[:size] if rnd.random() < 0.5 else atheris.Mutate(data, size)

    atheris.Setup([sys.argv[0], *options, str(found), str(seeds)], read, custom_mutator=mutated)
    atheris.Fuzz()


def by_property(read: Callable[[bytes], None], runs: int) -> None:
    """Sound inputs with a few pieces cut, doubled, moved, or replaced by others; shrunk when they fail."""
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    words = re.findall(r'^"((?:\\.|[^"])+)"', WORDS.read_text(), re.M)
    pieces = [word.encode().decode("unicode_escape").encode("latin-1") for word in words]
    piece = st.sampled_from(pieces) | st.binary(max_size=9)
    cuts = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 64), piece), max_size=6)
    count = 0

    @settings(max_examples=runs, database=None, deadline=None, derandomize=True,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(
        st.sampled_from([*begun(), b"", b"\0"]) | st.binary(max_size=300), cuts, st.booleans(), st.randoms()
    )
    def attempt(data: bytes, cuts: list[tuple[float, int, bytes]], doubled: bool, rnd: Random) -> None:
        nonlocal count
        for _ in range(0 if len(cuts) % 2 else 3):
            data = retold(data, rnd)
        for place, length, piece in cuts:
            at = int(place * len(data))
            data = (
                data[:at]
                + (data[at : at + length] if doubled else b"")
                + piece
                + data[at + length * (not doubled) :]
            )
        count += 1
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)  # ends the process
        read(data[:LARGEST])
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    attempt()
    print(f"cases: {count}")


def main() -> None:
    """Bound the memory, and let the engine go."""
    os.environ["XDG_STATE_HOME"] = str(WORK / "state")
    values.remark = lambda text: None  # type: ignore[attr-defined]
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    read, runs = (READERS | BROKEN)[READER], int(sys.argv[3])
    if ENGINE == "atheris":
        by_coverage(atheris.instrument_func(read), runs)
    else:
        by_property(read, runs)


if __name__ == "__main__":
    main()
