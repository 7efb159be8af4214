"""The real thing: the controller on a real Asterisk, SIPp as citizens, phones and agencies, a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from ntpd112.app import Controller
from ntpd112.core.records import CallRecord
from ntpd112.core.room import Room
from ntpd112.pbx.ari.client import AriClient
from ntpd112.simulate import Address, Citizen, Identity, Phone, SoftPhone
from ntpd112.simulate.behaviour import Behaviour
from ntpd112.simulate.citizen import DtmfMethod, Step
from ntpd112.simulate.phone import PhoneCall
from ntpd112.store.engine import open_database
from ntpd112.store.queries import Records
from ntpd112.store.transaction import close_database
from tests.asterisk import Instance, private_asterisk
from tests.stories.city import city_text
from tests.stories.world import PATIENCE_S, Caller, World

_TRUNK_HOST = {"landline": 11, "mobile": 12}
_FIRST_OPERATOR_HOST = 21
HARMLESS = (
    "Playback failed for sound",
    "Session already DISCONNECTED",
    ".l1 not in bridge",
    ".l2 not in bridge",
    ".l1: Not in bridge",
    ".l2: Not in bridge",
    "Variable 'NTPD_CAUSE' not set",
)
"""Asterisk's complaints when a caller hangs up in the middle of a prompt, or at the very moment we do; and when an
operator, or whoever was asked, is taken out of a bridge who has just hung up, or was told to: ARI complains before it
asks the channel, and the channel (``stasis/control.c``) when the end came in between. The last one is
the dialplan's own queue: the caller's line ended between the question whether it is there and the word of how the
operator's ended."""
_LOOK_EVERY_S = 0.05
CLAIM_MS = 3000
"""How long Asterisk waits for a controller to claim a call. In service it is half a second; but a story's controller
shares its process with all parties, and on a busy machine the call would go to the dialplan's own queue instead."""


@asynccontextmanager
async def exchange_world(tmp_path: Path, network: str) -> AsyncIterator[ExchangeWorld]:
    """Run an instance in a network of loopback addresses, such as ``127.0.20``, and find it empty at the end."""
    text = city_text(network)
    async with private_asterisk(
        tmp_path, sip_address=f"{network}.1", city=text, broadcast_claim_ms=CLAIM_MS
    ) as instance:
        world = ExchangeWorld(instance, network)
        async with asyncio.TaskGroup() as tasks, AsyncExitStack() as parties:
            world.enter = parties.enter_async_context
            await world.start_controller(tasks)
            try:
                yield world
                await world.close()
                await parties.aclose()
            finally:
                await world.stop_controller()


