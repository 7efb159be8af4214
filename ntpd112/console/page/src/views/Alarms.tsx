/** What is wrong in the room: a bell that counts, and the list behind it. */

import { useRef, useState } from "preact/hooks"
import { act } from "../act.ts"
import { seeAlarm } from "../api.ts"
import type { Alarm, Severity } from "../contract.ts"
import { clockTime } from "../format.ts"
import { alarmText, messages, t } from "../i18n/messages.ts"
import { useKey } from "../keys.ts"
import { unseen } from "../store/alarms.ts"
import { isOperator, room } from "../store/state.ts"
import { Icon, type IconName } from "./Icon.tsx"

const ICONS: Readonly<Record<Severity, IconName>> = { high: "alarm", warning: "warning", note: "check" }

export function AlarmBell() {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  useKey("Escape", close, open)
  const waiting = unseen(room.value.alarms)
  const worst = waiting[0]?.severity ?? "note"
  return (
    <div class="bell">
      <button
        type="button" class={`button small ${waiting.length > 0 ? worst : ""}`} ref={button} aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name={waiting.length > 0 ? ICONS[worst] : room.value.alarmsKnown ? "check" : "away"} />
        <span class="label">{t("alarms")}</span>
        <strong>{room.value.alarmsKnown ? waiting.length : "?"}</strong>
      </button>
      <p class="hidden" role="status">
        {waiting[0] && alarmText(waiting[0].kind)}
      </p>
      {open && <List />}
    </div>
  )
}

function List() {
  const all = room.value.alarms
  return (
    <section class="panel sheet alarms" aria-label={t("alarms")}>
      {!room.value.alarmsKnown && <p class="unheard">{t("alarmsUnknown")}</p>}
      {all.length === 0 && <p class="quiet">{t("noAlarms")}</p>}
      <ul class="scroll" tabIndex={0} aria-label={t("alarms")}>
        {all.map((one) => (
          <Line key={one.alarm} alarm={one} />
        ))}
      </ul>
    </section>
  )
}

function Line({ alarm }: { alarm: Alarm }) {
  const calm = alarm.seen_by !== "" || alarm.ended_at !== null
  return (
    <li class={`alarm ${calm ? "calm" : alarm.severity}`}>
      <Icon name={ICONS[alarm.severity]} />
      <div>
        <strong>
          {alarmText(alarm.kind)} {alarm.operator}
        </strong>
        <span class="below quiet">{messages.value.alarmTimes(clockTime(alarm.since), clockTime(alarm.latest), alarm.count)}</span>
        {alarm.text && <span class="below">{alarm.text}</span>}
        {alarm.ended_at !== null && <span class="below quiet">{messages.value.alarmOver(clockTime(alarm.ended_at))}</span>}
        {alarm.seen_by && <span class="below quiet">{messages.value.alarmSeenBy(alarm.seen_by)}</span>}
      </div>
      {!alarm.seen_by && !isOperator.value && (
        <button type="button" class="button small" onClick={() => void act("commandFailed", () => seeAlarm(alarm.alarm))}>
          {t("alarmSee")}
        </button>
      )}
    </li>
  )
}
