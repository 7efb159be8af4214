"""INVITEs that Asterisk refused before they became calls: counted by trunk and reason, and told with the cure.

No record can exist of them, as there was no call; they stand in the journal, where ``ntpd112 reconcile`` finds them.
"""

from __future__ import annotations

from msgspec.structs import replace

from ntpd112.core.call import Refused
from ntpd112.core.records import Refusal
from ntpd112.core.room import Room
from ntpd112.core.trace_events import InvitesRefused

TELL_AGAIN_S = 600.0
"""An alarm that is still true is raised again this often."""
_MOST_KINDS = 200
_CURES = {
    0: "ask the carrier for well-formed SIP with sip: or tel: addresses; an edge before Asterisk rewrites urn:",
    401: "if a carrier calls from there, add the address to its trunk in the city file, then `ntpd112 reload`",
    404: "ask the carrier to send the number that was dialled",
    415: "ask the carrier to send SDP (application/sdp)",
    416: "ask the carrier to send sip: or tel: addresses",
    420: "ask the carrier not to require this extension",
    421: "ask the carrier to support this extension",
    422: "ask the carrier for session timers of 90 s or more",
    488: "ask the carrier to offer PCMA in RTP/AVP",
}
_ENCRYPTED_CURE = "write `voice: any` at the trunk in the city file for RTP/AVPF, RTP/SAVP and RTP/SAVPF, else "
_OTHER_CURE = "show the carrier this Call-ID"


def invites_refused(room: Room, event: InvitesRefused) -> None:
    """Count them, and raise one alarm for a trunk and reason: at once, then now and then while it goes on."""
    refusal = event.refusal
    key = (refusal.trunk or refusal.source, refusal.status, refusal.why)
    known = room.refused.pop(key, None) or Refused(refusal, 0, room.now, room.now - TELL_AGAIN_S, 0)
    count = known.count + max(event.count, 0)
    if room.now - known.told_at >= TELL_AGAIN_S:
        room.alarm("invite_refused", _told(refusal, count - known.told))
        room.refused[key] = Refused(known.first, count, room.now, room.now, count)
    else:
        room.refused[key] = replace(known, count=count, latest_at=room.now)
    while len(room.refused) > _MOST_KINDS:
        room.refused.popitem(last=False)


def _told(refusal: Refusal, count: int) -> str:
    trunk, source = refusal.trunk, refusal.source
    who = f"trunk {trunk} ({source})" if trunk else f"{source}, which no trunk lists,"
    if not refusal.status:
        what = "a message" if count == 1 else f"{count} messages"
        return f"{what} from {who} got no answer: {refusal.why}; {_CURES[0]}"
    calls = "an INVITE" if count == 1 else f"{count} INVITEs"
    what = f"{calls} to {refusal.number or 'nobody'} from {who} got {refusal.status}: {refusal.why}"
    first = _ENCRYPTED_CURE if refusal.why.startswith("the media are ") else ""
    return f"{what}; {first}{_CURES.get(refusal.status, _OTHER_CURE)} (Call-ID {refusal.sip_call_id})"
