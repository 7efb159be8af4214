/** The operator's own presence: three big buttons, and why a break. */

import { useEffect, useRef, useState } from "preact/hooks"
import { act } from "../act.ts"
import { setPresence } from "../api.ts"
import type { Presence as PresenceName } from "../contract.ts"
import { messages, reasonText, t } from "../i18n/messages.ts"
import { useKey, useText } from "../keys.ts"
import { room, self } from "../store/state.ts"
import { HoldButton } from "./HoldButton.tsx"
import { KeyButton } from "./KeyButton.tsx"
import { Status, StatusTime } from "./Status.tsx"

export function Presence() {
  const [choosing, choose] = useState(false)
  const current = self.value
  const set = (presence: PresenceName, reason = "") => {
    choose(false)
    void act("presenceFailed", () => setPresence(presence, reason))
  }
  const breaks = room.value.breaks
  const takeBreak = () => (breaks.length ? choose(!choosing) : set("on_break"))
  const is = (presence: PresenceName) => current?.presence === presence
  return (
    <section class="presence" aria-label={t("myStatus")}>
      <div class="buttons" role="group" aria-label={t("myStatus")}>
        <KeyButton
          kind="big ready" icon="check" keyName="Shift+F2" label={t("available")}
          pressed={is("available")} act={() => set("available")}
        />
        <KeyButton
          kind="big break" icon="pause" keyName="Shift+F9" label={t("onBreak")}
          pressed={is("on_break")} {...(breaks.length ? { expanded: choosing } : {})} act={takeBreak}
        />
        <HoldButton
          kind="big out" icon="exit" label={t("loggedOut")}
          pressed={is("logged_out")} act={() => set("logged_out")}
        />
        {choosing && <Reasons breaks={breaks} take={(reason) => set("on_break", reason)} close={() => choose(false)} />}
      </div>
      {current && (
        <p class="now">
          <span role="status">
            <Status operator={current} />
          </span>
          <StatusTime operator={current} />
          <span class="quiet">{messages.value.callsToday(current.calls)}</span>
        </p>
      )}
    </section>
  )
}

interface ReasonsProps {
  readonly breaks: readonly string[]
  readonly take: (reason: string) => void
  readonly close: () => void
}

function Reasons({ breaks, take, close }: ReasonsProps) {
  const group = useRef<HTMLDivElement>(null)
  useKey("Escape", close)
  // The first button is one Tab away: what is typed here without looking takes no break.
  useEffect(() => group.current?.focus(), [])
  useText(() => {
    close()
    return "pass"
  })
  return (
    <div class="reasons" role="group" tabIndex={-1} aria-label={t("chooseBreak")} ref={group}>
      {breaks.map((reason) => (
        <KeyButton key={reason} kind="big" label={reasonText(reason)} act={() => take(reason)} />
      ))}
    </div>
  )
}
