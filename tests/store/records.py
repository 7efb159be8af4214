"""Records for tests: plain ones, and any at all."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st
from msgspec.structs import replace

from ntpd112.core.records import (
    AniKind,
    CallClass,
    CallClassified,
    CallRecord,
    Disposition,
    IncidentCallLinked,
    IncidentFact,
    IncidentFieldSet,
    IncidentNoted,
    IncidentOpened,
    IncidentStatusSet,
    IncidentTypeSet,
    OfferKind,
    OfferRecord,
    OfferResult,
    Outcome,
    Side,
    Stage,
    TrunkKind,
)

NOON = 1_790_000_000.25


def an_offer(call_id: str = "c1", number: int = 1, **changes: object) -> OfferRecord:
    offer = OfferRecord(
        leg_id=f"{call_id}.l{number}",
        kind="operator",
        target="201",
        offered_at=NOON + 6,
        rang_at=NOON + 6.125,
        answered_at=NOON + 10,
        ended_at=NOON + 60,
        result="answered",
        cause="Q.850 16 / SIP 200",
    )
    return replace(offer, **changes)


def a_call(call_id: str = "c1", **changes: object) -> CallRecord:
    call = CallRecord(
        call_id=call_id,
        plan_version="f00d",
        trunk="mobile",
        trunk_kind="mobile",
        ddi="112",
        ddi_raw="112",
        ani="+6281234567890",
        ani_raw="081234567890",
        ani_kind="national",
        caller_name="Budi",
        arrived_at=NOON,
        answered_at=NOON + 0.5,
        queued_at=NOON + 5,
        first_rang_at=NOON + 6.125,
        connected_at=NOON + 10,
        ended_at=NOON + 60,
        outcome="answered",
        stage="talking",
        cause="Q.850 16",
        side="caller",
        language="id",
        type="fire",
        digits="1",
        queue="main",
        operator="201",
        destination=None,
        recording="c1.wav",
        incident_id="i1",
        notes=("first", "second"),
        offers=(an_offer(call_id),),
    )
    return replace(call, **changes)


def opened(incident_id: str = "i1", call_id: str = "c1", at: float = NOON) -> IncidentOpened:
    return IncidentOpened(incident_id=incident_id, call_id=call_id, at=at, type="fire", operator="201")


def noted(text: str, incident_id: str = "i1", at: float = NOON + 1) -> IncidentNoted:
    return IncidentNoted(incident_id=incident_id, at=at, by="201", text=text)


ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=60) | st.sampled_from(
    [
        "\0",
        "a\0b\ud800",
        "'; DROP TABLE calls; --",
        "$(reboot)`reboot`",
        "\udcff\udcfe",
        "\u202e%s{}\\",
        "\\u0000",
    ]
)
ANY_TEXT |= st.builds("é".__mul__, st.just(10_000))
ANY_INSTANT = st.floats(allow_nan=False, allow_infinity=False)
MAYBE_TEXT = st.none() | ANY_TEXT
MAYBE_INSTANT = st.none() | ANY_INSTANT


def _word(literal: object) -> st.SearchStrategy[str]:
    return st.sampled_from(get_args(literal))


ANY_OFFER = st.builds(
    OfferRecord,
    leg_id=ANY_TEXT,
    kind=_word(OfferKind),
    target=ANY_TEXT,
    offered_at=ANY_INSTANT,
    rang_at=MAYBE_INSTANT,
    answered_at=MAYBE_INSTANT,
    ended_at=ANY_INSTANT,
    result=_word(OfferResult),
    cause=ANY_TEXT,
)
ANY_CALL = st.builds(
    CallRecord,
    call_id=ANY_TEXT,
    plan_version=ANY_TEXT,
    trunk=ANY_TEXT,
    trunk_kind=_word(TrunkKind),
    ddi=ANY_TEXT,
    ddi_raw=ANY_TEXT,
    ani=MAYBE_TEXT,
    ani_raw=ANY_TEXT,
    ani_kind=_word(AniKind),
    caller_name=ANY_TEXT,
    arrived_at=ANY_INSTANT,
    answered_at=MAYBE_INSTANT,
    queued_at=MAYBE_INSTANT,
    first_rang_at=MAYBE_INSTANT,
    connected_at=MAYBE_INSTANT,
    ended_at=ANY_INSTANT,
    outcome=_word(Outcome),
    stage=_word(Stage),
    cause=ANY_TEXT,
    side=_word(Side),
    language=ANY_TEXT,
    type=MAYBE_TEXT,
    digits=ANY_TEXT,
    queue=MAYBE_TEXT,
    operator=MAYBE_TEXT,
    destination=MAYBE_TEXT,
    recording=MAYBE_TEXT,
    incident_id=MAYBE_TEXT,
    notes=st.lists(ANY_TEXT, max_size=3).map(tuple),
    offers=st.lists(ANY_OFFER, max_size=3).map(tuple),
    location=ANY_TEXT,
)

_INCIDENT = st.sampled_from(["i1", "i2"])
_BY = st.sampled_from(["201", "202"])
ANY_FACT: st.SearchStrategy[IncidentFact] = st.one_of(
    st.builds(
        IncidentOpened, incident_id=_INCIDENT, call_id=ANY_TEXT, at=ANY_INSTANT, type=MAYBE_TEXT, operator=MAYBE_TEXT
    ),
    st.builds(IncidentCallLinked, incident_id=_INCIDENT, call_id=st.sampled_from(["c1", "c2"]), at=ANY_INSTANT, by=_BY),
    st.builds(IncidentNoted, incident_id=_INCIDENT, at=ANY_INSTANT, by=_BY, text=ANY_TEXT),
    st.builds(IncidentTypeSet, incident_id=_INCIDENT, at=ANY_INSTANT, by=_BY, type=ANY_TEXT),
    st.builds(
        IncidentStatusSet, incident_id=_INCIDENT, at=ANY_INSTANT, by=_BY, status=st.sampled_from(["open", "closed"])
    ),
    st.builds(IncidentFieldSet, incident_id=_INCIDENT, at=ANY_INSTANT, by=_BY, field=ANY_TEXT, text=ANY_TEXT),
    st.builds(
        CallClassified,
        incident_id=_INCIDENT,
        call_id=ANY_TEXT,
        at=ANY_INSTANT,
        by=_BY,
        call_class=_word(CallClass),
        disposition=_word(Disposition),
    ),
)
