"""Print an OKX account's balance with nautilus_trader: a live trading node with one strategy, which stops it.

    vault run --for nautilus -- python examples/bot_nautilus.py [--demo]

nautilus_trader wants Python 3.12 or later.
"""

# mypy: disable-error-code="import-not-found,import-untyped,misc"
from __future__ import annotations

import argparse

from nautilus_trader.adapters.okx import OKX_VENUE, OKXExecClientConfig, OKXLiveExecClientFactory
from nautilus_trader.config import InstrumentProviderConfig, LoggingConfig, TradingNodeConfig
from nautilus_trader.core.nautilus_pyo3 import OKXEnvironment
from nautilus_trader.live.node import TradingNode
from nautilus_trader.trading.strategy import Strategy

parser = argparse.ArgumentParser()
parser.add_argument("--demo", action="store_true", help="demo trading; needs a demo key")
parser.add_argument("--http", help="another address than OKX's own")
parser.add_argument("--ws", help="another address of its private channel")
options = parser.parse_args()


class Balance(Strategy):
    def on_start(self) -> None:  # the node is connected, and knows the account
        account = self.cache.account_for_venue(OKX_VENUE)
        for money in account.balances_total().values():
            print(f"balance: {money.as_decimal().normalize():f} {money.currency}")
        self.shutdown_system()  # yours would trade instead


config = TradingNodeConfig(
    logging=LoggingConfig(log_level="ERROR"),
    timeout_post_stop=1,  # seconds
    exec_clients={
        # No key in here: its adapter takes OKX_API_KEY, OKX_API_SECRET and OKX_API_PASSPHRASE from the
        # environment. It has no variable for demo trading, so this script has an option.
        "OKX": OKXExecClientConfig(
            environment=OKXEnvironment.DEMO if options.demo else OKXEnvironment.LIVE,
            base_url_http=options.http,
            base_url_ws=options.ws,
            instrument_provider=InstrumentProviderConfig(load_all=True),
        )
    },
)
node = TradingNode(config)
node.add_exec_client_factory("OKX", OKXLiveExecClientFactory)
node.trader.add_strategy(Balance())
node.build()
try:
    node.run()
finally:
    node.dispose()
