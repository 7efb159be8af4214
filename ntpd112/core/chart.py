"""The state chart of a call, drawn from the table in :mod:`ntpd112.core.call` for the README.

``python -m ntpd112.core.chart`` prints it as a Mermaid state diagram.
"""

from __future__ import annotations

import sys

from ntpd112.core.call import ALWAYS, TRANSITIONS, State, Trigger


def state_chart() -> str:
    """Return the chart in Mermaid's language.

    Moves that are possible wherever a call is (its end, and being given back) are drawn once, from a frame around
    the states they leave from.
    """
    inside = [state for state, row in TRANSITIONS.items() if ALWAYS.items() <= row.items()]
    first, *_ = TRANSITIONS
    lines = ["stateDiagram-v2", f"    [*] --> {first}", "    state call {"]
    lines += [f"        {line}" for state in inside for line in _moves(state, _own(state))]
    lines += ["    }"]
    lines += [f"    {line}" for line in _moves("call", ALWAYS)]
    outside = [state for state in TRANSITIONS if state not in inside]
    lines += [f"    {line}" for state in outside for line in _moves(state, TRANSITIONS[state])]
    lines += [f"    {state} --> [*]" for state in outside if not TRANSITIONS[state]]
    return "\n".join(lines) + "\n"


def _own(state: State) -> dict[Trigger, State]:
    return {trigger: target for trigger, target in TRANSITIONS[state].items() if trigger not in ALWAYS}


def _moves(source: str, row: dict[Trigger, State]) -> list[str]:
    """Draw the moves of one state, those with the same target as one arrow."""
    triggers: dict[State, list[Trigger]] = {}
    for trigger, target in row.items():
        triggers.setdefault(target, []).append(trigger)
    return [f"{source} --> {target}: {', '.join(names)}" for target, names in triggers.items()]


def main() -> None:
    """Print the chart."""
    sys.stdout.write(state_chart())


if __name__ == "__main__":
    main()
