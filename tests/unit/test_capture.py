"""A pasted dialog is read right, or asked about: generated ones, damaged ones, and each case by hand."""

# ruff: noqa: RUF001  labels of many scripts

from __future__ import annotations

import base64
import json
import random
import uuid
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from conftest import OKX
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.base.secret import Secret
from vault.capture import MAX_PASTE, Captured, looks_like, normalised, prove, read_dialog, verdict
from vault.credential import private_keys
from vault.errors import InvalidCredential
from vault.exchanges import profiles

ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
HEX = "0123456789abcdef"

Values = dict[str, str]


# --- values as the exchanges make them ----------------------------------------------------------------


def drawn(rnd: random.Random, alphabet: str, size: int) -> str:
    return "".join(rnd.choice(alphabet) for _ in range(size))


def a_uuid(rnd: random.Random) -> str:
    return str(uuid.UUID(int=rnd.getrandbits(128)))


def pem(key: Any, old: bool = False) -> str:
    form = PrivateFormat.TraditionalOpenSSL if old else PrivateFormat.PKCS8
    text: bytes = key.private_bytes(Encoding.PEM, form, NoEncryption())
    return text.decode()


@cache
def rsa_key() -> str:
    """One for the whole run: to make one takes a while."""
    return pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def ed25519_key(rnd: random.Random) -> str:
    return pem(ed25519.Ed25519PrivateKey.from_private_bytes(rnd.randbytes(32)))


def p256_key(rnd: random.Random) -> str:
    return pem(ec.derive_private_key(rnd.getrandbits(250) + 1, ec.SECP256R1()), old=rnd.random() < 0.7)


def passphrase(rnd: random.Random) -> str:
    """With a digit, both cases and a special character, as OKX asks; some look like words, some like code."""
    words = rnd.choice(["Trading", "Blue-House", "my.Bot", "Wasser", "correctHorse", "Pass-Phrase", "aB"])
    text = (
        words
        + rnd.choice("-_!#$@.+*?/:=&%^~")
        + drawn(rnd, "0123456789", rnd.randint(1, 4))
        + drawn(rnd, "xyzXYZ", 4)
    )
    return (text + "Aa1!")[: rnd.randint(14, 24)] if len(text) > 14 else text + "Aa1!"


def okx(rnd: random.Random) -> Values:
    return {"api_key": a_uuid(rnd), "secret_key": drawn(rnd, HEX.upper(), 32), "passphrase": passphrase(rnd)}


def binance(rnd: random.Random) -> Values:
    secret = rnd.choice([drawn(rnd, ALNUM, 64), drawn(rnd, ALNUM, 64), ed25519_key(rnd), rsa_key()])
    return {"api_key": drawn(rnd, ALNUM, 64), "secret_key": secret}


def bybit(rnd: random.Random) -> Values:
    secret = rnd.choice([drawn(rnd, ALNUM, 36), drawn(rnd, ALNUM, 36), rsa_key()])
    return {"api_key": drawn(rnd, ALNUM, 18), "secret_key": secret}


def coinbase(rnd: random.Random) -> Values:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(rnd.randbytes(32))
    both = base64.b64encode(key.private_bytes_raw() + key.public_key().public_bytes_raw()).decode()
    name = f"organizations/{a_uuid(rnd)}/apiKeys/{a_uuid(rnd)}"
    return rnd.choice([
        {"api_key": name, "secret_key": p256_key(rnd)},
        {"api_key": a_uuid(rnd), "secret_key": both},
    ])  # fmt: skip


def kraken(rnd: random.Random) -> Values:
    secret = base64.b64encode(rnd.randbytes(64)).decode()
    return {"api_key": base64.b64encode(rnd.randbytes(42)).decode(), "secret_key": secret}


def kucoin(rnd: random.Random) -> Values:
    return {"api_key": drawn(rnd, HEX, 24), "secret_key": a_uuid(rnd), "passphrase": passphrase(rnd)}


def bitget(rnd: random.Random) -> Values:
    secret = rnd.choice([drawn(rnd, HEX, 64), drawn(rnd, HEX, 64), rsa_key()])
    return {"api_key": f"bg_{drawn(rnd, HEX, 32)}", "secret_key": secret, "passphrase": passphrase(rnd)}


def gate(rnd: random.Random) -> Values:
    return {"api_key": drawn(rnd, HEX, 32), "secret_key": drawn(rnd, HEX, 64)}


def deribit(rnd: random.Random) -> Values:
    secret = rnd.choice([base64.urlsafe_b64encode(rnd.randbytes(32)).decode().rstrip("="), ed25519_key(rnd)])
    return {"api_key": drawn(rnd, ALNUM + "-_", rnd.randint(8, 10)), "secret_key": secret}


def hyperliquid(rnd: random.Random) -> Values:
    master = private_keys.address(Secret(f"0x{rnd.getrandbits(255):064x}"))
    address = rnd.choice([master, master.lower()])
    return {"wallet_address": address, "private_key": f"0x{rnd.getrandbits(255):064x}"}


MAKERS: dict[str, Callable[[random.Random], Values]] = {
    "okx": okx, "binance": binance, "bybit": bybit, "coinbase": coinbase, "kraken": kraken, "kucoin": kucoin,
    "bitget": bitget, "gate": gate, "deribit": deribit, "hyperliquid": hyperliquid,
}  # fmt: skip

# --- dialogs ------------------------------------------------------------------------------------------

