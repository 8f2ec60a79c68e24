"""Private keys: what is read, what is pointed out, and what is made and signed."""

from __future__ import annotations

import base64
import re
import string
import subprocess
import sys
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa, utils, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from vault import Secret
from vault.credential import private_keys
from vault.errors import InvalidCredential

PKCS8, TRADITIONAL = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL
BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
P256 = ec.derive_private_key(0x5EC2E7, ec.SECP256R1())
RSA = rsa.generate_private_key(65537, private_keys.RSA_BITS)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1; SEC 2, 2.4.1


def pem(key: Any, form: PrivateFormat = PKCS8, encryption: Any = None) -> str:
    written: bytes = key.private_bytes(Encoding.PEM, form, encryption or NoEncryption())
    return written.decode()


def raw(key: ed25519.Ed25519PrivateKey, *, both: bool = False) -> str:
    public = key.public_key().public_bytes_raw() if both else b""
    return base64.b64encode(key.private_bytes_raw() + public).decode()


WHOLE = {
    "ed25519 pkcs8": ("ed25519", pem(ED25519)),
    "ed25519 seed": ("ed25519", raw(ED25519)),
    "ed25519 both halves": ("ed25519", raw(ED25519, both=True)),
    "rsa pkcs8": ("rsa", pem(RSA)),
    "rsa pkcs1": ("rsa", pem(RSA, TRADITIONAL)),
    "p256 pkcs8": ("p256", pem(P256)),
    "p256 sec1": ("p256", pem(P256, TRADITIONAL)),
    "secp256k1": ("secp256k1", "0x" + "a1" * 32),
    "secp256k1 least": ("secp256k1", f"0x{1:064x}"),
    "secp256k1 most": ("secp256k1", f"0x{ORDER - 1:064X}"),
}
PEMS = {name: text for name, (_, text) in WHOLE.items() if text.startswith("-----")}


def refusal(text: str) -> str:
    """The message about *text*; it and its hint hold no piece of it, and no other exception is behind it."""
    with pytest.raises(InvalidCredential) as caught:
        private_keys.kind(Secret(text))
    said = f"{caught.value} {caught.value.hint}"
    pieces = {text[i : i + 8] for i in range(len(text) - 7)}
    words = {piece for piece in pieces if re.fullmatch(r"[-A-Z ]*|[-a-z ]*", piece)}  # of BEGIN and END lines
    assert [] == [piece for piece in pieces - words if piece in said]
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    message = str(caught.value)
    assert message.startswith("the private key ") and not message.endswith(".")
    return message.removeprefix("the private key ")


# --- what is read -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_key_is_told(name: str) -> None:
    """Each writing in which an exchange or its client takes a key, with what a paste brings at either end."""
    kind, text = WHOLE[name]
    assert kind == private_keys.kind(Secret(text)) == private_keys.kind(Secret(f"\n  {text}\n\n"))


@pytest.mark.parametrize("name", PEMS)
def test_line_breaks_of_any_system_are_read(name: str) -> None:
    """A key copied on Windows is the same key."""
    found = {private_keys.public(Secret(PEMS[name].replace("\n", end))) for end in ("\r\n", "\r", "\n")}
    assert len(found) == 1


def test_base64_may_begin_like_hexadecimal() -> None:
    """One Ed25519 key of 4,096 begins with 0x in base64."""
    seed = base64.b64decode("0x" + "A" * 42)[:31] + b"\x00"
    assert private_keys.kind(Secret(raw(ed25519.Ed25519PrivateKey.from_private_bytes(seed)))) == "ed25519"


def test_a_key_without_its_public_half_is_read() -> None:
    """SEC1 may leave the public half away; then nothing can be compared."""
    numbers = P256.private_numbers().private_value.to_bytes(32)
    der = (
        bytes.fromhex("303102010104 20".replace(" ", ""))
        + numbers
        + bytes.fromhex("a00a06082a8648ce3d030107")
    )
    text = f"-----BEGIN EC PRIVATE KEY-----\n{base64.b64encode(der).decode()}\n-----END EC PRIVATE KEY-----"
    assert private_keys.public(Secret(pem(P256))) == private_keys.public(Secret(text))


