"""A failed sign-in at Asterisk raises one alarm with account, address and cure."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ntpd112.pbx.intruders import Intruders

_EVENT = {
    "Event": "InvalidPassword",
    "Service": "AMI",
    "AccountID": "admin",
    "RemoteAddress": "IPV4/TCP/10.0.0.7/4711",
}


def heard(*events: dict[str, str]) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    watch = Intruders(lambda kind, text, _: told.append((kind, text)))
    for event in events:
        watch.heard(event)
    return told


def test_it_is_told_once_however_often_it_is_tried() -> None:
    ((kind, text),) = heard(*[_EVENT] * 50)
    assert kind == "intrusion"
    assert text.startswith("InvalidPassword at Asterisk's AMI for admin from 10.0.0.7; nobody but ntpd112")


def test_each_account_and_address_is_told() -> None:
    other = {**_EVENT, "AccountID": "root"}
    elsewhere = {**_EVENT, "RemoteAddress": "IPV6/TCP/fd00::9/4711"}
    assert [text.partition(";")[0].split(" for ")[1] for _, text in heard(_EVENT, other, elsewhere)] == [
        "admin from 10.0.0.7",
        "root from 10.0.0.7",
        "admin from fd00::9",
    ]


def test_of_sip_the_ear_tells() -> None:
    assert heard({**_EVENT, "Service": "PJSIP"}) == []


@given(st.dictionaries(st.sampled_from(sorted(_EVENT)), st.text(max_size=200)))
def test_no_event_is_too_odd(fields: dict[str, str]) -> None:
    assert len(heard(fields, fields)) <= 1
