"""Conversations that tests begin with."""

from __future__ import annotations

from ntpd112.core import messages as m
from tests.core.driver import Board
from tests.core.plans import make_plan

PATIENT = {"overflow": ()}


def talking() -> Board:
    """A caller speaks with 201; 202 and 203 are free."""
    board = Board(make_plan(queue=PATIENT))
    board.talk()
    return board


def consulting(target: str = "damkar", *, speaks: bool = True) -> Board:
    """The caller hears music while 201 rings, or speaks with, a third party."""
    board = talking()
    board.command("201", "warm", target)
    if speaks:
        board.pick_up(target)
    return board


def parties(board: Board) -> m.SetParties:
    """Who hears whom by the latest actions."""
    (action,) = board.all(m.SetParties)
    return action
