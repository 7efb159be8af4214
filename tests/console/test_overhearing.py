"""A supervisor listens by the API: who may, what is refused and why, and who is shown it."""

from __future__ import annotations

from pathlib import Path

from ntpd112.simulate import Answer
from tests.console.office import Office, office
from tests.stories.world import Caller


async def _talk(place: Office) -> Caller:
    """Given a caller who speaks with 201, and a phone of the supervisor's."""
    await place.world.operator("201", Answer(0.1))
    await place.world.phone("203", Answer(0.1))
    caller = await place.world.citizen()
    await place.world.speaks(caller, "201")
    return caller


async def test_a_supervisor_listens_changes_how_and_leaves_and_operators_are_not_shown_it(tmp_path: Path) -> None:
    async with office(tmp_path) as place, place.browser() as dewi, place.browser() as siti:
        await dewi.sign_in("dewi")
        await siti.sign_in("siti")
        async with dewi.live() as seen, siti.live() as seen_by_siti:
            caller = await _talk(place)
            await seen.until(lambda room: "talking" in room.states())
            for mode in ("listen", "whisper"):
                assert await dewi.ask("POST", "/operators/201/listen", {"mode": mode}) == (204, None)
                await seen.until(lambda room, mode=mode: room.operators["203"]["listening"] == mode)
                await seen.until(lambda room: room.operators["203"]["activity"] == "talking")
                assert seen.operators["203"]["listens_to"] == "201"
            await seen_by_siti.until(lambda room: room.operators.get("203", {}).get("activity") == "talking")
            hidden = seen_by_siti.operators["203"]
            assert (hidden["listens_to"], hidden["listening"], hidden["call_id"]) == ("", None, "")
            assert await dewi.ask("POST", "/operators/201/listen", {"mode": "barge"}) == (204, None)
            both = ["201", "203"]
            await seen_by_siti.until(lambda room: room.calls[caller.call_id]["speaks_with"] == both)
            assert await dewi.ask("DELETE", "/listening") == (204, None)
            await seen.until(lambda room: room.operators["203"]["activity"] == "idle")
        await place.world.hang_up(caller)
        record = await place.world.is_over(caller)
        assert record.notes == ("203 listens to 201", "203 whispers to 201", "203 joins 201")


async def test_what_cannot_be_is_refused_with_its_reason_and_a_cure(tmp_path: Path) -> None:
    async with office(tmp_path) as place, place.browser() as dewi, place.browser() as rina, place.browser() as siti:
        for browser, name in ((dewi, "dewi"), (rina, "rina"), (siti, "siti")):
            await browser.sign_in(name)

        async def refused(browser: object, operator: str, mode: str = "listen") -> tuple[int, str]:
            status, answer = await browser.ask("POST", f"/operators/{operator}/listen", {"mode": mode})  # type: ignore[attr-defined]
            assert answer["cure"] or status == 403
            return status, answer["message"]

        async with dewi.live() as seen:
            await seen.until(lambda room: room.serves)
            assert await refused(dewi, "201") == (409, "This operator speaks with nobody now")
            caller = await _talk(place)
            await seen.until(lambda room: "talking" in room.states())
            assert await refused(dewi, "203") == (409, "Nobody listens to themselves")
            assert await refused(dewi, "999") == (409, "This operator speaks with nobody now")
            assert (await refused(rina, "201"))[0] == 403
            assert (await refused(siti, "201"))[0] == 403
            assert (await refused(dewi, "201", "shout"))[0] == 400
            assert (await dewi.ask("POST", "/operators/201/command", {"command": "barge"}))[0] == 400
        await place.world.hang_up(caller)
        assert (await place.world.is_over(caller)).notes == ()
