"""Telephone numbers as the network delivers them, turned into what records and screens need.

Nothing here can fail or take long: a number is a hint, never a condition for reaching a human. Caller numbers are
whatever a network or a forger puts into a SIP header; pseudo numbers of telephones without a SIM must never be called
back (NENA-STA-010, RQ_CHFE_095).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Protocol
from urllib.parse import unquote

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber

from ntpd112.core.records import AniKind

MAX_CHARACTERS: Final = 128
"""More of a number is not looked at: no URI with a number in it needs more."""
EMERGENCY: Final = "112"
SHOWN_DIGITS: Final = 32
"""A dialled number that is none of ours is cut to this length on records."""
_SHORT: Final = 6
"""Numbers of up to so many digits, without a leading 0, are codes of the network such as 112 or 14045."""
_MAX_E164: Final = 15
_MIN_CALLER: Final = 7
_MIN_MASKED: Final = 5
_LONG_MASKED: Final = 9

_WITHHELD: Final = re.compile(
    "anonym|restrict|unavail|notavail|withheld|private|blocked|unknown|nocallerid|nonumber|cliroff|"
    "rahasia|disembunyikan|tidakdiketahui|tidaktersedia|pribadi"
)
_SEPARATORS: Final = re.compile(r"[\s().\-/\u2010-\u2015\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_EMERGENCY_URN: Final = re.compile(r"urn:service:sos(\.|$)", re.IGNORECASE)


class Numbering(Protocol):
    """What of a city the numbers depend on; :class:`ntpd112.config.schema.City` has it."""

    @property
    def country_code(self) -> str:
        """Return the country's calling code, such as ``62``."""

    @property
    def area_code(self) -> str:
        """Return the area code without its 0, or nothing."""

    @property
    def numbers(self) -> tuple[ServiceNumberLike, ...]:
        """Return the numbers of this service."""


class ServiceNumberLike(Protocol):
    """A number of this service, in any spelling."""

    @property
    def number(self) -> str:
        """Return the number as written in the file."""


def caller_number(raw: str, city: Numbering) -> tuple[str | None, AniKind]:
    """Return the calling number as E.164 with +, or None, and what kind it is. Never raises.

    ``withheld``: the caller or the network hides it; ``missing``: empty; ``pseudo``: digits that nobody can call;
    ``unparsable``: something else.
    """
    return _caller_number(raw.strip()[:MAX_CHARACTERS], city.country_code, city.area_code)


def dialled_number(raw: str, city: Numbering) -> tuple[str, bool]:
    """Return the number of ours that was dialled (as ``112`` or ``0211500293``) and whether it is one of ours.

    112 counts as dialled when this city's own area code stands before or behind it (``021112``, ``112021``): citizens
    are told to dial so when a cell of the neighbour city takes their call. Another city's area code makes it another
    number, not known here: the operator shall see that the caller wanted another city.
    A number that is not ours comes back as its digits. Never raises.
    """
    spellings = _spellings(city.country_code, city.area_code, tuple(service.number for service in city.numbers))
    text = raw.strip()[:MAX_CHARACTERS]
    digits = _digits(_user_part(text))
    if _EMERGENCY_URN.match(text) or digits.lower() == "sos":
        return EMERGENCY, True
    if known := spellings.get(digits.lstrip("+")):
        return known, True
    return re.sub("[^0-9A-Za-z+*#]", "", digits)[:SHOWN_DIGITS], False


def canonical(number: str, country_code: str) -> str:
    """Return a service number or destination in national spelling: ``112``, ``0211500293``, ``+6590000000``."""
    digits = _digits(number)
    if not digits.startswith("+") and not digits.startswith("0") and len(digits) <= _SHORT:
        return digits
    significant = _significant(digits, country_code)
    return f"0{significant}" if significant is not None else digits


def mask(number: str | None) -> str:
    """Return a number as logs may show it: ``+6281*******90``; short codes such as ``112`` stay. Never raises."""
    if not number:
        return "-"
    text = number[:MAX_CHARACTERS]
    digits = _digits(_user_part(text))
    if not re.fullmatch(r"\+?[0-9*#]+", digits):
        return "anonymous" if _WITHHELD.search(_letters(text)) else f"({min(len(number), MAX_CHARACTERS)} characters)"
    if len(digits) < _MIN_MASKED:
        return digits
    shown = 5 if len(digits) > _LONG_MASKED else 0
    hidden = min(len(digits) - shown - 2, 20)
    return f"{digits[:shown]}{'*' * hidden}{digits[-2:]}"


@lru_cache(maxsize=256)
def _caller_number(raw: str, country_code: str, area_code: str) -> tuple[str | None, AniKind]:
    if not raw:
        return None, "missing"
    text = _user_part(raw)
    if _WITHHELD.search(_letters(text)):
        return None, "withheld"
    digits = _digits(text)
    if not digits and not text.strip('"<> '):
        return None, "missing"
    if not re.fullmatch(r"\+?[0-9]+", digits):
        return None, "unparsable"
    parsed = None if _is_pseudo(digits) else _parsed_caller(digits, country_code, area_code)
    if parsed is None:
        return None, "pseudo"
    kind: AniKind = "national" if str(parsed.country_code) == country_code else "international"
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), kind


