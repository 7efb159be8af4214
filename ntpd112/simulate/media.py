"""A party's ear and mouth: one RTP port that speaks (silence, a tone, DTMF) and keeps what it hears.

SIPp only signals; audio is sent and received here, in plain UDP. No root is needed (SIPp's own pcap play and
``play_dtmf`` write raw sockets), digits can be pressed at any moment, and what was heard can be measured.
"""

from __future__ import annotations

import asyncio
import random
import struct
from array import array
from collections import deque
from typing import Self

from ntpd112.simulate.tone import ALAW_SILENCE, DTMF_HZ, RATE, from_alaw, silence, to_alaw, tone

PACKET_S = 0.02
SAMPLES = 160
ALAW_TYPE = 8
EVENT_TYPE = 101
"""RTP payload type of telephone events in our offers."""

_EVENTS = "0123456789*#ABCD"
_SILENCE = bytes([ALAW_SILENCE]) * SAMPLES


class RtpPort:
    """One UDP port for RTP in A-law. Speaks as soon as it knows where to (:meth:`connect`), unless told not to."""

    def __init__(
        self,
        ip: str,
        *,
        tone_hz: float = 0.0,
        speaks: bool = True,
        event_type: int = EVENT_TYPE,
        event_rate: int = RATE,
    ) -> None:
        """``event_type``, ``event_rate``: payload type and clock of the telephone events that it sends."""
        self.ip = ip
        self.port = 0
        self.received_packets = 0
        self.received_digits: list[str] = []
        self.sent_packets = 0
        self.speaks = speaks
        """As soon as it knows where to."""
        self._is_hushed = False
        self._event_type = event_type
        self._event_step = SAMPLES * event_rate // RATE
        self._background = to_alaw(tone([tone_hz], 1.0)) if tone_hz else _SILENCE
        self._position = 0
        self._queue: deque[tuple[int, bool, bytes, bool]] = deque()
        """What to send instead of the background: payload type, marker, payload, whether time goes on."""
        self._heard = bytearray()
        self._peer: tuple[str, int] | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._next_at = 0.0
        # Not for secrecy: RFC 3550 wants different starts.
        self._sequence = random.randrange(1 << 15)  # noqa: S311
        self._timestamp = random.randrange(1 << 31)  # noqa: S311
        self._source = random.randrange(1 << 32)  # noqa: S311
        self._event_started = self._timestamp
        self._last_event: bytes = b""
        self._held: list[bytes] | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: _Ear(self), local_addr=(self.ip, 0))
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.hush()
        if self._transport is not None:
            self._transport.close()
            self._transport = None
            await asyncio.sleep(0)  # the socket closes in the loop's next round

    def sdp(self, *, telephone_events: bool = True) -> str:
        """Return the ``m=`` line and its attributes for an offer or an answer, lines joined by CR LF."""
        lines = [f"m=audio {self.port} RTP/AVP {ALAW_TYPE}", f"a=rtpmap:{ALAW_TYPE} PCMA/8000"]
        if telephone_events:
            lines[0] += f" {EVENT_TYPE}"
            lines += [f"a=rtpmap:{EVENT_TYPE} telephone-event/8000", f"a=fmtp:{EVENT_TYPE} 0-15"]
        return "\r\n".join([*lines, "a=ptime:20"])

    def connect(self, ip: str, port: int) -> None:
        """Send to this address from now on, one packet each 20 ms."""
        is_hushed = self._is_hushed and self._peer == (ip, port)  # a session refresh does not make anybody speak
        self._peer = (ip, port)
        if self._timer is None and self.speaks and not is_hushed:
            self._is_hushed = False
            self._next_at = asyncio.get_running_loop().time()
            self._tick()

    def hush(self) -> None:
        """Stop sending, as a dead peer does, until :meth:`speak` or another peer."""
        self._is_hushed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def speak(self) -> None:
        """Go on sending after :meth:`hush`, or begin to."""
        self._is_hushed = False
        self.speaks = True
        if self._peer is not None:
            self.connect(*self._peer)

    def hold_back(self) -> None:
        """Keep packets on their way, as a network does that is stuck for a moment, until :meth:`let_go`."""
        self._held = []

    def let_go(self) -> None:
        """Deliver at once what was kept on its way, and everything from now on in time."""
        held, self._held = self._held or [], None
        for packet in held:
            self._deliver(packet)

    async def move(self) -> None:
        """Go on at another port, as after a NAT's rebinding or a gateway's failover; nobody is told."""
        before, loop = self._transport, asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: _Ear(self), local_addr=(self.ip, 0))
        self.port = self._transport.get_extra_info("sockname")[1]
        if before is not None:
            before.close()

    def press(self, digits: str, *, seconds: float = 0.1, gap_s: float = 0.1) -> None:
        """Send digits as telephone events (RFC 4733) after what is still to be sent."""
        for digit in digits:
            event = _EVENTS.index(digit)
            packets = round(seconds / PACKET_S)
            for n in range(packets):
                self._put(self._event_type, n == 0, struct.pack("!BBH", event, 10, (n + 1) * self._event_step))
            for _ in range(3):
                end = struct.pack("!BBH", event, 0x8A, packets * self._event_step)
                self._put(self._event_type, False, end, moves=False)
            self._say(silence(gap_s))

    def whistle(self, digits: str, *, seconds: float = 0.12, gap_s: float = 0.1) -> None:
        """Send digits as tones in the audio."""
        for digit in digits:
            self._say(tone(DTMF_HZ[digit], seconds))
            self._say(silence(gap_s))

    @property
    def heard_samples(self) -> int:
        """How many samples were heard."""
        return len(self._heard)

    def latest(self, samples: int) -> array[int]:
        """Return the last of what was heard."""
        return from_alaw(bytes(self._heard[-samples:]))

    @property
    def heard(self) -> array[int]:
        """What arrived so far, silence left out where nothing arrived."""
        return from_alaw(bytes(self._heard))

    def forget(self) -> None:
        """Drop what was heard so far."""
        self._heard.clear()

    def _say(self, samples: array[int]) -> None:
        data = to_alaw(samples)
        for start in range(0, len(data) - SAMPLES + 1, SAMPLES):
            self._put(ALAW_TYPE, False, data[start : start + SAMPLES])

    def _put(self, kind: int, marker: bool, payload: bytes, *, moves: bool = True) -> None:
        self._queue.append((kind, marker, payload, moves))

    def _tick(self) -> None:
        self._send_next()
        self._next_at += PACKET_S
        self._timer = asyncio.get_running_loop().call_at(self._next_at, self._tick)

    def _send_next(self) -> None:
        if not self._queue:
            end = self._position + SAMPLES
            self._send(ALAW_TYPE, False, self._background[self._position : end])
            self._position = end % len(self._background)
        else:
            self._send(*self._queue.popleft()[:3])
            while self._queue and not self._queue[0][3]:  # the event's end, three times at once (RFC 4733 2.5.1.4)
                self._send(*self._queue.popleft()[:3])
        self._timestamp += SAMPLES

    def _send(self, kind: int, marker: bool, payload: bytes) -> None:
        if marker:
            self._event_started = self._timestamp
        at = self._event_started if kind == self._event_type else self._timestamp
        head = struct.pack("!BBHII", 0x80, kind | 0x80 * marker, self._sequence & 0xFFFF, at & 0xFFFFFFFF, self._source)
        self._sequence += 1
        self.sent_packets += 1
        if self._held is None:
            self._deliver(head + payload)
        else:
            self._held.append(head + payload)

    def _deliver(self, packet: bytes) -> None:
        if self._transport is not None and self._peer is not None:
            self._transport.sendto(packet, self._peer)

    def take(self, packet: bytes) -> None:
        """Note a packet that arrived."""
        if len(packet) <= 12 or packet[0] >> 6 != 2:  # noqa: PLR2004
            return
        self.received_packets += 1
        kind = packet[1] & 0x7F
        if kind == ALAW_TYPE:
            self._heard += packet[12:]
        elif kind == EVENT_TYPE and packet[13] & 0x80 and packet[4:8] != self._last_event:
            self._last_event = packet[4:8]
            self.received_digits.append(_EVENTS[packet[12]] if packet[12] < len(_EVENTS) else "?")


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, port: RtpPort) -> None:
        self._port = port

    def datagram_received(self, data: bytes, addr: tuple[str | int, int]) -> None:  # noqa: ARG002
        self._port.take(data)

    def error_received(self, exc: Exception) -> None:
        """Ignore that the peer has closed its port: calls end."""
