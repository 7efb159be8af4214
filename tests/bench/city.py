"""The city in which both sides are measured: one queue, many operators, no time for notes, nobody outside."""

from __future__ import annotations

from tests.stories.city import city_text

FIRST_OPERATOR = 2001
_LONG_S = 3600
GREETING = "Anda menghubungi nomor darurat satu satu dua. Tetap tenang, kami segera membantu Anda."
MENU = "Tekan satu untuk kebakaran, dua untuk kejahatan, tiga untuk kecelakaan, empat untuk ambulans."


def operators(number: int) -> list[str]:
    """Return the extensions of so many operators."""
    return [str(FIRST_OPERATOR + n) for n in range(number)]


def bench_city(network: str, number: int) -> str:
    """Write the city file: every operator can take every call, and no deadline falls into a run."""
    before, _, rest = city_text(network, ring_s=15, outside_s=_LONG_S).partition("operators:\n")
    _, _, after = rest.partition("language_skills:")
    people = "".join(f'  "{one}": {{name: Operator {one}, wrap_up_s: 0}}\n' for one in operators(number))
    text = f"{before}operators:\n{people}language_skills:{after}"
    changes = {
        "priority: 0": "priority: 1",
        "priority: 2": "priority: 1",
        ", skills: [fire]": "",
        ", skills: [medical]": "",
        "digit_wait_s: 1\n": "digit_wait_s: 4\n",
        "ring_within_s: 6\n": "ring_within_s: 30\n",
        "comfort_every_s: 5": "comfort_every_s: 0\n    max_waiting: 100000",
        "after_s: 6,": f"after_s: {_LONG_S - 2},",
        "after_s: 8,": f"after_s: {_LONG_S - 1},",
        f"      - {{after_s: {_LONG_S}, to: neighbour}}\n      - {{after_s: 40, to: supervisor}}\n": "",
        "language_skills: {en: english}\n": "",
        "greeting: {id: Satu.,": f'greeting: {{id: "{GREETING}",',
        "menu: {id: Satu.,": f'menu: {{id: "{MENU}",',
    }
    for old, new in changes.items():
        text = text.replace(old, new)
    return text
