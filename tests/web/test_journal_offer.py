"""The journal on its way to another machine, on real sockets: the same lines there, whatever happens on the way."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import cast

import pytest

from ntpd112.core import messages as m
from ntpd112.core.snapshot import take
from ntpd112.core.switchboard import Switchboard
from ntpd112.journal import Journal, journals, read
from ntpd112.web.follow import Copy, Follower
from ntpd112.web.frames import frame, header
from ntpd112.web.handshake import is_proven, proof
from ntpd112.web.offer import JournalOffer
from tests.core.plans import make_plan
from tests.networks import network

NOW = 1_753_000_000.123456
HOST = f"{network(180)}.1"
KEY, OTHER_KEY = b"k" * 32, b"x" * 32
WITHIN_S = 5.0


@asynccontextmanager
async def offered(
    folder: Path, port: int = 5112, behind_bytes: int = 1 << 20
) -> AsyncIterator[tuple[Journal, JournalOffer]]:
    """Offer a journal that has begun."""
    with Journal(folder, NOW, make_plan(), pytest.fail) as journal:
        offer = JournalOffer(
            HOST, 5112, KEY, "a1", journal, lambda: NOW + 500, lambda *_: None, behind_bytes=behind_bytes
        )
        async with running(offer.run()):
            yield journal, offer


@asynccontextmanager
async def running(job: Awaitable[object]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(job)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not condition():  # noqa: ASYNC110  files and sockets tell nobody
            await asyncio.sleep(0.01)


def same(here: Journal, there: Path) -> bool:
    copies = journals(there)
    return bool(copies) and copies[-1].name == here.file.name and copies[-1].read_bytes() == here.file.read_bytes()


async def test_a_follower_gets_the_file_whole_then_every_line_and_every_new_file(tmp_path: Path) -> None:
    there = tmp_path / "there"
    async with offered(tmp_path / "here") as (journal, offer):
        for number in range(100):
            journal.append(NOW + number, m.TimePassed())
        follower = Follower(there, KEY)
        async with running(follower.run(HOST, 5112)):
            await until(lambda: same(journal, there))
            assert follower.has_copy_of("a1")
            assert offer.followers == 1
            await until(follower.now)
            assert NOW + 500 <= (follower.now() or 0) < NOW + 500 + WITHIN_S
            journal.append(NOW + 200, m.CallEnded("c1", 16, 0))
            await until(lambda: same(journal, there))
            journal.anew(NOW + 201, take(Switchboard(make_plan()).room))
            journal.append(NOW + 202, m.TimePassed())
            await until(lambda: same(journal, there))
            assert len(journals(there)) == 2
            assert [instant for instant, _ in read(journals(there)[-1])] == [NOW + 201, NOW + 202]
        await until(lambda: offer.followers == 0)
        journal.append(NOW + 203, m.TimePassed())


async def test_lines_written_while_the_file_is_on_its_way_are_neither_missing_nor_twice(
    tmp_path: Path,
) -> None:
    there = tmp_path / "there"
    async with offered(tmp_path / "here", behind_bytes=8 << 20) as (journal, offer):
        for number in range(20_000):
            journal.append(NOW + number, m.CallEnded("c" * 100, 16, 0))
        async with running(Follower(there, KEY).run(HOST, 5112)):
            while offer.followers == 0:
                journal.append(NOW + 30_000, m.TimePassed())
                await asyncio.sleep(0)
            await until(lambda: same(journal, there))


async def test_a_line_is_with_the_kernel_when_append_returns(tmp_path: Path) -> None:
    async with offered(tmp_path / "here") as (journal, offer):
        reader, writer = await greeted()
        async with asyncio.timeout(WITHIN_S):
            kind = ""
            while kind != "whole":
                kind, _, length = header(await reader.readuntil())
                await reader.readexactly(length)
        await until(lambda: offer.followers)
        with socket.socket(fileno=os.dup(writer.get_extra_info("socket").fileno())) as connection:
            journal.append(NOW + 1, m.TimePassed())
            assert b"TimePassed" in connection.recv(1000, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        writer.transport.abort()


async def test_who_does_not_know_the_secret_gets_nothing(tmp_path: Path) -> None:
    there = tmp_path / "there"
    async with offered(tmp_path / "here") as (_, offer):
        async with running(Follower(there, OTHER_KEY).run(HOST, 5112)):
            await asyncio.sleep(0.3)
            assert journals(there) == []
        for said in (b"\n", b"x" * 1000 + b"\n", b"GET / HTTP/1.1\r\n\r\n", "ü 1\n".encode()):
            reader, writer = await asyncio.open_connection(HOST, 5112)
            greeting = await reader.readuntil()
            writer.write(said)
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
            assert b"RoutingChanged" not in greeting
            writer.transport.abort()
        assert offer.followers == 0


async def test_who_offers_without_the_secret_writes_nothing_into_our_folder(tmp_path: Path) -> None:
    async def lie(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"ntpd112-journal-1 a1 00\n")
        said = (await reader.readuntil()).decode().split()[1]
        writer.write(f"{said}\n".encode() + frame("begin", "1.000000.journal") + frame("whole", "1.000000.journal"))
        await reader.read()
        writer.transport.abort()

    async with await asyncio.start_server(lie, HOST, 5113), running(Follower(tmp_path, KEY).run(HOST, 5113)):
        await asyncio.sleep(0.3)
    assert journals(tmp_path) == []
    assert not Copy(tmp_path).process


async def test_a_follower_that_is_too_slow_is_dropped_and_delays_nobody(tmp_path: Path) -> None:
    async with offered(tmp_path / "here", behind_bytes=100_000) as (journal, offer):
        _, writer = await greeted()
        cast("asyncio.Transport", writer.transport).pause_reading()
        await until(lambda: offer.followers)
        event = m.CallEnded("c" * 10_000, 16, 0)
        for number in range(4000):
            journal.append(NOW + number, event)
            if number % 100 == 0:
                await asyncio.sleep(0)
        await until(lambda: not offer.followers)
        assert not journal.copies
        writer.transport.abort()
        there = tmp_path / "there"
        async with running(Follower(there, KEY).run(HOST, 5112)):
            await until(lambda: same(journal, there))


async def test_a_torn_connection_leaves_the_former_copy_until_another_is_whole(tmp_path: Path) -> None:
    there = tmp_path / "there"
    async with offered(tmp_path / "here") as (journal, offer):
        follower = Follower(there, KEY)
        async with running(follower.run(HOST, 5112)):
            await until(lambda: same(journal, there))
            for connection in _connections_of(offer):
                connection.shutdown(socket.SHUT_RDWR)
            await until(lambda: offer.followers == 0)
            journal.append(NOW + 1, m.TimePassed())
            await until(lambda: same(journal, there))
    copy = Copy(there)
    before = journals(there)[-1].read_bytes()
    copy.begin(journals(there)[-1].name)
    copy.add(before[:100])
    copy.close()
    assert journals(there)[-1].read_bytes() == before
    assert follower.has_copy_of("a1")


async def test_journals_of_an_earlier_reign_are_not_taken_for_the_latest(tmp_path: Path) -> None:
    there = tmp_path / "there"
    with Journal(there, NOW + 1000, make_plan(), pytest.fail) as old:
        pass
    async with offered(tmp_path / "here") as (journal, _):
        follower = Follower(there, KEY)
        assert not follower.has_copy_of("a1")
        async with running(follower.run(HOST, 5112)):
            await until(lambda: same(journal, there))
    assert not old.file.exists()
    assert old.file.with_name(f"{old.file.name}.aside").exists()
    follower.set_aside()
    assert journals(there) == []


@pytest.mark.parametrize(
    "line",
    [b"begin ../x 0\n", b"more 1.000000.journal -1\n", b"more 1.000000.journal 99999999999\n", b"what - 0\n", b""],
)
def test_what_is_no_frame_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match="not a frame"):
        header(line)


def test_a_proof_is_worth_nothing_for_anybody_or_anything_else() -> None:
    said = proof(KEY, "follower", "a1", "1", "2")
    assert is_proven(KEY, "follower", "a1", "1", "2", said)
    assert not is_proven(OTHER_KEY, "follower", "a1", "1", "2", said)
    assert not is_proven(KEY, "offer", "a1", "1", "2", said)
    assert not is_proven(KEY, "follower", "a2", "1", "2", said)
    assert not is_proven(KEY, "follower", "a1", "2", "1", said)
    assert not is_proven(KEY, "follower", "a1", "1", "2", "ü")


async def greeted() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect as a follower does who knows the secret."""
    await asyncio.sleep(0)
    reader, writer = await asyncio.open_connection(HOST, 5112)
    _, process, theirs = (await reader.readuntil()).decode().split()
    writer.write(f"00 {proof(KEY, 'follower', process, theirs, '00')}\n".encode())
    assert is_proven(KEY, "offer", process, theirs, "00", (await reader.readuntil()).decode().strip())
    return reader, writer


def _connections_of(offer: JournalOffer) -> list[socket.socket]:
    return [copy.__self__._connection for copy in offer._journal.copies]  # type: ignore[attr-defined]
