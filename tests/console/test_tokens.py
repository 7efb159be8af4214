"""Other systems ask with a token: what it opens, what it does not, and how it ends."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from ntpd112.cli.commands import build
from ntpd112.console.accounts import AccountError
from ntpd112.console.throttle import FREE_OF_ADDRESS
from ntpd112.console.tokens import BEGINS_WITH, Scope, Tokens
from tests.console.office import NETWORK, Place


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def given(place: Place, *scopes: Scope) -> dict[str, str]:
    return bearer(Tokens(place.settings.state_dir).add("cad", scopes, 1.0))


def test_only_a_digest_is_kept_and_for_its_owner_alone(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    secret = tokens.add("CAD", ["read", "act"], 1000.0, 60.0)
    assert secret.startswith(BEGINS_WITH)
    assert secret.removeprefix(BEGINS_WITH) not in tokens.path.read_text()
    assert stat.S_IMODE(tokens.path.stat().st_mode) == 0o600
    found = Tokens(tmp_path).of(secret, 1059.0)
    assert found is not None
    assert (found.name, found.role, found.operator) == ("token:cad", "supervisor", None)
    assert found.scopes == {"read", "act"}
    assert tokens.of(secret, 1060.0) is None
    assert tokens.of(secret + "x", 1000.0) is None
    assert tokens.of("", 1000.0) is None
    tokens.remove("cad")
    assert tokens.of(secret, 1000.0) is None


def test_a_token_that_cannot_be_is_refused(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    tokens.add("cad", ["read"], 1.0)
    for name, said in (("cad", "there is a token cad already"), ("c ad", "small letters"), ("", "small letters")):
        with pytest.raises(AccountError, match=said):
            tokens.add(name, ["read"], 1.0)
    with pytest.raises(AccountError, match="there is no token gis; there are: cad"):
        tokens.remove("gis")
    tokens.path.write_text('{"accounts": {}}')
    with pytest.raises(AccountError, match="cannot be read"):
        Tokens(tmp_path).all()


@pytest.mark.parametrize("scopes", [("read",), ("act",), ("metrics",)])
async def test_a_token_opens_what_its_scope_says_and_nothing_else(place: Place, scopes: tuple[Scope, ...]) -> None:
    headers, body = given(place, *scopes), {"presence": "available"}
    async with place.browser() as system:
        for endpoint in place.console.endpoints:
            if endpoint.role is None:
                continue
            path = re.sub(r"{\w+}", "201", endpoint.path)
            status, answer = await system.ask(endpoint.method, path, body, headers=headers)
            may = endpoint.scope in {*scopes, *(("read",) if "act" in scopes else ())}
            is_refused_token = status == 403 and ("scope" in answer["message"] or "not for tokens" in answer["message"])
            assert is_refused_token is not may, (endpoint.method, path, status, answer)
        status, answer = await system.ask("GET", "/session", headers=headers)
        assert status == (403 if scopes == ("metrics",) else 200)
        if status == 200:
            assert (answer["name"], answer["role"]) == ("token:cad", "supervisor")


async def test_a_token_is_asked_for_no_origin_and_a_cookie_beside_it_does_not_count(place: Place) -> None:
    headers = given(place, "act") | {"Origin": "https://cad.example"}
    async with place.browser() as system:
        await system.sign_in("siti")
        path = "/operators/201/presence"
        status, answer = await system.ask("PUT", path, {"presence": "available"}, headers=headers)
        assert (status, answer["error"]) == (503, "controller_away")
        assert (await system.ask("GET", "/session", headers=bearer("wrong")))[0] == 401
        basic = {"Authorization": "Basic c2l0aTp4", "Origin": "https://evil.example"}
        assert (await system.ask("PUT", path, {"presence": "available"}, headers=basic))[0] == 403


async def test_a_system_watches_the_room_until_its_token_is_removed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ntpd112.console.live._LOOK_AGAIN_S", 0.05)
    headers = given(place, "read")
    async with place.browser() as system:
        async with system.session.ws_connect(system.url("/live"), headers=headers) as socket:
            assert (await socket.receive_json())["is"] == "snapshot"
            Tokens(place.settings.state_dir).remove("cad")
            while (await socket.receive()).type is not aiohttp.WSMsgType.CLOSE:
                pass
        for path in ("/live", "/sip"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await system.session.ws_connect(system.url(path), headers=headers)
            assert refused.value.status == 401


async def test_wrong_tokens_are_slowed_but_hold_up_neither_right_ones_nor_people(place: Place) -> None:
    right = given(place, "read")
    async with place.browser() as system:
        statuses = [
            (await system.ask("GET", "/session", headers=bearer(f"ntpd112_{n}")))[0] for n in range(FREE_OF_ADDRESS + 3)
        ]
        assert statuses == [401] * FREE_OF_ADDRESS + [429] * 3
        assert (await system.ask("GET", "/session", headers=right))[0] == 200
        await system.sign_in("siti")
        stranger = aiohttp.TCPConnector(local_addr=(f"{NETWORK}.66", 0))
        async with (
            aiohttp.ClientSession(connector=stranger) as session,
            session.get(system.url("/session"), headers=bearer("x")) as response,
        ):
            assert (response.status, (await response.json())["error"]) == (401, "wrong_token")


async def test_tokens_that_cannot_be_read_are_an_answer_and_no_matter_of_people(place: Place) -> None:
    headers = given(place, "read")
    (place.settings.state_dir / "tokens.json").write_text("{")
    async with place.browser() as system:
        status, answer = await system.ask("GET", "/session", headers=headers)
        assert (status, answer["error"]) == (503, "accounts_unreadable")
        await system.sign_in("siti")
        assert (await system.ask("GET", "/session"))[0] == 200


def test_the_commands_make_show_and_remove_tokens(tmp_path: Path) -> None:
    def told(*arguments: str) -> tuple[int, str]:
        every = ("--state-dir", str(tmp_path), "token", *arguments)
        done = CliRunner().invoke(build(every), every)
        return done.exit_code, done.output

    status, text = told("add", "grafana", "--scope", "metrics", "--scope", "read", "--days", "30")
    assert (status, text.startswith("Authorization: Bearer ntpd112_")) == (0, True)
    secret = text.split()[-1]
    assert told("add", "grafana", "--scope", "read")[0] == 2
    assert told("add", "cad", "--scope", "everything")[0] == 2
    assert told("add", "cad")[0] == 2
    assert told("list")[1].startswith("grafana\tmetrics, read\t")
    assert secret not in told("list")[1]
    assert Tokens(tmp_path).all()["grafana"].expires_at is not None
    assert told("remove", "gis")[0] == 2
    assert told("remove", "grafana") == (0, "the token grafana opens nothing any more\n")
    assert told("list") == (0, "")
