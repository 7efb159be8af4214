"""What the ear makes of the messages it hears. Pure: time is an argument, memory is bounded, any bytes are legal.

An INVITE that Asterisk refused with a channel has a Reason in its answer (``res_pjsip_rfc3326``): that one was a call,
and has a record. One without never became a call: unknown address (401), extension (420), body (415), timer (422),
codec (488). A 401 is no refusal when the INVITE comes again with a password, as those of phones do.

Strangers can send a BYE or a REFER for calls that do not exist. An end counts once Asterisk has answered it with 200,
which it does for its own calls alone; of the rest, what concerns no call that the ear has seen is told now and then.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, Literal, TypeVar

from msgspec.structs import replace

from ntpd112.siptrace.findings import (
    AnyFinding,
    ChangeRefused,
    LineEnded,
    Refused,
    TransferAsked,
    WrongPassword,
)
from ntpd112.siptrace.hep import SIP, Packet
from ntpd112.siptrace.questions import Questions
from ntpd112.siptrace.sip import Head, read, readable, user_of
from ntpd112.siptrace.unreadable import Dropped
from ntpd112.siptrace.why import why

CHALLENGED_S: Final = 1.5
"""Who was asked for a password shows it within this time."""
TELL_EVERY_S: Final = 10.0
FORGOTTEN_S: Final = 120.0
"""An INVITE that went well is never answered here: only refusals are handed in. After so long it was none."""
OUR_NAME: Final = b"ntpd112"
"""``user_agent`` of pjsip.conf, which stands in everything that Asterisk sends."""
_MOST_INVITES: Final = 4_000
_MOST_LINES: Final = 20_000
_MOST_KINDS: Final = 300
_MOST_NUMBERS: Final = 5
_MOST_NEW: Final = {"stranger": 20, "password": 20, "unreadable": 20, "refused": 50, "unknown": 50}
"""So many new kinds are told within TELL_EVERY_S: no flood of strangers hides what a trunk sends."""
_ASKS_PASSWORD: Final = {401, 407}
_NO_SUCH_CALL: Final = 481
_NO_REFUSAL: Final = {487, 491}
"""The caller gave up; two changes met."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Way = Literal["in", "out", "within"]
Told = Refused | WrongPassword


