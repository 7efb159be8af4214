"""The spill's files: torn, damaged, left behind, shared."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntpd112.store.lines import frame, unframe
from ntpd112.store.rejected import Rejected, read_rejected, set_aside
from ntpd112.store.spill import Spill
from tests.store.small_disk import small_disk


def _facts(*numbers: int) -> list[bytes]:
    return [b'{"seq":%d,"text":"fact"}' % number for number in numbers]


def _read_all(spill: Spill, limit: int = 2) -> tuple[list[bytes], list[bytes]]:
    """Read and confirm until nothing is left."""
    payloads: list[bytes] = []
    damaged: list[bytes] = []
    while len(spill):
        chunk = spill.read(limit)
        payloads += chunk.payloads
        damaged += chunk.damaged
        spill.confirm()
    return payloads, damaged


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spill"


def test_facts_come_back_in_order_and_the_files_are_gone(folder: Path) -> None:
    spill = Spill(folder, segment_bytes=100)
    for number in range(10):
        spill.append(_facts(number), number)
    assert len(list(folder.iterdir())) > 1
    assert len(spill) == 10
    assert _read_all(spill) == (_facts(*range(10)), [])
    assert list(folder.iterdir()) == []
    spill.close()


def test_what_is_not_confirmed_is_read_again(folder: Path) -> None:
    spill = Spill(folder)
    spill.append(_facts(1, 2, 3), 1)
    assert spill.read(2) == spill.read(2)
    spill.confirm()
    assert spill.read(2).payloads == tuple(_facts(3))
    spill.close()


def test_facts_appended_while_reading_follow(folder: Path) -> None:
    spill = Spill(folder)
    spill.append(_facts(1), 1)
    assert spill.read(9).payloads == tuple(_facts(1))
    spill.append(_facts(2), 2)
    spill.confirm()
    assert _read_all(spill) == (_facts(2), [])
    spill.close()


def test_given_a_torn_last_line_when_adopted_then_the_whole_lines_are_read(folder: Path) -> None:
    folder.mkdir()
    whole = frame(_facts(1)[0])
    (folder / "1-9.spill").write_bytes(whole + frame(_facts(2)[0])[:-5])
    (folder / "2-9.spill").write_bytes(whole[:7])
    spill = Spill(folder)
    assert spill.adopt() == 1
    spill.append(_facts(3), 3)
    assert _read_all(spill) == (_facts(1, 3), [])
    assert list(folder.iterdir()) == []
    spill.close()


@given(place=st.integers(0, 200), bit=st.integers(0, 7))
def test_given_any_bit_turned_when_adopted_then_only_the_lines_it_touched_are_damaged(
    tmp_path_factory: pytest.TempPathFactory, place: int, bit: int
) -> None:
    folder = tmp_path_factory.mktemp("spill")
    data = bytearray(b"".join(map(frame, _facts(*range(6)))))
    place %= len(data) - 1
    data[place] ^= 1 << bit
    (folder / "1-9.spill").write_bytes(data)
    spill = Spill(folder)
    spill.adopt()
    payloads, damaged = _read_all(spill)
    spill.close()
    assert set(payloads) < set(_facts(*range(6)))
    assert len(payloads) >= 4
    assert damaged
    assert b"".join(damaged) in bytes(data)


def test_the_segments_of_a_dead_writer_come_before_ones_own_and_give_the_last_number(folder: Path) -> None:
    dead = Spill(folder)
    dead.append(_facts(5, 6), 5)
    dead.close()
    spill = Spill(folder)
    spill.append(_facts(8), 8)
    assert spill.adopt() == 1
    assert spill.last_seq == 6
    assert _read_all(spill) == (_facts(5, 6, 8), [])
    spill.close()


def test_the_segments_of_a_living_writer_are_left_alone(folder: Path) -> None:
    living, other = Spill(folder), Spill(folder)
    living.append(_facts(1), 1)
    assert other.adopt() == 0
    living.append(_facts(2), 2)
    assert _read_all(living) == (_facts(1, 2), [])
    living.close()
    other.close()


def test_given_the_disk_is_full_when_there_is_room_again_then_nothing_is_missing_or_torn(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        spill = Spill(disk.folder / "spill")
        spill.append(_facts(1), 1)
        disk.fill()
        with pytest.raises(OSError, match=r"No space|too large"):
            spill.append([b"x" * 10_000], 2)
        with pytest.raises(OSError, match=r"No space|too large"):
            spill.append([b"x" * 10_000], 2)
        disk.make_room()
        spill.append(_facts(2), 2)
        spill.close()
        spill.adopt()
        assert _read_all(spill) == (_facts(1, 2), [])
        spill.close()


def test_only_the_owner_can_read_the_spill(folder: Path) -> None:
    spill = Spill(folder)
    spill.append(_facts(1), 1)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())]
    assert modes == [0o700, 0o600]
    spill.close()


def test_no_file_stays_open(folder: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    spill = Spill(folder, segment_bytes=10)
    for number in range(5):
        spill.append(_facts(number), number)
    spill.close()
    spill.adopt()
    _read_all(spill)
    spill.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@given(payload=st.binary().filter(lambda payload: b"\n" not in payload))
def test_a_line_proves_itself(payload: bytes) -> None:
    assert unframe(frame(payload)) == payload
    assert unframe(frame(payload)[:-2]) is None


def test_given_a_torn_entry_when_one_more_is_set_aside_then_both_ends_are_clean(tmp_path: Path) -> None:
    file = tmp_path / "rejected.log"
    first, second = Rejected(1.5, "because", "{}"), Rejected(2.5, "so", "{}")
    set_aside(file, [first])
    with file.open("ab") as torn:
        torn.write(b"0123 {torn")
    set_aside(file, [second])
    assert read_rejected(file) == [first, second]
