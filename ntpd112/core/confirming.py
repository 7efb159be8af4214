"""Numbers outside have to confirm: an answer alone may be a mailbox, an announcement or a fax.

Whatever answers hears which key takes the call, and the caller keeps turn and music until it is pressed. An operator
who asks outside first (a consultation) is a human and hears the other side at once; but the caller is given to it only
once the key was pressed. A conversation that the party outside ends within seconds was none either.
"""

from __future__ import annotations

from ntpd112.core.call import Call, Leg
from ntpd112.core.messages import AskToConfirm
from ntpd112.core.room import Room

KEY = "1"
"""Takes the call."""


def ask(room: Room, call: Call, leg: Leg) -> None:
    """Ask whatever answered outside to press the key, and wait for that not for ever.

    Once more begins the words and the time anew: nobody pays for the time in which no controller listened.
    """
    leg.asked = True
    room.timers.set("confirm", leg.leg_id, room.now + call.plan.confirm_s)
    room.do(AskToConfirm(leg.leg_id, call.call_id, call.plan.languages or (call.plan.language,)))


def ended_too_soon(room: Room, call: Call, leg: Leg) -> bool:
    """Whether the party outside, who is alone with the caller, ends the conversation sooner than a human would."""
    if leg.operator or leg.joined_at is None or leg is not call.main or call.state != "talking":
        return False
    return room.now < leg.joined_at + call.plan.quick_end_s
