"""Rules of nftables that keep a stranger's voice out of calls on trunks with ``media``.

Asterisk takes the first source that it hears for a leg's voice, sends the audio there, and believes its keys. A caller
who sends nothing, who may be hiding, could so lose the line to anybody who sends RTP to all ports in turn. Asterisk has
no access list for RTP, so the kernel decides. At the ports of filtered trunks (:mod:`ntpd112.host.voice_ports`)
arrives:

- what comes from the trunks' ``media`` and ``addresses``: voice behind a NAT, or from a gateway that the SDP does not
  name;
- what comes from an address to which Asterisk itself has sent from that very port in the last half minute. It sends to
  the address of the SDP from the first moment, so a list that lacks a gateway makes nobody mute.

Everything else is dropped and counted. The rules remember addresses by themselves, not by connection tracking, which
would remember every packet of the machine, and drop all of them once its table is full.

The table is the instance's own: nothing else of the machine's rules is touched.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from ntpd112.config.schema import City
from ntpd112.host.asterisk_root import find_asterisk
from ntpd112.host.commands import CommandError, run
from ntpd112.host.errors import HostError
from ntpd112.host.files import write_atomically
from ntpd112.host.voice_ports import PortRange, filtered_trunks, media_networks, voice_ports
from ntpd112.settings import Settings

_MARKS: Final = Path("/run/ntpd112")
"""Which rules are loaded, for those who may not ask the kernel; empty after a boot, as the kernel's tables are."""
_NETWORK: Final = Path("/proc/self/ns/net")
_FOLDERS: Final = "/usr/sbin:/sbin:/usr/local/sbin"
_TIMEOUT_S: Final = 20.0
_REACHED_S: Final = 30
"""Longer than any pause of ours: an RTCP report goes out every five seconds."""
_MOST_REACHED: Final = 65_535


def table_of(settings: Settings) -> str:
    """Return the name of an instance's own table."""
    address = re.sub(r"[^0-9a-f.]", "_", str(settings.sip_address))
    return f"ntpd112-{address}-{settings.sip_port}"


def needed(city: City, settings: Settings) -> str:
    """Return the rules that an instance needs; none without a trunk that is filtered. Raises :class:`HostError`."""
    if not filtered_trunks(city):
        return ""
    if not settings.asterisk_is_here:
        raise HostError("Asterisk runs on another machine; run this there, with that instance's folder")
    install = find_asterisk(settings.asterisk, settings.cache_dir)
    if install is None:
        raise HostError("there is no Asterisk yet; run `ntpd112 setup`")
    ports = voice_ports(city, settings, install).filtered
    if ports is None:
        raise HostError(
            "trunks and phones share their RTP ports, so rules would make phones mute: ports for trunks alone need "
            "Asterisk 22.10 or later and a range of at least 8 (rtp_first, rtp_last); run `ntpd112 update`"
        )
    return rules(city, settings, ports)


