/** What a supervisor can do with the call of an operator: listen, whisper, join, take over. */

import type { Listening, Operator } from "../contract.ts"
import { messages, t } from "../i18n/messages.ts"
import { leave, listenTo } from "../phone/overhear.ts"
import { answer, heard, incoming, talking } from "../phone/phone.ts"
import { nameOf } from "../store/select.ts"
import { ownExtension, rings, room, self } from "../store/state.ts"
import { HoldButton } from "./HoldButton.tsx"
import { Icon } from "./Icon.tsx"
import { KeyButton } from "./KeyButton.tsx"

export function Listen({ operator }: { operator: Operator }) {
  const own = self.value
  if (own === null || ownExtension.value === operator.operator) return null
  const speaks = operator.activity === "talking" && operator.listening === null
  if (!speaks) return null
  const mode = own.listens_to === operator.operator ? own.listening : null
  const set = (wanted: Listening) => void listenTo(operator.operator, wanted)
  const busy = own.activity !== "idle" && own.activity !== "wrap_up" && own.listening === null
  const button = (which: "listen" | "whisper" | "barge") => (
    <KeyButton kind="small" label={t(which)} pressed={mode === which} off={busy} act={() => set(which)} />
  )
  return (
    <div class="buttons" role="group" aria-label={messages.value.callOf(operator.name)}>
      {button("listen")}
      {mode !== null && (
        <>
          {button("whisper")}
          {button("barge")}
          <HoldButton kind="small" label={t("takeOver")} act={() => set("take_over")} />
          <KeyButton kind="small" label={t("leave")} act={() => void leave()} />
        </>
      )}
    </div>
  )
}

/** Whom one listens to, and whether one is heard: to be known at every moment. */
export function Listens() {
  const own = self.value
  if (incoming.value && !rings.value) {
    return (
      <button type="button" class="button small primary" onClick={() => void answer()}>
        {t("answer")}
      </button>
    )
  }
  if (own === null || own.listening === null) return null
  const who = nameOf(room.value, own.listens_to)
  const open = own.listening !== "listen"
  return (
    <span class={`status ${open ? "bad" : "free"}`} role="status">
      <Icon name={open ? "phone" : "mute"} />
      {messages.value.listens(own.listening, who)}
      {talking.value && !heard.value && ` ${t("microphoneClosed")}`}
    </span>
  )
}
