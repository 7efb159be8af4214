"""What the room says: the names of its prompts, their purpose, and texts to begin with in Indonesian and English.

A city's file may replace any text; a recording of the same name replaces the synthesiser. The menu's text is built
from the keys, so that what is said and what the keys do cannot differ unless an admin writes the text by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, get_args

PromptName = Literal[
    "greeting",
    "menu",
    "wrong_key",
    "connecting",
    "wait",
    "still_waiting",
    "fallback",
    "no_operator_yet",
    "logged_in",
    "logged_out",
    "ready",
    "on_break",
    "code_unknown",
    "not_logged_in",
    "taken",
    "caller_gone",
    "confirm",
]
PROMPT_NAMES: tuple[PromptName, ...] = get_args(PromptName)

PURPOSE: dict[PromptName, str] = {
    "greeting": "The first words every caller hears; at most about 3 s.",
    "menu": "Which key means what. Built from the keys and labels when left out.",
    "wrong_key": "Said before the menu is repeated because of a key without a meaning.",
    "connecting": "Said while an operator's phone rings.",
    "wait": "Said on joining the queue with no operator free.",
    "still_waiting": "Said again and again while waiting.",
    "fallback": "Said when the controller is down and the exchange itself rings the operators.",
    "no_operator_yet": "Said when nobody is logged in and the caller waits for the overflow.",
    "logged_in": "To an operator: logged in.",
    "logged_out": "To an operator: logged out.",
    "ready": "To an operator: calls come from now on.",
    "on_break": "To an operator: on a break.",
    "code_unknown": "To an operator: no such code.",
    "not_logged_in": "To an operator: log in first.",
    "taken": "To an operator who picked up a moment after a colleague.",
    "caller_gone": "To an operator who picked up a moment after the caller hung up.",
    "confirm": "To a destination that has answered: who calls, which key takes the call. Built from the city's name.",
}

CALLER_PROMPTS: tuple[PromptName, ...] = PROMPT_NAMES[:8]
"""What callers hear, in the language they chose; the others are for operators, in the default language."""

LATER_PROMPTS: frozenset[PromptName] = frozenset({"confirm"})
"""Prompts that came when cities had written theirs already: one without a text is spoken in a language that has one."""

BUILT_IN: dict[PromptName, dict[str, str]] = {
    "greeting": {"id": "Darurat satu satu dua, tetap tenang.", "en": "Emergency one one two, stay calm."},
    "wrong_key": {"id": "Maaf, tombol itu tidak dipakai.", "en": "Sorry, that key is not in use."},
    "connecting": {"id": "Petugas sedang dihubungi.", "en": "An operator is being called."},
    "wait": {
        "id": "Semua petugas sedang melayani. Jangan tutup telepon, giliran Anda tetap tersimpan.",
        "en": "All operators are busy. Please stay on the line, you keep your turn.",
    },
    "still_waiting": {
        "id": "Anda masih dalam antrean. Jangan tutup telepon.",
        "en": "You are still in the queue. Please do not hang up.",
    },
    "fallback": {
        "id": "Tetap di telepon. Kami menghubungi petugas langsung.",
        "en": "Stay on the line. We are ringing the operators directly.",
    },
    "no_operator_yet": {
        "id": "Belum ada petugas yang siap. Kami terus mencoba, jangan tutup telepon.",
        "en": "No operator is ready yet. We keep trying, please stay on the line.",
    },
    "logged_in": {"id": "Anda sudah masuk.", "en": "You are logged in."},
    "logged_out": {"id": "Anda sudah keluar.", "en": "You are logged out."},
    "ready": {"id": "Anda siap menerima panggilan.", "en": "You are ready for calls."},
    "on_break": {"id": "Anda sedang jeda.", "en": "You are on a break."},
    "code_unknown": {"id": "Kode itu tidak dikenal.", "en": "That code is not known."},
    "not_logged_in": {"id": "Anda belum masuk.", "en": "You are not logged in."},
    "taken": {"id": "Sudah dijawab rekan.", "en": "A colleague has taken it."},
    "caller_gone": {"id": "Penelepon sudah menutup telepon.", "en": "The caller has hung up."},
}

_KEY_WORDS: dict[str, dict[str, str]] = {
    "id": dict(
        zip(
            "0123456789*#",
            ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "bintang", "pagar"],
            strict=True,
        )
    ),
    "en": dict(
        zip(
            "0123456789*#",
            ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "star", "hash"],
            strict=True,
        )
    ),
}
_PRESS = {"id": "{label} tekan {key}", "en": "{label}, press {key}"}
_AND = {"id": "{label} {key}", "en": "{label} {key}"}
_OR_WAIT = {"id": "atau tunggu", "en": "or just wait"}
_SWITCH = {"id": "Bahasa Indonesia, tekan {key}.", "en": "English, press {key}."}


_CONFIRM = {
    "id": "Satu satu dua {city}. Ada panggilan darurat. Tekan satu untuk menerima.",
    "en": "One one two {city}. There is an emergency call. Press one to take it.",
}


def confirm_texts(city: str) -> dict[str, str]:
    """Say to whatever has answered outside who calls, and which key takes the call."""
    return {language: text.format(city=city) for language, text in _CONFIRM.items()}


def menu_text(language: str, type_keys: Mapping[str, str], language_keys: Mapping[str, str]) -> str | None:
    """Build the menu in one language, or None for a language without built-in words.

    ``type_keys``: key -> label; ``language_keys``: key -> language, announced in the language it leads to.
    """
    if language not in _PRESS:
        return None
    words = _KEY_WORDS[language]
    parts = [
        _AND[language].format(label=_within_sentence(label), key=words[key])
        if n
        else _PRESS[language].format(label=label, key=words[key])
        for n, (key, label) in enumerate(type_keys.items())
    ]
    # Commas, because a synthesiser rests longer at full stops, and the caller has no time.
    said = f"{', '.join([*parts, _OR_WAIT[language]])}."
    switches = [
        _SWITCH[other].format(key=_KEY_WORDS[other][key])
        for key, other in language_keys.items()
        if other in _SWITCH and other != language
    ]
    return " ".join([said[0].upper() + said[1:], *switches])


def _within_sentence(label: str) -> str:
    return label.lower() if label[1:].islower() else label


def keys_said(language: str, text: str) -> set[str] | None:
    """Return the keys that a menu's text names, or None for a language without built-in words."""
    words = _KEY_WORDS.get(language)
    if words is None:
        return None
    said = set(re.findall(r"\w+|[*#]", text.lower()))
    every = [_KEY_WORDS[other] for other in _KEY_WORDS]
    return {key for key in words if key in said or any(named[key] in said for named in every)}
