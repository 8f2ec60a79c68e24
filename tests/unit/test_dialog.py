"""A pasted dialog is read right, or asked about: generated ones, damaged ones, any text."""

# ruff: noqa: RUF001  labels of many scripts

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import pytest
from dialogs import (
    A64,
    B64,
    BODY,
    EACH,
    K24,
    KEY,
    KNOWN,
    LABELS,
    MAKERS,
    PAGES,
    PEM,
    SECRET,
    SNIPPETS,
    WORD,
    Values,
    asked,
    dialog,
    said,
    words_for,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.capture.dialog import MAX_PASTE, Captured, read_dialog
from vault.exchanges import profiles


def same(one: str, two: str) -> bool:
    return one.strip() == two.strip()


def wrong_fields(found: Captured, truth: Values) -> list[str]:
    """Fields that were accepted without a question, and are not what the exchange showed."""
    return [name for name, value in found.fields.items() if not same(value.reveal(), truth.get(name, ""))]


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


@pytest.mark.promise(12)
@EACH
def test_no_field_is_accepted_wrongly(exchange: str) -> None:
    """Of 28 dialogs, in 13 languages and 14 layouts, each field that is accepted is the one shown."""
    found = outcomes(exchange)
    assert [] == [(seed, wrong) for seed, outcome, truth in found if (wrong := wrong_fields(outcome, truth))]


@pytest.mark.promise(12)
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


@pytest.mark.promise(4)
@EACH
def test_no_sentence_holds_a_value(exchange: str) -> None:
    """Neither a remark nor a question, nor the outcome's own form."""
    for seed, found, truth in outcomes(exchange):
        shown = said(found) + repr(found)
        assert [] == [name for name, value in truth.items() if value[:12] in shown], seed


@pytest.mark.promise(12)
@pytest.mark.slow
@EACH
def test_no_field_is_accepted_wrongly_in_many(exchange: str) -> None:
    """The same of 840 dialogs."""
    found = outcomes(exchange, 60)
    assert [] == [(seed, wrong) for seed, outcome, truth in found if (wrong := wrong_fields(outcome, truth))]


@pytest.mark.promise(12)
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


@pytest.mark.promise(12)
@pytest.mark.parametrize(("shown", "meant"), FOREIGN)
def test_another_exchanges_dialog_is_pointed_out(shown: str, meant: str) -> None:
    """Read with the wrong profile, a dialog is never accepted without a word."""
    for style in ("beside", "bare"):
        rnd = random.Random(f"{shown} {meant} {style}")
        text = dialog(rnd, shown, style, "en", MAKERS[shown](rnd))
        assert pointed_out(read_dialog(text, profiles.load(meant))), style


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


@pytest.mark.promise(12)
@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(PARTS, st.text(max_size=8)), max_size=24), st.sampled_from([*MAKERS, "generic"]))
def test_any_text_is_read(parts: list[str], exchange: str) -> None:
    """No text is an error; a field is accepted or asked about, not both, and has a value of the text."""
    text = "".join(parts)
    found = read_dialog(text, profiles.load(exchange))
    assert not found.fields.keys() & {*asked(found)}
    assert all(found.fields[name].reveal() for name in found.fields)
    assert all(doubt.why and doubt.values[0].reveal() for doubt in found.unsure)
    assert not any(value in said(found) for value in (KEY, SECRET, WORD, A64, B64, K24, BODY))