# As pages show them; the last language is none that the reader knows.
LABELS: dict[str, dict[str, list[str]]] = {
    "en": {
        "api_key": ["API Key", "API key", "Your API key", "Access Key"],
        "secret_key": ["Secret Key", "API Secret", "Secret", "Secret key"],
        "passphrase": ["Passphrase", "API Passphrase"],
        "wallet_address": ["Wallet address", "Account address"],
        "private_key": ["Private key", "API wallet private key"],
    },
    "zh": {
        "api_key": ["API密钥", "API Key", "访问密钥"],
        "secret_key": ["Secret密钥", "私钥", "密钥"],
        "passphrase": ["密码短语", "API密码", "Passphrase"],
        "wallet_address": ["钱包地址", "账户地址"],
        "private_key": ["私钥"],
    },
    "zh-hant": {
        "api_key": ["API金鑰", "API Key"],
        "secret_key": ["秘密金鑰", "密鑰"],
        "passphrase": ["密碼", "密碼短語"],
        "wallet_address": ["錢包地址"],
        "private_key": ["私鑰"],
    },
    "ja": {
        "api_key": ["APIキー"],
        "secret_key": ["シークレットキー", "秘密鍵"],
        "passphrase": ["パスフレーズ"],
        "wallet_address": ["ウォレットアドレス"],
        "private_key": ["秘密鍵"],
    },
    "ko": {
        "api_key": ["API 키"],
        "secret_key": ["시크릿 키", "비밀 키"],
        "passphrase": ["패스프레이즈", "비밀번호"],
        "wallet_address": ["지갑 주소"],
        "private_key": ["개인 키"],
    },
    "es": {
        "api_key": ["Clave API", "Clave de la API"],
        "secret_key": ["Clave secreta"],
        "passphrase": ["Frase de contraseña", "Contraseña"],
        "wallet_address": ["Dirección de la billetera"],
        "private_key": ["Clave privada"],
    },
    "pt": {
        "api_key": ["Chave API", "Chave da API"],
        "secret_key": ["Chave secreta"],
        "passphrase": ["Frase secreta", "Senha"],
        "wallet_address": ["Endereço da carteira"],
        "private_key": ["Chave privada"],
    },
    "ru": {
        "api_key": ["API-ключ", "Ключ API"],
        "secret_key": ["Секретный ключ"],
        "passphrase": ["Кодовая фраза", "Пароль"],
        "wallet_address": ["Адрес кошелька"],
        "private_key": ["Приватный ключ"],
    },
    "tr": {
        "api_key": ["API Anahtarı"],
        "secret_key": ["Gizli Anahtar"],
        "passphrase": ["Parola"],
        "wallet_address": ["Cüzdan adresi"],
        "private_key": ["Özel anahtar"],
    },
    "vi": {
        "api_key": ["Khóa API"],
        "secret_key": ["Khóa bí mật"],
        "passphrase": ["Cụm mật khẩu", "Mật khẩu"],
        "wallet_address": ["Địa chỉ ví"],
        "private_key": ["Khóa riêng tư"],
    },
    "fr": {
        "api_key": ["Clé API", "Clé d’API"],
        "secret_key": ["Clé secrète"],
        "passphrase": ["Phrase secrète", "Mot de passe"],
        "wallet_address": ["Adresse du portefeuille"],
        "private_key": ["Clé privée"],
    },
    "de": {
        "api_key": ["API-Schlüssel"],
        "secret_key": ["Geheimer Schlüssel", "Geheimschlüssel"],
        "passphrase": ["Passphrase", "Passwort"],
        "wallet_address": ["Wallet-Adresse"],
        "private_key": ["Privater Schlüssel"],
    },
    "pl": {
        "api_key": ["Klucz API"],
        "secret_key": ["Tajny klucz"],
        "passphrase": ["Hasło"],
        "wallet_address": ["Adres portfela"],
        "private_key": ["Klucz prywatny"],
    },
}
KNOWN = tuple(language for language in LABELS if language != "pl")
OWN_WORDS = {
    "kraken": {"secret_key": ["Private Key", "API Secret"]},
    "deribit": {"api_key": ["Client ID", "Client Id"], "secret_key": ["Client Secret"]},
    "coinbase": {
        "api_key": ["API key name", "Key name", "API Key ID"],
        "secret_key": ["Private key", "API key secret"],
    },
}
CODE = {
    "api_key": ["apiKey", "api_key", "key"],
    "secret_key": ["secret", "apiSecret", "secret_key"],
    "passphrase": ["password", "passphrase", "api_passphrase"],
    "wallet_address": ["walletAddress", "account_address"],
    "private_key": ["privateKey", "private_key", "secret_key"],
}
NOISE = [
    "API key created successfully", "Please store your Secret Key safely. It will not be shown again.",
    "Never share your secret key or passphrase with anyone!", "Permissions: Read, Trade",
    "Permissions\nRead/Trade",
    "IP whitelist: 203.0.113.7, 198.51.100.0/24", "IP addresses\n2001:db8::1", "Created: 2026-11-23 10:15:00",
    "Creation time\n2026/11/23 10:15:00 (UTC+8)", "Google Authenticator code: 123456", "2FA",
    "UID: 538291048372615",
    "创建时间：2026-11-23 10:15:00", "权限：只读/交易", "请妥善保管您的私钥，切勿泄露给他人",
    "IP地址 203.0.113.7",
    "作成日時：2026/11/23 10:15", "権限: 読み取り", "생성 시간: 2026.11.23", "IP 주소: 203.0.113.7",
    "Permisos: Lectura", "Creado el 23/11/2026", "Criado em: 23/11/2026", "Создан: 23.11.2026 10:15",
    "Права: Чтение, Торговля", "Oluşturma tarihi: 23.11.2026", "Ngày tạo: 23/11/2026", "Créée le 23/11/2026",
    "Erstellt am 23.11.2026 um 10:15 Uhr", "Berechtigungen: Lesen", "Copy", "复制", "Done", "Close",
    "Confirm",
    "https://www.example.com/account/api?lang=en", "support@example.com", "api.example.com", "Learn more →",
    "⚠ For your security, unrestricted keys expire after 90 days.", "API name: My-Bot-1", "Note: bot-7",
]  # fmt: skip


