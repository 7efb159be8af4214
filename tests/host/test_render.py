"""The rendered configuration: what changes, and what can never get into it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from ntpd112.config.load import read_city
from ntpd112.config.schema import City, SelfCall
from ntpd112.host.asterisk_root import AsteriskInstall, ensure_asterisk
from ntpd112.host.errors import RenderError
from ntpd112.host.modules import MAINTENANCE, NEEDED, modules_to_load
from ntpd112.host.render import dialled, render, value, word
from ntpd112.host.secrets import ensure_secrets
from ntpd112.host.setup import refresh
from ntpd112.settings import Settings
from tests.asterisk import Instance, city_text


@pytest.fixture(scope="module")
def install() -> AsteriskInstall:
    settings = Settings()
    return ensure_asterisk(settings.asterisk, settings.cache_dir)


def _city(**changes: object) -> City:
    text = city_text("127.0.1")
    return read_city(text).city.model_copy(update=changes)


def test_rendering_twice_changes_nothing(tmp_path: Path, install: AsteriskInstall) -> None:
    settings = Settings(state_dir=tmp_path / "state")
    city = _city()
    settings.state_dir.mkdir()
    secrets = ensure_secrets(settings.state_dir, city.operators)

    first = render(city, settings, secrets, install)
    second = render(city, settings, secrets, install)

    assert "pjsip.conf" in first.changed
    assert first.restart
    assert second.changed == second.reloads == ()
    assert not second.restart


def test_a_new_operator_reloads_phones_queue_and_dialplan_only(tmp_path: Path, install: AsteriskInstall) -> None:
    settings = Settings(state_dir=tmp_path / "state")
    city = _city()
    settings.state_dir.mkdir()
    render(city, settings, ensure_secrets(settings.state_dir, city.operators), install)
    more = _city(operators={**city.operators, "205": city.operators["201"]})

    rendered = render(more, settings, ensure_secrets(settings.state_dir, more.operators), install)

    assert set(rendered.reloads) == {"res_pjsip.so", "app_queue.so", "pbx_config.so"}
    assert not rendered.restart


@pytest.mark.parametrize(
    ("listens", "reached"),
    [("10.20.30.2", "10.20.30.2"), ("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("fd00::2", "[fd00::2]")],  # noqa: S104
)
def test_the_centre_finds_itself_wherever_it_listens(
    tmp_path: Path, install: AsteriskInstall, listens: str, reached: str
) -> None:
    settings = Settings(state_dir=tmp_path / "state", sip_address=ip_address(listens))
    city = _city(self_call=SelfCall(every_s=60))
    settings.state_dir.mkdir()
    secrets = ensure_secrets(settings.state_dir, city.operators)
    render(city, settings, secrets, install)
    config = (settings.state_dir / "etc" / "pjsip.conf").read_text()

    assert f"contact = sip:phone@{reached}:5060\n" in config
    assert "endpoint_identifier_order = header,ip,username\n" in config
    older = replace(install, modules=install.modules - {MAINTENANCE})
    render(_city(self_call=SelfCall(every_s=0)), settings, secrets, older)
    without = (settings.state_dir / "etc" / "pjsip.conf").read_text()
    assert "endpoint_identifier_order = ip,username\n" in without
    assert "selfcall" not in without
    assert "probe" not in without


async def test_an_operator_added_while_calls_run_can_register(instance: Instance) -> None:
    text = instance.settings.city_file.read_text()
    added = text.replace('  "201":', '  "209": {name: Baru}\n  "201":', 1)
    await asyncio.to_thread(instance.settings.city_file.write_text, added)

    ready = await asyncio.to_thread(refresh, instance.settings, instance.ready.install)
    await instance.asterisk.reload(*ready.rendered.reloads)
    endpoint = await instance.asterisk.rx("pjsip show endpoint 209")
    queue = await instance.asterisk.rx("queue show fallback")

    assert "209" in ready.secrets.sip_passwords
    assert "Unable to find" not in endpoint
    assert "PJSIP/209" in queue


def test_secrets_are_readable_by_their_owner_only(instance: Instance) -> None:
    paths = [instance.settings.state_dir / "secrets.json", *instance.layout.etc.glob("*.conf")]

    assert len(paths) > 10
    assert {path.stat().st_mode & 0o077 for path in paths} == {0}


@pytest.mark.parametrize("text", ["a\nb=c", "a\r", "a\x00", "a\\b", "a\u2028b"])
def test_a_text_cannot_become_a_line(text: str) -> None:
    with pytest.raises(RenderError, match="remove them"):
        value(text)


def test_a_semicolon_is_no_comment() -> None:
    assert value("a;b") == "a\\;b"


@pytest.mark.parametrize("text", ["", "a b", "a,b", "${x}", "a]", "a/b", "ä"])
def test_a_name_is_a_name(text: str) -> None:
    with pytest.raises(RenderError):
        word(text)


def test_numbers_are_dialled_without_spaces() -> None:
    assert dialled("021 1120-002") == "0211120002"
    assert dialled("+62 811") == "+62811"
    with pytest.raises(RenderError, match="cannot be dialled"):
        dialled("113@evil")


def test_an_asterisk_without_a_needed_module_is_refused() -> None:
    with pytest.raises(RenderError, match=r"chan_pjsip\.so.*NTPD112_ASTERISK=private"):
        modules_to_load(frozenset(NEEDED) - {"chan_pjsip.so"})
