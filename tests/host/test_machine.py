"""Programs and Asterisk are found, or brought, or named as missing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ntpd112.host.asterisk_root import ROOT_NAME, ensure_asterisk, package_source, parse_version
from ntpd112.host.errors import HostError, PackagesError, RootError
from ntpd112.host.layout import Layout
from ntpd112.host.packages import Need, ensure_packages, missing
from ntpd112.settings import Settings

NOTHING = Need("ntpd112-no-such-program", "ntpd112-no-such-package", "is not there")


def test_what_is_installed_is_not_missing() -> None:
    assert missing([Need("sh", "dash", "runs"), NOTHING]) == (NOTHING,)


def test_without_apt_the_programs_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PackagesError, match=r"ntpd112-no-such-program .*no apt-get"):
        ensure_packages([NOTHING])


@pytest.mark.parametrize(
    ("text", "version"),
    [("Asterisk 22.10.1+dfsg+~cs6.17-1", (22, 10, 1)), ("Asterisk GIT-20-abc", (20,)), ("Asterisk", ())],
)
def test_versions_are_read(text: str, version: tuple[int, ...]) -> None:
    assert parse_version(text) == version


def test_the_mirror_is_the_machines_own() -> None:
    mirror, suite, components = package_source()

    assert "://" in mirror or mirror.startswith("file:")
    assert suite
    assert components.startswith("main")


def test_two_builds_at_once_unpack_one_asterisk(tmp_path: Path) -> None:
    lines: list[str] = []
    with ThreadPoolExecutor(2) as both:
        found = list(both.map(lambda _: ensure_asterisk("private", tmp_path, lines.append), range(2)))

    assert found[0] == found[1]
    assert found[0].version >= (22,)
    assert "chan_pjsip.so" in found[0].modules
    assert sum("unpacking" in line for line in lines if line.startswith("unpacking Asterisk")) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [ROOT_NAME, f"{ROOT_NAME}.lock"]


def test_an_absent_machine_asterisk_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ntpd112.host.asterisk_root.SYSTEM_FOLDERS", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(RootError, match="NTPD112_ASTERISK=private"):
        ensure_asterisk("machine", tmp_path)


def test_an_instance_folder_that_asterisk_cannot_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"has , in its name"):
        Layout.of(Settings(state_dir=tmp_path / "a,b"))
