"""Operators' calls to us: feature codes, which the core answers, and anything else, which the dialplan connects."""

from __future__ import annotations

from functools import partial

import structlog

from ntpd112.core.messages import Confirm, FeatureDialled
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import AriError
from ntpd112.pbx.hands import Hands, Sound, Submit
from ntpd112.pbx.lanes import Lanes

log = structlog.get_logger(__name__)


class Dials:
    """Takes them. ``known``: the calls that wait for the core's word."""

    def __init__(
        self, ari: AriClient, lanes: Lanes, hands: Hands, known: set[str], submit: Submit, sound: Sound
    ) -> None:
        self._ari = ari
        self._lanes = lanes
        self._hands = hands
        self._known = known
        self._submit = submit
        self._sound = sound

    def came(self, dial_id: str, operator: str, digits: str) -> None:
        """Take one call."""
        if digits.startswith("*"):
            self._known.add(dial_id)
            self._submit(FeatureDialled(dial_id, operator, digits))
        else:
            self._lanes.add(dial_id, partial(self._connect, dial_id, digits))

    def confirm(self, action: Confirm) -> None:
        """Say what became of a feature code."""
        self._lanes.add(action.dial_id, partial(self._confirm, action.dial_id, action.prompts))

    async def _confirm(self, dial_id: str, prompts: tuple[str, ...]) -> None:
        try:
            await self._ari.channels_answer(channel_id=dial_id)
            media = [f"sound:{self._sound(prompt, '')}" for prompt in prompts]
            await self._ari.channels_play_with_id(channel_id=dial_id, playback_id=f"{dial_id}.p1", media=media)
        except AriError as error:
            log.warning("feature_code_not_confirmed", dial=dial_id, reason=str(error))
            await self._hands.hang_up(dial_id)

    async def _connect(self, dial_id: str, digits: str) -> None:
        """An operator dials another operator or a number outside: the dialplan knows how."""
        await self._ari.channels_continue_in_dialplan(
            channel_id=dial_id, context="operator-alone", extension=digits, priority=1
        )
