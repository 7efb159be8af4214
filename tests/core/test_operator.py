"""An operator's activity is what can be observed, never a flag that could be forgotten."""

from __future__ import annotations

import pytest

from ntpd112.core.call import Leg
from ntpd112.core.messages import PhoneState, Presence
from ntpd112.core.operator import Operator
from ntpd112.core.plan import OperatorPlan

NOW = 1000.0


def operator(presence: Presence = "available", phone: PhoneState = "free") -> Operator:
    return Operator(OperatorPlan("201", "Sari"), frozenset(), presence, phone=phone)


def leg(answered_at: float | None = None) -> Leg:
    return Leg("c1.l1", "c1", "operator", "201", "201", NOW, answered_at=answered_at)


def test_activity_follows_the_leg_and_then_the_wrap_up() -> None:
    one = operator()
    assert one.activity(NOW) == "idle"
    one.leg = leg()
    assert one.activity(NOW) == "ringing"
    one.leg = leg(NOW)
    assert one.activity(NOW) == "talking"
    one.leg, one.wrap_up_until = None, NOW + 30
    assert one.activity(NOW + 29.9) == "wrap_up"
    assert one.activity(NOW + 30) == "idle"


@pytest.mark.parametrize(
    ("presence", "phone", "on_duty", "available"),
    [
        ("available", "free", True, True),
        ("available", "in_use", True, False),
        ("available", "ringing", True, False),
        ("available", "unreachable", False, False),
        ("on_break", "free", False, False),
        ("logged_out", "free", False, False),
    ],
)
def test_presence_and_phone_say_who_is_on_duty_and_who_is_available(
    presence: Presence, phone: PhoneState, on_duty: bool, available: bool
) -> None:
    one = operator(presence, phone)
    assert (one.on_duty, one.available(NOW)) == (on_duty, available)


def test_who_rings_wraps_up_or_pauses_is_on_duty_but_not_available() -> None:
    one = operator()
    one.leg = leg()
    assert (one.on_duty, one.available(NOW)) == (True, False)
    one.leg, one.wrap_up_until = None, NOW + 1
    assert (one.available(NOW), one.available(NOW + 1)) == (False, True)
    one.wrap_up_until, one.paused_until = 0, NOW + 1
    assert (one.available(NOW), one.available(NOW + 1)) == (False, True)
