/**
 * Keys of commands. None of them writes anything: whatever an operator types, at whatever moment, is no command.
 *
 * They are function keys that neither browsers, screen readers nor Windows take, alone or with Shift, and Escape. The
 * newest control that is registered for a key gets it. Letters that are typed into nothing go to the form
 * ({@link useText}).
 */

import { useLayoutEffect, useRef } from "preact/hooks"
import { keysOn } from "./store/settings.ts"

const FUNCTION_KEYS = ["F2", "F4", "F8", "F9"] as const
type FunctionKey = (typeof FUNCTION_KEYS)[number]
export type CommandKey = FunctionKey | `Shift+${FunctionKey}` | "Escape"

type Press = Pick<KeyboardEvent, "key" | "ctrlKey" | "altKey" | "metaKey" | "shiftKey" | "repeat" | "isComposing">

const TYPED_INTO = new Set(["INPUT", "TEXTAREA", "SELECT"])
const NOT_TYPED_INTO = new Set(["radio", "checkbox", "button", "submit"])

interface Shortcut {
  readonly key: CommandKey
  readonly run: { current: () => void }
}

const shortcuts: Shortcut[] = []
type Release = (key: string | null) => void
const releases = new Set<Release>()
/** Takes a letter, or lets an older one have it. */
type Taker = (letter: string) => "pass" | void
const takers: { current: Taker }[] = []

/** The command that a press means; `null`: none. Held keys and other modifiers mean none, nor does Escape in a field. */
export function meantBy(press: Press, typing: boolean): CommandKey | null {
  if (press.repeat || press.isComposing || press.ctrlKey || press.altKey || press.metaKey) return null
  if (press.key === "Escape") return typing || press.shiftKey ? null : "Escape"
  const found = FUNCTION_KEYS.find((key) => key === press.key)
  if (found === undefined) return null
  return press.shiftKey ? `Shift+${found}` : found
}

/** Whether a press writes something: a letter, a digit, a sign or a space. */
export function writes(press: Press): boolean {
  return press.key.length === 1 && !press.ctrlKey && !press.altKey && !press.metaKey
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
    if (event.defaultPrevented) return
    const typing = typesInto(event.target)
    const key = meantBy(event, typing)
    if (key !== null) press(key, event)
    else if (!typing && writes(event) && !pressesAButton(event)) {
      takers.findLast((taker) => taker.current(event.key) !== "pass")
    }
  })
  const tell = (key: string | null) => {
    for (const released of releases) released(key)
  }
  addEventListener("keyup", (event) => tell(event.key))
  addEventListener("blur", () => tell(null))
}

function press(key: CommandKey, event: KeyboardEvent): void {
  if (key !== "Escape" && !keysOn.value) return
  const found = shortcuts.findLast((shortcut) => shortcut.key === key)
  if (!found) return
  event.preventDefault()
  found.run.current()
}

/** A space on something that it presses is left to it; what ends or moves a call does not listen to a single one. */
function pressesAButton(event: KeyboardEvent): boolean {
  return event.key === " " && event.target instanceof HTMLElement && event.target.matches("button, summary, a, input")
}

/** While the view is shown and `on`, `key` does `action`. */
export function useKey(key: CommandKey | undefined, action: () => void, on = true): void {
  const run = useRef(action)
  run.current = action
  useLayoutEffect(() => {
    if (key === undefined || !on) return
    const shortcut = { key, run }
    shortcuts.push(shortcut)
    return () => {
      shortcuts.splice(shortcuts.indexOf(shortcut), 1)
    }
  }, [key, on])
}

/** While the view is shown, it is told which key was let go; `null`: the window has lost the keyboard. */
export function useRelease(action: Release): void {
  const run = useRef(action)
  run.current = action
  useLayoutEffect(() => {
    const release: Release = (key) => run.current(key)
    releases.add(release)
    return () => {
      releases.delete(release)
    }
  }, [])
}

/** While the view is shown and `on`, it is told of each letter that is typed into nothing, before the browser writes it. */
export function useText(take: Taker, on = true): void {
  const run = useRef(take)
  run.current = take
  useLayoutEffect(() => {
    if (!on) return
    takers.push(run)
    return () => {
      takers.splice(takers.indexOf(run), 1)
    }
  }, [on])
}
