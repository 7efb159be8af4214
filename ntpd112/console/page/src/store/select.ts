/** What the pages show of a room: pure questions to it. */

import type { Call, CommandName, Operator, Stage } from "../contract.ts"
import type { Room } from "./room.ts"

/** 90 % of the callers are to be answered within 15 s, 95 % within 20 s: NENA-STA-020.1-2020. */
export const SOON_S = 12
export const LATE_S = 15
export const VERY_LATE_S = 20

export type Urgency = "calm" | "soon" | "late" | "very_late"

const UNANSWERED: ReadonlySet<Stage> = new Set(["arriving", "greeting", "menu", "waiting", "ringing"])
const PROBABLE: Readonly<Record<Operator["activity"], number>> = { idle: 0, wrap_up: 1, ringing: 2, talking: 3 }

export function urgency(waitedS: number): Urgency {
  if (waitedS >= VERY_LATE_S) return "very_late"
  if (waitedS >= LATE_S) return "late"
  return waitedS >= SOON_S ? "soon" : "calm"
}

export function isUnanswered(call: Call): boolean {
  return UNANSWERED.has(call.state)
}

/** Callers whom no human has answered yet, next first: priority, then turn. */
export function queue(room: Room): Call[] {
  return [...room.calls.values()].filter(isUnanswered).sort(byTurn)
}

/** All calls: those without a human first, then the longest talks. */
export function allCalls(room: Room): Call[] {
  const answered = [...room.calls.values()].filter((call) => !isUnanswered(call))
  return [...queue(room), ...answered.sort((a, b) => a.arrived_at - b.arrived_at)]
}

export function byTurn(a: Call, b: Call): number {
  return a.priority - b.priority || a.turn - b.turn || a.arrived_at - b.arrived_at
}

export function ownCall(room: Room, operator: string | null): Call | null {
  const own = room.operators.get(operator ?? "")
  // A call that is only listened to is somebody else's.
  if (operator === null || (own && own.listening !== null)) return null
  const known = room.calls.get(own?.call_id ?? "")
  if (known) return known
  for (const call of room.calls.values()) {
    if (call.speaks_with.includes(operator) || call.ringing.includes(operator)) return call
  }
  return null
}

/** The call rings at this operator's phone, and is not answered there. */
export function ringsAt(call: Call, operator: string): boolean {
  return call.ringing.includes(operator) && !call.speaks_with.includes(operator)
}

/** Everybody else, those who can take a call first. */
export function colleagues(room: Room, operator: string | null): Operator[] {
  return operatorsOf(room)
    .filter((other) => other.operator !== operator)
    .sort((a, b) => reach(a) - reach(b) || a.operator.localeCompare(b.operator))
}

export function operatorsOf(room: Room): Operator[] {
  return [...room.operators.values()].sort((a, b) => a.operator.localeCompare(b.operator, undefined, { numeric: true }))
}

export function canBeRung(operator: Operator): boolean {
  return operator.presence === "available" && operator.phone === "free" && operator.activity === "idle"
}

/** Whoever takes calls now, or does as soon as the present one is over: available, and the phone is there. */
export function isOnDuty(operator: Operator): boolean {
  return operator.presence === "available" && operator.phone !== "unreachable"
}

function reach(operator: Operator): number {
  if (operator.presence === "logged_out") return 9
  if (operator.phone === "unreachable") return 8
  return PROBABLE[operator.activity] + (operator.presence === "on_break" ? 4 : 0)
}

/** What can be done with a call in this stage by whom it is connected to. */
export function commandsFor(stage: Stage): readonly CommandName[] {
  switch (stage) {
    case "talking":
      return ["hold", "mute", "blind", "warm"]
    case "on_hold":
      return ["hold", "blind", "warm"]
    case "consulting":
      return ["mute", "conference", "complete", "cancel"]
    case "conference":
      return ["mute", "complete", "cancel"]
    default:
      return []
  }
}

export function nameOf(room: Room, number: string): string {
  const name = room.operators.get(number)?.name
  if (name) return `${name} (${number})`
  return room.destinations.find((one) => one.destination === number)?.name ?? number
}

export function typeLabel(room: Room, type: string | null): string | null {
  if (type === null) return null
  return room.types.find((known) => known.type === type)?.label ?? type
}

/** Whether this operator is to be heard by somebody; `null`: the room as it is known is not yet as it was asked for. */
export function isHeard(own: Operator | null, wanted: string | null): boolean | null {
  if (own === null || own.activity !== "talking") return null
  if (own.listening !== null && wanted !== null && own.listens_to !== wanted) return null
  return own.listening !== "listen"
}
