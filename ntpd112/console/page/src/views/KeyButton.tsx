/** Buttons that a key presses, too. */

import type { ComponentChildren } from "preact"
import { type CommandKey, useKey } from "../keys.ts"
import { keysOn } from "../store/settings.ts"
import { Icon, type IconName } from "./Icon.tsx"

export interface ButtonProps {
  readonly label: string
  readonly act: () => void
  readonly keyName?: CommandKey | undefined
  readonly icon?: IconName
  readonly pressed?: boolean
  readonly expanded?: boolean
  readonly off?: boolean
  readonly kind?: string
  readonly children?: ComponentChildren
}

export function KeyButton({ label, act, keyName, icon, pressed, expanded, off = false, kind = "", children }: ButtonProps) {
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
      <KeyName name={keyName} />
    </button>
  )
}

export function KeyName({ name }: { name: CommandKey | undefined }) {
  if (name === undefined || !keysOn.value) return null
  return <kbd aria-hidden="true">{name.replace("Shift+", "⇧").replace("Escape", "Esc")}</kbd>
}