def words_for(rnd: random.Random, exchange: str, language: str, field: str) -> str:
    own = OWN_WORDS.get(exchange, {}).get(field)
    return rnd.choice(own if own and rnd.random() < 0.6 else LABELS[language][field])


def on_one_line(value: str) -> str:
    return value.replace("\n", "\\n")


def lines_of(rnd: random.Random, style: str, labels: list[str], shown: list[str]) -> list[str]:
    """The labels and values as one of the layouts of a page."""
    pairs = list(zip(labels, shown, strict=True))
    if style == "beside":
        sep = rnd.choice([": ", "：", " = ", "=", "\t", " : ", ":\t", ":\n", " - ", ":"])
        return [f"{label}{sep}{value}" for label, value in pairs]
    if style == "plain":
        return [f"{label} {value}" for label, value in pairs]
    if style == "above":
        return [line for pair in pairs for line in pair]
    if style == "below":
        return [line for label, value in pairs for line in (value, label)]
    if style == "after":
        mark = rnd.choice(["{} ({})", "{} ← {}", "{}\t{}", "{} : {}"])
        return [mark.format(value, label) for label, value in pairs]
    if style == "stacked":
        return [*labels, *shown]
    sep = rnd.choice(["\t", " | ", "\t|\t"])
    if style == "columns":
        return [sep.join(labels), sep.join(shown)]
    if style == "rows":
        return [f"| {label} | {value} |" for label, value in pairs]
    if style == "one line":
        return [rnd.choice(["  ", ", ", " | ", "\t"]).join(f"{label}: {value}" for label, value in pairs)]
    return shown


def code_of(rnd: random.Random, style: str, exchange: str, values: Values) -> str:
    """The values in a snippet of configuration."""
    names = {field: rnd.choice(CODE[field]) for field in values}
    if style == "json":
        return json.dumps({names[f]: v for f, v in values.items()}, indent=rnd.choice([None, 2]))
    if style == "python":
        return repr({names[f]: v for f, v in values.items()})
    if style == "yaml":
        quote = rnd.choice(["", "'", '"'])
        shown = {
            field: "|\n    " + value.replace("\n", "\n    ") if "\n" in value else f"{quote}{value}{quote}"
            for field, value in values.items()
        }
        return "\n".join(f"  {names[field]}: {text}" for field, text in shown.items())
    prefix = rnd.choice(["", "export ", f"{exchange.upper()}_"])
    quote = rnd.choice(['"', "'"])
    return "\n".join(f"{prefix}{names[f].upper()}={quote}{on_one_line(v) if rnd.random() < 0.5 else v}{quote}"
                     for f, v in values.items())  # fmt: skip


PAGES = ["beside", "plain", "above", "below", "after", "stacked", "columns", "rows", "one line", "bare"]
SNIPPETS = ["json", "python", "yaml", "env"]


def disturbed(rnd: random.Random, text: str) -> str:
    """What browsers, page designs and clipboards add without changing a value."""
    if rnd.random() < 0.3:
        text = text.replace(" ", "\u00a0")
    if rnd.random() < 0.3:
        places = sorted(rnd.randrange(len(text)) for _ in range(rnd.randint(1, 6)))
        for place in reversed(places):
            text = text[:place] + rnd.choice("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e") + text[place:]
    if rnd.random() < 0.2:
        text = "\ufeff" + text
    if rnd.random() < 0.3:
        text = text.replace("\n", "\r\n")
    return text


def dressed(rnd: random.Random, value: str) -> str:
    """A value with a button behind it, in quotes, or broken by a narrow page."""
    if "\n" in value:
        return rnd.choice([value, value.rstrip(), on_one_line(value), "    " + value.replace("\n", "\n    ")])
    return value


def dialog(rnd: random.Random, exchange: str, style: str, language: str, values: Values) -> str:
    """The text that a person pastes."""
    order = list(values)
    rnd.shuffle(order)
    values = {field: values[field] for field in order}
    if style in SNIPPETS:
        text = code_of(rnd, style, exchange, values)
        return disturbed(rnd, text + rnd.choice(["", "\n", ",\n"]))
    multiline = style in ("columns", "stacked", "one line", "rows", "plain", "after")
    quote = rnd.choice(["", "", "", '"', "'", "`", "“”"])
    shown = []
    for value in values.values():
        if "\n" in value:
            shown.append(on_one_line(value) if multiline else dressed(rnd, value))
        else:
            shown.append(f"{quote[:1]}{value}{quote[-1:]}")
    lines = lines_of(rnd, style, [words_for(rnd, exchange, language, field) for field in values], shown)
    if style in ("beside", "above", "below", "bare") and rnd.random() < 0.4:
        copy = rnd.choice(["Copy", "复制", "コピー", "Kopieren"])
        lines = [part for line in lines for part in (line, copy)]
    head = rnd.sample(NOISE, rnd.randint(0, 4))
    tail = rnd.sample(NOISE, rnd.randint(0, 4))
    if rnd.random() < 0.2:
        lines = [line for line in lines for line in (line, "")]
    text = "\n".join([*head, *lines, *tail])
    if rnd.random() < 0.1:
        text = f"{text}\n\n{text}"
    return disturbed(rnd, text)


