"""Keys that Asterisk reports twice.

Asterisk (``main/channel.c``, ``__ast_read``) puts off a key that comes less than 45 ms after the end of the one before,
or while Asterisk still stretches that one to the 80 ms that other equipment needs. It reports such a key when the key
arrives, and again when it takes the key up; it reports no other key of that line in between. So ``*2113#`` from a phone
with a speed dial, or from any phone after a gap in the network, comes as ``*22111133##``, and an operator's code is
another code.

This module does the same sums as Asterisk, on Asterisk's own times, and tells which reports are repetitions. A key that
a human presses twice is never one: it ends at least its own length and a pause after the first.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from ntpd112.pbx.ari import generated as ari

_PAUSE_MS = 45
"""``AST_MIN_DTMF_GAP``."""
_SHORTEST_MS = 80
"""``AST_MIN_DTMF_DURATION``, the default of ``mindtmfduration``."""
_UNSAID_MS = 100
"""``AST_DEFAULT_EMULATE_DTMF_DURATION``: the length of a key that came without one."""
_TICK_MS = 20
"""A stretched key ends with the next packet, or the next tick of Asterisk's timer."""
_LATE_MS = 2000
"""On a busy machine Asterisk may take a key up so much later; nothing else can be reported before."""
_SLIGHTLY_LATE_MS = 40
_FORGOTTEN_MS = 5000


@dataclass(slots=True)
class _Pending:
    """A key that Asterisk has put off, and until when it is reported again."""

    key: tuple[str, int]
    until: float


@dataclass(slots=True)
class _Line:
    """What Asterisk does with the next key of a line."""

    at: float
    put_off_until: float
    """A key that is reported before this is put off for certain."""
    perhaps_until: float
    """And before this, if the key before came without its beginning, or squeezed together by the network."""
    pending: _Pending | None = None


class Keys:
    """The keys of all lines. It needs no word of a line's end: a line that is silent for five seconds is forgotten."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, _Line] = OrderedDict()

    def is_repeated(self, item: ari.Event) -> bool:
        """Take an event, and tell whether it is a key that was reported before."""
        if not isinstance(item, ari.ChannelDtmfReceived):
            return False
        return self.counts_again(item.channel.id, item.digit, item.duration_ms, item.timestamp.timestamp() * 1000)

    def counts_again(self, line_id: str, digit: str, length_ms: int, at: float) -> bool:
        """Take a key that ended ``at`` (milliseconds of Asterisk's clock)."""
        line = self._lines.pop(line_id, None)
        if line is None or not 0 <= at - line.at < _FORGOTTEN_MS:
            line = _Line(at, at, at)
        self._lines[line_id] = line
        stretched_ms = max(length_ms, _SHORTEST_MS) if length_ms > 0 else _UNSAID_MS
        pending, line.pending = line.pending, None
        if pending is not None and pending.key == (digit, length_ms) and at <= pending.until:
            line.put_off_until = at + stretched_ms + _PAUSE_MS
            line.perhaps_until = line.put_off_until + _TICK_MS
            line.at = at
            return True
        self._first(line, digit, length_ms, at, stretched_ms)
        line.at = at
        self._forget(at)
        return False

    def _first(self, line: _Line, digit: str, length_ms: int, at: float, stretched_ms: int) -> None:
        """Take a report of a key that was not reported before."""
        if at < line.put_off_until:
            line.pending = _Pending((digit, length_ms), max(line.put_off_until, line.perhaps_until) + _LATE_MS)
        elif at < line.perhaps_until:
            # The same key within its own length cannot be pressed again.
            line.pending = _Pending((digit, length_ms), min(line.perhaps_until + _SLIGHTLY_LATE_MS, at + length_ms - 1))
        rest_ms = max(_SHORTEST_MS - length_ms, 0) if length_ms > 0 else 0
        line.put_off_until = at + rest_ms + _PAUSE_MS
        line.perhaps_until = at + stretched_ms + _TICK_MS + _PAUSE_MS

    def _forget(self, at: float) -> None:
        while self._lines:
            oldest = next(iter(self._lines))
            if abs(at - self._lines[oldest].at) < _FORGOTTEN_MS:
                return
            del self._lines[oldest]
