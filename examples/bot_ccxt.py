"""Print an OKX account's balance with ccxt.

    vault run --for ccxt -- python examples/bot_ccxt.py [--sandbox] [URL]

OKX_APIKEY, OKX_SECRET and OKX_PASSWORD are the names ccxt's own command line reads. It has no variable
for demo trading, only the option --sandbox, so this script has the same.
"""

from __future__ import annotations

import argparse
import os
import sys

import ccxt

parser = argparse.ArgumentParser()
parser.add_argument("url", nargs="?", help="another address than OKX's own")
parser.add_argument("--sandbox", action="store_true", help="demo trading; needs a demo key")
options = parser.parse_args()

try:
    exchange = ccxt.okx(
        {
            "apiKey": os.environ["OKX_APIKEY"],
            "secret": os.environ["OKX_SECRET"],
            "password": os.environ["OKX_PASSWORD"],
            "sandbox": options.sandbox,
        }
    )
    if options.url:
        exchange.urls["api"]["rest"] = options.url
    for currency, amount in exchange.fetch_balance()["total"].items():
        print(f"balance: {amount} {currency}")
except KeyError as missing:
    sys.exit(f"bot: {missing.args[0]} is not set")
except ccxt.BaseError as error:  # carries OKX's answer, never what was sent
    sys.exit(f"bot: {type(error).__name__}: {error}")
except ValueError as error:  # a value that fits into no header, e.g. a passphrase with Chinese letters
    sys.exit(f"bot: cannot talk to OKX: {type(error).__name__}")
