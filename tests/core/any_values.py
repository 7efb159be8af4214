"""What the events of :mod:`tests.core.any_room` may carry, and which of them change nothing when they come again."""

from __future__ import annotations

from hypothesis import strategies as st

from ntpd112.core import messages as m
from ntpd112.core import phone_events as p

CAUSES = st.sampled_from([0, 16, 17, 18, 19, 20, 21, 27, 34, 38, 44, 127])
STATUSES = st.sampled_from([0, 302, 403, 404, 408, 480, 486, 487, 503, 600, 603])
REASONS = st.sampled_from(["Q.850;cause=16", "Q.850;cause=38", 'X;text="RTP timeout"', ""])
STRATEGIES = st.sampled_from(["longest_idle", "round_robin", "fewest_calls", "ring_all"])
ANIS = st.sampled_from([None, "+62811", "+62812"])
TARGETS = st.sampled_from(["", "201", "202", "203", "damkar", "police", "0212345678", "nowhere"])
KEYS = ("*1202#", "*2203#", "*2113#", "*1110#", "*2110#", "*3", "*4", "*5", "*8", "*0", "*1#", "77", "1")
OF_CALLS = (m.CallArrived, m.CallAnswered, m.PlayEnded, m.RecordingStarted, m.CallEnded, m.CallGivenBack)
OF_LEGS = (m.LegRang, m.LegAnswered, m.LegEnded, m.VoiceChanged)
OF_PHONES = (p.PhonesListed, p.PhonesOutOfSight, p.PhoneLeft, p.LegForwarded, p.LegTransferAsked, p.LegHeld)
OF_THE_ROOM = (m.PhoneStateChanged, m.RoutingChanged, m.ServiceStopping, m.TimePassed)
HARMLESS_AGAIN = (*OF_CALLS, *OF_LEGS, *OF_PHONES, *OF_THE_ROOM)
