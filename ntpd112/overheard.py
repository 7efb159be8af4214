"""Puts what the ear has found where it belongs: the core, the exchange, and the alarms of those who run the room.

An INVITE from an address that no trunk lists may be a carrier's new gateway, and then callers are lost, or a scanner,
and then nobody wants to hear of it. It counts as a carrier's when it dialled a number of ours, by a program that is no
known scanner, from an address that has not tried one number after another.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, Protocol

import structlog

from ntpd112.config.load import CityFile
from ntpd112.config.numbers import dialled_number
from ntpd112.config.schema import City
from ntpd112.core import messages as m
from ntpd112.core import trace_events as t
from ntpd112.core.phone_events import LegTransferAsked
from ntpd112.core.records import Refusal
from ntpd112.pbx.hearing import is_leg
from ntpd112.pbx.now_and_then import NowAndThen
from ntpd112.settings import PAGE_SUFFIX
from ntpd112.siptrace.findings import (
    AnyFinding,
    Beat,
    ChangeRefused,
    LineEnded,
    Refused,
    TransferAsked,
    Unanswered,
    WrongPassword,
)
from ntpd112.web.control import EarHealth

log = structlog.get_logger(__name__)

_UNLISTED: Final = 401
_UNREADABLE: Final = 0
_SCANNERS: Final = re.compile(
    r"friendly|sipvicious|sipcli|sip-?scan|sipp?ack|scanner|smap|sundayddr|iwar|sivus|gulp|vaxsip|pplsip|eyebeam.*scan|"
    r"nmap|masscan|zgrab|sipsak|siptest|voip-?scan|cisco-?sipgateway/ios-12\.x$",
    re.IGNORECASE,
)
_A_CARRIERS_NUMBERS: Final = 3
"""A carrier dials those of ours; whoever dials more numbers than that from an unknown address is trying them out."""
_MOST_STRANGERS: Final = 10
_FORGOTTEN_S: Final = 3600.0
_AGAIN_S: Final = 600.0
_MOST_TOLD: Final = 100


class _Ends(Protocol):
    def heard(self, finding: LineEnded) -> None: ...
    def unanswered(self, finding: Unanswered) -> None: ...
    def call_of(self, sip_call_id: str) -> str: ...
    def channel_of(self, sip_call_id: str, party: str) -> str: ...


class Overheard:
    """``city``: the routing in force."""

    def __init__(
        self,
        city: Callable[[], CityFile],
        submit: Callable[[m.Event], None],
        alarm: Callable[[str, str, str, str], None],
        ends: _Ends,
    ) -> None:
        self._city = city
        self._submit = submit
        self._alarm = alarm
        self._ends = ends
        self._strangers: OrderedDict[str, float] = OrderedDict()
        """Unlisted addresses that were told of as perhaps a carrier's."""
        self._told = NowAndThen(_AGAIN_S, _MOST_TOLD)
        """Wrong passwords: (operator, address)."""
        self.scanned = 0
        """INVITEs and passwords that only a scanner tries."""

    def hear(self, finding: AnyFinding) -> None:
        """Take one finding. Never raises."""
        match finding:
            case LineEnded():
                self._ends.heard(finding)
            case Refused():
                self._refused(finding)
            case ChangeRefused(sip_call_id=sip_call_id):
                call_id = self._ends.call_of(sip_call_id)
                if call_id:
                    what = f"{finding.method} in the call refused with {finding.status}: {finding.why}"
                    self._submit(t.CallNoted(call_id, what))
            case TransferAsked():
                self._transfer(finding)
            case Unanswered():
                self._ends.unanswered(finding)
            case WrongPassword():
                self._wrong_password(finding)

    def _transfer(self, found: TransferAsked) -> None:
        channel_id = self._ends.channel_of(found.sip_call_id, found.party)
        if is_leg(channel_id):
            self._submit(LegTransferAsked(channel_id, found.target))
        elif channel_id:
            self._submit(t.CallNoted(channel_id, f"the network asked for a transfer to {found.target}: refused"))

    @staticmethod
    def health(last: Beat | None, *, alive: bool) -> EarHealth | None:
        """Say how the ear is, by what it said of itself at last."""
        return EarHealth(alive, last.heard, last.lost, last.unreadable, last.strangers) if last is not None else None

    def _refused(self, found: Refused) -> None:
        city = self._city().city
        trunk = trunk_of(city, found.source)
        source = found.source
        if not trunk and found.status == _UNREADABLE:
            self.scanned += found.count
            return
        if not trunk and found.status == _UNLISTED:
            if not _may_be_a_carrier(city, found):
                self.scanned += found.count
                return
            source = self._stranger(source)
        number = next((each for each in found.numbers if dialled_number(each, city)[1]), next(iter(found.numbers), ""))
        refusal = Refusal(trunk, source, found.status, found.why, number, found.sip_call_id)
        log.warning("invite_refused", trunk=trunk, source=source, status=found.status, reason=found.why)
        self._submit(t.InvitesRefused(refusal, found.count))

    def _stranger(self, source: str) -> str:
        """Return by what name an unlisted address is told: by its own, unless many are (their sender may be forged)."""
        now = time.monotonic()
        while self._strangers and now - next(iter(self._strangers.values())) > _FORGOTTEN_S:
            self._strangers.popitem(last=False)
        if source not in self._strangers and len(self._strangers) >= _MOST_STRANGERS:
            return "many addresses"
        self._strangers.setdefault(source, now)
        return source

    def _wrong_password(self, found: WrongPassword) -> None:
        city = self._city().city
        operator = found.user.removesuffix(PAGE_SUFFIX)
        if operator not in city.operators:
            self.scanned += found.count
            return
        number = self._told.due((operator, found.source), found.count)
        if number:
            times = f", {number} times" if number > 1 else ""
            what = f"a wrong password for the phone of operator {operator} from {found.source}{times}"
            cure = "if the phone is ours, type the one into it that `ntpd112 operators --passwords` shows"
            self._alarm("wrong_password", f"{what}; {cure}, else keep it out", "", operator)


def trunk_of(city: City, source: str) -> str:
    """Return the trunk that lists an address, or nothing."""
    try:
        address = ip_address(source)
    except ValueError:
        return ""
    for name, trunk in city.trunks.items():
        if any(address in _network(str(each)) for each in trunk.addresses):
            return name
    return ""


def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text, strict=False)


def _may_be_a_carrier(city: City, found: Refused) -> bool:
    if _SCANNERS.search(found.agent) or len(found.numbers) > _A_CARRIERS_NUMBERS:
        return False
    return any(dialled_number(number, city)[1] for number in found.numbers)