def test_a_pem_is_told_from_a_text() -> None:
    """Nothing but the words of a PEM make one; its first or its last line alone do."""
    for text in PEMS.values():
        lines = text.splitlines()
        assert all(private_keys.is_pem(Secret(part)) for part in (text, lines[0], lines[-1], f"\r\n{text}"))
    for text in ("x" * 64, raw(ED25519), "0x" + "a1" * 32, "-----", ""):
        assert not private_keys.is_pem(Secret(text))


# --- what is pointed out ----------------------------------------------------------------------------


def block(label: str) -> str:
    return f"-----BEGIN {label}-----\n{base64.b64encode(bytes(96)).decode()}\n-----END {label}-----\n"


def version2(key: ed25519.Ed25519PrivateKey) -> str:
    """PKCS#8 with the public half (RFC 5958), as Rust's ring writes it."""
    inside = bytes.fromhex("020101300506032b657004220420") + key.private_bytes_raw()
    inside += bytes.fromhex("812100") + key.public_key().public_bytes_raw()
    der = bytes([0x30, len(inside)]) + inside
    return f"-----BEGIN PRIVATE KEY-----\n{base64.b64encode(der).decode()}\n-----END PRIVATE KEY-----\n"


LINES = pem(RSA).splitlines()
EC_LINES = pem(P256).splitlines()
WRONG = {
    "written breaks": (pem(ED25519).replace("\n", "\\n"), "its line breaks are written as \\n"),
    "written crlf": (pem(RSA).replace("\n", "\\r\\n"), "its line breaks are written as \\n"),
    "encrypted": (pem(P256, PKCS8, BestAvailableEncryption(b"secret")), "is encrypted with a password"),
    "encrypted sec1": (pem(P256, TRADITIONAL, BestAvailableEncryption(b"secret")), "is encrypted with a"),
    "openssh": (pem(ED25519, PrivateFormat.OpenSSH), "is written in OpenSSH's format"),
    "public": (block("PUBLIC KEY"), "is the public half"),
    "rsa public": (block("RSA PUBLIC KEY"), "is the public half"),
    "certificate": (block("CERTIFICATE"), "is a certificate"),
    "request": (block("CERTIFICATE REQUEST"), "is a request for a certificate"),
    "parameters": (block("EC PARAMETERS") + pem(P256, TRADITIONAL), "has a block of parameters"),
    "two keys": (pem(ED25519) + pem(P256), "is followed by a second block"),
    "a certificate behind": (pem(ED25519) + block("CERTIFICATE"), "is followed by a second block"),
    "a cut key before a whole one": (LINES[0] + "\n" + pem(P256), "is followed by a second block"),
    "another block": (block("DSA PRIVATE KEY"), "has a first line"),
    "a broken label": ("-----BEGIN PRIVATE KEY\nAAAA\n", "has a first line"),
    "no first line": ("\n".join(LINES[1:]), "has lost its first line"),
    "no last line": ("\n".join(LINES[:-1]), "is cut off: its last line"),
    "half a last line": ("\n".join(LINES)[:-9], "has a last line that is not like its first"),
    "another last line": (pem(P256).replace("END ", "END EC "), "has a last line that is not like its first"),
    "no first and last": ("\n".join(LINES[1:-1]), "has lost its first and last line"),
    "no first and last, one line": ("".join(EC_LINES[1:-1]), "has lost its first and last line"),
    "text behind": (
        pem(P256) + "Bag Attributes",
        "has a last line that is not like its first, or text after",
    ),
    "text in front": ("Bag Attributes\n" + pem(P256), "has other text in front"),
    "one line": ("".join(LINES), "has lost its line breaks"),
    "blanks for breaks": (" ".join(LINES), "has lost its line breaks"),
    "first line cut in": (pem(ED25519).replace("KEY-----\n", "KEY-----", 1), "has lost its line breaks"),
    "last line run on": (pem(P256).replace("\n-----END", "-----END"), "has lost its line breaks"),
    "first data line missing": ("\n".join(LINES[:1] + LINES[2:]), "is damaged: its beginning"),
    "middle line missing": ("\n".join(LINES[:9] + LINES[10:]), "is not whole: a line of it"),
    "last data line missing": ("\n".join(LINES[:-2] + LINES[-1:]), "is not whole: a line of it"),
    "a character missing": (pem(RSA).replace(LINES[9], LINES[9][:-1]), "is damaged: a character"),
    "a character too many": (pem(RSA).replace(LINES[9], LINES[9] + "A"), "is damaged: a character"),
    "four characters missing": (pem(RSA).replace(LINES[9], LINES[9][:-4]), "is not whole"),
    "four too many": (pem(RSA).replace(LINES[-2], "AAAA" + LINES[-2]), "is damaged: there is more in it"),
    "another alphabet": (pem(RSA).replace(LINES[9], "é" + LINES[9][1:]), "is damaged: a character"),
    "nothing between": ("-----BEGIN PRIVATE KEY-----\n\n-----END PRIVATE KEY-----", "is damaged"),
    "pkcs8 version 2": (version2(ED25519), "is written in the second version of PKCS#8"),
    "rsa too short": (pem(rsa.generate_private_key(65537, 1024)), "is RSA of 1,024 bits"),  # noqa: S505
    "another curve": (pem(ec.generate_private_key(ec.SECP384R1())), "is on the curve secp384r1"),
    "a wallet in pem": (pem(ec.generate_private_key(ec.SECP256K1())), "is on the curve secp256k1"),
    "ed448": (pem(ed448.Ed448PrivateKey.generate()), "is of a kind that no exchange takes"),
    "x25519": (pem(x25519.X25519PrivateKey.generate()), "is of a kind that no exchange takes"),
    "seed cut": (raw(ED25519)[:-4], "is base64 of 30 bytes"),
    "both halves cut": (raw(ED25519, both=True)[:-4], "is base64 of 63 bytes"),
    "no padding": (raw(ED25519).rstrip("="), "is not complete"),
    "base64 with breaks": (raw(ED25519)[:20] + "\n" + raw(ED25519)[20:], "is not complete"),
    "another public half": (
        base64.b64encode(ED25519.private_bytes_raw() + bytes(32)).decode(),
        "is damaged: its public half",
    ),
    "halves swapped": (
        base64.b64encode(base64.b64decode(raw(ED25519, both=True))[::-1]).decode(),
        "is damaged: its public half",
    ),
    "63 digits": ("0x" + "a" * 63, "has 63 hexadecimal digits after 0x"),
    "65 digits": ("0x" + "a" * 65, "has 65 hexadecimal digits after 0x"),
    "an address": ("0x" + "a1" * 20, "is a wallet's address"),
    "the letter o": ("0x" + "a1" * 31 + "oo", "has characters after 0x"),
    "without 0x": ("a1" * 32, "has 64 hexadecimal digits without 0x"),
    "zero": ("0x" + "0" * 64, "is zero or too large"),
    "the order": (f"0x{ORDER:064x}", "is zero or too large"),
    "a text": ("not a key at all", "is not complete"),
    "a text beyond ascii": ("ключ", "is not complete"),
    "nothing": ("", "is base64 of 0 bytes"),
}


