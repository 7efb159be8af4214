/** An incident to be read and corrected: the same form as the operator's, its calls and notes, open or closed. */

import { useEffect, useState } from "preact/hooks"
import { act } from "../../act.ts"
import { addNote, setStatus } from "../../api.ts"
import type { Incident } from "../../contract.ts"
import { clockTime } from "../../format.ts"
import { messages, t, wordText } from "../../i18n/messages.ts"
import { incidents, openCall, openIncident } from "../../records/store.ts"
import { now, session } from "../../store/state.ts"
import { incident as known, lookAt, lookAway, work } from "../../work/work.ts"
import { Form } from "../Form.tsx"
import { Detail } from "./Detail.tsx"

interface Props {
  readonly incident: string
  readonly call: string
  readonly close: () => void
}

/** A call of one's own that begins or ends meanwhile takes the form; it is asked for again then. */
export function IncidentDetail({ incident, call, close }: Props) {
  useEffect(() => {
    lookAt(incident, call)
    return lookAway
  }, [incident, call])
  const isOwnWork = work.value !== null && work.value.incident !== incident
  const shown = isOwnWork ? null : known.value
  const title = shown ? messages.value.incidentOf(clockTime(shown.opened_at)) : t(isOwnWork ? "incident" : "loading")
  return (
    <Detail title={title} close={close}>
      {isOwnWork && (
        <button type="button" class="button" onClick={() => lookAt(incident, call)}>
          {t("showIncident")}
        </button>
      )}
      {shown && (
        <>
          <Standing incident={shown} />
          <Form />
          <Calls incident={shown} />
          <Notes incident={shown} />
        </>
      )}
    </Detail>
  )
}

function Standing({ incident }: { incident: Incident }) {
  const next = incident.status === "open" ? "closed" : "open"
  const set = async () => {
    if (!(await act("commandFailed", () => setStatus(incident.incident, next)))) return
    if (known.value) known.value = { ...known.value, status: next }
    const row = incidents.items.value.find((one) => one.incident === incident.incident)
    if (row) incidents.put({ ...row, status: next })
  }
  return (
    <p class="doing">
      <span class={`status ${incident.status === "open" ? "break" : "out"}`}>{wordText("status", incident.status)}</span>
      <button type="button" class="button" onClick={() => void set()}>
        {t(incident.status === "open" ? "closeIncident" : "openAgain")}
      </button>
    </p>
  )
}

function Calls({ incident }: { incident: Incident }) {
  const show = (call: string) => {
    openIncident.value = null
    openCall.value = call
  }
  return (
    <>
      <h3>{t("calls")}</h3>
      <ul>
        {incident.calls.map((one) => (
          <li key={one.call}>
            <button type="button" class="button small" onClick={() => show(one.call)}>
              {one.call}
            </button>{" "}
            <span class="quiet">{one.call_class ? t(`class_${one.call_class}`) : t("notSaid")}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

function Notes({ incident }: { incident: Incident }) {
  const [text, write] = useState("")
  const [key, anew] = useState(newKey)
  const add = async (event: Event) => {
    event.preventDefault()
    const note = text.trim()
    if (note === "" || !(await act("commandFailed", () => addNote(incident.incident, note, key)))) return
    write("")
    anew(newKey())
    const by = session.value && session.value !== "unknown" ? session.value.name : ""
    if (known.value) known.value = { ...known.value, notes: [...known.value.notes, { at: now.value, by, text: note }] }
  }
  return (
    <>
      <h3>{t("addedNotes")}</h3>
      <ul class="notes">
        {incident.notes.map((note, place) => (
          <li key={place}>
            <bdi>{note.text}</bdi> <span class="quiet">{messages.value.saidBy(note.by, clockTime(note.at))}</span>
          </li>
        ))}
      </ul>
      <form class="note" onSubmit={(event) => void add(event)}>
        <label class="hidden" for="new-note">
          {t("addNote")}
        </label>
        <input
          id="new-note" maxLength={4000} autocomplete="off" placeholder={t("addNote")} value={text}
          onInput={(event) => write(event.currentTarget.value)}
        />
        <button type="submit" class="button">
          {t("save")}
        </button>
      </form>
    </>
  )
}

function newKey(): string {
  return `${Date.now()}-${Math.random()}`
}
