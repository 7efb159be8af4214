/** The telephone in the page: how it stands, which devices it uses, and a call that can be taken up here. */

import { useRef, useState } from "preact/hooks"
import { t } from "../i18n/messages.ts"
import { useKey } from "../keys.ts"
import { microphoneLost, needsPress } from "../phone/audio.ts"
import { takeUp } from "../phone/keep.ts"
import { incoming, type Line, line, quality, talking } from "../phone/phone.ts"
import type { Quality } from "../phone/quality.ts"
import { call } from "../store/state.ts"
import { Devices } from "./Devices.tsx"
import { Icon, type IconName } from "./Icon.tsx"
import { Listens } from "./Listen.tsx"

const LINES: Readonly<Record<Line, readonly ["calm" | "good" | "bad", IconName]>> = {
  off: ["calm", "away"],
  connecting: ["calm", "clock"],
  registered: ["good", "check"],
  insecure: ["bad", "warning"],
  no_microphone: ["bad", "mute"],
}
const QUALITIES: Readonly<Record<Quality, readonly ["good" | "soon" | "bad", IconName]>> = {
  good: ["good", "check"],
  fair: ["soon", "warning"],
  bad: ["bad", "alarm"],
}

export function Softphone() {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  useKey("Escape", close, open)
  return (
    <footer class="softphone" aria-label={t("softphone")}>
      <Icon name="phone" />
      <strong>{t("softphone")}</strong>
      <span role="status">
        <Said />
      </span>
      <TakeUp />
      <Listens />
      <button type="button" class="button small devices" ref={button} aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="gear" />
        <span class="label">{t("devices")}</span>
      </button>
      {open && <Devices />}
    </footer>
  )
}

function Said() {
  if (needsPress.value) return <Word kind="bad" icon="warning" text={t("needsPress")} />
  if (microphoneLost.value) return <Word kind="bad" icon="mute" text={t("microphoneLost")} />
  if (talking.value && quality.value) {
    const [kind, icon] = QUALITIES[quality.value]
    return <Word kind={kind} icon={icon} text={t(`quality_${quality.value}`)} />
  }
  const [kind, icon] = LINES[line.value]
  return <Word kind={kind} icon={icon} text={t(`line_${line.value}`)} />
}

function Word({ kind, icon, text }: { kind: string; icon: IconName; text: string }) {
  return (
    <span class={`status ${kind === "good" ? "free" : kind === "soon" ? "break" : kind}`}>
      <Icon name={icon} /> {text}
    </span>
  )
}

/** A call that the operator speaks in at another telephone, or spoke in before a page was lost. */
function TakeUp() {
  const current = call.value
  const cut = current?.state === "talking" || current?.state === "on_hold"
  if (!cut || line.value !== "registered" || talking.value || incoming.value) return null
  return (
    <button type="button" class="button small primary" onClick={takeUp}>
      {t("takeUp")}
    </button>
  )
}