def same(one: str, two: str) -> bool:
    return one.strip() == two.strip()


def wrong_fields(found: Captured, truth: Values) -> list[str]:
    """Fields that were accepted without a question, and are not what the exchange showed."""
    return [name for name, value in found.fields.items() if not same(value.reveal(), truth.get(name, ""))]


# --- damage -------------------------------------------------------------------------------------------

LOOKALIKES = str.maketrans(
    {"a": "а", "e": "е", "o": "о", "c": "с", "A": "А", "B": "В", "E": "Е", "C": "С", "0": "О"}
)


def shaped(exchange: str, values: Values) -> list[str]:
    """Fields whose shape tells a value that lacks a character; Deribit's id has 8 to 10."""
    profile = profiles.load(exchange)
    fields = [
        name
        for name, value in values.items()
        if "\n" in value or (profile.field(name).shape and name != "passphrase")
    ]
    return [name for name in fields if (exchange, name) != ("deribit", "api_key")]


def truncated(rnd: random.Random, exchange: str, values: Values) -> Values:
    """One value lacks its last or its first character, a private key a line or a character."""
    name = rnd.choice(shaped(exchange, values))
    value = values[name]
    if "\n" in value:
        lines = value.strip().split("\n")
        cut = rnd.choice(
            [lines[:-1], lines[1:], lines[:-2] + lines[-1:], [*lines[:1], lines[1][:-1], *lines[2:]]]
        )
        return {**values, name: "\n".join(cut) + "\n"}
    return {**values, name: rnd.choice([value[:-1], value[1:]])}


def mistyped(rnd: random.Random, exchange: str, values: Values) -> Values:
    """One character is none of the alphabet: a Cyrillic letter, or an O for a zero among digits."""
    name = rnd.choice(shaped(exchange, values))
    value = values[name]
    body = value.split("\n")[1] if "\n" in value else value
    changed = body.translate(LOOKALIKES) if rnd.random() < 0.3 else body
    for old in "aecobAEBC0":
        if old in body and changed == body:
            changed = body.replace(old, old.translate(LOOKALIKES), 1)
    return {**values, name: value.replace(body, changed if changed != body else body[:-1] + "$")}


def masked(rnd: random.Random, exchange: str, values: Values) -> Values:
    """One value is hidden, in whole or in its middle."""
    name = rnd.choice([name for name in values if name != "passphrase"])
    value = values[name].replace("\n", "")
    hidden = rnd.choice(
        [
            "*" * 12,
            "••••••••",
            f"{value[:4]}****{value[-4:]}",
            f"{value[:8]}…{value[-4:]}",
            f"{value[:6]}...{value[-6:]}",
            "●●●●●●●●●●",
        ]
    )
    return {**values, name: hidden}


def swapped(rnd: random.Random, exchange: str, values: Values) -> Values:
    """Two values stand in each other's place."""
    one, two, *_ = values
    return {**values, one: values[two], two: values[one]}


def composed(rnd: random.Random, exchange: str, values: Values) -> Values:
    """The passphrase is one that the exchange would not have taken."""
    wrong = {"okx": ["Ab1!", "alllower-1", "NoDigits-here", "NoSpecial1here", "A1-" + "x" * 30, "Größe-1-Ab"],
             "kucoin": ["Ab1!-x", "Ab1!" + "x" * 29, "Größe-1-Ab"]}[exchange]  # fmt: skip
    return {**values, "passphrase": rnd.choice(wrong)}


def apart(exchange: str) -> bool:
    """Whether the shapes of the first two fields differ."""
    one, two, *_ = profiles.load(exchange).fields
    return bool(one.shape and two.shape) and one.shape != two.shape


DAMAGES: dict[str, tuple[Callable[[random.Random, str, Values], Values], list[str]]] = {
    "truncated": (truncated, [e for e in MAKERS if e not in ("gate", "bitget")]),
    "mistyped": (mistyped, [e for e in MAKERS if e not in ("gate", "bitget")]),
    "masked": (masked, list(MAKERS)),
    "swapped": (swapped, [e for e in MAKERS if apart(e) and e != "deribit"]),
    "composed": (composed, ["okx", "kucoin"]),
}  # fmt: skip


def pointed_out(found: Captured) -> bool:
    return bool(found.unsure or found.remarks)


def said(found: Captured) -> str:
    """Every sentence of an outcome."""
    return "\n".join([*found.remarks, *(doubt.why for doubt in found.unsure)])


# --- generated dialogs --------------------------------------------------------------------------------

EACH = pytest.mark.parametrize("exchange", MAKERS)


def read_generated(seed: str, exchange: str, style: str, language: str) -> tuple[Captured, Values]:
    rnd = random.Random(seed)
    values = MAKERS[exchange](rnd)
    return read_dialog(dialog(rnd, exchange, style, language, values), profiles.load(exchange)), values


@cache
def outcomes(
    exchange: str, runs: int = 2, languages: tuple[str, ...] = tuple(LABELS)
) -> list[tuple[str, Captured, Values]]:
    """*runs* dialogs of each layout, the languages in turn."""
    found = []
    for place, style in enumerate([*PAGES, *SNIPPETS]):
        for run in range(runs):
            seed = f"{exchange} {style} {run}"
            language = languages[(place + 3 * run) % len(languages)]
            found.append((seed, *read_generated(seed, exchange, style, language)))
    return found


@EACH
def test_no_field_is_accepted_wrongly(exchange: str) -> None:
    """Of 28 dialogs, in 13 languages and 14 layouts, each field that is accepted is the one shown."""
    found = outcomes(exchange)
    assert [] == [(seed, wrong) for seed, outcome, truth in found if (wrong := wrong_fields(outcome, truth))]


