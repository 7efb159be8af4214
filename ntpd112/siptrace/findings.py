"""What the ear tells the controller: few facts, each of which nothing else tells. Datagrams hold lists of them."""

from __future__ import annotations

import msgspec
from msgspec import Struct


class Finding(Struct, frozen=True, tag_field="is", tag=True):
    """Something that was heard. Call-IDs are SIP's, in readable text."""


class LineEnded(Finding, frozen=True):
    """A network ends, gives up or refuses a line. ``texts``: its Reason headers, perhaps none."""

    sip_call_id: str
    texts: tuple[str, ...]
    party: str
    """When Asterisk dialled: the registered user there, else the number; empty when it was called."""


class Refused(Finding, frozen=True):
    """Asterisk refused INVITEs that never became calls, ``count`` more of one kind from one address."""

    source: str
    status: int
    why: str
    numbers: tuple[str, ...]
    """What they dialled, the first of them."""
    sip_call_id: str
    agent: str
    """User-Agent of the first."""
    count: int


class ChangeRefused(Finding, frozen=True):
    """Asterisk refused to change a call that stands: a re-INVITE or an UPDATE."""

    sip_call_id: str
    method: str
    status: int
    why: str


class TransferAsked(Finding, frozen=True):
    """A phone or a network asked for a transfer: by REFER, or by a call that was to take the place of another."""

    sip_call_id: str
    target: str
    party: str
    """As in :class:`LineEnded`."""


class Unanswered(Finding, frozen=True):
    """The far end has not answered a request of Asterisk's inside a call, which was refused in its place."""

    sip_call_id: str
    party: str
    """As in :class:`LineEnded`."""
    is_alive: bool
    """Something showed meanwhile that somebody is there."""


class WrongPassword(Finding, frozen=True):
    """Somebody showed a wrong password for a user, ``count`` more times."""

    user: str
    source: str
    count: int


class Beat(Finding, frozen=True):
    """The ear lives; numbers since its start."""

    heard: int
    """Messages."""
    unreadable: int
    """Datagrams that were no message of our Asterisk."""
    lost: int
    """Messages that came faster than they could be read, and findings that could not be told."""
    strangers: int
    """INVITEs refused with 401 from addresses that showed no password."""
    ear: str = ""
    """Another one after each start."""


AnyFinding = LineEnded | Refused | ChangeRefused | TransferAsked | Unanswered | WrongPassword | Beat
encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(tuple[AnyFinding, ...]).decode
