"""What the edge remembers of one call: facts about its channels that Asterisk would have to be asked for."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Line:
    """One caller's channel and the bridge of the call."""

    call_id: str
    channel_name: str
    bridges: int = 0
    """Bridges asked for so far; all of them are cleared up in the end."""
    bridge_id: str = ""
    members: set[str] = field(default_factory=set)
    """Channels in the bridge."""
    music: bool = False
    playing: dict[str, asyncio.Event] = field(default_factory=dict)
    """Prompts that have been started; the event is set when Asterisk says that one has finished."""
    stopping: set[str] = field(default_factory=set)
    """Those of them that Asterisk has been told to end."""
    recording: str = ""
    """File of the recording that is wanted, below the recordings' folder."""
    is_recorded: bool = False
    was_to_be_recorded: bool = False
    """A recording was asked for before, by us or by another controller; perhaps Asterisk has heard of it."""
    is_up: bool = False
    """It has been answered."""
    filled: bool = False
    """Silence flows in its bridge."""
    filled_at: float = math.inf
    """Since when that is to be noticed, by the loop's clock; inf: nobody knows."""
    can_be_filled: bool = True
    """False: a caller was not reached by it, and heard nothing else meanwhile."""
    was_asked: bool = False
    """A re-INVITE asked whether it is there; a refusal of that stays on the channel as if it were the end's reason."""
    hanging_up: bool = False
    cause: int = 0
    sip_status: int = 0
    """Why it is hanging up: Q.850 (0 when we did it, or nobody says), and SIP's word if there is one."""
    ended: bool = False
    """We were told to end it."""
    released: bool = False
    """The core has done with the call, whether or not the channel lives on."""
    gone: bool = False
    """The channel has left us."""

    def hangs_up(self, cause: int, sip_status: int) -> None:
        """Take note of its end and the cause: the first word counts."""
        if not self.hanging_up:
            self.hanging_up = True
            self.cause, self.sip_status = cause, sip_status

    def finished(self, play_id: str) -> None:
        """Take note that a prompt has ended."""
        self.stopping.discard(play_id)
        done = self.playing.pop(play_id, None)
        if done is not None:
            done.set()


@dataclass(slots=True, eq=False)
class LegLine:
    """One phone that Asterisk was asked to ring, until its channel is gone."""

    operator: str = ""
    """Whose phone; empty for a number outside."""
    phone: str = ""
    """Which of theirs, by Asterisk's name for it."""
    number: str = ""
    """What was dialled outside."""
    is_dialled: bool = False
    """It is in our application before it is picked up."""
    on_its_way: bool = True
    """Asterisk may not list it yet."""
    entered: bool = False
    """It was picked up and came to us."""
    wanted: bool = True
    """Nobody asked for its end."""
    was_asked: bool = False
    """As of a line."""
    holds: bool = False
    """The phone itself holds the call, and sends nothing on purpose."""
    gone: bool = False
    """Its channel is destroyed, which the core may hear of a moment later."""
    why: str = ""
    """Prompt that tells whoever picked up too late what has happened; their leg ends after it."""
