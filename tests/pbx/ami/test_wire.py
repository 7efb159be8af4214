"""The wire without a network: bytes in, messages out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntpd112.pbx.ami.errors import AmiConnectionLostError
from ntpd112.pbx.ami.wire import AmiEvent, AmiWire, PendingAction

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
NAME = "Žižkov ěščř 緊急 🚒"
EVENT = f"Event: Newchannel\r\nCallerIDName: {NAME}\r\nVariable: a=1\r\nVariable: b=2\r\n\r\n".encode()


class Line(asyncio.Transport):
    """Takes what is written, and stays open."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def close(self) -> None:
        pass


def wire_with(chunks: Iterable[bytes], *, wanted: str = "Newchannel") -> AmiWire:
    wire = AmiWire([wanted])
    wire.connection_made(Line())
    for chunk in chunks:
        wire.data_received(chunk)
    return wire


async def test_a_letter_split_between_two_chunks_is_not_lost_wherever_the_split_is() -> None:
    whole = GREETING + EVENT
    expected = [AmiEvent("Newchannel", {"Event": "Newchannel", "CallerIDName": NAME, "Variable": "a=1\nb=2"})]

    for split in range(len(whole)):
        assert list(wire_with([whole[:split], whole[split:]]).inbox) == expected
    assert list(wire_with(bytes([byte]) for byte in whole).inbox) == expected


@given(rubbish=st.lists(st.binary(max_size=40)))
async def test_rubbish_never_breaks_the_wire(rubbish: list[bytes]) -> None:
    wire = wire_with([GREETING, *rubbish, b"\r\n\r\n", EVENT])

    assert wire.inbox[-1].fields["CallerIDName"] == NAME
    assert wire.why_lost is None


async def test_an_empty_header_is_not_lost_even_at_the_end() -> None:
    wire = wire_with([GREETING, b"Event: Newchannel\r\nExten: \r\nAccountCode: \r\n\r\n\r\n"])

    assert wire.inbox[0].fields == {"Event": "Newchannel", "Exten": "", "AccountCode": ""}


async def test_an_event_that_is_not_wanted_is_dropped() -> None:
    assert not wire_with([GREETING, EVENT], wanted="Hangup").inbox


async def test_events_that_nobody_reads_end_the_connection_instead_of_the_memory() -> None:
    wire = wire_with([GREETING, *[EVENT] * 10_001])

    assert len(wire.inbox) == 10_000
    assert wire.why_lost == "10000 events wait unread"


@pytest.mark.parametrize("mark", ["\r\n", "\n", "\r", "\0"])
async def test_a_line_break_in_a_value_is_refused(mark: str) -> None:
    with pytest.raises(ValueError, match="remove line breaks"):
        PendingAction("Ping", {"CallerID": f"x{mark}Action: Originate"})


async def test_a_line_break_or_a_colon_in_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="remove line breaks"):
        PendingAction("Ping", {"X\r\nAction": "Originate"})
    with pytest.raises(ValueError, match="remove line breaks"):
        PendingAction("Ping", {"X: 1": "2"})


async def test_a_value_that_asterisk_would_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="1203 bytes"):
        PendingAction("Ping", {"X": "é" * 600})


async def test_an_action_is_written_as_utf8_with_every_value_of_a_list() -> None:
    wire = wire_with([GREETING])
    wire.submit(PendingAction("Originate", {"Variable": ["A=é", "B=2"]}))

    assert wire.transport.written.startswith(b"Action: Originate\r\nActionID: ")
    assert wire.transport.written.endswith("\r\nVariable: A=é\r\nVariable: B=2\r\n\r\n".encode())


async def test_a_list_is_complete_when_it_says_so_and_not_before() -> None:
    wire = wire_with([GREETING])
    action = PendingAction("CoreShowChannels", {})
    answer = wire.submit(action)
    tag = f"ActionID: {action.id}\r\n".encode()

    wire.data_received(b"Response: Success\r\n" + tag + b"EventList: start\r\nMessage: will follow\r\n\r\n")
    wire.data_received(b"Event: CoreShowChannel\r\n" + tag + b"Channel: SIP/ReceiverComplete\r\n\r\n")
    assert not answer.done()
    wire.data_received(b"Event: CoreShowChannelsComplete\r\n" + tag + b"EventList: Complete\r\n\r\n")

    assert [message.event for message in await answer] == ["", "CoreShowChannel", "CoreShowChannelsComplete"]


async def test_given_unanswered_actions_when_the_connection_is_lost_then_they_fail_and_nothing_is_kept() -> None:
    wire = wire_with([GREETING])
    answer = wire.submit(PendingAction("Originate", {"Async": "true"}))

    wire.connection_lost(ConnectionResetError("reset"))

    with pytest.raises(AmiConnectionLostError, match="reset"):
        await answer
    assert not wire.responses
    assert not wire.awaiting_actions
    with pytest.raises(AmiConnectionLostError):
        wire.submit(PendingAction("Ping", {}))


async def test_asterisks_goodbye_ends_the_connection() -> None:
    wire = wire_with([GREETING, b"Event: Shutdown\r\nShutdown: Cleanly\r\n\r\n"])

    assert wire.why_lost == "Asterisk shuts down"
