"""Clients that vanish in their handshake: expected, no defect, and nothing that anybody waits for."""

from __future__ import annotations

import asyncio

import pytest
from yarl import URL

from tests.console.office import Place

_CLIENTS = 200
_HANDSHAKE = (
    "GET /api/v1/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://{host}\r\n{more}\r\n"
)


@pytest.mark.parametrize("path", ["live", "wall", "sip"])
@pytest.mark.parametrize("signed_in", [True, False])
async def test_a_client_that_vanishes_in_its_handshake_is_no_defect(
    place: Place, path: str, signed_in: bool, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    address, port = str(place.settings.console_address), place.settings.console_port
    async with place.browser() as browser:
        await browser.sign_in("siti")
        cookies = browser.session.cookie_jar.filter_cookies(URL(place.settings.console_url))
        kept = "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items())
        more = f"Cookie: {kept}\r\n" if signed_in else ""
        sent = _HANDSHAKE.format(path=path, host=f"{address}:{port}", more=more).encode()
        for _ in range(_CLIENTS):
            _, writer = await asyncio.open_connection(address, port)
            writer.write(sent)
            writer.transport.abort()
        async with browser.session.get(f"{place.settings.console_url}live") as answer:
            assert answer.status == 204
        assert (await browser.ask("GET", "/session"))[0] == 200
    said = capsys.readouterr()
    assert "request_failed" not in said.out + said.err
    assert [record for record in caplog.records if record.exc_info] == []
