/** What is typed and not saved yet. It is kept by the browser from the first letter on: neither a reload nor a crash takes it. */

const PREFIX = "ntpd112.draft."

export interface Shelf {
  readonly length: number
  key(index: number): string | null
  getItem(name: string): string | null
  setItem(name: string, value: string): void
  removeItem(name: string): void
}

export function keep(shelf: Shelf, incident: string, field: string, text: string): void {
  shelf.setItem(`${PREFIX}${incident}.${field}`, text)
}

/** Forget a draft, unless somebody has typed on since. */
export function drop(shelf: Shelf, incident: string, field: string, saved: string): void {
  const name = `${PREFIX}${incident}.${field}`
  if (shelf.getItem(name) === saved) shelf.removeItem(name)
}

/** Every draft of an incident: field and text. */
export function drafts(shelf: Shelf, incident: string): Map<string, string> {
  const found = new Map<string, string>()
  const prefix = `${PREFIX}${incident}.`
  for (let index = 0; index < shelf.length; index++) {
    const name = shelf.key(index)
    if (!name?.startsWith(prefix)) continue
    const text = shelf.getItem(name)
    if (text !== null) found.set(name.slice(prefix.length), text)
  }
  return found
}
