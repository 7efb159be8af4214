/** What only the telephone in the page can do: answer, decline, hang up, and send digits. */

import { useState } from "preact/hooks"
import { act } from "../act.ts"
import { command } from "../api.ts"
import { t } from "../i18n/messages.ts"
import { useKey } from "../keys.ts"
import { answer, hangUp, incoming, reject, sendDigit, talking } from "../phone/phone.ts"
import { call, ownExtension } from "../store/state.ts"
import { HoldButton } from "./HoldButton.tsx"
import { KeyButton } from "./KeyButton.tsx"

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"]

export function Incoming() {
  if (!incoming.value) return null
  return (
    <div class="actions">
      <KeyButton kind="primary big" icon="phone" keyName="F2" label={t("answer")} act={() => void answer()} />
      <HoldButton kind="big" label={t("decline")} act={reject} />
    </div>
  )
}

export function Talking() {
  const [pad, showPad] = useState(false)
  if (!talking.value) return <EndElsewhere />
  return (
    <>
      <div class="actions">
        <KeyButton label={t("digits")} expanded={pad} act={() => showPad(!pad)} />
        <HoldButton keyName="F9" kind="end" label={t("hangUp")} off={call.value?.state === "on_hold"} act={hangUp} />
      </div>
      {pad && <Pad close={() => showPad(false)} />}
    </>
  )
}

/** Whoever speaks at another telephone ends the call from here, too. */
function EndElsewhere() {
  if (call.value?.state !== "talking" || !call.value.speaks_with.includes(ownExtension.value ?? "")) return null
  const end = () => void act("commandFailed", () => command("end"))
  return (
    <div class="actions">
      <HoldButton keyName="F9" kind="end" label={t("hangUp")} act={end} />
    </div>
  )
}

function Pad({ close }: { close: () => void }) {
  useKey("Escape", close)
  return (
    <div class="pad" role="group" aria-label={t("digits")}>
      {DIGITS.map((digit) => (
        <KeyButton key={digit} label={digit} act={() => sendDigit(digit)} />
      ))}
    </div>
  )
}
