/** The supervisor's look into the records: lists with filters, and one call or incident whole beside them. */

import { effect } from "@preact/signals"
import { useEffect } from "preact/hooks"
import { t } from "../../i18n/messages.ts"
import { choose, load, openCall, openIncident, type Shelf, shelf, SHELVES, watched } from "../../records/store.ts"
import { CallDetail } from "./CallDetail.tsx"
import { CallFilters, IncidentFilters } from "./Filters.tsx"
import { CallList } from "./CallList.tsx"
import { IncidentDetail } from "./IncidentDetail.tsx"
import { IncidentList } from "./IncidentList.tsx"

const PAUSE_MS = 300
const TITLES = { calls: "recordCalls", unclassified: "recordUnclassified", incidents: "recordIncidents" } as const

export function Records() {
  useEffect(loadWhenAsked, [])
  const incident = openIncident.value
  const call = openCall.value
  const close = () => (incident ? (openIncident.value = null) : (openCall.value = null))
  return (
    <main class={`records ${incident || call ? "opened" : ""}`}>
      <div class="shelf">
        <div class="buttons" role="group" aria-label={t("records")}>
          {SHELVES.map((each) => (
            <ShelfButton key={each} is={each} />
          ))}
        </div>
        {shelf.value === "incidents" ? <IncidentFilters /> : <CallFilters />}
      </div>
      {shelf.value === "incidents" ? <IncidentList /> : <CallList />}
      {incident ? (
        <IncidentDetail key={incident.incident} incident={incident.incident} call={incident.call} close={close} />
      ) : (
        call && <CallDetail key={call} call={call} close={close} />
      )}
    </main>
  )
}

function ShelfButton({ is }: { is: Shelf }) {
  return (
    <button type="button" class="button" aria-pressed={is === shelf.value} onClick={() => choose(is)}>
      {t(TITLES[is])}
    </button>
  )
}

/** At once for another list; a moment after the last change of a filter. */
function loadWhenAsked(): () => void {
  let timer = 0
  let before: Shelf | null = null
  const stop = effect(() => {
    const now = shelf.value
    const wait = now === before ? PAUSE_MS : 0
    before = now
    watched()
    clearTimeout(timer)
    timer = Number(setTimeout(load, wait))
  })
  return () => {
    clearTimeout(timer)
    stop()
  }
}
