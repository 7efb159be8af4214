/** After the call: what it was and what came of it, one key each. */

import { useState } from "preact/hooks"
import { act } from "../act.ts"
import { classify, markCaller } from "../api.ts"
import type { CallClass, Disposition } from "../contract.ts"
import { messages, t } from "../i18n/messages.ts"
import { useKey } from "../keys.ts"
import { done, left, work } from "../work/work.ts"
import { KeyButton } from "./KeyButton.tsx"

const CLASSES: readonly CallClass[] = ["normal", "ghost", "prank", "information"]
const DISPOSITIONS: readonly Disposition[] = ["forwarded", "resolved", "known", "nothing"]
const MARK_DAYS = 30

export function Classify() {
  const [is, choose] = useState<CallClass | null>(null)
  const [marked, mark] = useState(false)
  useKey("Escape", () => choose(null), is !== null)
  const current = work.value
  if (!current) return null
  const finish = async (disposition: Disposition) => {
    if (is === null) return
    const said = await act("commandFailed", () => classify(current.incident, current.call, is, disposition))
    if (!said) return
    if (marked) await act("commandFailed", () => markCaller(current.call, t("class_prank"), MARK_DAYS))
    choose(null)
    mark(false)
    done()
  }
  return (
    <section class="classify" aria-labelledby="classify-title">
      <h3 id="classify-title">{t(is === null ? "whatWasIt" : "whatCameOfIt")}</h3>
      <div class="actions">
        {is === null
          ? CLASSES.map((one, index) => (
              <KeyButton key={one} keyName={String(index + 1)} label={t(`class_${one}`)} act={() => choose(one)} />
            ))
          : DISPOSITIONS.map((one, index) => (
              <KeyButton
                key={one} keyName={String(index + 1)} label={t(`disposition_${one}`)} act={() => void finish(one)}
              />
            ))}
      </div>
      {is === "prank" && (
        <label class="check">
          <input type="checkbox" checked={marked} onChange={(event) => mark(event.currentTarget.checked)} />
          {messages.value.markNumber(MARK_DAYS)}
        </label>
      )}
      {is !== null && <KeyButton kind="small" label={t("back")} act={() => choose(null)} />}
      {left.value.length > 0 && <p class="quiet">{messages.value.moreUnfinished(left.value.length)}</p>}
    </section>
  )
}
