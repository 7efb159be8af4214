"""Whatever an operator types, at whatever moment, ends no call, gives none away and takes nobody off duty."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Browser as Engine

from ntpd112.console.build import PAGE, node_folder
from tests.console.chrome import Desk, desk
from tests.console.office import Office, office
from tests.console.test_two_pages import ready
from tests.stories.world import Caller

EACH = 25
_MADE = "import('./tests/addresses.ts').then((m) => console.log(JSON.stringify([...m.addresses({}, 7)])))"
Moment = Callable[[Desk], Awaitable[object]]
BEGINNINGS = ("Jl. Merdeka", "Perempatan", "RT 5", "  ", "5\n5\n", "112\n", "e\nee  e\n")
"""What hung up on a citizen or gave them away before, and what presses buttons."""


def _on(selector: str) -> Moment:
    return lambda at: at.page.locator(selector).first.focus()


def _after(*keys: str) -> Moment:
    return lambda at: at.press(*keys)


MOMENTS: dict[str, Moment] = {
    "in the form": _on("#field-what"),
    "in nothing": lambda at: at.page.evaluate("document.activeElement.blur()"),
    "on the button that ends": _on(".button.end"),
    "on the button that leaves": _on(".presence .out"),
    "on the button that holds": _on(".actions .button"),
    "while whom to ask is searched": _after("F8"),
    "while to whom is searched": _after("Shift+F8"),
    "while to whom is shown": _after("Shift+F8", "Enter"),
    "after a break was thought of": _after("Shift+F9"),
    "after the key that ends was touched": _after("F9"),
    "in the settings": lambda at: at.page.click(".settings button"),
}


def _addresses(count: int) -> list[str]:
    program = node_folder() / "bin" / "node"
    done = subprocess.run([program, "-e", _MADE.format(count)], cwd=PAGE, capture_output=True, text=True, check=True)
    made: list[str] = json.loads(done.stdout)
    return made


async def test_no_address_typed_at_any_moment_ends_or_moves_a_call(tmp_path: Path, engine: Engine) -> None:
    texts = _addresses(EACH * len(MOMENTS))
    async with office(tmp_path) as place, desk(engine, place.settings.console_url) as siti:
        await ready(siti, "siti")
        caller = await place.world.citizen("mobile", ani="081234567890")
        await siti.says(".own button", "Jawab")
        await siti.press("F2")
        await siti.is_in("address")
        for number, (moment, come_to) in enumerate(MOMENTS.items()):
            for text in (*BEGINNINGS, *texts[number * EACH : (number + 1) * EACH]):
                await come_to(siti)
                await siti.page.keyboard.type(text)
                assert _is_with(place, caller) == ("201", "available"), (moment, text)
        await siti.page.focus("#field-address")
        if place.world.room.calls[caller.call_id].state == "on_hold":  # a space on the button that holds
            await siti.press("F4")
        await siti.says(".own .stage", "Bicara")
        await siti.hold("F9")
        record = await place.world.is_over(caller)
    assert [(offer.target, offer.kind) for offer in record.offers if offer.kind == "operator"] == [("201", "operator")]
    assert (record.operator, record.side, record.outcome) == ("201", "operator", "answered")


def _is_with(place: Office, caller: Caller) -> tuple[str, str]:
    call = place.world.room.calls[caller.call_id]
    assert call.main is not None
    return call.main.target, place.world.seat("201").presence


async def test_what_is_typed_before_the_form_is_there_and_into_nothing_is_in_the_address(
    tmp_path: Path, engine: Engine
) -> None:
    async with office(tmp_path) as place, desk(engine, place.settings.console_url) as siti:
        await ready(siti, "siti")
        caller = await place.world.citizen("mobile", ani="081234567890")
        await siti.says(".own button", "Jawab")
        await siti.press("F2")
        await siti.is_in("address")
        await siti.page.keyboard.type("Jl. ")
        await siti.page.focus(".presence .out")
        await siti.page.keyboard.type("Mawar")
        assert await siti.page.input_value("#field-address") == "Jl. Mawar"
        await siti.hold("F9")
        await place.world.is_over(caller)
