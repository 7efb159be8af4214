/** The break that a supervisor gives an operator, and what it is for. */

import { useState } from "preact/hooks"
import { act } from "../act.ts"
import { setPresenceOf } from "../api.ts"
import type { Operator } from "../contract.ts"
import { reasonText, t } from "../i18n/messages.ts"
import { useKey } from "../keys.ts"
import { room } from "../store/state.ts"
import { KeyButton } from "./KeyButton.tsx"

export function BreakChoice({ operator }: { operator: Operator }) {
  const [choosing, choose] = useState(false)
  const breaks = room.value.breaks
  useKey("Escape", () => choose(false), choosing)
  const take = (reason = "") => {
    choose(false)
    void act("presenceFailed", () => setPresenceOf(operator.operator, "on_break", reason))
  }
  return (
    <>
      <KeyButton
        kind="small" label={t("onBreak")} pressed={operator.presence === "on_break"}
        {...(breaks.length ? { expanded: choosing } : {})} act={() => (breaks.length ? choose(!choosing) : take())}
      />
      {choosing && (
        <div class="reasons" role="group" aria-label={t("chooseBreak")}>
          {breaks.map((reason) => (
            <KeyButton key={reason} kind="small" label={reasonText(reason)} act={() => take(reason)} />
          ))}
        </div>
      )}
    </>
  )
}
