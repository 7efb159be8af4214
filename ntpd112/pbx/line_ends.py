"""Brings together what a network says of the end of a line, and the end itself.

Asterisk tells of the end (ARI), and the ear of the BYE that caused it, a moment earlier or later: two processes run in
between. An end that may have a reason waits for the ear's word, for :data:`PATIENCE_S` at most, and only while the ear
lives, or the controller is so young that it cannot know. The word comes for every BYE, also for one without a reason,
within two milliseconds on an idle machine.

A caller's line is known by its Call-ID, which the dialplan hands over. Of a phone that Asterisk dialled the ear tells
who is there, and several lines to the same party are told apart by which of them has just ended. An ear that starts
anew, or a controller that does, has not seen those legs begin: their Call-IDs are then read from Asterisk, each once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from ntpd112.core import trace_events as t
from ntpd112.pbx.hands import Submit
from ntpd112.pbx.hearing import call_of_leg, is_leg
from ntpd112.pbx.line import LegLine
from ntpd112.siptrace.findings import LineEnded, Unanswered

PATIENCE_S = 0.15


class LineEnds:
    """``is_alive``: whether the ear hears anything at present; ``is_expected``: whether it may, as far as is known."""

    def __init__(self, submit: Submit, is_alive: Callable[[], bool], is_expected: Callable[[], bool]) -> None:
        self._submit = submit
        self.is_alive = is_alive
        self._is_expected = is_expected
        self._lines: dict[str, str] = {}
        """SIP's Call-ID -> the call, or the leg."""
        self._call_ids: dict[str, str] = {}
        """And the other way round."""
        self._legs: Mapping[str, LegLine] = {}
        self._learn: Callable[[str], None] = _nothing
        self._unanswered: Callable[[str, Unanswered], None] = _nothing
        self._told: set[str] = set()
        """Lines and legs of whose end the ear has told already."""
        self._held: dict[str, tuple[asyncio.TimerHandle, Callable[[], None]]] = {}

    def watch(
        self, legs: Mapping[str, LegLine], learn: Callable[[str], None], unanswered: Callable[[str, Unanswered], None]
    ) -> None:
        """Know these legs, whichever there are.

        ``learn``: finds out a leg's Call-ID, for :meth:`began`. ``unanswered``: hears of a line or leg on which a
        question stays without an answer.
        """
        self._legs, self._learn, self._unanswered = legs, learn, unanswered

    def ear_began(self) -> None:
        """Learn what an ear that has just started has not seen."""
        for leg_id in self._legs.keys() - self._call_ids.keys():
            self._learn(leg_id)

    def began(self, channel_id: str, sip_call_id: str) -> None:
        """Know a line or a leg by the Call-ID of its INVITE; an empty one is of no use."""
        if sip_call_id and (channel_id in self._legs or not is_leg(channel_id)):
            self._lines[sip_call_id] = channel_id
            self._call_ids[channel_id] = sip_call_id

    def gone(self, channel_id: str) -> None:
        """Forget a line or a leg."""
        self._lines.pop(self._call_ids.pop(channel_id, ""), None)
        self._told.discard(channel_id)

    def call_of(self, sip_call_id: str) -> str:
        """Return the call to which a Call-ID belongs, or nothing."""
        return call_of_leg(self._lines.get(sip_call_id, ""))

    def heard(self, finding: LineEnded) -> None:
        """Take what the ear has found."""
        channel_id = self.channel_of(finding.sip_call_id, finding.party)
        if not channel_id:
            return
        self._told.add(channel_id)
        if finding.texts:
            leg_id = channel_id if is_leg(channel_id) else ""
            self._submit(t.NetworkReason(call_of_leg(channel_id), leg_id, finding.texts))
        self._let_go(channel_id)

    def unanswered(self, finding: Unanswered) -> None:
        """Take what became of a question."""
        channel_id = self.channel_of(finding.sip_call_id, finding.party)
        if channel_id:
            self._unanswered(channel_id, finding)

    def waits(self, channel_id: str, end: Callable[[], None]) -> bool:
        """Whether an end has to wait; ``end`` is called then, once the ear has spoken or has had its time."""
        if (
            channel_id in self._told
            or channel_id in self._held
            or not self._is_expected()
            or not self._is_known(channel_id)
        ):
            return False
        handle = asyncio.get_running_loop().call_later(PATIENCE_S, self._let_go, channel_id)
        self._held[channel_id] = (handle, end)
        return True

    def _let_go(self, channel_id: str) -> None:
        held = self._held.pop(channel_id, None)
        if held is not None:
            self._told.add(channel_id)  # or its end would wait again
            held[0].cancel()
            held[1]()

    def _is_known(self, channel_id: str) -> bool:
        leg = self._legs.get(channel_id)
        if leg is not None:
            return leg.entered and leg.wanted and (bool(leg.phone or leg.number) or channel_id in self._call_ids)
        return channel_id in self._call_ids

    def channel_of(self, sip_call_id: str, party: str) -> str:
        """Return the line or the leg with a Call-ID, else the one to a party of the ear's, or nothing."""
        return self._lines.get(sip_call_id, "") or (self._leg_to(party) if party else "")

    def _leg_to(self, party: str) -> str:
        """Return the leg to a party, or nothing when there is none or nobody can tell which of several."""
        there = [leg_id for leg_id, leg in self._legs.items() if party in {leg.phone, leg.number}]
        if len(there) > 1:
            there = [leg_id for leg_id in there if leg_id in self._held]
        return there[0] if len(there) == 1 else ""


def _nothing(*_: object) -> None:
    """Nobody has to be told."""
