from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from ntpd112.pbx.ari.generated import ApplicationReplaced, StasisEnd
from ntpd112.pbx.ari.parse import EventParser, Unreadable

REPLACED = b'{"type":"ApplicationReplaced","timestamp":"2026-11-24T08:00:00.000+0700","application":"a","new":1}'


def test_a_wanted_event_becomes_its_model_whatever_a_newer_asterisk_adds() -> None:
    event = EventParser([ApplicationReplaced]).parse(REPLACED)

    assert isinstance(event, ApplicationReplaced)
    assert event.application == "a"
    assert event.timestamp.isoformat() == "2026-11-24T08:00:00+07:00"


def test_an_event_that_is_not_wanted_is_counted_and_skipped() -> None:
    parser = EventParser([StasisEnd])

    assert parser.parse(REPLACED) is None
    assert (parser.counts.unwanted, parser.counts.read) == (1, 0)


def test_an_unknown_type_is_counted_and_skipped() -> None:
    parser = EventParser([StasisEnd])

    answers = [parser.parse(b'{"type":"MindRead"}') for _ in range(3)]

    assert answers == [None, None, None]
    assert parser.counts.unknown == {"MindRead": 3}


def test_a_wanted_event_that_cannot_be_read_is_told_because_something_happened() -> None:
    parser = EventParser([StasisEnd])

    item = parser.parse(b'{"type":"StasisEnd","application":"a"}')

    assert isinstance(item, Unreadable)
    assert item.type == "StasisEnd"
    assert parser.counts.unreadable == {"StasisEnd": 1}


@given(
    message=st.one_of(st.binary(), st.text().map(str.encode), st.sampled_from([b"{}", b"[]", b"null", b'{"type":7}']))
)
def test_no_message_whatever_makes_the_parser_fail(message: bytes) -> None:
    parser = EventParser([StasisEnd])

    assert isinstance(parser.parse(message), Unreadable)


def test_nothing_is_kept_of_events_that_have_been_read() -> None:
    parser = EventParser([ApplicationReplaced])
    parser.parse(REPLACED)
    before = sys.getallocatedblocks()

    for number in range(20_000):
        parser.parse(REPLACED.replace(b'"a"', b'"%d"' % number))

    assert sys.getallocatedblocks() - before < 1000
