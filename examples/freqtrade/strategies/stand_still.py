"""A strategy that never trades: enough to see that the bot starts, and that its key works."""

# mypy: disable-error-code="import-not-found,import-untyped,misc"
from __future__ import annotations

from freqtrade.strategy import IStrategy
from pandas import DataFrame


class StandStill(IStrategy):
    INTERFACE_VERSION = 3
    timeframe = "5m"
    minimal_roi = {"0": 0.01}  # sell at a gain of one per cent
    stoploss = -0.05  # or at a loss of five

    def populate_indicators(self, dataframe: DataFrame, metadata: dict[str, str]) -> DataFrame:
        return dataframe

    def populate_entry_trend(self, dataframe: DataFrame, metadata: dict[str, str]) -> DataFrame:
        return dataframe  # yours sets dataframe["enter_long"] = 1 where it wants to buy

    def populate_exit_trend(self, dataframe: DataFrame, metadata: dict[str, str]) -> DataFrame:
        return dataframe  # and dataframe["exit_long"] = 1 where it wants to sell
