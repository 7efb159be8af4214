/** What a supervisor looks at in the records. It stays while they look at another page. */

import { signal } from "@preact/signals"
import { callsOf, incidentsOf } from "./api.ts"
import { Pages } from "./pages.ts"
import { type CallFilter, callQuery, dayBefore, type IncidentFilter, incidentQuery } from "./query.ts"
import type { CallRow, IncidentRow } from "./shapes.ts"

const DAYS = 7

export type Shelf = "calls" | "unclassified" | "incidents"
export const SHELVES: readonly Shelf[] = ["calls", "unclassified", "incidents"]

export const shelf = signal<Shelf>("calls")
export const callFilter = signal<CallFilter>({
  from: dayBefore(Date.now(), DAYS), to: "", number: "", operator: "", type: "", is: "", outcome: "",
})
export const incidentFilter = signal<IncidentFilter>({ from: dayBefore(Date.now(), DAYS), type: "", status: "", text: "" })
export const calls = new Pages<CallRow>(callsOf, (row) => row.call)
export const incidents = new Pages<IncidentRow>(incidentsOf, (row) => row.incident)
/** The call that is shown whole, and the incident; an incident may be shown of a call, and is then before it. */
export const openCall = signal<string | null>(null)
export const openIncident = signal<{ readonly incident: string; readonly call: string } | null>(null)

export function askedCalls(): URLSearchParams {
  return callQuery(shelf.value === "unclassified" ? { ...callFilter.value, is: "none" } : callFilter.value)
}

/** Everything of which a change means another list. */
export function watched(): unknown {
  return [shelf.value, callFilter.value, incidentFilter.value]
}

export function load(): void {
  if (shelf.value === "incidents") void incidents.begin(incidentQuery(incidentFilter.value))
  else void calls.begin(askedCalls())
}

/** The one that is chosen already is looked for again. */
export function choose(next: Shelf): void {
  if (next === shelf.value) return load()
  shelf.value = next
  openCall.value = null
  openIncident.value = null
}

/** Open the next call of the list that nobody has said anything about. */
export function openNextWithoutClass(after: string): void {
  const rows = calls.items.value
  const rest = rows.slice(rows.findIndex((row) => row.call === after) + 1)
  openCall.value = rest.find((row) => row.call_class === null)?.call ?? null
}
