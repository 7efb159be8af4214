"""Brings lines to the database, and sets aside what it refuses for good so that the rest gets through."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from ntpd112.store.envelope import Envelope, unseal
from ntpd112.store.rejected import Rejected, read_rejected, set_aside
from ntpd112.store.save import save
from ntpd112.store.transaction import in_transaction
from ntpd112.store.trouble import TROUBLE, UNREADABLE, explain, is_refusal

OnAlarm = Callable[[str, str], None]
"""``on_alarm(kind, text)``; must return at once and not raise."""


class _Item(Struct, frozen=True):
    line: bytes
    envelope: Envelope


class Delivery:
    """Writes batches, each fact once."""

    def __init__(self, engine: AsyncEngine, rejected_file: Path, on_alarm: OnAlarm, write_s: float) -> None:
        self._engine = engine.execution_options(writes=True)
        self._file = rejected_file
        self._alarm = on_alarm
        self._write_s = write_s
        self.rejected = 0
        """Facts set aside since the start."""
        self._known: set[str] | None = None
        """What the rejected file holds, once it was needed: nothing is set aside again when a batch comes again,
        or when the next controller puts the same facts from the journal."""

    async def deliver(self, lines: Sequence[bytes], damaged: Sequence[bytes] = ()) -> None:
        """Write the lines in order, and set the damaged ones aside.

        Raises one of ``TROUBLE`` when the database cannot take them now: deliver the same again then.
        """
        items, unreadable = [], [(line, "its line in the spill is damaged") for line in damaged]
        for line in lines:
            try:
                items.append(_Item(line, unseal(line)))
            except UNREADABLE as error:
                unreadable.append((line, explain(error)))
        if items:
            await self._write(items)
        for line, reason in unreadable:
            await self._set_aside(line, reason)

    async def _set_aside(self, line: bytes, reason: str) -> None:
        """Keep a fact that cannot be stored in the rejected file, with an alarm. Raises OSError."""
        if self._known is None:
            self._known = {_content(entry.fact) for entry in await asyncio.to_thread(read_rejected, self._file)}
        fact = line.decode("utf-8", "backslashreplace")
        if _content(fact) in self._known:
            return
        await asyncio.to_thread(set_aside, self._file, [Rejected(time.time(), reason, fact)])
        self._known.add(_content(fact))
        self.rejected += 1
        self._alarm(
            "record_rejected",
            f"A record is not in the database and never will be by itself: {reason}. It is kept in {self._file}; "
            "read it there, mend the cause, then put it again.",
        )

    async def _write(self, items: Sequence[_Item]) -> None:
        """Write as one transaction; when one of the facts is refused, halve until it stands alone."""
        try:
            conflicts = await in_transaction(
                self._engine, lambda connection: save(connection, [item.envelope for item in items]), self._write_s
            )
        except TROUBLE as error:
            if not is_refusal(error):
                raise
            if len(items) == 1:
                await self._set_aside(items[0].line, explain(error))
                return
            middle = len(items) // 2
            await self._write(items[:middle])
            await self._write(items[middle:])
            return
        for place, reason in conflicts:
            await self._set_aside(items[place].line, reason)


def _content(fact: str) -> str:
    """Return a fact without its number, which every start gives anew."""
    return re.sub(r'"seq":\d+,?', "", fact, count=1)
