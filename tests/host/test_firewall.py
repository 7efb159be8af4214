"""Which ports are filtered, the rules for them, and what the command says: nothing here needs a call."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest

from ntpd112.config.load import read_city
from ntpd112.config.problem import CityError
from ntpd112.config.schema import City
from ntpd112.firewall_watch import missing_rules
from ntpd112.host import firewall
from ntpd112.host.asterisk_root import AsteriskInstall, ensure_asterisk
from ntpd112.host.errors import HostError
from ntpd112.host.layout import Layout
from ntpd112.host.render import render
from ntpd112.host.secrets import ensure_secrets
from ntpd112.host.voice_ports import PortRange, has_own_ranges, voice_ports
from ntpd112.settings import Settings
from tests.asterisk import city_text
from tests.networks import network

_NETWORK = network(120)


@pytest.fixture(scope="module")
def install() -> AsteriskInstall:
    settings = Settings()
    return ensure_asterisk(settings.asterisk, settings.cache_dir)


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory, install: AsteriskInstall) -> AsteriskInstall:
    """An Asterisk whose endpoints know no ports of their own."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "res_pjsip.so").write_bytes(b"rtp_symmetric rtp_keepalive")
    return replace(install, root=None, modules_dir=folder)


def _text(media: str = "[10.1.0.0/24]") -> str:
    return city_text(_NETWORK).replace("addresses:", f"media: {media}\n    addresses:", 1)


def _city(media: str = "[10.1.0.0/24]") -> City:
    return read_city(_text(media)).city


def _settings(tmp_path: Path, **values: object) -> Settings:
    chosen = Settings(state_dir=tmp_path / "state", **values)  # type: ignore[arg-type]
    chosen.state_dir.mkdir(exist_ok=True)
    return chosen


def _written(city: City, settings: Settings, install: AsteriskInstall) -> tuple[str, str]:
    render(city, settings, ensure_secrets(settings.state_dir, city.operators), install)
    etc = Layout.of(settings).etc
    return (etc / "pjsip.conf").read_text(encoding="utf-8"), (etc / "rtp.conf").read_text(encoding="utf-8")


@pytest.mark.parametrize(("first", "last"), [(10000, 14999), (10001, 15000), (10001, 14998), (20000, 20007)])
def test_filtered_trunks_get_whole_pairs_of_ports_that_nobody_else_uses(
    install: AsteriskInstall, tmp_path: Path, first: int, last: int
) -> None:
    ports = voice_ports(_city(), _settings(tmp_path, rtp_first=first, rtp_last=last), install)
    assert ports.filtered is not None
    assert (ports.others.first, ports.others.last + 1) == (first, ports.filtered.first)
    assert ports.filtered.first % 2 == 0
    assert ports.filtered.last % 2 == 1
    assert last - 1 <= ports.filtered.last <= last
    assert abs(ports.others.pairs - ports.filtered.pairs) <= 1


@pytest.mark.parametrize(("first", "last"), [(10000, 10001), (10000, 10002), (10000, 10000), (10002, 10000)])
def test_a_range_too_small_is_not_divided(install: AsteriskInstall, tmp_path: Path, first: int, last: int) -> None:
    ports = voice_ports(_city(), _settings(tmp_path, rtp_first=first, rtp_last=last), install)
    assert ports.filtered is None
    assert ports.others == PortRange(first, last)


