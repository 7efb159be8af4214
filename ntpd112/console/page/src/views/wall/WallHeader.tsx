/** The city, what is wrong, and what time it is. */

import { lost } from "../../connection.ts"
import { t } from "../../i18n/messages.ts"
import { language } from "../../store/settings.ts"
import { now } from "../../store/state.ts"
import { wall } from "../../store/wall.ts"
import { calendarDay, clockTime, zoneName } from "../../when.ts"
import { Icon } from "../Icon.tsx"
import { WallAlarms } from "./WallAlarms.tsx"
import { WallSettings } from "./WallSettings.tsx"

export function WallHeader() {
  return (
    <header class="wall-head">
      <h1>
        <span class="badge">112</span> {wall.value?.city}
      </h1>
      <div role="alert" class="banners">
        {isWrong() ? <Wrong /> : <WallAlarms />}
      </div>
      <Clock />
      <WallSettings />
    </header>
  )
}

function isWrong(): boolean {
  return lost.value || (wall.value !== null && (!wall.value.serves || !wall.value.records_read))
}

function Wrong() {
  if (lost.value) return <Said kind="bad" strong={t("notConnected")} more={t("notConnectedMore")} />
  if (wall.value === null) return null
  if (!wall.value.serves) return <Said kind="bad" strong={t("controllerAway")} more={t("wallControllerAwayMore")} />
  if (wall.value.records_read) return null
  return <Said kind="warn" strong={t("wallRecordsMissing")} more={t("wallRecordsMissingMore")} />
}

function Said({ kind, strong, more }: { kind: "bad" | "warn"; strong: string; more: string }) {
  return (
    <p class={`banner ${kind}`}>
      <Icon name={kind === "bad" ? "alarm" : "warning"} />
      <span>
        <strong>{strong}</strong>
        {more}
      </span>
    </p>
  )
}

function Clock() {
  const zone = wall.value?.timezone
  if (!zone) return null
  return (
    <p class="clock">
      <span class="quiet day">{calendarDay(now.value, zone, language.value)}</span>
      <strong class="time">{clockTime(now.value, zone, language.value)}</strong>
      <span class="quiet">{zoneName(now.value, zone)}</span>
    </p>
  )
}
