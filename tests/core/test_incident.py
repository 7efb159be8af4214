"""The incident a call reports."""

from __future__ import annotations

from ntpd112.core import messages as m
from ntpd112.core.records import IncidentCallLinked, IncidentNoted, IncidentOpened, IncidentTypeSet
from tests.core.driver import START, Board


def test_an_incident_is_opened_when_an_operator_begins_to_speak_with_the_caller() -> None:
    board = Board()
    board.queue(key="5")
    board.tick(2.0)
    board.pick_up("202")
    assert board.all(m.SaveIncident) == [
        m.SaveIncident(IncidentOpened("i-c1", "c1", START + 2, "medical", "202")),
    ]


def test_a_type_chosen_after_the_incident_was_opened_is_added_to_it() -> None:
    board = Board()
    board.talk(key="0")
    board.leave("201", cause=38)
    board.press("1")
    assert board.all(m.SaveIncident) == [m.SaveIncident(IncidentTypeSet("i-c1", START, "caller", "fire"))]


def test_a_type_chosen_before_is_part_of_the_opening() -> None:
    board = Board(on_duty=())
    board.queue(key="0")
    board.press("1")
    assert board.all(m.SaveIncident) == []


def test_what_somebody_adds_is_passed_on() -> None:
    board = Board()
    fact = IncidentNoted("i-9", START, "201", "two engines sent")
    assert board.step(m.IncidentEdited(fact)) == [m.SaveIncident(fact)]


def test_a_call_that_is_linked_to_another_incident_says_so_on_its_record() -> None:
    board = Board()
    board.talk()
    board.step(m.IncidentEdited(IncidentCallLinked("i-c0", "c1", START, "201")))
    board.hang_up()
    assert board.record().incident_id == "i-c0"


def test_a_caller_linked_to_an_incident_while_waiting_opens_no_other() -> None:
    board = Board()
    board.queue()
    board.step(m.IncidentEdited(IncidentCallLinked("i-c0", "c1", START, "supervisor")))
    board.pick_up("201")
    assert board.all(m.SaveIncident) == []
    assert board.call().incident_id == "i-c0"


def test_a_link_of_a_call_that_has_ended_is_passed_on_all_the_same() -> None:
    board = Board()
    fact = IncidentCallLinked("i-c0", "gone", START, "201")
    assert board.step(m.IncidentEdited(fact)) == [m.SaveIncident(fact)]
