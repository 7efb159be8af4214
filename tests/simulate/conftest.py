"""An exchange without a controller: its fallback answers every call and rings the operators who dialled ``*11``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from ntpd112.simulate import Address, SoftPhone
from ntpd112.simulate.behaviour import Behaviour
from tests.asterisk import Instance, private_asterisk
from tests.networks import network

NETWORK = network(50)
CENTRE = Address(f"{NETWORK}.1")
LANDLINE = f"{NETWORK}.11"
ROOM = f"{NETWORK}.21"

PhoneMaker = Callable[..., SoftPhone]


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def shared_exchange(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    async with private_asterisk(tmp_path_factory.mktemp("exchange"), sip_address=CENTRE.ip) as instance:
        yield instance


@pytest_asyncio.fixture(loop_scope="package")
async def exchange(shared_exchange: Instance) -> AsyncIterator[Instance]:
    """The exchange, empty again after each test."""
    yield shared_exchange
    try:
        await shared_exchange.empty()
    except TimeoutError:
        await shared_exchange.asterisk.rx("channel request hangup all")  # the next test is not to suffer
        raise


@pytest.fixture
def phone(exchange: Instance) -> PhoneMaker:
    def make(extension: str = "201", behaviour: Behaviour | None = None, tone_hz: float = 0.0) -> SoftPhone:
        password = exchange.secrets.sip_passwords[extension]
        return SoftPhone(CENTRE, ROOM, extension, password, behaviour=behaviour, tone_hz=tone_hz)

    return make
