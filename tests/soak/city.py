"""The city of the soak: the demo's, with more operators."""

from __future__ import annotations

from ntpd112.demo.instance import demo_city

_MORE = {"205": "Rina", "206": "Joko", "207": "Wati", "208": "Eko"}


def soak_city(network: str) -> str:
    """Write the city file."""
    rows = "".join(f'  "{number}": {{name: {name}, wrap_up_s: 3}}\n' for number, name in _MORE.items())
    return demo_city(network).replace("operators:\n", f"operators:\n{rows}", 1)
