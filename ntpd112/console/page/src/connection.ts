/** The live connection of whoever is signed in. */

import { effect, signal } from "@preact/signals"
import { LiveSocket } from "./live/socket.ts"
import { end, forget, session, told } from "./store/state.ts"

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

export function keepConnected(): void {
  let socket: LiveSocket | null = null
  let account: string | null = null
  addEventListener("online", () => socket?.hurry())
  effect(() => {
    const current = session.value
    const name = current && current !== "unknown" ? current.name : null
    if (name === account) return
    account = name
    socket?.stop()
    socket = null
    connected(true)
    forget()
    if (name === null) return
    connected(false)
    socket = new LiveSocket(liveUrl(), { told, connected, signedOut: () => end(true) })
    socket.start()
  })
}

function liveUrl(): string {
  const url = new URL("api/v1/live", location.href)
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:"
  return url.href
}
