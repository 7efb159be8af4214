"""The journal: what was written is read, what was torn is told apart from what was damaged, and a replay decides alike.

Full disks are real: /dev/full, and a limit on the size of files.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from zlib import crc32

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntpd112.core import messages as m
from ntpd112.core.plan import Plan
from ntpd112.core.records import IncidentNoted
from ntpd112.core.snapshot import take
from ntpd112.core.switchboard import Switchboard
from ntpd112.journal import WRITTEN_WITHIN_S, Journal, JournalError, journals, read, recover, replay
from tests.core.plans import OPERATORS, make_plan

NOW = 1_753_000_000.123456
ENDED = m.CallEnded("c1", 16, 0)


class Complaints(list[str]):
    """What a journal says of its disk."""


def write(folder: Path, *events: m.Event, plan: Plan | None = None) -> Path:
    with Journal(folder, NOW, plan or make_plan(), pytest.fail) as journal:
        for number, event in enumerate(events):
            journal.append(NOW + number, event)
    return journal.file


def test_what_was_appended_is_read_in_order_after_the_plan(tmp_path: Path) -> None:
    plan = make_plan()
    file = write(tmp_path, ENDED, m.TimePassed(), plan=plan)
    assert list(read(file)) == [(NOW, m.RoutingChanged(plan)), (NOW, ENDED), (NOW + 1, m.TimePassed())]


def test_text_and_instants_come_back_unharmed(tmp_path: Path) -> None:
    event = m.IncidentEdited(IncidentNoted("i", 0.1 + 0.2, "201", 'line\nbreak "quoted" \\ \x00 \u2028 Ünïcode 火'))
    assert list(read(write(tmp_path, event)))[1] == (NOW, event)


def test_only_its_owner_may_read_a_journal(tmp_path: Path) -> None:
    assert write(tmp_path / "made" / "on the way").stat().st_mode & 0o777 == 0o600


def test_each_line_is_on_its_way_to_the_disk_before_append_returns(tmp_path: Path) -> None:
    with Journal(tmp_path, NOW, make_plan(), pytest.fail) as journal:
        journal.append(NOW, ENDED)
        assert list(read(journal.file))[-1] == (NOW, ENDED)


# torn and damaged


def test_wherever_a_crash_tears_the_last_line_those_before_are_read(tmp_path: Path) -> None:
    file = write(tmp_path, m.TimePassed(), ENDED)
    whole = file.read_bytes()
    begin = whole.rindex(b"\n", 0, -1) + 1
    for length in range(begin, len(whole) - 1):
        file.write_bytes(whole[:length])
        assert [event for _, event in read(file)][1:] == [m.TimePassed()]


def test_a_last_line_that_lacks_only_its_end_of_line_is_whole(tmp_path: Path) -> None:
    file = write(tmp_path, ENDED)
    file.write_bytes(file.read_bytes()[:-1])
    assert list(read(file))[-1] == (NOW, ENDED)


def test_damage_in_the_middle_is_told_with_its_line_after_what_came_before(tmp_path: Path) -> None:
    file = write(tmp_path, m.TimePassed(), ENDED, m.TimePassed())
    file.write_bytes(file.read_bytes().replace(b'"c1"', b'"c2"'))
    entries = read(file)
    assert [next(entries)[1] for _ in range(2)][1] == m.TimePassed()
    with pytest.raises(
        JournalError, match=r"\.journal, line 3: damaged \(checksum differs\); the events before it can"
    ):
        next(entries)


def test_an_event_of_another_version_is_told(tmp_path: Path) -> None:
    file = tmp_path / "1.journal"
    body = b'[1.0,{"is":"PigeonArrived"}]'
    file.write_bytes(b"%08x %b\n" % (crc32(body), body))
    with pytest.raises(JournalError, match="line 1: not an event of this version"):
        list(read(file))


@pytest.mark.parametrize("content", [b"", b"torn", b"%08x %b\n" % (0x5E2E3AC5, b"x")])
def test_a_file_that_does_not_begin_with_a_plan_cannot_be_replayed(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "1.journal"
    file.write_bytes(content)
    with pytest.raises(JournalError):
        list(replay(file))


def test_a_journal_of_events_without_a_plan_is_none(tmp_path: Path) -> None:
    file = write(tmp_path, ENDED)
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[1:]))
    with pytest.raises(JournalError, match="does not begin with the routing plan"):
        list(replay(file))


# full disks


def test_on_a_full_disk_calls_go_on_and_it_is_said_once(tmp_path: Path) -> None:
    (tmp_path / f"{NOW:.6f}.journal").symlink_to("/dev/full")
    said = Complaints()
    with Journal(tmp_path, NOW, make_plan(), said.append) as journal:
        for _ in range(3):
            journal.append(NOW, ENDED)
    assert len(said) == 1
    assert "No space left on device; free space there" in said[0]


def test_a_folder_that_cannot_be_made_is_no_reason_not_to_serve(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said = Complaints()
    with Journal(tmp_path / "file" / "journal", NOW, make_plan(), said.append) as journal:
        (tmp_path / "file").unlink()
        journal.append(NOW, ENDED)
    assert len(said) == 2
    assert said[1].endswith("is written again")
    with pytest.raises(JournalError, match="line 2: events are missing here, the disk was full"):
        list(replay(journal.file))


def test_without_any_place_for_a_journal_there_is_one_complaint_and_no_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said = Complaints()
    with Journal(tmp_path / "file" / "journal", NOW, make_plan(), said.append) as journal:
        journal.append(NOW, ENDED)
    assert [text.partition(": ")[2] for text in said] == [
        "Not a directory; free space there, or let the controller write there"
    ]


FILLS_THE_DISK = """
import resource, sys
from pathlib import Path
from ntpd112.core.messages import CallEnded
from ntpd112.journal import Journal
from tests.core.plans import make_plan
said = []
with Journal(Path(sys.argv[1]), 1.0, make_plan(), said.append) as journal:
    size = journal.file.stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 240, resource.RLIM_INFINITY))
    for number in range(10):
        journal.append(1.0, CallEnded(f"c{number}", 16, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    journal.append(2.0, CallEnded("late", 16, 0))
    journal.append(3.0, CallEnded("later", 16, 0))
print(journal.file, *said, sep="\\n")
"""


def test_a_disk_that_fills_up_in_mid_line_and_is_freed_leaves_a_gap_that_is_told(tmp_path: Path) -> None:
    program = [sys.executable, "-c", FILLS_THE_DISK, str(tmp_path)]
    ran = subprocess.run(program, capture_output=True, text=True, check=True, timeout=60)
    file, *said = ran.stdout.splitlines()
    assert [line.partition(": ")[2] or line.partition("journal ")[2] for line in said] == [
        "disk full; free space there",
        f"{file} is written again",
    ]
    entries = read(Path(file))
    before = [next(entries)[1] for _ in range(4)][1:]
    assert before == [m.CallEnded(f"c{number}", 16, 0) for number in range(3)]
    with pytest.raises(JournalError, match=r"line 5: damaged"):
        next(entries)
    lines = Path(file).read_bytes().splitlines()
    assert lines[5] == b"events are missing here"
    assert [b'"late"' in lines[6], b'"later"' in lines[7], len(lines)] == [True, True, 8]


# another file


def test_a_file_that_has_grown_long_is_followed_by_another_and_the_oldest_go(tmp_path: Path) -> None:
    board = Switchboard(make_plan())
    aside = tmp_path / f"{NOW - 1:.6f}.journal.aside"
    aside.write_bytes(b"of another reign")
    with Journal(tmp_path, NOW, make_plan(), pytest.fail, file_bytes=2000, kept_bytes=20_000) as journal:
        for number in range(400):
            now = NOW + number
            event = m.CallArrived(f"c{number}", "mobile", "mobile", "112", "112", True, None, "", "missing", "")
            for each in (event, m.CallEnded(f"c{number}", 16, 0)):
                journal.append(now, each)
                board.step(now, each)
            if journal.wants_anew:
                journal.anew(now, take(board.room))
    files = journals(tmp_path)
    assert len(files) >= 2
    assert sum(file.stat().st_size for file in files[:-1]) <= 20_000
    assert f"{NOW:.6f}.journal" not in {file.name for file in files}
    assert not aside.exists()
    assert files[-1] == journal.file
    left = recover(tmp_path)
    assert left is not None
    assert left.board.room.ended == board.room.ended


def test_a_file_with_a_gap_is_followed_by_another(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with Journal(tmp_path / "file" / "journal", NOW, make_plan(), lambda _: None) as journal:
        assert not journal.wants_anew
        (tmp_path / "file").unlink()
        journal.append(NOW, ENDED)
        assert journal.wants_anew
        journal.anew(NOW + 1, take(Switchboard(make_plan()).room))
        assert not journal.wants_anew
    left = recover(tmp_path / "file" / "journal")
    assert left is not None
    assert left.damage == ""


# going on


def test_where_nobody_was_there_is_nothing_to_go_on_with(tmp_path: Path) -> None:
    assert recover(tmp_path / "nowhere") is None


def test_the_next_controller_has_the_room_the_last_instant_and_what_was_to_be_written(tmp_path: Path) -> None:
    arrived = m.CallArrived("c1", "mobile", "mobile", "112", "112", True, None, "", "missing", "")
    file = write(tmp_path, arrived, m.CallEnded("c1", 16, 0), msgspec.structs.replace(arrived, call_id="c2"))
    with file.open("ab") as torn:
        torn.write(b"0123abcd [1")
    left = recover(tmp_path)
    assert left is not None
    assert (list(left.board.room.calls), left.now, left.damage) == (["c2"], NOW + 2, "")
    assert [type(fact) for fact in left.facts] == [m.SaveCall]


def test_what_was_to_be_written_outlives_controllers_that_die_before_they_have_written_it(tmp_path: Path) -> None:
    arrived = m.CallArrived("c1", "mobile", "mobile", "112", "112", True, None, "", "missing", "")
    write(tmp_path, arrived, m.CallEnded("c1", 16, 0))
    began = NOW + 2
    for lasted_s in (1.8, 0.0, 2.1, 29.0):
        left = recover(tmp_path)
        assert left is not None
        assert [fact.record.call_id for fact in left.facts if isinstance(fact, m.SaveCall)] == ["c1"]
        with Journal(tmp_path, began, take(left.board.room), pytest.fail) as journal:
            journal.append(began + lasted_s, ENDED)
        began += lasted_s + 0.5
    assert [type(fact) for fact in recover_facts(tmp_path)] == [m.SaveCall]
    with Journal(tmp_path, began, take(Switchboard(make_plan()).room), pytest.fail) as journal:
        journal.append(began + WRITTEN_WITHIN_S, ENDED)
    assert recover_facts(tmp_path) == []


def recover_facts(folder: Path) -> list[m.SaveCall | m.SaveIncident]:
    left = recover(folder)
    assert left is not None
    return left.facts


def test_damage_in_the_middle_ends_what_can_be_gone_on_with(tmp_path: Path) -> None:
    arrived = m.CallArrived("c1", "mobile", "mobile", "112", "112", True, None, "", "missing", "")
    file = write(tmp_path, arrived, m.CallEnded("c1", 16, 0))
    lines = file.read_bytes().split(b"\n")
    lines[2] = b"x" + lines[2][1:]
    file.write_bytes(b"\n".join(lines))
    left = recover(tmp_path)
    assert left is not None
    assert list(left.board.room.calls) == ["c1"]
    assert "line 3: damaged" in left.damage


def test_a_file_whose_first_line_a_crash_tore_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, m.PresenceSet("201", "available", "", "201"))
    (tmp_path / f"{NOW + 5:.6f}.journal").write_bytes(b"0123abcd [1")
    left = recover(tmp_path)
    assert left is not None
    assert left.board.room.operators["201"].presence == "available"


def test_a_room_of_another_version_is_told(tmp_path: Path) -> None:
    board = Switchboard(make_plan())
    board.step(NOW, m.CallArrived("c1", "mobile", "mobile", "112", "112", True, None, "", "missing", ""))
    kept = msgspec.structs.replace(take(board.room), calls=({**take(board.room).calls[0], "state": "dreaming"},))
    with Journal(tmp_path, NOW, kept, pytest.fail):
        pass
    with pytest.raises(JournalError, match="begins with a room of another version"):
        recover(tmp_path)


# replay

CALLS = st.sampled_from(["c1", "c2", "c3"])
LEGS = st.builds("{}.l{}".format, CALLS, st.integers(1, 4))
OPERATOR = st.sampled_from([*OPERATORS, "999"])
CAUSE = st.sampled_from([0, 16, 17, 21, 38])
EVENTS = st.one_of(
    st.builds(
        m.CallArrived,
        CALLS,
        st.just("mobile"),
        st.just("mobile"),
        st.just("112"),
        st.text(max_size=5),
        st.booleans(),
        st.none() | st.text(max_size=5),
        st.text(max_size=5),
        st.just("national"),
        st.text(max_size=5),
    ),
    st.builds(m.CallAnswered, CALLS),
    st.builds(m.DigitPressed, CALLS, st.sampled_from("0123456789*#")),
    st.builds(m.PlayEnded, CALLS, st.builds("{}.p{}".format, CALLS, st.integers(1, 4)), st.booleans()),
    st.builds(m.CallEnded, CALLS, CAUSE, st.just(0)),
    st.builds(m.LegRang, LEGS),
    st.builds(m.LegAnswered, LEGS),
    st.builds(m.LegEnded, LEGS, CAUSE, st.just(0)),
    st.builds(m.LegDigit, LEGS, st.sampled_from("*1240#")),
    st.builds(m.PresenceSet, OPERATOR, st.sampled_from(["available", "on_break"]), st.text(max_size=5), OPERATOR),
    st.builds(m.PhoneStateChanged, OPERATOR, st.sampled_from(["free", "in_use", "unreachable"])),
    st.builds(m.OperatorCommanded, OPERATOR, st.sampled_from(["hold", "blind", "warm", "complete"]), OPERATOR),
    st.builds(m.LineSynced, st.lists(CALLS).map(tuple), st.lists(LEGS).map(tuple)),
    st.builds(
        m.ServiceResumed,
        *(st.lists(CALLS).map(tuple) for _ in range(3)),
        *(st.lists(LEGS).map(tuple) for _ in range(2)),
    ),
    st.builds(m.RoutingChanged, st.sets(OPERATOR, min_size=1).map(lambda names: make_plan(tuple(sorted(names))))),
    st.just(m.ServiceStopping()),
    st.just(m.TimePassed()),
)
GOOD_DAY: list[m.Event] = [
    *(m.PresenceSet(operator, "available", "", operator) for operator in OPERATORS),
    *(m.CallArrived(c, "mobile", "mobile", "112", "112", True, None, "", "missing", "") for c in ("c1", "c2", "c3")),
    *(event for c in ("c1", "c2", "c3") for event in (m.CallAnswered(c), m.DigitPressed(c, "1"))),
]


def decide(
    folder: Path, steps: list[tuple[float, m.Event]]
) -> tuple[Path, list[tuple[float, m.Event, list[m.Action]]]]:
    """Decide and keep a journal, as the engine does."""
    plan = make_plan()
    board = Switchboard(plan)
    decided = []
    with Journal(folder, NOW, plan, pytest.fail) as journal:
        for now, event in steps:
            journal.append(now, event)
            decided.append((now, event, board.step(now, event)))
    return journal.file, decided


@given(st.lists(st.tuples(st.floats(0, 30, allow_subnormal=False), EVENTS), max_size=40), st.booleans())
def test_a_replay_reproduces_every_action_bit_for_bit(moves: list[tuple[float, m.Event]], busy: bool) -> None:
    now, steps = NOW, [(NOW, event) for event in GOOD_DAY if busy]
    for seconds, event in moves:
        now += seconds
        steps.append((now, event))
    with tempfile.TemporaryDirectory() as folder:
        file, decided = decide(Path(folder), steps)
        again = list(replay(file))
    assert again == decided
    assert msgspec.json.encode(again) == msgspec.json.encode(decided)


REPLAYS = """
import sys
from hashlib import sha256
from pathlib import Path
import msgspec
from ntpd112.journal import replay
print(sha256(msgspec.json.encode(list(replay(Path(sys.argv[1]))))).hexdigest())
"""


@pytest.mark.parametrize("seed", ["0", "1", "112"])
def test_another_process_decides_alike_whatever_the_order_of_its_sets(tmp_path: Path, seed: str) -> None:
    many = tuple(str(number) for number in range(201, 240))
    steps: list[m.Event] = [
        m.RoutingChanged(make_plan(many, {"strategy": "ring_all"})),
        *(m.PresenceSet(operator, "available", "", operator) for operator in many),
        *GOOD_DAY,
        m.RoutingChanged(make_plan(("301",))),
        m.ServiceStopping(),
    ]
    file, decided = decide(tmp_path, [(NOW + number, event) for number, event in enumerate(steps)])
    program = [sys.executable, "-c", REPLAYS, str(file)]
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    ran = subprocess.run(program, capture_output=True, text=True, check=True, timeout=60, env=environment)
    assert ran.stdout.strip() == sha256(msgspec.json.encode(decided)).hexdigest()
