"""A pasted text in plain form, and the private keys in it."""

from __future__ import annotations

import pytest
from dialogs import A64, BODY, PEM, asked, on_one_line, revealed

from vault.base.secret import Secret
from vault.capture.dialog import MAX_PASTE, normalised, read_dialog
from vault.credential import private_keys
from vault.errors import InvalidCredential
from vault.exchanges import profiles


@pytest.mark.parametrize(
    "form",
    [
        PEM, f"{PEM}\n", PEM.replace("\n", "\r\n"), PEM.replace("\n", "\\n"), f"{on_one_line(PEM)}\\n",
        PEM.replace("\n", "\\r\\n"), PEM.replace("\n", " "), PEM.replace("\n", "\n    "), f"  {PEM}  ",
        PEM.replace(BODY, f"{BODY[:30]}\n{BODY[30:]}"), PEM.replace("\n", "\n> "), PEM.replace("/", "\\/"),
        "\n".join(f'"{line}\\n"' for line in PEM.split("\n")),
    ],
    ids=range(13),
)  # fmt: skip
def test_a_private_key_is_put_in_order(form: str) -> None:
    """With line feeds, lines of 64 characters, nothing around them."""
    found = read_dialog(f"API Key: {A64}\nPrivate key: {form}", profiles.load("binance"))
    assert revealed(found) == {"api_key": A64, "secret_key": PEM}
    if form.strip().startswith("-----") and ">" not in form:
        assert PEM == normalised(Secret(form)).reveal()


@pytest.mark.parametrize(
    "value", ["", "x", A64, "text -----BEGIN PRIVATE KEY-----", f"{PEM}\n{PEM}", "  0x12 "]
)
def test_any_other_value_is_left_as_it_is(value: str) -> None:
    """Only one whole private key is put in order."""
    assert value == normalised(Secret(value)).reveal()


@pytest.mark.parametrize(
    "form",
    [
        PEM.rsplit("\n", 1)[0],
        PEM.split("\n", 1)[1],
        PEM.replace(BODY, BODY[:-1]),
        PEM.replace(BODY, BODY[1:]),
        PEM.replace("PRIVATE", "PUBLIC"),
        PEM.replace("PRIVATE", "ENCRYPTED PRIVATE"),
        PEM.replace("-----END", "-----BEGIN"),
        on_one_line(PEM).partition("\\n")[2],
    ],
    ids=range(8),
)
def test_a_private_key_that_is_not_whole_is_not_accepted(form: str) -> None:
    """Cut off, changed, encrypted, or the public half."""
    found = read_dialog(f"API Key: {A64}\nPrivate key: {form}", profiles.load("binance"))
    assert {"api_key": A64} == revealed(found)


def test_a_private_key_of_another_kind_is_pointed_out() -> None:
    """Bybit takes RSA alone."""
    found = read_dialog(f"API Key: {A64[:18]}\nPrivate key: {PEM}", profiles.load("bybit"))
    assert ["secret_key"] == asked(found)


def test_a_public_key_beside_the_private_one_is_passed_over() -> None:
    """It is uploaded, not kept."""
    public = private_keys.public(Secret(PEM))
    found = read_dialog(f"{public}\n{PEM}\nAPI key: {A64}", profiles.load("binance"))
    assert revealed(found) == {"api_key": A64, "secret_key": PEM}


def test_a_text_of_any_length_is_too_long() -> None:
    """Nothing of it is read."""
    with pytest.raises(InvalidCredential):
        read_dialog("a" * (MAX_PASTE + 1), profiles.load("okx"))
