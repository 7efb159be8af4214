"""Two ledgers of the same calls, Asterisk's and ours: what only one of them knows, and what becomes of it.

Calls that the dialplan served while no controller was there are written into our records from Asterisk's ledger; of
those that a controller gave to it, the records are completed.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Iterable
from itertools import islice
from typing import Literal

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from ntpd112.config.arrival import arrived
from ntpd112.config.load import CityFile
from ntpd112.core.cdr import OUT_OF_SIGHT
from ntpd112.core.records import CallRecord, Outcome, Stage
from ntpd112.core.trace_events import InvitesRefused
from ntpd112.host.layout import Layout
from ntpd112.host.ledger import Entry, LatestEntries, entries
from ntpd112.settings import PAGE_SUFFIX
from ntpd112.store.completion import Ending, complete
from ntpd112.store.queries import Records

IMPORTED = "written from Asterisk's own ledger"
REFUSED = "refused with 503: more calls were here than this room takes"
CROWDED = "refused with 503: its trunk had taken its share of the places; the last tenth is for the others"
REPEATED = "refused with 486: this number had half of all places already"
LOOPED = "refused with 482: its citizen is in this room already; two rooms overflow to each other"
REFUSALS = {"": REFUSED, "crowded": CROWDED, "repeated": REPEATED, "looped": LOOPED}
"""Why the dialplan did not take a call -> the cause on its record."""
SETTLED_S = 5.0
"""A call that ended so long ago has its record."""
_LONGEST_CALL_S = 86_400.0
_WRONG_CLOCK_S = 60.0
_COMPLETED_AT_ONCE = 500
Kind = Literal["not recorded", "not in Asterisk's ledger", "lost by Asterisk", "refused by Asterisk"]


class Difference(Struct, frozen=True):
    """One call that the ledgers do not agree about."""

    call_id: str
    arrived_at: float
    kind: Kind
    why: str
    explained: bool
    count: int = 1


class SecondLedger:
    """Asterisk's ledger of one instance."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._latest = LatestEntries(layout)
        self._open: dict[str, Entry] = {}
        """Calls that are not known to have a record."""
        self._given_back: dict[str, Entry] = {}
        """Calls with a record, or one that is being written, which the dialplan's own queue ended."""

    async def fell_back(self, call_ids: Collection[str]) -> set[str]:
        """Return those of the calls that ended in the dialplan's own queue; nobody knows when the ledger is lost."""
        try:
            found = await asyncio.to_thread(entries, self._layout, time.time() - _LONGEST_CALL_S)
        except OSError:
            return set()
        return {entry.call_id for entry in found if entry.in_fallback and entry.call_id in call_ids}

    async def unknown(self, city: CityFile, seen: Collection[str], records: Records) -> list[CallRecord]:
        """Make records of the calls that ended without one and were not ``seen``.

        Raises OSError, and what :class:`Records` does.
        """
        await asyncio.to_thread(self._latest.add_to, self._open)
        self._forget(seen)
        left = missing(self._open.values(), (), time.time())
        known = await records.known([entry.call_id for entry in left])
        self._forget(known)
        return [imported(city, entry) for entry in left if entry.call_id not in known]

    async def complete(self, city: CityFile, records: Records, engine: AsyncEngine) -> set[str]:
        """Add to records of calls that went to the dialplan's own queue what became of them there; return which.

        Raises what :class:`Records` does.
        """
        some = missing(islice(self._given_back.values(), _COMPLETED_AT_ONCE), (), time.time())
        known = await records.known([entry.call_id for entry in some])
        endings = [_ending(city, entry) for entry in some if entry.call_id in known]
        done = await complete(engine, endings)
        for entry in some:
            if entry.call_id in known or entry.ended_at < time.time() - _LONGEST_CALL_S:
                del self._given_back[entry.call_id]
        return done

    def _forget(self, recorded: Collection[str]) -> None:
        for call_id in [call_id for call_id in self._open if call_id in recorded]:
            entry = self._open.pop(call_id)
            if entry.in_fallback:
                self._given_back[call_id] = entry


def imported(city: CityFile, entry: Entry) -> CallRecord:
    """Make the record of a call that no controller saw."""
    event = arrived(city.city, entry)
    operator = _operator(city, entry)
    stage: Stage = "arriving" if entry.refused else "fallback"
    outcome = _outcome(entry, operator)
    return CallRecord(
        call_id=entry.call_id,
        plan_version=city.plan.version,
        trunk=event.trunk,
        trunk_kind=event.trunk_kind,
        ddi=event.ddi,
        ddi_raw=event.ddi_raw,
        ani=event.ani,
        ani_raw=event.ani_raw,
        ani_kind=event.ani_kind,
        caller_name=event.caller_name,
        arrived_at=entry.arrived_at,
        answered_at=entry.answered_at,
        queued_at=None,
        first_rang_at=None,
        connected_at=entry.connected_at if outcome == "answered" else None,
        ended_at=entry.ended_at,
        outcome=outcome,
        stage=stage,
        cause=REFUSALS[entry.refused_why]
        if entry.refused
        else "no controller was there; the dialplan's own queue served the call",
        side="caller" if outcome == "abandoned" else "us",
        language=city.plan.language,
        type=None,
        digits="",
        queue=None,
        operator=operator if outcome == "answered" else None,
        destination=None,
        recording=None,
        incident_id=None,
        notes=(IMPORTED, *event.facts, *([f"spoke with {entry.party}"] if outcome == "overflowed" else [])),
        offers=(),
    )


