"""Pure decisions of the emergency room: no asyncio, clock, randomness, logging or I/O.

Rules of this package:

1. Time and ids are arguments: ``now`` comes in with every event, ``next_deadline()`` goes out.
2. It is total: any event in any state, twice, late or unknown, is legal and leaves every call safe.
3. It speaks of calls, legs, operators and turns; channels and bridges exist only in ``ntpd112.pbx``.
"""
