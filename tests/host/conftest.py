"""What the tests of the exchange share. Their addresses: 127.0.1.0/24."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ntpd112.simulate.sipp import Address
from tests.asterisk import Instance, private_asterisk

LANDLINE = "127.0.1.11"
MOBILE = "127.0.1.12"
OPERATORS = "127.0.1.21"
STRANGER = "127.0.1.99"


@pytest.fixture
async def instance(tmp_path: Path) -> AsyncIterator[Instance]:
    """A running exchange without a controller, which must have no channel left at the end."""
    async with private_asterisk(tmp_path) as running:
        yield running


@pytest.fixture
def exchange(instance: Instance) -> Address:
    """Where the exchange takes SIP."""
    return Address(str(instance.settings.sip_address), instance.settings.sip_port)
