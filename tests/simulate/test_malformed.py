"""Malformed messages leave the exchange as it was."""

from __future__ import annotations

import pytest

from ntpd112.simulate import Citizen
from ntpd112.simulate.malformed import send_malformed
from tests.asterisk import Instance
from tests.simulate.conftest import CENTRE, LANDLINE

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_after_every_malformed_message_the_next_good_call_is_answered(exchange: Instance) -> None:
    sent = await send_malformed(CENTRE, LANDLINE, listen_s=0.02)
    answered = {message.name: answers for message, answers in sent}
    assert len(sent) > 30
    assert answered["BYE of no call"] == ("481 Call/Transaction Does Not Exist",)
    assert answered["unknown method"] == ("501 Not Implemented",)
    assert answered["broken SDP"] == ("400 Bad Request",)
    async with Citizen(CENTRE, LANDLINE) as caller:
        await caller.answered()
    # Some opened calls that nobody acknowledges: the exchange would keep them for 32 s.
    await exchange.asterisk.rx("channel request hangup all")
