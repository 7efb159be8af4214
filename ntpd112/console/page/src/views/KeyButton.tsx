/** Buttons that a single key presses, too. */

import type { ComponentChildren } from "preact"
import { useEffect, useRef, useState } from "preact/hooks"
import { messages } from "../i18n/messages.ts"
import { useKey } from "../keys.ts"
import { keysOn } from "../store/settings.ts"
import { Icon, type IconName } from "./Icon.tsx"

const ARMED_MS = 4000

interface Props {
  readonly label: string
  readonly act: () => void
  readonly keyName?: string | undefined
  readonly icon?: IconName
  readonly pressed?: boolean
  readonly expanded?: boolean
  readonly off?: boolean
  readonly kind?: string
  readonly children?: ComponentChildren
}

export function KeyButton({ label, act, keyName, icon, pressed, expanded, off = false, kind = "", children }: Props) {
  useKey(keyName, act, !off)
  return (
    <button
      type="button"
      class={`button ${kind}`}
      onClick={act}
      disabled={off}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-keyshortcuts={keysOn.value ? keyName : undefined}
    >
      {icon && <Icon name={icon} />}
      <span class="label">{label}</span>
      {children}
      {keyName && keysOn.value && <kbd aria-hidden="true">{keyName}</kbd>}
    </button>
  )
}

/** Has to be pressed twice, within four seconds; nothing happens when it is the state already. */
export function TwiceButton({ label, act, ...rest }: Props) {
  const [armed, show] = useState(false)
  // Two presses may come before anything is drawn again.
  const is = useRef(false)
  const arm = (yes: boolean) => {
    is.current = yes
    show(yes)
  }
  useEffect(() => {
    if (!armed) return
    const timer = setTimeout(() => arm(false), ARMED_MS)
    return () => clearTimeout(timer)
  }, [armed])
  const press = () => {
    if (rest.pressed) return
    const again = is.current
    arm(!again)
    if (again) act()
  }
  const kind = `${rest.kind ?? ""} ${armed ? "armed" : ""}`
  return <KeyButton {...rest} kind={kind} label={armed ? messages.value.pressAgain(label) : label} act={press} />
}
