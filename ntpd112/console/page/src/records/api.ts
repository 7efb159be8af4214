/** Requests for the records. */

import { ask } from "../api.ts"
import type { Language } from "../contract.ts"
import type { CallRow, IncidentRow, Page, WholeCall } from "./shapes.ts"

export async function callsOf(query: string): Promise<Page<CallRow>> {
  const { calls, more } = (await ask("GET", `calls?${query}`)) as { calls: readonly CallRow[]; more: boolean }
  return { items: calls, more }
}

export async function incidentsOf(query: string): Promise<Page<IncidentRow>> {
  const said = await ask("GET", `incidents?${query}`)
  const { incidents, more } = said as { incidents: readonly IncidentRow[]; more: boolean }
  return { items: incidents, more }
}

export async function wholeCall(call: string): Promise<WholeCall> {
  return (await ask("GET", `calls/${encodeURIComponent(call)}`)) as WholeCall
}

export function tableAddress(query: URLSearchParams, language: Language): string {
  const asked = new URLSearchParams(query)
  asked.set("language", language)
  return `api/v1/calls.csv?${asked}`
}
