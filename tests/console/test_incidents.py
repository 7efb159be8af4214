"""The incident's form, what a call was, and what is known of who calls: over a real room and its records."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from ntpd112.simulate import Answer
from tests.console.office import Browser, Office, office
from tests.stories.world import Caller

ANI = "081234567890"


async def answered(place: Office, talk_s: float = 30.0) -> Caller:
    """Let a citizen call and an operator answer."""
    await place.world.operator("201", Answer(0.1, talk_s=talk_s))
    caller = await place.world.citizen("mobile", ani=ANI)
    await place.world.speaks(caller, "201")
    return caller


async def until(browser: Browser, path: str, wanted: Any) -> Any:
    """Ask until the answer is wanted; return it."""
    async with asyncio.timeout(15):
        while True:
            status, answer = await browser.ask("GET", path)
            if status == 200 and wanted(answer):
                return answer
            await asyncio.sleep(0.1)


async def test_a_form_is_filled_while_they_speak_and_is_there_for_everybody_and_in_the_records(tmp_path: Path) -> None:
    async with office(tmp_path) as place, place.browser() as siti, place.browser() as budi:
        await siti.sign_in("siti")
        await budi.sign_in("budi")
        caller = await answered(place)
        incident = f"/incidents/i-{caller.call_id}"
        shown = await until(siti, incident, bool)
        assert (shown["status"], shown["operator"], shown["fields"], shown["complete"]) == ("open", "201", {}, True)
        for field, text in (("address", "Jl. Mawar"), ("address", "Jl. Mawar 12"), ("hurt", "<b>2</b>")):
            assert await siti.ask("PUT", f"{incident}/fields", {"field": field, "text": text}) == (204, None)
        for _ in range(2):
            note = {"text": "=HYPERLINK(1)", "key": "once"}
            assert await budi.ask("POST", f"{incident}/notes", note) == (204, None)
        assert (await siti.ask("PUT", f"{incident}/type", {"type": "fire"}))[0] == 204
        said = {"call": caller.call_id, "call_class": "normal", "disposition": "forwarded"}
        assert (await siti.ask("PUT", f"{incident}/class", said))[0] == 204
        shown = await until(budi, incident, lambda answer: answer["calls"][0]["call_class"])
        assert shown["fields"] == {"address": "Jl. Mawar 12", "hurt": "<b>2</b>"}
        assert [(one["by"], one["text"]) for one in shown["notes"]] == [("budi", "=HYPERLINK(1)")]
        assert (shown["type"], shown["calls"]) == ("fire", [said])
        await place.world.operator_hangs_up("201")
        await place.world.is_over(caller)
        async with place.world.database() as records, asyncio.timeout(15):
            while (found := await records.incident(f"i-{caller.call_id}")) is None or len(found.fields) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert {one.field: one.text for one in found.fields} == shown["fields"]


async def test_what_is_not_there_or_not_allowed_is_refused(tmp_path: Path) -> None:
    async with office(tmp_path) as place, place.browser() as siti:
        await siti.sign_in("siti")
        caller = await answered(place, talk_s=5.0)
        incident = f"/incidents/i-{caller.call_id}"
        assert (await siti.ask("GET", "/incidents/i-1"))[0] == 404
        assert (await siti.ask("PUT", "/incidents/i-1/fields", {"field": "what", "text": ""}))[0] == 404
        assert (await siti.ask("PUT", f"{incident}/fields", {"field": "rank", "text": ""}))[0] == 404
        status, answer = await siti.ask("PUT", f"{incident}/type", {"type": "flood"})
        assert (status, "there are: " in answer["message"]) == (404, True)
        assert (await siti.ask("GET", "/calls/1.1/caller"))[0] == 404
        assert (await siti.ask("DELETE", f"/calls/{caller.call_id}/mark"))[0] == 403
        await place.world.is_over(caller)


async def test_who_calls_again_is_known_with_the_last_call_what_it_was_and_the_mark(tmp_path: Path) -> None:
    async with office(tmp_path) as place, place.browser() as siti, place.browser() as rina:
        await siti.sign_in("siti")
        await rina.sign_in("rina")
        first = await answered(place, talk_s=1.0)
        await place.world.is_over(first)
        (left,) = (await until(siti, "/unfinished", lambda answer: answer["calls"]))["calls"]
        assert left["call"] == first.call_id
        said = {"call": first.call_id, "call_class": "prank", "disposition": "nothing"}
        assert (await siti.ask("PUT", f"/incidents/i-{first.call_id}/class", said))[0] == 204
        await until(siti, "/unfinished", lambda answer: not answer["calls"])
        assert (await siti.ask("PUT", f"/calls/{first.call_id}/mark", {"mark": "prank", "days": 7}))[0] == 204
        assert (await siti.ask("PUT", "/presence", {"presence": "available"}))[0] == 204
        second = await place.world.citizen("mobile", ani=ANI)
        known = await until(siti, f"/calls/{second.call_id}/caller", bool)
        (past,) = known["calls"]
        assert (past["call"], past["call_class"], past["operator"]) == (first.call_id, "prank", "201")
        assert (known["mark"]["mark"], known["mark"]["by"]) == ("prank", "siti")
        assert [one["incident"] for one in known["incidents"]] == [f"i-{first.call_id}"]
        assert (await rina.ask("DELETE", f"/calls/{second.call_id}/mark"))[0] == 204
        assert (await siti.ask("GET", f"/calls/{second.call_id}/caller"))[1]["mark"] is None
        nameless = await place.world.citizen("landline", ani="anonymous")
        assert (await siti.ask("GET", f"/calls/{nameless.call_id}/caller"))[0] == 409
        for caller in (second, nameless):
            await place.world.hang_up(caller)
            await place.world.is_over(caller)
