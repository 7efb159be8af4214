"""Slows down whoever tries passwords, without letting them shut out the person whose name they try.

Failures count for the address and for the name. A name's failures do not hold up an address from which that person has
signed in before: whoever tries from elsewhere keeps no operator from their work.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

FREE_TRIES: Final = 5
"""For one name."""
FREE_OF_ADDRESS: Final = 20
"""For one address, which may be a whole room's. A success does not make them forgotten: who has an account of their own
could try others' for ever."""
_FIRST_WAIT_S: Final = 2.0
_LONGEST_WAIT_S: Final = 60.0
_FORGOTTEN_AFTER_S: Final = 900.0
_MOST_KEPT: Final = 10_000


class Throttle:
    """Counts failures. Instants are seconds of any steady clock."""

    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()
        self._homes: OrderedDict[tuple[str, str], None] = OrderedDict()

    def wait_s(self, name: str | None, address: str, now: float) -> float:
        """Return how long to wait before the next try; 0: not at all. ``name``: None where none is told."""
        wait = self._wait_s(("address", address), now)
        if name is not None and (name, address) not in self._homes:
            wait = max(wait, self._wait_s(("name", name), now))
        return wait

    def failed(self, name: str | None, address: str, now: float) -> None:
        """Count a failure."""
        for key in (("address", address), *((("name", name),) if name is not None else ())):
            number, _ = self._counted(key, now)
            self._failures[key] = number + 1, now
            self._failures.move_to_end(key)
        while len(self._failures) > _MOST_KEPT:
            self._failures.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """Forget this name's failures, and know this address as one of theirs."""
        self._failures.pop(("name", name), None)
        self._homes[name, address] = None
        while len(self._homes) > _MOST_KEPT:
            self._homes.popitem(last=False)

    def _wait_s(self, key: tuple[str, str], now: float) -> float:
        number, last = self._counted(key, now)
        free = FREE_OF_ADDRESS if key[0] == "address" else FREE_TRIES
        if number < free:
            return 0.0
        wait = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(number - free, 10))
        return max(0.0, last + wait - now)

    def _counted(self, key: tuple[str, str], now: float) -> tuple[int, float]:
        number, last = self._failures.get(key, (0, now))
        return (0, now) if now - last > _FORGOTTEN_AFTER_S else (number, last)
