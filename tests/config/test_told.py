"""Whom a citizen called and who calls, from whatever an INVITE says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntpd112.config.arrival import arrived
from ntpd112.config.told import addresses, who_calls, whom_they_called
from ntpd112.pbx.contract import Arrival
from tests.stories.city import city_file

CITY = city_file().city
OLD = "0211500293"
MOBILE_OLD = "08111500293"
HISTORY = f"<sip:+62211500293@x>;index=1, <sip:{MOBILE_OLD}@x>;index=1.1, <sip:112@x?Reason=SIP%3Bcause%3D302>"
FIRST, SECOND = "p-asserted-identity1", "p-asserted-identity2"
BUDI = "+628111222333"


@pytest.mark.parametrize(
    ("dialled", "more", "number", "known"),
    [
        ("112", {}, "112", True),
        ("112", {"to": "<sip:112@x>"}, "112", True),
        ("112", {"diversion1": f"<sip:{OLD}@x>;reason=unconditional;counter=1"}, OLD, True),
        ("112", {"diversion1": f'"Nomor: lama" <sip:{OLD};phone-context=+62@x>'}, OLD, True),
        ("112", {"history-info1": HISTORY}, OLD, True),
        ("112", {"history-info1": "<sip:0217000000@x>;index=1", "history-info2": f"<tel:{OLD}>;index=1.1"}, OLD, True),
        ("112", {"diversion1": "<sip:0215551111@x>", "diversion2": "<sip:0215552222@x>"}, "112", True),
        ("112", {"diversion1": f"<sip:{MOBILE_OLD}@x>", "diversion2": f"<sip:{OLD}@x>"}, OLD, True),
        ("112", {f"diversion{n}": f"<sip:{n}@x>" for n in range(1, 10)} | {"diversion10": f"<sip:{OLD}@x>"}, OLD, True),
        ("112", {"diversion1": f"<sip:{MOBILE_OLD}@x>", "history-info1": f"<sip:{OLD}@x>;index=1"}, OLD, True),
        ("112", {"to": f"<sip:{OLD}@x>"}, OLD, True),
        ("0217000000", {"to": f"<sip:{OLD}@x>"}, OLD, True),
        ("0217000000", {"to": "<sip:112@x>"}, "112", True),
        ("0217000000", {"p-called-party-id1": f"<sip:{OLD}@x>", "to": f"<sip:{MOBILE_OLD}@x>"}, OLD, True),
        ("0217000000", {"to": "<sip:0217000000@x>", "diversion1": "<sip:0215551111@x>"}, "0217000000", False),
        (OLD, {"to": "<sip:112@x>"}, OLD, True),
        (OLD, {"to": f"<sip:{MOBILE_OLD}@x>"}, OLD, True),
        (OLD, {"diversion1": f"<sip:{MOBILE_OLD}@x>"}, MOBILE_OLD, True),
        ("112", {"diversion1": "x", "diversionX": f"<sip:{OLD}@x>", "diversion": f"<sip:{OLD}@x>"}, "112", True),
    ],
)
def test_the_number_that_the_citizen_dialled_is_the_first_of_ours_that_was_diverted(
    dialled: str, more: dict[str, str], number: str, known: bool
) -> None:
    assert whom_they_called(CITY, dialled, more)[:2] == (number, known)


def test_a_diversion_stands_on_the_record_and_a_plain_call_has_no_word_of_it() -> None:
    told = {"diversion1": f"<sip:{OLD}@x>"}
    fact = f"the citizen dialled {OLD}; the network brought the call to 112 (Diversion)"
    assert whom_they_called(CITY, "112", told)[2] == fact
    assert whom_they_called(CITY, OLD, told)[2] == ""
    assert whom_they_called(CITY, "112", {})[2] == ""


@pytest.mark.parametrize(
    ("number", "more", "mobile", "ani", "kind"),
    [
        ("0215550101", {}, False, "+62215550101", "national"),
        ("0215550101", {FIRST: f"<tel:{BUDI}>, <sip:{BUDI}@x>"}, True, BUDI, "national"),
        ("anonymous", {FIRST: f"<sip:{BUDI}@x;user=phone>"}, True, BUDI, "national"),
        ("x", {FIRST: "<sip:x@y>", SECOND: f"tel:{BUDI}"}, True, BUDI, "national"),
        ("anonymous", {FIRST: '"A" <sip:anonymous@x>', "from": "<sip:08111222333@x>"}, True, BUDI, "national"),
        ("", {FIRST: "<sip:anonymous.invalid>", "from": f"<sip:{BUDI}@x>"}, False, BUDI, "national"),
        ("anonymous", {FIRST: "<sip:anonymous@x>", "from": "<sip:anonymous@x>"}, True, None, "withheld"),
        ("+629111234567", {}, True, None, "pseudo"),
        ("0911234567", {}, True, None, "pseudo"),
        ("629111234567", {}, True, None, "pseudo"),
        ("0911234567", {}, False, "+62911234567", "national"),
        ("+629111234567", {"from": "<sip:08111222333@x>"}, True, BUDI, "national"),
        ("", {}, False, None, "missing"),
    ],
)
def test_who_calls_is_whom_the_network_asserts_else_whom_from_names(
    number: str, more: dict[str, str], mobile: bool, ani: str | None, kind: str
) -> None:
    assert who_calls(CITY, number, more, mobile=mobile)[1:] == (ani, kind)


@pytest.mark.parametrize(
    ("header", "users"),
    [
        ("<sip:112@x>;tag=1", ["112"]),
        ("sip:112@x;user=phone, <TEL:+62-811;phone-context=x>, <sips:a%20b@x>", ["112", "+62-811", "a%20b"]),
        ("<sip:x.example>", []),
        ('"sip: is a word" <sip:1:secret@x>', ["1:secret"]),
        ("mailto:a@b; gossip:a@b", []),
        ("", []),
    ],
)
def test_addresses_are_found_wherever_they_stand(header: str, users: list[str]) -> None:
    assert addresses(header) == users


_KEYS = st.sampled_from(
    ["to", "from", "diversion1", "diversion2", "history-info1", "p-asserted-identity1", "ani", "name"]
)


@given(st.text(), st.text(), st.sampled_from(["mobile", "landline", "?"]), st.dictionaries(_KEYS, st.text()))
def test_any_text_is_a_call(ddi: str, ani: str, trunk: str, more: dict[str, str]) -> None:
    event = arrived(CITY, Arrival("c1", trunk, ddi, ani, "", more))
    assert event.ddi
    assert max(len(event.ddi_raw), len(event.ani_raw), len(event.caller_name)) <= 256
