"""What AMI knows of the operators' phones, and what Asterisk's own fallback queue has to know of the operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast, get_args

import structlog

from ntpd112.core import messages as m
from ntpd112.core.phone_events import PhonesListed, PhonesOutOfSight
from ntpd112.pbx.ami.client import AmiClient
from ntpd112.pbx.ami.errors import AmiError, AmiRefusedError
from ntpd112.pbx.hearing import phone_state
from ntpd112.settings import PAGE_SUFFIX

log = structlog.get_logger(__name__)

_TECHNOLOGY = "PJSIP/"
PHONE_EVENTS = {"DeviceStateChange": ("Device", _TECHNOLOGY)}
"""Queues are devices too, and change twice with every call."""
_MOST_TELLING: tuple[m.PhoneState, ...] = ("in_use", "ringing", "free", "unreachable")
_FALLBACK_QUEUE = "fallback"
_LONGEST_REASON = 80
_ALONE = "alone"
"""Family of Asterisk's database in which the dialplan's feature codes leave what was dialled without us."""


class Phones:
    """Tells the core about phones, and Asterisk about presence.

    An operator has up to two: one of their own, and one in their page. To the core they are one phone, which is in use
    when either is; the one in the page rings where there is one.
    """

    def __init__(self, ami: AmiClient, submit: Callable[[m.Event], None]) -> None:
        self._ami = ami
        self._submit = submit
        self._presence: dict[str, m.ShowPresence] = {}
        self._states: dict[str, dict[bool, m.PhoneState]] = {}
        """Operator -> what the phone in the page (True) and the other one were last heard of as."""
        self._has_looked = False
        self.has_left: Callable[[str], bool] = lambda _phone: False
        """Whether a phone is known to be at no address any more."""

    def heard(self, fields: Mapping[str, str]) -> None:
        """Take one device's state, from an event or a list. Devices that are no operator's the core does not know."""
        device = fields.get("Device", "")
        state = phone_state(fields.get("State", ""))
        if state is None or not device.startswith(_TECHNOLOGY):
            return
        phone = device.removeprefix(_TECHNOLOGY)
        operator = phone.removesuffix(PAGE_SUFFIX)
        states = self._states.setdefault(operator, {True: "unreachable"})
        states[operator != phone] = state
        if states.keys() == {True} and state == "unreachable":
            return  # of the other one nothing is heard yet
        self._submit(m.PhoneStateChanged(operator, _as_one(states)))

    def of(self, operator: str) -> str:
        """Return which phone to ring, by Asterisk's name for it."""
        page = operator + PAGE_SUFFIX
        in_page = self._states.get(operator, {}).get(True, "unreachable") != "unreachable"
        return page if in_page and not self.has_left(page) else operator

    def lost(self) -> None:
        """Tell that nobody reports phones any more."""
        self._submit(PhonesOutOfSight())
        self._has_looked = False

    async def look(self) -> None:
        """Read what has happened without us, and tell Asterisk everybody's presence: after each new connection."""
        try:
            for entry in await self._ami.list_action("DBGetTree", Family=_ALONE):
                self._dialled_alone(entry)
            await self._ami.action("DBDelTree", Family=_ALONE)
        except AmiRefusedError:
            pass  # nothing was dialled
        except AmiError as error:
            log.warning("presence_dialled_alone_unknown", reason=str(error))
        self._has_looked = True
        await self.list_states()
        for shown in list(self._presence.values()):
            await self.show(shown)

    async def list_states(self) -> None:
        """Read the state of every phone."""
        try:
            for fields in await self._ami.list_action("DeviceStateList"):
                self.heard(fields)
        except AmiError as error:
            log.warning("phone_states_unknown", reason=str(error))
        else:
            self._submit(PhonesListed())

    def _dialled_alone(self, entry: Mapping[str, str]) -> None:
        """Take over the presence that an operator has dialled while the dialplan was alone."""
        operator = entry.get("Key", "").rpartition("/")[2]
        presence, _, reason = entry.get("Val", "").partition(":")
        if operator and presence in get_args(m.Presence):
            self._submit(m.PresenceSet(operator, cast("m.Presence", presence), reason, operator))

    async def show(self, presence: m.ShowPresence) -> None:
        """Let the fallback queue ring who is available, and nobody else."""
        self._presence[presence.operator] = presence
        if not self._has_looked:
            return  # what was dialled without us is not to be overwritten unread
        for phone in (presence.operator, presence.operator + PAGE_SUFFIX):
            try:
                await self._ami.action(
                    "QueuePause",
                    Interface=f"{_TECHNOLOGY}{phone}",
                    Queue=_FALLBACK_QUEUE,
                    Paused="false" if presence.presence == "available" else "true",
                    Reason=_one_line(presence.reason) or presence.presence,
                )
            except AmiError as error:
                if phone == presence.operator or not isinstance(error, AmiRefusedError):
                    log.warning("presence_not_shown", operator=presence.operator, reason=str(error))


def _as_one(states: Mapping[bool, m.PhoneState]) -> m.PhoneState:
    """Return what several phones of one operator are together."""
    return min(states.values(), key=_MOST_TELLING.index)


def _one_line(text: str) -> str:
    """Return somebody's words as AMI can carry them: no control characters, and not without end."""
    return "".join(c if c.isprintable() else " " for c in text).strip()[:_LONGEST_REASON]
