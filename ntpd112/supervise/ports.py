"""Who holds a port that Asterisk needs, by name: Asterisk would start without it, and every call would be lost."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Literal

from ntpd112.settings import Settings

Protocol = Literal["udp", "tcp"]
_LISTENING = "0A"


@dataclass(frozen=True)
class Taken:
    """A port that cannot be had."""

    port: int
    protocol: Protocol
    address: str
    setting: str
    """Environment variable that chooses another."""
    holder: str
    """Program and pid of whoever has it, as far as this user may know."""

    def __str__(self) -> str:
        return f"{self.address}:{self.port}/{self.protocol} is taken by {self.holder}"


def taken_ports(settings: Settings) -> list[Taken]:
    """Try every port of an instance whose Asterisk does not run."""
    sip, manage = settings.sip_address, settings.manage_address
    wanted: tuple[tuple[IPv4Address | IPv6Address, int, Protocol, str], ...] = (
        (sip, settings.sip_port, "udp", "NTPD112_SIP_PORT"),
        (sip, settings.sip_port, "tcp", "NTPD112_SIP_PORT"),
        (manage, settings.ari_port, "tcp", "NTPD112_ARI_PORT"),
        (manage, settings.ami_port, "tcp", "NTPD112_AMI_PORT"),
    )
    return [
        Taken(port, protocol, str(address), setting, holder(str(address), port, protocol))
        for address, port, protocol, setting in wanted
        if not _is_free(address, port, protocol)
    ]


def holder(address: str, port: int, protocol: Protocol) -> str:
    """Name who holds a port of an address: ``asterisk (pid 812)``."""
    inodes = set(_inodes(address, port, protocol))
    for process in Path("/proc").glob("[0-9]*"):
        held = set(_open_files(process))
        if any(f"socket:[{inode}]" in held for inode in inodes):
            with contextlib.suppress(OSError):
                return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return "another user's program" if inodes else "a program that has just ended, or is not to be seen from here"


def _open_files(process: Path) -> Iterator[str]:
    """Yield what a process has open, as far as this user may know; it may close any of it meanwhile."""
    try:
        links = list((process / "fd").iterdir())
    except OSError:
        return
    for link in links:
        with contextlib.suppress(OSError):
            yield link.readlink().name


def _is_free(address: IPv4Address | IPv6Address, port: int, protocol: Protocol) -> bool:
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET  # noqa: PLR2004
    with socket.socket(family, socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM) as probe:
        if protocol == "tcp":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((str(address), port))
        except OSError as error:
            # Anything else, such as a foreign address, is told by the exchange's own check.
            return error.errno != errno.EADDRINUSE
    return True


def _inodes(address: str, port: int, protocol: Protocol) -> list[str]:
    """Return the sockets that listen there, by proc(5): addresses as hexadecimal words of this machine's order."""
    found = []
    for table in (Path(f"/proc/net/{protocol}"), Path(f"/proc/net/{protocol}6")):
        try:
            rows = table.read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            words = row.split()
            host, _, number = words[1].rpartition(":")
            is_there = int(number, 16) == port and _covers(host, address)
            if is_there and (protocol == "udp" or words[3] == _LISTENING):
                found.append(words[9])
    return found


def _covers(words: str, address: str) -> bool:
    """Tell whether an address of proc(5) is this one, or every one."""
    packed = b"".join(bytes.fromhex(words[at : at + 8])[::-1] for at in range(0, len(words), 8))
    return not any(packed) or ip_address(packed) == ip_address(address)
