"""The plan of the house: each room of the package, its files from the ground up, and what it may stand on.

docs/design.md shows it (``scripts/make-docs``); ``test_architecture.py`` holds the code to it.
"""

from __future__ import annotations

from typing import NamedTuple


class Room(NamedTuple):
    """A folder of the package.

    Attributes:
        job: its one job.
        files: its modules, lowest first: each imports only those before it. A folder inside it counts as
            one, and is a room of its own; ``/`` is the folder's own ``__init__``.
        below: the rooms, or single modules of them, that it may import; ``errors`` and ``base`` besides.
    """

    job: str
    files: str
    below: str = ""


HOUSE: dict[str, Room] = {
    "base": Room(
        "ground: names and texts, records, canonical JSON, digests",
        "secret clock rules record times digest canonical",
    ),
    "search": Room("a value in any writing of it: its forms, and the search for them", "forms patterns"),
    "system": Room(
        "one set of functions for all operating systems: files, terminal, processes, memory",
        "memory disk posix windows / clipboard",
    ),
    "system/posix": Room(
        "Linux, macOS and the BSDs: calls of the kernel and the C library",
        "folder process memory_file terminal channel screen signals guard supervisor session machine",
        "system/disk",
    ),
    "system/windows": Room(
        "Windows: the same, in files of the same names",
        "api rights folder process memory_file terminal session machine",
        "system/disk",
    ),
    "credential": Room(
        "one credential, and private keys in the forms that exchanges take", "private_keys credential"
    ),
    "unlock": Room(
        "what opens a vault: passwords, recovery keys, what a guess costs", "passwords recovery cost"
    ),
    "exchanges": Room("what an exchange is, as data", "profile parse profiles keypair", "credential system"),
    "store": Room(
        "one file, its neighbours' names, what this machine has seen", "names descent notes file", "system"
    ),
    "core": Room(
        "bytes, header and slots, payload, vault",
        "crypto format slots model vault",
        "credential store system unlock",
    ),
    "verify": Room(
        "asking an exchange: the only network code",
        "answer request facts refusals wire line binance bitget bybit coinbase deribit gate hyperliquid "
        "kraken kucoin okx check",
        "credential exchanges",
    ),
    "capture": Room(
        "the page that shows a key: which value is which",
        "words text labels pairs layout proof candidates decision dialog",
        "credential exchanges",
    ),
    "launch": Room(
        "what a program is given, and how",
        "quirks variables binding environment envfile mask reader handover",
        "credential exchanges search system",
    ),
    "journal": Room(
        "who used what, when", "records history problems scan journal", "credential core/crypto store system"
    ),
    "copies": Room(
        "copies of a vault: found, made, put back",
        "beside backup compare restore merge",
        "core credential journal store system",
    ),
    "care": Room(
        "what is wrong, overdue or at risk, and what to do",
        "findings deadlines usage keys checklist shared audit exposure places doctor",
        "credential exchanges journal unlock",
    ),
    "actions": Room(
        "what every face calls: each takes an unlocked vault and returns plain data, prints and asks nothing",
        "journal saving launch facts change rotate keygen verify survey value host review copies merge "
        "vaults",
        "capture care copies core credential exchanges journal launch store system unlock verify",
    ),
    "cli": Room(
        "the command line: collects, calls, says",
        "options output asking opening run group saving facts values new_password init add list show verify "
        "edit correct copy keygen rotate disable enable remove audit log exposure passwd status backup merge "
        "restore doctor completion help /",
        "actions capture credential exchanges system unlock",
    ),
}