@pytest.mark.promise(4)
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name: str) -> None:
    """Each way in which a copy goes wrong has its own sentence, without the value; it signs nothing."""
    text, expected = WRONG[name]
    assert expected in refusal(text)
    for use in (private_keys.public, private_keys.address, lambda value: private_keys.sign(value, b"")):
        with pytest.raises(InvalidCredential, match=re.escape(expected)):
            use(Secret(text))


@pytest.mark.parametrize("name", ["encrypted", "openssh", "parameters", "two keys", "written breaks"])
def test_a_next_step_is_named(name: str) -> None:
    """Where the whole key is there in another form, the hint says how to get it out."""
    with pytest.raises(InvalidCredential) as caught:
        private_keys.kind(Secret(WRONG[name][0]))
    assert len(caught.value.hint) > 20


def changed(text: str, step: int) -> list[str]:
    """*text* with one character of its base64 changed, at every *step*-th place."""
    begin = text.index("\n") + 1 if "\n" in text else 0
    end = text.index("-----END") if "-----END" in text else len(text)
    places = [place for place in range(begin, end) if text[place] in BASE64][::step]
    return [
        text[:place] + BASE64[(BASE64.index(text[place]) + 1 + place % 62) % 64] + text[place + 1 :]
        for place in places
    ]


