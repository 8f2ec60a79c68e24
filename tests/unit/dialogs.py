"""Values as the exchanges make them, and the pages that show them."""

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

from vault.base.secret import Secret
from vault.capture.dialog import Captured, read_dialog
from vault.credential import private_keys
from vault.exchanges import profiles

ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
HEX = "0123456789abcdef"
Values = dict[str, str]


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


def said(found: Captured) -> str:
    """Every sentence of an outcome."""
    return "\n".join([*found.remarks, *(doubt.why for doubt in found.unsure)])


EACH = pytest.mark.parametrize("exchange", MAKERS)
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


PEM = pem(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))).strip()
BODY = PEM.split("\n")[1]