@EACH
def test_what_is_not_accepted_is_asked_about(exchange: str) -> None:
    """A field of the dialog is accepted, in a question with the right value, or missing: none is lost."""
    for seed, found, truth in outcomes(exchange):
        asked = {doubt.field for doubt in found.unsure}
        assert not asked & found.fields.keys(), seed
        assert truth.keys() <= asked | found.fields.keys() | set(found.missing), seed


@EACH
def test_a_labelled_dialog_is_read_whole(exchange: str) -> None:
    """Where labels are in a known language, most dialogs leave nothing to ask: nine of ten."""
    found = [entry for entry in outcomes(exchange, 2, KNOWN) if " bare " not in entry[0]]
    whole = [seed for seed, outcome, truth in found if outcome.fields.keys() == truth.keys()]
    assert len(whole) >= 0.9 * len(found), {seed for seed, *_ in found} - {*whole}


@EACH
def test_no_sentence_holds_a_value(exchange: str) -> None:
    """Neither a remark nor a question, nor the outcome's own form."""
    for seed, found, truth in outcomes(exchange):
        shown = said(found) + repr(found)
        assert [] == [name for name, value in truth.items() if value[:12] in shown], seed


@pytest.mark.slow
@EACH
def test_no_field_is_accepted_wrongly_in_many(exchange: str) -> None:
    """The same of 840 dialogs."""
    found = outcomes(exchange, 60)
    assert [] == [(seed, wrong) for seed, outcome, truth in found if (wrong := wrong_fields(outcome, truth))]


# --- damaged ones -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("damage", "exchange"), [(kind, name) for kind, (_, names) in DAMAGES.items() for name in names]
)
def test_damage_is_pointed_out(damage: str, exchange: str) -> None:
    """A value that is cut off, mistyped, masked, in another's place or wrongly composed is never accepted."""
    change, _ = DAMAGES[damage]
    for place, style in enumerate(["beside", "above", "after", "columns", "rows", "json", "env"]):
        rnd = random.Random(f"{damage} {exchange} {style}")
        truth = MAKERS[exchange](rnd)
        shown = change(rnd, exchange, truth)
        text = dialog(rnd, exchange, style, KNOWN[place % len(KNOWN)], shown)
        found = read_dialog(text, profiles.load(exchange))
        assert [] == wrong_fields(found, truth), style
        assert pointed_out(found), style


def bare_dialog(rnd: random.Random, change: str, exchange: str, style: str) -> tuple[str, Values]:
    """A dialog with a value hidden, or a heading or two too many; and what it really shows."""
    values = MAKERS[exchange](rnd)
    shown, language = dict(values), rnd.choice(KNOWN)
    if change == "hidden":
        name = "passphrase" if "passphrase" in values and rnd.random() < 0.5 else rnd.choice(list(values))
        shown[name] = rnd.choice(["", "-", "Hidden", "(the one you set)", "••••••", "click to show"])
        del values[name]
    lines = dialog(rnd, exchange, style, language, shown).split("\n")
    if change == "headed":
        for _ in range(rnd.randint(1, 2)):
            words = words_for(rnd, exchange, rnd.choice([language, "en"]), rnd.choice(list(values)))
            lines.insert(rnd.randint(0, len(lines)), words)
    return "\n".join(lines), values


@pytest.mark.parametrize("change", ["hidden", "headed"])
@EACH
def test_no_label_takes_what_is_not_its_own(change: str, exchange: str) -> None:
    """Where a value is hidden, or a label stands once more as a heading, none gets another's value."""
    for style in [style for style in PAGES if style != "bare"]:
        rnd = random.Random(f"{change} {exchange} {style}")
        text, truth = bare_dialog(rnd, change, exchange, style)
        assert [] == wrong_fields(read_dialog(text, profiles.load(exchange)), truth), style


# What cannot be told from shapes that nobody has published: Gate's from Bitget's.
FOREIGN = [(one, two) for one in MAKERS for two in MAKERS if one != two and (one, two) != ("gate", "bitget")]


@pytest.mark.parametrize(("shown", "meant"), FOREIGN)
def test_another_exchanges_dialog_is_pointed_out(shown: str, meant: str) -> None:
    """Read with the wrong profile, a dialog is never accepted without a word."""
    for style in ("beside", "bare"):
        rnd = random.Random(f"{shown} {meant} {style}")
        text = dialog(rnd, shown, style, "en", MAKERS[shown](rnd))
        assert pointed_out(read_dialog(text, profiles.load(meant))), style


# --- by hand ------------------------------------------------------------------------------------------

KEY, SECRET, WORD = OKX["api_key"], OKX["secret_key"], OKX["passphrase"]
A64 = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
B64 = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
K24 = "5f0c9b2a5f7d3e1b9a864c21"


def okx_fields(text: str) -> Values:
    return revealed(read_dialog(text, profiles.load("okx")))


def revealed(found: Captured) -> Values:
    return {name: value.reveal() for name, value in found.fields.items()}


def asked(found: Captured) -> list[str]:
    return [doubt.field for doubt in found.unsure]


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


def test_a_missing_passphrase_is_missing_and_no_more() -> None:
    """OKX's page does not show it: its owner typed it."""
    found = read_dialog(
        f"API key\n{KEY}\nSecret key\n{SECRET}\nPassphrase\nThe one you set", profiles.load("okx")
    )
    assert ((), ("passphrase",), ()) == (found.unsure, found.missing, found.remarks)


def test_a_passphrase_without_a_label_is_a_question() -> None:
    """It fits, and so would other words."""
    found = read_dialog(f"{KEY}\n{SECRET}\n{WORD}", profiles.load("okx"))
    assert ["passphrase"] == asked(found)
    assert WORD == found.unsure[0].value.reveal()


