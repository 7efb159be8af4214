"""A controller whose instance is on several machines: it serves only while the lease at Asterisk is its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from ntpd112.host.last_good import city_to_serve
from ntpd112.host.layout import Layout
from ntpd112.host.secrets import journal_key, load_secrets
from ntpd112.host.service_manager import ServiceManager
from ntpd112.pbx.contract import ReplacedError
from ntpd112.pbx.leaseholder import Leaseholder
from ntpd112.settings import Settings
from ntpd112.supervise.far import FarStandby, check_place
from ntpd112.supervise.pidlock import PidLock
from ntpd112.supervise.standby import Standby
from ntpd112.web.follow import Follower
from ntpd112.whereabouts import exchange_settings

log = structlog.get_logger(__name__)


async def serve_among_others(
    settings: Settings,
    lock: PidLock,
    manager: ServiceManager,
    started_by: int | None,
    on_turn: Callable[[], None],
) -> None:
    """Wait for the lock of this machine, unless it is ours (``started_by`` is None), then for the lease, and serve.

    ``on_turn``: told once it is our turn. Raises :class:`CityError` or :class:`HostError` when that is in vain.
    """
    from ntpd112.app import Controller  # noqa: PLC0415  half a second that only the controller needs

    check_place(settings)
    await asyncio.to_thread(city_to_serve, settings)  # who could not serve must not claim
    secrets = load_secrets(settings.state_dir)
    follower = Follower(Layout.of(settings).state / "journal", journal_key(secrets))
    async with Leaseholder(exchange_settings(settings, secrets), settings.journal_place) as lease:
        far = FarStandby(lease, follower, manager)
        if started_by is None:
            is_our_turn = await far.turn(lock)
        else:
            is_our_turn = await Standby(settings, lock, started_by, manager, far).turn()
        if not is_our_turn:
            return
        on_turn()
        try:
            async with asyncio.TaskGroup() as tasks:
                keeping = tasks.create_task(lease.keep(), name="lease")
                # The lease has to be renewed while a long journal is read.
                controller = await asyncio.to_thread(Controller, settings, secrets, manager, lease, far.now)
                await controller.run()
                keeping.cancel()
        except* ReplacedError as replaced:
            log.error("controller_replaced", reason=str(replaced.exceptions[0]), cure="none: it goes on as a standby")
        finally:
            # Whoever stands by here goes on at once; only without one, machines elsewhere are asked to.
            if not PidLock.of_standby(settings).owner():
                await lease.release()
