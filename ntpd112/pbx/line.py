"""What the edge remembers of one call: facts about its channel that Asterisk would have to be asked for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Line:
    """One caller's channel and the bridge of the call."""

    call_id: str
    channel_name: str
    bridges: int = 0
    bridge_id: str = ""
    members: set[str] = field(default_factory=set)
    """Channels in the bridge."""
    music: bool = False
    playing: dict[str, asyncio.Event] = field(default_factory=dict)
    """Prompts that have been started; the event is set when Asterisk says that one has finished."""
    hanging_up: bool = False
    cause: int = 0
    sip_status: int = 0
    """Why it is hanging up: Q.850 (0 when we did it, or nobody says), and SIP's word if there is one."""

    def finished(self, play_id: str) -> None:
        """Take note that a prompt has ended."""
        done = self.playing.pop(play_id, None)
        if done is not None:
            done.set()
