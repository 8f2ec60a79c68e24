"""Print an OKX account's balance: the shortest honest trading bot, standard library only.

    vault run --for okx-cli -- python examples/bot.py [URL]

It reads OKX_API_KEY, OKX_SECRET_KEY, OKX_PASSPHRASE and OKX_DEMO and knows nothing of the vault.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import sys
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

BALANCE = "/api/v5/account/balance"
TIMEOUT = 10  # seconds


def signed_headers(method: str, path: str) -> dict[str, str]:
    """Return the headers of a request without a body; OKX API guide, "REST Authentication"."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    digest = hmac.new(os.environ["OKX_SECRET_KEY"].encode(), f"{now}{method}{path}".encode(), hashlib.sha256)
    headers = {
        "OK-ACCESS-KEY": os.environ["OKX_API_KEY"],
        "OK-ACCESS-SIGN": base64.b64encode(digest.digest()).decode(),
        "OK-ACCESS-TIMESTAMP": now,
        "OK-ACCESS-PASSPHRASE": os.environ["OKX_PASSPHRASE"],
    }
    if os.environ.get("OKX_DEMO") in ("1", "true"):  # the two values OKX's own command line accepts
        headers["x-simulated-trading"] = "1"
    return headers


def get(base: str, path: str) -> Any:
    """Return the answer's data; exit if there is none."""
    url = urlsplit(base)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    # Not urllib: it would send these headers again to wherever an answer redirects.
    connection = kind(url.netloc, timeout=TIMEOUT)
    try:
        connection.request("GET", path, headers=signed_headers("GET", path))
        answer = json.load(connection.getresponse())
    except KeyError as missing:
        sys.exit(f"bot: {missing.args[0]} is not set")
    except (OSError, ValueError, http.client.HTTPException) as error:
        # The type alone: the text of a ValueError may quote the header it was about.
        sys.exit(f"bot: cannot talk to {base}: {type(error).__name__}")
    finally:
        connection.close()
    if answer["code"] != "0":
        sys.exit(f"bot: OKX refused the request: {answer['code']} {answer['msg']}")
    return answer["data"]


if __name__ == "__main__":
    for account in get(sys.argv[1] if len(sys.argv) > 1 else "https://www.okx.com", BALANCE):
        for holding in account["details"]:
            print(f"balance: {holding['cashBal']} {holding['ccy']}")
