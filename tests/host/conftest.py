"""What the tests of the exchange share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ntpd112.simulate.sipp import Address
from tests.asterisk import Instance, network_of_worker, private_asterisk

NETWORK = network_of_worker()
LANDLINE = f"{NETWORK}.11"
MOBILE = f"{NETWORK}.12"
OPERATORS = f"{NETWORK}.21"
STRANGER = f"{NETWORK}.99"


@pytest.fixture
async def instance(tmp_path: Path) -> AsyncIterator[Instance]:
    """A running exchange without a controller, which must have no channel left at the end."""
    async with private_asterisk(tmp_path) as running:
        yield running


@pytest.fixture
def exchange(instance: Instance) -> Address:
    """Where the exchange takes SIP."""
    return Address(str(instance.settings.sip_address), instance.settings.sip_port)
