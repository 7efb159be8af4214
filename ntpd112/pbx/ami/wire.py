"""One AMI connection: panoramisk's messages and bookkeeping, without its ways to lose or to invent something.

panoramisk 1.4 drops a UTF-8 letter that is split between two TCP chunks, drops an empty last header, lets a line break
in a value add a header of the sender's choice, sends unanswered actions once more after a reconnect, and guesses when
an answer is complete. Those are mended here; its ``Manager``, which reconnects by itself for ever, is not used.
"""

from __future__ import annotations

import asyncio
import codecs
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from ntpd112.pbx.ami.errors import AmiConnectionLostError

Headers = Mapping[str, str | Sequence[str]]

_INBOX = 10_000
"""Events that may wait to be read. Beyond, the connection is given up: the reader then starts from a fresh look."""
_LINE = 1000
"""Bytes of one header line; Asterisk refuses lines of 1025 and more (``inbuf`` in main/manager.c)."""


@dataclass(frozen=True, slots=True)
class AmiEvent:
    """Something happened. ``fields`` are spelt as Asterisk spells them; repeated ones are joined by line breaks."""

    name: str
    fields: Mapping[str, str]


class PendingAction(Action):  # type: ignore[misc]
    """An action on its way, and the messages that answer it so far."""

    def __init__(self, name: str, headers: Headers) -> None:
        """Raise :class:`ValueError` for a header that Asterisk would read as something else."""
        for key, value in headers.items():
            for one in (value,) if isinstance(value, str) else value:
                _check(name, key, one)
        super().__init__({"Action": name, **headers})

    def add_message(self, message: Message) -> bool:
        """Take one more message of the answer; tell whether that was the last.

        A list says so in its first message (``EventList: start``) and in its last (``Complete`` or ``cancelled``).
        """
        self.responses.append(message)
        first, this = self.responses[0], message.eventlist.lower()
        ended = this in ("complete", "cancelled") if first.eventlist.lower() == "start" else True
        if ended and not self.future.done():
            self.future.set_result(self.responses)
        return ended


class AmiWire(AMIProtocol):  # type: ignore[misc]
    """One connection, from its first byte to its last. It never comes back: the client opens another."""

    def __init__(self, wanted: Iterable[str]) -> None:
        super().__init__()
        self._wanted = frozenset(wanted)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""
        self.inbox: deque[AmiEvent] = deque()
        self.news = asyncio.Event()
        """Set when the inbox is no longer empty, or the connection is gone."""
        self.booted = asyncio.Event()
        self.gone = asyncio.Event()
        """The socket is closed."""
        self.why_lost: str | None = None
        # What panoramisk expects of the "factory" it normally shares with its Manager:
        self.save_stream = None
        self.forgetable_actions: deque[str] = deque()
        self.awaiting_actions: deque[Action] = deque(maxlen=0)

    def connection_made(self, transport: Any) -> None:
        """Begin; called by asyncio."""
        super().connection_made(transport)
        self.factory = self
        self.encoding = "utf-8"

    def submit(self, action: PendingAction) -> asyncio.Future[list[Message]]:
        """Send an action; the future gets every message of its answer."""
        if self.why_lost is not None:
            raise AmiConnectionLostError(action["action"], self.why_lost)
        future: asyncio.Future[list[Message]] = self.send(action)
        return future

    def forget(self, action: PendingAction) -> None:
        """Wait no longer for an answer to ``action``."""
        self.responses.pop(action.id, None)

    def data_received(self, data: bytes) -> None:
        """Take a chunk; called by asyncio. A letter at its end that is not complete waits for the next one."""
        self._text += self._decoder.decode(data)
        *blocks, self._text = self._text.split("\r\n\r\n")
        for block in blocks:
            # Asterisk now and then ends a message with a line break too many. Stripping more would eat the space of an
            # empty last header.
            message = Message.from_line(block.strip("\r\n"))
            if message is not None:
                self.handle_message(message)

    def dispatch(self, message: Message) -> None:
        """Keep an event that is wanted; called by panoramisk."""
        if message.event == "FullyBooted":
            self.booted.set()
        if message.event not in self._wanted:
            return
        if len(self.inbox) >= _INBOX:
            self.fail(f"{_INBOX} events wait unread")
            return
        self.inbox.append(AmiEvent(message.event, fields_of(message)))
        self.news.set()

    def connection_lost(self, exc: Exception | Message | None) -> None:
        """End; called by asyncio, and by panoramisk when Asterisk says that it shuts down."""
        if isinstance(exc, Message):
            self.fail("Asterisk shuts down")
            return
        self.fail(f"connection lost: {exc}" if exc else "connection closed by Asterisk")
        self.gone.set()

    def fail(self, why: str) -> None:
        """Give the connection up: unanswered actions fail now, and none is ever sent again."""
        if self.why_lost is None:
            self.why_lost = why
            pending = list(self.responses.values())
            self.responses.clear()
            for action in pending:
                if not action.future.done():
                    action.future.set_exception(AmiConnectionLostError(action["action"], why))
            self.news.set()
        self.close()

    async def end(self, timeout_s: float) -> None:
        """Close, and wait until the socket is really closed."""
        self.fail("closed")
        try:
            async with asyncio.timeout(timeout_s):
                await self.gone.wait()
        except TimeoutError:
            self.transport.abort()


def fields_of(message: Message) -> dict[str, str]:
    """Copy what Asterisk said into a plain dictionary, without what only matters on the wire."""
    return {
        key: value if isinstance(value, str) else "\n".join(value)
        for key, value in message.items()
        if key not in ("ActionID", "content")
    }


def _check(action: str, key: str, value: str) -> None:
    if any(mark in key + value for mark in "\r\n\0") or ":" in key:
        raise ValueError(
            f"{action}: header {key!r} has the value {value!r}, and Asterisk would read what follows its line break "
            "as a header of its own: remove line breaks and NUL first"
        )
    length = len(f"{key}: {value}".encode())
    if length > _LINE:
        raise ValueError(f"{action}: header {key!r} has {length} bytes, and Asterisk takes {_LINE}: shorten it")
