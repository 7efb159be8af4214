"""The two answering clocks of a record."""

from __future__ import annotations

from ntpd112.core import messages as m
from tests.core.driver import Board


def test_both_clocks_run_to_the_first_human() -> None:
    board = Board()
    board.greet()
    board.tick(5.0)
    board.press("4")
    board.tick(3.0)
    board.pick_up("201")
    board.tick(60.0)
    board.hang_up()
    record = board.record()
    assert (record.invite_to_human_s, record.queue_to_human_s) == (8.0, 3.0)


def test_without_a_human_there_is_no_answering_time() -> None:
    board = Board()
    board.queue()
    board.hang_up()
    assert (board.record().invite_to_human_s, board.record().queue_to_human_s) == (None, None)


def test_a_call_that_never_queued_has_no_second_clock() -> None:
    board = Board()
    board.greet()
    board.step(m.CallGivenBack("c1"))
    assert board.record().queue_to_human_s is None