def test_without_media_nothing_changes(install: AsteriskInstall, tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    city = read_city(city_text(_NETWORK)).city
    pjsip, rtp = _written(city, settings, install)
    assert voice_ports(city, settings, install).filtered is None
    assert "rtp_port" not in pjsip
    assert "rtpstart = 10000\nrtpend = 14999" in rtp


def test_with_media_the_trunk_alone_has_ports_of_its_own(install: AsteriskInstall, tmp_path: Path) -> None:
    pjsip, rtp = _written(_city(), _settings(tmp_path), install)
    assert pjsip.count("rtp_port_start = 12500\nrtp_port_end = 14999") == 2  # calls from it, and through it
    assert "rtpstart = 10000\nrtpend = 12499" in rtp


def test_an_older_asterisk_keeps_one_range_and_every_endpoint(older: AsteriskInstall, tmp_path: Path) -> None:
    assert not has_own_ranges(older)
    assert not has_own_ranges(replace(older, modules_dir=tmp_path / "none"))
    pjsip, rtp = _written(_city(), _settings(tmp_path), older)
    assert "rtp_port" not in pjsip
    assert "rtpstart = 10000\nrtpend = 14999" in rtp


@pytest.mark.parametrize(
    ("media", "wrong"),
    [
        ('["0.0.0.0/0"]', "every address in the world"),
        ('["media.provider.example"]', "is a name, not an address"),
        ('["10.1.2.3/24"]', "names one address and a network"),
        ('["10.1.2.3:4000"]', "has a port"),
    ],
)
def test_a_wrong_network_is_refused_with_its_line(media: str, wrong: str) -> None:
    with pytest.raises(CityError) as refused:
        read_city(_text(media))
    (problem,) = refused.value.problems
    assert wrong in problem.message
    assert problem.line


@pytest.mark.parametrize(
    ("listens", "families"),
    [
        (IPv4Address(f"{_NETWORK}.1"), {"ip"}),
        (IPv4Address("0.0.0.0"), {"ip"}),  # noqa: S104
        (IPv6Address("fd00::1"), {"ip6"}),
        (IPv6Address("::"), {"ip", "ip6"}),
    ],
)
def test_the_kernel_takes_the_rules_twice_and_lets_go_of_them_twice(
    tmp_path: Path, listens: IPv4Address | IPv6Address, families: set[str]
) -> None:
    settings = _settings(tmp_path, sip_address=listens, sip_port=61_122)
    city = _city('["10.1.0.0/24", "10.1.0.7", "fd00:1::/64", "fd00:1::5"]')
    ruleset = firewall.rules(city, settings, PortRange(61_124, 61_127))
    assert {family for family in ("ip", "ip6") if f"chain voice-{family} " in ruleset} == families
    try:
        for _ in range(2):
            firewall.load(settings, ruleset)
        assert firewall.is_loaded(settings, ruleset)
        assert not firewall.is_loaded(settings, ruleset + "# another")
        assert firewall.refused(settings) == 0
    finally:
        for _ in range(2):
            firewall.unload(settings)
    assert not firewall.is_loaded(settings, ruleset)
    with pytest.raises(HostError):
        firewall.refused(settings)


def test_two_instances_have_tables_of_their_own(tmp_path: Path) -> None:
    addresses = ("10.0.0.1", "10.0.0.2", "fd00::1", "fd00::2", "0.0.0.0", "::")  # noqa: S104
    names = {firewall.table_of(_settings(tmp_path, sip_address=ip_address(each))) for each in addresses}
    names.add(firewall.table_of(_settings(tmp_path, sip_port=5070)))
    assert len(names) == len(addresses) + 1


def _command(settings: Settings, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    own = {"NTPD112_SIP_ADDRESS": f"{_NETWORK}.1", "NTPD112_STATE_DIR": str(settings.state_dir), **more}
    command = [sys.executable, "-m", "ntpd112", "firewall", *arguments]
    return subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True, check=False, timeout=60)


def test_the_command_prints_loads_and_removes_and_says_what_keeps_it_from_that(
    install: AsteriskInstall, tmp_path: Path
) -> None:
    assert has_own_ranges(install)
    settings = _settings(tmp_path, sip_address=ip_address(f"{_NETWORK}.1"))
    settings.city_file.write_text(_text(), encoding="utf-8")
    printed = _command(settings)
    assert printed.returncode == 0
    assert "udp dport 12500-14999" in printed.stdout
    assert "10.1.0.0/24" in printed.stdout
    try:
        assert _command(settings, "--load").returncode == 0
        assert firewall.is_loaded(settings, printed.stdout)
        settings.city_file.write_text(city_text(_NETWORK), encoding="utf-8")
        assert "nothing is filtered" in _command(settings).stdout
        assert _command(settings, "--load").returncode == 0
        assert not firewall.is_loaded(settings, printed.stdout)
    finally:
        assert _command(settings, "--remove").returncode == 0
    settings.city_file.write_text(_text(), encoding="utf-8")
    for arguments, more, code, said in (
        (("--load", "--remove"), {}, 2, "choose one of them"),
        (("--load",), {"NTPD112_ASTERISK": "elsewhere"}, 4, "run this there"),
        (("--load",), {"NTPD112_RTP_LAST": "10001"}, 4, "share their RTP ports"),
    ):
        done = _command(settings, *arguments, **more)
        assert done.returncode == code
        assert said in " ".join(done.stderr.split())


def test_rules_that_are_missing_are_told_with_the_cure_until_they_are_loaded(
    install: AsteriskInstall, tmp_path: Path
) -> None:
    assert has_own_ranges(install)
    settings = _settings(tmp_path, sip_address=ip_address(f"{_NETWORK}.1"), sip_port=61_122)
    assert missing_rules(settings, read_city(city_text(_NETWORK)).city) == ""
    assert "(landline): the rules for it are not loaded; run this as root" in missing_rules(settings, _city())
    narrow = _settings(tmp_path, rtp_last=10_001)
    assert "share their RTP ports" in missing_rules(narrow, _city())
    try:
        firewall.load(settings, firewall.needed(_city(), settings))
        assert missing_rules(settings, _city()) == ""
        assert "not loaded" in missing_rules(settings, _city("[10.1.0.0/25]"))
    finally:
        firewall.unload(settings)
    assert "not loaded" in missing_rules(settings, _city())
