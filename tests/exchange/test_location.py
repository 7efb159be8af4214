"""Where a caller is, as the network says in the INVITE: it reaches the room and the record, and nobody waits for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ntpd112.simulate import Identity
from tests.exchange.desk import NETWORK, desk
from tests.stories.city import city_text

CELL = "3GPP-E-UTRAN-FDD; utran-cell-id-3gpp=510010001000101"
PLACE = "<geo:-6.914744,107.609810;u=35>"
CITY = city_text(NETWORK).replace(
    "{kind: mobile,", "{kind: mobile, location_headers: [P-Access-Network-Info, Geolocation],"
)


async def test_given_a_trunk_that_tells_it_then_the_room_and_the_record_know_where_the_caller_is(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, city=CITY) as world:
        said = (f"P-Access-Network-Info: {CELL}", f"Geolocation: {PLACE}")
        caller = await world.citizen("mobile", identity=Identity(ani="081234567890", headers=said))
        await world.until(lambda: world.room.calls[caller.call_id].location != "")
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert record.location == f"P-Access-Network-Info: {CELL}\nGeolocation: {PLACE}"
        assert (await world.record(caller)).location == record.location


@pytest.mark.parametrize("value", ["", "   ", "x" * 4000, "<geo:\u202e%00;u=\u00e9>", "${SHELL(id)}"])
async def test_given_an_odd_header_then_the_call_is_served_like_any_other(value: str, tmp_path: Path) -> None:
    async with desk(tmp_path, city=CITY) as world:
        headers = (f"Geolocation: {value}",) if value else ()
        caller = await world.citizen("mobile", identity=Identity(ani="081234567890", headers=headers))
        await world.is_in(caller, "menu", "waiting", "ringing")
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert record.location in {"", f"Geolocation: {value[:500]}"}


async def test_given_a_location_that_cannot_be_read_then_the_call_is_served_like_any_other(tmp_path: Path) -> None:
    async with desk(tmp_path, city=CITY) as world:
        world.ari.spoil(r"GET channels/.*/variable", "hang", times=2)
        caller = await world.citizen("mobile", identity=Identity(headers=(f"Geolocation: {PLACE}",)))
        await world.is_in(caller, "menu", "waiting", "ringing")
        await world.hang_up(caller)
        assert (await world.is_over(caller)).location == ""
