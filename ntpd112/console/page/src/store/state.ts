/** What the pages watch. Everything that changes is a signal here; how it changes is in the pure modules. */

import { computed, signal } from "@preact/signals"
import type { LiveMessage, Session } from "../contract.ts"
import { better } from "./clock.ts"
import { applyMessage, emptyRoom } from "./room.ts"
import { allCalls, colleagues, isOnDuty, operatorsOf, ownCall, queue, ringsAt } from "./select.ts"

export const session = signal<Session | null | "unknown">("unknown")
/** The server ended the session, not the one who used it. */
export const ended = signal(false)
export const room = signal(emptyRoom)

/** The server's clock minus this machine's, in seconds. */
const offset = signal<number | null>(null)
const here = signal(Date.now() / 1000)

/** Now, by the server's clock; changes once a second. */
export const now = computed(() => here.value + (offset.value ?? 0))

export const ownExtension = computed(() => {
  const current = session.value
  return current && current !== "unknown" ? current.operator : null
})
/** Whoever is signed in takes calls all day; a supervisor's telephone is for other things, too. */
export const isOperator = computed(() => {
  const current = session.value
  return current !== null && current !== "unknown" && current.role === "operator"
})
/** A call rings at the own phone. */
export const rings = computed(() => {
  const extension = ownExtension.value
  return call.value !== null && extension !== null && ringsAt(call.value, extension)
})
export const self = computed(() => room.value.operators.get(ownExtension.value ?? "") ?? null)
export const call = computed(() => ownCall(room.value, ownExtension.value))
export const waiting = computed(() => queue(room.value))
export const calls = computed(() => allCalls(room.value))
export const others = computed(() => colleagues(room.value, ownExtension.value))
/** Nobody can be rung, now or soon: whoever calls waits. */
export const nobodyOnDuty = computed(() => room.value.known && !operators.value.some(isOnDuty))
export const operators = computed(() => operatorsOf(room.value))

export function told(message: LiveMessage): void {
  if (message.is === "snapshot") offset.value = null
  heardAt(message.now)
  room.value = applyMessage(room.value, message)
}

/** A message has come just now; `said`: the server's time when it was sent. */
export function heardAt(said: number): void {
  const at = Date.now() / 1000
  offset.value = better(offset.value, said, at)
  here.value = at
}

export function tick(): void {
  here.value = Date.now() / 1000
}

export function forget(): void {
  room.value = emptyRoom
}

export function begin(signedIn: Session): void {
  ended.value = false
  session.value = signedIn
}

export function end(byServer: boolean): void {
  ended.value = byServer
  session.value = null
}
