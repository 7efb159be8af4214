"""A new Asterisk beside the one that runs: calls go on, the next start uses it, and one that does not start goes again.

The copies are real ones: folders that lead to the same programs, with another date and version on them.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ntpd112.asterisk_age import watch_age
from ntpd112.host.asterisk_root import ROOT_NAME, ensure_asterisk, find_private_root
from ntpd112.host.commands import CommandError
from ntpd112.host.errors import Progress, RootError, silent
from ntpd112.host.renewal import BEFORE, NEXT, OLD_AFTER_S, age, described, go_back, renew, take_next, waiting
from ntpd112.settings import Settings
from ntpd112.simulate.citizen import Citizen
from ntpd112.simulate.sipp import Address
from ntpd112.supervise.asterisk_keeper import AsteriskKeeper
from tests.asterisk import private_asterisk
from tests.host.conftest import LANDLINE

DAY_S = 86_400.0


def lay(folder: Path, version: str = "22.10.1", days_old: float = 0.0) -> Path:
    """Lay a copy of the machine's private Asterisk."""
    install = ensure_asterisk("private", Settings().cache_dir)
    assert install.root is not None
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "usr").symlink_to(install.root / "usr")
    marker = folder / "version"
    marker.write_text(f"Asterisk {version}+dfsg\n")
    os.utime(marker, (time.time() - days_old * DAY_S,) * 2)
    return folder


def builds(version: str) -> object:
    def build(folder: Path, progress: Progress) -> None:
        progress("unpacking")
        lay(folder, version)

    return build


def versions(cache: Path) -> tuple[str, str]:
    """Return the versions of what is used now, and from the next start."""
    found = (find_private_root(cache), waiting(cache))
    return tuple(".".join(map(str, each.version)) if each else "-" for each in found)  # type: ignore[return-value]


def test_a_new_copy_waits_beside_the_one_that_is_used_until_the_next_start(tmp_path: Path) -> None:
    lay(tmp_path / ROOT_NAME, "22.10.1", days_old=200)
    new = renew(tmp_path, build=builds("22.10.7"))  # type: ignore[arg-type]
    assert described(new).startswith("22.10.7 of ")
    assert versions(tmp_path) == ("22.10.1", "22.10.7")
    assert take_next(tmp_path)
    assert versions(tmp_path) == ("22.10.7", "-")
    assert not take_next(tmp_path)
    renew(tmp_path, build=builds("22.11.0"))  # type: ignore[arg-type]
    assert list(tmp_path.glob(f"{BEFORE}*")) == []
    renew(tmp_path, build=builds("22.11.1"))  # type: ignore[arg-type]
    assert versions(tmp_path) == ("22.10.7", "22.11.1")


def fails_without_network(folder: Path, _progress: Progress) -> None:
    (folder / "usr").mkdir()
    raise CommandError(["mmdebstrap"], "failed with exit status 25", "E: Temporary failure resolving 'mirror'")


def unpacks_nothing(_folder: Path, _progress: Progress) -> None:
    pass


def fills_the_disk(folder: Path, _progress: Progress) -> None:
    (folder / "version").write_text("Asterisk")
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (fails_without_network, "Temporary failure resolving"),
        (unpacks_nothing, "is no Asterisk; nothing was changed"),
        (fills_the_disk, "No space left on device"),
    ],
)
def test_a_renewal_that_fails_changes_nothing_and_says_why(tmp_path: Path, build: object, said: str) -> None:
    lay(tmp_path / ROOT_NAME)
    with pytest.raises(RootError, match=said):
        renew(tmp_path, build=build)  # type: ignore[arg-type]
    assert versions(tmp_path) == ("22.10.1", "-")
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(".lock")] == [ROOT_NAME]


def test_a_copy_that_is_no_asterisk_is_not_put_in_place(tmp_path: Path) -> None:
    lay(tmp_path / ROOT_NAME)
    (tmp_path / NEXT).mkdir()
    (tmp_path / NEXT / "version").write_text("torn")
    assert not take_next(tmp_path)
    assert versions(tmp_path) == ("22.10.1", "-")


