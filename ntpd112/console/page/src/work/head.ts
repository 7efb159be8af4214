/** Whose call it is that is worked on, and how its line stands: what stays to be read when the line is gone. */

import { effect, signal, untracked } from "@preact/signals"
import { endingOf } from "../api.ts"
import type { Call, PastCall, Side } from "../contract.ts"
import { call, now, rings, room } from "../store/state.ts"

const AGAIN_MS = 1000
const TRIES = 30

export interface Head {
  readonly call: string
  /** As the network sent it; empty: it sent none. */
  readonly number: string
  readonly arrivedAt: number
  readonly connectedAt: number | null
  readonly endedAt: number | null
  /** The line goes on, with somebody else or in the queue. */
  readonly elsewhere: boolean
  /** Whose end it was; `null`: it has not ended, or nobody knows yet. */
  readonly side: Side | null
}

export const head = signal<Head | null>(null)

export function headOfCall(of: Call): Head {
  return {
    call: of.call_id, number: of.ani, arrivedAt: of.arrived_at, connectedAt: of.connected_at, endedAt: null,
    elsewhere: false, side: null,
  }
}

export function headOfPast(of: PastCall): Head {
  return {
    call: of.call, number: of.number, arrivedAt: of.arrived_at, connectedAt: of.connected_at, endedAt: of.ended_at,
    elsewhere: false, side: of.side,
  }
}

/** Nobody meant the end: whoever was there is to be called back. */
export function wasCutOff(of: Head): boolean {
  return of.side === "network" || of.side === "us"
}

/** Keep the own call's head while it is there, and its ending when it is gone. */
export function followHead(): void {
  effect(() => {
    const current = call.value
    if (current !== null && !rings.value) {
      head.value = headOfCall(current)
      return
    }
    const { calls, known } = room.value
    untracked(() => {
      const before = head.value
      if (!known || before === null || before.endedAt !== null || before.call === current?.call_id) return
      const elsewhere = calls.has(before.call)
      head.value = { ...before, elsewhere, endedAt: elsewhere ? null : now.value }
      if (!elsewhere) void ask(before.call, TRIES)
    })
  })
}

async function ask(of: string, tries: number): Promise<void> {
  if (head.value?.call !== of || head.value.endedAt === null) return
  try {
    const ending = await endingOf(of)
    const current = head.value
    if (current?.call === of && current.endedAt !== null) {
      head.value = { ...current, endedAt: ending.ended_at, side: ending.side }
    }
  } catch {
    if (tries > 0) setTimeout(() => void ask(of, tries - 1), AGAIN_MS)
  }
}