@pytest.mark.parametrize(
    "line",
    [
        "API name: My-Bot-1", "API name\nMy-Bot-1", "2026-11-23T10:15:00Z", "IPv4/IPv6", "Read/Trade",
        "203.0.113.7",
        "me@Example2.com", "https://www.okx.com/Account?Id=1", "UTC+8", "Sub-account: Alpha-2!",
    ],
)  # fmt: skip
def test_what_is_no_passphrase(line: str) -> None:
    """Names under their own labels, dates, addresses and buttons are not taken for one."""
    found = read_dialog(f"{KEY}\n{SECRET}\n{line}", profiles.load("okx"))
    assert ("passphrase",) == found.missing


@pytest.mark.parametrize(
    "word", ["a=b:C1xx", "Ab1,;|&cd", "#Ab1(c)[d]", "'Ab1-x", "Ab1..--C", "Ab1*x***y", "<Ab1>-{c}"]
)
def test_a_passphrase_has_whatever_characters(word: str) -> None:
    """Separators, brackets and quotes may be part of it."""
    found = read_dialog(f"API key: {KEY}\nSecret: {SECRET}\nPassphrase: {word}", profiles.load("okx"))
    doubts = [doubt.value.reveal() for doubt in found.unsure if doubt.field == "passphrase"]
    assert word in (revealed(found).get("passphrase"), *doubts) or "masked" in said(found)


@pytest.mark.parametrize(
    "text",
    [
        "Passphrase: Ab1-defg,", "Passphrase: Ab1-defg and more", "Passphrase: tradingbot",
        "Passphrase:\ntradingbot",
        'Passphrase: "Ab1-\\tdefg"', "Passphrase: Ab1-defg\nPassphrase: Ab1-defh", "Pass-Phrase:25ZXYZAa",
        "Passphrase\nPass-Phrase:25ZXYZAa", f"Passphrase: {K24}",
    ],
)  # fmt: skip
def test_a_doubtful_passphrase_is_a_question(text: str) -> None:
    """A comma that may be its own, a word that may be about it, an escape, two of them."""
    found = read_dialog(f"{K24}\n{KEY}\n{text}", profiles.load("kucoin"))
    assert "passphrase" in asked(found)


def test_a_comma_behind_every_value_is_no_part_of_one() -> None:
    """As in a snippet of code: nothing to ask."""
    assert okx_fields(f"key={KEY},\nsecret={SECRET},\npassword={WORD},") == OKX


def test_values_alike_are_told_by_their_labels() -> None:
    """Binance's have one shape."""
    found = read_dialog(f"Secret Key\n{B64}\nAPI Key\n{A64}", profiles.load("binance"))
    assert revealed(found) == {"api_key": A64, "secret_key": B64}


def test_values_alike_without_labels_are_a_question() -> None:
    """In their order, each with the other as what it could be, too."""
    found = read_dialog(f"{A64}\n{B64}", profiles.load("binance"))
    assert {} == found.fields
    assert "number 2 of 2" in found.unsure[1].why
    assert [("api_key", A64, [B64]), ("secret_key", B64, [A64])] == [
        (doubt.field, doubt.value.reveal(), [other.reveal() for other in doubt.others])
        for doubt in found.unsure
    ]


def test_one_label_does_not_name_the_other_value() -> None:
    """What remains of two values alike is still a question."""
    found = read_dialog(f"API Key: {A64}\n{B64}", profiles.load("binance"))
    assert ({"api_key": A64}, ["secret_key"]) == (revealed(found), asked(found))


@pytest.mark.parametrize(
    "text",
    [
        f"API Key: {A64}\nSecret Key: {A64}",
        f"API Key: {A64}\nAPI Key: {B64}",
        f"API Key: {A64}\nSecret Key: {B64}\n{A64[::-1]}",
        f"{A64}\nKlucz: {B64}",
        f"UID: {A64}\nSecret Key: {B64}",
    ],
    ids=["one value twice", "two values", "a third", "unknown label", "label of something else"],
)
def test_an_api_key_in_doubt_is_not_accepted(text: str) -> None:
    """Two values for one field, one value for two, or a label that nobody knows."""
    assert "api_key" not in read_dialog(text, profiles.load("binance")).fields


def test_a_value_twice_is_one() -> None:
    """A page that was copied twice."""
    page = f"API Key\n{A64}\nSecret Key\n{B64}\n"
    assert revealed(read_dialog(page + page, profiles.load("binance"))) == {"api_key": A64, "secret_key": B64}


@pytest.mark.parametrize(
    ("secret", "key"), [("密钥", "API密钥"), ("密鑰", "API金鑰"), ("Secret", "Key"), ("Секрет", "Ключ")]
)
def test_a_label_that_says_but_key(secret: str, key: str) -> None:
    """It is what the other label leaves."""
    found = read_dialog(f"{secret}: {B64}\n{key}: {A64}", profiles.load("binance"))
    assert revealed(found) == {"api_key": A64, "secret_key": B64}


@pytest.mark.parametrize("places", [(20,), (8, 24), (1,)], ids=str)
def test_a_value_broken_by_a_narrow_page_is_whole(places: tuple[int, ...]) -> None:
    """Its parts fit together in one way only; that they were joined is said."""
    parts = [KEY[start:end] for start, end in zip((0, *places), (*places, None), strict=True)]
    found = read_dialog("API key\n" + "\n".join(parts) + f"\nSecret\n{SECRET}", profiles.load("okx"))
    if places == (1,):  # a part of one character is none
        assert "api_key" not in found.fields
    else:
        assert KEY == revealed(found)["api_key"]
        assert "several lines" in said(found)


