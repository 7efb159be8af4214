"""The client of the control socket (:mod:`ntpd112.web.control`): for the command line, the supervisor, the demo."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Self

import aiohttp
import msgspec

from ntpd112.core.messages import Event
from ntpd112.journal import of_line
from ntpd112.settings import Settings
from ntpd112.web.control import Condition, State
from ntpd112.web.witness import ALIVE_EVERY_S

ANSWER_WITHIN_S: Final = 5.0
RELOAD_WITHIN_S: Final = 60.0
"""A new prompt has to be spoken first."""
_LINE_LIMIT: Final = 64 * 1024 * 1024
"""The room as one line of JSON: thousands of calls fit."""
_BASE: Final = "http://ntpd112"

_SILENT_AFTER_S: Final = 3 * ALIVE_EVERY_S
"""A journal that says nothing for so long is not alive."""

_decode_condition = msgspec.json.Decoder(Condition).decode
_decode_state = msgspec.json.Decoder(State).decode


class LinkError(Exception):
    """The controller cannot be asked. ``cure``: what helps."""

    def __init__(self, cause: str, cure: str) -> None:
        super().__init__(cause)
        self.cure = cure


class RefusedError(Exception):
    """The controller understood, and refused."""


class Link:
    """Asks one instance's controller. An async context manager."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def __aenter__(self) -> Self:
        path = str(self._settings.control_socket.absolute())
        self._session = aiohttp.ClientSession(connector=aiohttp.UnixConnector(path), read_bufsize=_LINE_LIMIT)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._session.close()

    async def alive(self, within_s: float) -> None:
        """Return if the controller's event loop runs. Raises :class:`LinkError`."""
        async with self._asked("GET", "/alive", None, within_s):
            pass

    async def state(self, within_s: float = ANSWER_WITHIN_S) -> State:
        """Return the room as it is. Raises :class:`LinkError`."""
        async with self._asked("GET", "/state", None, within_s) as response:
            return _decode_state(await response.read())

    async def watch(self) -> AsyncIterator[State]:
        """Yield the room after every change, until the controller ends. Raises :class:`LinkError`."""
        async with self._asked("GET", "/watch", None, None) as response:
            async for line in response.content:
                yield _decode_state(line)

    async def condition(self, within_s: float = ANSWER_WITHIN_S) -> Condition:
        """Return how the controller is, and its alarms. Raises :class:`LinkError`."""
        async with self._asked("GET", "/health", None, within_s) as response:
            return _decode_condition(await response.read())

    async def journal(self) -> AsyncIterator[tuple[float, Event]]:
        """Yield the room as it is (``RoomKept``) and every event from then on, until the controller ends.

        Raises :class:`LinkError`, :class:`~ntpd112.journal.JournalError`.
        """
        async with self._asked("GET", "/journal", None, None, silent_s=_SILENT_AFTER_S) as response:
            async for line in response.content:
                if line != b"\n":
                    yield of_line(line)

    async def send(self, event: Event) -> None:
        """Let the controller hear an event. Raises :class:`LinkError`, :class:`RefusedError`."""
        async with self._asked("POST", "/event", msgspec.json.encode(event), ANSWER_WITHIN_S) as response:
            if response.status >= 400:  # noqa: PLR2004
                raise RefusedError(json.loads(await response.read()).get("error", f"status {response.status}"))

    async def reload(self) -> list[str]:
        """Let the controller read its city file again; return what is wrong with it. Raises :class:`LinkError`."""
        async with self._asked("POST", "/reload", b"", RELOAD_WITHIN_S) as response:
            problems: list[str] = json.loads(await response.read()).get("problems", [])
            return problems

    @asynccontextmanager
    async def _asked(
        self, method: str, path: str, body: bytes | None, within_s: float | None, silent_s: float | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        limit = aiohttp.ClientTimeout(total=within_s, sock_connect=ANSWER_WITHIN_S, sock_read=silent_s)
        try:
            async with self._session.request(method, _BASE + path, data=body, timeout=limit) as response:
                yield response
        except TimeoutError as error:
            raise LinkError(
                f"the controller did not answer within {within_s or silent_s or ANSWER_WITHIN_S:g} s",
                f"look at {self._settings.state_dir / 'log' / 'controller.log'}; callers reach operators without it",
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise LinkError(
                f"ntpd112 does not run in {self._settings.state_dir}",
                "start it with `make run` (or `ntpd112 up`), or name the right folder: ntpd112 --state-dir FOLDER ...",
            ) from error
