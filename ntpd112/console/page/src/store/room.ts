/** The room as the server tells it: pure functions from one room to the next. */

import type { Alarm, Call, Changed, Destination, EmergencyType, LiveMessage, Operator, Serving, Snapshot, Texts } from "../contract.ts"

export interface Room {
  readonly known: boolean
  /** A controller serves; otherwise callers are served by the dialplan. */
  readonly serves: boolean
  readonly city: string
  /** To choose from; none: they are written as people like. */
  readonly districts: readonly string[]
  /** Trunk -> where it comes from. */
  readonly areas: Texts
  readonly types: readonly EmergencyType[]
  readonly breaks: readonly string[]
  /** Agencies and numbers outside, by the names that the city gave them. */
  readonly destinations: readonly Destination[]
  readonly calls: ReadonlyMap<string, Call>
  readonly operators: ReadonlyMap<string, Operator>
  /** The controller tells of its alarms just now. */
  readonly alarmsKnown: boolean
  /** What nobody has seen to first, then by severity. */
  readonly alarms: readonly Alarm[]
}

export const emptyRoom: Room = {
  known: false,
  serves: true,
  city: "",
  districts: [],
  areas: {},
  types: [],
  breaks: [],
  destinations: [],
  calls: new Map(),
  operators: new Map(),
  alarmsKnown: true,
  alarms: [],
}

export function applyMessage(room: Room, message: LiveMessage): Room {
  switch (message.is) {
    case "snapshot":
      return applySnapshot(message)
    case "changed":
      return applyChange(room, message)
    case "alarms":
      return { ...room, alarmsKnown: message.known, alarms: message.alarms }
    case "serving":
      return applyServing(room, message)
  }
}

export function applySnapshot(snapshot: Snapshot): Room {
  return {
    known: true,
    serves: snapshot.serves,
    city: snapshot.city,
    districts: snapshot.districts,
    areas: snapshot.areas,
    types: snapshot.types,
    breaks: snapshot.breaks,
    destinations: snapshot.destinations,
    calls: new Map(snapshot.calls.filter(live).map((call) => [call.call_id, call])),
    operators: new Map(snapshot.operators.map((operator) => [operator.operator, operator])),
    alarmsKnown: snapshot.alarms_known,
    alarms: snapshot.alarms,
  }
}

export function applyChange(room: Room, change: Changed): Room {
  const calls = new Map(room.calls)
  for (const call of change.calls) {
    if (live(call)) calls.set(call.call_id, call)
    else calls.delete(call.call_id)
  }
  for (const callId of change.gone) calls.delete(callId)
  const operators = new Map(room.operators)
  for (const operator of change.operators) operators.set(operator.operator, operator)
  for (const operator of change.left) operators.delete(operator)
  return { ...room, calls, operators }
}

export function applyServing(room: Room, message: Serving): Room {
  return { ...room, serves: message.serves }
}

function live(call: Call): boolean {
  return call.state !== "ended"
}