class Latest(OrderedDict[K, V], Generic[K, V]):
    """Keeps the latest ``most`` entries."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def put(self, key: K, value: V) -> None:
        """Add one as the latest; the oldest goes when there are too many."""
        self[key] = value
        self.move_to_end(key)
        if len(self) > self._most:
            self.popitem(last=False)


@dataclass(slots=True)
class _Invite:
    head: Head
    source: str
    at: float


@dataclass(slots=True)
class _Kind:
    """Refusals alike, from one address."""

    first: Told
    told_at: float
    numbers: dict[str, None] = field(default_factory=dict)
    more: int = 0


class Ear:
    """``address`` and ``port``: where Asterisk listens for SIP; an empty address when on all of the machine's."""

    def __init__(self, address: str, port: int) -> None:
        self._own = (address, port)
        self.unreadable = self.strangers = 0
        self.questions = Questions(address, port)
        self._invites: Latest[tuple[str, int], _Invite] = Latest(_MOST_INVITES)
        self._challenged: Latest[str, _Invite] = Latest(_MOST_INVITES)
        self._proofs: Latest[tuple[str, int], tuple[str, str]] = Latest(_MOST_INVITES)
        """Requests that show a password -> for whom, and from where."""
        self._ends: Latest[tuple[str, int, str], LineEnded] = Latest(_MOST_INVITES)
        """Ends that Asterisk has not answered yet."""
        self._parties: Latest[str, str] = Latest(_MOST_LINES)
        """Lines that Asterisk dialled -> who is there."""
        self._registered: Latest[tuple[str, int], str] = Latest(_MOST_LINES)
        self._kinds: dict[str, Latest[tuple[str, int, str], _Kind]] = {sort: Latest(_MOST_KINDS) for sort in _MOST_NEW}
        self._new = dict.fromkeys(_MOST_NEW, 0)
        self._new_since = 0.0

    def hear(self, now: float, packet: Packet) -> list[AnyFinding]:
        """Take one message and return what is to be told of it at once."""
        if packet.protocol != SIP:
            return []
        head = read(packet.payload)
        if head is None:
            self.unreadable += 1
            return []
        way = self._way(packet, head)
        if way == "within":
            return []
        if way == "in":
            self.questions.comes(head, packet.source)
        if head.method:
            return self._request(now, way, packet, head)
        if head.cseq[1] in {"BYE", "CANCEL"}:
            end = self._ends.pop((head.call_id, *head.cseq), None) if way == "out" else None
            return [end] if end is not None and head.status == 200 else []  # noqa: PLR2004  it was a call's
        return self._response(now, way, packet, head)

    def passed(self, now: float) -> list[AnyFinding]:
        """Return what is to be told after some time has passed; call it about every second."""
        found: list[AnyFinding] = []
        while self._invites and now - next(iter(self._invites.values())).at > FORGOTTEN_S:
            self._invites.popitem(last=False)
        for call_id, invite in list(self._challenged.items()):
            if now - invite.at < CHALLENGED_S:
                break
            del self._challenged[call_id]
            self.strangers += 1
            found += self._refused(now, "stranger", invite, 401, "no trunk lists its address")
        if now - self._new_since >= TELL_EVERY_S:
            self._new, self._new_since = dict.fromkeys(_MOST_NEW, 0), now
        for kinds in self._kinds.values():
            for kind in kinds.values():
                if kind.more and now - kind.told_at >= TELL_EVERY_S:
                    found.append(_again(kind))
                    kind.told_at, kind.more = now, 0
        return found

    def dropped(self, now: float, message: Dropped) -> list[AnyFinding]:
        """Take a message that Asterisk could not read and return what is to be told at once."""
        told = Refused(message.source, 0, message.why, (), "", "", 1)
        return self._one_more(now, "unreadable", (message.source, 0, message.why), told, "")

    def _way(self, packet: Packet, head: Head) -> Way:
        comes, goes = packet.target == self._own, packet.source == self._own
        if comes and goes:
            return "within"
        if comes or goes:
            return "in" if comes else "out"
        # Through a connection that Asterisk opened itself, or it listens on every address.
        return "out" if OUR_NAME in (head.get(b"user-agent"), head.get(b"server")) else "in"

    def _request(self, now: float, way: Way, packet: Packet, head: Head) -> list[AnyFinding]:
        call_id, number = head.call_id, head.cseq[0]
        if head.method in {"INVITE", "UPDATE"}:
            self._invites.put((call_id, number), _Invite(head, packet.source[0], now))
        if way == "out":
            self.questions.goes(now, head, self._parties.get(call_id, ""), packet.source, packet.target)
            if head.method == "INVITE" and not head.in_dialog:
                self._parties.put(call_id, self._registered.get(packet.target) or head.dialled)
            return []
        if head.proves:
            self._challenged.pop(call_id, None)
            self._proofs.put((call_id, number), (head.proves, packet.source[0]))
        if head.method in {"BYE", "CANCEL"}:
            self._ends.put((call_id, number, head.method), self._ended(call_id, head))
            return []
        if head.method == "REFER" and head.in_dialog:
            return self._transfer(call_id, user_of(head.get(b"refer-to") or head.get(b"r")))
        if head.method == "INVITE" and head.proves and head.get(b"replaces"):
            return self._transfer(readable(head.get(b"replaces").partition(b";")[0].strip()), head.dialled)
        return []

    def _response(self, now: float, way: Way, packet: Packet, head: Head) -> list[AnyFinding]:
        number, method = head.cseq
        key = (head.call_id, number)
        if head.status < 200:  # noqa: PLR2004  provisional
            return []
        invite = self._invites.pop(key, None) if method in {"INVITE", "UPDATE"} else None
        if way == "in":
            is_told = method == "INVITE" and head.status >= 300 and head.all(b"reason")  # noqa: PLR2004  refused
            return [self._ended(head.call_id, head)] if is_told and self._may_tell(head.call_id) else []
        proof = self._proofs.pop(key, None)
        if method == "REGISTER" and head.status == 200:  # noqa: PLR2004  registered
            self._registered.put(packet.target, user_of(head.get(b"to")))
        if proof and head.status in _ASKS_PASSWORD:
            is_stale = b"stale=true" in head.get(b"www-authenticate").lower()
            return [] if is_stale else self._wrong(now, *proof)
        if invite is None or head.status < 300 or head.status in _NO_REFUSAL:  # noqa: PLR2004  went well
            return []
        if invite.head.in_dialog:
            change = ChangeRefused(head.call_id, method, head.status, why(head.status, invite.head, head))
            return [] if head.status in _ASKS_PASSWORD or head.status == _NO_SUCH_CALL else [change]
        if head.all(b"reason"):
            return []
        if head.status in _ASKS_PASSWORD:
            if len(self._challenged) == _MOST_INVITES:
                self.strangers += 1  # the oldest has no time left to show a password
            self._challenged.put(head.call_id, invite)
            return []
        return self._refused(now, "refused", invite, head.status, why(head.status, invite.head, head))

    def _ended(self, call_id: str, head: Head) -> LineEnded:
        texts = tuple(readable(text)[:500] for text in head.all(b"reason")[:20])
        return LineEnded(call_id, texts, self._parties.get(call_id, ""))

    def _transfer(self, call_id: str, target: str) -> list[AnyFinding]:
        told = TransferAsked(call_id, target, self._parties.get(call_id, ""))
        return [told] if self._may_tell(call_id) else []

    def _may_tell(self, call_id: str) -> bool:
        """Whether a message is of a line that the ear knows, or one of few others: its line may be older than we."""
        if call_id in self._parties:
            return True
        self._new["unknown"] += 1
        return self._new["unknown"] <= _MOST_NEW["unknown"]

    def _refused(self, now: float, sort: str, invite: _Invite, status: int, about: str) -> list[AnyFinding]:
        head = invite.head
        agent = readable(head.get(b"user-agent"))[:100]
        told = Refused(invite.source, status, about, (head.dialled,), head.call_id, agent, 1)
        return self._one_more(now, sort, (invite.source, status, about), told, head.dialled)

    def _wrong(self, now: float, user: str, source: str) -> list[AnyFinding]:
        return self._one_more(now, "password", (source, 401, user), WrongPassword(user, source, 1), "")

    def _one_more(self, now: float, sort: str, key: tuple[str, int, str], told: Told, number: str) -> list[AnyFinding]:
        """Tell the first of a kind at once, and of the others their number now and then."""
        kind = self._kinds[sort].get(key)
        if kind is not None:
            kind.more += 1
            if len(kind.numbers) < _MOST_NUMBERS:
                kind.numbers[number] = None
            return []
        if self._new[sort] == _MOST_NEW[sort]:
            return []
        self._new[sort] += 1
        self._kinds[sort].put(key, _Kind(told, now, {number: None}))
        return [told]


def _again(kind: _Kind) -> AnyFinding:
    first = kind.first
    if not isinstance(first, Refused):
        return replace(first, count=kind.more)
    numbers = tuple(kind.numbers)
    return Refused(first.source, first.status, first.why, numbers, first.sip_call_id, first.agent, kind.more)
