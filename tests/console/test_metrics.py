"""What asks from outside: the two probes, the metrics, and the dashboard that draws them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

import ntpd112.console
from ntpd112.console.tokens import Tokens
from ntpd112.settings import Settings
from ntpd112.simulate import Answer
from tests.console.office import NETWORK, Browser, Place, console, office, settings_of_console
from tests.stories.world import PATIENCE_S

DASHBOARD = Path(ntpd112.console.__file__).parent / "grafana.json"
Samples = dict[tuple[str, tuple[str, ...]], float]


async def page(browser: Browser, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    url = browser.url("").removesuffix("/api/v1") + path
    async with browser.session.get(url, headers=headers) as response:
        return response.status, await response.text()


def read(text: str) -> Samples:
    """Return every sample by its name and the values of its labels."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def until(browser: Browser, what: Callable[[Samples], bool]) -> Samples:
    """Ask until this is true of the metrics: what the controller says comes with the next question to it."""
    async with asyncio.timeout(PATIENCE_S):
        while not what(samples := read((await page(browser, "/metrics"))[1])):  # noqa: ASYNC110  asked often
            await asyncio.sleep(0.05)
    return samples


async def test_without_a_controller_it_lives_is_not_ready_and_measures_what_it_can(tmp_path: Path) -> None:
    settings = settings_of_console(Settings(state_dir=tmp_path, cache_dir=tmp_path / "cache"), NETWORK)
    async with console(settings), Browser(settings.console_url) as browser:
        assert await page(browser, "/live") == (204, "")
        status, text = await page(browser, "/ready")
        assert (status, json.loads(text)) == (
            503,
            {"ready": False, "controller": "away", "page": "not_built", "lacks": ["controller", "page"]},
        )
        status, text = await page(browser, "/metrics")
        samples = read(text)
        assert (status, samples["ntpd112_controller_followed", ()]) == (200, 0)
        assert samples["ntpd112_calls_ended_total", ("answered",)] == 0
        assert not any(name in {"ntpd112_calls_waiting", "ntpd112_ari_up"} for name, _ in samples)


async def test_metrics_are_for_this_machine_and_for_tokens_of_that_scope(place: Place) -> None:
    tokens = Tokens(place.settings.state_dir)
    right = {"Authorization": f"Bearer {tokens.add('prometheus', ['metrics'], 1.0)}"}
    other = {"Authorization": f"Bearer {tokens.add('cad', ['act'], 1.0)}"}
    elsewhere = {"X-Forwarded-For": "192.0.2.7"}
    async with place.browser() as browser:
        assert (await page(browser, "/metrics"))[0] == 200
        assert (await page(browser, "/metrics", elsewhere))[0] == 401
        assert (await page(browser, "/metrics", elsewhere | right))[0] == 200
        assert (await page(browser, "/metrics", other))[0] == 403
        assert (await page(browser, "/metrics", {"Authorization": "Bearer x"}))[0] == 401
        await browser.sign_in("admin")
        assert (await page(browser, "/metrics", elsewhere))[0] == 401


async def test_it_speaks_the_older_format_and_open_metrics(place: Place) -> None:
    async with place.browser() as browser:
        url = browser.url("").removesuffix("/api/v1") + "/metrics"
        for accepted, kind in (("", "text/plain; version=0.0.4"), ("application/openmetrics-text", "application/open")):
            async with browser.session.get(url, headers={"Accept": accepted}) as response:
                assert response.headers["Content-Type"].startswith(kind)
                assert (await response.text()).endswith("# EOF\n") is bool(accepted)


async def test_given_calls_then_they_are_measured_and_nobody_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ntpd112.console.condition._EVERY_S", 0.05)
    async with office(tmp_path) as place, place.browser() as rina:
        await rina.sign_in("rina")
        async with rina.live() as room:
            await room.until(lambda room: room.serves)
            assert (await page(rina, "/ready"))[0] == 200
            before = await until(rina, lambda samples: samples.get(("ntpd112_ari_up", ())) == 1)
            assert before["ntpd112_operators", ("idle", "logged_out")] == len(room.operators)
            caller = await place.world.citizen("mobile", ani="081234567890")
            waiting = await until(rina, lambda samples: samples["ntpd112_calls_waiting", ()] == 1)
            assert waiting["ntpd112_longest_wait_seconds", ()] > 0
            assert waiting["ntpd112_calls", ("waiting",)] + waiting["ntpd112_calls", ("ringing",)] == 1
            await until(rina, lambda samples: samples.get(("ntpd112_alarms_total", ("nobody_on_duty",)), 0) >= 1)
            await place.world.operator("201", Answer(0.1, talk_s=1.0))
            await room.until(lambda room: room.states() == ["talking"])
            talking = await until(rina, lambda samples: samples["ntpd112_calls", ("talking",)] == 1)
            assert talking["ntpd112_operators", ("talking", "available")] == 1
            await place.world.is_over(caller)
            await room.until(lambda room: not room.calls)
            text = (await page(rina, "/metrics"))[1]
    samples = read(text)
    assert samples["ntpd112_calls_ended_total", ("answered",)] == 1
    assert samples["ntpd112_offers_total", ("answered",)] == 1
    for clock in ("invite", "queue"):
        name = f"ntpd112_answer_from_{clock}_seconds"
        assert samples[f"{name}_count", ()] == 1
        took_s = samples[f"{name}_sum", ()]
        assert 0 < took_s < PATIENCE_S
        for bound in (15.0, 20.0):
            assert samples[f"{name}_bucket", (str(bound),)] == (took_s <= bound)
        assert samples[f"{name}_bucket", ("+Inf",)] == 1
    assert samples["ntpd112_database_up", ()] == 1
    assert samples["ntpd112_records_lost", ()] == 0
    assert "81234567890" not in text
    assert not re.search(r'"(20\d|siti|rina)"', text)


async def test_the_dashboard_draws_metrics_that_there_are_and_all_of_them(place: Place) -> None:
    async with place.browser() as browser:
        text = (await page(browser, "/metrics"))[1]
    served = {family.name for family in text_string_to_metric_families(text)}
    drawn = {
        re.sub(r"_(total|bucket|count|sum)$", "", name) for name in re.findall(r"ntpd112_\w+", DASHBOARD.read_text())
    }
    assert drawn == served


def test_the_dashboard_marks_15_and_20_seconds() -> None:
    panels = {panel["id"]: panel for panel in json.loads(DASHBOARD.read_text())["panels"]}
    marks = [
        [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]
        for panel in panels.values()
        if "ongest wait" in panel["title"] or "Time to a human" in panel["title"]
    ]
    assert marks == [[None, 15, 20]] * 3
    places = [tuple(panel["gridPos"][key] for key in "xywh") for panel in panels.values()]
    assert all(x + w <= 24 for x, _, w, _ in places)
    assert len({(x, y) for x, y, _, _ in places}) == len(places)
