"""A pasted dialog is read right or questioned: 400 generated ones, damaged ones, and each case by hand."""

from __future__ import annotations

import base64
import random
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from vault import capture, keys, profiles
from vault.capture import Captured, looks_like, prove, read_dialog, verdict
from vault.errors import InvalidCredential
from vault.secret import Secret

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
    master = keys.address(Secret(f"0x{rnd.getrandbits(255):064x}"))
    address = rnd.choice([master, master.lower()])
    return {"wallet_address": address, "private_key": f"0x{rnd.getrandbits(255):064x}"}


MAKERS: dict[str, Callable[[random.Random], Values]] = {
    "okx": okx, "binance": binance, "bybit": bybit, "coinbase": coinbase, "kraken": kraken, "kucoin": kucoin,
    "bitget": bitget, "gate": gate, "deribit": deribit, "hyperliquid": hyperliquid,
}  # fmt: skip

# --- dialogs ------------------------------------------------------------------------------------------

# As pages show them; the last language is none that the reader knows.
LABELS: dict[str, dict[str, list[str]]] = {
    "en": {"api_key": ["API Key", "API key", "Your API key", "Access Key"], "secret_key": ["Secret Key", "API Secret", "Secret", "Secret key"],
           "passphrase": ["Passphrase", "API Passphrase"], "wallet_address": ["Wallet address", "Account address"], "private_key": ["Private key", "API wallet private key"]},
    "zh": {"api_key": ["API密钥", "API Key", "访问密钥"], "secret_key": ["Secret密钥", "私钥", "密钥"], "passphrase": ["密码短语", "API密码", "Passphrase"],
           "wallet_address": ["钱包地址", "账户地址"], "private_key": ["私钥"]},
    "zh-hant": {"api_key": ["API金鑰", "API Key"], "secret_key": ["秘密金鑰", "密鑰"], "passphrase": ["密碼", "密碼短語"], "wallet_address": ["錢包地址"], "private_key": ["私鑰"]},
    "ja": {"api_key": ["APIキー"], "secret_key": ["シークレットキー", "秘密鍵"], "passphrase": ["パスフレーズ"], "wallet_address": ["ウォレットアドレス"], "private_key": ["秘密鍵"]},
    "ko": {"api_key": ["API 키"], "secret_key": ["시크릿 키", "비밀 키"], "passphrase": ["패스프레이즈", "비밀번호"], "wallet_address": ["지갑 주소"], "private_key": ["개인 키"]},
    "es": {"api_key": ["Clave API", "Clave de la API"], "secret_key": ["Clave secreta"], "passphrase": ["Frase de contraseña", "Contraseña"], "wallet_address": ["Dirección de la billetera"], "private_key": ["Clave privada"]},
    "pt": {"api_key": ["Chave API", "Chave da API"], "secret_key": ["Chave secreta"], "passphrase": ["Frase secreta", "Senha"], "wallet_address": ["Endereço da carteira"], "private_key": ["Chave privada"]},
    "ru": {"api_key": ["API-ключ", "Ключ API"], "secret_key": ["Секретный ключ"], "passphrase": ["Кодовая фраза", "Пароль"], "wallet_address": ["Адрес кошелька"], "private_key": ["Приватный ключ"]},
    "tr": {"api_key": ["API Anahtarı"], "secret_key": ["Gizli Anahtar"], "passphrase": ["Parola"], "wallet_address": ["Cüzdan adresi"], "private_key": ["Özel anahtar"]},
    "vi": {"api_key": ["Khóa API"], "secret_key": ["Khóa bí mật"], "passphrase": ["Cụm mật khẩu", "Mật khẩu"], "wallet_address": ["Địa chỉ ví"], "private_key": ["Khóa riêng tư"]},
    "fr": {"api_key": ["Clé API", "Clé d’API"], "secret_key": ["Clé secrète"], "passphrase": ["Phrase secrète", "Mot de passe"], "wallet_address": ["Adresse du portefeuille"], "private_key": ["Clé privée"]},
    "de": {"api_key": ["API-Schlüssel"], "secret_key": ["Geheimer Schlüssel", "Geheimschlüssel"], "passphrase": ["Passphrase", "Passwort"], "wallet_address": ["Wallet-Adresse"], "private_key": ["Privater Schlüssel"]},
    "pl": {"api_key": ["Klucz API"], "secret_key": ["Tajny klucz"], "passphrase": ["Hasło"], "wallet_address": ["Adres portfela"], "private_key": ["Klucz prywatny"]},
}  # fmt: skip
KNOWN = [language for language in LABELS if language != "pl"]
OWN_WORDS = {
    "kraken": {"secret_key": ["Private Key", "API Secret"]},
    "deribit": {"api_key": ["Client ID", "Client Id"], "secret_key": ["Client Secret"]},
    "coinbase": {
        "api_key": ["API key name", "Key name", "API Key ID"],
        "secret_key": ["Private key", "API key secret"],
    },
}
CODE = {"api_key": ["apiKey", "api_key", "key"], "secret_key": ["secret", "apiSecret", "secret_key"],
        "passphrase": ["password", "passphrase", "api_passphrase"], "wallet_address": ["walletAddress", "account_address"],
        "private_key": ["privateKey", "private_key", "secret_key"]}  # fmt: skip
