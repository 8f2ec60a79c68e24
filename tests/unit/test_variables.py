"""The variables of a program: mapped by hand, refused as targets, warned of when inherited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import okx_credential

from vault.errors import InvalidCredential, VariableRefused, VaultError
from vault.launch.variables import KEPT, Mapped, among, check_target, dangers

# --- by hand ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", InvalidCredential),
        ("X", InvalidCredential),
        ("X=", InvalidCredential),
        ("X=name", InvalidCredential),
        ("=a.b", InvalidCredential),
        ("1X=a.b", InvalidCredential),
        ("X Y=a.b", InvalidCredential),
        ("Ä=a.b", InvalidCredential),
        ("PATH=a.b", VariableRefused),
    ],
)
def test_a_mapping_that_is_none(text: str, error: type[VaultError]) -> None:
    """Another form, or another variable than a credential can have."""
    with pytest.raises(error):
        Mapped.read(text)


def test_a_mapping_is_read() -> None:
    """Up to the first equals sign, and from the last dot on."""
    assert Mapped("X_1", "mail.smtp-2", "user") == Mapped.read("X_1=mail.smtp-2.user")
    assert Mapped("X", "a=b", "c") == Mapped.read("X=a=b.c")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "PATH=a.b",
            "PATH steers how programs run or connect; it never holds a credential",
            "choose another variable name",
        ),
        ("X=a", "not of the form VAR=NAME.FIELD: 'X=a'", ""),
    ],
)
def test_what_a_refusal_says(text: str, message: str, hint: str) -> None:
    """What it is about, and the next step."""
    with pytest.raises(VaultError) as caught:
        Mapped.read(text)
    assert (message, hint) == (str(caught.value), caught.value.hint)


# --- targets ----------------------------------------------------------------------------------------

STEERING = [
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "LD_AUDIT",
    "DYLD_INSERT_LIBRARIES",
    "GCONV_PATH",
    "LOCPATH",
    "MALLOC_CHECK_",
    "GLIBC_TUNABLES",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONHOME",
    "PYTHONINSPECT",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_EXTRA_CA_CERTS",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "PERL5LIB",
    "PERL5OPT",
    "RUBYOPT",
    "RUBYLIB",
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
    "BASH_ENV",
    "ENV",
    "IFS",
    "PS4",
    "SHELLOPTS",
    "PATH",
    "PATHEXT",
    "COMSPEC",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "SSLKEYLOGFILE",
    "OPENSSL_CONF",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "RES_OPTIONS",
    "HOSTALIASES",
    "VAULT_FILE",
    "VAULT_PASSWORD_FILE",
    "VAULT_DEBUG",
    "_VAULT_COMPLETE",
]


@pytest.mark.promise(9)
@pytest.mark.parametrize("change", [str.upper, str.lower, str.title], ids=lambda change: change.__name__)
@pytest.mark.parametrize("name", STEERING)
def test_a_credential_never_steers(name: str, change: Callable[[str], str]) -> None:
    """However it is spelt: proxies are read in lower case, and Windows knows no case at all."""
    with pytest.raises(VariableRefused):
        check_target(change(name))


@pytest.mark.parametrize(
    "name", ["OKX_API_KEY", "VAULT_ADDR", "VAULT_TOKEN", "PATHS", "LDAP_PASSWORD", "ENVIRONMENT"]
)
def test_an_ordinary_name_is_a_target(name: str) -> None:
    """Also that of another program called vault, or one that merely begins alike."""
    check_target(name)


@pytest.mark.promise(9)
@pytest.mark.parametrize(
    ("base", "wanted"),
    [
        ({}, []),
        ({"PATH": "/bin", "HOME": "/root", "LANG": "C"}, []),
        ({"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "no_proxy": "localhost"}, []),
        ({"LD_PRELOAD": "x.so"}, ["LD_PRELOAD"]),
        ({"LD_PRELOAD": ""}, []),
        ({"https_proxy": "http://x", "HTTPS_PROXY": "http://x"}, ["HTTPS_PROXY", "https_proxy"]),
        ({"PYTHONPATH": "/x", "BASH_FUNC_ls%%": "() { :; }"}, ["BASH_FUNC_ls%%", "PYTHONPATH"]),
        ({"SSL_CERT_FILE": "/x", "NODE_OPTIONS": "-r x"}, ["NODE_OPTIONS", "SSL_CERT_FILE"]),
        ({"VAULT_FILE": "/x", "OKX_API_KEY": "x"}, []),
        (
            {"OKX_API_BASE_URL": "https://x", "OKX_DOH_BINARY_PATH": "/x"},
            ["OKX_API_BASE_URL", "OKX_DOH_BINARY_PATH"],
        ),
        ({"FREQTRADE__EXCHANGE__CCXT_CONFIG__PROXIES": "x"}, ["FREQTRADE__EXCHANGE__CCXT_CONFIG__PROXIES"]),
        ({"BYBIT_BASE_URL": "https://x", "FREQTRADE__EXCHANGE__KEY": "x"}, []),
    ],
    ids=str,
)
def test_what_redirects_a_program_is_named(base: dict[str, str], wanted: list[str]) -> None:
    """Inherited names that run code in it, or read what it sends; not what everybody has."""
    assert wanted == dangers(base, [okx_credential()])


@pytest.mark.parametrize(
    "harmless",
    [{"demo": True}, {"permissions": ("read",)}],
    ids=["of the demo environment", "that only reads"],
)
def test_what_redirects_a_program_matters_where_money_is(harmless: dict[str, Any]) -> None:
    """A key that moves nothing is handed over without a word; next to one that does, with one."""
    base, harmless_one = {"LD_PRELOAD": "x.so"}, okx_credential("okx-b").changed(**harmless)
    assert [] == dangers(base, [harmless_one])
    assert ["LD_PRELOAD"] == dangers(
        base, [harmless_one, okx_credential("okx-a", permissions=("read", "trade"))]
    )


def test_a_name_that_only_begins_alike_is_not_kept() -> None:
    """LC_* is not LCD; the documentation lists both as they stand here."""
    assert (True, False) == (among(KEPT)("LC_ALL"), among(KEPT)("LCD"))
    some = among(["LC_*", "HOME"])
    names = ("LC_ALL", "lc_all", "LC_", "LCD", "LC", "Home", "HOMES", "HOM", "")
    assert [True, True, True, False, False, True, False, False, False] == [*map(some, names)]
    assert not among([])("LC_ALL")