def alarms_of(found: Collection[CallRecord]) -> list[tuple[str, str]]:
    """Return the alarms, as kind and text, that calls which the dialplan did not take are worth."""
    counted = Counter(record.cause for record in found)
    alarms = []
    if counted[REFUSED]:
        alarms.append(("calls_refused", f"{counted[REFUSED]} calls were refused with 503: the room was full"))
    crowded = Counter(record.trunk for record in found if record.cause == CROWDED)
    for trunk, calls in sorted(crowded.items()):
        text = f"{calls} calls of trunk {trunk} were refused with 503: it has taken its share of the places"
        alarms.append(("calls_refused", f"{text}; if that many citizens call, give the room more (most_calls)"))
    if counted[REPEATED]:
        numbers = {record.ani_raw for record in found if record.cause == REPEATED}
        text = f"{counted[REPEATED]} calls of {len(numbers)} numbers were refused with 486: each had half of all places"
        cure = "if it is a large switchboard, give the room more places (most_calls)"
        alarms.append(("caller_repeats", f"{text}; {cure}"))
    if counted[LOOPED]:
        text = f"{counted[LOOPED]} calls came back from a room to which they had overflowed, and were refused with 482"
        alarms.append(("overflow_loop", f"{text}; let the two rooms not overflow to each other, or not first of all"))
    return alarms


def _ending(city: CityFile, entry: Entry) -> Ending:
    operator = _operator(city, entry)
    outcome = _outcome(entry, operator)
    answered = outcome == "answered"
    connected_at = entry.connected_at if answered else None
    return Ending(entry.call_id, outcome, operator if answered else None, connected_at, entry.ended_at)


def _operator(city: CityFile, entry: Entry) -> str | None:
    phone = entry.party.removesuffix(PAGE_SUFFIX)
    return phone if phone in city.city.operators else None


def _outcome(entry: Entry, operator: str | None) -> Outcome:
    if entry.refused:
        return "failed"
    if operator is not None and entry.connected_at is not None:
        return "answered"
    return "overflowed" if entry.party else "abandoned"


def missing(seen: Iterable[Entry], known: Collection[str], now: float) -> list[Entry]:
    """Return the calls that ended and are not ``known``. One that ends in the future has ended."""
    over = (entry for entry in seen if not now - SETTLED_S <= entry.ended_at <= now + _WRONG_CLOCK_S)
    return [entry for entry in over if entry.call_id not in known]


def compare(
    seen: Iterable[Entry], records: Iterable[CallRecord], journalled: dict[str, float], live: Collection[str]
) -> list[Difference]:
    """Name every difference between Asterisk's ledger, the records, and the calls that the journals saw arrive."""
    theirs = {entry.call_id: entry for entry in seen}
    differences = []
    ours = {record.call_id: record for record in records}
    arrivals = {call_id: entry.arrived_at for call_id, entry in theirs.items()} | journalled
    for call_id, at in arrivals.items():
        if call_id not in ours and call_id not in live:
            why = (
                "served without a controller" if call_id not in journalled else "seen by a controller, not written yet"
            )
            differences.append(Difference(call_id, at, "not recorded", why, False))
    differences += [_only_ours(ours[call_id]) for call_id in ours.keys() - theirs.keys() - set(live)]
    return sorted(differences, key=lambda one: (one.arrived_at, one.call_id))


def refusals(told: Iterable[tuple[float, InvitesRefused]]) -> list[Difference]:
    """Name the INVITEs that never became calls, one row for each trunk (or address) and reason."""
    found: dict[tuple[str, int, str], Difference] = {}
    for at, event in told:
        first = event.refusal
        key = (first.trunk or first.source, first.status, first.why)
        known = found.get(key)
        count = event.count + (known.count if known is not None else 0)
        where = f"trunk {first.trunk} ({first.source})" if first.trunk else first.source
        calls = "an INVITE" if count == 1 else f"{count} INVITEs"
        what = f"{first.status}: {first.why}" if first.status else f"no answer: {first.why}"
        why = f"{calls} to {first.number or 'nobody'} from {where} got {what}"
        call_id, since = (known.call_id, known.arrived_at) if known is not None else (first.sip_call_id, at)
        found[key] = Difference(call_id, since, "refused by Asterisk", why, True, count)
    return list(found.values())


def _only_ours(record: CallRecord) -> Difference:
    if OUT_OF_SIGHT in record.notes:
        why = "Asterisk ended with the call alive, and could write nothing of it"
        return Difference(record.call_id, record.arrived_at, "lost by Asterisk", why, True)
    why = "a record without a call at Asterisk"
    return Difference(record.call_id, record.arrived_at, "not in Asterisk's ledger", why, False)