NOISE = [
    "API key created successfully", "Please store your Secret Key safely. It will not be shown again.",
    "Never share your secret key or passphrase with anyone!", "Permissions: Read, Trade", "Permissions\nRead/Trade",
    "IP whitelist: 203.0.113.7, 198.51.100.0/24", "IP addresses\n2001:db8::1", "Created: 2026-11-23 10:15:00",
    "Creation time\n2026/11/23 10:15:00 (UTC+8)", "Google Authenticator code: 123456", "2FA", "UID: 538291048372615",
    "创建时间：2026-11-23 10:15:00", "权限：只读/交易", "请妥善保管您的私钥，切勿泄露给他人", "IP地址 203.0.113.7",
    "作成日時：2026/11/23 10:15", "権限: 読み取り", "생성 시간: 2026.11.23", "IP 주소: 203.0.113.7",
    "Permisos: Lectura", "Creado el 23/11/2026", "Criado em: 23/11/2026", "Создан: 23.11.2026 10:15",
    "Права: Чтение, Торговля", "Oluşturma tarihi: 23.11.2026", "Ngày tạo: 23/11/2026", "Créée le 23/11/2026",
    "Erstellt am 23.11.2026 um 10:15 Uhr", "Berechtigungen: Lesen", "Copy", "复制", "Done", "Close", "Confirm",
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
        import json

        return json.dumps({names[f]: v for f, v in values.items()}, indent=rnd.choice([None, 2]))
    if style == "python":
        return repr({names[f]: v for f, v in values.items()})
    if style == "yaml":
        quote = rnd.choice(["", "'", '"'])
        return "\n".join(f"  {names[f]}: " + ("|\n    " + v.replace("\n", "\n    ") if "\n" in v else f"{quote}{v}{quote}")
                         for f, v in values.items())  # fmt: skip
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

LOOKALIKES = str.maketrans({"a": "а", "e": "е", "o": "о", "c": "с", "A": "А", "B": "В", "E": "Е", "C": "С", "0": "О"})


def shaped(exchange: str, values: Values) -> list[str]:
    """Fields whose shape tells a value that lacks a character; Deribit's id has 8 to 10."""
    profile = profiles.load(exchange)
    fields = [name for name, value in values.items() if "\n" in value or (profile.field(name).shape and name != "passphrase")]
    return [name for name in fields if (exchange, name) != ("deribit", "api_key")]


def truncated(rnd: random.Random, exchange: str, values: Values) -> Values:
    """One value lacks its last or its first character, a private key a line or a character."""
    name = rnd.choice(shaped(exchange, values))
    value = values[name]
    if "\n" in value:
        lines = value.strip().split("\n")
        cut = rnd.choice([lines[:-1], lines[1:], lines[:-2] + lines[-1:], [*lines[:1], lines[1][:-1], *lines[2:]]])
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
    hidden = rnd.choice(["*" * 12, "••••••••", f"{value[:4]}****{value[-4:]}", f"{value[:8]}…{value[-4:]}", f"{value[:6]}...{value[-6:]}", "●●●●●●●●●●"])
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
