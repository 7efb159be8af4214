"""Whatever the API's own description allows is asked, and what it forbids: each answer is one that it describes.

Schemathesis makes the requests. It runs in a thread of its own, beside the console that it asks.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy, one_of
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ntpd112.console.tokens import Tokens
from ntpd112.settings import Settings
from ntpd112.simulate import Answer
from tests.console.office import NETWORK, Browser, console, give_accounts, office, settings_of_console

EXAMPLES = 25
"""For each operation and whoever asks, allowed and forbidden ones together."""
WITHIN_S = 10.0
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
ASKERS = ["siti", "rina", "admin", "token", ""]
"""Each role, another system, and nobody."""
DONE = {
    "siti": {"PUT /presence", "POST /command", "PUT /incidents/{incident}/fields", "GET /incidents/{incident}"},
    "rina": {
        "PUT /operators/{operator}/presence",
        "PUT /calls/{call}/mark",
        "GET /calls",
        "GET /calls.csv",
        "GET /calls/{call}",
        "GET /calls/{call}/ending",
        "GET /incidents",
    },
    "token": {"PUT /operators/{operator}/presence", "GET /incidents/{incident}", "GET /calls/{call}"},
}
"""What has to succeed at least once, so that answers of success are looked at too."""
Seen = Counter[tuple[str, int]]
"""Operation and status -> how often."""


class Explorer:
    """Asks a running console everything. ``headers``: who asks; ``there``: what there is, by its name in paths."""

    def __init__(
        self, url: str, told: dict[str, Any], headers: dict[str, str], there: dict[str, str], *, controller: bool
    ) -> None:
        self._url = url
        self._schema = schemathesis.openapi.from_dict(told)
        self._headers = headers
        self._there = there
        self._controller = controller

    def ask(self, chosen: Callable[[str], bool]) -> Seen:
        """Ask the operations that are chosen by their path."""
        seen: Seen = Counter()
        for result in self._schema.get_all_operations():
            assert isinstance(result, Ok)
            operation = result.ok()
            if not chosen(operation.path):
                continue
            modes = [GenerationMode.POSITIVE]
            if operation.body or operation.path_parameters or operation.query:
                modes.append(GenerationMode.NEGATIVE)
            strategies = [operation.as_strategy(generation_mode=mode) for mode in modes]
            if self._there and operation.path_parameters:
                named = {one.name: self._there[one.name] for one in operation.path_parameters}
                strategies += [operation.as_strategy(generation_mode=mode, path_parameters=named) for mode in modes]
            self._ask_often(operation.label, one_of(strategies), EXAMPLES if len(modes) > 1 else 2, seen)
        return seen

    def _ask_often(self, label: str, cases: SearchStrategy[Case[Any]], examples: int, seen: Seen) -> None:
        @settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=[*HealthCheck],
            phases=[Phase.generate],
        )
        @given(case=cases)
        def answers_as_described(case: Case[Any]) -> None:
            response = case.call(self._url, headers=self._headers, timeout=WITHIN_S)
            seen[label, response.status_code] += 1
            accepted = [positive_data_acceptance] if response.status_code < 500 else []
            case.validate_response(response, checks=[*CHECKS, *accepted])
            # The room's controller may be away, and nothing else of ours.
            assert response.status_code < 500 or (response.status_code == 503 and not self._controller)

        answers_as_described()


@asynccontextmanager
async def explorer(
    settings: Settings, who: str, there: dict[str, str] | None = None, *, controller: bool
) -> AsyncIterator[Explorer]:
    """Let somebody ask; ``who``: a name of the accounts, ``token``, or nobody."""
    async with Browser(settings.console_url) as browser:
        headers = {}
        if who == "token":
            secret = Tokens(settings.state_dir).add("cad", ["read", "act"], 1.0)
            headers["Authorization"] = f"Bearer {secret}"
        elif who:
            await browser.sign_in(who)
            headers["Cookie"] = "; ".join(f"{one.key}={one.value}" for one in browser.session.cookie_jar)
        _, told = await browser.ask("GET", "/openapi.json")
        del told["components"]["securitySchemes"]  # who asks is known here, and not made up
        field = told["components"]["schemas"]["FieldWanted"]["properties"]["field"]
        field.update(field.pop("anyOf")[0])  # the names that every form has; of others this city has none
        yield Explorer(browser.url(""), told, headers, there or {}, controller=controller)


def is_of_session(path: str) -> bool:
    return path.startswith("/session")


@pytest.mark.parametrize("who", ASKERS)
async def test_without_a_controller_every_answer_is_as_described(tmp_path: Path, who: str) -> None:
    settings = settings_of_console(Settings(state_dir=tmp_path), NETWORK)
    give_accounts(tmp_path)
    async with console(settings), explorer(settings, who, controller=False) as asking:
        seen = await asyncio.to_thread(asking.ask, lambda path: not is_of_session(path))
    statuses = {status for _, status in seen}
    assert (503 in statuses, 401 in statuses) == ((True, False) if who else (False, True))


async def test_with_a_controller_every_answer_is_as_described(tmp_path: Path) -> None:
    async with office(tmp_path) as place:
        async with place.browser() as browser:
            await browser.sign_in("rina")
            async with browser.live() as room:
                await room.until(lambda room: room.serves)
                await place.world.operator("201", Answer(0.1, talk_s=0.5))
                caller = await place.world.citizen("mobile", ani="081234567890")
                await place.world.is_over(caller)
                await room.until(lambda room: room.seq > 0 and not room.calls)
        there = {"operator": "201", "call": caller.call_id, "incident": f"i-{caller.call_id}", "alarm": "journal"}
        for who in ASKERS:
            async with explorer(place.settings, who, there, controller=True) as asking:
                seen = await asyncio.to_thread(asking.ask, lambda path: not is_of_session(path))
            assert {operation for operation, status in seen if status in {200, 204}} >= DONE.get(who, set())


async def test_signing_in_and_out_is_as_described(tmp_path: Path) -> None:
    """In a place of its own: whoever asks there is slowed down, and signed out in the end."""
    settings = settings_of_console(Settings(state_dir=tmp_path), NETWORK)
    give_accounts(tmp_path)
    async with console(settings), explorer(settings, "siti", controller=False) as asking:
        seen = await asyncio.to_thread(asking.ask, is_of_session)
        assert seen["DELETE /session", 204] == 1
        assert seen["POST /session", 400]
        assert seen["POST /session", 401]
