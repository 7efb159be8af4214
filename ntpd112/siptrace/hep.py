"""HEP version 3, as Asterisk's ``res_hep`` sends it: one mirrored packet in one datagram. Pure, and never raises.

``HEP3``, the total length, then chunks of vendor (2 bytes), type (2), length (2, these six included) and value, all in
network order (HEP3 network protocol specification, revision 36). What is not understood is passed over.
"""

from __future__ import annotations

import hmac
import socket
import struct
from dataclasses import dataclass
from typing import Final

SIP: Final = 1
_MAGIC: Final = b"HEP3"
_HEADER: Final = 6
_PROTOCOL, _SOURCE_PORT, _TARGET_PORT, _KEY, _PAYLOAD = 11, 7, 8, 14, 15
_SOURCES: Final = {3: socket.AF_INET, 5: socket.AF_INET6}
_TARGETS: Final = {4: socket.AF_INET, 6: socket.AF_INET6}
_LENGTHS: Final = {socket.AF_INET: 4, socket.AF_INET6: 16}
_WANTED: Final = frozenset({_PROTOCOL, _SOURCE_PORT, _TARGET_PORT, _KEY, _PAYLOAD, *_SOURCES, *_TARGETS})


@dataclass(frozen=True, slots=True)
class Packet:
    """One message on the wire: (address, port) of both ends, and its bytes."""

    protocol: int
    source: tuple[str, int]
    target: tuple[str, int]
    payload: bytes


def unpack(datagram: bytes, key: bytes) -> Packet | None:
    """Read one datagram; None when it is no HEP, not whole, or not of our Asterisk, which knows the ``key``."""
    if len(datagram) < _HEADER or datagram[:4] != _MAGIC or struct.unpack_from("!H", datagram, 4)[0] != len(datagram):
        return None
    chunks: dict[int, bytes] = {}
    at = _HEADER
    while at < len(datagram):
        if at + _HEADER > len(datagram):
            return None
        vendor, kind, length = struct.unpack_from("!HHH", datagram, at)
        if length < _HEADER or at + length > len(datagram):
            return None
        if vendor == 0 and kind in _WANTED:
            chunks[kind] = datagram[at + _HEADER : at + length]
        at += length
    if not hmac.compare_digest(chunks.get(_KEY, b""), key):
        return None
    return Packet(
        int.from_bytes(chunks.get(_PROTOCOL, b""), "big"),
        (_address(chunks, _SOURCES), int.from_bytes(chunks.get(_SOURCE_PORT, b""), "big")),
        (_address(chunks, _TARGETS), int.from_bytes(chunks.get(_TARGET_PORT, b""), "big")),
        chunks.get(_PAYLOAD, b""),
    )


def _address(chunks: dict[int, bytes], kinds: dict[int, socket.AddressFamily]) -> str:
    for kind, family in kinds.items():
        value = chunks.get(kind, b"")
        if len(value) == _LENGTHS[family]:
            return socket.inet_ntop(family, value)
    return ""
