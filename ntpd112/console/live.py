"""The room, live, to every browser: a snapshot first, then what has changed, numbered without a gap.

Each change is made once, and the same bytes go to everybody who may see the same. Nobody is waited for: whose browser
does not take what it is sent is disconnected, and begins again with a snapshot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

from ntpd112.console.accounts import Account
from ntpd112.console.alarm_board import AlarmBoard, AlarmShown
from ntpd112.console.forms import CityTold, Field, TypeForm
from ntpd112.console.replica import Replica
from ntpd112.console.watching import Watcher, Watchers
from ntpd112.core.plan import Plan
from ntpd112.core.view import CallView, OperatorView, view

_BETWEEN_LOOKS_S: Final = 0.05
_LOOK_AGAIN_S: Final = 10.0
"""Whether everybody may still see it; and so often something is said, though nothing has changed."""
_SHOWN_DIGITS: Final = 3

Item = TypeVar("Item", CallView, OperatorView)


class TypeShown(Struct, frozen=True):
    """A kind of emergency, and what is written down and asked about it; see :class:`ntpd112.console.forms.TypeForm`."""

    type: str
    label: str
    form: tuple[Field, ...]
    questions: dict[str, tuple[str, ...]]
    agency: str


class DestinationShown(Struct, frozen=True):
    """A number outside that can be asked. ``name``: as the city calls it."""

    destination: str
    name: str


class Snapshot(Struct, frozen=True, tag_field="is", tag="snapshot"):
    """Everything, as it is. ``now``: POSIX seconds."""

    seq: int
    now: float
    serves: bool
    city: str
    districts: tuple[str, ...]
    areas: dict[str, str]
    """Of trunks that have one."""
    types: tuple[TypeShown, ...]
    breaks: tuple[str, ...]
    destinations: tuple[DestinationShown, ...]
    calls: tuple[CallView, ...]
    operators: tuple[OperatorView, ...]
    alarms_known: bool
    alarms: tuple[AlarmShown, ...]


class Changed(Struct, frozen=True, tag_field="is", tag="changed"):
    """What is not as the last message said: whole calls and operators, and those who are gone."""

    seq: int
    now: float
    calls: tuple[CallView, ...]
    gone: tuple[str, ...]
    operators: tuple[OperatorView, ...]
    left: tuple[str, ...]


class Alarms(Struct, frozen=True, tag_field="is", tag="alarms"):
    """All alarms. ``known``: whether the controller tells of them just now."""

    seq: int
    now: float
    known: bool
    alarms: tuple[AlarmShown, ...]


class Serving(Struct, frozen=True, tag_field="is", tag="serving"):
    """Whether the controller is there; without it the room is shown as it last was."""

    seq: int
    now: float
    serves: bool


_encode = msgspec.json.Encoder().encode


class Live:
    """Looks at the room and tells. ``city``: what its file says."""

    def __init__(
        self,
        replica: Replica,
        who: Callable[[web.Request], Account | None],
        city: Callable[[], CityTold],
        alarms: AlarmBoard,
        clock: Callable[[], float],
    ) -> None:
        self._replica = replica
        self._city = city
        self._alarms = alarms
        self._alarms_changed = False
        self._clock = clock
        self._woken = asyncio.Event()
        self._seq = 0
        self._calls: dict[str, CallView] = {}
        self._operators: dict[str, OperatorView] = {}
        self._serves = False
        self._plan: Plan | None = None
        self._watchers = Watchers(who)
        replica.on_change.add(self._woken.set)
        alarms.on_change.add(self._hear_alarms)

    async def run(self) -> None:
        """Tell every change until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look_who_watches(), name="who watches")
            while True:
                await self._woken.wait()
                self._woken.clear()
                if self._watchers:
                    self._look()
                await asyncio.sleep(_BETWEEN_LOOKS_S)

    async def serve(self, request: web.Request, account: Account) -> web.StreamResponse:
        """Tell one browser, until it goes."""
        self._look()  # perhaps nobody has for a while
        return await self._watchers.serve(request, account, self._snapshot_for)

    def _look(self) -> None:
        board = self._replica.board
        if board is not None:
            if board.room.plan is not self._plan:
                self._plan = board.room.plan
                self._begin_again()
            room = view(board.room, self._clock())
            calls, gone = _differing(self._calls, room.calls, lambda call: call.call_id)
            operators, left = _differing(self._operators, room.operators, lambda operator: operator.operator)
            if calls or gone or operators or left:
                self._seq += 1
                self._tell(Changed(self._seq, self._clock(), calls, gone, operators, left))
        if self._alarms_changed:
            self._alarms_changed = False
            self._seq += 1
            for watcher in self._watchers:
                watcher.put(_encode(self._alarms_for(watcher.account)))
        if self._serves != self._replica.serves:
            self._serves = self._replica.serves
            self._seq += 1
            self._watchers.tell(_encode(Serving(self._seq, self._clock(), self._serves)))

    def _hear_alarms(self) -> None:
        self._alarms_changed = True
        self._woken.set()

    def _alarms_for(self, account: Account) -> Alarms:
        """Tell an operator what kind of alarms there are; their texts may have numbers of other calls."""
        shown = self._alarms.shown()
        if account.role == "operator":
            shown = tuple(msgspec.structs.replace(one, text="", call="") for one in shown)
        return Alarms(self._seq, self._clock(), self._alarms.is_known, shown)

    def _begin_again(self) -> None:
        """Let everybody have a snapshot: labels, breaks and destinations may be others."""
        self._seq += 1
        for watcher in self._watchers:
            watcher.put(self._snapshot(watcher.account))

    def _tell(self, changed: Changed) -> None:
        whole = _encode(changed)
        changed = msgspec.structs.replace(changed, operators=tuple(map(_as_colleague, changed.operators)))
        masked = _encode(msgspec.structs.replace(changed, calls=tuple(map(_masked, changed.calls))))
        concerned = {operator for call in changed.calls for operator in _parties(call)}
        for watcher in self._watchers:
            if watcher.account.role != "operator":
                watcher.put(whole)
            elif watcher.account.operator in concerned:
                own = tuple(_as_seen_by(watcher.account, call) for call in changed.calls)
                watcher.put(_encode(msgspec.structs.replace(changed, calls=own)))
            else:
                watcher.put(masked)

    def _snapshot_for(self, watcher: Watcher) -> bytes:
        return self._snapshot(watcher.account)

    def _snapshot(self, account: Account) -> bytes:
        plan, city, alarms = self._plan, self._city(), self._alarms_for(account)
        return _encode(
            Snapshot(
                self._seq,
                self._clock(),
                self._serves,
                city.city,
                city.districts,
                city.areas,
                _types(plan, city) if plan is not None else (),
                tuple(plan.codes.break_reasons.values()) if plan is not None else (),
                tuple(DestinationShown(one.destination, one.name) for one in plan.destinations.values())
                if plan is not None
                else (),
                tuple(_as_seen_by(account, call) for call in self._calls.values()),
                tuple(one if account.role != "operator" else _as_colleague(one) for one in self._operators.values()),
                alarms.known,
                alarms.alarms,
            )
        )

    async def _look_who_watches(self) -> None:
        """End the sockets of those who are signed out; let the others know that theirs still stand."""
        while True:
            await asyncio.sleep(_LOOK_AGAIN_S)
            self._seq += 1
            self._watchers.tell(_encode(Changed(self._seq, self._clock(), (), (), (), ())))
            await self._watchers.end_signed_out()