def test_a_broken_value_whose_part_is_a_value() -> None:
    """Kraken's API key has the length of its secret's first 56 characters: the label tells them apart."""
    values = kraken(random.Random(1))
    secret = values["secret_key"]
    text = f"API key: {values['api_key']}\nPrivate key: {secret[:56]}\n{secret[56:]}"
    assert values == revealed(read_dialog(text, profiles.load("kraken")))


def test_a_value_without_a_known_shape_may_go_on() -> None:
    """Gate's shapes are not published: a piece on the next line is asked about."""
    found = read_dialog(f"Secret: {B64[:40]}\nKey: {A64[:40]}\nx81jd9Qp", profiles.load("gate"))
    assert ["api_key"] == asked(found)


@pytest.mark.parametrize("hidden", ["********", "2258••••••••286D", "22582BD0…286D", "22582BD0...286D"])
@pytest.mark.parametrize("label", ["Secret key: ", ""], ids=["labelled", "bare"])
def test_a_masked_value_is_pointed_out(hidden: str, label: str) -> None:
    """It is none, and the page can still show it."""
    found = read_dialog(f"API key: {KEY}\n{label}{hidden}", profiles.load("okx"))
    assert "masked" in said(found)
    assert "secret_key" in found.missing


def test_a_masked_value_beside_the_whole_one_is_nothing() -> None:
    """As where a page shows both."""
    found = read_dialog(f"API key 37c5…8418\nAPI key: {KEY}\nSecret: {SECRET}", profiles.load("okx"))
    assert ((), ()) == (found.unsure, found.remarks)


def test_a_value_that_contradicts_the_masked_one_is_a_question() -> None:
    """The page's own key is another."""
    found = read_dialog(f"API key: 99c5…8418\n{KEY}\nSecret: {SECRET}", profiles.load("okx"))
    assert "api_key" not in found.fields


def test_a_swapped_pair_is_pointed_out() -> None:
    """The label says one, the shape the other; by the shape is what is proposed."""
    found = read_dialog(f"API key: {SECRET}\nSecret key: {KEY}", profiles.load("okx"))
    assert {"api_key": KEY, "secret_key": SECRET} == {
        doubt.field: doubt.value.reveal() for doubt in found.unsure
    }
    assert "swapped" in said(found)


@pytest.mark.parametrize(("value", "place"), [(SECRET[:6] + "О" + SECRET[7:], 7), ("O" + SECRET[1:], 1)])
def test_a_mistyped_character_is_named_by_its_place(value: str, place: int) -> None:
    """A Cyrillic letter, or an O among hexadecimal digits: never mended, never shown."""
    found = read_dialog(f"API key: {KEY}\nSecret key: {value}", profiles.load("okx"))
    assert ["secret_key"] == asked(found)
    assert f"character {place} " in said(found)


@pytest.mark.parametrize("label", ["Secret key: ", ""], ids=["labelled", "bare"])
def test_a_value_one_character_short_is_pointed_out(label: str) -> None:
    """With its length."""
    found = read_dialog(f"API key: {KEY}\n{label}{SECRET[:-1]}", profiles.load("okx"))
    assert ["secret_key"] == asked(found)
    assert "31 characters" in said(found)


def test_an_example_is_pointed_out() -> None:
    """One character many times in a row was not drawn at random."""
    found = read_dialog(f"API key: {KEY}\nSecret key: {'A' * 32}", profiles.load("okx"))
    assert ["secret_key"] == asked(found)


def test_kucoins_secret_is_not_okxs_key() -> None:
    """One field's shape proves nothing: the set does."""
    found = read_dialog(f"{K24}\n{KEY}\n{WORD}", profiles.load("okx"))
    assert {} == found.fields
    assert "KuCoin" in said(found)
    assert revealed(read_dialog(f"{K24}\n{KEY}", profiles.load("kucoin"))) == {
        "api_key": K24,
        "secret_key": KEY,
    }


@pytest.mark.parametrize("exchange", [name for name in MAKERS if name not in ("gate", "bitget")])
def test_the_exchange_is_told_by_its_set(exchange: str) -> None:
    """Of those whose shapes are published; but for the one that is left out."""
    rnd = random.Random(exchange)
    text = "\n".join(value for name, value in MAKERS[exchange](rnd).items() if name != "passphrase")
    assert exchange in looks_like(text)
    assert exchange not in looks_like(text, but=exchange)


def test_nothing_looks_like_nothing() -> None:
    """Words are no set."""
    assert [] == looks_like("API key and secret key, to be kept safe\n123456")


def test_a_passphrase_where_there_is_none_is_pointed_out() -> None:
    """Gate has no such field; Bitget does."""
    found = read_dialog(f"Key: {A64[:32]}\nSecret: {B64}x\nPassphrase: {WORD}", profiles.load("gate"))
    assert "passphrase" in said(found)


def test_an_agents_own_address_is_not_the_accounts() -> None:
    """Queries with it come back empty: it is asked about, and passed over where another one is there."""
    key = f"0x{random.Random(1).getrandbits(255):064x}"
    own, other = private_keys.address(Secret(key)), private_keys.address(Secret(f"0x{9:064x}"))
    alone = read_dialog(f"wallet: {own}\nprivate key: {key}", profiles.load("hyperliquid"))
    both = read_dialog(f"{own}\n{other}\nprivate key: {key}", profiles.load("hyperliquid"))
    assert ["wallet_address"] == asked(alone)
    assert other == revealed(both)["wallet_address"]


