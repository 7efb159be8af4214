"""A cancelled or late transaction leaves no lock and no connection behind."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ntpd112.store.engine import open_database
from ntpd112.store.envelope import seal, unseal
from ntpd112.store.save import save
from ntpd112.store.tables import offers
from ntpd112.store.transaction import close_database, in_transaction
from tests.store.conftest import LIMITS
from tests.store.databases import Database
from tests.store.records import a_call, noted


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(delays_ms=st.lists(st.floats(0, 15), min_size=3, max_size=8))
async def test_wherever_a_transaction_is_cancelled_then_the_next_one_gets_its_turn(
    database: Database, engine: AsyncEngine, delays_ms: list[float]
) -> None:
    async def work(connection: AsyncConnection) -> None:
        await save(connection, [unseal(seal(a_call(), 1)), unseal(seal(noted("x"), 2))])

    fresh = open_database(database.url, LIMITS).execution_options(writes=True)
    for delay_ms in delays_ms:
        with suppress(TimeoutError):
            async with asyncio.timeout(delay_ms / 1000):
                await in_transaction(fresh, work, 5)
        async with engine.execution_options(writes=True).begin() as connection:
            await connection.execute(delete(offers))
    assert fresh.pool.checkedout() == 0  # type: ignore[attr-defined]
    await close_database(fresh)


async def test_given_the_work_takes_longer_than_its_limit_then_the_asker_hears_of_it(engine: AsyncEngine) -> None:
    begun, goes_on, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(delete(offers))
        begun.set()
        try:
            await goes_on.wait()
        finally:
            finished.set()

    limit_s = 0.05
    while not begun.is_set():  # a slow machine may not even have begun by then
        with pytest.raises(TimeoutError):
            await in_transaction(engine, work, limit_s)
        limit_s *= 2
    goes_on.set()
    async with asyncio.timeout(15):
        await finished.wait()
