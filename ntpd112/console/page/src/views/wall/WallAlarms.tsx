/** What goes wrong in the room and nobody has seen to: the worst, in words without numbers or names, and how many more. */

import { duration } from "../../format.ts"
import { alarmText, messages, t } from "../../i18n/messages.ts"
import { now } from "../../store/state.ts"
import { wall } from "../../store/wall.ts"
import { Icon } from "../Icon.tsx"

export function WallAlarms() {
  const shown = wall.value
  if (shown === null || !shown.serves) return null
  if (!shown.alarms_known) {
    return (
      <p class="banner warn">
        <Icon name="away" /> <strong>{t("alarmsUnknown")}</strong>
      </p>
    )
  }
  const worst = shown.alarms[0]
  if (worst === undefined) return null
  const more = shown.alarms.length - 1
  const high = worst.severity === "high"
  return (
    <p class={`banner ${high ? "bad" : "warn"}`}>
      <Icon name={high ? "alarm" : "warning"} />
      <span>
        <strong>{alarmText(worst.kind)}</strong>
        {messages.value.alarmFor(duration(now.value - worst.since), worst.count)}
        {more > 0 && ` · ${messages.value.alarmsMore(more)}`}
      </span>
    </p>
  )
}
