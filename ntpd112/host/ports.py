"""Whether Asterisk can have its ports: it would start without them, and every call would be lost."""

from __future__ import annotations

import errno
import socket

from ntpd112.host.errors import AsteriskError
from ntpd112.settings import Settings


def check_ports(settings: Settings) -> None:
    """Try every port that Asterisk is going to listen on.

    Raises:
        AsteriskError: one is taken, or its address is not of this machine; the text names the setting to change.
    """
    sip, manage = str(settings.sip_address), str(settings.manage_address)
    for address, port, kind, name in (
        (sip, settings.sip_port, socket.SOCK_DGRAM, "sip"),
        (sip, settings.sip_port, socket.SOCK_STREAM, "sip"),
        (manage, settings.ari_port, socket.SOCK_STREAM, "ari"),
        (manage, settings.ami_port, socket.SOCK_STREAM, "ami"),
    ):
        _try(address, port, kind, name)


def _try(address: str, port: int, kind: socket.SocketKind, name: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    address_setting = "sip_address" if name == "sip" else "manage_address"
    with socket.socket(family, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            protocol = "UDP" if kind is socket.SOCK_DGRAM else "TCP"
            if error.errno == errno.EADDRINUSE:
                raise AsteriskError(
                    f"{protocol} port {port} of {address} is taken by another program; stop it (`ss -tulnp` shows it), "
                    f"or set {name}_port or {address_setting} in instance.yaml"
                ) from error
            if error.errno == errno.EADDRNOTAVAIL:
                raise AsteriskError(
                    f"{address} is no address of this machine; set {address_setting} in instance.yaml to one of "
                    "those that `ip address` shows"
                ) from error
            raise AsteriskError(f"cannot listen on {protocol} {address}:{port}: {error.strerror}") from error
