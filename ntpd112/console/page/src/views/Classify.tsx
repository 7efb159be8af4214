/** After the call: what it was and what came of it, one key each. */

import { useEffect, useState } from "preact/hooks"
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
const KEYS = ["F2", "F4", "F8", "F9"] as const
/** Whoever is about to end the call as the line is lost presses a key that means something else here. */
const DEAF_MS = 1000

export function Classify() {
  const [marked, mark] = useState(false)
  const current = work.value
  if (!current) return null
  const say = async (is: CallClass, disposition: Disposition) => {
    const said = await act("commandFailed", () => classify(current.incident, current.call, is, disposition))
    if (!said) return
    if (is === "prank" && marked) await act("commandFailed", () => markCaller(current.call, t("class_prank"), MARK_DAYS))
    mark(false)
    done()
  }
  return (
    <ClassChoice key={current.call} say={say} marking={{ marked, mark }}>
      {left.value.length > 0 && <p class="quiet">{messages.value.moreUnfinished(left.value.length)}</p>}
    </ClassChoice>
  )
}

interface Props {
  readonly say: (is: CallClass, disposition: Disposition) => Promise<void>
  /** Of a prank the number can be marked. */
  readonly marking?: { readonly marked: boolean; readonly mark: (yes: boolean) => void }
  readonly children?: preact.ComponentChildren
}

export function ClassChoice({ say, marking, children }: Props) {
  const [is, choose] = useState<CallClass | null>(null)
  const [listens, listen] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => listen(true), DEAF_MS)
    return () => clearTimeout(timer)
  }, [])
  const key = (index: number) => (listens ? KEYS[index] : undefined)
  useKey("Escape", () => choose(null), is !== null)
  return (
    <section class="classify" aria-labelledby="classify-title">
      <h3 id="classify-title">{t(is === null ? "whatWasIt" : "whatCameOfIt")}</h3>
      <div class="actions">
        {is === null
          ? CLASSES.map((one, index) => (
              <KeyButton key={one} keyName={key(index)} label={t(`class_${one}`)} act={() => choose(one)} />
            ))
          : DISPOSITIONS.map((one, index) => (
              <KeyButton
                key={one} keyName={key(index)} label={t(`disposition_${one}`)} act={() => void say(is, one)}
              />
            ))}
      </div>
      {is === "prank" && marking && (
        <label class="check">
          <input
            type="checkbox" checked={marking.marked} onChange={(event) => marking.mark(event.currentTarget.checked)}
          />
          {messages.value.markNumber(MARK_DAYS)}
        </label>
      )}
      {is !== null && <KeyButton kind="small" label={t("back")} act={() => choose(null)} />}
      {children}
    </section>
  )
}
