"""The variables of a program: those that are to be set, and names that steer how programs run or connect."""

from __future__ import annotations

from ..base.record import Record
from ..base.rules import check_variable, shortened
from ..errors import InvalidCredential, VariableRefused
from ..exchanges import profiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ..credential.credential import Credential

# VAULT_ADDR and its like are not ours: they belong to another program of that name.
OWN = frozenset(
    {"VAULT_FILE", "VAULT_PASSWORD_FILE", "VAULT_DEBUG", "VAULT_FD", "VAULT_VIA", "_VAULT_COMPLETE"}
)


# What --clean keeps: enough to find programs, a home, a language and a clock. LC_*: all that begin so.
KEPT = (
    "HOME", "LANG", "LANGUAGE", "LC_*", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER",
    "APPDATA", "COMSPEC", "LOCALAPPDATA", "PATHEXT", "SYSTEMROOT", "TEMP", "TMP", "USERPROFILE",
)  # fmt: skip

# Whoever sets one of these can run code in the program or read what it sends. They belong to the loader
# (ld.so(8), dyld(1)), to interpreters, shells, proxies and TLS libraries.
STEERING = (
    "LD_*", "DYLD_*", "GCONV_PATH", "LOCPATH", "MALLOC_*", "GLIBC_TUNABLES",
    "PYTHON*", "NODE_OPTIONS", "NODE_PATH", "NODE_EXTRA_CA_CERTS", "NODE_TLS_REJECT_UNAUTHORIZED",
    "PERL5LIB", "PERL5OPT", "RUBYOPT", "RUBYLIB", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS",
    "BASH_ENV", "BASH_FUNC_*", "ENV", "IFS", "PS4", "SHELLOPTS", "PATH", "PATHEXT", "COMSPEC",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY", "NO_PROXY", "WS_PROXY", "WSS_PROXY",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "OPENSSL_CONF", "OPENSSL_ENGINES", "OPENSSL_MODULES",
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES",
)  # fmt: skip

# Every shell and most users set these: they are refused as targets, and not worth a warning when inherited.
USUAL = (
    "PATH", "PATHEXT", "COMSPEC", "NO_PROXY", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE",
    "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONHASHSEED",
    # Notes of Docker's official images; no interpreter reads them.
    "PYTHON_VERSION", "PYTHON_SHA256", "PYTHON_PIP_VERSION", "PYTHON_SETUPTOOLS_VERSION",
    "PYTHON_GET_PIP_URL", "PYTHON_GET_PIP_SHA256",
)  # fmt: skip

MAX_VARIABLE = 131072  # bytes with name, = and the final NUL: MAX_ARG_STRLEN, execve(2)


class Assignment(Record):
    """One variable of the program.

    Attributes:
        source: ``NAME.FIELD``, or the client whose setting it is.
        secret: True if *value* came out of the vault.
        warnings: sentences on how the client would misread the value.
    """

    variable: str
    value: str
    source: str
    secret: bool = True
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Assignment({self.variable}, from {self.source})"


class Mapped(Record):
    """A variable mapped by hand: ``VAR=NAME.FIELD``, or in a *file*; empty: on the command line."""

    variable: str
    name: str
    field: str
    file: str = ""

    @classmethod
    def read(cls, text: str) -> Mapped:
        """Parse *text*; raises InvalidCredential or VariableRefused."""
        variable, equals, source = text.partition("=")
        name, dot, field = source.rpartition(".")  # a name may have dots, a field has none
        if not (equals and dot):
            raise InvalidCredential(f"not of the form VAR=NAME.FIELD: {shortened(text)}")
        check_target(variable)
        return cls(variable, name, field)


def among(names: Iterable[str]) -> Callable[[str], bool]:
    """Return a test for *names*, in any case of letters; a ``*`` at the end stands for anything."""
    beginnings = tuple(f"{name}=".replace("*=", "") for name in names)
    return lambda name: f"{name.upper()}=".startswith(beginnings)


_steers = among(STEERING)


def check_target(variable: str) -> None:
    """Raise VariableRefused or InvalidCredential unless a credential may be put into *variable*."""
    check_variable(variable)
    if _steers(variable) or variable.upper() in OWN:
        raise VariableRefused(
            f"{variable} steers how programs run or connect; it never holds a credential",
            hint="choose another variable name",
        )


def dangers(base: Mapping[str, str], handed: Iterable[Credential]) -> list[str]:
    """Return the variables that can run code in the program or redirect what it sends, if money is at stake.

    Args:
        base: the program's environment.
        handed: its credentials. One of a demo environment, or one that may only read, cannot cost an account;
            one without recorded permissions may.
    """
    at_stake = [c for c in handed if c.environment == "live" and c.permissions != ("read",)]
    presets = [preset for c in at_stake for preset in profiles.load(c.exchange).presets.values()]
    redirects = among(name for preset in presets for name in preset.redirects)
    return sorted(
        name
        for name in (base if at_stake else ())
        if base[name] and (redirects(name) or (_steers(name) and name.upper() not in USUAL))
    )
