"""`ntpd112 up`: it opens, keeps itself alive, and ends without leaving anything."""

from __future__ import annotations

import os
import signal
import stat
import time

from tests.operation.room import Room


def test_an_open_room_says_how_to_use_it(room: Room) -> None:
    said = room.said("is open")
    for needed in (f"{room.network}.1:5060", "201", "Sari", "*11 log in", "operators --passwords", "Ctrl-C"):
        assert needed in said
    assert max(map(len, said.splitlines())) <= 100 + len(str(room.folder))


def test_passwords_are_told_when_asked_for_and_lie_where_only_the_owner_reads(room: Room) -> None:
    secrets = room.folder / "secrets.json"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    quiet, told = room.ask("operators").stdout, room.ask("operators", "--passwords").stdout
    password = told.splitlines()[0].split("\t")[-1]
    assert password in secrets.read_text()
    assert password not in quiet
    assert password not in room.said("is open")


def test_a_second_start_in_the_same_folder_is_refused(room: Room) -> None:
    refused = room.command("up")
    assert refused.returncode == 3
    assert f"runs already in {room.folder} (pid {room.process.pid})" in refused.stderr
    assert "ntpd112 stop" in refused.stderr


def test_taken_ports_name_their_holder_and_the_settings_that_choose_others(room: Room) -> None:
    beside = Room(room.folder.parent / "beside", room.network)
    refused = beside.command("up")
    assert refused.returncode == 4
    assert f"{room.network}.1:5060/udp is taken by asterisk (pid " in refused.stderr
    assert "NTPD112_SIP_PORT=5070" in refused.stderr
    assert beside.pids() == []


def test_given_a_killed_controller_when_time_passes_then_another_serves_and_asterisk_was_not_touched(
    room: Room,
) -> None:
    asterisk, controller = room.asterisk(), room.controller()
    restarts = room.said("is open").count("serves calls again")
    os.kill(controller, signal.SIGKILL)
    room.said("serves calls again", restarts + 1)
    assert room.asterisk() == asterisk
    assert room.controller() not in {0, controller}
    assert "asterisk=up" in room.ask("status").stdout


def test_given_a_killed_asterisk_when_time_passes_then_it_runs_again(room: Room) -> None:
    asterisk = room.asterisk()
    restarts = room.said("is open").count("Asterisk runs again")
    os.kill(asterisk, signal.SIGKILL)
    room.said("Asterisk runs again", restarts + 1)
    assert room.asterisk() != asterisk
    deadline = time.monotonic() + 10
    while "asterisk=up" not in room.ask("status").stdout:
        assert time.monotonic() < deadline, room.ask("status").stdout


def test_ctrl_c_twice_leaves_no_process_and_the_next_start_makes_nothing_again_and_keeps_all(own_room: Room) -> None:
    own_room.up()
    made = {file: file.stat().st_mtime_ns for kind in ("sounds", "music") for file in own_room.made(kind)}
    assert made
    secrets = (own_room.folder / "secrets.json").read_text()
    own_room.process.send_signal(signal.SIGINT)
    assert own_room.interrupt() == 0
    assert own_room.pids() == []
    own_room.up()
    assert {file: file.stat().st_mtime_ns for file in made} == made
    assert (own_room.folder / "secrets.json").read_text() == secrets
    assert own_room.interrupt() == 0


def test_given_a_killed_supervisor_when_started_again_then_asterisk_is_adopted_and_stop_ends_all(
    own_room: Room,
) -> None:
    own_room.up()
    asterisk = own_room.asterisk()
    own_room.process.kill()
    own_room.process.wait()
    own_room.up()
    assert own_room.asterisk() == asterisk
    stopped = own_room.command("stop")
    assert (stopped.returncode, own_room.process.wait(10)) == (0, 0)
    assert own_room.pids() == []
    assert own_room.command("stop").returncode == 3


def test_a_closed_terminal_does_not_close_the_room(own_room: Room) -> None:
    own_room.up()
    own_room.process.send_signal(signal.SIGHUP)
    log = own_room.folder / "log" / "up.log"
    deadline = time.monotonic() + 5
    while not (log.is_file() and "goes on" in log.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert own_room.ask("status").exit_code == 0
    assert own_room.interrupt() == 0
