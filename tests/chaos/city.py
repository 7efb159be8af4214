"""The city of the drills: a greeting and a menu long enough to break something in, and times to notes that last."""

from __future__ import annotations

from tests.stories.city import city_text

_GREETING = "Anda menghubungi nomor darurat satu satu dua. Tetap tenang, kami segera membantu Anda."
_MENU = "Tekan satu untuk kebakaran, dua untuk kejahatan, tiga untuk kecelakaan, empat untuk ambulans."


def drill_city(network: str) -> str:
    """Write the city file."""
    text = city_text(network, ring_s=12, outside_s=90).replace("wrap_up_s: 1}", "wrap_up_s: 30}")
    text = text.replace("digit_wait_s: 1\n", "digit_wait_s: 6\n").replace("ring_within_s: 6\n", "ring_within_s: 30\n")
    text = text.replace("queues:\n", "pauses: {decline_s: 2, unreachable_s: 2}\nqueues:\n", 1)
    text = text.replace("greeting: {id: Satu., en: One.}", f"greeting: {{id: {_quoted(_GREETING)}, en: One.}}")
    return text.replace("menu: {id: Satu., en: One.}", f"menu: {{id: {_quoted(_MENU)}, en: One.}}")


def _quoted(text: str) -> str:
    return f'"{text}"'
