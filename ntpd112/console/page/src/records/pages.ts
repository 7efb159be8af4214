/** A list that comes a page at a time, latest first. */

import { signal } from "@preact/signals"
import { ApiError } from "../api.ts"
import { errorText } from "../i18n/messages.ts"
import { end } from "../store/state.ts"
import { pageOf } from "./query.ts"
import type { Page } from "./shapes.ts"

export class Pages<Item> {
  readonly items = signal<readonly Item[]>([])
  readonly more = signal(false)
  readonly loading = signal(false)
  /** Why there is nothing, or no more; empty: nothing has failed. */
  readonly failed = signal("")
  readonly #fetch: (query: string) => Promise<Page<Item>>
  readonly #name: (item: Item) => string
  #query = new URLSearchParams()
  /** Of the question that counts: answers to earlier ones come too late. */
  #asked = 0

  constructor(fetch: (query: string) => Promise<Page<Item>>, name: (item: Item) => string) {
    this.#fetch = fetch
    this.#name = name
  }

  async begin(query: URLSearchParams): Promise<void> {
    this.#query = query
    await this.#ask(null)
  }

  async next(): Promise<void> {
    const last = this.items.value.at(-1)
    await this.#ask(last === undefined ? null : this.#name(last))
  }

  /** One of them has changed. */
  put(item: Item): void {
    this.items.value = this.items.value.map((each) => (this.#name(each) === this.#name(item) ? item : each))
  }

  async #ask(last: string | null): Promise<void> {
    const asked = ++this.#asked
    this.loading.value = true
    try {
      const page = await this.#fetch(pageOf(this.#query, last))
      if (asked !== this.#asked) return
      this.items.value = last === null ? page.items : [...this.items.value, ...page.items]
      this.more.value = page.more
      this.failed.value = ""
    } catch (error) {
      if (asked !== this.#asked) return
      if (!(error instanceof ApiError)) throw error
      if (error.code === "signed_out") end(true)
      this.failed.value = errorText(error)
    } finally {
      if (asked === this.#asked) this.loading.value = false
    }
  }
}