class ExchangeWorld(World):
    """One instance with its parties."""

    def __init__(self, instance: Instance, network: str) -> None:
        self.instance = instance
        self.enter: Callable[[Any], Any]
        self.controller: Controller | None = None
        self.phones: dict[str, SoftPhone] = {}
        self.agencies: dict[str, Phone] = {}
        self.harmless: tuple[str, ...] = HARMLESS
        self._network = network
        self._target = Address(f"{network}.1")
        self._serving: asyncio.Task[None] | None = None

    async def start_controller(self, tasks: asyncio.TaskGroup) -> None:
        """Start a controller and wait until it serves."""
        self.controller = Controller(self.instance.settings)
        self._serving = tasks.create_task(self.controller.run())
        async with asyncio.timeout(PATIENCE_S):
            await self.controller.exchange.ready.wait()
            await self.controller.migrated.wait()

    async def stop_controller(self) -> None:
        """Stop it as an admin would."""
        if self.controller is not None and self._serving is not None:
            self.controller.stop()
            await self._serving
            self.controller = None

    @property
    def room(self) -> Room:
        assert self.controller is not None
        return self.controller.engine.switchboard.room

    # people

    async def phone(self, operator: str, behaviour: Behaviour) -> None:
        if operator in self.phones:
            self.phones[operator].behaviour = behaviour
            return
        host = _FIRST_OPERATOR_HOST + len(self.phones)
        password = self.instance.secrets.sip_passwords[operator]
        phone = SoftPhone(self._target, f"{self._network}.{host}", operator, password, behaviour=behaviour)
        self.phones[operator] = await self.enter(phone)

    async def dial(self, operator: str, code: str) -> None:
        await self.phones[operator].dial_and_wait(code)

    async def agency(self, trunk: str, behaviour: Behaviour) -> None:
        address = f"{self._network}.{_TRUNK_HOST[trunk]}"
        phone = Phone(self._target, address, local_port=5060, behaviour=behaviour)
        self.agencies[trunk] = await self.enter(phone)

    async def citizen(
        self,
        trunk: str = "landline",
        steps: Sequence[Step] = (),
        *,
        identity: Identity | None = None,
        ani: str = "",
        ddi: str = "112",
        late_offer: bool = False,
        inband_only: bool = False,
        transport: str = "udp",
        tone_hz: float = 0.0,
    ) -> Caller:
        known = set(self.room.calls)
        citizen = Citizen(
            self._target,
            f"{self._network}.{_TRUNK_HOST[trunk]}",
            identity=identity or Identity(ani=ani or "0215550101", ddi=ddi),
            steps=steps,
            late_offer=late_offer,
            inband_only=inband_only,
            tone_hz=tone_hz,
            transport="tcp" if transport == "tcp" else "udp",
        )
        caller = Caller(party=await self.enter(citizen))
        await self.until(lambda: bool(set(self.room.calls) - known))
        (caller.call_id,) = set(self.room.calls) - known
        return caller

    async def press(self, caller: Caller, digits: str, method: DtmfMethod = "rfc4733") -> None:
        caller.party.press(digits, method)

    async def hang_up(self, caller: Caller) -> None:
        caller.party.hang_up()

    async def operator_hangs_up(self, operator: str) -> None:
        (await self._last_call(operator)).hang_up()

    async def operator_presses(self, operator: str, keys: str) -> None:
        (await self._last_call(operator)).press(keys)

    async def _last_call(self, operator: str) -> PhoneCall:
        """Return the call an operator is in; the room may know of the answer before the phone's log is read."""
        call = self.phones[operator].calls[-1]
        await call.answered()
        return call

    async def reload(self, **changes: int) -> None:
        assert self.controller is not None
        text = city_text(self._network, **changes)
        await asyncio.to_thread(self.instance.settings.city_file.write_text, text, encoding="utf-8")
        assert await self.controller.reload() == []

    # time

    async def until(self, condition: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
        assert self.controller is not None
        changed = asyncio.Event()
        self.controller.engine.watchers.add(changed.set)
        try:
            async with asyncio.timeout(within_s):
                while not condition():
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            raise AssertionError(f"not within {within_s} s; calls: {list(self.room.calls.values())}") from None
        finally:
            self.controller.engine.watchers.discard(changed.set)

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    # results

    async def record(self, caller: Caller) -> CallRecord:
        async with self.database() as records, asyncio.timeout(2 * PATIENCE_S):
            if self.controller is not None:
                await self.controller.migrated.wait()
            while (found := await records.call(caller.call_id)) is None:  # noqa: ASYNC110  the database tells nobody
                await asyncio.sleep(_LOOK_EVERY_S)
        return found

    async def records(self, number: int) -> list[CallRecord]:
        """Return all records once there are so many."""
        async with self.database() as records, asyncio.timeout(PATIENCE_S):
            while len(found := await records.calls_since(0.0)) < number:  # noqa: ASYNC110  as above
                await asyncio.sleep(_LOOK_EVERY_S)
        return found

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Records]:
        """Open the records."""
        engine = open_database(self.instance.settings.database)
        try:
            yield Records(engine)
        finally:
            await close_database(engine)

    async def close(self) -> None:
        """Check that nothing is left: no call, leg, lane, bridge or channel, and no complaint in Asterisk's log."""
        await self.until(lambda: not self.room.calls and not self.room.legs)
        await self.instance.empty()
        settings = self.instance.settings
        password = self.instance.secrets.ari_password
        async with AriClient(self.instance.ari_url, "ntpd112", password, timeout_s=settings.ari_timeout_s) as ari:
            async with asyncio.timeout(PATIENCE_S):
                while await ari.bridges_list():  # noqa: ASYNC110  Asterisk tells nobody
                    await asyncio.sleep(_LOOK_EVERY_S)
        assert [line for line in self.instance.log() if not any(text in line for text in self.harmless)] == []
