"""What may be asked for in the middle of a call."""

from __future__ import annotations

from typing import Literal

CallCommand = Literal["hold", "mute", "blind", "warm", "conference", "complete", "cancel", "take_up", "end"]
"""``hold`` and ``mute`` toggle. ``conference`` brings caller, operator and third party together; ``complete`` leaves
caller and third party talking; ``cancel`` drops the third party and returns to the caller. ``take_up`` rings the
operator's phone anew: the one that spoke has lost the call, such as a page that was loaded again. ``end`` is as if the
operator had hung up, while nobody is on hold and there is no third party."""
Listening = Literal["listen", "whisper", "barge", "take_over"]
"""Hear an operator's call; be heard by the operator alone; by all; have the caller instead of the operator."""
CommandName = CallCommand | Listening | Literal["leave"]
"""``leave`` ends what :data:`Listening` began, whichever it is."""
