"""A disk that takes no word more, or templates that are gone: the room opens by what is there; Asterisk answers."""

from __future__ import annotations

import asyncio
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ntpd112.host import render
from ntpd112.host.last_good import keep
from ntpd112.host.layout import Layout
from ntpd112.host.logs import rotate_logs
from ntpd112.host.secrets import secrets_path
from ntpd112.host.setup import Ready, open_anyway
from ntpd112.host.troubles import also, tell, told
from ntpd112.simulate.citizen import Citizen
from ntpd112.simulate.sipp import Address
from tests.asterisk import Instance, private_asterisk
from tests.host.conftest import LANDLINE


@contextmanager
def full() -> Iterator[None]:
    """Let every write of a file fail (EFBIG), as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def is_answered(instance: Instance) -> None:
    """Start it and call 112."""
    await instance.asterisk.start(die_with_parent=True)
    try:
        exchange = Address(str(instance.settings.sip_address), instance.settings.sip_port)
        async with Citizen(exchange, LANDLINE) as citizen:
            await citizen.answered()
            citizen.hang_up()
            await citizen.ended()
        await instance.empty()
    finally:
        await instance.asterisk.stop()


async def opened(tmp_path: Path) -> Instance:
    """Return an instance that was open and has closed."""
    async with private_asterisk(tmp_path) as instance:
        await asyncio.to_thread(keep, instance.settings)
    return instance


def open_it(instance: Instance) -> Ready:
    return open_anyway(instance.settings, instance.ready.install)


@pytest.mark.parametrize("what", ["a new operator", "damaged passwords", "damaged configuration"])
async def test_given_a_disk_that_takes_nothing_then_the_room_opens_by_its_last_good_configuration(
    what: str, tmp_path: Path
) -> None:
    instance = await opened(tmp_path)
    secrets = secrets_path(instance.settings.state_dir)
    if what == "a new operator":
        known = json.loads(secrets.read_text())
        del known["sip_passwords"]["202"]
        secrets.write_text(json.dumps(known))
    elif what == "damaged passwords":
        secrets.write_bytes(b"\0\1")
    else:
        pjsip = instance.layout.etc / "pjsip.conf"
        pjsip.write_text(pjsip.read_text() + "; x\n")
    with full():
        ready = open_it(instance)
    said = " ".join(ready.troubles)
    assert ("secrets.json" in said) == (what != "damaged configuration")
    assert set(ready.secrets.sip_passwords) == set(instance.city.operators)
    await is_answered(instance)


async def test_given_templates_that_are_gone_then_the_room_opens_by_its_last_good_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = await opened(tmp_path)
    monkeypatch.setattr(render, "TEMPLATE_HOMES", (tmp_path / "nowhere",))
    ready = open_it(instance)
    assert "install ntpd112 again. Asterisk opens with its last good configuration" in " ".join(ready.troubles)
    await is_answered(instance)


async def test_given_an_asterisk_that_did_not_hear_of_a_new_log_then_it_is_told_again(tmp_path: Path) -> None:
    async with private_asterisk(tmp_path) as instance:
        messages = instance.layout.messages
        messages.rename(messages.with_name("messages.0"))  # as rotate_logs leaves it when `logger reload` fails
        await rotate_logs(instance.asterisk)
        assert messages.is_file()
        assert not await rotate_logs(instance.asterisk)


def test_what_a_controller_moves_aside_is_said_beside_what_the_start_has_said(tmp_path: Path) -> None:
    here = Layout(tmp_path)
    (tmp_path / "run").mkdir()
    tell(here, ["first"])
    also(here, ["second", "first"])
    also(here, ["second"])
    assert told(here) == ("first", "second")
