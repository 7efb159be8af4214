"""The end of a soak: three counts of the same calls, and nothing left over."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field

from ntpd112.host.layout import Layout
from ntpd112.host.ledger import entries
from ntpd112.host.secrets import load_secrets
from ntpd112.journal import FILE_BYTES, KEPT_BYTES, journals
from ntpd112.pbx.ari.client import AriClient
from ntpd112.store.engine import open_database
from ntpd112.store.queries import Records
from ntpd112.store.transaction import close_database
from ntpd112.web.link import Link
from tests.chaos.drill import unexplained_differences
from tests.operation.room import Room

_SETTLED_WITHIN_S = 60.0
_LOOK_S = 0.5
_LONGEST = 10
_WAV_HEADER_BYTES = 44


@dataclass
class Books:
    """What was counted."""

    sent: int
    records: int = 0
    cdr: int = 0
    numbers: list[str] = field(default_factory=list)
    """Callers' numbers whose calls are not as many in the records as were sent."""
    unrecorded: list[str] = field(default_factory=list)
    """Calls that an operator answered, without sound on the disk."""
    in_fallback: int = 0
    """Calls that the dialplan's own queue served: the machine was too busy for a controller to claim them in time."""
    outcomes: Counter[str] = field(default_factory=Counter)
    unexplained: str = ""
    left: list[str] = field(default_factory=list)
    """What is still there with nobody calling any more."""
    journal_mib: float = 0.0
    errors: list[str] = field(default_factory=list)
    """ERROR in the controllers' logs: a caller may have been harmed."""

    @property
    def failures(self) -> list[str]:
        """Return what may not be."""
        counts = f"{self.sent} calls sent, {self.records} records, {self.cdr} in Asterisk's ledger"
        return [
            *([counts] if not self.sent == self.records == self.cdr else []),
            *(f"number {number!r} has another number of records than calls" for number in self.numbers[:_LONGEST]),
            *(f"not recorded: {call}" for call in self.unrecorded[:_LONGEST]),
            *([f"not explained: {self.unexplained}"] if self.unexplained else []),
            *(f"left over: {one}" for one in self.left),
            *(f"error in the log: {line}" for line in self.errors[:_LONGEST]),
        ]


async def balance(room: Room, numbers: Counter[str]) -> Books:
    """Count, once everybody has gone home. ``numbers``: calls by caller's number, as the callers count them."""
    books = Books(numbers.total())
    books.left = await _left_over(room)
    await _count(room, numbers, books)
    books.unexplained = await unexplained_differences(room, "all")
    files = journals(room.folder / "journal")
    sizes = [file.stat().st_size for file in files]
    books.journal_mib = sum(sizes) / 2**20
    if sum(sizes) > KEPT_BYTES + 2 * FILE_BYTES or max(sizes) > 2 * FILE_BYTES:
        books.left.append(f"journals of {books.journal_mib:.1f} MiB in {len(files)} files")
    books.left += [f"spill {file.name}" for file in (room.folder / "spill").glob("*") if file.is_file()]
    books.errors = _errors(room)
    return books


async def _count(room: Room, numbers: Counter[str], books: Books) -> None:
    engine = open_database(room.settings.database)
    try:
        async with asyncio.timeout(_SETTLED_WITHIN_S):
            while True:
                records = await Records(engine, limit_s=30.0).calls_since(0.0, limit=10**7)
                if len(records) >= books.sent:
                    break
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        pass  # told by the numbers
    finally:
        await close_database(engine)
    layout = Layout.of(room.settings)
    books.records = len(records)
    books.cdr = len(entries(layout))
    books.outcomes.update(record.outcome for record in records)
    told = Counter(record.ani_raw if record.ani_kind != "withheld" else "" for record in records)
    books.numbers = sorted(number for number in numbers | told if numbers[number] != told[number])
    for record in records:
        file = layout.recordings / record.recording if record.recording else None
        size = file.stat().st_size if file is not None and file.is_file() else -1
        if record.stage == "fallback":
            books.in_fallback += 1  # where nothing is recorded
        elif record.outcome == "answered" and size <= _WAV_HEADER_BYTES:
            books.unrecorded.append(f"{record.call_id} ({record.recording}, {size} bytes, notes {record.notes})")


async def _left_over(room: Room) -> list[str]:
    """Return what is still there after everything has had the time to end."""
    settings = room.settings
    password = load_secrets(room.folder).ari_password
    left = ["nobody can tell"]
    async with Link(settings) as link, AriClient(settings.ari_url, "ntpd112", password, timeout_s=5.0) as ari:
        for _ in range(round(_SETTLED_WITHIN_S / _LOOK_S)):
            state = await link.state()
            left = [
                *(f"call {call.call_id} ({call.state})" for call in state.room.calls),
                *(f"operator {one.operator} {one.activity}" for one in state.room.operators if one.activity != "idle"),
                *(
                    f"operator {one.operator} {one.presence}"
                    for one in state.room.operators
                    if one.presence != "logged_out"
                ),
                *(f"channel {channel.name}" for channel in await ari.channels_list()),
                *(f"bridge {bridge.id}" for bridge in await ari.bridges_list()),
                *([f"{state.health.in_hand} lines, legs or lanes"] if state.health.in_hand else []),
                *([f"{state.health.spilled} records in the spill"] if state.health.spilled else []),
                *([f"{state.health.lost} records lost"] if state.health.lost else []),
            ]
            if not left:
                break
            await asyncio.sleep(_LOOK_S)
    return left


def _errors(room: Room) -> list[str]:
    logs = (room.folder / "log").glob("*.log")
    lines = [line for file in logs for line in file.read_text(errors="replace").splitlines() if line.startswith("{")]
    return [line for line in lines if json.loads(line).get("level") in {"error", "critical"}]
