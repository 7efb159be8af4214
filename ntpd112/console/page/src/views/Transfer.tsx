/** To whom: a colleague, or a number. */

import { useRef, useState } from "preact/hooks"
import type { Operator } from "../contract.ts"
import { t } from "../i18n/messages.ts"
import { useKey } from "../keys.ts"
import { keysOn } from "../store/settings.ts"
import { canBeRung } from "../store/select.ts"
import { others, room } from "../store/state.ts"
import { KeyButton } from "./KeyButton.tsx"
import { said } from "./Status.tsx"

export type Way = "blind" | "warm"

interface Props {
  readonly way: Way
  readonly send: (target: string) => void
  readonly close: () => void
}

export function Transfer({ way, send, close }: Props) {
  const targets = useTargets()
  const [number, setNumber] = useState("")
  const field = useRef<HTMLInputElement>(null)
  useKey("Escape", close)
  useKey("N", () => field.current?.focus())
  const submit = (event: Event) => {
    event.preventDefault()
    send(number.replace(/[^0-9+*#]/g, ""))
  }
  return (
    <section class="transfer" aria-labelledby="transfer-title">
      <h3 id="transfer-title">{t(way === "blind" ? "transferTo" : "consultWith")}</h3>
      <div class="targets scroll" tabIndex={0} role="group" aria-labelledby="transfer-title">
        {targets.map((operator, index) => (
          <KeyButton
            key={operator.operator} keyName={index < 9 ? String(index + 1) : undefined} label={operator.name}
            kind="target" off={!canBeRung(operator)} act={() => send(operator.operator)}
          >
            <span class="quiet">{canBeRung(operator) ? operator.operator : said(operator).text}</span>
          </KeyButton>
        ))}
        {room.value.destinations.map((name, index) => (
          <KeyButton
            key={name} keyName={targets.length + index < 9 ? String(targets.length + index + 1) : undefined}
            label={name} kind="target" act={() => send(name)}
          />
        ))}
      </div>
      <form class="number" onSubmit={submit}>
        <label for="transfer-number">
          {t("otherNumber")} {keysOn.value && <kbd aria-hidden="true">N</kbd>}
        </label>
        <input
          id="transfer-number" ref={field} aria-keyshortcuts="N" inputMode="tel" autocomplete="off" required pattern="[0-9+*#. \(\)\-]+" value={number}
          onInput={(event) => setNumber(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Escape" && close()}
        />
        <button type="submit" class="button">
          {t("call")}
        </button>
        <KeyButton label={t("close")} act={close} />
      </form>
    </section>
  )
}

/** Colleagues in the order they had when this was opened: nobody may slip under a key that is just being pressed. */
function useTargets(): Operator[] {
  const [order] = useState(() => others.value.map((operator) => operator.operator))
  return order.map((number) => room.value.operators.get(number)).filter((operator) => operator !== undefined)
}
