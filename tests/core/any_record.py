"""What must be true of every record, whatever happened in the room."""

from __future__ import annotations

from collections.abc import Sequence

from ntpd112.core.records import CallRecord


def check_record(record: CallRecord, rung: Sequence[str]) -> None:
    """Fail unless a record tells one story from the beginning to the end, with every ring in it once.

    ``rung``: the legs that were rung for the call.
    """
    assert sorted(offer.leg_id for offer in record.offers) == sorted(rung)
    instants = [record.arrived_at, record.answered_at, record.queued_at, record.connected_at, record.ended_at]
    known = [instant for instant in instants if instant is not None]
    assert known == sorted(known)
    assert record.cause
    spoke = record.operator is not None or record.destination is not None
    assert spoke == (record.connected_at is not None)
    if record.outcome in {"answered", "transferred"}:
        assert spoke
    if record.outcome in {"abandoned", "failed"}:
        assert not spoke
    if record.destination is not None:
        assert "answered" in {offer.result for offer in record.offers if offer.target == record.destination}
    for offer in record.offers:
        in_order = [i for i in (offer.offered_at, offer.rang_at, offer.answered_at, offer.ended_at) if i is not None]
        assert in_order == sorted(in_order)
