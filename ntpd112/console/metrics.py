"""``/metrics``: the room and its parts as numbers, for Prometheus.

No label names a person: no numbers, no names, no extensions. What is not known now has no sample, rather than an old
one: ``ntpd112_controller_followed`` tells why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Any, Final, get_args

from aiohttp import hdrs, web
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from ntpd112.console.condition import ConditionWatch
from ntpd112.console.replica import Replica
from ntpd112.console.tally import BOUNDS_S, Tally, Times
from ntpd112.core.call import IN_QUEUE, State
from ntpd112.core.messages import Presence
from ntpd112.core.operator import Activity
from ntpd112.core.room import Room
from ntpd112.web.control import Health

_SINCE: Final = ", since this console started"


def _of_ear(health: Health, what: str) -> float | None:
    return float(getattr(health.ear, what)) if health.ear is not None else None


_HEALTH: Final[tuple[tuple[str, str, Callable[[Health], float | None]], ...]] = (
    ("ari_up", "Whether the controller reaches ARI: 1 or 0", lambda health: health.ari),
    ("ami_up", "Whether the controller reaches AMI: 1 or 0", lambda health: health.ami),
    ("database_up", "Whether the controller reaches the database: 1 or 0", lambda health: health.database),
    ("records_spilled", "Records that wait in the spill file for the database", lambda health: health.spilled),
    ("records_lost", "Records that could be kept nowhere", lambda health: health.lost),
    ("exchange_in_hand", "Lines, legs and jobs of calls that the controller holds", lambda health: health.in_hand),
    ("ear_up", "Whether the ear that listens to SIP messages lives: 1 or 0", lambda health: _of_ear(health, "alive")),
    ("ear_messages", "SIP messages heard since the ear's start", lambda health: _of_ear(health, "heard")),
    ("ear_lost", "Messages and findings lost since the ear's start", lambda health: _of_ear(health, "lost")),
    (
        "strangers_refused",
        "INVITEs refused from addresses that no trunk lists, since the ear's start",
        lambda health: _of_ear(health, "strangers"),
    ),
    ("journal_followers", "Standbys on other machines that get the journal", lambda health: health.followers),
)
"""Metric, what it tells, and where it stands."""
_STATES: Final = tuple(state for state in get_args(State) if state != "ended")
_DOINGS: Final = tuple(product(get_args(Presence), get_args(Activity)))


class Metrics(Collector):
    """Looks whenever it is asked: nothing is kept up to date, nor registered anywhere."""

    def __init__(
        self, replica: Replica, condition: ConditionWatch, tally: Tally, version: str, clock: Callable[[], float]
    ) -> None:
        self._replica = replica
        self._condition = condition
        self._tally = tally
        self._version = version
        self._clock = clock

    def answer(self, request: web.Request) -> web.Response:
        """Return all of it, in the format that is asked for."""
        encode, kind = choose_encoder(request.headers.get(hdrs.ACCEPT, ""))
        return web.Response(body=encode(self), headers={hdrs.CONTENT_TYPE: kind})

    def collect(self) -> Iterator[Metric]:
        """Yield each metric."""
        board, serves = self._replica.board, self._replica.serves
        yield _labelled("build_info", "The version of ntpd112 that runs", ("version",), {(self._version,): 1.0})
        yield _gauge("controller_followed", "Whether this console follows a controller: 1 or 0", float(serves))
        yield from self._room(board.room if board is not None and serves else None)
        yield from self._refused(board.room if board is not None and serves else None)
        yield from self._counts()
        yield from self._parts(self._condition.last.health if self._condition.last is not None else None)

    def _room(self, room: Room | None) -> Iterator[Metric]:
        now = self._clock()
        calls = list(room.calls.values()) if room is not None else []
        waited = [now - call.arrived_at for call in calls if call.state in IN_QUEUE]
        operators = room.operators.values() if room is not None else ()
        states = Counter(call.state for call in calls)
        doing = Counter((operator.presence, operator.activity(now)) for operator in operators)
        known = room is not None
        yield _gauge("calls_waiting", "Callers in the queue", float(len(waited)) if known else None)
        longest = max([0.0, *waited]) if known else None
        yield _gauge("longest_wait_seconds", "The longest wait of a caller in the queue, from the INVITE", longest)
        yield _labelled(
            "calls", "Live calls by what happens to them now", ("state",), _each(states, _STATES) if known else {}
        )
        yield _labelled(
            "operators",
            "Operators by presence, which is theirs, and activity, which is seen",
            ("presence", "activity"),
            _each(doing, _DOINGS) if known else {},
        )

    def _refused(self, room: Room | None) -> Iterator[Metric]:
        counts: Counter[tuple[str, str]] = Counter()
        for refused in room.refused.values() if room is not None else ():
            counts[(refused.first.trunk or "unlisted", str(refused.first.status))] += refused.count
        made = CounterMetricFamily(
            "ntpd112_invites_refused",
            "INVITEs that Asterisk refused before they became calls, by trunk and SIP status.",
            labels=("trunk", "status"),
        )
        for key, number in counts.items():
            made.add_metric(key, float(number))
        yield made

    def _counts(self) -> Iterator[Metric]:
        tally = self._tally
        yield _counter("calls_ended", "Calls that have ended, by outcome", "outcome", tally.outcomes)
        yield _counter("offers", "Phones that were rung for calls that have ended, by result", "result", tally.offers)
        yield _counter("alarms", "Alarms, by kind", "kind", tally.alarms)
        yield _times("answer_from_invite_seconds", "From the INVITE to a human, of ended calls", tally.from_invite)
        yield _times("answer_from_queue_seconds", "From joining the queue to a human, of ended calls", tally.from_queue)

    def _parts(self, health: Health | None) -> Iterator[Metric]:
        """What the controller says of itself; no samples when it says nothing."""
        for name, told, of in _HEALTH:
            yield _gauge(name, told, of(health) if health is not None else None)
        last = health.self_call if health is not None else None
        made_at = last.at if last is not None else None
        if last is None or made_at is None:
            is_ok, age_s, voice_s = None, None, None
        else:
            is_ok, age_s, voice_s = float(last.stage == "ok"), max(0.0, self._clock() - made_at), last.voice_s
        yield _gauge("self_call_ok", "Whether the centre's last call to itself went well: 1 or 0", is_ok)
        yield _gauge("self_call_age_seconds", "How long ago the centre's last call to itself ended", age_s)
        yield _gauge("self_call_voice_seconds", "From the INVITE to the voice, in the last call to itself", voice_s)


def _gauge(name: str, told: str, value: float | None) -> Metric:
    return _labelled(name, told, (), {(): float(value)} if value is not None else {})


def _labelled(name: str, told: str, labels: Iterable[str], values: Mapping[tuple[str, ...], float]) -> Metric:
    made = GaugeMetricFamily(f"ntpd112_{name}", f"{told}.", labels=tuple(labels))
    for key, value in values.items():
        made.add_metric(key, value)
    return made


def _each(counts: Mapping[Any, int], keys: Iterable[Any]) -> dict[tuple[str, ...], float]:
    """Return the number of each, of those that there are none of too."""
    return {key if isinstance(key, tuple) else (key,): float(counts.get(key, 0)) for key in keys}


def _counter(name: str, told: str, label: str, counts: Counter[str]) -> Metric:
    made = CounterMetricFamily(f"ntpd112_{name}", f"{told}{_SINCE}.", labels=(label,))
    for key, number in counts.items():
        made.add_metric((key,), number)
    return made


def _times(name: str, told: str, times: Times) -> Metric:
    buckets = [(f"{bound:.1f}", float(number)) for bound, number in zip(BOUNDS_S, times.at_most, strict=True)]
    made = HistogramMetricFamily(f"ntpd112_{name}", f"{told}{_SINCE}.")
    made.add_metric((), [*buckets, ("+Inf", float(times.number))], times.total_s)
    return made
