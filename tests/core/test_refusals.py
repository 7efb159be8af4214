"""INVITEs that Asterisk refused before they became calls: counted, and told once and now and then."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from ntpd112.core import messages as m
from ntpd112.core import trace_events as t
from ntpd112.core.records import Refusal
from ntpd112.core.refusals import TELL_AGAIN_S
from ntpd112.core.snapshot import Snapshot, restore, take
from tests.core.driver import Board

CODECS = Refusal("mobile", "10.0.0.1", 488, "no codec in common; offered are AMR-WB, AMR", "112", "a@10.0.0.1")
STRANGER = Refusal("", "192.0.2.7", 401, "no trunk lists its address", "112", "b@192.0.2.7")


def _texts(board: Board) -> list[str]:
    return [alarm.text for alarm in board.all(m.RaiseAlarm)]


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (CODECS, ("an INVITE to 112", "trunk mobile (10.0.0.1)", "488", "AMR-WB, AMR", "offer PCMA", "a@10.0.0.1")),
        (STRANGER, ("192.0.2.7, which no trunk lists", "401", "add the address to its trunk")),
        (replace(CODECS, status=420, why="extension precondition"), ("420", "precondition", "not to require")),
        (replace(CODECS, status=422, why="Min-SE 90"), ("422", "timers of 90 s")),
        (
            replace(CODECS, status=0, why="cannot be read"),
            ("a message from trunk mobile", "no answer", "rewrites urn:"),
        ),
        (replace(CODECS, status=500, why="", number=""), ("to nobody", "500", "show the carrier this Call-ID")),
    ],
)
def test_the_alarm_names_who_what_and_the_cure(refusal: Refusal, words: tuple[str, ...]) -> None:
    board = Board()
    board.step(t.InvitesRefused(refusal, 1))
    assert board.alarms() == ["invite_refused"]
    (text,) = _texts(board)
    assert [word for word in words if word not in text] == []


def test_a_flood_is_one_alarm_and_later_another_with_the_number() -> None:
    board = Board()
    board.step(t.InvitesRefused(CODECS, 1))
    board.step(*[t.InvitesRefused(CODECS, 10)] * 50)
    assert board.alarms() == []
    board.step(t.InvitesRefused(replace(CODECS, source="10.0.0.2", sip_call_id="c"), 1))
    assert board.alarms() == []
    board.step(t.InvitesRefused(STRANGER, 1))
    assert board.alarms() == ["invite_refused"]
    board.tick(TELL_AGAIN_S)
    board.step(t.InvitesRefused(CODECS, 2))
    assert _texts(board)[0].startswith("503 INVITEs to 112")
    assert [one.count for one in board.room.refused.values()] == [1, 504]


def test_reasons_are_bounded_and_outlive_the_controller() -> None:
    board = Board()
    for number in range(1_000):
        board.step(t.InvitesRefused(replace(CODECS, why=f"codec {number}"), 1))
    assert len(board.room.refused) < 1_000
    kept = msgspec.json.decode(msgspec.json.encode(take(board.room)), type=Snapshot)
    assert restore(kept).refused == board.room.refused
