/** Saves what is typed a moment after the last letter, and again until it is saved. */

import { drop, keep, type Shelf } from "./drafts.ts"

export const PAUSE_MS = 400
export const AGAIN_MS = 2000

/** `refused`: the server will not have it, now or later; the browser keeps it. */
export type Saved = "saved" | "saving" | "failed" | "refused"

export interface World {
  readonly shelf: Shelf
  send(incident: string, field: string, text: string): Promise<void>
  later(run: () => void, ms: number): () => void
  /** Whether to send the same again cannot help. */
  isRefusal(error: unknown): boolean
  told(state: Saved): void
}

export class Saver {
  readonly #world: World
  readonly #waiting = new Map<string, { incident: string; field: string; text: string; cancel: () => void }>()
  readonly #refused = new Set<string>()
  #sending = 0
  #failed = false

  constructor(world: World) {
    this.#world = world
  }

  /** Keep it now, and save it when nothing more is typed for a moment. */
  typed(incident: string, field: string, text: string): void {
    keep(this.#world.shelf, incident, field, text)
    this.#plan(incident, field, text, PAUSE_MS)
  }

  /** Another incident is worked on: what was refused of the last one is no longer told of. */
  begins(): void {
    this.#refused.clear()
    this.#tell()
  }

  /** Whether something is not saved yet. */
  get busy(): boolean {
    return this.#waiting.size > 0 || this.#sending > 0
  }

  #plan(incident: string, field: string, text: string, ms: number): void {
    const key = `${incident} ${field}`
    this.#waiting.get(key)?.cancel()
    this.#refused.delete(key)
    const cancel = this.#world.later(() => void this.#save(key), ms)
    this.#waiting.set(key, { incident, field, text, cancel })
    this.#tell()
  }

  async #save(key: string): Promise<void> {
    const job = this.#waiting.get(key)
    if (!job) return
    this.#waiting.delete(key)
    this.#sending++
    try {
      await this.#world.send(job.incident, job.field, job.text)
      this.#failed = false
      drop(this.#world.shelf, job.incident, job.field, job.text)
    } catch (error) {
      const refused = this.#world.isRefusal(error)
      this.#failed = !refused
      if (this.#waiting.has(key)) return
      if (refused) this.#refused.add(key)
      else this.#plan(job.incident, job.field, job.text, AGAIN_MS)
    } finally {
      this.#sending--
      this.#tell()
    }
  }

  #tell(): void {
    const settled = this.#refused.size > 0 ? "refused" : "saved"
    this.#world.told(this.#failed ? "failed" : this.busy ? "saving" : settled)
  }
}
