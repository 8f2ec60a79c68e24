"""Master passwords: their bytes, their judgement, and new ones."""

from __future__ import annotations

import unicodedata

import pytest
from xkcdpass import xkcd_password

import vault
from vault.errors import PasswordRefused
from vault.unlock import passwords

WORDS = xkcd_password.generate_wordlist(xkcd_password.locate_wordfile("eff-long"), 1, 99)
GOOD = "thrive gumdrop pebble mammal oblong skyline"


@pytest.mark.parametrize("text", ["Zürich Ångström", "\u1e9b\u0323", "e\u0301", "\uac00", "\u212b"])
def test_the_bytes_do_not_depend_on_the_way_of_typing(text: str) -> None:
    """Composed and decomposed, one password is one."""
    typed = {passwords.password_bytes(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")}
    assert {unicodedata.normalize("NFC", text).encode()} == typed


@pytest.mark.parametrize(
    ("one", "other"), [("ﬁ", "fi"), ("²", "2"), ("\uff21", "A"), ("a", "A"), ("a", "a ")]
)
def test_what_merely_looks_alike_differs(one: str, other: str) -> None:
    """NFC is no NFKC; case and blanks count."""
    assert passwords.password_bytes(one) != passwords.password_bytes(other)


@pytest.mark.parametrize("text", [" a ", "a\n", "\ta", "a\0b", "\ufeffa"])
def test_nothing_is_trimmed(text: str) -> None:
    """Blanks, line breaks and NUL belong to the password."""
    assert text.encode() == passwords.password_bytes(text)


@pytest.mark.parametrize("text", ["x" * 1024, "ü" * 512, "e\u0301" * 512])
def test_1024_bytes_are_taken(text: str) -> None:
    """The most, counted in UTF-8 after NFC."""
    assert len(passwords.password_bytes(text)) == 1024


@pytest.mark.parametrize("text", ["x" * 1025, "ü" * 512 + "x", "€" * 342, "", "\ud800", "a\udfff"])
def test_what_cannot_be_a_password_is_refused(text: str) -> None:
    """Too long, empty, or no Unicode text: never cut, never mended."""
    with pytest.raises(PasswordRefused):
        passwords.password_bytes(text)


@pytest.mark.promise(4)
def test_the_refusal_does_not_hold_the_password() -> None:
    """The UnicodeEncodeError behind it, which holds the whole text, is cut off."""
    with pytest.raises(PasswordRefused) as caught:
        passwords.password_bytes("hunter2\ud800")
    assert (None, True) == (caught.value.__cause__, caught.value.__suppress_context__)


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        " " * 20,
        "\t\n" * 10,
        "short",
        "14 characters.",
        "passwordpassword",
        "aaaaaaaaaaaaaaaaaaaa",
        "123456789012345678",
        "qwertyuiopasdfgh",
        "x" * 1025,
    ],
)
def test_a_hopeless_master_password_is_refused(text: str) -> None:
    """Blank, shorter than 15 characters, among the first that anyone tries, or too long."""
    with pytest.raises(PasswordRefused):
        passwords.estimate(vault.Secret(text))


def test_a_mediocre_master_password_is_weak() -> None:
    """It is taken, and said to be weak."""
    assert passwords.estimate(vault.Secret("sunshine princess")).weak


def test_six_words_are_not_weak() -> None:
    """What we make is judged well."""
    assert not passwords.estimate(vault.Secret(GOOD)).weak


def test_fifteen_characters_are_enough() -> None:
    """The least length itself is inside."""
    assert passwords.estimate(vault.Secret("vK3~w;Qz9)rT2{m")).log10_guesses > 10


def test_a_long_password_is_judged_in_time() -> None:
    """The estimate takes time that grows with the square of the length; 1,024 characters take no minute."""
    assert not passwords.estimate(vault.Secret((GOOD * 30)[:1024])).weak


def test_the_remark_does_not_hold_the_password() -> None:
    """What is said about a password does not repeat it."""
    strength = passwords.estimate(vault.Secret("sunshine princess"))
    assert "sunshine" not in f"{strength} {strength.remark} {strength!r}"


def test_the_list_has_7776_words() -> None:
    """12.9 bits a word, as the comment says; another list would be another strength."""
    assert len(set(WORDS)) == 7776


@pytest.mark.parametrize("attempt", range(5))
def test_six_words_of_the_list_are_made(attempt: int) -> None:
    """Six, each of them on the list, with one blank between."""
    words = passwords.generate().reveal().split(" ")
    assert (6, set()) == (len(words), set(words) - set(WORDS))


def test_the_words_are_chosen_by_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each word is drawn with the secrets module, from the whole list."""
    import secrets

    drawn = []

    def choice(words: list[str]) -> str:
        drawn.append(len(words))
        return words[len(drawn)]

    monkeypatch.setattr(secrets, "choice", choice)
    passwords.generate()
    assert [7776] * 6 == drawn


def test_a_made_password_is_new() -> None:
    """Twenty of them differ."""
    assert len({passwords.generate().reveal() for _ in range(20)}) == 20


def test_a_made_password_passes_its_own_check() -> None:
    """What we make is accepted."""
    assert not passwords.estimate(passwords.generate()).weak
