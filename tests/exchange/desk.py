"""The world of the stories with a middleman before Asterisk, and with eyes for what is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ntpd112.app import Controller
from ntpd112.settings import Settings
from ntpd112.simulate import Address, Citizen, SoftPhone
from ntpd112.simulate.behaviour import Behaviour
from ntpd112.simulate.tone import hears
from tests.asterisk import Instance, private_asterisk
from tests.exchange.middleman import AmiMiddleman, AriMiddleman
from tests.networks import network
from tests.stories.city import city_text
from tests.stories.exchange_world import CLAIM_MS, ExchangeWorld
from tests.stories.world import PATIENCE_S, Caller

NETWORK = network(30)
OPERATOR_HZ = 1500.0
OF_SOCKETS = ("res_http_websocket", "utils.c", "ari_websockets")
"""Who in Asterisk may complain about the sockets of a controller that has died."""
CITIZEN_HZ = 900.0


class Desk(ExchangeWorld):
    """One instance, its controller behind middlemen, and its parties."""

    def __init__(self, instance: Instance, ari: AriMiddleman, ami: AmiMiddleman, settings: Settings) -> None:
        super().__init__(instance, NETWORK)
        self.ari = ari
        self.ami = ami
        self.settings = settings
        self.tasks: asyncio.TaskGroup

    async def start_controller(self, tasks: asyncio.TaskGroup) -> None:
        self.tasks = tasks
        self.controller = Controller(self.settings, self.instance.secrets)
        exchange = self.controller.exchange
        exchange._settings = replace(exchange._settings, look_every_s=1.0)
        self._serving = tasks.create_task(self.controller.run(), name="controller")
        async with asyncio.timeout(PATIENCE_S):
            await self.controller.exchange.ready.wait()

    async def crash(self) -> None:
        """Let the controller die in the middle of everything."""
        assert self._serving is not None
        self._serving.cancel()
        await asyncio.wait([self._serving])
        if not self.ari.survives:
            await self.ari.noticed()
        self.harmless = (*self.harmless, *OF_SOCKETS)
        self.controller = None

    async def restart(self) -> None:
        """Start another controller in its place; returns when it serves and has looked into everything."""
        await self.start_controller(self.tasks)
        assert self.controller is not None
        exchange = self.controller.exchange
        async with asyncio.timeout(PATIENCE_S):
            while exchange._gaps_closed < exchange._gaps:  # noqa: ASYNC110  the edge tells nobody
                await asyncio.sleep(0.02)

    def alarms(self) -> set[str]:
        """Kinds of the alarms so far."""
        assert self.controller is not None
        return {alarm.kind for alarm in self.controller._kept_alarms()}

    async def soon(self, what: str, *, within_s: float = PATIENCE_S) -> None:
        """Wait until an alarm of this kind was raised."""
        async with asyncio.timeout(within_s):
            while what not in self.alarms():  # noqa: ASYNC110  alarms tell nobody
                await asyncio.sleep(0.05)

    async def joined(self, caller: Caller, *operators: str) -> None:
        """Wait until Asterisk has brought a caller together with these operators."""
        assert self.controller is not None
        await self.speaks(caller, *operators)
        lines = self.controller.exchange._lines
        async with asyncio.timeout(PATIENCE_S):
            while len(lines[caller.call_id].members) <= len(operators):  # noqa: ASYNC110  the edge tells nobody
                await asyncio.sleep(0.02)

    async def dials(self, ani: str = "0215550199", host: int = 11, **more: Any) -> Citizen:
        """Let a citizen call whom the controller need not see; returns when SIPp has dialled."""
        citizen: Citizen = await self.enter(Citizen(Address(f"{NETWORK}.1"), f"{NETWORK}.{host}", ani=ani, **more))
        return citizen

    async def speaking_operator(self, operator: str, behaviour: Behaviour, *, tone_hz: float = OPERATOR_HZ) -> None:
        """Given an operator whose phone sounds a tone, logged in and ready."""
        host = 21 + len(self.phones)
        password = self.instance.secrets.sip_passwords[operator]
        target = Address(f"{NETWORK}.1")
        phone = SoftPhone(target, f"{NETWORK}.{host}", operator, password, behaviour=behaviour, tone_hz=tone_hz)
        self.phones[operator] = await self.enter(phone)
        await self.dial(operator, "*11")

    async def settled(self) -> None:
        """Wait until nothing in the controller remembers a call."""
        assert self.controller is not None
        exchange = self.controller.exchange
        async with asyncio.timeout(PATIENCE_S):
            while exchange.remembered() != (0, 0, 0, 0):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def close(self) -> None:
        """Find what every story leaves clean, and the controller's memory empty."""
        await super().close()
        await self.settled()


@asynccontextmanager
async def desk(
    tmp_path: Path, *, ami_refuses: bool = False, start: bool = True, city: str = "", **changes: object
) -> AsyncIterator[Desk]:
    """Run an instance with a controller whose ARI and AMI go through middlemen, and find it empty at the end."""
    address = f"{NETWORK}.1"
    text = city or city_text(NETWORK)
    changes.setdefault("broadcast_claim_ms", CLAIM_MS)
    async with private_asterisk(tmp_path, sip_address=address, city=text, **changes) as instance:
        own = instance.settings
        async with (
            AriMiddleman(address, address, own.ari_port) as ari,
            AmiMiddleman(address, address, own.ami_port, refuses=ami_refuses) as ami,
            AsyncExitStack() as parties,
            asyncio.TaskGroup() as tasks,
        ):
            times = {"ari_timeout_s": 1.5, "ami_timeout_s": 1.0}
            settings = own.model_copy(update={"ari_port": ari.port, "ami_port": ami.port, **times})
            world = Desk(instance, ari, ami, settings)
            world.enter = parties.enter_async_context
            world.tasks = tasks
            if start:
                await world.start_controller(tasks)
            try:
                yield world
                if world.controller is not None:
                    await world.close()
                await parties.aclose()
            finally:
                await world.stop_controller()


async def hears_an_operator(citizen: Citizen, *, within_s: float = PATIENCE_S, hz: float = OPERATOR_HZ) -> None:
    """Wait until an operator's tone is in what a citizen hears."""
    async with asyncio.timeout(within_s):
        while hears(citizen.audio.latest(4000), hz) < 0.2:  # noqa: ASYNC110  sound tells nobody
            await asyncio.sleep(0.1)


def open_files() -> int:
    """Return how many file descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))
