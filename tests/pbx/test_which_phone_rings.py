"""Of an operator's two phones the one in the page rings, for as long as it is there."""

from __future__ import annotations

from ntpd112.core.messages import Event
from ntpd112.pbx.ami.client import AmiClient
from ntpd112.pbx.phones import Phones
from ntpd112.pbx.places import Places


def test_a_page_whose_only_place_is_gone_is_not_rung_whatever_its_device_is_last_heard_of_as() -> None:
    said: list[Event] = []
    phones = Phones(AmiClient("127.0.0.1", 1, "", "", timeout_s=1.0), said.append)
    places = Places({}, said.append)
    phones.has_left = places.has_left
    before, after = "sip:a@127.0.0.9:1", "sip:a@127.0.0.9:2"

    def contact(status: str, uri: str) -> str:
        places.heard({"EndpointName": "201-page", "ContactStatus": status, "URI": uri})
        return phones.of("201")

    assert phones.of("201") == "201"
    phones.heard({"Device": "PJSIP/201-page", "State": "NOT_INUSE"})
    assert phones.of("201") == "201-page"  # no contact has been told of yet
    assert contact("Created", before) == "201-page"
    assert contact("Removed", before) == "201"
    assert contact("Created", after) == "201-page"
    assert contact("Created", before) == "201-page"
    assert contact("Removed", before) == "201-page"  # it has moved
    assert contact("Unreachable", after) == "201"
    places.lost()
    assert phones.of("201") == "201-page"
