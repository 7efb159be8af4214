/** What the server says of the records, as types. Times are seconds since 1970; durations end in `_s`. */

import type { CallClass, Disposition } from "../contract.ts"

export interface CallRow {
  readonly call: string
  readonly arrived_at: number
  readonly number: string | null
  readonly number_raw: string
  readonly caller_name: string
  readonly dialled: string
  readonly trunk: string
  readonly trunk_kind: string
  readonly type: string | null
  readonly waited_s: number
  readonly duration_s: number
  readonly operator: string | null
  readonly destination: string | null
  readonly outcome: string
  readonly call_class: CallClass | null
  readonly disposition: Disposition | null
  readonly incident: string | null
}

export interface Offer {
  readonly kind: string
  readonly target: string
  readonly offered_at: number
  readonly answered_at: number | null
  readonly ended_at: number
  readonly result: string
  readonly cause: string
}

export interface WholeCall extends CallRow {
  readonly cause: string
  readonly side: string
  readonly language: string
  readonly digits: string
  readonly recording: string | null
  readonly location: string
  readonly classified: { readonly at: number; readonly by: string } | null
  readonly notes: readonly string[]
  readonly offers: readonly Offer[]
}

export interface IncidentRow {
  readonly incident: string
  readonly type: string | null
  readonly status: "open" | "closed"
  readonly opened_at: number
  readonly operator: string | null
  readonly address: string
  readonly district: string
  readonly what: string
  readonly calls: number
}

export interface Page<Item> {
  readonly items: readonly Item[]
  /** There are others behind the last one. */
  readonly more: boolean
}
