"""A real Asterisk for a test: started in half a second, stopped and found empty at the end.

::

    async with private_asterisk(tmp_path) as instance:
        await instance.asterisk.rx("core show channels")

The instance listens on one address alone (SIP 5060, ARI 8088, AMI 5038), so tests with addresses of their own run side
by side; the default is an address of this worker of pytest-xdist. Its city is the packaged example, with the trunks
moved to the same network: ``instance.network(11)`` is ``landline``, ``instance.network(12)`` is ``mobile``.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ntpd112.config.load import DEFAULT_CITY, read_city
from ntpd112.config.schema import City
from ntpd112.host.asterisk_process import AsteriskProcess
from ntpd112.host.layout import Layout
from ntpd112.host.music import build_music
from ntpd112.host.packages import VOICE, ensure_packages
from ntpd112.host.prompts import build_prompts
from ntpd112.host.secrets import Secrets
from ntpd112.host.setup import Ready, prepare
from ntpd112.settings import Settings

EMPTY_WITHIN_S = 5.0


def network_of_worker() -> str:
    """Return the first three parts of the loopback addresses that this worker of pytest-xdist has for itself."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return f"127.1.{int(worker.removeprefix('gw')) + 1}" if worker else "127.0.1"


_OF_STARTING = "registered during operation"
"""pjproject's word about each of Asterisk's own modules that begins a moment after the first message has come."""


@dataclass(frozen=True)
class Instance:
    """A running instance of the exchange, without a controller."""

    settings: Settings
    asterisk: AsteriskProcess
    ready: Ready

    @property
    def city(self) -> City:
        return self.ready.city.city

    @property
    def secrets(self) -> Secrets:
        return self.ready.secrets

    @property
    def layout(self) -> Layout:
        return self.asterisk.layout

    @property
    def ari_url(self) -> str:
        return f"http://{self.settings.manage_address}:{self.settings.ari_port}/ari"

    @property
    def sip(self) -> str:
        """Where SIP messages go: ``address:port``."""
        return f"{self.settings.sip_address}:{self.settings.sip_port}"

    def network(self, host: int) -> str:
        """Return another address of this test's network: ``network(11)`` is the landline trunk."""
        return f"{str(self.settings.sip_address).rpartition('.')[0]}.{host}"

    def log(self, *levels: str) -> list[str]:
        """Return the lines of Asterisk's log with one of these levels; without any, the errors and warnings."""
        wanted = tuple(f"] {level}[" for level in levels or ("ERROR", "WARNING"))
        lines = self.layout.messages.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if any(mark in line for mark in wanted) and _OF_STARTING not in line]

    async def channels(self) -> list[str]:
        """Return the names of the channels alive."""
        lines = (await self.asterisk.rx("core show channels concise")).splitlines()
        return [line.split("!")[0] for line in lines if "!" in line]

    async def empty(self) -> None:
        """Return when no channel is left; fail when some stay."""
        async with asyncio.timeout(EMPTY_WITHIN_S):
            while await self.channels():  # noqa: ASYNC110  Asterisk tells nobody
                await asyncio.sleep(0.05)


def city_text(network: str) -> str:
    """Return the example city file with its trunks in a network of loopback addresses, and without self-calls."""
    text = DEFAULT_CITY.read_text(encoding="utf-8").replace("self_call: {every_s: 60}", "self_call: {every_s: 0}")
    return text.replace("127.0.0.", f"{network}.")


@asynccontextmanager
async def private_asterisk(
    tmp_path: Path, *, sip_address: str = "", city: str | None = None, **settings: object
) -> AsyncIterator[Instance]:
    """Prepare an instance in ``tmp_path/state`` and run its Asterisk for the length of the block.

    ``city``: text of the city file; ``settings``: further instance settings. A second use with the same ``tmp_path``
    finds the same instance again. Fails when channels are left at the end.
    """
    sip_address = sip_address or f"{network_of_worker()}.1"
    network = sip_address.rpartition(".")[0]
    values = {"state_dir": tmp_path / "state", "sip_address": sip_address, "manage_address": sip_address, **settings}
    chosen = Settings(**values)  # type: ignore[arg-type]
    chosen.state_dir.mkdir(parents=True, exist_ok=True)
    text = city or city_text(network)
    chosen.city_file.write_text(text, encoding="utf-8")
    await asyncio.to_thread(_lend_sounds, read_city(text).city, chosen)
    ready = await asyncio.to_thread(prepare, chosen)
    asterisk = AsteriskProcess(chosen, ready.install)
    await asterisk.start(die_with_parent=True)
    instance = Instance(chosen, asterisk, ready)
    try:
        yield instance
        await instance.empty()
    finally:
        await asterisk.stop()


def _lend_sounds(city: City, settings: Settings) -> None:
    """Copy prompts and music made for an earlier test: they take a second to make."""
    ensure_packages(VOICE)
    texts = hashlib.sha256(repr(city.prompts).encode()).hexdigest()[:16]
    store = Layout(settings.cache_dir.absolute() / "test-sounds" / texts)
    store.create()
    target = Layout.of(settings)
    with (store.state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        build_prompts(city, store)
        build_music(store)
    with tempfile.TemporaryDirectory(dir=target.state) as scratch:
        for kind in ("sounds", "music"):
            if not (target.state / kind).exists():
                shutil.copytree(store.state / kind, Path(scratch) / kind)
                (Path(scratch) / kind).rename(target.state / kind)
