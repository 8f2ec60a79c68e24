"""Which label belongs to which value."""

# ruff: noqa: RUF001  labels of many scripts

from __future__ import annotations

import pytest
from conftest import OKX
from dialogs import A64, B64, KEY, SECRET, WORD, okx_fields, revealed

from vault.capture.dialog import read_dialog
from vault.exchanges import profiles


@pytest.mark.parametrize(
    "text",
    [
        f"{KEY} {SECRET}\nPassphrase: {WORD}",
        f"API Key\n{KEY}\nCopy\nSecret Key\n{SECRET}\nCopy\nPassphrase\n{WORD}",
        f"API Key: {KEY}, Secret Key: {SECRET}, Passphrase: {WORD}",
        f"API Key {KEY} Secret Key {SECRET} Passphrase {WORD}",
        f"API Key：{KEY}\r\n密钥：{SECRET}\r\n密码：{WORD}",
        f"API-ключ = {KEY}\nСекретный ключ = {SECRET}\nПароль = {WORD}",
        f"{KEY} ← API Key\n{SECRET} ← Secret\n{WORD} ← Passphrase",
        f"{WORD}\nPassphrase\n{KEY}\nAPI key\n{SECRET}\nSecret key",
        f"API Key | Secret Key | Passphrase\n--- | --- | ---\n{KEY} | {SECRET} | {WORD}",
        f'{{"apiKey":"{KEY}","secret":"{SECRET}","password":"{WORD}","sandbox":false}}',
        f"ccxt.okx({{'apiKey': '{KEY}', 'secret': '{SECRET}', 'password': '{WORD}', 'timeout': 1}})",
        f"export OKX_API_KEY={KEY}  # main\nexport OKX_SECRET_KEY={SECRET}\nexport OKX_PASSPHRASE={WORD}\n",
        f'[live]\napi_key = "{KEY}"\nsecret_key = "{SECRET}"\npassphrase = "{WORD}"\nsite = "eea"',
        f"exchange:\n  name: okx\n  key: {KEY}\n  secret: {SECRET}\n  password: {WORD}\n  dry_run: false",
        f"\ufeffAPI key:\u00a0“{KEY}”\nSecret\u200b: `{SECRET[:9]}\u200b{SECRET[9:]}`\nPassphrase: {WORD}",
        f"**API key:** {KEY}\n**Secret:** {SECRET}\n**Passphrase:** {WORD}",
        f"> API key: `{KEY}`\n> Secret key: `{SECRET}`\n> Passphrase: `{WORD}`",
    ],
    ids=range(17),
)  # fmt: skip
def test_one_credential_in_many_forms(text: str) -> None:
    """Order, labels, layout and marks around the values do not matter."""
    assert okx_fields(text) == OKX


def test_values_alike_are_told_by_their_labels() -> None:
    """Binance's have one shape."""
    found = read_dialog(f"Secret Key\n{B64}\nAPI Key\n{A64}", profiles.load("binance"))
    assert revealed(found) == {"api_key": A64, "secret_key": B64}


@pytest.mark.parametrize(
    ("secret", "key"), [("密钥", "API密钥"), ("密鑰", "API金鑰"), ("Secret", "Key"), ("Секрет", "Ключ")]
)
def test_a_label_that_says_but_key(secret: str, key: str) -> None:
    """It is what the other label leaves."""
    found = read_dialog(f"{secret}: {B64}\n{key}: {A64}", profiles.load("binance"))
    assert revealed(found) == {"api_key": A64, "secret_key": B64}
