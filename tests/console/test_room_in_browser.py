"""What browsers see of a real room while citizens call, and what people can do from there."""

from __future__ import annotations

from pathlib import Path

from ntpd112.simulate import Answer, NoAnswer
from tests.console.office import console, lately, office
from tests.exchange.desk import OF_SOCKETS
from tests.stories.exchange_world import HARMLESS


async def test_given_a_call_then_operator_and_supervisor_see_it_as_it_goes_on(tmp_path: Path) -> None:
    async with office(tmp_path) as place, place.browser() as siti, place.browser() as budi, place.browser() as rina:
        await siti.sign_in("siti")
        await budi.sign_in("Budi")
        await rina.sign_in("rina")
        async with siti.live() as hers, budi.live() as his, rina.live() as all_of_it:
            await hers.until(lambda room: room.serves and "201" in room.operators)
            await place.world.phone("201", Answer(0.3, talk_s=2.0))
            assert await siti.ask("PUT", "/presence", {"presence": "available"}) == (204, None)
            await hers.until(lambda room: room.operators["201"]["presence"] == "available")
            caller = await place.world.citizen("mobile", ani="081234567890")
            for room in (hers, his, all_of_it):
                await room.until(lambda room: room.states() == ["talking"])
            call = all_of_it.calls[caller.call_id]
            assert (call["ani"], call["trunk_kind"], call["speaks_with"]) == ("+6281234567890", "mobile", ["201"])
            assert lately(call["arrived_at"])
            assert hers.calls[caller.call_id]["ani"] == "+6281234567890"
            assert his.calls[caller.call_id]["ani"] == "•••••••••••890"
            for room in (hers, his, all_of_it):
                await room.until(lambda room: not room.calls)
            await hers.until(lambda room: room.operators["201"]["activity"] == "wrap_up")
            assert hers.operators["201"]["until"] > hers.operators["201"]["calls"]
            assert await siti.ask("PUT", "/presence", {"presence": "logged_out"}) == (204, None)
            await hers.until(lambda room: room.operators["201"]["presence"] == "logged_out")
            await place.world.is_over(caller)


async def test_commands_in_a_call_and_a_supervisor_who_sets_presence(tmp_path: Path) -> None:
    async with office(tmp_path) as place, place.browser() as siti, place.browser() as rina:
        await siti.sign_in("siti")
        await rina.sign_in("rina")
        async with rina.live() as room:
            await place.world.phone("201", Answer(0.1, talk_s=30.0))
            assert (await rina.ask("PUT", "/operators/201/presence", {"presence": "available"}))[0] == 204
            await room.until(lambda room: room.operators.get("201", {}).get("presence") == "available")
            caller = await place.world.citizen()
            await room.until(lambda room: room.states() == ["talking"])
            assert (await siti.ask("POST", "/command", {"command": "hold"}))[0] == 204
            await room.until(lambda room: room.states() == ["on_hold"])
            assert (await siti.ask("POST", "/command", {"command": "hold"}))[0] == 204
            await room.until(lambda room: room.states() == ["talking"])
            assert (await rina.ask("POST", "/operators/201/command", {"command": "mute"}))[0] == 204
            await room.until(lambda room: room.operators["201"]["muted"])
            assert (await rina.ask("POST", "/operators/999/command", {"command": "mute"}))[0] == 404
            wanted = {"presence": "on_break", "reason": "salat"}
            assert (await rina.ask("PUT", "/operators/201/presence", wanted))[0] == 204
            await room.until(lambda room: room.operators["201"]["reason"] == "salat")
            assert (await rina.ask("PUT", "/operators/999/presence", wanted))[0] == 404
            await place.world.operator_hangs_up("201")
            await place.world.is_over(caller)


async def test_who_cannot_be_asked_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with office(tmp_path) as place, place.browser() as siti, place.browser() as rina:
        await siti.sign_in("siti")
        await rina.sign_in("rina")
        async with rina.live() as room:
            await place.world.operator("201", Answer(0.1, talk_s=30.0))
            await place.world.operator("203", NoAnswer())
            caller = await place.world.citizen()
            await room.until(lambda room: room.states() == ["talking"])
            for target, why in {"999": "no_such_target", "201": "target_busy", "202": "target_off_duty"}.items():
                for way in ("warm", "blind"):
                    status, answer = await siti.ask("POST", "/command", {"command": way, "target": target})
                    assert (status, answer["error"], bool(answer["cure"])) == (409, why, True)
            wanted = {"command": "blind", "target": "999"}
            assert (await rina.ask("POST", "/operators/201/command", wanted))[0] == 409
            assert (await siti.ask("POST", "/command", {"command": "warm", "target": "203"}))[0] == 204
            await room.until(lambda room: room.states() == ["consulting"])
            await place.world.hang_up(caller)
            await place.world.is_over(caller)


async def test_an_alarm_is_told_to_everybody_its_text_to_supervisors_and_who_sees_to_it(tmp_path: Path) -> None:
    async with office(tmp_path) as place, place.browser() as siti, place.browser() as rina:
        await siti.sign_in("siti")
        await rina.sign_in("rina")
        async with siti.live() as operators, rina.live() as room:
            caller = await place.world.citizen()
            await room.until(lambda room: "nobody_on_duty" in room.alarms)
            await operators.until(lambda room: "nobody_on_duty" in room.alarms)
            told = room.alarms["nobody_on_duty"]
            assert (told["severity"], told["call"], bool(told["text"])) == ("high", caller.call_id, True)
            assert (operators.alarms["nobody_on_duty"]["text"], operators.alarms["nobody_on_duty"]["call"]) == ("", "")
            assert (await rina.ask("GET", "/wall/now"))[1]["alarms"][0]["kind"] == "nobody_on_duty"
            assert (await siti.ask("PUT", "/alarms/nobody_on_duty/seen", {}))[0] == 403
            assert (await rina.ask("PUT", "/alarms/of_nothing/seen", {}))[0] == 404
            assert (await rina.ask("PUT", "/alarms/nobody_on_duty/seen", {}))[0] == 204
            await operators.until(lambda room: room.alarms["nobody_on_duty"]["seen_by"] == "rina")
            assert (await rina.ask("GET", "/wall/now"))[1]["alarms"] == []
            await place.world.hang_up(caller)
            await place.world.is_over(caller)


async def test_given_a_controller_that_ends_and_comes_back_then_the_page_says_so_and_goes_on(tmp_path: Path) -> None:
    async with office(tmp_path) as place, place.browser() as siti:
        place.world.harmless = (*HARMLESS, *OF_SOCKETS)
        await siti.sign_in("siti")
        async with siti.live() as room:
            await room.until(lambda room: room.serves)
            await place.world.stop_controller()
            await room.until(lambda room: not room.serves)
            status, answer = await siti.ask("PUT", "/presence", {"presence": "available"})
            assert (status, answer["error"]) == (503, "controller_away")
            await place.world.start_controller(place.tasks)
            await room.until(lambda room: room.serves)
            assert (await siti.ask("PUT", "/presence", {"presence": "available"}))[0] == 204
            await room.until(lambda room: room.operators["201"]["presence"] == "available")


async def test_given_a_console_that_is_started_again_then_nobody_is_signed_out(tmp_path: Path) -> None:
    async with office(tmp_path) as place:
        settings = place.settings.model_copy(update={"console_port": 8113})
        async with place.browser() as siti:
            siti._base = settings.console_url.rstrip("/")
            async with console(settings):
                await siti.sign_in("siti")
            async with console(settings):
                status, answer = await siti.ask("GET", "/session")
                assert (status, answer["operator"]) == (200, "201")