@pytest.mark.parametrize("name", ["p256 pkcs8", "p256 sec1", "ed25519 both halves"])
def test_any_changed_character_is_found(name: str) -> None:
    """These hold the public half: no single character can be another one."""
    variants = changed(WHOLE[name][1], 1)
    assert len(variants) > 80
    for variant in variants:
        refusal(variant)


@pytest.mark.parametrize("name", ["rsa pkcs8", "rsa pkcs1"])
def test_a_changed_character_of_an_rsa_key_is_found(name: str) -> None:
    """Its numbers depend on each other."""
    for variant in changed(WHOLE[name][1], 211):
        refusal(variant)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["rsa pkcs8", "rsa pkcs1"])
def test_many_a_changed_character_of_an_rsa_key_is_found(name: str) -> None:
    """The same, at every seventh place."""
    for variant in changed(WHOLE[name][1], 7):
        refusal(variant)


def test_a_changed_character_of_ed25519_in_pem_is_another_key() -> None:
    """The known gap: without the public half any 32 bytes are a key, and its public half is another."""
    variants = changed(pem(ED25519), 1)
    public = {private_keys.public(Secret(variant)) for variant in variants[-40:]}
    assert private_keys.public(Secret(pem(ED25519))) not in public


@pytest.mark.parametrize("name", PEMS)
def test_every_line_matters(name: str) -> None:
    """A PEM that lacks any one of its lines is refused."""
    lines = PEMS[name].splitlines()
    for missing in range(len(lines)):
        refusal("\n".join(lines[:missing] + lines[missing + 1 :]))


@pytest.mark.parametrize("name", WHOLE)
def test_every_cut_is_found(name: str) -> None:
    """No beginning of a key is taken for the whole."""
    text = WHOLE[name][1].rstrip("\n")
    for size in range(0, len(text), 1 if len(text) < 300 else 41):
        refusal(text[:size])


# --- the public half --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in WHOLE if not name.startswith("secp256k1")])
def test_the_public_half_is_pem(name: str) -> None:
    """SubjectPublicKeyInfo, to be pasted into the exchange's page."""
    made: dict[str, Any] = {"ed25519": ED25519, "rsa": RSA, "p256": P256}
    key = made[WHOLE[name][0]]
    wanted = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert wanted == private_keys.public(Secret(WHOLE[name][1]))
    assert wanted.startswith("-----BEGIN PUBLIC KEY-----\n")


# Published pairs: web3.js, web3.eth.accounts, privateKeyToAccount; the first two accounts of Hardhat's and
# Foundry's test phrase.
ADDRESSES = {
    "0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318": (
        "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"
    ),
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80": (
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    ),
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d": (
        "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
    ),
}


@pytest.mark.parametrize("key", ADDRESSES)
def test_a_wallets_address_is_the_published_one(key: str) -> None:
    """With its checksum; the public half of a wallet is its address."""
    assert ADDRESSES[key] == private_keys.address(Secret(key)) == private_keys.public(Secret(key))


# EIP-55, "Test Cases".
CHECKSUMMED = [
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
]


def test_an_address_has_its_checksum() -> None:
    """The test cases of EIP-55, from lower case and from themselves."""
    assert CHECKSUMMED == [private_keys.checksummed(address.lower()) for address in CHECKSUMMED]
    assert CHECKSUMMED == [private_keys.checksummed(address) for address in CHECKSUMMED]


@pytest.mark.parametrize("address", ["", "0x", "0x" + "a" * 39, "0x" + "a" * 41, "ab" * 20, "0x" + "g" * 40])
def test_something_else_is_no_address(address: str) -> None:
    """Only 0x and 40 hexadecimal digits are."""
    with pytest.raises(InvalidCredential):
        private_keys.checksummed(address)


@pytest.mark.parametrize("name", ["ed25519 seed", "rsa pkcs8", "p256 sec1"])
def test_only_a_wallet_has_an_address(name: str) -> None:
    """Of another key none is made up."""
    with pytest.raises(InvalidCredential, match="no address"):
        private_keys.address(Secret(WHOLE[name][1]))


# --- made here --------------------------------------------------------------------------------------