def test_an_address_with_a_changed_character_is_pointed_out() -> None:
    """Its upper and lower case are a checksum."""
    address = private_keys.address(Secret(f"0x{9:064x}"))
    place = next(n for n in range(2, 42) if address[n].isdigit())
    changed = address[:place] + str((int(address[place]) + 1) % 10) + address[place + 1 :]
    found = read_dialog(f"{changed}\n0x{'3c' * 32}", profiles.load("hyperliquid"))
    assert "wallet_address" in asked(found)


def test_fields_that_no_profile_names() -> None:
    """Of the generic profile, what the labels say."""
    found = read_dialog(f"API key: {A64}\nSecret: {B64}\nPassphrase: {WORD}", profiles.load("generic"))
    assert revealed(found) == {"api_key": A64, "secret_key": B64, "passphrase": WORD}


def test_what_belongs_nowhere_is_counted() -> None:
    """And said where a field lacks a value."""
    found = read_dialog(f"{KEY}\n{A64}\n{B64}", profiles.load("okx"))
    assert 2 == found.leftover
    assert "2 values" in said(found)


# --- private keys -------------------------------------------------------------------------------------

PEM = pem(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))).strip()
BODY = PEM.split("\n")[1]


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


# --- verdicts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exchange", "field", "value", "line"),
    [
        ("okx", "secret_key", SECRET, "secret key: 32 characters, as OKX's are"),
        ("kraken", "api_key", "abc", "API key: 3 characters, not like Kraken's: 56 characters of base64"),
        ("binance", "secret_key", PEM, "secret key: a whole private key (ed25519)"),
        ("gate", "api_key", "x", "API key: 1 character"),
        ("generic", "token", "abc", "token: 3 characters"),
    ],
)
def test_a_verdict_is_one_line(exchange: str, field: str, value: str, line: str) -> None:
    """Length and shape, or what is wrong; never the value."""
    assert line == verdict(profiles.load(exchange), field, Secret(value))


def proved(exchange: str, values: Values) -> str:
    return "\n".join(prove(profiles.load(exchange), {name: Secret(value) for name, value in values.items()}))


@EACH
def test_values_as_they_are_shown_are_whole(exchange: str) -> None:
    """Nothing is remarked about a set."""
    rnd = random.Random(exchange)
    assert [""] * 8 == [proved(exchange, MAKERS[exchange](rnd)) for _ in range(8)]


def test_what_is_wrong_with_a_set() -> None:
    """Equal values, swapped ones, a secret or a key that is cut off, an agent's own address."""
    key = f"0x{random.Random(1).getrandbits(255):064x}"
    assert "same value" in proved("binance", {"api_key": A64, "secret_key": A64})
    assert "swapped" in proved("okx", {"api_key": SECRET, "secret_key": KEY})
    assert "84 characters" in proved("kraken", {"api_key": A64[:56], "secret_key": f"{A64}{B64}"[:84]})
    assert "private key" in proved("binance", {"api_key": A64, "secret_key": PEM[:-30]})
    assert "address of this" in proved(
        "hyperliquid", {"wallet_address": private_keys.address(Secret(key)), "private_key": key}
    )


def test_an_ed25519_key_in_base64_is_proved() -> None:
    """Its second half is the public one: a changed character shows."""
    values = next(v for n in range(20) if "==" in (v := coinbase(random.Random(n)))["secret_key"])
    secret = values["secret_key"]
    changed = secret[:50] + ("A" if secret[50] != "A" else "B") + secret[51:]
    assert "" == proved("coinbase", values)
    assert "damaged" in proved("coinbase", {**values, "secret_key": changed})


# --- any text -----------------------------------------------------------------------------------------


def test_a_text_of_any_length_is_too_long() -> None:
    """Nothing of it is read."""
    with pytest.raises(InvalidCredential):
        read_dialog("a" * (MAX_PASTE + 1), profiles.load("okx"))


HOSTILE = [
    '"', '" a ', "“a ", ":", "a=", "password:", "password: x ", "api key\n", "a,", f"{A64}\n",
    "-----BEGIN ", "-----END ",
    "密钥：", "*", "abc****def\n", "…", "a.", "([", "\\", "api key\tsecret\t", "\n", "1:",
    "Ab1!", f"0x{'3c' * 32}\n", "\ue000", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("size", [MAX_PASTE // 16, pytest.param(MAX_PASTE, marks=pytest.mark.slow)])
@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_long_text_of_one_thing_is_read(text: str, size: int) -> None:
    """Each scan is linear, so that even the longest paste ends."""
    assert {} == read_dialog((text * size)[:size], profiles.load("kucoin")).fields


PARTS = st.sampled_from([
    KEY, SECRET, WORD, A64, B64, K24, PEM, "API key", "Secret", "密钥", "Passphrase", ":", "=", "\n", "\t",
    " ", '"', "'",
    ",", "|", "(", ")", "…", "****", "Copy", "UID", "-----BEGIN ", "-----END ", "\\n", "\u200b", "\r\n",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(PARTS, st.text(max_size=8)), max_size=24), st.sampled_from([*MAKERS, "generic"]))
def test_any_text_is_read(parts: list[str], exchange: str) -> None:
    """No text is an error; a field is accepted or asked about, not both, and has a value of the text."""
    text = "".join(parts)
    found = read_dialog(text, profiles.load(exchange))
    assert not found.fields.keys() & {*asked(found)}
    assert all(found.fields[name].reveal() for name in found.fields)
    assert all(doubt.why and doubt.value.reveal() for doubt in found.unsure)
    assert not any(value in said(found) for value in (KEY, SECRET, WORD, A64, B64, K24, BODY))
