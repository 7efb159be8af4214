"""The controller's composition root: every part is made here, and they live and die in one task group.

A part that fails for good ends the process; the supervisor starts it again. A stop that was asked for first lets go of
the callers, unless another machine's controller goes on with them, then writes what is left. To hand over is to end and
to let go of nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import structlog

from ntpd112.asterisk_age import watch_age
from ntpd112.clock import Clock, ClockWatch
from ntpd112.config.arrival import arrived
from ntpd112.config.media import is_of_trunk
from ntpd112.config.problem import CityError
from ntpd112.core import messages as m
from ntpd112.core.clock_step import ClockStepped
from ntpd112.core.snapshot import take
from ntpd112.core.switchboard import Switchboard
from ntpd112.engine import Engine
from ntpd112.firewall_watch import watch_rules
from ntpd112.host.disks import DiskWatch
from ntpd112.host.errors import HostError
from ntpd112.host.last_good import city_to_serve, keep
from ntpd112.host.layout import Layout
from ntpd112.host.secrets import Secrets, journal_key, load_secrets
from ntpd112.host.service_manager import ServiceManager
from ntpd112.host.troubles import told
from ntpd112.inherited import inherit
from ntpd112.journal import Journal
from ntpd112.journal_sync import JournalSync
from ntpd112.ledgers import SecondLedger, alarms_of
from ntpd112.overheard import Overheard
from ntpd112.overload import LoadWatch
from ntpd112.pbx.ami.errors import AmiError
from ntpd112.pbx.ari.errors import AriError
from ntpd112.pbx.citizen import Citizen
from ntpd112.pbx.contract import Arrival, ExchangeSettings, ReplacedError
from ntpd112.pbx.exchange import Exchange
from ntpd112.pbx.gate import always_open
from ntpd112.pbx.leaseholder import Leaseholder
from ntpd112.pbx.line_ends import LineEnds
from ntpd112.reloading import read_again
from ntpd112.selfcall import SelfCalls
from ntpd112.settings import Settings
from ntpd112.siptrace.receiver import Receiver
from ntpd112.store.engine import open_database
from ntpd112.store.migrate import until_migrated
from ntpd112.store.queries import Records
from ntpd112.store.transaction import close_database
from ntpd112.store.trouble import TROUBLE
from ntpd112.store.writer import RecordWriter
from ntpd112.web.control import Alarm, ControlSocket, Health
from ntpd112.web.offer import JournalOffer
from ntpd112.whereabouts import exchange_settings

log = structlog.get_logger(__name__)

_LET_GO_S = 3.0
_DRAIN_S = 10.0
_ALARMS_KEPT = 100
_LEDGERS_EVERY_S = 10.0


class _Stop(Exception):  # noqa: N818  no error: it ends the task group when a stop was asked for
    pass


class Controller:
    """One controller of one instance."""

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets | None = None,
        manager: ServiceManager | None = None,
        lease: Leaseholder | None = None,
        now: Callable[[], float | None] = lambda: None,
    ) -> None:
        """Raises :class:`CityError` or :class:`HostError` when the instance cannot be served.

        ``lease``: held against controllers on other machines; whoever gave it renews it. ``now``: the time of day by
        the clock of the one who served before, if it was on another machine.
        """
        self._settings = settings
        self._manager = manager or ServiceManager({})
        self._secrets = secrets or load_secrets(settings.state_dir)
        self._lease = lease
        self._layout = Layout.of(settings)
        self._at_asterisk = Layout.at_asterisk(settings)
        self._alarms: deque[Alarm] = deque(maxlen=_ALARMS_KEPT)
        self._clock = Clock()
        self._city, trouble = city_to_serve(settings)
        for text in dict.fromkeys((*told(self._layout), *([trouble] if trouble else []))):
            self._alarm("opened_with_trouble", "; ".join(text.splitlines()))
        inherited = inherit(self._journals, now)
        self._left, self._clock = inherited.left, inherited.clock
        for kind, text in inherited.alarms:
            self._alarm(kind, text)
        self._offered: JournalOffer | None = None
        self._stopping = asyncio.Event()
        self._hands_over = False
        self._second_ledger = SecondLedger(self._layout)
        self.migrated = asyncio.Event()
        """The database is of this version."""
        citizen = Citizen(self._exchange_settings())
        self.self_calls = SelfCalls(citizen, lambda: self._city, self._clock, self._alarm)
        ends = LineEnds(self._submit, lambda: self._ear.is_alive, lambda: self._ear.is_expected)
        self._overheard = Overheard(lambda: self._city, self._submit, self._alarm, ends)
        self._ear = Receiver(settings.ear_socket, self._overheard.hear, ends.ear_began)
        self.exchange = Exchange(
            self._exchange_settings(),
            self._submit,
            self._arrive,
            self._sound,
            self._clock,
            self._alarm,
            self._second_ledger.fell_back,
            citizen,
            self._location_headers,
            ends,
        )

    def stop(self) -> None:
        """Ask for a stop; :meth:`run` returns when it is done."""
        self._stopping.set()

    def hand_over(self) -> None:
        """Ask for an end that leaves every call to the next controller."""
        self._hands_over = True
        self._stopping.set()

    async def run(self) -> None:
        """Serve calls until :meth:`stop` or a signal asks for the end."""
        self._database = database = open_database(self._settings.database)
        self._writer = RecordWriter(database, self._layout.state / "spill", self._alarm)
        left = self._left
        board = left.board if left is not None else Switchboard(self._city.plan)
        start = take(board.room) if left is not None else self._city.plan
        try:
            with Journal(self._journals, self._clock(), start, self._journal_failed) as journal:
                self.engine = self._make_engine(board, journal)
                self.engine.submit(m.RoutingChanged(self._city.plan))
                for fact in left.facts if left is not None else ():
                    self._put(fact)
                if self._lease is not None:
                    await self._lease.serves()
                async with self._signals():
                    await self._serve(journal)
        finally:
            await close_database(database)

    def _make_engine(self, board: Switchboard, journal: Journal) -> Engine:
        may_decide = self._lease.may_act if self._lease is not None else lambda: True
        engine = Engine(board, journal, self._clock, self._perform, may_decide, self._clock.step)
        if self._lease is not None:
            self._lease.on_opened = engine.wake
        return engine

    async def _serve(self, journal: Journal) -> None:
        control = ControlSocket(
            self._settings.control_socket,
            self.engine,
            journal,
            self._clock,
            self._health,
            self._kept_alarms,
            self.reload,
        )
        here = self._settings.asterisk_is_here
        folders = (self._layout.state, self._layout.recordings) if here else (self._layout.state,)
        if not here:
            log.info("asterisk_elsewhere", reason="its ledger and its disks are looked after where it runs")
        disks = DiskWatch(folders, self._settings.disk_alarm_mb, self._alarm)
        calls = self.engine.switchboard.room.calls
        load = LoadWatch(self._settings.most_calls, lambda: len(calls), self.exchange.sip_backlog, self._alarm)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._writer.run(), name="writer")
                tasks.create_task(self._prepare_database(), name="migration")
                tasks.create_task(
                    ClockWatch(self._clock, lambda by_s: self.engine.submit(ClockStepped(by_s)), self._alarm).run(),
                    name="clock",
                )
                tasks.create_task(JournalSync(journal, self._journal_failed).run(), name="journal to disk")
                tasks.create_task(self.engine.run(), name="engine")
                tasks.create_task(self.exchange.run(self.engine.switchboard.room), name="exchange")
                tasks.create_task(control.run(), name="control")
                tasks.create_task(self._keep_ledgers_equal(), name="second ledger")
                tasks.create_task(self._tell_manager(), name="service manager")
                tasks.create_task(disks.run(), name="disks")
                tasks.create_task(load.run(), name="load")
                tasks.create_task(watch_age(self._settings, self._alarm), name="age of Asterisk")
                rules = watch_rules(self._settings, lambda: self._city.city, self._alarm)
                tasks.create_task(rules, name="rules of the firewall")
                tasks.create_task(self._ear.run(), name="ear")
                if self._lease is not None:
                    self._offered = self._offer(journal, self._lease)
                    tasks.create_task(self._offered.run(), name="journal offer")
                calling = tasks.create_task(self.self_calls.run(self.exchange.ready), name="self-calls")
                log.info("controller_started", pid=os.getpid(), city=self._city.city.city, plan=self._city.digest)
                await self._stopping.wait()
                calling.cancel()
                if self._offered is not None and self._offered.followers:
                    self._hands_over = True  # to another machine's, which goes on with every call
                self._manager.stopping("hands over" if self._hands_over else "lets go of its callers")
                if not self._hands_over:
                    if self.engine.is_resumed:
                        await self._let_go()
                    await self._drain()
                raise _Stop
        except* _Stop:
            log.info("controller_stopped")
        except* ReplacedError as replaced:
            cure = "start only one" if self._lease is None else "none: it goes on as a standby"
            log.error("controller_replaced", reason=str(replaced.exceptions[0]), cure=cure)

    def _offer(self, journal: Journal, lease: Leaseholder) -> JournalOffer:
        settings = self._settings
        place = (str(settings.journal_address), settings.journal_port)
        return JournalOffer(*place, journal_key(self._secrets), lease.process, journal, self._clock, self._alarm)

    async def _tell_manager(self) -> None:
        # Started is started: without Asterisk there is nothing to serve, and nothing that a restart would mend.
        self._manager.ready("looks for Asterisk")
        await self.exchange.ready.wait()
        self._manager.ready("serves calls")

    async def _let_go(self) -> None:
        """Send waiting callers to the fallback, leave talking ones alone."""
        self.exchange.serving = False
        self.engine.submit(m.ServiceStopping())
        changed = asyncio.Event()
        self.engine.watchers.add(changed.set)
        try:
            async with asyncio.timeout(_LET_GO_S):
                await changed.wait()
                while self.engine.switchboard.room.all_calls():
                    changed.clear()
                    await changed.wait()
                await self.exchange.settled()
        except TimeoutError:
            log.error("calls_not_let_go", calls=len(self.engine.switchboard.room.all_calls()))

    async def _drain(self) -> None:
        left = await self._writer.drain(_DRAIN_S)
        if left:
            log.warning("records_left_in_spill", facts=left)

    @asynccontextmanager
    async def _signals(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up_signal)
        loop.add_signal_handler(signal.SIGUSR1, self.hand_over)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
                loop.remove_signal_handler(number)

    def _hang_up_signal(self) -> None:
        """A closed terminal is no reason to stop."""

    async def _prepare_database(self) -> None:
        await until_migrated(self._settings.database, self._alarm)
        self.migrated.set()

    async def _keep_ledgers_equal(self) -> None:
        """Write the calls that were served while no controller was there into the records."""
        await self.migrated.wait()
        await self.exchange.ready.wait()
        records = Records(self._database)
        gate = self._lease.gate if self._lease is not None else always_open
        while True:
            await asyncio.sleep(_LEDGERS_EVERY_S)
            if not await gate():
                return
            seen = self.engine.switchboard.seen()
            try:
                found = await self._second_ledger.unknown(self._city, seen, records)
                alive = await self.exchange.alive() if found else set()
                completed = await self._second_ledger.complete(self._city, records, self._database)
            except (OSError, AriError, *TROUBLE) as error:
                log.warning("second_ledger_not_read", reason=str(error))
                continue
            for call_id in completed:
                log.info("call_completed", call=call_id, reason="the dialplan's own queue served it")
            found = [record for record in found if record.call_id not in alive]
            for kind, text in alarms_of(found):
                self._alarm(kind, text)
            for record in found:
                log.warning("call_imported", call=record.call_id, outcome=record.outcome, operator=record.operator)
                self._writer.put(record)

    # between the parts

    def _submit(self, event: m.Event) -> None:
        self.engine.submit(event)

    def _perform(self, action: m.Action) -> None:
        match action:
            case m.SaveCall(record=record):
                log.info("call_ended", call=record.call_id, outcome=record.outcome, stage=record.stage)
                self.exchange.release(record.call_id)
                if record.trunk_kind == "selftest":
                    self.self_calls.recorded(record)
                self._put(action)
            case m.SaveIncident():
                self._put(action)
            case m.RaiseAlarm(kind=kind, text=text, call_id=call_id, operator=operator):
                self._alarm(kind, text, call_id, operator)
            case _:
                self.exchange.perform(action)

    def _put(self, fact: m.SaveCall | m.SaveIncident) -> None:
        self._writer.put(fact.record if isinstance(fact, m.SaveCall) else fact.fact)

    @property
    def _journals(self) -> Path:
        return self._layout.state / "journal"

    def _arrive(self, call: Arrival) -> m.CallArrived:
        event = arrived(self._city.city, call)
        log.info("call_arrived", call=call.call_id, trunk=call.trunk, ddi=event.ddi, ani_kind=event.ani_kind)
        return event

    def _location_headers(self, trunk: str) -> tuple[str, ...]:
        line = self._city.city.trunks.get(trunk)
        return line.location_headers if line is not None else ()

    def _sound(self, prompt: str, language: str) -> str:
        return str(self._at_asterisk.sounds / (language or self._city.plan.language) / prompt)

    def _alarm(self, kind: str, text: str, call_id: str = "", operator: str = "") -> None:
        log.warning("alarm", kind=kind, reason=text, call=call_id, operator=operator)
        self._alarms.append(Alarm(self._clock(), kind, text, call_id, operator))

    def _journal_failed(self, why: str) -> None:
        self._alarm("journal", why)

    def _kept_alarms(self) -> tuple[Alarm, ...]:
        return tuple(self._alarms)

    def _health(self) -> Health:
        status = self._writer.status
        return Health(
            ari=self.exchange.ari_is_up,
            ami=self.exchange.ami_is_up,
            database=not status.database_is_down,
            spilled=status.spilled,
            lost=status.lost,
            in_hand=sum(self.exchange.remembered()) if self.exchange.ready.is_set() else 0,
            pid=os.getpid(),
            self_call=self.self_calls.latest,
            followers=self._offered.followers if self._offered is not None else None,
            ear=self._overheard.health(self._ear.last, alive=self._ear.is_alive),
        )

    async def reload(self) -> list[str]:
        """Read the city file again; a bad one leaves the running one in force. Returns what is wrong with it."""
        try:
            city = await read_again(self._settings, self.exchange.ami)
        except CityError as error:
            return str(error).splitlines()
        except HostError as error:
            return [str(error)]
        except AmiError as error:
            return [f"Asterisk does not have all of it yet ({error}); restart it when it holds no call"]
        self._city = city
        with contextlib.suppress(OSError):
            await asyncio.to_thread(keep, self._settings, with_etc=self._settings.asterisk_is_here)
        self.engine.submit(m.RoutingChanged(city.plan))
        self.self_calls.routing_changed()
        log.info("routing_reloaded", plan=city.digest)
        return []

    def _exchange_settings(self) -> ExchangeSettings:
        gate = self._lease.gate if self._lease is not None else always_open
        own = exchange_settings(self._settings, self._secrets, gate)
        return replace(own, is_of_trunk=lambda trunk, address: is_of_trunk(self._city.city, trunk, address))
