"""A look at the room, for people."""

from __future__ import annotations

from ntpd112.core.plan import CallDestination, OverflowStep
from ntpd112.core.view import CallView, OperatorView, RoomView, Third, view
from tests.core.driver import START, Board
from tests.core.plans import make_plan


def test_an_empty_room() -> None:
    board = Board(make_plan(("201",)), on_duty=())
    sari = OperatorView("201", "Operator 201", "logged_out", "", "free", "idle", 0, "", None, None, False)
    assert view(board.room, START) == RoomView(START, "test", 0, 0.0, (), (sari,))


def test_calls_stand_in_the_order_of_their_turns_and_operators_by_extension() -> None:
    board = Board(make_plan(("202", "201"), {"overflow": ()}), on_duty=("202", "201"))
    board.talk("c1")
    board.tick(2.0)
    board.queue("c2", "5")
    board.arrive("c3", ani=None)
    board.tick(1.0)
    seen = view(board.room, board.now)
    assert seen.calls == (
        CallView(
            "c1",
            "mobile",
            "mobile",
            "+62811",
            "112",
            "talking",
            "ambulance",
            2,
            1,
            "id",
            START,
            START,
            START,
            (),
            ("201",),
            "i-c1",
            "4",
        ),
        CallView(
            "c2",
            "mobile",
            "mobile",
            "+62811",
            "112",
            "ringing",
            "medical",
            0,
            2,
            "id",
            START + 2,
            START + 2,
            None,
            ("202",),
            (),
            None,
            "5",
        ),
        CallView(
            "c3",
            "mobile",
            "mobile",
            "anonymous",
            "112",
            "arriving",
            None,
            3,
            3,
            "id",
            START + 2,
            None,
            None,
            (),
            (),
            None,
            "",
        ),
    )
    assert seen.operators == (
        OperatorView("201", "Operator 201", "available", "", "free", "talking", 0, "c1", START, None, False),
        OperatorView("202", "Operator 202", "available", "", "free", "ringing", 0, "c2", START + 2, None, False),
    )
    assert (seen.waiting, seen.longest_wait_s) == (1, 1.0)


def test_a_third_party_is_seen_when_it_speaks() -> None:
    board = Board()
    board.talk()
    board.command("201", "warm", "damkar")
    assert view(board.room, START).calls[0].speaks_with == ("201",)
    board.pick_up("damkar")
    assert view(board.room, START).calls[0].speaks_with == ("201", "damkar")


def test_whoever_writes_notes_is_seen_with_the_end_of_it_and_a_muted_one_as_such() -> None:
    board = Board()
    board.talk()
    board.command("201", "mute")
    assert view(board.room, board.now).operators[0].muted
    board.leave("201")
    seen = view(board.room, board.now).operators[0]
    assert (seen.activity, seen.until) == ("wrap_up", board.room.operators["201"].wrap_up_until)
    assert (seen.since, seen.muted) == (START, False)


def test_since_when_an_operator_is_idle_or_away_is_seen() -> None:
    board = Board()
    board.tick(5.0)
    board.set_presence("on_break", "201", reason="lunch")
    board.tick(5.0)
    board.set_presence("on_break", "201", reason="lunch")
    assert view(board.room, board.now).operators[0].since == START + 5
    board.set_presence("available", "201")
    assert view(board.room, board.now).operators[0].since == START + 10


def test_how_far_a_third_party_is_is_seen_and_why_it_came_to_nothing() -> None:
    board = Board()
    board.talk()

    def third() -> Third | None:
        return view(board.room, board.now).calls[0].third

    assert third() is None
    board.command("201", "warm", "police")
    assert third() == Third("police", "calling")
    board.rings("police")
    assert third() == Third("police", "rings")
    board.pick_up("police")
    assert third() == Third("police", "unconfirmed")
    assert view(board.room, board.now).calls[0].unconfirmed == ("police",)
    board.keys("police", "1")
    assert third() == Third("police", "speaks")
    board.command("201", "cancel")
    assert third() is None
    board.command("201", "warm", "damkar")
    board.leave("damkar", 1, 404)
    assert third() == Third("damkar", "refused", 404)
    board.command("201", "warm", "damkar")
    board.leave("damkar", 17)
    assert third() == Third("damkar", "busy")
    board.command("201", "blind", "police")
    board.pick_up("police")
    seen = view(board.room, board.now).calls[0]
    assert (seen.speaks_with, seen.third, seen.unconfirmed) == ((), Third("police", "unconfirmed"), ("police",))


def test_what_was_answered_outside_is_not_seen_as_speaking() -> None:
    board = Board(make_plan(queue={"overflow": (OverflowStep(5, CallDestination("mobile")),)}), on_duty=())
    board.queue()
    board.pick_up("mobile")
    seen = view(board.room, board.now).calls[0]
    assert (seen.state, seen.ringing, seen.unconfirmed, seen.speaks_with) == ("ringing", ("mobile",), ("mobile",), ())
