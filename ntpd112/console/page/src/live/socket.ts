/** The connection that tells what happens in the room. It comes back by itself until it is stopped. */

import type { LiveMessage, Numbered } from "../contract.ts"
import { pauseMs } from "./backoff.ts"
import { judge, readMessage } from "./sequence.ts"

export const SIGNED_OUT = 4401
/** A connection that says nothing for so long may be dead without knowing: a new one is made, with a new snapshot. */
export const SILENCE_MS = 30_000
/** A new connection has to bring its snapshot within this time. */
export const SNAPSHOT_MS = 5_000
const GAP = 4000

export interface Listener<Message> {
  /** A message to be applied; after each reconnect the first one is a snapshot. */
  told(message: Message): void
  /** `true` with each snapshot, `false` when the connection is lost. */
  connected(yes: boolean): void
  signedOut(): void
}

/** What is needed of the world; tests bring their own. */
export interface World {
  open(url: string): Wire
  later(run: () => void, ms: number): () => void
  random(): number
}

export type Wire = Pick<WebSocket, "close" | "onmessage" | "onclose">

export const browserWorld: World = {
  open: (url) => new WebSocket(url),
  later: (run, ms) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  random: Math.random,
}

/** `Message`: what the server at this address says. */
export class LiveSocket<Message extends Numbered = LiveMessage> {
  readonly #url: string
  readonly #listener: Listener<Message>
  readonly #world: World
  #wire: Wire | null = null
  #last: number | null = null
  #failed = 0
  #cancelTimer = () => {}
  #stopped = false

  constructor(url: string, listener: Listener<Message>, world: World = browserWorld) {
    this.#url = url
    this.#listener = listener
    this.#world = world
  }

  start(): void {
    this.#last = null
    const wire = this.#world.open(this.#url)
    this.#wire = wire
    wire.onmessage = (event: MessageEvent) => this.#heard(event.data)
    wire.onclose = (event: CloseEvent) => this.#closed(event.code)
    this.#watch(SNAPSHOT_MS)
  }

  stop(): void {
    this.#stopped = true
    this.#cancelTimer()
    this.#drop()
  }

  /** Try at once: the network has just come back. */
  hurry(): void {
    if (this.#stopped || this.#wire) return
    this.#cancelTimer()
    this.start()
  }

  #heard(data: unknown): void {
    const message = typeof data === "string" ? (readMessage(data) as Numbered as Message | null) : null
    if (!message) return
    const verdict = judge(this.#last, message)
    if (verdict === "gap") return this.#lose()
    this.#watch(SILENCE_MS)
    if (verdict === "ignore") return
    this.#last = message.seq
    this.#failed = 0
    this.#listener.told(message)
    if (message.is === "snapshot") this.#listener.connected(true)
  }

  #closed(code: number): void {
    this.#wire = null
    if (code !== SIGNED_OUT) return this.#lose()
    this.stop()
    this.#listener.connected(false)
    this.#listener.signedOut()
  }

  #lose(): void {
    this.#drop()
    this.#listener.connected(false)
    this.#cancelTimer()
    this.#cancelTimer = this.#world.later(() => this.start(), pauseMs(this.#failed++, this.#world.random()))
  }

  #watch(ms: number): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#world.later(() => this.#lose(), ms)
  }

  #drop(): void {
    const wire = this.#wire
    this.#wire = null
    if (!wire) return
    wire.onmessage = null
    wire.onclose = null
    wire.close(GAP)
  }
}
