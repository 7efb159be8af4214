/** Times that run. Each one watches the clock by itself, so that nothing around it is drawn again. */

import { messages, t } from "../i18n/messages.ts"
import { duration, remaining } from "../format.ts"
import { urgency, type Urgency } from "../store/select.ts"
import { now } from "../store/state.ts"
import { Icon, type IconName } from "./Icon.tsx"

const ICONS: Readonly<Record<Urgency, IconName>> = { calm: "clock", soon: "clock", late: "warning", very_late: "alarm" }
const WORDS = { soon: "soon", late: "late", very_late: "veryLate" } as const

export function Since({ at }: { at: number }) {
  return <span class="time">{duration(now.value - at)}</span>
}

export function Until({ at }: { at: number }) {
  return <span class="time">{messages.value.secondsLeft(remaining(at, now.value))}</span>
}

/** How long a caller has been waiting, and how bad that is: by colour, drawing and word. */
export function Waited({ at }: { at: number }) {
  const waited = now.value - at
  const level = urgency(waited)
  return (
    <span class={`waited ${level}`}>
      <Icon name={ICONS[level]} />
      <span class="time">{duration(waited)}</span>
      {level !== "calm" && <span class="word">{t(WORDS[level])}</span>}
    </span>
  )
}
