/** To whom: typed or pointed at. Who gives a caller away says so once more, after seeing to whom. */

import { useEffect, useRef, useState } from "preact/hooks"
import { messages, t } from "../i18n/messages.ts"
import { useKey, useText } from "../keys.ts"
import { found, type Target, targets, usual } from "../store/targets.ts"
import { call, others, room } from "../store/state.ts"
import { KeyButton, KeyName } from "./KeyButton.tsx"

export type Way = "blind" | "warm"

/** Whoever presses Enter twice has not read to whom. */
const READ_MS = 500

interface Props {
  readonly way: Way
  readonly send: (target: string) => void
  readonly close: () => void
}

export function Transfer({ way, send, close }: Props) {
  const [chosen, choose] = useState<Target | null>(null)
  useKey("Escape", close)
  const pick = (target: Target) => (way === "warm" ? send(target.to) : choose(target))
  return (
    <section class="transfer" aria-labelledby="transfer-title">
      <h3 id="transfer-title">{t(way === "blind" ? "transferTo" : "consultWith")}</h3>
      {chosen === null ? (
        <Chooser pick={pick} close={close} />
      ) : (
        <Confirm target={chosen} yes={() => send(chosen.to)} no={close} />
      )}
    </section>
  )
}

interface ChooserProps {
  readonly pick: (target: Target) => void
  readonly close: () => void
}

function Chooser({ pick, close }: ChooserProps) {
  const [typed, setTyped] = useState("")
  const [at, move] = useState<number | null>(null)
  const field = useRef<HTMLInputElement>(null)
  const all = useTargets()
  const shown = found(all, typed)
  const first = typed === "" ? usual(all, room.value, call.value?.type ?? null) : 0
  const active = Math.min(at ?? first, shown.length - 1)
  useEffect(() => field.current?.focus(), [])
  useEffect(() => document.getElementById(`target-${active}`)?.scrollIntoView({ block: "nearest" }), [active])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") close()
    else if (event.key === "ArrowDown") move(Math.min(active + 1, shown.length - 1))
    else if (event.key === "ArrowUp") move(Math.max(active - 1, 0))
    else if (event.key === "Enter" && !event.repeat && !event.isComposing) {
      const target = shown[active]
      if (target) pick(target)
    } else return
    event.preventDefault()
  }
  return (
    <>
      <input
        ref={field} role="combobox" aria-expanded="true" aria-controls="targets" aria-autocomplete="list"
        aria-activedescendant={shown.length > 0 ? `target-${active}` : undefined} aria-label={t("searchTarget")}
        placeholder={t("searchTarget")} autocomplete="off" spellcheck={false} value={typed} onKeyDown={onKeyDown}
        onInput={(event) => {
          setTyped(event.currentTarget.value)
          move(null)
        }}
      />
      <ul class="targets scroll" id="targets" role="listbox" aria-label={t("searchTarget")}>
        {shown.map((target, index) => (
          <li
            key={target.to} id={`target-${index}`} role="option" aria-selected={index === active}
            onClick={() => pick(target)}
          >
            {target.place > 0 && <span class="place quiet">{target.place}</span>}
            <span class="label">{target.place > 0 ? target.name : messages.value.callNumber(target.name)}</span>
            <span class="quiet">{target.number}</span>
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p class="quiet" role="status">{t("nothingFound")}</p>}
      <KeyButton kind="small" label={t("close")} act={close} />
    </>
  )
}

/** Letters are no answer: they are written where they belong, and the caller stays. */
function Confirm({ target, yes, no }: { target: Target; yes: () => void; no: () => void }) {
  const box = useRef<HTMLDivElement>(null)
  const since = useRef(performance.now())
  useEffect(() => box.current?.focus(), [])
  useText(() => {
    no()
    return "pass"
  })
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.repeat || event.target !== box.current) return
    event.preventDefault()
    if (performance.now() - since.current > READ_MS) yes()
  }
  return (
    <div
      class="confirm" role="alertdialog" tabIndex={-1} ref={box} aria-labelledby="confirm-move" onKeyDown={onKeyDown}
    >
      <p id="confirm-move" class="huge">
        {messages.value.moveTo(target.number ? `${target.name} (${target.number})` : target.name)}
      </p>
      <p class="quiet">{t("moveToMore")}</p>
      <div class="actions">
        <button type="button" class="button primary" onClick={yes}>
          <span class="label">{t("moveNow")}</span>
          <kbd aria-hidden="true">Enter</kbd>
        </button>
        <button type="button" class="button" onClick={no}>
          <span class="label">{t("moveNot")}</span>
          <KeyName name="Escape" />
        </button>
      </div>
    </div>
  )
}

/** Colleagues in the order they had when this was opened: nobody may slip under a key that is just being pressed. */
function useTargets(): Target[] {
  const [order] = useState(() => others.value.map((operator) => operator.operator))
  return targets(room.value, order)
}
