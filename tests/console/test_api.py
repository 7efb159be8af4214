"""Who may ask what, and what bad requests are told. No controller runs: pages and sign-in do not need one."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from ntpd112.console.accounts import Accounts
from ntpd112.console.endpoint import RANK
from ntpd112.console.server import HEADERS
from ntpd112.console.watching import SIGNED_OUT
from tests.console.office import NETWORK, PASSWORD, PEOPLE, Place

CHANGES = {
    "/session": {"name": "siti", "password": PASSWORD},
    "/session/password": {"old": PASSWORD, "new": "ikan tidak makan kucing"},
    "/presence": {"presence": "available"},
    "/command": {"command": "hold"},
    "/operators/{operator}/presence": {"presence": "available"},
    "/operators/{operator}/command": {"command": "hold"},
    "/operators/{operator}/listen": {"mode": "listen"},
    "/calls/{call}/mark": {"mark": "prank", "days": 1},
    "/incidents/{incident}/fields": {"field": "what", "text": "smoke"},
    "/incidents/{incident}/type": {"type": "fire"},
    "/incidents/{incident}/notes": {"text": "smoke"},
    "/incidents/{incident}/status": {"status": "closed"},
    "/incidents/{incident}/calls": {"call": "1.1"},
    "/incidents/{incident}/class": {"call": "1.1", "call_class": "ghost", "disposition": "nothing"},
}


async def test_every_endpoint_refuses_who_is_not_signed_in_or_has_too_low_a_role(place: Place) -> None:
    asked = 0
    for endpoint in place.console.endpoints:
        path = endpoint.path.replace("{operator}", "201").replace("{call}", "1.1").replace("{incident}", "i-1")
        path = path.replace("{alarm}", "journal")
        for name in ("", "layar", "siti", "rina"):
            if endpoint.role is None or (name and RANK[PEOPLE[name][0]] >= RANK[endpoint.role]):
                continue
            async with place.browser() as browser:
                if name:
                    await browser.sign_in(name)
                status, answer = await browser.ask(endpoint.method, path, CHANGES.get(endpoint.path))
            assert status == (403 if name else 401), (endpoint.method, path)
            assert answer["error"] == ("forbidden" if name else "signed_out")
            asked += 1
    assert asked >= 6


async def test_signing_in_and_out(place: Place) -> None:
    async with place.browser() as browser:
        assert (await browser.ask("GET", "/session"))[0] == 401
        status, answer = await browser.ask("POST", "/session", {"name": " SITI ", "password": PASSWORD})
        assert (status, answer) == (
            200,
            {"name": "siti", "full_name": "Siti", "role": "operator", "operator": "201", "language": "id"},
        )
        assert await browser.ask("GET", "/session") == (200, answer)
        assert await browser.ask("DELETE", "/session") == (204, None)
        assert (await browser.ask("GET", "/session"))[0] == 401


async def test_the_cookie_is_for_no_script_and_no_other_site(place: Place) -> None:
    async with place.browser() as browser:
        await browser.sign_in("siti")
        async with browser.session.post(
            browser.url("/session"), json={"name": "siti", "password": PASSWORD}
        ) as response:
            said = response.headers["Set-Cookie"]
            assert {*HEADERS} <= {*response.headers}
    assert "HttpOnly" in said
    assert "SameSite=Strict" in said


async def test_another_sites_page_can_change_nothing_and_watch_nothing(place: Place) -> None:
    strange = {"Origin": "https://evil.example"}
    async with place.browser() as browser:
        await browser.sign_in("siti")
        status, answer = await browser.ask("PUT", "/presence", {"presence": "available"}, headers=strange)
        assert (status, answer["error"]) == (403, "forbidden")
        assert (await browser.ask("DELETE", "/session", headers={"Origin": "null"}))[0] == 403
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await browser.session.ws_connect(browser.url("/live"), headers=strange)
        assert refused.value.status == 403
        own = {"Origin": place.settings.console_url.rstrip("/")}
        async with browser.session.ws_connect(browser.url("/live"), headers=own) as socket:
            assert (await socket.receive_json())["is"] == "snapshot"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "Invalid JSON"),
        (b"[]", "object"),
        (b'{"presence": "asleep"}', "presence: Input should be 'logged_out', 'available' or 'on_break'"),
        (b'{"presence": "available", "x": 1}', "x: Extra inputs are not permitted"),
        (b'{"presence": "on_break", "reason": "' + b"a" * 61 + b'"}', "reason: String should have at most 60"),
        (b'{"presence": "\xff"}', "Invalid JSON"),
    ],
)
async def test_a_bad_body_is_told_what_is_wrong_with_it(place: Place, sent: bytes, said: str) -> None:
    async with place.browser() as browser:
        await browser.sign_in("siti")
        headers = {"Content-Type": "application/json"}
        async with browser.session.put(browser.url("/presence"), data=sent, headers=headers) as response:
            answer = await response.json()
    assert (response.status, answer["error"]) == (400, "bad_request")
    assert said in answer["message"]


async def test_what_is_no_json_too_large_or_not_there_has_an_answer_too(place: Place) -> None:
    async with place.browser() as browser:
        await browser.sign_in("siti")
        assert (await browser.ask("GET", "/nothing"))[1]["error"] == "not_found"
        assert (await browser.ask("GET", "/presence"))[1]["error"] == "method_not_allowed"
        for data, status in ((b"a" * 70_000, 413), (b"a", 400)):
            headers = {"Content-Type": "application/json" if status == 413 else "text/plain"}
            async with browser.session.put(browser.url("/presence"), data=data, headers=headers) as response:
                assert response.status == status
                assert (await response.json())["message"]


async def test_without_a_controller_acting_is_refused_with_a_cure(place: Place) -> None:
    async with place.browser() as browser:
        await browser.sign_in("rina")
        for path in ("/presence", "/command", "/operators/{operator}/presence", "/operators/{operator}/command"):
            method = "POST" if path.endswith("/command") else "PUT"
            status, answer = await browser.ask(method, path.replace("{operator}", "201"), CHANGES[path])
            own = "{operator}" not in path
            assert (status, answer["error"]) == ((403, "forbidden") if own else (503, "controller_away"))
            assert answer["cure"]


async def test_without_the_records_nobody_says_that_an_incident_is_not_there(place: Place) -> None:
    async with place.browser() as browser:
        await browser.sign_in("siti")
        status, answer = await browser.ask("GET", "/incidents/i-1")
        assert (status, answer["error"]) == (503, "database_away")
        assert answer["cure"]


async def test_brute_force_is_slowed_and_the_person_can_go_on_from_where_they_are(place: Place) -> None:
    async with place.browser() as home:
        await home.sign_in("siti")
        stranger = aiohttp.TCPConnector(local_addr=(f"{NETWORK}.66", 0))
        async with aiohttp.ClientSession(connector=stranger) as session:
            statuses = []
            for n in range(8):
                body = {"name": "siti", "password": f"a wrong password {n}"}
                async with session.post(home.url("/session"), json=body) as response:
                    statuses.append(response.status)
            assert statuses == [401] * 5 + [429] * 3
            assert int(response.headers["Retry-After"]) in {1, 2}
            async with session.post(home.url("/session"), json={"name": "siti", "password": PASSWORD}) as response:
                assert response.status == 429
        await home.sign_in("siti")


async def test_a_new_password_signs_out_every_other_browser(place: Place) -> None:
    async with place.browser() as one, place.browser() as other:
        await one.sign_in("siti")
        await other.sign_in("siti")
        body = {"old": PASSWORD, "new": "short"}
        status, answer = await one.ask("PUT", "/session/password", body)
        assert (status, "10 to 200 letters" in answer["message"]) == (422, True)
        assert (await one.ask("PUT", "/session/password", {**body, "old": "wrong"}))[0] == 401
        status, _ = await one.ask("PUT", "/session/password", {**body, "new": "ikan tidak makan kucing"})
        assert status == 200
        assert (await one.ask("GET", "/session"))[0] == 200
        assert (await other.ask("GET", "/session"))[0] == 401


async def test_whose_account_is_removed_is_signed_out_in_the_middle_of_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ntpd112.console.live._LOOK_AGAIN_S", 0.05)
    async with place.browser() as siti:
        await siti.sign_in("siti")
        async with siti.session.ws_connect(siti.url("/live")) as socket:
            assert (await socket.receive_json())["is"] == "snapshot"
            Accounts(place.settings.state_dir).remove("siti")
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == SIGNED_OUT
        assert (await siti.ask("GET", "/session"))[0] == 401


async def test_accounts_that_cannot_be_read_are_an_answer_and_send_nobody_out(place: Place) -> None:
    async with place.browser() as siti:
        await siti.sign_in("siti")
        file = place.settings.state_dir / "accounts.json"
        good = file.read_bytes()
        file.write_text("{")
        status, answer = await siti.ask("GET", "/session")
        assert (status, answer["error"]) == (503, "accounts_unreadable")
        assert (await siti.ask("POST", "/session", CHANGES["/session"]))[0] == 503
        file.write_bytes(good)
        assert (await siti.ask("GET", "/session"))[0] == 200


async def test_the_description_names_every_endpoint_and_all_its_answers(place: Place) -> None:
    async with place.browser() as browser:
        status, told = await browser.ask("GET", "/openapi.json")
    assert (status, told["openapi"]) == (200, "3.1.0")
    for endpoint in place.console.endpoints:
        operation: dict[str, Any] = told["paths"][endpoint.path][endpoint.method.lower()]
        assert {"401", "403", "503"} & {*operation["responses"]}
    assert "password_hash" not in json.dumps(told)
