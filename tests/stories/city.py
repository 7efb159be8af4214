"""The small city in which the stories happen: short prompts, short waits, three operators."""

from __future__ import annotations

from ntpd112.config.load import CityFile, read_city

_CALLER_PROMPTS = (
    "greeting",
    "menu",
    "wrong_key",
    "connecting",
    "wait",
    "still_waiting",
    "fallback",
    "no_operator_yet",
)
_OPERATOR_PROMPTS = (
    "logged_in",
    "logged_out",
    "ready",
    "on_break",
    "code_unknown",
    "not_logged_in",
    "taken",
    "caller_gone",
    "confirm",
)

TEXT = """
city: Kota Cerita
timezone: Asia/Jakarta
area_code: "21"
numbers:
  - {number: "112", name: "112"}
  - {number: "021 1500293", name: "Nomor lama"}
  - {number: "0811 1500293", name: "Nomor lama seluler"}
trunks:
  landline: {kind: landline, addresses: [NETWORK.11], gateway: "NETWORK.11:5060"}
  mobile: {kind: mobile, addresses: [NETWORK.12], gateway: "NETWORK.12:5060"}
types:
  fire: {label: {id: Kebakaran, en: Fire}, priority: 1, skills: [fire]}
  crime: {label: {id: Kejahatan, en: Crime}, priority: 2}
  accident: {label: {id: Kecelakaan, en: Accident}, priority: 2}
  ambulance: {label: {id: Ambulans, en: Ambulance}, priority: 2}
  medical: {label: {id: Medis, en: Medical}, priority: 0, skills: [medical]}
menu:
  digit_wait_s: 1
  ring_within_s: 6
queues:
  main:
    ring_s: RING_S
    skill_wait_s: 1
    comfort_every_s: 5
    overflow:
      - {after_s: 6, to: any_operator}
      - {after_s: 8, to: ring_all}
      - {after_s: OUTSIDE_S, to: neighbour}
      - {after_s: 40, to: supervisor}
    overflow_ring_s: 2
    overflow_retry_s: 5
operators:
  "201": {name: Sari, skills: [fire], wrap_up_s: 1}
  "202": {name: Budi, skills: [medical, english], wrap_up_s: 1}
  "203": {name: Dewi, wrap_up_s: 1}
language_skills: {en: english}
confirm_s: 5
self_call: {every_s: SELF_CALL_S}
destinations:
  damkar: {name: Damkar, number: "113", trunk: landline, confirm: none}
  polisi: {name: Polisi, number: "110", trunk: landline}
  neighbour: {name: Kota tetangga, number: "0211120002", trunk: landline, confirm: none}
  supervisor: {name: Pengawas, number: "08101120003", trunk: mobile}
prompts:
"""


def city_text(network: str = "127.0.0", ring_s: int = 3, outside_s: int = 20, self_call_s: int = 0) -> str:
    """Write the city file for a network of loopback addresses."""
    prompts = "".join(f"  {name}: {{id: Satu., en: One.}}\n" for name in _CALLER_PROMPTS + _OPERATOR_PROMPTS)
    text = TEXT.replace("NETWORK", network).replace("RING_S", str(ring_s)).replace("OUTSIDE_S", str(outside_s))
    text = text.replace("SELF_CALL_S", str(self_call_s))
    return text + prompts


def city_file(ring_s: int = 3, outside_s: int = 20) -> CityFile:
    """Read the city as the controller would."""
    return read_city(city_text(ring_s=ring_s, outside_s=outside_s))
