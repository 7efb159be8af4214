/** What is wrong: one line in the header, where nothing moves when it comes and goes. */

import { notice } from "../act.ts"
import { lost } from "../connection.ts"
import { t } from "../i18n/messages.ts"
import { nobodyOnDuty, room } from "../store/state.ts"
import { Icon, type IconName } from "./Icon.tsx"

interface Said {
  readonly kind: string
  readonly icon: IconName
  readonly strong: string
  readonly more: string
}

export function Banner() {
  const now = worst()
  return (
    <div role="alert" class="banners">
      {now && (
        <p class={`banner ${now.kind}`}>
          <Icon name={now.icon} />
          <span>
            <strong>{now.strong}</strong> {now.more}
          </span>
        </p>
      )}
    </div>
  )
}

function worst(): Said | null {
  if (lost.value) {
    const more = room.value.known ? `${t("notConnectedMore")} ${t("lastKnown")}` : t("notConnectedMore")
    return { kind: "bad", icon: "alarm", strong: t("notConnected"), more }
  }
  if (notice.value) return { kind: "warn", icon: "warning", strong: "", more: notice.value }
  if (!room.value.serves) {
    return { kind: "warn", icon: "warning", strong: t("controllerAway"), more: t("controllerAwayMore") }
  }
  if (!nobodyOnDuty.value) return null
  return { kind: "bad", icon: "alarm", strong: t("nobodyOnDuty"), more: t("nobodyOnDutyMore") }
}
