"""Asks whatever has answered outside to press the key that takes the call, until that has happened or it is let go.

The words are a sound on the leg's own channel, which is in no bridge yet. Before the leg is joined with anybody they
have really ended: Asterisk adds no channel to a bridge before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from ntpd112.core.messages import AskToConfirm, DropLeg
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import AriError, NotFoundError

log = structlog.get_logger(__name__)

PROMPT = "confirm"
_TIMES = 12
"""More often than anybody is asked: who has not confirmed in time is let go."""
_PLAY_ENDS_S = 1.0
_SUFFIX = ".p0"
"""No other sound on a leg has this number."""


class Confirming:
    """Plays the question. ``sound``: (prompt, language) -> path; ``alarm``: (kind, text, call)."""

    def __init__(
        self, ari: AriClient, sound: Callable[[str, str], str], alarm: Callable[[str, str, str], None]
    ) -> None:
        self._ari = ari
        self._alarm = alarm
        self._sound = sound
        self._asked: dict[str, asyncio.Event] = {}
        """Legs that hear the question; the event is set when Asterisk says that it has ended."""
        self._failed: set[str] = set()

    def __len__(self) -> int:
        return len(self._asked)

    async def ask(self, action: AskToConfirm) -> None:
        """Begin the question anew. Raises what :mod:`ntpd112.pbx.ari.errors` lists."""
        leg_id = action.leg_id
        self._asked.setdefault(leg_id, asyncio.Event())
        await self.stop(leg_id)  # another controller may have begun it
        self._asked[leg_id] = asyncio.Event()
        media = [f"sound:{self._sound(PROMPT, language)}" for language in action.languages] * _TIMES
        try:
            await self._ari.channels_play_with_id(channel_id=leg_id, playback_id=leg_id + _SUFFIX, media=media)
        except AriError:
            self._asked.pop(leg_id, None)
            raise

    async def stop(self, leg_id: str) -> None:
        """End the question, if it is being asked; returns when it has ended."""
        ended = self._asked.get(leg_id)
        if ended is None:
            return
        try:
            await self._ari.playbacks_stop(playback_id=leg_id + _SUFFIX)
            async with asyncio.timeout(_PLAY_ENDS_S):
                await ended.wait()
        except (NotFoundError, TimeoutError):
            pass  # it has ended, or its end got lost
        except AriError as error:  # then it ends by itself
            log.warning("question_not_stopped", leg=leg_id, reason=str(error))
        finally:
            self._asked.pop(leg_id, None)

    def finished(self, playback_id: str, *, failed: bool) -> bool:
        """Take note that a sound has ended; False when it was no question."""
        if not playback_id.endswith(_SUFFIX):
            return False
        leg_id = playback_id.removesuffix(_SUFFIX)
        ended = self._asked.get(leg_id)
        if ended is not None:
            ended.set()
            if failed:
                self._failed.add(leg_id)
        return True

    def complain(self, action: DropLeg) -> None:
        """Raise an alarm when a leg is let go that never heard the question: nobody there could press the key."""
        if action.leg_id in self._failed:
            self._alarm(
                "question_not_played",
                "a number outside was not asked to press the key, as the prompt `confirm` cannot be played; "
                "run `ntpd112 setup`, which makes the prompts anew",
                action.call_id,
            )

    def forget(self, leg_id: str) -> None:
        """Take note that a leg is gone."""
        self._failed.discard(leg_id)
        ended = self._asked.pop(leg_id, None)
        if ended is not None:
            ended.set()
