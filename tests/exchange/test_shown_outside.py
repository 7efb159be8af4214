"""What numbers outside are shown: the caller's number, the centre's own, or nothing when the caller withholds it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ntpd112.host.secrets import ensure_secrets, set_trunk_password
from ntpd112.simulate import Answer, Identity
from tests.exchange.desk import NETWORK, Desk, desk
from tests.exchange.gateway import Gateway, Request, gateway
from tests.stories.city import city_text
from tests.stories.exchange_world import HARMLESS, exchange_world
from tests.stories.world import PATIENCE_S

NUMBER = "0215550888"
_IN_E164 = "215550888"
_WITHHOLDS = {
    "Privacy and an anonymous From": Identity(asserted=NUMBER, privacy=True),
    "Privacy beside a real From": Identity(ani=NUMBER, headers=["Privacy: id"]),
    "an anonymous From without Privacy": Identity(ani="anonymous", asserted=NUMBER),
    "several kinds of Privacy": Identity(ani=NUMBER, asserted=NUMBER, headers=["Privacy: user;id;critical"]),
}
_SHOWS = {
    "no Privacy": Identity(ani=NUMBER, asserted=NUMBER),
    "Privacy: none": Identity(ani=NUMBER, asserted=NUMBER, headers=["Privacy: none"]),
    "a name alone": Identity(ani=NUMBER, name="Anonymous"),
}


async def _rung(world: Desk, identity: Identity, agency: Gateway, mobile: Gateway) -> tuple[Request, Request]:
    """Let a citizen overflow to the agency and then to the mobile; return the two INVITEs."""
    before = len(mobile.invites)
    caller = await world.citizen(identity=identity)
    invite = await mobile.invited(before + 1)
    await world.hang_up(caller)
    await world.is_over(caller)
    return agency.invites[-1], invite


async def test_a_withheld_number_stays_hidden_from_mobiles_and_reaches_agencies(tmp_path: Path) -> None:
    async with (
        desk(tmp_path, broadcast_claim_ms=5000) as world,
        gateway(f"{NETWORK}.11", 486) as agency,
        gateway(f"{NETWORK}.12", 180) as mobile,
    ):
        for how, identity in _WITHHOLDS.items():
            shown, hidden = await _rung(world, identity, agency, mobile)
            assert _IN_E164 in shown.get("From"), how
            assert _IN_E164 in shown.get("P-Asserted-Identity"), how
            assert _IN_E164 not in hidden.raw, how
            assert "<sip:anonymous@anonymous.invalid>" in hidden.get("From"), how
            assert hidden.all("Privacy") == ["id"], how
            assert "@" not in hidden.get("P-Asserted-Identity"), how
        for how, identity in _SHOWS.items():
            shown, also = await _rung(world, identity, agency, mobile)
            assert _IN_E164 in shown.get("From"), how
            assert _IN_E164 in also.get("From"), how
            assert also.all("Privacy") == [], how


def _city(outward: str) -> str:
    text = city_text(NETWORK)
    return text.replace('gateway: "' + NETWORK + '.11:5060"}', f'gateway: "{NETWORK}.11:5060", outward: {outward}}}')


async def test_a_trunk_with_a_user_name_answers_who_asks_for_its_password(tmp_path: Path) -> None:
    def asks(request: Request) -> tuple[int, ...]:
        if request.is_signed_by("centre112", "s3cret;word"):
            return (180,)
        return (407,) if len(seen.invites) % 2 else (401,)

    (tmp_path / "state").mkdir()
    ensure_secrets(tmp_path / "state", ())
    set_trunk_password(tmp_path / "state", "landline", "s3cret;word")
    async with (
        gateway(f"{NETWORK}.11", asks) as seen,
        desk(tmp_path, broadcast_claim_ms=5000, city=_city("{username: centre112}")) as world,
    ):
        for number in (1, 2):
            caller = await world.citizen()
            await world.until(lambda: any(leg.rang_at is not None for leg in world.room.legs.values()))
            await world.hang_up(caller)
            await world.is_over(caller)
            assert len(seen.invites) == 2 * number
        assert "destination_refused" not in world.alarms()


async def test_a_trunk_registers_after_a_reload_and_a_lost_registration_is_alarmed(tmp_path: Path) -> None:
    good = True

    def registrar(request: Request) -> tuple[int, ...]:
        if not request.is_signed_by("centre112", "secret"):
            return (401,)
        return (200,) if good else (403,)

    outward = "{username: centre112, registers: true, domain: ims.example, own_number: '02155112'}"
    async with gateway(f"{NETWORK}.11", registrar) as seen, exchange_world(tmp_path, NETWORK) as world:
        world.harmless = (*HARMLESS, "outbound_registration", "was rejected")
        controller, settings = world.controller, world.instance.settings
        assert controller is not None
        set_trunk_password(settings.state_dir, "landline", "secret")
        settings.city_file.write_text(_city(outward), encoding="utf-8")
        assert await controller.reload() == []
        _, signed = await seen.got("REGISTER", 2)
        assert "sip:centre112@ims.example" in signed.get("From")
        assert signed.get("Contact").startswith(f"<sip:02155112@{NETWORK}.1")
        good = False
        await world.instance.asterisk.rx("pjsip send register landline-outward")
        async with asyncio.timeout(PATIENCE_S):
            while "registration_lost" not in {alarm.kind for alarm in controller._kept_alarms()}:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def test_a_trunk_may_show_its_own_number_and_say_that_it_diverted_the_call(tmp_path: Path) -> None:
    outward = "{own_number: '021-55112', show: own, send_diversion: true, domain: ims.example}"
    async with (
        desk(tmp_path, broadcast_claim_ms=5000, city=_city(outward)) as world,
        gateway(f"{NETWORK}.11", 180) as seen,
    ):
        caller = await world.citizen(ani=NUMBER)
        invite = await seen.invited()
        await world.hang_up(caller)
        assert "<sip:02155112@ims.example>" in invite.get("From")
        assert "sip:02155112@" in invite.get("P-Asserted-Identity")
        assert invite.get("Diversion") == "<sip:02155112@ims.example>;reason=unconditional;counter=1"
        assert _IN_E164 not in invite.raw
        assert invite.get("Contact").startswith(f"<sip:02155112@{NETWORK}.1")


async def test_without_a_controller_numbers_outside_are_shown_the_same(tmp_path: Path) -> None:
    city = city_text(NETWORK).replace(
        "trunks:\n  landline: {", "trunks:\n  landline: {outward: {own_number: '02155112', send_diversion: true}, "
    )
    async with (
        desk(tmp_path, start=False, city=city) as world,
        gateway(f"{NETWORK}.11", 486) as agency,
        gateway(f"{NETWORK}.12", 486) as mobile,
    ):
        for number, how in enumerate(("Privacy and an anonymous From", "Privacy beside a real From"), start=1):
            caller = await world.dials(identity=_WITHHOLDS[how])
            shown, hidden = await agency.invited(number, 90), await mobile.invited(number, 90)
            caller.hang_up()
            await world.instance.empty()
            assert _IN_E164 in shown.get("From"), how
            assert shown.get("Diversion") == f"<sip:02155112@{NETWORK}.11>;reason=unconditional;counter=1"
            assert _IN_E164 not in hidden.raw, how
            assert hidden.get("From").startswith('"Anonymous" <sip:anonymous@'), how
            assert hidden.all("Privacy") == ["id"], how
            assert shown.get("X-NTPD-Path") == hidden.get("X-NTPD-Path") != "", how


async def test_an_operator_who_asks_a_mobile_for_a_withheld_caller_tells_it_no_number(tmp_path: Path) -> None:
    async with desk(tmp_path, broadcast_claim_ms=5000) as world, gateway(f"{NETWORK}.12", 180) as mobile:
        await world.speaking_operator("201", Answer(0.1))
        for number, how in enumerate(("*2", "*1"), start=1):
            caller = await world.citizen(identity=_WITHHOLDS["Privacy and an anonymous From"])
            await world.joined(caller, "201")
            await world.operator_presses("201", f"{how}08101120003#")
            invite = await mobile.invited(number)
            assert _IN_E164 not in invite.raw
            assert "<sip:anonymous@anonymous.invalid>" in invite.get("From")
            assert invite.get("X-NTPD-Path").endswith(caller.call_id)
            await world.hang_up(caller)
            await world.is_over(caller)
