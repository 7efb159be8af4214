"""What a table of calls says in Indonesian. A word that is not here stays as the API says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

HEADING: Final[Mapping[str, str]] = {
    "call": "ID panggilan",
    "arrived": "Masuk",
    "number": "Nomor",
    "number_raw": "Nomor seperti dikirim",
    "caller_name": "Nama yang dikirim",
    "dialled": "Dituju",
    "trunk": "Saluran",
    "trunk_kind": "Jenis saluran",
    "type": "Jenis kejadian",
    "waited_s": "Menunggu (detik)",
    "duration_s": "Lama (detik)",
    "outcome": "Hasil",
    "operator": "Operator",
    "destination": "Tujuan luar",
    "class": "Penilaian",
    "disposition": "Tindak lanjut",
    "incident": "Kejadian",
    "notes": "Catatan sistem",
}
CELLS: Final[Mapping[str, Mapping[str, str]]] = {
    "trunk_kind": {"landline": "telepon tetap", "mobile": "seluler", "internal": "internal"},
    "outcome": {
        "answered": "Dijawab",
        "abandoned": "Penelepon tutup",
        "overflowed": "Dijawab di luar",
        "transferred": "Dialihkan",
        "failed": "Gagal",
    },
    "class": {"normal": "Darurat", "ghost": "Diam", "prank": "Iseng", "information": "Informasi"},
    "disposition": {
        "forwarded": "Diteruskan ke instansi",
        "resolved": "Selesai oleh operator",
        "known": "Sudah dilaporkan",
        "nothing": "Tanpa tindakan",
    },
}
"""Column -> word of the API -> Indonesian; the same as on the page."""
