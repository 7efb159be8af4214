/** A supervisor moves an operator's call to somebody else, at once. */

import { useEffect, useRef, useState } from "preact/hooks"
import { act } from "../act.ts"
import { commandOf } from "../api.ts"
import type { Call } from "../contract.ts"
import { isWithheld, telephone } from "../format.ts"
import { messages, t } from "../i18n/messages.ts"
import { commandsFor } from "../store/select.ts"
import { room } from "../store/state.ts"
import { Transfer } from "./Transfer.tsx"

export function MoveCall({ call }: { call: Call }) {
  const [choosing, choose] = useState(false)
  const operator = call.speaks_with.find((party) => room.value.operators.has(party))
  if (operator === undefined || !commandsFor(call.state).includes("blind")) return null
  const send = (target: string) => {
    choose(false)
    void act("commandFailed", () => commandOf(operator, "blind", target))
  }
  const who = isWithheld(call.ani) ? t("noNumber") : telephone(call.ani)
  return (
    <>
      <button type="button" class="button small" aria-label={messages.value.moveCallOf(who)} onClick={() => choose(true)}>
        {t("moveCall")}
      </button>
      {choosing && <Window title={messages.value.moveCallOf(who)} send={send} close={() => choose(false)} />}
    </>
  )
}

interface WindowProps {
  readonly title: string
  readonly send: (target: string) => void
  readonly close: () => void
}

function Window({ title, send, close }: WindowProps) {
  const window = useRef<HTMLDialogElement>(null)
  useEffect(() => window.current?.showModal(), [])
  return (
    <dialog class="panel move" ref={window} aria-labelledby="move-title" onClose={close}>
      <h2 id="move-title">{title}</h2>
      <Transfer way="blind" send={send} close={close} />
    </dialog>
  )
}
