"""A citizen whom we play ourselves: calls 112 over SIP, presses a key, and listens for the operator.

The operator's phone, which is a machine (``dialplan/selfcall.conf.j2``), reads the last digits of the caller's number;
the citizen says them too, and hears ``#`` when the operator has understood. All of it is keys by RFC 4733, which take
the way of the voice.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from dataclasses import dataclass

from ntpd112.pbx.ari import generated as ari
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import AriError
from ntpd112.pbx.contract import ExchangeSettings
from ntpd112.pbx.hands import APP
from ntpd112.pbx.hearing import CITIZEN

_ENDPOINT = "PJSIP/112@selfcall"
_PRESSES_AFTER_S = 2.0
_NUMBER = "000{}"
"""Nobody's number."""
_UNDERSTOOD = "#"
_FALLBACK = "*"


@dataclass(slots=True)
class Told:
    """What the citizen has to tell of a call. Durations in seconds from the INVITE."""

    said: str
    """The digits that were to be heard and said; the caller's number ends with them."""
    trouble: str = ""
    """Why Asterisk could not be asked to call."""
    answered: bool = False
    voice_s: float | None = None
    """The operator's voice was heard."""
    understood: bool = False
    """The operator has heard the citizen."""
    fell_back: bool = False
    """The dialplan's fallback answered."""
    cause: int | None = None
    """Q.850: why the line ended, when it did so by itself."""


class Citizen:
    """Makes one call at a time."""

    def __init__(self, settings: ExchangeSettings) -> None:
        self._settings = settings
        self._channel = ""
        self._told = Told("")
        self._digits = ""
        self._news = asyncio.Event()

    def heard(self, event: object) -> bool:
        """Take an event of the citizen's line; False when it is of another one."""
        match event:
            case ari.StasisStart(channel=channel) if channel.id == self._channel:
                self._told.answered = True
            case ari.ChannelDtmfReceived(channel=channel, digit=digit) if channel.id == self._channel:
                self._digits += digit
            case ari.ChannelDestroyed(channel=channel, cause=cause) if channel.id == self._channel:
                self._told.cause = cause
            case _:
                return False
        self._news.set()
        return True

    async def call(self, key: str, patience_s: float) -> Told:
        """Call 112, press a ``key`` of the menu (empty: none), and hang up when all is said or patience is out."""
        self._told = told = Told(f"{secrets.randbelow(10_000):04}")
        self._digits = ""
        self._channel = f"{CITIZEN}{secrets.token_hex(8)}"
        own = self._settings
        async with AriClient(
            own.ari_url,
            own.ari_user,
            own.ari_password,
            timeout_s=own.ari_timeout_s,
            connections=1,
            gate=own.gate,
        ) as client:
            try:
                async with asyncio.timeout(patience_s):
                    await self._talk(client, key, patience_s)
            except TimeoutError:
                pass  # what was heard until then tells the rest
            except AriError as error:
                told.trouble = str(error)
            finally:
                with contextlib.suppress(AriError):
                    await client.channels_hangup(channel_id=self._channel)
                self._channel = ""
        return told

    async def _talk(self, client: AriClient, key: str, patience_s: float) -> None:
        told = self._told
        began = time.monotonic()
        await client.channels_originate_with_id(
            channel_id=self._channel,
            endpoint=_ENDPOINT,
            app=APP,
            app_args="citizen",
            caller_id=f'"Self-call" <{_NUMBER.format(told.said)}>',
            timeout=int(patience_s),
        )
        presses_at = began + _PRESSES_AFTER_S
        while told.cause is None and not told.understood and not told.fell_back:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, presses_at - time.monotonic()) if key else None):
                    await self._news.wait()
            if self._news.is_set():
                self._news.clear()
                told.fell_back = _FALLBACK in self._digits
                told.understood = told.voice_s is not None and self._digits.endswith(_UNDERSTOOD)
                if self._digits.endswith(told.said):
                    told.voice_s = told.voice_s or time.monotonic() - began
                    await self._say(client, told.said)
            elif told.answered:
                await self._say(client, key)
                key = ""
            else:
                presses_at += _PRESSES_AFTER_S

    async def _say(self, client: AriClient, digits: str) -> None:
        with contextlib.suppress(AriError):  # the line is about to tell its end
            await client.channels_send_dtmf(channel_id=self._channel, dtmf=digits, before=300)
