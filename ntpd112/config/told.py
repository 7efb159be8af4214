"""Whom a citizen called and who is calling, when the INVITE's further headers know it better than its first line.

Calls to the old numbers are diverted to 112, or to a pilot number of the provider, and networks say so in Diversion
(RFC 5806), History-Info (RFC 7044), P-Called-Party-ID (RFC 7315) or To. Only a number of ours counts, so whatever else
stands there changes nothing. P-Asserted-Identity (RFC 3325) may come as a list, of which Asterisk reads no part, or
anonymous beside a From that names the caller.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ntpd112.config.numbers import EMERGENCY, caller_number, dialled_number
from ntpd112.config.schema import City
from ntpd112.core.records import AniKind

_TO = "To"
_ADDRESS = re.compile(r"\b(?:sips?:([^@<>,;?\s]*)(?:;[^@<>,?\s]*)?@|tel:([^<>,;?\s]*))", re.IGNORECASE)
_SINGLE = ("history-info", "p-called-party-id")


def addresses(header: str) -> list[str]:
    """Return the user parts and telephone numbers of a header's addresses, in their order. Never raises."""
    return [user or number for user, number in _ADDRESS.findall(header)]


def whom_they_called(city: City, dialled: str, more: Mapping[str, str]) -> tuple[str, bool, str]:
    """Return the number of ours that was dialled, whether it is one, and what the record shall say. Never raises.

    The most trusted header first: what the networks say of a diversion (the number that was diverted first is the one
    that the citizen called), then the called party of the last proxy, then the request line; last To, which the
    caller's end wrote. 112 itself counts only when nothing else is ours.
    """
    ddi, known = dialled_number(dialled, city)
    ours = [
        (number, header)
        for header, text in _called(more)
        for number, is_ours in (dialled_number(text, city),)
        if is_ours
    ]
    if known:
        ours.insert(sum(header != _TO for _, header in ours), (ddi, ""))
    number, header = next((one for one in ours if one[0] != EMERGENCY), ours[0] if ours else (ddi, ""))
    if not header or number == ddi:
        return number, bool(ours), ""
    return number, True, f"the citizen dialled {number}; the network brought the call to {ddi or EMERGENCY} ({header})"


def who_calls(city: City, number: str, more: Mapping[str, str], *, mobile: bool) -> tuple[str, str | None, AniKind]:
    """Return the calling number as it came, as E.164 or None, and its kind. Never raises.

    ``mobile``: the trunk brings mobiles, whose networks invent numbers for telephones without a SIM: 911 and the last
    digits of the IMEI, which look like a landline of Ambon (0911).
    """

    def read(text: str) -> tuple[str, str | None, AniKind]:
        ani, kind = caller_number(text, city)
        is_invented = mobile and ani is not None and ani.startswith(f"+{city.country_code}911")
        return (text, None, "pseudo") if is_invented else (text, ani, kind)

    asserted = [user for text in _lines(more, "p-asserted-identity") for user in addresses(text)]
    candidates = map(read, (*asserted, number, *addresses(more.get("from", ""))))
    return next((one for one in candidates if one[1] is not None), None) or read(number)


def _called(more: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the called numbers that the headers name, the most trusted first, each with its header."""
    history = [user for text in _lines(more, "history-info") for user in addresses(text)]
    diverted = [user for text in _lines(more, "diversion") for user in addresses(text)]
    return [
        *(("History-Info", user) for user in history),
        *(("Diversion", user) for user in reversed(diverted)),
        *(("P-Called-Party-ID", user) for user in addresses(more.get("p-called-party-id1", ""))),
        *((_TO, user) for user in addresses(more.get("to", ""))),
    ]


def _lines(more: Mapping[str, str], header: str) -> list[str]:
    """Return what stands in each line of a header, in their order: its keys are numbered from 1."""
    keys = [key for key in more if re.fullmatch(f"{header}[0-9]{{1,2}}", key)]
    return [more[key] for key in sorted(keys, key=lambda key: int(key.removeprefix(header)))]
