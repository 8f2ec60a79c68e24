"""One value of somebody else's JSON: what it may be, and what is taken away from it."""

from __future__ import annotations

import pytest
from documented import OKX, changed, facts

from vault.errors import AnswerRefused
from vault.verify import answer, okx


@pytest.mark.promise(11)
def test_texts_lose_what_cannot_be_seen() -> None:
    """Escape sequences, direction marks, line breaks and length."""
    label = "\x1b[2Jgood\u202e\u200b\r\n\u2028" + "x" * 500
    told = facts("okx", changed(OKX, "data", 0, "label", to=label)).label
    assert told == ("[2Jgood" + "x" * 500)[: answer.MAX_TEXT]


@pytest.mark.parametrize(
    "stamp", ["0", "", "-1", "1499999999999", "253402300800000", "9" * 5000, 1.5, True, None]
)
def test_a_time_that_is_out_of_range(stamp: object) -> None:
    """Before 2017, after 9999, or no number."""
    with pytest.raises(AnswerRefused):
        okx.clock({"code": "0", "data": [{"ts": stamp}]})