@pytest.mark.promise(13)
@pytest.mark.parametrize("kind", private_keys.KINDS)
def test_a_new_key_is_of_its_kind(kind: str) -> None:
    """It is whole, another one each time, and in the form that clients take."""
    made = [private_keys.generate(kind) for _ in range(3)]
    assert [kind] * 3 == [private_keys.kind(value) for value in made]
    assert len({value.reveal() for value in made}) == 3
    for value in made:
        text = value.reveal()
        if kind == "secp256k1":
            assert re.fullmatch("0x[0-9a-f]{64}", text)
        else:
            assert re.fullmatch(
                "-----BEGIN PRIVATE KEY-----\n([A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/=]{1,64}\n"
                "-----END PRIVATE KEY-----\n",
                text,
            )


def test_a_new_rsa_key_is_long_enough() -> None:
    """2,048 bits, with the usual exponent."""
    key = serialization.load_pem_private_key(private_keys.generate("rsa").reveal().encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert (2048, 65537) == (key.key_size, key.private_numbers().public_numbers.e)


@pytest.mark.parametrize("kind", ["", "dsa", "Ed25519"])
def test_no_other_kind_is_made(kind: str) -> None:
    """The four, in lower case."""
    with pytest.raises(InvalidCredential, match="private keys are"):
        private_keys.generate(kind)


# --- signatures -------------------------------------------------------------------------------------


# RFC 8032, section 7.1: private half, public half, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


@pytest.mark.parametrize("case", range(len(RFC_8032)))
def test_ed25519_is_rfc_8032(case: int) -> None:
    """The same signature from either writing of the key."""
    private, public, message, wanted = (bytes.fromhex(text) for text in RFC_8032[case])
    key = ed25519.Ed25519PrivateKey.from_private_bytes(private)
    texts = [pem(key), base64.b64encode(private).decode(), base64.b64encode(private + public).decode()]
    assert [wanted] * 3 == [private_keys.sign(Secret(text), message) for text in texts]


# RFC 6979, appendix A.2.5, P-256 with SHA-256: message, r, s.
RFC_6979 = {
    "sample": (
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
        "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
    ),
    "test": (
        "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
        "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083"
    ),
}


@pytest.mark.parametrize("message", RFC_6979)
def test_p256_is_rfc_6979(message: str) -> None:
    """r and s, 32 bytes each, and no chance in them."""
    number = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
    value = Secret(pem(ec.derive_private_key(number, ec.SECP256R1()), TRADITIONAL))
    assert RFC_6979[message].lower() == private_keys.sign(value, message.encode()).hex()


@pytest.mark.parametrize("name", ["p256 pkcs8", "p256 sec1"])
def test_p256_signatures_verify(name: str) -> None:
    """Short numbers are filled up to 32 bytes."""
    for number in range(200):
        message = number.to_bytes(2)
        signature = private_keys.sign(Secret(WHOLE[name][1]), message)
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        assert len(signature) == 64
        P256.public_key().verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize("name", ["rsa pkcs8", "rsa pkcs1"])
def test_rsa_is_pkcs1_with_sha256(name: str) -> None:
    """Version 1.5, as Binance, Bybit and Bitget verify it."""
    signature = private_keys.sign(Secret(WHOLE[name][1]), b"message")
    RSA.public_key().verify(signature, b"message", padding.PKCS1v15(), hashes.SHA256())


def test_a_wallet_signs_nothing() -> None:
    """Its key is never used but for its address."""
    with pytest.raises(InvalidCredential, match="secp256k1"):
        private_keys.sign(Secret("0x" + "a1" * 32), b"message")


def test_a_caller_chooses_the_kinds() -> None:
    """A key of another kind signs nothing."""
    value = Secret(pem(ED25519))
    assert len(private_keys.sign(value, b"", ("ed25519",))) == 64
    with pytest.raises(InvalidCredential, match="ed25519"):
        private_keys.sign(value, b"", ("rsa", "p256"))


def test_nothing_heavy_is_imported_beforehand() -> None:
    """Libraries come with the first key that needs them; Keccak's with the first address."""
    script = """
import sys, vault.credential.private_keys as private_keys
from vault import Secret
first = [name for name in sys.modules if name.split(".")[0] in ("cryptography", "Crypto")]
private_keys.generate("ed25519")
second = [name for name in sys.modules if name.split(".")[0] == "Crypto"]
print(first, second)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[] []\n"
