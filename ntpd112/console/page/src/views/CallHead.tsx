/** Whose call is being written about, since when and how long; and whether the line was cut, so that nobody overlooks it. */

import { duration, isWithheld, telephone } from "../format.ts"
import { messages, t } from "../i18n/messages.ts"
import { type Head, head, wasCutOff } from "../work/head.ts"
import { work } from "../work/work.ts"
import { Icon } from "./Icon.tsx"
import { Since } from "./Time.tsx"

export function CallHead() {
  const of = head.value
  if (of === null || of.call !== work.value?.call) return null
  return (
    <header class={`call-head ${wasCutOff(of) ? "cut" : ""}`}>
      <strong class="number">{isWithheld(of.number) ? t("noNumber") : telephone(of.number)}</strong>
      <span>
        {messages.value.arrivedAt(of.arrivedAt)}
        {of.connectedAt !== null && (
          <>
            {" · "}
            {t("talked")} {of.endedAt === null ? <Since at={of.connectedAt} /> : duration(of.endedAt - of.connectedAt)}
          </>
        )}
      </span>
      {(of.endedAt !== null || of.elsewhere) && (
        <span class="ending" role="status">
          <Icon name={wasCutOff(of) ? "alarm" : "exit"} /> {said(of)}
        </span>
      )}
    </header>
  )
}

function said(of: Head): string {
  if (of.elsewhere) return t("callerElsewhere")
  return of.side === null ? t("lineOver") : t(`ended_by_${of.side}`)
}
