"""SIP over UDP and TCP, message by message, for parties that write them byte by byte."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from ntpd112.simulate.sipp import Address


class Wire:
    """The way of messages between a party and the centre."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        """``take``: hears of every message that comes."""
        self.take = take
        self.port = 0
        """Our end of it."""

    async def open(self, target: Address, ip: str) -> None:
        """Begin to hear and to speak."""
        raise NotImplementedError

    async def close(self) -> None:
        """Hear and speak no more."""
        raise NotImplementedError

    def send(self, data: bytes) -> None:
        """Send one message."""
        raise NotImplementedError


class UdpWire(Wire, asyncio.DatagramProtocol):
    """Datagrams."""

    async def open(self, target: Address, ip: str) -> None:
        """Begin to hear and to speak."""
        loop = asyncio.get_running_loop()
        self._to = (target.ip, target.port)
        self._udp, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(ip, 0))
        self.port = self._udp.get_extra_info("sockname")[1]

    async def close(self) -> None:
        """Hear and speak no more."""
        self._udp.close()
        await asyncio.sleep(0)

    def send(self, data: bytes) -> None:
        """Send one message."""
        self._udp.sendto(data, self._to)

    def datagram_received(self, data: bytes, addr: tuple[str | int, int]) -> None:  # noqa: ARG002
        """Take a message."""
        if len(data) > 4:  # noqa: PLR2004  not a keep-alive
            self.take(data)

    def error_received(self, exc: Exception) -> None:
        """Ignore that the other side has closed its port."""


class TcpWire(Wire, asyncio.Protocol):
    """One connection."""

    async def open(self, target: Address, ip: str) -> None:
        """Begin to hear and to speak."""
        loop = asyncio.get_running_loop()
        self._held = b""
        self._tcp, _ = await loop.create_connection(lambda: self, target.ip, target.port, local_addr=(ip, 0))
        self.port = self._tcp.get_extra_info("sockname")[1]

    async def close(self) -> None:
        """Hear and speak no more."""
        self._tcp.close()
        await asyncio.sleep(0)

    def send(self, data: bytes) -> None:
        """Send one message."""
        self._tcp.write(data)

    def data_received(self, data: bytes) -> None:
        """Take what came, message by message."""
        self._held += data
        while True:
            self._held = self._held.lstrip(b"\r\n")
            head, end, rest = self._held.partition(b"\r\n\r\n")
            found = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
            length = int(found[1]) if found else 0
            if not end or len(rest) < length:
                return
            self._held = rest[length:]
            self.take(head + end + rest[:length])