@pytest.mark.parametrize(("days", "is_old"), [(1, False), (89, False), (91, True), (1000, True)])
def test_an_old_asterisk_is_told_with_version_and_date_and_the_cure(tmp_path: Path, days: int, is_old: bool) -> None:
    install = find_private_root(lay(tmp_path / ROOT_NAME, "22.10.1", days).parent)
    assert install is not None
    text = age(install, tmp_path, time.time())
    assert bool(text) == is_old
    if is_old:
        made = time.strftime("%Y-%m-%d", time.gmtime(time.time() - days * DAY_S))
        assert f"Asterisk 22.10.1 is of {made}, {days} days old" in text
        assert "ntpd112 update" in text
        renew(tmp_path, build=builds("22.10.7"))  # type: ignore[arg-type]
        assert "22.10.7 of" in age(install, tmp_path, time.time())
        assert "from the next start" in age(install, tmp_path, time.time())
    assert OLD_AFTER_S == 90 * DAY_S


async def test_calls_go_on_while_asterisk_is_renewed_and_the_next_start_uses_the_new_one(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    lay(cache / ROOT_NAME, "22.10.1")
    async with private_asterisk(tmp_path, cache_dir=cache, asterisk="private") as instance:
        exchange = Address(str(instance.settings.sip_address), instance.settings.sip_port)
        async with Citizen(exchange, LANDLINE) as citizen:
            await citizen.answered()
            renew(cache, build=builds("22.10.7"))  # type: ignore[arg-type]
            assert take_next(cache)  # another instance that shares the cache starts meanwhile
            assert len(await instance.channels()) == 1
            renew(cache, build=builds("22.10.8"))  # type: ignore[arg-type]
            assert len(await instance.channels()) == 1
            citizen.hang_up()
            await citizen.ended()
        await instance.empty()
    assert take_next(cache)
    async with private_asterisk(tmp_path, cache_dir=cache, asterisk="private") as instance:
        assert instance.ready.install.version == (22, 10, 8)
        async with Citizen(exchange, LANDLINE) as citizen:
            await citizen.answered()
            citizen.hang_up()
            await citizen.ended()


async def test_a_new_copy_that_does_not_start_makes_way_for_the_former_one(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    lay(cache / ROOT_NAME, "22.10.1")
    async with private_asterisk(tmp_path, cache_dir=cache, asterisk="private") as instance:
        settings, install = instance.settings, instance.ready.install
    broken = lay(cache / NEXT, "22.99.0")
    (broken / "usr").unlink()
    shutil.copytree(
        (cache / ROOT_NAME / "usr").resolve() / "lib",
        broken / "usr" / "lib",
        symlinks=True,
        ignore=lambda _, names: [name for name in names if name.endswith((".so.6", ".so.2"))],
    )
    assert take_next(cache)
    said: list[str] = []
    keeper = AsteriskKeeper(settings, install, (), lambda _, text: said.append(text))
    await keeper.start()
    try:
        assert "Starting with the former copy of Asterisk" in "".join(said)
        assert versions(cache)[0] == "22.10.1"
        assert "Asterisk" in await keeper.asterisk.rx("core show version")
    finally:
        await keeper.asterisk.stop()
    assert not go_back(tmp_path / "nowhere")
    silent("")


async def test_the_alarm_tells_of_an_old_one_and_is_silent_of_a_new_one(tmp_path: Path) -> None:
    for days, expected in ((200, ["asterisk_old"]), (2, [])):
        cache = tmp_path / str(days)
        lay(cache / ROOT_NAME, "22.10.1", days)
        heard: list[str] = []
        chosen = Settings(state_dir=tmp_path, cache_dir=cache, asterisk="private")
        watching = asyncio.create_task(watch_age(chosen, lambda kind, _, to=heard: to.append(kind)))  # type: ignore[misc]
        await asyncio.sleep(0.3 if not expected else 0)
        async with asyncio.timeout(20):
            while heard != expected:  # noqa: ASYNC110  an alarm tells nobody
                await asyncio.sleep(0.05)
        watching.cancel()


def test_the_command_says_what_it_cannot_do_and_leaves_what_is_there(tmp_path: Path) -> None:
    """A machine without apt stands for one without a network: nothing can be fetched."""
    lay(tmp_path / "cache" / ROOT_NAME)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "bwrap").symlink_to(str(shutil.which("bwrap")))
    own = {"NTPD112_CACHE_DIR": str(tmp_path / "cache"), "NTPD112_STATE_DIR": str(tmp_path / "state")}
    done = subprocess.run(
        [sys.executable, "-m", "ntpd112", "update"],
        env={**os.environ, **own, "NTPD112_ASTERISK": "private", "PATH": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 4
    assert "packages were not renewed; run this as root: apt-get update" in done.stderr
    assert "could not unpack Asterisk" in done.stderr or "cannot ask apt" in done.stderr
    assert "what is there goes on" in done.stderr
    assert versions(tmp_path / "cache") == ("22.10.1", "-")