def _types(plan: Plan, city: CityTold) -> tuple[TypeShown, ...]:
    forms = {name: city.forms.get(name, TypeForm()) for name in plan.types}
    return tuple(
        TypeShown(name, kind.label, forms[name].form, forms[name].questions, forms[name].agency)
        for name, kind in plan.types.items()
    )


def _differing(
    known: dict[str, Item], seen: Iterable[Item], name: Callable[[Item], str]
) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """Return what is new or changed, and the names of what is gone; ``known`` is brought up to date."""
    now: Mapping[str, Item] = {name(item): item for item in seen}
    changed = tuple(item for key, item in now.items() if known.get(key) != item)
    gone = tuple(key for key in known if key not in now)
    known.clear()
    known.update(now)
    return changed, gone


def _parties(call: CallView) -> tuple[str, ...]:
    return (*call.ringing, *call.speaks_with)


def _as_seen_by(account: Account, call: CallView) -> CallView:
    """Show a number to who has to do with it, and to supervisors."""
    return call if account.role != "operator" or account.operator in _parties(call) else _masked(call)


def _as_colleague(operator: OperatorView) -> OperatorView:
    """Show an operator to another one, who is not to see whom a supervisor listens to."""
    if operator.listening is None:
        return operator
    return msgspec.structs.replace(operator, listens_to="", listening=None, call_id="")


def _masked(call: CallView) -> CallView:
    hidden = "\u2022" * max(0, len(call.ani) - _SHOWN_DIGITS)
    return msgspec.structs.replace(call, ani=hidden + call.ani[-_SHOWN_DIGITS:], location="")
