/** What an operator is doing, in one word with a drawing. */

import type { Operator } from "../contract.ts"
import { reasonText, t } from "../i18n/messages.ts"
import { room } from "../store/state.ts"
import { Icon, type IconName } from "./Icon.tsx"
import { Since, Until } from "./Time.tsx"

interface Said {
  readonly kind: string
  readonly icon: IconName
  readonly text: string
}

export function said(operator: Operator): Said {
  if (operator.listening !== null) return { kind: "busy", icon: "people", text: t(`doing_${operator.listening}`) }
  if (operator.activity === "talking") return { kind: "busy", icon: "phone", text: t("talking") }
  if (operator.activity === "ringing") return { kind: "rings", icon: "ring", text: t("ringing") }
  if (operator.presence === "logged_out") return { kind: "out", icon: "exit", text: t("offDuty") }
  if (operator.phone === "unreachable") return { kind: "bad", icon: "away", text: t("phoneUnreachable") }
  if (operator.activity === "wrap_up") return { kind: "busy", icon: "pen", text: t("wrapUp") }
  if (operator.presence === "on_break") {
    const why = operator.reason ? `: ${reasonText(operator.reason)}` : ""
    return { kind: "break", icon: "pause", text: t("onBreak") + why }
  }
  if (operator.phone !== "free") return { kind: "busy", icon: "phone", text: t("phoneInUse") }
  return { kind: "free", icon: "check", text: t("available") }
}

export function Status({ operator }: { operator: Operator }) {
  const { kind, icon, text } = said(operator)
  return (
    <span class={`status ${kind}`}>
      <Icon name={icon} />
      <span class="word">{text}</span>
      {operator.muted && (
        <span class="muted-mark" title={t("muted")}>
          <Icon name="mute" />
          <span class="hidden">{t("muted")}</span>
        </span>
      )}
      {operator.phone_does && (
        <span class={`phone-does ${operator.phone_does}`} role="status">
          {t(`phone_${operator.phone_does}`)}
        </span>
      )}
    </span>
  )
}

/** For how long, as far as it is known. */
export function StatusTime({ operator }: { operator: Operator }) {
  if (operator.activity === "wrap_up" && operator.until !== null) return <Until at={operator.until} />
  const connected = operator.activity === "talking" ? room.value.calls.get(operator.call_id)?.connected_at : null
  const since = connected ?? operator.since
  return since == null ? null : <Since at={since} />
}
