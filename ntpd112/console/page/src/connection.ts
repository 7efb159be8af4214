/** The live connection of whoever is signed in, whatever it tells. */

import { effect, signal } from "@preact/signals"
import type { Numbered, Role } from "./contract.ts"
import { LiveSocket } from "./live/socket.ts"
import { end, session } from "./store/state.ts"

/** Shorter gaps than this, such as a connection that is renewed, are nobody's business. */
const TOLD_AFTER_MS = 1500

export const lost = signal(false)

let timer = 0

function connected(yes: boolean): void {
  if (yes) {
    clearTimeout(timer)
    timer = 0
    lost.value = false
  } else if (timer === 0) {
    timer = Number(setTimeout(() => (lost.value = true), TOLD_AFTER_MS))
  }
}

/** What is told at one address, and who hears it. */
export interface Feed<Message extends Numbered> {
  readonly path: string
  told(message: Message): void
  /** What was told is of somebody else, or of nobody, from now on. */
  forget(): void
  /** Roles to which nothing is told here: their page goes elsewhere. */
  readonly notFor?: readonly Role[]
}

export function keepConnected<Message extends Numbered>(feed: Feed<Message>): void {
  let socket: LiveSocket<Message> | null = null
  let account: string | null = null
  addEventListener("online", () => socket?.hurry())
  effect(() => {
    const current = session.value
    const hears = current !== null && current !== "unknown" && !feed.notFor?.includes(current.role)
    const name = hears ? current.name : null
    if (name === account) return
    account = name
    socket?.stop()
    socket = null
    connected(true)
    feed.forget()
    if (name === null) return
    connected(false)
    socket = new LiveSocket<Message>(url(feed.path), { told: feed.told, connected, signedOut: () => end(true) })
    socket.start()
  })
}

function url(path: string): string {
  const url = new URL(`api/v1/${path}`, location.href)
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:"
  return url.href
}
