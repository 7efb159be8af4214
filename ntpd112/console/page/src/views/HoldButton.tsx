/** What cannot be taken back has to be held: key, mouse or finger, for a second. */

import { useEffect, useRef, useState } from "preact/hooks"
import { useKey, useRelease } from "../keys.ts"
import { keysOn } from "../store/settings.ts"
import { messages } from "../i18n/messages.ts"
import { Icon } from "./Icon.tsx"
import { type ButtonProps, KeyName } from "./KeyButton.tsx"

/** As long as the filling takes (`controls.css`). */
const HOLD_MS = 1000
const HINT_MS = 3000
const POINTER = "pointer"

type Shown = "calm" | "held" | "hint" | "armed"

/**
 * A short press says how it is done. Screen readers and switches press without a key or a pointer: they are asked to
 * press once more. Nothing happens when it is the state already.
 */
export function HoldButton({ label, act, keyName, icon, pressed, off = false, kind = "" }: ButtonProps) {
  const [shown, show] = useState<Shown>("calm")
  // Several events may come before anything is drawn again.
  const is = useRef<Shown>("calm")
  const by = useRef<string | null>(null)
  const timer = useRef(0)
  const become = (next: Shown, ms: number, then: () => void) => {
    clearTimeout(timer.current)
    is.current = next
    show(next)
    timer.current = next === "calm" ? 0 : Number(setTimeout(then, ms))
  }
  const calm = () => become("calm", 0, () => {})
  const hold = (what: string) => {
    if (pressed || off || is.current === "held") return
    by.current = what
    become("held", HOLD_MS, () => {
      calm()
      act()
    })
  }
  const release = (what: string | null) => {
    if (is.current === "held" && (what === null || what === by.current)) become("hint", HINT_MS, calm)
  }
  const pressedByItself = () => {
    if (pressed) return
    if (is.current !== "armed") return become("armed", 2 * HINT_MS, calm)
    calm()
    act()
  }
  const letGo = () => release(POINTER)
  useKey(keyName, () => hold(keyName?.replace("Shift+", "") ?? ""), !off)
  useRelease(release)
  useEffect(() => () => clearTimeout(timer.current), [])
  return (
    <button
      type="button"
      class={`button hold ${kind} ${shown}`}
      disabled={off}
      aria-pressed={pressed}
      aria-keyshortcuts={keysOn.value ? keyName : undefined}
      onPointerDown={(event) => event.button === 0 && hold(POINTER)}
      onPointerUp={letGo}
      onPointerLeave={letGo}
      onPointerCancel={letGo}
      onKeyDown={(event) => {
        if (!presses(event)) return
        event.preventDefault() // no click: it has to be held like any other key
        if (!event.repeat) hold(event.key)
      }}
      onKeyUp={(event) => presses(event) && event.preventDefault()}
      onClick={(event) => event.detail === 0 && pressedByItself()}
    >
      {icon && <Icon name={icon} />}
      <span class="label">{said(shown, label)}</span>
      <KeyName name={keyName} />
    </button>
  )
}

function said(shown: Shown, label: string): string {
  if (shown === "hint") return messages.value.holdIt1s(label)
  return shown === "armed" ? messages.value.pressAgain(label) : label
}

function presses(event: KeyboardEvent): boolean {
  return event.key === "Enter" || event.key === " "
}