def _user_part(text: str) -> str:
    """``"Budi" <sip:+62811@host;user=phone>`` -> ``+62811``; a bare number stays."""
    if found := re.search(r"<([^>]*)>?", text):
        text = found[1]
    text = re.sub(r"^\s*(sips?|tel|callto):(//)?", "", text, flags=re.IGNORECASE)
    text = re.split("[@;?]", text, maxsplit=1)[0]
    return unquote(text) if "%" in text else text


def _digits(text: str) -> str:
    """Normalise digits of any script and drop what people put between them."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(str(unicodedata.digit(c)) if c.isdigit() and unicodedata.digit(c, -1) >= 0 else c for c in text)
    return _SEPARATORS.sub("", text).strip("\"'")


def _letters(text: str) -> str:
    return re.sub("[^a-z]", "", text.lower())


def _is_pseudo(digits: str) -> bool:
    """Tell numbers that look like numbers and reach nobody."""
    bare = digits.lstrip("+")
    return (
        not _MIN_CALLER <= len(bare) <= _MAX_E164 + 2  # + 2: an international prefix 00
        or len(set(bare)) == 1
        or re.fullmatch("(911|112)[0-9]{7}", bare) is not None  # 911 and the last seven digits of the IMEI
        or (len(bare) == _MAX_E164 and not digits.startswith(("+", "0")) and _is_imei_or_imsi(bare))
    )


def _is_imei_or_imsi(digits: str) -> bool:
    doubled = (int(d) * (1 + n % 2) for n, d in enumerate(digits))
    luhn = sum(d // 10 + d % 10 for d in doubled) % 10 == 0
    return luhn or digits.startswith("510")  # 510: mobile country code of Indonesia


def _parsed_caller(digits: str, country_code: str, area_code: str) -> PhoneNumber | None:
    possible: PhoneNumber | None = None
    for candidate in _readings(digits, country_code, area_code):
        try:
            parsed = phonenumbers.parse(candidate)
        except NumberParseException:
            continue
        if len(f"{parsed.country_code}{phonenumbers.national_significant_number(parsed)}") > _MAX_E164:
            continue
        if phonenumbers.is_valid_number(parsed):
            return parsed
        national = str(parsed.country_code) == country_code
        if possible is None and (national or digits.startswith("+")) and phonenumbers.is_possible_number(parsed):
            possible = parsed  # the metadata may lag behind a newly opened number range
    return possible


def _readings(digits: str, country_code: str, area_code: str) -> Iterator[str]:
    """Yield what the digits may mean, each with + and country code, the likeliest first."""
    if digits.startswith("+"):
        yield digits
        return
    if digits.startswith("00"):
        yield f"+{digits[2:]}"
        return
    if digits.startswith("0"):
        yield f"+{country_code}{digits[1:]}"
        return
    if digits.startswith(country_code):
        yield f"+{digits}"
    if area_code and len(digits) <= 8:  # noqa: PLR2004 - longest subscriber number of a landline
        yield f"+{country_code}{area_code}{digits}"
    yield f"+{country_code}{digits}"
    yield f"+{digits}"


@lru_cache(maxsize=16)
def _spellings(country_code: str, area_code: str, numbers: tuple[str, ...]) -> dict[str, str]:
    """Return every spelling of the service's numbers, without +, and which number each one means."""
    known: dict[str, str] = {}
    for number in (*numbers, EMERGENCY):
        name = canonical(number, country_code)
        for spelling in _spelled(name, country_code, area_code):
            known.setdefault(spelling, name)
    return known


def _spelled(name: str, country_code: str, area_code: str) -> Iterator[str]:
    if name.startswith("+"):
        yield from (name[1:], f"00{name[1:]}")
        return
    bare = name.removeprefix("0")
    local = [bare]
    if not name.startswith("0") and area_code:
        local.append(f"{area_code}{bare}")
        yield from (f"{bare}{area_code}", f"{bare}0{area_code}")
    elif area_code and bare.startswith(area_code) and len(bare) > len(area_code) + 2:
        yield bare.removeprefix(area_code)
    for digits in local:
        yield from (digits, f"0{digits}", f"{country_code}{digits}", f"00{country_code}{digits}")
        yield f"{country_code}0{digits}"


def _significant(digits: str, country_code: str) -> str | None:
    """Return the national number without 0 and country code, or None when it is another country's."""
    international = digits.removeprefix("+") if digits.startswith("+") else digits.removeprefix("00")
    if international != digits:
        if not international.startswith(country_code):
            return None
        return international.removeprefix(country_code).removeprefix("0")
    if digits.startswith("0"):
        return digits[1:]
    # Without 0 and +: the country code is meant when a number of ordinary length remains.
    rest = digits.removeprefix(country_code)
    return rest if len(digits) - len(rest) and len(rest) >= _MIN_CALLER else digits
