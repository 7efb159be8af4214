"""What phones do by themselves: they come, go and move, forward calls, ask for transfers, and hold.

None of it rings anybody else, and none of it ends a caller's line. What is refused is shown to the operator and told to
the people who run the room, who can change the phone.
"""

from __future__ import annotations

from ntpd112.core.call import Call, Leg
from ntpd112.core.messages import PhoneState, PhoneStateChanged
from ntpd112.core.offers import give_up
from ntpd112.core.operator import Operator
from ntpd112.core.phone_events import (
    LegForwarded,
    LegHeld,
    LegTransferAsked,
    PhoneLeft,
    PhonesListed,
    PhonesOutOfSight,
)
from ntpd112.core.room import Room


def phone_state_changed(room: Room, event: PhoneStateChanged) -> None:
    """Take note of what the exchange sees of a phone, also of one whose operator the plan does not know yet."""
    room.phones[event.operator] = event.state
    operator = room.operators.get(event.operator)
    if operator is not None:
        _is_seen(room, operator, event.state)


def phones_listed(room: Room, _event: PhonesListed) -> None:
    """Count as unreachable every phone of which nothing was reported: it was never there."""
    room.phones_reported = True
    for operator in room.operators.values():
        if operator.operator not in room.phones:
            _is_seen(room, operator, "unreachable")


def phones_out_of_sight(room: Room, _event: PhonesOutOfSight) -> None:
    """Count every phone as free while nobody reports them: to ring one that is not costs less than not to."""
    room.phones_reported = False
    room.phones.clear()
    for operator in room.operators.values():
        if operator.phone != "free":
            _is_seen(room, operator, "free")


def _is_seen(room: Room, operator: Operator, state: PhoneState) -> None:
    """Note one phone's state. While our own leg is there, only its loss is news."""
    if state == "unreachable":
        operator.phone = "unreachable"
        if operator.leg is not None and operator.leg.answered_at is None:
            give_up(room, operator.leg, "unreachable")
    elif operator.leg is None:
        if operator.phone == "unreachable":
            operator.paused_until = 0.0
        operator.phone = state
    else:
        operator.phone = "free"
    room.refresh(operator)


def phone_left(room: Room, event: PhoneLeft) -> None:
    """Stop ringing where nobody is any more. A phone that has moved is rung at its new place at once."""
    leg = room.legs.get(event.leg_id)
    if leg is None or leg.answered_at is not None or leg.ending:
        return
    room.calls[leg.call_id].note(f"{leg.target}'s phone {'moved' if event.moved else 'left'} while it rang")
    give_up(room, leg, "moved" if event.moved else "unreachable")


def leg_forwarded(room: Room, event: LegForwarded) -> None:
    """Keep where a phone wanted its call to go. The leg may have ended already: its end and this come apart."""
    call = room.calls.get(event.leg_id.rpartition(".l")[0])
    if call is None:
        return
    leg = room.legs.get(event.leg_id)
    rung = {offer.leg_id: offer.target for offer in call.offers}
    who = leg.target if leg is not None else rung.get(event.leg_id)
    if who is not None:
        call.note(f"{who}'s phone forwards to {event.target}: not followed")


def transfer_asked(room: Room, event: LegTransferAsked) -> None:
    """Keep that a phone asked for a transfer by its own key. It got none, and may hang up in the belief that it did."""
    leg = room.legs.get(event.leg_id)
    if leg is None or leg.ending:
        return
    is_first = leg.transfer_at is None
    leg.transfer_at = room.now
    call = room.calls[leg.call_id]
    call.note(f"{leg.target}'s phone asked for a transfer to {event.target or 'nobody'}: refused")
    if is_first:
        _tell_of_transfer(room, call, leg, event.target)


def _tell_of_transfer(room: Room, call: Call, leg: Leg, target: str) -> None:
    cure = "transfer with the codes or in the page" if leg.operator else "ask there that our calls are not transferred"
    room.alarm(
        "phone_transfer_refused",
        f"{leg.target}'s phone asked for a transfer to {target or 'nobody'} by its own key, which is refused; {cure}",
        call.call_id,
        leg.operator,
    )


def leg_held(room: Room, event: LegHeld) -> None:
    """Keep that a phone holds its call, or does so no more. The exchange plays music to the others meanwhile."""
    leg = room.legs.get(event.leg_id)
    if leg is not None:
        leg.held = event.on
