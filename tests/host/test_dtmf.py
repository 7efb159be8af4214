"""Keys are understood by whatever method they come."""

from __future__ import annotations

import pytest

from ntpd112.simulate.citizen import Citizen, DtmfMethod
from ntpd112.simulate.sipp import Address
from tests.asterisk import Instance
from tests.host.conftest import LANDLINE
from tests.host.controller import Controller


@pytest.mark.parametrize("late_offer", [False, True], ids=["offer", "late_offer"])
@pytest.mark.parametrize(
    ("method", "inband_only"),
    [("rfc4733", False), ("info", False), ("info-dtmf", False), ("info", True), ("info-dtmf", True), ("inband", True)],
)
async def test_keys_are_heard(
    instance: Instance, exchange: Address, method: DtmfMethod, inband_only: bool, late_offer: bool
) -> None:
    async with (
        Controller(instance) as controller,
        Citizen(exchange, LANDLINE, inband_only=inband_only, late_offer=late_offer) as citizen,
    ):
        await citizen.answered()
        citizen.press("190*#", method)
        heard = await controller.digits(5)

    assert heard == "190*#"
