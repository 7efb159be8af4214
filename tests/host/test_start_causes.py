"""Why Asterisk does not start decides what is exchanged: its configuration, its copy, or nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
from contextlib import suppress
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from ntpd112.host.asterisk_process import AsteriskProcess
from ntpd112.host.asterisk_root import ROOT_NAME
from ntpd112.host.errors import AsteriskError, BootError
from ntpd112.host.last_good import keep
from ntpd112.host.layout import Layout
from ntpd112.host.renewal import BEFORE, BROKEN, NEXT, go_back, take_next
from ntpd112.settings import Settings, last_good
from ntpd112.supervise.asterisk_keeper import AsteriskKeeper
from tests.asterisk import Instance, private_asterisk
from tests.host.test_renewal import lay, versions

_WITHIN_S = 60.0
DAMAGE = {
    "modules.conf": "[modules]\nrequire = nowhere.so\n",
    "asterisk.conf": "[directories\n",
    "http.conf": "[general]\nenabled = no\n",
}


@pytest.fixture
async def closed(tmp_path: Path) -> Instance:
    """An instance that was open, with another copy of Asterisk and a newer one beside it, and has stopped."""
    cache = tmp_path / "cache"
    lay(cache / ROOT_NAME, "22.10.1")
    async with private_asterisk(tmp_path, cache_dir=cache, asterisk="private") as instance:
        await asyncio.to_thread(keep, instance.settings)
    lay(cache / NEXT, "22.10.7")
    assert take_next(cache)
    return instance


def keeper_of(instance: Instance, said: list[str], settings: Settings | None = None) -> AsteriskKeeper:
    return AsteriskKeeper(settings or instance.settings, instance.ready.install, (), lambda _, text: said.append(text))


def in_use(instance: Instance) -> tuple[str, int]:
    return str(instance.settings.sip_address), instance.settings.sip_port


@pytest.mark.parametrize("cause", ["sip by UDP", "ami by TCP", "no address of ours"])
async def test_given_a_port_or_an_address_that_cannot_be_had_then_neither_configuration_nor_copy_is_exchanged(
    cause: str, closed: Instance
) -> None:
    settings, cache = closed.settings, closed.settings.cache_dir
    (closed.layout.etc / "rtp.conf").write_text("[general]\nrtpstart=30000\nrtpend=30100\n")
    holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if "UDP" in cause else socket.SOCK_STREAM)
    with holder:
        if "address" in cause:
            settings = settings.model_copy(update={"manage_address": IPv4Address("192.0.2.77")})
        else:
            holder.bind(in_use(closed) if "UDP" in cause else (str(settings.manage_address), settings.ami_port))
        if "TCP" in cause:
            holder.listen()
        said: list[str] = []
        asterisk = AsteriskProcess(settings, closed.ready.install)
        with pytest.raises(AsteriskError, match=r"is taken by another program|is no address of this machine") as raised:
            await asterisk.start()
        assert not isinstance(raised.value, BootError)
        keeper = keeper_of(closed, said, settings)
        with pytest.raises(Exception, match=r"is taken by|is no address of this machine"):
            await keeper.start()
    assert said == []
    assert versions(cache)[0] == "22.10.7"
    assert list(cache.glob(f"{BROKEN}*")) == []
    assert "30100" in (closed.layout.etc / "rtp.conf").read_text()
    await keeper_of(closed, said).start()
    assert said == []
    await closed.asterisk.adopt()
    await closed.asterisk.stop()


async def test_given_an_asterisk_that_dies_of_its_configuration_then_the_last_good_one_is_used_and_the_copy_stays(
    closed: Instance,
) -> None:
    (closed.layout.etc / "modules.conf").write_text(DAMAGE["modules.conf"])
    said: list[str] = []
    keeper = keeper_of(closed, said)
    await keeper.start()
    try:
        assert "Starting with its last good configuration" in "".join(said)
        assert "former copy" not in "".join(said)
        assert versions(closed.settings.cache_dir)[0] == "22.10.7"
        assert keeper.has_good_etc
    finally:
        await keeper.asterisk.stop()


@pytest.mark.parametrize("damaged", [("modules.conf",), ("modules.conf", "asterisk.conf"), tuple(DAMAGE)])
async def test_given_files_damaged_while_asterisk_ran_when_it_dies_then_it_starts_with_the_last_good_ones(
    damaged: tuple[str, ...], closed: Instance
) -> None:
    said: list[str] = []
    keeper = keeper_of(closed, said)
    await keeper.start()
    keeping = asyncio.create_task(keeper.keep())
    try:
        first = keeper.asterisk.pid
        for name in damaged:
            (closed.layout.etc / name).write_text(DAMAGE[name])
        os.kill(first, signal.SIGKILL)
        async with asyncio.timeout(_WITHIN_S):
            while not any("runs again" in text for text in said):  # noqa: ASYNC110  the keeper tells only this
                await asyncio.sleep(0.05)
        assert keeper.asterisk.pid not in {0, first}
        assert "Starting with its last good configuration" in "".join(said)
        assert versions(closed.settings.cache_dir)[0] == "22.10.7"
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        await keeper.asterisk.stop()


async def test_given_a_running_asterisk_then_files_that_it_was_not_started_with_are_not_kept_as_good(
    tmp_path: Path,
) -> None:
    async with private_asterisk(tmp_path) as instance:
        await asyncio.to_thread(keep, instance.settings)
        good = (last_good(instance.settings.state_dir) / "etc" / "modules.conf").read_text()
        (instance.layout.etc / "modules.conf").write_text(DAMAGE["modules.conf"])
        keeper = AsteriskKeeper(instance.settings, instance.ready.install, ("logger",), lambda _level, _text: None)
        await keeper.start()
        await keeper.keep_last_good()
        assert not keeper.has_good_etc
        assert (last_good(instance.settings.state_dir) / "etc" / "modules.conf").read_text() == good


async def test_given_that_the_former_copy_does_not_start_either_then_the_new_one_is_put_back(closed: Instance) -> None:
    cache = closed.settings.cache_dir
    for name in ("modules.conf", "dialplan"):
        path = Layout.of(closed.settings).etc / name
        shutil.rmtree(path) if path.is_dir() else path.write_text(DAMAGE["modules.conf"])
    home = last_good(closed.settings.state_dir) / "etc"
    (home / "modules.conf").write_text(DAMAGE["modules.conf"])
    with pytest.raises(BootError):
        await keeper_of(closed, []).start()
    assert versions(cache)[0] == "22.10.7"
    assert list(cache.glob(f"{BROKEN}*")) == []
    assert len(list(cache.glob(f"{BEFORE}*"))) == 1


def test_of_copies_that_did_not_start_only_the_last_is_kept(tmp_path: Path) -> None:
    for version in ("22.10.1", "22.10.2", "22.10.3"):
        lay(tmp_path / ROOT_NAME, version)
        lay(tmp_path / f"{BEFORE}.1", "22.9.0")
        assert go_back(tmp_path)
        (tmp_path / ROOT_NAME).rename(tmp_path / f"gone-{version}")
    [broken] = tmp_path.glob(f"{BROKEN}*")
    assert "22.10.3" in (broken / "version").read_text()
