import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import { act } from "../act.ts"
import { command } from "../api.ts"
import type { Call, CommandName } from "../contract.ts"
import { t } from "../i18n/messages.ts"
import type { CommandKey } from "../keys.ts"
import { commandsFor } from "../store/select.ts"
import { self } from "../store/state.ts"
import { backToForm } from "./Form.tsx"
import { KeyButton } from "./KeyButton.tsx"
import { Transfer, type Way } from "./Transfer.tsx"

type Pressed = Exclude<CommandName, "take_up" | "end">

/** F8 asks somebody, Shift+F8 gives the caller away; F4 keeps the caller waiting, or comes back. */
const KEYS: Readonly<Record<Pressed, CommandKey>> = {
  hold: "F4",
  mute: "Shift+F4",
  blind: "Shift+F8",
  warm: "F8",
  conference: "F2",
  complete: "Shift+F8",
  cancel: "F4",
}
const ORDER: readonly Pressed[] = ["hold", "mute", "warm", "blind", "conference", "complete", "cancel"]

interface Props {
  readonly call: Call
  /** What stands before the choice of a target: it may need all the room below. */
  readonly children: ComponentChildren
}

export function CallActions({ call, children }: Props) {
  const [way, choose] = useState<Way | null>(null)
  const [busy, setBusy] = useState(false)
  const close = () => {
    choose(null)
    backToForm()
  }
  const possible = commandsFor(call.state)
  const run = async (name: CommandName, target = "") => {
    if (busy) return
    setBusy(true)
    const done = await act("commandFailed", () => command(name, target))
    setBusy(false)
    if (done) close()
  }
  const asks = way !== null && possible.includes(way)
  return (
    <>
      <div class="actions">
        {ORDER.filter((name) => shown(name, possible)).map((name) => {
          const picks = name === "blind" || name === "warm"
          return (
            <KeyButton
              key={name} keyName={KEYS[name]} label={labelOf(name, call)} off={!possible.includes(name)}
              {...(picks ? { expanded: way === name } : {})} {...toggled(name, call)}
              act={() => (picks ? choose(way === name ? null : name) : void run(name))}
            />
          )
        })}
      </div>
      {children}
      {asks && <Transfer key={way} way={way} send={(target) => run(way, target)} close={close} />}
    </>
  )
}

/** Hold, mute and the two transfers keep their places; what belongs to a third party comes only with one. */
function shown(name: Pressed, possible: readonly CommandName[]): boolean {
  const third = possible.includes("cancel")
  if (name === "mute") return true
  return name === "hold" || name === "blind" || name === "warm" ? !third : possible.includes(name)
}

function toggled(name: Pressed, call: Call): { pressed?: boolean } {
  if (name === "hold") return { pressed: call.state === "on_hold" }
  return name === "mute" ? { pressed: self.value?.muted === true } : {}
}

function labelOf(name: Pressed, call: Call): string {
  if (name === "hold") return t(call.state === "on_hold" ? "resume" : "holdIt")
  if (name === "mute") return t(self.value?.muted ? "unmute" : "mute")
  return t(name)
}
