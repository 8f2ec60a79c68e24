"""Master passwords: their bytes, their strength, and new ones from a list of words."""

from __future__ import annotations

from ..base.record import Record
from ..base.secret import Secret
from ..errors import PasswordRefused

MAX_PASSWORD = 1024  # bytes of NFC UTF-8


def password_bytes(password: str) -> bytes:
    """Return the password's NFC in UTF-8, so that it is the same typed on any system.

    Raises PasswordRefused if it is empty or has more than 1,024 bytes; it is never truncated.
    """
    if not password.isascii():
        from unicodedata import normalize  # here, since most passwords are ASCII

        password = normalize("NFC", password)
    try:
        encoded = password.encode()
    except UnicodeEncodeError:
        raise PasswordRefused("the password is not valid UTF-8") from None
    if not encoded:
        raise PasswordRefused("the password is empty")
    if len(encoded) > MAX_PASSWORD:
        raise PasswordRefused(f"the password has more than {MAX_PASSWORD} bytes")
    return encoded


MIN_LENGTH = 15  # characters; NIST SP 800-63B-4, section 3.1.1.2, for a password as the only factor
WORDS = 6  # of EFF's long list, 7,776 words: 77 bits, beyond any guessing at a derivation's cost each
_HOPELESS = 6.0  # log10 of guesses: a day's work for one machine, at half a second a guess
_WEAK = 10.0


class Strength(Record):
    """An estimate of a password's strength, by patterns that people use (zxcvbn)."""

    log10_guesses: float
    remark: str  # why it is weak, or empty

    @property
    def weak(self) -> bool:
        return self.log10_guesses < _WEAK

    def __str__(self) -> str:
        return f"about 10^{self.log10_guesses:.0f} tries"


def estimate(password: Secret) -> Strength:
    """Estimate the strength of a new master password.

    Raises PasswordRefused if it is too short, blank, too long, or among the first that anyone tries.
    """
    from zxcvbn import zxcvbn

    text = password.reveal()
    password_bytes(text)
    if not text.strip():
        raise PasswordRefused("the password is blank")
    if len(text) < MIN_LENGTH:
        raise PasswordRefused(
            f"the password has {len(text)} characters; it needs at least {MIN_LENGTH}",
            hint="a few unrelated words make a long one that can be remembered",
        )
    verdict = zxcvbn(text[:72])  # zxcvbn's time grows with the square of the length
    feedback = verdict["feedback"]["warning"].rstrip(".")
    strength = Strength(float(verdict["guesses_log10"]), feedback[:1].lower() + feedback[1:])
    if strength.log10_guesses < _HOPELESS:
        raise PasswordRefused(
            "the password is among the first that anyone tries"
            + (f": {strength.remark}" if feedback else ""),
            hint="a few unrelated words make a better one",
        )
    return strength


def generate() -> Secret:
    """Return six words of EFF's long list, chosen by the system's generator."""
    import secrets

    from xkcdpass import xkcd_password

    words = xkcd_password.generate_wordlist(xkcd_password.locate_wordfile("eff-long"), 1, 99)
    return Secret(" ".join(secrets.choice(words) for _ in range(WORDS)))
