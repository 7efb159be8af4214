"""Calls that networks divert, and callers whom they assert in lists, as the room sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ntpd112 import app
from ntpd112.simulate.gateway import Invite
from tests.exchange.desk import desk
from tests.exchange.gateways import arrives, gateway
from tests.stories.exchange_world import HARMLESS

_OLD = b"0211500293"
_DIVERSION = b"Diversion: <sip:" + _OLD + b"@carrier.example>;reason=unconditional;privacy=off;counter=1"
_HISTORY = b"History-Info: <sip:+62211500293@x>;index=1, <sip:112@{ip}?Reason=SIP%3Bcause%3D302>;index=1.1"
_ASSERTED = b"P-Asserted-Identity: <tel:+62811222333>, <sip:+62811222333@ims.example;user=phone>"
_INVITES = {
    "to 112": (Invite(), "112", "+62215550101"),
    "Diversion": (Invite(headers=[_DIVERSION]), "0211500293", "+62215550101"),
    "lower case": (Invite(headers=[_DIVERSION.replace(b"Diversion", b"diversion")]), "0211500293", "+62215550101"),
    "several": (
        Invite(headers=[b"Diversion: <sip:0215552222@x>;reason=no-answer", _DIVERSION]),
        "0211500293",
        "+62215550101",
    ),
    "History-Info": (Invite(headers=[_HISTORY]), "0211500293", "+62215550101"),
    "a pilot number, and To": (Invite(user=b"0217000000", to=b"<sip:%s@x>" % _OLD), "0211500293", "+62215550101"),
    "a pilot number, and P-Called-Party-ID": (
        Invite(user=b"0217000000", headers=[b"P-Called-Party-ID: <sip:%s@x>" % _OLD]),
        "0211500293",
        "+62215550101",
    ),
    "beside a header too long to be listed": (
        Invite(headers=[b"X-Long: " + b"y" * 5000, _DIVERSION]),
        "0211500293",
        "+62215550101",
    ),
    "beside what is hostile": (
        Invite(headers=[b'Diversion: "(x): 3" <sip:%s@x>;reason="${SHELL(id)}\xff"' % _OLD]),
        "0211500293",
        "+62215550101",
    ),
    "asserted in a list": (Invite(caller=b"<sip:0217770000@{ip}>", headers=[_ASSERTED]), "112", "+62811222333"),
    "asserted as anonymous": (
        Invite(headers=[b"P-Asserted-Identity: <sip:anonymous@anonymous.invalid>"]),
        "112",
        "+62215550101",
    ),
    "invented by a switch": (Invite(caller=b"<sip:0911234567@{ip}>"), "112", None),
}


async def test_given_headers_that_know_better_then_the_room_shows_whom_the_citizen_called_and_who_calls(
    tmp_path: Path,
) -> None:
    seen: dict[str, tuple[str, str | None]] = {}
    async with desk(tmp_path) as world:
        world.harmless = (*HARMLESS, "pjsip_hdr_print_on", "invalid UTF-8")
        for name, (invite, _, _) in _INVITES.items():
            party, caller = await arrives(world, invite, trunk="mobile")
            await party.answered()
            party.hang_up()
            record = await world.is_over(caller)
            seen[name] = (record.ddi, record.ani)
    assert seen == {name: (ddi, ani) for name, (_, ddi, ani) in _INVITES.items()}


async def test_given_no_controller_then_the_record_still_names_the_number_that_the_citizen_dialled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_LEDGERS_EVERY_S", 0.5)
    async with desk(tmp_path) as world:
        world.harmless = (*HARMLESS, "not claimed within")
        await world.crash()
        party = await gateway(world, Invite(headers=[_DIVERSION]))
        await party.answered()
        party.hang_up()
        await world.instance.empty()
        await world.restart()
        (record,) = await world.records(1)
    assert record.ddi == "0211500293"
    assert any("the network brought the call to 112 (Diversion)" in note for note in record.notes)
