"""A number outside that refuses: an alarm at the first try, in words and with the cure; the next one rings at once."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ntpd112.core import messages as m
from ntpd112.core.outward import words
from ntpd112.core.plan import Destination
from ntpd112.core.records import AniKind
from tests.core.driver import Board
from tests.core.plans import make_plan


def overflowing() -> Board:
    board = Board(on_duty=())
    board.queue()
    return board


def alarms(board: Board) -> list[tuple[str, str]]:
    told = [alarm for alarm in board.log if isinstance(alarm, m.RaiseAlarm)]
    return [(alarm.kind, alarm.text) for alarm in told if alarm.kind not in {"nobody_on_duty", "prompt_failed"}]


@pytest.mark.parametrize(
    ("cause", "sip_status", "said", "cure"),
    [
        (21, 403, "403 forbidden", "own_number"),
        (0, 401, "401 wants a password", "username and password"),
        (0, 407, "407 wants a password", "username and password"),
        (1, 404, "404 number not found", "as the provider wants it"),
        (0, 604, "604 number does not exist anywhere", "as the provider wants it"),
        (58, 488, "488 no common codec", "codec"),
        (34, 503, "503 refused", "gateway"),
        (28, 0, "number incomplete (Q.850 28)", "as the provider wants it"),
        (96, 0, "refused (Q.850 96)", "gateway"),
    ],
)
def test_a_refusal_is_alarmed_at_the_first_try_and_the_next_number_rings_at_once(
    cause: int, sip_status: int, said: str, cure: str
) -> None:
    board = overflowing()
    board.leave("neighbour", cause, sip_status)
    assert board.ringing() == ["mobile"]
    ((kind, text),) = alarms(board)
    assert kind == "destination_refused"
    assert text.startswith(f"neighbour (0212345678 through trunk landline) was refused: {said}; ")
    assert cure in text
    assert f"neighbour: {said}" in board.call().notes
    assert board.call().offers[0].result == "refused"


@pytest.mark.parametrize(
    ("cause", "sip_status", "said"),
    [
        (20, 0, "no answer from the trunk (Q.850 20)"),
        (0, 0, "no answer from the trunk"),
        (19, 480, "480 switched off or out of reach"),
        (0, 487, "487 not reached"),
    ],
)
def test_nobody_there_is_told_too(cause: int, sip_status: int, said: str) -> None:
    board = overflowing()
    board.leave("neighbour", cause, sip_status)
    ((kind, text),) = alarms(board)
    assert (kind, said in text) == ("destination_unreachable", True)


def test_a_gateway_that_says_nothing_at_all_is_told_when_the_next_number_is_tried() -> None:
    board = overflowing()
    board.tick(30.0)
    assert board.ringing() == ["mobile"]
    assert [kind for kind, _ in alarms(board)] == ["destination_unreachable"]


def test_the_same_answer_in_the_next_round_is_no_second_alarm_and_another_answer_is() -> None:
    board = overflowing()
    board.leave("neighbour", 21, 403)
    board.leave("mobile", 17, 486)
    board.tick(30.0)
    board.leave("neighbour", 21, 403)
    board.leave("mobile", 17, 486)
    assert len(alarms(board)) == 1
    board.tick(30.0)
    board.leave("neighbour", 34, 503)
    assert [kind for kind, _ in alarms(board)] == ["destination_refused"] * 2


def test_what_one_call_has_told_is_no_alarm_of_the_next_until_the_first_is_over() -> None:
    board = overflowing()
    board.leave("neighbour", 21, 403)
    board.queue("c2")
    board.leave("neighbour", 21, 403)
    assert [kind for kind, _ in alarms(board) if kind != "overflow_loop"] == ["destination_refused"]
    assert "neighbour: 403 forbidden" in board.call("c2").notes
    board.hang_up("c1")
    board.hang_up("c2")
    board.queue("c3")
    board.leave("neighbour", 21, 403)
    assert [kind for kind, _ in alarms(board) if kind != "overflow_loop"] == ["destination_refused"] * 2


@pytest.mark.parametrize(("cause", "sip_status"), [(17, 486), (21, 603), (19, 480)])
def test_a_human_who_is_busy_or_declines_or_does_not_answer_is_no_alarm(cause: int, sip_status: int) -> None:
    board = overflowing()
    board.rings("neighbour")
    board.leave("neighbour", cause, sip_status)
    assert alarms(board) == []


def test_a_refused_transfer_brings_the_caller_back_and_is_alarmed() -> None:
    board = Board(on_duty=("201",))
    board.talk()
    board.command("201", "blind", "damkar")
    board.leave("damkar", 1, 404)
    assert board.call().state == "waiting"
    assert [alarm.kind for alarm in board.log if isinstance(alarm, m.RaiseAlarm)] == ["destination_refused"]


def test_a_refused_consultation_leaves_operator_and_caller_together() -> None:
    board = Board(on_duty=("201",))
    board.talk()
    board.command("201", "warm", "damkar")
    board.leave("damkar", 0, 407)
    assert board.call().state == "talking"
    assert board.call().notes == ["damkar: 407 wants a password"]


def test_an_operators_phone_is_never_a_destination_that_refuses() -> None:
    board = Board(on_duty=("201",))
    board.queue()
    board.leave("201", 58, 488)
    assert board.call().offers[0].result == "unreachable"
    assert [alarm for alarm in board.log if isinstance(alarm, m.RaiseAlarm)] == []


def test_every_status_and_cause_has_words() -> None:
    assert all(words(0, status) for status in range(300, 700))
    assert all(words(cause, 0) for cause in range(128))


# what is shown outside

_HIDES = Destination("neighbour", "Head", "081234567890", "mobile", hides_withheld=True)
_OWN = Destination("neighbour", "Desk", "0212345678", "landline", shows_own=True, own_number="02155112")
_PLAIN = Destination("neighbour", "Desk", "0212345678", "landline", diverted_by="sip:02155112@ims.example")


def rung(entry: Destination, *, ani: str | None = "+62811", withheld: bool = False, path: str = "") -> m.Ring:
    """Return how a destination is rung for a caller who waits while nobody is there."""
    board = Board(make_plan(destinations={**make_plan().destinations, "neighbour": entry}), on_duty=())
    kind: AniKind = "national" if ani else "withheld"
    raw = ani or "anonymous"
    arrived = m.CallArrived("c1", "mobile", "mobile", "112", "112", True, ani, raw, kind, "Ani")
    board.step(replace(arrived, withheld=withheld, path=path), m.CallAnswered("c1"))
    board.press("4")
    return next(ring for ring in board.log if isinstance(ring, m.Ring))


def test_a_number_that_is_not_withheld_is_shown_with_the_type() -> None:
    ring = rung(_HIDES)
    assert (ring.caller_number, ring.caller_name, ring.hidden) == ("+62811", "ambulance", False)


def test_a_withheld_number_stays_hidden_where_it_is_nobodys_business() -> None:
    ring = rung(_HIDES, withheld=True)
    assert (ring.caller_number, ring.caller_name, ring.hidden) == ("", "", True)


def test_a_withheld_number_reaches_an_agency() -> None:
    ring = rung(_PLAIN, withheld=True)
    assert (ring.caller_number, ring.hidden) == ("+62811", False)


@pytest.mark.parametrize("entry", [_PLAIN, _HIDES])
def test_a_number_that_nobody_knows_is_withheld_everywhere(entry: Destination) -> None:
    assert rung(entry, ani=None).hidden


@pytest.mark.parametrize("withheld", [False, True])
def test_a_trunk_that_shows_its_own_number_shows_no_callers(withheld: bool) -> None:
    ring = rung(_OWN, withheld=withheld)
    assert (ring.caller_number, ring.caller_name, ring.hidden, ring.diverted_by) == ("02155112", "", False, "")


def test_what_the_provider_and_the_next_room_must_know_goes_with_the_call() -> None:
    ring = rung(_PLAIN, path="r1/17.1")
    assert (ring.diverted_by, ring.path) == ("sip:02155112@ims.example", "r1/17.1")


def test_that_the_number_is_withheld_stands_on_the_record() -> None:
    board = Board(on_duty=())
    fact = "the caller withholds the number"
    board.step(m.CallArrived("c1", "mobile", "mobile", "112", "112", True, "+62811", "0811", "national", "", (fact,)))
    assert board.call().notes == [fact]
