"""``make systemd``: the units on a real systemd (as root), from installation to end, with calls in progress.

Each line that is printed was found to be so; the first that is not ends the run with exit code 1.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable

from ntpd112.host.layout import Layout
from tests.exchange.desk import hears_an_operator
from tests.operation.people import two_callers
from tests.operation.room import Room
from tests.stories.city import city_text
from tests.systemd.machine import FOLDER, USER, WITHIN_S, Machine

NETWORK = "127.112.8"
ASTERISK, LIFEBOAT = "ntpd112-asterisk.service", "ntpd112-lifeboat.service"
EAR = "ntpd112-ear.service"
CONSOLE = "ntpd112-console.service"
CONTROLLERS = tuple(f"ntpd112-controller@{number}.service" for number in "12")
SERVICES = (ASTERISK, *CONTROLLERS, LIFEBOAT, EAR, CONSOLE)


def main() -> int:
    """Run it all."""
    address = {f"NTPD112_{what}_ADDRESS": f"{NETWORK}.1" for what in ("SIP", "MANAGE", "CONSOLE")}
    with Machine(address) as machine:
        try:
            _install(machine)
            asyncio.run(_serve(machine))
        except BaseException:
            sys.stderr.write(f"{machine.log()}\n")
            raise
    return 0


def _install(machine: Machine) -> None:
    city = machine.folder / "city.yaml"
    city.write_text(city_text(NETWORK), encoding="utf-8")
    machine.ntpd112("setup", user="root")
    machine.run("chown", "-R", f"{USER}:", str(FOLDER))
    machine.ntpd112("units", "--drain", "60", user="root")
    _found(f"`ntpd112 units` wrote them for the user {USER}, who can run everything they start")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "enable", "--now", "ntpd112.target")
    _wait(machine, lambda: _is_whole(machine), "not everything runs")
    for unit in SERVICES:
        _found(f"{unit}: {machine.show(unit, 'StatusText')}; {_exposure(machine, unit)}")
    for unit in CONTROLLERS:
        policy = machine.run("chrt", "--pid", machine.show(unit, "MainPID"))
        assert "SCHED_RR" in policy, policy
    _found("the controllers have the processor before media")


async def _serve(machine: Machine) -> None:
    room = Room(machine.folder, NETWORK)
    pid_file = Layout.of(room.settings).pid_file  # a pid of its own namespace
    asterisk = pid_file.read_text()
    async with two_callers(room) as both:
        before = await both.there()
        _found("one caller speaks with an operator, another one waits")

        for what, act in _ACTS.items():
            serving = _serving(machine)
            await asyncio.to_thread(act, machine, serving)
            await asyncio.to_thread(_wait, machine, lambda: _is_whole(machine), what)
            assert await both.there() == before, what
            await hears_an_operator(both.first)
            assert pid_file.read_text() == asterisk, what
            _found(f"{what}: same calls, same turns, same Asterisk")

        await asyncio.to_thread(machine.run, "systemctl", "stop", "ntpd112.target")
        await asyncio.to_thread(_wait, machine, lambda: _states(machine)[0] == "deactivating", "nothing stops")
        await both.leave_a_room_that_closes()
    _wait(machine, lambda: _states(machine) == ["inactive"] * len(SERVICES), "not everything has ended")
    assert machine.run("pgrep", "-u", USER, check=False) == ""
    found = {line.split("\t")[0]: line.split("\t")[5] for line in machine.ntpd112("calls").splitlines()}
    assert [found[call_id] for call_id, _ in before] == ["answered", "overflowed"]
    _found("systemctl stop: who spoke spoke on, who waited reached the operator, a new call got 503, nothing is left")


def _kill(machine: Machine, unit: str, number: str) -> None:
    restarts = machine.show(unit, "NRestarts")
    machine.run("systemctl", "kill", "--kill-whom=main", f"--signal={number}", unit)
    _wait(machine, lambda: machine.show(unit, "NRestarts") != restarts, f"{unit} was not started again")


def _reload(machine: Machine, _serving: str) -> None:
    city = machine.folder / "city.yaml"
    text = city.read_text(encoding="utf-8")
    city.write_text(text.replace('  "201":', '  "209": {name: Baru}\n  "201":', 1), encoding="utf-8")
    said = machine.ntpd112("reload")
    assert "209" in machine.ntpd112("operators"), said


def _standby(serving: str) -> str:
    return next(unit for unit in CONTROLLERS if unit != serving)


_ACTS = {
    "ntpd112 reload, with a new operator": _reload,
    "systemctl restart of the controller that serves": lambda on, serving: on.run("systemctl", "restart", serving),
    "systemctl restart of the standby": lambda on, serving: on.run("systemctl", "restart", _standby(serving)),
    "ntpd112 restart": lambda on, _: on.ntpd112("restart"),
    "the controller killed": lambda on, serving: _kill(on, serving, "KILL"),
    "the controller hung (SIGSTOP)": lambda on, serving: _kill(on, serving, "STOP"),
    "the standby hung, and ended by the watchdog": lambda on, serving: _kill(on, _standby(serving), "STOP"),
    "the console hung, and ended by the watchdog": lambda on, _: _kill(on, CONSOLE, "STOP"),
    "the lifeboat hung, and ended by the watchdog": lambda on, _: _kill(on, LIFEBOAT, "STOP"),
    "the ear hung, and ended by the watchdog": lambda on, _: _kill(on, EAR, "STOP"),
    "Asterisk's keeper killed": lambda on, _: _kill(on, ASTERISK, "KILL"),
    "Asterisk's keeper hung, and ended by the watchdog": lambda on, _: _kill(on, ASTERISK, "STOP"),
    "systemctl restart of the target": lambda on, _: on.run("systemctl", "restart", "ntpd112.target"),
}
"""What is done to the units while two callers are there; they must not notice."""


def _states(machine: Machine) -> list[str]:
    return machine.run("systemctl", "is-active", *SERVICES, check=False).split()


def _serving(machine: Machine) -> str:
    return next((unit for unit in CONTROLLERS if machine.show(unit, "StatusText") == "serves calls"), "")


def _is_whole(machine: Machine) -> bool:
    """Tell whether all services run, and one controller serves while the other one sees it."""
    told = sorted(machine.show(unit, "StatusText") for unit in CONTROLLERS)
    runs = set(_states(machine)) == {"active"}
    return runs and told[0] == "serves calls" and told[1].startswith("stands by, and")


def _exposure(machine: Machine, unit: str) -> str:
    return machine.run("systemd-analyze", "security", "--no-pager", unit).splitlines()[-1].rpartition(": ")[2]


def _wait(machine: Machine, fact: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not fact():
        assert time.monotonic() < deadline, f"{otherwise}: {_states(machine)}"
        time.sleep(0.2)


def _found(what: str) -> None:
    sys.stdout.write(f"  {what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
