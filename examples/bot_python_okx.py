"""Print an OKX account's balance with python-okx, OKX's library for Python.

    vault run --for python-okx -- python examples/bot_python_okx.py [URL]

OKX_API_KEY, OKX_API_SECRET, OKX_PASSPHRASE and OKX_FLAG are the names its README uses.
"""

from __future__ import annotations

import os
import sys

import httpx
from okx import Account

try:
    account = Account.AccountAPI(
        os.environ["OKX_API_KEY"],
        os.environ["OKX_API_SECRET"],
        os.environ["OKX_PASSPHRASE"],
        # "0" live, "1" demo. Never left out: the library's own default is demo.
        flag=os.environ["OKX_FLAG"],
        domain=sys.argv[1] if len(sys.argv) > 1 else "https://www.okx.com",
    )
    answer = account.get_account_balance()
except KeyError as missing:
    sys.exit(f"bot: {missing.args[0]} is not set")
except (httpx.HTTPError, ValueError) as error:
    sys.exit(f"bot: cannot talk to OKX: {type(error).__name__}")
if answer["code"] != "0":
    sys.exit(f"bot: OKX refused the request: {answer['code']} {answer['msg']}")
for holding in answer["data"][0]["details"]:
    print(f"balance: {holding['cashBal']} {holding['ccy']}")
