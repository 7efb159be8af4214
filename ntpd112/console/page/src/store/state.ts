/** What the pages watch. Everything that changes is a signal here; how it changes is in the pure modules. */

import { computed, signal } from "@preact/signals"
import type { LiveMessage, Session } from "../contract.ts"
import { applyMessage, emptyRoom } from "./room.ts"
import { allCalls, colleagues, operatorsOf, ownCall, queue } from "./select.ts"

export const session = signal<Session | null | "unknown">("unknown")
export const room = signal(emptyRoom)

/** The server's clock minus this machine's, in seconds. */
const offset = signal(0)
const here = signal(Date.now() / 1000)

/** Now, by the server's clock; changes once a second. */
export const now = computed(() => here.value + offset.value)

export const ownExtension = computed(() => {
  const current = session.value
  return current && current !== "unknown" ? current.operator : null
})
export const self = computed(() => room.value.operators.get(ownExtension.value ?? "") ?? null)
export const call = computed(() => ownCall(room.value, ownExtension.value))
export const waiting = computed(() => queue(room.value))
export const calls = computed(() => allCalls(room.value))
export const others = computed(() => colleagues(room.value, ownExtension.value))
export const operators = computed(() => operatorsOf(room.value))

export function told(message: LiveMessage): void {
  const at = Date.now() / 1000
  const measured = message.now - at
  if (message.is === "snapshot" || Math.abs(measured - offset.value) > 0.3) offset.value = measured
  here.value = at
  room.value = applyMessage(room.value, message)
}

export function tick(): void {
  here.value = Date.now() / 1000
}

export function forget(): void {
  room.value = emptyRoom
}