def rules(city: City, settings: Settings, ports: PortRange) -> str:
    """Return the ruleset for ``nft -f``; to load it twice is to load it once."""
    table = table_of(settings)
    address = ip_address(str(settings.sip_address))
    families = ("ip", "ip6") if address.is_unspecified and address.version == 6 else (_family(address.version),)  # noqa: PLR2004
    four, six = media_networks(city)
    networks = {"ip": [str(each) for each in four], "ip6": [str(each) for each in six]}
    lines = [
        "# Written by `ntpd112 firewall`.",
        *_removal(table),
        f"table inet {table} {{",
        '\tcounter listed { comment "from an address of media or addresses"; }',
        '\tcounter answered { comment "from where Asterisk sends to, as the SDP says"; }',
        '\tcounter strangers { comment "dropped"; }',
    ]
    sent, came = [], []
    for family in families:
        kind, here = {"ip": "ipv4_addr", "ip6": "ipv6_addr"}[family], "" if address.is_unspecified else str(address)
        lines += [
            f"\tset media-{family} {{",
            f"\t\ttype {kind}",
            "\t\tflags interval",
            *([f"\t\telements = {{ {', '.join(networks[family])} }}"] if networks[family] else []),
            "\t}",
            f"\tset reached-{family} {{",
            f"\t\ttype {kind} . inet_service",
            "\t\tflags dynamic,timeout",
            f"\t\ttimeout {_REACHED_S}s",
            f"\t\tsize {_MOST_REACHED}",
            "\t}",
            f"\tchain voice-{family} {{",
            f"\t\t{family} saddr @media-{family} counter name listed accept",
            f"\t\t{family} saddr . udp dport @reached-{family} counter name answered accept",
            "\t\tcounter name strangers drop",
            "\t}",
        ]
        span, own = f"{ports.first}-{ports.last}", {"sent": "", "came": ""}
        if here:
            own = {"sent": f"{family} saddr {here} ", "came": f"{family} daddr {here} "}
        version = f"meta nfproto {'ipv4' if family == 'ip' else 'ipv6'} "
        remember = f"update @reached-{family} {{ {family} daddr . udp sport }}"
        sent.append(f"\t\t{version}{own['sent']}udp sport {span} {remember}")
        came.append(f"\t\t{version}{own['came']}udp dport {span} goto voice-{family}")
    lines += ["\tchain sent {", "\t\ttype filter hook output priority filter; policy accept;", *sent, "\t}"]
    lines += ["\tchain came {", "\t\ttype filter hook input priority filter; policy accept;", *came, "\t}", "}"]
    return "\n".join(lines) + "\n"


def removal(settings: Settings) -> str:
    """Return what takes an instance's rules away; without any it changes nothing."""
    return "\n".join(_removal(table_of(settings))) + "\n"


def load(settings: Settings, ruleset: str) -> None:
    """Load a ruleset into the kernel, all of it or nothing, and mark it as loaded. Raises :class:`HostError`."""
    _nft(ruleset)
    _mark(settings, _digest(ruleset))


def unload(settings: Settings) -> None:
    """Take the rules away. Raises :class:`HostError`."""
    _nft(removal(settings))
    _mark(settings, "")


def has_rules(settings: Settings) -> bool:
    """Tell whether any rules of this instance were loaded since the machine started."""
    return (_MARKS / table_of(settings)).exists()


def is_loaded(settings: Settings, ruleset: str) -> bool:
    """Tell whether these very rules were loaded since the machine started, in this network of it."""
    try:
        return (_MARKS / table_of(settings)).read_text(encoding="utf-8") == _digest(ruleset)
    except (OSError, ValueError):
        return False


def refused(settings: Settings) -> int:
    """Return how many packets were dropped so far. Raises :class:`HostError`."""
    said = _run(["list", "counter", "inet", table_of(settings), "strangers"])
    found = re.search(r"packets (\d+)", said)
    return int(found[1]) if found else 0


def _removal(table: str) -> list[str]:
    return [f"add table inet {table}", f"delete table inet {table}"]


def _family(version: int) -> str:
    return "ip" if version == 4 else "ip6"  # noqa: PLR2004


def _digest(ruleset: str) -> str:
    network = _NETWORK.stat().st_ino if _NETWORK.exists() else 0
    return f"{network} {sha256(ruleset.encode()).hexdigest()}"


def _mark(settings: Settings, text: str) -> None:
    path = _MARKS / table_of(settings)
    try:
        if text:
            _MARKS.mkdir(exist_ok=True, mode=0o755)
            write_atomically(path, text.encode())
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise HostError(f"the rules are as you wish, but {path} could not be changed: {error}") from error


def _nft(ruleset: str) -> None:
    _run(["-f", "-"], ruleset)


def _run(arguments: Sequence[str], text: str = "") -> str:
    program = shutil.which("nft") or shutil.which("nft", path=_FOLDERS)
    if program is None:
        raise HostError("nft is missing; run this as root: apt-get install nftables")
    if os.geteuid() != 0:
        raise HostError("only root may change the machine's firewall; run this as root")
    try:
        return run([program, *arguments], timeout_s=_TIMEOUT_S, text=text)
    except CommandError as error:
        raise HostError(f"the kernel's firewall could not be changed: {error}") from error
