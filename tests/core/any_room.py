"""A room to which anything may happen: any events in any order, known, unknown, repeated and late ones."""

from __future__ import annotations

from collections import Counter
from typing import get_args

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from msgspec.structs import replace

from ntpd112.core import messages as m
from ntpd112.core import phone_events as p
from ntpd112.core import trace_events as t
from ntpd112.core.call import Leg
from ntpd112.core.clock_step import ClockStepped
from ntpd112.core.commands import CallCommand, CommandName, Listening
from ntpd112.core.confirming import KEY
from ntpd112.core.records import AniKind, IncidentCallLinked, IncidentNoted, IncidentOpened, Refusal
from ntpd112.core.selfcall import OPERATOR
from ntpd112.core.snapshot import Snapshot, restore, take
from ntpd112.core.switchboard import Switchboard
from tests.core.any_record import check_record
from tests.core.any_values import ANIS, CAUSES, HARMLESS_AGAIN, KEYS, REASONS, STATUSES, STRATEGIES, TARGETS
from tests.core.plans import OPERATORS, make_plan

UNKNOWN = "unknown"
STEPS_ALIKE = 20
_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(Snapshot).decode


class AnyRoom(RuleBasedStateMachine):
    """The events, and what each of them may lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.arrived = 0
        self.self_calls = 0
        self.twin: Switchboard | None = None
        self.steps_alike = 0
        self.records: Counter[str] = Counter()
        self.incidents: Counter[str] = Counter()
        self.rung: dict[str, list[str]] = {}
        self.hears: dict[str, m.Listen] = {}
        self.parties: dict[str, m.SetParties] = {}
        self.sounds: dict[str, type[m.Action]] = {}

    @initialize(strategy=STRATEGIES, skill_wait_s=st.sampled_from([0.0, 5.0]), max_waiting=st.sampled_from([0, 1, 500]))
    def open(self, strategy: str, skill_wait_s: float, max_waiting: int) -> None:
        changes = {"strategy": strategy, "skill_wait_s": skill_wait_s, "max_waiting": max_waiting}
        self.board = Switchboard(make_plan(queue=changes, calls_per_number=3, refuse_repeated=max_waiting == 1))
        self.room = self.board.room
        for operator in OPERATORS:
            self.step(m.PresenceSet(operator, "available", "", operator))

    def step(self, event: m.Event) -> list[m.Action]:
        actions = self.board.step(self.now, event)
        if self.twin is not None:
            assert self.twin.step(self.now, event) == actions
            self.steps_alike += 1
            if self.steps_alike == STEPS_ALIKE:
                self.twin = None
        for action in actions:
            self.watch(action)
        self.check_order(actions)
        if isinstance(event, HARMLESS_AGAIN):
            assert self.board.step(self.now, event) == []
            assert self.twin is None or self.twin.step(self.now, event) == []
        return actions

    def watch(self, action: m.Action) -> None:
        """Keep what the exchange would know after this action."""
        match action:
            case m.Ring(call_id=call_id, leg_id=leg_id):
                self.rung.setdefault(call_id, []).append(leg_id)
            case m.SetParties(call_id=call_id):
                self.parties[call_id] = action
            case m.Listen(leg_id=leg_id):
                self.hears[leg_id] = action
            case m.Play(call_id=call_id) | m.StartMusic(call_id=call_id):
                self.sounds[call_id] = type(action)
            case m.SaveIncident(fact=IncidentOpened(incident_id=incident_id)):
                self.incidents[incident_id] += 1
            case m.SaveCall(record=record):
                if record.trunk_kind != "selftest":
                    self.records[record.call_id] += 1
                check_record(record, self.rung.get(record.call_id, []))
            case _:
                pass

    def check_order(self, actions: list[m.Action]) -> None:
        """Nobody who was offered in this step overtook somebody who could have had the same operator."""
        for action in actions:
            if isinstance(action, m.Ring) and action.operator and action.call_id in self.room.calls:
                call = self.room.calls[action.call_id]
                leg = self.room.legs.get(action.leg_id)
                if leg is None or leg.kind != "operator":
                    continue
                skills = self.room.operators[action.operator].skills
                for waiting, required in self.room.line.heads():
                    if required <= skills:
                        ours = (call.behind, call.priority, call.turn)
                        assert ours < (waiting.behind, waiting.priority, waiting.turn)

    # events

    @rule(data=st.data())
    def something_goes_well(self, data: st.DataObject) -> None:
        """One call makes the step that it waits for."""
        if not self.room.calls:
            self.call_arrives(known=True, again=False)
            return
        call = self.room.calls[data.draw(st.sampled_from([*self.room.calls]))]
        match call.state:
            case "arriving":
                self.step(m.CallAnswered(call.call_id))
            case "greeting":
                self.step(m.PlayEnded(call.call_id, call.play_id, failed=False))
            case "menu":
                self.step(m.DigitPressed(call.call_id, data.draw(st.sampled_from("145098"))))
            case "ringing":
                self.picked_up(call.ringing[data.draw(st.sampled_from([*call.ringing]))])
            case "consulting" if call.third is not None:
                self.picked_up(call.third)
            case "transferring" if call.main is not None:
                self.picked_up(call.main)
            case "talking" if call.main is not None and call.main.operator:
                command: CommandName = data.draw(st.sampled_from(["warm", "blind", "hold", "take_up"]))
                self.step(m.OperatorCommanded(call.main.operator, command, data.draw(TARGETS)))
            case _:
                self.next_deadline_comes()

    def picked_up(self, leg: Leg) -> None:
        """Whoever is rung picks up; outside, they press the key a step later."""
        self.step(m.LegAnswered(leg.leg_id) if leg.answered_at is None else m.LegDigit(leg.leg_id, KEY))

    @rule(by_s=st.sampled_from([-3600.0, -1.0, 0.5, 86_400.0, 1e8]))
    def the_clock_is_set(self, by_s: float) -> None:
        """Nothing is decided by it: no deadline has come, and none has gone."""
        before = self.board.next_deadline()
        self.now = max(self.now, self.room.now) + by_s
        self.step(ClockStepped(by_s))
        after = self.board.next_deadline()
        assert (before is None) == (after is None)
        assert before is None or after is None or abs(after - before - by_s) < 1e-5

    @rule(known=st.booleans(), again=st.booleans(), ani=ANIS)
    def call_arrives(self, known: bool, again: bool, ani: str | None = None) -> None:
        self.arrived += 0 if again and self.arrived else 1
        call_id = f"c{self.arrived}"
        kind: AniKind = "national" if ani else "withheld"
        raw = ani or "anonymous"
        self.step(m.CallArrived(call_id, "landline", "landline", "112", "112", known, ani, raw, kind, ""))

    def call_ids(self) -> st.SearchStrategy[str]:
        return st.sampled_from([UNKNOWN, *self.room.calls])

    def leg_ids(self) -> st.SearchStrategy[str]:
        return st.sampled_from([UNKNOWN, *self.room.legs])

    @rule(data=st.data())
    def call_answered(self, data: st.DataObject) -> None:
        self.step(m.CallAnswered(data.draw(self.call_ids())))

    @rule(data=st.data(), digit=st.sampled_from("0123456789*#"))
    def digit(self, data: st.DataObject, digit: str) -> None:
        self.step(m.DigitPressed(data.draw(self.call_ids()), digit))

    @rule(data=st.data(), failed=st.booleans())
    def play_ends(self, data: st.DataObject, failed: bool) -> None:
        call_id = data.draw(self.call_ids())
        call = self.room.calls.get(call_id)
        self.step(m.PlayEnded(call_id, call.play_id if call else "p", failed))

    @rule(data=st.data(), cause=CAUSES, status=STATUSES)
    def call_ends(self, data: st.DataObject, cause: int, status: int) -> None:
        self.step(m.CallEnded(data.draw(self.call_ids()), cause, status))

    @rule(data=st.data(), text=REASONS, again=st.booleans())
    def reason_given(self, data: st.DataObject, text: str, again: bool) -> None:
        leg_id = data.draw(st.sampled_from(["", UNKNOWN, *self.room.legs]))
        call_id = leg_id.partition(".")[0] if leg_id in self.room.legs else data.draw(self.call_ids())
        assert self.step(t.NetworkReason(call_id, leg_id, (text,) * (1 + again))) == []
        assert self.step(t.CallNoted(call_id, text)) == []

    @rule(trunk=st.sampled_from(["", "landline"]), status=STATUSES, count=st.integers(-1, 3), why=st.sampled_from("ab"))
    def invites_refused(self, trunk: str, status: int, count: int, why: str) -> None:
        told = self.step(t.InvitesRefused(Refusal(trunk, "10.0.0.1", status, why, "112", "x"), count))
        assert {type(action) for action in told} <= {m.RaiseAlarm}

    @rule(data=st.data())
    def given_back(self, data: st.DataObject) -> None:
        self.step(m.CallGivenBack(data.draw(self.call_ids())))

    @rule(data=st.data())
    def leg_rings(self, data: st.DataObject) -> None:
        self.step(m.LegRang(data.draw(self.leg_ids())))

    @rule(data=st.data())
    def leg_answers(self, data: st.DataObject) -> None:
        self.step(m.LegAnswered(data.draw(self.leg_ids())))

    @rule(data=st.data(), cause=CAUSES, status=STATUSES, soft=st.sampled_from(["", "", "it was not heard"]))
    def leg_ends(self, data: st.DataObject, cause: int, status: int, soft: str) -> None:
        self.step(m.LegEnded(data.draw(self.leg_ids()), cause, status, soft))

    @rule(data=st.data(), silent_s=st.sampled_from([0.0, 10.0]))
    def voice_changes(self, data: st.DataObject, silent_s: float) -> None:
        """Whoever is not heard keeps the line and everybody their places."""
        leg_id = data.draw(self.leg_ids())
        call_id = leg_id.partition(".")[0] if leg_id in self.room.legs else data.draw(self.call_ids())
        before = {call.call_id: (call.state, call.priority, call.turn) for call in self.room.calls.values()}
        actions = self.step(m.VoiceChanged(call_id, data.draw(st.sampled_from(["", leg_id])), silent_s))
        assert before == {call.call_id: (call.state, call.priority, call.turn) for call in self.room.calls.values()}
        assert all(isinstance(action, m.RaiseAlarm | m.Ring | m.Play | m.StopPlay | m.StartMusic) for action in actions)

    @rule(data=st.data(), keys=st.sampled_from(KEYS))
    def leg_keys(self, data: st.DataObject, keys: str) -> None:
        leg_id = data.draw(self.leg_ids())
        for digit in keys:
            self.step(m.LegDigit(leg_id, digit))

    @rule(
        operator=st.sampled_from([*OPERATORS, UNKNOWN]),
        presence=st.sampled_from(["available", "available", "on_break", "logged_out"]),
    )
    def presence(self, operator: str, presence: m.Presence) -> None:
        self.step(m.PresenceSet(operator, presence, "", operator))

    @rule(operator=st.sampled_from([*OPERATORS, UNKNOWN]), state=st.sampled_from(["free", "in_use", "unreachable"]))
    def phone(self, operator: str, state: m.PhoneState) -> None:
        self.step(m.PhoneStateChanged(operator, state))

    @rule(reported=st.booleans())
    def phones_are_reported(self, reported: bool) -> None:
        self.step(p.PhonesListed() if reported else p.PhonesOutOfSight())
        states = {operator.phone for name, operator in self.room.operators.items() if name not in self.room.phones}
        assert states <= {"unreachable" if reported else "free"}

    @rule(data=st.data(), moved=st.booleans(), on=st.booleans(), does=st.sampled_from(["left", "forwards", "refer"]))
    def phone_does(self, data: st.DataObject, moved: bool, on: bool, does: str) -> None:
        leg_id = data.draw(self.leg_ids())
        if does == "left":
            self.step(p.PhoneLeft(leg_id, moved))
        elif does == "forwards":
            self.step(p.LegForwarded(leg_id, "112"))
        else:
            self.step(p.LegTransferAsked(leg_id, "112"))
            self.step(p.LegHeld(leg_id, on))

    @rule(
        operator=st.sampled_from([*OPERATORS, UNKNOWN]),
        command=st.sampled_from([*get_args(CallCommand), "leave"]),
        towards=TARGETS,
    )
    def command(self, operator: str, command: CommandName, towards: str) -> None:
        self.step(m.OperatorCommanded(operator, command, towards))

    @rule(
        operator=st.sampled_from(OPERATORS),
        command=st.sampled_from([*get_args(Listening), "leave"]),
        towards=st.sampled_from([*OPERATORS, "nowhere"]),
        answers=st.booleans(),
    )
    def listen(self, operator: str, command: CommandName, towards: str, answers: bool) -> None:
        self.step(m.OperatorCommanded(operator, command, towards))
        leg = self.room.operators[operator].leg if operator in self.room.operators else None
        if answers and leg is not None and leg.kind == "listen":
            self.step(m.LegAnswered(leg.leg_id))

    @rule(
        operator=st.sampled_from([*OPERATORS, UNKNOWN]),
        digits=st.sampled_from(["*11", "*12", "*13", "*14", "*142", "*99"]),
    )
    def feature_code(self, operator: str, digits: str) -> None:
        actions = self.step(m.FeatureDialled("d1", operator, digits))
        assert sum(isinstance(action, m.Confirm) for action in actions) == 1

    @rule(data=st.data(), action=st.sampled_from(["Answer", "SetParties", "StartMusic", "GiveBack", "Listen"]))
    def action_fails(self, data: st.DataObject, action: str) -> None:
        leg_id = data.draw(self.leg_ids()) if action == "Listen" else ""
        call_id = leg_id.partition(".")[0] if leg_id in self.room.legs else data.draw(self.call_ids())
        self.step(m.ActionFailed(call_id, leg_id, action, "refused"))

    @rule(data=st.data())
    def recording(self, data: st.DataObject) -> None:
        if data.draw(st.booleans()):
            self.step(m.IncidentEdited(IncidentCallLinked("i-1", data.draw(self.call_ids()), self.now, "201")))
        self.step(m.RecordingStarted(data.draw(self.call_ids()), "file.wav"))
        self.step(m.RecordingFailed(data.draw(self.call_ids()), "disk full"))

    @rule()
    def note(self) -> None:
        self.step(m.IncidentEdited(IncidentNoted("i-1", self.now, "201", "text")))

    @rule(
        operators=st.sets(st.sampled_from([*OPERATORS, "204"]), min_size=1),
        strategy=STRATEGIES,
    )
    def reload(self, operators: set[str], strategy: str) -> None:
        before = {call_id: call.plan for call_id, call in self.room.calls.items()}
        self.step(m.RoutingChanged(make_plan(tuple(sorted(operators)), {"strategy": strategy}, version="next")))
        assert all(
            self.room.calls[call_id].plan is plan for call_id, plan in before.items() if call_id in self.room.calls
        )

    @rule(data=st.data(), again=st.booleans())
    def self_call(self, data: st.DataObject, again: bool) -> None:
        """Whatever happens to a self-call, it rings its own phone only, and the room is as if there were none."""
        theirs = self.board.selfcalls
        self.self_calls += 0 if again and self.self_calls else 1
        call_id = data.draw(st.sampled_from([f"s{self.self_calls}", *theirs.calls]))
        leg_id = data.draw(st.sampled_from([UNKNOWN, *theirs.legs]))
        play_id = theirs.calls[call_id].play_id if call_id in theirs.calls else "p"
        event: m.Event = data.draw(
            st.sampled_from(
                [
                    m.CallArrived(call_id, "selfcall", "selftest", "112", "112", True, None, "0001", "pseudo", ""),
                    m.CallAnswered(call_id),
                    m.PlayEnded(call_id, play_id, failed=False),
                    m.PlayEnded(call_id, play_id, failed=True),
                    *(m.DigitPressed(call_id, digit) for digit in "149#"),
                    m.CallEnded(call_id, 16, 0),
                    m.CallGivenBack(call_id),
                    m.ActionFailed(call_id, "", "SetParties", "refused"),
                    m.LegRang(leg_id),
                    m.LegAnswered(leg_id),
                    m.LegEnded(leg_id, data.draw(CAUSES), data.draw(STATUSES)),
                    m.PhoneStateChanged(OPERATOR, data.draw(st.sampled_from(["free", "in_use", "unreachable"]))),
                ]
            )
        )
        before = replace(take(self.room), selfcalls=None)
        actions = self.step(event)
        assert replace(take(self.room), selfcalls=None) == before
        for action in actions:
            assert not isinstance(action, m.SaveIncident | m.ShowPresence | m.StartRecording | m.RaiseAlarm)
            about = action.record.call_id if isinstance(action, m.SaveCall) else getattr(action, "call_id", "")
            assert about.startswith("s")
            if isinstance(action, m.Ring):
                assert (action.operator, action.number) == (OPERATOR, "")

    @rule()
    def kept_and_restored(self) -> None:
        """From here on two rooms decide everything alike: this one, and the one that was made again from data."""
        self.twin, self.steps_alike = self.board, 0
        kept = _decode(_encode(take(self.twin.room)))
        self.board = Switchboard(restore(kept))
        self.room = self.board.room
        assert _decode(_encode(take(self.room))) == kept
        assert self.board.next_deadline() == self.twin.next_deadline()

    @rule(data=st.data())
    def synced(self, data: st.DataObject) -> None:
        calls = data.draw(st.lists(self.call_ids()))
        legs = data.draw(st.lists(self.leg_ids()))
        self.step(m.LineSynced(tuple(calls), tuple(legs)))
        assert set(self.room.calls) <= set(calls)

    @rule(data=st.data())
    def resumed(self, data: st.DataObject) -> None:
        """Another controller went on; some calls and legs have gone meanwhile, or have found each other."""
        several = st.lists(self.call_ids(), unique=True)
        alive, elsewhere = data.draw(several), data.draw(st.lists(self.call_ids(), max_size=1))
        legs = data.draw(st.lists(self.leg_ids(), unique=True))
        answered = data.draw(st.lists(st.sampled_from(legs), max_size=2)) if legs else []
        talking = {call_id: call.main for call_id, call in self.room.calls.items() if call.main is not None}
        paired = data.draw(st.lists(st.sampled_from(alive), max_size=1)) if alive else []
        self.step(m.ServiceResumed(tuple(alive), tuple(elsewhere), tuple(paired), tuple(legs), tuple(answered)))
        assert set(self.room.calls) <= set(alive) - set(elsewhere)
        for call_id, leg in talking.items():
            if call_id in self.room.calls and leg.leg_id in legs and leg.answered_at is not None:
                assert self.room.calls[call_id].main is leg

    @precondition(lambda self: self.arrived > 2)
    @rule(really=st.sampled_from([False] * 7 + [True]))
    def stops(self, really: bool) -> None:
        if really:
            self.step(m.ServiceStopping())
            assert all(call.state == "leaving" for call in self.room.calls.values())

    @rule(seconds=st.sampled_from([0.0, 0.1, 1.0, 4.0, 15.0, 60.0, -5.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.step(m.TimePassed())

    @rule()
    def next_deadline_comes(self) -> None:
        deadline = self.board.next_deadline()
        if deadline is not None:
            self.now = max(self.now, deadline)
            self.step(m.TimePassed())
