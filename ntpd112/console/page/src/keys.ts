/** Single-key shortcuts. The newest that is registered for a key gets it; none while somebody types. */

import { useLayoutEffect, useRef } from "preact/hooks"
import { keysOn } from "./store/settings.ts"

type Action = () => void
interface Press {
  readonly key: string
  readonly ctrlKey: boolean
  readonly altKey: boolean
  readonly metaKey: boolean
  readonly repeat: boolean
}

const TYPED_INTO = new Set(["INPUT", "TEXTAREA", "SELECT"])
const NOT_TYPED_INTO = new Set(["radio", "checkbox", "button", "submit"])
const registered: { key: string; run: { current: Action } }[] = []

/** The shortcut that a press means, or `null`: with a modifier, when held down, or in a field it means none. */
export function meantBy(press: Press, typing: boolean): string | null {
  if (typing || press.repeat || press.ctrlKey || press.altKey || press.metaKey) return null
  return press.key === "Escape" ? "Escape" : press.key.length === 1 ? press.key.toUpperCase() : null
}

export function isTypedInto(tag: string, type = "", editable = false): boolean {
  return editable || (TYPED_INTO.has(tag) && !NOT_TYPED_INTO.has(type))
}

function typesInto(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return isTypedInto(target.tagName, target.getAttribute("type") ?? "", target.isContentEditable)
}

export function listen(): void {
  addEventListener("keydown", (event) => {
    const key = meantBy(event, typesInto(event.target))
    if (key === null || event.defaultPrevented || (key !== "Escape" && !keysOn.value)) return
    const found = registered.findLast((shortcut) => shortcut.key === key)
    if (!found) return
    event.preventDefault()
    found.run.current()
  })
}

/** While the view is shown and `on`, `key` does `action`. */
export function useKey(key: string | undefined, action: Action, on = true): void {
  const run = useRef(action)
  run.current = action
  useLayoutEffect(() => {
    if (key === undefined || !on) return
    const shortcut = { key, run }
    registered.push(shortcut)
    return () => {
      registered.splice(registered.indexOf(shortcut), 1)
    }
  }, [key, on])
}
