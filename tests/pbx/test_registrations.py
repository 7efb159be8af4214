"""A lost registration is told once, until it has been back."""

from __future__ import annotations

import pytest

from ntpd112.pbx.registrations import Registrations

_WHO = {"Username": "sip:centre112@ims.example", "Domain": "sip:10.0.0.1:5060", "ChannelType": "PJSIP"}


def heard(*states: str) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    watch = Registrations(lambda kind, text, _: told.append((kind, text)))
    for state in states:
        watch.heard({**_WHO, "Status": state})
    return told


def test_a_registration_that_is_not_taken_is_told_once_and_names_who_where_and_the_cure() -> None:
    ((kind, text),) = heard("Registered", "Rejected", "Rejected", "Rejected")
    assert kind == "registration_lost"
    assert all(part in text for part in ("centre112@ims.example", "10.0.0.1:5060", "Rejected", "trunk-password"))


def test_one_that_was_back_is_told_again() -> None:
    assert len(heard("Rejected", "Registered", "Rejected")) == 2


@pytest.mark.parametrize("state", ["Registered", "Unregistered", "Stopped"])
def test_what_is_meant_is_no_alarm(state: str) -> None:
    assert heard(state, state) == []


def test_each_trunk_is_told_of_its_own_and_a_torn_event_harms_nobody() -> None:
    told: list[str] = []
    watch = Registrations(lambda _kind, text, _: told.append(text))
    for who in ("sip:a@x", "sip:b@x"):
        watch.heard({**_WHO, "Username": who, "Status": "Rejected"})
    watch.heard({})
    assert len(told) == 3
